//! The table of export runs. The row type is [`Run`] itself.

use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Cause;
use crate::case::{CaseId, Run};

pub(super) fn put(db: &Connection, run: &Run) -> Result<(), Cause> {
    put_body(db, "runs", run.id.0, run.case_id, run)
}

/// Every run, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<Run>, Cause> {
    bodies(db, "runs")
}

/// Makes or replaces a row that holds a whole type as JSON, beside its number and the case it belongs to.
pub(super) fn put_body(
    db: &Connection,
    table: &'static str,
    id: i64,
    case_id: Option<CaseId>,
    row: &impl Serialize,
) -> Result<(), Cause> {
    let body = serde_json::to_string(row).map_err(|error| Cause::row(table, id, error))?;
    let sql = format!(
        "INSERT INTO {table} (id, case_id, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET case_id = ?2, body = ?3"
    );
    db.execute(&sql, params![id, case_id.map(|id| id.0), body])?;
    Ok(())
}

/// What the rows of a table hold as JSON, in the order of their numbers.
pub(super) fn bodies<T: DeserializeOwned>(db: &Connection, table: &'static str) -> Result<Vec<T>, Cause> {
    let mut statement = db.prepare(&format!("SELECT id, body FROM {table} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut bodies = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, body): (i64, String) = (row.get(0)?, row.get(1)?);
        bodies.push(serde_json::from_str(&body).map_err(|error| Cause::row(table, id, error))?);
    }
    Ok(bodies)
}
