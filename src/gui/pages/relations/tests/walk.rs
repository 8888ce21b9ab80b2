//! A relations export in a window over a real engine and the practice GitLab. Each step finds its controls by their
//! visible labels.

use std::path::Path;
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use crate::case::{CaseId, RelationsPhase};
use crate::engine::api::{RelationFileView, RelationsView};
use crate::gui::App;
use crate::gui::route::Route;
use crate::gui::walk::{click, until, window_in};

type Window = Harness<'static, App>;

fn window(folder: &Path, lesson: &'static str) -> Window {
    window_in(folder, lesson, true, 2000.0)
}

fn newest(window: &Window) -> Option<Arc<RelationsView>> {
    window.state().workspace().snapshot.relations.first().cloned()
}

/// Opens a case for the lesson's project.
fn case(window: &mut Window) -> CaseId {
    let practice = window.state().workspace().snapshot.practice.clone().unwrap();
    let project = practice.lesson.as_ref().unwrap().project.clone();
    window.key_press_modifiers(Modifiers::COMMAND, Key::N);
    until(window, "the dialog", |window| window.query_by_label("Ticket and project").map(|_| ()));
    window.step();
    window.get_by_label("Ticket and project").type_text(&format!("{}/{project}", practice.url));
    click(window, "Open the case");
    let id = until(window, "the case", |window| window.state().workspace().selected);
    window.step();
    id
}

/// From the selected case to its started export.
fn start(window: &mut Window) {
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    until(window, "the page", |window| (window.state().workspace().route == Route::Relations).then_some(()));
    click(window, "Start the relations export");
}

fn manifest(view: &RelationsView) -> serde_json::Value {
    let folder = &view.download.as_ref().unwrap().folder;
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// The number of manifest lines about one relation.
fn lines_of(manifest: &serde_json::Value, relation: &str) -> usize {
    let lines = manifest["files"].as_array().unwrap();
    lines.iter().filter(|line| line["relation"] == relation).count()
}

#[test]
fn started_watched_downloaded_and_the_failing_relation_retried() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), "relations-batched");
    let case = case(&mut window);
    start(&mut window);
    until(&mut window, "progress", |window| window.query_by_label_contains("ended · ").map(|_| ()));
    let view = until(&mut window, "the end", |window| newest(window).filter(|view| view.run.is_ended()));
    assert_eq!((view.status.phase, view.run.case_id), (RelationsPhase::SomeFailed, Some(case)));
    until(&mut window, "the row", |window| {
        window.query_by_label("Export again for ci_pipelines").map(|_| ())
    });
    window.get_by_label("GitLab: -1");

    click(&mut window, "Download all");
    let over = |view: &Arc<RelationsView>| view.download.as_ref().is_some_and(|download| !download.is_moving);
    let view = until(&mut window, "the files", |window| newest(window).filter(over));
    assert_eq!(view.download.as_ref().unwrap().files_failed, 0);
    let before = manifest(&view);
    assert_eq!(before["not_exported"][0]["relation"], "ci_pipelines");
    assert_eq!(before["files"].as_array().unwrap().len(), view.download.as_ref().unwrap().files_done);

    click(&mut window, "Export again for ci_pipelines");
    let again = until(&mut window, "the second end", |window| {
        newest(window).filter(|newer| newer.run.id != view.run.id && newer.run.is_ended())
    });
    assert_eq!(again.status.phase, RelationsPhase::Ready, "{}", again.status.sentence);
    click(&mut window, "Download 1 selected relation");
    let end = until(&mut window, "its files", |window| newest(window).filter(over));
    let row = end.rows.iter().find(|row| row.relation == "ci_pipelines").unwrap();
    assert!(!row.files.is_empty() && row.files.iter().all(RelationFileView::is_there), "{row:?}");
    assert_eq!(end.download.as_ref().unwrap().files_all, row.files.len(), "only the one");
    let after = manifest(&end);
    assert_eq!(after["not_exported"].as_array().unwrap().len(), 0);
    assert_eq!((lines_of(&before, "ci_pipelines"), lines_of(&after, "ci_pipelines")), (0, row.files.len()));
    let journal = &window.state().workspace().snapshot.journal;
    let told: Vec<_> = journal.iter().map(|line| (line.case_id, line.sentence.as_str())).collect();
    let pending = "Relations export of acme/handbook requested.";
    for part in [pending, "ci_pipelines", "Download to", "files of the relations export are in"] {
        assert!(told.iter().any(|(of, line)| *of == Some(case) && line.contains(part)), "{part}: {told:?}");
    }
}

#[test]
fn a_disabled_feature_is_shown_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), "relations-off");
    case(&mut window);
    start(&mut window);
    until(&mut window, "the reason", |window| {
        window.query_by_label_contains("enable migration by direct transfer").map(|_| ())
    });
    assert!(newest(&window).is_none(), "nothing was begun");
}
