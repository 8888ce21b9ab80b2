//! One row per refusal: the input, the stage, and the rule that forbids it.

use super::*;
use crate::case::{FactKind, Hint, Rule, Stage, Value, next_steps};

/// One driver in every stage that a case can stay in, `closed` last.
fn everywhere() -> Vec<CaseDriver> {
    let mut offered = CaseDriver::new().with_evidence();
    offered.event("offer-sent");
    let mut declined = CaseDriver::new().with_evidence();
    declined.event("offer-sent").event("offer-declined");
    let mut failed = CaseDriver::new().console_opened();
    failed.event("attempt-failed");
    let mut closed = CaseDriver::new();
    closed.event("close");
    vec![
        CaseDriver::new(),
        CaseDriver::new().with_attempts(),
        CaseDriver::new().with_evidence(),
        offered,
        CaseDriver::new().accepted(),
        CaseDriver::new().accepted().exported(days_ago(3)),
        CaseDriver::new().console_opened(),
        failed,
        declined,
        closed,
    ]
}

#[test]
fn each_event_is_allowed_in_its_stages_and_refused_in_all_others() {
    // One letter per driver of `everywhere`: + means accepted, otherwise the first letter of the rule's name.
    //                     t b o a c i w f d x
    let table = [
        ("offer-sent", "e e + o o o o o o s"),
        ("offer-accepted", "s s s + s s s s + s"),
        ("offer-declined", "s s s + s s s s s s"),
        ("request-opened", "s s s s r r s s s s"),
        ("attempt-succeeded", "s s s s s s + s s s"),
        ("attempt-failed", "s s s s s s + s s s"),
        ("escalate-to-infra", "E E E E E E E + E E"),
        ("close", "+ + + + + + + + + s"),
        ("reopen", "s s s s s s s s s +"),
        ("undo", "s s s + + + + + + +"),
        ("discard", "+ + + s s s s s s s"),
    ];
    let letter = |rule: &str| match rule {
        "evidence_before_offer" => "e",
        "one_offer" => "o",
        "stage_allows" => "s",
        "request_needs_link" => "r",
        "escalate_failed_console" => "E",
        other => panic!("{other}"),
    };
    for (event, row) in table {
        let seen: Vec<&str> = everywhere()
            .iter_mut()
            .map(|driver| {
                driver.try_event(event).map_or_else(|refusal| letter(refusal.rule.as_str()), |_| "+")
            })
            .collect();
        assert_eq!(seen.join(" "), row, "{event}");
    }
    let stages: Vec<&str> = everywhere().iter().map(CaseDriver::stage).collect();
    for word in Stage::WORDS.iter().copied() {
        // A case passes through route within one step.
        assert_eq!(stages.contains(&word), word != "route", "{word}");
    }
}

#[test]
fn a_second_offer_is_refused_naming_the_first_wherever_it_is_tried() {
    let mut first = CaseDriver::new().with_evidence();
    first.event("offer-sent");
    for project in ["acme/platform/monorepo", "Acme/Platform/Monorepo"] {
        let mut second = CaseDriver::of_case(2, ProjectRef::by_path(project));
        second.offer_log = first.offer_log.clone();
        let mut ready = CaseDriver::of_case(3, ProjectRef::by_path(project)).with_evidence();
        ready.offer_log = first.offer_log.clone();
        for driver in [&mut first, &mut second, &mut ready] {
            let refusal = driver.try_event("offer-sent").unwrap_err();
            assert_eq!(refusal.rule.as_str(), "one_offer");
            assert!(refusal.headline.contains(&NOW.for_people()), "{refusal}");
            assert!(refusal.headline.contains("(case 1, ticket #418822)"), "{refusal}");
            assert_eq!(refusal.hint, Hint::OverrideOffer, "{refusal}");
        }
        assert_eq!(
            second.offer_again("because").unwrap_err().rule.as_str(),
            "evidence_before_offer",
            "an override skips the ledger, not the evidence"
        );
    }
    let mut elsewhere = CaseDriver::of_case(4, ProjectRef::by_path("acme/platform/other")).with_evidence();
    elsewhere.offer_log = first.offer_log.clone();
    elsewhere.event("offer-sent");
}

