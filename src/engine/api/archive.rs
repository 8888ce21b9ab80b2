//! Archives and relation files on disk that the user may delete.

use std::path::PathBuf;

use crate::case::{CaseId, DownloadId, RebuildId, RelationsId, UtcMs};

/// Something that the user may delete: a file, or files that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldArchive {
    pub id: OldArchiveId,
    /// The archive, the list of a set, or the folder of relation files.
    pub path: PathBuf,
    /// Number of files, and their size.
    pub files: usize,
    pub bytes: u64,
    pub case_id: Option<CaseId>,
    pub project_path: String,
    /// When the archive was verified, or when the relations export ended.
    pub at: UtcMs,
    pub why: OldReason,
}

/// Where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OldArchiveId {
    /// A downloaded archive.
    Download(DownloadId),
    /// The archive of a rebuild, or its set of archives.
    Rebuild(RebuildId),
    /// The downloaded files of a relations export, and what was read from GitLab in addition.
    Relations(RelationsId),
    /// An archive, or a set of archives, that a command built from the files of this relations export. The number is
    /// that of its record.
    Built(RelationsId, u64),
}

/// Why Export Desk offers to delete an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldReason {
    /// The archive is older than the retention in the settings, in days.
    Kept { days: u64 },
    /// The private data of the case was deleted, and the archive still contains it.
    CaseCleaned,
}
