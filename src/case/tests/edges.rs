//! One test for each edge case of the handbook.

use super::*;
use crate::case::intake::parse_ticket;
use crate::case::{
    DownloadEnded, ExportEnded, JournalEvent, KnownProject, Request, Rule, VerifiedFile, next_step,
    route_asks,
};

fn known(id: u64, path: &str) -> KnownProject {
    KnownProject {
        id,
        path: path.to_owned(),
        web_url: None,
        visibility: Some("private".to_owned()),
        repository_bytes: Some(1),
        lfs_bytes: None,
        uploads_bytes: None,
        storage_bytes: None,
        deletion: None,
        gitlab_version: None,
        asked_at: NOW,
    }
}

#[test]
fn troubleshoot_ends_with_both_attempts_whole() {
    let mut driver = CaseDriver::new();
    for (fact, text) in [
        ("api_attempt_message", "202 Accepted, then none"),
        ("ui_attempt_at", "2026-11-01T08:00:00Z"),
        ("ui_attempt_message", "e-mail: could not be exported"),
    ] {
        driver.set(fact, text);
        assert_eq!(driver.stage(), "troubleshoot");
    }
    driver.set("api_attempt_at", "2026-11-01T10:00:00+02:00");
    assert_eq!(driver.stage(), "bug_issue");
    assert_eq!(driver.case.facts.get(Fact::ApiAttemptAt).as_deref(), Some("2026-11-01T08:00:00Z"));
}

#[test]
fn bug_issue_ends_with_the_issue_the_comment_and_one_log_link() {
    for (link, url) in [
        ("kibana_link", "https://log.gprd.gitlab.net/goto/abc"),
        ("sentry_link", "https://new-sentry.gitlab.net/goto/abc"),
    ] {
        let mut driver = CaseDriver::new().with_attempts();
        driver.set("bug_issue", "gitlab-org/gitlab#330833").set("bug_issue_updated", "no");
        driver.set(link, url);
        assert_eq!(driver.stage(), "bug_issue");
        driver.set("bug_issue_updated", "yes");
        assert_eq!(driver.stage(), "offer");
    }
}

#[test]
fn evidence_recorded_early_counts_and_evidence_removed_leads_back() {
    let mut driver = CaseDriver::new();
    driver
        .set("bug_issue", "https://gitlab.com/gitlab-org/gitlab/-/issues/1")
        .set("bug_issue_updated", "yes")
        .set("sentry_link", "https://new-sentry.gitlab.net/organizations/gitlab/issues/5");
    assert_eq!(driver.stage(), "troubleshoot");
    let mut driver = driver.with_attempts();
    assert_eq!(driver.stage(), "offer");
    driver.input(Input::ClearFact(Fact::SentryLink)).unwrap();
    assert_eq!(driver.stage(), "bug_issue");
    driver.input(Input::ClearFact(Fact::UiAttemptMessage)).unwrap();
    assert_eq!(driver.stage(), "troubleshoot");
}

#[test]
fn an_offer_is_sent_once_and_logged_with_who_when_and_what() {
    let mut driver = CaseDriver::new().with_evidence();
    let sent = driver
        .input(Input::Event(Event::OfferSent { override_reason: None, by: Some("engineer".to_owned()) }));
    let effects = sent.unwrap().effects;
    let [Effect::AddOffer(offer)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((offer.at, offer.case_id, offer.by.as_deref()), (NOW, CaseId(1), Some("engineer")));
    assert_eq!(offer.project_path.as_deref(), Some("acme/platform/monorepo"));
    assert_eq!(offer.ticket.as_ref().unwrap().id, 418_822);
    assert_eq!(driver.stage(), "awaiting_answer");
    assert_eq!(driver.case.facts.get(Fact::OfferSentAt), Some(NOW.rfc3339()));
    assert_eq!(driver.case.facts.get(Fact::OfferAnswer).as_deref(), Some("none"));
}

#[test]
fn a_time_written_down_before_the_offer_was_reported_is_kept() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.set("offer_sent_at", "2026-11-01T12:00:00Z").event("offer-sent");
    assert_eq!(driver.case.facts.get(Fact::OfferSentAt).as_deref(), Some("2026-11-01T12:00:00Z"));
    assert_eq!(driver.offer_log.offers[0].at.rfc3339(), "2026-11-01T12:00:00Z");
}

