//! One test for each edge case of the handbook.

use super::*;
use crate::case::intake::parse_ticket;
use crate::case::{DownloadEnded, ExportEnded, JournalEvent, KnownProject, Rule, VerifiedFile, next_step};

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
        marked_for_deletion_on: None,
        gitlab_version: None,
        asked_at: NOW,
    }
}

#[test]
fn troubleshoot_ends_with_both_attempts_whole() {
    let mut desk = Desk::new();
    for (fact, text) in [
        ("api_attempt_message", "202 Accepted, then none"),
        ("ui_attempt_at", "2026-11-01T08:00:00Z"),
        ("ui_attempt_message", "e-mail: could not be exported"),
    ] {
        desk.set(fact, text);
        assert_eq!(desk.stage(), "troubleshoot");
    }
    desk.set("api_attempt_at", "2026-11-01T10:00:00+02:00");
    assert_eq!(desk.stage(), "bug_issue");
    assert_eq!(desk.case.facts.get(Fact::ApiAttemptAt).as_deref(), Some("2026-11-01T08:00:00Z"));
}

#[test]
fn bug_issue_ends_with_the_issue_the_comment_and_one_log_link() {
    for (link, url) in [
        ("kibana_link", "https://log.gprd.gitlab.net/goto/abc"),
        ("sentry_link", "https://new-sentry.gitlab.net/goto/abc"),
    ] {
        let mut desk = Desk::new().with_attempts();
        desk.set("bug_issue", "gitlab-org/gitlab#330833").set("bug_issue_updated", "no");
        desk.set(link, url);
        assert_eq!(desk.stage(), "bug_issue");
        desk.set("bug_issue_updated", "yes");
        assert_eq!(desk.stage(), "offer");
    }
}

#[test]
fn evidence_recorded_early_counts_and_evidence_removed_leads_back() {
    let mut desk = Desk::new();
    desk.set("bug_issue", "https://gitlab.com/gitlab-org/gitlab/-/issues/1")
        .set("bug_issue_updated", "yes")
        .set("sentry_link", "https://new-sentry.gitlab.net/organizations/gitlab/issues/5");
    assert_eq!(desk.stage(), "troubleshoot");
    let mut desk = desk.with_attempts();
    assert_eq!(desk.stage(), "offer");
    desk.input(Input::ClearFact(Fact::SentryLink)).unwrap();
    assert_eq!(desk.stage(), "bug_issue");
    desk.input(Input::ClearFact(Fact::UiAttemptMessage)).unwrap();
    assert_eq!(desk.stage(), "troubleshoot");
}

#[test]
fn an_offer_is_sent_once_and_ledgered_with_who_when_and_what() {
    let mut desk = Desk::new().with_evidence();
    let sent =
        desk.input(Input::Event(Event::OfferSent { override_reason: None, by: Some("engineer".to_owned()) }));
    let effects = sent.unwrap().effects;
    let [Effect::AddOffer(offer)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((offer.at, offer.case_id, offer.by.as_deref()), (NOW, CaseId(1), Some("engineer")));
    assert_eq!(offer.project_path.as_deref(), Some("acme/platform/monorepo"));
    assert_eq!(offer.ticket.as_ref().unwrap().id, 418_822);
    assert_eq!(desk.stage(), "awaiting_answer");
    assert_eq!(desk.case.facts.get(Fact::OfferSentAt), Some(NOW.rfc3339()));
    assert_eq!(desk.case.facts.get(Fact::OfferAnswer).as_deref(), Some("none"));
}

#[test]
fn a_time_written_down_before_the_offer_was_reported_is_kept() {
    let mut desk = Desk::new().with_evidence();
    desk.set("offer_sent_at", "2026-11-01T12:00:00Z").event("offer-sent");
    assert_eq!(desk.case.facts.get(Fact::OfferSentAt).as_deref(), Some("2026-11-01T12:00:00Z"));
    assert_eq!(desk.ledger.offers[0].at.rfc3339(), "2026-11-01T12:00:00Z");
}

/// An export that ended `age_ms` ago; a negative age means that a clock was wrong when the time was recorded.
fn finished(desk: Desk, age_ms: i64) -> Desk {
    let mut desk = desk.exported(NOW.plus_ms(-age_ms.max(0)));
    desk.case.facts.export_finished_at = Some(NOW.plus_ms(-age_ms));
    desk.set("requester", "jane");
    desk
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
        let mut desk = Desk::new().accepted();
        for (fact, text) in *facts {
            desk.set(fact, text);
        }
        assert_eq!(desk.stage(), *stage, "{facts:?}");
    }
    for (age_ms, stage) in [
        (0, "infra_request"),
        (30 * DAY_MS, "infra_request"),
        (30 * DAY_MS + 1000, "console_request"),
        (-DAY_MS, "infra_request"),
        (-DAY_MS - 1000, "console_request"),
    ] {
        let before = {
            let mut desk = finished(Desk::new(), age_ms).with_evidence();
            desk.event("offer-sent").event("offer-accepted");
            desk
        };
        let after = finished(Desk::new().accepted(), age_ms);
        assert_eq!((before.stage(), after.stage()), (stage, stage), "{age_ms} ms old");
    }
}

