//! The progress of a running build.

use egui::{RichText, Ui};

use crate::engine::api::{BuildStage, BuildView};
use crate::gui::format;
use crate::gui::kit;
use crate::gui::theme::tokens;
use crate::gui::view_context::ViewContext;

/// The stage, its bytes, its speed, and the time left.
pub fn build_progress(ui: &mut Ui, build: &BuildView, cx: &ViewContext<'_>) {
    if build.stage == BuildStage::Filling {
        // The total is unknown: git does not announce it.
        let words = format!("{} · {} received", build.stage.words(), format::bytes(build.bytes));
        ui.label(RichText::new(words).color(tokens(ui).text));
        return;
    }
    kit::progress(ui, build.stage.words(), build.bytes, build.total_bytes);
    let ms = cx.snapshot.at.since_ms(build.started_at).unsigned_abs().max(1);
    let per_s = build.bytes.saturating_mul(1000) / ms;
    let mut words: Vec<String> = build.part.map(|number| format!("Part {number}")).into_iter().collect();
    words.extend([
        build.stage.words().to_owned(),
        format!("{} of {}", format::bytes(build.bytes), format::bytes(build.total_bytes)),
        format::speed(per_s),
    ]);
    let left = build.total_bytes.saturating_sub(build.bytes).checked_div(per_s);
    words.extend(format::left(left));
    ui.label(RichText::new(words.join(" · ")).color(tokens(ui).text));
}
