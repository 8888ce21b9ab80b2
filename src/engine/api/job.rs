//! What a front end shows of the polling of any job.

use crate::case::{UserError, UtcMs};

use super::ask::Waiting;

/// The polling of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobWatch {
    /// When the next poll is due.
    pub next_poll_at: Option<UtcMs>,
    /// Why there was no recent answer, or why the request was not sent yet: the network is down, or a rate limit
    /// applies.
    pub waiting: Option<Waiting>,
    /// Why polling stopped although the job has not ended. Watching the job again resumes polling.
    pub error: Option<UserError>,
    /// The user stopped watching: GitLab continues the job, and its result stays unknown.
    pub unwatched: bool,
}
