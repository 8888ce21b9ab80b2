//! Links and IDs as people paste them.

use url::Url;

use super::page::{PagePath, of_page};
use super::pasted::cleaned_url;
use crate::case::fact::Fact;
use crate::case::refusal::{Refusal, Rule};
use crate::case::subject::Ticket;
use crate::case::web::{has_login, is_safe};

/// The Zendesk whose tickets people name by number alone.
const ZENDESK: &str = "gitlab.zendesk.com";

/// Reads a ticket: `https://gitlab.zendesk.com/agent/tickets/418822`, also of other Zendesk hosts, or its number as in
/// `#418822` and `ZD 418822`.
pub fn parse_ticket(text: &str) -> Result<Ticket, Refusal> {
    let no = || {
        Refusal::new(
            Rule::LinkForm,
            format!("{:?} is not the URL of a Zendesk ticket.", shown(text)),
            "Paste the ticket's URL, such as https://gitlab.zendesk.com/agent/tickets/418822, or its number, such as #418822.",
        )
    };
    if let Some(id) = ticket_number(text) {
        return Ok(Ticket { url: format!("https://{ZENDESK}/agent/tickets/{id}"), id });
    }
    let url = web(&cleaned_url(text)).ok_or_else(no)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if !host.ends_with(".zendesk.com") {
        return Err(no());
    }
    let parts: Vec<&str> =
        url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let (["agent", "tickets", id, ..] | ["tickets" | "requests", id, ..] | ["hc", _, "requests", id, ..]) =
        parts.as_slice()
    else {
        return Err(no());
    };
    let id: u64 = id.parse().ok().filter(|id| *id > 0).ok_or_else(no)?;
    Ok(Ticket { url: format!("https://{host}/agent/tickets/{id}"), id })
}

/// The number in `#418822`, `ZD 418822`, `ZD-418822`, `Zendesk #418822`, `ticket 418822` and `Request #418822:`. A bare
/// number is none: it may be the ID of a project.
pub(super) fn ticket_number(text: &str) -> Option<u64> {
    /// Fewer digits are the number of something else.
    const LEAST_DIGITS: usize = 4;
    let around = |c: char| c.is_whitespace() || "[](){}<>\"'`*.,;:!?".contains(c);
    let text = text.trim_matches(around).to_ascii_lowercase();
    let digits = text.rfind(|c: char| !c.is_ascii_digit()).map_or(&*text, |at| &text[at..]);
    let digits = digits.trim_start_matches(|c: char| !c.is_ascii_digit());
    let front = text.strip_suffix(digits)?;
    let words = front.trim_end_matches(|c: char| c.is_whitespace() || "#:-_".contains(c));
    let is_named = match words {
        "zd" | "zendesk" | "ticket" | "request" | "zd ticket" | "zendesk ticket" => true,
        "" => front.ends_with('#'),
        _ => false,
    };
    let is_number = (LEAST_DIGITS..=12).contains(&digits.len());
    digits.parse().ok().filter(|id| is_named && is_number && *id > 0)
}

/// Reads a link for a fact; a refusal says why the link is not suitable.
pub fn parse_link(fact: Fact, text: &str) -> Result<String, Refusal> {
    let text = if text.contains("://") { &cleaned_url(text) } else { text.trim() };
    match fact {
        Fact::KibanaLink => kibana_link(text),
        Fact::BugIssue | Fact::InfraIssue | Fact::ConsoleIssue => issue_link(text).ok_or_else(|| {
            Refusal::new(
                Rule::LinkForm,
                format!("{} was not saved: {:?} is not the URL of an issue.", fact.quoted(), shown(text)),
                "Paste the issue's URL, such as https://gitlab.com/gitlab-org/gitlab/-/issues/330833.",
            )
        }),
        _ => web(text).map(|_| text.to_owned()).ok_or_else(|| {
            Refusal::new(
                Rule::LinkForm,
                format!("{} was not saved: {:?} is not an https URL.", fact.quoted(), shown(text)),
                "Paste the whole URL, starting with https://.",
            )
        }),
    }
}

