//! The main pages as pictures, dark and light. Kept beside this file in `snapshots/`; set
//! `UPDATE_SNAPSHOTS=1` to keep new ones. They need a Vulkan driver (Debian: mesa-vulkan-drivers).

mod sizes;

use std::sync::Arc;

use egui::Theme;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};

use super::app::App;
use super::display::has_vulkan_driver;
use super::drafts::Drafts;
use super::fixture::{self, window, window_of};
use super::kit::Toast;
use super::route::Route;
use super::undo::Undo;
use crate::case::{CaseId, Code, Fact, Hint, Trouble};
use crate::engine::api::{Answer, Snapshot, Stopped};
use crate::gui::dialog::DialogRequest;
use crate::gui::dialogs::about::About;
use crate::gui::dialogs::clean::Clean;
use crate::gui::dialogs::connect::ConnectTo;
use crate::gui::dialogs::handbook::EditHandbook;
use crate::gui::dialogs::infradev::LabelIssue;
use crate::gui::dialogs::new_case::NewCase;
use crate::gui::dialogs::palette::Palette;
use crate::gui::dialogs::post::PostText;
use crate::gui::dialogs::save_text::SaveText;
use crate::gui::dialogs::shortcuts::Shortcuts;
use crate::gui::dialogs::template::EditTemplate;
use crate::gui::pages::imports::fixture::{self as import_fixture, import_forms};
use crate::gui::pages::settings::tests::old;
use crate::gui::workspace::Workspace;
use crate::texts::Kind;

fn picture(results: &mut SnapshotResults, name: &str, mut window: Harness<'static, App>) {
    if !has_vulkan_driver() {
        assert!(std::env::var_os("CI").is_none(), "a Vulkan driver is missing (Debian: mesa-vulkan-drivers)");
        println!(
            "skipped: no Vulkan driver is installed (Debian: mesa-vulkan-drivers), so {name} cannot be drawn"
        );
        return;
    }
    window.run();
    let options = SnapshotOptions::new().output_path("src/gui/snapshots");
    window.snapshot_options(name, &options);
    results.extend_harness(&mut window);
}

/// The page of `snap` in dark at a comfortable size and in light at the smallest.
fn both(
    results: &mut SnapshotResults,
    name: &str,
    prepare: impl Fn(&mut Workspace),
    snap: impl Fn() -> Snapshot,
) {
    for (theme, word, width, height) in
        [(Theme::Dark, "dark", 1280.0, 800.0), (Theme::Light, "light", 900.0, 600.0)]
    {
        let mut workspace = Workspace::pretend(snap());
        prepare(&mut workspace);
        picture(results, &format!("{name}_{word}"), window_of(workspace, theme, width, height));
    }
}

fn chosen(workspace: &mut Workspace) {
    workspace.selected = Some(CaseId(1));
}

#[test]
fn first_run() {
    both(&mut SnapshotResults::new(), "first_run", |_| {}, fixture::first_run);
}

#[test]
fn case_page() {
    both(&mut SnapshotResults::new(), "case", chosen, fixture::at_work);
}

#[test]
fn case_page_large() {
    let mut workspace = Workspace::pretend(fixture::at_work());
    workspace.selected = Some(CaseId(3));
    picture(
        &mut SnapshotResults::new(),
        "case_large_light",
        window_of(workspace, Theme::Light, 1600.0, 1000.0),
    );
}

#[test]
fn case_page_whole() {
    let mut workspace = Workspace::pretend(fixture::at_work());
    chosen(&mut workspace);
    picture(
        &mut SnapshotResults::new(),
        "case_whole_dark",
        window_of(workspace, Theme::Dark, 1280.0, 1400.0),
    );
}

#[test]
fn transfers() {
    both(
        &mut SnapshotResults::new(),
        "transfers",
        |workspace| workspace.route = Route::Transfers,
        fixture::at_work,
    );
}

