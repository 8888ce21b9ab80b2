//! Deadlines: when they run, when they require attention, and how they order the list.

use super::*;
use crate::case::rules::HOUR_MS;
use crate::case::{
    Attention, Clock, ClockName, ClockState, Run, RunId, Urgency, VerifiedFile, attention, clocks,
};

fn clock(desk: &Desk, name: ClockName) -> Option<Clock> {
    clocks(&desk.case, None, &desk.rules, desk.now).into_iter().find(|clock| clock.name == name)
}

/// Checks the state of a deadline that counts from `NOW`, after the given milliseconds.
fn states(mut desk: Desk, name: ClockName, rows: &[(i64, ClockState)]) {
    for (later_ms, state) in rows {
        desk.now = NOW.plus_ms(*later_ms);
        let found = clock(&desk, name).unwrap();
        assert_eq!(found.state, *state, "{} after {later_ms} ms", name.as_str());
        assert!(found.why.ends_with('.') && !name.label().is_empty());
    }
}

use ClockState::{Over, Running, Soon};

#[test]
fn the_file_lives_a_day() {
    let desk = Desk::new().exported(NOW);
    let rows = [
        (0, Running),
        (17 * HOUR_MS, Running),
        (18 * HOUR_MS, Soon),
        (24 * HOUR_MS - 1, Soon),
        (DAY_MS, Over),
    ];
    states(desk, ClockName::FileExpiry, &rows);
    let mut desk = Desk::new().exported(NOW);
    desk.set("export_succeeded", "unknown");
    assert_eq!(clock(&desk, ClockName::FileExpiry), None);
}

#[test]
fn the_infra_window_runs_until_the_request_is_open() {
    let rows = [(0, Running), (27 * DAY_MS - 1, Running), (27 * DAY_MS, Soon), (30 * DAY_MS, Over)];
    states(Desk::new().accepted().exported(NOW), ClockName::InfraWindow, &rows);
    assert_eq!(clock(&Desk::new().infra_opened(), ClockName::InfraWindow), None);
    let mut closed = Desk::new().exported(NOW);
    closed.event("close");
    assert_eq!(clock(&closed, ClockName::InfraWindow), None);
}

#[test]
fn logs_warn_from_the_sixth_day_until_the_longer_retention_is_over() {
    let mut desk = Desk::new();
    desk.set("ui_attempt_at", &NOW.rfc3339());
    desk.now = NOW.plus_ms(DAY_MS);
    desk.set("api_attempt_at", &NOW.plus_ms(DAY_MS).rfc3339());
    desk.now = NOW;
    let rows = [
        (0, Running),
        (6 * DAY_MS - 1, Running),
        (6 * DAY_MS, Soon),
        (7 * DAY_MS, Soon),
        (29 * DAY_MS, Soon),
        (30 * DAY_MS, Over),
    ];
    states(desk, ClockName::Logs, &rows);
}

#[test]
fn the_handover_link_has_its_own_end_or_two_days() {
    let mut desk = Desk::new();
    desk.set("handover_link", "https://storage.example.com/1");
    states(desk, ClockName::HandoverLink, &[(0, Running), (DAY_MS, Soon), (2 * DAY_MS, Over)]);
    let mut desk = Desk::new();
    desk.set("handover_expires_at", &NOW.plus_ms(5 * DAY_MS).rfc3339());
    assert_eq!(clock(&desk, ClockName::HandoverLink), None, "an end of nothing");
    desk.set("handover_link", "https://storage.example.com/1");
    assert_eq!(clock(&desk, ClockName::HandoverLink).unwrap().ends_at, NOW.plus_ms(5 * DAY_MS));
}

#[test]
fn on_hold_and_pending_tickets_have_their_clocks() {
    states(
        Desk::new().console_opened(),
        ClockName::OnHold,
        &[(0, Running), (3 * DAY_MS, Soon), (4 * DAY_MS, Over)],
    );
    let mut offered = Desk::new().with_evidence();
    offered.event("offer-sent");
    states(offered, ClockName::Answer, &[(0, Running), (13 * DAY_MS, Soon), (14 * DAY_MS, Over)]);
    assert_eq!(clock(&Desk::new().accepted(), ClockName::Answer), None);
}

#[test]
fn the_token_is_one_of_the_clocks_and_the_earliest_stands_first() {
    let desk = Desk::new().exported(NOW);
    let all = clocks(&desk.case, Some(NOW.plus_ms(2 * DAY_MS)), &desk.rules, NOW);
    let names: Vec<(&str, &str)> =
        all.iter().map(|clock| (clock.name.as_str(), clock.state.as_str())).collect();
    assert_eq!(names, [("file_expiry", "running"), ("token", "soon"), ("infra_window", "running")]);
}

