//! The one next step of a case, the other possible actions, and what blocks them.

use std::fmt;

use super::event::{Event, Input};
use super::fact::{AttemptResult, Fact, Facts, OfferAnswer, YesNoUnknown};
use super::offer_log::OfferLog;
use super::rebuilt::RebuiltFrom;
use super::refusal::Refusal;
use super::route::{missing_evidence, needs_infradev, route, route_asks, stage_at};
use super::rules::Rules;
use super::stage::{CaseOutcome, Request, Stage};
use super::step::step;
use super::subject::Case;
use super::time::UtcMs;

/// Something a person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Record this fact.
    Record(Fact),
    /// Report this event.
    Report(Event),
}

/// In JSON: the event's name, or `set` and the fact's name, as on the command line.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(fact) => write!(f, "set {fact}"),
            Self::Report(event) => f.write_str(event.as_str()),
        }
    }
}

/// The content of the NOW card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    pub action: Action,
    pub label: String,
    /// Why this step, in one sentence.
    pub why: String,
    /// The handbook page behind the step, by its key in the handbook's data.
    pub handbook: &'static str,
    /// The name of the generated text that serves this step, for example `offer`.
    pub text: Option<&'static str>,
    /// The request that this step prepares or opens.
    pub request: Option<Request>,
}

/// Another action, with the reason if the rules forbid it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub action: Action,
    pub label: String,
    pub refused: Option<Refusal>,
}

/// The possible actions on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSteps {
    /// `None` only for a closed case.
    pub now: Option<NextStep>,
    /// Every event, allowed or not, in the order of the workflow.
    pub choices: Vec<Choice>,
}

/// A fact that keeps the case in its stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub fact: Fact,
    pub why: String,
}

/// The next step and all choices of a case.
pub fn next_steps(case: &Case, offer_log: &OfferLog, rules: &Rules, now: UtcMs) -> NextSteps {
    let choices = Event::all()
        .map(|event| Choice {
            label: event.label().to_owned(),
            refused: step(case, Input::Event(event.clone()), offer_log, rules, now).err(),
            action: Action::Report(event),
        })
        .collect();
    NextSteps { now: next_step(case, offer_log, rules, now), choices }
}

/// The one next step; `None` only for a closed case.
pub fn next_step(case: &Case, offer_log: &OfferLog, rules: &Rules, now: UtcMs) -> Option<NextStep> {
    let stage = stage_at(case, rules, now);
    let facts = &case.facts;
    if let Some(served) = &case.served
        && stage.position() < (Stage::Outcome { ending: CaseOutcome::Declined }).position()
    {
        return Some(hand_over_own(facts, served.rebuilt.as_ref()));
    }
    let next = match stage {
        Stage::Troubleshoot => troubleshoot(facts),
        Stage::BugIssue => bug_issue(facts),
        Stage::Offer => offer(case, offer_log),
        Stage::AwaitingAnswer => awaiting_answer(facts, rules, now),
        Stage::Route | Stage::ConsoleRequest => console_request(facts, rules, now),
        Stage::InfraRequest { .. } => request(Request::Infra, facts),
        Stage::AwaitingAttempt { request } => awaiting_attempt(request, facts),
        Stage::Outcome { ending } => outcome(ending, facts),
        Stage::Closed { .. } => return None,
    };
    let closes = next.action == Action::Report(Event::Close);
    Some(if closes && needs_infradev(facts) { label_infradev() } else { next })
}

fn record(fact: Fact, label: &str, why: &str) -> NextStep {
    let (label, why) = (label.to_owned(), why.to_owned());
    of_action(Action::Record(fact), label, why)
}

fn report(event: Event, label: &str, why: &str) -> NextStep {
    let (label, why) = (label.to_owned(), why.to_owned());
    of_action(Action::Report(event), label, why)
}

fn of_action(action: Action, label: String, why: String) -> NextStep {
    NextStep { action, label, why, handbook: "exporting_projects", text: None, request: None }
}

impl NextStep {
    fn on_page(self, handbook: &'static str) -> Self {
        Self { handbook, ..self }
    }

    fn with_text(self, text: &'static str) -> Self {
        Self { text: Some(text), ..self }
    }

    fn for_request(self, request: Request) -> Self {
        Self { request: Some(request), ..self }
    }
}

fn troubleshoot(facts: &Facts) -> NextStep {
    let why = "Record both attempts first, each with its time and the exact message.";
    if !facts.has(Fact::UiAttemptAt) && !facts.has(Fact::ApiAttemptAt) {
        return record(Fact::UiAttemptAt, "Record the UI and API attempts", why).with_text("attempts");
    }
    for (fact, label) in [
        (Fact::UiAttemptAt, "Record the time of the UI attempt"),
        (Fact::UiAttemptMessage, "Record the UI's message"),
        (Fact::ApiAttemptAt, "Make the API attempt, or record its time"),
    ] {
        if !facts.has(fact) {
            return record(fact, label, why).with_text("attempts");
        }
    }
    record(Fact::ApiAttemptMessage, "Record the API's message", why).with_text("attempts")
}

