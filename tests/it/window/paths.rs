//! Complete workflows through the real window.

use std::path::Path;
use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use export_desk::engine::kept_settings;
use export_desk::practice::lesson;

use super::driver::Window;
use crate::fixture::{Fixture, PACE};
use crate::screen::{Display, can_show};

const CMD_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// First run → practice → export → download → verified, by mouse.
#[test]
fn a_new_user_gets_from_start_to_a_verified_archive() {
    if !can_show() {
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
    window.click(Role::Button, "Start: A first export");
    window.wait_for(Role::Button, "Start export");
    window.picture("3-case");
    window.click(Role::Button, "Start export");
    window.wait_for_text("GitLab status");
    window.picture("4-running");
    window.click(Role::Button, "Download");
    window.wait_for_text("This archive is complete");
    window.picture("5-proven");
}

/// Opens the palette by keyboard, and closes it with Escape.
#[test]
fn the_palette_opens_and_closes_by_keyboard() {
    if !can_show() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    window.wait_for(Role::Button, "Connect to GitLab");
    window.press(Key::K, Modifiers::COMMAND);
    // Text that comes before the palette is drawn has no field yet.
    window.wait_for_focus("Command, project or ticket");
    window.write("go to practi");
    window.picture("6-palette");
    window.press(Key::Enter, Modifiers::NONE);
    window.wait_for_text("Practice GitLab");
}

/// Keyboard only, from the first start to a verified archive; the shortcuts act only on the practice workspace.
#[test]
fn keys_alone_lead_from_start_to_a_verified_archive() {
    if !can_show() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    window.tab_to(Role::Button, "Practise on the built-in GitLab");
    window.picture("10-keys-first-run");
    window.press(Key::Enter, Modifiers::NONE);
    window.tab_to(Role::Button, "Start: A first export");
    window.picture("11-keys-lesson");
    window.press(Key::Enter, Modifiers::NONE);
    window.wait_for_text("Select Start export to request the archive.");
    window.wait_for(Role::Button, "Start export");
    window.press(Key::E, Modifiers::COMMAND);
    // On a busy machine, the export may be over before the window is looked at again.
    window.until("the lesson's next sentence", |all| {
        let says = |beginning: &str| all.iter().any(|found| found.name.starts_with(beginning));
        (says("Wait. GitLab is exporting") || says("The file is ready")).then_some(())
    });
    window.picture("12-keys-running");
    window.wait_for_text("The file is ready. Select Download.");
    window.press(Key::D, Modifiers::COMMAND);
    window.wait_for_text("This archive is complete");
    window.picture("13-keys-proven");
    window.press(Key::C, CMD_SHIFT);
    display.pasted("| SHA-256 |");
    let next = window.until("the next lesson", |all| {
        all.iter().find(|found| found.name.starts_with("Next lesson: ")).map(|found| found.name.clone())
    });
    window.tab_to(Role::Button, &next);
    window.press(Key::B, CMD_SHIFT);
    window.wait_for_text("Get a customer's export");
}

/// A project whose archive takes long enough for a kill during the download.
/// A finished export of a large archive, whose storage has this fault.
pub fn slow(fault: &str) -> Fixture {
    let mut lesson = lesson("first-export").unwrap();
    let plan = "path = \"acme/slow\"\nsize = \"large\"\nstorage = \"redirect\"";
    lesson.world.projects.push(toml::from_str(plan).unwrap());
    lesson.project = "acme/slow".into();
    lesson.faults = vec![toml::from_str(fault).unwrap()];
    let fixture = Fixture::with(lesson);
    assert_eq!(fixture.run(&["export", "start", "acme/slow", "--wait"]).exit, 0);
    fixture
}

/// Opens a case about that export, and waits until its download is under way.
pub fn begin_slow_download(window: &mut Window) {
    window.wait_for(Role::Button, "New case");
    window.press(Key::N, Modifiers::COMMAND);
    window.wait_for_focus("Ticket and project");
    window.write("acme/slow");
    window.click(Role::Button, "Open the case");
    window.wait_for(Role::Button, "Download the archive");
    window.press(Key::D, Modifiers::COMMAND);
    window.wait_for_text(" MiB of 64.1 MiB");
}

fn open_on(display: &Display, fixture: &Fixture) -> Window {
    let (url, token) = (fixture.practice.url().to_owned(), fixture.practice.token().to_owned());
    Window::open_with(display, fixture.folder.path(), |command| {
        command.args(["--instance", &url, "--pace", &PACE.to_string()]).env("EXPORT_DESK_TOKEN", &token);
    })
}

/// The archives and their `.part` files in the download folder.
fn downloads(home: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(home.join("Downloads/export-desk")) else { return Vec::new() };
    files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect()
}

/// kill -9 during a download; the next start finishes it without asking.
#[test]
fn a_killed_window_finishes_its_download_at_the_next_start() {
    if !can_show() {
        return;
    }
    let fixture = slow("on = \"object\"\ntimes = 8\nkind = \"slow\"\nbytes_per_s = 4000000");
    let display = Display::open();
    let mut window = open_on(&display, &fixture);
    begin_slow_download(&mut window);
    window.kill();
    let left = downloads(fixture.folder.path());
    assert!(left.iter().any(|name| name.ends_with(".part")), "it was not in the middle: {left:?}");
    let mut window = open_on(&display, &fixture);
    window.wait_for_text("This archive is complete");
    window.picture("21-finished-by-itself");
    let there = downloads(fixture.folder.path());
    assert!(there.len() == 1 && there[0].ends_with(".tar.gz"), "{there:?}");
    let requests = fixture.practice.requests();
    let starts = requests.iter().filter(|seen| seen.method == "POST").count();
    assert_eq!(starts, 1, "no second export was started");
}

fn kept_until(data: &Path, what: &str, found: impl Fn(&export_desk::engine::api::Settings) -> bool) {
    for _ in 0..1500 {
        if found(&kept_settings(data)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what} was not kept; there is {:?}", kept_settings(data));
}

/// Theme, scale and size are restored, also after kill -9.
#[test]
fn the_window_opens_as_it_was_left() {
    if !can_show() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    window.wait_for(Role::Button, "Connect to GitLab");
    window.resize(900, 600);
    window.press(Key::Comma, Modifiers::COMMAND);
    window.click(Role::RadioButton, "Light");
    kept_until(&data, "the theme", |kept| kept.get("theme").is_some_and(|theme| theme == "light"));
    kept_until(&data, "the size", |kept| kept.get("window").is_some_and(|place| place["width"] == 900.0));
    window.picture("30-light-900x600");
    window.kill();
    let mut window = Window::open(&display, home.path());
    window.wait_for(Role::Button, "Connect to GitLab");
    window.picture("31-light-again");
    window.press(Key::Comma, Modifiers::COMMAND);
    let light = window.wait_for(Role::RadioButton, "Light");
    assert_eq!(light.ticked, Some(true));
    window.click(Role::RadioButton, "125 %");
    kept_until(&data, "the scale", |kept| kept.get("scale").is_some_and(|scale| scale == 1.25));
    let place = kept_settings(&data).get("window").unwrap();
    assert_eq!((place["width"].as_f64(), place["height"].as_f64()), (Some(900.0), Some(600.0)));
}
