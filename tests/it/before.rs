//! A database written by the previous version (`before/README.md`): all data is there, and open work continues.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use export_desk::case::{CaseId, Code, Event, Fact, ImportPhase, Phase};
use export_desk::engine::Setup;
use export_desk::engine::api::{Answer, Command, DownloadState};
use export_desk::practice::{Lesson, lesson};
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;
use crate::waiting::InTime;

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/before").join(name)
}

/// The projects in the database, under the same IDs.
fn world() -> Lesson {
    let mut lesson = lesson("first-export").unwrap();
    for project in ["slow", "given-up", "coming", "endless", "left", "failing", "silent", "cut"] {
        let size = if ["slow", "given-up", "coming"].contains(&project) { "large" } else { "small" };
        let plan = format!("path = \"acme/{project}\"\nsize = \"{size}\"");
        lesson.world.projects.push(toml::from_str(&plan).unwrap());
    }
    lesson
}

/// A fixture whose data folder holds the database.
fn fixture() -> Fixture {
    let fixture = Fixture::with(world());
    std::fs::create_dir_all(fixture.data_dir()).unwrap();
    std::fs::copy(kept("desk-0.1.0.sqlite3"), database(&fixture)).unwrap();
    fixture
}

fn database(fixture: &Fixture) -> PathBuf {
    fixture.data_dir().join("export-desk.sqlite")
}

/// What the previous version reported about the database.
fn said() -> Value {
    serde_json::from_slice(&std::fs::read(kept("desk-0.1.0.json")).unwrap()).unwrap()
}

/// The number of occurrences of each value.
fn counts<'a>(words: impl Iterator<Item = String> + 'a) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

fn numbers(of: &[(&str, usize)]) -> BTreeMap<String, usize> {
    of.iter().map(|(word, number)| ((*word).to_owned(), *number)).collect()
}

fn audited(front_end: &FrontEnd) {
    let audit = front_end.ask(Command::Audit);
    assert!(matches!(audit, Ok(Answer::Audited { .. })), "{audit:?}");
}

#[test]
fn scripts_read_the_same_of_cases_offers_and_journal() {
    let (fixture, said) = (fixture(), said());
    let audit = fixture.run(&["case", "audit"]);
    assert_eq!((audit.exit, &audit.result()["rows"]), (0, &said["rows"]), "{}", audit.result());
    for case in said["cases"].as_array().unwrap() {
        let shown = fixture.run(&["case", "show", &case["id"].to_string()]);
        for (field, value) in case.as_object().unwrap() {
            assert_eq!(&shown.result()[field], value, "{field} of case {}", case["id"]);
        }
    }
    let list = fixture.run(&["case", "list"]);
    let listed = list.result()["cases"].as_array().unwrap().len();
    assert!(listed >= said["cases"].as_array().unwrap().len() - 1, "{}", list.result());
    let offer_log = fixture.run(&["case", "ledger", "--format", "json"]);
    assert_eq!(offer_log.result()["offers"], said["offers"]);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0, "looking changes nothing");
}

