//! The pages and dialogs as images, one each: dark theme, one size; one narrow, one at twice the scale. The images
//! are stored in `snapshots/`; `UPDATE_SNAPSHOTS=1 cargo test --lib pictures` renews them. Whatever a plain assertion
//! can check is tested in [`super::reader`] and beside the views. The images need a Vulkan driver (Debian:
//! mesa-vulkan-drivers).

mod sizes;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use egui::{Theme, Vec2};
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use super::app::App;
use super::fixture::{self, practice_window, window_of};
use super::kit::Toast;
use super::reader::{self, inspected};
use super::route::Route;
use super::theme;
use super::undo::Undo;
use super::workspace::Workspace;
use crate::case::{CaseId, Code, Fact, Hint, UserError};
use crate::engine::api::Snapshot;
use crate::gui::pages::exports::fixture as exports_fixture;
use crate::gui::pages::imports::fixture::{self as import_fixture, import_forms};
use crate::platform::os::{OS, Os};
use crate::texts::TextKind;

type Window = Harness<'static, App>;
type Picture = (&'static str, fn() -> Window);

const FOLDER: &str = "src/gui/snapshots";
/// The size in points of every image except the narrow one and the high-resolution one.
const SIZE: Vec2 = Vec2::new(1100.0, 700.0);
/// The smallest window.
const SMALLEST: Vec2 = Vec2::new(900.0, 600.0);

const PAGES: [Picture; 14] = [
    ("first_run", || page(Route::Cases, None, fixture::first_run())),
    ("case", || page(Route::Cases, Some(1), fixture::at_work())),
    ("issues", issues),
    ("texts", texts),
    ("transfers", || page(Route::Downloads, None, fixture::at_work())),
    ("inspector", inspector),
    ("relations", relations),
    ("imports", || page(Route::Imports, None, import_fixture::imports())),
    ("import_form", import_form),
    ("practice", practice),
    ("settings", || page(Route::Settings, None, fixture::at_work())),
    ("ledger", || page(Route::OfferLog, None, with_offers())),
    ("unopened", unopened),
    ("toasts", toasts),
];

const DIALOGS: [Picture; 5] = [
    ("connect", || dialog("connect")),
    ("new_case", || dialog("new case")),
    ("palette", || dialog("palette")),
    ("post", || dialog("post")),
    ("template", || dialog("template")),
];

const SIZES: [Picture; 4] = [
    ("case_narrow", || of(workspace_at(Route::Cases, Some(1), fixture::at_work()), SMALLEST, 1.0)),
    ("exports", || of(workspace_at(Route::Exports, None, exports_fixture::batch(500)), SMALLEST, 1.0)),
    ("transfers_2x", || of(workspace_at(Route::Downloads, None, fixture::at_work()), SMALLEST, 2.0)),
    ("scripts", sizes::names_in_every_script),
];

fn workspace_at(route: Route, selected: Option<i64>, snapshot: Snapshot) -> Workspace {
    let mut workspace = Workspace::pretend(snapshot);
    (workspace.route, workspace.selected) = (route, selected.map(CaseId));
    workspace
}

fn of(workspace: Workspace, size: Vec2, scale: f32) -> Window {
    Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_theme(Theme::Dark)
        .with_context_setup(theme::install)
        .with_max_steps(8)
        .build_eframe(move |_| App::around(workspace))
}

fn page(route: Route, selected: Option<i64>, snapshot: Snapshot) -> Window {
    of(workspace_at(route, selected, snapshot), SIZE, 1.0)
}

/// A dialog over a page with little content.
fn dialog(name: &str) -> Window {
    let mut workspace = workspace_at(Route::OfferLog, None, fixture::at_work());
    let named = reader::dialogs().into_iter().find(|(found, _)| *found == name);
    workspace.show_dialog(named.expect("a dialog of this name").1);
    of(workspace, SIZE, 1.0)
}

fn texts() -> Window {
    let snapshot = fixture::at_work();
    let mut workspace = workspace_at(Route::Cases, Some(3), snapshot.clone());
    workspace.pages.case.texts.show(&snapshot.cases[2], TextKind::Console);
    of(workspace, Vec2::new(SIZE.x, 1000.0), 1.0)
}

/// The NOW card with the result of a search.
fn issues() -> Window {
    let snapshot = fixture::at_work();
    let mut workspace = workspace_at(Route::Cases, Some(5), snapshot.clone());
    workspace.pages.case.searched(&snapshot.cases[4], fixture::issues());
    of(workspace, SIZE, 1.0)
}

fn inspector() -> Window {
    let mut snapshot = inspected();
    import_fixture::compare(&mut snapshot);
    page(Route::Archives, None, snapshot)
}

fn relations() -> Window {
    use fixture::relations as made;
    page(Route::Relations, None, made::with(vec![made::some_failed(), made::running()]))
}

fn import_form() -> Window {
    let mut workspace = workspace_at(Route::Imports, None, inspected());
    workspace.pages.imports.form = Some(Box::new(import_forms().swap_remove(0)));
    of(workspace, SIZE, 1.0)
}

fn practice() -> Window {
    practice_window(workspace_at(Route::Practice, None, fixture::practising()), Theme::Dark, SIZE.x, SIZE.y)
}

fn with_offers() -> Snapshot {
    Snapshot { offer_log: Arc::new(fixture::offers()), ..fixture::at_work() }
}

fn unopened() -> Window {
    let error = UserError::new(
        Code::Local,
        "Another Export Desk uses /home/engineer/.local/share/export-desk.",
        Hint::OtherDataFolder { first: "Close the other Export Desk first".to_owned() },
    );
    window_of(Workspace::broken(error), Theme::Dark, SIZE.x, SIZE.y)
}

fn toasts() -> Window {
    let mut window = page(Route::Cases, Some(1), fixture::at_work());
    let undo = Undo::facts(&fixture::at_work().cases[0], [Fact::CorrelationId]);
    let toasts = &mut window.state_mut().toasts;
    toasts.add(Toast::undoable(undo.done(), undo));
    let why = "2026-11-22 06:54:00 UTC. An infrastructure request is feasible within 30 days of the export.";
    toasts.add(Toast::warn("Infrastructure window ends in 23 h: #418822 acme/platform/monorepo", why));
    window
}

/// Whether images can be rendered without a screen.
fn has_vulkan_driver() -> bool {
    let is_named = |name: &str| std::env::var_os(name).is_some();
    let has_files = |folder: &str| std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
        .into_iter()
        .any(has_files)
        || ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"].into_iter().any(is_named)
}

/// Draws the images, and compares them with the stored ones.
fn compare(pictures: &[Picture]) {
    if OS != Os::Linux {
        println!("skipped: the stored images are drawn by Mesa's software renderer, on Linux alone");
        return;
    }
    if !has_vulkan_driver() {
        assert!(std::env::var_os("CI").is_none(), "a Vulkan driver is missing (Debian: mesa-vulkan-drivers)");
        println!("skipped: no Vulkan driver is installed (Debian: mesa-vulkan-drivers)");
        return;
    }
    let mut results = SnapshotResults::new();
    for (name, window) in pictures {
        if *name == "scripts" && !sizes::has_fonts() {
            println!("skipped: Debian's fonts-noto-cjk and fonts-dejavu-core are not installed");
            continue;
        }
        let mut window = window();
        window.run();
        window.snapshot_options(*name, &SnapshotOptions::new().output_path(FOLDER));
        results.extend_harness(&mut window);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            make_small(&Path::new(FOLDER).join(format!("{name}.png")));
        }
    }
}

/// Recompresses the same pixels to fewer bytes.
fn make_small(path: &Path) {
    let pixels = image::open(path).unwrap().to_rgb8();
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
    pixels.write_with_encoder(encoder).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn pages() {
    compare(&PAGES);
}

#[test]
fn dialogs() {
    compare(&DIALOGS);
}

#[test]
fn at_other_sizes_and_in_other_scripts() {
    compare(&SIZES);
}

/// At most thirty images, less than 2 MiB together, and none without a test that draws it.
#[test]
fn few_and_small() {
    let drawn: BTreeSet<_> = PAGES.iter().chain(&DIALOGS).chain(&SIZES).map(|(name, _)| *name).collect();
    assert!(drawn.len() <= 30, "{} pictures", drawn.len());
    let mut bytes = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".png") else { continue };
        if [".old", ".new", ".diff"].iter().any(|left| name.ends_with(left)) {
            continue;
        }
        assert!(drawn.contains(name), "no test draws {FOLDER}/{name}.png");
        bytes += entry.metadata().unwrap().len();
    }
    assert!(bytes < 2 << 20, "{bytes} bytes");
}
