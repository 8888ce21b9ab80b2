//! The engine as the window uses it: commands in, snapshots out, over real HTTP.

use std::path::PathBuf;

use export_desk::case::{Code, Phase};
use export_desk::engine::api::{Answer, Command, DownloadState, DownloadTarget, StartOptions, Token};
use export_desk::engine::{Engine, Setup, Timing};
use export_desk::practice::{Fault, lesson};

use crate::desk::{Desk, PACE};
use crate::face::Face;

fn fault(toml: &str) -> Fault {
    toml::from_str(toml).unwrap()
}

/// A 64 MiB archive behind one slow request, so that the test can act during the download.
fn slow() -> Desk {
    let mut lesson = lesson("first-export").unwrap();
    lesson
        .world
        .projects
        .push(toml::from_str("path = \"acme/slow\"\nsize = \"large\"\nstorage = \"redirect\"").unwrap());
    lesson.project = "acme/slow".into();
    lesson.faults = vec![fault("on = \"object\"\nkind = \"slow\"\nbytes_per_s = 4000000")];
    Desk::with(lesson)
}

#[test]
fn a_run_goes_on_after_a_restart_by_itself() {
    let desk = Desk::of("queue-waits");
    let run = {
        let face = Face::of(&desk);
        face.start(&desk)
    };
    let face = Face::of(&desk);
    assert_eq!(face.ready(run), Phase::Ready, "nobody asked for it again");
    let words: Vec<_> = face.engine.snapshot().journal.iter().map(|line| line.kind.clone()).collect();
    assert_eq!(words.first().map(String::as_str), Some("run_started"), "{words:?}");
    assert_eq!(words.last().map(String::as_str), Some("run_ended"), "{words:?}");
    assert!(matches!(face.ask(Command::Audit), Ok(Answer::Audited { .. })));
}

#[test]
fn a_download_goes_on_after_a_restart_by_itself() {
    let desk = slow();
    let id = {
        let face = Face::of(&desk);
        let run = face.start(&desk);
        face.ready(run);
        let id = face.download(&desk, DownloadTarget::Default);
        face.transfer(id, |view| view.bytes > 3_000_000);
        id
    };
    assert!(desk.files().iter().any(|name| name.ends_with(".part")), "{:?}", desk.files());
    let face = Face::of(&desk);
    let done = face.transfer(id, |view| view.state.is_ended());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.trouble);
    assert!(done.resumed >= 1, "{done:?}");
    assert_eq!(desk.files().len(), 1, "{:?}", desk.files());
}

#[test]
fn pause_resume_and_cancel_keep_every_byte() {
    let desk = slow();
    let face = Face::of(&desk);
    let run = face.start(&desk);
    face.ready(run);
    let id = face.download(&desk, DownloadTarget::Default);
    face.transfer(id, |view| view.bytes > 1_000_000);
    face.ask(Command::Pause { transfer: id }).unwrap();
    let paused = face.transfer(id, |view| view.state == DownloadState::Paused);
    assert!(paused.bytes >= 1_000_000);
    face.ask(Command::Cancel { transfer: id }).unwrap();
    face.transfer(id, |view| view.state == DownloadState::Cancelled);
    assert!(desk.files().iter().any(|name| name.ends_with(".part")), "{:?}", desk.files());
    face.ask(Command::Resume { transfer: id }).unwrap();
    let done = face.transfer(id, |view| view.state == DownloadState::Done || view.trouble.is_some());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.trouble);
    let receipt = done.done.clone().unwrap();
    assert_eq!(receipt.verdict, "importable");
    assert!(receipt.markdown().contains(&receipt.sha256));
}

#[test]
fn each_attempt_of_a_project_is_remembered() {
    let desk = Desk::of("failed-run");
    let face = Face::of(&desk);
    let first = face.start(&desk);
    assert_eq!(face.ready(first), Phase::Failed);
    let second = face.start(&desk);
    assert_ne!(first, second);
    assert_eq!(face.ready(second), Phase::Ready, "the second try succeeds");
    drop(face);
    let runs = Face::of(&desk).engine.snapshot().runs.clone();
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|view| view.run.correlation_id.is_some()), "{runs:?}");
    assert!(runs.iter().all(|view| view.run.user.is_some()), "by whom: {runs:?}");
    assert_eq!(runs[1].run.server_word(), Some("failed"), "GitLab's words as they came");
}

