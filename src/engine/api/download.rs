//! Downloads: of archives, and of the files of relations exports.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::case::batch::ItemFile;
use crate::case::{CaseId, DownloadId, RelationsId, UserError, UtcMs};

use super::ask::Waiting;
use super::receipt::Receipt;

/// Where a download goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadTarget {
    /// Exactly this file; it must not exist.
    File(PathBuf),
    /// Into this folder, under the archive's own name; a number is added where that name is taken.
    Folder(PathBuf),
    /// Into the download folder of the settings.
    Default,
}

/// One download: an archive, or a file of a relations export.
#[derive(Clone, Debug, PartialEq)]
pub struct DownloadView {
    pub id: DownloadId,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    pub created_at: UtcMs,
    pub state: DownloadState,
    /// The final path, once it is known.
    pub path: Option<PathBuf>,
    pub folder: PathBuf,
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    pub bytes_per_s: u64,
    /// Download speed over the last minute, oldest first, one sample per second.
    pub speeds: Arc<[u32]>,
    pub seconds_left: Option<u64>,
    pub connections: u8,
    pub resumed: u32,
    pub restarted: u32,
    pub retries: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
    pub waiting: Option<Waiting>,
    /// The latest events, oldest first. A front end that reads slowly finds gaps by `seq`.
    pub lines: Arc<[DownloadLine]>,
    /// The receipt of a verified archive.
    pub done: Option<Arc<Receipt>>,
    /// Which file of a relations export it is; `None` for an archive.
    pub relation: Option<RelationFileFacts>,
    pub error: Option<UserError>,
    /// An archive that the verification has read to its end and found damaged, under the name it was moved to.
    pub rejected: Option<ItemFile>,
}

/// Which file of a relations export a download is, and the result of its verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationFileFacts {
    pub run: RelationsId,
    pub relation: String,
    /// Batch number, where the file is a batch.
    pub batch: Option<u64>,
    /// The folder already had the complete, unchanged file.
    pub already_complete: bool,
    pub sha256: Option<String>,
    /// Number of records in the file.
    pub records: Option<u64>,
    /// `count_differs`, and the codes of [`crate::archive::ProblemCode`].
    pub warnings: Vec<FileWarning>,
}

/// A warning about a file that is usable nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWarning {
    pub code: String,
    pub message: String,
}

/// An event of a download: a wait, a resume or a restart from the first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadLine {
    /// Counts the events of a download since the program started, from 1.
    pub seq: u64,
    /// One sentence; for a wait, only the reason.
    pub sentence: String,
    /// Duration of a wait, or `None` where the event is no wait; 0 means an immediate retry.
    pub wait_ms: Option<u64>,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DownloadState {
    /// Waits for its turn.
    Queued,
    Running,
    /// All bytes are downloaded, and the verification is still running.
    #[serde(rename = "proving")]
    #[strum(serialize = "proving")]
    Verifying,
    Paused,
    Done,
    Failed,
    Cancelled,
}

words!(DownloadState);

impl DownloadState {
    /// The state for a stored value. A value that a newer program wrote is shown as paused, so that the user decides.
    pub fn of_stored(word: &str) -> Self {
        word.parse().unwrap_or(Self::Paused)
    }

    /// Whether the download is running.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Verifying)
    }

    /// Whether the download is queued or running.
    pub fn is_moving(self) -> bool {
        self == Self::Queued || self.is_running()
    }

    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
