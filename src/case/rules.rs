//! The handbook's numbers as data. `assets/handbook.toml` may override every one of them.

use serde::{Deserialize, Serialize};

/// One hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Deadlines and retentions. Where sources disagree, `../shared/handbook-facts.md` names both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// How long after the export an infrastructure request is feasible (handbook, exporting_projects).
    pub infra_window_ms: i64,
    /// GitLab removes an export file this long after its upload (`ImportExportCleanUpService`).
    pub file_expiry_ms: i64,
    /// Age of the attempt from which the log clock warns.
    pub logs_warn_ms: i64,
    /// The shorter log retention (runbooks, request-for-help page).
    pub logs_short_ms: i64,
    /// The longer log retention (Kibana page of 2026).
    pub logs_long_ms: i64,
    /// The hand-over bucket deletes after this (SRE runbook).
    pub handover_link_ms: i64,
    /// A ticket on hold opens again after this (Zendesk basics).
    pub on_hold_ms: i64,
    /// A pending ticket solves itself after this.
    pub answer_over_ms: i64,
    /// An export file with less than this left asks for attention; it lives a day only.
    pub file_soon_ms: i64,
    /// A clock with less than this left asks for attention.
    pub soon_ms: i64,
    /// A token with less than this left asks for attention.
    pub token_soon_ms: i64,
    /// The workflow's page.
    pub handbook_url: String,
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
            handbook_url: "https://handbook.gitlab.com/handbook/support/workflows/exporting_projects/"
                .to_owned(),
        }
    }
}