#[test]
fn a_lost_network_is_waited_out() {
    let desk = Desk::of("queue-waits");
    let face = Face::of(&desk);
    let run = face.start(&desk);
    desk.practice.trigger(fault("on = \"export_status\"\ntimes = 5\nkind = \"bad_gateway\""));
    assert_eq!(face.ready(run), Phase::Ready);
}

#[test]
fn an_unknown_word_is_shown_and_watched() {
    let desk = Desk::of("first-export");
    let face = Face::of(&desk);
    desk.practice.trigger(fault(
        "on = \"export_status\"\nat = 2\ntimes = 2\nkind = \"unknown_status\"\nword = \"composting\"",
    ));
    let run = face.start(&desk);
    assert_eq!(face.ready(run), Phase::Ready);
    let said: Vec<_> = face.engine.snapshot().journal.iter().map(|line| line.sentence.clone()).collect();
    assert!(said.iter().any(|line| line.contains("composting")), "{said:?}");
}

#[test]
fn a_token_that_is_revoked_stops_the_watch_with_its_trouble() {
    let desk = Desk::of("queue-waits");
    let face = Face::of(&desk);
    let run = face.start(&desk);
    desk.practice.trigger(fault("on = \"export_status\"\ntimes = 0\nkind = \"token_revoked\""));
    let trouble =
        face.until(|picture| picture.runs.iter().find(|view| view.run.id == run)?.watch.trouble.clone());
    assert_eq!(trouble.code, Code::TokenRejected, "{trouble:?}");
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
    let desk = Desk::paced(lesson, pace);
    let face = Face::paced(&desk, pace);
    let asks: Vec<_> = paths
        .iter()
        .map(|path| {
            face.engine.send(Command::Start {
                instance: desk.practice.url().into(),
                project: path.clone(),
                case: None,
                options: StartOptions::default(),
            })
        })
        .collect();
    for ask in asks {
        let result =
            face.until(|picture| picture.replies.iter().find(|r| r.ask == ask).map(|r| r.result.clone()));
        assert!(matches!(result, Ok(Answer::Run(_))), "{result:?}");
    }
    let limited = desk.practice.requests().iter().filter(|seen| seen.status == 429).count();
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
    let picture = engine.snapshot();
    let practice = picture.practice.clone().expect("it runs from the first picture on");
    assert!(practice.lessons.len() >= 8);
    assert!(picture.instances.iter().any(|instance| instance.is_practice && instance.url == practice.url));
}

#[test]
fn an_instance_that_answers_with_pages_is_named() {
    let desk = Desk::of("html-instead-of-json");
    let face = Face::of(&desk);
    let result = face.ask(Command::Try {
        instance: desk.practice.url().into(),
        token: Token::new("glpat-wrong".into()).unwrap(),
    });
    assert!(result.is_err());
    let verify = face.ask(Command::Verify {
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
    let desk = Desk::of("first-export");
    let face = Face::with(Setup { token: None, instance: None, ..Face::setup(&desk) });
    let instance = desk.practice.url().to_owned();
    let token = || Token::new(desk.practice.token().to_owned()).unwrap();
    let tried = face.ask(Command::Try { instance: instance.clone(), token: token() });
    assert!(matches!(tried, Ok(Answer::Checked(_))), "{tried:?}");
    let wrong = Token::new("glpat-wrong".into()).unwrap();
    assert!(face.ask(Command::Try { instance: instance.clone(), token: wrong }).is_err());
    let nowhere = Token::new("glpat-wrong".into()).unwrap();
    let none =
        face.ask(Command::Connect { instance: "http://127.0.0.1:1".into(), token: nowhere }).unwrap_err();
    assert!(none.headline.starts_with("Export Desk cannot connect to the server: "), "{none}");
    assert!(!none.headline.contains("It said") && !none.headline.contains("os error"), "{none}");
    assert!(face.engine.snapshot().instances.is_empty(), "nothing was connected yet");
    face.ask(Command::Connect { instance: instance.clone(), token: token() }).unwrap();
    let instances = face.engine.snapshot().instances.clone();
    assert_eq!(instances.len(), 1);
    assert_eq!(instances[0].account.as_ref().map(|account| account.user.is_some()), Some(true));
}
