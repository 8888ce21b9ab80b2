//! The open questions of a case page, sent from the page, from one of its dialogs, or by a command.

use crate::case::{CaseId, UserError};
use crate::engine::api::{Answer, Command};
use crate::gui::intent::{CaseQuestion, Outbox};
use crate::gui::pending::{Answers, Pending};
use crate::gui::undo::Undo;
use crate::gui::view_context::OpenQuestions;

/// At most one question of each kind is open.
#[derive(Debug, Default)]
pub struct Questions {
    event: Pending<CaseQuestion>,
    export: Pending<CaseQuestion>,
    facts: Pending<CaseQuestion>,
    undoable: Pending<CaseQuestion>,
}

impl Questions {
    pub fn ask(&mut self, question: CaseQuestion, command: Command, out: &mut Outbox) {
        let pending = match &question {
            CaseQuestion::Event { .. } | CaseQuestion::Now { .. } => &mut self.event,
            CaseQuestion::Start(_) | CaseQuestion::Check(_) => &mut self.export,
            CaseQuestion::Facts { .. } => &mut self.facts,
            CaseQuestion::Undoable(_) => &mut self.undoable,
        };
        pending.ask(command, question, out);
    }

    /// Which questions wait for an answer about `case`.
    pub fn open(&self, case: Option<CaseId>) -> OpenQuestions {
        let about = |pending: &Pending<CaseQuestion>| pending.about().is_some_and(|q| Some(q.case()) == case);
        let archives = self.undoable.about().is_some_and(
            |q| matches!(q, CaseQuestion::Undoable(Undo::Archive { case: of, .. }) if Some(*of) == case),
        );
        OpenQuestions {
            event: about(&self.event) || archives,
            export: about(&self.export),
            facts: about(&self.facts),
            lesson: false,
        }
    }

    /// The answers that have arrived.
    pub fn take(&mut self, answers: &mut Answers) -> Vec<(CaseQuestion, Result<Answer, UserError>)> {
        let all = [&mut self.event, &mut self.export, &mut self.facts, &mut self.undoable];
        all.into_iter().filter_map(|pending| pending.take(answers)).collect()
    }
}

impl CaseQuestion {
    /// The case that the question is about.
    pub fn case(&self) -> CaseId {
        match self {
            Self::Event { case, .. }
            | Self::Now { case, .. }
            | Self::Start(case)
            | Self::Check(case)
            | Self::Facts { case, .. } => *case,
            Self::Undoable(undo) => undo.case(),
        }
    }

    /// How to undo what was asked for, once it is done.
    pub fn undo(&self) -> Option<&Undo> {
        match self {
            Self::Now { undo, .. } | Self::Facts { undo, .. } => undo.as_ref(),
            Self::Undoable(undo) => Some(undo),
            Self::Event { .. } | Self::Start(_) | Self::Check(_) => None,
        }
    }
}
