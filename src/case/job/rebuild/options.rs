//! How to rebuild: what a person chooses before, and may change after a failure.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    /// With exactly the addresses of this table: a user name and an address per line.
    Table(PathBuf),
}

/// How to rebuild.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildOptions {
    pub source: RebuildSource,
    /// Folder for the relation files. `None` is `<project>_relations` in the download folder, with the host of the
    /// instance in its name where another project has that folder.
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
