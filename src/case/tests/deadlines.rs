//! Deadlines: when they run, when they require attention, and how they order the list.

use super::*;
use crate::case::rules::HOUR_MS;
use crate::case::{
    Attention, Deadline, DeadlineName, DeadlineState, ExportStep, Urgency, VerifiedFile, attention, deadlines,
};

fn deadline(driver: &CaseDriver, name: DeadlineName) -> Option<Deadline> {
    deadlines(&driver.case, None, &driver.rules, driver.now)
        .into_iter()
        .find(|deadline| deadline.name == name)
}

/// Checks the state of a deadline that counts from `NOW`, after the given milliseconds.
fn states(mut driver: CaseDriver, name: DeadlineName, rows: &[(i64, DeadlineState)]) {
    for (later_ms, state) in rows {
        driver.now = NOW.plus_ms(*later_ms);
        let found = deadline(&driver, name).unwrap();
        assert_eq!(found.state, *state, "{} after {later_ms} ms", name.as_str());
        assert!(found.why.ends_with('.') && !name.label().is_empty());
    }
}

use DeadlineState::{Over, Running, Soon};

#[test]
fn the_file_lives_a_day() {
    let driver = CaseDriver::new().exported(NOW);
    let rows = [
        (0, Running),
        (17 * HOUR_MS, Running),
        (18 * HOUR_MS, Soon),
        (24 * HOUR_MS - 1, Soon),
        (DAY_MS, Over),
    ];
    states(driver, DeadlineName::FileExpiry, &rows);
    let mut driver = CaseDriver::new().exported(NOW);
    driver.set("export_succeeded", "unknown");
    assert_eq!(deadline(&driver, DeadlineName::FileExpiry), None);
}

#[test]
fn the_infra_window_runs_until_the_request_is_open() {
    let rows = [(0, Running), (27 * DAY_MS - 1, Running), (27 * DAY_MS, Soon), (30 * DAY_MS, Over)];
    states(CaseDriver::new().accepted().exported(NOW), DeadlineName::InfraWindow, &rows);
    assert_eq!(deadline(&CaseDriver::new().infra_opened(), DeadlineName::InfraWindow), None);
    let mut closed = CaseDriver::new().exported(NOW);
    closed.event("close");
    assert_eq!(deadline(&closed, DeadlineName::InfraWindow), None);
}

#[test]
fn logs_warn_from_the_sixth_day_until_the_longer_retention_is_over() {
    let mut driver = CaseDriver::new();
    driver.set("ui_attempt_at", &NOW.rfc3339());
    driver.now = NOW.plus_ms(DAY_MS);
    driver.set("api_attempt_at", &NOW.plus_ms(DAY_MS).rfc3339());
    driver.now = NOW;
    let rows = [
        (0, Running),
        (6 * DAY_MS - 1, Running),
        (6 * DAY_MS, Soon),
        (7 * DAY_MS, Soon),
        (29 * DAY_MS, Soon),
        (30 * DAY_MS, Over),
    ];
    states(driver, DeadlineName::Logs, &rows);
}

#[test]
fn the_handover_link_has_its_own_end_or_two_days() {
    let mut driver = CaseDriver::new();
    driver.set("handover_link", "https://storage.example.com/1");
    states(driver, DeadlineName::HandoverLink, &[(0, Running), (DAY_MS, Soon), (2 * DAY_MS, Over)]);
    let mut driver = CaseDriver::new();
    driver.set("handover_expires_at", &NOW.plus_ms(5 * DAY_MS).rfc3339());
    assert_eq!(deadline(&driver, DeadlineName::HandoverLink), None, "an end of nothing");
    driver.set("handover_link", "https://storage.example.com/1");
    assert_eq!(deadline(&driver, DeadlineName::HandoverLink).unwrap().ends_at, NOW.plus_ms(5 * DAY_MS));
}

#[test]
fn on_hold_and_pending_tickets_have_their_deadlines() {
    states(
        CaseDriver::new().console_opened(),
        DeadlineName::OnHold,
        &[(0, Running), (3 * DAY_MS, Soon), (4 * DAY_MS, Over)],
    );
    let mut offered = CaseDriver::new().with_evidence();
    offered.event("offer-sent");
    states(offered, DeadlineName::Answer, &[(0, Running), (13 * DAY_MS, Soon), (14 * DAY_MS, Over)]);
    assert_eq!(deadline(&CaseDriver::new().accepted(), DeadlineName::Answer), None);
}

#[test]
fn the_token_is_one_of_the_deadlines_and_the_earliest_comes_first() {
    let driver = CaseDriver::new().exported(NOW);
    let all = deadlines(&driver.case, Some(NOW.plus_ms(2 * DAY_MS)), &driver.rules, NOW);
    let names: Vec<(&str, &str)> =
        all.iter().map(|deadline| (deadline.name.as_str(), deadline.state.as_str())).collect();
    assert_eq!(names, [("file_expiry", "running"), ("token", "soon"), ("infra_window", "running")]);
}