fn needs(desk: &Desk) -> Attention {
    attention(&desk.case, None, &desk.ledger, &desk.rules, desk.now)
}

#[test]
fn the_list_puts_what_presses_first_and_what_waits_last() {
    let mut offered = Desk::new().with_evidence();
    offered.event("offer-sent");
    let mut closed = Desk::new();
    closed.event("close");
    let mut pressing = Desk::new().exported(NOW);
    pressing.now = NOW.plus_ms(20 * HOUR_MS);
    let mut desks = [closed, offered, Desk::new(), pressing];
    desks.sort_by_key(needs);
    let levels: Vec<&str> = desks.iter().map(|desk| needs(desk).level.as_str()).collect();
    assert_eq!(levels, ["clock_soon", "your_turn", "waiting", "done"]);
    assert!(needs(&desks[0]).sentence.starts_with("Export file expires: "));
    assert_eq!(needs(&desks[1]).sentence, "Record the time of the UI attempt.");
}

#[test]
fn an_export_that_ends_brings_a_waiting_case_back() {
    let mut desk = Desk::new().with_evidence();
    desk.event("offer-sent");
    let mut export =
        Run::scheduled(RunId(1), &desk.case.instance, (7, "acme/platform/monorepo"), "none", NOW);
    let with =
        |desk: &Desk, export: &Run| attention(&desk.case, Some(export), &desk.ledger, &desk.rules, desk.now);
    assert_eq!(with(&desk, &export), needs(&desk), "it is still under way");
    export.ended_at = Some(days_ago(1));
    assert_eq!(with(&desk, &export), needs(&desk), "it ended before the offer was sent");
    export.ended_at = Some(desk.case.stage_since.plus_ms(1));
    let back = with(&desk, &export);
    assert_eq!((back.level, back.sentence.as_str()), (Urgency::YourTurn, "The export has ended."));
    desk.event("offer-declined").event("close");
    assert_eq!(with(&desk, &export).level, Urgency::Done);
}

#[test]
fn the_list_offers_no_second_export_of_a_project() {
    let mut first = Desk::new().with_evidence();
    first.event("offer-sent");
    let mut second = Desk::of_case(2, ProjectRef::by_path("acme/platform/monorepo")).with_evidence();
    assert_eq!(needs(&second).sentence, "Offer a one-time export.");
    second.ledger = first.ledger;
    assert_eq!(needs(&second).sentence, "Name the alternatives and close the case.");
}

#[test]
fn a_waiting_case_comes_back_when_there_is_something_to_do() {
    let mut desk = Desk::new().with_evidence();
    desk.event("offer-sent");
    assert_eq!(needs(&desk).level, Urgency::Waiting);
    desk.set("offer_answer", "accepted");
    assert_eq!(needs(&desk).level, Urgency::YourTurn, "the customer answered");

    let mut desk = Desk::new().console_opened();
    assert_eq!(needs(&desk).level, Urgency::Waiting);
    desk.now = NOW.plus_ms(3 * DAY_MS + 1);
    assert_eq!(needs(&desk).level, Urgency::ClockSoon, "the ticket will open again");
    desk.now = NOW.plus_ms(5 * DAY_MS);
    assert_eq!(needs(&desk).level, Urgency::YourTurn, "the ticket has opened again");
    assert_eq!(needs(&Desk::new().infra_opened()).level, Urgency::YourTurn, "infradev is missing");
}

#[test]
fn logs_and_files_press_only_while_they_are_needed() {
    let mut desk = Desk::new();
    desk.set("ui_attempt_at", &days_ago(6).rfc3339());
    assert_eq!(needs(&desk).level, Urgency::ClockSoon);
    desk.set("sentry_link", "https://new-sentry.gitlab.net/1");
    assert_eq!(needs(&desk).level, Urgency::YourTurn);

    let mut desk = Desk::new().exported(NOW.plus_ms(-20 * HOUR_MS));
    assert_eq!(needs(&desk).level, Urgency::ClockSoon);
    desk.case.served = Some(VerifiedFile {
        bytes: 1,
        sha256: String::new(),
        verdict: "importable".to_owned(),
        rebuilt: None,
    });
    assert_eq!(needs(&desk).level, Urgency::YourTurn);
}
