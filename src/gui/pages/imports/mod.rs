//! The imports page: the form of a new one, and every import, newest first.

mod card;
#[cfg(test)]
pub mod fixture;
mod form;
mod losses;
mod set_card;
mod source;
mod target;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;

use std::path::Path;
use std::sync::Arc;

use egui::Ui;

use crate::engine::api::{ImportView, Snapshot};
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, icons};
use crate::gui::pending::Answers;
use crate::gui::view_context::ViewContext;

pub use card::phase_chip;
pub use form::{ImportForm, proposed, slug_of};
pub use source::archive;
pub use target::{TargetFields, TargetKind, instances, no_token};

/// The reserved height of a card outside the visible area.
const FOLDED: f32 = 150.0;

/// The page's state.
#[derive(Debug, Default)]
pub struct Imports {
    pub form: Option<Box<ImportForm>>,
}

impl Imports {
    /// Opens the form, or keeps the one that is open.
    pub fn begin(&mut self, snapshot: &Snapshot) -> &mut ImportForm {
        self.form.get_or_insert_with(|| Box::new(ImportForm::new(snapshot)))
    }

    /// Takes an archive that was dropped or selected.
    pub fn set_file(&mut self, snapshot: &Snapshot, path: &Path) {
        self.begin(snapshot).set_file(snapshot, path);
    }

    /// Takes the answers to the form's questions.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        if self.form.as_mut().is_some_and(|form| form.on_answer(answers) == form::FormOutcome::Begun) {
            self.form = None;
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let all = &cx.snapshot.imports;
        if all.is_empty() && self.form.is_none() {
            let sentence = "Import an archive into a GitLab from this computer, a URL or S3. Export Desk warns you about problems before it sends anything.";
            kit::empty(ui, icons::IMPORT, "No imports yet", sentence, |ui| new_import(ui, cx, out));
            return;
        }
        let mut asked = Outbox::default();
        let has_form = self.form.is_some();
        kit::page(
            ui,
            "Imports",
            |ui| {
                if !has_form {
                    new_import(ui, cx, &mut asked);
                }
            },
            |ui| {
                if let Some(form) = &mut self.form
                    && form.ui(ui, cx, out) == form::FormOutcome::Discarded
                {
                    self.form = None;
                }
                list(ui, all, cx, out);
            },
        );
        for intent in asked.take() {
            out.push(intent);
        }
    }
}

fn new_import(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let button = UiCommand::NewImport.button(ui, cx);
    if button.primary().show(ui).clicked() {
        out.run(UiCommand::NewImport);
    }
}

fn list(ui: &mut Ui, all: &[Arc<ImportView>], cx: &ViewContext<'_>, out: &mut Outbox) {
    // A slice is shown in the card of its set.
    let cards = || all.iter().filter(|view| view.job.slice_of().is_none());
    let (shown, running) = (cards().count(), cards().filter(|view| view.is_running()).count());
    if shown > 0 {
        let number = format::number_of(shown as u64, "import", "imports");
        kit::soft(ui, format!("{number}, newest first · {running} running"));
    }
    for view in cards() {
        let place = ui.available_rect_before_wrap().min.y;
        let clip = ui.clip_rect();
        let remembered = ui.scope_id().with(("import", view.job.id.0));
        let height = ui.data(|data| data.get_temp::<f32>(remembered)).unwrap_or(FOLDED);
        // Outside the visible area: reserve the height and draw nothing.
        if place > clip.bottom() || place + height < clip.top() {
            ui.allocate_space(egui::vec2(ui.available_width(), height));
            continue;
        }
        ui.push_id(view.job.id.0, |ui| kit::card(ui, |ui| card::card(ui, view, all, cx, out)));
        let drawn = ui.min_rect().bottom() - place;
        ui.data_mut(|data| data.insert_temp(remembered, drawn));
    }
}
