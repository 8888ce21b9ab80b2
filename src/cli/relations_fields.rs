//! Relations exports in results and lines.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::case::relations::{Batch, RecordsDiffer};
use crate::case::{RelationPhase, format};
use crate::engine::api::{RelationFileView, RelationRow, RelationsDownload, RelationsView};

/// The fields of a `progress` line about the download of relation files.
pub fn download_progress(download: &RelationsDownload) -> Value {
    json!({
        "bytes": download.bytes,
        "total": null,
        "files": download.files_done,
        "files_all": download.files_all,
        "bytes_per_s": download.bytes_per_s,
    })
}

/// The state of an export, without its relations.
pub fn totals(view: &RelationsView) -> Value {
    let status = &view.status;
    json!({
        "project": { "id": view.run.project_id, "path": view.run.project_path },
        "phase": status.phase.as_str(),
        "sentence": status.sentence,
        "ready": status.ready,
        "failed": status.failed,
        "under_way": status.under_way,
        "kept": status.skipped,
        "not_listed": status.not_listed,
        "incomplete": status.incomplete,
    })
}

/// An export with its relations.
pub fn fields(view: &RelationsView) -> Value {
    let mut all = totals(view);
    all["batched"] = view.run.batched.into();
    all["relations"] = view.rows.iter().map(|row| row_fields(batches_of(view, row), row)).collect();
    all["failed_relations"] = view
        .rows
        .iter()
        .filter(|row| row.phase == RelationPhase::Failed)
        .map(|row| json!({ "relation": row.relation, "error": row.why() }))
        .collect();
    all["incomplete_relations"] = view.rows.iter().filter_map(incomplete).collect();
    all
}

/// A relation whose batches do not have as many records as GitLab counts.
fn incomplete(row: &RelationRow) -> Option<Value> {
    let RecordsDiffer { written, total } = row.differs?;
    Some(json!({ "relation": row.relation, "records_written": written, "total_objects_count": total }))
}

fn batches_of<'a>(view: &'a RelationsView, row: &RelationRow) -> &'a [Batch] {
    let relation = view.run.relations.iter().find(|relation| relation.name == row.relation);
    relation.map(|relation| relation.batches.as_slice()).unwrap_or_default()
}

/// One relation.
pub fn row_fields(batches: &[Batch], row: &RelationRow) -> Value {
    let missing = row.missing.iter().map(|batch| {
        json!({
            "batch_number": batch.number,
            "status": batch.status.as_deref().map(status),
            "error": batch.error,
        })
    });
    let words: HashMap<_, _> =
        row.files.iter().filter_map(|file| Some((file.batch?, file.as_str()))).collect();
    json!({
        "relation": row.relation,
        "status": status(&row.status),
        "phase": row.phase.as_str(),
        "error": row.error,
        "updated_at": row.updated_at,
        "batched": row.batched,
        "batches_count": row.batches,
        "batches_ready": row.batches_ready,
        "total_objects_count": row.objects_count,
        "records_written": row.differs.map(|differs| differs.written),
        "records_missing": row.differs.map(|differs| differs.total.saturating_sub(differs.written)),
        "kept": row.skipped,
        "batches": batches.iter().filter(|_| row.batched).map(|batch| json!({
            "batch_number": batch.number,
            "status": status(&batch.status),
            "phase": batch.phase().as_str(),
            "error": batch.error,
            "objects_count": batch.objects_count,
            "state": words.get(&batch.number),
        })).collect::<Vec<_>>(),
        "missing_batches": missing.collect::<Vec<_>>(),
    })
}

/// A number where GitLab sent one, else a text.
fn status(word: &str) -> Value {
    word.parse::<i64>().map_or_else(|_word| word.into(), Value::from)
}

/// One file.
pub fn file_fields(row: &RelationRow, file: &RelationFileView) -> Value {
    let warnings = file.warnings().iter();
    json!({
        "relation": row.relation,
        "batch": file.batch,
        "state": file.as_str(),
        "path": file.path().map(|path| path.display().to_string()),
        "bytes": file.bytes(),
        "sha256": file.sha256(),
        "records": file.records(),
        "objects_count": file.objects_count,
        "resumed": file.download.as_ref().map_or(0, |download| download.resumed),
        "warnings": warnings.map(|w| json!({ "code": w.code, "message": w.message })).collect::<Vec<_>>(),
        "code": file.error().map(|error| error.code.as_str()),
        "headline": file.error().map(|error| &error.headline),
    })
}

/// The line of a relation.
pub fn line(row: &RelationRow) -> String {
    let records = || row.objects_count.map(|count| format::number_of(count, "record", "records"));
    let records = row.differs.map(RecordsDiffer::words).or_else(records).unwrap_or_default();
    let error = row.gitlab_error().map(|error| format!("  {error}")).unwrap_or_default();
    format!("{:<28} {:<8} {records}{error}", row.relation, row.phase.as_str())
}
