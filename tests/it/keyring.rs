//! Tokens in a real secret service, and without one.
//!
//! `.ci/run` starts gnome-keyring under `dbus-run-session` and sets `EXPORT_DESK_SECRET_SERVICE`.

use export_desk::engine::api::{Answer, Command, Token, TokenState};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

fn service_is_there() -> bool {
    let there = std::env::var_os("EXPORT_DESK_SECRET_SERVICE").is_some();
    if !there {
        eprintln!("skipped: no secret service was started for this (see .ci/run)");
    }
    there
}

fn connect(front_end: &FrontEnd, fixture: &Fixture) -> TokenState {
    let token = Token::new(fixture.practice.token().to_owned()).unwrap();
    match front_end.ask(Command::Connect { instance: fixture.practice.url().into(), token }) {
        Ok(Answer::Checked(check)) => check.token,
        other => panic!("{other:?}"),
    }
}

fn check(front_end: &FrontEnd, fixture: &Fixture) -> Result<Answer, export_desk::case::UserError> {
    front_end.ask(Command::Check { instance: fixture.practice.url().into(), project: None })
}

#[test]
fn a_token_survives_the_program_in_the_keyring_and_nowhere_else() {
    if !service_is_there() {
        return;
    }
    let fixture = Fixture::of("first-export");
    {
        let front_end = FrontEnd::with_keyring(&fixture);
        assert_eq!(connect(&front_end, &fixture), TokenState::InKeyring);
    }
    let front_end = FrontEnd::with_keyring(&fixture);
    assert!(check(&front_end, &fixture).is_ok(), "the next start finds it");
    front_end.ask(Command::Forget { instance: fixture.practice.url().into() }).unwrap();
    drop(front_end);
    let front_end = FrontEnd::with_keyring(&fixture);
    let forgotten = check(&front_end, &fixture);
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
    let fixture = Fixture::of("first-export");
    {
        let front_end = FrontEnd::with_keyring(&fixture);
        assert_eq!(connect(&front_end, &fixture), TokenState::ThisRunOnly);
        assert!(check(&front_end, &fixture).is_ok(), "it is good for this run");
    }
    let front_end = FrontEnd::with_keyring(&fixture);
    assert!(check(&front_end, &fixture).is_err(), "and for no other");
}
