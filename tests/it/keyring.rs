//! Tokens in a real secret service, and without one.
//!
//! `.ci/run` starts gnome-keyring under `dbus-run-session` and sets `EXPORT_DESK_SECRET_SERVICE`.

use export_desk::case::{Code, RebuildOutcome};
use export_desk::engine::api::{Answer, Command, DownloadState, KeyringHead, TokenState};
use export_desk::engine::{Setup, Timing};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;
use crate::waiting::Lines;

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";

fn service_is_there() -> bool {
    let there = std::env::var_os("EXPORT_DESK_SECRET_SERVICE").is_some();
    if !there {
        eprintln!("skipped: no secret service was started for this (see .ci/run)");
    }
    there
}

fn check(front_end: &FrontEnd, fixture: &Fixture) -> Result<Answer, export_desk::case::UserError> {
    front_end.ask(Command::Check { instance: fixture.practice.url().into(), project: None, contents: false })
}

#[test]
fn a_token_survives_the_program_in_the_keyring_and_nowhere_else() {
    if !service_is_there() {
        return;
    }
    let fixture = Fixture::of("first-export");
    {
        let front_end = FrontEnd::with_keyring(&fixture);
        assert_eq!(front_end.connect(&fixture), TokenState::InKeyring);
    }
    let front_end = FrontEnd::with_keyring(&fixture);
    assert!(check(&front_end, &fixture).is_ok(), "the next start finds it");
    front_end.ask(Command::Forget { instance: fixture.practice.url().into() }).unwrap();
    drop(front_end);
    let front_end = FrontEnd::with_keyring(&fixture);
    let forgotten = check(&front_end, &fixture);
    assert!(forgotten.is_err(), "forgotten is forgotten: {forgotten:?}");
}

fn audit(front_end: &FrontEnd) -> Result<KeyringHead, export_desk::case::UserError> {
    match front_end.ask(Command::Audit)? {
        Answer::Audited { head, .. } => Ok(head),
        other => panic!("{other:?}"),
    }
}

fn open_case(front_end: &FrontEnd, fixture: &Fixture, project: &str) {
    let instance = fixture.practice.url().to_owned();
    let opened = front_end.ask(Command::NewCase { ticket: None, instance, project: project.into() });
    assert!(opened.is_ok(), "{opened:?}");
}

#[test]
fn the_keyring_keeps_the_journals_head_and_sees_an_older_copy() {
    if !service_is_there() {
        return;
    }
    let fixture = Fixture::of("first-export");
    let database = fixture.data_dir().join("export-desk.sqlite");
    {
        let front_end = FrontEnd::with_keyring(&fixture);
        open_case(&front_end, &fixture, "acme/webshop");
    }
    assert!(matches!(audit(&FrontEnd::with_keyring(&fixture)), Ok(KeyringHead::Row(1..))));
    let older = std::fs::read(&database).unwrap();
    {
        let front_end = FrontEnd::with_keyring(&fixture);
        open_case(&front_end, &fixture, "acme/handbook");
    }
    std::fs::write(&database, older).unwrap();
    for tries in 1..=2 {
        let front_end = FrontEnd::with_keyring(&fixture);
        let error = audit(&front_end).unwrap_err();
        assert_eq!(error.code, export_desk::case::Code::JournalBroken, "{tries}: {error}");
        let hint = format!("{:?}", error.hint);
        assert!(hint.contains("journal of"), "{hint}");
        // The keyring's head is the evidence: the rows that now follow do not replace it.
        open_case(&front_end, &fixture, "acme/webshop");
    }
}

#[test]
fn without_a_keyring_an_audit_says_what_it_cannot_see() {
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        eprintln!("skipped: this session has a bus, and a keyring may answer on it");
        return;
    }
    let fixture = Fixture::of("first-export");
    let opened = fixture.run(&["case", "new", "--ticket", TICKET, "--project", "acme/webshop"]);
    assert_eq!(opened.exit, 0, "{}", opened.stderr);
    let end = fixture.run(&["case", "audit"]);
    assert_eq!((end.exit, &end.result()["head"]), (0, &"no_keyring".into()), "{}", end.stderr);
    let said = "This computer has no keyring, so the audit cannot detect rewritten last rows.";
    assert!(end.stderr.contains(said), "{}", end.stderr);
}

#[test]
fn without_a_keyring_the_token_is_for_this_run_and_the_window_shows_it() {
    if std::env::var_os("EXPORT_DESK_SECRET_SERVICE").is_some() {
        return;
    }
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        eprintln!("skipped: this session has a bus, and a keyring may answer on it");
        return;
    }
    let fixture = Fixture::of("first-export");
    {
        let front_end = FrontEnd::with_keyring(&fixture);
        assert_eq!(front_end.connect(&fixture), TokenState::ThisRunOnly);
        assert!(check(&front_end, &fixture).is_ok(), "it is good for this run");
    }
    let front_end = FrontEnd::with_keyring(&fixture);
    assert!(check(&front_end, &fixture).is_err(), "and for no other");
}

