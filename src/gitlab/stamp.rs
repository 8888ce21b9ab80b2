//! Tells whether a file on this computer is still the one that was checked before.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// Length and modification time of a file and, on Unix, its device and inode number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Differs for another file with the same name.
    place: Option<(u64, u64)>,
}

impl FileStamp {
    pub fn of(facts: &Metadata) -> Self {
        #[cfg(unix)]
        let place = {
            use std::os::unix::fs::MetadataExt;
            Some((facts.dev(), facts.ino()))
        };
        #[cfg(not(unix))]
        let place = None;
        Self { bytes: facts.len(), modified: facts.modified().ok(), place }
    }

    /// The stamp of the file at a path; `None` where there is none. Does not open the file.
    pub fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|facts| Self::of(&facts))
    }
}
