//! What a project export never contains, by GitLab version. An export leaves these items out without a word, so the
//! customer learns of them from us first.
//!
//! Two sources: the list “Project items that are not exported” of GitLab's documentation, and for items that the list
//! does not name, the tree of `lib/gitlab/import_export/project/import_export.yml` of 18.9, which names all that is
//! exported.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::UtcMs;

const DOCS: &str =
    "https://docs.gitlab.com/user/project/settings/import_export/#project-items-that-are-not-exported";
const DOCS_KNOWN_ISSUES: &str = "https://docs.gitlab.com/user/project/settings/import_export/#known-issues";
const DOCS_CHANGES: &str =
    "https://docs.gitlab.com/user/project/settings/import_export/#changes-to-imported-items";
const TREE: &str = "https://gitlab.com/gitlab-org/gitlab/-/blob/18-9-stable-ee/lib/gitlab/import_export/project/import_export.yml";
const TRIGGERS: &str =
    "https://gitlab.com/gitlab-org/gitlab/-/commit/4195b918418786babcc71af51b61ea3fad107a8a";

/// One item of a project that an export leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOutItem {
    /// The key of stored counts.
    pub name: &'static str,
    /// What it is, for people: `CI/CD variables`.
    pub what: &'static str,
    /// Where GitLab says so.
    pub source: &'static str,
    /// The list of the REST API with these items, where counting them costs one request.
    pub list: Option<RestList>,
    /// The first version whose exports leave it out; `None` for all versions before `until`.
    since: Option<MinorVersion>,
    /// The first version whose exports contain it; `None` if no known version does.
    until: Option<MinorVersion>,
    /// Whether the reply to a customer names it: somebody has to create or copy it again.
    pub is_in_replies: bool,
}

/// A list below `/projects/:id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestList {
    pub segments: &'static [&'static str],
    pub query: &'static [(&'static str, &'static str)],
}

type MinorVersion = (u32, u32);

impl LeftOutItem {
    const fn new(name: &'static str, what: &'static str, source: &'static str) -> Self {
        Self { name, what, source, list: None, since: None, until: None, is_in_replies: false }
    }

    const fn listed(self, segments: &'static [&'static str]) -> Self {
        Self { list: Some(RestList { segments, query: &[] }), ..self.in_replies() }
    }

    const fn in_replies(self) -> Self {
        Self { is_in_replies: true, ..self }
    }

    const fn since(self, major: u32, minor: u32) -> Self {
        Self { since: Some((major, minor)), ..self }
    }

    const fn until(self, major: u32, minor: u32) -> Self {
        Self { until: Some((major, minor)), ..self.in_replies() }
    }

    fn applies_to(&self, version: Option<MinorVersion>) -> bool {
        // An unknown version is treated like the newest one.
        let version = version.unwrap_or((u32::MAX, 0));
        self.since.is_none_or(|since| version >= since) && self.until.is_none_or(|until| version < until)
    }
}

