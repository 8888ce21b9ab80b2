//! The ID of a command, and what the user reads while its answer is pending.

use serde::{Deserialize, Serialize};

use crate::case::UtcMs;

/// The ID of one command; its reply carries the same ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

impl AskId {
    /// For a command whose reply nobody reads.
    pub const NO_REPLY: Self = Self(0);
}

/// What the program waits for, in words for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// One sentence.
    pub why: String,
    pub until: Option<UtcMs>,
    /// Whether the person may end the wait with [`super::Command::RetryNow`].
    #[serde(default)]
    pub may_retry_now: bool,
}
