//! A time to come, as people type it.

use super::when::{parse_time, parse_time_near, span_ms};
use crate::case::refusal::{Refusal, Rule};
use crate::case::rules::DAY_MS;
use crate::case::time::UtcMs;

/// Reads `tomorrow`, `in 3 days`, `3 days`, `in a week`, `2026-12-01`, or a time with its zone. A day without a time
/// means 09:00 UTC.
pub fn parse_ahead(text: &str, now: UtcMs) -> Result<UtcMs, Refusal> {
    let lower = text.trim().to_ascii_lowercase();
    let span = lower.strip_prefix("in ").unwrap_or(&lower);
    if let Some(ms) = span_ms(span).or_else(|| weeks_ms(span)) {
        return Ok(now.plus_ms(ms));
    }
    let (day, rest) = lower.split_once(' ').unwrap_or((&lower, ""));
    let today = |days: i64| now.plus_ms(days * DAY_MS).rfc3339().chars().take(10).collect::<String>();
    let day = match day {
        "today" => Some(today(0)),
        "tomorrow" => Some(today(1)),
        day => is_day(day).then(|| day.to_owned()),
    };
    let at = match day {
        Some(day) if rest.is_empty() => parse_time(&format!("{day} 09:00 UTC")),
        Some(day) => parse_time(&format!("{day} {rest}")),
        None => parse_time_near(text, now),
    };
    at.map_err(|refusal| {
        let headline = format!("The reminder was not saved: {}", refusal.headline);
        let hint = "Write tomorrow, in 3 days, 2026-12-01, or 2026-12-01 14:00 UTC.";
        Refusal::new(Rule::TimeWithZone, headline, hint)
    })
}

/// `2026-12-01`.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.char_indices().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() })
}

/// `a week`, `2 weeks`.
fn weeks_ms(text: &str) -> Option<i64> {
    let days = text.strip_suffix("weeks").or_else(|| text.strip_suffix("week"))?;
    Some(7 * span_ms(&format!("{days}days"))?)
}
