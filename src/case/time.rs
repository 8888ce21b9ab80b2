//! Points in time as UTC milliseconds, the only form in which this program stores them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcMs(pub i64);

impl UtcMs {
    /// This time plus `ms` milliseconds, saturating.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this time; negative where `earlier` is later.
    pub fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 with seconds, in UTC: `2026-11-21T06:54:00Z`. Times outside the years 1 to 9999 become the epoch.
    pub fn rfc3339(self) -> String {
        self.stamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The form people read in tickets: `2026-11-21 06:54:00 UTC`.
    pub fn for_people(self) -> String {
        self.stamp().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    /// Parses RFC 3339 with any zone.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.trim().parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }

    fn stamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

impl fmt::Display for UtcMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_round_trips_and_understands_zones() {
        let at = UtcMs::parse_rfc3339("2026-11-21T08:54:00+02:00").unwrap();
        assert_eq!(at.rfc3339(), "2026-11-21T06:54:00Z");
        assert_eq!(UtcMs::parse_rfc3339(&at.rfc3339()), Some(at));
        assert_eq!(UtcMs::parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn no_time_panics() {
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!UtcMs(ms).rfc3339().is_empty());
            assert!(UtcMs(ms).plus_ms(i64::MAX) >= UtcMs(ms));
        }
    }
}
