//! Downloads: of archives, and of the files of relations exports.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::case::{CaseId, RelationsId, TransferId, UserError, UtcMs};

use super::ask::Waiting;
use super::receipt::Receipt;

/// Where a download goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadTarget {
    /// Exactly this file; it must not exist.
    File(PathBuf),
    /// Into this folder, by the archive's own name, made free by a number where taken.
    Folder(PathBuf),
    /// The folder of the settings.
    Default,
}

/// One download: an archive, or a file of a relations export.
#[derive(Clone, Debug, PartialEq)]
pub struct DownloadView {
    pub id: TransferId,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    pub created_at: UtcMs,
    pub state: DownloadState,
    /// The final name once it is known.
    pub path: Option<PathBuf>,
    pub folder: PathBuf,
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    pub bytes_per_s: u64,
    /// Speed of the last minute, oldest first, a sample a second.
    pub speeds: Arc<[u32]>,
    pub seconds_left: Option<u64>,
    pub connections: u8,
    pub resumed: u32,
    pub restarted: u32,
    pub retries: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
    pub waiting: Option<Waiting>,
    /// The last things that happened, oldest first. `seq` tells a slow reader what it missed.
    pub told: Arc<[TransferEvent]>,
    /// What was verified of an archive.
    pub done: Option<Arc<Receipt>>,
    /// Which file of a relations export it is; `None` for an archive.
    pub relation: Option<RelationFileFacts>,
    pub trouble: Option<UserError>,
}

/// Which file of a relations export a download is, and what was verified of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationFileFacts {
    pub run: RelationsId,
    pub relation: String,
    /// Number of the batch, where it is one.
    pub batch: Option<u64>,
    /// It lay in the folder already, whole and the same.
    pub was_there: bool,
    pub sha256: Option<String>,
    /// Records found in it.
    pub records: Option<u64>,
    /// `count_differs`, and the codes of [`crate::archive::ProblemCode`].
    pub warnings: Vec<FileWarning>,
}

/// Something that is odd about a file that is good all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWarning {
    pub code: String,
    pub message: String,
}

/// One thing that happened to a transfer: a wait, a resume, a new beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferEvent {
    /// Counts the events of a transfer since the program's start, from 1.
    pub seq: u64,
    /// One sentence; for a wait its reason alone.
    pub sentence: String,
    /// How long it waits, where it is a wait; 0 where it tries again at once.
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
    /// All bytes are here; the rest of the archive is being proven.
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
    /// The state behind a word of the store; a word of a newer program waits for a person.
    pub fn of_stored(word: &str) -> Self {
        word.parse().unwrap_or(Self::Paused)
    }

    /// Whether it is on its way.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Verifying)
    }

    /// Whether it waits for its turn or is on its way.
    pub fn is_moving(self) -> bool {
        self == Self::Queued || self.is_running()
    }

    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
