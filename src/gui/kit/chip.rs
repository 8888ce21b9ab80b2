//! A status as an icon and a word, on a background in the colour of its severity.

use crate::gui::icons::MaterialIcon;
use egui::{CornerRadius, FontId, Response, Sense, TextStyle, Ui, Vec2, WidgetInfo};

use super::plain;
use super::text::prose;
use crate::gui::theme::{Severity, tokens};

/// Draws a status chip. Its accessible name is the word.
pub fn chip(ui: &mut Ui, severity: Severity, icon: MaterialIcon, word: &str) -> Response {
    let word = plain(word);
    let (ink, ground) = tokens(ui).severity(severity);
    let font = TextStyle::Small.resolve(ui.style());
    let most = (ui.available_width() - 34.0).max(24.0);
    let job = egui::text::LayoutJob::simple_singleline(word.clone(), font.clone(), ink);
    let job = egui::text::LayoutJob { wrap: egui::text::TextWrapping::truncate_at_width(most), ..job };
    let galley = ui.painter().layout_job(job);
    let icon_size = font.size + 2.0;
    let wanted = Vec2::new(galley.size().x + icon_size + 20.0, 22.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    if ui.is_rect_visible(rect) {
        ui.painter().rect_filled(rect, CornerRadius::same(11), ground);
        let left = rect.left_center() + Vec2::new(7.0, 0.0);
        ui.painter().text(
            left,
            egui::Align2::LEFT_CENTER,
            icon.codepoint,
            FontId::new(icon_size, icon.font_family()),
            ink,
        );
        let text_at = egui::pos2(left.x + icon_size + 4.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(text_at, galley, ink);
    }
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &word));
    response
}

/// A chip with a sentence that wraps beside it.
pub fn chip_line(ui: &mut Ui, severity: Severity, icon: MaterialIcon, word: &str, sentence: &str) {
    ui.horizontal_top(|ui| {
        chip(ui, severity, icon, word);
        prose(ui, sentence, tokens(ui).text);
    });
}
