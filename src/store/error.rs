//! The errors of the database file, each as a sentence with its next step.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::case::{Code, Hint, UserError};
use crate::platform::disk::{Space, folder_of};
use crate::platform::words;

/// Why the store could not be opened, read or written. A failed write has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("Another Export Desk{} uses this data folder.", by_pid(*.pid))]
    Locked {
        /// The other program's process ID, where it could be read.
        pid: Option<u32>,
    },
    #[error(
        "A newer version of Export Desk wrote the case database (format {found}; this version knows {known})."
    )]
    Newer { found: i64, known: i64 },
    #[error("{} is not a case database of Export Desk.", .path.display())]
    NotADatabase { path: PathBuf },
    #[error("The case database {} is damaged.", .path.display())]
    Corrupt { path: PathBuf },
    /// `how`: the file exists but is empty, or only the files beside it exist.
    #[error("The case database {} is {how}: its content is missing.", .path.display())]
    Lost { path: PathBuf, how: &'static str },
    #[error("{} is not a lock file of Export Desk.", .path.display())]
    NotOurLock { path: PathBuf },
    #[error("The case database {} has lost its journal.", .path.display())]
    NoJournal { path: PathBuf },
    #[error("Export Desk has no permission to use {}.", .path.display())]
    NoPermission {
        path: PathBuf,
        /// What to do where the system itself does not let this program use the path.
        hint: Option<&'static str>,
    },
    #[error("The disk that holds {} can only be read.", .path.display())]
    ReadOnlyDisk { path: PathBuf },
    #[error("The disk that holds {} has no file locks, which the case database needs.", .path.display())]
    NoLocks { path: PathBuf },
    #[error("{} is a file, not a folder.", .path.display())]
    NotAFolder { path: PathBuf },
    #[error("The disk that holds {} is full.", .path.display())]
    DiskFull { path: PathBuf },
    /// SQLite gives no details. The cause can be the disk, the connection to it, a quota, or a limit of the account.
    #[error("The disk failed while the case database {} was used.", .path.display())]
    DiskFailed { path: PathBuf },
    #[error("Another program is busy with the case database {}.", .path.display())]
    Busy { path: PathBuf },
    #[error("The data folder {} cannot be used: {source}.", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("A row of the table {table} cannot be read: {why}.")]
    Row { table: &'static str, why: String },
    #[error("SQLite reports an error in the case database: {source}.")]
    Sqlite {
        #[source]
        source: rusqlite::Error,
    },
}

fn by_pid(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

impl StoreError {
    /// The next step.
    pub fn hint(&self) -> Hint {
        let elsewhere = |first: &str| Hint::OtherDataFolder { first: first.to_owned() };
        match self {
            Self::Locked { .. } => elsewhere("Close the other Export Desk first"),
            Self::Newer { .. } => elsewhere("Use the newer version"),
            Self::NotADatabase { .. } | Self::NotOurLock { .. } | Self::NotAFolder { .. } => {
                elsewhere("Move that file away")
            }
            Self::Lost { .. } => {
                "Restore the file from a copy, such as export-desk.before-v….sqlite beside it. If this folder never held \
                 a case, delete the files export-desk.* in it."
                    .into()
            }
            Self::DiskFailed { .. } => {
                "Nothing was changed. Check the disk, the connection to it, the quota and the limits of this account, then \
                 try again."
                    .into()
            }
            Self::Corrupt { .. } | Self::NoJournal { .. } | Self::Row { .. } => {
                "Nothing was changed. Restore the file from a copy, such as export-desk.before-v….sqlite beside it."
                    .into()
            }
            Self::NoPermission { hint: Some(hint), .. } => (*hint).into(),
            Self::NoPermission { hint: None, .. } => {
                elsewhere("Make yourself the owner of the folder and its files")
            }
            Self::ReadOnlyDisk { .. } => elsewhere("Nothing was changed. Make the disk writable"),
            Self::NoLocks { .. } => {
                elsewhere("Nothing was changed. Network shares often have none: move the data folder to a disk of this computer")
            }
            Self::DiskFull { .. } => {
                words::about_free_space("Nothing was changed. Free some space, then try again.").into()
            }
            Self::Busy { .. } => "Close the program that uses the database, then try again.".into(),
            Self::Io { .. } => elsewhere("Check the folder"),
            Self::Sqlite { .. } => {
                "Nothing was changed. This is a bug in Export Desk. Keep a copy of the data folder and report it with what you did.".into()
            }
        }
    }

    /// The error as the user reads it.
    pub fn error(&self) -> UserError {
        let code = match self {
            Self::Sqlite { .. } => Code::Internal,
            Self::NoJournal { .. } => Code::JournalBroken,
            Self::Locked { .. }
            | Self::Newer { .. }
            | Self::NotADatabase { .. }
            | Self::Corrupt { .. }
            | Self::Lost { .. }
            | Self::NotOurLock { .. }
            | Self::DiskFailed { .. }
            | Self::Row { .. }
            | Self::NoPermission { .. }
            | Self::ReadOnlyDisk { .. }
            | Self::NoLocks { .. }
            | Self::NotAFolder { .. }
            | Self::DiskFull { .. }
            | Self::Busy { .. }
            | Self::Io { .. } => Code::Local,
        };
        UserError::new(code, self.to_string(), self.hint())
    }

    /// Classifies an error of SQLite.
    pub(super) fn of_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        // Our own statements are valid, and so are the values that they write. Whatever is missing or unreadable was
        // damaged.
        if is_missing(&source) || is_odd_value(&source) {
            return Self::Corrupt { path };
        }
        match source.sqlite_error_code() {
            // SQLite says so too where its index of the log does not fit.
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) if is_full(&path) => {
                Self::DiskFull { path }
            }
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::NoLargeFileSupport
                | ErrorCode::OutOfMemory
                | ErrorCode::CannotOpen,
            ) => Self::DiskFailed { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path },
            Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                Self::NoPermission { path, hint: None }
            }
            Some(_) | None => Self::Sqlite { source },
        }
    }

    /// Classifies an error of the file system.
    pub(super) fn of_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::NoPermission { path, hint: words::denied_hint(&source) },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnlyDisk { path },
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory if path.is_file() => {
                Self::NotAFolder { path }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source },
        }
    }
}

