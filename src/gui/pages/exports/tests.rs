use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::fixture::{batch, check, view};
use super::form::unused_folder;
use crate::case::BatchId;
use crate::case::batch::{BatchItem, CheckedProject, Exportable, ItemStage, check_counts};
use crate::engine::api::{Answer, AskId, BatchItemView, BatchView, CheckId, Reply, Snapshot};
use crate::gui::App;
use crate::gui::fixture::{at_work, now, window_of};
use crate::gui::route::Route;
use crate::gui::workspace::Workspace;

type Window = Harness<'static, App>;

fn page(snapshot: Snapshot) -> Window {
    let mut workspace = Workspace::pretend(snapshot);
    workspace.route = Route::Exports;
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1400.0);
    window.run();
    window
}

/// What the person has asked for.
fn sent(window: &Window) -> Vec<String> {
    let all = window.state().workspace().sent();
    all.into_iter().filter(|command| !command.contains("LookAt")).collect()
}

fn looks(window: &Window) -> usize {
    window.state().workspace().sent().iter().filter(|command| command.contains("LookAt")).count()
}

/// The engine answers the newest command.
fn answer(window: &mut Window, result: Answer, change: impl FnOnce(&mut Snapshot)) {
    let ask = AskId(window.state().workspace().sent().len() as u64);
    let mut snapshot = window.state().workspace().snapshot.as_ref().clone();
    snapshot.replies = [Arc::new(Reply { ask, at: now(), result: Ok(result) })].into();
    change(&mut snapshot);
    window.state_mut().own.show(snapshot);
    window.run();
}

fn press(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    window.run();
}

fn write(window: &mut Window, field: &str, text: &str) {
    window.get_by_label(field).focus();
    window.run();
    window.get_by_label(field).type_text(text);
    window.run();
}

#[test]
fn a_list_is_checked_before_one_click_exports_it() {
    let mut window = page(at_work());
    press(&mut window, "Export several…");
    assert!(window.get_by_label("Check the projects").accesskit_node().is_disabled());
    write(&mut window, "Projects", "acme/api\nacme/web\nACME/api\n");
    press(&mut window, "Check the projects");
    let commands = sent(&window);
    assert!(commands[0].starts_with("Batch(Check {") && commands.len() == 1, "{commands:?}");
    answer(&mut window, Answer::BatchCheck(CheckId(1)), |snapshot| {
        snapshot.batch_checks = [Arc::new(check())].into();
    });
    window.get_by_label("3 of 6 projects can be exported, about 713.0 MiB.");
    window.get_by_label("2 lines repeat a project of an earlier line. Each project is exported once.");
    assert!(!sent(&window).iter().any(|command| command.contains("Start")), "nothing is requested yet");
    press(&mut window, "Show only projects that cannot be exported");
    assert!(window.query_by_label("acme/platform/service-005").is_none());
    window.get_by_label("With this token, GitLab finds no project acme/secret.");
    press(&mut window, "Export 3 projects");
    let start = sent(&window).pop().unwrap();
    assert!(start.starts_with("Batch(Start {") && start.matches("BatchItem {").count() == 3, "{start}");
    answer(&mut window, Answer::Batch(BatchId(3)), |snapshot| snapshot.batches = [Arc::new(view(3))].into());
    assert!(window.query_by_label("Projects").is_none(), "the form is closed");
    window.get_by_label("Select acme/platform/service-000");
    assert!(sent(&window).pop().unwrap().contains("DropCheck"), "the check is not needed any more");
}

#[test]
fn an_unreadable_list_says_why_and_a_changed_one_is_checked_again() {
    let mut window = page(at_work());
    press(&mut window, "Export several…");
    write(&mut window, "Projects", "https://gitlab.example.org/a/b\n");
    press(&mut window, "Check the projects");
    window.get_by_label_contains("Line 1: The URL belongs to https://gitlab.example.org");
    assert!(sent(&window).is_empty());
    let mut window = page(Snapshot { batch_checks: [Arc::new(check())].into(), ..at_work() });
    window.state_mut().own.pages.exports.form = Some(Box::new(super::fixture::form()));
    window.run();
    window.get_by_label("Export 3 projects");
    press(&mut window, "Replace finished exports on GitLab");
    assert!(window.query_by_label("Export 3 projects").is_none(), "the check was for other options");
}

