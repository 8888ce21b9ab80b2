//! Whole paths through the real window.

use egui::accesskit::Role;
use egui::{Key, Modifiers};

use super::driver::{Display, Window};

/// First run → practice → export → download → proven, by mouse.
#[test]
fn a_new_user_gets_from_start_to_a_proven_archive() {
    if !super::can_show() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    window.wait_for(Role::Button, "Practise on the built-in GitLab");
    window.picture("1-first-run");
    window.click(Role::Button, "Practise on the built-in GitLab");
    window.wait_for_text("A first export");
    window.picture("2-practice");
    let start = window.until("a lesson's button", |all| {
        all.iter()
            .find(|found| found.role == Role::Button && found.name.starts_with("Start"))
            .map(|f| f.name.clone())
    });
    window.click(Role::Button, &start);
    window.wait_for(Role::Button, "Start export");
    window.picture("3-case");
    window.click(Role::Button, "Start export");
    window.wait_for_text("GitLab says");
    window.picture("4-running");
    window.click(Role::Button, "Download");
    window.wait_for_text("This archive is whole");
    window.picture("5-proven");
}

/// The palette by keyboard, and Escape out of it.
#[test]
fn the_palette_opens_and_closes_by_keyboard() {
    if !super::can_show() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    window.wait_for(Role::Button, "Connect to GitLab");
    window.press(Key::K, Modifiers::COMMAND);
    window.write("practi");
    window.picture("6-palette");
    window.press(Key::Enter, Modifiers::NONE);
    window.wait_for_text("Practise without risk");
}
