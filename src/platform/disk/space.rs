//! Free space on a disk.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::platform::os::{OS, Os};

/// Queries the free space; tests replace the query.
#[derive(Clone)]
pub struct Space {
    available_bytes: Arc<AvailableBytes>,
    os: Os,
}

type AvailableBytes = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

impl Space {
    /// `available_bytes` returns how much can still be written to a folder's file system.
    pub fn new(available_bytes: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static) -> Self {
        Self::on(Os::Linux, available_bytes)
    }

    /// The same for a system's own rules.
    fn on(os: Os, available_bytes: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static) -> Self {
        Self { available_bytes: Arc::new(available_bytes), os }
    }

    /// How much can still be written to the file system of `folder`, where that is known.
    pub fn available(&self, folder: &Path) -> Option<u64> {
        (self.available_bytes)(folder).ok()
    }

    /// The free bytes of `folder`, if fewer than `needed` are certainly free. Where the file system does not tell, a
    /// full disk shows up as a failed write.
    pub fn too_little_for(&self, needed: u64, folder: &Path) -> Option<u64> {
        let available = (self.available_bytes)(folder).ok().filter(|available| *available < needed)?;
        if is_whole(self.os) {
            return Some(available);
        }
        tracing::info!("{available} bytes are free at once, and {needed} are needed");
        None
    }
}

/// The folder itself, or the nearest one above it that exists: on its disk a new folder would be.
pub fn nearest_folder(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.is_dir())
}

/// Whether the number is all that can be written. macOS deletes caches and local snapshots when a disk becomes full
/// ("purgeable space", often tens of gigabytes), and does not count them.
fn is_whole(os: Os) -> bool {
    os != Os::Mac
}

impl Default for Space {
    fn default() -> Self {
        Self::on(OS, |folder| fs4::available_space(folder))
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Space")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_disk_that_is_certainly_full_is_full() {
        for (os, refused) in [(Os::Linux, Some(10)), (Os::Mac, None), (Os::Windows, Some(10))] {
            let space = Space::on(os, |_| Ok(10));
            assert_eq!(space.too_little_for(11, Path::new("/")), refused, "{os:?}");
            assert_eq!(space.too_little_for(10, Path::new("/")), None, "{os:?}");
        }
        assert_eq!(Space::new(|_| Err(io::Error::other("?"))).too_little_for(1, Path::new("/")), None);
    }
}