#[test]
fn unreadable_lines_are_left_out_only_after_the_person_agrees() {
    let mut window = page(at_work());
    press(&mut window, "Export several…");
    let mail =
        "Hi Maria, please export https://gitlab.com/acme/api and\nhttps://gitlab.com/acme/web\nThanks, Tom\n";
    write(&mut window, "Projects", mail);
    press(&mut window, "Check the projects");
    assert!(sent(&window).is_empty(), "nothing is checked yet");
    window.get_by_label("1 line cannot be read. Correct the list, or go on without what is named here.");
    window.get_by_label_contains("Line 3: “Thanks” is not a full project path");
    press(&mut window, "Check the projects");
    assert!(sent(&window).is_empty(), "the same button twice is no agreement");
    press(&mut window, "Check the other lines");
    let check = sent(&window).pop().unwrap();
    assert!(check.contains("Check {") && check.matches("BatchItem {").count() == 2, "{check}");
    // A changed list is read anew.
    write(&mut window, "Projects", "solo\n");
    assert!(window.query_by_label("Check the other lines").is_none());
    press(&mut window, "Check the projects");
    window.get_by_label_contains("“solo” is not a full project path");
    assert!(!sent(&window).pop().unwrap().contains("solo"), "nothing more is checked");
}

#[test]
fn a_project_can_be_left_out_and_the_free_space_is_beside_the_rest() {
    let mut window = page(Snapshot { batch_checks: [Arc::new(check())].into(), ..at_work() });
    window.state_mut().own.pages.exports.form = Some(Box::new(super::fixture::form()));
    window.run();
    assert!(sent(&window).pop().unwrap().contains("Measure {"), "{:?}", sent(&window));
    window.get_by_label("3 projects selected, about 713.0 MiB.");
    answer(&mut window, Answer::FreeBytes(Some(300 << 20)), |_| {});
    window.get_by_label_contains("3 projects selected, about 713.0 MiB. The folder has only 300.0 MiB free");
    assert!(window.query_by_label("Export acme/platform/service-021").is_none(), "it cannot be exported");
    press(&mut window, "Export acme/platform/service-013");
    press(&mut window, "Export acme/platform/service-005");
    window.get_by_label_contains("1 project selected, about 93.0 MiB. The folder has 300.0 MiB free.");
    press(&mut window, "Export 1 project");
    let start = sent(&window).pop().unwrap();
    assert!(start.starts_with("Batch(Start {") && start.contains("service-053"), "{start}");
    assert_eq!(start.matches("BatchItem {").count(), 1, "{start}");
    press(&mut window, "Export all listed projects");
    press(&mut window, "Export all listed projects");
    assert!(window.get_by_label("Export 0 projects").accesskit_node().is_disabled());
}

#[test]
fn a_large_group_is_confirmed_before_it_is_checked() {
    let mut window = page(at_work());
    press(&mut window, "Export several…");
    press(&mut window, "All projects of a group");
    write(&mut window, "Group", "acme");
    press(&mut window, "Include subgroups");
    press(&mut window, "Check the projects");
    let list = sent(&window).pop().unwrap();
    assert!(list.contains("ListGroup") && list.contains("with_subgroups: true"), "{list}");
    let found: Vec<_> = (0..312).map(|id| BatchItem::listed(id + 1, format!("acme/p{id}"))).collect();
    answer(&mut window, Answer::GroupProjects(found.into()), |_| {});
    assert_eq!(sent(&window).len(), 1, "nothing is checked without a click");
    window.get_by_label("The group has 312 projects. Check them only if you want to export so many.");
    press(&mut window, "Check all 312 projects");
    let check = sent(&window).pop().unwrap();
    assert!(check.contains("Check {") && check.matches("BatchItem {").count() == 312, "{}", check.len());
}

