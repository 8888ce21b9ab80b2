//! What comes back about writes into a tracker.

use crate::case::{CaseId, UserError};
use crate::engine::api::AskId;
use crate::engine::written::Written;

/// Something was written into a tracker for a case, or was not.
#[derive(Debug)]
pub struct TrackerInput {
    pub ask: AskId,
    pub case: CaseId,
    pub result: Result<Box<Written>, UserError>,
}
