//! Batches: exports of many projects, requested together.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::batch::{BatchCounts, BatchGoal, BatchItem, ExportBatch, ItemDeed, Turns};
use crate::case::{BatchId, UtcMs};

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
    /// Does the same to these projects of a batch, by their places. Answer: `Done`.
    Change { batch: BatchId, places: Vec<usize>, deed: ItemDeed },
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

    /// When the waiting project with this many waiting ones before it is requested, at the earliest.
    pub fn turn(&self, before: usize) -> UtcMs {
        self.turns.at(before)
    }
}