#[test]
fn archives() {
    both(
        &mut SnapshotResults::new(),
        "archives",
        |workspace| workspace.route = Route::Archives,
        || {
            let mut snap = fixture::inspected();
            // System fonts are not in these pictures: only letters of the built-in fonts.
            snap.inspections = snap.inspections.iter().skip(1).cloned().collect();
            snap
        },
    );
}

#[test]
fn relations() {
    use fixture::relations as made;
    let mut results = SnapshotResults::new();
    let on = |workspace: &mut Workspace| workspace.route = Route::Relations;
    both(&mut results, "relations", on, || made::with(vec![made::some_failed(), made::running()]));
    both(&mut results, "relations_long", on, || made::with(vec![made::long_names()]));
    both(&mut results, "relations_none", on, || made::with(vec![made::none()]));
    both(
        &mut results,
        "relations_first",
        |workspace| (workspace.route, workspace.selected) = (Route::Relations, Some(CaseId(1))),
        fixture::at_work,
    );
    let mut workspace = Workspace::pretend(made::with(vec![made::running(), made::some_failed()]));
    on(&mut workspace);
    picture(&mut results, "relations_running_dark", window_of(workspace, Theme::Dark, 1280.0, 1100.0));
    let mut workspace = Workspace::pretend(made::with(vec![made::some_failed()]));
    (workspace.route, workspace.selected) = (Route::Cases, Some(CaseId(6)));
    picture(&mut results, "relations_way_out_light", window_of(workspace, Theme::Light, 1280.0, 1000.0));
}

#[test]
fn imports() {
    let mut results = SnapshotResults::new();
    // Without the system's fonts: only letters of the built-in ones.
    let plain = || {
        let mut snap = fixture::inspected();
        for view in Arc::make_mut(&mut snap.inspections) {
            let Some(Ok(report)) = &mut Arc::make_mut(view).ended else { continue };
            for problem in &mut Arc::make_mut(report).problems {
                problem.member = None;
            }
        }
        snap
    };
    let form = |source: usize| {
        move |workspace: &mut Workspace| {
            workspace.route = Route::Imports;
            workspace.pages.imports.form = Some(Box::new(import_forms().swap_remove(source)));
        }
    };
    for (name, source) in [("import_form", 0), ("import_s3", 2)] {
        for (theme, word, width, height) in
            [(Theme::Dark, "dark", 1280.0, 860.0), (Theme::Light, "light", 900.0, 900.0)]
        {
            let mut workspace = Workspace::pretend(plain());
            form(source)(&mut workspace);
            picture(&mut results, &format!("{name}_{word}"), window_of(workspace, theme, width, height));
        }
    }
    let at_imports = |workspace: &mut Workspace| workspace.route = Route::Imports;
    both(&mut results, "imports", at_imports, import_fixture::imports);
    let partial = || Snapshot {
        imports: [import_fixture::repair(4, 3), import_fixture::partial(3)].map(Arc::new).into(),
        ..fixture::at_work()
    };
    for (theme, word, width) in [(Theme::Dark, "dark", 1280.0), (Theme::Light, "light", 900.0)] {
        let mut workspace = Workspace::pretend(partial());
        at_imports(&mut workspace);
        picture(&mut results, &format!("import_partial_{word}"), window_of(workspace, theme, width, 940.0));
    }
    let rehearse = |workspace: &mut Workspace| {
        workspace.route = Route::Archives;
        workspace.show_dialog(Box::new(import_fixture::rehearsal_dialog(&fixture::inspected())));
    };
    both(&mut results, "rehearse", rehearse, plain);
    let compared = || {
        let mut snap = plain();
        import_fixture::compare(&mut snap);
        snap
    };
    for (theme, word, width) in [(Theme::Dark, "dark", 1280.0), (Theme::Light, "light", 900.0)] {
        let mut workspace = Workspace::pretend(compared());
        workspace.route = Route::Archives;
        picture(&mut results, &format!("inspector_{word}"), window_of(workspace, theme, width, 1750.0));
    }
}

