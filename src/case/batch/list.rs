//! Reads a list of projects: one a line, with comments, in any form that a person pastes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::BatchItem;
use crate::case::intake::parse_project;
use crate::case::refusal::{Refusal, Rule};
use crate::case::subject::ProjectRef;

/// The most projects of one batch.
pub const MOST_PROJECTS: usize = 100_000;

/// The projects of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectList {
    /// Each project once, in the order of the list.
    pub items: Vec<BatchItem>,
    pub repeated: Vec<Repeated>,
    /// What names no project of the instance, and why.
    pub unreadable: Vec<(NamedAt, Refusal)>,
}

impl ProjectList {
    /// The list if everything in it could be read, and it names a project.
    pub fn strictly(self) -> Result<Self, Refusal> {
        let mut unreadable = self.unreadable.iter();
        if let Some((at, refusal)) = unreadable.next() {
            let others: Vec<NamedAt> = unreadable.map(|(at, _)| *at).collect();
            return Err(of_unreadable(*at, refusal.clone(), &others));
        }
        if self.items.is_empty() {
            return Err(Refusal::new(
                Rule::LinkForm,
                "The list names no project.",
                "Write one project a line: its ID, full path or URL.",
            ));
        }
        Ok(self)
    }

    /// Why each unreadable line is refused, in one sentence each.
    pub fn unreadable_lines(&self) -> impl Iterator<Item = String> + '_ {
        self.unreadable.iter().map(|(at, refusal)| format!("{}: {}", at.title(), refusal.headline))
    }
}

/// Where a project is named; numbers start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedAt {
    /// An argument of the command.
    Argument(usize),
    /// A line of the list.
    Line(usize),
}

impl NamedAt {
    /// For the start of a sentence.
    fn title(self) -> String {
        match self {
            Self::Argument(number) => format!("Argument {number}"),
            Self::Line(number) => format!("Line {number}"),
        }
    }
}

/// Another name of a project that was named before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    pub at: NamedAt,
    pub first_at: NamedAt,
    pub named: String,
}

impl Repeated {
    /// The repetition in one sentence for a person.
    pub fn sentence(&self) -> String {
        let first = self.first_at.title().to_lowercase();
        format!("{}: {} is already in {first}. It is exported once.", self.at.title(), self.named)
    }
}

/// Reads the projects of a command's arguments and those of a list. What names no project of the instance refuses the whole
/// list, so that nothing is half done.
pub fn read_list(arguments: &[String], list: &str, instance: &str) -> Result<ProjectList, Refusal> {
    read_lines(arguments, list, instance)?.strictly()
}

/// The same, with what cannot be read apart: a person decides about it. Blank lines and what follows a `#` at the start of
/// a line or after a space are comments.
pub fn read_lines(arguments: &[String], list: &str, instance: &str) -> Result<ProjectList, Refusal> {
    let mut listed = ProjectList { items: Vec::new(), repeated: Vec::new(), unreadable: Vec::new() };
    let mut firsts: BTreeMap<(Option<u64>, Option<String>), NamedAt> = BTreeMap::new();
    let arguments = (1..).map(NamedAt::Argument).zip(arguments.iter().map(String::as_str));
    let lines = (1..).map(NamedAt::Line).zip(list.lines().map(without_comment));
    let all = arguments.chain(lines);
    for (at, text, project) in all.flat_map(|(at, line)| projects_in(at, line, instance)) {
        let project = match project {
            Ok(project) => project,
            Err(refusal) => {
                listed.unreadable.push((at, refusal));
                continue;
            }
        };
        match firsts.entry(key_of(&project)) {
            Entry::Vacant(entry) => entry.insert(at),
            Entry::Occupied(entry) => {
                let first_at = *entry.get();
                listed.repeated.push(Repeated { at, first_at, named: text.to_owned() });
                continue;
            }
        };
        if listed.items.len() == MOST_PROJECTS {
            let why = format!("The list has more than {MOST_PROJECTS} projects.");
            return Err(Refusal::new(Rule::LinkForm, why, "Split the list, and export each part by itself."));
        }
        listed.items.push(BatchItem {
            project_id: project.id,
            path: project.path,
            ..BatchItem::new(text.to_owned())
        });
    }
    Ok(listed)
}

