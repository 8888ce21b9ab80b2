//! The handbook's data: links, trackers, labels, deadlines, log hosts, known issues. `assets/handbook.toml` is
//! built in; a user's file of the same shape overrides it key by key ([`Handbook::with_override`]).

mod overlay;

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer};

use crate::case::Rules;
use crate::case::rules::{DAY_MS, HOUR_MS};
use crate::case::web::{has_login, host_of, is_safe};

use super::kind::TextKind;

pub use overlay::Mistake;

/// The built-in file, which also serves as a model for the user's own file.
pub const BUILT_IN: &str = include_str!("../../assets/handbook.toml");

/// Everything the program knows from the handbook, besides the rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handbook {
    /// Pages by key; [`crate::case::NextStep::handbook`] is such a key.
    pub pages: BTreeMap<String, WebAddress>,
    pub deadlines: Deadlines,
    pub new_issue: IssueForm,
    pub trackers: TrackerProjects,
    pub infradev: Infradev,
    pub macros: Macros,
    pub kibana: Kibana,
    pub sentry: Sentry,
    pub handover: Handover,
    /// Known issues, each under a name of its own.
    pub known_issues: BTreeMap<String, KnownIssue>,
}

/// The URL of a web page: https, or http on a loopback host, where the practice GitLab runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress(String);

impl WebAddress {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a URL, or says why it is not accepted.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text).map_err(|error| format!("{text:?} is not a URL: {error}"))?;
        if !is_safe(&url) {
            return Err(format!("{text:?} does not start with https://"));
        }
        if has_login(&url) {
            return Err("a URL must not contain a username or password".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The host, with its port if there is one.
    fn host(&self) -> Option<String> {
        host_of(&url::Url::parse(&self.0).ok()?)
    }

    /// The URL without trailing slashes, so that a path can be appended.
    pub(super) fn base(&self) -> &str {
        self.0.trim_end_matches('/')
    }
}

fn hosts<'a>(addresses: impl IntoIterator<Item = &'a WebAddress>) -> Vec<String> {
    addresses.into_iter().filter_map(WebAddress::host).collect()
}

impl<'de> Deserialize<'de> for WebAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Deadlines and retention times as people write them; [`Handbook::rules`] converts them to milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    pub infra_window_days: NonZeroU16,
    pub file_expiry_hours: NonZeroU16,
    pub logs_warn_days: NonZeroU16,
    pub logs_short_days: NonZeroU16,
    pub logs_long_days: NonZeroU16,
    pub handover_link_days: NonZeroU16,
    pub on_hold_days: NonZeroU16,
    pub answer_over_days: NonZeroU16,
    pub file_soon_hours: NonZeroU16,
    pub soon_hours: NonZeroU16,
    pub token_soon_days: NonZeroU16,
}

/// How GitLab's "new issue" page accepts prefilled values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueForm {
    /// The GitLab instance with the trackers.
    pub host: WebAddress,
    pub path: String,
    /// Every name under which GitLab has accepted the template's parameter.
    pub template_parameters: Vec<String>,
    /// The longest URL; if a URL would be longer, the description is left out and pasted instead.
    pub longest_url_bytes: usize,
}

/// The projects in which requests and bugs are opened.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackerProjects {
    pub infra: TrackerProject,
    pub console: TrackerProject,
    pub bug: TrackerProject,
}

/// One tracker project and the properties of its issues.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackerProject {
    /// Full path of the project.
    pub project: String,
    /// Former projects of these issues, which are searched for earlier requests as well.
    pub earlier_projects: Vec<String>,
    /// The issue template's name.
    pub template: String,
    pub labels: Vec<String>,
    pub confidential: bool,
    /// Days until the due date; 0 for none.
    pub due_days: u16,
}

/// The label that an infrastructure request requires on the bug issue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Infradev {
    pub label: String,
}

/// Where GitLab keeps its own texts of the macros.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macros {
    pub project: String,
    pub branch: String,
    pub offer: Macro,
    pub successful: Macro,
    pub failed: Macro,
}

