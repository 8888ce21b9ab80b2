//! An icon beside text. Icons are painted rather than written as text, so that a screen reader skips them.

use egui::{Align2, Color32, FontId, Sense, Ui, Vec2};

use crate::gui::icons::MaterialIcon;

/// An icon of `size` points, inline.
pub fn icon(ui: &mut Ui, icon: MaterialIcon, color: Color32, size: f32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        icon.codepoint,
        FontId::new(size, icon.font_family()),
        color,
    );
}
