//! Whether the archives of a batch are still where they were saved, with the bytes that were verified. Reads files, so it
//! runs on a disk thread before a person continues a batch.

use std::collections::BTreeMap;
use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use crate::archive::sha256;
use crate::case::batch::{ArchiveOnDisk, ItemFile};

/// What became of each archive, by its place in the batch.
pub type ArchivesOnDisk = BTreeMap<usize, ArchiveOnDisk>;

/// Looks at each archive.
pub fn look(files: Vec<(usize, ItemFile)>) -> ArchivesOnDisk {
    files.into_iter().map(|(place, file)| (place, look_at(&file))).collect()
}

/// Reads a file of the same size only where it was written after its verification.
fn look_at(file: &ItemFile) -> ArchiveOnDisk {
    let Ok(facts) = std::fs::metadata(&file.path) else { return ArchiveOnDisk::Gone };
    if !facts.is_file() || facts.len() != file.bytes {
        return ArchiveOnDisk::Changed;
    }
    let verified = file.verified_at.map(|at| UNIX_EPOCH + Duration::from_millis(at.0.max(0).unsigned_abs()));
    let is_older = |verified| facts.modified().is_ok_and(|written| written <= verified);
    if verified.is_some_and(is_older) {
        return ArchiveOnDisk::AsVerified;
    }
    match File::open(&file.path).and_then(sha256) {
        Ok(found) if found == file.sha256 => ArchiveOnDisk::AsVerified,
        // One that cannot be read is not said to be good.
        Ok(_) | Err(_) => ArchiveOnDisk::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::UtcMs;

    #[test]
    fn an_archive_is_read_again_where_it_was_written_after_its_verification() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        std::fs::write(&path, b"verified").unwrap();
        let written = File::open(&path).unwrap().metadata().unwrap().modified().unwrap();
        let written = written.duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
        let mut file = ItemFile {
            path: path.display().to_string(),
            bytes: 8,
            sha256: sha256(&b"verified"[..]).unwrap(),
            verdict: "importable".into(),
            verified_at: Some(UtcMs(written - 10)),
        };
        assert_eq!(look_at(&file), ArchiveOnDisk::AsVerified, "touched, with the same bytes");
        std::fs::write(&path, b"verifieD").unwrap();
        assert_eq!(look_at(&file), ArchiveOnDisk::Changed, "the same size");
        file.verified_at = None;
        assert_eq!(look_at(&file), ArchiveOnDisk::Changed, "of an earlier version of the program");
        file.verified_at = Some(UtcMs(written + 60_000_000));
        assert_eq!(look_at(&file), ArchiveOnDisk::AsVerified, "not read: it is older than its verification");
        std::fs::write(&path, b"cut").unwrap();
        assert_eq!(look_at(&file), ArchiveOnDisk::Changed);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(look_at(&file), ArchiveOnDisk::Gone);
    }
}
