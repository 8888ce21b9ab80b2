//! From what went wrong below to what a person is told: headline, next step, code.

use std::path::Path;

use crate::case::{Code, Hint, Refusal, UserError, format};
use crate::download::{Failed, RangeRefusal};
use crate::gitlab::{Error, ErrorKind, InstanceError, ProjectKeyError};

/// A failed call.
pub fn of_gitlab(error: &Error) -> UserError {
    let mut headline = error.kind.to_string();
    match (&error.kind, &error.said) {
        // Nobody has answered: these are the words of this machine.
        (ErrorKind::Connect | ErrorKind::Dns | ErrorKind::Tls, Some(cause)) => {
            headline = format!("{}: {}.", headline.trim_end_matches('.'), cause.trim_end_matches('.'));
        }
        (kind, Some(said)) if quotes(kind) => {
            headline = format!("{} GitLab's message: “{said}”.", headline.trim_end());
        }
        _ => {}
    }
    UserError::new(code(&error.kind), headline, hint(&error.kind))
        .with_correlation_id(error.correlation_id.clone())
}

/// Whether GitLab's own words tell more than ours.
fn quotes(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Server { .. }
            | ErrorKind::UnexpectedAnswer { .. }
            | ErrorKind::Forbidden
            | ErrorKind::SizeLimit
            | ErrorKind::NotFound
    )
}

fn code(kind: &ErrorKind) -> Code {
    use ErrorKind as K;
    match kind {
        K::Usage(_) | K::Parameter(_) | K::UploadUrlRefused(_) | K::ProjectMoved => Code::Usage,
        K::Conflict(_) => Code::Refused,
        K::TokenRejected | K::TokenRevoked => Code::TokenRejected,
        K::TokenExpired => Code::TokenExpired,
        K::ScopeMissing { .. } => Code::ScopeMissing,
        K::RoleTooLow | K::Forbidden => Code::RoleTooLow,
        K::ProjectNotFoundOrNoAccess | K::NotFound => Code::NotFoundOrNoAccess,
        K::ExportDisabled | K::RelationsDisabled => Code::ExportDisabled,
        K::NoExportFile => Code::NoExportFile,
        K::FileNotReady | K::WorkhorseFileMissing => Code::FileNotReady,
        K::SizeLimit | K::TooLarge => Code::SizeLimit,
        K::RateLimited { .. } => Code::RateLimited,
        K::HtmlInsteadOfJson { .. }
        | K::EmptyBody { .. }
        | K::UnexpectedAnswer { .. }
        | K::RedirectLoop
        | K::RedirectToHttp
        | K::RedirectRefused(_) => Code::UnexpectedAnswer,
        K::Server { .. } | K::Connect | K::TimedOut { .. } | K::NoAnswer | K::Cut | K::Dns | K::Tls => {
            Code::Network
        }
        K::Local(_) => Code::Local,
        K::StorageDenied { .. } => Code::DownloadIncomplete,
    }
}

fn hint(kind: &ErrorKind) -> Hint {
    use ErrorKind as K;
    let sentence = match kind {
        K::Forbidden => return Hint::CheckToken,
        K::Tls => return Hint::NameCaFile,
        K::Usage(_) | K::Parameter(_) => "Correct it and try again.",
        K::TokenRejected => "Check that you pasted the whole token, and that it belongs to this instance.",
        K::TokenExpired => "Create a new token with the `api` scope that expires within 30 days.",
        K::TokenRevoked | K::ScopeMissing { .. } => "Create a new token with the `api` scope.",
        K::RoleTooLow => "Use a token of a Maintainer or Owner, or of an administrator.",
        K::ProjectNotFoundOrNoAccess => {
            "Check the path, then your access: GitLab gives the same answer for a wrong path and for a project that you cannot see. Administrators need the scope admin_mode."
        }
        K::ProjectMoved => "Use the project's ID or its new path.",
        K::ExportDisabled => "An administrator can enable project exports in the import and export settings.",
        K::RelationsDisabled => {
            "An administrator can enable direct transfer in the import and export settings."
        }
        K::NoExportFile => {
            "Start an export with this token. Exports belong to one user, and GitLab deletes them after 24 hours."
        }
        K::FileNotReady => "Check again in some minutes. GitLab is still storing the file, or has lost it.",
        K::WorkhorseFileMissing => {
            "Try again. If it does not help, the GitLab nodes do not share their disk, and infrastructure must check it."
        }
        K::NotFound => "Check the URL and the GitLab version.",
        K::SizeLimit => {
            "Make the project smaller, or use the relations export. The old export file is already deleted."
        }
        K::TooLarge => "Use a remote import from object storage.",
        K::UploadUrlRefused(_) => "Ask for another presigned URL. The old export file is already deleted.",
        K::Conflict(_) => "Check the existing file first.",
        K::RateLimited { .. } => {
            "Wait a minute. Other tools that use this user's tokens share the same rate limit."
        }
        K::Server { .. } => "Try again. If it does not help, look up the correlation ID.",
        K::HtmlInsteadOfJson { .. } => {
            "Check the instance's URL, and whether a proxy or a login page is in front of it."
        }
        K::EmptyBody { .. } | K::UnexpectedAnswer { .. } => "Check the instance's URL and its version.",
        K::RedirectLoop | K::RedirectToHttp | K::RedirectRefused(_) => {
            "Use the instance's final URL. Export Desk does not follow redirects to other hosts with a token."
        }
        K::Connect | K::TimedOut { .. } | K::NoAnswer | K::Cut => {
            "Check the network, the VPN and the proxy, then try again."
        }
        K::Dns => "Check the host name, the network and the VPN.",
        K::Local(_) => "Fix the cause and try again.",
        K::StorageDenied { .. } => "The signed URL has expired. Start the download again.",
    };
    sentence.into()
}