#[test]
fn runs_downloads_imports_and_settings_are_there() {
    let fixture = fixture();
    let front_end = FrontEnd::with(Setup { resume: false, ..FrontEnd::setup(&fixture) });
    let snapshot = front_end.engine.snapshot();
    assert_eq!(snapshot.cases.len(), 16);
    let stages = counts(snapshot.cases.iter().map(|case| case.stage.as_str().to_owned()));
    let expected = [
        ("troubleshoot", 2),
        ("bug_issue", 1),
        ("offer", 1),
        ("awaiting_answer", 2),
        ("console_request", 1),
        ("infra_request", 1),
        ("awaiting_attempt", 2),
        ("outcome", 3),
        ("closed", 3),
    ];
    assert_eq!(stages, numbers(&expected));
    assert_eq!(snapshot.offer_log.offers.len(), 12);
    let runs = counts(snapshot.runs.iter().map(|view| format!("{:?}", view.status.phase)));
    // The unwatched run is no failure, and the run under way is polled.
    assert_eq!(
        (runs.get("Ready"), runs.get("Failed"), snapshot.runs.len()),
        (Some(&5), Some(&2), 9),
        "{runs:?}"
    );
    assert_eq!(snapshot.runs.iter().filter(|view| !view.run.is_ended()).count(), 1, "{runs:?}");
    let downloads = counts(snapshot.downloads.iter().map(|view| format!("{:?}", view.state)));
    for state in [DownloadState::Done, DownloadState::Failed, DownloadState::Paused, DownloadState::Cancelled]
    {
        assert_eq!(downloads.get(&format!("{state:?}")), Some(&1), "{downloads:?}");
    }
    assert_eq!(snapshot.downloads.len(), 5);
    let receipt = snapshot.downloads.iter().find_map(|view| view.done.clone()).expect("a receipt");
    assert_eq!((receipt.bytes, receipt.verdict.as_str()), (41_855, "importable"));
    let files: Vec<_> =
        snapshot.relations.iter().map(|view| (view.run.project_path.as_str(), view.rows.len())).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(files.contains(&("acme/endless", 0)), "{files:?}");
    let failed = |path: &str| {
        let view = snapshot.relations.iter().find(|view| view.run.project_path == path).unwrap();
        view.rows.iter().filter(|row| row.error.is_some()).count()
    };
    assert_eq!((failed("acme/handbook"), failed("acme/webshop")), (1, 0));
    let imports = counts(snapshot.imports.iter().map(|view| format!("{:?}", view.job.phase)));
    for (phase, number) in [(ImportPhase::Finished, 5), (ImportPhase::Partial, 1), (ImportPhase::Failed, 2)] {
        assert_eq!(imports.get(&format!("{phase:?}")), Some(&number), "{imports:?}");
    }
    assert_eq!(snapshot.imports.len(), 9);
    assert!(snapshot.imports.iter().any(|view| view.job.test_import.is_some()));
    assert!(snapshot.imports.iter().any(|view| view.job.repairs.is_some()));
    for (key, value) in [
        ("theme", json!("light")),
        ("scale", json!(1.25)),
        ("bandwidth", json!(50_000_000)),
        ("keep_archives_days", json!(30)),
        ("notifications", json!("problems")),
    ] {
        assert_eq!(snapshot.settings.get(key), Some(value), "{key}");
    }
    assert!(snapshot.instances.iter().any(|instance| instance.url == "http://127.0.0.1:21893"));
    audited(&front_end);
}

