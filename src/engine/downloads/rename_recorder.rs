//! The way of a task to the engine's thread, which writes down what a file is about to be called.

use tokio::sync::{mpsc, oneshot};

use crate::case::TransferId;
use crate::engine::input::EngineInput;

use super::input::DownloadsInput;
use super::pending_rename::PendingRename;

/// Has names written down before files get them.
#[derive(Clone, Debug)]
pub struct RenameRecorder {
    pub id: TransferId,
    pub inputs: mpsc::Sender<EngineInput>,
}

impl RenameRecorder {
    /// Returns when the engine's thread has written it down, or has gone: the file is named all the same then, it is
    /// whole. Blocks this thread.
    pub fn record(&self, rename: PendingRename) {
        let (recorded, wait) = oneshot::channel();
        let input = DownloadsInput::Rename { id: self.id, rename, recorded };
        if self.inputs.blocking_send(EngineInput::Downloads(input)).is_ok() {
            wait.blocking_recv().ok();
        }
    }
}
