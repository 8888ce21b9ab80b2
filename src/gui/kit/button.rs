//! A button that explains why it is disabled.

use std::sync::Arc;

use crate::gui::icons::MaterialIcon;
use egui::{Color32, Response, RichText, Stroke, Ui};

use super::{in_view, plain};
use crate::gui::theme::{size, tokens};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ButtonStyle {
    #[default]
    Plain,
    /// The one thing to do on this card.
    Primary,
    /// No frame until the pointer hovers over the button.
    Quiet,
    /// Destroys something.
    Danger,
}

/// A button. If only the icon is shown, the label still is the button's name for a screen reader.
#[derive(Debug)]
pub struct Button<'a> {
    label: &'a str,
    /// The visible text if it is shorter than the name.
    caption: Option<&'a str>,
    icon: Option<MaterialIcon>,
    style: ButtonStyle,
    icon_only: bool,
    tooltip: Option<String>,
    blocked: Option<String>,
    selected: Option<bool>,
    pointed: bool,
    skips_tab: bool,
    as_wide_as: Option<&'a str>,
}

impl<'a> Button<'a> {
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            caption: None,
            icon: None,
            style: ButtonStyle::Plain,
            icon_only: false,
            tooltip: None,
            blocked: None,
            selected: None,
            pointed: false,
            skips_tab: false,
            as_wide_as: None,
        }
    }

    #[must_use]
    pub fn icon(mut self, icon: MaterialIcon) -> Self {
        self.icon = Some(icon);
        self
    }

    #[must_use]
    pub fn primary(mut self) -> Self {
        self.style = ButtonStyle::Primary;
        self
    }

    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.style = ButtonStyle::Quiet;
        self
    }

    #[must_use]
    pub fn danger(mut self) -> Self {
        self.style = ButtonStyle::Danger;
        self
    }

    /// Replaces the label of the button.
    #[must_use]
    pub fn relabel(mut self, label: &'a str) -> Self {
        self.label = label;
        self
    }

    /// Shows a shorter text than the name that a screen reader reads.
    #[must_use]
    pub fn caption(mut self, caption: &'a str) -> Self {
        self.caption = Some(caption);
        self
    }

    /// Shows only the icon; the label becomes name and tooltip.
    #[must_use]
    pub fn icon_only(mut self) -> Self {
        self.icon_only = true;
        self
    }

    #[must_use]
    pub fn tooltip(mut self, text: impl Into<String>) -> Self {
        self.tooltip = Some(text.into());
        self
    }

    /// Disables the button if there is a reason.
    #[must_use]
    pub fn blocked(mut self, why: Option<String>) -> Self {
        self.blocked = why;
        self
    }

    #[must_use]
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = Some(selected);
        self
    }

    /// Draws a ring around the button, because a lesson points to it.
    #[must_use]
    pub fn pointed(mut self, pointed: bool) -> Self {
        self.pointed = pointed;
        self
    }

    /// Whether Tab passes by: the field that the button fills in has a text, and the space that begins the next field's
    /// word must not replace it. A screen reader still finds the button and can give it the keyboard.
    #[must_use]
    pub fn skips_tab(mut self, skips: bool) -> Self {
        self.skips_tab = skips;
        self
    }

    /// Keeps the room for this other label, so that nothing beside the button moves when the label changes.
    #[must_use]
    pub fn as_wide_as(mut self, other: &'a str) -> Self {
        self.as_wide_as = Some(other);
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let enabled = self.blocked.is_none();
        // No scope of its own: a wrapped row must know the button's width.
        let style = Arc::clone(ui.style());
        paint_style(ui, self.style);
        let button = self.widget(ui).wrap_mode(egui::TextWrapMode::Extend);
        let button = match self.as_wide_as {
            Some(other) => button.min_size(egui::vec2(self.width_with(ui, other), 0.0)),
            None => button,
        };
        let response = ui.add_enabled(enabled, button).accessible_name(self.label);
        ui.set_style(style);
        if self.skips_tab {
            take_focus_on_request(&response);
        }
        if self.pointed {
            dashes(ui, response.rect.expand(4.0));
            in_view::show_once(ui, &response, self.label);
        }
        if self.pointed || self.style == ButtonStyle::Primary {
            in_view::keep_above_strip(ui, &response);
        }
        self.explain(response)
    }

    /// The button's width with this label.
    fn width_with(&self, ui: &Ui, label: &str) -> f32 {
        let width = |text: &str, font: egui::FontId| {
            ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x
        };
        let icon = self.icon.map_or(0.0, |icon| {
            let font = egui::FontId::new(size::ICON, icon.font_family());
            width(icon.codepoint, font) + ui.spacing().icon_spacing
        });
        let text = width(label, egui::TextStyle::Button.resolve(ui.style()));
        icon + text + 2.0 * ui.spacing().button_padding.x
    }

    fn widget(&self, ui: &Ui) -> egui::Button<'static> {
        let t = tokens(ui);
        let text = |text: &str| match self.style {
            ButtonStyle::Primary => RichText::new(text).color(t.on_accent),
            ButtonStyle::Danger => RichText::new(text).color(t.bad),
            ButtonStyle::Quiet => {
                RichText::new(text).color(if self.selected == Some(true) { t.text } else { t.soft })
            }
            ButtonStyle::Plain => RichText::new(text),
        };
        let glyph = |icon: MaterialIcon| text(icon.codepoint).family(icon.font_family()).size(size::ICON);
        let seen = self.caption.unwrap_or(self.label);
        let button = match (self.icon, self.icon_only) {
            (Some(icon), true) => egui::Button::new(glyph(icon)),
            (Some(icon), false) => egui::Button::new((glyph(icon), text(seen))),
            (None, _) => egui::Button::new(text(seen)),
        };
        let button =
            button.frame_when_inactive(self.style != ButtonStyle::Quiet || self.selected == Some(true));
        let is_passed_by = self.skips_tab && !ui.memory(|memory| memory.has_focus(ui.next_auto_id()));
        let button = if is_passed_by { button.sense(egui::Sense::CLICK) } else { button };
        match self.selected {
            Some(selected) => button.selected(selected),
            None => button,
        }
    }

    fn explain(self, response: Response) -> Response {
        let lead = if self.pointed { "This is the lesson's next step. " } else { "" };
        if let Some(why) = self.blocked.as_deref().map(plain) {
            response.ctx.accesskit_node_builder(response.id, |node| node.set_description(why.as_str()));
            return response.on_disabled_hover_text(why);
        }
        match (self.tooltip, self.icon_only) {
            (Some(tip), _) => {
                let tip = plain(&tip);
                let words = format!("{lead}{tip}");
                response.ctx.accesskit_node_builder(response.id, |node| node.set_description(words));
                response.on_hover_text(tip)
            }
            (None, is_icon) => {
                if self.pointed {
                    response
                        .ctx
                        .accesskit_node_builder(response.id, |node| node.set_description(lead.trim()));
                }
                if is_icon { response.on_hover_text(self.label) } else { response }
            }
        }
    }
}

