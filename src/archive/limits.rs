//! How much a verification reads and keeps, and what it tells on its way.

use std::io;

/// How much an archive may contain, and how much of it is kept in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest line of NDJSON, and largest `tree/project.json`, that GitLab reads
    /// (`Gitlab::ImportExport::Json::NdjsonReader::MAX_JSON_DOCUMENT_SIZE`).
    pub max_line_bytes: u64,
    /// GitLab's default for the size of the tar (`max_decompressed_archive_size`).
    pub max_unpacked_bytes: u64,
    /// Members listed in the report, within twelve mebibytes; 0 where nobody reads the list.
    pub max_members_kept: usize,
    /// Problems of one code listed in the report; further ones are only counted.
    pub max_problems_per_code: usize,
    /// LFS objects compared with their list, at 64 bytes each.
    pub max_lfs_objects: usize,
    /// Uploads compared with the links to them, about ten bytes each.
    pub max_uploads: usize,
    /// Whether a file whose first bytes are not gzip's is read no further, which ends in [`VerifyError::Foreign`].
    /// For downloads: the rest need not come.
    pub stop_when_foreign: bool,
    /// Whether large bundles are read in depth too: they are spooled to a temporary file. Small ones always are.
    pub deep: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_line_bytes: 50 << 20,
            max_unpacked_bytes: 25 << 30,
            max_members_kept: 250_000,
            max_problems_per_code: 100,
            max_lfs_objects: 160_000,
            max_uploads: 250_000,
            stop_when_foreign: false,
            deep: false,
        }
    }
}

/// How much was read and unpacked so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub compressed_bytes: u64,
    pub unpacked_bytes: u64,
    /// Objects of bundles checked in depth, after everything was read.
    pub deep_objects: u64,
}

/// Why there is no report. A bad archive is not an error here: its report says what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("the archive could not be read: {0}")]
    Read(#[from] io::Error),
    #[error("the check was cancelled")]
    Cancelled,
    /// The file is no gzip, and the caller wanted no more of it: what it is, and the next step.
    #[error("{what}")]
    Foreign { what: &'static str, next_step: &'static str },
}
