//! `filled.json`: what was read for a folder besides the relations export, and the files of it in the folder `filled`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::archive::build::LeftOut;
use crate::archive::sha256;
use crate::engine::api::Filled;
use crate::engine::manifest::Manifest;
use crate::platform::disk::{self, Backups};
use crate::platform::private_file;

use super::members;

/// The record's name.
pub const NAME: &str = "filled.json";
const FOLDER: &str = "filled";
const FORMAT: u32 = 1;
/// Enough for 10,000 snippets.
const MOST_BYTES: usize = 16 << 20;
const WIKI: &str = "project.wiki.bundle";

/// The contents of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillRecord {
    format: u32,
    instance: String,
    project_id: u64,
    /// When GitLab wrote the newest of the relation files. What was read for another export is not used.
    exported_at: Option<String>,
    /// When the reading began, RFC 3339.
    pub began_at: String,
    /// The parts that were read or left out. After a crash, others are missing.
    pub done: Vec<String>,
    pub filled: Vec<Filled>,
    pub left_out: Vec<LeftOut>,
    pub files: Vec<FilledFile>,
}

/// A verified file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledFile {
    /// The name in the archive, which determines the file's name.
    pub member: String,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl FillRecord {
    pub fn new(manifest: &Manifest, began_at: String) -> Self {
        Self {
            format: FORMAT,
            instance: manifest.instance.clone(),
            project_id: manifest.project_id,
            exported_at: manifest.exported_at(),
            began_at,
            done: Vec::new(),
            filled: Vec::new(),
            left_out: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The record of a folder; `None` where there is none, or where another program wrote it.
    pub fn read(folder: &Path) -> Option<Self> {
        let bytes = disk::read_short(&folder.join(NAME), MOST_BYTES).ok()?;
        let record: Self = serde_json::from_slice(&bytes).ok()?;
        (record.format == FORMAT).then_some(record)
    }

    /// Whether it was read for the same export of the same project.
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        manifest.is_of(&self.instance, self.project_id) && self.exported_at == manifest.exported_at()
    }

    /// Replaces the record of an earlier reading; another program's file is moved aside.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(NAME);
        if Self::read(folder).is_none() {
            private_file::set_aside(&path, "old")?;
        }
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        private_file::replace(&path, &text, Backups::LeaveOut)
    }

    pub fn file(&self, member: &str) -> Option<&FilledFile> {
        self.files.iter().find(|file| file.member == member)
    }

    /// Removes the unchanged files of this record that another record does not list, as far as their parts are done
    /// there.
    pub fn remove_others(&self, folder: &Path, other: &Self) {
        let is_done = |file: &&FilledFile| other.done.iter().any(|done| done == what_of(&file.member));
        for file in self.files.iter().filter(is_done).filter(|file| other.file(&file.member).is_none()) {
            if let Some(path) = file.path(folder).filter(|_| file.is_whole(folder)) {
                fs::remove_file(path).ok();
            }
        }
    }
}

impl FilledFile {
    /// The file's path; `None` where no reading gives such a member, so that no name can point elsewhere.
    pub fn path(&self, folder: &Path) -> Option<PathBuf> {
        path_of(folder, &self.member)
    }

    /// Whether the file is unchanged. Reads the whole file.
    pub fn is_whole(&self, folder: &Path) -> bool {
        self.path(folder).is_some_and(|path| {
            path.symlink_metadata().is_ok_and(|facts| facts.is_file() && facts.len() == self.bytes)
                && File::open(&path).and_then(sha256).is_ok_and(|digest| digest == self.sha256)
        })
    }
}

/// The part that a member belongs to.
fn what_of(member: &str) -> &'static str {
    match member {
        members::MEMBER => super::MEMBERS,
        WIKI => super::WIKI,
        _ => super::SNIPPETS,
    }
}