fn bug_issue(facts: &Facts) -> NextStep {
    if facts.kibana_link.is_none() && facts.sentry_link.is_none() {
        return record(
            Fact::KibanaLink,
            "Find the error in the logs and record the link",
            "The bug issue needs a Kibana or Sentry link, and logs expire within days.",
        )
        .on_page("kibana");
    }
    if facts.bug_issue.is_none() {
        return record(
            Fact::BugIssue,
            "Find or create the bug issue",
            "Find the matching GitLab issue before you make an offer.",
        )
        .on_page("working_with_issues")
        .with_text("bug");
    }
    record(
        Fact::BugIssueUpdated,
        "Comment on the issue with the log links",
        "The bug issue must have this case's evidence before the offer.",
    )
    .on_page("working_with_issues")
    .with_text("comment")
}

fn offer(case: &Case, offer_log: &OfferLog) -> NextStep {
    let Some(first) = offer_log.first_for(&case.instance, &case.project) else {
        return report(
            Event::OfferSent { override_reason: None, by: None },
            "Offer a one-time export",
            "The evidence is complete, and this project has not had an offer.",
        )
        .with_text("offer");
    };
    report(
        Event::Close,
        "Name the alternatives and close the case",
        &format!(
            "A one-time export was offered on {} (case {}). A second offer needs a reason.",
            first.at.for_people(),
            first.case_id
        ),
    )
    .with_text("alternatives")
}

fn awaiting_answer(facts: &Facts, rules: &Rules, now: UtcMs) -> NextStep {
    let silent = facts.offer_sent_at.is_some_and(|at| now.since_ms(at) > rules.answer_over_ms);
    match facts.offer_answer {
        Some(OfferAnswer::Accepted) => {
            report(Event::OfferAccepted, "The customer accepted", "The customer's acceptance is recorded.")
        }
        Some(OfferAnswer::Declined) => {
            report(Event::OfferDeclined, "The customer declined", "The customer's refusal is recorded.")
        }
        Some(OfferAnswer::None) | None if silent => report(
            Event::Close,
            "Close the case: the customer did not answer",
            "The customer did not answer the offer, and Zendesk has solved the pending ticket.",
        )
        .on_page("ticket_basics"),
        Some(OfferAnswer::None) | None => report(
            Event::OfferAccepted,
            "Wait for the answer, then record it",
            "The customer must accept before the next step.",
        ),
    }
}

fn console_request(facts: &Facts, rules: &Rules, now: UtcMs) -> NextStep {
    // The question that decides the kind of request is repeated until the console request exists.
    if facts.console_issue.is_none() {
        let why = route(facts, rules, now).why;
        match route_asks(facts) {
            // Most likely no console request: nothing of it is offered yet.
            Some(Fact::DownloadError) => {
                return record(Fact::DownloadError, "Record the download error", &why);
            }
            Some(Fact::ExportFinishedAt) => {
                let fact = Fact::ExportFinishedAt;
                return record(fact, "Record when the export finished", &why).with_text("console");
            }
            Some(fact) => {
                return record(fact, "Find out whether the export succeeded", &why).with_text("console");
            }
            None => {}
        }
    }
    request(Request::Console, facts)
}

fn request(request: Request, facts: &Facts) -> NextStep {
    let (fact, text) = match request {
        Request::Console => (Fact::ConsoleIssue, "console"),
        Request::Infra => (Fact::InfraIssue, "infra"),
    };
    if facts.ownership_verified_at.is_none() {
        return record(
            Fact::OwnershipVerifiedAt,
            "Verify the account's ownership",
            "The request releases customer data, so verify the account's ownership first.",
        )
        .on_page("account_verification")
        .for_request(request);
    }
    let page = match request {
        Request::Console => "internal_requests",
        Request::Infra => "exporting_projects",
    };
    if !facts.has(fact) {
        let label = format!("Open the {} and record its link", request.label());
        return record(fact, &label, "Use the team's template for the request.")
            .on_page(page)
            .with_text(text)
            .for_request(request);
    }
    report(
        Event::RequestOpened,
        &format!("Mark the {} as opened", request.label()),
        "The link and the verification are recorded.",
    )
    .on_page(page)
    .with_text(text)
    .for_request(request)
}

