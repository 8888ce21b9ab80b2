//! Makes written bytes and names durable, as far as the file system can.

use std::fs::File;
use std::io;
use std::path::Path;

use super::support::is_unsupported;

/// Makes the file's bytes and its metadata durable.
pub fn sync_all(file: &File) -> io::Result<()> {
    or_less(file.sync_all(), || plain_sync(file))
}

/// Makes the file's bytes durable.
pub fn sync_data(file: &File) -> io::Result<()> {
    or_less(file.sync_data(), || plain_sync(file))
}

/// Makes created or removed names in the folder durable. Windows does that by itself and cannot open folders.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return File::open(folder).and_then(|folder| sync_all(&folder));
    #[cfg(not(unix))]
    folder.metadata().map(drop)
}

/// What a file system does not know is no failure: network shares and FUSE on macOS know no full sync
/// (`F_FULLFSYNC`), and some file systems no sync at all. Then the bytes were handed over, which is all that anybody
/// can do there. Any other error means that bytes may be lost.
fn or_less(full: io::Result<()>, plain: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    match full {
        Err(error) if is_unsupported(&error) => match plain() {
            Err(error) if is_unsupported(&error) => Ok(()),
            result => result,
        },
        result => result,
    }
}

/// On macOS, the standard library's sync empties the disk's own cache too; this one does not.
#[cfg(unix)]
fn plain_sync(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fsync(file)?)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "a sync can fail on the other systems")]
fn plain_sync(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_that_is_unknown_is_none_and_one_that_fails_is_an_error() {
        let unknown = || Err(io::ErrorKind::Unsupported.into());
        let broken = || Err(io::Error::other("the disk is broken"));
        assert!(or_less(Ok(()), broken).is_ok());
        assert!(or_less(unknown(), || Ok(())).is_ok(), "a plain sync instead of a full one");
        assert!(or_less(unknown(), unknown).is_ok());
        assert!(or_less(unknown(), broken).is_err());
        assert!(or_less(broken(), || Ok(())).is_err(), "a second try would hide the lost bytes");
    }

    #[test]
    fn files_and_folders_are_synced() {
        let dir = tempfile::tempdir().unwrap();
        let file = File::create(dir.path().join("a")).unwrap();
        sync_all(&file).and_then(|()| sync_data(&file)).and_then(|()| sync_folder(dir.path())).unwrap();
        assert!(sync_folder(&dir.path().join("missing")).is_err());
    }
}