/// An export that ended `age_ms` ago; a negative age means that a clock was wrong when the time was recorded.
fn finished(driver: CaseDriver, age_ms: i64) -> CaseDriver {
    let mut driver = driver.exported(NOW.plus_ms(-age_ms.max(0)));
    driver.case.facts.export_finished_at = Some(NOW.plus_ms(-age_ms));
    driver.set("requester", "jane");
    driver
}

#[test]
fn route_goes_to_infra_only_for_a_clear_yes_within_thirty_days() {
    let at = |ms: i64| NOW.plus_ms(ms).rfc3339();
    let rows: &[(&[(&str, String)], &str)] = &[
        (&[], "console_request"),
        (&[("export_succeeded", "no".into())], "console_request"),
        (&[("export_succeeded", "unknown".into())], "console_request"),
        (&[("export_succeeded", "yes".into())], "console_request"),
        (&[("export_succeeded", "yes".into()), ("download_error", "404".into())], "console_request"),
        (&[("export_succeeded", "yes".into()), ("export_finished_at", at(-DAY_MS))], "console_request"),
        (&[("download_error", "404".into()), ("export_finished_at", at(-DAY_MS))], "console_request"),
    ];
    for (facts, stage) in rows {
        let mut driver = CaseDriver::new().accepted();
        for (fact, text) in *facts {
            driver.set(fact, text);
        }
        assert_eq!(driver.stage(), *stage, "{facts:?}");
    }
    for (age_ms, stage) in [
        (0, "infra_request"),
        (30 * DAY_MS, "infra_request"),
        (30 * DAY_MS + 1000, "console_request"),
        (-DAY_MS, "infra_request"),
        (-DAY_MS - 1000, "console_request"),
    ] {
        let before = {
            let mut driver = finished(CaseDriver::new(), age_ms).with_evidence();
            driver.event("offer-sent").event("offer-accepted");
            driver
        };
        let after = finished(CaseDriver::new().accepted(), age_ms);
        assert_eq!((before.stage(), after.stage()), (stage, stage), "{age_ms} ms old");
    }
}

#[test]
fn the_timeline_shows_the_way_through_route_with_its_reason() {
    let mut driver = CaseDriver::new().with_evidence();
    let change = driver.event("offer-sent").try_event("offer-accepted").unwrap();
    let stages: Vec<(String, String)> = change
        .entries
        .into_iter()
        .filter_map(|entry| match entry.what {
            JournalEvent::StageEntered { to, why, .. } => Some((to, why)),
            _ => None,
        })
        .collect();
    assert_eq!(stages[0].0, "route");
    assert_eq!(stages[1].0, "console_request");
    assert!(
        stages[1]
            .1
            .contains("It is not known whether the export succeeded. When in doubt, use a console request.")
    );
}

#[test]
fn the_window_may_end_while_the_case_waits_for_its_request() {
    let mut driver = CaseDriver::new().accepted().exported(days_ago(29));
    driver
        .set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9")
        .set("ownership_verified_at", "2026-11-02T10:00:00Z");
    assert_eq!(driver.stage(), "infra_request");
    driver.now = NOW.plus_ms(2 * DAY_MS);
    let refusal = driver.try_event("request-opened").unwrap_err();
    assert_eq!(refusal.hint, crate::case::Hint::RecordFirst { facts: vec![Fact::ConsoleIssue] }, "{refusal}");
    driver.set("console_issue", "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/7");
    assert_eq!(driver.stage(), "console_request");
    driver.event("request-opened");
    assert_eq!(driver.stage(), "awaiting_attempt");
}

