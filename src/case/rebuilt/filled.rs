//! What was added to a rebuilt archive.

use serde::{Deserialize, Serialize};

use crate::case::format;
use crate::case::time::UtcMs;

/// A part of the archive that does not come from the relations export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// `project_members`, `wiki`, `snippets` or `max_iids`.
    pub what: String,
    /// The URL that it was read from, or the relation files.
    pub from: String,
    /// When it was read, RFC 3339.
    pub at: String,
    /// How many members, wiki pages, snippets or numbers.
    pub count: u64,
    /// Of how many members the e-mail address is known; `None` for other parts and in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_address: Option<u64>,
    /// Further facts, in sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Filled {
    /// What else is known of it, in sentences.
    pub fn facts(&self) -> Option<String> {
        let addresses = self.with_address.map(|count| format!("{count} of them with an e-mail address."));
        let all: Vec<_> = addresses.into_iter().chain(self.note.clone()).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    /// What was added, from where and when, in one sentence.
    pub fn sentence(&self) -> String {
        let note = self.facts().map(|facts| format!(" {facts}")).unwrap_or_default();
        let (one, many) = match self.what.as_str() {
            "project_members" => ("member", "members"),
            "wiki" => ("page", "pages"),
            "snippets" => ("repository", "repositories"),
            _ => ("number", "numbers"),
        };
        let count = format::number_of(self.count, one, many);
        let at = UtcMs::parse_rfc3339(&self.at).map_or_else(|| self.at.clone(), UtcMs::for_people);
        format!("{}, {count} from {}, read {at}.{note}", self.what, self.from)
    }
}
