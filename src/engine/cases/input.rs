//! Answers about the projects of cases.

use crate::case::{CaseId, Input, LeftOutCounts, UserError};
use crate::engine::api::{AskId, UnknownProject};
use crate::gitlab::Project;

/// GitLab has answered who a case's project is, or could not be reached. `then` happens in both cases.
#[derive(Debug)]
pub struct CasesInput {
    pub ask: AskId,
    pub case: CaseId,
    pub then: Then,
    pub result: Result<Box<Identified>, Unknown>,
}

/// What happens after GitLab was asked who a case's project is.
#[derive(Debug)]
pub enum Then {
    /// The case is shown as it is.
    Show,
    /// The user asked for nothing else, so a missing answer is an error.
    Report,
    Steps(Vec<Input>),
}

/// A case's project, and how much of it an export leaves out.
#[derive(Debug)]
pub struct Identified {
    pub project: Project,
    pub counts: LeftOutCounts,
}

/// Why a project is not known.
#[derive(Debug)]
pub enum Unknown {
    /// GitLab finds no such project, or the token cannot see it.
    NotFound(UnknownProject),
    /// GitLab was not queried, or did not answer in time; with the reason, where there is one.
    NotAsked(Option<UserError>),
}

impl From<UserError> for Unknown {
    /// A task that stopped unexpectedly.
    fn from(error: UserError) -> Self {
        Self::NotAsked(Some(error))
    }
}
