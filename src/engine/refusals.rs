//! The only place that turns a failed call into an error for the user, for all groups of calls: the cause, GitLab's
//! own message, the next step.

use crate::case::{Code, Hint, UserError};
use crate::gitlab::{Denial, Error, ErrorKind, Family, Meaning};

/// Cause and next step, before GitLab's message is added.
struct Cause {
    code: Code,
    headline: String,
    hint: Hint,
}

impl Cause {
    fn new(code: Code, headline: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self { code, headline: headline.into(), hint: hint.into() }
    }
}

/// The error for a failed call.
pub fn of_gitlab(error: &Error) -> UserError {
    let cause = cause(error);
    let headline = with_sentence(cause.headline, error);
    UserError::new(cause.code, headline, cause.hint)
        .with_correlation_id(error.correlation_id.clone())
        .with_said(words_of(error))
}

/// What the server itself said of a failure: its message, otherwise its status.
fn words_of(error: &Error) -> Option<String> {
    let status = error.status.filter(|status| *status >= 400)?;
    Some(error.said.clone().unwrap_or_else(|| format!("HTTP {status}")))
}

fn cause(error: &Error) -> Cause {
    if let Some(cause) = of_storage(error) {
        return cause;
    }
    let own = match error.family {
        Family::Import => of_import(error),
        Family::Relations | Family::RelationFile => of_relations(error),
        Family::Export | Family::ExportFile => of_export(error),
        Family::Plain | Family::Project => None,
    };
    own.unwrap_or_else(|| {
        Cause::new(code(&error.kind), error.kind.to_string(), hint(&error.kind, error.sentence().is_some()))
    })
}

/// Adds GitLab's own message, unless it only repeats the status or the headline.
fn with_sentence(headline: String, error: &Error) -> String {
    let (ours, said) = (headline.trim_end(), error.said.as_deref().unwrap_or_default());
    match (&error.kind, error.sentence()) {
        // There was no answer: the message is this machine's own.
        (ErrorKind::Connect | ErrorKind::Dns | ErrorKind::Tls | ErrorKind::NoAnswer | ErrorKind::Cut, _)
            if !said.is_empty() =>
        {
            format!("{}: {}.", ours.trim_end_matches('.'), said.trim_end_matches('.'))
        }
        (_, Some(said)) if !ours.contains(said.trim_end_matches('.')) => {
            let who = match &error.kind {
                ErrorKind::StorageDenied { .. } => "The storage",
                _ if error.storage.is_some() => "The storage",
                ErrorKind::Denied(Denial::Front | Denial::ProxyLogin) => "The server",
                _ => "GitLab",
            };
            let end = if said.ends_with(['.', '!', '?']) { "" } else { "." };
            format!("{ours} {who}'s message: “{said}”{end}")
        }
        _ => headline,
    }
}

/// The code that scripts know.
pub fn code(kind: &ErrorKind) -> Code {
    use ErrorKind as K;
    match kind {
        K::Usage(_) | K::Parameter(_) | K::UploadUrlRefused(_) | K::ProjectMoved => Code::Usage,
        K::Conflict(_) => Code::Refused,
        K::TokenRejected | K::TokenRevoked => Code::TokenRejected,
        K::DpopRequired => Code::DpopRequired,
        K::TokenExpired => Code::TokenExpired,
        K::ScopeMissing { .. } | K::PermissionMissing { .. } => Code::ScopeMissing,
        K::RoleTooLow | K::Forbidden => Code::RoleTooLow,
        K::Denied(_) | K::NoRepository => Code::AccessDenied,
        K::ImportSourceOff => Code::ImportDisabled,
        K::ReadOnly => Code::ReadOnly,
        K::ProjectNotFoundOrNoAccess | K::NotFound => Code::NotFoundOrNoAccess,
        K::ExportDisabled | K::RelationsDisabled => Code::ExportDisabled,
        K::NoExportFile => Code::NoExportFile,
        K::FileNotReady | K::WorkhorseFileMissing => Code::FileNotReady,
        K::SizeLimit | K::ExportRefused | K::TooLarge => Code::SizeLimit,
        K::RateLimited { .. } => Code::RateLimited,
        K::HtmlInsteadOfJson { .. }
        | K::EmptyBody { .. }
        | K::UnexpectedAnswer { .. }
        | K::RedirectLoop
        | K::RedirectToHttp
        | K::RedirectRefused(_)
        | K::Git => Code::UnexpectedAnswer,
        K::Server { .. }
        | K::Locked
        | K::Connect
        | K::TimedOut { .. }
        | K::NoAnswer
        | K::Cut
        | K::Dns
        | K::Tls
        | K::NoTls => Code::Network,
        K::Local(_) => Code::Local,
        K::StorageDenied { .. } => Code::DownloadIncomplete,
    }
}

