//! A case with its ticket and its project.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::deletion::ProjectDeletion;
use super::event::VerifiedFile;
use super::fact::{Facts, OfferAnswer, YesNoUnknown};
use super::id::CaseId;
use super::left_out::{LeftOutCounts, LeftOutItem, counted, left_out};
use super::note::{CaseNote, Reminder};
use super::stage::Stage;
use super::time::UtcMs;

/// One customer's failed export, from the ticket to the end of the workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    /// Base URL of the GitLab instance, without a trailing slash.
    pub instance: String,
    pub ticket: Option<Ticket>,
    pub project: ProjectRef,
    /// What the person calls the case, beside ticket and project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_title: Option<String>,
    pub stage: Stage,
    /// When the stage was entered.
    pub stage_since: UtcMs,
    pub facts: Facts,
    /// What the engineer wrote down, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<CaseNote>,
    /// When to return to the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Reminder>,
    /// The file that this program itself downloaded and verified, if any.
    #[serde(default)]
    pub served: Option<VerifiedFile>,
    /// Whether the recorded API attempt is this program's own export, and not the customer's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_api_attempt: bool,
    pub created_at: UtcMs,
    pub closed_at: Option<UtcMs>,
    /// Whether the case is archived: not listed, but still stored.
    #[serde(default)]
    pub archived: bool,
    /// Whether the case was opened by mistake, and closed as such.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub discarded: bool,
    #[serde(default)]
    pub private_data_deleted: Option<UtcMs>,
    /// The number of changes of this case.
    pub revision: u64,
}

impl Case {
    /// A new case.
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
            given_title: None,
            stage: Stage::Troubleshoot,
            stage_since: now,
            facts: Facts::default(),
            notes: Vec::new(),
            reminder: None,
            served: None,
            own_api_attempt: false,
            created_at: now,
            closed_at: None,
            archived: false,
            discarded: false,
            private_data_deleted: None,
            revision: 0,
        }
    }

    /// Whether a project of an instance is the project of this case. If both IDs are known, they alone decide, since
    /// a project keeps its ID when it is renamed; otherwise the path does, which GitLab compares case-insensitively.
    pub fn is_about(&self, instance: &str, project_id: u64, path: &str) -> bool {
        same_instance(&self.instance, instance)
            && match (self.project.id, &self.project.path) {
                (Some(id), _) => id == project_id,
                (None, Some(ours)) => ours.eq_ignore_ascii_case(path),
                (None, None) => false,
            }
    }

    /// Like [`Self::is_about`], for a project as the user named it: by its path or its ID.
    pub fn is_about_named(&self, instance: &str, project_id: Option<u64>, named: &str) -> bool {
        if let Some(id) = project_id.or_else(|| named.parse().ok()) {
            return self.is_about(instance, id, named);
        }
        let is_path = self.project.path.as_deref().is_some_and(|path| path.eq_ignore_ascii_case(named));
        is_path && same_instance(&self.instance, instance)
    }

    /// Whether the case was open at any moment of a period; `until` is `None` while the period lasts.
    pub fn was_open_in(&self, from: UtcMs, until: Option<UtcMs>) -> bool {
        until.is_none_or(|until| until >= self.created_at) && self.closed_at.is_none_or(|at| from <= at)
    }

    /// Whether the customer's answer to the offer is recorded as a fact, and the step that follows is not.
    pub fn has_unread_answer(&self) -> bool {
        let answered = matches!(self.facts.offer_answer, Some(OfferAnswer::Accepted | OfferAnswer::Declined));
        answered && self.stage == Stage::AwaitingAnswer
    }

    /// The messages of the failure, the most telling first: titles and searches are made from them. GitLab's status
    /// words, which this program saw in its own export, come last, and are left out where an export has finished: then
    /// they are no error.
    pub fn error_messages(&self) -> impl Iterator<Item = &str> {
        let facts = &self.facts;
        let (api, ui) = (&facts.api_attempt_message, &facts.ui_attempt_message);
        let finished = facts.export_succeeded == Some(YesNoUnknown::Yes);
        let attempts = match (self.own_api_attempt, finished) {
            (true, true) => [ui, &None],
            (true, false) => [ui, api],
            (false, _) => [api, ui],
        };
        let all = std::iter::once(&facts.download_error).chain(attempts).flatten();
        all.map(String::as_str).filter(|message| !message.trim().is_empty())
    }

    /// The case in a few letters: `#418822`, or `case 5` without a ticket.
    pub fn short_name(&self) -> String {
        self.ticket.as_ref().map_or_else(|| format!("case {}", self.id), Ticket::to_string)
    }

    /// `#418822 acme/platform/monorepo`.
    pub fn title(&self) -> String {
        let project = self.project.title();
        self.ticket.as_ref().map_or_else(|| project.clone(), |ticket| format!("{ticket} {project}"))
    }
}

