//! Finds what a public text must not contain. Customer names, addresses and quotes are ORANGE data and stay out of
//! public issues (`../shared/handbook-facts.md`, 5.1); the ticket may appear as a link marked internal.
//!
//! Decisions:
//! * A project's path names the customer, so it counts as private unless GitLab itself reported `public`. The parts
//!   of a path count too, since a message often contains only some of them (`acme_monorepo_export.tar.gz`). The
//!   project's ID stays: it tells nothing to people without access to the project.
//! * A name that is also a word of our templates (a group called `project`) counts as a leak only as part of a path
//!   or after an `@`.
//! * Correlation IDs and the Kibana and Sentry links stay: only GitLab's staff can open them.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use crate::case::Case;
use crate::case::secret::{AMAZON_KEYS, GITLAB_TOKENS, OTHER_TOKENS};

use super::kind::TextKind;

/// Something private in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    pub what: Private,
    /// The position, in bytes of the checked text.
    pub at: Range<usize>,
    /// The private text itself; of a secret only its beginning.
    pub found: String,
}

/// What kind of private thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Private {
    Requester,
    Email,
    /// The ticket, other than as a link on a line that says "internal".
    Ticket,
    ProjectPath,
    Token,
    /// A URL that opens without signing in.
    SignedUrl,
    IpAddress,
}

impl Private {
    /// The replacement text: `[removed: e-mail address]`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::Email => "e-mail address",
            Self::Ticket => "ticket",
            Self::ProjectPath => "project",
            Self::Token => "token",
            Self::SignedUrl => "signed URL",
            Self::IpAddress => "IP address",
        }
    }

    fn is_secret(self) -> bool {
        matches!(self, Self::Token | Self::SignedUrl)
    }
}

/// Everything private in `text`, in its order, without overlaps.
pub fn leaks(text: &str, case: &Case) -> Vec<Leak> {
    let mut found = Vec::new();
    addresses(text, case, &mut found);
    tokens(text, &mut found);
    emails(text, &mut found);
    ips(text, &mut found);
    requester(text, case, &mut found);
    project(text, case, &mut found);
    ticket_number(text, case, &mut found);
    merged(text, found)
}

/// The text with every leak replaced, and what was replaced.
pub fn redact(text: &str, case: &Case) -> (String, Vec<Leak>) {
    let found = leaks(text, case);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for leak in &found {
        out.push_str(&text[done..leak.at.start]);
        out.push_str("[removed: ");
        out.push_str(leak.what.label());
        out.push(']');
        done = leak.at.end;
    }
    out.push_str(&text[done..]);
    (out, found)
}

type Found = Vec<(Private, Range<usize>)>;

/// Merges overlapping matches into one, named after the first and widest; a secret takes precedence.
fn merged(text: &str, mut found: Found) -> Vec<Leak> {
    found.sort_by_key(|(what, at)| (at.start, std::cmp::Reverse(at.end), *what));
    let mut leaks: Vec<Leak> = Vec::new();
    for (what, at) in found {
        match leaks.last_mut() {
            Some(last) if at.start < last.at.end => {
                last.at.end = last.at.end.max(at.end);
                if what.is_secret() && !last.what.is_secret() {
                    last.what = what;
                }
            }
            _ => leaks.push(Leak { what, at, found: String::new() }),
        }
    }
    for leak in &mut leaks {
        let whole = &text[leak.at.clone()];
        leak.found = if leak.what.is_secret() {
            format!("{}…", whole.chars().take(4).collect::<String>())
        } else {
            whole.to_owned()
        };
    }
    leaks
}

/// Query parameters that give access to anybody who has the URL.
const SIGNING: [&str; 16] = [
    "signature",
    "sig",
    "token",
    "private_token",
    "access_token",
    "job_token",
    "feed_token",
    "rss_token",
    "awsaccesskeyid",
    "googleaccessid",
    "key-pair-id",
    "policy",
    "password",
    "secret",
    "auth",
    "key",
];

/// Hosts of object storage: an object there is a customer's file.
const STORAGE: [&str; 4] =
    ["storage.googleapis.com", ".amazonaws.com", ".blob.core.windows.net", ".r2.cloudflarestorage.com"];

fn addresses(text: &str, case: &Case, found: &mut Found) {
    for at in web_addresses(text) {
        let raw = &text[at.clone()];
        let handed_over = case.facts.handover_link.as_deref().is_some_and(|link| raw.contains(link));
        if handed_over || opens_for_anybody(raw) {
            found.push((Private::SignedUrl, at));
        } else if is_zendesk(raw) && !line_of(text, at.start).to_lowercase().contains("internal") {
            found.push((Private::Ticket, at));
        }
    }
    // Even without its scheme the hand-over link still leads to the file.
    if let Some((_, bare)) = case.facts.handover_link.as_deref().and_then(|link| link.split_once("://")) {
        found.extend(places(text, bare).map(|at| (Private::SignedUrl, at)));
    }
}

