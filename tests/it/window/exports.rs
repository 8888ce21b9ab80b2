//! Exports of many projects in the real window: the check, one click, the finished batch and its table.

use egui::accesskit::Role;
use egui::{Key, Modifiers};

use super::driver::Window;
use crate::batches::{lesson_of, posts, refused};
use crate::fixture::Fixture;
use crate::screen::{Display, can_show};

const CMD_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
/// A project that the token cannot export, and one with a finished file.
const OTHERS: &str = "[[world.project]]\npath = \"many/developer\"\nrole = 30\n[[world.project]]\npath = \"many/finished\"\nearlier = \"file\"\n";

fn open_on(display: &Display, fixture: &Fixture, pace: f64) -> Window {
    let (url, token) = (fixture.practice.url().to_owned(), fixture.practice.token().to_owned());
    let mut window = Window::open_with(display, fixture.folder.path(), |command| {
        command.args(["--instance", &url, "--pace", &pace.to_string()]).env("EXPORT_DESK_TOKEN", &token);
    });
    window.resize(1280, 1600);
    window.wait_for(Role::Button, "New case");
    window
}

/// Pictures of the page in three sizes, the one in the middle in the other theme.
fn pictures(window: &mut Window, name: &str) {
    for (width, height, is_other) in [(900, 600, false), (1280, 800, true), (2000, 1200, false)] {
        window.resize(width, height);
        window.scroll(-5000.0);
        let theme = if is_other { "-other-theme" } else { "" };
        if is_other {
            window.press(Key::L, CMD_SHIFT);
        }
        window.picture(&format!("{name}-{width}{theme}"));
        if is_other {
            window.press(Key::L, CMD_SHIFT);
        }
    }
    window.resize(1280, 1600);
}

/// A pasted list, the check, the reasons, one click, and every archive verified.
#[test]
fn a_pasted_list_is_checked_and_exported_with_one_click() {
    if !can_show() {
        return;
    }
    let fixture = Fixture::paced(lesson_of(3, OTHERS), 0.01);
    let display = Display::open();
    let mut window = open_on(&display, &fixture, 0.01);
    window.press(Key::F, CMD_SHIFT);
    window.wait_for_focus("Projects");
    window.write("many/p1\nmany/p2\nmany/p3\nmany/developer\nmany/finished\nnobody/nothing\nmany/P1\n");
    window.click(Role::Button, "Check the projects");
    window.wait_for_text("3 of 6 projects can be exported");
    window.wait_for_text("1 line repeats a project of an earlier line.");
    window.wait_for_text("A finished export exists. A new export deletes its file immediately.");
    pictures(&mut window, "70-export-several");
    assert_eq!(posts(&fixture), 0, "nothing is requested before the click");
    window.click(Role::Button, "Export 3 projects");
    window.wait_for_text("3 of 3 projects done.");
    pictures(&mut window, "71-batch-done");
    assert_eq!((posts(&fixture), refused(&fixture)), (3, 0));
    window.click(Role::Button, "Save the table…");
    window.wait_for_text("The listed projects, in the listed order.");
    window.picture("72-batch-table");
}