#[test]
fn the_timeline_shows_the_way_through_route_with_its_reason() {
    let mut desk = Desk::new().with_evidence();
    let change = desk.event("offer-sent").try_event("offer-accepted").unwrap();
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
    let mut desk = Desk::new().accepted().exported(days_ago(29));
    desk.set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9")
        .set("ownership_verified_at", "2026-11-02T10:00:00Z");
    assert_eq!(desk.stage(), "infra_request");
    desk.now = NOW.plus_ms(2 * DAY_MS);
    let refusal = desk.try_event("request-opened").unwrap_err();
    assert!(refusal.hint.text().contains("console_issue"), "{refusal}");
    desk.set("console_issue", "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/7");
    assert_eq!(desk.stage(), "console_request");
    desk.event("request-opened");
    assert_eq!(desk.stage(), "awaiting_attempt");
}

#[test]
fn console_attempt_to_success_and_close() {
    let mut desk = Desk::new().console_opened();
    assert_eq!(desk.stage(), "awaiting_attempt");
    desk.event("attempt-succeeded");
    assert_eq!(desk.stage(), "outcome");
    assert_eq!(desk.case.facts.get(Fact::AttemptResult).as_deref(), Some("successful"));
    desk.event("close");
    assert_eq!((desk.stage(), desk.case.closed_at), ("closed", Some(NOW)));
}

#[test]
fn failed_console_attempt_escalates_and_stays_with_infra() {
    let mut desk = Desk::new().console_opened();
    desk.event("attempt-failed").event("escalate-to-infra");
    assert_eq!(desk.stage(), "infra_request");
    // The facts still say console; the escalation overrides them.
    desk.set("export_succeeded", "no");
    assert_eq!(desk.stage(), "infra_request");
    desk.set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9")
        .event("request-opened");
    assert_eq!(desk.stage(), "awaiting_attempt");
    desk.event("attempt-failed").set("infradev_labelled", "yes").event("close");
    assert_eq!(desk.stage(), "closed");
}

#[test]
fn infra_route_to_closed() {
    let mut desk = Desk::new().infra_opened();
    assert_eq!(desk.stage(), "awaiting_attempt");
    desk.event("attempt-succeeded");
    assert_eq!(desk.try_event("close").unwrap_err().rule.as_str(), "infradev_before_close");
    desk.set("infradev_labelled", "yes").event("close");
    assert_eq!(desk.stage(), "closed");
}

#[test]
fn a_customer_may_decline_and_change_their_mind() {
    let mut desk = Desk::new().with_evidence();
    desk.event("offer-sent").event("offer-declined");
    assert_eq!(desk.stage(), "outcome");
    desk.event("offer-accepted");
    assert_eq!(desk.stage(), "console_request");
    desk.set("offer_answer", "declined");
    assert_eq!(desk.stage(), "outcome");
    desk.event("offer-accepted").set("offer_answer", "none");
    assert_eq!(desk.stage(), "awaiting_answer");
}

#[test]
fn a_result_reported_by_mistake_is_corrected_through_its_fact() {
    let mut desk = Desk::new().console_opened();
    desk.event("attempt-succeeded").set("attempt_result", "failed").event("escalate-to-infra");
    assert_eq!(desk.stage(), "infra_request");
}

