//! From a failed export to a rebuilt archive in the real window: by mouse, by keyboard, and with a gap.

use egui::accesskit::Role;
use egui::{Key, Modifiers};

use super::driver::Window;
use crate::fixture::{Fixture, PACE, posts};
use crate::screen::{Display, can_show};

const CMD_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const OFFER: &str = "Fallback: rebuild the archive";
const RECEIPT: &str = "Copy the receipt of the rebuilt archive";

/// Slow enough that each step is on the screen for a moment.
const SLOW: f64 = 0.03;

fn open_on(display: &Display, fixture: &Fixture, pace: f64) -> Window {
    let (url, token) = (fixture.practice.url().to_owned(), fixture.practice.token().to_owned());
    Window::open_with(display, fixture.folder.path(), |command| {
        command.args(["--instance", &url, "--pace", &pace.to_string()]).env("EXPORT_DESK_TOKEN", &token);
    })
}

/// Opens a case of the lesson's project.
fn open_case(window: &mut Window, fixture: &Fixture) {
    window.wait_for(Role::Button, "New case");
    window.press(Key::N, Modifiers::COMMAND);
    window.wait_for_text("Ticket and project");
    window.write(&fixture.lesson.project);
    window.tab_to(Role::Button, "Open the case");
    window.press(Key::Enter, Modifiers::NONE);
    window.wait_for(Role::Button, "Start export");
}

/// A high window with a new case of the lesson's project.
fn with_case(display: &Display, fixture: &Fixture, pace: f64) -> Window {
    let mut window = open_on(display, fixture, pace);
    window.resize(1280, 1600);
    open_case(&mut window, fixture);
    window
}

/// Pictures of the current page in both sizes and themes; `down` is how far the page is scrolled.
fn pictures(window: &mut Window, name: &str, down: f32) {
    for (width, height) in [(1280, 800), (900, 600)] {
        window.resize(width, height);
        window.scroll(-5000.0);
        // The lines of a narrow window wrap, so its cards are longer.
        window.scroll(if width < 1000 { down + 330.0 } else { down });
        window.picture(&format!("{name}-{width}x{height}"));
        window.press(Key::L, CMD_SHIFT);
        window.picture(&format!("{name}-{width}x{height}-other-theme"));
        window.press(Key::L, CMD_SHIFT);
    }
    window.resize(1280, 1600);
}

/// Failed export → offer → rebuilt archive, by mouse. The offer's button is the only primary one of its card.
#[test]
fn a_failed_export_ends_in_a_rebuilt_archive() {
    if !can_show() {
        return;
    }
    let fixture = Fixture::paced(export_desk::practice::lesson("rebuild").unwrap(), SLOW);
    let display = Display::open();
    let mut window = with_case(&display, &fixture, SLOW);
    window.click(Role::Button, "Start export");
    window.wait_for(Role::Heading, OFFER);
    window.wait_for_text("Known issue gitlab-org/gitlab#198484");
    for told in [
        "does not support it officially",
        "The members are left out, unless you choose them in the options",
        "the archive does not contain: ",
    ] {
        window.wait_for_text(told);
    }
    pictures(&mut window, "60-fallback-offer", 230.0);
    window.click(Role::Button, "Rebuild the archive");
    window.wait_for(Role::Heading, "Rebuilt archive");
    window.wait_for_text("Next check ");
    window.wait_for_text("the export counts as stuck");
    window.picture("61-rebuild-running");
    window.wait_for(Role::Button, RECEIPT);
    window.wait_for_text("not made by GitLab's file export");
    pictures(&mut window, "62-rebuilt", 230.0);
    window.click(Role::Button, RECEIPT);
    display.pasted("not made by GitLab's file export");
    // The rebuilt archive is the case's file: the next step is the handbook's verification of the account.
    window.wait_for(Role::Heading, "Verify the account's ownership");
    assert_eq!(posts(&fixture, "/export_relations"), 1);
}