#[test]
fn practice() {
    let mut results = SnapshotResults::new();
    let workspace = || {
        let mut workspace = Workspace::pretend(fixture::practising());
        workspace.route = Route::Practice;
        workspace
    };
    let dark = fixture::practice_window(workspace(), Theme::Dark, 1280.0, 800.0);
    picture(&mut results, "practice_dark", dark);
    let light = fixture::practice_window(workspace(), Theme::Light, 900.0, 600.0);
    picture(&mut results, "practice_light", light);
}

#[test]
fn settings() {
    both(
        &mut SnapshotResults::new(),
        "settings",
        |workspace| workspace.route = Route::Settings,
        fixture::at_work,
    );
}

#[test]
fn settings_whole() {
    let mut results = SnapshotResults::new();
    for (theme, word, width) in [(Theme::Dark, "dark", 1280.0), (Theme::Light, "light", 900.0)] {
        let mut workspace = Workspace::pretend(fixture::at_work());
        workspace.route = Route::Settings;
        picture(&mut results, &format!("settings_whole_{word}"), window_of(workspace, theme, width, 2700.0));
    }
}

#[test]
fn settings_dialogs() {
    let mut results = SnapshotResults::new();
    for (theme, word, width, height) in
        [(Theme::Dark, "dark", 1280.0, 800.0), (Theme::Light, "light", 900.0, 600.0)]
    {
        let mut clean = Clean::default();
        clean.answered(Ok(Answer::OldArchives(old())));
        let text = "== Versions ==\nExport Desk 0.1.0\n\n== Last requests, oldest first ==\nGET gitlab.com/projects/:/export 200 84 ms";
        let note = Stopped {
            path: "/home/engineer/.local/state/export-desk/stopped.seen.txt".into(),
            text: text.into(),
        };
        let folder = std::path::Path::new("/home/engineer/Downloads");
        let dialogs: [(&str, Box<dyn DialogRequest>); 5] = [
            ("clean", Box::new(clean)),
            ("handbook", Box::new(EditHandbook)),
            ("bundle", Box::new(SaveText::bundle(text.into(), folder))),
            ("about", Box::new(About)),
            ("stopped", Box::new(crate::gui::dialogs::stopped::Stopped(note))),
        ];
        for (name, dialog) in dialogs {
            let mut workspace = Workspace::pretend(fixture::at_work());
            workspace.route = Route::Settings;
            workspace.show_dialog(dialog);
            picture(&mut results, &format!("{name}_{word}"), window_of(workspace, theme, width, height));
        }
    }
}

#[test]
fn dialogs() {
    let mut results = SnapshotResults::new();
    both(
        &mut results,
        "connect",
        |workspace| workspace.show_dialog(Box::new(ConnectTo::any())),
        fixture::first_run,
    );
    both(
        &mut results,
        "new_case",
        |workspace| workspace.show_dialog(Box::new(NewCase::default())),
        fixture::at_work,
    );
    both(
        &mut results,
        "palette",
        |workspace| workspace.show_dialog(Box::new(Palette::default())),
        fixture::at_work,
    );
    both(&mut results, "shortcuts", |workspace| workspace.show_dialog(Box::new(Shortcuts)), fixture::at_work);
}

#[test]
fn ledger() {
    let snap = || Snapshot { ledger: Arc::new(fixture::offers()), ..fixture::at_work() };
    both(&mut SnapshotResults::new(), "ledger", |workspace| workspace.route = Route::Ledger, snap);
}

#[test]
fn offer() {
    both(
        &mut SnapshotResults::new(),
        "offer",
        |workspace| workspace.selected = Some(CaseId(3)),
        fixture::at_work,
    );
}

