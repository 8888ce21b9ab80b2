//! Results of verifications.

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
use crate::case::UserError;
use crate::engine::api::{AskId, RelationCount};

/// The counts compared with a live project, or why they could not be read.
pub type Compared = Result<Arc<[RelationCount]>, UserError>;

/// The end of a verification.
#[derive(Debug)]
pub struct InspectionsInput {
    pub ask: AskId,
    pub path: PathBuf,
    /// The report, and the comparison where one was requested.
    pub result: Result<(Arc<Report>, Option<Compared>), UserError>,
}
