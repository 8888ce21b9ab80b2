//! How to rebuild: what a person chooses before, and may change after a failure.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::case::job::relations::{KNOWN_RELATIONS, NEVER_IMPORTED};
use crate::case::{Code, UserError};

/// Where the relation files come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildSource {
    /// A new export. Refused if that would delete finished files that were not downloaded.
    #[default]
    New,
    /// A new export, although GitLab then deletes finished files that were not downloaded.
    Replacing,
    /// The finished export that GitLab has already.
    Existing,
}

/// Whether the members go into the archive, and with which e-mail addresses. Other people's addresses go into a file
/// only if the user says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembersChoice {
    /// No members.
    #[default]
    Without,
    /// With the addresses that members show on their profiles.
    PublicEmails,
    /// With exactly the addresses of this table: a username and an address per line.
    Table(PathBuf),
}

/// How to rebuild.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildOptions {
    pub source: RebuildSource,
    /// Folder for the relation files. `None` is `<project>_relations` in the download folder, with the host of the
    /// instance in its name where another project has that folder. An empty path is the default folder, too, and undoes
    /// an earlier choice.
    pub folder: Option<String>,
    /// Path of the archive, which must not exist yet; `None` puts it beside the folder.
    pub output: Option<String>,
    /// Builds although something is missing.
    pub allow_gaps: bool,
    #[serde(default)]
    pub members: MembersChoice,
    /// Relations that the user leaves out on purpose.
    #[serde(default)]
    pub without: Vec<String>,
    /// The destination's import limit: a larger archive becomes a set. `None` is the limit of the settings.
    #[serde(default)]
    pub limit_bytes: Option<u64>,
    /// Builds a set even where one archive would keep the limit.
    #[serde(default)]
    pub always_splits: bool,
}

/// The relation with the project itself.
pub const PROJECT: &str = "self";

/// Refuses to leave out what no archive can be imported without.
pub fn check_without(names: &[String]) -> Result<(), UserError> {
    if names.iter().all(|name| name != PROJECT) {
        return Ok(());
    }
    let headline = format!("GitLab cannot import an archive without the relation {PROJECT}.");
    Err(UserError::new(Code::Usage, headline, "Leave out other relations only."))
}

/// Refuses to leave out what GitLab does not have. `listed` are the relations that GitLab has listed of the project: a
/// newer version may have others than this program knows.
pub fn check_known(names: &[String], listed: &[String]) -> Result<(), UserError> {
    let is_known = |name: &String| KNOWN_RELATIONS.contains(&name.as_str()) || listed.contains(name);
    let Some(unknown) = names.iter().find(|name| !is_known(name)) else { return Ok(()) };
    Err(unknown_relation(&format!("GitLab has no relation “{unknown}”."), KNOWN_RELATIONS))
}

/// The error for a relation that cannot be left out because it is not there; the hint names those that can.
pub fn unknown_relation<'a>(headline: &str, there: impl IntoIterator<Item = &'a str>) -> UserError {
    let may_be_named = |name: &&str| *name != PROJECT && *name != NEVER_IMPORTED;
    let names: Vec<_> = there.into_iter().filter(may_be_named).collect();
    UserError::new(Code::Usage, headline, format!("Its relations are {}.", names.join(", ")))
}

/// Names of relations as a person types them: separated by commas or spaces. `listed` are those that GitLab has listed
/// of the project. The error is a sentence.
pub fn typed_names(text: &str, listed: &[String]) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split([',', ';', ' ', '\n', '\t']).filter(|name| !name.is_empty()) {
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(format!("“{name}” is not the name of a relation, for example ci_pipelines."));
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    check_without(&names).map_err(|error| error.headline)?;
    check_known(&names, listed).map_err(|error| error.headline)?;
    Ok(names)
}

impl RebuildOptions {
    /// These options for a rebuild that already has others: a path or a limit that is not named again stays.
    #[must_use]
    pub fn over(self, earlier: &Self) -> Self {
        Self {
            folder: self.folder.or_else(|| earlier.folder.clone()),
            output: self.output.or_else(|| earlier.output.clone()),
            limit_bytes: self.limit_bytes.or(earlier.limit_bytes),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_names_are_names_of_relations() {
        let read = |text: &str| typed_names(text, &["new_in_19".to_owned()]).map(|names| names.join("+"));
        assert_eq!(read(" "), Ok(String::new()));
        assert_eq!(read("new_in_19"), Ok("new_in_19".to_owned()), "GitLab has listed it");
        assert_eq!(read("ci_pipelines, issues ci_pipelines;"), Ok("ci_pipelines+issues".to_owned()));
        for (text, why) in [
            ("Merge requests", "“Merge”"),
            ("../x", "“../x”"),
            ("foo, ci_pipelines", "no relation “foo”"),
            ("issues,self", "without the relation self"),
        ] {
            assert!(read(text).unwrap_err().contains(why), "{text}");
        }
    }
}
