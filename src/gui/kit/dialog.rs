//! A dialog over the page. Escape closes it. Enter presses its first button, and Ctrl+Enter does so from every field.

use egui::{
    Align2, Context, Frame, Id, Key, KeyboardShortcut, Margin, Modal, Modifiers, Response, RichText,
    ScrollArea, Ui,
};

use super::{Button, mark_heading, scroll};
use crate::case::UserError;
use crate::gui::theme::{self, space, tokens};

mod unsaved;

use unsaved::asked;
pub use unsaved::discard;

/// Accepts a dialog from any of its fields, including those where Enter starts a new line.
pub const ACCEPT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// Whether the person presses [`ACCEPT`] in this field of a form.
pub fn accepted(ui: &Ui, field: &Response) -> bool {
    field.has_focus() && ui.input_mut(|input| input.consume_shortcut(&ACCEPT))
}

/// Space for the scroll bar beside the content, in points.
const BAR: f32 = 14.0;
/// The title, the buttons and the margins around the content, with some space below the dialog, in points.
const AROUND: f32 = 146.0;
/// Space for an error, in points.
const ERROR: f32 = 110.0;
/// Between the dialog's edge and its content, in points.
const MARGIN: i8 = 20;

/// What a person decided in a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogVerdict {
    Open,
    Closed,
    Accepted,
}

/// A dialog with one button that accepts and one that cancels.
#[derive(Debug)]
pub struct DialogFrame<'a> {
    title: &'a str,
    accept: Option<&'a str>,
    /// What else the accepting button may say.
    widest: Option<&'a str>,
    dismiss: &'a str,
    danger: bool,
    dismiss_first: bool,
    unsaved: bool,
    blocked: Option<String>,
    error: Option<&'a UserError>,
    width: f32,
}

impl<'a> DialogFrame<'a> {
    pub fn new(title: &'a str) -> Self {
        Self {
            title,
            accept: None,
            widest: None,
            dismiss: "Cancel",
            danger: false,
            dismiss_first: false,
            unsaved: false,
            blocked: None,
            error: None,
            width: 480.0,
        }
    }

    /// The label of the accepting button.
    #[must_use]
    pub fn accept(mut self, label: &'a str) -> Self {
        self.accept = Some(label);
        self
    }

    /// Keeps the room for what the accepting button says later, so that no button moves then.
    #[must_use]
    pub fn accept_as_wide_as(mut self, label: &'a str) -> Self {
        self.widest = Some(label);
        self
    }

    #[must_use]
    pub fn dismiss(mut self, label: &'a str) -> Self {
        self.dismiss = label;
        self
    }

    /// Marks accepting as destructive: Enter does not accept the dialog.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// Gives the focus to the button that dismisses: Enter changes nothing then.
    #[must_use]
    pub fn dismiss_first(mut self) -> Self {
        self.dismiss_first = true;
        self
    }

    /// Asks before the dialog closes without being accepted, because text in it would be lost.
    #[must_use]
    pub fn unsaved(mut self, unsaved: bool) -> Self {
        self.unsaved = unsaved;
        self
    }

    /// Why the dialog cannot be accepted now.
    #[must_use]
    pub fn blocked(mut self, why: Option<String>) -> Self {
        self.blocked = why;
        self
    }

    /// What was answered to the accepting button. It is shown beside the buttons, whatever the content is scrolled to.
    #[must_use]
    pub fn error(mut self, error: Option<&'a UserError>) -> Self {
        self.error = error;
        self
    }

    #[must_use]
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    pub fn show(self, ctx: &Context, content: impl FnOnce(&mut Ui)) -> DialogVerdict {
        self.show_with(ctx, content, |_| ())
    }

