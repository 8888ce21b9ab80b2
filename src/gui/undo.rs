//! What a toast, or Ctrl+Z, can undo.

use crate::case::{Case, CaseId, Event, Fact, Reminder, UtcMs};
use crate::engine::api::{CaseCorrection, CaseDeed, CaseUndo, Command, FactChange};

/// An action that can be undone. The journal keeps both the action and its undoing.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// Cases were archived or unarchived together: the first one, and the others.
    Archive { case: CaseId, others: Vec<CaseId>, archived: bool },
    /// Facts were set or cleared, and a step was recorded with them if `step` says so.
    Deed { case: CaseId, step: Option<&'static str>, undo: CaseUndo },
    /// Ticket, project or title of the case were corrected; with what they were before.
    Correction { case: CaseId, before: CaseCorrection },
    /// A note was added, changed or removed; with its text before, empty if there was none. A note that was added has its
    /// time once the engine has answered.
    Note { case: CaseId, at: Option<UtcMs>, before: String, is_removed: bool },
    /// The reminder was set or removed.
    Reminder { case: CaseId, before: Option<Reminder> },
    /// The person stopped watching an export.
    Leave { instance: String, project: String, case: CaseId },
}

impl Undo {
    /// For a change of these facts of a case.
    pub fn facts(case: &Case, facts: impl IntoIterator<Item = Fact>) -> Self {
        Self::of(case, facts, None)
    }

    /// For what one press does to a case; `None` where its event is itself the way back.
    pub fn deed(case: &Case, deed: &CaseDeed) -> Option<Self> {
        let goes_back = matches!(deed.event, Some(Event::Undo | Event::Reopen));
        let facts = deed.values.iter().map(|(fact, _)| *fact);
        // Its time tells this offer from a later one.
        let offered = matches!(deed.event, Some(Event::OfferSent { .. })).then_some(Fact::OfferSentAt);
        (!goes_back).then(|| Self::of(case, facts.chain(offered), deed.event.as_ref().map(Event::said)))
    }

    fn of(case: &Case, facts: impl IntoIterator<Item = Fact>, step: Option<&'static str>) -> Self {
        let mut facts: Vec<Fact> = facts.into_iter().collect();
        if facts.contains(&Fact::HandoverLink) {
            // The link's end follows from the link.
            facts.push(Fact::HandoverExpiresAt);
        }
        let before = |fact: Fact| case.facts.get(fact).unwrap_or_default();
        let changes = facts.into_iter().map(|fact| FactChange {
            fact,
            before: before(fact),
            // Known once the engine has answered.
            after: String::new(),
        });
        Self::Deed { case: case.id, step, undo: CaseUndo { facts: changes.collect(), ..CaseUndo::default() } }
    }

    /// Ties the undoing to the case as the action has left it: what is done later is never undone instead.
    #[must_use]
    pub fn since(mut self, case: &Case) -> Self {
        if let Self::Deed { step, undo, .. } = &mut self {
            (undo.is_step, undo.left) = (step.is_some(), Some(case.stage));
            for change in &mut undo.facts {
                change.after = case.facts.get(change.fact).unwrap_or_default();
            }
        }
        if let Self::Note { at: at @ None, .. } = &mut self {
            *at = case.notes.last().map(|note| note.at);
        }
        self
    }

    /// What was undone, for its toast.
    pub fn undone(&self) -> String {
        match self {
            Self::Deed { .. } => format!("Undone: {}", self.what()),
            Self::Leave { .. } => "Export Desk checks this export again".to_owned(),
            _ => format!("Undone: {}", self.done()),
        }
    }

    /// The step or the facts that a press has recorded.
    fn what(&self) -> String {
        let Self::Deed { step, undo, .. } = self else { return String::new() };
        let said: Vec<_> = undo.facts.iter().map(|change| change.fact.said(&change.after)).collect();
        match (step, said.as_slice()) {
            (Some(step), _) => (*step).to_owned(),
            (None, [] | [_] | [_, _]) => said.join(", "),
            (None, many) => format!("{} facts", many.len()),
        }
    }

    /// What was done, for its toast.
    pub fn done(&self) -> String {
        match self {
            Self::Archive { archived, others, .. } => {
                let done = if *archived { "Archived" } else { "Unarchived" };
                if others.is_empty() {
                    done.to_owned()
                } else {
                    format!("{done}: {} cases", others.len() + 1)
                }
            }
            Self::Deed { step: Some(_), .. } => format!("Recorded: {}", self.what()),
            Self::Deed { step: None, undo, .. } => {
                let is_gone = !undo.facts.is_empty() && undo.facts.iter().all(|one| one.after.is_empty());
                format!("{}: {}", if is_gone { "Removed" } else { "Saved" }, self.what())
            }
            Self::Correction { .. } => "Corrected the case".to_owned(),
            Self::Note { is_removed: true, .. } => "Note removed".to_owned(),
            Self::Note { .. } => "Note saved".to_owned(),
            Self::Reminder { before: None, .. } => "Reminder set".to_owned(),
            Self::Reminder { before: Some(_), .. } => "Reminder removed".to_owned(),
            Self::Leave { .. } => "Export Desk no longer checks this export. GitLab continues.".to_owned(),
        }
    }

    /// The case that the action is about.
    pub fn case(&self) -> CaseId {
        match self {
            Self::Archive { case, .. }
            | Self::Deed { case, .. }
            | Self::Correction { case, .. }
            | Self::Note { case, .. }
            | Self::Reminder { case, .. }
            | Self::Leave { case, .. } => *case,
        }
    }

    /// The commands that undo the action, in their order.
    pub fn commands(self) -> Vec<Command> {
        let one = match self {
            Self::Archive { case, others, archived } => {
                let all = [case].into_iter().chain(others);
                return all.map(|case| Command::Archive { case, archived: !archived }).collect();
            }
            Self::Deed { case, undo, .. } => Command::UndoDeed { case, undo },
            Self::Correction { case, before } => {
                Command::CorrectCase { case, correction: before, values: Vec::new() }
            }
            Self::Note { case, at, before, .. } => Command::Note { case, at, text: before },
            Self::Reminder { case, before } => Command::Remind { case, reminder: before },
            Self::Leave { instance, project, case } => Command::Watch { instance, project, case: Some(case) },
        };
        vec![one]
    }
}
