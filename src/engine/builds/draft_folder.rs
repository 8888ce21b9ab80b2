//! The folder of a set of archives while it is being built: hidden, private, locked, and removed after a failure or a
//! signal. The next build of the same set removes what a kill left in it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::disk::{self, Backups, Lock};
use crate::platform::unfinished::{Delete, Unfinished};

/// The folder under its temporary name. The locked file is beside it and goes last, so that nobody else takes the folder
/// over before it has its final name.
#[derive(Debug)]
pub struct DraftFolder {
    output: PathBuf,
    path: PathBuf,
    lock_path: PathBuf,
    lock: File,
    is_named: bool,
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
            remove_lock_left(output);
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let path = disk::unfinished_beside(output, ".building");
        let lock_path = lock_beside(output);
        // A link would redirect the writes to another place.
        if path.symlink_metadata().is_ok_and(|there| !there.is_dir()) {
            disk::remove_if_there(&path)?;
        }
        let (lock, unfinished) = Unfinished::begin(|| {
            let lock = disk::open_private(&lock_path, Backups::LeaveOut)?;
            // The build that had the lock may have removed its file in the meantime.
            if disk::lock(&lock)? == Lock::Theirs || !disk::names_open_file(&lock, &lock_path)? {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let (folder, locked, lock_path) = (path.clone(), lock.try_clone()?, lock_path.clone());
            let delete: Delete = Box::new(move || {
                if disk::names_open_file(&locked, &lock_path).unwrap_or(false) {
                    remove(&folder);
                    fs::remove_file(&lock_path).ok();
                }
            });
            Ok((lock, delete))
        })?;
        let output = output.to_owned();
        let draft = Self { output, path, lock_path, lock, is_named: false, unfinished };
        // Another build may have been faster.
        if draft.output.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        disk::create_folder(&draft.path)?;
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
            disk::sync_folder(&self.path)?;
            disk::rename_over(&self.path, &self.output)
        })?;
        self.is_named = true;
        disk::sync_folder(disk::folder_of(&self.output))
    }
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        if !self.is_named && self.path.symlink_metadata().is_ok() {
            remove(&self.path);
        }
        if disk::names_open_file(&self.lock, &self.lock_path).unwrap_or(false) {
            fs::remove_file(&self.lock_path).ok();
        }
    }
}

fn lock_beside(output: &Path) -> PathBuf {
    disk::unfinished_beside(output, ".lock")
}

/// Removes the locked file beside a folder that has its final name already: a kill just after the naming leaves it.
pub fn remove_lock_left(output: &Path) {
    let path = lock_beside(output);
    if !path.symlink_metadata().is_ok_and(|there| there.is_file()) {
        return;
    }
    let removed = disk::open_private(&path, Backups::LeaveOut).and_then(|lock| {
        let is_left = disk::lock(&lock)? != Lock::Theirs && disk::names_open_file(&lock, &path)?;
        if is_left { fs::remove_file(&path) } else { Ok(()) }
    });
    // The next build of the set tries again.
    removed.ok();
}

/// Removes the folder, unless it has a subfolder.
fn remove(folder: &Path) {
    remove_files(folder).ok();
    fs::remove_dir(folder).ok();
}

/// Removes the files of a build. A subfolder is not ours, so it stays and is an error.
fn remove_files(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        // On disks without attributes, macOS keeps them in a second file, and removes it with the first.
        disk::remove_if_there(&entry?.path())?;
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

    /// Many builds of one set: the one that names it has its own files in it, whatever the others do meanwhile.
    #[test]
    fn nobody_takes_over_a_folder_that_is_about_to_get_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a_set");
        for round in 0..30 {
            let named: usize = std::thread::scope(|scope| {
                let builds: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            let Ok(draft) = DraftFolder::begin(&output) else { return 0 };
                            fs::write(draft.path().join("part"), "one").unwrap();
                            usize::from(draft.name().is_ok())
                        })
                    })
                    .collect();
                builds.into_iter().map(|build| build.join().unwrap()).sum()
            });
            assert_eq!(named, 1, "round {round}");
            assert_eq!(fs::read(output.join("part")).unwrap(), b"one", "round {round}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "round {round}");
            fs::remove_dir_all(&output).unwrap();
        }
    }

    #[test]
    fn what_a_crash_left_is_removed_and_a_folder_gets_its_name_whole() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a_set");
        let left = folder.path().join(".export-desk-a_set.building");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("001_base.tar.gz"), "half").unwrap();
        fs::write(folder.path().join(".export-desk-a_set.lock"), "").unwrap();
        let draft = DraftFolder::begin(&output).unwrap();
        assert!(!left.join("001_base.tar.gz").exists());
        fs::write(draft.path().join("part"), "one").unwrap();
        draft.name().unwrap();
        assert_eq!(fs::read_dir(&output).unwrap().count(), 1);
        assert_eq!(fs::read(output.join("part")).unwrap(), b"one");
        assert!(!left.exists());
        // A kill just after the naming left the locked file: the build that is refused removes it.
        fs::write(lock_beside(&output), "").unwrap();
        assert_eq!(DraftFolder::begin(&output).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(!lock_beside(&output).exists());
        // A folder with somebody's own folder in it is left alone.
        let other = folder.path().join("b_set");
        fs::create_dir_all(folder.path().join(".export-desk-b_set.building/theirs")).unwrap();
        assert!(DraftFolder::begin(&other).is_err());
        assert!(folder.path().join(".export-desk-b_set.building/theirs").exists());
    }
}