/// The real program, with the secret service of this machine if there is one.
fn token_command(fixture: &Fixture, words: &[&str], typed: &str) -> crate::fixture::End {
    let mut command = fixture.program(words);
    command.env_remove("EXPORT_DESK_TOKEN").stdin(std::process::Stdio::piped());
    if let (true, Some(bus)) = (service_is_there(), std::env::var_os("DBUS_SESSION_BUS_ADDRESS")) {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
    let mut program =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = program.stdin.take().unwrap();
    // A command that refuses reads nothing.
    std::io::Write::write_all(&mut stdin, typed.as_bytes()).ok();
    drop(stdin);
    crate::fixture::End::of(&crate::waiting::output_of(program, &format!("{words:?}")))
}

#[test]
fn a_token_is_typed_once_and_then_every_command_has_it() {
    let fixture = Fixture::of("first-export");
    let (token, project) = (fixture.practice.token(), fixture.lesson.project.as_str());
    let status = token_command(&fixture, &["token", "status"], "");
    assert_eq!((status.exit, status.code()), (4, "token_missing"));
    for typed in ["", "\n", "two words\n"] {
        let end = token_command(&fixture, &["token", "set"], typed);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{typed:?}");
    }
    let end = token_command(&fixture, &["token", "set"], "glpat-of-nobody\n");
    assert_eq!((end.exit, end.code()), (4, "token_rejected"));
    let end = token_command(&fixture, &["token", "set"], &format!("{token}\n"));
    assert!(!format!("{:?}{}", end.lines, end.stderr).contains(token));
    if !service_is_there() {
        assert_eq!((end.exit, end.code()), (10, "local"), "{:?}", end.lines);
        assert_eq!(end.result()["token"], "this_run_only");
        return;
    }
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    assert_eq!(end.result()["token"], "in_keyring");
    let end = token_command(&fixture, &["export", "status", project], "");
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    let end = token_command(&fixture, &["instances"], "");
    let instances = end.result()["instances"].as_array().unwrap().clone();
    assert_eq!((instances.len(), &instances[0]["token"]), (1, &"in_keyring".into()), "{instances:?}");
    let end = token_command(&fixture, &["token", "forget"], "");
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    let end = token_command(&fixture, &["export", "status", project], "");
    assert_eq!((end.exit, end.code()), (4, "token_missing"));
    for file in crate::credentials::walk(fixture.folder.path()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{}", file.display());
    }
}

/// Kills a download that has begun.
fn kill_at_work(fixture: &Fixture, words: &[&str]) {
    let mut child = fixture.spawn(words);
    let moves = |line: Result<String, _>| line.is_ok_and(|line: String| line.contains("progress"));
    assert!(Lines::of(&mut child).any(moves), "it downloads");
    crate::waiting::killed(&mut child);
}

/// The tokens that the program keeps are for work that nobody else continues.
#[test]
fn work_that_an_earlier_program_left_uses_the_token_of_its_caller() {
    let keeps_a_token = |fixture: &Fixture| {
        if service_is_there() {
            assert_eq!(FrontEnd::with_keyring(fixture).connect(fixture), TokenState::InKeyring);
        }
    };
    let fixture = Fixture::of("first-export");
    keeps_a_token(&fixture);
    for verb in ["start", "watch"] {
        let end = fixture.run(&["export", verb, &fixture.lesson.project]);
        assert_eq!(end.exit, 0, "{verb}: {:?}", end.lines);
    }

    let slow = "on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 20000000";
    let fixture = crate::download::large(&[slow]);
    keeps_a_token(&fixture);
    let target = fixture.downloads().join("mine.tar.gz");
    let words = ["export", "download", crate::download::PROJECT, "--output", target.to_str().unwrap()];
    kill_at_work(&fixture, &words);
    let end = fixture.run(&words);
    assert_eq!(
        (end.exit, end.result()["verdict"].as_str()),
        (0, Some("importable")),
        "{:?}",
        end.lines.last()
    );
}

/// After a crash on a computer without a keyring, the window has no token before the person connects.
#[test]
fn a_download_that_an_earlier_program_left_continues_with_the_first_token() {
    let slow = "on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 20000000";
    let fixture = crate::download::large(&[slow]);
    let without_token = || FrontEnd::with(Setup { token: None, ..FrontEnd::setup(&fixture) });
    // The window knows the instance from an earlier day.
    without_token().connect(&fixture);
    let target = fixture.downloads().join("mine.tar.gz");
    let words = ["export", "download", crate::download::PROJECT, "--output", target.to_str().unwrap()];
    kill_at_work(&fixture, &words);
    let front_end = without_token();
    let error = front_end.until(|snapshot| snapshot.downloads.first()?.error.clone());
    assert_eq!(error.code, Code::TokenMissing, "{error:?}");
    front_end.connect(&fixture);
    front_end.until(|snapshot| (snapshot.downloads.first()?.state == DownloadState::Done).then_some(()));
    assert!(target.exists());
}

#[test]
fn a_rebuild_that_an_earlier_program_left_continues_with_the_first_token() {
    let fixture = Fixture::paced(crate::relations::without_faults("relations-batched"), 0.05);
    let folder = fixture.folder.path().join("relations");
    let words = ["relations", "rebuild", &fixture.lesson.project, "--folder", folder.to_str().unwrap()];
    let mut child = fixture.spawn(&words);
    let has_begun = |line: std::io::Result<String>| {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        line["ready"].as_u64().is_some_and(|ready| ready > 0)
    };
    assert!(Lines::of(&mut child).any(has_begun), "GitLab exports");
    crate::waiting::killed(&mut child);
    let timing = Timing::scaled(0.05);
    let front_end = FrontEnd::with(Setup { token: None, timing, ..FrontEnd::setup(&fixture) });
    let failed = front_end.until(|snapshot| match &snapshot.rebuilds.first()?.job.outcome {
        Some(RebuildOutcome::Failed { error, .. }) => Some(error.clone()),
        _ => None,
    });
    assert_eq!(failed.code, Code::TokenMissing, "{failed:?}");
    front_end.connect(&fixture);
    front_end.until(|snapshot| {
        let outcome = snapshot.rebuilds.first()?.job.outcome.clone();
        matches!(outcome, Some(RebuildOutcome::Built { .. })).then_some(())
    });
    assert_eq!(crate::fixture::posts(&fixture, "export_relations"), 1, "it was requested once");
}
