//! Makes the pictures. Lists that did not change are the same `Arc` as before.

use std::sync::Arc;

use tokio::sync::watch;

use crate::case::Case;

use super::api::{InstanceView, Snapshot, TransferView};
use super::clock;
use super::relations::Bringing;
use super::router::Router;

/// The last picture, and which of its lists are old.
pub(super) struct Publisher {
    sender: watch::Sender<Arc<Snapshot>>,
    wake: Box<dyn Fn() + Send + Sync>,
    cases: bool,
    transfers: bool,
    relations: bool,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}

impl Publisher {
    pub fn new(sender: watch::Sender<Arc<Snapshot>>, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { sender, wake, cases: true, transfers: true, relations: true }
    }

    pub fn cases_changed(&mut self) {
        self.cases = true;
    }

    /// Whether a case has changed since the last picture.
    pub fn cases_are_new(&self) -> bool {
        self.cases
    }

    pub fn transfers_changed(&mut self) {
        self.transfers = true;
    }

    pub fn relations_changed(&mut self) {
        self.relations = true;
    }

    /// Shows the picture and wakes the face.
    pub fn publish(&mut self, picture: Snapshot) {
        (self.cases, self.transfers, self.relations) = (false, false, false);
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
    pub(super) fn picture(&mut self) -> Snapshot {
        let (last, now) = (self.publisher.last(), clock::now());
        let files = &self.relation_files;
        let they_move = self.publisher.relations || files.values().any(Bringing::is_moving);
        let relations = self.jobs.relations_views(
            &self.core,
            now,
            they_move,
            |id| files.get(&id).map(Bringing::view),
            |id, file| files.get(&id).and_then(|bringing| bringing.file(file)),
        );
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
            cases: if self.publisher.cases {
                self.cases.values().rev().cloned().collect::<Vec<Arc<Case>>>().into()
            } else {
                last.cases.clone()
            },
            runs: self.jobs.export_views(&self.core, now),
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
            relations,
            imports: self.jobs.import_views(),
            inspections: self.inspections.view(),
            journal: self.core.journal_view(),
            ledger: self.ledger.clone(),
            rules: self.rules.clone(),
            ending: self.bell.ending(),
            wording: self.wording.clone(),
            live: self.live.clone(),
            replies: self.core.replies_view(),
            asking: self.core.asking_view(),
            practice: self.practice.view(),
            download_folder: self.download_folder(),
            settings: self.settings.clone(),
            trouble: self.core.trouble_view(),
        }
    }
}

/// The old list where the new one says the same.
fn same_or<T: PartialEq>(old: &Arc<[T]>, new: Vec<T>) -> Arc<[T]> {
    if old.as_ref() == new.as_slice() { old.clone() } else { new.into() }
}
