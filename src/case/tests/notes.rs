//! Notes and reminders.

use super::*;
use crate::case::rules::HOUR_MS;
use crate::case::{
    Attention, DeadlineName, DeadlineState, JournalEvent, Urgency, attention, deadlines, parse_reminder,
};

fn noted(driver: &mut CaseDriver, at: Option<UtcMs>, text: &str) -> Result<Change, Refusal> {
    driver.input(Input::Note { at, text: text.to_owned() })
}

fn texts(driver: &CaseDriver) -> Vec<&str> {
    driver.case.notes.iter().map(|note| note.text.as_str()).collect()
}

fn needs(driver: &CaseDriver) -> Attention {
    attention(&driver.case, None, &driver.offer_log, &driver.rules, driver.now)
}

#[test]
fn notes_are_added_changed_removed_and_put_back() {
    let mut driver = CaseDriver::new();
    let change = noted(&mut driver, None, "  Maria calls on Monday.\nAsk for logs. ").unwrap();
    let JournalEvent::Note { at: Some(first), text } = &change.entries[0].what else { panic!("{change:?}") };
    assert_eq!(text, "Maria calls on Monday.\nAsk for logs.");
    assert_eq!(change.entries[0].what.sentence(), "Note: Maria calls on Monday.…");
    // Two notes of the same second are two notes.
    noted(&mut driver, None, "second").unwrap();
    assert_eq!(texts(&driver), ["Maria calls on Monday.\nAsk for logs.", "second"]);
    assert_eq!(first.rfc3339(), UtcMs::parse_rfc3339(&first.rfc3339()).unwrap().rfc3339());
    noted(&mut driver, Some(*first), "changed").unwrap();
    assert_eq!(texts(&driver), ["changed", "second"]);
    let unchanged = noted(&mut driver, Some(*first), "changed").unwrap();
    assert!(unchanged.entries.is_empty() && unchanged.case.revision == driver.case.revision);
    noted(&mut driver, Some(*first), " ").unwrap();
    assert_eq!(texts(&driver), ["second"]);
    noted(&mut driver, Some(*first), "back").unwrap();
    assert_eq!(texts(&driver), ["back", "second"], "in the order of their times");
}

#[test]
fn what_is_no_note_is_refused() {
    let mut driver = CaseDriver::new();
    for (at, text) in [(None, "  "), (Some(UtcMs(5)), ""), (None, "glpat-AbCdEfGhIjKlMnOpQrSt")] {
        noted(&mut driver, at, text).unwrap_err();
    }
    noted(&mut driver, None, &"x".repeat(20_001)).unwrap_err();
    for i in 0..200 {
        noted(&mut driver, None, &format!("note {i}")).unwrap();
    }
    assert!(noted(&mut driver, None, "one more").unwrap_err().headline.contains("200"));
    assert_eq!(driver.case.notes.len(), 200);
}

#[test]
fn notes_and_reminder_go_with_the_private_data() {
    let mut driver = CaseDriver::new();
    noted(&mut driver, None, "Maria Lopez, +34 600").unwrap();
    let reminder = parse_reminder("in 3 days", "call Maria", NOW).unwrap();
    driver.input(Input::Remind(Some(reminder))).unwrap();
    driver.event("close");
    driver.input(Input::DeletePrivateData).unwrap();
    assert!(driver.case.notes.is_empty() && driver.case.reminder.is_none());
}

#[test]
fn a_reminder_is_a_deadline_that_asks_when_its_time_has_come() {
    let mut driver = CaseDriver::new().console_opened();
    assert_eq!(needs(&driver).level, Urgency::Waiting);
    let reminder = parse_reminder("in 2 days", "has the console team answered?", NOW).unwrap();
    driver.input(Input::Remind(Some(reminder))).unwrap();
    let state = |driver: &CaseDriver| {
        let all = deadlines(&driver.case, None, &driver.rules, driver.now);
        all.into_iter()
            .find(|deadline| deadline.name == DeadlineName::Reminder)
            .map(|deadline| (deadline.state, deadline.why))
    };
    assert_eq!(state(&driver), Some((DeadlineState::Running, "has the console team answered?".to_owned())));
    assert_eq!(needs(&driver).level, Urgency::Waiting);
    driver.now = NOW.plus_ms(2 * DAY_MS);
    assert_eq!(state(&driver).unwrap().0, DeadlineState::Over);
    assert_eq!((needs(&driver).level, needs(&driver).at), (Urgency::DeadlineSoon, driver.now));
    driver.input(Input::Remind(None)).unwrap();
    assert_eq!(needs(&driver).level, Urgency::Waiting);
    assert_eq!(state(&driver), None);
}

#[test]
fn a_reminder_is_read_as_people_write_it() {
    let read = |text: &str| parse_reminder(text, "", NOW).map(|reminder| reminder.at);
    for (text, days) in
        [("in 3 days", 3), ("3 days", 3), ("in a day", 1), ("in 2 weeks", 14), ("in a week", 7)]
    {
        assert_eq!(read(text), Ok(NOW.plus_ms(days * DAY_MS)), "{text}");
    }
    assert_eq!(read("in 5 hours"), Ok(NOW.plus_ms(5 * HOUR_MS)));
    for (text, at) in [
        ("2026-12-01", "2026-12-01T09:00:00Z"),
        ("2026-12-01 14:00 UTC", "2026-12-01T14:00:00Z"),
        ("tomorrow", &*format!("{}T09:00:00Z", &NOW.plus_ms(DAY_MS).rfc3339()[..10])),
        ("Tomorrow 8am +02:00", &*format!("{}T06:00:00Z", &NOW.plus_ms(DAY_MS).rfc3339()[..10])),
    ] {
        assert_eq!(read(text).map(UtcMs::rfc3339), Ok(at.to_owned()), "{text}");
    }
    for wrong in ["", "soon", "yesterday", "2 days ago", "2020-01-01", "2036-01-01", "2026-13-01", "äöü"] {
        read(wrong).unwrap_err();
    }
}

#[test]
fn notes_are_found() {
    let mut driver = CaseDriver::new();
    noted(&mut driver, None, "Zebra corporation").unwrap();
    driver.input(Input::SetTitle("Quarterly".to_owned())).unwrap();
    let text = driver.case.search_text();
    for word in ["zebra", "quarterly", "#418822", "monorepo", "gitlab.com"] {
        assert!(text.contains(word), "{word}");
    }
}
