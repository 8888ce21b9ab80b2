//! Archives that are rebuilt from the files of a relations export.

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
pub use crate::archive::build::LeftOut;
use crate::case::{UserError, UtcMs};

use super::fill::{Filled, MembersChoice};
use super::receipt::Receipt;

/// How to rebuild.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// Path of the archive, which must not exist yet; `None` puts it beside the folder.
    pub output: Option<PathBuf>,
    /// Builds although something is missing. The result and the receipt list every gap.
    pub allow_gaps: bool,
    /// Relations that the user leaves out on purpose.
    pub without: Vec<String>,
    /// Which members go into the archive; `None` takes them as the folder has them.
    pub members: Option<MembersChoice>,
    /// First reads from GitLab what the relations export lacks. Without this, a build needs no network.
    pub fills: bool,
}

/// A part of the relations export that the folder does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// `all` where the whole list is missing.
    pub relation: String,
    pub batch: Option<u64>,
    pub why: GapReason,
}

impl Gap {
    /// What is missing and why, in one sentence.
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
    /// The code in JSON.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

/// The stage of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum BuildStage {
    #[default]
    Building,
    Verifying,
    /// Reads members, wiki and snippets from GitLab.
    Filling,
}

impl BuildStage {
    /// The code in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The stage in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Building => "Building the archive",
            Self::Verifying => "Verifying the archive",
            Self::Filling => "Reading members, wiki and snippets",
        }
    }
}

/// One build, running or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildView {
    /// The folder with the relation files.
    pub folder: PathBuf,
    /// The archive that is built. Its path identifies the build in commands.
    pub output: PathBuf,
    pub stage: BuildStage,
    /// Bytes read in this stage, and their total; 0 while the total is unknown.
    pub bytes: u64,
    pub total_bytes: u64,
    /// When this stage began.
    pub started_at: UtcMs,
    pub ended: Option<Result<Arc<BuiltArchive>, BuildFailed>>,
}

/// The result of a build that succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltArchive {
    pub report: Arc<Report>,
    pub receipt: Arc<Receipt>,
    pub gaps: Vec<Gap>,
    /// What was added to the relations export.
    pub filled: Vec<Filled>,
    pub left_out: Vec<LeftOut>,
    /// How many more were left out than the list shows.
    pub left_out_more: u64,
    /// Further remarks for the user, one sentence each.
    pub notes: Vec<String>,
}

/// Why a build failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFailed {
    pub trouble: UserError,
    /// The gaps, where they are the reason.
    pub gaps: Vec<Gap>,
}

impl From<UserError> for BuildFailed {
    fn from(trouble: UserError) -> Self {
        Self { trouble, gaps: Vec::new() }
    }
}
