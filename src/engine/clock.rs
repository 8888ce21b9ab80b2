//! The only place that reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::case::UtcMs;

/// Now, in UTC milliseconds.
#[expect(clippy::disallowed_methods, reason = "this is the one place the ban points to")]
pub fn now() -> UtcMs {
    of_system(SystemTime::now())
}

/// Also gives a number for a clock that is set before 1970 or absurdly late.
fn of_system(at: SystemTime) -> UtcMs {
    let ms = |span: std::time::Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => UtcMs(ms(since)),
        Err(before) => UtcMs(-ms(before.duration())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_deadline_panics() {
        let after = |seconds| of_system(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(after(1), UtcMs(1000));
        // The end of the year 9999, and a moment far beyond it.
        for seconds in [253_402_300_799, 300_000_000_000] {
            let at = after(seconds);
            assert_eq!(at, UtcMs(seconds.cast_signed() * 1000));
            assert!(!at.rfc3339().is_empty() && !at.for_people().is_empty());
        }
        assert_eq!(of_system(UNIX_EPOCH - Duration::from_secs(1)), UtcMs(-1000));
    }
}
