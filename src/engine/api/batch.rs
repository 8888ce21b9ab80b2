//! Batches: exports of many projects, requested together.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::batch::{
    BatchCounts, BatchGoal, BatchItem, CheckCounts, CheckOptions, CheckedProject, ExportBatch, ItemDeed,
    Turns,
};
use crate::case::{BatchId, UserError, UtcMs};

use super::ask::Waiting;

/// A command about a batch.
#[derive(Debug)]
pub enum BatchCommand {
    /// Starts a batch. With a folder that an earlier batch of the instance uses, that batch continues, and gets the
    /// projects that it does not have yet. Answer: `Batch`.
    Start { instance: String, items: Vec<BatchItem>, options: BatchOptions },
    /// Continues a batch with the caller's token. Answer: `Batch`.
    Resume { batch: BatchId },
    /// Continues the batch of this folder with the caller's token. Answer: `Batch`.
    ResumeFolder { folder: PathBuf },
    /// Looks whether the archives of a batch are where they were saved, as they were verified. A project whose archive is
    /// not has failed. Answer: `Done`.
    LookAt { batch: BatchId },
    /// Checks whether the token can export these projects, and requests nothing. Answer: `BatchCheck`;
    /// [`BatchCheckView`] shows the results as they come.
    Check { instance: String, items: Vec<BatchItem>, options: CheckOptions },
    /// Stops a check, or forgets one that has ended. Answer: `Done`.
    DropCheck { check: CheckId },
    /// Measures the free space of a folder, or of the nearest folder above it that exists. Answer: `FreeBytes`.
    Measure { folder: PathBuf },
    /// Lists the projects of a group. Answer: `GroupProjects`.
    ListGroup { instance: String, group: GroupQuery },
    /// Does the same to these projects of a batch, by their places. Answer: `Done`.
    Change { batch: BatchId, places: Vec<usize>, deed: ItemDeed },
}

/// A check of many projects; not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(pub u64);

/// Which projects of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupQuery {
    /// As a person named it: ID, full path or URL.
    pub group: String,
    pub with_subgroups: bool,
    pub with_archived: bool,
    /// The least access level that the token's user must have. Without one, Maintainer for everybody but
    /// administrators, who may export every project.
    pub least_access: Option<u8>,
}

/// A check of many projects, before anything is requested.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchCheckView {
    pub id: CheckId,
    pub instance: String,
    pub options: CheckOptions,
    /// In the order of the list.
    pub projects: Arc<[Arc<CheckedProject>]>,
    pub counts: CheckCounts,
    /// Why the check has stopped: GitLab rejects the token, or cannot be reached.
    pub error: Option<UserError>,
}

impl BatchCheckView {
    pub fn is_over(&self) -> bool {
        self.error.is_some() || self.counts.is_over()
    }
}

/// How a batch is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    pub goal: BatchGoal,
    /// Where archives and manifest go; required for [`BatchGoal::Downloaded`].
    pub folder: Option<PathBuf>,
    pub description: Option<String>,
    /// The user agreed to lose existing export files.
    pub replace: bool,
    pub connections: Option<u8>,
}

/// A batch and its state.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchView {
    pub batch: ExportBatch,
    /// In the order of the list.
    pub items: Arc<[Arc<BatchItemView>]>,
    pub counts: BatchCounts,
    /// When waiting projects are requested.
    pub turns: Turns,
    /// Nobody continues the batch: the command that started it is gone.
    pub is_held: bool,
    /// GitLab cannot be reached, or has an error of its own: until when nothing is asked, and why.
    pub resting: Option<Waiting>,
    /// GitLab has answered nothing since a request failed.
    pub is_unanswered: bool,
    /// Whether the manifest on disk shows the current state; true without a folder.
    pub is_saved: bool,
    /// Why the manifest could not be written.
    pub not_saved: Option<String>,
    /// Free space of the folder, when the manifest was last written.
    pub free_bytes: Option<u64>,
    /// Speed of all its downloads together.
    pub bytes_per_s: u64,
}

/// One project of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchItemView {
    /// Counted from 0, in the order of the list.
    pub place: usize,
    pub item: BatchItem,
    /// Whether the request is being prepared, or waits for its turn.
    pub is_asked: bool,
    pub progress: Option<ItemProgress>,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemProgress {
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    pub bytes_per_s: u64,
}

impl BatchView {
    pub fn is_over(&self) -> bool {
        self.counts.is_over()
    }

    /// About how long the batch still takes: until the last request, or until the known sizes are downloaded. `None` for a
    /// batch that does not move.
    pub fn left_ms(&self, now: UtcMs) -> Option<i64> {
        if self.is_over() || self.is_held || self.batch.stopped.is_some() || self.is_cut() {
            return None;
        }
        let counts = self.counts;
        let waiting = (counts.waiting > 0).then(|| self.turn(counts.waiting - 1).since_ms(now).max(0));
        let seconds = counts.expected_bytes.checked_div(self.bytes_per_s);
        let downloads = seconds.and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1000));
        waiting.max(downloads.filter(|_| self.batch.goal == BatchGoal::Downloaded))
    }

    /// Whether GitLab answers nothing now: nobody knows when the next request is sent.
    pub fn is_cut(&self) -> bool {
        self.resting.is_some() || self.is_unanswered
    }

    /// How many bytes the folder lacks for what is expected, where both are known.
    pub fn lacks_bytes(&self) -> Option<u64> {
        let lacks = self.counts.expected_bytes.saturating_sub(self.free_bytes?);
        (lacks > 0 && !self.is_over()).then_some(lacks)
    }

    /// When the waiting project with this many waiting ones before it is requested, at the earliest.
    pub fn turn(&self, before: usize) -> UtcMs {
        self.turns.at(before)
    }
}
