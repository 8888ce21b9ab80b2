//! How a download can fail, each with the sentence that the user reads.

use std::io;
use std::path::{Path, PathBuf};

use super::judge::RangeRefusal;
use super::name;
use crate::gitlab;
use crate::platform::words;

/// Why there is no file. The `.part` file is kept, except for the first variants, which occur before any byte
/// arrives.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("{} exists already and was not overwritten", .0.display())]
    TargetExists(PathBuf),
    #[error("{} cannot be used as a file name", .0.display())]
    TargetUnusable(PathBuf),
    #[error("the path {} is not valid Unicode", .0.display())]
    NotUnicode(PathBuf),
    /// The name leaves no room for the suffixes of the files beside it.
    #[error("the name of {} is longer than {most} bytes", path.display())]
    NameTooLong { path: PathBuf, most: usize },
    /// Another program moved, replaced, changed or deleted the partial file, so the file that would get the final name
    /// was never verified.
    #[error("another program moved, replaced, changed or deleted {} during the download", .0.display())]
    PartGone(PathBuf),
    #[error("another download is writing {}", .0.display())]
    InUse(PathBuf),
    /// `needed_bytes` is absent where GitLab has not told the size of the file.
    #[error("the disk of {} has {available_bytes} bytes free, and the download needs more", folder.display())]
    DiskFull { folder: PathBuf, needed_bytes: Option<u64>, available_bytes: u64 },
    /// A limit of the file system or of the account (`ulimit -f`).
    #[error("{} would be larger than the file system or a limit of this account allows", .0.display())]
    FileTooLarge(PathBuf),
    #[error("no permission to write {}", .0.display())]
    NoPermission(PathBuf),
    /// The privacy settings of the system.
    #[error("the system does not let Export Desk use {}", path.display())]
    DeniedBySystem { path: PathBuf, hint: &'static str },
    #[error("{} cannot be written: {error}", path.display())]
    Disk { path: PathBuf, error: io::Error },
    /// GitLab's own error (token, role, no file), a rate limit or a missing file that lasted too long, or a forbidden
    /// redirect. The error's kind tells which.
    #[error(transparent)]
    Api(Box<gitlab::Error>),
    /// The server repeatedly answered with something other than the file.
    #[error("the download failed without progress (tries: {tries}): {refusal}")]
    Unexpected { refusal: RangeRefusal, tries: u32 },
    /// The network failed repeatedly.
    #[error("the download failed without progress (tries: {tries}), and {have_bytes} bytes are kept: {why}")]
    Incomplete { have_bytes: u64, total_bytes: Option<u64>, tries: u32, why: String },
    #[error("the download was cancelled, and {have_bytes} bytes are kept")]
    Cancelled { have_bytes: u64 },
    /// The verification panicked or was never called: a bug in this program.
    #[error("the verification stopped unexpectedly")]
    VerificationStopped,
}

impl Failed {
    /// Classifies an error of the file system. A full disk is reported with its free space.
    pub fn from_io(path: &Path, error: io::Error) -> Self {
        if let Some(hint) = words::denied_hint(&error) {
            return Self::DeniedBySystem { path: path.to_owned(), hint };
        }
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull {
                folder: path.parent().unwrap_or(path).to_owned(),
                needed_bytes: None,
                available_bytes: 0,
            },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoPermission(path.to_owned())
            }
            io::ErrorKind::FileTooLarge => Self::FileTooLarge(path.to_owned()),
            io::ErrorKind::InvalidFilename => {
                Self::NameTooLong { path: path.to_owned(), most: name::MOST_TARGET_NAME_BYTES }
            }
            _ => Self::Disk { path: path.to_owned(), error },
        }
    }
}

impl From<gitlab::Error> for Failed {
    fn from(error: gitlab::Error) -> Self {
        Self::Api(Box::new(error))
    }
}