/// Where a member's content is kept.
pub fn path_of(folder: &Path, member: &str) -> Option<PathBuf> {
    let digest = |name: &str| name.strip_suffix(".bundle").is_some_and(is_digest);
    let name = match member {
        WIKI => WIKI,
        members::MEMBER => "project_members.ndjson",
        _ => member.strip_prefix("snippets/").filter(|name| digest(name))?,
    };
    Some(folder.join(FOLDER).join(name))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The files that were read for the export of this manifest, for their deletion: path, size, and SHA-256.
pub fn filled_files(folder: &Path, manifest: &Manifest) -> Vec<(PathBuf, u64, String)> {
    let Some(record) = FillRecord::read(folder).filter(|record| record.is_of(manifest)) else {
        return Vec::new();
    };
    let files = record.files.into_iter();
    files.filter_map(|file| Some((path_of(folder, &file.member)?, file.bytes, file.sha256))).collect()
}

/// Removes our record, which names snippets, and the folder of the files if it is empty.
pub fn forget_filled(folder: &Path) {
    if FillRecord::read(folder).is_some() {
        fs::remove_file(folder.join(NAME)).ok();
    }
    fs::remove_dir(folder.join(FOLDER)).ok();
}

/// Creates the folder of the files.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let path = folder.join(FOLDER);
    match path.symlink_metadata() {
        Ok(there) if !there.is_dir() => Err(io::Error::other("`filled` is not a folder")),
        Ok(_) => Ok(()),
        Err(_) => disk::create_folder(&path),
    }
}

/// Whether the file that a member has now is the one that an earlier reading wrote.
pub fn is_ours(folder: &Path, earlier: Option<&FillRecord>, member: &str) -> bool {
    earlier.and_then(|record| record.file(member)).is_some_and(|file| file.is_whole(folder))
}

/// Writes a short file. An earlier one of ours is replaced, any other file is moved aside.
pub fn store(
    folder: &Path,
    earlier: Option<&FillRecord>,
    member: &str,
    content: &[u8],
) -> io::Result<FilledFile> {
    create_folder(folder)?;
    let path = path_of(folder, member).ok_or_else(|| io::Error::other("the member has no file"))?;
    if !is_ours(folder, earlier, member) {
        private_file::set_aside(&path, "old")?;
    }
    private_file::replace(&path, content, Backups::LeaveOut)?;
    Ok(FilledFile { member: member.to_owned(), bytes: content.len() as u64, sha256: sha256(content)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_members_that_a_reading_gives_have_a_path() {
        let folder = Path::new("/f");
        let digest = "0".repeat(64);
        let snippet = path_of(folder, &format!("snippets/{digest}.bundle")).unwrap();
        assert_eq!(snippet, folder.join("filled").join(format!("{digest}.bundle")));
        assert!(path_of(folder, WIKI).is_some() && path_of(folder, members::MEMBER).is_some());
        for member in ["../x", "snippets/../x.bundle", "snippets/ab.bundle", "project.bundle", ""] {
            assert_eq!(path_of(folder, member), None, "{member}");
        }
    }

    #[test]
    fn a_users_file_is_moved_aside_and_ours_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        fs::create_dir(folder.join(FOLDER)).unwrap();
        let path = path_of(folder, members::MEMBER).unwrap();
        fs::write(&path, "theirs").unwrap();
        fs::write(folder.join(NAME), "theirs").unwrap();
        let mut record = FillRecord::new(&Manifest::new("https://i", 7, "a/b"), String::new());
        for text in ["one", "two"] {
            let file = store(folder, Some(&record), members::MEMBER, text.as_bytes()).unwrap();
            record.files = vec![file];
            record.write(folder).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(FillRecord::read(folder).as_ref(), Some(&record));
        }
        assert_eq!(fs::read(path.with_added_extension("old")).unwrap(), b"theirs");
        assert_eq!(fs::read(folder.join("filled.json.old")).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.join(FOLDER)).unwrap().count(), 2);
        // A changed file is not ours any more.
        fs::write(&path, "three").unwrap();
        let other =
            |done: &str| FillRecord { files: Vec::new(), done: vec![done.to_owned()], ..record.clone() };
        record.remove_others(folder, &other("project_members"));
        assert!(path.exists());
        fs::write(&path, "two").unwrap();
        record.remove_others(folder, &other("wiki"));
        assert!(path.exists(), "the members may still be read");
        record.remove_others(folder, &other("project_members"));
        assert!(!path.exists());
        fs::remove_dir_all(folder.join(FOLDER)).unwrap();
        fs::write(folder.join(FOLDER), "a file").unwrap();
        assert!(store(folder, None, members::MEMBER, b"x").is_err());
    }
}
