//! A progress bar without animation.

use egui::{CornerRadius, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::gui::theme::tokens;

/// A bar of the full available width that shows `part` of `whole`; `name` is its name for a screen reader.
pub fn progress(ui: &mut Ui, name: &str, part: u64, whole: u64) -> Response {
    let t = tokens(ui);
    let share = if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) as f32 };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 8.0), Sense::hover());
    if ui.is_rect_visible(rect) {
        let round = CornerRadius::same(4);
        ui.painter().rect_filled(rect, round, t.hover);
        if share > 0.0 {
            let width = (rect.width() * share).max(8.0);
            let done = Rect::from_min_size(rect.min, Vec2::new(width, rect.height()));
            ui.painter().rect_filled(done, round, t.accent);
        }
    }
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(share) * 100.0);
        info
    });
    response
}
