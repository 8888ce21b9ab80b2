//! A strip over the page with a message about the whole page.

use crate::gui::icons::MaterialIcon;
use egui::{Frame, Margin, RichText, Ui};

use super::{icon, plain};
use crate::gui::theme::{Severity, size, tokens};

/// A strip of the full available width; `tools` is at its right.
pub fn banner(ui: &mut Ui, severity: Severity, glyph: MaterialIcon, text: &str, tools: impl FnOnce(&mut Ui)) {
    let t = tokens(ui);
    let (ink, ground) = t.severity(severity);
    let text = plain(text);
    Frame::new().fill(ground).inner_margin(Margin::symmetric(16, 6)).show(ui, |ui| {
        ui.horizontal(|ui| {
            icon(ui, glyph, ink, size::ICON);
            let words = |ui: &mut Ui| {
                ui.add(egui::Label::new(RichText::new(&text).color(t.text)).truncate()).on_hover_text(&text);
            };
            super::ends(ui, words, tools);
        });
    });
}
