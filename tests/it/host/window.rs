//! The real window, with commands beside it.

use std::process::{Command, Stdio};

use egui::accesskit::Role;

use super::{Holder, TICKET};
use crate::fixture::{End, Fixture, PACE};
use crate::screen::{Display, can_show};
use crate::waiting::{Ends, Lines, killed, output};
use crate::window::driver::Window;

/// Seven hours of an unchanged status, after which an export counts as stuck and waits no more, take longer than a test.
const NEVER_STUCK: f64 = 0.03;

fn window(fixture: &Fixture, display: &Display, pace: f64) -> Window {
    Window::open_with(display, fixture.folder.path(), |command: &mut Command| {
        command.args(["--instance", fixture.practice.url(), "--pace", &pace.to_string()]);
    })
}

#[test]
fn the_window_shows_at_once_what_commands_do() {
    if !can_show() {
        return;
    }
    let fixture = Fixture::of("first-export");
    let display = Display::open();
    let mut window = window(&fixture, &display, PACE);
    window.wait_for(Role::Button, "Connect to GitLab");
    let project = fixture.lesson.project.clone();
    let end = fixture.run(&["case", "new", "--ticket", TICKET, "--project", &project]);
    assert_eq!(end.exit, 0, "{:?} {}", end.lines, end.stderr);
    window.wait_for_text("418822");
    let downloads = fixture.downloads();
    let end = fixture.run(&["export", "start", &project, "--download", downloads.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{:?} {}", end.lines, end.stderr);
    assert_eq!(end.result()["verdict"], "importable");
    let end = fixture.run(&["case", "set", "1", "requester=Maria Lopez"]);
    assert_eq!(end.exit, 0, "{:?} {}", end.lines, end.stderr);
    window.wait_for_text("Maria Lopez");
    window.picture("host-1-commands-beside-the-window");
    // The commands' token stayed with the commands.
    let mut command = fixture.program(&["export", "status", &project]);
    let end = End::of(&output(command.env_remove("EXPORT_DESK_TOKEN"), "a command without a token"));
    assert_eq!((end.exit, end.code()), (4, "token_missing"));
}

/// Reads on until the command says that another program carries it out; until then it may report more statuses.
fn until_notice(lines: &mut Lines) {
    let notice = lines.map(Result::unwrap).find(|line| {
        assert!(line.contains("status") || line.contains("notice"), "{line}");
        line.contains("notice")
    });
    notice.expect("the command ended");
}

/// Reads on until the command reports a status again. Between two hosts it may be the host itself for a moment, and then
/// says a second time that another program carries it out.
fn until_status(lines: &mut Lines) {
    let status = lines.map(Result::unwrap).find(|line| {
        assert!(line.contains("status") || line.contains("notice"), "{line}");
        line.contains("status")
    });
    status.expect("the command ended");
}

#[test]
fn a_command_gives_way_to_the_window_and_continues_after_it() {
    if !can_show() {
        return;
    }
    let fixture = Fixture::paced(export_desk::practice::lesson("first-export").unwrap(), NEVER_STUCK);
    let project = &fixture.lesson.project;
    assert_eq!(fixture.run(&["case", "new", "--ticket", TICKET, "--project", project]).exit, 0);
    let mut holder = Holder::of(&fixture);
    let mut guest = fixture.program(&["export", "watch", project]);
    let mut guest = Ends(guest.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = Lines::of(&mut guest.0);
    assert!(lines.next().unwrap().unwrap().contains("status"));
    let display = Display::open();
    let mut window = window(&fixture, &display, NEVER_STUCK);
    // The case of a running export waits for GitLab.
    window.wait_for_text("Waiting 1");
    window.picture("host-2-the-window-took-over");
    until_notice(&mut lines);
    until_status(&mut lines);
    for program in [&mut holder.program.0, &mut guest.0] {
        assert!(program.try_wait().unwrap().is_none(), "both still wait");
    }
    let lock = || std::fs::read_to_string(fixture.data_dir().join("export-desk.lock")).unwrap_or_default();
    assert_eq!(lock(), window.process().to_string());
    window.end();
    // One of the two is the host now.
    until_notice(&mut lines);
    assert_eq!(fixture.run(&["case", "list"]).exit, 0);
    assert_eq!(super::posts(&fixture, "/export"), 1);
    killed(&mut holder.program.0);
    assert_eq!(fixture.run(&["case", "list"]).exit, 0);
}
