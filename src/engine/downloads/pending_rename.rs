//! What is recorded before a verified file gets its final name, so that a crash between the rename and the record of
//! the download loses nothing.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive::{self, Limits, Report};
use crate::download;

use crate::engine::manifest::ManifestFile;

/// A verified file just before its rename. Name and verification result are one value, so that neither is recorded
/// without the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRename {
    /// The new name.
    pub path: PathBuf,
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
    /// The manifest entry, for a file of a relations export.
    #[serde(skip)]
    pub line: Option<Box<ManifestFile>>,
}

impl PendingRename {
    /// An archive that was verified during its download.
    pub fn of_archive(path: PathBuf, report: &Report) -> Self {
        Self { path, bytes: report.bytes, sha256: report.sha256.clone(), line: None }
    }

    /// The archive's report, if the file has this name and was not changed since. Reads the whole file on the calling
    /// thread.
    pub fn archive(&self) -> Option<Report> {
        let is_as_long = self.path.metadata().is_ok_and(|there| there.len() == self.bytes);
        let file =
            (is_as_long && download::has_its_name(&self.path)).then(|| File::open(&self.path).ok())??;
        let report = archive::verify(file, &limits(), &mut |_progress| ControlFlow::Continue(())).ok()?;
        (report.sha256 == self.sha256).then_some(report)
    }
}

/// Members are not listed, because nobody reads the list here.
pub fn limits() -> Limits {
    Limits { max_members_kept: 0, stop_when_foreign: true, ..Limits::default() }
}
