//! Exports of many projects: the form that checks them before anything is requested, and the batches with their
//! projects.

mod checked;
mod form;
mod head;
mod table;

use std::sync::Arc;

use egui::{Event, Ui};

use crate::case::BatchId;
use crate::engine::api::{BatchCommand, BatchView, Command};
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pending::Answers;
use crate::gui::view_context::ViewContext;

pub use form::ExportsForm;
use table::BatchTable;

/// The page's state.
#[derive(Debug, Default)]
pub struct ExportsPage {
    pub form: Option<Box<ExportsForm>>,
    /// The form that was closed: what was typed is there when it opens again.
    closed: Option<Box<ExportsForm>>,
    /// The batch that is shown; without one, the newest.
    shown: Option<BatchId>,
    table: BatchTable,
    /// The batch that was drawn last, and in which pass: when it comes on the page, its archives are looked at.
    drawn: Option<(BatchId, u64)>,
}

impl ExportsPage {
    /// Opens the form, unless it is open.
    pub fn begin(&mut self) {
        if self.form.is_none() {
            self.form = Some(self.closed.take().unwrap_or_default());
        }
    }

    /// Takes the answers to the form's questions.
    pub fn on_answer(&mut self, answers: &mut Answers, out: &mut Outbox) {
        let Some(form) = &mut self.form else { return };
        if let Some(batch) = form.on_answer(answers, out) {
            (self.form, self.shown) = (None, Some(batch));
        }
    }

    /// The folder that the person chose in the file dialog.
    pub fn set_folder(&mut self, path: &std::path::Path) {
        if let Some(form) = &mut self.form {
            form.set_folder(path);
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let batches = &cx.snapshot.batches;
        if batches.is_empty() && self.form.is_none() {
            let sentence = "Paste a list of projects or choose a group. Export Desk checks them, and exports them within GitLab's limits.";
            kit::empty(ui, icons::EXPORT, "No exports of many projects yet", sentence, |ui| {
                if UiCommand::ExportMany.button(ui, cx).primary().show(ui).clicked() {
                    out.run(UiCommand::ExportMany);
                }
            });
            return;
        }
        let mut begins = false;
        let is_open = self.form.is_some();
        kit::page(
            ui,
            "Exports",
            |ui| {
                if !is_open {
                    begins = UiCommand::ExportMany.button(ui, cx).primary().show(ui).clicked();
                }
            },
            |ui| {
                if let Some(form) = &mut self.form
                    && !form.ui(ui, cx, out)
                {
                    self.closed = self.form.take();
                }
                self.batches(ui, cx, out);
            },
        );
        if begins {
            out.run(UiCommand::ExportMany);
        }
    }

    /// Looks whether the archives are still there, each time the batch comes on the page, or the person comes back from
    /// another program.
    fn look_at(&mut self, ui: &Ui, batch: BatchId, out: &mut Outbox) {
        let pass = ui.ctx().cumulative_pass_nr();
        let was_here = self.drawn.is_some_and(|(before, at)| before == batch && pass <= at + 1);
        self.drawn = Some((batch, pass));
        let comes_back = || ui.input(|input| input.events.contains(&Event::WindowFocused(true)));
        if !was_here || comes_back() {
            out.ask(Command::Batch(BatchCommand::LookAt { batch }), IfUnhandled::Nothing);
        }
    }

    fn batches(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let batches = &cx.snapshot.batches;
        let chosen =
            batches.iter().find(|view| Some(view.batch.id) == self.shown).or_else(|| batches.first());
        let Some(view) = chosen.cloned() else { return };
        if batches.len() > 1 {
            ui.horizontal_wrapped(|ui| {
                for one in batches.iter() {
                    let is_shown = one.batch.id == view.batch.id;
                    if Button::new(&title(one)).quiet().selected(is_shown).show(ui).clicked() {
                        self.shown = Some(one.batch.id);
                    }
                }
            });
        }
        self.look_at(ui, view.batch.id, out);
        kit::card(ui, |ui| head::head(ui, &view, cx, out));
        kit::card(ui, |ui| self.table.ui(ui, &view, cx, out));
    }
}

/// The name of a batch in the list of batches.
fn title(view: &Arc<BatchView>) -> String {
    let many = format::number_of(view.counts.all as u64, "project", "projects");
    let folder = view.batch.folder.as_deref().and_then(|path| path.rsplit(['/', '\\']).next());
    let many = folder.map_or_else(|| many.clone(), |folder| format!("{folder}, {many}"));
    format!("Batch {}: {many}, {} done", view.batch.id, format::count(view.counts.done as u64))
}

#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod tests;
