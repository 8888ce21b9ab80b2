//! What a person does to a case in one press, and how it is undone.

use crate::case::{Event, Fact, Stage};
use crate::texts::TextKind;

/// All or nothing: facts with their typed values (an empty value removes the fact), a text that was copied, an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseDeed {
    pub values: Vec<(Fact, String)>,
    pub copied: Option<TextKind>,
    pub event: Option<Event>,
}

/// Undoes a deed, unless something later was done to what the deed changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseUndo {
    /// Whether the deed had an event, which has led to the stage.
    pub is_step: bool,
    /// The stage in which the deed left the case; `None` where it is not known.
    pub left: Option<Stage>,
    pub facts: Vec<FactChange>,
}

/// A fact before and after a deed; the empty text for a fact that is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactChange {
    pub fact: Fact,
    pub before: String,
    pub after: String,
}

/// What is corrected about a case; `None` keeps it as it is. An empty ticket or title is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseCorrection {
    pub ticket: Option<String>,
    pub project: Option<String>,
    pub title: Option<String>,
}
