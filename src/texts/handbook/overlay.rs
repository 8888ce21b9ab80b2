//! Applies a user's handbook file over the built-in one: every key is tried separately.

use std::fmt;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::{BUILT_IN, Handbook};

/// A mistake in a user's file: its position, and a sentence about it. The built-in value stays in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// The built-in handbook with every valid value of `text`.
pub(super) fn apply(text: &str) -> (Handbook, Vec<Mistake>) {
    let Ok(data) = toml::from_str::<Table>(BUILT_IN) else { return (Handbook::built_in(), Vec::new()) };
    let mut overlay =
        Overlay { text, data, handbook: Handbook::built_in(), mistakes: Vec::new(), path: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        overlay.mistake(at, format!("This is not TOML: {}.", error.message().trim_end_matches('.')));
    }
    overlay.table(table.get_ref());
    overlay.drop_unusable_issues(table.get_ref());
    overlay.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    (overlay.handbook, overlay.mistakes)
}

struct Overlay<'a> {
    text: &'a str,
    /// The merged data as TOML, from which `handbook` was read.
    data: Table,
    handbook: Handbook,
    mistakes: Vec<Mistake>,
    /// The keys from the root to the current table.
    path: Vec<String>,
}

impl Overlay<'_> {
    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let (at, key) = (key.span().start, key.get_ref().to_string());
            let known = lookup(&self.data, &self.path).and_then(|table| table.get(&key));
            let own_issue = self.path == ["known_issues"];
            match (known, value.get_ref()) {
                (Some(Value::Table(_)), DeValue::Table(inner)) => self.inner(key, inner),
                (None, DeValue::Table(inner)) if own_issue => {
                    self.insert(&key, Value::Table(Table::new()));
                    self.inner(key, inner);
                }
                (Some(Value::Table(_)), _) => {
                    self.mistake(at, format!("{} is a table, not a single value.", self.dotted(&key)));
                }
                (None, _) if !self.is_field_of_issue() => {
                    self.mistake(at, format!("There is no key {}.", self.dotted(&key)));
                }
                (_, _) => self.leaf(&key, value),
            }
        }
    }

    /// The fields of a known issue that the user adds are not in the built-in file; the type checks them.
    fn is_field_of_issue(&self) -> bool {
        self.path.len() == 2 && self.path[0] == "known_issues"
    }

    fn inner(&mut self, key: String, table: &DeTable<'_>) {
        self.path.push(key);
        self.table(table);
        self.path.pop();
    }

    /// Tries one value: it is kept only if the whole handbook still parses.
    fn leaf(&mut self, key: &str, value: &Spanned<DeValue<'_>>) {
        let at = value.span().start;
        let plain = match Value::deserialize(toml::de::ValueDeserializer::from(value.clone())) {
            Ok(plain) => plain,
            Err(error) => return self.mistake(at, format!("{}: {}.", self.dotted(key), first_line(&error))),
        };
        let before = self.data.clone();
        self.insert(key, plain);
        match self.data.clone().try_into::<Handbook>() {
            Ok(handbook) => self.handbook = handbook,
            Err(error) => {
                self.data = before;
                self.mistake(at, format!("{} is not usable: {}.", self.dotted(key), first_line(&error)));
            }
        }
    }

    fn insert(&mut self, key: &str, value: Value) {
        let mut table = &mut self.data;
        for part in &self.path {
            match table.get_mut(part) {
                Some(Value::Table(inner)) => table = inner,
                Some(_) | None => return,
            }
        }
        table.insert(key.to_owned(), value);
    }

    /// Replaces an unusable known issue with the built-in one, or removes it.
    fn drop_unusable_issues(&mut self, table: &DeTable<'_>) {
        let built_in = Handbook::built_in().known_issues;
        let spans: Vec<(String, usize)> = table
            .get("known_issues")
            .and_then(|issues| issues.get_ref().as_table())
            .into_iter()
            .flat_map(|issues| issues.keys().map(|key| (key.get_ref().to_string(), key.span().start)))
            .collect();
        for (name, at) in spans {
            let Some(fault) = self.handbook.known_issues.get(&name).and_then(super::KnownIssue::fault) else {
                continue;
            };
            self.mistake(at, format!("known_issues.{name} {fault}."));
            match built_in.get(&name) {
                Some(known) => self.handbook.known_issues.insert(name, known.clone()),
                None => self.handbook.known_issues.remove(&name),
            };
        }
    }

    fn dotted(&self, key: &str) -> String {
        let mut parts: Vec<&str> = self.path.iter().map(String::as_str).collect();
        parts.push(key);
        parts.join(".")
    }

    fn mistake(&mut self, at_byte: usize, message: String) {
        let (line, column) = line_and_column(self.text, at_byte);
        self.mistakes.push(Mistake { line, column, message });
    }
}

fn lookup<'a>(data: &'a Table, path: &[String]) -> Option<&'a Table> {
    path.iter().try_fold(data, |table, part| table.get(part)?.as_table())
}

/// The first line of an error, which says what was expected. The remaining lines give the position, which the mistake
/// has already.
fn first_line(error: &toml::de::Error) -> String {
    error.message().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Line and column, counted from 1 in lines and characters.
fn line_and_column(text: &str, at_byte: usize) -> (usize, usize) {
    let before = text.get(..at_byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
