//! What an archive holds beside what is in the project after its import. GitLab's `finished` does not say that anything
//! arrived (gitlab-org/gitlab#271596), and of a single relation it says so of a broken archive too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name under which the repository is counted: one, or none.
pub const REPOSITORY: &str = "repository";

/// What an archive was found to hold before it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentArchive {
    /// Records of each relation that has a file.
    pub records: BTreeMap<String, u64>,
    /// Whether there is a `project.bundle`, and nothing was found wrong with it.
    pub has_sound_bundle: bool,
}

/// What the project has once GitLab calls the import finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivedProject {
    /// Records of each relation that the API lists; `None` where GitLab does not tell.
    pub records: BTreeMap<String, Option<u64>>,
    /// `None` where it was not looked at.
    pub has_repository: Option<bool>,
    #[serde(default)]
    pub is_archived: bool,
}

/// A relation of which fewer records are in the project than in the archive.
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

/// What did not arrive, in the order of the relations' names; empty where nothing was compared.
pub(super) fn missing(archive: &SentArchive, arrived: &ArrivedProject) -> Vec<MissingRecords> {
    let relation = |(relation, archive): (&String, &u64)| {
        let arrived = (*arrived.records.get(relation)?)?;
        // The list of pipelines leaves out child pipelines, so that only none at all says anything.
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

/// Whether of all that was compared nothing arrived.
pub(super) fn is_nothing_there(archive: &SentArchive, arrived: &ArrivedProject) -> bool {
    let compared = archive.records.iter().filter(|(_, count)| **count > 0);
    let mut told =
        compared.filter_map(|(relation, _)| arrived.records.get(relation).copied().flatten()).peekable();
    told.peek().is_some() && told.all(|count| count == 0)
}
