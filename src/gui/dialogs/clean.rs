//! The dialog that lists archives and relation files older than the chosen keep time, or of cases whose private data
//! was deleted, and deletes those that the person ticks.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Context, Label, RichText, Ui};

use crate::case::UserError;
use crate::engine::api::{Answer, Command, OldArchive, OldArchiveId, OldReason};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, DialogFrame, DialogVerdict, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// The dialog's state.
#[derive(Debug, Default)]
pub struct Clean {
    found: Option<Arc<[OldArchive]>>,
    chosen: BTreeSet<OldArchiveId>,
    /// The result of the last deletion.
    done: Option<(u64, u64, Vec<String>)>,
    error: Option<UserError>,
    asked: Pending,
}

/// Opens the dialog and requests the archives that it lists.
#[derive(Debug)]
pub struct FindOld;

impl DialogRequest for FindOld {
    fn open(self: Box<Self>, _cx: &ViewContext<'_>, out: &mut Outbox) -> Box<dyn Dialog> {
        let mut dialog = Clean::default();
        dialog.asked.ask(Command::FindOldArchives, (), out);
        Box::new(dialog)
    }
}

impl Clean {
    /// Takes the engine's answer.
    pub fn answered(&mut self, answer: Result<Answer, UserError>) {
        match answer {
            Ok(Answer::OldArchives(found)) => {
                self.chosen = found.iter().map(|archive| archive.id).collect();
                self.found = Some(found);
            }
            Ok(Answer::Deleted { files, bytes, kept }) => {
                self.found = Some(Arc::new([]));
                self.chosen.clear();
                self.done = Some((files, bytes, kept));
            }
            Ok(_) => {}
            Err(error) => self.error = Some(error),
        }
    }
}

impl Dialog for Clean {
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        if let Some(((), answer)) = self.asked.take(answers) {
            self.answered(answer);
        }
        true
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let busy = self.asked.is_open().then(|| "Checking the files.".to_owned());
        let none = self.chosen.is_empty().then(|| "Select what to delete.".to_owned());
        let dialog = DialogFrame::new("Old archives").dismiss("Close").width(820.0).danger();
        let label = self.label();
        let some = self.found.as_ref().is_some_and(|found| !found.is_empty());
        let dialog = if some { dialog.accept(&label).blocked(busy.clone().or(none)) } else { dialog };
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            self.content(ui, busy.is_some(), cx);
        });
        if verdict == DialogVerdict::Accepted {
            let archives = self.chosen.iter().copied().collect();
            self.asked.ask(Command::DeleteArchives { archives }, (), out);
        }
        verdict != DialogVerdict::Closed
    }
}

impl Clean {
    fn label(&self) -> String {
        let found = self.found.iter().flat_map(|found| found.iter());
        let bytes = found.filter(|one| self.chosen.contains(&one.id)).map(|one| one.bytes).sum::<u64>();
        match self.chosen.len() {
            0 => "Delete".to_owned(),
            n => format!("Delete {}, {}", items(n), format::bytes(bytes)),
        }
    }

    fn content(&mut self, ui: &mut Ui, busy: bool, cx: &ViewContext<'_>) {
        if let Some((files, bytes, kept)) = &self.done {
            let words = format!("Deleted: {}. {} freed.", items(*files as usize), format::bytes(*bytes));
            let severity = if kept.is_empty() { Severity::Good } else { Severity::Warn };
            kit::say(ui, severity, icons::GOOD, &words);
            for why in kept {
                kit::soft(ui, format!("Not deleted: {why}"));
            }
            return;
        }
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
        match &self.found {
            None if busy => {
                kit::soft(ui, "Checking the files.");
            }
            None => {}
            Some(found) if found.is_empty() => {
                kit::soft(ui, "Nothing is older than the limit. There is nothing to delete.");
            }
            Some(found) => {
                kit::soft(
                    ui,
                    "This list has only files that Export Desk downloaded or rebuilt. Each one is read again before it is deleted: a changed or replaced file is kept.",
                );
                for archive in found.iter() {
                    row(ui, archive, &mut self.chosen, cx);
                }
            }
        }
    }
}

/// `1 item`, `3 items`: archives, sets, and folders of relation files.
fn items(count: usize) -> String {
    format::number_of(count as u64, "item", "items")
}

/// What an entry is.
fn kind(archive: &OldArchive) -> String {
    let files = || format::number_of(archive.files as u64, "file", "files");
    match archive.id {
        OldArchiveId::Download(_) => "downloaded archive".to_owned(),
        OldArchiveId::Rebuild(_) | OldArchiveId::Built(..) if archive.files > 1 => {
            format!("rebuilt set of archives, {}", files())
        }
        OldArchiveId::Rebuild(_) | OldArchiveId::Built(..) => "rebuilt archive".to_owned(),
        OldArchiveId::Relations(_) => format!("relation files, {}", files()),
    }
}

fn row(ui: &mut Ui, archive: &OldArchive, chosen: &mut BTreeSet<OldArchiveId>, cx: &ViewContext<'_>) {
    let name = archive.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut ticked = chosen.contains(&archive.id);
    ui.separator();
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            kit::when(ui, archive.at, cx.now);
            ui.label(RichText::new(format::bytes(archive.bytes)).color(tokens(ui).text));
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let label = RichText::new(&name).color(tokens(ui).text);
                if ui.checkbox(&mut ticked, label).on_hover_text(archive.path.display().to_string()).changed()
                {
                    if ticked {
                        chosen.insert(archive.id);
                    } else {
                        chosen.remove(&archive.id);
                    }
                }
            });
        });
    });
    let why = match archive.why {
        OldReason::Kept { days: 1 } => "kept for more than a day".to_owned(),
        OldReason::Kept { days } => format!("kept for more than {days} days"),
        OldReason::CaseCleaned => "its case's private data was deleted".to_owned(),
    };
    let case = archive.case_id.and_then(|id| cx.snapshot.cases.iter().find(|case| case.id == id));
    let whose = case.map_or_else(|| format!("{}, without a case", archive.project_path), |case| case.title());
    let words = format!("{} · {whose} · {why}", kind(archive));
    ui.add(Label::new(RichText::new(words).small().color(tokens(ui).faint)).truncate());
}