/// Accepts Kibana's share links (`/app/r/s/…`, `/goto/…`). A URL from the address bar keeps its state hashed in the
/// browser (`_a=h@…`) and opens empty for anybody else (handbook, support/workflows/kibana).
pub fn kibana_link(text: &str) -> Result<String, Refusal> {
    let shared = web(text).is_some_and(|url| is_share_path(url.path()));
    if shared {
        return Ok(text.trim().to_owned());
    }
    let why = if web(text).is_some() {
        "this is Kibana's address-bar URL, which does not open for other people, or it is not a Kibana link"
    } else {
        "it is not an https URL"
    };
    Err(Refusal::new(
        Rule::KibanaShareLink,
        format!("{} was not saved: {why}.", Fact::KibanaLink.quoted()),
        "In Kibana, select Share, then Get link (Copy link), and paste that link. Its path starts with /app/r/s/ or /goto/.",
    ))
}

pub(super) fn is_share_path(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    // A Kibana space may precede the link: /s/<space>/app/r/s/<id>.
    let parts = match parts.as_slice() {
        ["s", _, rest @ ..] => rest,
        all => all,
    };
    matches!(parts, ["app", "r", "s", _] | ["goto", _])
}

/// The URL of an issue without fragment and query; `group/project#5` means gitlab.com.
pub(super) fn issue_link(text: &str) -> Option<String> {
    if let Some((path, number)) = text.trim().split_once('#')
        && !path.contains(':')
    {
        let number: u64 = number.parse().ok()?;
        let Some(PagePath::Paths(paths)) = of_page(path, false) else { return None };
        return paths.first().map(|path| format!("https://gitlab.com/{path}/-/issues/{number}"));
    }
    let mut url = web(text)?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let [project @ .., kind, number] = parts.as_slice() else { return None };
    let project = project.strip_suffix(&["-"]).unwrap_or(project);
    let fits = matches!(*kind, "issues" | "work_items" | "incident")
        && number.parse::<u64>().is_ok_and(|number| number > 0)
        && project.len() >= 2
        && project[0] != "api";
    if !fits {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(url.to_string())
}

/// One word of letters, digits, `-` and `_`, long enough to be unique: ULIDs, UUIDs and hexadecimal IDs.
pub fn is_correlation_id(text: &str) -> bool {
    (8..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        && text.chars().any(|c| c.is_ascii_digit())
}

/// A URL with https, or with http on a loopback host, where the practice GitLab runs.
pub(super) fn web(text: &str) -> Option<Url> {
    let text = text.trim();
    if text.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    (is_safe(&url) && !has_login(&url)).then_some(url)
}

/// The typed text, short enough for a sentence, without a password before the host and without the query, which may
/// be a signature.
fn shown(text: &str) -> String {
    let text = text.trim();
    let front = text.split(['?', '#']).next().filter(|front| !front.is_empty()).unwrap_or(text);
    let clean = match front.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => front.to_owned(),
    };
    clean.chars().take(80).collect()
}

/// The project in an issue's normalised URL.
pub(super) fn issue_project(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let path = url.path().trim_matches('/');
    let (project, _) = path.rsplit_once('/')?.0.rsplit_once('/')?;
    Some(project.strip_suffix("/-").unwrap_or(project).to_owned())
}

/// Whether a URL is one of Kibana's pages, shared or not.
pub(super) fn is_kibana(url: &Url) -> bool {
    let path = url.path();
    let page = path.strip_prefix("/s/").and_then(|rest| rest.split_once('/')).map_or(path, |(_, rest)| rest);
    let page = page.trim_start_matches('/');
    let apps =
        ["app/kibana", "app/discover", "app/dashboards", "app/visualize", "app/lens", "app/logs", "app/r"];
    let host = url.host_str().unwrap_or_default();
    is_share_path(path)
        || apps.iter().any(|app| page.starts_with(app))
        || host.contains("kibana")
        || host.starts_with("log.")
        || host.starts_with("nonprod-log.")
}
