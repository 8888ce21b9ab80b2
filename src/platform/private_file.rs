//! Small files that the program writes as a whole, for their owner only: a crash leaves the old file or the new one,
//! never a part.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::disk;

/// Writes the file, and replaces an existing one of ours. Creates the folder where it is missing.
///
/// The caller must know that the existing file is ours; see [`set_aside`] for other files.
pub fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = disk::folder_of(path);
    ours(written(path, contents)?)?.persist(path).map_err(|error| error.error)?;
    disk::sync_folder(folder)
}

/// Writes a file that must not exist yet, in a folder that must exist.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where the name is taken, even by a link without a target.
pub fn create(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = disk::folder_of(path);
    if !folder.is_dir() {
        return Err(io::ErrorKind::NotFound.into());
    }
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    match ours(written(path, contents)?)?.persist_noclobber(path) {
        Ok(_) => {}
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => return Err(refused.error),
        // File systems without hard links (FAT, some network shares) get a check and a rename.
        Err(refused) if path.symlink_metadata().is_err() => {
            refused.file.persist(path).map_err(|error| error.error)?;
        }
        Err(_) => return Err(io::ErrorKind::AlreadyExists.into()),
    }
    disk::sync_folder(folder)
}

/// Moves the file at `path` to `<name>.<suffix>`, or `<name>.<suffix>-2`, …: the first free name. `None` where there
/// is nothing to move.
pub fn set_aside(path: &Path, suffix: &str) -> io::Result<Option<PathBuf>> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    disk::rename_to_free(path, &path.with_added_extension(suffix)).map(Some)
}

fn written(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let folder = disk::folder_of(path);
    disk::create_folder(folder)?;
    let unfinished = disk::unfinished_beside(path, "");
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let name = unfinished.file_name().unwrap_or_default();
    let mut file = tempfile::Builder::new().prefix(name).rand_bytes(0).tempfile_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// The temporary file, if its name still refers to it. Another program that writes the same file uses the same name,
/// and its unfinished file must not be mistaken for ours.
fn ours(file: NamedTempFile) -> io::Result<NamedTempFile> {
    if disk::names_open_file(file.as_file(), file.path())? {
        return Ok(file);
    }
    // The other program's file is not removed.
    drop(file.into_temp_path().keep());
    Err(io::Error::other("another program is writing the same file"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/folder/a.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_crash_leftover_is_removed_by_the_next_write() {
        let dir = tempfile::tempdir().unwrap();
        let name = "é".repeat(120);
        for name in ["a.json", &name] {
            let path = dir.path().join(name);
            drop(written(&path, b"half").unwrap().keep().unwrap());
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "a crash leaves a beginning");
            replace(&path, b"whole").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"whole");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_new_file_never_replaces_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        create(&path, b"one").unwrap();
        assert_eq!(create(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        let nowhere = dir.path().join("missing/a.json");
        assert_eq!(create(&nowhere, b"x").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no beginning is left");
    }

    #[cfg(unix)]
    #[test]
    fn the_partial_file_of_another_program_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let ours_is = written(&path, b"ours").unwrap();
        let began = ours_is.path().to_owned();
        fs::remove_file(&began).unwrap();
        fs::write(&began, "the").unwrap();
        assert!(ours(ours_is).is_err());
        assert_eq!(fs::read(&began).unwrap(), b"the", "theirs stays");
    }

    #[test]
    fn what_is_set_aside_replaces_no_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        for (text, name) in [("one", "a.md.old"), ("two", "a.md.old-2"), ("three", "a.md.old-3")] {
            fs::write(&path, text).unwrap();
            assert_eq!(set_aside(&path, "old").unwrap(), Some(dir.path().join(name)));
        }
        assert_eq!(fs::read(dir.path().join("a.md.old")).unwrap(), b"one");
        assert_eq!(set_aside(&path, "old").unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_private_and_follows_no_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (precious, link) = (outside.path().join("precious"), dir.path().join("a.json"));
        fs::write(&precious, "precious").unwrap();
        symlink(&precious, &link).unwrap();
        assert_eq!(create(&link, b"x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        replace(&link, b"ours").unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
        let facts = link.symlink_metadata().unwrap();
        assert!(facts.is_file());
        assert_eq!(facts.permissions().mode() & 0o777, 0o600);
    }
}
