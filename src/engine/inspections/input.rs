//! Results of verifications.

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
use crate::case::{DownloadId, UserError};
use crate::engine::api::{AskId, RelationCount};
use crate::engine::rebuilt_mark::Marked;

/// The counts compared with a live project, or why they could not be read.
pub type Compared = Result<Arc<[RelationCount]>, UserError>;

/// A check in depth that the program makes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unasked {
    pub download: DownloadId,
}

/// The end of a verification.
#[derive(Debug)]
pub struct InspectionsInput {
    pub ask: AskId,
    /// Set for a check that nobody asked for.
    pub unasked: Option<Unasked>,
    pub path: PathBuf,
    pub result: Result<Inspected, UserError>,
}

/// What a verification has found.
#[derive(Debug)]
pub struct Inspected {
    pub report: Arc<Report>,
    /// What a rebuilt archive says of itself.
    pub marked: Option<Marked>,
    /// The comparison where one was requested.
    pub against: Option<Compared>,
}
