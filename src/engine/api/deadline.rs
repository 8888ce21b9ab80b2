//! Deadlines that are due soon.

use crate::case::{CaseId, Deadline};

/// A deadline that is due soon and needs an action of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDeadline {
    pub of: DeadlineOf,
    pub deadline: Deadline,
}

/// What a deadline belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DeadlineOf {
    Case(CaseId),
    /// The token of the instance with this base URL.
    Token(String),
}
