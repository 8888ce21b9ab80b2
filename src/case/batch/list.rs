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
}

/// A line that names a project of an earlier line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Starts at 1.
    pub line: usize,
    pub first_line: usize,
    pub named: String,
}

/// Reads the lines of a list. Blank lines and what follows a `#` at the start of a line or after a space are comments.
/// A line that names no project of the instance refuses the whole list, so that nothing is half done.
pub fn read_list<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    instance: &str,
) -> Result<ProjectList, Refusal> {
    let mut listed = ProjectList { items: Vec::new(), repeated: Vec::new() };
    let mut first_lines: BTreeMap<(Option<u64>, Option<String>), usize> = BTreeMap::new();
    let mut refused: Option<(usize, Refusal)> = None;
    let mut others = 0;
    let lines = (1..).zip(lines.into_iter().map(without_comment));
    let named = lines.flat_map(|(line, text)| projects_of(text).into_iter().map(move |text| (line, text)));
    for (line, text) in named {
        let project = match parse_project(text, instance) {
            Ok(named) => named.project,
            Err(refusal) => {
                others += usize::from(refused.is_some());
                refused.get_or_insert((line, refusal));
                continue;
            }
        };
        match first_lines.entry(key_of(&project)) {
            Entry::Vacant(entry) => entry.insert(line),
            Entry::Occupied(entry) => {
                let first_line = *entry.get();
                listed.repeated.push(Repeated { line, first_line, named: text.to_owned() });
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
    if let Some((line, refusal)) = refused {
        return Err(unreadable(line, refusal, others));
    }
    if listed.items.is_empty() {
        return Err(Refusal::new(
            Rule::LinkForm,
            "The list names no project.",
            "Write one project a line: its ID, full path or URL.",
        ));
    }
    Ok(listed)
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

/// The projects that a line names. Most lines name one; a list with commas, and several URLs, name more. Of a row of a
/// table, the first cell with a path counts, or else the first cell.
fn projects_of(line: &str) -> Vec<&str> {
    let line = without_bullet(line);
    if line.contains('\t') || line.starts_with('|') {
        let mut cells = line.split(['\t', '|']).map(str::trim).filter(|cell| !cell.is_empty());
        let first = cells.clone().next();
        return cells.find(|cell| cell.contains('/')).or(first).into_iter().collect();
    }
    let is_url = |word: &&str| word.contains("://");
    if line.split_whitespace().filter(is_url).count() > 1 {
        return line.split_whitespace().filter(is_url).collect();
    }
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

/// The refusal of the first unreadable line, with the number of the others.
fn unreadable(line: usize, first: Refusal, others: usize) -> Refusal {
    let more = match others {
        0 => String::new(),
        1 => " Another line cannot be read either.".to_owned(),
        _ => format!(" {others} other lines cannot be read either."),
    };
    Refusal { headline: format!("Line {line}: {}{more}", first.headline), ..first }
}
