//! Exports of a whole project: the options of a start, and what a front end shows of a run.

use crate::case::{BatchId, CurrentStatus, Run, RunId};
use crate::gitlab::UploadTo;

use super::job::JobWatch;

/// How to start an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Replaces the description inside the archive; the project keeps its own.
    pub description: Option<String>,
    pub upload: Option<UploadTo>,
    /// The user agreed to lose the existing export file.
    pub replace: bool,
    /// The user agreed a second time: also lose a file that was exported here and never downloaded.
    pub replace_undownloaded: bool,
    /// The caller wants the file itself. If a run of ours has finished and was not downloaded (for example after a
    /// crash), that run is the answer and no second one is started.
    pub collect: bool,
    /// The batch that asks, and the place of the project in it: two names of one project are exported once.
    pub in_batch: Option<(BatchId, usize)>,
}

/// The result of one check of a project's export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportStatusView {
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    /// GitLab status, unchanged.
    pub server_status: String,
    pub status: CurrentStatus,
    /// The run that the status belongs to, where this program knows it.
    pub run: Option<RunId>,
}

/// A run and its current state.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    pub run: Run,
    pub status: CurrentStatus,
    pub watch: JobWatch,
}
