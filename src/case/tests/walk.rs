//! Random walks: whatever the input, nothing panics, nothing is lost, and there is always a next step.

use proptest::prelude::*;

use super::*;
use crate::case::{
    Action, DownloadEnded, ExportEnded, JournalEvent, KnownProject, Stage, Value, VerifiedFile, attention,
    blocked_by, deadlines, next_steps,
};

/// A random input from a person, a run or GitLab, and the time that passes before it.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub input: Input,
    pub wait_ms: i64,
}

fn a_value(fact: Fact) -> BoxedStrategy<Value> {
    let words = fact.words();
    let texts: BoxedStrategy<String> = if words.is_empty() {
        match fact {
            Fact::KibanaLink => Just("https://log.gprd.gitlab.net/goto/1".to_owned()).boxed(),
            Fact::BugIssue | Fact::InfraIssue | Fact::ConsoleIssue => {
                (1..9).prop_map(move |n: i32| format!("{}{n}", issue_of(fact))).boxed()
            }
            Fact::SentryLink | Fact::HandoverLink => {
                Just("https://new-sentry.gitlab.net/1".to_owned()).boxed()
            }
            Fact::CorrelationId => Just("01HX0000000000000000000000".to_owned()).boxed(),
            _ => (-40i64..3).prop_map(|day| NOW.plus_ms(day * DAY_MS).rfc3339()).boxed(),
        }
    } else {
        prop::sample::select(words).prop_map(str::to_owned).boxed()
    };
    texts.prop_map(move |text| parse_fact(fact, &text).unwrap()).boxed()
}

fn an_input() -> impl Strategy<Value = Input> {
    let fact = prop::sample::select(Fact::ALL.to_vec());
    let run = (any::<bool>(), -40i64..1).prop_map(|(succeeded, day)| {
        let at = NOW.plus_ms(day * DAY_MS);
        let message = "GitLab status".to_owned();
        Input::RunEnded(ExportEnded {
            started_at: at,
            ended_at: at,
            started_here: succeeded,
            succeeded,
            message,
            correlation_id: None,
        })
    });
    let download = any::<bool>().prop_map(|good| {
        let served = VerifiedFile {
            bytes: 1,
            sha256: "00".to_owned(),
            verdict: "importable".to_owned(),
            rebuilt: None,
        };
        let result = if good { Ok(served) } else { Err("404".to_owned()) };
        Input::DownloadEnded(DownloadEnded { ended_at: NOW, result })
    });
    let known = (41u64..43).prop_map(|id| {
        Input::ProjectKnown(KnownProject {
            id,
            path: format!("acme/{id}"),
            web_url: None,
            visibility: None,
            repository_bytes: None,
            lfs_bytes: None,
            uploads_bytes: None,
            storage_bytes: None,
            deletion: None,
            gitlab_version: None,
            asked_at: NOW,
        })
    });
    prop_oneof![
        12 => fact.clone().prop_flat_map(|fact| a_value(fact).prop_map(move |value| Input::SetFact(fact, value))),
        2 => fact.prop_map(Input::ClearFact),
        10 => prop::sample::select(Event::all().collect::<Vec<_>>()).prop_map(Input::Event),
        1 => Just(Input::Event(Event::OfferSent { override_reason: Some("agreed".to_owned()), by: None })),
        1 => run,
        1 => download,
        1 => known,
        1 => any::<bool>().prop_map(Input::Archive),
        1 => Just(Input::TextCopied { kind: "offer".to_owned() }),
    ]
}

/// Some random inputs, one after another.
pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let wait = prop_oneof![4 => Just(0), 1 => 0..40 * DAY_MS];
    prop::collection::vec((an_input(), wait).prop_map(|(input, wait_ms)| Move { input, wait_ms }), 0..60)
}

/// Performs the NOW step, with a valid value if the step records a fact.
fn do_next(driver: &mut CaseDriver, action: &Action) {
    match action {
        Action::Report(event) => drop(driver.input(Input::Event(event.clone())).unwrap()),
        Action::Record(fact) => {
            let text = match fact {
                Fact::KibanaLink => "https://log.gprd.gitlab.net/goto/1",
                Fact::BugIssue | Fact::InfraIssue | Fact::ConsoleIssue => issue_of(*fact),
                Fact::HandoverLink => "https://storage.example.com/1",
                Fact::BugIssueUpdated | Fact::InfradevLabelled | Fact::ExportSucceeded => "yes",
                _ => "2026-11-01T08:00:00Z",
            };
            driver.set(fact.as_str(), text);
        }
    }
}