/// One macro: its title in Zendesk and its file in the repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    pub title: String,
    pub path: String,
}

/// The log host, its indices and the search terms.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kibana {
    pub host: WebAddress,
    /// Further Kibana hosts whose share links are accepted as evidence.
    pub other_hosts: Vec<WebAddress>,
    pub discover_path: String,
    pub correlation_dashboard: String,
    pub sidekiq_index: String,
    pub rails_index: String,
    pub time_field: String,
    pub worker_namespace: String,
    pub old_worker: String,
    pub minutes_before: u16,
    pub hours_after: u16,
    pub sidekiq_columns: Vec<String>,
    pub rails_columns: Vec<String>,
}

/// The Sentry host and the project in which errors are searched.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentry {
    pub host: WebAddress,
    /// Further Sentry hosts whose links are accepted as evidence.
    pub other_hosts: Vec<WebAddress>,
    pub organization: String,
    pub project: u32,
    pub period_days: u16,
}

/// Where files are handed over to customers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// The window asks before a link to another host is used.
    pub hosts: Vec<WebAddress>,
}

/// The meaning of an error message, and the issues about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnownIssue {
    pub symptom: String,
    /// Parts of messages, compared case-insensitively.
    pub says: Vec<String>,
    /// References such as `gitlab-org/gitlab#330833`.
    pub issues: Vec<String>,
    pub advice: String,
    /// Whether a rebuild of the archive from a relations export is offered at the first failure already.
    pub repeats: bool,
    /// With `repeats`: why another attempt does not help, or why a relations export may succeed. A sentence.
    pub because: String,
}

/// Where the upstream text can be fetched, as parameters for the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamSource {
    /// A file in a repository, fetched raw.
    File { project: String, branch: String, path: String },
    /// An issue template of a project, by name.
    IssueTemplate { project: String, name: String },
}

/// The file is part of the program: `the_built_in_file_is_whole` checks that it parses.
fn parse_built_in() -> Handbook {
    toml::from_str(BUILT_IN).expect("assets/handbook.toml reads")
}

impl Handbook {
    /// The built-in data.
    pub fn built_in() -> Self {
        static PARSED: OnceLock<Handbook> = OnceLock::new();
        PARSED.get_or_init(parse_built_in).clone()
    }

    /// The built-in data, overridden key by key by the user's file. A mistake affects only its own key.
    pub fn with_override(text: &str) -> (Self, Vec<Mistake>) {
        overlay::apply(text)
    }

    /// The numbers for the rules of the workflow.
    pub fn rules(&self) -> Rules {
        let days = |n: NonZeroU16| i64::from(n.get()) * DAY_MS;
        let hours = |n: NonZeroU16| i64::from(n.get()) * HOUR_MS;
        let d = &self.deadlines;
        Rules {
            infra_window_ms: days(d.infra_window_days),
            file_expiry_ms: hours(d.file_expiry_hours),
            logs_warn_ms: days(d.logs_warn_days),
            logs_short_ms: days(d.logs_short_days),
            logs_long_ms: days(d.logs_long_days),
            handover_link_ms: days(d.handover_link_days),
            on_hold_ms: days(d.on_hold_days),
            answer_over_ms: days(d.answer_over_days),
            file_soon_ms: hours(d.file_soon_hours),
            soon_ms: hours(d.soon_hours),
            token_soon_ms: days(d.token_soon_days),
            kibana_hosts: hosts(std::iter::once(&self.kibana.host).chain(&self.kibana.other_hosts)),
            sentry_hosts: hosts(std::iter::once(&self.sentry.host).chain(&self.sentry.other_hosts)),
            handover_hosts: hosts(&self.handover.hosts),
            tracker_hosts: hosts([&self.new_issue.host]),
            trackers: self.known_trackers(),
            handbook: self.pages.iter().map(|(key, page)| (key.clone(), page.as_str().to_owned())).collect(),
        }
    }

