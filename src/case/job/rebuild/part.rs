//! The archives of a set.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::case::format;

/// One archive of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltPart {
    pub path: PathBuf,
    /// The relation of a slice; `None` for the base archive.
    pub relation: Option<String>,
    /// Records of the relation in this slice.
    pub records: u64,
    pub bytes: u64,
    pub sha256: String,
}

impl BuiltPart {
    /// The part in a receipt, as a sentence.
    pub fn sentence(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let what = match &self.relation {
            None => "base archive".to_owned(),
            Some(relation) => format!("{} records of {relation}", self.records),
        };
        format!("{name}: {what}, {}, SHA-256 {}", format::bytes(self.bytes), self.sha256)
    }
}
