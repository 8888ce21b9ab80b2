//! Cases by the handbook in the real window, from the pasted ticket to a closed case: by mouse, and by keyboard alone.
//! Clicks and keys are counted; what is typed or pasted into a field is not. Nothing is scrolled.

use std::time::{SystemTime, UNIX_EPOCH};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use export_desk::case::{Fact, UtcMs};

use super::driver::Window;
use crate::fixture::{End, bare_program};
use crate::screen::{Display, can_show};
use crate::waiting::InTime;

const DAY_MS: i64 = 24 * 3_600_000;
/// A whole case takes at most so many clicks, or so many keys.
const MOST_CLICKS: u32 = 14;
const MOST_KEYS: u32 = 25;
const HEIGHT: f32 = 800.0;

const PASTED: &str =
    "https://gitlab.zendesk.com/agent/tickets/418822 https://gitlab.com/acme/platform/monorepo";
const KIBANA: &str = "https://log.gprd.gitlab.net/app/r/s/aBcD1";
const BUG: &str = "https://gitlab.com/gitlab-org/gitlab/-/issues/330833";
const CONSOLE: &str = "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/25000";
const INFRA: &str = "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/26000";
const HANDOVER: &str = "https://storage.googleapis.com/one-time/export.tar.gz";

/// How a person uses the window.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Mouse,
    Keys,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Console,
    Infra,
}

fn paste(window: &mut Window, text: &str) {
    window.events(vec![egui::Event::Paste(text.to_owned())]);
}

/// Types into the fields of the NOW card: the first has the focus already, Enter goes to the next.
fn fill(window: &mut Window, by: By, facts: &[(Fact, &str)], button: &str) {
    for (i, (fact, text)) in facts.iter().enumerate() {
        window.wait_for_focus(fact.label());
        paste(window, text);
        if i + 1 < facts.len() {
            // With the mouse, too, the hands are at the keyboard while they type.
            let counted = window.keys;
            window.press(Key::Enter, Modifiers::NONE);
            if by == By::Mouse {
                window.keys = counted;
            }
        }
    }
    press(window, by, button, Key::Enter, Modifiers::NONE);
}

/// Presses a button: by mouse, or by this key.
fn press(window: &mut Window, by: By, button: &str, key: Key, modifiers: Modifiers) {
    match by {
        By::Mouse => window.click_in_view(Role::Button, button, HEIGHT),
        By::Keys => window.press(key, modifiers),
    }
}

/// Does the next step: the main button, or its key.
fn next(window: &mut Window, by: By, button: &str) {
    window.wait_for(Role::Button, button);
    press(window, by, button, Key::Enter, Modifiers::COMMAND);
}

/// Gives an answer; `others` is how many answers come before it.
fn answer(window: &mut Window, by: By, first: &str, others: u32, button: &str) {
    match by {
        By::Mouse => window.click_in_view(Role::Button, button, HEIGHT),
        By::Keys => {
            window.wait_for_focus(first);
            for _ in 0..others {
                window.press(Key::ArrowRight, Modifiers::NONE);
            }
            window.wait_for_focus(button);
            window.press(Key::Enter, Modifiers::NONE);
        }
    }
}

