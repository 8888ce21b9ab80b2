//! What a rebuilt archive does not contain.

use serde::{Deserialize, Serialize};

/// Something among the relation files, or a whole part of a project, that is not in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Row")]
pub struct PartLeftOut {
    /// The relation or part; empty in rows of earlier versions, whose `why` says everything.
    pub relation: String,
    /// The file's name; `None` if the whole relation is left out.
    pub name: Option<String>,
    pub why: String,
}

impl PartLeftOut {
    /// One file of a relation.
    #[cfg(test)]
    pub fn file(relation: &str, name: &str, why: &str) -> Self {
        Self { relation: relation.into(), name: Some(name.into()), why: why.into() }
    }

    /// What was left out, then why.
    pub fn sentence(&self) -> String {
        let name = self.name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        match self.relation.as_str() {
            "" => self.why.clone(),
            relation => format!("{relation}{name}. {}", self.why),
        }
    }
}

/// A part in a row of this version, or the sentence in one of an earlier version.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Part { relation: String, name: Option<String>, why: String },
    Sentence(String),
}

impl From<Row> for PartLeftOut {
    fn from(row: Row) -> Self {
        match row {
            Row::Part { relation, name, why } => Self { relation, name, why },
            Row::Sentence(why) => Self { relation: String::new(), name: None, why },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_an_earlier_version_is_a_part_too() {
        let part = PartLeftOut::file("uploads", "a.png", "Why.");
        let row = serde_json::to_string(&part).unwrap();
        assert_eq!(serde_json::from_str::<PartLeftOut>(&row).unwrap(), part);
        let earlier: PartLeftOut = serde_json::from_str(r#""uploads, a.png. Why.""#).unwrap();
        assert_eq!(earlier.sentence(), part.sentence());
    }
}
