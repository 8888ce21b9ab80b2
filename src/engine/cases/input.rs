//! What comes back about the projects of cases.

use crate::case::{CaseId, Event, UserError};
use crate::engine::api::AskId;
use crate::gitlab::Project;

/// GitLab has said who a case's project is, or could not be asked; then `then` happens whatever it said.
#[derive(Debug)]
pub struct CasesInput {
    pub ask: AskId,
    pub case: CaseId,
    pub then: Option<Event>,
    pub result: Result<Box<Project>, UserError>,
}
