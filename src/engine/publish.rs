//! Makes the pictures. Lists that did not change are the same `Arc` as before.

use std::sync::Arc;

use tokio::sync::watch;

use crate::case::UtcMs;

use super::api::{ImportView, InstanceView, RelationsView, RunView, Snapshot, TransferView};
use super::clock;
use super::router::Router;

/// The last picture, and which of its lists are old.
pub(super) struct Publisher {
    sender: watch::Sender<Arc<Snapshot>>,
    wake: Box<dyn Fn() + Send + Sync>,
    runs: bool,
    transfers: bool,
    relations: bool,
    imports: bool,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}

impl Publisher {
    pub fn new(sender: watch::Sender<Arc<Snapshot>>, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { sender, wake, runs: true, transfers: true, relations: true, imports: true }
    }

    pub fn runs_changed(&mut self) {
        self.runs = true;
    }

    pub fn transfers_changed(&mut self) {
        self.transfers = true;
    }

    pub fn relations_changed(&mut self) {
        self.relations = true;
    }

    pub fn imports_changed(&mut self) {
        self.imports = true;
    }

    /// Shows the picture and wakes the face.
    pub fn publish(&mut self, picture: Snapshot) {
        (self.runs, self.transfers) = (false, false);
        (self.relations, self.imports) = (false, false);
        let picture = Arc::new(picture);
        super::diagnose::remember(&picture);
        self.sender.send_replace(picture);
        (self.wake)();
    }

    fn last(&self) -> Arc<Snapshot> {
        self.sender.borrow().clone()
    }
}

impl Router {
    /// The picture of now.
    pub(super) fn snapshot(&mut self) -> Snapshot {
        let (last, now) = (self.publisher.last(), clock::now());
        let patience = self.core.timing.patience();
        // Running transfers and walks move by themselves; their lists are old whenever one of them runs.
        let transfers_move = self.publisher.transfers
            || self.transfers.values().any(super::transfers::LiveTransfer::is_moving);
        Snapshot {
            seq: last.seq + 1,
            at: now,
            instances: same_or(
                &last.instances,
                self.core.sessions.values().map(super::session::Session::view).collect::<Vec<InstanceView>>(),
            ),
            cases: self.cases.view(),
            runs: if self.publisher.runs {
                self.runs
                    .values()
                    .rev()
                    .map(|run| Arc::new(run.view(&patience, now)))
                    .collect::<Vec<Arc<RunView>>>()
                    .into()
            } else {
                last.runs.clone()
            },
            transfers: if transfers_move {
                self.transfers
                    .values()
                    .rev()
                    .map(|transfer| transfer.view(&last.transfers, now))
                    .collect::<Vec<Arc<TransferView>>>()
                    .into()
            } else {
                last.transfers.clone()
            },
            relations: self.relations_picture(&last, now),
            imports: self.imports_picture(&last),
            inspections: self.inspections.view(),
            journal: self.core.journal_view(),
            ledger: self.cases.ledger_view(),
            rules: self.cases.rules_view(),
            ending: self.deadlines.ending(),
            wording: self.texts.wording_view(),
            live: self.texts.live_view(),
            replies: self.core.replies_view(),
            asking: self.core.asking_view(),
            practice: self.practice.view(),
            download_folder: self.settings.download_folder(),
            settings: self.settings.view(),
            trouble: self.core.trouble_view(),
        }
    }
}

impl Router {
    fn relations_picture(&self, last: &Snapshot, now: UtcMs) -> Arc<[Arc<RelationsView>]> {
        let move_on = self.relations.values().any(super::relations::LiveRelations::is_moving);
        if self.publisher.relations || move_on {
            self.relations_views(&last.relations, now)
        } else {
            last.relations.clone()
        }
    }

    fn imports_picture(&self, last: &Snapshot) -> Arc<[Arc<ImportView>]> {
        let move_on = self.imports.values().any(super::imports::LiveImport::is_moving);
        if self.publisher.imports || move_on {
            self.import_views(&last.imports)
        } else {
            last.imports.clone()
        }
    }
}

/// The old list where the new one says the same.
fn same_or<T: PartialEq>(old: &Arc<[T]>, new: Vec<T>) -> Arc<[T]> {
    if old.as_ref() == new.as_slice() { old.clone() } else { new.into() }
}
