//! What one press does to a case is done whole or not at all, and an undo never undoes something later.

use export_desk::case::{Case, CaseId, Code, Event, Fact, UserError};
use export_desk::engine::api::{Answer, CaseCorrection, CaseDeed, CaseUndo, Command, FactChange};
use export_desk::texts::TextKind;

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

const KIBANA: &str = "https://log.gprd.gitlab.net/app/r/s/aBcD1";

struct Desk {
    fixture: Fixture,
    front_end: FrontEnd,
    id: CaseId,
}

impl Desk {
    /// A case to which everything is known that an offer needs.
    fn new() -> Self {
        let fixture = Fixture::of("first-export");
        let front_end = FrontEnd::of(&fixture);
        let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
        let id = front_end.open_case(&fixture, "acme/webshop", Some(ticket));
        let desk = Self { fixture, front_end, id };
        let values = [
            (Fact::UiAttemptAt, "2026-11-20T10:00:00Z"),
            (Fact::UiAttemptMessage, "Export failed."),
            (Fact::ApiAttemptAt, "2026-11-20T10:10:00Z"),
            (Fact::ApiAttemptMessage, "none"),
            (Fact::KibanaLink, KIBANA),
            (Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/330833"),
            (Fact::BugIssueUpdated, "yes"),
        ];
        desk.perform(CaseDeed {
            values: values.map(|(fact, text)| (fact, text.to_owned())).into(),
            ..none()
        })
        .unwrap();
        desk
    }

    fn perform(&self, deed: CaseDeed) -> Result<Answer, UserError> {
        self.front_end.ask(Command::CaseDeed { case: self.id, deed })
    }

    fn report(&self, event: Event) {
        self.perform(CaseDeed { event: Some(event), ..none() }).unwrap();
    }

    /// The undo that a toast holds once a deed was done, for these facts with their values before.
    fn undo_of(&self, is_step: bool, facts: &[(Fact, &str)]) -> CaseUndo {
        let case = self.case();
        let change = |(fact, before): &(Fact, &str)| FactChange {
            fact: *fact,
            before: (*before).to_owned(),
            after: case.facts.get(*fact).unwrap_or_default(),
        };
        CaseUndo { is_step, left: Some(case.stage), facts: facts.iter().map(change).collect() }
    }

    fn undo(&self, undo: CaseUndo) -> Result<Answer, UserError> {
        self.front_end.ask(Command::UndoDeed { case: self.id, undo })
    }

    fn correct(&self, correction: CaseCorrection) {
        let command = Command::CorrectCase { case: self.id, correction, values: Vec::new() };
        self.front_end.ask(command).unwrap();
    }

    fn case(&self) -> Case {
        let snapshot = self.front_end.engine.snapshot();
        snapshot.cases.iter().find(|case| case.id == self.id).unwrap().as_ref().clone()
    }

    fn stage(&self) -> &'static str {
        self.case().stage.as_str()
    }
}

fn none() -> CaseDeed {
    CaseDeed::default()
}

#[test]
fn a_late_undo_of_a_step_never_undoes_a_later_step() {
    let desk = Desk::new();
    let offer = Event::OfferSent { override_reason: None, by: None };
    desk.perform(CaseDeed { copied: Some(TextKind::Offer), event: Some(offer), ..none() }).unwrap();
    let of_offer = desk.undo_of(true, &[(Fact::OfferSentAt, "")]);
    desk.report(Event::OfferAccepted);
    let of_answer = desk.undo_of(true, &[]);
    let late = desk.undo(of_offer.clone()).unwrap_err();
    assert!(late.code == Code::Refused && late.headline.contains("a later step"), "{late:?}");
    assert_eq!(desk.stage(), "console_request");
    // Facts alone move the case after the answer: its undo still is the undo of the last step.
    let values = vec![(Fact::ExportSucceeded, "no".to_owned())];
    desk.perform(CaseDeed { values, ..none() }).unwrap();
    desk.undo(of_answer).unwrap();
    assert_eq!(desk.stage(), "awaiting_answer");
    desk.undo(of_offer).unwrap();
    let case = desk.case();
    assert_eq!((case.stage.as_str(), case.facts.offer_sent_at), ("offer", None));
    let snapshot = desk.front_end.engine.snapshot();
    assert!(snapshot.offer_log.offers[0].withdrawn_at.is_some());
    let audit = desk.front_end.ask(Command::Audit);
    assert!(matches!(audit, Ok(Answer::Audited { .. })), "{audit:?}");
}

