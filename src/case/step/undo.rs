//! Steps that were recorded by mistake: each returns to the stage before it, and the journal keeps both.

use super::{Draft, Effect};
use crate::case::entry::JournalEvent;
use crate::case::event::Event;
use crate::case::fact::{AttemptResult, Fact, OfferAnswer, Value};
use crate::case::offer_log::Offer;
use crate::case::refusal::Refusal;
use crate::case::stage::{CaseOutcome, Request, RoutedBy, Stage};

/// Whether the same recorded step led to both stages of a case: after an accepted offer, facts alone move the case.
pub fn is_same_step(a: Stage, b: Stage) -> bool {
    let entered = |stage| match stage {
        Stage::Route | Stage::ConsoleRequest | Stage::InfraRequest { by: RoutedBy::Facts } => Stage::Route,
        other => other,
    };
    entered(a) == entered(b)
}

impl Draft<'_> {
    /// Returns to the stage before the last recorded step. The facts that the step set go with it; what exists in
    /// GitLab stays there. The stage is then checked against the facts as always.
    pub(super) fn undo(&mut self) -> Result<(), Refusal> {
        match self.case.stage {
            Stage::Troubleshoot | Stage::BugIssue | Stage::Offer => {
                return Err(self.wrong_stage(&Event::Undo));
            }
            Stage::AwaitingAnswer => self.undo_offer(),
            Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { by: RoutedBy::Facts }
            | Stage::Outcome { ending: CaseOutcome::Declined } => {
                self.put_own(Fact::OfferAnswer, Value::Answer(OfferAnswer::None));
                self.enter(Stage::AwaitingAnswer, "The customer's answer was undone.");
            }
            Stage::InfraRequest { by: RoutedBy::Escalation } => {
                let ending =
                    CaseOutcome::Attempted { request: Request::Console, result: AttemptResult::Failed };
                self.enter(Stage::Outcome { ending }, "The escalation was undone.");
            }
            Stage::AwaitingAttempt { request } => {
                let why = format!("“The {} is open” was undone.", request.label());
                self.enter(self.before_request(request), why);
            }
            Stage::Outcome { ending: CaseOutcome::Attempted { request, result: _ } } => {
                if request == Request::Infra && self.was_escalated() {
                    // The result that led to the escalation.
                    self.put_own(Fact::AttemptResult, Value::Attempt(AttemptResult::Failed));
                } else {
                    self.clear_own(Fact::AttemptResult);
                }
                self.enter(Stage::AwaitingAttempt { request }, "The result of the attempt was undone.");
            }
            Stage::Closed { .. } => self.reopen()?,
        }
        Ok(())
    }

    /// The stage in which a request of this kind is prepared.
    fn before_request(&self, request: Request) -> Stage {
        match request {
            Request::Console => Stage::ConsoleRequest,
            Request::Infra if self.was_escalated() => Stage::InfraRequest { by: RoutedBy::Escalation },
            Request::Infra => Stage::InfraRequest { by: RoutedBy::Facts },
        }
    }

    /// Whether the infrastructure request follows a failed console attempt: only then is there a console request.
    fn was_escalated(&self) -> bool {
        self.case.facts.console_issue.is_some()
    }

    /// The offer log keeps the line and shows it as withdrawn, so that the project may get its offer later.
    fn undo_offer(&mut self) {
        let ours = |offer: &&Offer| offer.case_id == self.case.id && offer.withdrawn_at.is_none();
        let mut ours: Vec<_> = self.offer_log.offers.iter().filter(ours).map(|offer| offer.at).collect();
        ours.sort_unstable();
        if let Some(offered_at) = ours.pop() {
            let case_id = self.case.id;
            self.effects.push(Effect::WithdrawOffer { case_id, offered_at, withdrawn_at: self.now });
            self.say(JournalEvent::OfferWithdrawn { offered_at, withdrawn_at: self.now });
        }
        if let Some(earlier) = ours.pop() {
            // The case had an offer before this one, which is still open.
            return self.put_own(Fact::OfferSentAt, Value::Time(earlier));
        }
        self.clear_own(Fact::OfferSentAt);
        self.clear_own(Fact::OfferAnswer);
        self.enter(Stage::Offer, "The offer was undone.");
    }

    /// Closes and archives a case that was opened by mistake.
    pub(super) fn discard(&mut self) -> Result<(), Refusal> {
        let from = self.case.stage.resting().filter(|_| self.case.stage.is_before_offer());
        let Some(from) = from else { return Err(self.wrong_stage(&Event::Discard)) };
        self.enter_closed(from, "Discarded: the case was opened by mistake.");
        self.case.discarded = true;
        self.archive(true)
    }

    /// Clears a fact that the undone step has set.
    fn clear_own(&mut self, fact: Fact) {
        if let Some(from) = self.case.facts.get(fact) {
            self.case.facts.clear(fact);
            self.say(JournalEvent::FactCleared { fact, from });
        }
    }
}
