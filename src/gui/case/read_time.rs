//! How a typed time is understood, said beside its field.

use crate::case::intake::parse_time_near;
use crate::case::{Fact, Refusal, UtcMs, Value, check_moment};
use crate::gui::format;

/// The time in UTC and relative to now; or why the text is not a time that the case accepts.
pub fn read_time(fact: Fact, typed: &str, now: UtcMs) -> Result<String, Refusal> {
    let at = parse_time_near(typed, now)?;
    check_moment(fact, &Value::Time(at), now)?;
    Ok(shown(at, now))
}

/// A time that was understood.
pub fn shown(at: UtcMs, now: UtcMs) -> String {
    format!("{}, {}", at.for_people(), format::relative(at, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::fixture::now;

    #[test]
    fn a_time_that_the_case_refuses_is_not_read_back_as_a_good_one() {
        let future = now().plus_ms(3 * 86_400_000).rfc3339();
        assert!(read_time(Fact::UiAttemptAt, &future, now()).is_err());
        assert!(read_time(Fact::HandoverExpiresAt, &future, now()).unwrap().contains("in 3 days"));
        assert!(read_time(Fact::UiAttemptAt, "20 minutes ago", now()).unwrap().contains("20 min ago"));
        assert!(read_time(Fact::UiAttemptAt, "soon", now()).is_err());
    }
}
