//! Derives the stage of a case from its facts, for the stages that no event has set.

use super::fact::{Fact, Facts, OfferAnswer, YesNo, YesNoUnknown};
use super::format::{days, number_of};
use super::refusal::{Refusal, Rule};
use super::rules::{DAY_MS, Rules};
use super::stage::{CaseOutcome, Request, RoutedBy, Stage};
use super::subject::Case;
use super::time::UtcMs;

/// Which request a case needs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    pub request: Request,
    /// The reason, in one sentence.
    pub why: String,
}

/// "Did the export succeed but the download fail?" Infrastructure only for a clear yes within its window; everything
/// else, including every doubt, goes to the console.
pub fn route(facts: &Facts, rules: &Rules, now: UtcMs) -> Routing {
    let console = |why: &str| Routing { request: Request::Console, why: why.to_owned() };
    match facts.export_succeeded {
        Some(YesNoUnknown::Yes) => {}
        Some(YesNoUnknown::No) => return console("The export did not succeed."),
        Some(YesNoUnknown::Unknown) | None => {
            return console(
                "It is not known whether the export succeeded. When in doubt, use a console request.",
            );
        }
    }
    if facts.download_error.is_none() {
        return console("The export succeeded, but no download error is recorded.");
    }
    let Some(finished_at) = facts.export_finished_at else {
        return console("The export succeeded, but its finish time is not recorded.");
    };
    let age_ms = now.since_ms(finished_at);
    // One day of tolerance for clock differences; a time beyond that is a typing error, and so a doubt.
    if age_ms < -DAY_MS {
        return console("The recorded finish time of the export is in the future.");
    }
    if age_ms > rules.infra_window_ms {
        return console(&format!(
            "The export finished on {}, more than {} ago.",
            finished_at.for_people(),
            days(rules.infra_window_ms / DAY_MS)
        ));
    }
    let days_left = (rules.infra_window_ms - age_ms) / DAY_MS;
    Routing {
        request: Request::Infra,
        why: format!(
            "The export succeeded, its download failed, and {} left for an infrastructure request.",
            number_of(days_left as u64, "day is", "days are")
        ),
    }
}

/// The fact that is asked for next because it may decide the route; without it, the console is only the answer of doubt.
pub fn route_asks(facts: &Facts) -> Option<Fact> {
    match facts.export_succeeded {
        None => Some(Fact::ExportSucceeded),
        Some(YesNoUnknown::Yes) if facts.download_error.is_none() => Some(Fact::DownloadError),
        Some(YesNoUnknown::Yes) if facts.export_finished_at.is_none() => Some(Fact::ExportFinishedAt),
        Some(YesNoUnknown::Yes | YesNoUnknown::No | YesNoUnknown::Unknown) => None,
    }
}

/// The stage of a case at a moment: the passing of time alone may have changed it since the case was stored. Whatever
/// shows a stage or decides by it uses this function.
pub fn stage_at(case: &Case, rules: &Rules, now: UtcMs) -> Stage {
    due_stage(case.stage, &case.facts, rules, now).0
}

/// The stage in which a case belongs now. Facts decide before the offer, and between its acceptance and the request;
/// in all other stages an event has set the stage, and the stage stays.
pub(super) fn due_stage(stage: Stage, facts: &Facts, rules: &Rules, now: UtcMs) -> (Stage, String) {
    match stage {
        Stage::Troubleshoot | Stage::BugIssue | Stage::Offer => by_evidence(facts),
        Stage::Route | Stage::ConsoleRequest | Stage::InfraRequest { by: RoutedBy::Facts } => {
            by_answer(facts, rules, now)
        }
        Stage::InfraRequest { by: RoutedBy::Escalation }
        | Stage::AwaitingAnswer
        | Stage::AwaitingAttempt { .. }
        | Stage::Outcome { .. }
        | Stage::Closed { .. } => (stage, String::new()),
    }
}

fn by_evidence(facts: &Facts) -> (Stage, String) {
    let missing = missing_evidence(facts);
    let attempts = [Fact::UiAttemptAt, Fact::UiAttemptMessage, Fact::ApiAttemptAt, Fact::ApiAttemptMessage];
    if missing.iter().any(|fact| attempts.contains(fact)) {
        (Stage::Troubleshoot, "The time or the message of an attempt is missing.".to_owned())
    } else if missing.is_empty() {
        (Stage::Offer, "The bug issue is updated and has the log links.".to_owned())
    } else {
        (Stage::BugIssue, "Both attempts are recorded.".to_owned())
    }
}

