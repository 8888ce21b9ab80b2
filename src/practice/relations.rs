//! The relations export (`app/models/bulk_imports/export.rb`): one export a relation, per user.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::archive::{BATCH_RECORDS, FILE_RELATIONS, Recipe, relation_records};
use super::clock::{self, PracticeClock};
use super::fault::FaultKind;

/// The first relation takes this long, every further one [`STEP_MS`] more.
const FIRST_MS: u64 = 10_000;
const STEP_MS: u64 = 2_000;
/// A finished unbatched export is not made anew within this time (`EXISTING_EXPORT_TTL`).
const EXISTING_MS: u64 = 180_000;

/// One relation's export.
#[derive(Debug)]
pub struct FakeRelationExport {
    pub relation: &'static str,
    pub batched: bool,
    records: u64,
    finishes_at_ms: u64,
    error: Option<String>,
    /// Batches that fail, with their texts.
    failed_batches: HashMap<u64, String>,
    /// When it was begun, and when it is done.
    updated_at: (String, String),
    /// Files that were asked for, by batch.
    pub files: HashMap<Option<u64>, u64>,
}

impl FakeRelationExport {
    /// 0 started, 1 finished, -1 failed.
    pub fn status(&self, now_ms: u64) -> i8 {
        match (&self.error, now_ms >= self.finishes_at_ms) {
            (_, false) => 0,
            (None, true) => 1,
            (Some(_), true) => -1,
        }
    }

    /// The same of a batch: the relation is finished although batches of it failed
    /// (`BulkImports::FinishBatchedRelationExportWorker`).
    pub fn batch_status(&self, number: u64, now_ms: u64) -> i8 {
        match self.status(now_ms) {
            1 if self.failed_batches.contains_key(&number) => -1,
            status => status,
        }
    }

    /// Whether a new start leaves this export alone.
    fn stays(&self, batched: bool, now_ms: u64) -> bool {
        match self.status(now_ms) {
            0 => true,
            1 => !self.batched && !batched && now_ms - self.finishes_at_ms < EXISTING_MS,
            _ => false,
        }
    }

    fn updated_at(&self, now_ms: u64) -> &str {
        if self.status(now_ms) == 0 { &self.updated_at.0 } else { &self.updated_at.1 }
    }

    fn batches(&self) -> u64 {
        if self.batched { self.records.div_ceil(BATCH_RECORDS) } else { 0 }
    }

    /// The object of the status call.
    pub fn shown(&self, now_ms: u64) -> Value {
        let status = self.status(now_ms);
        let batch = |number: u64| {
            let status = self.batch_status(number, now_ms);
            json!({
                "status": status,
                "batch_number": number,
                "objects_count": (self.records - (number - 1) * BATCH_RECORDS).min(BATCH_RECORDS),
                "error": self.failed_batches.get(&number).filter(|_| status == -1),
                "updated_at": self.updated_at(now_ms),
            })
        };
        json!({
            "relation": self.relation,
            "status": status,
            "error": self.error.as_ref().filter(|_| status == -1),
            "updated_at": self.updated_at(now_ms),
            "batched": self.batched,
            "batches_count": self.batches(),
            "total_objects_count": if status == 1 { self.records } else { 0 },
            "batches": (1..=self.batches()).map(batch).collect::<Vec<_>>(),
        })
    }

    /// The name of its file, or of one batch of it.
    pub fn file_name(&self, batch: Option<u64>) -> String {
        let kind = if FILE_RELATIONS.contains(&self.relation) { "tar" } else { "ndjson" };
        match batch {
            Some(number) => format!("{}_{number}.{kind}.gz", self.relation),
            None => format!("{}.{kind}.gz", self.relation),
        }
    }
}

/// Starts the export of every relation, but those that were finished just now.
pub fn start(
    exports: &mut Vec<FakeRelationExport>,
    recipe: &Recipe,
    batched: bool,
    struck: &[FaultKind],
    clock: &PracticeClock,
) {
    let now_ms = clock.paced_ms();
    let began_at = clock.wall();
    for (step, (relation, records)) in (0..).zip(relation_records(recipe)) {
        let known = exports.iter().position(|export| export.relation == relation);
        if known.is_some_and(|at| exports[at].stays(batched, now_ms)) {
            continue;
        }
        let finishes_at_ms = now_ms + FIRST_MS + step * STEP_MS;
        let takes = clock.instant_of(finishes_at_ms) - clock.instant_of(now_ms);
        let ends_at = began_at.checked_add(takes).unwrap_or(began_at);
        let (error, failed_batches) = failures(struck, relation);
        let export = FakeRelationExport {
            relation,
            batched,
            records,
            finishes_at_ms,
            error,
            failed_batches,
            updated_at: (clock::shown(began_at), clock::shown(ends_at)),
            files: HashMap::new(),
        };
        match known {
            Some(at) => exports[at] = export,
            None => exports.push(export),
        }
    }
}

/// What fails of this relation: all of it with a text, and batches with theirs.
fn failures(struck: &[FaultKind], relation: &str) -> (Option<String>, HashMap<u64, String>) {
    let (mut whole, mut batches) = (None, HashMap::new());
    for trouble in struck {
        match trouble {
            FaultKind::RelationFailed { relation: failing, error } if failing == relation => {
                whole.get_or_insert_with(|| error.clone());
            }
            FaultKind::BatchFailed { relation: failing, batch, error } if failing == relation => {
                batches.insert(*batch, error.clone());
            }
            _ => {}
        }
    }
    (whole, batches)
}
