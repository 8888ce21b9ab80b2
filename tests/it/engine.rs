//! The engine as the window uses it: commands in, snapshots out, over real HTTP.

use std::path::PathBuf;

use export_desk::case::{Code, Phase};
use export_desk::engine::api::{Answer, Busy, Command, DownloadState, DownloadTarget, StartOptions, Token};
use export_desk::engine::{Engine, Setup, Timing};
use export_desk::practice::lesson;

use crate::fixture::{Fixture, PACE, fault};
use crate::front_end::FrontEnd;

/// A 64 MiB archive behind one slow request, so that the test can act during the download.
fn slow() -> Fixture {
    let mut lesson = lesson("first-export").unwrap();
    lesson
        .world
        .projects
        .push(toml::from_str("path = \"acme/slow\"\nsize = \"large\"\nstorage = \"redirect\"").unwrap());
    lesson.project = "acme/slow".into();
    lesson.faults = vec![fault("on = \"object\"\nkind = \"slow\"\nbytes_per_s = 4000000")];
    Fixture::with(lesson)
}

#[test]
fn a_run_continues_after_a_restart_by_itself() {
    let fixture = Fixture::of("queue-waits");
    let run = {
        let front_end = FrontEnd::of(&fixture);
        front_end.start(&fixture)
    };
    let front_end = FrontEnd::of(&fixture);
    assert_eq!(front_end.ready(run), Phase::Ready, "nobody asked for it again");
    let words: Vec<_> = front_end.engine.snapshot().journal.iter().map(|line| line.kind.clone()).collect();
    assert_eq!(words.first().map(String::as_str), Some("run_started"), "{words:?}");
    assert_eq!(words.last().map(String::as_str), Some("run_ended"), "{words:?}");
    assert!(matches!(front_end.ask(Command::Audit), Ok(Answer::Audited { .. })));
}

#[test]
fn a_download_resumes_after_a_restart_by_itself() {
    let fixture = slow();
    let id = {
        let front_end = FrontEnd::of(&fixture);
        let run = front_end.start(&fixture);
        front_end.ready(run);
        let id = front_end.download(&fixture, DownloadTarget::Default);
        front_end.download_when(id, |view| view.bytes > 3_000_000);
        id
    };
    assert!(fixture.files().iter().any(|name| name.ends_with(".part")), "{:?}", fixture.files());
    let front_end = FrontEnd::of(&fixture);
    let done = front_end.download_when(id, |view| view.state.is_ended());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.error);
    assert!(done.resumed >= 1, "{done:?}");
    assert_eq!(fixture.files().len(), 1, "{:?}", fixture.files());
}

#[test]
fn pause_resume_and_cancel_keep_every_byte() {
    let fixture = slow();
    let front_end = FrontEnd::of(&fixture);
    let run = front_end.start(&fixture);
    front_end.until(|snapshot| (snapshot.busy >= Busy::Watching).then_some(()));
    front_end.ready(run);
    let id = front_end.download(&fixture, DownloadTarget::Default);
    front_end.download_when(id, |view| view.bytes > 1_000_000);
    assert_eq!(front_end.engine.snapshot().busy, Busy::Moving);
    front_end.ask(Command::Pause { download: id }).unwrap();
    let paused = front_end.download_when(id, |view| view.state == DownloadState::Paused);
    front_end.until(|snapshot| (snapshot.busy == Busy::Idle).then_some(()));
    assert!(paused.bytes >= 1_000_000);
    front_end.ask(Command::Cancel { download: id }).unwrap();
    front_end.download_when(id, |view| view.state == DownloadState::Cancelled);
    assert!(fixture.files().iter().any(|name| name.ends_with(".part")), "{:?}", fixture.files());
    front_end.ask(Command::Resume { download: id }).unwrap();
    let done = front_end.download_when(id, |view| view.state == DownloadState::Done || view.error.is_some());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.error);
    let receipt = done.done.clone().unwrap();
    assert_eq!(receipt.verdict, "importable");
    assert!(receipt.markdown().contains(&receipt.sha256));
}

#[test]
fn each_attempt_of_a_project_is_remembered() {
    let fixture = Fixture::of("failed-run");
    let front_end = FrontEnd::of(&fixture);
    let first = front_end.start(&fixture);
    assert_eq!(front_end.ready(first), Phase::Failed);
    let second = front_end.start(&fixture);
    assert_ne!(first, second);
    assert_eq!(front_end.ready(second), Phase::Ready, "the second try succeeds");
    drop(front_end);
    let runs = FrontEnd::of(&fixture).engine.snapshot().runs.clone();
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|view| view.run.correlation_id.is_some()), "{runs:?}");
    assert!(runs.iter().all(|view| view.run.user.is_some()), "by whom: {runs:?}");
    assert_eq!(runs[1].run.server_status(), Some("failed"), "GitLab's words as they came");
}

#[test]
fn a_lost_network_is_waited_out() {
    let fixture = Fixture::of("queue-waits");
    let front_end = FrontEnd::of(&fixture);
    let run = front_end.start(&fixture);
    fixture.practice.trigger(fault("on = \"export_status\"\ntimes = 5\nkind = \"bad_gateway\""));
    assert_eq!(front_end.ready(run), Phase::Ready);
}

