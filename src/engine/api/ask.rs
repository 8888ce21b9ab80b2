//! The number of a question, and what is told while its answer is waited for.

use serde::{Deserialize, Serialize};

use crate::case::UtcMs;

/// The number of one question, by which its reply is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

impl AskId {
    /// Of a thing to do that nobody waits for.
    pub const NO_REPLY: Self = Self(0);
}

/// Something that is waited for, told to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// One sentence.
    pub why: String,
    pub until: Option<UtcMs>,
}
