//! Sentences that wrap.

use egui::text::LayoutJob;
use egui::{Align, Color32, FontId, TextFormat, TextStyle, Ui};

use crate::gui::theme::tokens;

/// A sentence that wraps; text between backticks is set as one of GitLab's own words.
pub fn prose(ui: &mut Ui, text: &str, color: Color32) -> egui::Response {
    let job = words(ui, text, color, &TextStyle::Body, Some(20.0));
    ui.add(egui::Label::new(job).wrap())
}

/// A sentence in a subdued colour.
pub fn soft(ui: &mut Ui, text: impl Into<String>) -> egui::Response {
    let color = tokens(ui).soft;
    prose(ui, &text.into(), color)
}

/// A sentence in a subdued colour for a row that has room for one line; the pointer shows what is cut.
pub fn one_line(ui: &mut Ui, text: &str) -> egui::Response {
    let job = words(ui, text, tokens(ui).soft, &TextStyle::Body, Some(20.0));
    ui.add(egui::Label::new(job).truncate())
}

/// A small line in a faint colour that wraps.
pub fn faint(ui: &mut Ui, text: impl Into<String>) -> egui::Response {
    let job = words(ui, &text.into(), tokens(ui).faint, &TextStyle::Small, Some(17.0));
    ui.add(egui::Label::new(job).wrap())
}

/// A sentence whose text between backticks is set as one of GitLab's own words.
pub(super) fn words(
    ui: &Ui,
    text: &str,
    color: Color32,
    style: &TextStyle,
    line_height: Option<f32>,
) -> LayoutJob {
    let font = style.resolve(ui.style());
    let code = FontId::new(font.size, TextStyle::Monospace.resolve(ui.style()).family);
    // Beside a chip or a button, a line is in the middle of its row.
    let valign = if ui.layout().is_horizontal() { Align::Center } else { Align::BOTTOM };
    let format = |font: FontId| TextFormat { line_height, valign, ..TextFormat::simple(font, color) };
    let mut job = LayoutJob::default();
    for (i, piece) in text.split('`').enumerate() {
        job.append(piece, 0.0, format(if i % 2 == 1 { code.clone() } else { font.clone() }));
    }
    job
}

/// A sentence for a place that shows plain text only: without the backticks around GitLab's own words.
pub fn plain(text: &str) -> String {
    text.replace('`', "")
}
