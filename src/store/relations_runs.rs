//! The table of relations exports. The row type is [`RelationsRun`] itself.

use rusqlite::Connection;

use super::error::Cause;
use crate::case::RelationsRun;

pub(super) fn put(db: &Connection, run: &RelationsRun) -> Result<(), Cause> {
    super::runs::put_body(db, "relations_runs", run.id.0, run.case_id, run)
}

/// Every run, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<RelationsRun>, Cause> {
    super::runs::bodies(db, "relations_runs")
}