/// Gives a button that Tab passes by the keyboard when a screen reader asks; egui does so only for what Tab reaches.
fn take_focus_on_request(button: &Response) {
    let focus = egui::accesskit::Action::Focus;
    button.ctx.accesskit_node_builder(button.id, |node| node.add_action(focus));
    if button.ctx.input(|input| input.has_accesskit_action_request(button.id, focus)) {
        button.request_focus();
    }
}

/// A dashed ring: the ring of the keyboard focus is solid, and both may be visible at once.
fn dashes(ui: &Ui, rect: egui::Rect) {
    let stroke = Stroke::new(2.0, tokens(ui).accent);
    let corners =
        [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, stroke, 6.0, 4.0));
}

fn paint_style(ui: &mut Ui, style: ButtonStyle) {
    let t = tokens(ui);
    if style != ButtonStyle::Primary {
        if style == ButtonStyle::Quiet {
            let widgets = &mut ui.visuals_mut().widgets;
            widgets.inactive.bg_stroke = Stroke::NONE;
            widgets.hovered.bg_stroke = Stroke::NONE;
        }
        return;
    }
    let widgets = &mut ui.visuals_mut().widgets;
    for (state, fill) in [
        (&mut widgets.inactive, t.accent_fill),
        (&mut widgets.hovered, t.accent_hover),
        (&mut widgets.active, t.accent_hover),
    ] {
        state.weak_bg_fill = fill;
        state.bg_fill = fill;
        state.fg_stroke.color = t.on_accent;
    }
    widgets.inactive.bg_stroke = Stroke::new(1.0, Color32::TRANSPARENT);
    widgets.hovered.bg_stroke = Stroke::new(1.0, Color32::TRANSPARENT);
    widgets.active.bg_stroke = Stroke::new(2.0, t.text);
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::gui::kit::icons;
    use crate::gui::theme;

    #[test]
    fn the_lessons_ring_is_of_dashes_and_not_of_one_line() {
        let lines = |pointed: bool| {
            let mut harness = Harness::builder().with_context_setup(theme::install).build_ui(move |ui| {
                Button::new("Start export").pointed(pointed).show(ui);
            });
            harness.run();
            let shapes = &harness.output().shapes;
            shapes.iter().filter(|shape| matches!(shape.shape, egui::Shape::LineSegment { .. })).count()
        };
        assert_eq!(lines(false), 0);
        assert!(lines(true) > 8, "{} dashes", lines(true));
    }

    #[test]
    fn an_icon_button_has_a_name_and_a_blocked_one_a_reason() {
        let mut pressed = 0;
        let mut harness = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, pressed| {
                if Button::new("Pause the download").icon(icons::PAUSE).icon_only().show(ui).clicked() {
                    *pressed += 1;
                }
                let why = Some("Nothing is running.".to_owned());
                if Button::new("Cancel").blocked(why).show(ui).clicked() {
                    *pressed += 100;
                }
            },
            pressed,
        );
        harness.get_by_label("Pause the download").click();
        harness.get_by_label("Cancel").click();
        harness.run();
        pressed = *harness.state();
        assert_eq!(pressed, 1);
        let cancel = harness.get_by_label("Cancel");
        assert!(cancel.accesskit_node().is_disabled());
        assert_eq!(cancel.accesskit_node().description().as_deref(), Some("Nothing is running."));
    }
}
