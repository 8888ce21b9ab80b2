//! Results of writes to a tracker.

use crate::case::{CaseId, UserError};
use crate::engine::api::AskId;
use crate::engine::tracker_write::TrackerWrite;

/// A write to a tracker for a case has ended, well or badly.
#[derive(Debug)]
pub struct TrackerInput {
    pub ask: AskId,
    pub case: CaseId,
    pub result: Result<Box<TrackerWrite>, UserError>,
}
