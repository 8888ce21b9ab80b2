//! Steps and cases that were recorded by mistake.

use super::*;
use crate::case::{JournalEvent, attention};

#[test]
fn every_step_is_undone_to_the_stage_before_it() {
    let mut driver = CaseDriver::new().console_opened();
    driver.event("attempt-failed").event("escalate-to-infra");
    driver
        .set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9")
        .set("infradev_labelled", "yes")
        .event("request-opened")
        .event("attempt-succeeded")
        .event("close");
    let mut stages = vec![driver.stage()];
    while driver.try_event("undo").is_ok() {
        stages.push(driver.stage());
    }
    let expected = [
        "closed",
        "outcome",
        "awaiting_attempt",
        "infra_request",
        // The failed console attempt, before the escalation.
        "outcome",
        "awaiting_attempt",
        "console_request",
        "awaiting_answer",
        "offer",
    ];
    assert_eq!(stages, expected);
    assert_eq!(driver.case.facts.attempt_result, None);
    assert_eq!((driver.case.facts.offer_sent_at, driver.case.facts.offer_answer), (None, None));
    assert!(driver.case.facts.console_issue.is_some(), "a link that a person recorded stays");
}

#[test]
fn an_escalation_and_a_console_result_are_undone_one_by_one() {
    let mut driver = CaseDriver::new().console_opened();
    driver.event("attempt-failed").event("escalate-to-infra").event("undo");
    assert_eq!(driver.stage(), "outcome");
    assert_eq!(driver.case.facts.attempt_result, Some(crate::case::AttemptResult::Failed));
    driver.event("undo");
    assert_eq!((driver.stage(), driver.case.facts.attempt_result), ("awaiting_attempt", None));
    driver.event("undo");
    assert_eq!(driver.stage(), "console_request");
    driver.event("undo");
    assert_eq!(driver.stage(), "awaiting_answer");
}

#[test]
fn the_facts_decide_again_where_an_answer_was_wrong() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.event("offer-sent").event("offer-declined").event("undo").event("offer-accepted");
    assert_eq!(driver.stage(), "console_request");
    let driver = driver.exported(days_ago(3));
    assert_eq!(driver.stage(), "infra_request");
}

#[test]
fn an_offer_that_was_undone_stays_in_the_log_and_no_longer_counts() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.event("offer-sent");
    driver.now = NOW.plus_ms(60_000);
    let change = driver.try_event("undo").unwrap();
    let said = |kind: &str| change.entries.iter().filter(|entry| entry.what.as_str() == kind).count();
    assert_eq!((said("offer_withdrawn"), said("stage_entered")), (1, 1));
    assert_eq!(driver.offer_log.offers.len(), 1);
    assert_eq!(driver.offer_log.offers[0].withdrawn_at, Some(driver.now));
    driver.event("offer-sent");
    assert_eq!(driver.offer_log.counted().count(), 1);
    let refusal = driver.try_event("offer-sent").unwrap_err();
    assert_eq!(refusal.rule.as_str(), "one_offer");
}

#[test]
fn a_second_offer_that_was_undone_leaves_the_first_open() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.event("offer-sent");
    driver.now = NOW.plus_ms(DAY_MS);
    driver.offer_again("the customer lost the first message").unwrap();
    driver.event("undo");
    assert_eq!(driver.stage(), "awaiting_answer");
    assert_eq!(driver.case.facts.offer_sent_at, Some(NOW));
    assert_eq!(driver.offer_log.first_for("https://gitlab.com", &driver.case.project).unwrap().at, NOW);
}

#[test]
fn a_discarded_case_is_closed_archived_and_can_be_had_back() {
    let mut driver = CaseDriver::new().with_attempts();
    let change = driver.try_event("discard").unwrap();
    assert!(driver.case.archived && driver.case.discarded && driver.case.stage.is_closed());
    let why = change.entries.iter().find_map(|entry| match &entry.what {
        JournalEvent::StageEntered { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("Discarded: the case was opened by mistake."));
    assert_eq!(attention(&driver.case, None, &driver.offer_log, &driver.rules, NOW).level.as_str(), "done");
    driver.event("undo");
    let kept = (driver.case.archived, driver.case.discarded);
    assert_eq!((driver.stage(), kept), ("bug_issue", (false, false)));
}

#[test]
fn a_wrong_project_is_corrected_before_the_offer_and_not_after_it() {
    let other = ProjectRef::by_path("acme/other");
    let mut driver = CaseDriver::new().with_evidence();
    assert!(driver.input(Input::SetProject(driver.case.project.clone())).unwrap().entries.is_empty());
    driver.input(Input::SetProject(other.clone())).unwrap();
    assert_eq!(driver.case.project, other);
    driver.event("offer-sent");
    assert_eq!(driver.offer_log.offers[0].project_path.as_deref(), Some("acme/other"));
    let refusal = driver.input(Input::SetProject(ProjectRef::by_id(7))).unwrap_err();
    assert_eq!(refusal.rule.as_str(), "recorded_stays");
    driver.event("undo");
    driver.input(Input::SetProject(ProjectRef::by_id(7))).unwrap();
}
