//! The tracker's dialogs in a window over a real engine and the practice GitLab. Each step finds its controls by
//! their visible labels; the test then checks what the case knows.

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::app::App;
use super::fixture::on_the_way::text_field;
use super::intent::IfUnhandled;
use super::walk::{case, click, step, until, window_at};
use crate::case::Fact;
use crate::engine::api::{Answer, Command};
use crate::texts::{TextKind, TextQuestion};

type Window = Harness<'static, App>;

/// A case on the practice GitLab, opened through the engine, because this test is about the dialogs.
fn open() -> Window {
    let mut window = window_at(Some("first-export"));
    let instance = until(&mut window, "practice", |w| {
        w.state().workspace().snapshot.practice.as_ref().map(|p| p.url.clone())
    });
    let ticket = Some("https://gitlab.zendesk.com/agent/tickets/418822".to_owned());
    let command = Command::NewCase { ticket, instance, project: "acme/webshop".into() };
    window.state_mut().own.ask(command, IfUnhandled::ShowCase);
    until(&mut window, "the case", |window| window.state().workspace().selected);
    window.step();
    window
}

fn tracker(window: &Window, issue: u32) -> String {
    let snapshot = &window.state().workspace().snapshot;
    format!("{}/gitlab-org/gitlab/-/issues/{issue}", snapshot.practice.as_ref().unwrap().url)
}

fn set(window: &mut Window, values: &[(Fact, &str)]) {
    let id = case(window).id;
    let values: Vec<_> = values.iter().map(|(fact, text)| (*fact, (*text).to_owned())).collect();
    let wanted = values.clone();
    window.state_mut().own.ask(Command::SetFacts { case: id, values }, IfUnhandled::ToastError);
    until(window, "the facts", |window| {
        let facts = &case(window).facts;
        wanted.iter().all(|(fact, _)| facts.has(*fact)).then_some(())
    });
    window.step();
}

fn attempts(window: &mut Window) {
    let all = [
        (Fact::UiAttemptAt, "2026-11-20T10:00:00Z"),
        (Fact::UiAttemptMessage, "Export failed. Try again."),
        (Fact::ApiAttemptAt, "2026-11-20T10:10:00Z"),
        (Fact::ApiAttemptMessage, "404 Not found or has expired"),
        (Fact::KibanaLink, "https://log.gprd.gitlab.net/app/r/s/aBcD1"),
    ];
    set(window, &all);
}

fn is_open(window: &Window) -> bool {
    window.state().workspace().dialog.is_some()
}

fn type_into(window: &mut Window, label: &str, text: &str) {
    text_field(window, label).expect(label).focus();
    window.step();
    text_field(window, label).expect(label).type_text(text);
    window.step();
    window.step();
}

/// Waits until the journal has a line of this kind.
fn journal(window: &mut Window, kind: &str) {
    until(window, kind, |window| {
        window.state().workspace().snapshot.journal.iter().any(|line| line.kind == kind).then_some(())
    });
}

#[test]
fn an_issue_is_found_commented_with_the_edited_draft_and_becomes_the_cases() {
    let mut window = open();
    attempts(&mut window);
    // Edit the comment on the page before opening the dialog.
    let (id, snapshot) = (case(&window).id, window.state().workspace().snapshot.clone());
    let whole = case(&window);
    window.state_mut().own.pages.case.texts.drafts.choose(id, TextKind::Comment);
    let draft = window.state_mut().own.pages.case.texts.drafts.draft(TextKind::Comment, &whole, &snapshot);
    draft.text.push_str("\n\nSeen on three more exports this week.");
    draft.edited(TextKind::Comment, &whole);
    click(&mut window, "Search for the bug issue");
    until(&mut window, "a hit", |w| w.query_by_label("Comment on gitlab-org/gitlab#330833").map(|_| ()));
    window.run_steps(4);
    click(&mut window, "Comment on gitlab-org/gitlab#330833");
    let goes_to = format!("Goes to {}", tracker(&window, 330_833));
    until(&mut window, "the question", |w| w.query_by_label(&goes_to).map(|_| ()));
    let text = window.query_all_by_label("Text").find_map(|node| node.value()).unwrap_or_default();
    assert!(text.contains("Seen on three more exports this week."), "{text}");
    click(&mut window, "Post the comment");
    until(&mut window, "the answer", |window| (!is_open(window)).then_some(()));
    journal(&mut window, "comment_posted");
    let facts = case(&window).facts.clone();
    assert_eq!(facts.bug_issue, Some(tracker(&window, 330_833)));
    assert_eq!(facts.get(Fact::BugIssueUpdated).as_deref(), Some("yes"));
    assert_eq!(case(&window).stage.as_str(), "offer");
}

