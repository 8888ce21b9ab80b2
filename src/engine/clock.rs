//! The one place that reads the clock.

use crate::case::UtcMs;

/// Now, in UTC milliseconds.
#[expect(clippy::disallowed_methods, reason = "this is the one place the ban points to")]
pub fn now() -> UtcMs {
    UtcMs(jiff::Timestamp::now().as_millisecond())
}