/// Every `http(s)://…` up to white space or a character that a URL cannot contain.
fn web_addresses(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for scheme in ["https://", "http://"] {
        for at in find_ignoring_case(text, scheme) {
            let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|' | ']');
            let end = text[at.start..].find(ends).map_or(text.len(), |len| at.start + len);
            let trimmed = text[at.start..end].trim_end_matches([')', '.', ',', ';', '\'']);
            all.push(at.start..at.start + trimmed.len());
        }
    }
    all
}

fn opens_for_anybody(raw: &str) -> bool {
    let Ok(url) = url::Url::parse(raw) else { return raw.contains(['?', '@']) };
    let host = url.host_str().unwrap_or_default().to_lowercase();
    let signing = |name: &str| {
        let name = name.to_lowercase();
        name.starts_with("x-amz-") || name.starts_with("x-goog-") || SIGNING.contains(&name.as_str())
    };
    !url.username().is_empty()
        || url.password().is_some()
        || STORAGE.iter().any(|storage| host.ends_with(storage))
        || url.query_pairs().any(|(name, _)| signing(&name))
}

fn is_zendesk(raw: &str) -> bool {
    url::Url::parse(raw).is_ok_and(|url| url.host_str().is_some_and(|host| host.ends_with("zendesk.com")))
}

fn line_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |len| at + len);
    &text[start..end]
}

/// Words before a secret, as headers, parameters and JSON write them.
const TOKEN_NAMES: [&str; 9] = [
    "private-token",
    "private_token",
    "job-token",
    "deploy-token",
    "access_token",
    "authorization",
    "password",
    "secret",
    "token",
];

fn tokens(text: &str, found: &mut Found) {
    let of_token =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '/' | '=');
    for prefix in GITLAB_TOKENS.iter().chain(&AMAZON_KEYS).chain(&OTHER_TOKENS) {
        for (start, _) in text.match_indices(prefix) {
            let len = text[start..].find(|c| !of_token(c)).unwrap_or(text.len() - start);
            if begins_word(text, start) && len >= prefix.len() + 12 {
                found.push((Private::Token, start..start + len));
            }
        }
    }
    for name in TOKEN_NAMES {
        for at in find_ignoring_case(text, name) {
            let rest = text[at.end..].trim_start_matches(['"', '\'', ' ']);
            let Some(rest) = rest.strip_prefix([':', '=']) else { continue };
            let mut value = rest.trim_start_matches(['"', '\'', ' ']);
            for scheme in ["Bearer ", "Basic ", "bearer ", "basic "] {
                value = value.strip_prefix(scheme).unwrap_or(value);
            }
            let start = text.len() - value.len();
            let len = value.find(|c| !of_token(c)).unwrap_or(value.len());
            if len >= 12 {
                found.push((Private::Token, start..start + len));
            }
        }
    }
}

fn emails(text: &str, found: &mut Found) {
    for sign in ["@", "%40"] {
        for (at, _) in text.match_indices(sign) {
            let of_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
            let name_len: usize =
                text[..at].chars().rev().take_while(|c| of_name(*c)).map(char::len_utf8).sum();
            let after = at + sign.len();
            let host_len = host_len(&text[after..]);
            if name_len > 0 && host_len > 0 {
                found.push((Private::Email, at - name_len..after + host_len));
            }
        }
    }
}

/// The length of the host name at the start of `text`; the name must have a domain, whose last part has only letters.
fn host_len(text: &str) -> usize {
    let of_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let host = &text[..text.find(|c| !of_host(c)).unwrap_or(text.len())];
    let mut ends = host.match_indices('.').filter(|(dot, _)| *dot > 0).filter_map(|(dot, _)| {
        let last = &host[dot + 1..];
        let letters = &last[..last.find(|c: char| !c.is_alphabetic()).unwrap_or(last.len())];
        (letters.chars().count() >= 2).then_some(dot + 1 + letters.len())
    });
    ends.next_back().unwrap_or(0)
}

