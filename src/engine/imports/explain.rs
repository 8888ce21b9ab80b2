//! Refusals of the import calls in the words of someone who wants the import to work.

use crate::case::{Code, Trouble};
use crate::engine::trouble::of_gitlab;
use crate::gitlab::{Error, ErrorKind};

/// A failed import call.
pub fn of_import(error: &Error) -> Trouble {
    let said = error.said.as_deref().unwrap_or_default();
    let told = |code, headline: String, hint: &str| {
        Trouble::new(code, headline, hint).with_correlation_id(error.correlation_id.clone())
    };
    match &error.kind {
        ErrorKind::TooLarge => told(
            Code::SizeLimit,
            "The archive is larger than the instance, or a proxy before it, takes (413).".to_owned(),
            "GitLab's own limit is max_import_size in the admin settings, a proxy's is for example nginx's \
             client_max_body_size; GitLab.com takes 5 GiB. `import remote` from object storage avoids both.",
        ),
        ErrorKind::Parameter(what) if what.contains("already been taken") => told(
            Code::Refused,
            format!("GitLab says the name is taken: {what}."),
            "Choose another --path, and --name if the name is what is taken.",
        ),
        ErrorKind::Parameter(what) => told(
            Code::Usage,
            format!("GitLab does not take the import: {what}."),
            "GitLab names the first fault alone; correct it and try again.",
        ),
        ErrorKind::NotFound if said.contains("Namespace") => told(
            Code::NotFoundOrNoAccess,
            "The namespace was not found, or the token's owner may not see it.".to_owned(),
            "Give the group's full path or number, and check the access to it.",
        ),
        ErrorKind::NotFound => told(
            Code::NotFoundOrNoAccess,
            "GitLab did not find what was asked for; older versions lack this kind of import.".to_owned(),
            "Check the path, and the GitLab version with `check`.",
        ),
        ErrorKind::Forbidden | ErrorKind::RoleTooLow => told(
            Code::RoleTooLow,
            "GitLab does not allow the import to the token's owner.".to_owned(),
            "It takes Maintainer in the namespace, and the import source “GitLab export” switched on; tokens of groups and \
             bots cannot import.",
        ),
        ErrorKind::Server { status: 502..=504 } | ErrorKind::HtmlInsteadOfJson { .. } => told(
            Code::Network,
            format!("A proxy before GitLab gave up: {}", error.kind),
            "It may be waiting too short a time for a large upload; `import remote` from object storage avoids it.",
        ),
        _ => of_gitlab(error),
    }
}

/// An upload that did not come through, and is not begun again by itself.
pub fn cut(error: &Error, sent_bytes: u64, total_bytes: u64, tries: u32) -> Trouble {
    let why = of_import(error);
    let percent = sent_bytes.saturating_mul(100) / total_bytes.max(1);
    let again = if tries > 1 { format!(", after {tries} tries") } else { String::new() };
    Trouble::new(
        why.code,
        format!(
            "The upload was cut after {sent_bytes} of {total_bytes} bytes ({percent} %){again}, and GitLab cannot resume an \
             upload. {}",
            why.headline
        ),
        "Nothing was imported. Send it again from the start; with --retry-upload this program does so by itself.",
    )
    .with_correlation_id(error.correlation_id.clone())
}
