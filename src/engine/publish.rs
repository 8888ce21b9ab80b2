//! Makes the pictures. Lists that did not change are the same `Arc` as before.

use std::sync::Arc;

use tokio::sync::watch;

use super::api::{InstanceView, Snapshot, TransferView};
use super::clock;
use super::relations::Bringing;
use super::router::Router;

/// The last picture, and which of its lists are old.
pub(super) struct Publisher {
    sender: watch::Sender<Arc<Snapshot>>,
    wake: Box<dyn Fn() + Send + Sync>,
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
        Self { sender, wake, transfers: true, relations: true }
    }

    pub fn transfers_changed(&mut self) {
        self.transfers = true;
    }

    pub fn relations_changed(&mut self) {
        self.relations = true;
    }

    /// Shows the picture and wakes the face.
    pub fn publish(&mut self, picture: Snapshot) {
        (self.transfers, self.relations) = (false, false);
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
            cases: self.cases.view(),
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

/// The old list where the new one says the same.
fn same_or<T: PartialEq>(old: &Arc<[T]>, new: Vec<T>) -> Arc<[T]> {
    if old.as_ref() == new.as_slice() { old.clone() } else { new.into() }
}