#[test]
fn an_issue_is_used_by_its_button_and_a_search_can_find_nothing() {
    let mut window = open();
    attempts(&mut window);
    click(&mut window, "Search for the bug issue");
    until(&mut window, "a hit", |w| w.query_by_label("Use gitlab-org/gitlab#330833").map(|_| ()));
    type_into(&mut window, "Words from the title or description", " no such words");
    click(&mut window, "Search");
    until(&mut window, "only what is known", |w| {
        let workspace = w.state().workspace();
        let all = workspace.snapshot.replies.iter().filter_map(|reply| match &reply.result {
            Ok(Answer::Issues(found)) => Some(found),
            _ => None,
        });
        (all.count() == 2).then_some(())
    });
    window.step();
    click(&mut window, "Use gitlab-org/gitlab#330833");
    until(&mut window, "the fact", |w| case(w).facts.bug_issue.clone());
    until(&mut window, "the next step", |w| w.query_by_label("Copy and mark as posted").map(|_| ()));
}

#[test]
fn a_request_is_opened_and_infradev_is_put_on_the_bug() {
    let mut window = open();
    attempts(&mut window);
    let issue = tracker(&window, 330_833);
    set(&mut window, &[(Fact::BugIssue, issue.as_str()), (Fact::BugIssueUpdated, "yes")]);
    // Before the offer no request may be posted, and the button states the rule.
    let id = case_id(&window);
    window.state_mut().own.pages.case.texts.drafts.choose(id, TextKind::Infra);
    window.step();
    window.step();
    let post = window.get_by_label("Create the issue…");
    assert!(post.accesskit_node().is_disabled());
    let why = post.accesskit_node().description().unwrap_or_default();
    assert!(why.contains("only after the customer has accepted"), "{why}");
    step(&mut window, "Copy and mark as sent", "awaiting_answer");
    step(&mut window, "Accepted", "console_request");
    let finished = window.state().workspace().now().plus_ms(-3 * 24 * 3_600_000).rfc3339();
    let routed = [
        (Fact::ExportSucceeded, "yes"),
        (Fact::DownloadError, "502 Bad Gateway"),
        (Fact::ExportFinishedAt, finished.as_str()),
        (Fact::OwnershipVerifiedAt, "2026-11-20T15:00:00Z"),
    ];
    set(&mut window, &routed);
    assert_eq!(case(&window).stage.as_str(), "infra_request");
    click(&mut window, "Create the issue…");
    until(&mut window, "the question", |w| {
        w.query_by_label_contains("Goes to gitlab-com/gl-infra/production-engineering").map(|_| ())
    });
    click(&mut window, "Create the issue");
    until(&mut window, "the request", |w| case(w).facts.infra_issue.clone());
    until(&mut window, "the answer", |window| (!is_open(window)).then_some(()));
    assert_eq!(case(&window).stage.as_str(), "awaiting_attempt", "what was posted needs no second mark");
    infradev(&mut window);
}

fn case_id(window: &Window) -> crate::case::CaseId {
    case(window).id
}

/// The label's form: it demands the missing answers, refuses private data, and posts what it shows.
fn infradev(window: &mut Window) {
    until(window, "the form", |w| w.query_by_label("Label and comment").map(|_| ()));
    assert!(window.get_by_label("Label and comment").accesskit_node().is_disabled());
    type_into(window, "Severity (1 to 4)", "2");
    type_into(window, "Priority (1 to 4)", "3");
    type_into(window, "Impact on the customer", "The webshop cannot be moved");
    click(window, "Label and comment");
    until(window, "the refusal", |w| w.query_by_label_contains("Anybody can read this tracker").map(|_| ()));
    assert!(window.query_by_label("Label and comment").is_some(), "it can be corrected");
    type_into(window, "Impact on the customer", " ");
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.step();
    type_into(window, "Impact on the customer", "Large projects cannot be moved away");
    click(window, "Label and comment");
    until(window, "the label", |w| case(w).facts.has(Fact::InfradevLabelled).then_some(()));
    journal(window, "labels_added");
    assert_eq!(case(window).facts.get(Fact::InfradevLabelled).as_deref(), Some("yes"));
    let said = window
        .state()
        .workspace()
        .snapshot
        .journal
        .iter()
        .any(|line| line.sentence.contains("infradev") && line.sentence.contains("severity::2"));
    assert!(said, "the timeline says which labels");
}

#[test]
fn a_bug_is_posted_as_it_is_shown_and_recorded() {
    let mut window = open();
    attempts(&mut window);
    let id = case_id(&window);
    for (asked, answer) in
        [(TextQuestion::Severity, "2"), (TextQuestion::Impact, "Exports of this size fail")]
    {
        window.state_mut().own.pages.case.texts.drafts.answer(id, asked, answer);
    }
    window.state_mut().own.pages.case.texts.drafts.choose(id, TextKind::Bug);
    window.step();
    click(&mut window, "Create the issue…");
    until(&mut window, "the question", |w| {
        w.query_by_label_contains("Goes to gitlab-org/gitlab on").map(|_| ())
    });
    click(&mut window, "Create the issue");
    let url = until(&mut window, "the issue", |w| case(w).facts.bug_issue.clone());
    until(&mut window, "the answer", |window| (!is_open(window)).then_some(()));
    assert!(url.contains("/gitlab-org/gitlab/-/issues/"), "{url}");
    assert_eq!(case(&window).stage.as_str(), "offer");
    window.get_by_label_contains(&format!("Posted: {url}"));
}