#[test]
fn console_attempt_to_success_and_close() {
    let mut driver = CaseDriver::new().console_opened();
    assert_eq!(driver.stage(), "awaiting_attempt");
    driver.event("attempt-succeeded");
    assert_eq!(driver.stage(), "outcome");
    assert_eq!(driver.case.facts.get(Fact::AttemptResult).as_deref(), Some("successful"));
    driver.event("close");
    assert_eq!((driver.stage(), driver.case.closed_at), ("closed", Some(NOW)));
}

#[test]
fn failed_console_attempt_escalates_and_stays_with_infra() {
    let mut driver = CaseDriver::new().console_opened();
    driver.event("attempt-failed").event("escalate-to-infra");
    assert_eq!(driver.stage(), "infra_request");
    // The facts still say console; the escalation overrides them.
    driver.set("export_succeeded", "no");
    assert_eq!(driver.stage(), "infra_request");
    driver
        .set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9")
        .event("request-opened");
    assert_eq!(driver.stage(), "awaiting_attempt");
    driver.event("attempt-failed").set("infradev_labelled", "yes").event("close");
    assert_eq!(driver.stage(), "closed");
}

/// The handbook names only the failed reply after a console attempt; infrastructure helps where there is a file.
#[test]
fn after_a_failed_console_attempt_a_file_decides_what_is_next() {
    let next = |driver: &CaseDriver| {
        let step = next_step(&driver.case, &driver.offer_log, &driver.rules, NOW).unwrap();
        (step.label.clone(), step.text)
    };
    let mut driver = CaseDriver::new().console_opened();
    driver.event("attempt-failed");
    let (label, text) = next(&driver);
    assert!(label.contains("close the case"), "{label}");
    assert_eq!(text, Some("failed"));
    driver.set("export_succeeded", "yes");
    assert_eq!(next(&driver), ("Escalate to infrastructure".to_owned(), Some("failed")));
}

#[test]
fn no_console_request_is_offered_before_the_download_error_is_known() {
    let next = |driver: &CaseDriver| {
        let step = next_step(&driver.case, &driver.offer_log, &driver.rules, NOW).unwrap();
        (step.label.clone(), (step.text, step.request), route_asks(&driver.case.facts))
    };
    let mut driver = CaseDriver::new().accepted();
    driver.set("export_succeeded", "yes");
    let asked = ("Record the download error".to_owned(), (None, None), Some(Fact::DownloadError));
    assert_eq!(next(&driver), asked);
    driver.set("export_succeeded", "unknown");
    let (_, (_, request), asks) = next(&driver);
    assert_eq!((request, asks), (Some(Request::Console), None));
}

#[test]
fn infra_route_to_closed() {
    let mut driver = CaseDriver::new().infra_opened();
    assert_eq!(driver.stage(), "awaiting_attempt");
    driver.event("attempt-succeeded");
    assert_eq!(driver.try_event("close").unwrap_err().rule.as_str(), "infradev_before_close");
    driver.set("infradev_labelled", "yes").event("close");
    assert_eq!(driver.stage(), "closed");
}

#[test]
fn a_customer_may_decline_and_change_their_mind() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.event("offer-sent").event("offer-declined");
    assert_eq!(driver.stage(), "outcome");
    driver.event("offer-accepted");
    assert_eq!(driver.stage(), "console_request");
    driver.set("offer_answer", "declined");
    assert_eq!(driver.stage(), "outcome");
    driver.event("offer-accepted").set("offer_answer", "none");
    assert_eq!(driver.stage(), "awaiting_answer");
}

#[test]
fn a_result_reported_by_mistake_is_corrected_through_its_fact() {
    let mut driver = CaseDriver::new().console_opened();
    driver.event("attempt-succeeded").set("attempt_result", "failed").event("escalate-to-infra");
    assert_eq!(driver.stage(), "infra_request");
}

