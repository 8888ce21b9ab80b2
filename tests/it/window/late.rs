//! A window whose frames are late: nothing that is typed lands in another field. And the end of the window's program.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use egui::accesskit::Role;

use super::driver::Window;
use super::paths::{begin_slow_download, slow};
use crate::fixture::{End, bare_program};
use crate::screen::{Display, can_show, can_type};
use crate::waiting::{InTime as _, succeeds, until};

/// How many threads keep the machine busy while a person types.
const BUSY: usize = 4;

/// After this time without a byte, a connection to a real GitLab counts as stalled.
const STALLED: Duration = Duration::from_mins(1);

/// Threads that do nothing but work, until this is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn begin() -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        for _ in 0..BUSY {
            let ends = Arc::clone(&ends);
            std::thread::spawn(move || {
                while !ends.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(ends)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What is typed, with the key that follows it.
const TYPED: [(&str, &str); 9] = [
    ("", "ctrl+n"),
    (
        "https://gitlab.zendesk.com/agent/tickets/418822 https://gitlab.com/acme/platform/monorepo",
        "ctrl+Return",
    ),
    ("2026-11-20 10:00 UTC", "Return"),
    ("Export failed. Try again.", "Return"),
    ("2026-11-20 12:10 UTC", "Return"),
    ("export_status: none", "Return"),
    ("https://log.gprd.gitlab.net/app/r/s/aBcD1", "Return"),
    // The Sentry link is optional.
    ("", "Return"),
    ("https://gitlab.com/gitlab-org/gitlab/-/issues/330833", "Return"),
];

/// From an empty window to a case with its attempts and links: typed blindly on a real keyboard, 12 ms a key, without
/// waiting for the window even once, while the machine is busy.
#[test]
fn what_is_typed_faster_than_the_window_draws_lands_where_it_belongs() {
    if !can_show() || !can_type() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    window.wait_for(Role::Button, "Connect to GitLab");
    window.resize(1280, 800);
    let xdotool = || {
        let mut command = Command::new("xdotool");
        command.env("DISPLAY", &display.name);
        command
    };
    succeeds(xdotool().args(["search", "--onlyvisible", "--name", "Export Desk", "windowfocus", "--sync"]));
    let busy = Busy::begin();
    let mut typing = xdotool();
    for (text, key) in TYPED {
        if !text.is_empty() {
            typing.args(["type", "--delay", "12", "--args", "1", text]);
        }
        typing.args(["key", "--delay", "12", key]);
    }
    succeeds(&mut typing);
    let shown = window.wait_for(Role::Button, "Copy and mark as posted");
    assert!(!shown.disabled);
    let case = until("the case with the link to the bug", || {
        let mut program = bare_program(home.path());
        program.args(["case", "show", "1", "--json", "--data-dir"]).arg(home.path().join("data"));
        let end = End::of(&program.output_in_time().unwrap());
        (end.exit == 0 && !end.result()["facts"]["bug_issue"].is_null()).then(|| end.result().clone())
    });
    drop(busy);
    window.picture("49-typed-blindly");
    assert_eq!(case["project"]["path"], "acme/platform/monorepo", "{case}");
    for (fact, value) in [
        ("ui_attempt_at", "2026-11-20T10:00:00Z"),
        ("ui_attempt_message", TYPED[3].0),
        ("api_attempt_at", "2026-11-20T12:10:00Z"),
        ("api_attempt_message", TYPED[5].0),
        ("kibana_link", TYPED[6].0),
        ("bug_issue", TYPED[8].0),
    ] {
        assert_eq!(case["facts"][fact], value, "{case}");
    }
    assert!(case["facts"]["sentry_link"].is_null(), "{case}");
}

/// The program ends with its window, and does not wait for a download that gets no bytes: it would take a minute until
/// that connection counts as stalled and is tried again. The printed time is for people.
#[test]
fn the_program_ends_with_its_window_while_a_download_stalls() {
    if !can_show() {
        return;
    }
    let fixture = slow("on = \"object\"\ntimes = 0\nkind = \"stall_after\"\nbytes = 2000000");
    let display = Display::open();
    let (url, token) = (fixture.practice.url().to_owned(), fixture.practice.token().to_owned());
    // Without `--pace`: with the waiting times of a real GitLab.
    let mut window = Window::open_with(&display, fixture.folder.path(), |command| {
        command.args(["--instance", &url]).env("EXPORT_DESK_TOKEN", &token);
    });
    begin_slow_download(&mut window);
    let began = Instant::now();
    let end = window.quit();
    let took = began.elapsed();
    println!("the program ended {} ms after its window", took.as_millis());
    assert!(end.success(), "{end}");
    assert!(took < STALLED, "it waited until the connection counted as stalled");
    let left = std::fs::read_dir(fixture.folder.path().join("Downloads/export-desk")).unwrap();
    let names: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.ends_with(".part")), "it was not in the middle: {names:?}");
}
