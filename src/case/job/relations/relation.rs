//! One relation of an export, and the files GitLab offers of it.

use serde::{Deserialize, Serialize};

use super::batches::Batch;

/// Our phase of one relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RelationPhase {
    /// GitLab has not started the relation.
    Pending,
    Running,
    Ready,
    Failed,
    /// A status that this program does not know; it is shown and polled.
    Unknown,
}

words!(RelationPhase);

impl RelationPhase {
    /// The meaning of GitLab's number or name (`BulkImports::Export`: -2 pending, 0 started, 1 finished, -1 failed).
    pub fn of_status(status: &str) -> Self {
        match status {
            "0" | "started" => Self::Running,
            "1" | "finished" => Self::Ready,
            "-1" | "failed" => Self::Failed,
            "-2" | "pending" | "created" => Self::Pending,
            _ => Self::Unknown,
        }
    }

    /// The same for a batch (`BulkImports::ExportBatch`: 0 created, 2 started, 1 finished, -1 failed). Older versions
    /// of GitLab have no status for the time before the worker starts and use 0 for started.
    pub fn of_batch_status(status: &str) -> Self {
        match status {
            "0" => Self::Pending,
            "2" => Self::Running,
            _ => Self::of_status(status),
        }
    }

    pub(super) fn is_ended(self) -> bool {
        matches!(self, Self::Ready | Self::Failed)
    }
}

/// One relation as the status call shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub name: String,
    /// GitLab's number or name, unchanged.
    pub status: String,
    /// GitLab's message, at most 255 characters.
    pub error: Option<String>,
    pub updated_at: Option<String>,
    pub batched: bool,
    pub batches_count: Option<u64>,
    pub objects_count: Option<u64>,
    pub batches: Vec<Batch>,
}

impl Relation {
    /// The files that GitLab offers for the relation: one, or one per batch.
    pub fn files(&self) -> Vec<RelationFile> {
        let file = |batch, phase, objects_count, updated_at: &Option<String>| RelationFile {
            relation: self.name.clone(),
            batch,
            phase,
            objects_count,
            updated_at: updated_at.clone(),
        };
        if self.batched {
            // A finished batch can be downloaded while the relation is still being exported.
            let each = |batch: &Batch| {
                file(Some(batch.number), batch.phase(), batch.objects_count, &batch.updated_at)
            };
            return self.batches.iter().map(each).collect();
        }
        vec![file(None, self.phase(), self.objects_count, &self.updated_at)]
    }
}

/// One file of the relations export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationFile {
    pub relation: String,
    pub batch: Option<u64>,
    pub phase: RelationPhase,
    /// The number of records in the file, as GitLab reports it.
    pub objects_count: Option<u64>,
    pub updated_at: Option<String>,
}
