//! What a person pastes to open a case: a ticket and a project in any order, as URLs, numbers or paths, or a whole mail
//! with both somewhere inside.

use linkify::{LinkFinder, LinkKind};

use super::link::{issue_link, issue_project, parse_ticket, ticket_number, web};
use super::pasted::{cleaned_url, is_digits, ssh_location, unbroken};
use super::project::{GITLAB_COM, NamedProject, parse_project};
use super::{MAX_PASTE_BYTES, Trackers};
use crate::case::subject::Ticket;

/// A text with at most so many words was typed or pasted piece by piece; a longer one is a mail.
const TYPED_WORDS: usize = 8;
/// The other projects of a mail that a person is told about.
const MOST_OTHERS: usize = 3;

/// What a text says about a new case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    pub ticket: Option<Ticket>,
    pub project: Option<OpeningProject>,
    /// Other projects that the text names.
    pub others: Vec<String>,
    /// Of a typed text, the first piece that is neither a ticket nor a project.
    pub unknown: Option<String>,
}

/// The project of a new case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningProject {
    /// Base URL of the instance, without a trailing slash.
    pub instance: String,
    /// The path, or the ID.
    pub name: String,
    /// The project as it was pasted: GitLab may know the project under another reading of the text.
    pub pasted: String,
}

/// Reads what was pasted. `instances` are the known base URLs, the preferred one first.
pub fn read_opening(text: &str, instances: &[String], trackers: &Trackers) -> Opening {
    let text = unbroken(&text[..text.floor_char_boundary(MAX_PASTE_BYTES)]);
    if text.split_whitespace().count() <= TYPED_WORDS {
        of_pieces(&text, instances)
    } else {
        of_mail(&text, instances, trackers)
    }
}

/// Reads each piece by itself.
fn of_pieces(text: &str, instances: &[String]) -> Opening {
    let mut opening = Opening::default();
    let mut pieces = text.split_whitespace().peekable();
    while let Some(piece) = pieces.next() {
        // `ZD 418822` and `ticket #418822` are two pieces.
        let number = pieces.peek().and_then(|next| ticket_number(&format!("{piece} {next}")));
        if let Some(number) = number.filter(|_| !piece.contains('/')) {
            pieces.next();
            opening.ticket = parse_ticket(&format!("#{number}")).ok();
        } else if let Ok(ticket) = parse_ticket(piece) {
            opening.ticket = Some(ticket);
        } else if let Some(project) = known_project(piece, instances).or_else(|| elsewhere(piece)) {
            // The later one counts, and the other one is named.
            opening.others.extend(opening.project.replace(project).map(|other| other.name));
        } else if opening.unknown.is_none() {
            opening.unknown = Some(piece.to_owned());
        }
    }
    opening
}

/// Searches the mail for the ticket and the project: URLs first, then numbers and paths beside the word that names them.
fn of_mail(text: &str, instances: &[String], trackers: &Trackers) -> Opening {
    let mut projects: Vec<OpeningProject> = Vec::new();
    let mut ticket = None;
    let mut add = |project: OpeningProject| {
        let is_same = |known: &OpeningProject| {
            known.instance == project.instance && known.name.eq_ignore_ascii_case(&project.name)
        };
        if !projects.iter().any(is_same) {
            projects.push(project);
        }
    };
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    for line in text.lines() {
        for span in finder.links(line) {
            let url = cleaned_url(span.as_str());
            if let Ok(found) = parse_ticket(&url) {
                ticket.get_or_insert(found);
            } else if !is_of_tracker(&url, trackers) {
                let found = known_project(&url, instances);
                found
                    .or_else(|| elsewhere(&url).filter(|_| is_surely_project(&url)))
                    .into_iter()
                    .for_each(&mut add);
            }
        }
        let words = line.split_whitespace().map(|word| word.trim_end_matches([',', '.', ';']));
        let clones = words.filter(|word| ssh_location(word).is_some());
        clones.filter_map(|word| known_project(word, instances)).for_each(&mut add);
    }
    let labelled = || text.lines().find_map(|line| known_project(labelled_path(line)?, instances));
    if projects.is_empty() {
        projects.extend(labelled());
    }
    let ticket = ticket.or_else(|| text.lines().find_map(ticket_of_line));
    let mut projects = projects.into_iter();
    let project = projects.next();
    let others = projects.map(|other| other.name).take(MOST_OTHERS).collect();
    Opening { ticket, project, others, unknown: None }
}

/// The project on one of the known instances.
fn known_project(text: &str, instances: &[String]) -> Option<OpeningProject> {
    // A host without `https://` in front of it looks like a group on every other instance.
    let first = text.trim().split('/').next().unwrap_or_default();
    let is_named = |instance: &&String| {
        let host = instance.split_once("://").map_or(instance.as_str(), |(_, host)| host);
        host.trim_end_matches('/').eq_ignore_ascii_case(first)
    };
    let (those, others): (Vec<_>, Vec<_>) = instances.iter().partition(is_named);
    let read = |instance: &String| Some(named(instance, text, parse_project(text, instance).ok()?));
    those.into_iter().chain(others).find_map(read)
}

/// A project URL of an instance that is not known yet: the URL's origin is the instance.
fn elsewhere(text: &str) -> Option<OpeningProject> {
    let rest = match text.split_once("https://") {
        Some((_, rest)) => rest,
        None => text.trim(),
    };
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    if !text.contains("https://") && !host.eq_ignore_ascii_case(GITLAB_COM) {
        return None;
    }
    let instance = format!("https://{host}");
    Some(named(&instance, text, parse_project(text, &instance).ok()?))
}

fn named(instance: &str, text: &str, project: NamedProject) -> OpeningProject {
    let NamedProject { project, .. } = project;
    let name = project.path.or(project.id.map(|id| id.to_string())).unwrap_or_default();
    let instance = instance.trim_end_matches('/').to_owned();
    OpeningProject { instance, name, pasted: text.to_owned() }
}

/// Whether a URL of an unknown host is a page of GitLab: mails are full of other links.
fn is_surely_project(url: &str) -> bool {
    web(url).is_some_and(|url| url.path().contains("/-/") || url.path().strip_suffix(".git").is_some())
}

/// Whether the URL is an issue of the handbook's trackers: that is not the customer's project.
fn is_of_tracker(url: &str, trackers: &Trackers) -> bool {
    issue_link(url)
        .and_then(|link| issue_project(&link))
        .is_some_and(|project| trackers.fact(&project).is_some())
}

/// The path in `Project: group/project` and `Repository path = group/project`.
fn labelled_path(line: &str) -> Option<&str> {
    let (label, value) = line.split_once([':', '='])?;
    let label = label.to_lowercase();
    let is_label = ["project", "repository", "repo"].iter().any(|word| label.contains(word));
    let value = value.trim().trim_matches(['`', '*', '"', '\'', '<', '>']);
    let is_path = value.contains('/') && !value.contains(char::is_whitespace) && !value.contains("://");
    (is_label && label.split_whitespace().count() <= 3 && is_path).then_some(value)
}

/// The ticket in `[ZD 418822] …`, `Ticket #418822:` and `Request 418822`.
fn ticket_of_line(line: &str) -> Option<Ticket> {
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || "[](){},;".contains(c)).collect();
    let alone = words.iter().filter(|word| !is_digits(word) && !word.contains('/'));
    let together = words.windows(2).filter(|pair| !is_digits(pair[0])).map(|pair| pair.join(" "));
    let number =
        alone.map(|word| (*word).to_owned()).chain(together).find_map(|text| ticket_number(&text))?;
    parse_ticket(&format!("#{number}")).ok()
}
