//! The test import, which checks whether an archive imports: the dialog that starts one, and the result on a receipt.

use std::path::{Path, PathBuf};

use egui::{Context, Label, RichText, Ui};

use crate::case::import::{TestImportResult, TestImportVerdict};
use crate::case::{CaseId, UserError, UtcMs};
use crate::engine::api::{Command, ImportCommand, ImportOptions, ImportView, Receipt};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, icons};
use crate::gui::pages::imports::{TargetFields, TargetKind, archive, phase_chip, proposed, slug_of};
use crate::gui::pending::{Answers, Pending};
use crate::gui::route::Route;
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// The setting that remembers the target of the last test import.
const REMEMBERED: &str = "rehearsal";

/// The dialog's state.
#[derive(Debug)]
pub struct TestImportDialog {
    file: PathBuf,
    case: Option<CaseId>,
    /// Why GitLab would refuse the archive, if that is known.
    refusal: Option<String>,
    target: TargetFields,
    anyway: bool,
    error: Option<UserError>,
    asked: Pending,
}

/// Opens the dialog.
#[derive(Debug)]
pub struct TestImportRequest {
    file: PathBuf,
    /// What the receipt says about the archive: its project, and why GitLab would refuse the archive.
    project: Option<String>,
    refusal: Option<String>,
    case: Option<CaseId>,
}

impl TestImportRequest {
    /// For the archive at `file`, with its `receipt` and its `case` if known.
    pub fn new(file: &Path, receipt: Option<&Receipt>, case: Option<CaseId>) -> Self {
        let good = receipt.is_none_or(Receipt::may_import);
        Self {
            file: file.to_owned(),
            project: receipt.and_then(|receipt| receipt.project_path.clone()),
            refusal: receipt.filter(|_| !good).map(|receipt| receipt.verdict_sentence.clone()),
            case,
        }
    }
}

impl DialogRequest for TestImportRequest {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        Box::new(TestImportDialog::of(*self, cx))
    }
}

impl TestImportDialog {
    pub fn of(request: TestImportRequest, cx: &ViewContext<'_>) -> Self {
        let TestImportRequest { file, project, refusal, case } = request;
        let known = cx.snapshot.cases.iter().find(|known| Some(known.id) == case);
        let home = known.map(|case| case.instance.as_str());
        let mut target = TargetFields::remembered(cx.snapshot, REMEMBERED, home);
        let path = known.and_then(|case| case.project.path.as_deref()).or(project.as_deref());
        target.path = fresh(path, &file, cx.now);
        let (anyway, error, asked) = (false, None, Pending::default());
        Self { file, case, refusal, target, anyway, error, asked }
    }
}

impl Dialog for TestImportDialog {
    /// A test import that has started closes the dialog and is shown on its page; a refusal is shown in the dialog.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        self.target.on_answer(answers);
        let stays = self.asked.stays_open(answers, &mut self.error);
        if !stays {
            out.go(Route::Imports);
        }
        stays
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let dialog = DialogFrame::new("Test import of the archive")
            .accept("Test import")
            .width(640.0)
            .blocked(self.blocked(cx));
        let verdict = dialog.show(ctx, |ui| self.content(ui, cx, out));
        if verdict == DialogVerdict::Accepted {
            self.begin(out);
        }
        verdict != DialogVerdict::Closed
    }
}

impl TestImportDialog {
    fn blocked(&self, cx: &ViewContext<'_>) -> Option<String> {
        if self.asked.is_open() {
            return Some("Asking GitLab.".into());
        }
        let advice = || {
            let against = self.refusal.is_some() && !self.anyway;
            against.then(|| "Select “Import anyway” first.".to_owned())
        };
        self.target.blocked(cx, TargetKind::TestImport).or_else(advice)
    }