fn label_infradev() -> NextStep {
    record(
        Fact::InfradevLabelled,
        "Label the bug issue infradev",
        "When an infrastructure request exists, the bug issue must have the label.",
    )
    .on_page("infradev")
}

fn awaiting_attempt(request: Request, facts: &Facts) -> NextStep {
    if needs_infradev(facts) {
        return label_infradev();
    }
    let event = match facts.attempt_result {
        // The result of an earlier console attempt says nothing about the current one.
        Some(AttemptResult::Failed) if request == Request::Console => Event::AttemptFailed,
        Some(AttemptResult::Failed | AttemptResult::Successful) | None => Event::AttemptSucceeded,
    };
    report(
        event,
        "Wait for the attempt, then record its result",
        &format!("The {} is open. A colleague makes the attempt.", request.label()),
    )
}

fn outcome(ending: CaseOutcome, facts: &Facts) -> NextStep {
    if needs_infradev(facts) {
        return label_infradev();
    }
    match ending {
        CaseOutcome::Attempted { request: _, result: AttemptResult::Successful } => hand_over(facts),
        // The handbook names only the failed reply here. Infrastructure helps where there is a file to reach.
        CaseOutcome::Attempted { request: Request::Console, result: AttemptResult::Failed }
            if facts.export_succeeded == Some(YesNoUnknown::Yes) =>
        {
            report(
                Event::EscalateToInfra,
                "Escalate to infrastructure",
                "The console attempt failed. There is a file, and infrastructure can reach files that the console cannot.",
            )
            .with_text("failed")
        }
        CaseOutcome::Attempted { request: _, result: AttemptResult::Failed } => report(
            Event::Close,
            "Tell the customer, name the alternatives, and close the case",
            "The one-time attempt was made and failed.",
        )
        .with_text("failed"),
        CaseOutcome::Declined => report(
            Event::Close,
            "Name the alternatives and close the case",
            "The customer declined the offer.",
        )
        .with_text("alternatives"),
    }
}

fn hand_over(facts: &Facts) -> NextStep {
    if facts.handover_link.is_none() {
        return record(
            Fact::HandoverLink,
            "Hand over the file and record the link",
            "The attempt succeeded. The customer gets a link that works for two days.",
        )
        .with_text("successful");
    }
    report(Event::Close, "Close the case", "The file is handed over.").with_text("successful")
}

fn hand_over_own(facts: &Facts, rebuilt: Option<&RebuiltFrom>) -> NextStep {
    if needs_infradev(facts) {
        return label_infradev();
    }
    if facts.ownership_verified_at.is_none() {
        return record(
            Fact::OwnershipVerifiedAt,
            "Verify the account's ownership",
            match rebuilt {
                Some(from) if !from.gaps.is_empty() => {
                    "The archive is rebuilt, but data is missing in it. Verify the account's ownership before you hand it over."
                }
                Some(_) => {
                    "The archive is rebuilt and verified. Verify the account's ownership before you hand it over."
                }
                None => {
                    "An export succeeded here, and its file is verified. Verify the account's ownership before you hand it over."
                }
            },
        )
        .on_page("account_verification");
    }
    hand_over(facts)
}

/// The facts that keep a case in its stage.
pub fn blocked_by(case: &Case, rules: &Rules, now: UtcMs) -> Vec<Blocked> {
    let facts = &case.facts;
    let missing: Vec<Fact> = match stage_at(case, rules, now) {
        Stage::Troubleshoot => missing_evidence(facts)
            .into_iter()
            .filter(|fact| !matches!(fact, Fact::BugIssue | Fact::BugIssueUpdated | Fact::KibanaLink))
            .collect(),
        Stage::BugIssue => missing_evidence(facts),
        Stage::AwaitingAnswer => lacking(facts, &[Fact::OfferAnswer]),
        Stage::Route | Stage::ConsoleRequest => {
            lacking(facts, &[Fact::ConsoleIssue, Fact::OwnershipVerifiedAt])
        }
        Stage::InfraRequest { .. } => lacking(facts, &[Fact::InfraIssue, Fact::OwnershipVerifiedAt]),
        Stage::AwaitingAttempt { .. } => lacking(facts, &[Fact::AttemptResult]),
        Stage::Offer | Stage::Outcome { .. } | Stage::Closed { .. } => Vec::new(),
    };
    let infradev = (!case.stage.is_closed() && needs_infradev(facts)).then_some(Fact::InfradevLabelled);
    missing.into_iter().chain(infradev).map(|fact| Blocked { fact, why: fact.missing().to_owned() }).collect()
}

fn lacking(facts: &Facts, wanted: &[Fact]) -> Vec<Fact> {
    wanted.iter().copied().filter(|fact| !facts.has(*fact)).collect()
}
