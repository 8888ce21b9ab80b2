//! Tokens in a real secret service, and without one.
//!
//! `.ci/run` starts gnome-keyring under `dbus-run-session` and sets `EXPORT_DESK_SECRET_SERVICE`.

use export_desk::engine::api::{Answer, Command, Token, TokenState};

use crate::desk::Desk;
use crate::face::Face;

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
    face.ask(Command::Check { instance: desk.practice.url().into(), project: None, contents: false })
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