#[test]
fn closed_cases_reopen_where_they_were_with_everything_they_knew() {
    let stages: [fn() -> CaseDriver; 7] = [
        CaseDriver::new,
        || CaseDriver::new().with_attempts(),
        || CaseDriver::new().with_evidence(),
        || {
            let mut driver = CaseDriver::new().with_evidence();
            driver.event("offer-sent");
            driver
        },
        || CaseDriver::new().accepted(),
        || CaseDriver::new().console_opened(),
        || {
            let mut driver = CaseDriver::new().console_opened();
            driver.event("attempt-failed");
            driver
        },
    ];
    for make in stages {
        let mut driver = make();
        let (stage, facts) = (driver.case.stage, driver.case.facts.clone());
        driver.event("close");
        driver.input(Input::Archive(true)).unwrap();
        driver.event("reopen");
        assert_eq!((driver.case.stage, &driver.case.facts), (stage, &facts));
        assert_eq!((driver.case.closed_at, driver.case.archived), (None, false));
    }
}

#[test]
fn an_override_makes_a_second_offer_and_keeps_its_reason() {
    let mut driver = CaseDriver::new().console_opened();
    driver.event("attempt-failed");
    assert!(driver.try_event("offer-sent").is_err());
    driver.offer_again("agreed with the manager").unwrap();
    assert_eq!(driver.stage(), "awaiting_answer");
    assert_eq!(driver.offer_log.offers.len(), 2);
    assert_eq!(driver.offer_log.offers[1].override_reason.as_deref(), Some("agreed with the manager"));
    assert_eq!(driver.case.facts.get(Fact::OfferAnswer).as_deref(), Some("none"));

    let mut other = CaseDriver::of_case(2, ProjectRef::by_path("acme/platform/monorepo")).with_evidence();
    other.offer_log = driver.offer_log;
    other.offer_again("the first one was for another reason").unwrap();
    assert_eq!(other.stage(), "awaiting_answer");
}

#[test]
fn an_export_that_gitlab_never_answered_is_no_attempt() {
    let mut driver = CaseDriver::new();
    let export = ExportEnded {
        started_at: days_ago(2),
        ended_at: days_ago(1),
        started_here: true,
        succeeded: false,
        message: String::new(),
        correlation_id: None,
    };
    driver.input(Input::RunEnded(export)).unwrap();
    for fact in [Fact::ApiAttemptMessage, Fact::ApiAttemptAt, Fact::ExportSucceeded] {
        assert_eq!(driver.case.facts.get(fact), None, "{fact:?}");
    }
    assert!(!driver.case.own_api_attempt);
}

/// Nobody knows who requested it, and when.
#[test]
fn an_export_that_was_only_found_is_no_attempt() {
    let mut driver = CaseDriver::new();
    let export = ExportEnded {
        started_at: days_ago(2),
        ended_at: days_ago(1),
        started_here: false,
        succeeded: true,
        message: "export_status: finished".to_owned(),
        correlation_id: None,
    };
    driver.input(Input::RunEnded(export)).unwrap();
    let get = |fact| driver.case.facts.get(fact);
    assert_eq!((get(Fact::ApiAttemptMessage), get(Fact::ApiAttemptAt)), (None, None));
    assert_eq!(get(Fact::ExportSucceeded).as_deref(), Some("yes"), "its file is there");
}

