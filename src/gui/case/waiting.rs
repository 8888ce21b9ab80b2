//! Why the next check of a job is delayed.

use egui::Ui;

use crate::engine::api::Waiting;
use crate::gui::format;
use crate::gui::kit::{self, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

/// Why a job does not progress, and until when.
pub fn waiting_chip(ui: &mut Ui, waiting: &Waiting, cx: &ViewContext<'_>) {
    let until = waiting.until.map(|until| format!(" Until then: {}.", left(until.since_ms(cx.now))));
    let words = format!("{}{}", waiting.why, until.unwrap_or_default());
    kit::chip(ui, Severity::Warn, icons::HOURGLASS, &words).on_hover_text(words);
}

fn left(ms: i64) -> String {
    if ms <= 0 { "a moment".into() } else { format::stretch(ms) }
}
