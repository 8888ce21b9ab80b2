//! What a file system answers to a call that it does not know.

use std::io;

use crate::platform::os::{OS, Os};

/// Whether the file system does not know the call, as network shares, FUSE and FAT do not know all of them. The
/// standard library has no kind for some of these numbers (ENOTSUP on macOS), so the number decides.
pub(super) fn is_unsupported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
        || error.raw_os_error().is_some_and(|number| unsupported(OS).contains(&number))
}

/// The error numbers of each system.
fn unsupported(os: Os) -> &'static [i32] {
    match os {
        // EINVAL, ENOTTY, ENOLCK, ENOSYS, EOPNOTSUPP: `asm-generic/errno.h`.
        Os::Linux => &[22, 25, 37, 38, 95],
        // EINVAL, ENOTTY, ENOTSUP, ENOLCK, ENOSYS, EOPNOTSUPP: `sys/errno.h`. SMB answers a full sync with ENOTSUP,
        // macFUSE with EINVAL.
        Os::Mac => &[22, 25, 45, 77, 78, 102],
        // ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED, ERROR_CALL_NOT_IMPLEMENTED: `winerror.h`.
        Os::Windows => &[1, 50, 120],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_call_is_no_broken_disk() {
        for os in Os::ALL {
            let broken: &[i32] = match os {
                // EIO, ENOSPC, EACCES, EROFS, EDQUOT.
                Os::Linux => &[5, 28, 13, 30, 122],
                Os::Mac => &[5, 28, 13, 30, 69],
                // ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_DISK_FULL.
                Os::Windows => &[5, 32, 33, 112],
            };
            assert!(broken.iter().all(|number| !unsupported(os).contains(number)), "{os:?}");
        }
        assert!(unsupported(Os::Mac).contains(&45) && !unsupported(Os::Linux).contains(&45));
        assert!(is_unsupported(&io::ErrorKind::Unsupported.into()));
        assert!(!is_unsupported(&io::ErrorKind::StorageFull.into()));
    }
}
