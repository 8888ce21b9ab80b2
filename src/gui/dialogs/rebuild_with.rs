//! The choices of a rebuild, before it starts or after it failed.

use std::path::Path;

use egui::Context;

use crate::case::{
    CaseId, RebuildJob, RebuildOptions, RebuildSource, RelationsRun, UserError, same_instance,
};
use crate::engine::api::{Command, RebuildCommand, Snapshot};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::dialogs::archive_choices::ArchiveChoices;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, DialogFrame, DialogVerdict, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;

/// Opens the dialog for a project.
#[derive(Debug)]
pub struct RebuildWith {
    instance: String,
    project: String,
    case: Option<CaseId>,
    /// What was chosen for a rebuild that has stopped, or for the case's last archive.
    earlier: Option<RebuildOptions>,
    /// The archive that the case has already.
    archive: Option<String>,
}

impl RebuildWith {
    /// For a new rebuild of a case's project. Starts with the choices of the case's last one.
    pub fn of_case((instance, project, case): (String, String, CaseId), last: Option<&RebuildJob>) -> Self {
        let earlier = last.map(|job| RebuildOptions {
            // These were about the files of that export, and its archive has its name.
            source: RebuildSource::New,
            allow_gaps: false,
            output: None,
            ..job.options.clone()
        });
        let archive = last.and_then(kept_archive);
        Self { instance, project, case: Some(case), earlier, archive }
    }

    /// For a rebuild that has stopped.
    pub fn again(job: &RebuildJob) -> Self {
        let project = job.project_id.map_or_else(|| job.project.clone(), |id| id.to_string());
        let earlier = Some(job.options.clone());
        Self { instance: job.instance.clone(), project, case: job.case_id, earlier, archive: None }
    }
}

/// What is said of a finished archive before another one is built.
fn kept_archive(job: &RebuildJob) -> Option<String> {
    let (archive, at) = (job.archive()?, job.ended_at?);
    Some(format!(
        "A rebuilt archive of {} exists: {}. It stays, and the new archive gets another name.",
        at.for_people(),
        archive.path
    ))
}

impl DialogRequest for RebuildWith {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let listed = relations_of_project(cx.snapshot, &self.instance, &self.project);
        let mut choices = ArchiveChoices::new(cx.snapshot.settings.import_limit_bytes()).of_listed(listed);
        let folder = self.earlier.as_ref().and_then(|earlier| earlier.folder.as_deref());
        choices = choices.in_folder(folder);
        if let Some(RebuildOptions { members, without, limit_bytes, always_splits, .. }) = &self.earlier {
            choices = choices.with(members, without, (*limit_bytes, *always_splits));
        }
        Box::new(RebuildDialog { of: *self, choices, error: None, asked: Pending::default() })
    }
}

/// The relations that GitLab has listed of a project, which is named by its ID or path.
fn relations_of_project(snapshot: &Snapshot, instance: &str, project: &str) -> Vec<String> {
    let is_of_it = |run: &RelationsRun| {
        same_instance(&run.instance, instance)
            && (run.project_path == project || project.parse() == Ok(run.project_id))
    };
    let mut views = snapshot.relations.iter().filter(|view| is_of_it(&view.run));
    let rows = views.next().map(|view| view.rows.iter()).into_iter().flatten();
    rows.map(|row| row.relation.clone()).collect()
}

#[derive(Debug)]
struct RebuildDialog {
    of: RebuildWith,
    choices: ArchiveChoices,
    error: Option<UserError>,
    asked: Pending,
}

impl Dialog for RebuildDialog {
    fn on_picked(&mut self, path: &Path) {
        self.choices.set_picked(path);
    }

    /// A refusal, such as a table that cannot be read, is shown in the dialog.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        self.asked.stays_open(answers, &mut self.error)
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let asking = self.asked.is_open().then(|| "Starting the rebuild.".to_owned());
        let dialog = DialogFrame::new("Rebuild the archive").accept("Rebuild").width(600.0);
        let before = self.choices.clone();
        let dialog = dialog.blocked(asking.or_else(|| self.choices.blocked())).error(self.error.as_ref());
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            if let Some(archive) = &self.of.archive {
                kit::say(ui, Severity::Info, icons::INFO, archive);
            }
            self.choices.ui(ui, &cx.snapshot.download_folder, out);
        });
        if self.choices.differs_from(&before) {
            // The error was about other choices.
            self.error = None;
        }
        if verdict == DialogVerdict::Accepted {
            self.error = None;
            self.asked.ask(Command::Rebuild(self.start()), (), out);
        }
        verdict != DialogVerdict::Closed
    }
}

impl RebuildDialog {
    fn start(&self) -> RebuildCommand {
        let split = self.choices.split();
        let options = RebuildOptions {
            folder: self.choices.folder(),
            members: self.choices.members(),
            without: self.choices.without(),
            limit_bytes: split.map(|split| split.limit_bytes),
            always_splits: split.is_some_and(|split| split.always),
            ..self.of.earlier.clone().unwrap_or_default()
        };
        let RebuildWith { instance, project, case, .. } = &self.of;
        RebuildCommand::Start { instance: instance.clone(), project: project.clone(), case: *case, options }
    }
}
