//! What comes back about the projects of cases.

use crate::case::{CaseId, Event, UserError};
use crate::engine::api::{AskId, UnknownProject};
use crate::gitlab::Project;

/// GitLab has said who a case's project is, or could not be asked; then `then` happens whatever it said.
#[derive(Debug)]
pub struct CasesInput {
    pub ask: AskId,
    pub case: CaseId,
    pub then: Option<Event>,
    pub result: Result<Box<Project>, Unknown>,
}

/// Why nothing is known of a project.
#[derive(Debug)]
pub enum Unknown {
    /// GitLab says that there is none, or none that the token can see.
    NotFound(UnknownProject),
    /// GitLab was not asked, or did not answer.
    NotAsked,
}

impl From<UserError> for Unknown {
    /// A task that broke off.
    fn from(_trouble: UserError) -> Self {
        Self::NotAsked
    }
}
