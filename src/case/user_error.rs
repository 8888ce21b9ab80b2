//! An error for people: a headline, the next step, and GitLab's correlation ID.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hint::Hint;

/// One error as a person sees it. It never holds a token, a signed URL or a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserError {
    pub code: Code,
    /// What happened, in one sentence.
    pub headline: String,
    /// The next step.
    #[serde(deserialize_with = "Hint::kept")]
    pub hint: Hint,
    /// `X-Request-Id` of the answer, if GitLab gave one.
    pub correlation_id: Option<String>,
    /// The server's own words, or its status as in `HTTP 503`; `None` where nothing answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) said: Option<Box<ServerWords>>,
}

/// What a server said. In a box, because errors are returned by value everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ServerWords(String);

impl UserError {
    pub fn new(code: Code, headline: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self { code, headline: plain(headline.into()), hint: hint.into(), correlation_id: None, said: None }
    }

    #[must_use]
    pub fn with_correlation_id(mut self, id: Option<String>) -> Self {
        self.correlation_id = id;
        self
    }

    #[must_use]
    pub fn with_said(mut self, said: Option<String>) -> Self {
        self.said = said.map(|words| Box::new(ServerWords(words)));
        self
    }

    /// The server's own words about the project: only these may become a fact of a case. `None` where nothing answered,
    /// and where GitLab refused this program's token, rate or parameters, or every change: that says nothing about the
    /// customer's export.
    pub fn said_of_project(&self) -> Option<&str> {
        let is_about_us = self.code.is_about_the_token()
            || matches!(self.code, Code::RateLimited | Code::Usage | Code::ReadOnly | Code::Refused);
        self.said.as_deref().map(|words| words.0.as_str()).filter(|_| !is_about_us)
    }
}

/// Removes the system's error numbers, as in `(os error 2)`: the words before the number say the same.
pub fn plain(mut text: String) -> String {
    const NUMBER: &str = " (os error ";
    while let Some(at) = text.find(NUMBER) {
        let Some(end) = text[at..].find(')') else { break };
        text.replace_range(at..=at + end, "");
    }
    text
}

/// The headline only: each front end has its own words for the hint.
impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for UserError {}

/// The codes that scripts depend on (`../shared/cli.md`, "Exit codes and results").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Code {
    Internal,
    Usage,
    Refused,
    TokenRejected,
    TokenExpired,
    TokenMissing,
    /// The keyring has not released the token: it is locked, or waits for a person, or access was denied.
    KeyringLocked,
    ScopeMissing,
    RoleTooLow,
    DpopRequired,
    AccessDenied,
    ImportDisabled,
    NotFoundOrNoAccess,
    ExportDisabled,
    NoExportFile,
    FileNotReady,
    ExportFailed,
    ImportFailed,
    SizeLimit,
    DownloadIncomplete,
    Network,
    UnexpectedAnswer,
    ArchiveDamaged,
    NotAnExport,
    NotImportable,
    /// A relation or some of its records are missing from a folder of relation files.
    RelationsIncomplete,
    JournalBroken,
    RateLimited,
    ReadOnly,
    Local,
}

words!(Code);

impl Code {
    /// Whether GitLab refused the token, or what the token's user may do.
    fn is_about_the_token(self) -> bool {
        self.exit() == 4 && self != Self::ImportDisabled
    }

    /// Whether the program had no token to ask with.
    pub fn lacks_token(self) -> bool {
        matches!(self, Self::TokenMissing | Self::KeyringLocked)
    }

    /// The process exit code of a command that ends with this code.
    pub fn exit(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::TokenRejected
            | Self::TokenExpired
            | Self::TokenMissing
            | Self::KeyringLocked
            | Self::ScopeMissing
            | Self::RoleTooLow
            | Self::DpopRequired
            | Self::AccessDenied
            | Self::ImportDisabled => 4,
            Self::NotFoundOrNoAccess | Self::ExportDisabled | Self::NoExportFile | Self::FileNotReady => 5,
            Self::ExportFailed | Self::ImportFailed | Self::SizeLimit => 6,
            Self::DownloadIncomplete | Self::Network | Self::UnexpectedAnswer | Self::ReadOnly => 7,
            Self::ArchiveDamaged
            | Self::NotAnExport
            | Self::NotImportable
            | Self::RelationsIncomplete
            | Self::JournalBroken => 8,
            Self::RateLimited => 9,
            Self::Local => 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_numbers_of_errors_are_left_out() {
        let error = UserError::new(Code::Local, "a: No such file (os error 2), b: Full (os error 28).", "");
        assert_eq!(error.headline, "a: No such file, b: Full.");
        assert_eq!(plain("never closed (os error 2".into()), "never closed (os error 2");
    }

    #[test]
    fn an_answer_about_our_token_is_nothing_about_the_project() {
        for (code, said, of_project) in [
            (Code::SizeLimit, Some("Too large"), Some("Too large")),
            (Code::Network, Some("HTTP 503"), Some("HTTP 503")),
            (Code::Network, None, None),
            (Code::TokenRejected, Some("401 Unauthorized"), None),
            (Code::AccessDenied, Some("403 Forbidden"), None),
            (Code::RateLimited, Some("Retry later"), None),
        ] {
            let error = UserError::new(code, "Ours.", "").with_said(said.map(str::to_owned));
            assert_eq!(error.said_of_project(), of_project, "{code:?}");
        }
    }
}
