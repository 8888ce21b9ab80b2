//! One export run of one project, and what is true about it.
//!
//! GitLab's word is kept as it came. Ours is derived from it *and from the history of this run*, because
//! the word alone misleads: the job row is made by the worker, not by the POST, so `none` or an old
//! `failed` right after scheduling says nothing yet; a run that dies while the archive is assembled goes
//! from `started` to `none` and never says `failed` (`app/models/project.rb`, `ParallelExportService`).

use serde::{Deserialize, Serialize};

use super::time::UtcMs;

/// The store's number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// Our word for where a run stands; the words are fixed by `../shared/cli.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing was asked for, and GitLab has nothing.
    Idle,
    /// We asked; GitLab has not shown the job yet.
    Requested,
    Queued,
    Running,
    /// A file of this run can be downloaded.
    Ready,
    Failed,
    /// GitLab says a word this program does not know; it is shown and watched.
    Unknown,
}
