//! Messages from the tasks of downloads to the engine's thread.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::archive::Report;
use crate::case::batch::ItemFile;
use crate::case::{DownloadId, UserError};

use super::pending_rename::PendingRename;
use crate::engine::manifest::ManifestFile;

/// One message of a task.
#[derive(Debug)]
pub enum DownloadsInput {
    /// A verified file is about to be renamed. The task waits for `recorded` before it renames the file.
    Rename {
        id: DownloadId,
        rename: PendingRename,
        recorded: oneshot::Sender<()>,
    },
    /// GitLab is asked for an archive after this wait.
    Asks {
        id: DownloadId,
        wait: Duration,
    },
    Ended {
        id: DownloadId,
        end: Box<TaskEnd>,
    },
}

/// A complete and verified file that has its final name.
#[derive(Debug)]
pub struct Downloaded {
    pub verified: Verified,
    /// The complete file existed already.
    pub already_complete: bool,
    /// How often the download resumed.
    pub resumed: u32,
    /// How often the download started over.
    pub restarted: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
}

/// The result of a verification.
#[derive(Debug)]
pub enum Verified {
    Archive { path: PathBuf, report: Box<Report> },
    RelationFile(ManifestFile),
}

/// Why there is no file.
#[derive(Debug)]
pub enum DownloadStop {
    /// The user cancelled the download; its bytes stay.
    Cancelled,
    Failed(UserError),
    /// The archive failed its verification and was moved to another name.
    Rejected {
        error: UserError,
        file: Box<ItemFile>,
    },
}

impl From<UserError> for DownloadStop {
    fn from(error: UserError) -> Self {
        Self::Failed(error)
    }
}

/// The result of a task.
pub type TaskEnd = Result<Downloaded, DownloadStop>;

impl Downloaded {
    /// Nothing had to be downloaded.
    pub fn there(verified: Verified) -> Self {
        Self {
            verified,
            already_complete: true,
            resumed: 0,
            restarted: 0,
            api_requests: 0,
            storage_requests: 0,
        }
    }

    pub fn bytes(&self) -> u64 {
        match &self.verified {
            Verified::Archive { report, .. } => report.bytes,
            Verified::RelationFile(file) => file.bytes,
        }
    }
}