    /// Which project's issues belong to which fact, for pasted links. All projects in the bug tracker's group count,
    /// because bugs are filed in other projects of that group, too.
    pub fn known_trackers(&self) -> crate::case::Trackers {
        let all = |tracker: &TrackerProject| {
            std::iter::once(&tracker.project).chain(&tracker.earlier_projects).cloned().collect::<Vec<_>>()
        };
        let TrackerProjects { infra, console, bug } = &self.trackers;
        let group = bug.project.split_once('/').map(|(group, _)| format!("{group}/"));
        let bugs = all(bug).into_iter().chain(group).collect();
        crate::case::Trackers { bug: bugs, infra: all(infra), console: all(console) }
    }

    /// The URL of a page by its key.
    pub fn page(&self, key: &str) -> Option<&str> {
        self.pages.get(key).map(WebAddress::as_str)
    }

    /// The tracker in which a text becomes an issue.
    pub fn tracker(&self, kind: TextKind) -> Option<&TrackerProject> {
        match kind {
            TextKind::Infra => Some(&self.trackers.infra),
            TextKind::Console => Some(&self.trackers.console),
            TextKind::Bug => Some(&self.trackers.bug),
            TextKind::Attempts
            | TextKind::Offer
            | TextKind::Successful
            | TextKind::Failed
            | TextKind::Alternatives
            | TextKind::Comment
            | TextKind::Report => None,
        }
    }

    /// Where GitLab's own version of a text can be fetched.
    pub fn upstream_source(&self, kind: TextKind) -> Option<UpstreamSource> {
        let file = |text_config: &Macro| UpstreamSource::File {
            project: self.macros.project.clone(),
            branch: self.macros.branch.clone(),
            path: text_config.path.clone(),
        };
        match kind {
            TextKind::Offer => Some(file(&self.macros.offer)),
            TextKind::Successful => Some(file(&self.macros.successful)),
            TextKind::Failed => Some(file(&self.macros.failed)),
            TextKind::Infra | TextKind::Console | TextKind::Bug => {
                self.tracker(kind).map(|tracker| UpstreamSource::IssueTemplate {
                    project: tracker.project.clone(),
                    // The API names a template without the file extension.
                    name: tracker.template.trim_end_matches(".md").to_owned(),
                })
            }
            TextKind::Attempts | TextKind::Alternatives | TextKind::Comment | TextKind::Report => None,
        }
    }

    /// The known issues that match these messages, each once.
    pub fn known_issues_in<'a>(&'a self, messages: &[&str]) -> Vec<&'a KnownIssue> {
        let messages: Vec<String> = messages.iter().map(|message| message.to_lowercase()).collect();
        let said = |part: &String| {
            let part = part.to_lowercase();
            messages.iter().any(|message| message.contains(&part))
        };
        self.known_issues.values().filter(|known| known.says.iter().any(said)).collect()
    }
}

impl KnownIssue {
    /// Why a rebuild is offered at the first failure; `None` where it is not.
    pub fn instead(&self) -> Option<&str> {
        /// For an entry in the user's own file that gives no reason.
        const OWN: &str = "The handbook data says that another attempt fails in the same way.";
        let because = self.because.trim();
        self.repeats.then_some(if because.is_empty() { OWN } else { because })
    }

    /// The URL of a reference such as `gitlab-org/gitlab#330833` on `host`.
    pub fn issue_url(host: &str, reference: &str) -> Option<String> {
        let (project, number) = reference.split_once('#')?;
        let number: u64 = number.parse().ok()?;
        project.contains('/').then(|| format!("{}/{project}/-/issues/{number}", host.trim_end_matches('/')))
    }

    /// Why the entry cannot be used; `None` if it can.
    fn fault(&self) -> Option<&'static str> {
        if self.symptom.trim().is_empty() {
            Some("has no symptom")
        } else if self.says.is_empty() || self.says.iter().any(|part| part.trim().len() < 4) {
            Some("needs parts of messages in “says”, each with 4 letters or more")
        } else if self.issues.iter().any(|issue| Self::issue_url("https://gitlab.com", issue).is_none()) {
            Some("has an issue that is not in the form group/project#123")
        } else {
            None
        }
    }
}

#[cfg(test)]
#[path = "tests/handbook.rs"]
mod tests;
