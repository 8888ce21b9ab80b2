//! A text that the person can read in full before saving it: diagnostics, or settings for another computer.

use std::path::Path;
use std::sync::Arc;

use egui::{Context, ScrollArea, TextEdit, TextStyle, Ui};

use crate::gui::dialog::Dialog;
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

use super::save_target::{REPLACED, SaveTarget};

/// The dialog's state.
#[derive(Debug)]
pub struct SaveText {
    title: &'static str,
    note: &'static str,
    /// The file name if the person gives none.
    name: &'static str,
    text: Arc<str>,
    target: SaveTarget,
}

impl SaveText {
    /// The diagnostics, saved in `folder` unless the person chooses another place.
    pub fn bundle(text: Arc<str>, folder: &Path) -> Self {
        let note = "This is everything that would be saved. Names of customers, projects and files, tokens and URLs are left out. Read it before you send it to anybody.";
        Self::new("Diagnostics", note, "export-desk-diagnostics.txt", text, folder)
    }

    /// The settings.
    pub fn settings(text: &str, folder: &Path) -> Self {
        let note = "This is everything that would be saved. It contains no tokens or passwords.";
        Self::new("Export the settings", note, "export-desk-settings.json", text.into(), folder)
    }

    /// The projects of a batch as a table.
    pub fn exports(text: &str, folder: &Path) -> Self {
        let note = "The listed projects, in the listed order. Spreadsheets open this table.";
        Self::new("Save the table", note, "exports.csv", text.into(), folder)
    }

    fn new(
        title: &'static str,
        note: &'static str,
        name: &'static str,
        text: Arc<str>,
        folder: &Path,
    ) -> Self {
        Self { title, note, name, text, target: SaveTarget::new(&folder.join(name)) }
    }
}

impl Dialog for SaveText {
    fn on_picked(&mut self, path: &Path) {
        self.target.pick(path);
    }

    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let dialog = DialogFrame::new(self.title).accept("Save").dismiss("Close").width(860.0);
        let dialog = dialog.blocked(self.target.blocked());
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::soft(ui, self.note);
            whole(ui, self.title, &self.text);
            self.target.field(ui, REPLACED, false);
            ui.horizontal_wrapped(|ui| {
                SaveTarget::button(ui, Pick::SaveText(self.name), out);
                if Button::new("Copy all of it").icon(icons::COPY).show(ui).clicked() {
                    kit::copy(ui.ctx(), self.title, &*self.text);
                }
            });
        });
        if verdict == DialogVerdict::Accepted {
            let (path, may_replace) = self.target.chosen();
            out.push(Intent::Write { path, text: self.text.to_string(), may_replace });
        }
        verdict == DialogVerdict::Open
    }
}

/// A text that can be read, selected and copied, but not changed.
pub(super) fn whole(ui: &mut Ui, name: &str, text: &str) {
    let tall = (ui.ctx().content_rect().height() - 460.0).clamp(120.0, 420.0);
    ScrollArea::vertical().id_salt(name).max_height(tall).min_scrolled_height(tall).show(ui, |ui| {
        let mut text = text;
        let edit = TextEdit::multiline(&mut text).desired_width(f32::INFINITY).font(TextStyle::Monospace);
        ui.add(edit).accessible_name(format!("Text: {name}"));
    });
}
