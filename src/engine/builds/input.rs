//! Messages from builds.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::case::UserError;
use crate::engine::api::{BuildFailed, BuiltArchive, FillReport};

/// A message from a build.
#[derive(Debug)]
pub enum BuildsInput {
    /// The archive is verified. The build gives it its name after `recorded` was sent.
    Naming { output: PathBuf, archive: Arc<BuiltArchive>, recorded: oneshot::Sender<()> },
    /// The build has ended.
    Ended { output: PathBuf, result: Result<Arc<BuiltArchive>, BuildFailed> },
    /// The parts that the relations export of a folder lacks were read.
    Filled { folder: PathBuf, result: Result<Arc<FillReport>, UserError> },
}
