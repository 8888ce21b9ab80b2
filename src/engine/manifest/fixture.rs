//! A line of a manifest, for tests.

use super::{FileKey, ManifestFile};

/// A file of five bytes and one record.
pub fn file(relation: &str, batch: Option<u64>) -> ManifestFile {
    let key = FileKey { relation: relation.to_owned(), batch };
    ManifestFile {
        relation: relation.to_owned(),
        batch,
        file: format!("{}.ndjson.gz", key.stem().unwrap()),
        bytes: 5,
        sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824".to_owned(),
        records: 1,
        unpacked_bytes: None,
        objects_count: Some(1),
        updated_at: None,
        warnings: Vec::new(),
    }
}
