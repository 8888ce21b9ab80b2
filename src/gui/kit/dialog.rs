//! A dialog over the page. Escape closes it, Enter does what its first button does.

use egui::{Context, Frame, Id, Key, Margin, Modal, Modifiers, RichText, ScrollArea, Ui};

use super::Button;
use crate::gui::theme::{self, space, tokens};

/// What a person decided in a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Open,
    Closed,
    Accepted,
}

/// A dialog with one button that accepts and one that does not.
#[derive(Debug)]
pub struct Dialog<'a> {
    title: &'a str,
    accept: Option<&'a str>,
    dismiss: &'a str,
    danger: bool,
    blocked: Option<String>,
    width: f32,
}

impl<'a> Dialog<'a> {
    pub fn new(title: &'a str) -> Self {
        Self { title, accept: None, dismiss: "Cancel", danger: false, blocked: None, width: 480.0 }
    }

    /// What the default button says.
    #[must_use]
    pub fn accept(mut self, label: &'a str) -> Self {
        self.accept = Some(label);
        self
    }

    #[must_use]
    pub fn dismiss(mut self, label: &'a str) -> Self {
        self.dismiss = label;
        self
    }

    /// Accepting destroys something: Enter does not do it.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// Why it cannot be accepted now.
    #[must_use]
    pub fn blocked(mut self, why: Option<String>) -> Self {
        self.blocked = why;
        self
    }

    #[must_use]
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    pub fn show(self, ctx: &Context, content: impl FnOnce(&mut Ui)) -> Verdict {
        let screen = ctx.content_rect().size();
        let width = self.width.min(screen.x - 80.0);
        let theme = theme::tokens_of(ctx.theme());
        let frame = Frame::new()
            .fill(theme.surface)
            .stroke(egui::Stroke::new(1.0, theme.line_strong))
            .corner_radius(12)
            .shadow(ctx.style_of(ctx.theme()).visuals.window_shadow)
            .inner_margin(Margin::same(20));
        let modal = Modal::new(Id::unique(("dialog", self.title))).backdrop_color(theme.veil).frame(frame);
        let response = modal.show(ctx, |ui| {
            ui.set_width(width);
            // The area around it has the role already.
            ui.ctx().accesskit_node_builder(ui.layer_id().id, |node| node.set_label(self.title));
            super::mark_heading(&ui.label(RichText::new(self.title).text_style(theme::title())));
            ui.add_space(space::XS);
            // An area keeps the height it had: without a minimum a dialog would not grow with its content.
            let tallest = (screen.y - 220.0).max(120.0);
            let area = ScrollArea::vertical().max_height(tallest).min_scrolled_height(tallest);
            area.show(ui, |ui| {
                ui.set_width(width);
                content(ui);
            });
            ui.add_space(space::M);
            self.buttons(ui)
        });
        if response.inner == Verdict::Open && response.should_close() {
            return Verdict::Closed;
        }
        response.inner
    }

    fn buttons(&self, ui: &mut Ui) -> Verdict {
        let mut verdict = Verdict::Open;
        let row = egui::vec2(ui.available_width(), space::CONTROL);
        ui.allocate_ui_with_layout(row, egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(label) = self.accept {
                let button = Button::new(label).blocked(self.blocked.clone());
                let button = if self.danger { button.danger() } else { button.primary() };
                if button.show(ui).clicked() {
                    verdict = Verdict::Accepted;
                }
            }
            if Button::new(self.dismiss).show(ui).clicked() {
                verdict = Verdict::Closed;
            }
            if let Some(why) = self.blocked.as_ref().filter(|_| self.accept.is_some()) {
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text = RichText::new(why).small().color(tokens(ui).faint);
                    ui.add(egui::Label::new(text).truncate());
                });
            }
        });
        let by_enter = self.accept.is_some() && !self.danger && self.blocked.is_none();
        if verdict == Verdict::Open && by_enter && enter_in_field(ui) {
            verdict = Verdict::Accepted;
        }
        verdict
    }
}

/// Enter while no button has the keyboard: a field lost it by that very key, or nothing had it.
fn enter_in_field(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none())
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn harness(danger: bool) -> Harness<'static, Vec<Verdict>> {
        Harness::builder().with_context_setup(theme::install).build_ui_state(
            move |ui, heard: &mut Vec<Verdict>| {
                let dialog = Dialog::new("Sure?").accept("Do it");
                let dialog = if danger { dialog.danger() } else { dialog };
                let verdict = dialog.show(ui.ctx(), |ui| {
                    ui.label("Something will happen.");
                });
                if verdict != Verdict::Open {
                    heard.push(verdict);
                }
            },
            Vec::new(),
        )
    }

    #[test]
    fn enter_accepts_and_escape_closes() {
        let mut window = harness(false);
        window.key_press(Key::Enter);
        window.run();
        window.key_press(Key::Escape);
        window.run();
        assert_eq!(window.state(), &[Verdict::Accepted, Verdict::Closed]);
    }

    #[test]
    fn what_destroys_needs_the_button_itself() {
        let mut window = harness(true);
        window.key_press(Key::Enter);
        window.run();
        assert!(window.state().is_empty());
        window.get_by_label("Do it").click();
        window.run();
        assert_eq!(window.state(), &[Verdict::Accepted]);
    }
}
