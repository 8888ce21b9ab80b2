//! Clocks that are about to end.

use crate::case::{CaseId, Clock};

/// A clock that is about to end and asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub of: EndingOf,
    pub clock: Clock,
}

/// What a clock belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EndingOf {
    Case(CaseId),
    /// The token of the instance with this base URL.
    Token(String),
}
