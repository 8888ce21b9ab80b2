use std::sync::Arc;

use egui::Role;
use egui::emath::GuiRounding as _;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::case::stepped::{self, with};
use crate::case::{Case, CaseId, Event, Fact, Offer, OfferLog, ProjectRef, Rules, Stage, stage_at};
use crate::engine::api::Snapshot;
use crate::gui::App;
use crate::gui::fixture::on_the_way::{accepted, console_opened, deeds, fact_field, infra_opened};
use crate::gui::fixture::{GITLAB, ago, at_work, case, now, opens, run_of, window_of};
use crate::gui::workspace::Workspace;

const KIBANA: &str = "https://log.gprd.gitlab.net/app/r/s/aBcD1";
const BUG: &str = "https://gitlab.com/gitlab-org/gitlab/-/issues/330833";

fn window_on(cases: Vec<Case>) -> Harness<'static, App> {
    let selected = cases[0].id;
    let cases = cases.into_iter().map(Arc::new).collect();
    let mut workspace = Workspace::pretend(Snapshot { cases, ..at_work() });
    workspace.selected = Some(selected);
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
    window.run();
    window
}

/// Both attempts are recorded, the links are not.
fn attempted() -> Case {
    at_work().cases[4].as_ref().clone()
}

fn type_into(window: &mut Harness<'static, App>, fact: Fact, text: &str) {
    fact_field(window, fact).focus();
    window.run();
    fact_field(window, fact).type_text(text);
    window.run();
}

fn pointer(window: &mut Harness<'static, App>, pos: egui::Pos2, pressed: bool) {
    let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
    window.input_mut().events.push(egui::Event::PointerMoved(pos));
    window.input_mut().events.push(egui::Event::PointerButton { pos, button, pressed, modifiers });
    window.step();
}

#[test]
fn a_press_that_began_on_one_step_ends_on_no_other() {
    let one = with(&attempted(), &[(Fact::KibanaLink, KIBANA), (Fact::BugIssue, BUG)], now());
    let next = with(&one, &[(Fact::BugIssueUpdated, "yes")], now());
    let mut window = window_on(vec![one]);
    let at = window.get_by_label("Copy and mark as posted").rect().center();
    pointer(&mut window, at, true);
    let snapshot = window.state().workspace().snapshot.as_ref().clone();
    window.state_mut().own.show(Snapshot { cases: [Arc::new(next)].into(), ..snapshot });
    window.step();
    window.get_by_label("Copy and mark as sent");
    pointer(&mut window, at, false);
    window.run_steps(2);
    assert_eq!(deeds(&window), [] as [String; 0]);
}

#[test]
fn what_was_typed_is_saved_and_used_before_a_text_is_posted() {
    let mut window = window_on(vec![attempted()]);
    type_into(&mut window, Fact::KibanaLink, KIBANA);
    window.get_by_label("Create the issue…").click();
    window.run();
    let sent = deeds(&window);
    assert!(sent.len() == 1 && sent[0].contains("KibanaLink"), "{sent:?}");
    let text = window.query_all_by_label("Text").find_map(|node| node.value()).unwrap_or_default();
    assert!(text.contains(KIBANA), "{text}");
}

#[test]
fn what_is_typed_wrong_is_not_posted() {
    let mut window = window_on(vec![attempted()]);
    type_into(&mut window, Fact::KibanaLink, "https://evil.example/x");
    window.get_by_label("Create the issue…").click();
    window.run();
    assert!(window.state().workspace().dialog.is_none());
    window.get_by_label_contains("was not saved");
}

#[test]
fn links_and_comment_are_one_press_once_both_are_there() {
    let mut window = window_on(vec![attempted()]);
    let button = "Save, copy the comment, mark as posted";
    type_into(&mut window, Fact::BugIssue, BUG);
    assert!(window.get_by_label(button).accesskit_node().is_disabled(), "the gate needs a log link");
    type_into(&mut window, Fact::KibanaLink, KIBANA);
    window.get_by_label(button).click();
    window.run();
    let sent = deeds(&window);
    assert_eq!(sent.len(), 1, "{sent:?}");
    for part in ["KibanaLink", "BugIssueUpdated", "copied: Some(Comment)"] {
        assert!(sent[0].contains(part), "{sent:?}");
    }
}

#[test]
fn a_time_that_is_now_leaves_the_focus_on_the_next_field() {
    let mut window = window_on(vec![case(2, 418_790, "acme/api")]);
    window.get_by_label(&format!("Now: {}", Fact::UiAttemptAt.label())).click();
    window.run();
    assert!(fact_field(&window, Fact::UiAttemptMessage).accesskit_node().is_focused());
}