/// The most important items first.
#[rustfmt::skip]
const ITEMS: [LeftOutItem; 31] = [
    LeftOutItem::new("ci_variables", "CI/CD variables", DOCS).listed(&["variables"]),
    LeftOutItem::new("webhooks", "webhooks", DOCS).listed(&["hooks"]),
    LeftOutItem::new("job_logs_and_artifacts", "job logs and artifacts", DOCS).in_replies(),
    LeftOutItem::new("packages", "packages", DOCS).listed(&["packages"]),
    LeftOutItem::new("container_repositories", "container registry repositories", DOCS).listed(&["registry", "repositories"]),
    LeftOutItem::new("secure_files", "secure files", DOCS).listed(&["secure_files"]).since(14, 8),
    LeftOutItem::new("environments", "environments", TREE).listed(&["environments"]),
    LeftOutItem::new("pipeline_triggers", "pipeline trigger tokens", TRIGGERS).listed(&["triggers"]).since(14, 1),
    LeftOutItem::new("deploy_tokens", "deploy tokens", DOCS).listed(&["deploy_tokens"]),
    LeftOutItem::new("deploy_keys", "deploy keys", DOCS_CHANGES).listed(&["deploy_keys"]),
    LeftOutItem::new("access_tokens", "project access tokens", DOCS).listed(&["access_tokens"]).since(13, 0),
    LeftOutItem::new("push_mirrors", "push mirrors", TREE).listed(&["remote_mirrors"]),
    LeftOutItem::new("integrations", "integrations", DOCS).listed(&["integrations"]),
    LeftOutItem::new("feature_flags", "feature flags", TREE).listed(&["feature_flags"]),
    LeftOutItem {
        list: Some(RestList { segments: &["pipelines"], query: &[("source", "parent_pipeline")] }),
        ..LeftOutItem::new("child_pipelines", "child pipelines", DOCS).in_replies()
    },
    LeftOutItem::new("vulnerabilities", "vulnerability report", DOCS).until(17, 7),
    LeftOutItem::new("commit_comments", "comments on commits", DOCS).until(15, 10),
    LeftOutItem::new("issue_events", "iterations and state events of issues", DOCS).until(15, 4),
    LeftOutItem::new("merge_request_people", "approvers, reviewers and further assignees of merge requests", DOCS).until(15, 3),
    LeftOutItem::new("schedule_variables", "variables of pipeline schedules", DOCS),
    LeftOutItem::new("diff_versions", "older diffs and older pipelines of merge requests", DOCS_KNOWN_ISSUES),
    LeftOutItem::new("linked_items", "links between issues and linked items", DOCS),
    LeftOutItem::new("related_merge_requests", "links to related merge requests", DOCS),
    LeftOutItem::new("required_approvals", "the number of required approvals", DOCS),
    LeftOutItem::new("security_policies", "security policies", DOCS).since(14, 0),
    LeftOutItem::new("job_token_allowlist", "the job token allowlist", DOCS).since(15, 9),
    LeftOutItem::new("protected_branch_keys", "deploy keys allowed to push to protected branches", DOCS),
    LeftOutItem::new("git_activity", "the activity log of Git events", DOCS),
    LeftOutItem::new("repository_size_limit", "the repository size limit", DOCS),
    LeftOutItem::new("terraform_states", "Terraform states", TREE).since(13, 0),
    LeftOutItem::new("pages", "the deployed Pages site", TREE),
];

/// What exports of this GitLab version leave out, the most important first. `version` as GitLab tells it, for example
/// `18.9.0-ee`.
pub fn left_out(version: Option<&str>) -> impl Iterator<Item = &'static LeftOutItem> {
    let version = version.and_then(minor_version);
    ITEMS.iter().filter(move |item| item.applies_to(version))
}

fn minor_version(version: &str) -> Option<MinorVersion> {
    let mut parts = version.trim().split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// How many of these items the project has, by [`LeftOutItem::name`]. What GitLab does not tell, or the token may not
/// read, is not in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutCounts {
    /// The version of the instance that answered, where the token may read it.
    #[serde(default)]
    pub gitlab_version: Option<String>,
    pub counts: BTreeMap<String, u64>,
    pub counted_at: UtcMs,
}

impl LeftOutCounts {
    pub fn of(&self, item: &LeftOutItem) -> Option<u64> {
        self.counts.get(item.name).copied()
    }
}

/// `CI/CD variables (12)`.
pub fn counted(what: &str, count: Option<u64>) -> String {
    count.map_or_else(|| what.to_owned(), |count| format!("{what} ({count})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(version: Option<&str>) -> Vec<&'static str> {
        left_out(version).map(|item| item.name).collect()
    }

    #[test]
    fn each_version_has_its_own_list() {
        let newest = names(Some("18.9.0-pre"));
        assert_eq!(newest, names(None), "an unknown version is treated like the newest");
        assert_eq!(newest, names(Some("no version")));
        for name in ["ci_variables", "webhooks", "pipeline_triggers", "secure_files"] {
            assert!(newest.contains(&name), "{name}");
        }
        for (name, last_without, first_with) in [
            ("vulnerabilities", "17.6.5-ee", "17.7.0-ee"),
            ("commit_comments", "15.9.8", "15.10.0"),
            ("issue_events", "15.3.0", "15.4.0"),
            ("merge_request_people", "15.2.0", "15.3.0"),
        ] {
            assert!(names(Some(last_without)).contains(&name), "{name}");
            assert!(!names(Some(first_with)).contains(&name), "{name}");
        }
        let old = names(Some("13.12.15"));
        for name in ["pipeline_triggers", "secure_files", "job_token_allowlist"] {
            assert!(!old.contains(&name), "{name} is newer, or was exported then");
        }
    }

    #[test]
    fn names_are_unique_and_sources_are_pages() {
        let mut all: Vec<_> = ITEMS.iter().map(|item| item.name).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ITEMS.len());
        assert!(ITEMS.iter().all(|item| item.source.starts_with("https://")));
    }
}
