//! The folder of a set of archives while it is being built: hidden, private, locked, and removed after a failure or a
//! signal. The next build of the same set removes what a kill left in it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::disk::{self, Backups, Lock};
use crate::platform::unfinished::{Delete, Unfinished};

/// The file in the folder that is locked during the build.
const LOCK: &str = ".lock";

/// The folder under its temporary name.
#[derive(Debug)]
pub struct DraftFolder {
    output: PathBuf,
    path: PathBuf,
    lock: Option<File>,
    unfinished: Unfinished,
}

impl DraftFolder {
    /// Creates the temporary folder beside `output`.
    ///
    /// # Errors
    /// `WouldBlock` where another build writes the set, `AlreadyExists` where `output` already exists, or where
    /// something else has the temporary name.
    pub fn begin(output: &Path) -> io::Result<Self> {
        if output.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let path = disk::unfinished_beside(output, ".building");
        // A link would redirect the writes to another place.
        if path.symlink_metadata().is_ok_and(|there| !there.is_dir()) {
            disk::remove_if_there(&path)?;
        }
        let (lock, unfinished) = Unfinished::begin(|| {
            disk::create_folder(&path)?;
            let lock = disk::open_private(&path.join(LOCK), Backups::LeaveOut)?;
            if disk::lock(&lock)? == Lock::Theirs {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let (folder, locked) = (path.clone(), lock.try_clone()?);
            let delete: Delete = Box::new(move || {
                if disk::names_open_file(&locked, &folder.join(LOCK)).unwrap_or(false) {
                    remove(&folder);
                }
            });
            Ok((lock, delete))
        })?;
        let draft = Self { output: output.to_owned(), path, lock: Some(lock), unfinished };
        remove_files(&draft.path)?;
        Ok(draft)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its final name without replacing anything but an empty folder.
    pub fn name(mut self) -> io::Result<()> {
        if self.output.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.unfinished.finish(|| {
            fs::remove_file(self.path.join(LOCK))?;
            disk::sync_folder(&self.path)?;
            disk::rename_over(&self.path, &self.output)
        })?;
        self.lock = None;
        disk::sync_folder(disk::folder_of(&self.output))
    }
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        if self.lock.is_some() && self.path.symlink_metadata().is_ok() {
            remove(&self.path);
        }
    }
}

/// Removes the folder, unless it has a subfolder.
fn remove(folder: &Path) {
    remove_files(folder).ok();
    fs::remove_file(folder.join(LOCK)).ok();
    fs::remove_dir(folder).ok();
}

/// Removes the files of a build, but not the lock. A subfolder is not ours, so it stays and is an error.
fn remove_files(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() != LOCK {
            // On disks without attributes, macOS keeps them in a second file, and removes it with the first.
            disk::remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_build_at_a_time_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a_set");
        let first = DraftFolder::begin(&output).unwrap();
        assert_eq!(DraftFolder::begin(&output).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        fs::write(first.path().join("part"), "one").unwrap();
        fs::write(&output, "theirs").unwrap();
        assert_eq!(first.name().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&output).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_a_crash_left_is_removed_and_a_folder_gets_its_name_whole() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a_set");
        let left = folder.path().join(".export-desk-a_set.building");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("001_base.tar.gz"), "half").unwrap();
        let draft = DraftFolder::begin(&output).unwrap();
        assert!(!left.join("001_base.tar.gz").exists());
        fs::write(draft.path().join("part"), "one").unwrap();
        draft.name().unwrap();
        assert_eq!(fs::read_dir(&output).unwrap().count(), 1);
        assert_eq!(fs::read(output.join("part")).unwrap(), b"one");
        assert!(!left.exists());
        // A folder with somebody's own folder in it is left alone.
        let other = folder.path().join("b_set");
        fs::create_dir_all(folder.path().join(".export-desk-b_set.building/theirs")).unwrap();
        assert!(DraftFolder::begin(&other).is_err());
        assert!(folder.path().join(".export-desk-b_set.building/theirs").exists());
    }
}
