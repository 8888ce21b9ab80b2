//! What comes back about archives that are walked.

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
use crate::case::UserError;
use crate::engine::api::{AskId, RelationCount};

/// Counts beside a live project's, or why there are none.
pub type Compared = Result<Arc<[RelationCount]>, UserError>;

/// An end of a walk.
#[derive(Debug)]
pub struct InspectionsInput {
    pub ask: AskId,
    pub path: PathBuf,
    /// The report, and the comparison where somebody asked for one.
    pub result: Result<(Arc<Report>, Option<Compared>), UserError>,
}
