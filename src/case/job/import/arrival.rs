//! Compares an archive with the project after the import. GitLab's `finished` does not mean that anything arrived
//! (gitlab-org/gitlab#271596), and a relation import finishes even for a broken archive.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name under which the repository is counted: 1 or 0.
pub const REPOSITORY: &str = "repository";

/// What was found in an archive before it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentArchive {
    /// Records of each relation that has a file.
    pub records: BTreeMap<String, u64>,
    /// Whether there is a `project.bundle` without a known flaw.
    pub has_sound_bundle: bool,
    /// Whether it was rebuilt from files that did not have all data of the project.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_gaps: bool,
}

/// What the project has once GitLab reports the import as finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivedProject {
    /// Records of each relation that the API lists; `None` if GitLab does not report the number.
    pub records: BTreeMap<String, Option<u64>>,
    /// `None` if the repository was not checked.
    pub has_repository: Option<bool>,
    #[serde(default)]
    pub is_archived: bool,
}

/// A relation with fewer records in the project than in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRecords {
    pub relation: String,
    pub archive: u64,
    pub arrived: u64,
}

impl MissingRecords {
    /// `0 of 4 merge requests`.
    pub fn words(&self) -> String {
        let name = self.relation.strip_prefix("ci_").unwrap_or(&self.relation).replace('_', " ");
        format!("{} of {} {name}", self.arrived, self.archive)
    }
}

/// What did not arrive, sorted by relation name; empty if nothing was compared.
pub(super) fn missing(archive: &SentArchive, arrived: &ArrivedProject) -> Vec<MissingRecords> {
    let relation = |(relation, archive): (&String, &u64)| {
        let arrived = (*arrived.records.get(relation)?)?;
        // The list of pipelines omits child pipelines, so for pipelines only a count of zero is conclusive.
        let lacks =
            if relation == "ci_pipelines" { arrived == 0 && *archive > 0 } else { arrived < *archive };
        lacks.then(|| MissingRecords { relation: relation.clone(), archive: *archive, arrived })
    };
    let mut all: Vec<_> = archive.records.iter().filter_map(relation).collect();
    if archive.has_sound_bundle && arrived.has_repository == Some(false) {
        all.push(MissingRecords { relation: REPOSITORY.to_owned(), archive: 1, arrived: 0 });
    }
    all
}

/// Whether nothing that was compared has arrived.
pub(super) fn is_nothing_there(archive: &SentArchive, arrived: &ArrivedProject) -> bool {
    let compared = archive.records.iter().filter(|(_, count)| **count > 0);
    let mut told =
        compared.filter_map(|(relation, _)| arrived.records.get(relation).copied().flatten()).peekable();
    told.peek().is_some() && told.all(|count| count == 0)
}