    /// Same as [`Self::show`]; `below` draws what comes while the dialog is open. It is below the buttons, so that none of
    /// them moves under the pointer.
    pub fn show_with(
        self,
        ctx: &Context,
        content: impl FnOnce(&mut Ui),
        below: impl FnOnce(&mut Ui),
    ) -> DialogVerdict {
        let screen = ctx.content_rect().size();
        let width = self.width.min(screen.x - 80.0);
        let theme = theme::tokens_of(ctx.theme());
        let frame = Frame::new()
            .fill(theme.surface)
            .stroke(egui::Stroke::new(1.0, theme.line_strong))
            .corner_radius(12)
            .shadow(ctx.style_of(ctx.theme()).visuals.window_shadow)
            .inner_margin(Margin { right: MARGIN - BAR as i8, ..Margin::same(MARGIN) });
        // A fixed place: in a centred dialog, a control would move under the pointer as the content grows.
        let top = (screen.y * 0.12).min(120.0);
        let id = Id::unique(("dialog", self.title));
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, egui::vec2(0.0, top));
        let modal = Modal::new(id).area(area).backdrop_color(theme.veil).frame(frame);
        let is_new = is_new(ctx, id);
        let response = modal.show(ctx, |ui| {
            ui.set_width(width + BAR);
            // The area around it already has the dialog role.
            ui.ctx().accesskit_node_builder(ui.layer_id().id, |node| node.set_label(self.title));
            mark_heading(&ui.label(RichText::new(self.title).text_style(theme::title())));
            ui.add_space(space::XS);
            let in_front = ui.memory(|memory| memory.is_above_modal_layer(ui.layer_id()));
            let may = in_front && self.accept.is_some() && !self.danger && self.blocked.is_none();
            // Consumed here, before a multi-line field turns the key into a new line.
            let at_once = may && ui.input_mut(|input| input.consume_shortcut(&ACCEPT));
            let whole = screen.y - top - AROUND;
            let height = id.with("content");
            // Below the buttons where the window has room for it, else above them, where the content makes room for it: no
            // button moves in either case.
            let is_above = self.error.is_some()
                && ctx.data(|data| data.get_temp::<f32>(height)).is_some_and(|height| height + ERROR > whole);
            let tallest = if is_above { whole - ERROR } else { whole };
            let drawn = scrolled(ui, (width, tallest.max(120.0), is_new), content);
            ctx.data_mut(|data| data.insert_temp(height, drawn));
            let enters = in_front && ui.input(|input| input.key_pressed(Key::Enter));
            if is_above {
                self.refusal(ui, width);
            }
            ui.add_space(space::M);
            let verdict = self.buttons(ui, width, is_new);
            super::steady(ui, "below", |ui| {
                ui.set_max_width(width);
                if !is_above {
                    self.refusal(ui, width);
                }
                below(ui);
            });
            let by_key = at_once || (may && verdict == DialogVerdict::Open && enter_in_field(ui));
            keep_field(ui, id.with("field"), enters, is_new);
            if by_key { DialogVerdict::Accepted } else { verdict }
        });
        settle(ctx, id, response.response.rect);
        // A click beside a form takes nothing that was typed.
        let is_beside = self.accept.is_some() && response.backdrop_response.clicked();
        let closes = response.inner == DialogVerdict::Open && !is_beside && response.should_close();
        let verdict = if closes { DialogVerdict::Closed } else { response.inner };
        let asks = id.with("asks");
        if is_new {
            // A question about an earlier dialog of this name.
            ctx.data_mut(|data| data.remove::<()>(asks));
        }
        if self.unsaved { asked(ctx, asks, verdict) } else { verdict }
    }

    fn refusal(&self, ui: &mut Ui, width: f32) {
        if let Some(error) = self.error {
            ui.scope(|ui| {
                ui.set_width(width);
                super::error(ui, error);
            });
        }
    }

    fn buttons(&self, ui: &mut Ui, width: f32, is_new: bool) -> DialogVerdict {
        let mut verdict = DialogVerdict::Open;
        let row = egui::vec2(width, space::CONTROL);
        ui.allocate_ui_with_layout(row, egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(label) = self.accept {
                let button = Button::new(label).blocked(self.blocked.clone());
                let button = match self.widest {
                    Some(widest) => button.as_wide_as(widest),
                    None => button,
                };
                let button = if self.danger {
                    button.danger()
                } else {
                    button.primary().tooltip(ui.ctx().format_shortcut(&ACCEPT))
                };
                if button.show(ui).clicked() {
                    verdict = DialogVerdict::Accepted;
                }
            }
            let dismiss = Button::new(self.dismiss).show(ui);
            if self.dismiss_first && is_new {
                dismiss.request_focus();
            }
            if dismiss.clicked() {
                verdict = DialogVerdict::Closed;
            }
            if let Some(why) = self.blocked.as_ref().filter(|_| self.accept.is_some()) {
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text = RichText::new(why).small().color(tokens(ui).faint);
                    ui.add(egui::Label::new(text).truncate());
                });
            }
        });
        verdict
    }
}

