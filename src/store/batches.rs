//! Batches of exports: a row for each batch, and one for each of its projects.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::error::Cause;
use super::jobs::bodies;
use crate::case::BatchId;
use crate::case::batch::{BatchItem, ExportBatch, MOST_PROJECTS};

pub(super) const TABLE: &str = "batches";
pub(super) const ITEMS: &str = "batch_items";

/// The ID of the row of a batch's project.
pub(super) fn item_id(batch: BatchId, place: usize) -> i64 {
    batch.0.saturating_mul(MOST_PROJECTS as i64).saturating_add(place as i64)
}

pub(super) fn put(db: &Connection, batch: &ExportBatch) -> Result<(), Cause> {
    let body = json(TABLE, batch.id.0, batch)?;
    let sql = "INSERT INTO batches (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = ?2";
    db.prepare(sql)?.execute(params![batch.id.0, body])?;
    Ok(())
}

/// Writes one project of a batch, whose place never changes.
pub(super) fn put_item(db: &Connection, batch: BatchId, place: usize, item: &BatchItem) -> Result<(), Cause> {
    let id = item_id(batch, place);
    let body = json(ITEMS, id, item)?;
    let sql = "INSERT INTO batch_items (id, batch_id, body) VALUES (?1, ?2, ?3)
               ON CONFLICT (id) DO UPDATE SET body = ?3";
    db.prepare(sql)?.execute(params![id, batch.0, body])?;
    Ok(())
}

fn json(table: &'static str, id: i64, value: &impl Serialize) -> Result<String, Cause> {
    serde_json::to_string(value).map_err(|error| Cause::row(table, id, error))
}

/// Every batch with its projects, in the order of their IDs.
pub(super) fn all(db: &Connection) -> Result<Vec<(ExportBatch, Vec<BatchItem>)>, Cause> {
    let batches: Vec<ExportBatch> = bodies(db, TABLE)?;
    let mut all: Vec<(ExportBatch, Vec<BatchItem>)> =
        batches.into_iter().map(|batch| (batch, Vec::new())).collect();
    let mut statement = db.prepare("SELECT id, batch_id, body FROM batch_items ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, batch, body): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let item = serde_json::from_str(&body).map_err(|error| Cause::row(ITEMS, id, error))?;
        if let Ok(at) = all.binary_search_by_key(&batch, |(batch, _)| batch.id.0)
            && let Some((_, items)) = all.get_mut(at)
        {
            items.push(item);
        }
    }
    Ok(all)
}
