//! What comes back about archives that were to be deleted.

use crate::case::UserError;
use crate::engine::api::{AskId, OldArchive};

/// What came of each archive.
#[derive(Debug)]
pub struct OldArchivesInput {
    pub ask: AskId,
    pub result: Result<Vec<Deletion>, UserError>,
}

/// What came of one archive.
#[derive(Debug)]
pub struct Deletion {
    pub archive: OldArchive,
    /// Why the file is still there, where it is.
    pub result: Result<(), String>,
}
