//! Recognises what a person pastes. Pure: it reads text and never uses the network.

mod ahead;
mod group;
mod link;
mod opening;
mod page;
mod pasted;
mod place;
mod project;
mod when;

use linkify::{LinkFinder, LinkKind};

use super::fact::Fact;
use super::refusal::Refusal;
use super::subject::{ProjectRef, Ticket};
use super::time::UtcMs;

pub use super::trackers::Trackers;
pub use ahead::parse_ahead;
pub use group::parse_group;
pub use link::{is_correlation_id, kibana_link, parse_link, parse_ticket};
pub use opening::{Opening, OpeningProject, read_opening};
pub use page::without_export_words;
pub use pasted::unbroken;
pub use place::{foreign_handover, refuse_foreign_kibana, refuse_misplaced};
pub use project::{NamedProject, parse_project};
pub use when::{parse_time, parse_time_near};

/// One thing found in a pasted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    Ticket(Ticket),
    /// A project; `instance` is the base URL it was found under, where a URL was pasted.
    Project {
        instance: Option<String>,
        project: ProjectRef,
    },
    /// A link or an ID that belongs to this fact, ready for [`super::parse_fact`].
    Fact {
        fact: Fact,
        text: String,
    },
    /// An issue in an unknown tracker: it may be the bug, or a request.
    Issue {
        url: String,
    },
    /// A time with its zone; the person says which fact it belongs to.
    Time(UtcMs),
    /// Something recognised but not accepted, with the reason.
    Refused {
        text: String,
        refusal: Refusal,
    },
}

/// The longest text that is read, in bytes: the whole thread of a ticket fits.
const MAX_PASTE_BYTES: usize = 200_000;

/// Finds what a pasted text contains, in its order, without duplicates. `instances` are the known base URLs.
pub fn recognise(text: &str, instances: &[String], trackers: &Trackers) -> Vec<Recognised> {
    let text = &unbroken(&text[..text.floor_char_boundary(MAX_PASTE_BYTES)]);
    let mut found: Vec<Recognised> = Vec::new();
    let mut add = |one: Recognised| {
        if !found.contains(&one) {
            found.push(one);
        }
    };
    let mut addresses = LinkFinder::new();
    addresses.kinds(&[LinkKind::Url]);
    for line in text.lines() {
        let mut words = String::new();
        for span in addresses.spans(line) {
            match span.kind() {
                Some(_) => of_url(span.as_str(), instances, trackers).into_iter().for_each(&mut add),
                None => words.push_str(span.as_str()),
            }
        }
        let alone = words.trim() == text.trim();
        let clones = words.split_whitespace().map(|word| word.trim_end_matches([',', '.', ';']));
        let clones: Vec<_> = clones
            .filter(|word| pasted::ssh_location(word).is_some())
            .filter_map(|word| project_of(word, instances))
            .collect();
        if !clones.is_empty() {
            clones.into_iter().for_each(&mut add);
            continue;
        }
        of_words(words.trim(), alone, trackers).into_iter().for_each(&mut add);
    }
    found
}

fn of_url(text: &str, instances: &[String], trackers: &Trackers) -> Option<Recognised> {
    let text = &pasted::cleaned_url(text);
    let Some(url) = link::web(text) else { return project_of(text, instances) };
    let refused = |refusal| Recognised::Refused { text: text.to_owned(), refusal };
    let host = url.host_str()?;
    if host.ends_with(".zendesk.com") {
        return Some(parse_ticket(text).map_or_else(refused, Recognised::Ticket));
    }
    // Checked before issues, because Sentry's URLs end like those of issues.
    if host.contains("sentry") {
        return Some(Recognised::Fact { fact: Fact::SentryLink, text: text.to_owned() });
    }
    if let Some((project, link)) =
        link::issue_link(text).and_then(|link| Some((link::issue_project(&link)?, link)))
    {
        return Some(match trackers.fact(&project) {
            Some(fact) => Recognised::Fact { fact, text: link },
            None => Recognised::Issue { url: link },
        });
    }
    if let Some(project) = project_of(text, instances) {
        return Some(project);
    }
    let kibana = |text| Recognised::Fact { fact: Fact::KibanaLink, text };
    link::is_kibana(&url).then(|| kibana_link(text).map_or_else(refused, kibana))
}

/// The project that a URL names on one of the instances.
fn project_of(text: &str, instances: &[String]) -> Option<Recognised> {
    instances.iter().find_map(|instance| {
        let NamedProject { project, .. } = parse_project(text, instance).ok()?;
        Some(Recognised::Project { instance: Some(instance.trim_end_matches('/').to_owned()), project })
    })
}

/// Recognises the text outside of URLs. A bare path or ID is accepted only if nothing else was pasted, since prose is
/// full of words with a slash.
fn of_words(words: &str, alone: bool, trackers: &Trackers) -> Option<Recognised> {
    if words.is_empty() {
        return None;
    }
    match when::read_time(words) {
        Ok(at) => return Some(Recognised::Time(at)),
        Err(no) if alone && no.lacks_zone => {
            return Some(Recognised::Refused { text: words.to_owned(), refusal: no.refusal });
        }
        Err(_) => {}
    }
    if let Some(id) = named_correlation_id(words) {
        return Some(Recognised::Fact { fact: Fact::CorrelationId, text: id.to_owned() });
    }
    if !alone || words.contains(char::is_whitespace) {
        return None;
    }
    if let Some(url) = link::issue_link(words) {
        let fact = link::issue_project(&url).and_then(|project| trackers.fact(&project));
        return Some(
            fact.map_or(Recognised::Issue { url: url.clone() }, |fact| Recognised::Fact { fact, text: url }),
        );
    }
    if is_ulid_or_hex(words) {
        return Some(Recognised::Fact { fact: Fact::CorrelationId, text: words.to_owned() });
    }
    let named = parse_project(words, "https://gitlab.com").ok().filter(|_| words.contains('/'))?;
    Some(Recognised::Project { instance: None, project: named.project })
}

/// `correlation_id: 01HX…`, `"correlation_id":"01HX…"`, `X-Request-Id: 01HX…`, or a bare ULID among words.
fn named_correlation_id(words: &str) -> Option<&str> {
    let lower = words.to_ascii_lowercase();
    let named = ["correlation_id", "correlation-id", "correlation id", "x-request-id", "request id"]
        .iter()
        .filter_map(|name| lower.find(name).map(|at| at + name.len()))
        .find_map(|after| {
            let value =
                words[after..].trim_start_matches(|c: char| c.is_whitespace() || "\"'=:`".contains(c));
            let end = value
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
                .unwrap_or(value.len());
            Some(&value[..end]).filter(|id| is_correlation_id(id))
        });
    named.or_else(|| words.split_whitespace().find(|word| is_ulid(word)))
}

/// The form of GitLab's current correlation IDs: 26 characters of Crockford's base 32, the first of them `0`.
fn is_ulid(word: &str) -> bool {
    word.len() == 26
        && word.starts_with('0')
        && word
            .chars()
            .all(|c| matches!(c, '0'..='9' | 'A'..='H' | 'J' | 'K' | 'M' | 'N' | 'P'..='T' | 'V'..='Z'))
}

fn is_ulid_or_hex(word: &str) -> bool {
    let hex = word.chars().filter(char::is_ascii_hexdigit).count();
    is_ulid(word) || (hex == 32 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-'))
}
