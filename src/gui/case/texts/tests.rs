use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::case::CaseId;
use crate::gui::App;
use crate::gui::fixture::{at_work, opens, window_of};
use crate::gui::workspace::Workspace;
use crate::texts::TextKind;

fn on_case(id: i64) -> Harness<'static, App> {
    let mut workspace = Workspace::pretend(at_work());
    workspace.selected = Some(CaseId(id));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
    window.run();
    window
}

#[test]
fn the_next_steps_text_is_shown_copied_and_noted() {
    let mut window = on_case(3);
    window.get_by_label("Text: Offer of a one-time export");
    window.get_by_label("Copy as Markdown").click();
    window.run_steps(1);
    window.run();
    assert_eq!(window.state().workspace().sent(), ["TextCopied { case: CaseId(3), kind: Offer }"]);
    window.get_by_label("Copied: Offer of a one-time export");
}

#[test]
fn an_edit_is_kept_beside_another_case_and_reset_by_its_button() {
    let mut window = on_case(3);
    window.get_by_label("Text: Offer of a one-time export").focus();
    window.run();
    window.get_by_label("Text: Offer of a one-time export").type_text("Dear all, ");
    window.run();
    for other in [1, 3] {
        window.state_mut().own.selected = Some(CaseId(other));
        window.run();
    }
    let text = window.get_by_label("Text: Offer of a one-time export").value().unwrap_or_default();
    assert!(text.contains("Dear all, "), "{text}");
    window.get_by_label("Reset to draft").click();
    window.run();
    let text = window.get_by_label("Text: Offer of a one-time export").value().unwrap_or_default();
    assert!(!text.contains("Dear all, "), "{text}");
}

#[test]
fn a_missing_fact_is_a_jump_away_and_a_question_is_answered_in_place() {
    let mut window = on_case(3);
    window.get_by_label("All texts").click();
    window.run();
    window.get_by_label("Console export request").click();
    window.run();
    window.get_by_label_contains("that are missing").click();
    window.run();
    window.get_by_label("Add: Account ownership verified: time").click();
    window.run();
    window.get_by_label("Save");
    window.get_by_label("Add: Customer's plan").click();
    window.run();
    window.get_by_label("Customer's plan").type_text("Ultimate");
    window.run();
    window.get_by_label("Use this answer").click();
    window.run();
    assert!(window.query_by_label("Add: Customer's plan").is_none());
    let text = window.get_by_label("Text: Console export request").value().unwrap_or_default();
    assert!(text.contains("Ultimate"), "{text}");
}

#[test]
fn what_is_private_holds_a_public_text_back() {
    let mut window = on_case(3);
    window.get_by_label("Comment on the bug issue").click();
    window.run();
    window.get_by_label("Text: Comment on the bug issue").focus();
    window.run();
    window.get_by_label("Text: Comment on the bug issue").type_text("Ask sam@globex.example. ");
    window.run();
    let copy = window.get_by_label("Copy as Markdown");
    assert!(copy.accesskit_node().is_disabled());
    let why = copy.accesskit_node().description().unwrap_or_default();
    assert!(why.contains("e-mail address"), "{why}");
    window.get_by_label("Remove it").click();
    window.run();
    assert!(!window.get_by_label("Copy as Markdown").accesskit_node().is_disabled());
}

#[test]
fn frames_without_a_change_render_nothing() {
    let mut window = on_case(3);
    let before = window.state_mut().own.pages.case.renders();
    window.run_steps(50);
    assert_eq!(window.state_mut().own.pages.case.renders(), before);
}

#[test]
fn a_label_and_words_name_the_reader_of_a_text() {
    let mut window = on_case(3);
    window.get_by_label("The customer reads this text: a reply on the ticket.");
    window.get_by_label("Comment on the bug issue").click();
    window.run();
    window.get_by_label("Anybody on the internet can read this text. Do not name the customer.");
}

#[test]
fn a_text_for_others_is_copied_at_a_customers_step_only_after_a_question() {
    let mut window = on_case(3);
    window.get_by_label("Comment on the bug issue").click();
    window.run();
    window.get_by_label("Copy as Markdown").click();
    window.run();
    assert!(window.state().workspace().sent().is_empty(), "it asks first");
    window.get_by_label("This step replies to the customer, but this text is for somebody else.");
    window.get_by_label("Copy it anyway").click();
    window.run();
    assert_eq!(window.state().workspace().sent(), ["TextCopied { case: CaseId(3), kind: Comment }"]);
}

#[test]
fn the_preview_is_in_view_and_its_links_open() {
    let mut window = on_case(3);
    let source = window.get_by_label("Text: Offer of a one-time export").rect();
    window.get_by_label("Preview").click();
    window.run();
    // The facts below have the same link.
    let links = window.get_all_by_label("https://gitlab.com/gitlab-org/gitlab/-/issues/330833");
    let link = links.into_iter().min_by_key(|link| link.rect().top() as i64).unwrap();
    assert!(source.y_range().contains(link.rect().top()), "where the source is, not below it");
    link.click();
    window.step();
    assert!(opens(&window, |url| url.ends_with("330833")), "the link opens");
}

#[test]
fn required_blanks_are_named_and_optional_ones_do_not_block() {
    let mut window = on_case(1);
    window.get_by_label("New issue for the bug").click();
    window.run();
    window.get_by_label("Required, marked in the text");
    window.get_by_label("Optional, marked in the text");
    let required = window.get_by_label("Add: API attempt: exact message").rect().top();
    let optional = window.get_by_label("Add: Kibana share link").rect().top();
    assert!(required < optional);
    assert!(!window.get_by_label("Copy as Markdown").accesskit_node().is_disabled());
}

#[test]
fn a_text_that_is_chosen_among_all_moves_no_other() {
    let mut window = on_case(3);
    window.get_by_label("All texts").click();
    window.run();
    let names = TextKind::ALL.map(TextKind::title);
    let places = |window: &Harness<'static, App>| {
        names.map(|name| window.query_all_by_label(name).next().map(|button| button.rect()))
    };
    let before = places(&window);
    for name in [TextKind::Bug.title(), TextKind::Report.title()] {
        window.get_by_label(name).click();
        window.run();
        assert_eq!(places(&window), before, "{name}");
    }
}
