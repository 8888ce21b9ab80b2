//! `manifest.json` and `manifest.csv` in the folder of a batch. Each is replaced as a whole, so that a reader always sees
//! a complete one. The store is the truth: after a crash they are written again.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::case::batch::{BatchItem, ExportBatch, MANIFEST_KIND, csv, manifest};
use crate::case::{Code, UserError, UtcMs};
use crate::platform::disk::{Backups, Space, begins_with, read_short};
use crate::platform::private_file;
use crate::platform::words::denied_hint;

const JSON: &str = "manifest.json";
const CSV: &str = "manifest.csv";
/// Enough for the manifest of a hundred thousand projects.
const MOST_BYTES: usize = 128 << 20;

/// What to write, and where.
#[derive(Debug)]
pub struct ManifestOrder {
    folder: PathBuf,
    batch: ExportBatch,
    items: Vec<BatchItem>,
}

impl ManifestOrder {
    pub fn new(folder: &Path, batch: &ExportBatch, items: &[BatchItem]) -> Self {
        Self { folder: folder.to_owned(), batch: batch.clone(), items: items.to_vec() }
    }

    /// Writes both files. Returns the free space of the folder, where it is known.
    pub fn write(&self, now: UtcMs) -> Result<Option<u64>, UserError> {
        let whole = manifest(&self.batch, &self.items, now);
        let write = || -> io::Result<()> {
            let (json_path, csv_path) = (self.folder.join(JSON), self.folder.join(CSV));
            let (json, csv) = (serde_json::to_vec_pretty(&whole)?, csv(&whole.projects));
            // What somebody else has put in their place is kept. Ours begin with their kind and the names of the columns;
            // a batch writes often, so no more is read.
            for (path, text, lines) in [(&json_path, json.as_slice(), 2), (&csv_path, csv.as_bytes(), 1)] {
                let begins: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').take(lines).collect();
                if !begins_with(path, &begins.concat()) {
                    private_file::set_aside(path, "old")?;
                }
            }
            private_file::replace(&json_path, &json, Backups::LeaveOut)?;
            private_file::replace(&csv_path, csv.as_bytes(), Backups::LeaveOut)
        };
        write().map_err(|error| {
            UserError::new(
                Code::Local,
                format!("The manifest in {} cannot be written: {error}.", self.folder.display()),
                denied_hint(&error).unwrap_or("Free some space, or check the permissions of the folder."),
            )
        })?;
        Ok(Space::default().available(&self.folder))
    }
}

/// Refuses a folder whose manifest is not that of a batch of this data folder. `of_batch` is the hint for that of another
/// batch.
pub fn refuse_foreign(folder: &Path, of_batch: &str) -> Result<(), UserError> {
    let path = folder.join(JSON);
    if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return refuse_foreign_table(folder);
    }
    if is_manifest(&path) {
        let headline = format!(
            "{} has the manifest of a batch that this data folder does not know: it belongs to another data folder, or the \
             folder was moved.",
            folder.display()
        );
        return Err(UserError::new(Code::Refused, headline, of_batch));
    }
    let headline = format!("{} is not the manifest of a batch.", path.display());
    Err(UserError::new(Code::Refused, headline, "Choose another folder."))
}

/// Whether a batch has its archives in this folder.
pub fn is_of_batch(folder: &Path) -> bool {
    is_manifest(&folder.join(JSON))
}

fn is_manifest(path: &Path) -> bool {
    let text = read_short(path, MOST_BYTES).unwrap_or_default();
    serde_json::from_slice::<Kind>(&text).is_ok_and(|found| found.kind == MANIFEST_KIND)
}

/// The table alone is not ours: both are written together.
fn refuse_foreign_table(folder: &Path) -> Result<(), UserError> {
    let path = folder.join(CSV);
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let headline = format!("{} is not the list of a batch.", path.display());
    Err(UserError::new(Code::Refused, headline, "Choose another folder, or move that file."))
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}
