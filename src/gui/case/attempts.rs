//! The export runs of a case: start, user, GitLab's statuses, outcome; and apart from them, the other known runs of its
//! project.

use egui::{Label, RichText, Ui};

use crate::case::{Case, Origin};
use crate::engine::api::{RunView, history_of, runs_of};
use crate::gui::case::export_card::phase_chip;
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{size, space, tokens};
use crate::gui::view_context::ViewContext;

/// How many of the project's other exports are listed, the newest first.
const MOST_HISTORY: usize = 5;

/// The card of the export attempts; draws nothing if there were none.
pub fn attempts(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>) {
    let all: Vec<&RunView> = runs_of(cx.snapshot, case).collect();
    let history: Vec<&RunView> = history_of(cx.snapshot, case).collect();
    if all.is_empty() && history.is_empty() {
        return;
    }
    kit::card(ui, |ui| {
        kit::heading(ui, "Attempts");
        if all.is_empty() {
            kit::faint(ui, "No export was started for this case.");
        }
        for (i, view) in all.iter().enumerate() {
            if i > 0 {
                ui.separator();
            }
            attempt(ui, view, all.len() - i, cx);
        }
        if !history.is_empty() {
            kit::section(ui, "Other exports of this project, not of this case");
            for view in history.iter().take(MOST_HISTORY) {
                ui.horizontal(|ui| {
                    phase_chip(ui, &view.status);
                    kit::when(ui, view.run.created_at, cx.now);
                });
            }
        }
    });
}

fn attempt(ui: &mut Ui, view: &RunView, number: usize, cx: &ViewContext<'_>) {
    let run = &view.run;
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = space::XS;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("{number}")).color(t.faint));
        phase_chip(ui, &view.status);
        kit::when(ui, run.created_at, cx.now);
        if let Some(user) = &run.user {
            ui.label(RichText::new(format!("by @{user}")).color(t.soft));
        }
        let origin = match run.origin {
            Origin::Scheduled => "",
            Origin::AlreadyRunning => "running when found",
            Origin::Found => "found",
        };
        ui.label(RichText::new(origin).size(size::SMALL).color(t.faint));
    });
    let words: Vec<&str> = run.history.iter().map(|sight| sight.word.as_str()).collect();
    if !words.is_empty() {
        let text = RichText::new(format!("GitLab's statuses: {}", words.join(" › ")))
            .size(size::SMALL)
            .color(t.soft);
        ui.add(Label::new(text).wrap());
    }
    if let Some(id) = &run.correlation_id {
        ui.horizontal(|ui| {
            ui.label(RichText::new(id).monospace().size(size::SMALL).color(t.soft));
            let label = format!("Copy correlation ID of attempt {number}");
            if Button::new(&label).icon(icons::COPY).icon_only().quiet().show(ui).clicked() {
                kit::copy(ui.ctx(), "correlation ID", id.clone());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::engine::api::{JournalLine, Snapshot};
    use crate::gui::fixture::{ago, at_work, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn an_older_run_of_the_project_is_its_history_and_not_an_attempt_of_the_case() {
        let mut snapshot = at_work();
        let mut runs = snapshot.runs.to_vec();
        let mut old = runs[2].as_ref().clone();
        (old.run.case_id, old.run.created_at, old.run.ended_at) = (None, ago(9_000), Some(ago(8_900)));
        runs[2] = Arc::new(old);
        let line = JournalLine {
            seq: 0,
            at: ago(8_900),
            case_id: None,
            run_id: Some(runs[2].run.id),
            kind: "run_ended".into(),
            sentence: "Export ended: failed, of last week.".into(),
        };
        snapshot.journal = std::iter::once(line).chain(snapshot.journal.iter().cloned()).collect();
        let mut workspace = Workspace::pretend(Snapshot { runs: runs.into(), ..snapshot });
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
        window.run();
        window.get_by_label("Other exports of this project, not of this case");
        window.get_by_label("Copy correlation ID of attempt 1");
        assert!(window.query_by_label("Copy correlation ID of attempt 2").is_none());
        assert!(
            window.query_by_label("Export ended: failed, of last week.").is_none(),
            "nor in its timeline"
        );
    }
}
