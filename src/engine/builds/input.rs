//! Results of builds.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::UserError;
use crate::engine::api::{BuildFailed, BuiltArchive, FillReport};

/// A task of the builds has ended.
#[derive(Debug)]
pub enum BuildsInput {
    Built {
        output: PathBuf,
        result: Result<Arc<BuiltArchive>, BuildFailed>,
    },
    /// The parts that the relations export of a folder lacks were read.
    Filled {
        folder: PathBuf,
        result: Result<Arc<FillReport>, UserError>,
    },
}
