//! What a batch must know of its exports and downloads. The router reads it from their owners.

use std::collections::HashMap;

use crate::case::batch::DownloadSeen;
use crate::case::{DownloadId, Run, RunId, UserError};
use crate::engine::api::ItemProgress;

/// The exports and downloads that are asked about.
#[derive(Debug, Default)]
pub struct BatchQuery {
    pub runs: Vec<RunId>,
    pub downloads: Vec<DownloadId>,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct BatchFacts {
    pub runs: HashMap<RunId, RunFacts>,
    pub downloads: HashMap<DownloadId, (DownloadSeen, ItemProgress)>,
}

/// An export, and why it has failed or is no longer checked.
#[derive(Clone, Debug)]
pub struct RunFacts {
    pub run: Run,
    pub failed: Option<UserError>,
    /// Whoever asked for it is gone, and nobody's token polls it.
    pub is_left: bool,
}