#[test]
fn the_selected_projects_are_held_back_continued_and_tried_again() {
    let mut window = page(batch(40));
    window.get_by_label_contains("GitLab accepts 6 exports per minute. About ");
    window.get_by_label_contains("Free space: 120.0 GiB. Expected: about ");
    for label in ["Pause", "Resume", "Cancel", "Retry"] {
        let label = format!("{label} the selected projects");
        assert!(window.get_by_label(&label).accesskit_node().is_disabled(), "{label}: nothing is selected");
    }
    press(&mut window, "Retry all failed");
    assert!(sent(&window)[0].contains("places: [3, 11, 19, 27, 35], deed: Retry"), "{:?}", sent(&window));
    press(&mut window, "Select acme/platform/service-005");
    press(&mut window, "Select acme/platform/service-003");
    press(&mut window, "Pause the selected projects");
    assert!(sent(&window)[1].contains("places: [5], deed: Pause"), "a failed project cannot be paused");
    press(&mut window, "Retry the selected projects");
    assert!(sent(&window)[2].contains("places: [3], deed: Retry"));
    write(&mut window, "Filter the projects", "failed");
    window.get_by_label("5 of 40 projects");
    press(&mut window, "Select all listed projects");
    press(&mut window, "Select all listed projects");
    // Nothing happens to a project that nobody sees.
    window.get_by_label("0 selected, 1 more not listed");
    assert!(window.get_by_label("Cancel the selected projects").accesskit_node().is_disabled());
    window.get_by_label("Filter the projects").focus();
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.key_press(egui::Key::Delete);
    window.run();
    press(&mut window, "Cancel the selected projects");
    assert!(sent(&window)[3].contains("places: [5], deed: Cancel"), "{:?}", sent(&window)[3]);
}

/// The names of the selected rows that are drawn.
fn selected(window: &Window) -> Vec<String> {
    let boxes = window.get_all_by_label_contains("Select acme/platform/service-");
    let ticked = boxes.filter(|node| node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True));
    let names = ticked.map(|node| node.accesskit_node().label().unwrap_or_default());
    names.map(|name| name.replace("Select acme/platform/service-", "")).collect()
}

fn row_at<'a>(window: &'a Window, number: &str) -> egui_kittest::Node<'a> {
    let title = format!("acme/platform/service-{number}");
    let mut all = window.get_all_by_label_contains("acme/platform/service-");
    all.find(|node| node.value().as_ref() == Some(&title)).unwrap()
}

#[test]
fn a_click_selects_a_row_and_with_shift_or_command_more() {
    let mut window = page(batch(40));
    row_at(&window, "002").click();
    window.run();
    assert_eq!(selected(&window), ["002"]);
    assert!(window.get_by_label("Select acme/platform/service-002").accesskit_node().is_focused());
    row_at(&window, "004").click_modifiers(egui::Modifiers::SHIFT);
    window.run();
    assert_eq!(selected(&window), ["002", "003", "004"]);
    row_at(&window, "003").click_modifiers(egui::Modifiers::COMMAND);
    row_at(&window, "006").click_modifiers(egui::Modifiers::COMMAND);
    window.run();
    assert_eq!(selected(&window), ["002", "004", "006"]);
    // A click on a second line, on a chip, or where nothing is, counts as well.
    window.get_all_by_label("GitLab status: started").next().unwrap().click();
    window.run();
    assert_eq!(selected(&window), ["002"]);
    press(&mut window, "Select acme/platform/service-005");
    window.get_by_label("Select acme/platform/service-007").click_modifiers(egui::Modifiers::SHIFT);
    window.run();
    assert_eq!(selected(&window), ["002", "005", "006", "007"], "a check box takes nothing away");
}

#[test]
fn keys_select_the_rows_that_they_pass_and_all() {
    let mut window = page(batch(40));
    row_at(&window, "001").click();
    window.run();
    for key in [egui::Key::ArrowDown, egui::Key::ArrowDown, egui::Key::ArrowUp] {
        window.key_press_modifiers(egui::Modifiers::SHIFT, key);
        window.run();
    }
    assert_eq!(selected(&window), ["001", "002"]);
    write(&mut window, "Filter the projects", "failed");
    window.get_by_label("Select acme/platform/service-011").focus();
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.run();
    window.get_by_label("5 selected, 2 more not listed");
    window.key_press(egui::Key::Home);
    window.run();
    window.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::End);
    window.run();
    assert!(window.get_by_label("Select acme/platform/service-035").accesskit_node().is_focused());
}