/// One project that a line names, or why it names none.
type Named<'a> = (NamedAt, &'a str, Result<ProjectRef, Refusal>);

/// The projects of one line. Each URL counts by itself; in a line without one, a part that names no project makes the rest
/// doubtful too, since prose is full of words with a slash.
fn projects_in<'a>(at: NamedAt, line: &'a str, instance: &str) -> Vec<Named<'a>> {
    let read = |text: &'a str| (at, text, parse_project(text, instance).map(|named| named.project));
    let all: Vec<Named<'a>> = projects_of(line).into_iter().map(read).collect();
    let is_prose = all.iter().any(|(_, text, found)| found.is_err() && !is_url(text));
    let wrong = all.iter().position(|(_, _, found)| found.is_err()).filter(|_| is_prose && all.len() > 1);
    match wrong {
        Some(wrong) => all.into_iter().skip(wrong).take(1).collect(),
        None => all,
    }
}

fn is_url(word: &str) -> bool {
    word.contains("://")
}

/// Two lines mean the same project if they name the same ID, or the same path in any case.
fn key_of(project: &ProjectRef) -> (Option<u64>, Option<String>) {
    match project.id {
        Some(id) => (Some(id), None),
        None => (None, project.path.as_ref().map(|path| path.to_lowercase())),
    }
}

/// A `#` inside a URL, as in `…/edit#js-export-project`, is part of the URL.
fn without_comment(line: &str) -> &str {
    let line = line.trim().trim_start_matches('\u{feff}').trim();
    if line.starts_with('#') {
        return "";
    }
    line.find(" #").or_else(|| line.find("\t#")).map_or(line, |at| line[..at].trim_end())
}

/// The projects that a line names. Most lines name one; a list with commas, and URLs in prose, name more. Of a row of a
/// table, the first cell with a path counts, or else the first cell.
fn projects_of(line: &str) -> Vec<&str> {
    let line = without_bullet(line);
    if line.contains('\t') || line.starts_with('|') {
        let mut cells = line.split(['\t', '|']).map(str::trim).filter(|cell| !cell.is_empty());
        let first = cells.clone().next();
        return cells.find(|cell| cell.contains('/')).or(first).into_iter().collect();
    }
    let parts = parts_of(line);
    let is_list = parts.iter().all(|part| !part.contains(char::is_whitespace));
    let urls = || line.split_whitespace().filter(|word| is_url(word));
    if !is_list && urls().next().is_some() { urls().collect() } else { parts }
}

/// What commas and semicolons part.
fn parts_of(line: &str) -> Vec<&str> {
    let mut rest = line;
    let mut all = Vec::new();
    while let Some((one, more)) =
        [", ", "; "].iter().filter_map(|by| rest.split_once(by)).min_by_key(|(one, _)| one.len())
    {
        all.push(one);
        rest = more;
    }
    all.push(rest);
    all.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// A line of a list without `-`, `*`, `1.`, `1)`, `[ ]` or `[x]` before its text.
fn without_bullet(line: &str) -> &str {
    let Some((first, rest)) = line.split_once(char::is_whitespace) else { return line };
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let is_numbered = first.strip_suffix(['.', ')']).is_some_and(is_number);
    let rest = rest.trim_start();
    match first {
        "-" | "*" | "+" | "•" | "[x]" | "[X]" => without_bullet(rest),
        "[" => rest.strip_prefix(']').map_or(line, str::trim_start),
        _ if is_numbered => without_bullet(rest),
        _ => line,
    }
}

/// The refusal of the first unreadable place, with the places of the others: all are corrected at once.
fn of_unreadable(at: NamedAt, first: Refusal, others: &[NamedAt]) -> Refusal {
    const NAMED: usize = 20;
    let named: Vec<_> = others.iter().take(NAMED).map(|at| at.title()).collect();
    let more = match (others.len(), others.len().saturating_sub(NAMED)) {
        (0, _) => String::new(),
        (_, 0) => format!(" Not readable either: {}.", named.join(", ")),
        (_, more) => format!(" Not readable either: {}, and {more} more.", named.join(", ")),
    };
    Refusal { headline: format!("{}: {}{more}", at.title(), first.headline), ..first }
}
