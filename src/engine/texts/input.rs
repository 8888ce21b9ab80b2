//! What comes back about GitLab's own wording.

use crate::case::UserError;
use crate::engine::api::AskId;
use crate::texts::TextKind;

/// A text that was fetched from where GitLab keeps it.
#[derive(Debug)]
pub struct TextsInput {
    pub ask: AskId,
    pub kind: TextKind,
    /// Where it comes from, for people.
    pub source: String,
    pub result: Result<String, UserError>,
}
