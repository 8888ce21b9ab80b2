//! Tells whether a file on this computer is still the one that was checked before.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// Length, time of the last change and, on Unix, device and number of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Another file under the same name has another one.
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

    /// The stamp of what is there; `None` where nothing can be seen. Opens nothing.
    pub fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|facts| Self::of(&facts))
    }
}
