//! Why an archive was not built.

use std::io;
use std::path::PathBuf;

/// Why an archive was not built. The partial archive is deleted.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("{} could not be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the archive could not be written: {0}")]
    Write(io::Error),
    /// The file is not the one that was downloaded and verified.
    #[error("{} is a different file than the one that was downloaded", path.display())]
    Changed { path: PathBuf },
    /// The file was verified after its download, but cannot be read now: a defect of ours or of the disk.
    #[error("{} cannot be unpacked: {why}", path.display())]
    Corrupt { path: PathBuf, why: String },
    /// One such line makes the whole import fail (`Gitlab::ImportExport::Json::NdjsonReader`).
    #[error("{}, line {line}: {fault}", of_batch(relation, *batch))]
    Line { relation: String, batch: Option<u64>, line: u64, fault: JoinFault },
    /// The relation is rewritten in memory, and has too much for that.
    #[error("{relation} has more than {} MiB", most_bytes >> 20)]
    TooMany { relation: String, most_bytes: u64 },
    /// The relation `self` becomes `tree/project.json`, without which GitLab imports nothing.
    #[error("the relation self is missing or empty")]
    NoProject,
    #[error("the build was cancelled")]
    Cancelled,
}

/// What is wrong with a line of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinFault {
    #[error("the line is blank")]
    Blank,
    #[error("the batch ends without a newline, and another batch follows")]
    NoNewline,
    #[error("the file ends without a newline, so it is cut off")]
    CutOff,
    #[error("the line has more than 50 MiB")]
    TooLong,
}

fn of_batch(relation: &str, batch: Option<u64>) -> String {
    batch.map_or_else(|| relation.to_owned(), |number| format!("{relation}, batch {number}"))
}
