//! Notes and reminders by the real program: kept, shown, in the report alone, also after kill -9.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::fixture::Fixture;

fn case(fixture: &Fixture) {
    let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
    let end = fixture.run(&["case", "new", "--ticket", ticket, "--project", "acme/webshop"]);
    assert_eq!(end.exit, 0, "{}", end.result());
}

fn show(fixture: &Fixture) -> Value {
    fixture.run(&["case", "show", "1"]).result().clone()
}

#[test]
fn a_note_is_kept_shown_and_only_in_the_report() {
    let fixture = Fixture::of("first-export");
    case(&fixture);
    let said = "Maria calls on Monday.\nShe needs the wiki, not the packages.";
    assert_eq!(fixture.run(&["case", "note", "1", said]).exit, 0);
    assert_eq!(fixture.run(&["case", "note", "1", "second"]).exit, 0);
    let shown = show(&fixture);
    let notes = shown["notes"].as_array().unwrap();
    assert_eq!((notes.len(), &notes[0]["text"]), (2, &json!(said)));
    let second = notes[1]["at"].as_str().unwrap();
    assert_eq!(fixture.run(&["case", "note", "1", "changed", "--at", second]).exit, 0);
    let text = |kind: &str| {
        let end = fixture.run(&["text", kind, "--case", "1"]);
        assert_eq!(end.exit, 0, "{}", end.result());
        end.result()["text"].as_str().unwrap().to_owned()
    };
    let report = text("report");
    assert!(
        report.contains("### Notes") && report.contains("She needs the wiki") && report.contains("changed")
    );
    for kind in ["offer", "successful", "failed", "infra", "console", "bug", "comment"] {
        assert!(!text(kind).contains("Maria"), "{kind} tells a private note");
    }
    assert_eq!(fixture.run(&["case", "note", "1", "", "--at", second]).exit, 0);
    assert_eq!(show(&fixture)["notes"].as_array().unwrap().len(), 1);
    for wrong in [
        &["case", "note", "1", ""][..],
        &["case", "note", "1", "x", "--at", "monday"],
        &["case", "note", "7", "x"],
    ] {
        assert_eq!(fixture.run(wrong).exit, 2, "{wrong:?}");
    }
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

#[test]
fn a_reminder_is_a_deadline_of_the_case() {
    let fixture = Fixture::of("first-export");
    case(&fixture);
    let end = fixture.run(&["case", "remind", "1", "in 2 days", "--why", "has infra answered?"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let shown = show(&fixture);
    assert_eq!(shown["reminder"]["why"], "has infra answered?");
    let deadlines = shown["clocks"].as_array().unwrap();
    let ours = deadlines.iter().find(|deadline| deadline["name"] == "reminder").unwrap();
    assert_eq!((&ours["state"], &ours["ends_at"]), (&json!("running"), &shown["reminder"]["at"]));
    for (when, exit) in [("yesterday", 2), ("2020-01-01", 3), ("2090-01-01", 3), ("some day", 2)] {
        let end = fixture.run(&["case", "remind", "1", when]);
        assert_eq!(end.exit, exit, "{when}: {}", end.result());
    }
    assert_eq!(fixture.run(&["case", "remind", "1", "none"]).exit, 0);
    assert_eq!(show(&fixture)["reminder"], Value::Null);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

#[test]
fn a_note_that_was_reported_as_saved_survives_kill_9() {
    const NOTES: usize = 8;
    let fixture = Fixture::of("first-export");
    case(&fixture);
    for i in 0..NOTES {
        let text = format!("note {i}");
        let mut program = fixture.program(&["case", "note", "1", &text]);
        let mut child = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let line = crate::waiting::first_line(&mut child);
        crate::waiting::killed(&mut child);
        let result: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(result["ok"], true, "{line}");
    }
    let notes = show(&fixture)["notes"].clone();
    let texts: Vec<_> = notes.as_array().unwrap().iter().map(|note| note["text"].clone()).collect();
    assert_eq!(texts, (0..NOTES).map(|i| json!(format!("note {i}"))).collect::<Vec<_>>());
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}
