//! What the engineer writes down about a case for themselves: notes, and when to return to the case. Both are private
//! to the case: no text for customers or trackers contains them.

use serde::{Deserialize, Serialize};

use super::rules::{DAY_MS, HOUR_MS};
use super::time::UtcMs;

/// One note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseNote {
    /// When the note was written; it also identifies the note in its case.
    pub at: UtcMs,
    pub text: String,
}

/// When to return to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    pub at: UtcMs,
    /// What to look at; may be empty.
    pub why: String,
}

impl CaseNote {
    /// The beginning of the note, on one line.
    pub fn first_words(text: &str) -> String {
        const MOST: usize = 100;
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let mut short: String = line.chars().take(MOST).collect();
        if short.len() < text.trim().len() {
            short.push('…');
        }
        short
    }
}

impl Reminder {
    /// In so many days, in the morning of the office: at the full hour, so that the time reads well.
    pub fn in_days(days: i64, why: &str, now: UtcMs) -> Self {
        let at = now.plus_ms(days * DAY_MS);
        Self { at: UtcMs(at.0 - at.0.rem_euclid(HOUR_MS)), why: why.to_owned() }
    }

    /// What the deadline says.
    pub fn sentence(&self) -> String {
        match self.why.trim_end_matches('.') {
            "" => "You set this reminder.".to_owned(),
            why if why.ends_with(['?', '!']) => why.to_owned(),
            why => format!("{why}."),
        }
    }
}
