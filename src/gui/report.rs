//! Does something to a case on behalf of the window.

use crate::case::{Case, Event};
use crate::engine::api::{CaseDeed, Command};

use super::intent::{CaseQuestion, IfUnhandled, Outbox};
use super::undo::Undo;

/// Does all that one press does to a case, or nothing. The NOW card shows a refusal.
pub fn perform(case: &Case, deed: CaseDeed, out: &mut Outbox) {
    let undo = Undo::deed(case, &deed);
    let facts = deed.values.iter().map(|(fact, _)| *fact).collect();
    out.ask_of_case(
        CaseQuestion::Now { case: case.id, facts, undo },
        Command::CaseDeed { case: case.id, deed },
    );
}

/// Reports an event alone.
pub fn report(case: &Case, event: &Event, out: &mut Outbox) {
    perform(case, CaseDeed { event: Some(event.clone()), ..CaseDeed::default() }, out);
}

/// Archives cases or shows them again: one change for the person, which one undo takes back.
pub fn archive(cases: &[&Case], archived: bool, out: &mut Outbox) {
    let Some((first, others)) = cases.split_first() else { return };
    for case in others {
        out.ask(Command::Archive { case: case.id, archived }, IfUnhandled::ToastError);
    }
    let others = others.iter().map(|case| case.id).collect();
    let undo = Undo::Archive { case: first.id, others, archived };
    out.ask_of_case(CaseQuestion::Undoable(undo), Command::Archive { case: first.id, archived });
}
