//! The result of a write to a tracker.

use crate::case::{Event, Fact, JournalEvent, UserError};

/// What GitLab has created in a tracker, for the case to record.
#[derive(Debug)]
pub struct TrackerWrite {
    pub what: JournalEvent,
    pub facts: Vec<(Fact, String)>,
    /// What else happened to the case with it.
    pub event: Option<Event>,
    pub url: String,
    pub notes: Vec<String>,
    /// The error of a later step, after this much has succeeded.
    pub but: Option<UserError>,
}