const RATE_LIMITED: &str = "Wait a minute, or for the time in the message. Other tools that use this user's tokens share the same rate \
                            limit.";

const EMPTY_ANSWER: &str = "Try again. If it does not help, check the instance's URL, and whether a proxy in front of GitLab \
                             refuses the request or cuts its answer.";

/// The hint for a request that meets another one, or something that exists.
const CONFLICT: &str = "If GitLab still works on this project, wait until it has ended, then try again. Otherwise look at what is there.";

/// The next step; `is_said` where GitLab gives its own reason.
fn hint(kind: &ErrorKind, is_said: bool) -> Hint {
    use ErrorKind as K;
    let sentence = match kind {
        K::Forbidden => return Hint::CheckToken,
        K::Tls => return Hint::NameCaFile,
        K::PermissionMissing { needs } => return permission_hint(needs.as_deref()),
        K::Denied(denial) => denial_hint(*denial),
        K::Usage(_) | K::Parameter(_) => "Correct the value, then try again.",
        K::TokenRejected if is_said => {
            "Create a new personal access token with the `api` scope: GitLab does not accept this one."
        }
        K::TokenRejected => "Check that you pasted the whole token, and that it belongs to this instance.",
        K::DpopRequired => {
            "The token is valid. The user of the token can disable DPoP in GitLab, under Preferences > Access tokens; \
             or use a token of another user."
        }
        K::TokenExpired => "Create a new token with the `api` scope that expires within 30 days.",
        K::TokenRevoked | K::ScopeMissing { .. } => "Create a new token with the `api` scope.",
        K::RoleTooLow => "Use a token of a Maintainer or Owner, or of an administrator.",
        K::ImportSourceOff => {
            "An administrator can enable “GitLab export” in Admin > Settings > General > Import and export settings."
        }
        K::ReadOnly => {
            "GitLab changed nothing. Wait until the maintenance ends, or use the URL of the primary site. Then try \
             again."
        }
        K::ProjectNotFoundOrNoAccess => {
            "Check the path, then your access: GitLab gives the same answer for a wrong path and for a project that you cannot \
             see. Administrators need the scope admin_mode, and a group can require an IP address or an SSO session."
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
        K::SizeLimit | K::ExportRefused => {
            "Make the project smaller, or use the relations export. The old export file is already deleted."
        }
        K::TooLarge => {
            "Use a remote import from object storage, or rebuild the project as a set of smaller archives."
        }
        K::UploadUrlRefused(_) => "Ask for another presigned URL. The old export file is already deleted.",
        K::Conflict(_) => CONFLICT,
        K::RateLimited { .. } => RATE_LIMITED,
        K::NoRepository => {
            "Use a token with the scope `api` or `read_repository`. Git over HTTP can also be disabled on the instance."
        }
        K::Git => "Try again. If it does not help, an administrator can check the repository.",
        K::Locked | K::Server { .. } => "Try again. If it does not help, look up the correlation ID.",
        K::HtmlInsteadOfJson { status, .. } => page_hint(*status),
        K::EmptyBody { .. } => EMPTY_ANSWER,
        K::NoTls | K::UnexpectedAnswer { .. } => "Check the instance's URL and its version.",
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

fn page_hint(status: u16) -> &'static str {
    if status == 403 {
        "Try again, or use another network. If it does not help, ask the administrator of the proxy to let API calls \
         through, and name the CF-Ray."
    } else {
        "Check the instance's URL, and whether a proxy or a login page is in front of it."
    }
}

/// Suggests a fine-grained token even if the current one is classic, because a group can enforce fine-grained tokens.
fn permission_hint(needs: Option<&str>) -> Hint {
    let which = match needs {
        Some(needs) => format!("the permission {needs}"),
        None => "the permission that GitLab names".to_owned(),
    };
    format!(
        "Create a fine-grained token that has {which}: GitLab does not let you add a permission to a token afterwards, \
         and a group can require fine-grained tokens."
    )
    .into()
}

fn denial_hint(denial: Denial) -> &'static str {
    match denial {
        Denial::Terms => {
            "Sign in to this GitLab in a browser as the token's owner and accept the terms. Then try again."
        }
        Denial::Account => {
            "Do what GitLab asks for, or ask an administrator of the instance. Then try again, or use a token of another user."
        }
        Denial::IpAddress => {
            "Use a network or VPN that the group or the instance allows, or ask an owner to allow this IP address."
        }
        Denial::SsoSession => {
            "Sign in to GitLab in a browser through the group's single sign-on (SSO). Then try again."
        }
        Denial::AdminMode => {
            "Create a token with the scopes `api` and `admin_mode`, or use a token of a member of the project."
        }
        Denial::Bot => "Use the personal access token of a person.",
        Denial::Front => {
            "Use another network or VPN. A ban by GitLab ends after about an hour. If it does not help, ask the \
             administrator of the instance or of the proxy in front of it."
        }
        Denial::ProxyLogin => "Add the username and the password to the URL of the proxy.",
        Denial::Other => "Do what GitLab asks for, then try again.",
    }
}

/// The storage behind a signed link cannot be reached from this machine, although GitLab can; or GitLab passes the
/// storage's refusal on.
fn of_storage(error: &Error) -> Option<Cause> {
    use ErrorKind as K;
    if let (K::StorageDenied { .. }, None) = (&error.kind, &error.storage) {
        let hint = "Try again in some minutes. If it does not help, start the export again, or ask an administrator to \
                    check the object storage of the instance.";
        let headline = format!("GitLab could not read the file: {}", error.kind);
        return Some(Cause::new(Code::DownloadIncomplete, headline, hint));
    }
    let host = error.storage.as_deref()?;
    let what = match &error.kind {
        K::Dns => "its host name cannot be resolved",
        K::Connect => "it does not accept connections from here",
        K::TimedOut { .. } | K::NoAnswer => "it does not answer",
        K::Tls | K::NoTls => "no trusted encrypted connection",
        _ => return None,
    };
    let headline = format!("The object storage {host} cannot be reached from this computer ({what}).");
    let hint = "This GitLab sends downloads straight to its object storage. Use a network that reaches that host, or ask \
                an administrator to enable `proxy_download` for the instance.";
    Some(Cause::new(Code::Network, headline, hint))
}

/// Errors that only the calls of the project export have.
fn of_export(error: &Error) -> Option<Cause> {
    (error.meaning()? == Meaning::AlreadyRunning).then(|| {
        Cause::new(
            Code::Refused,
            "GitLab already runs or queues an export of this project for this user.",
            "Watch that export. If you need the upload or the description, start again after that export has ended.",
        )
    })
}

/// What an error means for an import, worded for a user who wants the import to work.
fn of_import(error: &Error) -> Option<Cause> {
    let cause = match &error.kind {
        ErrorKind::TooLarge => Cause::new(
            Code::SizeLimit,
            "The archive is larger than the instance, or a proxy in front of it, accepts (413).",
            Hint::TooLargeToUpload {
                first:
                    "Check GitLab's limit (max_import_size in the admin settings) and the proxy's limit (for nginx: \
                        client_max_body_size). GitLab.com accepts 5 GiB."
                        .to_owned(),
            },
        ),
        ErrorKind::Parameter(what) if error.meaning() == Some(Meaning::Taken) => Cause::new(
            Code::Refused,
            format!("GitLab reports that the name is taken: {what}."),
            Hint::OtherPathOrName,
        ),
        ErrorKind::Parameter(what) if error.meaning() == Some(Meaning::MayNotImport) => Cause::new(
            Code::RoleTooLow,
            format!("GitLab rejected the import: {what}."),
            "The token's owner needs the role Maintainer in the namespace. Group and bot tokens cannot import.",
        ),
        ErrorKind::Parameter(what) => Cause::new(
            Code::Usage,
            format!("GitLab rejected the import: {what}."),
            "Correct this and try again. GitLab reports only the first problem.",
        ),
        ErrorKind::NotFound if error.meaning() == Some(Meaning::NoNamespace) => Cause::new(
            Code::NotFoundOrNoAccess,
            "The namespace was not found, or the token's owner cannot see it.",
            "Use the group's full path or ID, and check your access to it.",
        ),
        ErrorKind::NotFound => Cause::new(
            Code::NotFoundOrNoAccess,
            "GitLab did not find the URL of this import. Older GitLab versions do not have it.",
            Hint::CheckVersion,
        ),
        ErrorKind::RoleTooLow => Cause::new(
            Code::RoleTooLow,
            "GitLab does not allow the token's owner to import.",
            "The token's owner needs the role Maintainer in the namespace. Group and bot tokens cannot import.",
        ),
        ErrorKind::Server { status: 502..=504 } if error.is_upload() && error.sentence().is_none() => Cause::new(
            Code::Network,
            format!("A proxy in front of GitLab ended the request: {}", error.kind),
            Hint::ImportFromStorage {
                first: "The proxy's timeout may be too short for a large upload.".to_owned(),
            },
        ),
        _ => return None,
    };
    Some(cause)
}

/// The 404s and 400s of the relations export, which differ only in GitLab's message.
fn of_relations(error: &Error) -> Option<Cause> {
    let cause = match error.meaning()? {
        Meaning::NoRelationExport => Cause::new(
            Code::NoExportFile,
            "This user has no export of the relation.",
            "Start an export with this token: each user sees only their own exports.",
        ),
        Meaning::NoBatch => Cause::new(
            Code::NoExportFile,
            "GitLab no longer has this batch: the export was regenerated.",
            "Check the export again, then download again.",
        ),
        Meaning::NoRelationFile => Cause::new(
            Code::FileNotReady,
            "GitLab has no file of this relation, or no longer has it.",
            "Check again. If it does not change, start the export again.",
        ),
        Meaning::OtherForm => Cause::new(
            Code::NoExportFile,
            "The export was regenerated, and is now in batches or in one file instead.",
            "Check the export again, then download again.",
        ),
        Meaning::NotStarted => Cause::new(
            Code::ExportFailed,
            "GitLab could not start the relations export.",
            "Try again. If it does not help, look up the correlation ID.",
        ),
        Meaning::Taken | Meaning::NoNamespace | Meaning::MayNotImport | Meaning::AlreadyRunning => {
            return None;
        }
    };
    Some(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_words_are_kept_apart_from_ours() {
        let mut error = Error::new("POST export", ErrorKind::Server { status: 503 });
        assert_eq!(of_gitlab(&error).said_of_project(), None, "nothing answered");
        error.status = Some(503);
        assert_eq!(of_gitlab(&error).said_of_project(), Some("HTTP 503"));
        error.said = Some("Export is not possible".into());
        let told = of_gitlab(&error);
        assert_eq!(told.said_of_project(), Some("Export is not possible"));
        assert_ne!(told.said_of_project(), Some(told.headline.as_str()));
    }
}