#[test]
fn its_cases_continue() {
    let fixture = fixture();
    let front_end = FrontEnd::with(Setup { resume: false, ..FrontEnd::setup(&fixture) });
    let stage = |id: i64| {
        front_end.engine.snapshot().cases.iter().find(|case| case.id == CaseId(id)).unwrap().stage.as_str()
    };
    let event = |id: i64, event: Event| front_end.ask(Command::CaseEvent { case: CaseId(id), event });
    let offer = || Event::OfferSent { override_reason: None, by: None };
    let message = vec![(Fact::UiAttemptMessage, "Export failed.".to_owned())];
    front_end.ask(Command::SetFacts { case: CaseId(1), values: message }).unwrap();
    assert_eq!(stage(1), "bug_issue", "the program's own attempt of before counts");
    event(3, offer()).unwrap();
    assert_eq!(stage(3), "awaiting_answer");
    event(4, Event::OfferAccepted).unwrap();
    event(8, Event::AttemptSucceeded).unwrap();
    assert_eq!(stage(8), "outcome");
    event(12, Event::Reopen).unwrap();
    front_end.ask(Command::Archive { case: CaseId(13), archived: false }).unwrap();
    front_end.ask(Command::DeletePrivateData { case: CaseId(13) }).unwrap();
    // The earlier one-time offer is known, and so is the reason for the second one.
    let again = Command::NewCase {
        ticket: None,
        instance: "http://127.0.0.1:21893".into(),
        project: "acme/silent".into(),
    };
    let Ok(Answer::Case(again)) = front_end.ask(again) else { panic!("no case") };
    assert_eq!(event(again.0, offer()).unwrap_err().code, Code::Refused);
    audited(&front_end);
    drop(front_end);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

/// Rewrites the database for this fixture's GitLab, its folder and the current time, so that open work continues here.
fn moved(fixture: &Fixture, import: u64) {
    let db = rusqlite::Connection::open(database(fixture)).unwrap();
    let home = fixture.downloads().to_str().unwrap().replace('\\', "/");
    #[allow(clippy::disallowed_methods, reason = "ages are measured from now, by the program as by its test")]
    let now = jiff::Timestamp::now().as_millisecond();
    // All times in the file share this prefix of a thousand seconds; they are moved to the last full thousand
    // seconds.
    let prefix = (now / 1_000_000 - 1).to_string();
    let columns = [
        ("instances", "url"),
        ("settings", "value"),
        ("runs", "instance"),
        ("runs", "body"),
        ("transfers", "instance"),
        ("transfers", "target_path"),
        ("relations_runs", "instance"),
        ("relations_runs", "body"),
        ("imports", "instance"),
        ("imports", "body"),
    ];
    for (table, column) in columns {
        for (from, to) in [
            ("http://127.0.0.1:21893", fixture.practice.url()),
            ("/tmp/desk-0.1.0/downloads", home.as_str()),
            (":1795677", &format!(":{prefix}")),
        ] {
            let change = format!("UPDATE {table} SET {column} = replace({column}, ?1, ?2)");
            db.execute(&change, [from, to]).unwrap();
        }
    }
    let open = "UPDATE imports SET body = json_set(body, '$.project_id', ?1) WHERE ended_at_ms IS NULL";
    assert_eq!(db.execute(open, [import.cast_signed()]).unwrap(), 1);
}

#[test]
fn running_work_resumes() {
    let fixture = fixture();
    // GitLab still works on the earlier request: here another program sends the same request.
    let other = fixture.folder.path().join("other");
    let ask = |words: &[&str]| {
        let end = crate::fixture::End::of(&fixture.program_at(&other, words).output_in_time().unwrap());
        assert_eq!(end.exit, 0, "{words:?}: {}", end.result());
        end
    };
    let archive = fixture.folder.path().join("webshop.tar.gz");
    ask(&["export", "start", "acme/webshop", "--download", archive.to_str().unwrap()]);
    ask(&["export", "start", "acme/coming", "--wait"]);
    ask(&["export", "start", "acme/endless"]);
    ask(&["relations", "start", "acme/endless"]);
    let import = ask(&["import", "file", archive.to_str().unwrap(), "--namespace", "acme", "--path", "open"]);
    moved(&fixture, import.result()["id"].as_u64().unwrap());

    let front_end = FrontEnd::of(&fixture);
    let phase = front_end.until(|snapshot| {
        let view = snapshot.runs.iter().find(|view| view.run.project_path == "acme/endless")?;
        view.run.is_ended().then_some(view.status.phase)
    });
    assert_eq!(phase, Phase::Ready);
    let done = front_end.until(|snapshot| {
        let view = snapshot.downloads.iter().find(|view| view.project_path == "acme/coming")?;
        view.state.is_ended().then(|| view.clone())
    });
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.error);
    assert!(done.done.as_ref().is_some_and(|receipt| receipt.verdict == "importable"));
    let rows = front_end.until(|snapshot| {
        let view = snapshot.relations.iter().find(|view| view.run.project_path == "acme/endless")?;
        view.run.is_ended().then_some(view.rows.len())
    });
    assert!(rows > 10, "{rows} relations");
    let phase = front_end.until(|snapshot| {
        let view = snapshot.imports.iter().find(|view| view.job.target_path == "acme/open")?;
        view.job.is_ended().then_some(view.job.phase)
    });
    assert_eq!(phase, ImportPhase::Finished);
    let paused = front_end
        .engine
        .snapshot()
        .downloads
        .iter()
        .filter(|view| view.state == DownloadState::Paused)
        .count();
    assert_eq!(paused, 1, "what a person paused stays paused");
    audited(&front_end);
}