#[test]
fn the_programs_own_export_is_the_api_attempt() {
    let mut driver = CaseDriver::new();
    driver.set("ui_attempt_at", "2026-11-01T08:00:00Z").set("ui_attempt_message", "no mail came");
    let export = ExportEnded {
        started_at: days_ago(2),
        ended_at: days_ago(1),
        started_here: true,
        succeeded: false,
        message: "started, then none".to_owned(),
        correlation_id: Some("01HX0000000000000000000000".to_owned()),
    };
    driver.input(Input::RunEnded(export.clone())).unwrap();
    assert_eq!(driver.stage(), "bug_issue");
    let get = |driver: &CaseDriver, fact| driver.case.facts.get(fact).unwrap_or_default();
    assert_eq!(get(&driver, Fact::ApiAttemptMessage), "started, then none");
    assert_eq!(get(&driver, Fact::ExportSucceeded), "no");
    assert_eq!(get(&driver, Fact::CorrelationId), "01HX0000000000000000000000");
    assert!(driver.case.own_api_attempt, "it is never told as the customer's attempt");
    let messages: Vec<&str> = driver.case.error_messages().collect();
    assert_eq!(messages, ["no mail came", "started, then none"], "the real error comes first");

    let better =
        ExportEnded { succeeded: true, message: "finished".to_owned(), correlation_id: None, ..export };
    driver.input(Input::RunEnded(better.clone())).unwrap();
    assert_eq!(get(&driver, Fact::ApiAttemptMessage), "started, then none", "what is recorded stays");
    assert_eq!(get(&driver, Fact::ExportSucceeded), "yes");
    assert_eq!(driver.case.error_messages().collect::<Vec<_>>(), ["no mail came"], "a success is no error");
    assert_eq!(get(&driver, Fact::ExportFinishedAt), days_ago(1).rfc3339());
    driver.input(Input::RunEnded(ExportEnded { succeeded: false, ..better })).unwrap();
    assert_eq!(get(&driver, Fact::ExportSucceeded), "yes", "a later failure does not undo a success");

    let failed = DownloadEnded { ended_at: NOW, result: Err("404 Not found or has expired".to_owned()) };
    driver.input(Input::DownloadEnded(failed)).unwrap();
    assert_eq!(get(&driver, Fact::DownloadError), "404 Not found or has expired");

    driver.set("api_attempt_message", "started, then none");
    assert!(driver.case.own_api_attempt, "the same words change nothing");
    driver.set("api_attempt_message", "500");
    assert!(
        driver.case.own_api_attempt,
        "more is said about the same attempt: its time is that of the export"
    );
    driver.set("api_attempt_at", &days_ago(3).rfc3339());
    assert!(!driver.case.own_api_attempt, "a person recorded the customer's attempt");
}

#[test]
fn a_case_served_by_the_programs_own_export_leads_to_hand_over_and_close() {
    let mut driver = CaseDriver::new();
    let served =
        VerifiedFile { bytes: 9, sha256: "ab".to_owned(), verdict: "importable".to_owned(), rebuilt: None };
    driver.input(Input::DownloadEnded(DownloadEnded { ended_at: NOW, result: Ok(served) })).unwrap();
    let mut seen = Vec::new();
    for (fact, text) in [
        ("ownership_verified_at", "2026-11-02T10:00:00Z"),
        ("handover_link", "https://storage.example.com/file?x=y"),
    ] {
        seen.push(next_step(&driver.case, &driver.offer_log, &driver.rules, NOW).unwrap().action.to_string());
        driver.set(fact, text);
    }
    seen.push(next_step(&driver.case, &driver.offer_log, &driver.rules, NOW).unwrap().action.to_string());
    assert_eq!(seen, ["set ownership_verified_at", "set handover_link", "close"]);
    assert_eq!(driver.case.facts.handover_expires_at, Some(NOW.plus_ms(2 * DAY_MS)));
}

#[test]
fn what_gitlab_knows_of_the_project_reaches_the_case_and_the_offer_log() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.event("offer-sent");
    let change = driver.input(Input::ProjectKnown(known(42, "acme/platform/monorepo"))).unwrap();
    assert_eq!(change.entries.len(), 1);
    assert_eq!(driver.offer_log.offers[0].project_id, Some(42));
    let again = KnownProject { asked_at: NOW.plus_ms(5), ..known(42, "acme/platform/monorepo") };
    assert!(driver.input(Input::ProjectKnown(again)).unwrap().entries.is_empty());

    // The project was renamed, and another case names it by its ID.
    let mut other = CaseDriver::of_case(2, ProjectRef::by_id(42)).with_evidence();
    other.offer_log = driver.offer_log;
    other.input(Input::ProjectKnown(known(42, "acme/renamed"))).unwrap();
    let refusal = other.try_event("offer-sent").unwrap_err();
    assert!(refusal.headline.contains("(case 1, ticket #418822)"), "{refusal}");
}

