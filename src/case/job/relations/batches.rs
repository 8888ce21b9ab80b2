//! The batches of a relation. GitLab reports a relation as finished even if some of its batches failed
//! (`BulkImports::FinishBatchedRelationExportWorker`), so the relation's status alone is not conclusive.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::relation::{Relation, RelationPhase};

/// The maximum number of batches that are named one by one if GitLab counts them but does not list them.
const MOST_UNLISTED: usize = 1000;
/// Exists only for direct transfer: archives do not contain it, and GitLab's importer of archives never reads it.
pub const NEVER_IMPORTED: &str = "user_contributions";
/// The maximum number of batches that a sentence names.
const TOLD: usize = 3;

/// One batch of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// From 1.
    pub number: u64,
    /// GitLab's number or name, unchanged.
    pub status: String,
    pub objects_count: Option<u64>,
    pub error: Option<String>,
    pub updated_at: Option<String>,
}

impl Batch {
    pub fn phase(&self) -> RelationPhase {
        RelationPhase::of_batch_status(&self.status)
    }
}

/// A batch without a file, of a relation that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingBatch {
    pub number: u64,
    /// GitLab's number or name; `None` if GitLab counts the batch but does not list it.
    pub status: Option<String>,
    pub error: Option<String>,
}

impl MissingBatch {
    fn words(&self) -> String {
        match (&self.status, &self.error) {
            (None, _) => format!("GitLab counts batch {}, but does not list it", self.number),
            (Some(_), None) => format!("batch {} failed", self.number),
            (Some(_), Some(error)) => format!("batch {} failed: {error}", self.number),
        }
    }
}

/// What a relation lacks, in a few words; `None` if nothing is missing.
pub fn lacks(missing: &[MissingBatch]) -> Option<String> {
    let told: Vec<_> = missing.iter().take(TOLD).map(MissingBatch::words).collect();
    let more = missing.len() - told.len();
    match more {
        0 => Some(told.join("; ")).filter(|words| !words.is_empty()),
        _ => Some(format!("{}; and {more} more", told.join("; "))),
    }
}

/// The records of a relation whose batches do not have as many as GitLab counts: it skips a part that raised an error
/// and reports that nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordsDiffer {
    pub written: u64,
    pub total: u64,
}

impl RecordsDiffer {
    /// For example “3 of 5 records, 2 missing”.
    pub fn words(self) -> String {
        let Self { written, total } = self;
        match total.checked_sub(written) {
            Some(missing) => format!("{written} of {total} records, {missing} missing"),
            None => format!("{written} records, although GitLab counts {total}"),
        }
    }
}

impl Relation {
    /// How many records GitLab wrote, if that is not what it counts. `None` as long as it exports the relation, and
    /// without batches: then GitLab counts only what it wrote.
    pub fn records_differ(&self) -> Option<RecordsDiffer> {
        if !self.batched || self.name == NEVER_IMPORTED || self.phase() != RelationPhase::Ready {
            return None;
        }
        let mut counts = self.batches.iter().map(|batch| batch.objects_count);
        let written = counts.try_fold(0_u64, |sum, count| Some(sum.saturating_add(count?)))?;
        let total = self.objects_count.filter(|total| *total != written)?;
        Some(RecordsDiffer { written, total })
    }

    /// The phase of the relation: with batches, all of them are needed.
    pub fn phase(&self) -> RelationPhase {
        let said = RelationPhase::of_status(&self.status);
        if said != RelationPhase::Ready || !self.batched {
            return said;
        }
        let open = self.batches.iter().map(Batch::phase).find(|phase| !phase.is_ended());
        match open {
            // A batch whose worker has yet to start counts as in progress.
            Some(RelationPhase::Pending) => RelationPhase::Running,
            Some(phase) => phase,
            None if self.missing().is_empty() => RelationPhase::Ready,
            None => RelationPhase::Failed,
        }
    }

    /// The batches without a file once GitLab reports that the relation has ended, by number.
    pub fn missing(&self) -> Vec<MissingBatch> {
        if !self.batched || !RelationPhase::of_status(&self.status).is_ended() {
            return Vec::new();
        }
        let failed = self.batches.iter().filter(|batch| batch.phase() == RelationPhase::Failed);
        let failed = failed.map(|batch| MissingBatch {
            number: batch.number,
            status: Some(batch.status.clone()),
            error: batch.error.clone(),
        });
        let listed: HashSet<_> = self.batches.iter().map(|batch| batch.number).collect();
        let unlisted = (1..=self.batches_count.unwrap_or(0)).filter(|number| !listed.contains(number));
        let unlisted = unlisted.map(|number| MissingBatch { number, status: None, error: None });
        let mut all: Vec<_> = failed.chain(unlisted.take(MOST_UNLISTED)).collect();
        all.sort_by_key(|batch| batch.number);
        all
    }

    /// Why the relation failed: GitLab's message for the relation, or else for its batches.
    pub fn why(&self) -> Option<String> {
        self.error.clone().or_else(|| lacks(&self.missing()))
    }
}
