//! Instances, the tokens for them, and what a check has found.

use serde::{Deserialize, Serialize};

use crate::case::{Code, UtcMs};

/// One GitLab and what is known of the token for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceView {
    /// Base URL, the instance's name everywhere.
    pub url: String,
    pub is_practice: bool,
    pub token: TokenState,
    /// The last answer to a check.
    pub account: Option<Account>,
}

/// Where the token of an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Looking into the keyring; it may be waiting for the person to unlock it.
    Looking,
    InKeyring,
    /// From the environment.
    FromEnvironment,
    /// No keyring answered: it is kept for this run only.
    ThisRunOnly,
    KeyringLocked,
    Missing,
}

impl TokenState {
    /// Whether GitLab can be asked with it.
    pub fn is_there(self) -> bool {
        matches!(self, Self::InKeyring | Self::FromEnvironment | Self::ThisRunOnly)
    }
}

/// Who the token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub user: String,
    pub gitlab_version: String,
    /// Empty where GitLab does not tell (tokens that are not personal ones).
    pub scopes: Vec<String>,
    /// A date, `2026-12-01`.
    pub expires_on: Option<String>,
    /// Whole days to `expires_on`, by the clock at `checked_at`.
    pub days_left: Option<i64>,
    pub checked_at: UtcMs,
}

/// The answer to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    pub instance: String,
    pub account: Account,
    pub project: Option<ProjectCheck>,
    /// Whether the token was kept in the keyring; tells the window to say so where not.
    pub token: TokenState,
}

/// Whether a project may be exported with this token, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCheck {
    pub project: ProjectHit,
    pub may_export: bool,
    /// One sentence, also where it may.
    pub reason: String,
    /// The code a command would end with, where it may not.
    pub code: Option<Code>,
}

/// One project as GitLab describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectHit {
    pub id: u64,
    pub path: String,
    pub web_url: String,
    pub visibility: String,
    pub archived: bool,
    /// Repository, LFS, wiki, uploads and the rest as far as the statistics tell; GitLab does not show the
    /// size it checks against the export limit.
    pub export_bytes_about: Option<u64>,
    pub access_level: Option<u64>,
}
