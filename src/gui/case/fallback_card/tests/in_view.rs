//! The reason of the offer, a wait that ends, and what stays in view.

use super::*;
use crate::engine::api::Waiting;

#[test]
fn the_offer_says_why_without_a_claim_of_its_own() {
    let window = on_case(after(&[FAILED, FAILED]));
    window.get_by_label("2 attempts have failed.");
    assert!(window.query_by_label_contains("most likely fail").is_none(), "nobody knows that");
    let window = on_case(after(&[VANISHED]));
    window.get_by_label_contains(
        "Known issue gitlab-org/gitlab#198484: The API status changes from started to none",
    );
    window.get_by_label_contains("A relations export does not need that file.");
    assert!(window.query_by_label_contains("most likely fail").is_none(), "the issue does not say so");
}

#[test]
fn a_check_of_the_rebuild_that_waits_is_tried_again_by_one_press() {
    let before = rebuilt(vec![exporting()]);
    let mut view = crate::gui::fixture::relations::running();
    Arc::make_mut(&mut view.run).id = RelationsId(3);
    let until = Some(now().plus_ms(45_000));
    let waiting = |may_retry_now| Waiting { why: "GitLab did not answer.".into(), until, may_retry_now };
    let on = |may_retry_now| {
        let job =
            RebuildView { waiting: Some(waiting(may_retry_now)), ..before.rebuilds[0].as_ref().clone() };
        on_case(Snapshot {
            rebuilds: [Arc::new(job)].into(),
            relations: [Arc::new(view.clone())].into(),
            ..before.clone()
        })
    };
    let mut window = on(true);
    window.get_by_label("Retry now the check of the relations export").click();
    window.run();
    assert_eq!(sent(&window), ["RetryNow(Job(Relations(RelationsId(3))))"]);
    assert!(on(false).query_by_label_contains("Retry now").is_none(), "GitLab demands this wait");
}

/// Small enough that the page is longer than the window.
fn in_small_lesson(seen: Vec<RebuildSeen>) -> Harness<'static, App> {
    let rebuilds = Arc::clone(&rebuilt(seen).rebuilds);
    let mut workspace = Workspace::pretend(Snapshot { rebuilds, ..at_lesson() });
    workspace.selected = Some(CaseId(1));
    practice_window(workspace, egui::Theme::Dark, 900.0, 600.0)
}

#[test]
fn after_a_rebuild_the_receipt_is_in_view_and_marked() {
    let mut window = in_small_lesson(vec![exporting()]);
    window.run();
    let rebuilds = Arc::clone(&rebuilt(built(Vec::new())).rebuilds);
    let lesson = at_lesson();
    window.state_mut().practice.as_mut().unwrap().show(Snapshot { rebuilds, ..lesson });
    window.run();
    let button = window.get_by_label("Copy the receipt of the rebuilt archive");
    assert!(button.rect().bottom() < 600.0 && button.rect().top() > 180.0, "{:?}", button.rect());
    let description = button.accesskit_node().description().unwrap_or_default();
    assert!(description.contains("This is the lesson's next step."), "{description}");
}

#[test]
fn the_page_of_a_lesson_begins_with_the_lesson() {
    let mut workspace = Workspace::pretend(at_lesson());
    workspace.selected = Some(CaseId(1));
    workspace.pages.case.opened(CaseId(1), true);
    let mut window = practice_window(workspace, egui::Theme::Dark, 900.0, 600.0);
    window.run();
    let heading = window.get_by_label_contains("Lesson: ").rect();
    // The header of the case ends here.
    assert!(heading.top() > 170.0, "{heading:?}");
}

#[test]
fn news_takes_no_main_button_out_of_view() {
    use crate::gui::kit::Toast;
    let mut window = in_small_lesson(built(Vec::new()));
    window.run();
    let label = "Copy the receipt of the rebuilt archive";
    let bottom = |window: &Harness<'static, App>| window.get_by_label(label).rect().bottom();
    // The button is at the bottom edge of the page.
    let edge = 590.0;
    window.event(egui::Event::PointerMoved(egui::pos2(600.0, 400.0)));
    let by = egui::vec2(0.0, edge - bottom(&window));
    window.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: by,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    window.run();
    let before = bottom(&window);
    assert!((550.0..600.0).contains(&before), "the button ends at {before}");
    for headline in ["The export of a/b has failed", "The download of a/b has failed"] {
        window.state_mut().toasts.add(Toast::bad(headline, "See the page of the case for what to do next."));
        window.run();
    }
    let strip = window.get_by_label("The export of a/b has failed").rect().top();
    assert!(bottom(&window) <= strip, "the button ends at {}, the news begin at {strip}", bottom(&window));
}
