//! The form of a new import: its source, its target, and the known problems, all before anything is sent.

use std::path::Path;

use egui::{Context, RichText, Ui};

use crate::case::import::{REPAIRABLE, is_sent_again, path_of};
use crate::case::{CaseId, UserError};
use crate::engine::api::{Command, ImportCommand, ImportOptions, S3Keys, S3Object, SecretUrl, Snapshot};
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pages::imports::source::{FileFields, S3Fields, UrlFields};
use crate::gui::pages::imports::target::{TargetFields, TargetKind, instances, no_token};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// The setting that remembers the target of the last import.
const REMEMBERED: &str = "import";

/// The source of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportSource {
    #[default]
    File,
    Url,
    S3,
    Relation,
}

impl ImportSource {
    const ALL: [Self; 4] = [Self::File, Self::Url, Self::S3, Self::Relation];

    fn label(self) -> &'static str {
        match self {
            Self::File => "A file on this computer",
            Self::Url => "A URL",
            Self::S3 => "An object in S3",
            Self::Relation => "One relation of a file, into an existing project",
        }
    }
}

/// The form's state.
#[derive(Debug, Default)]
pub struct ImportForm {
    pub source: ImportSource,
    pub file: FileFields,
    pub url: UrlFields,
    pub s3: S3Fields,
    pub target: TargetFields,
    project: String,
    relation: usize,
    anyway: bool,
    retry: bool,
    /// The error of the last attempt.
    error: Option<UserError>,
    asked: Pending,
}

/// What happened to the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormOutcome {
    Open,
    Discarded,
    Begun,
}

impl ImportForm {
    /// Starts with the target of the last import.
    pub fn new(snapshot: &Snapshot) -> Self {
        Self { target: TargetFields::remembered(snapshot, REMEMBERED, None), ..Self::default() }
    }

    /// Takes the answers to the form's questions. An import that has started closes the form; a refusal is shown in
    /// it.
    pub fn on_answer(&mut self, answers: &mut Answers) -> FormOutcome {
        self.file.on_answer(answers);
        self.url.on_answer(answers);
        self.target.on_answer(answers);
        match self.asked.settled(answers) {
            Some(Ok(())) => return FormOutcome::Begun,
            Some(Err(error)) => self.error = Some(error),
            None => {}
        }
        FormOutcome::Open
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) -> FormOutcome {
        let mut done = FormOutcome::Open;
        // Whatever file the field names now: it may be typed.
        let is_file = matches!(self.source, ImportSource::File | ImportSource::Relation);
        self.target.case = owner_of(cx.snapshot, &self.file.file()).1.filter(|_| is_file);
        kit::card(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::heading(ui, "New import");
            ui.horizontal_wrapped(|ui| {
                for source in ImportSource::ALL {
                    if ui.radio(self.source == source, source.label()).clicked() {
                        (self.source, self.anyway, self.error) = (source, false, None);
                    }
                }
            });
            self.fields(ui, cx, out);
            self.against_advice(ui, cx);
            if let Some(error) = &self.error {
                kit::error(ui, error);
            }
            done = self.buttons(ui, cx, out);
        });
        done
    }

    fn fields(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        match self.source {
            ImportSource::File => self.file.ui(ui, cx, out),
            ImportSource::Url => self.url.ui(ui, cx, &self.target.instance, out),
            ImportSource::S3 => self.s3.ui(ui),
            ImportSource::Relation => {
                self.file.ui(ui, cx, out);
                ui.separator();
                instances(ui, cx, &mut self.target.instance);
                Field::new("Project")
                    .hint("acme/webshop")
                    .note("The existing project's full path, ID or URL.")
                    .show(ui, &mut self.project);
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new("Relation").color(tokens(ui).soft));
                    for (i, relation) in REPAIRABLE.iter().enumerate() {
                        ui.radio_value(&mut self.relation, i, *relation);
                    }
                });
                kit::faint(ui, "GitLab can import only these four, and skips what the project already has.");
                return;
            }
        }
        ui.separator();
        self.target.ui(ui, cx, TargetKind::Import, out);
    }

    /// The known reasons against this import, and the checkbox to send it anyway.
    fn against_advice(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        if let Some(why) = self.refusal(cx) {
            kit::say(ui, Severity::Warn, icons::WARN, &why);
            ui.checkbox(&mut self.anyway, "Import anyway");
        } else {
            self.anyway = false;
        }
        let large = self.file.bytes(cx).is_some_and(|bytes| !is_sent_again(bytes));
        if matches!(self.source, ImportSource::File | ImportSource::Relation) && large {
            ui.checkbox(&mut self.retry, "Upload again automatically after an interruption");
            kit::faint(
                ui,
                "GitLab cannot resume uploads. Without this option, Export Desk asks you after an interruption.",
            );
        }
    }

    fn refusal(&self, cx: &ViewContext<'_>) -> Option<String> {
        match self.source {
            ImportSource::File | ImportSource::Relation => self.file.refusal(cx, &self.target.instance),
            ImportSource::Url => self.url.refusal(&self.target.instance),
            ImportSource::S3 => None,
        }
    }

    fn blocked(&self, cx: &ViewContext<'_>) -> Option<String> {
        if self.asked.is_open() {
            return Some("Asking GitLab.".into());
        }
        let source = match self.source {
            ImportSource::File | ImportSource::Relation => self.file.blocked(cx),
            ImportSource::Url => self.url.blocked(&self.target.instance),
            ImportSource::S3 => self.s3.blocked(),
        };
        let target = || match self.source {
            ImportSource::Relation => no_token(cx, &self.target.instance)
                .or_else(|| self.project.trim().is_empty().then(|| "Type the existing project.".to_owned())),
            ImportSource::File | ImportSource::Url | ImportSource::S3 => {
                self.target.blocked(cx, TargetKind::Import)
            }
        };
        let advice = || {
            let against = self.refusal(cx).filter(|_| !self.anyway);
            against.map(|_why| "Fix the problem above, or select “Import anyway”.".to_owned())
        };
        source.or_else(target).or_else(advice)
    }

    fn buttons(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) -> FormOutcome {
        let mut done = FormOutcome::Open;
        let blocked = self.blocked(cx);
        ui.horizontal(|ui| {
            let deletes = self.target.to().delete.is_some() && self.source != ImportSource::Relation;
            let label = if deletes { "Delete the project and import" } else { "Start import" };
            let button = Button::new(label).icon(icons::SEND).blocked(blocked.clone());
            let button = if deletes { button.danger() } else { button.primary() };
            if button.show(ui).clicked() {
                self.begin(ui.ctx(), out);
            }
            if Button::new("Discard the form").quiet().show(ui).clicked() {
                done = FormOutcome::Discarded;
            }
            if let Some(why) = &blocked {
                let text = RichText::new(why).small().color(tokens(ui).faint);
                ui.add(egui::Label::new(text).truncate());
            }
        });
        done
    }

    fn begin(&mut self, ctx: &Context, out: &mut Outbox) {
        self.error = None;
        let (instance, target, case) = (self.target.instance.clone(), self.target.to(), self.target.case);
        let options = ImportOptions { anyway: self.anyway, retry_upload: self.retry, test_import: false };
        let file = self.file.file();
        let command = match self.source {
            ImportSource::File if self.file.is_set() => {
                ImportCommand::Set { instance, list: file, target, case, options }
            }
            ImportSource::File => ImportCommand::File { instance, file, target, case, options },
            ImportSource::Url => {
                let url = SecretUrl(self.url.url.take(ctx));
                self.url.handed_over = true;
                ImportCommand::Remote { instance, url, target, case, options }
            }
            ImportSource::S3 => {
                let object = S3Object {
                    region: self.s3.region.trim().to_owned(),
                    bucket: self.s3.bucket.trim().to_owned(),
                    key: self.s3.key.trim().to_owned(),
                };
                let keys = S3Keys::new(self.s3.access_key_id.take(ctx), self.s3.secret_access_key.take(ctx));
                self.s3.handed_over = true;
                ImportCommand::S3 { instance, object, keys, target, case }
            }
            ImportSource::Relation => ImportCommand::Relation {
                instance,
                project: self.project.trim().to_owned(),
                file,
                relation: REPAIRABLE[self.relation.min(REPAIRABLE.len() - 1)].to_owned(),
                case,
                options,
            },
        };
        self.target.keep(REMEMBERED, out);
        self.asked.ask(Command::Import(command), (), out);
    }

    /// Takes an archive that was dropped or selected, and proposes a path: that of its project where it is known, else
    /// one from the name of the file.
    pub fn set_file(&mut self, snapshot: &Snapshot, path: &Path) {
        if !matches!(self.source, ImportSource::File | ImportSource::Relation) {
            self.source = ImportSource::File;
        }
        self.file.set(path);
        if self.target.path.trim().is_empty() {
            self.target.path = slug_of(owner_of(snapshot, path).0).unwrap_or_else(|| proposed(path));
        }
    }
}