/// An instance URL that is not acceptable.
pub fn of_instance(error: &InstanceError) -> UserError {
    UserError::new(Code::Usage, error.to_string(), "Use the base URL, for example https://gitlab.com.")
}

/// A project that is not named in a usable way.
pub fn of_project_key(error: &ProjectKeyError) -> UserError {
    UserError::new(Code::Usage, error.to_string(), "Use the project's ID, full path or URL.")
}

/// A rule of the workflow that said no.
pub fn of_refusal(refusal: &Refusal) -> UserError {
    UserError::new(refusal.code(), refusal.headline.clone(), refusal.hint.clone())
}

/// A download that ended without its file.
pub fn of_download(failed: &Failed) -> UserError {
    let sentence = |code, hint: &str| UserError::new(code, capital(&failed.to_string()), hint);
    match failed {
        Failed::Api(error) => of_gitlab(error),
        Failed::TargetExists(_) => sentence(Code::Refused, "Name another file, or a folder."),
        Failed::TargetUnusable(_) => sentence(Code::Usage, "Name a file or a folder."),
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
                format::bytes(*needed_bytes)
            ),
            "Free some space and start the download again. The downloaded part is kept.",
        ),
        Failed::NoPermission(_) => sentence(Code::Local, "Choose a folder that you can write to."),
        Failed::Disk { .. } => sentence(
            Code::Local,
            "Check the disk, then start the download again. What is certainly on the disk is kept.",
        ),
        Failed::Unexpected { refusal, .. } => of_judged(failed, refusal),
        Failed::Incomplete { .. } | Failed::Cancelled { .. } => {
            sentence(Code::DownloadIncomplete, "Start the download again. It resumes where it stopped.")
        }
        Failed::ProofStopped => {
            UserError::new(Code::Internal, capital(&failed.to_string()), Hint::ReportDefect)
        }
    }
}

fn of_judged(failed: &Failed, refusal: &RangeRefusal) -> UserError {
    let code = match refusal {
        RangeRefusal::LinkDied(_) | RangeRefusal::Busy(_) => Code::DownloadIncomplete,
        _ => Code::UnexpectedAnswer,
    };
    UserError::new(
        code,
        capital(&failed.to_string()),
        "The downloaded part is kept. Retry; if it fails again, check the proxies between you and GitLab.",
    )
}

/// A thing that cannot be, said without a panic.
pub fn defect() -> UserError {
    UserError::new(Code::Internal, "Internal error.", Hint::ReportDefect)
}

/// A file that could not be opened, or is not there.
pub fn unopened(path: &Path, error: &std::io::Error) -> UserError {
    if error.kind() != std::io::ErrorKind::NotFound {
        return unreadable(path, &error.to_string());
    }
    let headline = format!("There is no such file: {}.", path.display());
    UserError::new(Code::Local, headline, "Name a project archive, usually *_export.tar.gz.")
}

/// A file that is there and cannot be read.
pub fn unreadable(path: &Path, why: &str) -> UserError {
    UserError::new(
        Code::Local,
        format!("{} cannot be read: {why}.", path.display()),
        "Name a project archive, usually *_export.tar.gz.",
    )
}

/// What a tracker answers to who may not see it; GitLab does not tell it from a tracker that is not there.
pub fn is_no_access(trouble: &UserError) -> bool {
    matches!(trouble.code, Code::RoleTooLow | Code::NotFoundOrNoAccess)
}

/// A sentence from a phrase.
pub fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
