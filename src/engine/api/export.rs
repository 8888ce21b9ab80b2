//! Exports of a whole project: how to start one, and what is seen of it.

use crate::case::{CurrentStatus, Run, RunId};
use crate::gitlab::UploadTo;

use super::job::JobWatch;

/// How to start an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Overrides the description inside the archive only.
    pub description: Option<String>,
    pub upload: Option<UploadTo>,
    /// The explicit yes to losing the finished file that is there.
    pub replace: bool,
    /// The second yes: also where that file is of an export that was started here and never downloaded.
    pub replace_undownloaded: bool,
    /// Whoever asks waits for the file: a run of ours that has finished and was not downloaded is the answer, as it is
    /// after a crash, and no second run is started.
    pub collect: bool,
}

/// One look at a project's export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookView {
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    /// GitLab's word, untouched.
    pub server_word: String,
    pub standing: CurrentStatus,
    /// The run it belongs to, where this program knows one.
    pub run: Option<RunId>,
}

/// A run and what is true about it now.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    pub run: Run,
    pub standing: CurrentStatus,
    pub watch: JobWatch,
}