/// A project that has had its offer.
fn offered() -> Snapshot {
    let three = at_work().cases[2].clone();
    let offer = Offer {
        at: ago(9_000),
        case_id: CaseId(77),
        instance: GITLAB.to_owned(),
        project_id: three.project.id,
        project_path: three.project.path.clone(),
        ticket: None,
        by: None,
        override_reason: None,
        withdrawn_at: None,
    };
    let offer_log = Arc::new(OfferLog { offers: vec![offer] });
    Snapshot { cases: [three].into(), offer_log, ..at_work() }
}

#[test]
fn a_second_offer_is_made_with_its_reason() {
    let mut workspace = Workspace::pretend(offered());
    workspace.selected = Some(CaseId(3));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
    window.run();
    window.get_by_label("Offer again…").click();
    window.run();
    window.get_by_label("Reason for a second offer").type_text("The first file was damaged.");
    window.run();
    window.get_by_role_and_label(egui::accesskit::Role::Button, "Copy and mark as sent").click();
    window.step();
    let copied = |command: &egui::OutputCommand| matches!(command, egui::OutputCommand::CopyText(text) if text.contains("export"));
    assert!(window.output().platform_output.commands.iter().any(copied));
    window.run();
    let sent = deeds(&window);
    assert!(sent.iter().any(|sent| sent.contains("The first file was damaged.")), "{sent:?}");
    assert!(sent.iter().any(|sent| sent.contains("copied: Some(Offer)")), "the text goes with it: {sent:?}");
}

#[test]
fn a_new_case_names_the_offer_that_its_project_has_had() {
    let mut window = window_of(Workspace::pretend(offered()), egui::Theme::Dark, 1280.0, 900.0);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
    window.run();
    let path = offered().cases[0].project.path.clone().unwrap_or_default();
    window.get_by_label("Ticket and project").type_text(&path);
    window.run();
    window.get_by_label_contains("This project had its one-time offer on");
}

#[test]
fn a_new_case_names_a_closed_case_of_the_same_ticket_and_project() {
    let closed = stepped::closed(&case(1, 418_902, "acme/monorepo"), ago(60));
    let mut window = window_on(vec![closed]);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
    window.run();
    window.get_by_label("Ticket and project").type_text("#418902 acme/monorepo");
    window.run();
    window.get_by_label_contains("#418902 acme/monorepo was closed on");
    window.get_by_label("Open the case");
}

#[test]
fn a_link_to_an_unknown_host_is_handed_over_after_a_question() {
    let mut window = window_on(vec![stepped::on(&console_opened(), Event::AttemptSucceeded, now())]);
    type_into(&mut window, Fact::HandoverLink, "https://evil.example/x");
    window.get_by_label("Copy the reply and close the case").click();
    window.run();
    assert_eq!(deeds(&window), [] as [String; 0]);
    window.get_by_label("Use this link").click();
    window.run();
    assert!(deeds(&window)[0].contains("evil.example"));
}

#[test]
fn a_corrected_answer_says_what_the_facts_call_for_now() {
    let driver = infra_opened(true);
    let words = "The facts now call for the console request.";
    window_on(vec![driver.clone()]).get_by_label("Open the infrastructure request").click();
    let window = window_on(vec![driver.clone()]);
    assert!(window.query_by_label_contains(words).is_none());
    let window = window_on(vec![with(&driver, &[(Fact::ExportSucceeded, "no")], now())]);
    window.get_by_label_contains(words);
    // The way back to the request that the facts call for.
    let mut window = window;
    window.get_by_label("Prepare the console request instead").click();
    window.run();
    assert!(deeds(&window)[0].contains("Undo"), "{:?}", deeds(&window));
    let back = stepped::on(&with(&driver, &[(Fact::ExportSucceeded, "no")], now()), Event::Undo, now());
    assert_eq!(stage_at(&back, &Rules::default(), now()), Stage::ConsoleRequest);
}

#[test]
fn only_what_happened_is_ticked() {
    let discarded = stepped::on(&at_work().cases[2], Event::Discard, now());
    let window = window_on(vec![discarded]);
    window.get_by_label("Stage: ended, 2 of 7 steps done");
    let window = window_on(vec![accepted()]);
    window.get_by_label("Stage: Route, step 4 of 7");
}

#[test]
fn a_step_that_waits_has_the_name_of_its_stage() {
    for (case, name) in [
        (sent_and_before().0, "Stage: Awaiting answer, step 3 of 7"),
        (infra_opened(true), "Stage: Awaiting attempt, step 6 of 7"),
    ] {
        window_on(vec![case]).get_by_label(name);
    }
}

