//! Sentences that wrap.

use crate::gui::theme::tokens;

/// A sentence that wraps; text between backticks is set as one of GitLab's own words.
pub fn prose(ui: &mut egui::Ui, text: &str, color: egui::Color32) -> egui::Response {
    let style = ui.style();
    let body = egui::TextFormat {
        line_height: Some(20.0),
        ..egui::TextFormat::simple(egui::TextStyle::Body.resolve(style), color)
    };
    let word = egui::TextFormat {
        line_height: Some(20.0),
        ..egui::TextFormat::simple(egui::TextStyle::Monospace.resolve(style), color)
    };
    let mut job = egui::text::LayoutJob::default();
    for (i, piece) in text.split('`').enumerate() {
        job.append(piece, 0.0, if i % 2 == 1 { word.clone() } else { body.clone() });
    }
    ui.add(egui::Label::new(job).wrap())
}

/// A sentence in a subdued colour.
pub fn soft(ui: &mut egui::Ui, text: impl Into<String>) -> egui::Response {
    let color = tokens(ui).soft;
    prose(ui, &text.into(), color)
}

/// A small line in a faint colour that wraps.
pub fn faint(ui: &mut egui::Ui, text: impl Into<String>) -> egui::Response {
    let color = tokens(ui).faint;
    ui.add(egui::Label::new(egui::RichText::new(text).small().color(color).line_height(Some(17.0))).wrap())
}
