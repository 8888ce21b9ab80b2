//! The file system: positioned reads and writes, private modes, free space, syncs, renames that replace nothing.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Queries the free space; tests replace the query.
#[derive(Clone)]
pub struct Space(Arc<AvailableBytes>);

type AvailableBytes = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

impl Space {
    /// `available_bytes` returns how much can still be written to a folder's file system.
    pub fn new(available_bytes: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(available_bytes))
    }

    /// Bytes that can still be written in `folder`.
    pub fn available_bytes(&self, folder: &Path) -> io::Result<u64> {
        (self.0)(folder)
    }
}

impl Default for Space {
    fn default() -> Self {
        Self::new(|folder| fs4::available_space(folder))
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Space")
    }
}

/// Opens a file for reading and writing; creates it so that only its owner can access it.
pub fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a folder and its parents so that only their owner can access them.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Reads a file of at most `most` bytes. A pipe or a device is never opened, because that could block for ever.
pub fn read_short(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::other(format!("it is longer than {most} bytes")));
    }
    Ok(bytes)
}

/// Reads at a position without a shared file position, so that readers do not disturb each other.
pub fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buf, at);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buf, at);
}

/// Writes all bytes at a position.
pub fn write_at(file: &File, buf: &[u8], at: u64) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, buf, at);
    #[cfg(windows)]
    {
        let (mut rest, mut at) = (buf, at);
        while !rest.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(file, rest, at)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = &rest[written..];
            at += written as u64;
        }
        Ok(())
    }
}

/// Whether both are one file under two names. False where the platform cannot tell.
pub fn is_same_file(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        a.dev() == b.dev() && a.ino() == b.ino()
    }
    #[cfg(not(unix))]
    {
        let _ = (a, b);
        false
    }
}

/// Whether `path` is a name of the open `file` itself, and not a link to it. True where the platform cannot tell.
pub fn names_open_file(file: &File, path: &Path) -> io::Result<bool> {
    let there = match path.symlink_metadata() {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    #[cfg(unix)]
    return Ok(there.is_file() && is_same_file(&there, &file.metadata()?));
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(there.is_file())
    }
}

/// Renames the open `file` from `from` to another name, without ever replacing an existing file.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] where `from` names another file or none: another program moved, replaced or deleted
/// the file, and its file must not get the new name.
pub fn rename_open_no_replace(file: &File, from: &Path, to: &Path) -> io::Result<()> {
    if !names_open_file(file, from)? {
        return Err(io::ErrorKind::NotFound.into());
    }
    match name_without_replacing(from, to)? {
        Named::Moved => Ok(()),
        // Another program may have replaced the file between the check and the hard link: its file keeps only its own
        // name.
        Named::Twice if !names_open_file(file, to)? => {
            std::fs::remove_file(to)?;
            Err(io::ErrorKind::NotFound.into())
        }
        Named::Twice => std::fs::remove_file(from),
    }
}

/// Makes created or removed names in the folder durable. Windows does that by itself and cannot open folders. Some
/// network file systems cannot sync folders, but the file exists nevertheless.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(folder)?.sync_all() {
        Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            return Err(error);
        }
        _ => {}
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Renames a file without ever replacing an existing one.
pub fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    match name_without_replacing(from, to)? {
        Named::Moved => Ok(()),
        Named::Twice => std::fs::remove_file(from),
    }
}

/// The names of a file that got a new one.
enum Named {
    /// The old name is still there.
    Twice,
    /// The old name is gone.
    Moved,
}

/// Gives a file a new name without ever replacing an existing one. A hard link does that safely; file systems without
/// hard links (FAT, some network shares) get a check and a rename.
fn name_without_replacing(from: &Path, to: &Path) -> io::Result<Named> {
    match std::fs::hard_link(from, to) {
        Ok(()) => Ok(Named::Twice),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if to.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => std::fs::rename(from, to).map(|()| Named::Moved),
    }
}

/// Renames `from` to `wanted`, or to `wanted-2`, … where that is taken; returns the new path.
pub fn rename_to_free(from: &Path, wanted: &Path) -> io::Result<PathBuf> {
    for number in 1..=1000 {
        let to = match number {
            1 => wanted.to_owned(),
            _ => with_suffix(wanted, &format!("-{number}")),
        };
        match rename_no_replace(from, &to) {
            Ok(()) => return Ok(to),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The folder of a file; the current folder where the path names none.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name of a file that is still being written, beside its target: `.export-desk-` and the target's name, so that
/// the next write of the same target finds what a crash left. File systems allow names of 255 bytes; 200 of a longer
/// name distinguish it from others.
pub fn unfinished_beside(target: &Path, suffix: &str) -> PathBuf {
    const LONGEST_NAME_BYTES: usize = 200;
    let mut name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.truncate(name.floor_char_boundary(LONGEST_NAME_BYTES));
    folder_of(target).join(format!(".export-desk-{name}{suffix}"))
}

/// The path with `suffix` added to its name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_never_replaces() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, "ours").unwrap();
        std::fs::write(&b, "theirs").unwrap();
        assert_eq!(rename_no_replace(&a, &b).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&b).unwrap(), b"theirs");
        std::fs::remove_file(&b).unwrap();
        rename_no_replace(&a, &b).unwrap();
        assert!(!a.exists() && std::fs::read(&b).unwrap() == b"ours");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_open_file_itself_gets_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a.part"), dir.path().join("a"));
        let ours = open_private(&from).unwrap();
        assert!(names_open_file(&ours, &from).unwrap());
        for theirs in ["", "theirs"] {
            std::fs::remove_file(&from).ok();
            if !theirs.is_empty() {
                std::fs::write(&from, theirs).unwrap();
            }
            let refused = rename_open_no_replace(&ours, &from, &to).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::NotFound, "{theirs}");
            assert!(!to.exists(), "{theirs}");
        }
        assert_eq!(std::fs::read(&from).unwrap(), b"theirs");
        std::fs::remove_file(&from).unwrap();
        std::os::unix::fs::symlink(&to, &from).unwrap();
        assert!(!names_open_file(&ours, &from).unwrap(), "a link is not the file");
        std::fs::remove_file(&from).unwrap();
        let ours = open_private(&from).unwrap();
        rename_open_no_replace(&ours, &from, &to).unwrap();
        assert!(names_open_file(&ours, &to).unwrap() && !from.exists());
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("x/y");
        create_folder(&folder).unwrap();
        open_private(&folder.join("f")).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("f"))), (0o700, 0o600));
    }
}
