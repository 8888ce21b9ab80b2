//! Finds archives, sets and folders of relation files that the user has renamed: beside the path where they were
//! written, by size and SHA-256.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::archive;
use crate::case::{RelationsRun, UtcMs};
use crate::engine::builds::BuiltRecord;
use crate::platform::disk;

use super::Candidate;
use super::files::{OldFile, OldFiles, of_relations};

/// How many entries of a folder are compared.
const MOST_ENTRIES: usize = 10_000;
/// The longest list of a set.
const MOST_LIST_BYTES: u64 = 4 << 20;

/// A search on disk. It reads a file only if the size is that of a missing one.
#[derive(Debug)]
pub struct Renamed {
    /// The archives at the paths of our records, with their SHA-256. None of them is a renamed one with the same content.
    taken: HashSet<(PathBuf, String)>,
    /// The regular files of a folder, by size.
    sizes: HashMap<PathBuf, HashMap<u64, Vec<PathBuf>>>,
}

impl Renamed {
    pub fn new(taken: Vec<(PathBuf, String)>, folders: &[(PathBuf, RelationsRun)]) -> Self {
        let records = folders.iter().flat_map(|(folder, run)| BuiltRecord::all_in(folder, run));
        let built = records.flat_map(|record| {
            let parts = record.parts.into_iter().map(|part| (part.path, part.sha256));
            parts.chain([(record.path, record.sha256)]).collect::<Vec<_>>()
        });
        Self { taken: taken.into_iter().chain(built).collect(), sizes: HashMap::new() }
    }

    /// The candidate where its files are now.
    pub fn found(&mut self, mut old: Candidate) -> Candidate {
        let at = old.archive.at;
        old.of = self.files(old.of, at);
        old.archive.path = match &old.of {
            OldFiles::Archive(file) => file.path.clone(),
            OldFiles::Set { list, .. } => list.clone(),
            OldFiles::Relations { folder, .. } | OldFiles::BuiltFrom { folder, .. } => folder.clone(),
            OldFiles::Built { of, record, .. } => match of.as_ref() {
                OldFiles::Archive(file) => file.path.clone(),
                OldFiles::Set { list, .. } => list.clone(),
                _ => record.path.clone(),
            },
        };
        old
    }

    fn files(&mut self, of: OldFiles, at: UtcMs) -> OldFiles {
        match of {
            OldFiles::Archive(file) => OldFiles::Archive(self.file(file, at)),
            OldFiles::Set { list, sha256, parts } => {
                let list = renamed_list(&list, &sha256).unwrap_or(list);
                let beside = |part: OldFile| {
                    let path = part.path.file_name().map(|name| list.with_file_name(name));
                    OldFile { path: path.unwrap_or_else(|| part.path.clone()), ..part }
                };
                let parts = parts.into_iter().map(|part| self.file(beside(part), at)).collect();
                OldFiles::Set { list, sha256, parts }
            }
            OldFiles::Relations { folder, run } => {
                OldFiles::Relations { folder: Self::relations(&folder, &run), run }
            }
            OldFiles::Built { of, record, folder } => {
                OldFiles::Built { of: Box::new(self.files(*of, at)), record, folder }
            }
            of @ OldFiles::BuiltFrom { .. } => of,
        }
    }

    /// The file, or the same file under another name in its folder.
    fn file(&mut self, file: OldFile, at: UtcMs) -> OldFile {
        if file.check_untouched(at).is_ok() {
            return file;
        }
        let folder = disk::folder_of(&file.path).to_owned();
        let sizes = self.sizes.entry(folder).or_insert_with_key(|folder| by_size(folder));
        let same_size = sizes.get(&file.bytes).map(Vec::as_slice).unwrap_or_default();
        let is_free = |path: &&PathBuf| !self.taken.contains(&(PathBuf::clone(path), file.sha256.clone()));
        let others = same_size.iter().filter(is_free);
        let mut others = others.map(|path| OldFile { path: path.clone(), ..file.clone() });
        let is_it =
            |other: &OldFile| other.check_untouched(at).is_ok() && has_digest(&other.path, &file.sha256);
        match others.find(is_it) {
            Some(found) => {
                self.taken.insert((found.path.clone(), found.sha256.clone()));
                found
            }
            None => file,
        }
    }

    /// The folder with the relation files of this export, or the same folder under another name.
    pub fn relations(folder: &Path, run: &RelationsRun) -> PathBuf {
        let has_files = |folder: &PathBuf| !of_relations(folder, run).is_empty();
        let mut all = std::iter::once(folder.to_owned()).chain(folders_beside(folder));
        all.find(has_files).unwrap_or_else(|| folder.to_owned())
    }
}

/// Where the list of a set is now, if it is no longer at its path.
fn renamed_list(list: &Path, sha256: &str) -> Option<PathBuf> {
    let is_it = |path: &PathBuf| {
        let facts = path.symlink_metadata();
        facts.is_ok_and(|facts| facts.is_file() && facts.len() <= MOST_LIST_BYTES) && has_digest(path, sha256)
    };
    let is_json = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    if is_it(&list.to_owned()) {
        return None;
    }
    let folder = disk::folder_of(list);
    let folders = std::iter::once(folder.to_owned()).chain(folders_beside(folder));
    folders.flat_map(|folder| entries(&folder)).filter(is_json).find(is_it)
}

fn by_size(folder: &Path) -> HashMap<u64, Vec<PathBuf>> {
    let mut sizes: HashMap<u64, Vec<PathBuf>> = HashMap::new();
    for path in entries(folder) {
        if let Some(facts) = path.symlink_metadata().ok().filter(fs::Metadata::is_file) {
            sizes.entry(facts.len()).or_default().push(path);
        }
    }
    sizes
}

/// The other folders in the same folder.
fn folders_beside(folder: &Path) -> Vec<PathBuf> {
    let is_folder = |path: &PathBuf| path.symlink_metadata().is_ok_and(|facts| facts.is_dir());
    let mut beside = entries(disk::folder_of(folder));
    beside.retain(|path| path != folder && is_folder(path));
    beside
}

/// In the order of their names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.take(MOST_ENTRIES).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn has_digest(path: &Path, sha256: &str) -> bool {
    File::open(path).and_then(archive::sha256).is_ok_and(|found| found.eq_ignore_ascii_case(sha256))
}
