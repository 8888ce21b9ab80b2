//! What a write into a tracker has left there.

use crate::case::{Fact, JournalEvent, UserError};

/// What stands in a tracker now, for the case to know.
#[derive(Debug)]
pub struct Written {
    pub what: JournalEvent,
    pub facts: Vec<(Fact, String)>,
    pub url: String,
    pub notes: Vec<String>,
    /// What did not work after this much did.
    pub but: Option<UserError>,
}