#[test]
fn texts() {
    let mut results = SnapshotResults::new();
    for (theme, word, width, height) in
        [(Theme::Dark, "dark", 1280.0, 1500.0), (Theme::Light, "light", 900.0, 1700.0)]
    {
        let mut workspace = Workspace::pretend(fixture::at_work());
        workspace.selected = Some(CaseId(3));
        workspace.pages.case.texts.show(&fixture::at_work().cases[2], Kind::Console);
        picture(&mut results, &format!("texts_{word}"), window_of(workspace, theme, width, height));
    }
}

#[test]
fn tracker_dialogs() {
    let mut results = SnapshotResults::new();
    let snap = fixture::at_work();
    let case = snap.cases[2].clone();
    let post = || PostText::of(Kind::Bug, &case, "Project export fails", "The export fails without a word.");
    for (theme, word, width, height) in
        [(Theme::Dark, "dark", 1280.0, 800.0), (Theme::Light, "light", 900.0, 600.0)]
    {
        let dialogs: [(&str, Box<dyn DialogRequest>); 4] = [
            ("post", Box::new(post())),
            ("issues", Box::new(fixture::issues(&case))),
            ("infradev", Box::new(LabelIssue::of(&case, &Drafts::default()))),
            ("template", Box::new(EditTemplate { kind: Kind::Offer })),
        ];
        for (name, dialog) in dialogs {
            let mut workspace = Workspace::pretend(fixture::at_work());
            workspace.selected = Some(CaseId(3));
            workspace.show_dialog(dialog);
            picture(&mut results, &format!("{name}_{word}"), window_of(workspace, theme, width, height));
        }
    }
}

#[test]
fn unopened() {
    let trouble = Trouble::new(
        Code::Local,
        "Another Export Desk uses /home/engineer/.local/share/export-desk.",
        Hint::OtherDataFolder { first: "Close the other one first".to_owned() },
    );
    picture(
        &mut SnapshotResults::new(),
        "unopened_dark",
        window_of(Workspace::broken(trouble), Theme::Dark, 900.0, 600.0),
    );
}

#[test]
fn ten_thousand_cases() {
    picture(
        &mut SnapshotResults::new(),
        "many_light",
        window(fixture::many(10_000), Theme::Light, 1280.0, 800.0),
    );
}

#[test]
fn undo_and_clock_toasts() {
    let mut results = SnapshotResults::new();
    for (theme, word, width, height) in
        [(Theme::Dark, "dark", 1280.0, 800.0), (Theme::Light, "light", 900.0, 600.0)]
    {
        let mut workspace = Workspace::pretend(fixture::at_work());
        chosen(&mut workspace);
        let mut window = window_of(workspace, theme, width, height);
        let undo = Undo::Fact { case: CaseId(1), fact: Fact::CorrelationId, was: "01JD".into() };
        let toasts = &mut window.state_mut().toasts;
        toasts.add(Toast::undoable(undo.done(), undo));
        let why =
            "2026-11-22 06:54:00 UTC. An infrastructure request is feasible within 30 days of the export.";
        toasts.add(Toast::warn("Infrastructure window ends in 23 h: #418822 acme/platform/monorepo", why));
        picture(&mut results, &format!("toasts_{word}"), window);
    }
}

#[test]
fn time_typed() {
    let mut results = SnapshotResults::new();
    for (theme, word, typed) in
        [(Theme::Dark, "dark", "yesterday 3pm +02:00"), (Theme::Light, "light", "14:05")]
    {
        let mut workspace = Workspace::pretend(fixture::at_work());
        chosen(&mut workspace);
        let mut window = window_of(workspace, theme, 1100.0, 1500.0);
        window.run();
        window.get_by_label(&format!("Edit {}", Fact::UiAttemptAt.label())).click();
        window.run();
        window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        window.run();
        window.get_by_role_and_label(egui::Role::TextInput, Fact::UiAttemptAt.label()).type_text(typed);
        picture(&mut results, &format!("time_{word}"), window);
    }
}
