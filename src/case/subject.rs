//! Whom and what a case is about: the case itself, its ticket and its project.

use serde::{Deserialize, Serialize};

use super::event::VerifiedFile;
use super::fact::Facts;
use super::id::CaseId;
use super::stage::Stage;
use super::time::UtcMs;

/// One customer's failed export, from the ticket to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    /// Base URL of the GitLab instance, without a slash at the end.
    pub instance: String,
    pub ticket: Option<Ticket>,
    pub project: ProjectRef,
    pub stage: Stage,
    /// When the stage was entered.
    pub stage_since: UtcMs,
    pub facts: Facts,
    /// The file this program itself brought and proved, where it did.
    #[serde(default)]
    pub served: Option<VerifiedFile>,
    pub created_at: UtcMs,
    pub closed_at: Option<UtcMs>,
    /// Out of the list, still there.
    #[serde(default)]
    pub archived: bool,
    #[serde(default)]
    pub private_data_deleted: Option<UtcMs>,
    /// Counts the changes of this case.
    pub revision: u64,
}

impl Case {
    /// A case as it begins.
    pub fn new(
        id: CaseId,
        instance: impl Into<String>,
        ticket: Option<Ticket>,
        project: ProjectRef,
        now: UtcMs,
    ) -> Self {
        Self {
            id,
            instance: instance.into().trim_end_matches('/').to_owned(),
            ticket,
            project,
            stage: Stage::Troubleshoot,
            stage_since: now,
            facts: Facts::default(),
            served: None,
            created_at: now,
            closed_at: None,
            archived: false,
            private_data_deleted: None,
            revision: 0,
        }
    }

    /// Whether a project of an instance is the one of this case. Where both numbers are known they decide alone,
    /// since a project keeps its number when it is renamed; else the path does, which GitLab compares without
    /// regard to case.
    pub fn is_about(&self, instance: &str, project_id: u64, path: &str) -> bool {
        same_instance(&self.instance, instance)
            && match (self.project.id, &self.project.path) {
                (Some(id), _) => id == project_id,
                (None, Some(ours)) => ours.eq_ignore_ascii_case(path),
                (None, None) => false,
            }
    }

    /// `#418822 acme/platform/monorepo`.
    pub fn title(&self) -> String {
        let project = self.project.title();
        self.ticket.as_ref().map_or_else(|| project.clone(), |ticket| format!("#{} {project}", ticket.id))
    }
}

/// Whether two base URLs name one GitLab.
pub fn same_instance(a: &str, b: &str) -> bool {
    a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'))
}

/// A Zendesk ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket {
    pub url: String,
    pub id: u64,
}

/// The project of a case: what was typed, and what GitLab said of it when it could be asked.
/// At least one of `id` and `path` is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectRef {
    pub id: Option<u64>,
    /// Full path, `group/sub/project`; unknown where only the number was given.
    pub path: Option<String>,
    pub known: Option<KnownProject>,
}

impl ProjectRef {
    pub fn by_id(id: u64) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    pub fn by_path(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// The path, or the number where the path is not known yet.
    pub fn title(&self) -> String {
        match (&self.path, self.id) {
            (Some(path), _) => path.clone(),
            (None, Some(id)) => format!("project {id}"),
            (None, None) => "unknown project".to_owned(),
        }
    }
}

/// What GitLab says of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownProject {
    pub id: u64,
    pub path: String,
    pub web_url: Option<String>,
    /// GitLab's word: `private`, `internal`, `public`.
    pub visibility: Option<String>,
    pub repository_bytes: Option<u64>,
    pub lfs_bytes: Option<u64>,
    pub uploads_bytes: Option<u64>,
    /// Everything the statistics add up to.
    pub storage_bytes: Option<u64>,
    /// The day on which GitLab deletes the project: `2026-12-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked_for_deletion_on: Option<String>,
    /// The version of the instance that answered.
    pub gitlab_version: Option<String>,
    pub asked_at: UtcMs,
}

impl KnownProject {
    /// When GitLab deletes the project, where it is scheduled to.
    pub fn deletion_at(&self) -> Option<UtcMs> {
        let day = self.marked_for_deletion_on.as_deref()?;
        UtcMs::parse_rfc3339(&format!("{}T00:00:00Z", day.get(..10)?))
    }

    /// The same answer at another time, to compare what was said without when.
    pub(super) fn at(&self, asked_at: UtcMs) -> Self {
        Self { asked_at, ..self.clone() }
    }
}
