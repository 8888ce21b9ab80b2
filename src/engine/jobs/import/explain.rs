//! Refusals of the import calls in the words of someone who wants the import to work.

use crate::case::{Code, Hint, UserError, format};
use crate::engine::user_error::of_gitlab;
use crate::gitlab::{Error, ErrorKind, Meaning};

/// A failed import call.
pub fn of_import(error: &Error) -> UserError {
    let told = |code, headline: String, hint: Hint| {
        UserError::new(code, headline, hint).with_correlation_id(error.correlation_id.clone())
    };
    match &error.kind {
        ErrorKind::TooLarge => told(
            Code::SizeLimit,
            "The archive is larger than the instance, or a proxy in front of it, accepts (413).".to_owned(),
            Hint::ImportFromStorage {
                first: "Check GitLab's limit (max_import_size in the admin settings) and the proxy's limit (for nginx: client_max_body_size). GitLab.com accepts 5 GiB."
                    .to_owned(),
            },
        ),
        ErrorKind::Parameter(what) if error.meaning() == Some(Meaning::Taken) => told(
            Code::Refused,
            format!("GitLab reports that the name is taken: {what}."),
            Hint::OtherPathOrName,
        ),
        ErrorKind::Parameter(what) => told(
            Code::Usage,
            format!("GitLab rejected the import: {what}."),
            "Correct this and try again. GitLab reports only the first problem.".into(),
        ),
        ErrorKind::NotFound if error.meaning() == Some(Meaning::NoNamespace) => told(
            Code::NotFoundOrNoAccess,
            "The namespace was not found, or the token's owner cannot see it.".to_owned(),
            "Use the group's full path or ID, and check your access to it.".into(),
        ),
        ErrorKind::NotFound => told(
            Code::NotFoundOrNoAccess,
            "GitLab did not find the URL of this import. Older GitLab versions do not have it.".to_owned(),
            Hint::CheckVersion,
        ),
        ErrorKind::Forbidden | ErrorKind::RoleTooLow => told(
            Code::RoleTooLow,
            "GitLab does not allow the token's owner to import.".to_owned(),
            "The token's owner needs the role Maintainer in the namespace, and the import source “GitLab export” must be enabled. Group and bot tokens cannot import."
                .into(),
        ),
        ErrorKind::Server { status: 502..=504 } => told(
            Code::Network,
            format!("A proxy in front of GitLab ended the request: {}", error.kind),
            Hint::ImportFromStorage {
                first: "The proxy's timeout may be too short for a large upload.".to_owned(),
            },
        ),
        _ => of_gitlab(error),
    }
}

/// How far the tries of an upload came.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    pub sent_bytes: u64,
    /// 0 where GitLab fetches the archive.
    pub total_bytes: u64,
    pub tries: u32,
    /// Whether it was sent again by itself already.
    pub by_itself: bool,
}

impl Tried {
    fn again(self) -> String {
        if self.tries > 1 { format!(", after {} tries", self.tries) } else { String::new() }
    }
}

/// An upload that did not come through, and is not begun again by itself.
pub fn cut(error: &Error, tried: Tried) -> UserError {
    let why = of_import(error);
    let (sent, total) = (tried.sent_bytes, tried.total_bytes);
    let percent = sent.saturating_mul(100) / total.max(1);
    let hint = if tried.by_itself {
        Hint::ImportFromStorage {
            first: "Nothing was imported. Upload the archive again from the start.".to_owned(),
        }
    } else {
        Hint::RetryUpload
    };
    UserError::new(
        why.code,
        format!(
            "The upload was interrupted after {} of {} ({percent} %){}, and GitLab cannot resume uploads. {}",
            format::bytes(sent),
            format::bytes(total),
            tried.again(),
            why.headline
        ),
        hint,
    )
    .with_correlation_id(error.correlation_id.clone())
}

/// All of it went out at least once without an answer: nobody but a look can tell whether GitLab has it.
pub fn unanswered(error: &Error, tried: Tried, path: &str) -> UserError {
    let why = of_import(error);
    let what = match tried.total_bytes {
        0 => "The request was sent".to_owned(),
        bytes => format!("All {} were sent", format::bytes(bytes)),
    };
    let headline = format!(
        "{what}{}, and GitLab may have received it although it did not answer. {}",
        tried.again(),
        why.headline
    );
    UserError::new(why.code, headline, format!("Check {path} before you upload the archive again."))
        .with_correlation_id(error.correlation_id.clone())
}