/// Whether the disk has less room than SQLite needs for its smallest file.
fn is_full(path: &Path) -> bool {
    const LEAST_BYTES: u64 = 64 << 10;
    Space::default().available(folder_of(path)).is_some_and(|bytes| bytes < LEAST_BYTES)
}

/// Whether a value has a form that this program never writes.
fn is_odd_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    matches!(
        error,
        E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..)
            | E::QueryReturnedNoRows
    )
}

/// An error inside a table's file, before the store adds the database's path.
#[derive(Debug)]
pub(super) enum Cause {
    Sqlite(rusqlite::Error),
    Row { table: &'static str, why: String },
}

impl Cause {
    pub(super) fn row(table: &'static str, id: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self::Row { table, why: format!("{id}: {why}") }
    }

    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Sqlite(source) => StoreError::of_sqlite(path, source),
            Self::Row { table, why } => StoreError::Row { table, why },
        }
    }
}

impl From<rusqlite::Error> for Cause {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Whether a table or column is missing. Our own statements are valid, so SQLite rejects one for no other reason.
pub(super) fn is_missing(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqlInputError { .. } => true,
        rusqlite::Error::SqliteFailure(error, _) => error.extended_code == rusqlite::ffi::SQLITE_ERROR,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_can_only_be_read_is_no_question_of_permissions() {
        let error = StoreError::of_io(Path::new("/x"), io::ErrorKind::ReadOnlyFilesystem.into());
        assert_eq!(error.to_string(), "The disk that holds /x can only be read.");
        let error = StoreError::of_io(Path::new("/x"), io::ErrorKind::PermissionDenied.into());
        assert!(matches!(error, StoreError::NoPermission { .. }));
    }
}
