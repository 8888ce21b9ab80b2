//! Messages from builds.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::engine::api::{BuildFailed, BuiltArchive};

/// A message from a build.
#[derive(Debug)]
pub enum BuildsInput {
    /// The archive is verified. The build gives it its name after `recorded` was sent.
    Naming { output: PathBuf, archive: Arc<BuiltArchive>, recorded: oneshot::Sender<()> },
    /// The build has ended.
    Ended { output: PathBuf, result: Result<Arc<BuiltArchive>, BuildFailed> },
}
