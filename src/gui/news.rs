//! What ended since the last picture, told in a toast that a screen reader speaks.

use std::collections::HashSet;

use crate::case::{Code, ImportId, ImportOutcome, Phase, RunId, TransferId, Trouble};
use crate::engine::{ImportView, RunView, Snapshot, TransferState, TransferView};

use super::kit::Toast;
use super::views::trouble_in_window;

/// What was under way in the last picture.
#[derive(Debug, Default)]
pub struct News {
    runs: HashSet<RunId>,
    transfers: HashSet<TransferId>,
    imports: HashSet<ImportId>,
}

impl News {
    /// Toasts for what was under way and has ended in `snap`.
    pub fn of(&mut self, snap: &Snapshot) -> Vec<Toast> {
        let ended_runs =
            snap.runs.iter().filter(|view| view.run.is_ended() && self.runs.contains(&view.run.id));
        let ended_transfers =
            snap.transfers.iter().filter(|view| view.state.is_ended() && self.transfers.contains(&view.id));
        let ended_imports =
            snap.imports.iter().filter(|view| view.job.is_ended() && self.imports.contains(&view.job.id));
        let toasts = ended_runs
            .filter_map(|view| of_run(view))
            .chain(ended_transfers.filter_map(|view| of_transfer(view)))
            .chain(ended_imports.filter_map(|view| of_import(view)))
            .collect();
        self.runs = snap.runs.iter().filter(|view| !view.run.is_ended()).map(|view| view.run.id).collect();
        self.transfers =
            snap.transfers.iter().filter(|view| !view.state.is_ended()).map(|view| view.id).collect();
        self.imports =
            snap.imports.iter().filter(|view| !view.job.is_ended()).map(|view| view.job.id).collect();
        toasts
    }
}

fn of_import(view: &ImportView) -> Option<Toast> {
    let words = trouble_in_window(&Trouble::new(
        Code::ImportFailed,
        view.standing.sentence.clone(),
        view.standing.hint.clone().unwrap_or_default(),
    ));
    match view.job.outcome.as_ref()? {
        ImportOutcome::Imported => Some(Toast::good(words.headline)),
        ImportOutcome::Partial
        | ImportOutcome::Failed { .. }
        | ImportOutcome::NotSent { .. }
        | ImportOutcome::TimedOut => Some(Toast::trouble(&words)),
        ImportOutcome::Left => None,
    }
}

fn of_run(view: &RunView) -> Option<Toast> {
    let path = &view.run.project_path;
    match view.standing.phase {
        Phase::Ready => Some(Toast::good(format!("The export of {path} is ready"))),
        Phase::Failed => {
            Some(Toast::bad(format!("The export of {path} has failed"), &view.standing.sentence))
        }
        // Left by the person: nothing that they do not know.
        Phase::Idle | Phase::Requested | Phase::Queued | Phase::Running | Phase::Unknown => None,
    }
}

fn of_transfer(view: &TransferView) -> Option<Toast> {
    let path = &view.project_path;
    match view.state {
        TransferState::Done => {
            let verdict =
                view.done.as_ref().map(|receipt| receipt.verdict_sentence.clone()).unwrap_or_default();
            Some(Toast::good(format!("Downloaded {path}. {verdict}")))
        }
        TransferState::Failed => {
            let why = view.trouble.as_ref().map(|trouble| trouble.headline.clone()).unwrap_or_default();
            Some(Toast::bad(format!("The download of {path} has failed"), &why))
        }
        TransferState::Queued
        | TransferState::Running
        | TransferState::Proving
        | TransferState::Paused
        | TransferState::Cancelled => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::gui::fixture::{case, first_run, run_of};

    #[test]
    fn an_end_is_told_once_and_only_where_the_beginning_was_seen() {
        let one = case(1, 1, "acme/api");
        let running = Arc::new(run_of(&one, 1, 9, &[("queued", 8), ("started", 7)]));
        let ended = Arc::new(run_of(&one, 1, 9, &[("queued", 8), ("started", 7), ("finished", 1)]));
        let with = |run: &Arc<RunView>| Snapshot { runs: [Arc::clone(run)].into(), ..first_run() };
        let mut news = News::default();
        assert!(news.of(&with(&ended)).is_empty(), "old ends are no news");
        assert!(news.of(&with(&running)).is_empty());
        assert_eq!(news.of(&with(&ended)).len(), 1);
        assert!(news.of(&with(&ended)).is_empty());
    }
}
