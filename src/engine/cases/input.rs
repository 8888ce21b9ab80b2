//! Answers about the projects of cases.

use crate::case::{CaseId, Event, UserError};
use crate::engine::api::{AskId, UnknownProject};
use crate::gitlab::Project;

/// GitLab has answered who a case's project is, or could not be reached. `then` is applied in both cases.
#[derive(Debug)]
pub struct CasesInput {
    pub ask: AskId,
    pub case: CaseId,
    pub then: Option<Event>,
    pub result: Result<Box<Project>, Unknown>,
}

/// Why a project is not known.
#[derive(Debug)]
pub enum Unknown {
    /// GitLab finds no such project, or the token cannot see it.
    NotFound(UnknownProject),
    /// GitLab was not queried, or did not answer.
    NotAsked,
}

impl From<UserError> for Unknown {
    /// A task that stopped unexpectedly.
    fn from(_error: UserError) -> Self {
        Self::NotAsked
    }
}
