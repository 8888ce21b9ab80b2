//! The one place that reads the clock.

use crate::case::UtcMs;

/// Now, in UTC milliseconds.
#[expect(clippy::disallowed_methods, reason = "this is the one place the ban points to")]
pub fn now() -> UtcMs {
    UtcMs(jiff::Timestamp::now().as_millisecond())
}

/// How far the local clock is east of UTC at `at`, in seconds; 0 where the system does not tell its zone.
pub fn utc_offset_s(at: UtcMs) -> i32 {
    let zone = jiff::tz::TimeZone::try_system().unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_millisecond(at.0).map_or(0, |at| zone.to_offset(at).seconds())
}
