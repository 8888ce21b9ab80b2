//! Times as people type them.

use crate::case::refusal::{Refusal, Rule};
use crate::case::time::UtcMs;

/// Reads a time in a common form. It must carry its zone, since a guess would move the evidence by hours.
pub fn parse_time(text: &str) -> Result<UtcMs, Refusal> {
    UtcMs::parse_rfc3339(text).ok_or_else(|| {
        Refusal::new(
            Rule::TimeWithZone,
            format!("{text:?} is not a time with its zone."),
            "Write it like 2026-11-21T08:54:00Z or 2026-11-21 08:54 +02:00.",
        )
    })
}
