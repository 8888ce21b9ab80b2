//! The table of relations exports. The row type is [`RelationsRun`] itself.

use rusqlite::{Connection, params};

use super::error::Cause;
use crate::case::RelationsRun;

pub(super) fn put(db: &Connection, run: &RelationsRun) -> Result<(), Cause> {
    let body = serde_json::to_string(run).map_err(|error| Cause::row("relations_runs", run.id, error))?;
    db.execute(
        "INSERT INTO relations_runs (id, instance, project_id, project_path, case_id, created_at_ms, ended_at_ms, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET
            instance = ?2, project_id = ?3, project_path = ?4, case_id = ?5, created_at_ms = ?6, ended_at_ms = ?7,
            body = ?8",
        params![
            run.id.0,
            run.instance,
            run.project_id as i64,
            run.project_path,
            run.case_id.map(|id| id.0),
            run.created_at.0,
            run.ended_at.map(|at| at.0),
            body,
        ],
    )?;
    Ok(())
}

/// Every run, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<RelationsRun>, Cause> {
    super::runs::bodies(db, "relations_runs")
}
