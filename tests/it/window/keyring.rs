//! A token in a real secret service: stored, found again, and unavailable while the service is locked.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers};

use super::driver::Window;
use crate::fixture::{End, Fixture};
use crate::screen::{Display, can_show};
use crate::waiting::{Ends, InTime as _, first_line, output, output_of, succeeds};

/// A separate session bus.
struct Bus {
    _daemon: Ends,
    address: String,
}

impl Bus {
    fn open(home: &Path) -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .env_clear()
            .env("HOME", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = first_line(&mut daemon);
        Self { _daemon: Ends(daemon), address: address.trim().to_owned() }
    }

    fn has_secret_service(&self) -> bool {
        let asked = Command::new("dbus-send")
            .args(["--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .output_in_time()
            .unwrap();
        String::from_utf8_lossy(&asked.stdout).contains("boolean true")
    }

    /// gnome-keyring with the keyrings of `home`: with a password they are created or unlocked, without one they stay
    /// locked.
    fn keyring(&self, home: &Path, password: Option<&str>) -> Ends {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        command.args(password.map(|_| "--unlock"));
        let mut daemon = command
            .env_clear()
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = daemon.stdin.take().unwrap();
        input.write_all(password.unwrap_or_default().as_bytes()).unwrap();
        drop(input);
        let daemon = Ends(daemon);
        for _ in 0..1500 {
            if self.has_secret_service() {
                return daemon;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("gnome-keyring does not answer");
    }
}

/// Whether this machine has a secret service to start; with `CI` set it must.
fn can_lock() -> bool {
    let there = ["dbus-daemon", "gnome-keyring-daemon"]
        .into_iter()
        .all(|program| Command::new(program).arg("--version").output_in_time().is_ok());
    if !there {
        let missing =
            "dbus-daemon or gnome-keyring-daemon is missing (Debian: apt install dbus gnome-keyring)";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("skipped: {missing}");
    }
    there
}

fn open(display: &Display, bus: &Bus, home: &Path) -> Window {
    Window::open_with(display, home, |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    })
}

/// Waits until the top bar's text about the token starts with `beginning`.
fn token_says(window: &mut Window, beginning: &str) {
    window.until(&format!("“{beginning}…” at the top"), |all| {
        all.iter().find(|found| found.role == Role::Label && found.name.starts_with(beginning)).map(|_| ())
    });
}

#[test]
fn a_token_is_kept_found_again_and_missed_while_the_keyring_is_locked() {
    if !can_show() || !can_lock() {
        return;
    }
    let fixture = Fixture::of("first-export");
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let bus = Bus::open(home.path());
    let unlocked = bus.keyring(home.path(), Some("practice"));

    let mut window = open(&display, &bus, home.path());
    window.click(Role::Button, "Connect to GitLab");
    window.wait_for(Role::Button, "Cancel");
    // The token field has the keyboard focus; the URL is filled in already.
    window.write(fixture.practice.token());
    window.press(Key::Tab, Modifiers::SHIFT);
    window.press(Key::A, Modifiers::COMMAND);
    window.write(fixture.practice.url());
    window.picture("50-connect");
    window.click(Role::Button, "Save and connect");
    token_says(&mut window, "token");
    window.press(Key::Comma, Modifiers::COMMAND);
    window.picture("51-token-in-keyring");
    window.kill();

    let mut window = open(&display, &bus, home.path());
    token_says(&mut window, "token");
    window.kill();

    drop(unlocked);
    let _locked = bus.keyring(home.path(), None);
    let mut window = open(&display, &bus, home.path());
    token_says(&mut window, "keyring locked");
    window.press(Key::Comma, Modifiers::COMMAND);
    window.wait_for_text("The keyring is locked or has not allowed access.");
    window.picture("52-keyring-locked");
}

#[test]
fn a_keyring_that_answers_late_counts_and_a_command_does_not_wait_for_it_without_end() {
    if !can_show() || !can_lock() {
        return;
    }
    let fixture = Fixture::of("first-export");
    let home = fixture.folder.path();
    let display = Display::open();
    let bus = Bus::open(home);
    let keyring = bus.keyring(home, Some("practice"));
    let by_keyring = |words: &[&str]| {
        let mut command = fixture.program(words);
        command.env_remove("EXPORT_DESK_TOKEN").env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        command
    };
    let mut set = by_keyring(&["token", "set"]);
    let mut set = set.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(set.stdin.take().unwrap(), "{}", fixture.practice.token()).unwrap();
    assert_eq!(End::of(&output_of(set, "token set")).exit, 0);
    // The service is there and says nothing, like a prompt that waits for a person.
    let signal = |name: &str| succeeds(Command::new("kill").args([name, &keyring.0.id().to_string()]));
    signal("-STOP");
    let mut window = Window::open_with(&display, home, |command| {
        command.args(["--instance", fixture.practice.url(), "--pace", "0.001"]);
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    });
    token_says(&mut window, "keyring locked");
    let end = End::of(&output(&mut by_keyring(&["check"]), "a command beside a window that waits"));
    assert_eq!((end.exit, end.code()), (4, "keyring_locked"), "{}", end.result());
    assert!(end.result()["hint"].as_str().unwrap().contains("keyring"), "{}", end.result());
    signal("-CONT");
    token_says(&mut window, "token");
    assert_eq!(End::of(&output(&mut by_keyring(&["check"]), "a command after the answer")).exit, 0);
}
