//! The relations export (`app/models/bulk_imports/export.rb`): one export per relation and user.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::archive::{RELATIONS, Recipe, RelationShape, relation_objects};
use super::clock::{self, PracticeClock};
use super::fault::FaultKind;

/// How long one relation takes, and how much later than the previous one its worker starts.
const TAKES_MS: u64 = 10_000;
const STEP_MS: u64 = 2_000;
/// A finished unbatched export is not regenerated within this time (`EXISTING_EXPORT_TTL`).
const EXISTING_MS: u64 = 180_000;

/// One relation's export, from the moment its worker starts.
#[derive(Debug)]
pub struct FakeRelationExport {
    pub relation: &'static str,
    shape: RelationShape,
    pub batched: bool,
    objects: u64,
    starts_at_ms: u64,
    finishes_at_ms: u64,
    error: Option<String>,
    batches: Vec<FakeBatch>,
    /// When the export started, and when it is done.
    updated_at: (String, String),
    /// Files that were downloaded, by batch.
    pub files: HashMap<Option<u64>, u64>,
}

/// One batch of a relation.
#[derive(Debug)]
struct FakeBatch {
    /// How many objects were written, and how many were skipped.
    objects: u64,
    skipped: u64,
    starts_at_ms: u64,
    finishes_at_ms: u64,
    error: Option<String>,
    updated_at: (String, String),
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

    /// The status of a batch: as for a relation, and 2 once its worker has started (0 is created); `None` if there is
    /// no such batch. The relation finishes even if some of its batches failed
    /// (`BulkImports::FinishBatchedRelationExportWorker`).
    pub fn batch_status(&self, number: u64, now_ms: u64) -> Option<i8> {
        let batch = usize::try_from(number.checked_sub(1)?).ok().and_then(|at| self.batches.get(at))?;
        Some(match now_ms {
            _ if self.status(now_ms) == -1 => -1,
            now_ms if now_ms < batch.starts_at_ms => 0,
            now_ms if now_ms < batch.finishes_at_ms => 2,
            _ if batch.error.is_some() => -1,
            _ => 1,
        })
    }

    /// How many records at the end of a batch were skipped.
    pub fn skipped(&self, number: u64) -> u64 {
        let at = usize::try_from(number.saturating_sub(1)).ok();
        at.and_then(|at| self.batches.get(at)).map_or(0, |batch| batch.skipped)
    }

    /// Whether a new start keeps this export.
    fn stays(&self, batched: bool, now_ms: u64) -> bool {
        match self.status(now_ms) {
            0 => true,
            1 => !self.batched && !batched && now_ms - self.finishes_at_ms < EXISTING_MS,
            _ => false,
        }
    }

    /// The object of the status call.
    pub fn shown(&self, now_ms: u64) -> Value {
        let status = self.status(now_ms);
        let mut shown = json!({
            "relation": self.relation,
            "status": status,
            "error": self.error.as_ref().filter(|_| status == -1),
            "updated_at": if status == 0 { &self.updated_at.0 } else { &self.updated_at.1 },
            "batched": self.batched,
            "batches_count": self.batches.len(),
            // In batches the records are counted in advance, otherwise while they are written.
            "total_objects_count": if self.batched || status == 1 { self.objects } else { 0 },
        });
        if self.batched {
            let mut batches: Vec<_> = (1..)
                .zip(&self.batches)
                .map(|(number, batch)| self.shown_batch(number, batch, now_ms))
                .collect();
            // GitLab's list has no certain order.
            if batches.len() > 1 {
                batches.swap(0, 1);
            }
            shown["batches"] = batches.into();
        }
        shown
    }

    fn shown_batch(&self, number: u64, batch: &FakeBatch, now_ms: u64) -> Value {
        let status = self.batch_status(number, now_ms).unwrap_or_default();
        let is_over = now_ms >= batch.finishes_at_ms;
        json!({
            "status": status,
            "batch_number": number,
            "objects_count": if status == 1 { batch.objects } else { 0 },
            "error": batch.error.as_ref().filter(|_| status == -1),
            "updated_at": if is_over { &batch.updated_at.1 } else { &batch.updated_at.0 },
        })
    }

