//! Which errors of one project end its batch, and which pass by themselves.

use super::ExportBatch;
use crate::case::hint::Hint;
use crate::case::user_error::{Code, UserError};

impl ExportBatch {
    /// Whether this error says nothing about its project, but about the token or the way to GitLab: the project has not
    /// failed, and waits with the others.
    pub fn waits_at(error: &UserError) -> bool {
        matches!(
            error.code,
            Code::TokenMissing
                | Code::KeyringLocked
                | Code::TokenRejected
                | Code::TokenExpired
                | Code::ReadOnly
                | Code::Network
                | Code::RateLimited
        )
    }

    /// Whether this error of one project means that the next ones fail as well. Smaller ones may fit on a disk that is too
    /// full for one.
    pub fn stops_at(error: &UserError) -> bool {
        Self::waits_at(error) || (error.code == Code::Local && error.hint != Hint::MakeRoom)
    }

    /// Whether this error may be over after a while, although nobody does anything.
    pub fn may_pass(error: &UserError) -> bool {
        matches!(error.code, Code::Network | Code::RateLimited | Code::UnexpectedAnswer)
    }
}

#[cfg(test)]
impl super::ItemFile {
    /// An importable archive of nine bytes, as an earlier version of the program recorded it.
    pub fn example() -> Self {
        Self {
            path: "/f/a.tar.gz".to_owned(),
            bytes: 9,
            sha256: "ab".to_owned(),
            verdict: "importable".to_owned(),
            verified_at: None,
        }
    }
}

#[cfg(test)]
impl ExportBatch {
    /// A batch that downloads, without a folder.
    pub fn example() -> Self {
        Self {
            id: crate::case::BatchId(1),
            instance: "https://gitlab.example.com".to_owned(),
            created_at: crate::case::UtcMs(0),
            goal: super::BatchGoal::Downloaded,
            folder: None,
            description: None,
            replace: false,
            connections: None,
            stopped: None,
        }
    }
}