/// Draws the content, which scrolls where it is higher than `tallest`. Returns its height.
fn scrolled(ui: &mut Ui, (width, tallest, is_new): (f32, f32, bool), content: impl FnOnce(&mut Ui)) -> f32 {
    // An area keeps its previous height: without a minimum, the dialog would not grow with its content.
    let area = ScrollArea::vertical().max_height(tallest).min_scrolled_height(tallest);
    let area = if is_new { area.vertical_scroll_offset(0.0) } else { area };
    let shown = scroll::scrolled(ui, area, |ui| {
        ui.set_min_width(width + BAR);
        ui.scope(|ui| {
            ui.set_width(width);
            content(ui);
        });
    });
    shown.content_size.y
}

/// Draws another frame until the dialog rests: a new dialog takes no click in the frame that measures it.
fn settle(ctx: &Context, id: Id, rect: egui::Rect) {
    let now = ctx.cumulative_frame_nr();
    let drawn = id.with("drawn");
    let before = ctx.data(|data| data.get_temp::<(u64, egui::Rect)>(drawn));
    if is_new(ctx, id) || before.is_some_and(|(_, kept)| kept != rect) {
        ctx.request_repaint();
    }
    ctx.data_mut(|data| data.insert_temp(drawn, (now, rect)));
}

/// Whether the last frame did not draw this dialog.
fn is_new(ctx: &Context, id: Id) -> bool {
    let before = ctx.data(|data| data.get_temp::<(u64, egui::Rect)>(id.with("drawn")));
    before.is_none_or(|(frame, _)| frame + 1 < ctx.cumulative_frame_nr())
}

/// Enter ends the focus of a field. The field gets it back, where the dialog stays open: because it cannot accept yet, or
/// because what was sent is refused. Until then the field may be disabled.
fn keep_field(ui: &Ui, last: Id, enters: bool, is_new: bool) {
    let entered = last.with("entered");
    if is_new {
        ui.data_mut(|data| data.remove::<()>(entered));
    }
    let Some(field) = ui.data(|data| data.get_temp::<Id>(last)) else {
        if let Some(focused) = ui.memory(egui::Memory::focused) {
            ui.data_mut(|data| data.insert_temp(last, focused));
        }
        return;
    };
    match ui.memory(egui::Memory::focused) {
        Some(focused) => ui.data_mut(|data| {
            data.insert_temp(last, focused);
            data.remove::<()>(entered);
        }),
        None if enters || ui.data(|data| data.get_temp::<()>(entered)).is_some() => {
            ui.data_mut(|data| data.insert_temp(entered, ()));
            ui.memory_mut(|memory| memory.request_focus(field));
        }
        None => {}
    }
}

