//! Instances, their tokens, and the result of a check.

use serde::{Deserialize, Serialize};

use crate::case::{Code, LeftOutCounts, ProjectDeletion, UtcMs};

/// One GitLab instance and what is known of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceView {
    /// Base URL. It identifies the instance everywhere in the program.
    pub url: String,
    pub is_practice: bool,
    pub token: TokenState,
    /// Why GitLab does not accept the token, where its last answers said so; until a call succeeds.
    pub token_refused: Option<Code>,
    /// The last answer to a check.
    pub account: Option<Account>,
}

/// Where the token of an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// The program waits for the keyring, which may ask the user to unlock it.
    #[serde(rename = "looking")]
    Reading,
    InKeyring,
    /// From the environment.
    FromEnvironment,
    /// No keyring answered: the token is kept in memory until the program ends.
    ThisRunOnly,
    KeyringLocked,
    Missing,
}

impl TokenState {
    /// Whether there is a token to call GitLab with.
    pub fn is_there(self) -> bool {
        matches!(self, Self::InKeyring | Self::FromEnvironment | Self::ThisRunOnly)
    }
}

/// Whom the token belongs to, and what GitLab tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Unknown where the token may not read it.
    pub user: Option<String>,
    /// Unknown where the token may not read it.
    pub gitlab_version: Option<String>,
    /// Empty where GitLab does not tell, as with tokens that are not personal ones.
    pub scopes: Vec<String>,
    /// A date, `2026-12-01`: GitLab rejects the token from the start of that day on.
    pub expires_on: Option<String>,
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

/// Which groups of calls a token may make; `None` where GitLab does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Allows {
    pub start: Option<bool>,
    pub status: Option<bool>,
    pub download: Option<bool>,
    pub relations: Option<bool>,
    pub import: Option<bool>,
}

impl Allows {
    /// Allows nothing.
    pub fn none() -> Self {
        let no = Some(false);
        Self { start: no, status: no, download: no, relations: no, import: no }
    }

    /// Each group of calls with its answer, for people and scripts.
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
    /// What the token may do with the project; without a project, with at least one project.
    pub allows: Allows,
    /// Where the token is stored. The window warns the user where the keyring did not store it.
    pub token: TokenState,
}

/// Whether a token may export a project, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCheck {
    pub project: ProjectHit,
    /// `None` where only the export request can tell.
    pub may_export: Option<bool>,
    /// One sentence, present also where the token may export.
    pub reason: String,
    /// The error code of a command, where the token may not export.
    pub code: Option<Code>,
    pub allows: Allows,
    /// The deletion of the project with all its exports, if it is marked for it.
    pub deletion: Option<ProjectDeletion>,
    /// GitLab's status of the user's export, unchanged, where the token may read it.
    pub server_status: Option<String>,
    /// How much of the project an export leaves out, where that was requested.
    pub counts: Option<LeftOutCounts>,
}

/// One project as GitLab describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectHit {
    pub id: u64,
    pub path: String,
    pub web_url: String,
    pub visibility: String,
    pub archived: bool,
    /// Sum of repository, LFS, wiki, uploads and the other statistics. GitLab does not show the exact size that it
    /// checks against the export limit.
    pub export_bytes_about: Option<u64>,
    pub access_level: Option<u64>,
}
