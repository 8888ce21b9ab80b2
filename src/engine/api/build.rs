//! Archives that are rebuilt from the files of a relations export.

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
pub use crate::archive::build::LeftOut;
use crate::case::{UserError, UtcMs};

use super::receipt::Receipt;

/// How to rebuild.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// The archive, which must not exist; `None` is beside the folder.
    pub output: Option<PathBuf>,
    /// Builds although something is missing; every gap is told in the result and the receipt.
    pub allow_gaps: bool,
    /// Relations that are left out on purpose.
    pub without: Vec<String>,
}

/// What a folder lacks of the relations export that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// `all` where the whole list is unknown.
    pub relation: String,
    pub batch: Option<u64>,
    pub why: GapReason,
}

impl Gap {
    /// What is missing and why, in a sentence.
    pub fn sentence(&self) -> String {
        match self.batch {
            Some(number) => format!("{}, batch {number}: {}", self.relation, self.why),
            None => format!("{}: {}", self.relation, self.why),
        }
    }
}

/// Why something is missing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum GapReason {
    #[error("GitLab has not exported it: {0}.")]
    NotExported(String),
    #[error("The file was not downloaded.")]
    NotDownloaded,
    #[error("The file is of another export than the one that GitLab listed last.")]
    OtherExport,
    #[error("GitLab wrote {written} of {total} records.")]
    RecordsMissing { written: u64, total: u64 },
    #[error("GitLab does not list it.")]
    NotListed,
    #[error("The folder does not say what GitLab listed. Download the relations again with this version.")]
    ListUnknown,
}

impl GapReason {
    /// The word in JSON.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

/// What a build is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum BuildStage {
    Building,
    Verifying,
}

impl BuildStage {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What is being done, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Building => "Building the archive",
            Self::Verifying => "Verifying the archive",
        }
    }
}

/// One build, running or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildView {
    /// The folder of relation files.
    pub folder: PathBuf,
    /// The archive that is built; names the build in commands.
    pub output: PathBuf,
    pub stage: BuildStage,
    /// Of this stage: how much was read, and how much there is; 0 of 0 before that is known.
    pub bytes: u64,
    pub total_bytes: u64,
    pub started_at: UtcMs,
    pub ended: Option<Result<Arc<BuiltArchive>, BuildFailed>>,
}

/// An archive that has its name.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltArchive {
    pub report: Arc<Report>,
    pub receipt: Arc<Receipt>,
    pub gaps: Vec<Gap>,
    pub left_out: Vec<LeftOut>,
    /// So many more were left out than are listed.
    pub left_out_more: u64,
    /// What a person should know besides, in sentences.
    pub notes: Vec<String>,
}

/// Why there is no archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFailed {
    pub trouble: UserError,
    /// What is missing, where that is why.
    pub gaps: Vec<Gap>,
}

impl From<UserError> for BuildFailed {
    fn from(trouble: UserError) -> Self {
        Self { trouble, gaps: Vec::new() }
    }
}
