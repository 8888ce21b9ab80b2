use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::case::CaseId;
use crate::gui::fixture::{at_work, opens, window};
use crate::gui::route::Route;

#[test]
fn a_few_letters_and_enter_run_a_command() {
    let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run();
    window.get_by_label("Command, project or ticket").type_text("gotran");
    window.run();
    window.key_press(Key::Enter);
    window.run();
    assert_eq!(window.state().workspace().route, Route::Downloads);
    assert!(window.state().workspace().dialog.is_none());
}

#[test]
fn it_finds_a_lesson_and_starts_it() {
    use crate::gui::fixture::{practice_window, practising};
    use crate::gui::workspace::Workspace;

    let workspace = Workspace::pretend(practising());
    let mut window = practice_window(workspace, egui::Theme::Dark, 1000.0, 700.0);
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run();
    window.get_by_label("Command, project or ticket").type_text("silent");
    window.run();
    window.key_press(Key::Enter);
    window.run();
    let sent = window.state().workspace().sent();
    assert!(sent[0].contains("StartPractice") && sent[0].contains("silent-none"), "{sent:?}");
}

#[test]
fn it_finds_cases_too() {
    let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run();
    window.get_by_label("Command, project or ticket").type_text("417990");
    window.run();
    window.key_press(Key::Enter);
    window.run();
    assert_eq!(window.state().workspace().selected, Some(CaseId(5)));
}

fn palette(query: &str) -> egui_kittest::Harness<'static, crate::gui::App> {
    let mut snapshot = at_work();
    let mut cases = snapshot.cases.to_vec();
    let mut case = cases[0].as_ref().clone();
    case.notes =
        vec![crate::case::CaseNote { at: crate::case::UtcMs(0), text: "asks for a Zebra printer".into() }];
    cases[0] = case.into();
    snapshot.cases = cases.into();
    let mut workspace = crate::gui::workspace::Workspace::pretend(snapshot);
    workspace.selected = Some(CaseId(5));
    let mut window = crate::gui::fixture::window_of(workspace, egui::Theme::Dark, 1280.0, 900.0);
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run();
    window.get_by_label("Command, project or ticket").type_text(query);
    window.run();
    window
}

/// The names of the rows, from the top.
fn rows(window: &egui_kittest::Harness<'static, crate::gui::App>) -> Vec<String> {
    use egui_kittest::kittest::NodeT as _;
    let rows = window.get_all_by_role(egui::Role::ListItem);
    rows.filter_map(|row| row.accesskit_node().label()).collect()
}

#[test]
fn it_knows_the_steps_texts_and_facts_of_the_current_case() {
    for (query, first) in [
        ("offer", "Text: Offer of a one-time export"),
        ("kibana", "Kibana search: Requests for the export"),
        ("kibana share", "Kibana share link"),
        ("close", "Close the case"),
        ("report", "Text: Report of the case"),
        ("gotran", "Go to downloads"),
    ] {
        let found = rows(&palette(query));
        assert!(found.iter().take(2).any(|row| row == first), "{query}: {found:?}");
    }
    let found = rows(&palette("offer"));
    let place = |row: &str| found.iter().position(|name| name == row);
    assert!(place("Text: Offer of a one-time export") < place("Go to the offer log"), "{found:?}");
    let other_case = found.iter().position(|name| name.starts_with('#'));
    assert!(other_case.is_none() || place("Mark the offer as sent") < other_case, "{found:?}");
    let lesson = found.iter().position(|name| name.starts_with("Lesson:"));
    let last_other = found.iter().rposition(|name| !name.starts_with("Lesson:"));
    assert!(lesson.is_none() || lesson > last_other, "lessons come last: {found:?}");
}

#[test]
fn a_field_of_the_case_opens_from_the_palette() {
    let mut window = palette("kibana share");
    window.key_press(Key::Enter);
    window.run();
    assert!(window.state().workspace().dialog.is_none());
    // The NOW card has a field of the same name, which is another widget.
    let fields: Vec<_> = window.get_all_by_label("Kibana share link").collect();
    assert!(fields.iter().any(egui_kittest::Node::is_focused), "the field has the focus");
}

#[test]
fn a_step_that_is_not_allowed_explains_itself_and_is_not_done() {
    let mut window = palette("the attempt succeeded");
    assert_eq!(rows(&window)[0], "The attempt succeeded");
    window.key_press(Key::Enter);
    window.run();
    assert!(window.state().workspace().dialog.is_some());
    assert!(window.state().workspace().sent().is_empty());
    let mut window = palette("close the case");
    window.key_press(Key::Enter);
    window.run();
    assert!(window.state().workspace().sent()[0].contains("Close"));
}

#[test]
fn a_case_is_found_by_the_words_of_its_notes() {
    let mut window = palette("zebra printer");
    window.key_press(Key::Enter);
    window.run();
    let first = window.state().workspace().snapshot.cases[0].id;
    assert_eq!(window.state().workspace().selected, Some(first));
}

#[test]
fn letters_and_enter_in_one_frame_run_what_was_typed() {
    let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run();
    window.event(egui::Event::Text("go to settings".into()));
    window.key_press(Key::Enter);
    window.run();
    assert_eq!(window.state().workspace().route, Route::Settings);
}

