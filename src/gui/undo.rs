//! Actions that can be undone, and how.

use crate::case::{CaseId, Fact};
use crate::engine::api::Command;

/// One action, with the earlier value that undoing restores.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// A case was archived, or moved back to the list.
    Archive { case: CaseId, archived: bool },
    /// A fact was cleared or given another value.
    Fact { case: CaseId, fact: Fact, was: String },
    /// The person stopped watching an export.
    Leave { instance: String, project: String, case: CaseId },
}

impl Undo {
    /// What was done, for its toast.
    pub fn done(&self) -> String {
        match self {
            Self::Archive { archived: true, .. } => "Archived".to_owned(),
            Self::Archive { archived: false, .. } => "Unarchived".to_owned(),
            Self::Fact { fact, .. } => format!("Cleared: {}", fact.label()),
            Self::Leave { .. } => "Export Desk no longer checks this export. GitLab continues.".to_owned(),
        }
    }

    /// The case that the action is about.
    pub fn case(&self) -> CaseId {
        match self {
            Self::Archive { case, .. } | Self::Fact { case, .. } | Self::Leave { case, .. } => *case,
        }
    }

    /// The command that undoes the action.
    pub fn command(self) -> Command {
        match self {
            Self::Archive { case, archived } => Command::Archive { case, archived: !archived },
            Self::Fact { case, fact, was } => Command::SetFacts { case, values: vec![(fact, was)] },
            Self::Leave { instance, project, case } => Command::Watch { instance, project, case: Some(case) },
        }
    }
}
