//! What the tasks of downloads tell the engine's thread.

use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::archive::Report;
use crate::case::{TransferId, UserError};

use super::pending_rename::PendingRename;
use crate::engine::manifest::ManifestFile;

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

/// A file that came whole, was verified and has its name.
#[derive(Debug)]
pub struct Downloaded {
    pub verified: Verified,
    /// It was there already, whole.
    pub was_there: bool,
    /// Times it went on from bytes it had.
    pub resumed: u32,
    /// Times it began with the first byte again.
    pub restarted: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
}

/// What a file turned out to be.
#[derive(Debug)]
pub enum Verified {
    Archive { path: PathBuf, report: Box<Report> },
    RelationFile(ManifestFile),
}

/// Why there is no file.
#[derive(Debug)]
pub enum DownloadStop {
    /// The person ended it; its bytes stay.
    Cancelled,
    Failed(UserError),
}

impl From<UserError> for DownloadStop {
    fn from(trouble: UserError) -> Self {
        Self::Failed(trouble)
    }
}

/// How a task ends.
pub type TaskEnd = Result<Downloaded, DownloadStop>;

impl Downloaded {
    /// Nothing had to be brought.
    pub fn there(verified: Verified) -> Self {
        Self { verified, was_there: true, resumed: 0, restarted: 0, api_requests: 0, storage_requests: 0 }
    }

    pub fn bytes(&self) -> u64 {
        match &self.verified {
            Verified::Archive { report, .. } => report.bytes,
            Verified::RelationFile(file) => file.bytes,
        }
    }
}