#[test]
fn the_list_grows_again_after_a_query_with_one_result() {
    let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run();
    window.event(egui::Event::Text("keyboard".into()));
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text("go to".into()));
    window.run();
    window.get_by_role_and_label(egui::Role::ListItem, "Go to settings").click();
    window.run();
    assert_eq!(window.state().workspace().route, Route::Settings);
}

/// What a person at work, or in practice, finds for these letters, and whether each can be done.
fn found(query: &str, practising: bool) -> Vec<(String, bool)> {
    found_on(5, query, practising)
}

fn found_on(case: i64, query: &str, practising: bool) -> Vec<(String, bool)> {
    use egui_kittest::kittest::NodeT as _;
    let mut workspace = crate::gui::workspace::Workspace::pretend(at_work());
    workspace.selected = Some(CaseId(case));
    let mut window = if practising {
        crate::gui::fixture::practice_window(workspace, egui::Theme::Dark, 1280.0, 900.0)
    } else {
        crate::gui::fixture::window_of(workspace, egui::Theme::Dark, 1280.0, 900.0)
    };
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run();
    window.get_by_label("Command, project or ticket").type_text(query);
    window.run();
    let rows = window.get_all_by_role(egui::Role::ListItem);
    rows.filter_map(|row| Some((row.accesskit_node().label()?, !row.accesskit_node().is_disabled())))
        .collect()
}

#[test]
fn what_can_be_done_comes_before_what_cannot_and_lessons_come_last_outside_of_practice() {
    for query in ["rebuild", "export", "download", "close", "offer"] {
        let at_work = found(query, false);
        let place = |wanted: &dyn Fn(&(String, bool)) -> bool| at_work.iter().position(wanted);
        let last_possible = at_work.iter().rposition(|(name, can)| *can && !name.starts_with("Lesson: "));
        let first_blocked = place(&|(_, can)| !can);
        let first_lesson = place(&|(name, _)| name.starts_with("Lesson: "));
        let is_said = |name: &str| name.starts_with('#');
        let last_named =
            at_work.iter().rposition(|(name, can)| *can && !name.starts_with("Lesson: ") && !is_said(name));
        assert!(first_blocked.is_none() || last_named < first_blocked, "{query}: {at_work:?}");
        assert!(first_lesson.is_none() || last_possible < first_lesson, "{query}: {at_work:?}");
        let blocked = at_work.iter().rposition(|(_, can)| !can);
        assert!(first_lesson.is_none() || blocked < first_lesson, "{query}: {at_work:?}");
        let in_practice = found(query, true);
        let named = |name: &str| name.starts_with("Lesson: ") && name.to_lowercase().contains(query);
        let lesson = in_practice.iter().position(|(name, _)| named(name));
        let blocked = in_practice.iter().position(|(_, can)| !can);
        assert!(lesson.is_none() || blocked.is_none() || lesson < blocked, "{query}: {in_practice:?}");
    }
    let first = &found("close", false)[0];
    assert_eq!(first, &("Close the case".to_owned(), true), "a step of the case");
}

#[test]
fn in_practice_too_a_step_of_the_case_comes_before_a_lesson_that_only_tells_of_it() {
    for case in [2, 3, 5] {
        let found = found_on(case, "close", true);
        let place = |wanted: &dyn Fn(&str) -> bool| found.iter().position(|(name, _)| wanted(name));
        let step = place(&|name| name == "Close the case");
        let lesson = place(&|name| name.starts_with("Lesson: ") && !name.to_lowercase().contains("close"));
        assert!(step.is_some() && lesson.is_some() && step < lesson, "case {case}: {found:?}");
    }
}

#[test]
fn the_searches_of_the_logs_open_from_the_palette() {
    let mut window = palette("kibana search");
    let row = "Kibana search: Export jobs of the project";
    window.get_by_role_and_label(egui::Role::ListItem, row).click();
    window.step();
    assert!(opens(&window, |url| url.contains("log.gprd")));
}

#[test]
fn the_rules_are_asked_once_for_a_query_and_not_in_each_frame() {
    use crate::gui::fixture::now;
    use crate::gui::view_context::ViewContext;
    let snapshot = at_work();
    let at = |ms: i64| ViewContext::new(&snapshot, now().plus_ms(ms), Route::Cases, false, Some(CaseId(5)));
    let mut palette = super::Palette { query: "offer".to_owned(), ..super::Palette::default() };
    let ctx = egui::Context::default();
    for _ in 0..50 {
        palette.fill(&ctx, &at(0));
    }
    let (computed, made) = (palette.steps.computed(), palette.made_from.clone());
    assert_eq!(computed, 1);
    palette.query = "close".to_owned();
    palette.fill(&ctx, &at(0));
    assert_eq!(palette.steps.computed(), 1, "another query asks the same rules");
    assert_ne!(palette.made_from, made);
    palette.fill(&ctx, &at(60_000));
    assert_eq!(palette.steps.computed(), 2, "a window of the rules ends without any event");
}