#[test]
fn closed_cases_reopen_where_they_were_with_everything_they_knew() {
    let stages: [fn() -> Desk; 7] = [
        Desk::new,
        || Desk::new().with_attempts(),
        || Desk::new().with_evidence(),
        || {
            let mut desk = Desk::new().with_evidence();
            desk.event("offer-sent");
            desk
        },
        || Desk::new().accepted(),
        || Desk::new().console_opened(),
        || {
            let mut desk = Desk::new().console_opened();
            desk.event("attempt-failed");
            desk
        },
    ];
    for make in stages {
        let mut desk = make();
        let (stage, facts) = (desk.case.stage, desk.case.facts.clone());
        desk.event("close");
        desk.input(Input::Archive(true)).unwrap();
        desk.event("reopen");
        assert_eq!((desk.case.stage, &desk.case.facts), (stage, &facts));
        assert_eq!((desk.case.closed_at, desk.case.archived), (None, false));
    }
}

#[test]
fn an_override_makes_a_second_offer_and_keeps_its_reason() {
    let mut desk = Desk::new().console_opened();
    desk.event("attempt-failed");
    assert!(desk.try_event("offer-sent").is_err());
    desk.offer_again("agreed with the manager").unwrap();
    assert_eq!(desk.stage(), "awaiting_answer");
    assert_eq!(desk.ledger.offers.len(), 2);
    assert_eq!(desk.ledger.offers[1].override_reason.as_deref(), Some("agreed with the manager"));
    assert_eq!(desk.case.facts.get(Fact::OfferAnswer).as_deref(), Some("none"));

    let mut other = Desk::of_case(2, ProjectRef::by_path("acme/platform/monorepo")).with_evidence();
    other.ledger = desk.ledger;
    other.offer_again("the first one was for another reason").unwrap();
    assert_eq!(other.stage(), "awaiting_answer");
}

#[test]
fn the_programs_own_export_is_the_api_attempt() {
    let mut desk = Desk::new();
    desk.set("ui_attempt_at", "2026-11-01T08:00:00Z").set("ui_attempt_message", "no mail came");
    let export = ExportEnded {
        started_at: days_ago(2),
        ended_at: days_ago(1),
        succeeded: false,
        message: "started, then none".to_owned(),
        correlation_id: Some("01HX0000000000000000000000".to_owned()),
    };
    desk.input(Input::RunEnded(export.clone())).unwrap();
    assert_eq!(desk.stage(), "bug_issue");
    let get = |desk: &Desk, fact| desk.case.facts.get(fact).unwrap_or_default();
    assert_eq!(get(&desk, Fact::ApiAttemptMessage), "started, then none");
    assert_eq!(get(&desk, Fact::ExportSucceeded), "no");
    assert_eq!(get(&desk, Fact::CorrelationId), "01HX0000000000000000000000");

    let better =
        ExportEnded { succeeded: true, message: "finished".to_owned(), correlation_id: None, ..export };
    desk.input(Input::RunEnded(better.clone())).unwrap();
    assert_eq!(get(&desk, Fact::ApiAttemptMessage), "started, then none", "what is recorded stays");
    assert_eq!(get(&desk, Fact::ExportSucceeded), "yes");
    assert_eq!(get(&desk, Fact::ExportFinishedAt), days_ago(1).rfc3339());
    desk.input(Input::RunEnded(ExportEnded { succeeded: false, ..better })).unwrap();
    assert_eq!(get(&desk, Fact::ExportSucceeded), "yes", "a later failure does not undo a success");

    let failed = DownloadEnded { ended_at: NOW, result: Err("404 Not found or has expired".to_owned()) };
    desk.input(Input::DownloadEnded(failed)).unwrap();
    assert_eq!(get(&desk, Fact::DownloadError), "404 Not found or has expired");
}

#[test]
fn a_case_served_by_the_programs_own_export_leads_to_hand_over_and_close() {
    let mut desk = Desk::new();
    let served =
        VerifiedFile { bytes: 9, sha256: "ab".to_owned(), verdict: "importable".to_owned(), rebuilt: None };
    desk.input(Input::DownloadEnded(DownloadEnded { ended_at: NOW, result: Ok(served) })).unwrap();
    let mut seen = Vec::new();
    for (fact, text) in [
        ("ownership_verified_at", "2026-11-02T10:00:00Z"),
        ("handover_link", "https://storage.example.com/file?x=y"),
    ] {
        seen.push(next_step(&desk.case, &desk.ledger, &desk.rules, NOW).unwrap().action.to_string());
        desk.set(fact, text);
    }
    seen.push(next_step(&desk.case, &desk.ledger, &desk.rules, NOW).unwrap().action.to_string());
    assert_eq!(seen, ["set ownership_verified_at", "set handover_link", "close"]);
    assert_eq!(desk.case.facts.handover_expires_at, Some(NOW.plus_ms(2 * DAY_MS)));
}

