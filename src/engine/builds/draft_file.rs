//! An archive while it has no name yet: private, locked, and gone after a failure. What a crash leaves is taken by the
//! next build of the same archive.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::disk;

/// Begins the name of the file that is written.
const PREFIX: &str = ".export-desk-";
/// File systems take names of 255 bytes.
const LONGEST_NAME_BYTES: usize = 200;

/// The file that becomes an archive.
#[derive(Debug)]
pub struct DraftFile {
    output: PathBuf,
    path: PathBuf,
    file: File,
    is_named: bool,
}

impl DraftFile {
    /// Begins a file beside `output`.
    ///
    /// # Errors
    /// `WouldBlock` where another build writes it, `AlreadyExists` where something has the name of the archive.
    pub fn begin(output: &Path) -> io::Result<Self> {
        if output.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.truncate(name.floor_char_boundary(LONGEST_NAME_BYTES));
        let path = folder_of(output).join(format!("{PREFIX}{name}.building"));
        // A link would lead what is written to another place.
        if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = disk::open_private(&path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            // Some network file systems know no locks; there the person is trusted to start one build only.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let draft = Self { output: output.to_owned(), path, file, is_named: false };
        if !draft.is_ours()? {
            // The one before us has just given it its name.
            return Err(io::ErrorKind::WouldBlock.into());
        }
        draft.file.set_len(0)?;
        Ok(draft)
    }

    pub fn folder(&self) -> &Path {
        folder_of(&self.output)
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Gives the file its name, which never replaces anything. The file that gets it is the one that was written.
    pub fn name(&mut self) -> io::Result<()> {
        if !self.is_ours()? {
            return Err(io::Error::other("another program has replaced the unfinished file"));
        }
        disk::rename_no_replace(&self.path, &self.output)?;
        self.is_named = true;
        disk::sync_folder(self.folder())
    }

    /// Whether the name still leads to the open file. Where the platform cannot tell, the lock has to do.
    fn is_ours(&self) -> io::Result<bool> {
        let there = match self.path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        Ok(cfg!(not(unix)) || disk::is_same_file(&there, &self.file.metadata()?))
    }
}

impl Drop for DraftFile {
    fn drop(&mut self) {
        if !self.is_named && self.is_ours().unwrap_or(false) {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

/// The folder of a file; the present one where the path names none.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn one_build_at_a_time_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.tar.gz");
        let mut first = DraftFile::begin(&output).unwrap();
        assert_eq!(DraftFile::begin(&output).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        first.file().write_all(b"one").unwrap();
        std::fs::write(&output, "theirs").unwrap();
        assert_eq!(first.name().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(DraftFile::begin(&output).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        std::fs::remove_file(&output).unwrap();
        first.name().unwrap();
        drop(first);
        assert_eq!(std::fs::read(&output).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_crash_left_is_taken_and_a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.tar.gz");
        let left = folder.path().join(".export-desk-a.tar.gz.building");
        std::fs::write(&left, "half an archive").unwrap();
        let draft = DraftFile::begin(&output).unwrap();
        assert_eq!(draft.file().metadata().unwrap().len(), 0);
        drop(draft);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn another_file_under_its_name_is_not_named() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.tar.gz");
        let mut draft = DraftFile::begin(&output).unwrap();
        let path = draft.path.clone();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "another program's").unwrap();
        assert!(draft.name().is_err());
        drop(draft);
        assert_eq!(std::fs::read(&path).unwrap(), b"another program's");
        assert!(!output.exists());
    }
}