fn by_answer(facts: &Facts, rules: &Rules, now: UtcMs) -> (Stage, String) {
    match facts.offer_answer {
        Some(OfferAnswer::Accepted) => {
            let routing = route(facts, rules, now);
            let stage = match routing.request {
                Request::Console => Stage::ConsoleRequest,
                Request::Infra => Stage::InfraRequest { by: RoutedBy::Facts },
            };
            (stage, routing.why)
        }
        Some(OfferAnswer::Declined) => {
            (Stage::Outcome { ending: CaseOutcome::Declined }, "The customer declined.".to_owned())
        }
        Some(OfferAnswer::None) | None => {
            (Stage::AwaitingAnswer, "The customer withdrew the acceptance.".to_owned())
        }
    }
}

/// Whether the handbook allows this request to be opened now.
pub fn may_request(case: &Case, request: Request, rules: &Rules, now: UtcMs) -> Result<(), Refusal> {
    let stage = stage_at(case, rules, now);
    let what = match request {
        Request::Console => "A console request",
        Request::Infra => "An infrastructure request",
    };
    let routed = || route(&case.facts, rules, now).why;
    let no = |rule: Rule, why: String, hint: &str| Err(Refusal::new(rule, format!("{what} {why}"), hint));
    match (stage, request) {
        (Stage::ConsoleRequest, Request::Console) | (Stage::InfraRequest { .. }, Request::Infra) => Ok(()),
        (Stage::Troubleshoot | Stage::BugIssue, Request::Console | Request::Infra) => no(
            Rule::EvidenceBeforeOffer,
            "comes after an accepted offer. The offer comes after both attempts and the bug issue.".into(),
            "Record both attempts and the issue with its log link first.",
        ),
        (Stage::Offer | Stage::AwaitingAnswer, Request::Console | Request::Infra) => no(
            Rule::StageAllows,
            "can be opened only after the customer has accepted the one-time export.".into(),
            "Send the offer and record the customer's answer first.",
        ),
        (Stage::Route, Request::Console | Request::Infra) => no(
            Rule::StageAllows,
            "cannot be opened before the route is known.".into(),
            "Record first whether the export succeeded.",
        ),
        (Stage::ConsoleRequest, Request::Infra) => no(
            Rule::StageAllows,
            format!("does not fit this case. Use a console request: {}", routed()),
            "Infrastructure handles exports that succeeded but could not be downloaded, and failed console attempts.",
        ),
        (Stage::InfraRequest { by: RoutedBy::Facts }, Request::Console) => no(
            Rule::StageAllows,
            format!("does not fit this case. Use an infrastructure request: {}", routed()),
            "Open the infrastructure request.",
        ),
        (Stage::InfraRequest { by: RoutedBy::Escalation }, Request::Console) => no(
            Rule::StageAllows,
            "was made already, and its attempt failed.".into(),
            "Open the infrastructure request.",
        ),
        (Stage::AwaitingAttempt { .. }, Request::Console | Request::Infra) => no(
            Rule::StageAllows,
            "cannot be opened while another request waits for its attempt.".into(),
            "Record the result of that attempt first.",
        ),
        (Stage::Outcome { .. }, Request::Console | Request::Infra) => no(
            Rule::StageAllows,
            "cannot be opened after the outcome: one attempt was offered.".into(),
            "A failed console attempt can be escalated to infrastructure. That is a separate step.",
        ),
        (Stage::Closed { .. }, Request::Console | Request::Infra) => {
            no(Rule::StageAllows, "cannot be opened for a closed case.".into(), "Reopen the case first.")
        }
    }
}

/// What is missing before the offer, in the handbook's order. One of the two log links is enough.
pub(super) fn missing_evidence(facts: &Facts) -> Vec<Fact> {
    let mut missing: Vec<Fact> = [
        Fact::UiAttemptAt,
        Fact::UiAttemptMessage,
        Fact::ApiAttemptAt,
        Fact::ApiAttemptMessage,
        Fact::BugIssue,
    ]
    .into_iter()
    .filter(|fact| !facts.has(*fact))
    .collect();
    if facts.bug_issue_updated != Some(YesNo::Yes) {
        missing.push(Fact::BugIssueUpdated);
    }
    if facts.kibana_link.is_none() && facts.sentry_link.is_none() {
        missing.push(Fact::KibanaLink);
    }
    missing
}

/// Whether an infrastructure request exists, that is, whether its link is recorded.
pub(super) fn needs_infradev(facts: &Facts) -> bool {
    facts.infra_issue.is_some() && facts.infradev_labelled != Some(YesNo::Yes)
}