#[test]
fn a_late_undo_of_a_fact_never_loses_a_later_value() {
    let desk = Desk::new();
    let set = |text: &str| CaseDeed { values: vec![(Fact::CorrelationId, text.to_owned())], ..none() };
    desk.perform(set("01HZX3PQ9W8N0D2V7K5T6R4M1B")).unwrap();
    let late = desk.undo_of(false, &[(Fact::CorrelationId, "")]);
    desk.perform(set("01JD8Q0001N6X4T9V3K7M2PZRW")).unwrap();
    let refused = desk.undo(late).unwrap_err();
    assert!(refused.headline.contains("changed again since"), "{refused:?}");
    assert_eq!(desk.case().facts.correlation_id.as_deref(), Some("01JD8Q0001N6X4T9V3K7M2PZRW"));
    let now = desk.undo_of(false, &[(Fact::CorrelationId, "01HZX3PQ9W8N0D2V7K5T6R4M1B")]);
    desk.undo(now).unwrap();
    assert_eq!(desk.case().facts.correlation_id.as_deref(), Some("01HZX3PQ9W8N0D2V7K5T6R4M1B"));
}

/// What a request was made for stays, until the request itself is undone.
#[test]
fn no_undo_takes_away_the_answers_below_a_request() {
    let desk = Desk::new();
    let offer = Event::OfferSent { override_reason: None, by: None };
    desk.perform(CaseDeed { event: Some(offer), ..none() }).unwrap();
    desk.report(Event::OfferAccepted);
    let set = |values: &[(Fact, &str)]| {
        let values = values.iter().map(|(fact, text)| (*fact, (*text).to_owned())).collect();
        desk.perform(CaseDeed { values, ..none() }).unwrap();
    };
    set(&[(Fact::ExportSucceeded, "no")]);
    let answer = desk.undo_of(false, &[(Fact::ExportSucceeded, "")]);
    set(&[
        (Fact::OwnershipVerifiedAt, "now"),
        (Fact::ConsoleIssue, "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/25000"),
    ]);
    desk.report(Event::RequestOpened);
    let request = desk.undo_of(true, &[]);
    let refused = desk.undo(answer.clone()).unwrap_err();
    assert!(refused.headline.contains("Awaiting attempt"), "{refused:?}");
    assert_eq!((desk.stage(), desk.case().facts.export_succeeded.is_some()), ("awaiting_attempt", true));
    desk.undo(request).unwrap();
    desk.undo(answer).unwrap();
    assert!(desk.case().facts.export_succeeded.is_none());
}

#[test]
fn one_press_is_whole_or_nothing() {
    let desk = Desk::new();
    let before = desk.case();
    // The link is good, the event is not: no request was made, so no attempt can succeed.
    let values = vec![(Fact::HandoverLink, "https://storage.example.com/a".to_owned())];
    let deed = CaseDeed { values, copied: Some(TextKind::Successful), event: Some(Event::AttemptSucceeded) };
    assert_eq!(desk.perform(deed).unwrap_err().code, Code::Refused);
    assert_eq!(desk.case(), before);
}

#[test]
fn ticket_and_title_are_corrected_and_undone() {
    let desk = Desk::new();
    let with = |ticket: &str, title: &str| CaseCorrection {
        ticket: Some(ticket.to_owned()),
        title: Some(title.to_owned()),
        project: None,
    };
    desk.correct(with("https://gitlab.zendesk.com/agent/tickets/7", "Large monorepo"));
    let case = desk.case();
    assert_eq!(
        (case.ticket.map(|ticket| ticket.id), case.given_title.as_deref()),
        (Some(7), Some("Large monorepo"))
    );
    desk.correct(with("", ""));
    let case = desk.case();
    assert_eq!((case.ticket, case.given_title), (None, None));
    let said = desk.front_end.engine.snapshot();
    for sentence in ["Title: Large monorepo", "Title removed.", "Ticket #7 removed."] {
        assert!(said.journal.iter().any(|line| line.sentence == sentence), "{sentence}");
    }
    let audit = desk.front_end.ask(Command::Audit);
    assert!(matches!(audit, Ok(Answer::Audited { .. })), "{audit:?}");
    let Desk { fixture, front_end, .. } = desk;
    // One program at a time uses the data folder.
    drop(front_end);
    assert_eq!(fixture.run(&["case", "set", "1", "title=Two words"]).exit, 0);
    assert_eq!(fixture.run(&["case", "show", "1"]).result()["title"], "Two words");
}
