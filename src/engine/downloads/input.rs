//! What the tasks of downloads tell the engine's thread.

use tokio::sync::oneshot;

use crate::case::TransferId;

use super::download_task::TaskEnd;
use super::pending_rename::PendingRename;

/// One thing that a task has to say.
#[derive(Debug)]
pub enum DownloadsInput {
    /// A verified file gets its name as soon as `recorded` says that it is written down.
    Rename {
        id: TransferId,
        rename: PendingRename,
        recorded: oneshot::Sender<()>,
    },
    Ended {
        id: TransferId,
        end: Box<TaskEnd>,
    },
}