/// From an empty window to a closed case.
fn whole_case(way: Way, by: By) -> (u32, u32) {
    let home = tempfile::tempdir().unwrap();
    let display = Display::open();
    let mut window = Window::open(&display, home.path());
    let window = &mut window;
    window.wait_for(Role::Button, "Connect to GitLab");
    window.resize(1280, 800);
    window.press(Key::N, Modifiers::COMMAND);
    window.wait_for_text("Ticket and project");
    paste(window, PASTED);
    window.picture("40-pasted-ticket");
    press(window, by, "Open the case", Key::Enter, Modifiers::COMMAND);
    let attempts = [
        (Fact::UiAttemptAt, "2026-11-20 10:00 UTC"),
        (Fact::UiAttemptMessage, "Export failed. Try again."),
        (Fact::ApiAttemptAt, "2026-11-20T12:10:00+02:00"),
        (Fact::ApiAttemptMessage, "export_status: none"),
    ];
    window.wait_for_focus(Fact::UiAttemptAt.label());
    window.picture("41-attempts");
    fill(window, by, &attempts, "Save the attempts");
    window.wait_for_focus(Fact::KibanaLink.label());
    window.picture("42-links");
    // The Sentry link is optional: Enter goes over it.
    fill(
        window,
        by,
        &[(Fact::KibanaLink, KIBANA), (Fact::SentryLink, ""), (Fact::BugIssue, BUG)],
        "Save the links",
    );
    next(window, by, "Copy and mark as posted");
    window.wait_for(Role::Heading, "Offer a one-time export");
    window.picture("43-offer");
    next(window, by, "Copy and mark as sent");
    // The offer's text, with its link to the project.
    display.pasted("acme/platform/monorepo");
    answer(window, by, "Accepted", 0, "Accepted");
    window.wait_for(Role::Heading, "Find out whether the export succeeded");
    window.picture("44-route");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let finished = UtcMs(now).plus_ms(-3 * DAY_MS).rfc3339();
    if way == Way::Infra {
        answer(window, by, "Yes", 0, "Yes");
        let failed = [
            (Fact::DownloadError, "502 Bad Gateway after 40 minutes"),
            (Fact::ExportFinishedAt, finished.as_str()),
        ];
        fill(window, by, &failed, "Save the download error");
    } else {
        answer(window, by, "Yes", 1, "No");
    }
    let (text, link, url) = match way {
        Way::Console => ("console", Fact::ConsoleIssue, CONSOLE),
        Way::Infra => ("infra", Fact::InfraIssue, INFRA),
    };
    window.wait_for(Role::Heading, "Verify the account's ownership");
    window.picture(&format!("45-{text}-request"));
    match by {
        By::Mouse => window.click_in_view(Role::Button, "Copy the draft", HEIGHT),
        By::Keys => window.press(Key::M, Modifiers::COMMAND.plus(Modifiers::SHIFT)),
    }
    // The timeline keeps the copy.
    window.wait_for_text(&format!("Text copied: {text}."));
    let request = display.pasted("acme/platform/monorepo");
    assert!(request.contains("418822"), "{request}");
    let mut program = bare_program(home.path());
    program.args(["text", text, "--case", "1", "--json", "--data-dir"]).arg(home.path().join("data"));
    let end = End::of(&program.output_in_time().unwrap());
    assert_eq!(end.result()["text"].as_str(), Some(request.as_str()), "{:?}", end.lines);
    fill(window, by, &[(Fact::OwnershipVerifiedAt, "now"), (link, url)], "Save and mark as opened");
    if way == Way::Infra {
        window.wait_for(Role::Heading, "Label the bug issue infradev");
        window.picture("46-infradev");
        infradev(window, by);
    }
    window.wait_for(Role::Heading, "Wait for the attempt, then record its result");
    answer(window, by, "It succeeded", 0, "It succeeded");
    window.wait_for_focus(Fact::HandoverLink.label());
    window.picture("47-hand-over");
    fill(window, by, &[(Fact::HandoverLink, HANDOVER)], "Copy the reply and close the case");
    window.wait_for(Role::Heading, "This case is closed");
    window.picture("48-closed");
    // The reply has the link that was typed with it.
    display.pasted(HANDOVER);
    let counted = (window.clicks, window.keys);
    // The command line knows the same case.
    window.end();
    let mut program = bare_program(home.path());
    program.args(["case", "show", "1", "--json", "--data-dir"]).arg(home.path().join("data"));
    let end = End::of(&program.output_in_time().unwrap());
    assert_eq!(end.result()["stage"], "closed");
    println!("{} clicks, {} keys", counted.0, counted.1);
    counted
}

/// The label's form, by hand: the case has no token.
fn infradev(window: &mut Window, by: By) {
    for (label, text) in [
        ("Severity (1 to 4)", "2"),
        ("Priority (1 to 4)", "3"),
        ("Impact on the customer", "Large projects cannot be moved away"),
    ] {
        window.wait_for_focus(label);
        paste(window, text);
        if label.ends_with("customer") {
            break;
        }
        let counted = window.keys;
        window.press(Key::Enter, Modifiers::NONE);
        if by == By::Mouse {
            window.keys = counted;
        }
    }
    let button = "Copy as a comment and mark as labelled";
    window.wait_for(Role::Button, button);
    match by {
        By::Mouse => window.click_in_view(Role::Button, button, HEIGHT),
        By::Keys => {
            window.tab_to(Role::Button, button);
            window.press(Key::Enter, Modifiers::NONE);
        }
    }
}

#[test]
fn a_console_case_takes_few_clicks_and_no_scrolling() {
    if can_show() {
        let (clicks, keys) = whole_case(Way::Console, By::Mouse);
        assert!(clicks <= MOST_CLICKS && keys <= 1, "{clicks} clicks and {keys} keys");
    }
}

#[test]
fn an_infrastructure_case_takes_few_clicks_and_no_scrolling() {
    if can_show() {
        let (clicks, keys) = whole_case(Way::Infra, By::Mouse);
        assert!(clicks <= MOST_CLICKS && keys <= 1, "{clicks} clicks and {keys} keys");
    }
}

#[test]
fn a_console_case_takes_few_keys_and_no_mouse() {
    if can_show() {
        let (clicks, keys) = whole_case(Way::Console, By::Keys);
        assert!(clicks == 0 && keys <= MOST_KEYS, "{clicks} clicks and {keys} keys");
    }
}

#[test]
fn an_infrastructure_case_takes_few_keys_and_no_mouse() {
    if can_show() {
        let (clicks, keys) = whole_case(Way::Infra, By::Keys);
        assert!(clicks == 0 && keys <= MOST_KEYS, "{clicks} clicks and {keys} keys");
    }
}
