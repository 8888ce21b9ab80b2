//! The table of imports. The row type is [`ImportJob`] itself.

use rusqlite::{Connection, params};

use super::error::Cause;
use crate::case::ImportJob;

pub(super) fn put(db: &Connection, job: &ImportJob) -> Result<(), Cause> {
    let body = serde_json::to_string(job).map_err(|error| Cause::row("imports", job.id, error))?;
    db.execute(
        "INSERT INTO imports (id, instance, target_path, case_id, created_at_ms, ended_at_ms, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET
            instance = ?2, target_path = ?3, case_id = ?4, created_at_ms = ?5, ended_at_ms = ?6, body = ?7",
        params![
            job.id.0,
            job.instance,
            job.target_path,
            job.case_id.map(|id| id.0),
            job.created_at.0,
            job.ended_at.map(|at| at.0),
            body,
        ],
    )?;
    Ok(())
}

/// Every import, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<ImportJob>, Cause> {
    super::runs::bodies(db, "imports")
}