/// Whether two base URLs name the same GitLab.
pub fn same_instance(a: &str, b: &str) -> bool {
    a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'))
}

/// A Zendesk ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket {
    pub url: String,
    pub id: u64,
}

/// `#418822`.
impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.id)
    }
}

/// The project of a case: what was typed, and what GitLab reported about it when it was reachable. At least one of
/// `id` and `path` is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectRef {
    pub id: Option<u64>,
    /// Full path, `group/sub/project`; unknown if only the ID was given.
    pub path: Option<String>,
    pub known: Option<KnownProject>,
    /// How much of the project an export leaves out, where GitLab was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Box<LeftOutCounts>>,
}

impl ProjectRef {
    pub fn by_id(id: u64) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    pub fn by_path(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// The path, or the ID if the path is not known yet.
    pub fn title(&self) -> String {
        match (&self.path, self.id) {
            (Some(path), _) => path.clone(),
            (None, Some(id)) => format!("project {id}"),
            (None, None) => "unknown project".to_owned(),
        }
    }

    /// What exports of this project leave out, with counts where they are known.
    pub fn left_out(&self) -> impl Iterator<Item = (&'static LeftOutItem, Option<u64>)> + '_ {
        let counts = self.counts.as_ref();
        let told = counts.and_then(|counts| counts.gitlab_version.as_deref());
        let known = self.known.as_ref().and_then(|known| known.gitlab_version.as_deref());
        let version = told.or(known);
        left_out(version).map(move |item| (item, counts.and_then(|counts| counts.of(item))))
    }

    /// The items that a reply to the customer names: `CI/CD variables (12)`. What the project does not have is not
    /// named.
    pub fn left_out_in_replies(&self) -> Vec<String> {
        let named = self.left_out().filter(|(item, count)| item.is_in_replies && *count != Some(0));
        named.map(|(item, count)| counted(item.what, count)).collect()
    }
}

/// What GitLab reports about a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownProject {
    pub id: u64,
    pub path: String,
    pub web_url: Option<String>,
    /// GitLab's value: `private`, `internal`, `public`.
    pub visibility: Option<String>,
    pub repository_bytes: Option<u64>,
    pub lfs_bytes: Option<u64>,
    pub uploads_bytes: Option<u64>,
    /// The total of all storage statistics.
    pub storage_bytes: Option<u64>,
    /// The deletion of the project, if it is marked for it.
    #[serde(flatten)]
    pub deletion: Option<ProjectDeletion>,
    /// The version of the instance that answered.
    pub gitlab_version: Option<String>,
    pub asked_at: UtcMs,
}

impl KnownProject {
    /// The same answer with another time, to compare two answers regardless of when they were given.
    pub(super) fn at(&self, asked_at: UtcMs) -> Self {
        Self { asked_at, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_name_what_the_project_has_or_may_have() {
        let mut project = ProjectRef::by_id(7);
        let unknown = project.left_out_in_replies();
        assert!(unknown.contains(&"webhooks".to_owned()) && unknown.contains(&"packages".to_owned()));
        let counts = [("ci_variables", 12), ("webhooks", 0)].map(|(name, n)| (name.to_owned(), n)).into();
        project.counts = Some(Box::new(LeftOutCounts { gitlab_version: None, counts, counted_at: UtcMs(1) }));
        let named = project.left_out_in_replies();
        assert_eq!(named[0], "CI/CD variables (12)");
        assert!(!named.iter().any(|item| item.starts_with("webhooks")), "{named:?}");
        assert!(named.contains(&"job logs and artifacts".to_owned()), "{named:?}");
    }
}
