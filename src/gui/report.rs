//! Reports an event of a case on behalf of the window.

use crate::case::{CaseId, Event};
use crate::engine::api::Command;

use super::intent::{CaseQuestion, Outbox};
use super::undo::Undo;
use super::view_context::ViewContext;

/// Reports an event. An offer includes the name of the engineer, for the offer log.
pub fn report(case: CaseId, event: &Event, cx: &ViewContext<'_>, out: &mut Outbox) {
    let event = match event.clone() {
        Event::OfferSent { override_reason, by: None } => {
            let account = cx.instance.and_then(|instance| instance.account.as_ref());
            Event::OfferSent { override_reason, by: account.and_then(|account| account.user.clone()) }
        }
        other => other,
    };
    let undo = Undo::step(case, &event);
    out.ask_of_case(CaseQuestion::Event { case, undo }, Command::CaseEvent { case, event });
}
