//! The latest calls, for diagnostics: which call, which result, which correlation ID.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use super::instance::Instance;

/// How many calls are kept.
const KEPT: usize = 100;

/// One call, with or without an answer. Contains no query, header or body, and of the path only the parts that are
/// the same for every project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call's name, for example `POST export`.
    pub call: &'static str,
    pub method: &'static str,
    /// For example `/projects/:/export`; `elsewhere` for URLs outside the instance's API, because those URLs can be
    /// secrets.
    pub path: String,
    /// Time until the head of the answer, or until the failure.
    pub took: Duration,
    /// The HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    pub correlation_id: Option<String>,
}

/// The fixed words in API paths. Every other segment may name a project, branch or file. A project's path contains a
/// slash, so it never equals one of these words.
const WORDS: &[&str] = &[
    "all",
    "boards",
    "download",
    "export",
    "export_relations",
    "files",
    "groups",
    "import",
    "import-relation",
    "issues",
    "issues_statistics",
    "labels",
    "members",
    "merge_requests",
    "metadata",
    "milestones",
    "notes",
    "personal_access_tokens",
    "pipeline_schedules",
    "pipelines",
    "projects",
    "protected_branches",
    "protected_tags",
    "raw",
    "relation-imports",
    "releases",
    "remote-import",
    "remote-import-s3",
    "repository",
    "self",
    "snippets",
    "status",
    "templates",
    "user",
    "version",
    "wikis",
];

/// A call's path without names.
pub(super) fn template(instance: &Instance, url: &Url) -> String {
    if !instance.is_api(url) {
        return "elsewhere".to_owned();
    }
    let below = url.path().strip_prefix(instance.root()).unwrap_or_default();
    let below = below.strip_prefix("/api/v4/").unwrap_or_default();
    let mut path = String::new();
    for segment in below.split('/') {
        path.push('/');
        path.push_str(if WORDS.contains(&segment) { segment } else { ":" });
    }
    path
}

/// A ring buffer of the latest calls, shared by all clones of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<Mutex<VecDeque<CallRecord>>>);

impl Calls {
    pub(super) fn record(&self, record: CallRecord) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() == KEPT {
            ring.pop_front();
        }
        ring.push_back(record);
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<CallRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_forgets_the_oldest() {
        let calls = Calls::default();
        for status in 0..150 {
            calls.record(CallRecord {
                call: "GET user",
                method: "GET",
                path: String::new(),
                took: Duration::ZERO,
                status: Some(status),
                correlation_id: None,
            });
        }
        let kept = calls.all();
        assert_eq!((kept.len(), kept[0].status, kept[99].status), (100, Some(50), Some(149)));
    }

    #[test]
    fn a_path_is_kept_without_names() {
        let instance = Instance::parse("https://host.example/gitlab").unwrap();
        for (segments, kept) in [
            (vec!["projects", "acme/secret-plan", "export"], "/projects/:/export"),
            (vec!["projects", "user/export", "export", "download"], "/projects/:/export/download"),
            (vec!["projects", "import"], "/projects/import"),
            (vec!["projects", "remote-import-s3"], "/projects/remote-import-s3"),
            (
                vec!["projects", "7", "repository", "files", "acme.md", "raw"],
                "/projects/:/repository/files/:/raw",
            ),
            (vec!["projects", "7", "issues", "12", "notes"], "/projects/:/issues/:/notes"),
            (vec!["personal_access_tokens", "self"], "/personal_access_tokens/self"),
        ] {
            assert_eq!(template(&instance, &instance.api(&segments)), kept);
        }
        for signed in
            ["https://bucket.example/acme?X-Amz-Signature=secret", "https://host.example/minio/acme"]
        {
            assert_eq!(template(&instance, &Url::parse(signed).unwrap()), "elsewhere");
        }
    }
}
