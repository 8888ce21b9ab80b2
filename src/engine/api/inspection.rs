//! Archives on disk under the glass.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use crate::archive::{BundleReport, Member, MemberKind, Members, Report};
use crate::case::UserError;

use super::receipt::Receipt;

/// An archive on disk under the glass.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectionView {
    pub path: PathBuf,
    pub file_bytes: u64,
    pub walked_bytes: u64,
    /// Objects of bundles checked in depth, after all bytes were read.
    pub deep_objects: u64,
    /// Present when the walk has ended well or badly.
    pub ended: Option<Result<Arc<Report>, UserError>>,
    pub receipt: Option<Arc<Receipt>>,
    /// Counts beside those of a live project, or why they could not be asked; absent where nobody asked.
    pub against: Option<Result<Arc<[RelationCount]>, UserError>>,
}

/// The project an archive is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveProject {
    pub instance: String,
    /// Number, full path or URL.
    pub project: String,
}

/// One relation, counted in the archive and in the live project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationCount {
    pub relation: String,
    pub archive: u64,
    /// `None` where GitLab does not tell: it names no totals above 10,000, or the token may not list them.
    pub live: Option<u64>,
    /// What a difference can mean, or why there is no number, in a sentence.
    #[serde(default)]
    pub note: Option<String>,
}