proptest! {
    #![proptest_config(walks(200))]

    #[test]
    fn no_walk_loses_a_fact_or_its_way(moves in moves(), with_evidence: bool) {
        let mut driver = if with_evidence { CaseDriver::new().with_evidence() } else { CaseDriver::new() };
        for Move { input, wait_ms } in moves {
            driver.now = driver.now.plus_ms(wait_ms);
            let before = driver.case.clone();
            let offers = driver.offer_log.counted().count();
            let Ok(change) = driver.input(input.clone()) else {
                prop_assert_eq!(&driver.case, &before);
                continue;
            };
            // A fact that was removed or changed must have a journal line.
            for fact in Fact::ALL {
                let (was, is) = (before.facts.get(fact), driver.case.facts.get(fact));
                let told = change.entries.iter().any(|entry| match &entry.what {
                    JournalEvent::FactSet { fact: told, from, .. } => *told == fact && *from == was,
                    JournalEvent::FactCleared { fact: told, from } => *told == fact && Some(from) == was.as_ref(),
                    _ => false,
                });
                prop_assert!(was == is || told, "{} changed in silence", fact);
                let clears = input == Input::ClearFact(fact) || input == Input::Event(Event::Undo);
                prop_assert!(was.is_none() || is.is_some() || clears);
            }
            prop_assert!(change.entries.iter().all(|entry| entry.case_id == Some(before.id)));
            let moved = change.entries.iter().any(|entry| matches!(entry.what, JournalEvent::StageEntered { .. }));
            prop_assert!(moved || before.stage == driver.case.stage);
            prop_assert_eq!(driver.case.stage.is_closed(), driver.case.closed_at.is_some());
            prop_assert!(driver.case.stage != Stage::Route);
            // Without its reason, no second line enters the offer log.
            let second = driver.offer_log.counted().count() > offers && offers > 0;
            prop_assert!(!second || driver.offer_log.offers.last().unwrap().override_reason.is_some());

            let steps = next_steps(&driver.case, &driver.offer_log, &driver.rules, driver.now);
            match &steps.now {
                None => prop_assert!(driver.case.stage.is_closed()),
                Some(next) => {
                    prop_assert!(!next.label.is_empty() && next.why.ends_with('.'));
                    prop_assert!(driver.rules.handbook.contains_key(next.handbook), "{}", next.handbook);
                    if let Action::Report(event) = &next.action {
                        let mut tried = CaseDriver { case: driver.case.clone(), offer_log: driver.offer_log.clone(), ..CaseDriver::new() };
                        tried.now = driver.now;
                        prop_assert!(tried.try_event(event.as_str()).is_ok(), "{:?}", next);
                    }
                }
            }
            blocked_by(&driver.case, &driver.rules, driver.now);
            attention(&driver.case, None, &driver.offer_log, &driver.rules, driver.now);
            deadlines(&driver.case, Some(NOW), &driver.rules, driver.now);
        }
    }

    #[test]
    fn from_everywhere_the_next_steps_lead_to_closed(moves in moves()) {
        let mut driver = CaseDriver::new();
        for Move { input, wait_ms } in moves {
            driver.now = driver.now.plus_ms(wait_ms);
            let _refused_or_not = driver.input(input);
        }
        let mut steps = 0;
        while let Some(next) = next_steps(&driver.case, &driver.offer_log, &driver.rules, driver.now).now {
            do_next(&mut driver, &next.action);
            steps += 1;
            prop_assert!(steps <= 40, "still at {} with {:?}", driver.stage(), next);
        }
        prop_assert!(driver.case.stage.is_closed());
    }

    #[test]
    fn every_line_of_the_journal_survives_its_json(moves in moves()) {
        let mut driver = CaseDriver::new().with_evidence();
        for Move { input, .. } in moves {
            let Ok(change) = driver.input(input) else { continue };
            for entry in change.entries {
                let json = serde_json::to_value(&entry.what).unwrap();
                prop_assert_eq!(json["kind"].as_str(), Some(entry.what.as_str()));
                prop_assert_eq!(serde_json::from_value::<JournalEvent>(json).unwrap(), entry.what.clone());
                prop_assert!(!entry.what.sentence().is_empty());
            }
        }
        let json = serde_json::to_string(&driver.case).unwrap();
        prop_assert_eq!(serde_json::from_str::<Case>(&json).unwrap(), driver.case);
    }

    #[test]
    fn nothing_typed_for_a_fact_panics(text in "\\PC{0,60}") {
        for fact in Fact::ALL {
            if let Ok(value) = parse_fact(fact, &text) {
                prop_assert_eq!(parse_fact(fact, &value.to_string()), Ok(value));
            }
        }
    }
}