fn ips(text: &str, found: &mut Found) {
    for at in words(text, |c| c.is_ascii_hexdigit() || matches!(c, '.' | ':')) {
        let word = text[at.clone()].trim_end_matches(['.', ':']);
        let end = at.start + word.len();
        // A port may follow an IPv4 address.
        let host = word.split_once(':').filter(|(host, _)| host.contains('.')).map_or(word, |(host, _)| host);
        let v4 = host.parse::<Ipv4Addr>().is_ok_and(|ip| !ip.is_loopback() && !ip.is_unspecified());
        let v6 = word.matches(':').count() >= 3
            && word.contains(|c: char| c.is_ascii_digit())
            && word.parse::<Ipv6Addr>().is_ok_and(|ip| !ip.is_loopback());
        if v4 || v6 {
            found.push((Private::IpAddress, at.start..end));
        }
    }
}

fn requester(text: &str, case: &Case, found: &mut Found) {
    let Some(requester) = case.facts.requester.as_deref() else { return };
    let name = requester.trim().trim_start_matches('@');
    // The name as it was typed, and each of its words: `Sam Doe (Acme)`.
    let parts = name.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';' | '<' | '>'));
    for part in std::iter::once(name).chain(parts) {
        let part = part.trim_start_matches('@');
        if part.chars().count() < 2 {
            continue;
        }
        let common = is_own_word(part);
        let named = places(text, part).filter(|at| !common || text[..at.start].ends_with('@'));
        found.extend(named.map(|at| (Private::Requester, at)));
    }
}

fn project(text: &str, case: &Case, found: &mut Found) {
    let project = &case.project;
    let is_public = project.known.as_ref().and_then(|known| known.visibility.as_deref()) == Some("public");
    if is_public {
        return;
    }
    let known = project.known.as_ref().map(|known| known.path.as_str());
    for path in project.path.as_deref().into_iter().chain(known) {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        for between in ["/", "%2F", "_", "-", ".", " / "] {
            found.extend(places(text, &parts.join(between)).map(|at| (Private::ProjectPath, at)));
        }
        for part in parts.iter().filter(|part| part.chars().count() >= 3) {
            let common = is_own_word(part);
            let told = places(text, part).filter(|at| {
                let in_a_path = text[..at.start].ends_with('@') || text[at.end..].starts_with('/');
                !common || (in_a_path && *parts[0] == **part)
            });
            found.extend(told.map(|at| (Private::ProjectPath, at)));
        }
    }
}

/// Zendesk's tickets of today have six digits.
const LEAST_DIGITS: usize = 5;

/// Finds the ticket's number outside of URLs, which [`addresses`] has checked.
fn ticket_number(text: &str, case: &Case, found: &mut Found) {
    let Some(ticket) = &case.ticket else { return };
    let addresses = web_addresses(text);
    let number = ticket.id.to_string();
    // A short number is everywhere: in lists, dates and statuses such as 404.
    let is_told = |at: &Range<usize>| number.len() >= LEAST_DIGITS || text[..at.start].ends_with('#');
    let bare = places(text, &number)
        .filter(is_told)
        .filter(|at| !addresses.iter().any(|address| address.start <= at.start && at.end <= address.end));
    found.extend(bare.map(|at| (Private::Ticket, at)));
}

/// Whether our own public templates use this word.
fn is_own_word(word: &str) -> bool {
    static OWN: OnceLock<BTreeSet<String>> = OnceLock::new();
    let own = OWN.get_or_init(|| {
        let texts = [TextKind::Bug.template(), TextKind::Comment.template()];
        let all = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
        all.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    });
    own.contains(&word.to_lowercase())
}

/// Where `name` occurs as a whole word, in any letter case.
fn places<'a>(text: &'a str, name: &str) -> impl Iterator<Item = Range<usize>> + 'a {
    find_ignoring_case(text, name).into_iter().filter(|at| {
        let ends = text[at.end..].chars().next().is_none_or(|c| !c.is_alphanumeric());
        ends && begins_word(text, at.start)
    })
}

fn begins_word(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric())
}

/// Compares letter by letter, because a lower-case form may be longer than the upper-case form.
fn find_ignoring_case(text: &str, name: &str) -> Vec<Range<usize>> {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    if name.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (start, first) in text.char_indices() {
        if first.to_lowercase().next() != name.first().copied() {
            continue;
        }
        let mut left = name.as_slice();
        let mut end = start;
        for c in text[start..].chars() {
            if left.is_empty() {
                break;
            }
            let lower: Vec<char> = c.to_lowercase().collect();
            let Some(rest) = left.strip_prefix(lower.as_slice()) else { break };
            left = rest;
            end += c.len_utf8();
        }
        if left.is_empty() {
            found.push(start..end);
        }
    }
    found
}

/// The longest ranges of characters that satisfy `fits`.
fn words(text: &str, fits: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\0')]) {
        match (fits(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                all.push(from..at);
                start = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    all
}

#[cfg(test)]
#[path = "tests/leak.rs"]
mod tests;
