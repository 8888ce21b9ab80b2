//! A folder of relation files is not complete while its files are being downloaded: nothing is built from it then, not
//! even by another process.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::case::{Code, UserError};
use crate::platform::disk::{self, Lock};

/// A lock of the folder itself, so that no file is left in it. It ends with the process, however that ends. Where a
/// system cannot lock folders, as Windows, there is none.
#[derive(Debug)]
pub struct FolderLock {
    _folder: File,
}

impl FolderLock {
    /// `None` where another process has it, or where there are no locks.
    pub fn take(folder: &Path) -> Option<Self> {
        let folder = File::open(folder).ok()?;
        matches!(disk::lock(&folder), Ok(Lock::Ours)).then_some(Self { _folder: folder })
    }

    /// Another process must not download to the folder.
    pub fn refuse_taken(folder: &Path) -> Result<(), UserError> {
        if !Self::is_taken(folder) {
            return Ok(());
        }
        let headline = format!("Another Export Desk downloads relation files to {}.", folder.display());
        Err(UserError::new(Code::Refused, headline, "Wait until it has ended, or name another folder."))
    }

    /// Whether another open file has the lock.
    pub fn is_taken(folder: &Path) -> bool {
        // Several builds may look at the same moment.
        let tried = File::open(folder).map(|folder| folder.try_lock_shared().map_err(io::Error::from));
        matches!(tried, Ok(Err(error)) if error.kind() == io::ErrorKind::WouldBlock)
    }
}
