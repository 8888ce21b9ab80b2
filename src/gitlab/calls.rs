//! The latest calls, for diagnostics: which call, which result, which correlation ID.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::error::ErrorKind;
use super::instance::Instance;

/// The path of a call outside the instance's API.
const ELSEWHERE: &str = "elsewhere";

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
        return ELSEWHERE.to_owned();
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

/// When an instance answered last, and since when it does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub answered_at: Option<Instant>,
    /// The first call without an answer after the last answer.
    pub failing_since: Option<Instant>,
}

impl Reach {
    fn noticed(&mut self, answered: bool, now: Instant) {
        if answered {
            *self = Self { answered_at: Some(now), failing_since: None };
        } else {
            self.failing_since.get_or_insert(now);
        }
    }
}

/// A ring buffer of the latest calls, shared by all clones of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<Mutex<Latest>>);

#[derive(Debug, Default)]
struct Latest {
    ring: VecDeque<CallRecord>,
    reach: Reach,
    /// Why GitLab does not accept the token, until a call succeeds with it.
    token_refused: Option<ErrorKind>,
}

impl Calls {
    pub(super) fn record(&self, record: CallRecord) {
        let mut latest = self.lock();
        // A storage that does not answer says nothing about GitLab, but any answer shows that the network works.
        if record.status.is_some() || record.path != ELSEWHERE {
            latest.reach.noticed(record.status.is_some(), Instant::now());
        }
        if latest.ring.len() == KEPT {
            latest.ring.pop_front();
        }
        latest.ring.push_back(record);
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<CallRecord> {
        self.lock().ring.iter().cloned().collect()
    }

    pub(super) fn reach(&self) -> Reach {
        self.lock().reach
    }

    /// GitLab refused a call.
    pub(super) fn refused(&self, why: &ErrorKind) {
        use ErrorKind as K;
        if matches!(why, K::TokenRejected | K::TokenExpired | K::TokenRevoked | K::DpopRequired) {
            self.lock().token_refused = Some(why.clone());
        }
    }

    /// A call succeeded with the token.
    pub(super) fn accepted(&self) {
        self.lock().token_refused = None;
    }

    pub(super) fn token_refused(&self) -> Option<ErrorKind> {
        self.lock().token_refused.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Latest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
