//! Small files that the program writes as a whole, for their owner only: a crash leaves the old file or the new one,
//! never a part.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::disk::{self, Backups};

/// Writes the file, and replaces an existing one of ours. Creates the folder where it is missing.
///
/// The caller must know that the existing file is ours; see [`set_aside`] for other files.
pub fn replace(path: &Path, contents: &[u8], backups: Backups) -> io::Result<()> {
    let mut written = Unfinished::write(path, contents, backups)?;
    written.check_ours()?;
    disk::rename_over(&written.path, path)?;
    written.is_named = true;
    disk::sync_folder(disk::folder_of(path))
}

/// Writes a file that must not exist yet, in a folder that must exist.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where the name is taken, even by a link without a target.
pub fn create(path: &Path, contents: &[u8], backups: Backups) -> io::Result<()> {
    let folder = disk::folder_of(path);
    if !folder.is_dir() {
        return Err(io::ErrorKind::NotFound.into());
    }
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut written = Unfinished::write(path, contents, backups)?;
    written.check_ours()?;
    disk::rename_no_replace(&written.path, path)?;
    written.is_named = true;
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

/// A complete file under its temporary name; removed if it does not get its final name.
struct Unfinished {
    path: PathBuf,
    file: File,
    is_named: bool,
}

impl Unfinished {
    fn write(target: &Path, contents: &[u8], backups: Backups) -> io::Result<Self> {
        disk::create_folder(disk::folder_of(target))?;
        let path = disk::unfinished_beside(target, "");
        disk::remove_if_there(&path)?;
        let mut written = Self { file: disk::create_private(&path, backups)?, path, is_named: false };
        written.file.write_all(contents)?;
        disk::sync_all(&written.file)?;
        Ok(written)
    }

    fn is_ours(&self) -> io::Result<bool> {
        disk::names_open_file(&self.file, &self.path)
    }

    /// Another program that writes the same file uses the same temporary name, and its unfinished file must not be
    /// mistaken for ours.
    fn check_ours(&self) -> io::Result<()> {
        if self.is_ours()? {
            return Ok(());
        }
        Err(io::Error::other("another program is writing the same file"))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_named && self.is_ours().unwrap_or(false) {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/folder/a.json");
        replace(&path, b"one", Backups::Keep).unwrap();
        replace(&path, b"two", Backups::Keep).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_crash_leftover_is_removed_by_the_next_write() {
        let dir = tempfile::tempdir().unwrap();
        let name = "é".repeat(120);
        for name in ["a.json", &name] {
            let path = dir.path().join(name);
            fs::write(disk::unfinished_beside(&path, ""), b"half").unwrap();
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "a crash leaves a beginning");
            replace(&path, b"whole", Backups::Keep).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"whole");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_new_file_never_replaces_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        create(&path, b"one", Backups::Keep).unwrap();
        assert_eq!(create(&path, b"two", Backups::Keep).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        let nowhere = dir.path().join("missing/a.json");
        assert_eq!(create(&nowhere, b"x", Backups::Keep).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no beginning is left");
    }

    #[cfg(unix)]
    #[test]
    fn the_partial_file_of_another_program_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let ours = Unfinished::write(&path, b"ours", Backups::Keep).unwrap();
        let began = ours.path.clone();
        fs::remove_file(&began).unwrap();
        fs::write(&began, "the").unwrap();
        assert!(ours.check_ours().is_err());
        drop(ours);
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
        assert_eq!(create(&link, b"x", Backups::Keep).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        replace(&link, b"ours", Backups::Keep).unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
        let facts = link.symlink_metadata().unwrap();
        assert!(facts.is_file());
        assert_eq!(facts.permissions().mode() & 0o777, 0o600);
    }
}
