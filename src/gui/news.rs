//! What ended since the last picture, told in a toast that a screen reader speaks.

use std::collections::HashSet;

use crate::case::{Phase, RelationsId, RunId, TransferId};
use crate::engine::{RelationsView, RunView, Snapshot, TransferState, TransferView};

use super::kit::Toast;

/// What was under way in the last picture.
#[derive(Debug, Default)]
pub struct News {
    runs: HashSet<RunId>,
    transfers: HashSet<TransferId>,
    relations: HashSet<RelationsId>,
    /// Relations exports whose files were on their way.
    bringing: HashSet<RelationsId>,
}

impl News {
    /// Toasts for what was under way and has ended in `snap`.
    pub fn of(&mut self, snap: &Snapshot) -> Vec<Toast> {
        let ended_runs =
            snap.runs.iter().filter(|view| view.run.is_ended() && self.runs.contains(&view.run.id));
        let ended_transfers =
            snap.transfers.iter().filter(|view| view.state.is_ended() && self.transfers.contains(&view.id));
        let mut toasts: Vec<Toast> = ended_runs
            .filter_map(|view| of_run(view))
            .chain(ended_transfers.filter_map(|view| of_transfer(view)))
            .collect();
        self.runs = snap.runs.iter().filter(|view| !view.run.is_ended()).map(|view| view.run.id).collect();
        self.transfers =
            snap.transfers.iter().filter(|view| !view.state.is_ended()).map(|view| view.id).collect();
        toasts.extend(self.of_relations(snap));
        toasts
    }

    fn of_relations(&mut self, snap: &Snapshot) -> Vec<Toast> {
        let ended =
            snap.relations.iter().filter(|view| view.run.is_ended() && self.relations.contains(&view.run.id));
        let brought = snap.relations.iter().filter(|view| {
            self.bringing.contains(&view.run.id) && view.download.as_ref().is_some_and(|d| !d.is_moving)
        });
        let toasts = ended
            .filter_map(|view| of_relations(view))
            .chain(brought.filter_map(|view| of_files(view)))
            .collect();
        let ids = |wanted: fn(&RelationsView) -> bool| {
            snap.relations.iter().filter(|view| wanted(view)).map(|view| view.run.id).collect()
        };
        self.relations = ids(|view| !view.run.is_ended());
        self.bringing = ids(|view| view.download.as_ref().is_some_and(|download| download.is_moving));
        toasts
    }
}

fn of_relations(view: &RelationsView) -> Option<Toast> {
    let path = &view.run.project_path;
    match view.standing.phase {
        "ready" => Some(Toast::good(format!("The relations export of {path} is ready"))),
        "some_failed" => {
            let words = format!("Some relations of {path} could not be exported");
            Some(Toast::bad(words, &view.standing.sentence))
        }
        _ => None,
    }
}

fn of_files(view: &RelationsView) -> Option<Toast> {
    let (path, download) = (&view.run.project_path, view.download.as_ref()?);
    if download.files_failed > 0 {
        let words = format!("{} relation files of {path} did not come", download.files_failed);
        return Some(Toast::bad(words, "The table says why; retry them alone."));
    }
    let whole = download.files_paused == 0 && download.files_done == download.files_all;
    whole.then(|| Toast::good(format!("The relation files of {path} are in {}", download.folder.display())))
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
