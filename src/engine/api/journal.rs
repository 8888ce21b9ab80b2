//! The journal, line by line.

use serde::{Deserialize, Serialize};

use crate::case::{CaseId, RunId, UtcMs};

/// One line of the journal in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    pub seq: i64,
    pub at: UtcMs,
    pub case_id: Option<CaseId>,
    pub run_id: Option<RunId>,
    pub kind: String,
    /// One sentence for the timeline.
    pub sentence: String,
}