fn needs(driver: &CaseDriver) -> Attention {
    attention(&driver.case, None, &driver.offer_log, &driver.rules, driver.now)
}

#[test]
fn the_list_puts_what_presses_first_and_what_waits_last() {
    let mut offered = CaseDriver::new().with_evidence();
    offered.event("offer-sent");
    let mut closed = CaseDriver::new();
    closed.event("close");
    let mut pressing = CaseDriver::new().exported(NOW);
    pressing.now = NOW.plus_ms(20 * HOUR_MS);
    let mut desks = [closed, offered, CaseDriver::new(), pressing];
    desks.sort_by_key(|driver| needs(driver).rank());
    let levels: Vec<&str> = desks.iter().map(|driver| needs(driver).level.as_str()).collect();
    assert_eq!(levels, ["clock_soon", "your_turn", "waiting", "done"]);
    assert!(needs(&desks[0]).sentence.starts_with("Export file expires: "));
    assert_eq!(needs(&desks[1]).sentence, "Record the UI and API attempts.");
}

#[test]
fn the_step_of_the_export_decides_where_a_case_is_listed() {
    let mut waiting = CaseDriver::new().with_evidence();
    waiting.event("offer-sent");
    let with = |driver: &CaseDriver, step: ExportStep| {
        let told = attention(&driver.case, Some(step), &driver.offer_log, &driver.rules, driver.now);
        (told.level, told.sentence)
    };
    let until = Some(NOW);
    for step in [ExportStep::Download { until }, ExportStep::Resume, ExportStep::Retry, ExportStep::Failed] {
        let expected = (Urgency::YourTurn, format!("{}.", step.label()));
        assert_eq!(with(&waiting, step), expected);
        assert_eq!(with(&CaseDriver::new(), step), expected);
    }
    for step in [ExportStep::Running, ExportStep::Downloading] {
        assert_eq!(with(&CaseDriver::new(), step), (Urgency::Waiting, format!("{}.", step.label())));
    }
    let mut pressing = CaseDriver::new().exported(NOW);
    pressing.now = NOW.plus_ms(20 * HOUR_MS);
    assert_eq!(with(&pressing, ExportStep::Running).0, Urgency::DeadlineSoon);
}

#[test]
fn closed_cases_are_listed_newest_first_and_all_others_oldest_first() {
    let (early, late) = (NOW, NOW.plus_ms(1));
    for level in [Urgency::DeadlineSoon, Urgency::YourTurn, Urgency::Waiting] {
        assert!(level.rank(early) < level.rank(late) && level.rank(late) < Urgency::Done.rank(early));
    }
    assert!(Urgency::Done.rank(late) < Urgency::Done.rank(early));
}

#[test]
fn the_list_offers_no_second_export_of_a_project() {
    let mut first = CaseDriver::new().with_evidence();
    first.event("offer-sent");
    let mut second = CaseDriver::of_case(2, ProjectRef::by_path("acme/platform/monorepo")).with_evidence();
    assert_eq!(needs(&second).sentence, "Offer a one-time export.");
    second.offer_log = first.offer_log;
    assert_eq!(needs(&second).sentence, "Name the alternatives and close the case.");
}

#[test]
fn a_waiting_case_is_due_when_there_is_something_to_do() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.event("offer-sent");
    assert_eq!(needs(&driver).level, Urgency::Waiting);
    driver.set("offer_answer", "accepted");
    assert_eq!(needs(&driver).level, Urgency::YourTurn, "the customer answered");

    let mut driver = CaseDriver::new().console_opened();
    assert_eq!(needs(&driver).level, Urgency::Waiting);
    driver.now = NOW.plus_ms(3 * DAY_MS + 1);
    assert_eq!(needs(&driver).level, Urgency::DeadlineSoon, "the ticket will open again");
    driver.now = NOW.plus_ms(5 * DAY_MS);
    assert_eq!(needs(&driver).level, Urgency::YourTurn, "the ticket has opened again");
    assert_eq!(needs(&CaseDriver::new().infra_opened()).level, Urgency::YourTurn, "infradev is missing");
}

#[test]
fn logs_and_files_press_only_while_they_are_needed() {
    let mut driver = CaseDriver::new();
    driver.set("ui_attempt_at", &days_ago(6).rfc3339());
    assert_eq!(needs(&driver).level, Urgency::DeadlineSoon);
    driver.set("sentry_link", "https://new-sentry.gitlab.net/1");
    assert_eq!(needs(&driver).level, Urgency::YourTurn);

    let mut driver = CaseDriver::new().exported(NOW.plus_ms(-20 * HOUR_MS));
    assert_eq!(needs(&driver).level, Urgency::DeadlineSoon);
    driver.case.served = Some(VerifiedFile {
        bytes: 1,
        sha256: String::new(),
        verdict: "importable".to_owned(),
        rebuilt: None,
    });
    assert_eq!(needs(&driver).level, Urgency::YourTurn);
}
