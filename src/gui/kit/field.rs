//! A text field under its label, with a note or an error below it.

use egui::{Context, Id, Response, RichText, TextEdit, Ui};

use super::{faint, icon, icons};
use crate::gui::theme::{size, space, tokens};

/// A labelled text field. Its label must be unique on the page or dialog.
#[derive(Debug)]
pub struct Field<'a> {
    label: &'a str,
    hint: &'a str,
    note: Option<&'a str>,
    error: Option<&'a str>,
    is_wrong: bool,
    secret: bool,
    rows: usize,
    most_rows: Option<usize>,
    focus: bool,
    hide_label: bool,
    mono: bool,
}

impl<'a> Field<'a> {
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            hint: "",
            note: None,
            error: None,
            is_wrong: false,
            secret: false,
            rows: 1,
            most_rows: None,
            focus: false,
            hide_label: false,
            mono: false,
        }
    }

    /// An example inside the empty field.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// One small sentence below the field.
    #[must_use]
    pub fn note(mut self, note: &'a str) -> Self {
        self.note = Some(note);
        self
    }

    #[must_use]
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// Marks the field whose mistake is said elsewhere.
    #[must_use]
    pub fn is_wrong(mut self, is_wrong: bool) -> Self {
        self.is_wrong = is_wrong;
        self
    }

    /// Hides what is typed.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    #[must_use]
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// The field scrolls instead of growing beyond this height.
    #[must_use]
    pub fn most_rows(mut self, rows: usize) -> Self {
        self.most_rows = Some(rows);
        self
    }

    /// Takes the keyboard focus in this frame.
    #[must_use]
    pub fn focus(mut self, focus: bool) -> Self {
        self.focus = focus;
        self
    }

    /// Hides the label; a screen reader still reads it.
    #[must_use]
    pub fn hide_label(mut self) -> Self {
        self.hide_label = true;
        self
    }

    #[must_use]
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    pub fn show(self, ui: &mut Ui, text: &mut String) -> Response {
        let t = tokens(ui);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let label = (!self.hide_label)
                .then(|| ui.label(RichText::new(self.label).size(size::SMALL).color(t.soft)));
            let edit = if self.rows > 1 { TextEdit::multiline(text) } else { TextEdit::singleline(text) };
            let edit = edit
                .desired_width(f32::INFINITY)
                .desired_rows(self.rows)
                .password(self.secret)
                .hint_text(RichText::new(self.hint).color(t.faint))
                .margin(egui::Margin::symmetric(10, 6));
            let style = if self.mono { egui::TextStyle::Monospace } else { egui::TextStyle::Body };
            let height = self
                .most_rows
                .map_or(f32::INFINITY, |rows| rows as f32 * ui.text_style_height(&style) + 12.0);
            let edit = if self.mono { edit.font(style) } else { edit };
            // The ID comes from the label and not from the position, so that the field keeps the focus when content
            // above changes.
            let edit = edit.id_salt(("field", self.label));
            let response = if self.most_rows.is_some() {
                let area = egui::ScrollArea::vertical().id_salt(("rows", self.label)).max_height(height);
                area.show(ui, |ui| ui.add(edit)).inner
            } else {
                ui.add(edit)
            };
            let response = match label {
                Some(label) => response.labelled_by(label.id),
                None => response.accessible_name(self.label),
            };
            if self.focus {
                response.request_focus();
            }
            if self.is_wrong {
                let line = egui::Stroke::new(1.0, t.bad);
                ui.painter().rect_stroke(response.rect, 6, line, egui::StrokeKind::Outside);
            }
            note_typing(ui.ctx(), &response, text.is_empty());
            self.below(ui);
            response
        })
        .inner
    }

    fn below(&self, ui: &mut Ui) {
        let t = tokens(ui);
        if let Some(error) = self.error {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                icon(ui, icons::BAD, t.bad, size::SMALL + 3.0);
                ui.add(egui::Label::new(RichText::new(error).small().color(t.bad)).wrap());
            });
        } else if let Some(note) = self.note {
            faint(ui, note);
        }
    }
}

/// The field that has the focus, and whether it has text or something was typed in it since.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Typing {
    field: Id,
    was_typed: bool,
    is_empty: bool,
}

fn note_typing(ctx: &Context, response: &Response, is_empty: bool) {
    if !response.has_focus() {
        return;
    }
    let (place, field) = (Id::unique("typing"), response.id);
    let before = ctx.data(|data| data.get_temp::<Typing>(place));
    let goes_on = before.is_some_and(|typing| typing.field == field) && !response.gained_focus();
    let was_typed = response.changed() || goes_on && before.is_some_and(|typing| typing.was_typed);
    let now = Typing { field, was_typed, is_empty };
    if before != Some(now) {
        ctx.data_mut(|data| data.insert_temp(place, now));
    }
}

/// Whether a field has the focus, and whether it has something to undo: text, or typing since it has the focus.
pub fn typing(ctx: &Context) -> (bool, bool) {
    let focused = ctx.memory(egui::Memory::focused);
    let types = focused.is_some_and(|id| TextEdit::load_state(ctx, id).is_some());
    let known = ctx.data(|data| data.get_temp::<Typing>(Id::unique("typing")));
    let is_untouched =
        known.is_some_and(|known| Some(known.field) == focused && known.is_empty && !known.was_typed);
    (types, types && !is_untouched)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::gui::theme;

    #[test]
    fn a_field_keeps_the_keyboard_when_something_appears_above_it() {
        let mut harness = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, (more, text): &mut (bool, String)| {
                if *more {
                    ui.label("It is read now.");
                    ui.separator();
                }
                Field::new("Group").show(ui, text);
            },
            (false, String::new()),
        );
        harness.get_by_label("Group").focus();
        harness.run();
        harness.state_mut().0 = true;
        harness.run();
        harness.get_by_label("Group").type_text("acme");
        harness.run();
        assert_eq!(harness.state().1, "acme");
    }
}
