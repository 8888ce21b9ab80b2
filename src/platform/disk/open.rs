//! Files and folders that only their owner can access. On Windows, they have the rights of their folder, and the
//! user's own folders are private.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use tempfile::NamedTempFile;

use super::backup::Backups;

/// Opens a file for reading and writing; creates it so that only its owner can access it.
pub fn open_private(path: &Path, backups: Backups) -> io::Result<File> {
    marked(private().create(true).truncate(false), path, backups)
}

/// Creates a file for reading and writing that only its owner can access.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where the name is taken, even by a link without a target.
pub fn create_private(path: &Path, backups: Backups) -> io::Result<File> {
    marked(private().create_new(true), path, backups)
}

/// Opens a file for adding to its end; creates it so that only its owner can access it.
pub fn append_private(path: &Path, backups: Backups) -> io::Result<File> {
    marked(private().append(true).create(true), path, backups)
}

/// Creates a file in the system's folder for temporary files that only its owner can access; dropping it deletes it.
pub fn temporary_file(suffix: &str) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new().prefix("export-desk-").suffix(suffix).tempfile()?;
    Backups::LeaveOut.mark(file.as_file());
    Ok(file)
}

/// Creates a file in `folder` that has no name, so that nobody else can open it; the system deletes it when it is
/// closed, also after a crash.
pub fn nameless_file(folder: &Path) -> io::Result<File> {
    let file = tempfile::tempfile_in(folder)?;
    // Some systems create it with a name and remove the name at once.
    Backups::LeaveOut.mark(&file);
    Ok(file)
}

/// The same as [`open_private`], and an existing file becomes private too.
pub fn open_made_private(path: &Path, backups: Backups) -> io::Result<File> {
    let file = open_private(path, backups)?;
    #[cfg(unix)]
    if !has_private_mode(&file)? {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

fn marked(options: &OpenOptions, path: &Path, backups: Backups) -> io::Result<File> {
    let file = options.open(path)?;
    backups.mark(&file);
    Ok(file)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a folder and its parents so that only their owner can access them. An existing folder keeps its mode.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    private_folder().recursive(true).create(folder)
}

/// Creates a folder that only its owner can access.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where the name is taken.
pub fn create_new_folder(folder: &Path) -> io::Result<()> {
    private_folder().create(folder)
}

fn private_folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Whether only the owner can access the open `file` at `path`. FAT and many network shares keep no permissions; on
/// Windows, only the user's own folders are closed to others.
pub fn is_private(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        let _ = path;
        has_private_mode(file)
    }
    #[cfg(not(unix))]
    {
        let (path, home) = (std::path::absolute(path)?, std::env::home_dir());
        file.metadata().map(|_| home.is_none_or(|home| is_below(&path, &home)))
    }
}

#[cfg(unix)]
fn has_private_mode(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let others = file.metadata()?.permissions().mode() & 0o077;
    Ok(others == 0)
}

/// Whether `path` is in the folder, as Windows compares names: without case.
#[cfg(any(test, not(unix)))]
fn is_below(path: &Path, folder: &Path) -> bool {
    let lower = |path: &Path| std::path::PathBuf::from(path.to_string_lossy().to_lowercase());
    lower(path).starts_with(lower(folder))
}

/// Removes a file. A missing file is no error.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
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

/// Whether a regular file begins with these bytes. A pipe or a device is never opened.
pub fn begins_with(path: &Path, bytes: &[u8]) -> bool {
    let mut begins = Vec::new();
    let is_file = path.metadata().is_ok_and(|facts| facts.is_file());
    let mut read = || File::open(path)?.take(bytes.len() as u64).read_to_end(&mut begins);
    is_file && read().is_ok() && begins == bytes
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::platform::disk::is_left_out_of_backups;

    #[test]
    fn files_and_folders_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let folder = dir.path().join("x/y");
        create_folder(&folder).unwrap();
        create_new_folder(&folder.join("z")).unwrap();
        assert_eq!(create_new_folder(&folder).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        for (name, opened_by) in [
            ("open", open_private as fn(&Path, Backups) -> io::Result<File>),
            ("create", create_private),
            ("append", append_private),
            ("made", open_made_private),
        ] {
            for backups in [Backups::Keep, Backups::LeaveOut] {
                let path = folder.join(format!("{name}-{backups:?}"));
                let file = opened_by(&path, backups).unwrap();
                assert_eq!(mode(&path), 0o600, "{name}");
                let is_left_out = is_left_out_of_backups(&file);
                assert!(is_left_out.is_none_or(|is| is == (backups == Backups::LeaveOut)), "{name}");
            }
        }
        let temporary = temporary_file(".gz").unwrap();
        assert_eq!(mode(temporary.path()), 0o600);
        assert_ne!(is_left_out_of_backups(temporary.as_file()), Some(false));
        let names = || std::fs::read_dir(&folder).unwrap().count();
        let before = names();
        let nameless = nameless_file(&folder).unwrap();
        assert_eq!(names(), before);
        assert_ne!(is_left_out_of_backups(&nameless), Some(false));
        assert_eq!((mode(&folder), mode(&folder.join("z"))), (0o700, 0o700));
        let open = folder.join("made-Keep");
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
        let is_private = || is_private(&File::open(&open).unwrap(), &folder).unwrap();
        assert!(!is_private());
        open_made_private(&open, Backups::Keep).unwrap();
        assert!(is_private());
        assert_eq!(mode(&open), 0o600);
    }

    #[test]
    fn windows_keeps_only_the_users_own_folders_private() {
        let home = Path::new("/Users/Ada");
        for (path, is_private) in
            [("/users/ada/Downloads/a.gz", true), ("/Users/Adam/a.gz", false), ("/exports/a.gz", false)]
        {
            assert_eq!(is_below(Path::new(path), home), is_private, "{path}");
        }
    }
}
