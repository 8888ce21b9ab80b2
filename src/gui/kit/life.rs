//! Stops on a line: the stages of a case, the life of an export.

use egui::{Align2, FontId, Pos2, Role, Sense, Stroke, TextStyle, Ui, Vec2, WidgetInfo};

use super::icons;
use crate::gui::theme::{Mood, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopState {
    Passed,
    Here,
    /// Here, and it went wrong.
    Failed,
    Ahead,
}

/// One stop on the line.
#[derive(Clone, Debug)]
pub struct Stop {
    pub name: String,
    /// Small print below the name, for example a time.
    pub note: String,
    pub state: StopState,
}

/// Draws the line over the whole width. A screen reader hears where it stands in one sentence.
pub fn life(ui: &mut Ui, name: &str, stops: &[Stop]) {
    let t = tokens(ui);
    let has_notes = stops.iter().any(|stop| !stop.note.is_empty());
    let height = if has_notes { 58.0 } else { 42.0 };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let small = TextStyle::Small.resolve(ui.style());
    let share = rect.width() / stops.len().max(1) as f32;
    let center = |i: usize| Pos2::new(rect.left() + share * (i as f32 + 0.5), rect.top() + 10.0);
    for (i, stop) in stops.iter().enumerate() {
        let (ink, glyph) = match stop.state {
            StopState::Passed => (t.good, Some(icons::GOOD)),
            StopState::Here => (t.accent, None),
            StopState::Failed => (t.mood(Mood::Bad).0, Some(icons::BAD)),
            StopState::Ahead => (t.line_strong, None),
        };
        if i > 0 {
            let line = if stop.state == StopState::Ahead { t.line_strong } else { t.good };
            let from = center(i - 1) + Vec2::new(12.0, 0.0);
            let to = center(i) - Vec2::new(12.0, 0.0);
            ui.painter().line_segment([from, to], Stroke::new(2.0, line));
        }
        match glyph {
            Some(glyph) => {
                let font = FontId::new(18.0, glyph.font_family());
                ui.painter().text(center(i), Align2::CENTER_CENTER, glyph.codepoint, font, ink);
            }
            None if stop.state == StopState::Here => {
                ui.painter().circle_stroke(center(i), 7.0, Stroke::new(2.0, ink));
                ui.painter().circle_filled(center(i), 3.5, ink);
            }
            None => {
                ui.painter().circle_stroke(center(i), 6.0, Stroke::new(1.5, ink));
            }
        }
        let name_ink = match stop.state {
            StopState::Here => t.text,
            StopState::Failed => t.bad,
            StopState::Passed => t.soft,
            StopState::Ahead => t.faint,
        };
        label(ui, center(i) + Vec2::new(0.0, 14.0), &stop.name, &small, name_ink, share);
        label(ui, center(i) + Vec2::new(0.0, 30.0), &stop.note, &small, t.faint, share);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, sentence(name, stops)));
}

fn label(ui: &Ui, top: Pos2, text: &str, font: &FontId, ink: egui::Color32, share: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font.clone(), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(share - 4.0);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(top - Vec2::new(galley.size().x / 2.0, 0.0), galley, ink);
}

fn sentence(name: &str, stops: &[Stop]) -> String {
    let here =
        stops.iter().enumerate().find(|(_, stop)| matches!(stop.state, StopState::Here | StopState::Failed));
    match here {
        Some((i, stop)) => {
            let failed = if stop.state == StopState::Failed { ", failed" } else { "" };
            format!("{name}: {}, {} of {}{failed}", stop.name, i + 1, stops.len())
        }
        None => format!("{name}: all {} passed", stops.len()),
    }
}
