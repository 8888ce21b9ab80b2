//! Tests of accessibility: every control on every page and dialog has a unique name for screen readers, and is
//! reachable by keyboard.

use std::collections::BTreeMap;
use std::path::Path;

use egui::accesskit::Action;
use egui::{Key, Role, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::app::App;
use super::command::UiCommand;
use super::fixture::{self, practice_window, window_of};
use super::kit;
use super::route::Route;
use crate::case::CaseId;
use crate::engine::api::{Answer, EarlierCrash, Snapshot};
use crate::gui::dialog::DialogRequest;
use crate::gui::dialogs::about::About;
use crate::gui::dialogs::clean::Clean;
use crate::gui::dialogs::connect::ConnectTo;
use crate::gui::dialogs::forget::Forget;
use crate::gui::dialogs::handbook::EditHandbook;
use crate::gui::dialogs::new_case::NewCase;
use crate::gui::dialogs::palette::Palette;
use crate::gui::dialogs::post::PostText;
use crate::gui::dialogs::replace::Replace;
use crate::gui::dialogs::save_in::DownloadOf;
use crate::gui::dialogs::save_text::SaveText;
use crate::gui::dialogs::second_offer::SecondOffer;
use crate::gui::dialogs::shortcuts::Shortcuts;
use crate::gui::dialogs::template::EditTemplate;
use crate::gui::pages::exports;
use crate::gui::pages::imports::fixture::{import_forms, imports, test_import_dialog};
use crate::gui::pages::settings::tests::old;
use crate::gui::workspace::Workspace;
use crate::texts::TextKind;

/// A control.
#[derive(Clone, Debug)]
struct Found {
    id: String,
    role: Role,
    name: String,
    enabled: bool,
    /// Whether a screen reader can give it the keyboard.
    focusable: bool,
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

/// Every control in the current window.
fn controls(window: &Harness<'static, App>) -> Vec<Found> {
    let all = window.query_all(by().predicate(|node| CONTROLS.contains(&node.role())));
    all.map(|node| {
        let node = node.accesskit_node();
        Found {
            id: format!("{:?}", node.id()),
            role: node.role(),
            name: node.label().unwrap_or_default(),
            enabled: !node.is_disabled(),
            focusable: node.data().supports_action(Action::Focus),
        }
    })
    .collect()
}

/// The control that has the keyboard focus.
fn focused(window: &Harness<'static, App>) -> Option<String> {
    let mut all =
        window.query_all(by().predicate(|node| node.is_focused() && CONTROLS.contains(&node.role())));
    all.next().map(|node| format!("{:?}", node.accesskit_node().id()))
}

type Window = Harness<'static, App>;

/// Wide enough to show labels beside the icons of the pages.
const WIDE: f32 = 1280.0;
/// The narrowest window.
const NARROW: f32 = 900.0;

fn page(width: f32, snapshot: Snapshot, route: Route, selected: Option<i64>) -> Window {
    let mut workspace = Workspace::pretend(snapshot);
    (workspace.route, workspace.selected) = (route, selected.map(CaseId));
    let mut window = window_of(workspace, Theme::Dark, width, 2400.0);
    window.run();
    window
}

fn practice_page(width: f32, snapshot: Snapshot, route: Route, selected: Option<i64>) -> Window {
    let mut workspace = Workspace::pretend(snapshot);
    (workspace.route, workspace.selected) = (route, selected.map(CaseId));
    let mut window = practice_window(workspace, Theme::Dark, width, 2400.0);
    window.run();
    window
}

pub(super) fn inspected() -> Snapshot {
    let mut snapshot = fixture::inspected();
    for view in std::sync::Arc::make_mut(&mut snapshot.inspections) {
        let Some(Ok(report)) = &mut std::sync::Arc::make_mut(view).ended else { continue };
        for problem in &mut std::sync::Arc::make_mut(report).problems {
            // The built-in fonts have no CJK glyphs.
            problem.member = Some("uploads/drawing.pdf".into());
        }
    }
    snapshot
}

fn relations(width: f32, view: crate::engine::api::RelationsView) -> Window {
    page(width, fixture::relations::with(vec![view, fixture::relations::none()]), Route::Relations, None)
}

fn pages(width: f32) -> Vec<(&'static str, Window)> {
    vec![
        ("first run", page(width, fixture::first_run(), Route::Cases, None)),
        ("case 1", page(width, fixture::at_work(), Route::Cases, Some(1))),
        ("case 3", page(width, fixture::at_work(), Route::Cases, Some(3))),
        ("case 6", page(width, fixture::at_work(), Route::Cases, Some(6))),
        ("transfers", page(width, fixture::at_work(), Route::Downloads, None)),
        ("no transfers", page(width, fixture::first_run(), Route::Downloads, None)),
        ("archives", page(width, inspected(), Route::Archives, None)),
        ("no archives", page(width, fixture::first_run(), Route::Archives, None)),
        ("imports", page(width, imports(), Route::Imports, None)),
        ("no imports", page(width, fixture::first_run(), Route::Imports, None)),
        ("import from a file", import_form(width, 0)),
        ("import from S3", import_form(width, 2)),
        ("import of a relation", import_form(width, 3)),
        ("relations", relations(width, fixture::relations::some_failed())),
        ("relations under way", relations(width, fixture::relations::running())),
        ("relations with long names", relations(width, fixture::relations::long_names())),
        ("no relation", relations(width, fixture::relations::none())),
        ("no relations export", page(width, fixture::at_work(), Route::Relations, Some(1))),
        ("ledger", page(width, with_offers(), Route::OfferLog, None)),
        ("no offer", page(width, fixture::first_run(), Route::OfferLog, None)),
        ("exports", page(width, exports::fixture::batch(40), Route::Exports, None)),
        ("no exports", page(width, fixture::first_run(), Route::Exports, None)),
        ("export several", export_form(width)),
        ("settings", page(width, fixture::at_work(), Route::Settings, None)),
        ("outside practice", page(width, fixture::at_work(), Route::Practice, None)),
        ("practice", practice_page(width, fixture::practising(), Route::Practice, None)),
        ("lesson", practice_page(width, fixture::at_lesson(), Route::Cases, Some(1))),
    ]
}

fn with_offers() -> Snapshot {
    Snapshot { offer_log: std::sync::Arc::new(fixture::offers()), ..fixture::at_work() }
}

fn export_form(width: f32) -> Window {
    let mut workspace = Workspace::pretend(exports::fixture::checked());
    workspace.route = Route::Exports;
    workspace.pages.exports.form = Some(Box::new(exports::fixture::form()));
    let mut window = window_of(workspace, Theme::Dark, width, 2400.0);
    window.run();
    window
}

fn import_form(width: f32, source: usize) -> Window {
    let mut workspace = Workspace::pretend(inspected());
    workspace.route = Route::Imports;
    workspace.pages.imports.form = Some(Box::new(import_forms().swap_remove(source)));
    let mut window = window_of(workspace, Theme::Dark, width, 2400.0);
    window.run();
    window
}

pub(super) fn dialogs() -> Vec<(&'static str, Box<dyn DialogRequest>)> {
    let snapshot = fixture::at_work();
    let case = snapshot.cases[2].clone();
    let (instance, project) = (fixture::GITLAB.to_owned(), "1001".to_owned());
    let post = PostText::of(TextKind::Bug, &case, "Project export fails", "The export fails without a word.");
    let mut clean = Clean::default();
    clean.answered(Ok(Answer::OldArchives(old())));
    let folder = Path::new("/home/engineer/Downloads");
    let note = EarlierCrash { path: folder.join("stopped.seen.txt"), text: "== Versions ==".into() };
    vec![
        ("post", Box::new(post)),
        ("template", Box::new(EditTemplate { kind: TextKind::Offer })),
        ("clean", Box::new(clean)),
        ("handbook", Box::new(EditHandbook)),
        ("bundle", Box::new(SaveText::bundle("== Versions ==".into(), folder))),
        ("about", Box::new(About)),
        ("stopped", Box::new(crate::gui::dialogs::stopped::StoppedDialog(note))),
        ("palette", Box::new(Palette::default())),
        ("shortcuts", Box::new(Shortcuts)),
        ("connect", Box::new(ConnectTo::any())),
        ("new case", Box::new(NewCase::default())),
        ("replace", Box::new(Replace::of(&snapshot.cases[0], "It was finished an hour ago.".into()))),
        ("save in", Box::new(DownloadOf { case: CaseId(1), instance, project })),
        (
            "second offer",
            Box::new(SecondOffer::new(
                CaseId(1),
                "There was an offer already.".into(),
                ("Hello.".into(), None),
            )),
        ),
        ("rehearse", Box::new(test_import_dialog(&snapshot))),
        ("forget", Box::new(Forget { instance: fixture::GITLAB.into() })),
    ]
}

fn with_dialog(width: f32, dialog: Box<dyn DialogRequest>) -> Window {
    let mut workspace = Workspace::pretend(fixture::at_work());
    // The page behind the dialog is the one with the fewest controls.
    workspace.route = Route::OfferLog;
    workspace.show_dialog(dialog);
    let mut window = window_of(workspace, Theme::Light, width, 1000.0);
    window.run();
    window
}

#[test]
fn every_control_has_a_name_of_its_own() {
    let dialogs = dialogs().into_iter().map(|(name, dialog)| (name, with_dialog(WIDE, dialog)));
    for (name, window) in pages(WIDE).into_iter().chain(dialogs) {
        let all = controls(&window);
        assert!(!all.is_empty(), "{name}: nothing to work with");
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        for found in all {
            assert!(!found.name.trim().is_empty(), "{name}: {found:?} has no name");
            assert!(found.focusable || !found.enabled, "{name}: {found:?} cannot have the keyboard");
            let same_everywhere = UiCommand::all().any(|command| command.entry().label == found.name);
            if !same_everywhere {
                *seen.entry((format!("{:?}", found.role), found.name)).or_default() += 1;
            }
        }
        let twice: Vec<_> = seen.iter().filter(|(_, number)| **number > 1).collect();
        assert!(twice.is_empty(), "{name}: one name for several controls: {twice:?}");
    }
}

#[test]
fn nothing_is_drawn_beyond_the_window() {
    for width in [NARROW, WIDE] {
        let dialogs = dialogs().into_iter().map(|(name, dialog)| (name, with_dialog(width, dialog)));
        for (name, window) in pages(width).into_iter().chain(dialogs) {
            let beyond: Vec<_> = window
                .query_all(by().predicate(|node| CONTROLS.contains(&node.role())))
                .filter(|node| node.rect().right() > width || node.rect().left() < 0.0)
                .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
                .collect();
            assert!(beyond.is_empty(), "{name} at {width} points: {beyond:?}");
        }
    }
}

/// Dialogs are different: after their fields comes the main button, which is at the right.
#[test]
fn a_row_is_read_from_left_to_right() {
    let mut back = Vec::new();
    for (name, window) in pages(WIDE) {
        let all = window.query_all(by().predicate(|node| CONTROLS.contains(&node.role())));
        let all: Vec<_> =
            all.map(|node| (node.rect(), node.accesskit_node().label().unwrap_or_default())).collect();
        for pair in all.windows(2) {
            let [(before, first), (after, second)] = pair else { continue };
            let shared = before.bottom().min(after.bottom()) - before.top().max(after.top());
            let is_same_row = shared > 0.5 * before.height().min(after.height());
            if is_same_row && after.right() <= before.left() {
                back.push(format!("{name}: “{second}” comes after “{first}”"));
            }
        }
    }
    assert!(back.is_empty(), "{back:#?}");
}

#[test]
fn tab_reaches_every_control() {
    let dialogs = dialogs().into_iter().map(|(name, dialog)| (name, with_dialog(WIDE, dialog)));
    for (name, mut window) in pages(WIDE).into_iter().chain(dialogs) {
        let in_dialog = window.state().workspace().dialog.is_some();
        let wanted: BTreeMap<String, Found> = controls(&window)
            .into_iter()
            // Tab passes by “Now” where the time is typed already; in an empty field it is reached.
            .filter(|found| found.enabled && !found.name.starts_with("Now: "))
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
            // The page behind a dialog must be unreachable, and the dialog's own controls reachable.
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

const TYPED: [Role; 3] = [Role::TextInput, Role::MultilineTextInput, Role::PasswordInput];

#[test]
fn no_letter_is_lost_in_any_field_whatever_appears_while_it_is_typed() {
    let dialogs = dialogs().into_iter().map(|(name, dialog)| (name, with_dialog(WIDE, dialog)));
    let mut typed = 0;
    for (page, mut window) in pages(WIDE).into_iter().chain(dialogs) {
        let found =
            controls(&window).into_iter().filter(|found| found.enabled && TYPED.contains(&found.role));
        let names: Vec<String> = found.map(|found| found.name).collect();
        for field in names {
            let is_it = by().predicate(|node| {
                TYPED.contains(&node.role()) && node.label().as_deref() == Some(field.as_str())
            });
            // Text typed earlier in this loop may have removed the control.
            let Some(node) = window.query(is_it) else { continue };
            node.focus();
            window.step();
            typed += 1;
            // Neither a time nor a path nor TOML; prefixes of the text are sometimes valid and sometimes not.
            for letter in "0=[ {{".chars() {
                window.event(egui::Event::Text(letter.to_string()));
                window.step();
                window.step();
                let keyboard = window
                    .query(by().predicate(|node| node.is_focused() && TYPED.contains(&node.role())))
                    .and_then(|node| node.accesskit_node().label());
                assert_eq!(keyboard.as_ref(), Some(&field), "{page}: the letter after {letter:?} is lost");
            }
        }
    }
    assert!(typed > 30, "only {typed} fields were found");
}

#[test]
fn escape_closes_every_dialog() {
    for (name, dialog) in dialogs() {
        let mut window = with_dialog(WIDE, dialog);
        assert!(window.state().workspace().dialog.is_some());
        window.key_press(Key::Escape);
        window.run();
        assert!(window.state().workspace().dialog.is_none(), "{name} stays");
        let mut sent = window.state().workspace().sent();
        // A dialog checks by itself, as soon as it opens, whether a path is free and which issues are known.
        sent.retain(|command| !command.contains("CheckTarget") && !command.contains("SearchIssues"));
        assert!(sent.is_empty(), "{name} did something: {sent:?}");
    }
}

#[test]
fn every_command_has_a_key() {
    for command in UiCommand::all() {
        assert!(command.entry().keys.is_some(), "{command:?} is reached by no key");
    }
}

#[test]
fn what_changes_by_itself_is_announced() {
    let mut window = practice_page(WIDE, fixture::at_lesson(), Route::Cases, Some(1));
    window.state_mut().toasts.add(kit::Toast::good("The export of acme/api is ready"));
    window.run();
    for words in ["The export of acme/api is ready", "Select Start export to request the archive."] {
        let node = window.get_by_label(words);
        assert_ne!(node.accesskit_node().live(), egui::accesskit::Live::Off, "{words}");
    }
}
