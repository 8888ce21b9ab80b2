//! Customers' data stays out of the computer's backups.

use std::fs::File;
use std::io;

use super::support::is_unsupported;
use crate::platform::os::{OS, Os};

/// Whether a file may be in the system's backups. Whoever creates a file says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backups {
    /// The user's own files: texts, settings, receipts, the log.
    Keep,
    /// Customers' data, which must be gone when it is deleted.
    LeaveOut,
}

impl Backups {
    /// Marks a new file, also for its later names. A file system that cannot mark files is no reason to give up.
    pub(super) fn mark(self, file: &File) {
        let Some((name, value)) = mark_of(OS).filter(|_| self == Self::LeaveOut) else { return };
        match set(file, name, value) {
            Err(error) if !is_unsupported(&error) => {
                tracing::info!("a file is not left out of backups: {error}");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// The name and value of the extended attribute that keeps a file out of backups.
///
/// On macOS, it is what `tmutil addexclusion` sets: a binary property list that contains the one text
/// `com.apple.backupd`. On Linux, it is the control attribute of freedesktop.org (`CommonExtendedAttributes`), which
/// some backup programs respect. Windows has none.
fn mark_of(os: Os) -> Option<(&'static str, &'static [u8])> {
    const TEXT: &[u8] = b"bplist00_\x10\x11com.apple.backupd\
        \x08\
        \0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c";
    match os {
        Os::Mac => Some(("com.apple.metadata:com_apple_backup_excludeItem", TEXT)),
        Os::Linux => Some(("user.xdg.robots.backup", b"false")),
        Os::Windows => None,
    }
}

/// Whether the file is marked; `None` where this system or its file system cannot mark files.
#[cfg(unix)]
pub fn is_left_out_of_backups(file: &File) -> Option<bool> {
    let (name, value) = mark_of(OS)?;
    let mut found = [0; 64];
    match rustix::fs::fgetxattr(file, name, &mut found) {
        Ok(length) => Some(found.get(..length) == Some(value)),
        Err(error) if is_unsupported(&error.into()) => None,
        Err(_) => Some(false),
    }
}

#[cfg(unix)]
fn set(file: &File, name: &str, value: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::fsetxattr(file, name, value, rustix::fs::XattrFlags::empty())?)
}

#[cfg(not(unix))]
fn set(_file: &File, _name: &str, _value: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_the_list_that_macos_writes() {
        let (name, value) = mark_of(Os::Mac).unwrap();
        assert!(name.starts_with("com.apple.metadata:"));
        // Header, one text of 17 bytes, the table of objects at byte 28, and 32 bytes about it.
        assert_eq!(
            (value.len(), &value[..8], usize::from(value[10]), value[60]),
            (61, &b"bplist00"[..], 17, 28)
        );
        assert_eq!(&value[11..28], b"com.apple.backupd");
        assert_eq!(mark_of(Os::Linux).unwrap().1, b"false");
        assert!(mark_of(Os::Windows).is_none());
    }
}