#[test]
fn the_selected_rows_share_one_menu() {
    let mut window = page(batch(40));
    row_at(&window, "002").click();
    window.run();
    row_at(&window, "003").click_modifiers(egui::Modifiers::SHIFT);
    window.run();
    row_at(&window, "003").click_secondary();
    window.run();
    window.get_by_label("2 projects");
    window.get_by_label("Copy errors").click();
    window.step();
    let commands = &window.output().platform_output.commands;
    let copied = commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let why = "acme/platform/service-003: The token's owner has a role below Maintainer in this project.";
    assert_eq!(copied.as_deref(), Some(why));
}

#[test]
fn a_selection_stays_in_its_batch() {
    let mut window = page(batch(40));
    press(&mut window, "Select acme/platform/service-005");
    window.get_by_label("1 selected");
    // A command starts another batch, which the page shows.
    let mut newer = view(40);
    newer.batch.id = BatchId(4);
    let both = Snapshot { batches: [Arc::new(newer), Arc::new(view(40))].into(), ..at_work() };
    window.state_mut().own.show(both);
    window.run();
    window.get_by_label("0 selected");
}

#[test]
fn what_a_batch_deletes_is_in_its_check_and_on_its_button() {
    let mut found = check();
    let replaced = CheckedProject { exportable: Some(Exportable::Replaces), ..(*found.projects[2]).clone() };
    let projects: Vec<_> = found.projects.iter().map(|one| (**one).clone()).collect();
    let projects = [&projects[..2], &[replaced], &projects[3..]].concat();
    found.counts = check_counts(&projects);
    found.projects = projects.into_iter().map(Arc::new).collect();
    let mut window = page(Snapshot { batch_checks: [Arc::new(found)].into(), ..at_work() });
    window.state_mut().own.pages.exports.form = Some(Box::new(super::fixture::form()));
    window.run();
    window.get_by_label_contains("1 finished export on GitLab will be deleted");
    window.get_by_label("Export 4 projects, delete 1 finished file");
}

#[test]
fn without_an_instance_the_form_leads_to_the_connection() {
    let mut window = page(Snapshot { instances: [].into(), ..at_work() });
    press(&mut window, "Export several…");
    window.get_by_label("Connect to a GitLab first.");
    write(&mut window, "Projects", "acme/api\n");
    assert!(window.get_by_label("Check the projects").accesskit_node().is_disabled());
}

#[test]
fn the_rows_are_ordered_and_the_listed_ones_are_saved_as_a_table() {
    let mut window = page(batch(40));
    write(&mut window, "Filter the projects", "importable");
    window.get_by_label("5 of 40 projects");
    press(&mut window, "Sort by project");
    press(&mut window, "Sort by project");
    press(&mut window, "Save the table…");
    let table = window.get_by_label("Text: Save the table").accesskit_node().value().unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 6, "{table}");
    assert!(lines[1].starts_with("acme/platform/service-032,1032,done,"), "{table}");
    window.get_by_label("File");
    press(&mut window, "Close");
    assert!(sent(&window).is_empty(), "nothing was written");
}

#[test]
fn keys_lead_from_row_to_row_of_five_hundred() {
    let mut window = page(batch(500));
    let drawn = window.get_all_by_label_contains("Select acme/platform/").count();
    assert!((5..60).contains(&drawn), "{drawn} of 500 rows are drawn");
    window.get_by_label("Select acme/platform/service-000").focus();
    window.run();
    window.key_press(egui::Key::End);
    window.run();
    assert!(window.get_by_label("Select acme/platform/service-499").accesskit_node().is_focused());
    window.key_press(egui::Key::Space);
    window.run();
    window.get_by_label("1 selected");
    window.key_press(egui::Key::Home);
    window.run();
    assert!(window.get_by_label("Select acme/platform/service-000").accesskit_node().is_focused());
    // Keys continue from the row that was clicked.
    window.get_by_label("Select acme/platform/service-003").click();
    window.run();
    window.key_press(egui::Key::ArrowDown);
    window.run();
    assert!(window.get_by_label("Select acme/platform/service-004").accesskit_node().is_focused());
}

