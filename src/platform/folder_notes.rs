//! What a person should know about the folder that a customer's archive is written to.

use std::fs::File;
use std::path::Path;

use super::{disk, synced, words};

/// In sentences: a service that uploads the folder, and a disk that keeps no permissions. `file` is open at `path`.
pub fn folder_notes(file: &File, path: &Path) -> Vec<String> {
    let is_private = disk::is_private(file, path).unwrap_or(true);
    let not_private = (!is_private).then(|| words::not_private().to_owned());
    synced::warning_on_disk(disk::folder_of(path)).into_iter().chain(not_private).collect()
}