#[test]
fn an_override_needs_words_and_its_stage() {
    let mut driver = CaseDriver::new().with_evidence();
    driver.event("offer-sent");
    assert_eq!(driver.offer_again("  ").unwrap_err().rule.as_str(), "override_needs_reason");
    let token = "it said glpat-abcdefghijklmnop1234";
    assert_eq!(driver.offer_again(token).unwrap_err().rule.as_str(), "no_secrets");
    let mut waiting = CaseDriver::new().console_opened();
    assert_eq!(waiting.offer_again("because").unwrap_err().rule.as_str(), "stage_allows");
}

#[test]
fn a_request_needs_its_own_link_and_the_verification() {
    let mut driver = CaseDriver::new().accepted();
    driver
        .set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9")
        .set("infradev_labelled", "yes");
    assert_eq!(driver.try_event("request-opened").unwrap_err().rule.as_str(), "request_needs_link");
    driver.set("console_issue", "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/7");
    assert_eq!(driver.try_event("request-opened").unwrap_err().rule.as_str(), "ownership_before_release");
    driver.set("ownership_verified_at", "2026-11-02T10:00:00Z").event("request-opened");
}

#[test]
fn no_case_closes_with_an_infra_request_and_without_infradev() {
    for mut driver in everywhere().into_iter().filter(|driver| driver.stage() != "closed") {
        driver.set("infra_issue", "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9");
        assert_eq!(driver.try_event("close").unwrap_err().rule.as_str(), "infradev_before_close");
        driver.set("infradev_labelled", "no");
        assert_eq!(driver.try_event("close").unwrap_err().rule.as_str(), "infradev_before_close");
        driver.set("infradev_labelled", "yes").event("close");
    }
}

#[test]
fn only_a_failed_console_attempt_escalates() {
    let mut infra = CaseDriver::new().infra_opened();
    infra.event("attempt-failed");
    let mut good = CaseDriver::new().console_opened();
    good.event("attempt-succeeded");
    for driver in [&mut infra, &mut good] {
        assert_eq!(
            driver.try_event("escalate-to-infra").unwrap_err().rule.as_str(),
            "escalate_failed_console"
        );
    }
}

#[test]
fn what_a_stage_depends_on_is_corrected_not_removed() {
    let mut failed = CaseDriver::new().console_opened();
    failed.event("attempt-failed");
    for (driver, facts) in [
        (CaseDriver::new().accepted(), vec![Fact::OfferSentAt]),
        (
            CaseDriver::new().console_opened(),
            vec![Fact::ConsoleIssue, Fact::OwnershipVerifiedAt, Fact::OfferAnswer],
        ),
        (CaseDriver::new().infra_opened(), vec![Fact::InfraIssue]),
        (failed, vec![Fact::AttemptResult]),
    ] {
        for fact in facts {
            let refusal = step(&driver.case, Input::ClearFact(fact), &driver.offer_log, &driver.rules, NOW)
                .unwrap_err();
            assert_eq!(refusal.rule.as_str(), "recorded_stays", "{fact}");
        }
    }
}

#[test]
fn open_cases_keep_their_data_and_their_place() {
    let mut driver = CaseDriver::new();
    assert_eq!(driver.input(Input::DeletePrivateData).unwrap_err().rule.as_str(), "delete_after_close");
    assert_eq!(driver.input(Input::Archive(true)).unwrap_err().rule.as_str(), "stage_allows");
}

