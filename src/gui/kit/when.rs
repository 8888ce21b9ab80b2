//! A relative time, with the exact one on hover.

use std::time::Duration;

use egui::{Response, RichText, Ui};

use crate::case::UtcMs;
use crate::gui::format;
use crate::gui::theme::tokens;

/// `3 min ago`, and `2026-11-21 06:54:00 UTC` on hover. Requests one later repaint, so that the text stays correct.
pub fn when(ui: &mut Ui, at: UtcMs, now: UtcMs) -> Response {
    let far = now.since_ms(at).abs() >= 3_600_000;
    ui.ctx().request_repaint_after(Duration::from_secs(if far { 600 } else { 45 }));
    let color = tokens(ui).soft;
    ui.label(RichText::new(format::relative(at, now)).color(color)).on_hover_text(at.for_people())
}
