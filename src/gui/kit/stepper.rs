//! Steps on a line: the stages of a case, or of an export.

use egui::{Align2, FontId, Pos2, Role, Sense, Stroke, TextStyle, Ui, Vec2, WidgetInfo};

use super::icons;
use crate::gui::theme::{Severity, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    Passed,
    Here,
    /// The current step, and it failed.
    Failed,
    Ahead,
}

/// One step on the line.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: String,
    /// A small line below the name, for example a time.
    pub note: String,
    pub state: StepState,
}

/// Draws the line over the whole width. A screen reader reads the current position in one sentence.
pub fn stepper(ui: &mut Ui, name: &str, steps: &[Step]) {
    let t = tokens(ui);
    let has_notes = steps.iter().any(|step| !step.note.is_empty());
    let height = if has_notes { 58.0 } else { 42.0 };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let small = TextStyle::Small.resolve(ui.style());
    let share = rect.width() / steps.len().max(1) as f32;
    let center = |i: usize| Pos2::new(rect.left() + share * (i as f32 + 0.5), rect.top() + 10.0);
    let width = |step: &Step| {
        let galley = ui.painter().layout_no_wrap(step.name.clone(), small.clone(), t.text);
        galley.size().x.min(share - 4.0)
    };
    let widths: Vec<f32> = steps.iter().map(width).collect();
    // A long name takes what the short names beside it leave; at the ends there is only the share.
    let room = |i: usize| {
        let beside =
            |other: Option<usize>| other.and_then(|other| widths.get(other)).copied().unwrap_or(share);
        2.0 * (share - beside(i.checked_sub(1)).max(beside(Some(i + 1))) / 2.0 - 4.0)
    };
    for (i, step) in steps.iter().enumerate() {
        let (ink, glyph) = match step.state {
            StepState::Passed => (t.good, Some(icons::GOOD)),
            StepState::Here => (t.accent, None),
            StepState::Failed => (t.severity(Severity::Bad).0, Some(icons::BAD)),
            StepState::Ahead => (t.line_strong, None),
        };
        if i > 0 {
            let line = if step.state == StepState::Ahead { t.line_strong } else { t.good };
            let from = center(i - 1) + Vec2::new(12.0, 0.0);
            let to = center(i) - Vec2::new(12.0, 0.0);
            ui.painter().line_segment([from, to], Stroke::new(2.0, line));
        }
        match glyph {
            Some(glyph) => {
                let font = FontId::new(18.0, glyph.font_family());
                ui.painter().text(center(i), Align2::CENTER_CENTER, glyph.codepoint, font, ink);
            }
            None if step.state == StepState::Here => {
                ui.painter().circle_stroke(center(i), 7.0, Stroke::new(2.0, ink));
                ui.painter().circle_filled(center(i), 3.5, ink);
            }
            None => {
                ui.painter().circle_stroke(center(i), 6.0, Stroke::new(1.5, ink));
            }
        }
        let name_ink = match step.state {
            StepState::Here => t.text,
            StepState::Failed => t.bad,
            StepState::Passed => t.soft,
            StepState::Ahead => t.faint,
        };
        label(ui, center(i) + Vec2::new(0.0, 14.0), &step.name, &small, name_ink, room(i));
        label(ui, center(i) + Vec2::new(0.0, 30.0), &step.note, &small, t.faint, share - 4.0);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, sentence(name, steps)));
}

fn label(ui: &Ui, top: Pos2, text: &str, font: &FontId, ink: egui::Color32, room: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font.clone(), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(top - Vec2::new(galley.size().x / 2.0, 0.0), galley, ink);
}

fn sentence(name: &str, steps: &[Step]) -> String {
    let here =
        steps.iter().enumerate().find(|(_, step)| matches!(step.state, StepState::Here | StepState::Failed));
    if let Some((i, step)) = here {
        let failed = if step.state == StepState::Failed { ", failed" } else { "" };
        return format!("{name}: {}, step {} of {}{failed}", step.name, i + 1, steps.len());
    }
    let passed = steps.iter().filter(|step| step.state == StepState::Passed).count();
    match steps.len() - passed {
        0 => format!("{name}: all {passed} steps done"),
        _ => format!("{name}: ended, {passed} of {} steps done", steps.len()),
    }
}
