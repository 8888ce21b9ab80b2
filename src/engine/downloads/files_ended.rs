//! The end of the requested files of a relations export, for whoever waits for all of them.

use crate::case::{RelationsId, UserError};
use crate::engine::api::DownloadState;

use super::Downloads;
use super::file_download::FileDownload;

/// How the requested files ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesEnded {
    /// Every file is in the folder and verified.
    Complete,
    /// At least one failed; its error.
    Failed(UserError),
    /// The user cancelled at least one.
    Cancelled,
}

impl FilesEnded {
    /// How the requested files ended; `None` while any is queued, downloading or paused, while GitLab's
    /// list is read again, or where none was requested.
    pub fn of(downloads: &Downloads, run: RelationsId) -> Option<Self> {
        let files = downloads.relations.get(&run)?;
        if files.is_confirming || !downloads.files.counts(files.lane()).is_over() {
            return None;
        }
        let all: Vec<_> = files.ids().filter_map(|id| downloads.files.get(id)).collect();
        let is = |state| move |one: &&&FileDownload| one.state == state;
        let failed = all.iter().find(is(DownloadState::Failed)).and_then(|one| one.error.clone());
        Some(match failed.or_else(|| files.error.clone()) {
            Some(error) => Self::Failed(error),
            None if all.iter().any(|one| one.state == DownloadState::Cancelled) => Self::Cancelled,
            None => Self::Complete,
        })
    }
}
