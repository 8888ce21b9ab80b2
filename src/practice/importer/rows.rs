//! The lines of one relation, as `NdjsonReader` and `group/relation_tree_restorer.rb` read them: a line that is no JSON
//! ends the import; a record that cannot be saved becomes a failed relation.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::iids::ImportedIids;

/// `NdjsonReader::MAX_JSON_DOCUMENT_SIZE`: the longest line with its newline.
pub const LONGEST_LINE: usize = 50 << 20;
/// GitLab shows the newest hundred failed relations.
pub const MOST_FAILURES: usize = 100;
/// Titles are columns of this width.
const LONGEST_TITLE: usize = 255;
const MOST_SNIPPETS: usize = 10_000;

/// A record that was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFailure {
    pub relation: String,
    pub exception_class: &'static str,
    pub source: &'static str,
    /// Number of the line, from 0.
    pub line: u64,
}

/// What one relation has brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedRows {
    /// IIDs of the records that have one, and the number of the others.
    pub iids: ImportedIids,
    pub others: u64,
    /// For protected branches: each with the levels that may push, as the API shows them.
    pub branches: Vec<Value>,
}

impl ImportedRows {
    pub fn count(&self) -> u64 {
        self.iids.count() + self.others
    }

    /// Adds the records of another import into the same project.
    pub fn add_all(&mut self, more: &Self) {
        self.iids.add_all(&more.iids);
        // Records without an IID are found by their own keys, so they are not created twice.
        self.others = self.others.max(more.others);
    }
}

/// A relation that is being read.
#[derive(Debug)]
pub struct RowsReader {
    relation: &'static str,
    line: Vec<u8>,
    number: u64,
    /// Whether a line was no JSON, so that nothing after it is read.
    pub is_broken: bool,
    pub rows: ImportedRows,
    pub failures: Vec<RowFailure>,
    /// Lines whose IID the file has twice: an error for a new project, skipped in an existing one.
    pub repeated: Vec<u64>,
    /// The bundles that the snippets need, with the number of their line.
    pub bundles: Vec<(u64, String)>,
}

/// The columns that decide whether a record is saved.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    iid: Option<u64>,
    title: Option<String>,
    name: Option<String>,
    tag: Option<String>,
    source_branch: Option<String>,
    target_branch: Option<String>,
    description: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    push_access_levels: Option<Vec<PushRow>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PushRow {
    access_level: Option<u64>,
    user_id: Option<u64>,
    group_id: Option<u64>,
}

impl RowsReader {
    pub fn new(relation: &'static str) -> Self {
        Self {
            relation,
            line: Vec::new(),
            number: 0,
            is_broken: false,
            rows: ImportedRows::default(),
            failures: Vec::new(),
            repeated: Vec::new(),
            bundles: Vec::new(),
        }
    }

    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.is_broken {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (here, rest) = bytes.split_at(end.map_or(bytes.len(), |at| at + 1));
            if self.line.len() + here.len() > LONGEST_LINE {
                self.is_broken = true;
                return;
            }
            self.line.extend_from_slice(here);
            if end.is_some() {
                self.end_line();
            }
            bytes = rest;
        }
    }

    /// The file has ended. Its last line may lack the newline.
    pub fn end(&mut self) {
        if !self.line.is_empty() && !self.is_broken {
            self.end_line();
        }
        self.line = Vec::new();
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let number = self.number;
        self.number += 1;
        let failure = match serde_json::from_slice::<Row>(&line) {
            // A relation that has nothing.
            _ if line.trim_ascii() == b"null" => None,
            Ok(row) if line.trim_ascii_start().starts_with(b"{") => self.row(row, number).err(),
            Ok(_) => Some("NoMethodError"),
            Err(error) if error.is_data() => Some("NoMethodError"),
            Err(_) => {
                self.is_broken = true;
                None
            }
        };
        if let Some(class) = failure {
            self.fails(number, class);
        }
        self.line = line;
        self.line.clear();
    }

    fn fails(&mut self, line: u64, exception_class: &'static str) {
        if self.failures.len() == MOST_FAILURES {
            self.failures.remove(0);
        }
        let relation = self.relation.to_owned();
        self.failures.push(RowFailure { relation, exception_class, source: "process_relation_item!", line });
    }

    /// Saves a record, or returns the class of the exception.
    fn row(&mut self, row: Row, number: u64) -> Result<(), &'static str> {
        const INVALID: &str = "ActiveRecord::RecordInvalid";
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        let is_valid = match self.relation {
            "issues" | "milestones" | "labels" => given(&row.title),
            "merge_requests" => given(&row.title) && given(&row.source_branch) && given(&row.target_branch),
            "releases" => given(&row.tag),
            "protected_branches" | "protected_tags" => given(&row.name),
            // The relation factory takes each line for a user (`OVERRIDES`), and users are not imported.
            "user_contributions" => return Err("NoMethodError"),
            _ => true,
        };
        if !is_valid || row.title.as_ref().is_some_and(|title| title.chars().count() > LONGEST_TITLE) {
            return Err(INVALID);
        }
        match row.iid {
            Some(iid) if !self.rows.iids.add(iid) => {
                if self.repeated.len() < MOST_FAILURES {
                    self.repeated.push(number);
                }
            }
            Some(_) => {}
            None => self.rows.others += 1,
        }
        match self.relation {
            "protected_branches" => self.rows.branches.push(branch(row)),
            "snippets" if self.bundles.len() < MOST_SNIPPETS => {
                self.bundles.push((number, bundle_of_snippet(&row)));
            }
            _ => {}
        }
        Ok(())
    }
}

/// A protected branch as `GET /projects/:id/protected_branches` shows it. The key of a deploy key is not exported, so
/// a row that has neither user nor group lets all users of its level push.
fn branch(row: Row) -> Value {
    let level = |level: PushRow| {
        json!({
            "access_level": level.access_level,
            "user_id": level.user_id,
            "group_id": level.group_id,
            "deploy_key_id": null,
        })
    };
    let levels: Vec<_> = row.push_access_levels.unwrap_or_default().into_iter().map(level).collect();
    json!({ "id": 1, "name": row.name, "push_access_levels": levels })
}

/// The name of a snippet's bundle (`Snippet#hexdigest`).
fn bundle_of_snippet(row: &Row) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let parts = [
        text(&row.title),
        text(&row.description),
        seconds(&text(&row.created_at)),
        seconds(&text(&row.updated_at)),
    ];
    let digest = Sha256::digest(parts.concat());
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a `String` cannot fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

/// Rails' `to_s` of a time: `2023-02-14 09:26:53 UTC`.
fn seconds(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => String::new(),
    }
}
