//! Tokens in a real secret service, and without one.
//!
//! `.ci/run` starts gnome-keyring under `dbus-run-session` and sets `EXPORT_DESK_SECRET_SERVICE`.

use export_desk::engine::api::{Answer, Command, KeptHead, Token, TokenState};

use crate::desk::Desk;
use crate::face::Face;

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";

fn service_is_there() -> bool {
    let there = std::env::var_os("EXPORT_DESK_SECRET_SERVICE").is_some();
    if !there {
        eprintln!("skipped: no secret service was started for this (see .ci/run)");
    }
    there
}

fn connect(face: &Face, desk: &Desk) -> TokenState {
    let token = Token::new(desk.practice.token().to_owned()).unwrap();
    match face.ask(Command::Connect { instance: desk.practice.url().into(), token }) {
        Ok(Answer::Checked(check)) => check.token,
        other => panic!("{other:?}"),
    }
}

fn check(face: &Face, desk: &Desk) -> Result<Answer, export_desk::case::UserError> {
    face.ask(Command::Check { instance: desk.practice.url().into(), project: None })
}

#[test]
fn a_token_survives_the_program_in_the_keyring_and_nowhere_else() {
    if !service_is_there() {
        return;
    }
    let desk = Desk::of("first-export");
    {
        let face = Face::with_keyring(&desk);
        assert_eq!(connect(&face, &desk), TokenState::InKeyring);
    }
    let face = Face::with_keyring(&desk);
    assert!(check(&face, &desk).is_ok(), "the next start finds it");
    face.ask(Command::Forget { instance: desk.practice.url().into() }).unwrap();
    drop(face);
    let face = Face::with_keyring(&desk);
    let forgotten = check(&face, &desk);
    assert!(forgotten.is_err(), "forgotten is forgotten: {forgotten:?}");
}

fn audit(face: &Face) -> Result<KeptHead, export_desk::case::UserError> {
    match face.ask(Command::Audit)? {
        Answer::Audited { head, .. } => Ok(head),
        other => panic!("{other:?}"),
    }
}

fn open_case(face: &Face, desk: &Desk, project: &str) {
    let instance = desk.practice.url().to_owned();
    let opened = face.ask(Command::NewCase { ticket: None, instance, project: project.into() });
    assert!(opened.is_ok(), "{opened:?}");
}

#[test]
fn the_keyring_keeps_the_journals_head_and_sees_an_older_copy() {
    if !service_is_there() {
        return;
    }
    let desk = Desk::of("first-export");
    let database = desk.data_dir().join("export-desk.sqlite");
    {
        let face = Face::with_keyring(&desk);
        open_case(&face, &desk, "acme/webshop");
    }
    assert!(matches!(audit(&Face::with_keyring(&desk)), Ok(KeptHead::Row(1..))));
    let older = std::fs::read(&database).unwrap();
    {
        let face = Face::with_keyring(&desk);
        open_case(&face, &desk, "acme/handbook");
    }
    std::fs::write(&database, older).unwrap();
    for tries in 1..=2 {
        let face = Face::with_keyring(&desk);
        let trouble = audit(&face).unwrap_err();
        assert_eq!(trouble.code, export_desk::case::Code::JournalBroken, "{tries}: {trouble}");
        let hint = format!("{:?}", trouble.hint);
        assert!(hint.contains("journal of"), "{hint}");
        // The keyring's head is the evidence: the rows that now follow do not replace it.
        open_case(&face, &desk, "acme/webshop");
    }
}

#[test]
fn without_a_keyring_an_audit_says_what_it_cannot_see() {
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        eprintln!("skipped: this session has a bus, and a keyring may answer on it");
        return;
    }
    let desk = Desk::of("first-export");
    let opened = desk.run(&["case", "new", "--ticket", TICKET, "--project", "acme/webshop"]);
    assert_eq!(opened.exit, 0, "{}", opened.stderr);
    let end = desk.run(&["case", "audit"]);
    assert_eq!((end.exit, &end.result()["head"]), (0, &"no_keyring".into()), "{}", end.stderr);
    let said = "This computer has no keyring, so rewritten last rows are not seen.";
    assert!(end.stderr.contains(said), "{}", end.stderr);
}

#[test]
fn without_a_keyring_the_token_is_for_this_run_and_the_window_is_told() {
    if std::env::var_os("EXPORT_DESK_SECRET_SERVICE").is_some() {
        return;
    }
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        eprintln!("skipped: this session has a bus, and a keyring may answer on it");
        return;
    }
    let desk = Desk::of("first-export");
    {
        let face = Face::with_keyring(&desk);
        assert_eq!(connect(&face, &desk), TokenState::ThisRunOnly);
        assert!(check(&face, &desk).is_ok(), "it is good for this run");
    }
    let face = Face::with_keyring(&desk);
    assert!(check(&face, &desk).is_err(), "and for no other");
}
