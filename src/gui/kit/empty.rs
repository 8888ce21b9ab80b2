//! The empty state of a page: what will be here, and the button that fills it.

use crate::gui::icons::MaterialIcon;
use egui::{RichText, TextStyle, Ui};

use super::{icon, soft};
use crate::gui::theme::{space, tokens};

/// An empty state, centred in the available space.
pub fn empty(ui: &mut Ui, glyph: MaterialIcon, headline: &str, sentence: &str, fill: impl FnOnce(&mut Ui)) {
    let t = tokens(ui);
    ui.add_space((ui.available_height() * 0.22).clamp(space::L, 160.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(420.0_f32.min(ui.available_width()));
        icon(ui, glyph, t.faint, 36.0);
        ui.add_space(space::S);
        ui.label(RichText::new(headline).text_style(TextStyle::Heading).color(t.text));
        soft(ui, sentence);
        ui.add_space(space::S);
        fill(ui);
    });
}
