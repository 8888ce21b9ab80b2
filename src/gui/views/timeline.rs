//! What happened to a case, newest first, from the journal.

use egui::{Label, RichText, Ui};

use crate::case::Case;
use crate::gui::kit::{self, Button};
use crate::gui::scene::{Scene, runs_of};
use crate::gui::theme::{size, space, tokens};

const SHOWN: usize = 12;

/// The card of the timeline.
pub fn timeline(ui: &mut Ui, case: &Case, scene: &Scene<'_>, whole: &mut bool) {
    let runs: Vec<_> = runs_of(scene.snap, case).map(|view| view.run.id).collect();
    let ours = |line: &&crate::engine::JournalLine| {
        line.case_id == Some(case.id) || line.run_id.is_some_and(|run| runs.contains(&run))
    };
    let count = scene.snap.journal.iter().filter(ours).count();
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        kit::heading(ui, "Timeline");
        if count == 0 {
            kit::faint(ui, "What happens to this case is written down here, and never changed.");
        }
        let most = if *whole { usize::MAX } else { SHOWN };
        for line in scene.snap.journal.iter().rev().filter(ours).take(most) {
            ui.horizontal_top(|ui| {
                let t = tokens(ui);
                let clock = line.at.for_people();
                let day = &clock[..clock.len().min(16)];
                ui.label(RichText::new(day).monospace().size(size::SMALL - 0.5).color(t.faint))
                    .on_hover_text(&clock);
                ui.add(
                    Label::new(RichText::new(&line.sentence).size(size::SMALL + 0.5).color(t.soft)).wrap(),
                );
            });
        }
        if count > SHOWN {
            let label = if *whole { "Show the newest".to_owned() } else { format!("Show all {count}") };
            if Button::new(&label).quiet().show(ui).clicked() {
                *whole = !*whole;
            }
        }
    });
}
