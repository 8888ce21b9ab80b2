//! The speed of the last minute as a small line.

use egui::{Pos2, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::gui::{format, theme::tokens};

/// A tiny plot of bytes a second, oldest first, at most the newest 60 samples.
pub fn plot(ui: &mut Ui, speeds: &[u32], wanted: Vec2) -> Response {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    let shown = &speeds[speeds.len().saturating_sub(60)..];
    let top = shown.iter().copied().max().unwrap_or(0);
    if ui.is_rect_visible(rect) {
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, t.line_strong));
        if top > 0 && shown.len() > 1 {
            let step = rect.width() / 59.0;
            let first = rect.right() - step * (shown.len() - 1) as f32;
            let at = |(i, speed): (usize, &u32)| {
                let height = *speed as f32 / top as f32 * (rect.height() - 3.0);
                Pos2::new(first + step * i as f32, rect.bottom() - height)
            };
            let line: Vec<Pos2> = shown.iter().enumerate().map(at).collect();
            for pair in line.windows(2) {
                let below = vec![
                    pair[0],
                    pair[1],
                    Pos2::new(pair[1].x, rect.bottom()),
                    Pos2::new(pair[0].x, rect.bottom()),
                ];
                ui.painter().add(Shape::convex_polygon(below, t.accent_soft, Stroke::NONE));
            }
            ui.painter().add(Shape::line(line, Stroke::new(1.5, t.accent)));
        }
    }
    let words = format!("Speed of the last minute, at most {}", format::speed(u64::from(top)));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    response.on_hover_text(words)
}
