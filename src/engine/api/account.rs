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
    /// Unknown where the token may not read it.
    pub user: Option<String>,
    /// Unknown where the token may not read it.
    pub gitlab_version: Option<String>,
    /// Empty where GitLab does not tell (tokens that are not personal ones).
    pub scopes: Vec<String>,
    /// A date, `2026-12-01`.
    pub expires_on: Option<String>,
    /// Whole days to `expires_on`, by the clock at `checked_at`.
    pub days_left: Option<i64>,
    pub checked_at: UtcMs,
}

impl Account {
    /// `@ann`.
    pub fn who(&self) -> String {
        self.user.as_ref().map_or_else(|| "an unknown user".to_owned(), |user| format!("@{user}"))
    }

    /// `GitLab 18.9.0-ee`.
    pub fn gitlab(&self) -> String {
        self.gitlab_version
            .as_ref()
            .map_or_else(|| "GitLab (version unknown)".to_owned(), |version| format!("GitLab {version}"))
    }
}

/// Which families of calls a token may make; `None` where GitLab does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Allows {
    pub start: Option<bool>,
    pub status: Option<bool>,
    pub download: Option<bool>,
    pub relations: Option<bool>,
    pub import: Option<bool>,
}

impl Allows {
    /// Nothing at all.
    pub fn none() -> Self {
        let no = Some(false);
        Self { start: no, status: no, download: no, relations: no, import: no }
    }

    /// Each family with its answer, for people and scripts.
    pub fn each(&self) -> [(&'static str, Option<bool>); 5] {
        [
            ("start", self.start),
            ("status", self.status),
            ("download", self.download),
            ("relations", self.relations),
            ("import", self.import),
        ]
    }
}

/// The answer to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    pub instance: String,
    pub account: Account,
    pub project: Option<ProjectCheck>,
    /// With the project, or without one with some project.
    pub allows: Allows,
    /// Whether the token was kept in the keyring; tells the window to say so where not.
    pub token: TokenState,
}

/// Whether a project may be exported with this token, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCheck {
    pub project: ProjectHit,
    /// `None` where only the request itself will tell.
    pub may_export: Option<bool>,
    /// One sentence, also where it may.
    pub reason: String,
    /// The code a command would end with, where it may not.
    pub code: Option<Code>,
    pub allows: Allows,
    /// The day on which GitLab deletes the project, with all its exports: `2026-12-01`.
    pub marked_for_deletion_on: Option<String>,
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
