//! A reminder as people type it.

use super::intake::parse_ahead;
use super::note::Reminder;
use super::parse::refuse_secrets_in;
use super::refusal::{Refusal, Rule};
use super::rules::DAY_MS;
use super::time::UtcMs;

const MAX_REASON_BYTES: usize = 500;
/// A reminder further away is a mistyped year.
const FURTHEST_DAYS: i64 = 400;

/// Reads when to return: `tomorrow`, `in 3 days`, `2026-12-01`, or a time with its zone. A day without a time
/// means 09:00 UTC.
pub fn parse_reminder(when: &str, why: &str, now: UtcMs) -> Result<Reminder, Refusal> {
    let at = parse_ahead(when, now)?;
    let refused = |headline: String, hint: &str| Err(Refusal::new(Rule::TimeInReach, headline, hint));
    if at.since_ms(now) <= 0 {
        let headline = format!("The reminder was not saved: {} is over already.", at.for_people());
        return refused(headline, "Choose a later time.");
    }
    if at.since_ms(now) > FURTHEST_DAYS * DAY_MS {
        let headline = format!("The reminder was not saved: {} is more than a year away.", at.for_people());
        return refused(headline, "Check the year.");
    }
    let why = why.trim();
    if why.len() > MAX_REASON_BYTES {
        let headline = format!("The reason of a reminder has at most {MAX_REASON_BYTES} bytes.");
        return refused(headline, "Write the details into a note.");
    }
    refuse_secrets_in("The reminder", why)?;
    Ok(Reminder { at, why: why.to_owned() })
}
