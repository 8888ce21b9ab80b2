//! The handbook's numbers as data. `assets/handbook.toml` may override every one of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::trackers::Trackers;

/// One hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

const HANDBOOK: &str = "https://handbook.gitlab.com/handbook/";

/// GitLab's log clusters (`../shared/handbook-facts.md`, 4).
const KIBANA_HOSTS: [&str; 2] = ["log.gprd.gitlab.net", "nonprod-log.gitlab.net"];

/// GitLab's Sentry, and the host that it had before (`../shared/handbook-facts.md`, 4.4).
const SENTRY_HOSTS: [&str; 2] = ["new-sentry.gitlab.net", "sentry.gitlab.net"];

/// Where the file of a finished request is handed over (`../shared/handbook-facts.md`, 3.3).
const HANDOVER_HOSTS: [&str; 1] = ["storage.googleapis.com"];

/// The pages' URLs in 2026 (`../shared/handbook-facts.md`).
const PAGES: [(&str, &str); 7] = [
    ("exporting_projects", "support/workflows/exporting_projects/"),
    ("kibana", "support/workflows/kibana/#export-errors"),
    ("working_with_issues", "support/workflows/working-with-issues/"),
    ("ticket_basics", "support/workflows/zendesk-ticket-basics/"),
    ("account_verification", "support/workflows/account_verification/"),
    ("internal_requests", "support/workflows/internal_requests/"),
    ("infradev", "engineering/workflow/#infradev"),
];

/// Deadlines and retention times. If sources disagree, `../shared/handbook-facts.md` names both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// How long after the export an infrastructure request is feasible (the workflow's page).
    pub infra_window_ms: i64,
    /// GitLab removes an export file this long after its upload (`ImportExportCleanUpService`).
    pub file_expiry_ms: i64,
    /// Age of the attempt at which the log deadline warns.
    pub logs_warn_ms: i64,
    /// The shorter log retention (runbooks, request-for-help page).
    pub logs_short_ms: i64,
    /// The longer log retention (Kibana page of 2026).
    pub logs_long_ms: i64,
    /// The hand-over bucket deletes a file after this time (SRE runbook).
    pub handover_link_ms: i64,
    /// A ticket on hold reopens after this time (Zendesk basics).
    pub on_hold_ms: i64,
    /// A pending ticket is solved automatically after this time.
    pub answer_over_ms: i64,
    /// An export file with less than this left requires attention; a file lives only one day.
    pub file_soon_ms: i64,
    /// A deadline with less than this left requires attention.
    pub soon_ms: i64,
    /// A token with less than this left requires attention.
    pub token_soon_ms: i64,
    /// The hosts whose share links are accepted as Kibana links, with the port if any; an empty list accepts every
    /// host.
    pub kibana_hosts: Vec<String>,
    /// The hosts of Sentry, with the port if any; an empty list accepts every host.
    pub sentry_hosts: Vec<String>,
    /// The hosts on which a file is handed over. The window asks before it uses another one.
    pub handover_hosts: Vec<String>,
    /// The hosts of the trackers, besides gitlab.com and the case's own instance; an empty list accepts every host.
    pub tracker_hosts: Vec<String>,
    /// Whose issues belong to which fact; an empty list accepts the issues of every project.
    pub trackers: Trackers,
    /// The handbook's pages by the keys that [`super::NextStep`] uses.
    pub handbook: BTreeMap<String, String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            infra_window_ms: 30 * DAY_MS,
            file_expiry_ms: DAY_MS,
            logs_warn_ms: 6 * DAY_MS,
            logs_short_ms: 7 * DAY_MS,
            logs_long_ms: 30 * DAY_MS,
            handover_link_ms: 2 * DAY_MS,
            on_hold_ms: 4 * DAY_MS,
            answer_over_ms: 14 * DAY_MS,
            file_soon_ms: 6 * HOUR_MS,
            soon_ms: DAY_MS,
            token_soon_ms: 3 * DAY_MS,
            kibana_hosts: KIBANA_HOSTS.map(str::to_owned).to_vec(),
            sentry_hosts: SENTRY_HOSTS.map(str::to_owned).to_vec(),
            handover_hosts: HANDOVER_HOSTS.map(str::to_owned).to_vec(),
            tracker_hosts: vec!["gitlab.com".to_owned()],
            trackers: Trackers::default(),
            handbook: PAGES
                .iter()
                .map(|(key, page)| ((*key).to_owned(), format!("{HANDBOOK}{page}")))
                .collect(),
        }
    }
}

impl Rules {
    /// The URL of a handbook page; the workflow's own page if the key is not known.
    pub fn page(&self, key: &str) -> &str {
        let workflow = || self.handbook.get("exporting_projects");
        self.handbook.get(key).or_else(workflow).map_or(HANDBOOK, String::as_str)
    }
}
