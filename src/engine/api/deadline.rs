//! Clocks that are about to end.

use crate::case::{CaseId, Clock};

/// A clock that is about to end and asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDeadline {
    pub of: DeadlineOf,
    pub clock: Clock,
}

/// What a clock belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DeadlineOf {
    Case(CaseId),
    /// The token of the instance with this base URL.
    Token(String),
}
