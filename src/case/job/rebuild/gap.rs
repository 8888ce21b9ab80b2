//! What a rebuilt archive would lack, compared with what GitLab listed.

use serde::{Deserialize, Serialize};

use crate::case::format::number_of;

/// A part of the relations export that the folder does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// `all` where the whole list is missing.
    pub relation: String,
    pub batch: Option<u64>,
    pub why: GapReason,
}

impl Gap {
    /// What is missing.
    pub fn name(&self) -> String {
        match self.batch {
            Some(number) => format!("{}, batch {number}", self.relation),
            None => self.relation.clone(),
        }
    }

    /// What is missing, then why.
    pub fn sentence(&self) -> String {
        format!("{}. {}", self.name(), self.why)
    }

    /// Whether GitLab itself did not write this part, so that only another relations export can bring it.
    pub fn is_of_gitlab(&self) -> bool {
        match self.why {
            GapReason::NotExported(_)
            | GapReason::RecordsMissing { .. }
            | GapReason::CountDiffers { .. }
            | GapReason::BatchesDiffer { .. }
            | GapReason::OtherRun { .. }
            | GapReason::NotListed => true,
            GapReason::NotDownloaded
            | GapReason::FileMissing
            | GapReason::FileChanged
            | GapReason::OtherExport
            | GapReason::ListUnknown => false,
        }
    }
}

/// Why something is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum GapReason {
    #[error("GitLab has not exported it: {0}.")]
    NotExported(String),
    #[error("The file was not downloaded.")]
    NotDownloaded,
    /// It was downloaded, and somebody has removed the file.
    #[error("The file was downloaded, but is no longer in the folder.")]
    FileMissing,
    /// It was read from GitLab, and is not what was read.
    #[error("Its file was changed or removed after it was read.")]
    FileChanged,
    #[error("The file belongs to a different export than the one that GitLab listed last.")]
    OtherExport,
    #[error("{}", records_missing(*written, *total))]
    RecordsMissing { written: u64, total: u64 },
    /// Only files of one record per line: the files in a tar are counted in several ways.
    #[error("GitLab counted {} in the file, but it contains {found}.", number_of(*counted, "record", "records"))]
    CountDiffers { counted: u64, found: u64 },
    #[error("GitLab counts {}, but lists {listed}.", number_of(*counted, "batch", "batches"))]
    BatchesDiffer { counted: u64, listed: u64 },
    /// Times in GitLab's notation.
    #[error("GitLab wrote it at {written}, and the newest part at {newest}: they are not from one export.")]
    OtherRun { written: String, newest: String },
    #[error("GitLab does not list the relation.")]
    NotListed,
    #[error(
        "The manifest in the folder does not contain GitLab's list. Download the relations again with this version."
    )]
    ListUnknown,
}

fn records_missing(written: u64, total: u64) -> String {
    if written > total {
        return format!("GitLab wrote {written} records, although it counts {total}.");
    }
    format!("GitLab wrote {written} of {total} records. It does not say which ones are missing.")
}

impl GapReason {
    /// The code in JSON.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