/// The export that another case started is history of the project.
#[test]
fn a_run_of_another_case_is_no_attempt_of_this_one() {
    let (one, mut two) = (case(1, 418_900, "acme/webshop"), case(2, 418_901, "acme/webshop"));
    two.project = ProjectRef { id: one.project.id, ..two.project };
    let run = run_of(&one, 9, 11, &[("none", 11), ("queued", 10), ("started", 4)]);
    let mut workspace = Workspace::pretend(Snapshot {
        cases: [Arc::new(one), Arc::new(two)].into(),
        runs: [Arc::new(run)].into(),
        downloads: Arc::new([]),
        ..at_work()
    });
    workspace.selected = Some(CaseId(2));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
    window.run();
    window.get_by_label("No export was started for this case.");
    window.get_by_label("Other exports of this project, not of this case");
}

#[test]
fn a_long_title_wraps_beside_the_handbooks_button() {
    let failed = stepped::on(&infra_opened(true), Event::AttemptFailed, now());
    let window = window_on(vec![failed]);
    let title = window
        .get_by_role_and_label(Role::Heading, "Tell the customer, name the alternatives, and close the case")
        .rect();
    let button = window.get_by_label("Handbook").rect();
    assert!(title.right() <= button.left(), "{title:?} is drawn over {button:?}");
    let below = window.get_by_label("The one-time attempt was made and failed.").rect();
    assert!(title.bottom() <= below.top() && title.top() >= button.top() - 2.0, "{title:?}, {below:?}");
}

#[test]
fn the_step_that_needs_a_log_link_opens_the_searches() {
    let mut window = window_on(vec![attempted()]);
    window.get_by_label("Search Sentry");
    window.get_by_label("Search Kibana").click();
    window.run();
    window.get_by_label("Export jobs of the project").click();
    window.step();
    assert!(opens(&window, |url| url.contains("log.gprd")));
    let offered = window_on(vec![at_work().cases[2].as_ref().clone()]);
    assert!(offered.query_by_label("Search Sentry").is_none());
}

#[test]
fn nothing_moves_when_a_time_is_filled_in_and_the_button_saves_a_part() {
    let mut window = window_on(vec![case(2, 418_790, "acme/api")]);
    let now = format!("Now: {}", Fact::ApiAttemptAt.label());
    // Whole points: a layout rounds to less.
    let places = |window: &Harness<'static, App>| {
        let button = |label: &str| window.get_by_label(label).rect();
        let all = [button("Other steps"), button(&now), fact_field(window, Fact::ApiAttemptAt).rect()];
        all.map(|rect| rect.round_to_pixels(1.0))
    };
    let before = places(&window);
    window.get_by_label(&format!("Now: {}", Fact::UiAttemptAt.label())).click();
    window.run();
    window.get_by_label("Save");
    assert_eq!(places(&window), before);
    type_into(&mut window, Fact::ApiAttemptAt, "the day before yesterday, in the evening");
    assert_eq!(places(&window), before, "a note about what is typed is one line");
}

#[test]
fn a_screen_reader_gives_now_the_keyboard_beside_a_filled_time_too() {
    let mut window = window_on(vec![case(2, 418_790, "acme/api")]);
    type_into(&mut window, Fact::ApiAttemptAt, "2026-09-01 10:00");
    let now = format!("Now: {}", Fact::ApiAttemptAt.label());
    window.get_by_label(&now).focus();
    window.run();
    assert!(window.get_by_label(&now).accesskit_node().is_focused());
    window.key_press(egui::Key::Enter);
    window.run();
    assert!(
        fact_field(&window, Fact::ApiAttemptAt).accesskit_node().value() != Some("2026-09-01 10:00".into())
    );
}

/// The case after its offer was recorded as sent, and before.
fn sent_and_before() -> (Case, Case) {
    let before = at_work().cases[2].as_ref().clone();
    (stepped::on(&before, stepped::OFFER_SENT, now()), before)
}

#[test]
fn a_case_that_is_chosen_with_the_mouse_has_the_focus_on_its_first_control() {
    let mut window = window_on(vec![attempted(), case(2, 418_790, "acme/api")]);
    window.get_by_label_contains("acme/api, #418790").click();
    window.run();
    assert!(fact_field(&window, Fact::UiAttemptAt).accesskit_node().is_focused());
    window.get_by_label_contains("#417990").click();
    window.run();
    assert!(fact_field(&window, Fact::KibanaLink).accesskit_node().is_focused());
}

#[test]
fn after_a_dialog_the_focus_is_back_on_the_first_control() {
    let mut window = window_on(vec![case(2, 418_790, "acme/api")]);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
    window.run();
    window.key_press(egui::Key::Escape);
    window.run();
    assert!(fact_field(&window, Fact::UiAttemptAt).accesskit_node().is_focused());
}

