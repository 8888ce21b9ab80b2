//! The effect of a reported event, stage by stage.

use super::{Draft, Effect};
use crate::case::entry::JournalEvent;
use crate::case::event::Event;
use crate::case::fact::{AttemptResult, Fact, OfferAnswer, Value};
use crate::case::hint::Hint;
use crate::case::offer_log::Offer;
use crate::case::parse::{MAX_TEXT_BYTES, refuse_secrets_in};
use crate::case::refusal::{Refusal, Rule};
use crate::case::route::{missing_evidence, needs_infradev};
use crate::case::stage::{CaseOutcome, OpenStage, Request, RoutedBy, Stage};

impl Draft<'_> {
    pub(super) fn event(&mut self, event: Event) -> Result<(), Refusal> {
        match event {
            Event::OfferSent { override_reason, by } => self.offer_sent(override_reason, by),
            Event::OfferAccepted => self.offer_accepted(),
            Event::OfferDeclined => self.offer_declined(),
            Event::RequestOpened => self.request_opened(),
            Event::AttemptSucceeded => self.attempt_ended(&event, AttemptResult::Successful),
            Event::AttemptFailed => self.attempt_ended(&event, AttemptResult::Failed),
            Event::EscalateToInfra => self.escalate(),
            Event::Close => self.close(),
            Event::Reopen => self.reopen(),
            Event::Undo => self.undo(),
            Event::Discard => self.discard(),
        }
    }

    fn offer_sent(&mut self, reason: Option<String>, by: Option<String>) -> Result<(), Refusal> {
        let reason = reason.map(|reason| reason.trim().to_owned());
        if let Some(reason) = &reason {
            check_reason(reason)?;
        } else {
            self.refuse_second_offer()?;
        }
        match self.case.stage {
            Stage::Troubleshoot | Stage::BugIssue => {
                return Err(Refusal::new(
                    Rule::EvidenceBeforeOffer,
                    "The offer comes after both attempts and the updated bug issue with a log link.",
                    Hint::RecordFirst { facts: missing_evidence(&self.case.facts) },
                ));
            }
            // A second offer with its reason: after no answer, or after an attempt without a result.
            Stage::Offer | Stage::AwaitingAnswer | Stage::Outcome { .. } => {}
            Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { .. }
            | Stage::AwaitingAttempt { .. }
            | Stage::Closed { .. } => {
                return Err(self.wrong_stage(&Event::OfferSent { override_reason: None, by: None }));
            }
        }
        let first = self.case.stage == Stage::Offer;
        // A time that was recorded before the event was reported is more exact.
        let at = self.case.facts.offer_sent_at.filter(|_| first).unwrap_or(self.now);
        let offer = Offer {
            at,
            case_id: self.case.id,
            instance: self.case.instance.clone(),
            project_id: self.case.project.id,
            project_path: self.case.project.path.clone(),
            ticket: self.case.ticket.clone(),
            by,
            override_reason: reason,
            withdrawn_at: None,
        };
        self.effects.push(Effect::AddOffer(offer.clone()));
        self.say(JournalEvent::OfferSent { offer });
        self.put_own(Fact::OfferSentAt, Value::Time(at));
        self.put_own(Fact::OfferAnswer, Value::Answer(OfferAnswer::None));
        self.enter(Stage::AwaitingAnswer, "The one-time export was offered.");
        Ok(())
    }

    fn refuse_second_offer(&self) -> Result<(), Refusal> {
        let first = self.offer_log.first_for(&self.case.instance, &self.case.project).or_else(|| {
            // Finds the case's own offer by the case, because the project may have been renamed.
            self.offer_log.counted().find(|offer| offer.case_id == self.case.id)
        });
        let Some(first) = first else { return Ok(()) };
        let ticket = first.ticket.as_ref().map_or_else(String::new, |ticket| format!(", ticket {ticket}"));
        let by = first.by.as_ref().map_or_else(String::new, |by| format!(", by {by}"));
        Err(Refusal::new(
            Rule::OneOffer,
            format!(
                "A one-time export of {} was offered already, on {} (case {}{ticket}{by}).",
                self.case.project.title(),
                first.at.for_people(),
                first.case_id,
            ),
            Hint::OverrideOffer,
        ))
    }

    fn offer_accepted(&mut self) -> Result<(), Refusal> {
        match self.case.stage {
            // A customer who declined may still change their mind.
            Stage::AwaitingAnswer | Stage::Outcome { ending: CaseOutcome::Declined } => {}
            Stage::Troubleshoot
            | Stage::BugIssue
            | Stage::Offer
            | Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { .. }
            | Stage::AwaitingAttempt { .. }
            | Stage::Outcome { ending: CaseOutcome::Attempted { .. } }
            | Stage::Closed { .. } => return Err(self.wrong_stage(&Event::OfferAccepted)),
        }
        self.say(JournalEvent::OfferAnswered { answer: OfferAnswer::Accepted });
        self.put_own(Fact::OfferAnswer, Value::Answer(OfferAnswer::Accepted));
        self.enter(Stage::Route, "The customer accepted.");
        Ok(())
    }

    fn offer_declined(&mut self) -> Result<(), Refusal> {
        match self.case.stage {
            Stage::AwaitingAnswer => {}
            Stage::Troubleshoot
            | Stage::BugIssue
            | Stage::Offer
            | Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { .. }
            | Stage::AwaitingAttempt { .. }
            | Stage::Outcome { .. }
            | Stage::Closed { .. } => return Err(self.wrong_stage(&Event::OfferDeclined)),
        }
        self.say(JournalEvent::OfferAnswered { answer: OfferAnswer::Declined });
        self.put_own(Fact::OfferAnswer, Value::Answer(OfferAnswer::Declined));
        self.enter(Stage::Outcome { ending: CaseOutcome::Declined }, "The customer declined.");
        Ok(())
    }

    fn request_opened(&mut self) -> Result<(), Refusal> {
        let request = match self.case.stage {
            Stage::ConsoleRequest => Request::Console,
            Stage::InfraRequest { .. } => Request::Infra,
            Stage::Troubleshoot
            | Stage::BugIssue
            | Stage::Offer
            | Stage::AwaitingAnswer
            | Stage::Route
            | Stage::AwaitingAttempt { .. }
            | Stage::Outcome { .. }
            | Stage::Closed { .. } => return Err(self.wrong_stage(&Event::RequestOpened)),
        };
        let (fact, link) = match request {
            Request::Console => (Fact::ConsoleIssue, self.case.facts.console_issue.clone()),
            Request::Infra => (Fact::InfraIssue, self.case.facts.infra_issue.clone()),
        };
        let Some(link) = link else {
            return Err(Refusal::new(
                Rule::RequestNeedsLink,
                format!("Record the link of the {} first.", request.label()),
                Hint::RecordFirst { facts: vec![fact] },
            ));
        };
        if self.case.facts.ownership_verified_at.is_none() {
            return Err(Refusal::new(
                Rule::OwnershipBeforeRelease,
                "A request releases customer data, so verify the account's ownership first.",
                Hint::RecordFirst { facts: vec![Fact::OwnershipVerifiedAt] },
            ));
        }
        self.say(JournalEvent::RequestOpened { request, link });
        self.enter(Stage::AwaitingAttempt { request }, format!("The {} is open.", request.label()));
        Ok(())
    }

    fn attempt_ended(&mut self, event: &Event, result: AttemptResult) -> Result<(), Refusal> {
        let request = match self.case.stage {
            Stage::AwaitingAttempt { request } => request,
            Stage::Troubleshoot
            | Stage::BugIssue
            | Stage::Offer
            | Stage::AwaitingAnswer
            | Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { .. }
            | Stage::Outcome { .. }
            | Stage::Closed { .. } => return Err(self.wrong_stage(event)),
        };
        let ending = CaseOutcome::Attempted { request, result };
        self.say(JournalEvent::AttemptEnded { ending });
        self.put_own(Fact::AttemptResult, Value::Attempt(result));
        let why = match result {
            AttemptResult::Successful => "The attempt succeeded.",
            AttemptResult::Failed => "The attempt failed.",
        };
        self.enter(Stage::Outcome { ending }, why);
        Ok(())
    }

    fn escalate(&mut self) -> Result<(), Refusal> {
        match self.case.stage {
            Stage::Outcome {
                ending: CaseOutcome::Attempted { request: Request::Console, result: AttemptResult::Failed },
            } => {}
            Stage::Outcome {
                ending:
                    CaseOutcome::Attempted { request: Request::Infra, result: _ }
                    | CaseOutcome::Attempted { request: Request::Console, result: AttemptResult::Successful }
                    | CaseOutcome::Declined,
            }
            | Stage::Troubleshoot
            | Stage::BugIssue
            | Stage::Offer
            | Stage::AwaitingAnswer
            | Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { .. }
            | Stage::AwaitingAttempt { .. }
            | Stage::Closed { .. } => {
                return Err(Refusal::new(
                    Rule::EscalateFailedConsole,
                    format!(
                        "{} needs a failed console attempt. This case is at the stage “{}”.",
                        Event::EscalateToInfra.quoted(),
                        self.case.stage.label()
                    ),
                    format!("First record {} for the console request.", Event::AttemptFailed.quoted()),
                ));
            }
        }
        self.say(JournalEvent::Escalated);
        self.enter(Stage::InfraRequest { by: RoutedBy::Escalation }, "The console attempt failed.");
        Ok(())
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let Some(from) = self.case.stage.resting() else { return Err(self.wrong_stage(&Event::Close)) };
        if needs_infradev(&self.case.facts) {
            return Err(Refusal::new(
                Rule::InfradevBeforeClose,
                "An infrastructure request exists, so the bug issue must have the label infradev before the case is closed.",
                Hint::RecordFirst { facts: vec![Fact::InfradevLabelled] },
            ));
        }
        self.say(JournalEvent::CaseClosed);
        self.enter_closed(from, "Closed.");
        Ok(())
    }

    pub(super) fn enter_closed(&mut self, from: OpenStage, why: &str) {
        self.enter(Stage::Closed { from }, why);
        self.case.closed_at = Some(self.now);
    }

    pub(super) fn reopen(&mut self) -> Result<(), Refusal> {
        let from = match self.case.stage {
            Stage::Closed { from } => from,
            Stage::Troubleshoot
            | Stage::BugIssue
            | Stage::Offer
            | Stage::AwaitingAnswer
            | Stage::Route
            | Stage::ConsoleRequest
            | Stage::InfraRequest { .. }
            | Stage::AwaitingAttempt { .. }
            | Stage::Outcome { .. } => return Err(self.wrong_stage(&Event::Reopen)),
        };
        self.say(JournalEvent::CaseReopened);
        self.enter(from.into(), "Reopened.");
        self.case.closed_at = None;
        (self.case.archived, self.case.discarded) = (false, false);
        Ok(())
    }

    /// Refuses an event that belongs to other stages, and names those stages.
    pub(super) fn wrong_stage(&self, event: &Event) -> Refusal {
        let belongs = match event {
            Event::OfferSent { .. } => "Record this event in the stage “Offer”.",
            Event::OfferAccepted | Event::OfferDeclined => {
                "Record this event in the stage “Awaiting answer”."
            }
            Event::RequestOpened => {
                "Record this event in the stage “Console request” or “Infrastructure request”."
            }
            Event::AttemptSucceeded | Event::AttemptFailed => {
                "Record this event in the stage “Awaiting attempt”."
            }
            Event::Reopen => "Record this event in the stage “Closed”.",
            Event::EscalateToInfra | Event::Close => "Reopen the case first.",
            Event::Undo => "No step is recorded yet. Correct the facts instead.",
            Event::Discard => {
                "A case can be discarded only before the offer is sent. Close the case instead."
            }
        };
        let headline =
            format!("{} is not possible in the stage “{}”.", event.quoted(), self.case.stage.label());
        Refusal::new(Rule::StageAllows, headline, belongs)
    }
}

fn check_reason(reason: &str) -> Result<(), Refusal> {
    if reason.is_empty() || reason.len() > MAX_TEXT_BYTES {
        return Err(Refusal::new(
            Rule::OverrideNeedsReason,
            "A second offer needs a reason.",
            "Give the reason. It is kept in the offer log.",
        ));
    }
    refuse_secrets_in("The reason", reason)
}
