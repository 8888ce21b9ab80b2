//! What is written down before a verified file gets its name: a crash between the name and the record of the download
//! loses nothing then.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive::{self, Limits, Report};
use crate::download;

use crate::engine::manifest::ManifestFile;

/// A verified file, a moment before it gets its name. The name and what was verified are one value, so that nothing
/// can be recorded of the one without the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRename {
    /// The name that it gets.
    pub path: PathBuf,
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
    /// The line of the manifest, for a file of a relations export.
    #[serde(skip)]
    pub line: Option<Box<ManifestFile>>,
}

impl PendingRename {
    /// An archive that was verified while it came.
    pub fn of_archive(path: PathBuf, report: &Report) -> Self {
        Self { path, bytes: report.bytes, sha256: report.sha256.clone(), line: None }
    }

    /// The archive's report, where the file got this name and nobody has changed it since. Reads it whole, on this
    /// thread.
    pub fn archive(&self) -> Option<Report> {
        let is_as_long = self.path.metadata().is_ok_and(|there| there.len() == self.bytes);
        let file =
            (is_as_long && download::has_its_name(&self.path)).then(|| File::open(&self.path).ok())??;
        let report = archive::verify(file, &limits(), &mut |_progress| ControlFlow::Continue(())).ok()?;
        (report.sha256 == self.sha256).then_some(report)
    }
}

/// Members are not listed: nobody looks at them here.
pub fn limits() -> Limits {
    Limits { max_members_kept: 0, stop_when_foreign: true, ..Limits::default() }
}