#[test]
fn an_unknown_status_is_shown_and_watched() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    fixture.practice.trigger(fault(
        "on = \"export_status\"\nat = 2\ntimes = 2\nkind = \"unknown_status\"\nword = \"composting\"",
    ));
    let run = front_end.start(&fixture);
    assert_eq!(front_end.ready(run), Phase::Ready);
    let said: Vec<_> = front_end.engine.snapshot().journal.iter().map(|line| line.sentence.clone()).collect();
    assert!(said.iter().any(|line| line.contains("composting")), "{said:?}");
}

#[test]
fn a_token_that_is_revoked_stops_the_watch_with_its_error() {
    let fixture = Fixture::of("queue-waits");
    let front_end = FrontEnd::of(&fixture);
    let run = front_end.start(&fixture);
    fixture.practice.trigger(fault("on = \"export_status\"\ntimes = 0\nkind = \"token_revoked\""));
    let error =
        front_end.until(|snapshot| snapshot.runs.iter().find(|view| view.run.id == run)?.watch.error.clone());
    assert_eq!(error.code, Code::TokenRejected, "{error:?}");
}

#[test]
fn many_runs_share_the_limits_instead_of_collecting_429s() {
    let mut lesson = lesson("first-export").unwrap();
    let paths: Vec<_> = (0..14).map(|n| format!("acme/many-{n}")).collect();
    for path in &paths {
        lesson
            .world
            .projects
            .push(toml::from_str(&format!("path = \"{path}\"\nstorage = \"redirect\"")).unwrap());
    }
    // Slower than the other tests: at their pace one minute of GitLab's is shorter than the delays of a busy machine.
    let pace = 0.05;
    let fixture = Fixture::paced(lesson, pace);
    let front_end = FrontEnd::paced(&fixture, pace);
    let asks: Vec<_> = paths
        .iter()
        .map(|path| {
            front_end.engine.send(Command::Start {
                instance: fixture.practice.url().into(),
                project: path.clone(),
                case: None,
                options: StartOptions::default(),
            })
        })
        .collect();
    for ask in asks {
        let result = front_end
            .until(|snapshot| snapshot.replies.iter().find(|r| r.ask == ask).map(|r| r.result.clone()));
        assert!(matches!(result, Ok(Answer::Run(_))), "{result:?}");
    }
    let limited = fixture.practice.requests().iter().filter(|seen| seen.status == 429).count();
    assert_eq!(limited, 0);
}

#[test]
fn the_practice_engine_needs_nothing_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        data_dir: None,
        config_dir: None,
        download_folder: folder.path().to_owned(),
        timing: Timing::scaled(PACE),
        ca_file: None,
        token: None,
        instance: None,
        keyring: false,
        practice: Some("first-export".into()),
        resume: true,
        patient: true,
    };
    let engine = Engine::start(setup, || {}).unwrap();
    let snapshot = engine.snapshot();
    let practice = snapshot.practice.clone().expect("it runs from the first picture on");
    assert!(practice.lessons.len() >= 8);
    assert!(snapshot.instances.iter().any(|instance| instance.is_practice && instance.url == practice.url));
}

#[test]
fn an_instance_that_answers_with_pages_is_named() {
    let fixture = Fixture::of("html-instead-of-json");
    let front_end = FrontEnd::of(&fixture);
    let result = front_end.ask(Command::Try {
        instance: fixture.practice.url().into(),
        token: Token::new("glpat-wrong".into()).unwrap(),
    });
    assert!(result.is_err());
    let verify = front_end.ask(Command::Verify {
        path: PathBuf::from("/nonexistent/file.tar.gz"),
        against: None,
        deep: false,
    });
    let no = verify.unwrap_err();
    assert_eq!(no.code, Code::Local);
    assert_eq!(no.headline, "There is no such file: /nonexistent/file.tar.gz.");
}

#[test]
fn an_instance_that_was_only_tried_is_shown_nowhere() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::with(Setup { token: None, instance: None, ..FrontEnd::setup(&fixture) });
    let instance = fixture.practice.url().to_owned();
    let token = || Token::new(fixture.practice.token().to_owned()).unwrap();
    let tried = front_end.ask(Command::Try { instance: instance.clone(), token: token() });
    assert!(matches!(tried, Ok(Answer::Checked(_))), "{tried:?}");
    let wrong = Token::new("glpat-wrong".into()).unwrap();
    assert!(front_end.ask(Command::Try { instance: instance.clone(), token: wrong }).is_err());
    let nowhere = Token::new("glpat-wrong".into()).unwrap();
    let none = front_end
        .ask(Command::Connect { instance: "http://127.0.0.1:1".into(), token: nowhere })
        .unwrap_err();
    assert!(none.headline.starts_with("Export Desk cannot connect to the server: "), "{none}");
    assert!(!none.headline.contains("It said") && !none.headline.contains("os error"), "{none}");
    assert!(front_end.engine.snapshot().instances.is_empty(), "nothing was connected yet");
    front_end.ask(Command::Connect { instance: instance.clone(), token: token() }).unwrap();
    let instances = front_end.engine.snapshot().instances.clone();
    assert_eq!(instances.len(), 1);
    assert_eq!(instances[0].account.as_ref().map(|account| account.user.is_some()), Some(true));
}
