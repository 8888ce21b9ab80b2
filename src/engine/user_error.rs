//! Turns internal errors into what the user reads: headline, next step, code.

use std::path::Path;

use serde_json::error::Category;

use crate::case::{Code, Hint, Refusal, RelationsHint, UserError, format};
use crate::download::{Failed, RangeRefusal};
use crate::gitlab::InstanceError;
use crate::platform::words;

use super::api::SET_ENDING;
use super::refusals::of_gitlab;

/// The error for an invalid instance URL.
pub fn of_instance(error: &InstanceError) -> UserError {
    UserError::new(Code::Usage, error.to_string(), "Use the base URL, for example https://gitlab.com.")
}

/// The error for an action that a rule of the workflow forbids.
pub fn of_refusal(refusal: &Refusal) -> UserError {
    UserError::new(refusal.code(), refusal.headline.clone(), refusal.hint.clone())
}

/// The error for a download that ended without its file.
pub fn of_download(failed: &Failed) -> UserError {
    let sentence = |code, hint: &str| UserError::new(code, capital(&failed.to_string()), hint);
    match failed {
        Failed::Api(error) => of_gitlab(error),
        Failed::TargetExists(_) => sentence(Code::Refused, "Name another file, or a folder."),
        Failed::TargetUnusable(_) => sentence(Code::Usage, "Name a file or a folder."),
        Failed::NotUnicode(_) => {
            sentence(Code::Usage, "Name a file or a folder whose path is valid UTF-8, or rename the folder.")
        }
        Failed::NameTooLong { .. } => sentence(Code::Usage, "Choose a shorter file name."),
        Failed::PartGone(_) => sentence(
            Code::Local,
            "Make sure that no other program writes to this folder, then start the download again.",
        ),
        Failed::FileTooLarge(_) => sentence(
            Code::Local,
            "Choose a folder on another file system, or raise the limit (`ulimit -f`). The downloaded part is kept.",
        ),
        Failed::InUse(_) => sentence(Code::Local, "Wait for the other download, or name another file."),
        Failed::DiskFull { folder, needed_bytes, available_bytes } => UserError::new(
            Code::Local,
            format!(
                "The disk of {} has {} free, but the download needs {}.",
                folder.display(),
                format::bytes(*available_bytes),
                needed_bytes.map_or_else(|| "more".to_owned(), format::bytes)
            ),
            Hint::MakeRoom,
        ),
        Failed::NoPermission(_) => sentence(Code::Local, "Choose a folder that you can write to."),
        Failed::DeniedBySystem { hint, .. } => sentence(Code::Local, hint),
        Failed::Disk { .. } => sentence(
            Code::Local,
            "Check the disk, then start the download again. What is certainly on the disk is kept.",
        ),
        Failed::Unexpected { refusal, .. } => of_judged(failed, refusal),
        Failed::Incomplete { have_bytes: 0, .. } => sentence(
            Code::DownloadIncomplete,
            "Check the network, the VPN and the proxy, then start it again.",
        ),
        Failed::Incomplete { .. } | Failed::Cancelled { .. } => {
            sentence(Code::DownloadIncomplete, "Start the download again. It resumes where it stopped.")
        }
        Failed::VerificationStopped => {
            UserError::new(Code::Internal, capital(&failed.to_string()), Hint::ReportDefect)
        }
    }
}

fn of_judged(failed: &Failed, refusal: &RangeRefusal) -> UserError {
    let code = match refusal {
        RangeRefusal::LinkExpired(_) | RangeRefusal::Busy(_) => Code::DownloadIncomplete,
        _ => Code::UnexpectedAnswer,
    };
    UserError::new(
        code,
        capital(&failed.to_string()),
        "The downloaded part is kept. Retry; if it fails again, check the proxies between you and GitLab.",
    )
}

/// The error for a state that cannot occur, instead of a panic.
pub fn defect() -> UserError {
    UserError::new(Code::Internal, "Internal error.", Hint::ReportDefect)
}

const NAME_ARCHIVE: &str = "Name a project archive, usually *_export.tar.gz.";

/// The error for an archive that cannot be opened or does not exist.
pub fn unopened(path: &Path, error: &std::io::Error) -> UserError {
    unopened_with(path, error, NAME_ARCHIVE)
}

/// The same for any file, with the next step.
pub fn unopened_with(path: &Path, error: &std::io::Error, hint: &str) -> UserError {
    if let Some(hint) = words::denied_hint(error) {
        return UserError::new(
            Code::Local,
            format!("The system does not let Export Desk read {}.", path.display()),
            hint,
        );
    }
    let headline = if error.kind() == std::io::ErrorKind::NotFound {
        format!("There is no such file: {}.", path.display())
    } else {
        format!("{} cannot be read: {error}.", path.display())
    };
    UserError::new(Code::Local, headline, hint)
}

/// The error for an archive that exists but cannot be read.
pub fn unreadable(path: &Path, why: &str) -> UserError {
    UserError::new(Code::Local, format!("{} cannot be read: {why}.", path.display()), NAME_ARCHIVE)
}

/// Whether the user may have no access to a tracker. GitLab gives the same answer for a tracker that does not exist.
pub fn is_no_access(error: &UserError) -> bool {
    matches!(error.code, Code::RoleTooLow | Code::AccessDenied | Code::NotFoundOrNoAccess)
}

/// A phrase as a sentence: with a capital letter.
pub fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// Refuses the list of a set where an archive is meant.
pub fn refuse_set_list(path: &Path) -> Result<(), UserError> {
    if !path.to_string_lossy().ends_with(SET_ENDING) || !path.is_file() {
        return Ok(());
    }
    let headline = format!("{} is the list of a set, and not an archive.", path.display());
    Err(UserError::new(Code::Usage, headline, RelationsHint::ImportSet))
}

/// What is wrong with a file that should be JSON, as the end of a sentence.
pub fn json_fault(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => format!("it ends too early, in line {}", error.line()),
        Category::Syntax | Category::Io => format!("it is not JSON, see line {}", error.line()),
        // The library names our own types.
        Category::Data => format!("it lacks an expected field or value, see line {}", error.line()),
    }
}