#[test]
fn after_an_undo_the_focus_is_on_the_first_control_of_the_step_that_follows() {
    use crate::gui::kit::Toast;
    use crate::gui::undo::Undo;
    let (sent, before) = sent_and_before();
    let deed = crate::engine::api::CaseDeed { event: Some(stepped::OFFER_SENT), ..Default::default() };
    let undo = Undo::deed(&before, &deed).expect("it can be undone").since(&sent);
    let mut window = window_on(vec![sent]);
    window.state_mut().toasts.add(Toast::undoable(undo.done(), undo));
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.run();
    let snapshot = window.state().workspace().snapshot.as_ref().clone();
    window.state_mut().own.show(Snapshot { cases: [Arc::new(before)].into(), ..snapshot });
    window.run();
    assert!(window.get_by_label("Copy and mark as sent").accesskit_node().is_focused());
}

#[test]
fn what_was_typed_wrong_has_the_focus_after_its_refusal() {
    let mut window = window_on(vec![case(2, 418_790, "acme/api")]);
    type_into(&mut window, Fact::UiAttemptAt, "2026-11-27T13:t finished");
    window.get_by_label("Save").click();
    window.run();
    window.get_by_label_contains("was not saved");
    assert!(fact_field(&window, Fact::UiAttemptAt).accesskit_node().is_focused());
}

#[test]
fn a_step_that_changes_by_itself_takes_no_focus_from_other_typing() {
    let (sent, before) = sent_and_before();
    let mut window = window_on(vec![before]);
    window.state_mut().own.pages.case.follow(CaseId(3));
    window.run();
    window.get_by_label("New note").focus();
    window.run();
    window.get_by_label("New note").type_text("half a sen");
    window.run();
    let snapshot = window.state().workspace().snapshot.as_ref().clone();
    window.state_mut().own.show(Snapshot { cases: [Arc::new(sent)].into(), ..snapshot });
    window.run();
    assert!(window.get_by_label("New note").accesskit_node().is_focused());
}

#[test]
fn the_steps_text_is_read_in_the_card_and_the_chosen_text_stays() {
    let mut window = window_on(vec![attempted()]);
    window.get_by_label("Comment on the bug issue").click();
    window.run();
    let before = window.get_by_label("Handbook").rect();
    window.get_by_label("Read the text").click();
    window.run();
    window.get_by_label("Summary");
    window.get_by_label("Text: Comment on the bug issue");
    assert_eq!(window.get_by_label("Handbook").rect(), before, "nothing was scrolled");
    window.get_by_label("Edit this text").click();
    window.run();
    window.get_by_label("Text: New issue for the bug");
}

#[test]
fn a_reason_of_another_step_is_read_in_full() {
    let mut window = window_on(vec![attempted()]);
    window.get_by_label("Other steps").click();
    window.run();
    let cut = window.output().shapes.iter().any(|shape| match &shape.shape {
        egui::Shape::Text(text) => text.galley.elided && text.galley.job.text.contains("is not possible"),
        _ => false,
    });
    assert!(!cut);
    window.get_by_label_contains("“The attempt succeeded” is not possible");
}

#[test]
fn a_project_that_has_had_its_offer_gets_a_text_that_names_the_alternatives() {
    let mut workspace = Workspace::pretend(offered());
    workspace.selected = Some(CaseId(3));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
    window.run();
    window.get_by_role_and_label(Role::Heading, "Name the alternatives and close the case");
    window.get_by_label("Copy the reply and close the case").click();
    window.run();
    let sent = deeds(&window);
    assert!(sent.len() == 1 && sent[0].contains("copied: Some(Alternatives)"), "{sent:?}");
}

#[test]
fn a_customer_who_declined_gets_the_alternatives_as_an_answer() {
    let declined = stepped::on(&sent_and_before().0, Event::OfferDeclined, now());
    let mut window = window_on(vec![declined]);
    window.get_by_label("Read the text").click();
    window.run();
    window.get_by_label_contains("Thank you for your answer.");
    assert!(window.query_by_label_contains("has had its offer").is_none());
}

#[test]
fn a_field_of_another_case_has_neither_focus_nor_history() {
    let mut window = window_on(vec![case(2, 418_790, "acme/api"), case(3, 418_791, "acme/web")]);
    type_into(&mut window, Fact::UiAttemptMessage, "of one customer");
    assert!(fact_field(&window, Fact::UiAttemptMessage).is_focused());
    window.state_mut().own.selected = Some(CaseId(3));
    window.run();
    assert!(
        !fact_field(&window, Fact::UiAttemptMessage).is_focused(),
        "the key of one would be that of the other"
    );
}
