//! The temporary file of an archive or a bundle that is being built: private, locked, and deleted after a failure or a
//! signal. The next build of the same archive deletes what a kill left.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::disk::{self, Backups, Lock};
use crate::platform::folder_notes::folder_notes;
use crate::platform::private_file;
use crate::platform::unfinished::{self, Unfinished};

/// The temporary file of an archive.
#[derive(Debug)]
pub struct DraftFile {
    output: PathBuf,
    path: PathBuf,
    file: File,
    is_named: bool,
    unfinished: Unfinished,
}

impl DraftFile {
    /// Creates the temporary file beside `output`.
    ///
    /// # Errors
    /// `WouldBlock` where another build writes the file, `AlreadyExists` where `output` already exists.
    pub fn begin(output: &Path) -> io::Result<Self> {
        if output.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Self::begin_over(output)
    }

    /// Like [`Self::begin`], for a file that may exist already; see [`Self::name_over`].
    pub fn begin_over(output: &Path) -> io::Result<Self> {
        let path = disk::unfinished_beside(output, ".building");
        // Nothing is written to a file that is there: it may be a link, or have a second name.
        let left = delete_leftover(&path)?;
        let created = Unfinished::file(&path, || disk::create_private(&path, Backups::LeaveOut));
        let (file, unfinished) = created.map_err(|error| match error.kind() {
            // Another build was faster.
            io::ErrorKind::AlreadyExists => io::ErrorKind::WouldBlock.into(),
            _ => error,
        })?;
        let is_ours = disk::lock(&file)? != Lock::Theirs && disk::names_open_file(&file, &path)?;
        drop(left);
        if !is_ours {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Self { output: output.to_owned(), path, file, is_named: false, unfinished })
    }

    pub fn folder(&self) -> &Path {
        disk::folder_of(&self.output)
    }

    /// What a person should know about the folder, in sentences.
    pub fn folder_notes(&self) -> Vec<String> {
        folder_notes(&self.file, &self.path)
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// How much was written.
    pub fn bytes(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    pub fn sync(&self) -> io::Result<()> {
        disk::sync_all(&self.file)
    }

    /// Gives the file its final name. Replaces an earlier file of ours, and moves any other file aside.
    pub fn name_over(&mut self, is_ours: bool) -> io::Result<()> {
        if !is_ours {
            private_file::set_aside(&self.output, "old")?;
            return self.name();
        }
        if !disk::names_open_file(&self.file, &self.path)? {
            return Err(replaced());
        }
        self.unfinished.finish(|| disk::rename_over(&self.path, &self.output))?;
        self.is_named = true;
        disk::sync_folder(self.folder())
    }

    /// Gives the file its final name without replacing anything. The file that gets the name is always the file that
    /// was written.
    pub fn name(&mut self) -> io::Result<()> {
        let named =
            self.unfinished.finish(|| disk::rename_open_no_replace(&self.file, &self.path, &self.output));
        named.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => replaced(),
            _ => error,
        })?;
        self.is_named = true;
        disk::sync_folder(self.folder())
    }
}

/// Deletes what a killed build left under the temporary name. Returns the file with its lock, so that another build
/// that has it open too does not go on.
///
/// # Errors
/// `WouldBlock` where another build has locked the file.
fn delete_leftover(path: &Path) -> io::Result<Option<File>> {
    let there = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        there => there?,
    };
    let left = if there.is_file() { File::open(path).ok() } else { None };
    if let Some(left) = &left
        && (disk::lock(left)? == Lock::Theirs || !disk::names_open_file(left, path)?)
    {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    if there.is_dir() {
        return Err(io::Error::other(format!("a folder has the temporary name {}", path.display())));
    }
    disk::remove_if_there(path)?;
    Ok(left)
}

fn replaced() -> io::Error {
    io::Error::other("another program has replaced the unfinished file")
}

impl Drop for DraftFile {
    fn drop(&mut self) {
        if !self.is_named {
            unfinished::delete_open(&self.file, &self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn one_build_at_a_time_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.tar.gz");
        let mut first = DraftFile::begin(&output).unwrap();
        assert_eq!(DraftFile::begin(&output).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        first.file().write_all(b"one").unwrap();
        std::fs::write(&output, "theirs").unwrap();
        assert_eq!(first.name().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(DraftFile::begin(&output).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        std::fs::remove_file(&output).unwrap();
        first.name().unwrap();
        drop(first);
        assert_eq!(std::fs::read(&output).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_crash_leftover_is_reused_and_a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.tar.gz");
        let left = folder.path().join(".export-desk-a.tar.gz.building");
        std::fs::write(&left, "half an archive").unwrap();
        let draft = DraftFile::begin(&output).unwrap();
        assert_eq!(draft.file().metadata().unwrap().len(), 0);
        drop(draft);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let left = at(".export-desk-a.tar.gz.building");
        std::fs::write(at("theirs"), "theirs").unwrap();
        let links: [fn(&Path, &Path) -> io::Result<()>; 2] =
            [|to, at| std::os::unix::fs::symlink(to, at), |to, at| std::fs::hard_link(to, at)];
        for link in links {
            link(&at("theirs"), &left).unwrap();
            let draft = DraftFile::begin(&at("a.tar.gz")).unwrap();
            draft.file().write_all(b"an archive").unwrap();
            assert_eq!(std::fs::read(at("theirs")).unwrap(), b"theirs");
            drop(draft);
            assert!(left.symlink_metadata().is_err());
        }
        // A folder is not ours.
        std::fs::create_dir(&left).unwrap();
        assert!(DraftFile::begin(&at("a.tar.gz")).is_err());
        assert!(left.is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn another_file_under_its_name_is_not_named() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.tar.gz");
        let mut draft = DraftFile::begin(&output).unwrap();
        let path = draft.path.clone();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "another program's").unwrap();
        assert!(draft.name().is_err());
        drop(draft);
        assert_eq!(std::fs::read(&path).unwrap(), b"another program's");
        assert!(!output.exists());
    }
}
