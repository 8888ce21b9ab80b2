//! Messages to [`super::Batches`].

use crate::case::batch::ItemStep;
use crate::case::{BatchId, UserError};
use crate::engine::api::{Answer, AskId, BatchCommand, CheckId, ProjectCheck};

use super::lost::ArchivesOnDisk;

/// One input of the batches.
#[derive(Debug)]
pub enum BatchesInput {
    /// Another owner has answered what the batch asked for a project.
    Answered { project: AskedFor, result: Result<Answer, UserError> },
    /// The manifest was written; the result is the free space of its folder, where it is known.
    Written { batch: BatchId, result: Result<Option<u64>, UserError> },
    /// The archives of a batch were looked at, as the command needs it.
    Looked { ask: AskId, command: Box<BatchCommand>, found: Result<ArchivesOnDisk, UserError> },
    /// The batch has rested after an error that may pass.
    Rested { batch: BatchId },
    /// The check of one project has an answer.
    Checked { check: CheckId, place: usize, result: Result<Box<ProjectCheck>, UserError> },
    /// A check has ended; the error says why it stopped before.
    CheckEnded { check: CheckId, result: Result<(), UserError> },
}

/// A question about one project of a batch.
#[derive(Clone, Copy, Debug)]
pub struct AskedFor {
    pub batch: BatchId,
    pub place: usize,
    pub ask: AskId,
    pub step: ItemStep,
}
