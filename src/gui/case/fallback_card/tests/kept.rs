//! What is kept of an earlier rebuild: its archive and its choices.

use super::*;
use crate::case::RebuildOptions;
use crate::engine::api::{AskId, Reply};

/// The case has a set, and a newer rebuild was cancelled.
fn cancelled_after_a_set() -> Snapshot {
    let part =
        |n| SetPart { path: "/f/1.tar.gz".into(), relation: None, records: n, bytes: 1, sha256: "00".into() };
    let before = rebuilt(built(vec![part(0), part(1)]));
    let newer =
        RebuildJob::new(RebuildId(9), (GITLAB, "1001"), Some(CaseId(1)), RebuildOptions::default(), ago(1));
    let newer = step(&newer, JobInput::Unwatched, ago(0));
    let view = RebuildView { job: Arc::new(newer), receipt: None, ..before.rebuilds[0].as_ref().clone() };
    Snapshot { rebuilds: [Arc::new(view), Arc::clone(&before.rebuilds[0])].into(), ..before }
}

#[test]
fn a_cancelled_rebuild_does_not_hide_the_archive_before_it() {
    let mut window = on_case(cancelled_after_a_set());
    window.get_by_label("Earlier rebuilt archive");
    window.get_by_label("List of the set");
    window.get_by_label("SHA-256 of the list");
    window.get_by_label("Copy the receipt of the rebuilt archive");
    window.get_by_label("Import the set of archives").click();
    window.run();
    assert_eq!(window.state().workspace().route, crate::gui::route::Route::Imports);
}

#[test]
fn a_second_rebuild_asks_first_and_starts_with_the_same_choices() {
    const CMD_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    let before = rebuilt(built(Vec::new()));
    let mut view = before.rebuilds[0].as_ref().clone();
    let options = RebuildOptions { limit_bytes: Some(150 << 10), ..RebuildOptions::default() };
    view.job = Arc::new(RebuildJob { options, ..view.job.as_ref().clone() });
    let mut window = on_case(Snapshot { rebuilds: [Arc::new(view)].into(), ..before });
    window.key_press_modifiers(CMD_SHIFT, Key::U);
    window.run();
    assert_eq!(sent(&window), [""; 0], "nothing starts by itself");
    window.get_by_label_contains("A rebuilt archive of ");
    window.get_by_label("Rebuild").click();
    window.run();
    let command = sent(&window).pop().unwrap();
    for told in ["limit_bytes: Some(153600)", "folder: Some(\"\")", "output: None"] {
        assert!(command.contains(told), "{told}: {command}");
    }
}

#[test]
fn an_archive_with_gaps_can_be_exported_again() {
    let gap = Gap { relation: "issues".into(), batch: Some(2), why: GapReason::NotExported("-1".into()) };
    let mut seen = built(Vec::new());
    if let Some(RebuildSeen::Built { archive }) = seen.last_mut() {
        archive.gaps = vec![gap];
    }
    let mut window = on_case(rebuilt(seen));
    window.get_by_label("Export the relations again").click();
    window.run();
    let command = sent(&window).pop().unwrap();
    assert!(command.contains("Rebuild(Start") && command.contains("source: New"), "{command}");
}

#[test]
fn the_offer_says_how_long_it_takes_and_what_is_not_known() {
    let window = on_case(after(&[FAILED, FAILED]));
    window.get_by_label_contains("The relations export may take as long.");
    window.get_by_label_contains("The disk needs room for the relation files");
}

#[test]
fn an_answered_error_is_beside_the_buttons_and_moves_none() {
    let mut window = on_case(after(&[FAILED, FAILED]));
    window.key_press_modifiers(Modifiers::COMMAND, Key::U);
    window.run();
    // An error of a field is at the field.
    window.get_by_label("Import limit of the destination").focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label("Import limit of the destination").type_text("abc");
    window.run();
    assert_eq!(window.query_all_by_label_contains("Type the import limit as a size").count(), 2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label("Import limit of the destination").type_text("5 GiB");
    window.run();
    let before = window.get_by_label("Rebuild").rect();
    window.get_by_label("Rebuild").click();
    window.run();
    let error = UserError::new(Code::Usage, "The table cannot be read.", "Name another file.");
    let reply = Reply { ask: AskId(1), at: now(), result: Err(error) };
    window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..after(&[FAILED, FAILED]) });
    window.run();
    let shown = window.get_by_label("The table cannot be read.").rect();
    let moved = (window.get_by_label("Rebuild").rect().min - before.min).length();
    assert!(moved < 1.0, "{moved}");
    let gap = (shown.top() - before.bottom()).max(before.top() - shown.bottom());
    assert!((0.0..80.0).contains(&gap), "{shown:?} {before:?}");
    window.get_by_label("Build a set in any case").click();
    window.run();
    assert!(window.query_by_label("The table cannot be read.").is_none(), "it was about other choices");
}
