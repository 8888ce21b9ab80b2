//! The table of export runs. The row type is [`Run`] itself.

use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use super::error::Cause;
use crate::case::Run;

pub(super) fn put(db: &Connection, run: &Run) -> Result<(), Cause> {
    let body = serde_json::to_string(run).map_err(|error| Cause::row("runs", run.id, error))?;
    db.execute(
        "INSERT INTO runs (id, instance, project_id, project_path, case_id, phase, created_at_ms, ended_at_ms, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (id) DO UPDATE SET
            instance = ?2, project_id = ?3, project_path = ?4, case_id = ?5, phase = ?6, created_at_ms = ?7,
            ended_at_ms = ?8, body = ?9",
        params![
            run.id.0,
            run.instance,
            run.project_id as i64,
            run.project_path,
            run.case_id.map(|id| id.0),
            run.phase.as_str(),
            run.created_at.0,
            run.ended_at.map(|at| at.0),
            body,
        ],
    )?;
    Ok(())
}

/// Every run, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<Run>, Cause> {
    bodies(db, "runs")
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