/// Enter while no button has the focus: either a field lost the focus by that very key, or nothing had the focus.
fn enter_in_field(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none())
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn harness(danger: bool) -> Harness<'static, Vec<DialogVerdict>> {
        Harness::builder().with_context_setup(theme::install).build_ui_state(
            move |ui, heard: &mut Vec<DialogVerdict>| {
                let dialog = DialogFrame::new("Sure?").accept("Do it");
                let dialog = if danger { dialog.danger() } else { dialog };
                let verdict = dialog.show(ui.ctx(), |ui| {
                    ui.label("Something will happen.");
                });
                if verdict != DialogVerdict::Open {
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
        assert_eq!(window.state(), &[DialogVerdict::Accepted, DialogVerdict::Closed]);
    }

    #[test]
    fn a_field_of_several_lines_accepts_with_ctrl_and_enter() {
        let mut window = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, (text, heard): &mut (String, Vec<DialogVerdict>)| {
                let verdict = DialogFrame::new("Words").accept("Take them").show(ui.ctx(), |ui| {
                    super::super::Field::new("Text").rows(3).show(ui, text);
                });
                if verdict != DialogVerdict::Open {
                    heard.push(verdict);
                }
            },
            (String::new(), Vec::new()),
        );
        window.get_by_label("Text").focus();
        window.run();
        window.get_by_label("Text").type_text("one");
        window.key_press(Key::Enter);
        window.run();
        assert_eq!(window.state(), &("one\n".to_owned(), vec![]));
        window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        window.run();
        assert_eq!(window.state(), &("one\n".to_owned(), vec![DialogVerdict::Accepted]));
    }

    #[test]
    fn the_bar_of_a_long_dialog_covers_nothing() {
        let size = egui::vec2(800.0, 500.0);
        let mut window =
            Harness::builder().with_size(size).with_context_setup(theme::install).build_ui_state(
                |ui, widest: &mut (f32, f32)| {
                    DialogFrame::new("Long").dismiss("Close").show(ui.ctx(), |ui| {
                        for _ in 0..60 {
                            ui.label("a line");
                        }
                        *widest = (ui.min_rect().right(), ui.clip_rect().right());
                    });
                },
                (0.0, 0.0),
            );
        window.run();
        let (content, place) = *window.state();
        let bar = window.ctx.style_of(egui::Theme::Dark).spacing.scroll.bar_width;
        assert!(place - content >= bar, "the content ends at {content}, the place at {place}");
        let close = window.get_by_label("Close").rect().right();
        assert!((close - content).abs() < 1.0, "buttons end with the content: {close} and {content}");
    }

    #[test]
    fn a_dialog_that_grows_keeps_its_place() {
        let mut window = Harness::builder()
            .with_size(egui::vec2(900.0, 600.0))
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, lines: &mut usize| {
                    DialogFrame::new("Options").accept("Do it").show(ui.ctx(), |ui| {
                        ui.label("the first line");
                        for i in 0..*lines {
                            ui.label(format!("line {i}"));
                        }
                    });
                },
                1,
            );
        window.run();
        let before = window.get_by_label("the first line").rect();
        for lines in [8, 60] {
            *window.state_mut() = lines;
            window.run();
            assert_eq!(window.get_by_label("the first line").rect().min, before.min);
            let button = window.get_by_label("Do it").rect();
            assert!(button.bottom() < 600.0, "{button:?}");
        }
    }

    #[test]
    fn what_destroys_needs_the_button_itself() {
        let mut window = harness(true);
        window.key_press(Key::Enter);
        window.run();
        assert!(window.state().is_empty());
        window.get_by_label("Do it").click();
        window.run();
        assert_eq!(window.state(), &[DialogVerdict::Accepted]);
    }

    /// Such as one that still checks whether a path is free.
    #[test]
    fn enter_in_a_dialog_that_cannot_accept_yet_keeps_the_field() {
        let mut window = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, (path, checks, heard): &mut (String, bool, Vec<DialogVerdict>)| {
                let blocked = checks.then(|| "Checking.".to_owned());
                let dialog = DialogFrame::new("Import").accept("Do it").blocked(blocked);
                heard.push(dialog.show(ui.ctx(), |ui| {
                    crate::gui::kit::Field::new("Path").show(ui, path);
                }));
            },
            (String::new(), true, Vec::new()),
        );
        window.get_by_label("Path").focus();
        window.run();
        let enter = |window: &mut Harness<'_, (String, bool, Vec<DialogVerdict>)>| {
            window.key_press(Key::Enter);
            window.run();
            window.state().2.contains(&DialogVerdict::Accepted)
        };
        assert!(!enter(&mut window));
        assert!(window.get_by_label("Path").is_focused());
        window.state_mut().1 = false;
        assert!(enter(&mut window));
    }

    /// A refusal comes later than the key, and the fields may be disabled until then.
    #[test]
    fn a_field_has_the_focus_again_after_its_dialog_was_refused() {
        let mut window = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, (token, waits): &mut (String, u32)| {
                let blocked = (*waits > 0).then(|| "Asking GitLab.".to_owned());
                let dialog = DialogFrame::new("Connect").accept("Save").blocked(blocked);
                let verdict = dialog.show(ui.ctx(), |ui| {
                    ui.add_enabled_ui(*waits == 0, |ui| {
                        crate::gui::kit::Field::new("Token").show(ui, token);
                    });
                });
                *waits = if verdict == DialogVerdict::Accepted { 3 } else { waits.saturating_sub(1) };
            },
            (String::new(), 0),
        );
        window.get_by_label("Token").focus();
        window.run();
        window.key_press(Key::Enter);
        window.step();
        assert!(window.state().1 > 0, "it was sent");
        window.run_steps(8);
        assert!(window.state().1 == 0 && window.get_by_label("Token").is_focused());
    }
}
