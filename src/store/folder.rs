//! The data folder: who may read it, and which program holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use crate::platform::disk;

pub(super) const DATABASE: &str = "export-desk.sqlite";
const LOCK: &str = "export-desk.lock";
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
        let lock = open_private(&lock_path).map_err(|error| StoreError::of_io(&lock_path, error))?;
        let lock = lock_for_us(lock, &lock_path)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The database file, made empty and private where it is missing.
    pub(super) fn database(&self) -> Result<PathBuf, StoreError> {
        self.private_file(DATABASE.to_owned())
    }

    /// A fresh, empty file for a copy of the database as it was before a migration to `version`.
    pub(super) fn copy_before(&self, version: i64, now_ms: i64) -> Result<PathBuf, StoreError> {
        self.private_file(format!("{COPY_PREFIX}{version}.{now_ms}.sqlite"))
    }

    /// Removes the copies made before migrations: they still hold what was deleted since.
    pub(super) fn drop_copies(&self) -> Result<(), StoreError> {
        let of_io = |error| StoreError::of_io(&self.path, error);
        for file in fs::read_dir(&self.path).map_err(of_io)? {
            let file = file.map_err(of_io)?;
            if file.file_name().to_string_lossy().starts_with(COPY_PREFIX) {
                fs::remove_file(file.path()).map_err(of_io)?;
            }
        }
        Ok(())
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