#[test]
fn what_gitlab_knows_of_the_project_reaches_the_case_and_the_ledger() {
    let mut desk = Desk::new().with_evidence();
    desk.event("offer-sent");
    let change = desk.input(Input::ProjectKnown(known(42, "acme/platform/monorepo"))).unwrap();
    assert_eq!(change.entries.len(), 1);
    assert_eq!(desk.ledger.offers[0].project_id, Some(42));
    let again = KnownProject { asked_at: NOW.plus_ms(5), ..known(42, "acme/platform/monorepo") };
    assert!(desk.input(Input::ProjectKnown(again)).unwrap().entries.is_empty());

    // The project was renamed, and another case names it by its ID.
    let mut other = Desk::of_case(2, ProjectRef::by_id(42)).with_evidence();
    other.ledger = desk.ledger;
    other.input(Input::ProjectKnown(known(42, "acme/renamed"))).unwrap();
    let refusal = other.try_event("offer-sent").unwrap_err();
    assert!(refusal.headline.contains("(case 1, ticket #418822)"), "{refusal}");
}

#[test]
fn private_data_goes_and_the_skeleton_stays() {
    let mut desk = Desk::new().console_opened();
    desk.set("requester", "jane").event("attempt-failed").event("close");
    let change = desk.input(Input::DeletePrivateData).unwrap();
    assert_eq!(change.effects, [Effect::BlankJournal(CaseId(1))]);
    let kept: Vec<&str> = desk.case.facts.known().map(|(fact, _)| fact.as_str()).collect();
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
        assert_eq!(desk.input(input).unwrap_err().rule.as_str(), "private_data_deleted");
    }
    desk.input(Input::Archive(true)).unwrap();
}

#[test]
fn a_change_that_changes_nothing_says_nothing() {
    let mut desk = Desk::new().with_attempts();
    let before = desk.case.clone();
    let value = parse_fact(Fact::UiAttemptMessage, "Something went wrong").unwrap();
    let change = desk.input(Input::SetFact(Fact::UiAttemptMessage, value)).unwrap();
    assert!(change.entries.is_empty());
    assert_eq!(desk.case, before);
    desk.input(Input::TextCopied { kind: "offer".to_owned() }).unwrap();
    assert_eq!(desk.case.revision, before.revision + 1);
}

#[test]
fn a_ticket_follows_later_and_can_be_corrected() {
    let mut desk = Desk::new();
    desk.case = open_case(CaseId(1), "https://gitlab.com", None, ProjectRef::by_path("acme/web"), NOW).case;
    let ticket =
        |id: u64| parse_ticket(&format!("https://gitlab.zendesk.com/agent/tickets/{id}?brand=1")).unwrap();
    for id in [418_823, 418_822] {
        let change = desk.input(Input::SetTicket(ticket(id))).unwrap();
        assert_eq!(desk.case.title(), format!("#{id} acme/web"));
        let said: Vec<_> = change.entries.iter().map(|entry| entry.what.clone()).collect();
        assert_eq!(said, [JournalEvent::TicketKnown { ticket: ticket(id) }]);
    }
    let revision = desk.case.revision;
    assert!(desk.input(Input::SetTicket(ticket(418_822))).unwrap().entries.is_empty());
    assert_eq!(desk.case.revision, revision, "nothing was new");
    // The offer keeps the ticket it was made with, and stays the one offer of the project.
    let mut desk = desk.with_evidence();
    desk.event("offer-sent");
    desk.input(Input::SetTicket(ticket(1))).unwrap();
    assert_eq!(desk.ledger.offers[0].ticket, Some(ticket(418_822)));
    assert_eq!(desk.try_event("offer-sent").unwrap_err().rule, Rule::OneOffer);
    // A closed case accepts a ticket; a case without its private data does not.
    desk.event("offer-declined").event("close");
    desk.input(Input::SetTicket(ticket(2))).unwrap();
    desk.input(Input::DeletePrivateData).unwrap();
    assert_eq!(desk.input(Input::SetTicket(ticket(3))).unwrap_err().rule, Rule::PrivateDataDeleted);
}
