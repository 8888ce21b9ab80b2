//! A table of usernames and e-mail addresses that the user made.

use std::collections::BTreeMap;
use std::path::Path;

use crate::case::{Code, UserError};
use crate::platform::disk;

/// More than any list of members.
const MOST_BYTES: usize = 4 << 20;
/// An address has at most 254 characters.
const MOST_ADDRESS_BYTES: usize = 254;

/// E-mail addresses by username, in lower case: GitLab compares usernames like that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailTable(BTreeMap<String, String>);

impl EmailTable {
    /// Reads a table: a username and an address per line, separated by a comma, a semicolon, a tab or spaces. Empty
    /// lines and lines that start with `#` are ignored, and so is a first line without an address.
    pub fn read(path: &Path) -> Result<Self, UserError> {
        let fail = |what: &str, hint: &str| {
            let headline = format!("The table {} {what}.", path.display());
            UserError::new(Code::Usage, headline, hint)
        };
        let bytes = disk::read_short(path, MOST_BYTES).map_err(|error| {
            let what = format!("cannot be read: {}", error.to_string().trim_end_matches('.'));
            fail(&what, "Name a text file that you can read, with the members of this project only.")
        })?;
        let text = String::from_utf8(bytes).map_err(|_other| {
            fail("is not UTF-8 text", "Save the table as text in UTF-8, for example as “CSV UTF-8”.")
        })?;
        Self::parse(&text).map_err(|(line, what)| {
            let what = format!("{what} in line {line}");
            fail(&what, "Write one member per line: a username, a comma, an e-mail address.")
        })
    }

    /// Parses the text; an error names the line, but does not show it.
    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut table = Self::default();
        let mut is_first = true;
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let parts = line.split([',', ';', '\t', ' ']).map(|part| part.trim().trim_matches('"'));
            let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
            let is_heading = std::mem::take(&mut is_first) && !line.contains('@');
            match parts.as_slice() {
                _ if is_heading => {}
                [name, address] if is_address(address) && !name.contains(char::is_control) => {
                    let name = name.trim_start_matches('@').to_lowercase();
                    let known = table.0.insert(name.clone(), (*address).to_owned());
                    if known.as_ref().is_some_and(|known| known != *address) {
                        return Err((number, "has another address for the same username"));
                    }
                    // GitLab would give both users' work to one of them.
                    let is_of_other = owners
                        .insert(address.to_lowercase(), name.clone())
                        .is_some_and(|owner| owner != name);
                    if is_of_other {
                        return Err((number, "has the address of another username"));
                    }
                }
                _ => return Err((number, "has no username and e-mail address")),
            }
        }
        if table.0.is_empty() { Err((1, "has no username and e-mail address")) } else { Ok(table) }
    }

    /// The usernames, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The address of this username.
    pub fn get(&self, username: &str) -> Option<&str> {
        self.0.get(&username.to_lowercase()).map(String::as_str)
    }
}

fn is_address(text: &str) -> bool {
    let halves = text.split_once('@');
    let has_both =
        halves.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    has_both && text.len() <= MOST_ADDRESS_BYTES && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_however_its_columns_are_separated() {
        let text = "\u{feff}username,email\n# comment\n\nmaria,m@example.com\n@Jonas ; j@example.com\r\ndana\td@example.com\n\"x\" , \"x@example.com\"\n";
        let table = EmailTable::parse(text).unwrap();
        for (name, address) in [
            ("maria", "m@example.com"),
            ("JONAS", "j@example.com"),
            ("dana", "d@example.com"),
            ("x", "x@example.com"),
        ] {
            assert_eq!(table.get(name), Some(address));
        }
        assert_eq!(table.get("nobody"), None);
    }

    #[test]
    fn a_mistake_is_named_by_its_line_and_shows_nothing() {
        for (text, line) in [
            ("a,a@b\nb\n", 2),
            ("a,a@b\nb,b@c,d\n", 2),
            ("a,a@b\nb,@c\n", 2),
            ("a,a@b\nA,other@b\n", 2),
            ("a,a@b\nb,c@d\nc,A@b\n", 3),
            ("", 1),
            ("username,email\n", 1),
            ("a,a@b\nb\0,b@c\n", 2),
        ] {
            assert_eq!(EmailTable::parse(text).unwrap_err().0, line, "{text:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, "a,a@b\nsecret@example.com\n").unwrap();
        let error = EmailTable::read(&path).unwrap_err();
        assert!(error.headline.contains("line 2") && !error.headline.contains("secret"), "{error}");
        std::fs::write(&path, b"\xff\xfe").unwrap();
        let error = EmailTable::read(&path).unwrap_err();
        assert!(error.headline.contains("UTF-8") && error.hint.text().contains("UTF-8"), "{error}");
        assert_eq!(EmailTable::read(folder.path()).unwrap_err().code, Code::Usage);
    }
}
