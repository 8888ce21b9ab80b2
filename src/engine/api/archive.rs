//! Downloaded archives that the user may delete.

use std::path::PathBuf;

use crate::case::{CaseId, DownloadId, UtcMs};

/// A downloaded archive that the user may delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldArchive {
    pub download: DownloadId,
    pub path: PathBuf,
    pub bytes: u64,
    pub case_id: Option<CaseId>,
    pub project_path: String,
    /// When the archive was verified.
    pub at: UtcMs,
    pub why: OldReason,
}

/// Why Export Desk offers to delete an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldReason {
    /// The archive is older than the retention in the settings, in days.
    Kept { days: u64 },
    /// The private data of the case was deleted, and the archive still contains it.
    CaseCleaned,
}
