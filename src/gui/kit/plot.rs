//! The download speed of the last minute as a small line.

use std::borrow::Cow;

use egui::{
    Align2, Color32, Mesh, Pos2, Rect, Response, Role, Sense, Shape, Stroke, TextStyle, Ui, Vec2, WidgetInfo,
};

use crate::gui::format;
use crate::gui::theme::tokens;

const SAMPLES: usize = 60;

/// A small plot of bytes per second, oldest first, at most the newest 60 samples.
pub fn plot(ui: &mut Ui, speeds: &[u32], wanted: Vec2) -> Response {
    let shown = &speeds[speeds.len().saturating_sub(SAMPLES)..];
    let shown: Vec<u64> = shown.iter().map(|speed| u64::from(*speed)).collect();
    draw(ui, &shown, wanted, "Speed of the last minute", false)
}

/// The summed speeds of several downloads, second by second, labelled with the highest value.
pub fn plot_together<'a>(ui: &mut Ui, all: impl Iterator<Item = &'a [u32]>, wanted: Vec2) -> Response {
    let mut sums = [0_u64; SAMPLES];
    let mut longest = 0;
    for speeds in all {
        longest = longest.max(speeds.len().min(SAMPLES));
        for (sum, speed) in sums.iter_mut().rev().zip(speeds.iter().rev()) {
            *sum += u64::from(*speed);
        }
    }
    draw(ui, &sums[SAMPLES - longest..], wanted, "Speed of all downloads in the last minute", true)
}

fn draw(ui: &mut Ui, shown: &[u64], wanted: Vec2, name: &str, scale: bool) -> Response {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    let top = shown.iter().copied().max().unwrap_or(0);
    let words = format!("{name}, at most {}", format::speed(top));
    if ui.is_rect_visible(rect) {
        // The highest speed is written above the line, not across it.
        let area = if scale { rect.with_min_y(rect.top() + 18.0) } else { rect };
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, t.line_strong));
        if top > 0 && shown.len() > 1 {
            let line = points(shown, top, area);
            ui.painter().add(below(&line, rect.bottom(), t.accent_soft));
            ui.painter().add(Shape::line(line, Stroke::new(1.5, t.accent)));
        }
        if scale {
            let small = TextStyle::Small.resolve(ui.style());
            let most: Cow<'_, str> = if top == 0 { quiet(shown).into() } else { format::speed(top).into() };
            ui.painter().text(rect.left_top(), Align2::LEFT_TOP, most, small, t.faint);
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    response.on_hover_text(words)
}

/// What is said where nothing has come. Before a whole minute has passed, nobody knows more than that.
fn quiet(shown: &[u64]) -> &'static str {
    if shown.len() < SAMPLES { "no data yet" } else { "no data in the last minute" }
}

fn points(shown: &[u64], top: u64, rect: Rect) -> Vec<Pos2> {
    let step = rect.width() / (SAMPLES - 1) as f32;
    let first = rect.right() - step * (shown.len() - 1) as f32;
    let at = |(i, speed): (usize, &u64)| {
        let height = *speed as f32 / top as f32 * (rect.height() - 3.0);
        Pos2::new(first + step * i as f32, rect.bottom() - height)
    };
    shown.iter().enumerate().map(at).collect()
}

/// The area between a line and the bottom, as one mesh, because a page may have many plots.
fn below(line: &[Pos2], bottom: f32, color: Color32) -> Mesh {
    let mut mesh = Mesh::default();
    for (i, point) in line.iter().enumerate() {
        mesh.colored_vertex(*point, color);
        mesh.colored_vertex(Pos2::new(point.x, bottom), color);
        if i > 0 {
            let at = i as u32 * 2;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn speeds_are_added_by_their_newest_second() {
        let (long, short) = (vec![1_048_576_u32; 90], vec![1_048_576_u32; 2]);
        let mut harness =
            Harness::builder().with_context_setup(crate::gui::theme::install).build_ui(move |ui| {
                plot_together(ui, [long.as_slice(), short.as_slice()].into_iter(), Vec2::new(300.0, 40.0));
                plot_together(ui, std::iter::empty(), Vec2::new(300.0, 40.0));
            });
        harness.run();
        harness.get_by_label("Speed of all downloads in the last minute, at most 2.0 MiB/s");
        harness.get_by_label("Speed of all downloads in the last minute, at most 0 B/s");
        assert_eq!(quiet(&[]), "no data yet");
        assert_eq!(quiet(&[0; SAMPLES]), "no data in the last minute");
    }
}
