//! Actions that can be undone, and how.

use crate::case::{Case, CaseId, Event, Fact};
use crate::engine::api::Command;

/// One action, with what undoing it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// A case was archived, or moved back to the list.
    Archive { case: CaseId, archived: bool },
    /// Facts were set or cleared, with their earlier values; the empty text for a fact that was not set.
    Facts { case: CaseId, before: Vec<(Fact, String)> },
    /// A step was recorded.
    Step { case: CaseId, label: &'static str },
    /// The person stopped watching an export.
    Leave { instance: String, project: String, case: CaseId },
}

impl Undo {
    /// For a change of these facts of a case.
    pub fn facts(case: &Case, facts: impl IntoIterator<Item = Fact>) -> Self {
        let before = facts.into_iter().map(|fact| (fact, case.facts.get(fact).unwrap_or_default()));
        Self::Facts { case: case.id, before: before.collect() }
    }

    /// For an event; `None` for those that are themselves the way back.
    pub fn step(case: CaseId, event: &Event) -> Option<Self> {
        let goes_back = matches!(event, Event::Undo | Event::Reopen);
        (!goes_back).then(|| Self::Step { case, label: event.label() })
    }

    /// What was done, for its toast.
    pub fn done(&self) -> String {
        match self {
            Self::Archive { archived: true, .. } => "Archived".to_owned(),
            Self::Archive { archived: false, .. } => "Unarchived".to_owned(),
            Self::Facts { before, .. } => {
                let labels: Vec<_> = before.iter().map(|(fact, _)| fact.label()).collect();
                format!("Saved: {}", labels.join(", "))
            }
            Self::Step { label, .. } => format!("Recorded: {label}"),
            Self::Leave { .. } => "Export Desk no longer checks this export. GitLab continues.".to_owned(),
        }
    }

    /// The case that the action is about.
    pub fn case(&self) -> CaseId {
        match self {
            Self::Archive { case, .. }
            | Self::Facts { case, .. }
            | Self::Step { case, .. }
            | Self::Leave { case, .. } => *case,
        }
    }

    /// The command that undoes the action.
    pub fn command(self) -> Command {
        match self {
            Self::Archive { case, archived } => Command::Archive { case, archived: !archived },
            Self::Facts { case, before } => Command::SetFacts { case, values: before },
            Self::Step { case, .. } => Command::CaseEvent { case, event: Event::Undo },
            Self::Leave { instance, project, case } => Command::Watch { instance, project, case: Some(case) },
        }
    }
}
