//! Changes of a case's notes.

use crate::case::entry::JournalEvent;
use crate::case::format::number_of;
use crate::case::note::CaseNote;
use crate::case::parse::refuse_secrets_in;
use crate::case::refusal::{Refusal, Rule};
use crate::case::time::UtcMs;

/// How long one note may be, in bytes.
const MAX_NOTE_BYTES: usize = 20_000;
/// How many notes a case may have: every change of a case writes all of them.
const MAX_NOTES: usize = 200;

/// Adds, changes, puts back or removes a note. Returns what the journal records; `None` if nothing changes.
pub(super) fn change_note(
    notes: &mut Vec<CaseNote>,
    at: Option<UtcMs>,
    text: &str,
    now: UtcMs,
) -> Result<Option<JournalEvent>, Refusal> {
    let text = checked(text)?;
    // The time identifies a note, in whole seconds as people and scripts see it: no two notes have the same.
    let second = UtcMs(now.0 - now.0.rem_euclid(1000));
    let next = notes.last().map_or(second, |last| last.at.plus_ms(1000));
    let at_or_new = at.unwrap_or(second.max(next));
    match (notes.binary_search_by_key(&at_or_new, |note| note.at), text.is_empty()) {
        (Ok(place), true) => {
            notes.remove(place);
            Ok(Some(JournalEvent::NoteRemoved { at: at_or_new }))
        }
        (Ok(place), false) if notes[place].text == text => Ok(None),
        (Ok(place), false) => {
            notes[place].text.clone_from(&text);
            Ok(Some(JournalEvent::NoteChanged { at: at_or_new, text }))
        }
        (Err(_), true) => {
            let headline = if at.is_some() { "There is no such note." } else { "The note is empty." };
            Err(Refusal::new(Rule::ValueForm, headline, "Type the note."))
        }
        (Err(_), false) if notes.len() >= MAX_NOTES => {
            let headline = format!("A case has at most {MAX_NOTES} notes.");
            Err(Refusal::new(Rule::ValueForm, headline, "Remove notes that are no longer needed."))
        }
        (Err(place), false) => {
            notes.insert(place, CaseNote { at: at_or_new, text: text.clone() });
            Ok(Some(JournalEvent::Note { at: Some(at_or_new), text }))
        }
    }
}

/// Checks what a person typed for a note; the empty text is none.
fn checked(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.len() > MAX_NOTE_BYTES {
        return Err(Refusal::new(
            Rule::ValueForm,
            format!("A note has at most {}.", number_of(MAX_NOTE_BYTES as u64, "byte", "bytes")),
            "Keep what matters, or split the note.",
        ));
    }
    refuse_secrets_in("The note", text)?;
    Ok(text.replace("\r\n", "\n"))
}
