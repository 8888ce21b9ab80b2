//! Results of fetching GitLab's own texts.

use crate::case::UserError;
use crate::engine::api::AskId;
use crate::texts::TextKind;

/// A text fetched from its source on GitLab.
#[derive(Debug)]
pub struct TextsInput {
    pub ask: AskId,
    pub kind: TextKind,
    /// The source, for people.
    pub source: String,
    pub result: Result<String, UserError>,
}
