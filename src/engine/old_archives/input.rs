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
    /// Why the file was not deleted.
    pub result: Result<(), String>,
}
