//! Customers' archives stay out of the computer's backups.

use std::fs::File;
use std::io;

use super::support::is_unsupported;
use crate::platform::os::{OS, Os};

/// Leaves a file, or a folder with everything in it, out of the system's backups, also under its later name. A file
/// system that cannot mark files is no reason to give up.
pub fn leave_out_of_backups(file: &File) {
    let Some((name, value)) = mark(OS) else { return };
    match set(file, name, value) {
        Err(error) if !is_unsupported(&error) => tracing::info!("a file is not left out of backups: {error}"),
        Ok(()) | Err(_) => {}
    }
}

/// The name and value of the attribute that marks a file; what `tmutil addexclusion` sets on macOS: a binary property
/// list that contains the one text `com.apple.backupd`. The other systems back up nothing by themselves.
fn mark(os: Os) -> Option<(&'static str, &'static [u8])> {
    const TEXT: &[u8] = b"bplist00_\x10\x11com.apple.backupd\
        \x08\
        \0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c";
    (os == Os::Mac).then_some(("com.apple.metadata:com_apple_backup_excludeItem", TEXT))
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
        let (name, value) = mark(Os::Mac).unwrap();
        assert!(name.starts_with("com.apple.metadata:"));
        // Header, one text of 17 bytes, the table of objects at byte 28, and 32 bytes about it.
        assert_eq!(
            (value.len(), &value[..8], usize::from(value[10]), value[60]),
            (61, &b"bplist00"[..], 17, 28)
        );
        assert_eq!(&value[11..28], b"com.apple.backupd");
        assert!(mark(Os::Linux).is_none() && mark(Os::Windows).is_none());
        leave_out_of_backups(&tempfile::tempfile().unwrap());
    }
}
