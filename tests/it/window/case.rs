//! A case by the handbook, from the pasted ticket to the infrastructure request, by mouse and clipboard.

use std::time::{SystemTime, UNIX_EPOCH};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use export_desk::case::{Fact, UtcMs};

use super::driver::Window;
use crate::fixture::{End, bare_program};
use crate::screen::{Display, can_show};
use crate::waiting::InTime;

const DAY_MS: i64 = 24 * 3_600_000;

/// Fills in the fact that the NOW card requests under this heading.
pub fn fill(window: &mut Window, now: &str, fact: Fact, value: &str) {
    window.wait_for(Role::Heading, now);
    window.click(Role::Button, "Fill in the fact");
    window.wait_for(Role::Button, "Save");
    if fact.words().is_empty() {
        // The field has the keyboard focus.
        window.write(value);
    } else {
        window.click(Role::RadioButton, value);
    }
    window.click(Role::Button, "Save");
}

/// Copies the draft of the NOW card and pastes it into another program.
fn copied(window: &mut Window, display: &Display, kind: &str) -> String {
    window.click(Role::Button, "Copy the draft");
    window.wait_for_text(&format!("Text copied: {kind}."));
    display.clipboard()
}

#[test]
fn a_pasted_ticket_leads_to_an_infrastructure_request_in_the_clipboard() {
    if !can_show() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    window.wait_for(Role::Button, "Connect to GitLab");
    // The page is longer than most screens; a click needs its target to be visible.
    window.resize(1100, 1500);
    window.press(Key::N, Modifiers::COMMAND);
    window.wait_for_text("Ticket and project");
    let pasted = "https://gitlab.zendesk.com/agent/tickets/418822 https://gitlab.com/acme/platform/monorepo";
    window.events(vec![egui::Event::Paste(pasted.to_owned())]);
    window.picture("40-pasted-ticket");
    window.click(Role::Button, "Open the case");
    let window = &mut window;
    fill(window, "Record the time of the UI attempt", Fact::UiAttemptAt, "2026-11-20 10:00 UTC");
    fill(window, "Record the UI's message", Fact::UiAttemptMessage, "Export failed. Try again.");
    let made = "Make the API attempt, or record its time";
    fill(window, made, Fact::ApiAttemptAt, "2026-11-20T12:10:00+02:00");
    fill(window, "Record the API's message", Fact::ApiAttemptMessage, "export_status: none");
    let kibana = "https://log.gprd.gitlab.net/app/r/s/aBcD1";
    fill(window, "Find the error in the logs and record the link", Fact::KibanaLink, kibana);
    let bug = "https://gitlab.com/gitlab-org/gitlab/-/issues/330833";
    fill(window, "Find or create the bug issue", Fact::BugIssue, bug);
    fill(window, "Comment on the issue with the log links", Fact::BugIssueUpdated, "yes");
    window.wait_for(Role::Heading, "Offer a one-time export");
    window.picture("41-offer");
    assert!(copied(window, &display, "offer").contains("acme/platform/monorepo"));
    window.click(Role::Button, "Mark the offer as sent");
    window.wait_for(Role::Heading, "Wait for the answer, then record it");
    window.click(Role::Button, "The customer accepted");
    fill(window, "Find out whether the export succeeded", Fact::ExportSucceeded, "yes");
    let answered = "Record the download error";
    fill(window, answered, Fact::DownloadError, "502 Bad Gateway after 40 minutes");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let finished = UtcMs(now).plus_ms(-3 * DAY_MS).rfc3339();
    fill(window, "Record when the export finished", Fact::ExportFinishedAt, &finished);
    fill(window, "Verify the account's ownership", Fact::OwnershipVerifiedAt, "2026-11-20 15:00 UTC");
    window.wait_for(Role::Heading, "Open the infrastructure request and record its link");
    let request = copied(window, &display, "infra");
    window.picture("42-infra-request");
    for told in ["acme/platform/monorepo", "418822"] {
        assert!(request.contains(told), "{told} is not in {request}");
    }
    // The command line produces the same words for the same case.
    window.end();
    let mut program = bare_program(home.path());
    program.args(["text", "infra", "--case", "1", "--json", "--data-dir"]).arg(home.path().join("data"));
    let end = End::of(&program.output_in_time().unwrap());
    assert_eq!(end.result()["text"].as_str(), Some(request.as_str()));
}
