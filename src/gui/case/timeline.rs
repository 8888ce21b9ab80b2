//! What happened to a case, newest first, from the journal. The snapshot holds the newest lines; the full journal is
//! fetched on request.

use std::sync::Arc;

use egui::{Label, RichText, Ui};

use crate::case::{Case, UserError};
use crate::engine::api::{Answer, Command, JournalLine, runs_of};
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;

/// How many lines are shown at first.
const SHOWN: usize = 12;

/// The card's state.
#[derive(Debug, Default)]
pub struct Timeline {
    whole: bool,
    /// The case's full journal, oldest first, once fetched.
    lines: Option<Arc<[JournalLine]>>,
    /// The revision of the case for which the journal was requested.
    asked_of: Option<u64>,
    reading: Pending,
    error: Option<UserError>,
}

impl Timeline {
    /// Takes the full journal of the case.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        match self.reading.take(answers) {
            Some(((), Ok(Answer::Journal(lines)))) => self.lines = Some(lines),
            // The lines of the snapshot stay visible; a new click requests the others again.
            Some(((), Err(error))) => self.error = Some(error),
            Some(((), Ok(_))) | None => {}
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        // A change of the case may have blanked old lines, so the full journal is fetched again rather than patched.
        if self.whole && self.asked_of.replace(case.revision) != Some(case.revision) {
            self.error = None;
            self.reading.ask(Command::CaseJournal { case: case.id }, (), out);
        }
        let lines = self.shown(case, cx);
        let reading = self.whole && self.lines.is_none() && self.error.is_none();
        let (whole, mut turned) = (self.whole, false);
        // The snapshot may hold only the newest lines of the case.
        let cut = cx.snapshot.journal.first().is_some_and(|first| first.seq > 1);
        kit::card(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            kit::heading(ui, "Timeline");
            if lines.is_empty() {
                kit::faint(ui, "The timeline records every step of this case and is never changed.");
            }
            let most = if whole { usize::MAX } else { SHOWN };
            for one in lines.iter().rev().take(most) {
                line(ui, one);
            }
            if let Some(error) = &self.error {
                kit::error(ui, error);
            }
            if reading {
                kit::chip(ui, Severity::Plain, icons::HOURGLASS, "loading the earlier steps");
            }
            if lines.len() > SHOWN || cut || whole {
                let label = match (whole, cut) {
                    (true, _) => "Show the newest".to_owned(),
                    (false, true) => "Show the whole timeline".to_owned(),
                    (false, false) => format!("Show all {}", format::count(lines.len() as u64)),
                };
                turned = Button::new(&label).quiet().show(ui).clicked();
            }
        });
        if turned {
            *self = Self { whole: !whole, ..Self::default() };
        }
    }

    /// The lines to show, oldest first: the full journal with newer lines appended, or the snapshot's lines alone.
    fn shown<'a>(&'a self, case: &Case, cx: &ViewContext<'a>) -> Vec<&'a JournalLine> {
        let runs: Vec<_> = runs_of(cx.snapshot, case).map(|view| view.run.id).collect();
        let ours = |line: &&JournalLine| {
            line.case_id == Some(case.id) || line.run_id.is_some_and(|run| runs.contains(&run))
        };
        let whole = self.lines.as_deref().filter(|_| self.whole).unwrap_or_default();
        let last = whole.last().map_or(0, |line| line.seq);
        whole.iter().chain(cx.snapshot.journal.iter().filter(ours).filter(|line| line.seq > last)).collect()
    }
}

fn line(ui: &mut Ui, line: &JournalLine) {
    ui.horizontal_top(|ui| {
        let t = tokens(ui);
        let deadline = line.at.for_people();
        let day = &deadline[..deadline.len().min(16)];
        ui.label(RichText::new(day).monospace().size(size::SMALL - 0.5).color(t.faint))
            .on_hover_text(&deadline);
        ui.add(Label::new(RichText::new(&line.sentence).size(size::SMALL + 0.5).color(t.soft)).wrap());
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::case::CaseId;
    use crate::engine::api::{AskId, Reply, Snapshot};
    use crate::gui::fixture::{ago, at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn the_whole_timeline_is_loaded_and_reloaded_when_the_case_changes() {
        let mut snapshot = at_work();
        // The snapshot's journal is truncated here: older lines are in the store alone.
        let tail: Vec<JournalLine> =
            snapshot.journal.iter().map(|line| JournalLine { seq: line.seq + 900, ..line.clone() }).collect();
        snapshot.journal = tail.clone().into();
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
        window.run();
        window.get_by_label("Show the whole timeline").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["CaseJournal { case: CaseId(1) }"]);
        window.get_by_label("loading the earlier steps");
        let first = JournalLine {
            seq: 3,
            at: ago(90_000),
            sentence: "Case opened, long ago.".into(),
            ..tail[0].clone()
        };
        let lines: Vec<JournalLine> = std::iter::once(first).chain(tail[..2].iter().cloned()).collect();
        let reply = Reply { ask: AskId(1), at: now(), result: Ok(Answer::Journal(lines.into())) };
        let snapshot = window.state().workspace().snapshot.as_ref().clone();
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..snapshot });
        window.run();
        window.get_by_label("Case opened, long ago.");
        window.get_by_label(&tail.last().unwrap().sentence);
        window.get_by_label(&tail[0].sentence);
        let mut snapshot = window.state().workspace().snapshot.as_ref().clone();
        let mut cases = snapshot.cases.to_vec();
        Arc::make_mut(&mut cases[0]).revision += 1;
        snapshot.cases = cases.into();
        window.state_mut().own.show(snapshot);
        window.run();
        assert_eq!(window.state().workspace().sent().len(), 2, "it is asked for again");
        window.get_by_label("Show the newest").click();
        window.run();
        assert!(window.query_by_label("Case opened, long ago.").is_none());
    }
}
