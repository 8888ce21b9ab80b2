//! What a screen reader and a keyboard find: every control on every page and dialog has a name of its own, and
//! is reached without a mouse.

use std::collections::BTreeMap;

use egui::{Key, Role, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::app::App;
use super::command::UiCommand;
use super::desk::Desk;
use super::fixture::{self, practice_window, window_of};
use super::kit;
use super::route::Route;
use super::views::import_fixture::{import_forms, imports, rehearsal_dialog};
use super::views::{Connect, Forget, NewCase, Override, Palette, Replace, SaveIn, Sheet};
use crate::case::CaseId;
use crate::engine::Snapshot;

/// A control.
#[derive(Clone, Debug)]
struct Found {
    id: String,
    role: Role,
    name: String,
    enabled: bool,
}

const CONTROLS: [Role; 12] = [
    Role::Button,
    Role::CheckBox,
    Role::RadioButton,
    Role::TextInput,
    Role::MultilineTextInput,
    Role::PasswordInput,
    Role::Link,
    Role::ComboBox,
    Role::Slider,
    Role::SpinButton,
    Role::Tab,
    Role::TreeItem,
];

/// Every control of the window as it is now.
fn controls(window: &Harness<'static, App>) -> Vec<Found> {
    let all = window.query_all(by().predicate(|node| CONTROLS.contains(&node.role())));
    all.map(|node| {
        let node = node.accesskit_node();
        Found {
            id: format!("{:?}", node.id()),
            role: node.role(),
            name: node.label().unwrap_or_default(),
            enabled: !node.is_disabled(),
        }
    })
    .collect()
}

/// The control that has the keyboard.
fn focused(window: &Harness<'static, App>) -> Option<String> {
    let mut all =
        window.query_all(by().predicate(|node| node.is_focused() && CONTROLS.contains(&node.role())));
    all.next().map(|node| format!("{:?}", node.accesskit_node().id()))
}

type Window = Harness<'static, App>;

fn page(snap: Snapshot, route: Route, selected: Option<i64>) -> Window {
    let mut desk = Desk::pretend(snap);
    (desk.route, desk.selected) = (route, selected.map(CaseId));
    let mut window = window_of(desk, Theme::Dark, 1280.0, 2400.0);
    window.run();
    window
}

fn practice_page(snap: Snapshot, route: Route, selected: Option<i64>) -> Window {
    let mut desk = Desk::pretend(snap);
    (desk.route, desk.selected) = (route, selected.map(CaseId));
    let mut window = practice_window(desk, Theme::Dark, 1280.0, 2400.0);
    window.run();
    window
}

fn inspected() -> Snapshot {
    let mut snap = fixture::inspected();
    for view in std::sync::Arc::make_mut(&mut snap.inspections) {
        let Some(Ok(report)) = &mut std::sync::Arc::make_mut(view).ended else { continue };
        for problem in &mut std::sync::Arc::make_mut(report).problems {
            // The built-in fonts have no CJK.
            problem.member = Some("uploads/drawing.pdf".into());
        }
    }
    snap
}

fn relations(view: crate::engine::RelationsView) -> Window {
    page(fixture::relations::with(vec![view, fixture::relations::none()]), Route::Relations, None)
}

fn pages() -> Vec<(&'static str, Window)> {
    vec![
        ("first run", page(fixture::first_run(), Route::Cases, None)),
        ("case 1", page(fixture::at_work(), Route::Cases, Some(1))),
        ("case 3", page(fixture::at_work(), Route::Cases, Some(3))),
        ("case 6", page(fixture::at_work(), Route::Cases, Some(6))),
        ("transfers", page(fixture::at_work(), Route::Transfers, None)),
        ("no transfers", page(fixture::first_run(), Route::Transfers, None)),
        ("archives", page(inspected(), Route::Archives, None)),
        ("no archives", page(fixture::first_run(), Route::Archives, None)),
        ("imports", page(imports(), Route::Imports, None)),
        ("no imports", page(fixture::first_run(), Route::Imports, None)),
        ("import from a file", import_form(0)),
        ("import from S3", import_form(2)),
        ("import of a relation", import_form(3)),
        ("relations", relations(fixture::relations::some_failed())),
        ("relations under way", relations(fixture::relations::running())),
        ("no relation", relations(fixture::relations::none())),
        ("no relations export", page(fixture::at_work(), Route::Relations, Some(1))),
        ("settings", page(fixture::at_work(), Route::Settings, None)),
        ("outside practice", page(fixture::at_work(), Route::Practice, None)),
        ("practice", practice_page(fixture::practising(), Route::Practice, None)),
        ("lesson", practice_page(fixture::at_lesson(), Route::Cases, Some(1))),
    ]
}

fn import_form(source: usize) -> Window {
    let mut desk = Desk::pretend(inspected());
    desk.route = Route::Imports;
    desk.imports.form = Some(Box::new(import_forms().swap_remove(source)));
    let mut window = window_of(desk, Theme::Dark, 1280.0, 2400.0);
    window.run();
    window
}

fn sheets() -> Vec<(&'static str, Sheet)> {
    let replace = Replace {
        case: CaseId(1),
        instance: fixture::GITLAB.into(),
        project: "1001".into(),
        title: "acme/api".into(),
        known: "It was finished an hour ago.".into(),
        sure: false,
    };
    let save = SaveIn::new(CaseId(1), fixture::GITLAB.into(), "1001".into(), "/home/engineer".as_ref());
    vec![
        ("palette", Sheet::Palette(Palette::default())),
        ("shortcuts", Sheet::Shortcuts),
        ("connect", Sheet::Connect(Box::new(Connect::new("")))),
        ("new case", Sheet::NewCase(NewCase::default())),
        ("replace", Sheet::Replace(replace)),
        ("save in", Sheet::SaveIn(save)),
        ("second offer", Sheet::Override(Override::new(CaseId(1), "There was an offer already.".into()))),
        ("rehearse", Sheet::Rehearse(Box::new(rehearsal_dialog(&fixture::at_work())))),
        ("forget", Sheet::Forget(Forget { instance: fixture::GITLAB.into() })),
    ]
}

fn with_sheet(sheet: Sheet) -> Window {
    let mut desk = Desk::pretend(fixture::at_work());
    desk.sheet = Some(sheet);
    let mut window = window_of(desk, Theme::Light, 1280.0, 1000.0);
    window.run();
    window
}

#[test]
fn every_control_has_a_name_of_its_own() {
    let dialogs = sheets().into_iter().map(|(name, sheet)| (name, with_sheet(sheet)));
    for (name, window) in pages().into_iter().chain(dialogs) {
        let all = controls(&window);
        assert!(!all.is_empty(), "{name}: nothing to work with");
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        for found in all {
            assert!(!found.name.trim().is_empty(), "{name}: {found:?} has no name");
            let same_everywhere = UiCommand::ALL.iter().any(|command| command.entry().label == found.name);
            if !same_everywhere {
                *seen.entry((format!("{:?}", found.role), found.name)).or_default() += 1;
            }
        }
        let twice: Vec<_> = seen.iter().filter(|(_, number)| **number > 1).collect();
        assert!(twice.is_empty(), "{name}: one name for several controls: {twice:?}");
    }
}

#[test]
fn tab_reaches_every_control() {
    let dialogs = sheets().into_iter().map(|(name, sheet)| (name, with_sheet(sheet)));
    for (name, mut window) in pages().into_iter().chain(dialogs) {
        let in_dialog = window.state().desk().sheet.is_some();
        let wanted: BTreeMap<String, Found> = controls(&window)
            .into_iter()
            .filter(|found| found.enabled)
            .map(|found| (found.id.clone(), found))
            .collect();
        let mut missing = wanted.clone();
        for _ in 0..wanted.len() * 3 + 20 {
            window.key_press(Key::Tab);
            window.step();
            if let Some(id) = focused(&window) {
                missing.remove(&id);
            }
            if missing.is_empty() {
                break;
            }
        }
        if in_dialog {
            // The page behind a dialog stays out of reach, and what is in the dialog does not.
            assert!(missing.len() < wanted.len(), "{name}: nothing of it has the keyboard");
            let buttons = ["Cancel", "Close", "Keep the file"];
            assert!(
                !missing.values().any(|found| buttons.contains(&found.name.as_str())),
                "{name}: {missing:?}"
            );
        } else {
            let names: Vec<_> = missing.values().map(|found| &found.name).collect();
            assert!(missing.is_empty(), "{name}: Tab does not reach {names:?}");
        }
    }
}

#[test]
fn escape_closes_every_dialog() {
    for (name, sheet) in sheets() {
        let mut window = with_sheet(sheet);
        assert!(window.state().desk().sheet.is_some());
        window.key_press(Key::Escape);
        window.run();
        assert!(window.state().desk().sheet.is_none(), "{name} stays");
        let mut sent = window.state().desk().sent();
        // Whether a path is free is looked at while it is typed.
        sent.retain(|command| !command.contains("CheckTarget"));
        assert!(sent.is_empty(), "{name} did something: {sent:?}");
    }
}

#[test]
fn every_command_has_a_key() {
    for command in UiCommand::ALL {
        assert!(command.entry().keys.is_some(), "{command:?} is reached by no key");
    }
}

#[test]
fn what_changes_by_itself_is_told() {
    let mut window = practice_page(fixture::at_lesson(), Route::Cases, Some(1));
    window.state_mut().toasts.add(kit::Toast::good("The export of acme/api is ready"));
    window.run();
    for words in ["The export of acme/api is ready", "Press Start export: GitLab is asked for the archive."] {
        let node = window.get_by_label(words);
        assert_ne!(node.accesskit_node().live(), egui::accesskit::Live::Off, "{words}");
    }
}
