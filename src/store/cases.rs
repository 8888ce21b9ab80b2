//! The table of cases. The row type is [`Case`] itself.

use rusqlite::{Connection, params};

use super::error::Cause;
use crate::case::Case;

pub(super) fn put(db: &Connection, case: &Case) -> Result<(), Cause> {
    let body = serde_json::to_string(case).map_err(|error| Cause::row("cases", case.id, error))?;
    db.execute(
        "INSERT INTO cases (id, private_data_deleted_at_ms, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET private_data_deleted_at_ms = ?2, body = ?3",
        params![case.id.0, case.private_data_deleted.map(|at| at.0), body],
    )?;
    Ok(())
}

/// Every case, in the order of their IDs.
pub(super) fn all(db: &Connection) -> Result<Vec<Case>, Cause> {
    super::jobs::bodies(db, "cases")
}
