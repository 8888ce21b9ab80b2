//! Results of builds.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::api::{BuildFailed, BuiltArchive};

/// A build has ended.
#[derive(Debug)]
pub struct BuildsInput {
    pub output: PathBuf,
    pub result: Result<Arc<BuiltArchive>, BuildFailed>,
}
