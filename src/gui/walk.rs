//! Both routes of the handbook in a window over a real engine, from a pasted ticket to a closed case. Each step finds
//! its controls by their visible labels.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};

use super::app::App;
use super::options::own_engine;
use super::theme;
use crate::case::{Case, Fact};
use crate::engine::Setup;
use crate::engine::Timing;
use crate::gui::fixture::on_the_way::text_field;
use crate::gui::workspace::Workspace;

/// A window over an engine in memory, without a network.
fn window() -> Harness<'static, App> {
    window_at(None)
}

/// A window over an engine in memory; if a lesson is given, the practice GitLab runs beside it.
pub(super) fn window_at(lesson: Option<&'static str>) -> Harness<'static, App> {
    let setup = move || {
        Ok(Setup {
            data_dir: None,
            config_dir: None,
            download_folder: std::env::temp_dir(),
            timing: Timing::scaled(0.1),
            ca_file: None,
            token: None,
            instance: None,
            keyring: false,
            practice: lesson.map(str::to_owned),
            resume: false,
            patient: false,
        })
    };
    Harness::builder()
        .with_size(egui::vec2(1280.0, 3200.0))
        .with_theme(egui::Theme::Dark)
        .with_context_setup(theme::install)
        .build_eframe(move |creation| {
            App::around(Workspace::start(own_engine(Arc::new(setup)), &creation.egui_ctx))
        })
}

/// A window with separate folders, whose instance is the practice GitLab with this lesson.
pub(in crate::gui) fn window_in(
    folder: &Path,
    lesson: &'static str,
    patient: bool,
    height: f32,
) -> Harness<'static, App> {
    let folder = folder.to_owned();
    let setup = move || {
        Ok(Setup {
            data_dir: Some(folder.join("data")),
            config_dir: None,
            download_folder: folder.join("downloads"),
            timing: Timing::scaled(0.02),
            ca_file: None,
            token: None,
            instance: None,
            keyring: false,
            practice: Some(lesson.to_owned()),
            resume: true,
            patient,
        })
    };
    let mut window = Harness::builder()
        .with_size(egui::vec2(1280.0, height))
        .with_theme(egui::Theme::Dark)
        .with_context_setup(theme::install)
        .build_eframe(move |creation| {
            App::around(Workspace::start(own_engine(Arc::new(setup)), &creation.egui_ctx))
        });
    until(&mut window, "the practice GitLab", |window| window.state().workspace().snapshot.practice.clone());
    window
}

