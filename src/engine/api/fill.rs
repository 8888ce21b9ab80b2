//! What an archive needs besides the relations export, read from GitLab through other calls.

use std::path::PathBuf;
use std::sync::Arc;

pub use crate::case::MembersChoice;
pub use crate::case::rebuild::Filled;
use crate::case::{UserError, UtcMs};

use super::build::LeftOut;

/// What was read for a folder, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FillReport {
    pub filled: Vec<Filled>,
    pub left_out: Vec<LeftOut>,
}

/// The reading of one folder's parts, running or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct FillView {
    /// The folder with the relation files. Its path identifies the reading in commands.
    pub folder: PathBuf,
    /// Bytes of repositories received so far.
    pub bytes: u64,
    pub started_at: UtcMs,
    pub ended: Option<Result<Arc<FillReport>, UserError>>,
}