    fn content(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        ui.spacing_mut().item_spacing.y = space::M;
        let shown = self.file.display().to_string();
        let text = RichText::new(format::middle(&shown, 78)).color(tokens(ui).text);
        ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&shown);
        kit::soft(
            ui,
            "GitLab imports the archive into a new project, and the result is added to the archive's receipt. Nothing is deleted: the new project stays until you delete it.",
        );
        self.target.ui(ui, cx, TargetKind::TestImport, out);
        if let Some(inspection) = cx.snapshot.inspections.iter().find(|seen| seen.path == self.file)
            && inspection.ended.is_none()
        {
            archive(ui, inspection, out);
        }
        if let Some(why) = &self.refusal {
            kit::say(ui, Severity::Warn, icons::WARN, why);
            ui.checkbox(&mut self.anyway, "Import anyway");
        }
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
    }

    fn begin(&mut self, out: &mut Outbox) {
        self.error = None;
        self.target.keep(REMEMBERED, out);
        let options = ImportOptions { anyway: self.anyway, retry_upload: false, test_import: true };
        let command = ImportCommand::File {
            instance: self.target.instance.clone(),
            file: self.file.clone(),
            target: self.target.to(),
            case: self.case,
            options,
        };
        self.asked.ask(Command::Import(command), (), out);
    }
}

/// A path that is most likely free: the project's path with the current minute appended.
fn fresh(project: Option<&str>, file: &Path, now: UtcMs) -> String {
    let slug = slug_of(project).unwrap_or_else(|| proposed(file));
    let slug: String = slug.chars().take(60).collect();
    let digits: String = now.rfc3339().chars().filter(char::is_ascii_digit).take(12).collect();
    let (day, minute) = digits.split_at(digits.len().min(8));
    format!("{slug}-test-import-{day}-{minute}")
}

/// What is known about the test import of a receipt's archive; draws nothing if there was none.
pub fn test_import(ui: &mut Ui, receipt: &Receipt, cx: &ViewContext<'_>, out: &mut Outbox) {
    let under_way = cx.snapshot.imports.iter().find(|view| !view.job.is_ended() && is_of(view, receipt));
    if let Some(view) = under_way {
        ui.horizontal_wrapped(|ui| {
            phase_chip(ui, &view.job);
            kit::soft(ui, format!("Test import: {}", view.status.sentence));
            if Button::new("Show the test import").icon(icons::IMPORT).quiet().show(ui).clicked() {
                out.go(Route::Imports);
            }
        });
    }
    if let Some(told) = &receipt.test_import {
        answer(ui, told, under_way.is_none(), cx, out);
    }
}

fn is_of(view: &ImportView, receipt: &Receipt) -> bool {
    let sha256 = view.job.test_import.as_ref().and_then(|test_import| test_import.sha256.as_ref());
    sha256 == Some(&receipt.sha256)
}

fn answer(ui: &mut Ui, told: &TestImportResult, door: bool, cx: &ViewContext<'_>, out: &mut Outbox) {
    let (severity, glyph, word) = match told.verdict {
        TestImportVerdict::Imports => (Severity::Good, icons::VERIFIED, "importable"),
        TestImportVerdict::ImportsWithLosses => (Severity::Warn, icons::WARN, "importable with losses"),
        TestImportVerdict::DoesNotImport => (Severity::Bad, icons::BAD, "not importable"),
    };
    kit::chip_line(ui, severity, glyph, word, &told.sentence);
    for lost in &told.lost {
        kit::faint(ui, format!("{} × {}: {}", lost.records, lost.relation, lost.cause));
    }
    ui.horizontal_wrapped(|ui| {
        kit::faint(ui, format!("Tested {}.", format::relative(told.ended_at, cx.now)));
        if let Some(url) = &told.web_url {
            kit::faint(ui, "The new project stays until somebody deletes it.");
            let label = format!("Open {} in the browser", told.project_path);
            let button = Button::new(&label).caption("Open").icon(icons::OPEN).quiet();
            if button.tooltip(url.as_str()).show(ui).clicked() {
                out.push(Intent::OpenUrl(url.clone()));
            }
        }
        if door && Button::new("Show the test import").icon(icons::IMPORT).quiet().show(ui).clicked() {
            out.go(Route::Imports);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::import::path_fault;

    #[test]
    fn a_fresh_path_is_proposed() {
        let now = UtcMs(1_795_244_040_000);
        let of = |project, file: &str| fresh(project, Path::new(file), now);
        let path = of(Some("acme/platform/monorepo"), "/d/x.tar.gz");
        assert!(path.starts_with("monorepo-test-import-2026"), "{path}");
        assert!(of(None, "/d/2026-11-21_acme_api_export.tar.gz").starts_with("acme_api-test-import-"));
        assert_eq!(path_fault(&of(Some("漢字/漢字"), "x")), None);
    }
}
