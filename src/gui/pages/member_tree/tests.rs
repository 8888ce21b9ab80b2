//! The tree, its order, and the keys that lead through it.

use super::*;
use crate::engine::api::Member;

#[test]
fn a_tall_window_shows_more_members() {
    use egui_kittest::kittest::Queryable as _;

    use crate::gui::fixture::{inspected, window_of};
    use crate::gui::route::Route;
    use crate::gui::workspace::Workspace;

    let rows = |height: f32| {
        let mut snapshot = inspected();
        let mut view = snapshot.inspections[0].as_ref().clone();
        let Some(Ok(report)) = &mut view.ended else { panic!("it is read") };
        let all: Vec<(String, u64)> = (0..300).map(|i| (format!("file-{i:03}.bin"), 5_000 - i)).collect();
        let all: Vec<(&str, u64)> = all.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        let report = Arc::make_mut(report);
        report.members = members(&all);
        report.problems.clear();
        snapshot.inspections = [Arc::new(view)].into();
        let mut workspace = Workspace::pretend(snapshot);
        workspace.route = Route::Archives;
        let mut window = window_of(workspace, egui::Theme::Light, 1000.0, height);
        window.run();
        window.get_by_label("Files in the archive").scroll_to_me();
        window.run();
        window.get_all_by_label_contains("file-").count()
    };
    let (low, high) = (rows(800.0), rows(2_400.0));
    assert!(low >= 15 && high >= low + 30, "{low} rows, then {high}");
}

fn members(all: &[(&str, u64)]) -> Members {
    let entry = |(name, bytes): &(&str, u64)| {
        let kind = if name.ends_with('/') { MemberKind::Directory } else { MemberKind::File };
        Member { name: (*name).into(), bytes: *bytes, kind }
    };
    Members { entries: all.iter().map(entry).collect(), ..Members::default() }
}

fn names(tree: &Tree, open: &[bool]) -> Vec<String> {
    tree.rows(open).iter().map(|row| shown(&tree.nodes[*row as usize])).collect()
}

#[test]
fn folders_are_summed_and_the_largest_are_first() {
    let tree = Tree::of(&members(&[
        ("tree/", 0),
        ("tree/project/issues.ndjson", 40),
        ("tree/project/labels.ndjson", 60),
        ("VERSION", 5),
        ("project.bundle", 70),
    ]));
    let mut open = vec![false; tree.nodes.len()];
    assert_eq!(names(&tree, &open), ["tree/", "project.bundle", "VERSION"]);
    assert_eq!((tree.nodes[0].bytes, tree.nodes[0].files), (175, 4));
    open.fill(true);
    let all = names(&tree, &open);
    assert_eq!(all[..4], ["tree/", "project/", "labels.ndjson", "issues.ndjson"]);
}

#[test]
fn names_of_any_shape_end() {
    let deep = "a/".repeat(5_000) + "b";
    let tree = Tree::of(&members(&[(&deep, 1), ("//", 1), ("", 1), ("x//y", 2), ("x", 3)]));
    assert!(tree.nodes.len() < 40, "{} nodes", tree.nodes.len());
    let open = vec![true; tree.nodes.len()];
    assert_eq!(tree.rows(&open).len(), tree.nodes.len() - 1);
}

#[test]
fn of_very_many_members_only_the_rows_in_sight_are_drawn() {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    let all: Vec<_> = (0..1_500).map(|i| (format!("uploads/{i:04}/file.bin"), 1_500 - i)).collect();
    let entries: Vec<_> = all.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let mut snapshot = crate::gui::fixture::inspected();
    let mut view = snapshot.inspections[0].as_ref().clone();
    let Some(Ok(report)) = &mut view.ended else { panic!("no report") };
    Arc::make_mut(report).members = members(&entries);
    let report = Arc::clone(report);
    snapshot.inspections = [Arc::new(view)].into();
    let mut list = MemberList::default();
    let mut harness = Harness::builder()
        .with_size(egui::vec2(800.0, 700.0))
        .with_context_setup(crate::gui::theme::install)
        .build_ui(move |ui| list.ui(ui, &report));
    harness.run();
    harness.get_by_label_contains("uploads, folder").click();
    harness.run();
    let drawn = harness.get_all_by_label_contains(", folder,").count();
    assert!((10..60).contains(&drawn), "{drawn} rows were drawn");
    harness.get_by_label("0000, folder, 1.5 KiB in 1 file");
}

#[test]
fn keys_lead_through_all_rows_also_those_that_are_not_drawn() {
    use egui::Key;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    let all: Vec<(String, u64)> = (0..300).map(|i| (format!("docs/file-{i:03}.bin"), 5_000 - i)).collect();
    let all: Vec<(&str, u64)> = all.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let snapshot = crate::gui::fixture::inspected();
    let Some(Ok(report)) = &snapshot.inspections[0].ended else { panic!("no report") };
    let report = Arc::new(Report { members: members(&all), ..report.as_ref().clone() });
    let mut list = MemberList::default();
    let mut window = Harness::builder()
        .with_size(egui::vec2(800.0, 700.0))
        .with_context_setup(crate::gui::theme::install)
        // It scrolls smoothly.
        .with_max_steps(30)
        .build_ui(move |ui| list.ui(ui, &report));
    let press = |window: &mut Harness<'_>, key: Key| {
        window.key_press(key);
        window.run();
    };
    press(&mut window, Key::Tab);
    assert!(window.get_by_label_contains("docs, folder").is_focused());
    assert!(window.query_by_label_contains("file-").is_none());
    press(&mut window, Key::Enter);
    press(&mut window, Key::ArrowDown);
    assert!(window.get_by_label_contains("file-000").is_focused());
    press(&mut window, Key::End);
    let end = window.get_by_label_contains("file-299");
    assert!(end.is_focused() && end.rect().bottom() <= 700.0, "{:?}", end.rect());
    press(&mut window, Key::Home);
    press(&mut window, Key::Space);
    assert!(window.query_by_label_contains("file-").is_none(), "the folder is closed again");
    press(&mut window, Key::ArrowRight);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowRight);
    assert!(window.get_by_label_contains("file-000").is_focused(), "a file has no level below it");
    press(&mut window, Key::ArrowLeft);
    assert!(window.get_by_label_contains("docs, folder").is_focused());
    press(&mut window, Key::ArrowLeft);
    assert!(window.query_by_label_contains("file-").is_none());
    // A click on a file does nothing, but the keys continue from there.
    press(&mut window, Key::Enter);
    window.get_by_label_contains("file-002").click();
    window.run();
    press(&mut window, Key::ArrowDown);
    assert!(window.get_by_label_contains("file-003").is_focused());
}
