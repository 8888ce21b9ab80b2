//! From what went wrong below to what a person is told: headline, next step, code.

use std::path::Path;

use crate::case::{Code, Hint, Refusal, Trouble};
use crate::download::{Failed, Refusal as Judged};
use crate::gitlab::{Error, ErrorKind, InstanceError, ProjectKeyError};

/// A failed call.
pub fn of_gitlab(error: &Error) -> Trouble {
    let mut headline = error.kind.to_string();
    match (&error.kind, &error.said) {
        // Nobody has answered: these are the words of this machine.
        (ErrorKind::Connect | ErrorKind::Dns | ErrorKind::Tls, Some(cause)) => {
            headline = format!("{}: {}.", headline.trim_end_matches('.'), cause.trim_end_matches('.'));
        }
        (kind, Some(said)) if quotes(kind) => {
            headline = format!("{} It said: “{said}”.", headline.trim_end());
        }
        _ => {}
    }
    Trouble::new(code(&error.kind), headline, hint(&error.kind))
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
        K::TokenRejected => "Check that the whole token was pasted, and that it belongs to this instance.",
        K::TokenExpired => "Make a new token with scope api and an expiry within 30 days.",
        K::TokenRevoked | K::ScopeMissing { .. } => "Make a new token with scope api.",
        K::RoleTooLow => "Use a token of a Maintainer or Owner, or of an administrator.",
        K::ProjectNotFoundOrNoAccess => {
            "GitLab answers the same for a wrong path and for a project you may not see: check the path, then the \
             access; administrators need scope admin_mode."
        }
        K::ProjectMoved => "Give the project's number or its new path.",
        K::ExportDisabled => {
            "An administrator can switch project exports on in the import and export settings."
        }
        K::RelationsDisabled => {
            "An administrator can switch direct transfer on in the import and export settings."
        }
        K::NoExportFile => "Exports are per user and live for 24 hours: start one with this token.",
        K::FileNotReady => "GitLab is still storing it, or has lost it: look again in some minutes.",
        K::WorkhorseFileMissing => {
            "Try again; if it stays so, the nodes do not share their disk: infrastructure has to look."
        }
        K::NotFound => "Check the address and the GitLab version.",
        K::SizeLimit => {
            "The old export file is gone already. Make the project smaller, or go on with the relations export."
        }
        K::TooLarge => "Use a remote import from object storage.",
        K::UploadUrlRefused(_) => "Ask for another presigned URL. The old export file is gone already.",
        K::Conflict(_) => "Look at what is there first.",
        K::RateLimited { .. } => {
            "Wait a minute; other programs with this user's tokens spend the same units."
        }
        K::Server { .. } => "Try again; if it stays so, look up the correlation id.",
        K::HtmlInsteadOfJson { .. } => {
            "Check the instance's address, and whether a proxy or a login page stands before it."
        }
        K::EmptyBody { .. } | K::UnexpectedAnswer { .. } => "Check the instance's address and its version.",
        K::RedirectLoop | K::RedirectToHttp | K::RedirectRefused(_) => {
            "Give the instance's final address; redirects off it are not followed with a token."
        }
        K::Connect | K::TimedOut { .. } | K::NoAnswer | K::Cut => {
            "Check the network, the VPN and the proxy, then try again."
        }
        K::Dns => "Check the host name, the network and the VPN.",
        K::Local(_) => "Mend it and try again.",
        K::StorageDenied { .. } => "The signed link has ended; start the download again.",
    };
    sentence.into()
}

/// An instance URL that is not acceptable.
pub fn of_instance(error: &InstanceError) -> Trouble {
    Trouble::new(Code::Usage, error.to_string(), "Give the base URL, for example https://gitlab.com.")
}

/// A project that is not named in a usable way.
pub fn of_project_key(error: &ProjectKeyError) -> Trouble {
    Trouble::new(Code::Usage, error.to_string(), "Give the number, the full path, or the project's URL.")
}

/// A rule of the workflow that said no.
pub fn of_refusal(refusal: &Refusal) -> Trouble {
    Trouble::new(refusal.code(), refusal.headline.clone(), refusal.hint.clone())
}

/// A download that ended without its file.
pub fn of_download(failed: &Failed) -> Trouble {
    let sentence = |code, hint: &str| Trouble::new(code, capital(&failed.to_string()), hint);
    match failed {
        Failed::Api(error) => of_gitlab(error),
        Failed::TargetExists(_) => sentence(Code::Refused, "Name another file, or a folder."),
        Failed::TargetUnusable(_) => sentence(Code::Usage, "Name a file or a folder."),
        Failed::InUse(_) => sentence(Code::Local, "Wait for the other download, or name another file."),
        Failed::DiskFull { .. } => {
            sentence(Code::Local, "Free some space and start it again; the bytes that came are kept.")
        }
        Failed::NoPermission(_) | Failed::Disk { .. } => {
            sentence(Code::Local, "Choose a folder you may write to.")
        }
        Failed::Unexpected { refusal, .. } => of_judged(failed, refusal),
        Failed::Incomplete { .. } | Failed::Cancelled { .. } => {
            sentence(Code::DownloadIncomplete, "Start it again: it goes on from the bytes it has.")
        }
        Failed::ProofStopped => {
            Trouble::new(Code::Internal, capital(&failed.to_string()), Hint::ReportDefect)
        }
    }
}

fn of_judged(failed: &Failed, refusal: &Judged) -> Trouble {
    let code = match refusal {
        Judged::LinkDied(_) | Judged::Busy(_) => Code::DownloadIncomplete,
        _ => Code::UnexpectedAnswer,
    };
    Trouble::new(
        code,
        capital(&failed.to_string()),
        "The bytes that came are kept; start it again, or look at what stands between.",
    )
}

/// A thing that cannot be, said without a panic.
pub fn defect() -> Trouble {
    Trouble::new(Code::Internal, "Export Desk met a state it does not know.", Hint::ReportDefect)
}

/// A file that could not be opened, or is not there.
pub fn unopened(path: &Path, error: &std::io::Error) -> Trouble {
    if error.kind() != std::io::ErrorKind::NotFound {
        return unreadable(path, &error.to_string());
    }
    let headline = format!("There is no such file: {}.", path.display());
    Trouble::new(Code::Local, headline, "Name a project archive, usually *_export.tar.gz.")
}

/// A file that is there and cannot be read.
pub fn unreadable(path: &Path, why: &str) -> Trouble {
    Trouble::new(
        Code::Local,
        format!("{} cannot be read: {why}.", path.display()),
        "Name a project archive, usually *_export.tar.gz.",
    )
}

/// What a tracker answers to who may not see it; GitLab does not tell it from a tracker that is not there.
pub fn is_no_access(trouble: &Trouble) -> bool {
    matches!(trouble.code, Code::RoleTooLow | Code::NotFoundOrNoAccess)
}

/// A sentence from a phrase.
pub fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
