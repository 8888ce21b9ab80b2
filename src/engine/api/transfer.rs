//! Downloads of archives.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::case::{CaseId, TransferId, Trouble, UtcMs};

use super::ask::Waiting;
use super::receipt::Receipt;

/// Where a download goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Exactly this file; it must not exist.
    File(PathBuf),
    /// Into this folder, by the archive's own name, made free by a number where taken.
    Folder(PathBuf),
    /// The folder of the settings.
    Default,
}

/// One download.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferView {
    pub id: TransferId,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    pub created_at: UtcMs,
    pub state: TransferState,
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
    pub done: Option<Arc<Receipt>>,
    pub trouble: Option<Trouble>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TransferState {
    /// Waits for its turn.
    Queued,
    Running,
    /// All bytes are here; the rest of the archive is being proven.
    Proving,
    Paused,
    Done,
    Failed,
    Cancelled,
}

words!(TransferState);

impl TransferState {
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
