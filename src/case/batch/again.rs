//! What becomes of the projects when somebody takes their batch up again, and of archives that are no longer as they were.

use std::collections::BTreeSet;

use super::{BatchItem, ExportBatch, ItemStage};
use crate::case::user_error::{Code, UserError};

/// Who takes a batch up again, and so which of its ended projects are started once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeUp {
    /// Whoever goes on in the place of another program: what has ended stays as it is.
    Continue,
    /// A person who asks for what is left: what has failed is tried again.
    Resume,
    /// A person who names projects: only those are tried again, also if they were cancelled.
    Named(BTreeSet<String>),
}

impl TakeUp {
    /// Whether the person named the project.
    pub fn names(&self, item: &BatchItem) -> bool {
        matches!(self, Self::Named(names) if item.names().any(|name| names.contains(&name)))
    }
}

/// What became of an archive since it was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveOnDisk {
    AsVerified,
    Gone,
    /// It has other bytes, or cannot be read.
    Changed,
}

impl BatchItem {
    /// The item as whoever continues its batch takes it up: what was requested is asked for again, so that it uses
    /// that person's token, and no second export is started for it.
    #[must_use]
    pub fn again(&self) -> Self {
        if self.stage.is_ended() {
            return Self { is_paused: false, ..self.clone() };
        }
        Self { stage: ItemStage::Waiting, is_paused: false, error: None, ..self.clone() }
    }

    /// The same when the batch is taken up: what stopped the batch is tried again, and what the person held back stays.
    #[must_use]
    pub fn taken_up(&self, by: &TakeUp) -> Self {
        let stopped = self.error.as_ref().is_some_and(ExportBatch::stops_at);
        let is_retried = match (self.stage, by) {
            (ItemStage::Failed, TakeUp::Continue) => stopped,
            (ItemStage::Failed, TakeUp::Resume) => true,
            (ItemStage::Failed, TakeUp::Named(_)) => stopped || by.names(self),
            (ItemStage::Cancelled, TakeUp::Named(_)) => by.names(self),
            _ => false,
        };
        match is_retried {
            true => self.started_again(),
            false if self.is_paused => self.clone(),
            false => self.again(),
        }
    }

    /// The item after a look at its archive, where that changes it. Where the archive is no longer there, only a person
    /// knows whether they moved it: the item says so, and the next time it is downloaded again.
    pub fn with_archive(&self, found: ArchiveOnDisk) -> Option<Self> {
        let file = self.file.as_ref()?;
        let (headline, hint) = match (self.stage, found) {
            (ItemStage::Done, ArchiveOnDisk::Gone) => (
                format!("The archive {} is gone.", file.path),
                "Put it back, or continue the batch once more to download it again.",
            ),
            (ItemStage::Done, ArchiveOnDisk::Changed) => (
                format!("The archive {} was changed after it was verified.", file.path),
                "Do not give it to the customer. Continue the batch once more to download it again under another name.",
            ),
            (ItemStage::Failed, ArchiveOnDisk::AsVerified) => {
                return Some(Self { stage: ItemStage::Done, error: None, ..self.clone() });
            }
            _ => return None,
        };
        Some(Self { download: None, ..self.failed(UserError::new(Code::Local, headline, hint)) })
    }

    /// The item for another try. A download that failed on the way continues; otherwise the project is exported again.
    pub(super) fn started_again(&self) -> Self {
        let may_continue = |error: &UserError| {
            matches!(
                error.code,
                Code::DownloadIncomplete
                    | Code::Network
                    | Code::UnexpectedAnswer
                    | Code::RateLimited
                    | Code::Local
                    | Code::Internal
            )
        };
        let keeps = self.error.as_ref().is_none_or(may_continue);
        Self {
            stage: ItemStage::Waiting,
            is_paused: false,
            error: None,
            run: self.run.filter(|_| keeps),
            download: self.download.filter(|_| keeps),
            rejected: None,
            file: None,
            ..self.clone()
        }
    }
}
