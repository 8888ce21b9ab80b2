//! What comes back about GitLab's own wording.

use crate::case::Trouble;
use crate::engine::api::AskId;
use crate::texts::Kind;

/// A text that was fetched from where GitLab keeps it.
#[derive(Debug)]
pub struct TextsInput {
    pub ask: AskId,
    pub kind: Kind,
    /// Where it comes from, for people.
    pub source: String,
    pub result: Result<String, Trouble>,
}
