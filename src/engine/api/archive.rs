//! Archives that have been kept long enough.

use std::path::PathBuf;

use crate::case::{CaseId, TransferId, UtcMs};

/// A downloaded archive that may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldArchive {
    pub transfer: TransferId,
    pub path: PathBuf,
    pub bytes: u64,
    pub case_id: Option<CaseId>,
    pub project_path: String,
    /// When it was proven.
    pub at: UtcMs,
    pub why: WhyOld,
}

/// Why an archive is offered for deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyOld {
    /// It is older than archives are kept.
    Kept { days: u64 },
    /// The private data of its case was deleted; the archive is full of it.
    CaseCleaned,
}