/// Draws frames until `seen` returns a value: the engine answers from its own thread.
pub(in crate::gui) fn until<T>(
    window: &mut Harness<'static, App>,
    what: &str,
    seen: impl Fn(&Harness<'static, App>) -> Option<T>,
) -> T {
    const TRIES: u32 = 1_500;
    for _ in 0..TRIES {
        window.step();
        if let Some(found) = seen(window) {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut shown: Vec<String> =
        window.root().children_recursive().filter_map(|node| node.accesskit_node().label()).collect();
    shown.dedup();
    panic!("never came: {what}, only {shown:#?}");
}

pub(in crate::gui) fn click(window: &mut Harness<'static, App>, label: &str) {
    until(window, label, |window| {
        let mut nodes = window.query_all_by_label(label).filter(|node| {
            let node = node.accesskit_node();
            node.role() != egui::Role::Heading && !node.is_disabled()
        });
        nodes.next().map(|node| node.click())
    });
    window.step();
    window.step();
}

pub(super) fn case(window: &Harness<'static, App>) -> Arc<Case> {
    let workspace = window.state().workspace();
    let found = workspace.snapshot.cases.iter().find(|case| Some(case.id) == workspace.selected);
    Arc::clone(found.expect("a case is chosen"))
}

/// Types facts into the fields of the NOW card, and presses the button that saves them.
fn fill(window: &mut Harness<'static, App>, facts: &[(Fact, &str)], button: &str) {
    for (fact, value) in facts {
        until(window, fact.label(), |window| field(window, *fact).map(|node| node.focus()));
        window.step();
        field(window, *fact).expect("it was there").type_text(value);
        window.step();
    }
    click(window, button);
    until(window, "the facts", |window| {
        facts.iter().all(|(fact, _)| case(window).facts.has(*fact)).then_some(())
    });
    window.step();
}

/// The field in which a fact is typed, once it is there.
fn field<'a>(window: &'a Harness<'static, App>, fact: Fact) -> Option<Node<'a>> {
    text_field(window, fact.label())
}

/// Performs a step of the workflow by clicking its button.
pub(super) fn step(window: &mut Harness<'static, App>, label: &str, then: &str) {
    click(window, label);
    until(window, then, |window| (case(window).stage.as_str() == then).then_some(()));
    window.step();
}

/// From a pasted ticket to an accepted offer.
fn accepted(window: &mut Harness<'static, App>) {
    until(window, "an engine", |window| (!window.state().workspace().is_starting()).then_some(()));
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::N);
    until(window, "the dialog", |window| window.query_by_label("Ticket and project").map(|_| ()));
    window.step();
    let pasted = "https://gitlab.zendesk.com/agent/tickets/418822 https://gitlab.com/acme/platform/monorepo";
    window.get_by_label("Ticket and project").type_text(pasted);
    click(window, "Open the case");
    until(window, "the case", |window| window.state().workspace().selected);
    window.step();
    let first = |window: &Harness<'static, App>| {
        let node = field(window, Fact::UiAttemptAt)?;
        node.accesskit_node().is_focused().then_some(())
    };
    until(window, "the focus on the first field", first);
    window.run_steps(5);
    assert!(first(window).is_some(), "the focus stays");
    let attempts = [
        (Fact::UiAttemptAt, "2026-11-20 10:00 UTC"),
        (Fact::UiAttemptMessage, "Export failed. Try again."),
        (Fact::ApiAttemptAt, "2026-11-20T12:10:00+02:00"),
        (Fact::ApiAttemptMessage, "export_status: none"),
    ];
    fill(window, &attempts, "Save the attempts");
    assert_eq!(case(window).facts.get(Fact::ApiAttemptAt).as_deref(), Some("2026-11-20T10:10:00Z"));
    let links = [
        (Fact::KibanaLink, "https://log.gprd.gitlab.net/app/r/s/aBcD1"),
        (Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/330833"),
    ];
    fill(window, &links, "Save the links");
    step(window, "Copy and mark as posted", "offer");
    copied(window, "comment");
    step(window, "Copy and mark as sent", "awaiting_answer");
    copied(window, "offer");
    assert_eq!(window.state().workspace().snapshot.offer_log.offers.len(), 1);
    step(window, "Accepted", "console_request");
}

/// Checks that the timeline records the copy of a text.
fn copied(window: &mut Harness<'static, App>, kind: &str) {
    let sentence = format!("Text copied: {kind}.");
    until(window, &sentence, |window| {
        let snapshot = &window.state().workspace().snapshot;
        snapshot.journal.iter().any(|line| line.sentence == sentence).then_some(())
    });
}

/// From the attempt to a closed case.
fn handed_over(window: &mut Harness<'static, App>) {
    step(window, "It succeeded", "outcome");
    let link = [(Fact::HandoverLink, "https://storage.googleapis.com/gitlab-gprd-tmp/export.tar.gz")];
    fill(window, &link, "Copy the reply and close the case");
    copied(window, "successful");
    until(window, "the closed card", |window| window.query_by_label("Reopen the case").map(|_| ()));
    assert_eq!(case(window).stage.as_str(), "closed");
}

#[test]
fn from_a_pasted_ticket_by_the_console_to_closed() {
    let mut window = window();
    accepted(&mut window);
    click(&mut window, "No");
    until(&mut window, "the answer", |window| case(window).facts.has(Fact::ExportSucceeded).then_some(()));
    click(&mut window, "Copy the draft");
    copied(&mut window, "console");
    let request = [
        (Fact::OwnershipVerifiedAt, "2026-11-20 15:00 UTC"),
        (Fact::ConsoleIssue, "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/25000"),
    ];
    fill(&mut window, &request, "Save and mark as opened");
    assert_eq!(case(&window).stage.as_str(), "awaiting_attempt");
    handed_over(&mut window);
    click(&mut window, "Archive the case");
    until(&mut window, "the archive", |window| case(window).archived.then_some(()));
    click(&mut window, "Delete private data…");
    click(&mut window, "Delete the customer's data");
    click(&mut window, "Delete");
    until(&mut window, "the deletion", |window| case(window).private_data_deleted.map(|_| ()));
    assert!(!case(&window).facts.has(Fact::UiAttemptMessage));
    assert_eq!(
        window.state().workspace().snapshot.offer_log.offers.len(),
        1,
        "the line of the offer log stays"
    );
}

#[test]
fn from_a_pasted_ticket_by_infrastructure_and_infradev_to_closed() {
    let mut window = window();
    accepted(&mut window);
    click(&mut window, "Yes");
    // An answer that is corrected saves itself alone: what is typed beside it stays.
    until(&mut window, "the error's field", |window| {
        field(window, Fact::DownloadError).map(|node| node.focus())
    });
    window.step();
    field(&window, Fact::DownloadError).expect("it was there").type_text("502 Bad Gateway");
    window.step();
    click(&mut window, "Unknown");
    let apart = "Typed for another step, and not saved:";
    until(&mut window, apart, |window| window.query_by_label(apart).map(drop));
    click(&mut window, "Yes");
    until(&mut window, "one field", |window| window.query_by_label(apart).is_none().then_some(()));
    let typed = until(&mut window, "the error's field", |window| {
        field(window, Fact::DownloadError).map(|node| node.accesskit_node().value())
    });
    assert_eq!(typed.as_deref(), Some("502 Bad Gateway"));
    let finished = window.state().workspace().now().plus_ms(-3 * 24 * 3_600_000).rfc3339();
    let failed = [(Fact::DownloadError, " after 40 minutes"), (Fact::ExportFinishedAt, finished.as_str())];
    fill(&mut window, &failed, "Save the download error");
    assert_eq!(case(&window).stage.as_str(), "infra_request");
    click(&mut window, "Copy the draft");
    copied(&mut window, "infra");
    let request = [
        (Fact::OwnershipVerifiedAt, "2026-11-20 15:00 UTC"),
        (Fact::InfraIssue, "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/26000"),
    ];
    fill(&mut window, &request, "Save and mark as opened");
    click(&mut window, "The label is there already");
    handed_over(&mut window);
    // A closed case has no next step: its key is not kept for the step after the case is opened again.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.step();
    step(&mut window, "Reopen the case", "outcome");
    window.run_steps(5);
    assert_eq!(case(&window).stage.as_str(), "outcome");
}

#[test]
fn a_broken_engine_is_reported_in_the_window_and_restarts() {
    let mut window = window();
    until(&mut window, "an engine", |window| (!window.state().workspace().is_starting()).then_some(()));
    window.state_mut().own.ask(crate::engine::api::Command::Break, super::intent::IfUnhandled::Nothing);
    let words = "The part of Export Desk that works with GitLab stopped unexpectedly.";
    until(&mut window, words, |window| window.query_by_label(words).map(|_| ()));
    click(&mut window, "Try again");
    until(&mut window, "an engine again", |window| {
        let workspace = window.state().workspace();
        (workspace.down().is_none() && !workspace.is_starting()).then_some(())
    });
}