#[test]
fn values_are_read_or_refused_with_their_reason() {
    for (fact, text, rule) in [
        ("kibana_link", "https://log.gprd.gitlab.net/app/discover#/?_a=h@1234", "kibana_share_link"),
        ("kibana_link", "https://log.gprd.gitlab.net/app/kibana#/discover", "kibana_share_link"),
        ("kibana_link", "https://log.gprd.gitlab.net/app/r/s/", "kibana_share_link"),
        ("kibana_link", "see the ticket", "kibana_share_link"),
        ("sentry_link", "ftp://sentry.example.com/1", "link_form"),
        ("sentry_link", "http://new-sentry.gitlab.net/1", "link_form"),
        ("handover_link", "https://user:secret@example.com/", "link_form"),
        ("bug_issue", "https://gitlab.com/gitlab-org/gitlab", "link_form"),
        ("bug_issue", "https://gitlab.com/gitlab-org/gitlab/-/issues/new", "link_form"),
        ("bug_issue", "#330833", "link_form"),
        ("bug_issue_updated", "maybe", "value_form"),
        ("export_succeeded", "1", "value_form"),
        ("offer_answer", "silence", "value_form"),
        ("attempt_result", "ok", "value_form"),
        ("ui_attempt_at", "2026-11-21 08:54", "time_with_zone"),
        ("correlation_id", "two words", "value_form"),
        ("requester", "", "value_form"),
        ("requester", "jane\u{7}", "value_form"),
        ("ui_attempt_message", "PRIVATE-TOKEN: glpat-ABCDEFGHIJKLMNOP1234", "no_secrets"),
        ("ui_attempt_message", &"long ".repeat(5000), "value_form"),
    ] {
        let refusal = parse_fact(Fact::parse(fact).unwrap(), text).unwrap_err();
        assert_eq!(refusal.rule.as_str(), rule, "{fact}={text}");
        let unreadable = ["link_form", "value_form", "time_with_zone"].contains(&rule);
        assert_eq!(refusal.code().exit(), if unreadable { 2 } else { 3 });
        assert!(refusal.headline.ends_with('.') && refusal.hint.text().ends_with('.'), "{refusal}");
        let said = format!("{refusal} {}", refusal.hint.text());
        assert!(!said.contains("secret@") && !said.contains("ABCDEFGH"));
    }
    for (fact, text, kept) in [
        (
            "kibana_link",
            "https://log.gprd.gitlab.net/app/r/s/AbC12",
            "https://log.gprd.gitlab.net/app/r/s/AbC12",
        ),
        (
            "kibana_link",
            "https://log.gprd.gitlab.net/s/eng/app/r/s/A",
            "https://log.gprd.gitlab.net/s/eng/app/r/s/A",
        ),
        ("kibana_link", "https://log.gprd.gitlab.net/goto/0a-1b", "https://log.gprd.gitlab.net/goto/0a-1b"),
        ("bug_issue", "gitlab-org/gitlab#5", "https://gitlab.com/gitlab-org/gitlab/-/issues/5"),
        (
            "bug_issue",
            "https://gitlab.com/gitlab-org/gitlab/-/work_items/5#note_1",
            "https://gitlab.com/gitlab-org/gitlab/-/work_items/5",
        ),
        ("console_issue", "http://127.0.0.1:8080/a/b/-/issues/1", "http://127.0.0.1:8080/a/b/-/issues/1"),
        ("bug_issue_updated", "YES", "yes"),
        ("ui_attempt_at", "2026-11-21 08:54 +02:00", "2026-11-21T06:54:00Z"),
        ("requester", "  jane ", "jane"),
    ] {
        assert_eq!(parse_fact(Fact::parse(fact).unwrap(), text).unwrap().to_string(), kept, "{fact}={text}");
    }
}

#[test]
fn every_fact_has_its_own_name_and_accepts_what_it_shows() {
    let mut driver = CaseDriver::new();
    for fact in Fact::ALL {
        assert_eq!(Fact::parse(fact.as_str()), Some(fact));
        let text = match (fact, fact.words()) {
            (Fact::KibanaLink, _) => "https://log.gprd.gitlab.net/goto/1",
            (Fact::SentryLink | Fact::HandoverLink, _) => "https://new-sentry.gitlab.net/1",
            (Fact::BugIssue | Fact::InfraIssue | Fact::ConsoleIssue, _) => issue_of(fact),
            (_, [word, ..]) => word,
            (_, []) => "2026-11-17T06:54:00Z",
        };
        let text = if fact == Fact::CorrelationId { "01HX0000000000000000000000" } else { text };
        driver.set(fact.as_str(), text);
        assert_eq!(driver.case.facts.get(fact).as_deref(), Some(text), "{fact}");
    }
    // Whatever is known, no fact alone reports that something was done.
    assert_eq!(driver.stage(), "offer");
    let json = serde_json::to_string(&driver.case).unwrap();
    assert_eq!(serde_json::from_str::<Case>(&json).unwrap(), driver.case);
}