#[test]
fn private_data_is_deleted_and_the_skeleton_is_kept() {
    let mut driver = CaseDriver::new().console_opened();
    driver.set("requester", "jane").event("attempt-failed").event("close");
    let change = driver.input(Input::DeletePrivateData).unwrap();
    assert_eq!(change.effects, [Effect::BlankJournal(CaseId(1))]);
    let kept: Vec<&str> = driver.case.facts.known().map(|(fact, _)| fact.as_str()).collect();
    assert_eq!(
        kept,
        [
            "ui_attempt_at",
            "api_attempt_at",
            "bug_issue",
            "bug_issue_updated",
            "offer_sent_at",
            "offer_answer",
            "ownership_verified_at",
            "console_issue",
            "attempt_result"
        ]
    );
    let value = parse_fact(Fact::Requester, "jane").unwrap();
    for input in
        [Input::SetFact(Fact::Requester, value), Input::Event(Event::Reopen), Input::DeletePrivateData]
    {
        assert_eq!(driver.input(input).unwrap_err().rule.as_str(), "private_data_deleted");
    }
    driver.input(Input::Archive(true)).unwrap();
}

#[test]
fn a_change_that_changes_nothing_says_nothing() {
    let mut driver = CaseDriver::new().with_attempts();
    let before = driver.case.clone();
    let value = parse_fact(Fact::UiAttemptMessage, "Something went wrong").unwrap();
    let change = driver.input(Input::SetFact(Fact::UiAttemptMessage, value)).unwrap();
    assert!(change.entries.is_empty());
    assert_eq!(driver.case, before);
    driver.input(Input::TextCopied { kind: "offer".to_owned() }).unwrap();
    assert_eq!(driver.case.revision, before.revision + 1);
}

#[test]
fn a_ticket_follows_later_and_can_be_corrected() {
    let mut driver = CaseDriver::new();
    driver.case = open_case(CaseId(1), "https://gitlab.com", None, ProjectRef::by_path("acme/web"), NOW).case;
    let ticket =
        |id: u64| parse_ticket(&format!("https://gitlab.zendesk.com/agent/tickets/{id}?brand=1")).unwrap();
    for id in [418_823, 418_822] {
        let change = driver.input(Input::SetTicket(Some(ticket(id)))).unwrap();
        assert_eq!(driver.case.title(), format!("#{id} acme/web"));
        let said: Vec<_> = change.entries.iter().map(|entry| entry.what.clone()).collect();
        assert_eq!(said, [JournalEvent::TicketKnown { ticket: ticket(id) }]);
    }
    let revision = driver.case.revision;
    assert!(driver.input(Input::SetTicket(Some(ticket(418_822)))).unwrap().entries.is_empty());
    assert_eq!(driver.case.revision, revision, "nothing was new");
    // The offer keeps the ticket it was made with, and stays the one offer of the project.
    let mut driver = driver.with_evidence();
    driver.event("offer-sent");
    driver.input(Input::SetTicket(Some(ticket(1)))).unwrap();
    assert_eq!(driver.offer_log.offers[0].ticket, Some(ticket(418_822)));
    assert_eq!(driver.try_event("offer-sent").unwrap_err().rule, Rule::OneOffer);
    // A closed case accepts a ticket; a case without its private data does not.
    driver.event("offer-declined").event("close");
    driver.input(Input::SetTicket(Some(ticket(2)))).unwrap();
    driver.input(Input::DeletePrivateData).unwrap();
    assert_eq!(driver.input(Input::SetTicket(Some(ticket(3)))).unwrap_err().rule, Rule::PrivateDataDeleted);
}
