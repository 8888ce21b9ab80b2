//! Folders that are created for a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::create_folder;

/// Whether a file can be written to the folder.
pub fn try_folder(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(".export-desk-").tempfile_in(folder)?.close()
}

/// The folders that were missing, deepest first. Those that are still empty are removed when this is dropped, so that
/// a command that fails leaves none behind.
#[derive(Debug, Default)]
pub struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    /// Creates a folder and its parents so that only their owner can access them.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let parents = folder.ancestors().filter(|parent| !parent.as_os_str().is_empty());
        let missing = parents.take_while(|parent| parent.symlink_metadata().is_err()).map(Path::to_owned);
        let created = Self(missing.collect());
        create_folder(folder)?;
        Ok(created)
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // A folder with something in it stays.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_and_empty_folders_are_removed() {
        let base = tempfile::tempdir().unwrap();
        let (kept, deep) = (base.path().join("kept"), base.path().join("kept/new/deep"));
        fs::create_dir(&kept).unwrap();
        drop(NewFolders::create(&deep).unwrap());
        assert!(kept.is_dir() && !kept.join("new").exists());
        let created = NewFolders::create(&deep).unwrap();
        fs::write(deep.join("file"), "").unwrap();
        drop(created);
        assert!(deep.join("file").exists());
        let created = NewFolders::create(&deep).unwrap();
        fs::remove_file(deep.join("file")).unwrap();
        drop(created);
        assert!(deep.is_dir(), "it was there before");
        // The second one cannot be created, and the first one goes.
        fs::write(kept.join("file"), "").unwrap();
        assert!(NewFolders::create(&kept.join("file/deeper")).is_err());
        assert!(kept.join("file").is_file());
    }
}