#[test]
fn what_happened_lies_neither_ahead_nor_before_gitlab() {
    let mut driver = CaseDriver::new();
    for fact in Fact::ALL.into_iter().filter(|fact| fact.kind() == FactKind::Time) {
        let mut answer = |at: UtcMs| {
            let input = Input::SetFact(fact, Value::Time(at));
            driver.input(input).map(drop).map_err(|refusal| (refusal.rule, refusal.headline))
        };
        let ahead = |ms: i64| NOW.plus_ms(ms);
        assert_eq!(answer(ahead(-DAY_MS)), Ok(()), "{fact}");
        assert_eq!(answer(ahead(4 * 60_000)), Ok(()), "{fact}: clocks differ a little");
        assert_eq!(answer(UtcMs(1_200_000_000_000)).unwrap_err().0, Rule::TimeInReach, "{fact}");
        for (ms, how) in [(6 * 60_000, "6 minutes"), (DAY_MS, "24 hours"), (3 * DAY_MS, "3 days")] {
            match answer(ahead(ms)) {
                Ok(()) => assert_eq!(fact, Fact::HandoverExpiresAt),
                Err((rule, headline)) => {
                    assert_eq!(rule, Rule::TimeInReach);
                    assert!(headline.ends_with(&format!("is {how} in the future.")), "{headline}");
                    assert!(headline.starts_with(&fact.quoted()), "{headline}");
                }
            }
        }
    }
}

#[test]
fn a_value_of_another_kind_is_refused() {
    let mut driver = CaseDriver::new();
    let time = parse_fact(Fact::UiAttemptAt, "2026-11-21T06:54:00Z").unwrap();
    for fact in Fact::ALL.into_iter().filter(|fact| fact.kind() != Fact::UiAttemptAt.kind()) {
        let refusal = driver.input(Input::SetFact(fact, time.clone())).unwrap_err();
        assert_eq!(refusal.rule.as_str(), "value_form", "{fact}");
    }
}

#[test]
fn disabled_choices_say_why_and_enabled_ones_work() {
    for driver in everywhere() {
        let steps = next_steps(&driver.case, &driver.offer_log, &driver.rules, NOW);
        assert_eq!(steps.choices.len(), Event::WORDS.len());
        for (choice, event) in steps.choices.iter().zip(Event::all()) {
            let answer = step(&driver.case, Input::Event(event), &driver.offer_log, &driver.rules, NOW);
            assert_eq!(choice.refused, answer.err());
        }
        assert_eq!(steps.now.is_none(), driver.stage() == "closed");
    }
}

#[test]
fn no_refusal_names_an_internal_word() {
    let words: Vec<&str> =
        Fact::ALL.iter().map(|fact| fact.as_str()).chain(Event::all().map(|event| event.as_str())).collect();
    let internal =
        |text: &str| words.iter().filter(|word| word.contains(['_', '-'])).any(|word| text.contains(*word));
    let drivers = [
        CaseDriver::new(),
        CaseDriver::new().with_attempts(),
        CaseDriver::new().with_evidence(),
        CaseDriver::new().accepted(),
        CaseDriver::new().console_opened(),
        CaseDriver::new().infra_opened(),
    ];
    for driver in drivers {
        for event in Event::all() {
            let input = Input::Event(event.clone());
            let Err(refusal) = step(&driver.case, input, &driver.offer_log, &driver.rules, driver.now) else {
                continue;
            };
            let said = format!("{} {}", refusal.headline, refusal.hint.text());
            assert!(!internal(&said), "{said}");
        }
    }
}
