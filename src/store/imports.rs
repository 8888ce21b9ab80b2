//! The table of imports. The row type is [`ImportJob`] itself.

use rusqlite::Connection;

use super::error::Cause;
use crate::case::ImportJob;

pub(super) fn put(db: &Connection, job: &ImportJob) -> Result<(), Cause> {
    super::runs::put_body(db, "imports", job.id.0, job.case_id, job)
}

/// Every import, in the order of their numbers.
pub(super) fn all(db: &Connection) -> Result<Vec<ImportJob>, Cause> {
    super::runs::bodies(db, "imports")
}
