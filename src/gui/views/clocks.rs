//! The deadlines of a case.

use std::time::Duration;

use egui::Ui;

use crate::case::{Case, ClockState, UtcMs};
use crate::gui::format;
use crate::gui::kit::{self, icons};
use crate::gui::scene::Scene;
use crate::gui::theme::{Mood, space};

/// The card of the clocks; nothing where none runs.
pub fn clocks(ui: &mut Ui, case: &Case, scene: &Scene<'_>) {
    let all = crate::case::clocks(case, token_expires_at(scene), &scene.snap.rules, scene.now);
    if all.is_empty() {
        return;
    }
    ui.ctx().request_repaint_after(Duration::from_mins(1));
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        kit::heading(ui, "Clocks");
        for clock in &all {
            let (mood, glyph) = match clock.state {
                ClockState::Running => (Mood::Plain, icons::CLOCK),
                ClockState::Soon => (Mood::Warn, icons::WARN),
                ClockState::Over => (Mood::Bad, icons::BAD),
            };
            kit::pair_with(ui, clock.name.label(), |ui| {
                let words = match clock.state {
                    ClockState::Over => format!("over, {}", format::relative(clock.ends_at, scene.now)),
                    ClockState::Running | ClockState::Soon => format::relative(clock.ends_at, scene.now),
                };
                kit::chip(ui, mood, glyph, &words).on_hover_text(format!(
                    "{}\n{}",
                    clock.ends_at.for_people(),
                    clock.why
                ));
            });
        }
    });
}

/// When GitLab stops taking the token of the case's instance: at the beginning of that day, UTC.
fn token_expires_at(scene: &Scene<'_>) -> Option<UtcMs> {
    let account = scene.instance?.account.as_ref()?;
    UtcMs::parse_rfc3339(&format!("{}T00:00:00Z", account.expires_on.as_ref()?))
}
