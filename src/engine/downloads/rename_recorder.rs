//! How a task asks the engine's thread to record what must outlive the program.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::case::DownloadId;
use crate::engine::input::EngineInput;

use super::input::DownloadsInput;
use super::pending_rename::PendingRename;

/// Records new file names before the rename.
#[derive(Clone, Debug)]
pub struct RenameRecorder {
    pub id: DownloadId,
    pub inputs: mpsc::Sender<EngineInput>,
}

impl RenameRecorder {
    /// GitLab is about to be asked for the file, within its limit. Never blocks: where the record comes too late, the next
    /// program meets a 429 and waits.
    pub fn asks_after(&self, wait: Duration) {
        self.inputs.try_send(EngineInput::Downloads(DownloadsInput::Asks { id: self.id, wait })).ok();
    }

    /// Returns when the engine's thread has recorded the name, or when that thread is gone: the file is complete and
    /// is renamed in both cases. Blocks this thread.
    pub fn record(&self, rename: PendingRename) {
        let (recorded, wait) = oneshot::channel();
        let input = DownloadsInput::Rename { id: self.id, rename, recorded };
        if self.inputs.blocking_send(EngineInput::Downloads(input)).is_ok() {
            wait.blocking_recv().ok();
        }
    }
}
