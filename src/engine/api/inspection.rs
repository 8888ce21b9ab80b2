//! Verification of archives on disk.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use crate::archive::{BundleReport, Member, MemberKind, Members, Report};
use crate::case::UserError;

use super::receipt::Receipt;

/// The verification of one archive on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectionView {
    pub path: PathBuf,
    pub file_bytes: u64,
    pub walked_bytes: u64,
    /// Git objects checked so far, once all bytes were read (a deep verification only).
    pub deep_objects: u64,
    /// The result, once the verification has ended.
    pub ended: Option<Result<Arc<Report>, UserError>>,
    pub receipt: Option<Arc<Receipt>>,
    /// The counts compared with a live project, or why they could not be read; `None` where no comparison was
    /// requested.
    pub against: Option<Result<Arc<[RelationCount]>, UserError>>,
}

/// The project an archive is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveProject {
    pub instance: String,
    /// ID, full path or URL.
    pub project: String,
}

/// The count of one relation in the archive and in the live project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationCount {
    pub relation: String,
    pub archive: u64,
    /// `None` where GitLab does not tell: it reports no totals above 10,000, or the token may not list the records.
    pub live: Option<u64>,
    /// What a difference can mean, or why there is no count, in one sentence.
    #[serde(default)]
    pub note: Option<String>,
}
