//! The data folder: who may read it, and which program has it open.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use crate::platform::disk::{self, Backups, Lock};
use crate::platform::os::OS;
use crate::platform::private_file;

pub(super) const DATABASE: &str = "export-desk.sqlite";
/// The name of a new database until it is complete.
const NEW_DATABASE: &str = "export-desk.sqlite.new";
const LOCK: &str = "export-desk.lock";
/// The process ID of the program with the lock, where the lock keeps readers out.
const PID: &str = "export-desk.pid";
/// Enough for a process ID.
const MOST_LOCK_BYTES: u64 = 20;
const COPY_PREFIX: &str = "export-desk.before-v";

/// The data folder. This program has it locked while this value exists.
#[derive(Debug)]
pub(super) struct DataFolder {
    path: PathBuf,
    /// The kernel releases the lock when the file is closed, also after a crash, so no lock remains.
    _lock: File,
}

impl DataFolder {
    /// Creates the folder where it is missing (mode 0700) and takes the lock.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        // Only a folder that this program creates becomes private. An existing folder of the user keeps its mode.
        disk::create_folder(path).map_err(|error| StoreError::of_io(path, error))?;
        let lock_path = path.join(LOCK);
        // A link could make this program empty another file, and opening a pipe would block.
        if lock_path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
            return Err(StoreError::NotOurLock { path: lock_path });
        }
        let lock = disk::open_made_private(&lock_path, Backups::Keep)
            .map_err(|error| StoreError::of_io(&lock_path, error))?;
        let lock = lock_for_us(lock, &lock_path)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The database file; `None` where there never was one. An empty file, or one that is missing although its log or
    /// a copy exists, means that data was lost: then a new database is not silently created.
    pub(super) fn find_database(&self) -> Result<Option<PathBuf>, StoreError> {
        let path = self.path.join(DATABASE);
        let log = disk::with_suffix(&path, "-wal").metadata().map_or(0, |log| log.len());
        match path.metadata() {
            Ok(there) if there.len() == 0 && log == 0 => Err(StoreError::Lost { path, how: "empty" }),
            Ok(_) => self.private_file(DATABASE.to_owned()).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link without a target must not be replaced.
                let leaves_traces = log > 0 || !self.copies()?.is_empty() || path.symlink_metadata().is_ok();
                if leaves_traces { Err(StoreError::Lost { path, how: "missing" }) } else { Ok(None) }
            }
            Err(error) => Err(StoreError::of_io(&path, error)),
        }
    }

    /// Creates the database file with `make` under another name, so that a crash leaves a complete file or none.
    pub(super) fn new_database(
        &self,
        make: impl FnOnce(&Path) -> Result<(), StoreError>,
    ) -> Result<PathBuf, StoreError> {
        let (new, path) = (self.path.join(NEW_DATABASE), self.path.join(DATABASE));
        // Leftovers of a crash during an earlier creation. SQLite would apply their log to the new file.
        for left in [new.clone(), disk::with_suffix(&new, "-wal"), disk::with_suffix(&new, "-journal")] {
            disk::remove_if_there(&left).map_err(|error| StoreError::of_io(&left, error))?;
        }
        make(&self.private_file(NEW_DATABASE.to_owned())?)?;
        disk::rename_no_replace(&new, &path)
            .and_then(|()| disk::sync_folder(&self.path))
            .map_err(|error| StoreError::of_io(&path, error))?;
        Ok(path)
    }

    /// A new, empty file for a copy of the database before a migration to `version`.
    pub(super) fn copy_before(&self, version: i64, now_ms: i64) -> Result<PathBuf, StoreError> {
        self.private_file(format!("{COPY_PREFIX}{version}.{now_ms}.sqlite"))
    }

    /// Removes the copies made before migrations, because they still contain deleted data.
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
        disk::open_made_private(&path, Backups::Keep).map_err(|error| StoreError::of_io(&path, error))?;
        Ok(path)
    }
}

fn lock_for_us(mut lock: File, path: &Path) -> Result<File, StoreError> {
    let of_io = |error| StoreError::of_io(path, error);
    match disk::lock(&lock).map_err(of_io)? {
        Lock::Ours => {
            if !disk::names_open_file(&lock, path).map_err(of_io)? || !is_ours(&mut lock).map_err(of_io)? {
                return Err(StoreError::NotOurLock { path: path.to_owned() });
            }
            // The process ID is only for the other program's error message. The lock does not depend on it.
            let pid = std::process::id().to_string();
            lock.set_len(0)
                .and_then(|()| lock.rewind())
                .and_then(|()| lock.write_all(pid.as_bytes()))
                .map_err(of_io)?;
            if !disk::reads_locked_files(OS) {
                private_file::replace(&path.with_file_name(PID), pid.as_bytes(), Backups::Keep)
                    .map_err(of_io)?;
            }
            Ok(lock)
        }
        Lock::Theirs => {
            let pid = if disk::reads_locked_files(OS) { path.to_owned() } else { path.with_file_name(PID) };
            let text = disk::read_short(&pid, MOST_LOCK_BYTES as usize).ok();
            let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
            Err(StoreError::Locked { pid: text.and_then(|text| text.trim().parse().ok()) })
        }
        // SQLite needs locks too, so the database cannot be used there.
        Lock::Unsupported => Err(StoreError::NoLocks { path: disk::folder_of(path).to_owned() }),
    }
}

/// Whether a lock file contains only what this program writes. A hard link to somebody's file must not be emptied.
fn is_ours(lock: &mut File) -> io::Result<bool> {
    let mut text = String::new();
    match lock.take(MOST_LOCK_BYTES + 1).read_to_string(&mut text) {
        Ok(len) => Ok(len as u64 <= MOST_LOCK_BYTES && text.bytes().all(|byte| byte.is_ascii_digit())),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error),
    }
}
