//! The result of a write to a tracker.

use crate::case::{Fact, JournalEvent, UserError};

/// What GitLab has created in a tracker, for the case to record.
#[derive(Debug)]
pub struct TrackerWrite {
    pub what: JournalEvent,
    pub facts: Vec<(Fact, String)>,
    pub url: String,
    pub notes: Vec<String>,
    /// The error of a later step, after this much has succeeded.
    pub but: Option<UserError>,
}