#[test]
fn the_archives_are_looked_at_when_their_batch_comes_on_the_page() {
    let mut window = page(batch(40));
    window.run();
    assert_eq!(looks(&window), 1, "once while it is shown");
    window.event(egui::Event::WindowFocused(true));
    window.run();
    assert_eq!(looks(&window), 2, "the person may have been in the folder");
}

#[test]
fn a_project_that_waits_says_why() {
    let missing = crate::case::UserError::new(crate::case::Code::TokenMissing, "There is no token.", "");
    let mut held = view(9);
    held.batch.stopped = Some(missing.clone());
    held.items = held
        .items
        .iter()
        .map(|one| {
            let item =
                BatchItem { stage: ItemStage::Exporting, file: None, ..one.item.failed(missing.clone()) };
            Arc::new(BatchItemView { item, ..one.as_ref().clone() })
        })
        .collect();
    let window = page(Snapshot { batches: [Arc::new(held)].into(), ..at_work() });
    assert!(window.query_all_by_label("There is no token.").count() > 5, "beside each project");
    assert!(window.query_by_label_contains("until its turn").is_none());
}

#[test]
fn a_batch_that_stopped_says_why_and_is_resumed() {
    let stopped =
        crate::case::UserError::new(crate::case::Code::Local, "The disk is full.", "Free some space.");
    let mut view = view(9);
    view.batch.stopped = Some(stopped);
    view.free_bytes = Some(1 << 20);
    let mut window = page(Snapshot { batches: [Arc::new(view)].into(), ..at_work() });
    window.get_by_label("The disk is full.");
    window.get_by_label_contains("are expected, and the folder has 1.0 MiB free.");
    press(&mut window, "Resume the batch");
    assert!(sent(&window)[0].contains("Resume { batch: BatchId(3) }"), "{:?}", sent(&window));
}

#[test]
fn without_a_network_no_time_is_promised() {
    let batches = || [Arc::new(view(60))].into();
    let mut cut = view(60);
    cut.is_unanswered = true;
    assert_eq!(cut.left_ms(now()), None);
    for snapshot in [
        Snapshot { batches: batches(), is_offline: true, ..at_work() },
        Snapshot { batches: [Arc::new(cut)].into(), ..at_work() },
    ] {
        let mut window = page(snapshot);
        press(&mut window, "Sort by status");
        assert!(window.query_all_by_label("waits until GitLab answers").count() > 5);
        assert!(window.query_by_label_contains("until its turn").is_none());
        assert!(window.query_by_label_contains(" left.").is_none());
    }
}

#[test]
fn a_waiting_project_says_when_it_is_requested() {
    let view: BatchView = view(60);
    let waiting = view.items.iter().filter(|one| one.item.stage == ItemStage::Waiting && !one.item.is_paused);
    assert!(waiting.count() > 18);
    let mut window = page(Snapshot { batches: [Arc::new(view)].into(), ..at_work() });
    press(&mut window, "Sort by status");
    let first = window.get_all_by_label("queued, about 20 s until its turn").count();
    let later = window.get_all_by_label_contains("queued, about 1 min until its turn").count();
    assert!(first == 6 && later > 0, "{first} {later}");
}

#[test]
fn a_new_batch_gets_a_folder_of_its_own() {
    let empty = at_work();
    let folder = |name: &str| empty.download_folder.join(name);
    assert_eq!(unused_folder(&empty), folder("exports"));
    let of = |name: &str| {
        let mut view = view(3);
        view.batch.folder = Some(folder(name).to_str().unwrap().to_owned());
        Arc::new(view)
    };
    let used = Snapshot { batches: [of("exports"), of("exports-2")].into(), ..at_work() };
    assert_eq!(unused_folder(&used), folder("exports-3"));
}
