//! Tells whether a file on this computer is still the one that was checked before.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

use crate::platform::disk;

/// Length and modification time of a file and, where the system tells, its device and inode number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Differs for another file with the same name.
    place: Option<(u64, u64)>,
}

impl FileStamp {
    pub fn of(facts: &Metadata) -> Self {
        Self { bytes: facts.len(), modified: facts.modified().ok(), place: disk::identity(facts) }
    }

    /// The stamp of the file at a path; `None` where there is none. Does not open the file.
    pub fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|facts| Self::of(&facts))
    }
}
