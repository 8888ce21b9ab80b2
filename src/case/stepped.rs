//! Cases for the tests of all modules, made by [`step()`] alone, so that no test and no image shows an impossible
//! state.

#![allow(clippy::missing_panics_doc, reason = "a test that cannot go on fails")]

use super::{Case, Event, Fact, Input, OfferLog, Rules, UtcMs, parse_fact, step};

/// The case after `input`, which must be accepted.
#[track_caller]
pub fn after(case: &Case, input: Input, at: UtcMs) -> Case {
    match step(case, input, &OfferLog::default(), &Rules::default(), at) {
        Ok(change) => change.case,
        Err(refusal) => panic!("case {} takes no such step: {refusal:?}", case.id),
    }
}

/// The case after these facts were set, given as typed text.
#[track_caller]
pub fn with(case: &Case, facts: &[(Fact, &str)], at: UtcMs) -> Case {
    let mut case = case.clone();
    for (fact, text) in facts {
        let value = parse_fact(*fact, text).unwrap_or_else(|refusal| panic!("{fact:?}: {refusal:?}"));
        case = after(&case, Input::SetFact(*fact, value), at);
    }
    case
}

/// The case after this event was reported.
#[track_caller]
pub fn on(case: &Case, event: Event, at: UtcMs) -> Case {
    after(case, Input::Event(event), at)
}

/// The one-time offer without a username.
pub const OFFER_SENT: Event = Event::OfferSent { override_reason: None, by: None };

/// A case with everything that is required before an offer; the attempts were made at the two given times.
#[track_caller]
pub fn at_offer(case: &Case, (ui, api): (UtcMs, UtcMs), at: UtcMs) -> Case {
    let (ui, api) = (ui.rfc3339(), api.rfc3339());
    let facts = [
        (Fact::UiAttemptAt, ui.as_str()),
        (Fact::UiAttemptMessage, "The export could not be started."),
        (Fact::ApiAttemptAt, api.as_str()),
        (Fact::ApiAttemptMessage, "export_status: failed"),
        (Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/330833"),
        (Fact::BugIssueUpdated, "yes"),
        (Fact::KibanaLink, "https://log.gprd.gitlab.net/app/r/s/aBcD1"),
    ];
    with(case, &facts, at)
}

/// A closed case: the customer declined the offer.
#[cfg(feature = "gui")]
#[track_caller]
pub fn closed(case: &Case, at: UtcMs) -> Case {
    let case = on(&at_offer(case, (at, at), at), OFFER_SENT, at);
    on(&on(&case, Event::OfferDeclined, at), Event::Close, at)
}