    /// The name of its file, which all of its batches share.
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.relation, self.shape.extension())
    }
}

/// What the status call lists: the newest export of each relation whose worker has started.
pub fn listed(exports: &[FakeRelationExport], now_ms: u64) -> Vec<&FakeRelationExport> {
    let mut newest: Vec<&FakeRelationExport> = Vec::new();
    for export in exports.iter().filter(|export| export.starts_at_ms <= now_ms) {
        match newest.iter_mut().find(|known| known.relation == export.relation) {
            Some(known) => *known = export,
            None => newest.push(export),
        }
    }
    newest
}

/// Stores the ID of a relation's file that was downloaded.
pub fn keep_file(
    exports: &mut [FakeRelationExport],
    relation: &str,
    (batch, file): (Option<u64>, u64),
    now_ms: u64,
) {
    let started =
        |export: &&mut FakeRelationExport| export.relation == relation && export.starts_at_ms <= now_ms;
    if let Some(export) = exports.iter_mut().rev().find(started) {
        export.files.insert(batch, file);
    }
}

/// The parameters of a start.
#[derive(Debug, Clone, Copy)]
pub struct FakeRelationsStart<'a> {
    pub recipe: &'a Recipe,
    pub batched: bool,
    /// Setting `relation_export_batch_size`.
    pub batch_records: u64,
    pub faults: &'a [FaultKind],
}

/// Starts the export of every relation, except those that have just finished.
pub fn start(exports: &mut Vec<FakeRelationExport>, start: FakeRelationsStart<'_>, clock: &PracticeClock) {
    let now_ms = clock.paced_ms();
    let began_at = clock.wall();
    let shown = |at_ms: u64| {
        let takes = clock.instant_of(at_ms) - clock.instant_of(now_ms);
        clock::shown(began_at.checked_add(takes).unwrap_or(began_at))
    };
    for (step, (relation, shape)) in (0..).zip(RELATIONS) {
        let newest = exports.iter().rev().find(|export| export.relation == relation);
        if newest.is_some_and(|export| export.stays(start.batched, now_ms)) {
            continue;
        }
        let (starts_at_ms, batched) = (now_ms + step * STEP_MS, start.batched && shape.has_batches());
        let finishes_at_ms = starts_at_ms + TAKES_MS;
        let objects = relation_objects(start.recipe, relation);
        let (error, failed) = failures(start.faults, relation);
        let count = if batched { objects.div_ceil(start.batch_records) } else { 0 };
        let batch = |number: u64| {
            let of_it = (objects - (number - 1) * start.batch_records).min(start.batch_records);
            let skipped = skipped(start.faults, relation, number).min(of_it);
            let at_ms = |done: u64| starts_at_ms + TAKES_MS * done / count;
            let (from_ms, to_ms) = (at_ms(number - 1), at_ms(number));
            FakeBatch {
                objects: of_it - skipped,
                skipped,
                starts_at_ms: from_ms,
                finishes_at_ms: to_ms,
                error: failed.get(&number).cloned(),
                updated_at: (shown(from_ms), shown(to_ms)),
            }
        };
        exports.push(FakeRelationExport {
            relation,
            shape,
            batched,
            objects,
            starts_at_ms,
            finishes_at_ms,
            error,
            batches: (1..=count).map(batch).collect(),
            updated_at: (shown(starts_at_ms), shown(finishes_at_ms)),
            files: HashMap::new(),
        });
    }
}

/// The failures of this relation: the text for the whole relation, and the texts for its batches.
fn failures(faults: &[FaultKind], relation: &str) -> (Option<String>, HashMap<u64, String>) {
    let (mut whole, mut batches) = (None, HashMap::new());
    for error in faults {
        match error {
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

/// How many records of this batch the script skips.
fn skipped(faults: &[FaultKind], relation: &str, number: u64) -> u64 {
    let of_batch = |fault: &FaultKind| match fault {
        FaultKind::BatchShort { relation: short, batch, missing }
            if short == relation && *batch == number =>
        {
            Some(*missing)
        }
        _ => None,
    };
    faults.iter().find_map(of_batch).unwrap_or(0)
}
