//! The data folder: who may read it, and which program holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use crate::platform::disk;

pub(super) const DATABASE: &str = "export-desk.sqlite";
/// While it is made for the first time.
const NEW_DATABASE: &str = "export-desk.sqlite.new";
const LOCK: &str = "export-desk.lock";
/// Of a process number.
const MOST_LOCK_BYTES: u64 = 20;
const COPY_PREFIX: &str = "export-desk.before-v";

/// The folder, held by this program as long as this value lives.
#[derive(Debug)]
pub(super) struct DataFolder {
    path: PathBuf,
    /// The kernel frees the lock when the file is closed, also after a crash: no stale locks.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing (0700) and takes the lock.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        // Only a folder that we make is made private: the person's own folder stays as it is.
        disk::create_folder(path).map_err(|error| StoreError::of_io(path, error))?;
        let lock_path = path.join(LOCK);
        // A link would have us empty somebody else's file; a pipe would be waited for.
        if lock_path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
            return Err(StoreError::NotOurLock { path: lock_path });
        }
        let lock = open_private(&lock_path).map_err(|error| StoreError::of_io(&lock_path, error))?;
        let lock = lock_for_us(lock, &lock_path)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The database file; `None` where there never was one. One without a byte, or one that left its log or a copy behind,
    /// is lost: it is not quietly begun again.
    pub(super) fn find_database(&self) -> Result<Option<PathBuf>, StoreError> {
        let path = self.path.join(DATABASE);
        let log = disk::with_suffix(&path, "-wal").metadata().map_or(0, |log| log.len());
        match path.metadata() {
            Ok(there) if there.len() == 0 && log == 0 => Err(StoreError::Lost { path, how: "empty" }),
            Ok(_) => self.private_file(DATABASE.to_owned()).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link that leads nowhere is not replaced.
                let leaves_traces = log > 0 || !self.copies()?.is_empty() || path.symlink_metadata().is_ok();
                if leaves_traces { Err(StoreError::Lost { path, how: "missing" }) } else { Ok(None) }
            }
            Err(error) => Err(StoreError::of_io(&path, error)),
        }
    }

    /// The database file, made by `make` under another name: a crash leaves it whole or not at all.
    pub(super) fn new_database(
        &self,
        make: impl FnOnce(&Path) -> Result<(), StoreError>,
    ) -> Result<PathBuf, StoreError> {
        let (new, path) = (self.path.join(NEW_DATABASE), self.path.join(DATABASE));
        // What a crash left of an earlier beginning; its log would be played into ours.
        for left in [new.clone(), disk::with_suffix(&new, "-wal"), disk::with_suffix(&new, "-journal")] {
            match fs::remove_file(&left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::of_io(&left, error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        make(&self.private_file(NEW_DATABASE.to_owned())?)?;
        disk::rename_no_replace(&new, &path)
            .and_then(|()| disk::sync_folder(&self.path))
            .map_err(|error| StoreError::of_io(&path, error))?;
        Ok(path)
    }

    /// A fresh, empty file for a copy of the database as it was before a migration to `version`.
    pub(super) fn copy_before(&self, version: i64, now_ms: i64) -> Result<PathBuf, StoreError> {
        self.private_file(format!("{COPY_PREFIX}{version}.{now_ms}.sqlite"))
    }

    /// Removes the copies made before migrations: they still hold what was deleted since.
    pub(super) fn drop_copies(&self) -> Result<(), StoreError> {
        let of_io = |error| StoreError::of_io(&self.path, error);
        self.copies()?.into_iter().try_for_each(fs::remove_file).map_err(of_io)
    }

    fn copies(&self) -> Result<Vec<PathBuf>, StoreError> {
        let of_io = |error| StoreError::of_io(&self.path, error);
        let mut copies = Vec::new();
        for file in fs::read_dir(&self.path).map_err(of_io)? {
            let file = file.map_err(of_io)?;
            if file.file_name().to_string_lossy().starts_with(COPY_PREFIX) {
                copies.push(file.path());
            }
        }
        Ok(copies)
    }

    fn private_file(&self, name: String) -> Result<PathBuf, StoreError> {
        let path = self.path.join(name);
        open_private(&path).map_err(|error| StoreError::of_io(&path, error))?;
        Ok(path)
    }
}

fn lock_for_us(mut lock: File, path: &Path) -> Result<File, StoreError> {
    match lock.try_lock() {
        Ok(()) => {
            let of_io = |error| StoreError::of_io(path, error);
            if !disk::names_open_file(&lock, path).map_err(of_io)? || !is_ours(&mut lock).map_err(of_io)? {
                return Err(StoreError::NotOurLock { path: path.to_owned() });
            }
            // The number is for the other program's sentence; the lock itself does not depend on it.
            let pid = std::process::id().to_string();
            lock.set_len(0)
                .and_then(|()| lock.rewind())
                .and_then(|()| lock.write_all(pid.as_bytes()))
                .map_err(|error| StoreError::of_io(path, error))?;
            Ok(lock)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = lock.take(20).read_to_string(&mut pid);
            Err(StoreError::Locked { pid: read.ok().and_then(|_| pid.trim().parse().ok()) })
        }
        Err(TryLockError::Error(error)) => Err(StoreError::of_io(path, error)),
    }
}

/// Whether a lock file holds what this program writes there, and nothing else: also a second name of somebody's file
/// is not emptied.
fn is_ours(lock: &mut File) -> io::Result<bool> {
    let mut text = String::new();
    match lock.take(MOST_LOCK_BYTES + 1).read_to_string(&mut text) {
        Ok(len) => Ok(len as u64 <= MOST_LOCK_BYTES && text.bytes().all(|byte| byte.is_ascii_digit())),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens or makes a file that only its owner can read. SQLite gives `-wal` and `-shm` the same mode.
#[cfg(unix)]
fn open_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}
