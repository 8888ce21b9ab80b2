//! What is seen of how a job is watched, of whatever kind it is.

use crate::case::{UserError, UtcMs};

use super::ask::Waiting;

/// How a job is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobWatch {
    /// When the next poll is due.
    pub next_poll_at: Option<UtcMs>,
    /// Why nothing was heard lately, or why its request has not left yet: network down, a limit waited for.
    pub waiting: Option<Waiting>,
    /// Why it is no longer polled although it has not ended; to watch it again takes it up again.
    pub trouble: Option<UserError>,
    /// The person no longer wants it watched: GitLab goes on, and nothing is known of its end.
    pub unwatched: bool,
}
