//! Locks between programs. The system releases them when the file is closed, also after a crash.

use std::fs::{File, TryLockError};
use std::io;

use super::support::is_unsupported;
use crate::platform::os::Os;

/// What a try to lock a file found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// The file is locked for this program.
    Ours,
    /// Another program has the lock.
    Theirs,
    /// The file system has no locks, as some network shares. The user has to run only one program there.
    Unsupported,
}

/// Locks the file for this program; does not wait.
pub fn lock(file: &File) -> io::Result<Lock> {
    judged(file.try_lock())
}

fn judged(tried: Result<(), TryLockError>) -> io::Result<Lock> {
    match tried {
        Ok(()) => Ok(Lock::Ours),
        Err(TryLockError::WouldBlock) => Ok(Lock::Theirs),
        Err(TryLockError::Error(error)) if is_unsupported(&error) => Ok(Lock::Unsupported),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a program can read a file that another program has locked. On Windows, a lock also keeps readers out.
pub fn reads_locked_files(os: Os) -> bool {
    os != Os::Windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_without_locks_is_no_failure() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let first = File::create(&path).unwrap();
        assert_eq!(lock(&first).unwrap(), Lock::Ours);
        assert_eq!(lock(&File::open(&path).unwrap()).unwrap(), Lock::Theirs);
        drop(first);
        assert_eq!(lock(&File::open(&path).unwrap()).unwrap(), Lock::Ours);
        let failed = |kind: io::ErrorKind| judged(Err(TryLockError::Error(kind.into())));
        assert_eq!(failed(io::ErrorKind::Unsupported).unwrap(), Lock::Unsupported);
        assert!(failed(io::ErrorKind::PermissionDenied).is_err());
        assert!(reads_locked_files(Os::Mac) && !reads_locked_files(Os::Windows));
    }
}