/// The same by keyboard only, and kill -9 in between.
#[test]
fn keys_alone_lead_to_a_rebuilt_archive_across_a_kill() {
    if !can_show() {
        return;
    }
    let fixture = Fixture::paced(export_desk::practice::lesson("rebuild").unwrap(), SLOW);
    let display = Display::open();
    let mut window = with_case(&display, &fixture, SLOW);
    window.press(Key::E, Modifiers::COMMAND);
    window.wait_for(Role::Heading, OFFER);
    window.tab_to(Role::Button, "Rebuild the archive");
    window.press(Key::Enter, Modifiers::NONE);
    window.wait_for(Role::Button, "Cancel the rebuild");
    window.kill();
    let mut window = open_on(&display, &fixture, SLOW);
    window.resize(1280, 1600);
    window.wait_for(Role::Button, "New case");
    window.press(Key::ArrowDown, Modifiers::ALT);
    window.wait_for(Role::Heading, "Rebuilt archive");
    window.wait_for(Role::Button, RECEIPT);
    window.tab_to(Role::Button, RECEIPT);
    window.press(Key::Enter, Modifiers::NONE);
    display.pasted("not made by GitLab's file export");
    window.picture("63-rebuilt-by-keys");
    assert_eq!(posts(&fixture, "/export_relations"), 1, "nothing was started twice");
}

/// A gap is named; the relations are exported again; the second archive is complete.
#[test]
fn a_gap_is_named_and_exported_again() {
    if !can_show() {
        return;
    }
    let fixture = Fixture::of("rebuild-with-a-gap");
    let display = Display::open();
    let mut window = with_case(&display, &fixture, PACE);
    window.press(Key::E, Modifiers::COMMAND);
    window.wait_for(Role::Heading, OFFER);
    window.press(Key::U, CMD_SHIFT);
    window.wait_for_text("Missing: issues: GitLab wrote 3 of 5 records.");
    window.wait_for(Role::Button, "Build although data is missing");
    pictures(&mut window, "64-rebuild-gap", 230.0);
    // The NOW card at the top of the page has the button.
    window.scroll(-5000.0);
    window.click(Role::Button, "Export the relations again");
    window.wait_for(Role::Button, RECEIPT);
    assert_eq!(posts(&fixture, "/export_relations"), 2);
}

/// Chooses an answer of the open dialog by keyboard.
fn choose(window: &mut Window, label: &str) {
    window.tab_to(Role::RadioButton, label);
    window.press(Key::Space, Modifiers::NONE);
    window.until(label, |all| {
        all.iter().find(|found| found.name == label && found.ticked == Some(true)).map(|_| ())
    });
}

/// Chooses an answer of the open dialog by mouse.
fn point_at(window: &mut Window, label: &str) {
    window.click(Role::RadioButton, label);
    window.until(label, |all| {
        all.iter().find(|found| found.name == label && found.ticked == Some(true)).map(|_| ())
    });
}

/// Failed export → options by keyboard → a set, because one archive would be too large.
#[test]
fn the_options_lead_to_a_set_of_archives() {
    if !can_show() {
        return;
    }
    let fixture = Fixture::of("rebuild-too-large");
    let display = Display::open();
    let mut window = with_case(&display, &fixture, PACE);
    window.click(Role::Button, "Start export");
    window.wait_for(Role::Heading, OFFER);
    window.press(Key::U, Modifiers::COMMAND);
    // By mouse, also when the dialog has just opened, or moved because the window has another size.
    point_at(&mut window, "Add the members with the e-mail addresses on their profiles");
    window.resize(900, 600);
    point_at(&mut window, "Add the members with the e-mail addresses of a table");
    window.resize(1280, 1600);
    point_at(&mut window, "Leave the members out");
    choose(&mut window, "Add the members with the e-mail addresses of a table");
    window.wait_for(Role::Button, "Choose a file…");
    window.picture("65-rebuild-options-table");
    window.resize(900, 600);
    window.picture("65-rebuild-options-table-900x600");
    window.press(Key::L, CMD_SHIFT);
    window.picture("65-rebuild-options-table-900x600-other-theme");
    window.press(Key::L, CMD_SHIFT);
    window.resize(1280, 1600);
    choose(&mut window, "Add the members with the e-mail addresses on their profiles");
    // Into the field with the limit, whose text is replaced.
    window.tab_to(Role::TextInput, "Import limit of the destination");
    window.press(Key::A, Modifiers::COMMAND);
    window.write("150 KiB");
    window.picture("66-rebuild-options");
    window.tab_to(Role::Button, "Rebuild");
    window.press(Key::Enter, Modifiers::NONE);
    window.wait_for(Role::Button, RECEIPT);
    window.wait_for_text("as a set of 4 archives");
    window.wait_for_text("Added: project_members");
    pictures(&mut window, "67-rebuilt-set", 230.0);
    window.scroll(-5000.0);
    window.click(Role::Button, RECEIPT);
    display.pasted("001_base.tar.gz");
}
