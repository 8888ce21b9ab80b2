//! The input of an archive.

use std::path::PathBuf;

use super::huge::Size;

/// The input of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Full path of the project, which shows up in the tree.
    pub path: String,
    pub project_id: u64,
    pub size: Size,
    pub seed: u64,
    /// Another revision has other content and another `ETag`.
    pub revision: u32,
    /// Text that replaces the project's description inside the archive.
    pub description: Option<String>,
    /// How long the description of each merge request is; it hardly compresses.
    pub description_bytes: usize,
    pub flaw: Flaw,
    /// A file to use as the archive.
    pub file: Option<PathBuf>,
}

/// What is wrong with the archive as GitLab stored it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// The last so many bytes are missing.
    Truncated {
        missing_bytes: u64,
    },
    /// One byte is flipped.
    Corrupted {
        at_byte: u64,
    },
    /// A member is a hard link, which makes the importer refuse the whole archive.
    HardLink,
    /// The file is a gzipped tar of something else.
    NotAnExport,
}
