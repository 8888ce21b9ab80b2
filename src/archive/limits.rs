//! How much a verification reads and keeps, and how it reports progress.

use std::io;

/// The maximum size of an archive, and of the report about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest line of NDJSON, and largest `tree/project.json`, that GitLab reads.
    pub max_line_bytes: u64,
    /// GitLab's default for the size of the tar (`max_decompressed_archive_size`).
    pub max_unpacked_bytes: u64,
    /// The maximum number of members in the report, within twelve mebibytes; 0 if nobody reads the list.
    pub max_members_kept: usize,
    /// The maximum number of problems per code in the report; further ones are only counted.
    pub max_problems_per_code: usize,
    /// The maximum number of LFS objects compared with their list, at 64 bytes each.
    pub max_lfs_objects: usize,
    /// The maximum number of uploads compared with the links to them, at about ten bytes each.
    pub max_uploads: usize,
    /// Whether to stop at a file whose first bytes are not gzip's, with [`VerifyError::Foreign`]. Downloads use this:
    /// they need not fetch the remaining bytes.
    pub stop_when_foreign: bool,
    /// Whether to check large bundles in depth as well, for which they are spooled to a temporary file. Small ones
    /// always are.
    pub deep: bool,
}

/// `Gitlab::ImportExport::Json::NdjsonReader::MAX_JSON_DOCUMENT_SIZE`.
pub(super) const MAX_LINE_BYTES: u64 = 50 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_line_bytes: MAX_LINE_BYTES,
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
    /// Number of bundle objects checked in depth, after everything was read.
    pub deep_objects: u64,
}

/// Why there is no report. A bad archive is not an error here: its report says what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("the archive could not be read: {0}")]
    Read(#[from] io::Error),
    #[error("the check was cancelled")]
    Cancelled,
    /// The file is no gzip, and the caller wanted to stop in that case: what the file is, and the next step.
    #[error("{what}")]
    Foreign { what: &'static str, next_step: &'static str },
}
