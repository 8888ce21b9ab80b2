//! Results of deleting archives.

use crate::case::UserError;
use crate::engine::api::{AskId, OldArchive};

/// The result for each archive.
#[derive(Debug)]
pub struct OldArchivesInput {
    pub ask: AskId,
    pub result: Result<Vec<Deletion>, UserError>,
}

/// The result for one archive.
#[derive(Debug)]
pub struct Deletion {
    pub archive: OldArchive,
    /// How many files were deleted, and their size.
    pub files: usize,
    pub bytes: u64,
    /// Why the others were not deleted, one sentence each.
    pub kept: Vec<String>,
}
