//! `built/<SHA-256>.json`: an archive that was built from the files of a folder by a command. Such a build needs no
//! store, so this record is how the archive is found when the data of its project is deleted. The archives of rebuilds
//! are in the store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::case::import::SetPart;
use crate::case::rebuild::RebuildNote;
use crate::case::{RelationsRun, UtcMs};
use crate::engine::api::BuiltArchive;
use crate::engine::clock;
use crate::engine::manifest::Manifest;
use crate::platform::disk::{self, Backups};
use crate::platform::private_file;

const FOLDER: &str = "built";
const FORMAT: u32 = 1;
/// Enough for the ten thousand parts of a set.
const MOST_BYTES: usize = 8 << 20;

/// The contents of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltRecord {
    format: u32,
    instance: String,
    project_id: u64,
    /// When the archive was verified, in milliseconds since 1970.
    pub at: UtcMs,
    /// The archive, or the list of a set.
    pub path: PathBuf,
    /// Of the archive; a set's list is not counted.
    pub bytes: u64,
    /// Of the archive, or of the list; lower-case hex.
    pub sha256: String,
    /// The archives of a set.
    pub parts: Vec<SetPart>,
}

impl BuiltRecord {
    /// Records an archive before it gets its name. Where the folder cannot be written, the archive gets a note instead.
    pub fn keep(folder: &Path, manifest: (String, u64), archive: &mut BuiltArchive) {
        let (instance, project_id) = manifest;
        let record = Self {
            format: FORMAT,
            instance,
            project_id,
            at: clock::now(),
            path: archive.path.clone(),
            bytes: archive.bytes(),
            sha256: archive.receipt.sha256.clone(),
            parts: archive.parts.clone(),
        };
        if let Err(error) = record.write(folder) {
            archive.notes.push(RebuildNote::Said(format!(
                "{} cannot be written: {error}. Delete the archive yourself when the data of its project is deleted.",
                folder.join(FOLDER).display()
            )));
        }
    }

    /// Removes the record of an archive that did not get its name.
    pub fn forget_archive(folder: &Path, archive: &BuiltArchive) {
        fs::remove_file(record_path(folder, &archive.receipt.sha256)).ok();
        fs::remove_dir(folder.join(FOLDER)).ok();
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        private_file::replace(&self.record_path(folder), &text, Backups::LeaveOut)
    }

    fn record_path(&self, folder: &Path) -> PathBuf {
        record_path(folder, &self.sha256)
    }

    /// A number by which a command names the archive: the beginning of the SHA-256.
    pub fn number(&self) -> u64 {
        u64::from_str_radix(self.sha256.get(..16).unwrap_or_default(), 16).unwrap_or_default()
    }

    fn read(path: &Path) -> Option<Self> {
        let record: Self = serde_json::from_slice(&disk::read_short(path, MOST_BYTES).ok()?).ok()?;
        let is_digest =
            record.sha256.len() == 64 && record.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        (record.format == FORMAT && is_digest).then_some(record)
    }

    /// The records in a folder of this project's relations export.
    pub fn all_in(folder: &Path, run: &RelationsRun) -> Vec<Self> {
        let files = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
        let records = files.filter_map(|file| Self::read(&file.path()));
        records
            .filter(|record| record.instance == run.instance && record.project_id == run.project_id)
            .collect()
    }

    /// Removes the record, and the folder of the records if it is empty.
    pub fn forget(&self, folder: &Path) {
        fs::remove_file(self.record_path(folder)).ok();
        fs::remove_dir(folder.join(FOLDER)).ok();
    }
}

fn record_path(folder: &Path, sha256: &str) -> PathBuf {
    folder.join(FOLDER).join(format!("{sha256}.json"))
}

/// What a record needs of the manifest.
pub fn source_of(manifest: &Manifest) -> (String, u64) {
    (manifest.instance.clone(), manifest.project_id)
}
