//! The choices of a rebuild, before it starts or after it failed.

use std::path::Path;

use egui::Context;

use crate::case::{CaseId, RebuildJob, RebuildOptions, UserError};
use crate::engine::api::{Command, RebuildCommand};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::dialogs::archive_choices::ArchiveChoices;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// Opens the dialog for a project.
#[derive(Debug)]
pub struct RebuildWith {
    instance: String,
    project: String,
    case: Option<CaseId>,
    /// What was chosen for a rebuild that has stopped.
    earlier: Option<RebuildOptions>,
}

impl RebuildWith {
    /// For a new rebuild of a case's project.
    pub fn of_case(instance: String, project: String, case: CaseId) -> Self {
        Self { instance, project, case: Some(case), earlier: None }
    }

    /// For a rebuild that has stopped.
    pub fn again(job: &RebuildJob) -> Self {
        let project = job.project_id.map_or_else(|| job.project.clone(), |id| id.to_string());
        let earlier = Some(job.options.clone());
        Self { instance: job.instance.clone(), project, case: job.case_id, earlier }
    }
}

impl DialogRequest for RebuildWith {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let mut choices = ArchiveChoices::new(cx.snapshot.settings.import_limit_bytes());
        let folder = self.earlier.as_ref().and_then(|earlier| earlier.folder.as_deref());
        choices = choices.in_folder(folder);
        if let Some(RebuildOptions { members, without, limit_bytes, always_splits, .. }) = &self.earlier {
            choices = choices.with(members, without, (*limit_bytes, *always_splits));
        }
        Box::new(RebuildDialog { of: *self, choices, error: None, asked: Pending::default() })
    }
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
        let verdict = dialog.blocked(asking.or_else(|| self.choices.blocked())).show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            self.choices.ui(ui, &cx.snapshot.download_folder, out);
            if let Some(error) = &self.error {
                kit::error(ui, error);
            }
        });
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
