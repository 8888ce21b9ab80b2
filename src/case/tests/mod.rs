//! The decision tree, tested from outside: every edge, every refusal, random walks, pasted texts, deadlines.

mod deadlines;
mod edges;
mod notes;
mod opening;
mod paste;
mod refusals;
mod requests;
mod undo;
pub(crate) mod walk;

use super::rules::DAY_MS;
use super::{
    Case, CaseId, Change, Effect, Event, Fact, Input, OfferLog, ProjectRef, Refusal, Rules, Ticket, UtcMs,
    open_case, parse_fact, step,
};

const NOW: UtcMs = UtcMs(1_795_000_000_000);

/// Proptest without its file of earlier failures, which would be outside the source tree.
pub(crate) fn walks(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}

fn days_ago(days: i64) -> UtcMs {
    NOW.plus_ms(-days * DAY_MS)
}

/// An issue in the tracker of this fact.
fn issue_of(fact: Fact) -> &'static str {
    match fact {
        Fact::InfraIssue => "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/1",
        Fact::ConsoleIssue => "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/1",
        _ => "https://gitlab.com/gitlab-org/gitlab/-/issues/1",
    }
}

/// A case with its offer log, driven in the same way as by the command line.
struct CaseDriver {
    case: Case,
    offer_log: OfferLog,
    rules: Rules,
    now: UtcMs,
}

impl CaseDriver {
    fn new() -> Self {
        Self::of_case(1, ProjectRef::by_path("acme/platform/monorepo"))
    }

    fn of_case(id: i64, project: ProjectRef) -> Self {
        let ticket =
            Ticket { url: "https://gitlab.zendesk.com/agent/tickets/418822".to_owned(), id: 418_822 };
        let case = open_case(CaseId(id), "https://gitlab.com", Some(ticket), project, NOW).case;
        Self { case, offer_log: OfferLog::default(), rules: Rules::default(), now: NOW }
    }

    fn input(&mut self, input: Input) -> Result<Change, Refusal> {
        let change = step(&self.case, input, &self.offer_log, &self.rules, self.now)?;
        self.case = change.case.clone();
        self.offer_log.follow(&change.effects);
        Ok(change)
    }

    /// Sets a fact from typed text, which must be accepted.
    fn set(&mut self, fact: &str, text: &str) -> &mut Self {
        let fact = Fact::parse(fact).unwrap();
        let value = parse_fact(fact, text).unwrap();
        self.input(Input::SetFact(fact, value)).unwrap();
        self
    }

    fn try_event(&mut self, word: &str) -> Result<Change, Refusal> {
        self.input(Input::Event(Event::parse(word).unwrap()))
    }

    /// Reports an event, which must be accepted.
    fn event(&mut self, word: &str) -> &mut Self {
        self.try_event(word).unwrap();
        self
    }

    fn offer_again(&mut self, reason: &str) -> Result<Change, Refusal> {
        self.input(Input::Event(Event::OfferSent { override_reason: Some(reason.to_owned()), by: None }))
    }

    fn stage(&self) -> &'static str {
        self.case.stage.as_str()
    }

    fn with_attempts(mut self) -> Self {
        self.set("ui_attempt_at", "2026-11-01T08:00:00Z")
            .set("ui_attempt_message", "Something went wrong")
            .set("api_attempt_at", "2026-11-01T09:00:00Z")
            .set("api_attempt_message", "export_status none");
        self
    }

    fn with_evidence(self) -> Self {
        let mut driver = self.with_attempts();
        driver
            .set("bug_issue", "https://gitlab.com/gitlab-org/gitlab/-/issues/330833")
            .set("kibana_link", "https://log.gprd.gitlab.net/app/r/s/AbC12")
            .set("bug_issue_updated", "yes");
        driver
    }

    /// A case whose customer accepted; nothing is known about the export itself.
    fn accepted(self) -> Self {
        let mut driver = self.with_evidence();
        driver.event("offer-sent").event("offer-accepted");
        driver
    }

    fn console_opened(self) -> Self {
        let mut driver = self.accepted();
        driver
            .set("console_issue", "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/7")
            .set("ownership_verified_at", "2026-11-02T10:00:00Z")
            .event("request-opened");
        driver
    }

    fn exported(mut self, finished_at: UtcMs) -> Self {
        self.set("export_succeeded", "yes")
            .set("download_error", "404 Not found or has expired")
            .set("export_finished_at", &finished_at.rfc3339());
        self
    }

    fn infra_opened(self) -> Self {
        let mut driver = self.accepted().exported(days_ago(3));
        driver
            .set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9")
            .set("ownership_verified_at", "2026-11-02T10:00:00Z")
            .event("request-opened");
        driver
    }
}