/// The project whose rebuilt archive, or set of archives, this file is, and the case of its rebuild.
fn owner_of<'a>(snapshot: &'a Snapshot, path: &Path) -> (Option<&'a str>, Option<CaseId>) {
    let of_rebuilds =
        snapshot.rebuilds.iter().filter_map(|view| Some((view.receipt.as_ref()?, view.job.case_id)));
    let of_builds =
        snapshot.builds.iter().filter_map(|view| Some((&view.ended.as_ref()?.as_ref().ok()?.receipt, None)));
    let mut all = of_rebuilds.chain(of_builds);
    all.find(|(receipt, _)| receipt.path == path)
        .map_or((None, None), |(receipt, case)| (receipt.project_path.as_deref(), case))
}

/// The last part of a project's full path.
pub fn slug_of(project: Option<&str>) -> Option<String> {
    Some(path_of(project?.rsplit('/').next()?))
}

/// A path for the new project: the archive's name without the parts that GitLab adds.
pub fn proposed(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = [".tar.gz", ".tgz", ".gz", ".set.json"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    let name = name.strip_suffix("_export").unwrap_or(name);
    // `2026-11-21_06-41-104_` before the project's path.
    let stamp = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let mut parts: Vec<&str> = name.split('_').collect();
    while parts.len() > 1 && stamp(parts[0]) {
        parts.remove(0);
    }
    path_of(&parts.join("_"))
}

#[cfg(test)]
mod tests {
    use super::proposed;

    #[test]
    fn the_archives_name_suggests_a_path() {
        let of = |name: &str| proposed(std::path::Path::new(name));
        assert_eq!(
            of("/d/2026-11-21_06-41-104_acme_platform_monorepo_export.tar.gz"),
            "acme_platform_monorepo"
        );
        assert_eq!(of("backup of webshop.tgz"), "backup-of-webshop");
        assert_eq!(of("2026.tar.gz"), "2026");
        assert_eq!(of("漢字.tar.gz"), "project");
    }
}
