//! The server's time: real time for links and names, scaled time for everything that a client waits for.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::time::Instant;

/// A server's clock. Scaled milliseconds run `1 / pace` times as fast as real ones.
#[derive(Debug)]
pub struct PracticeClock {
    started: Instant,
    started_at: Timestamp,
    pace: f64,
}

impl PracticeClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the practice server has a clock of its own, as GitLab has"
    )]
    pub fn start(pace: f64) -> Self {
        // A pace of zero would make time infinite.
        Self {
            started: Instant::now(),
            started_at: Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX),
            pace: pace.max(1e-6),
        }
    }

    /// Scaled milliseconds since the start.
    pub fn paced_ms(&self) -> u64 {
        (self.started.elapsed().as_secs_f64() * 1000.0 / self.pace) as u64
    }

    /// Real milliseconds since the start.
    pub fn real_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// The real time of a scaled moment.
    pub fn instant_of(&self, paced_ms: u64) -> Instant {
        let after = Duration::try_from_secs_f64(paced_ms as f64 * self.pace / 1000.0);
        let never = self.started + Duration::from_hours(24 * 365);
        after.ok().and_then(|after| self.started.checked_add(after)).unwrap_or(never)
    }

    /// The wall clock.
    pub fn wall(&self) -> Timestamp {
        // A process does not run for the nine thousand years that would overflow this.
        self.started_at.checked_add(self.started.elapsed()).unwrap_or(self.started_at)
    }

    /// The HTTP date `plus_s` seconds from now.
    pub fn http_date(&self, plus_s: u64) -> String {
        http_date(self.wall().checked_add(Duration::from_secs(plus_s)).unwrap_or(Timestamp::MAX))
    }

    /// The day in so many days, as the API writes days.
    pub fn day_in(&self, days: u64) -> String {
        let day = self.wall().checked_add(Duration::from_secs(days * 86_400)).unwrap_or(Timestamp::MAX);
        day.strftime("%Y-%m-%d").to_string()
    }

    /// The wall clock in the API's format.
    pub fn shown(&self) -> String {
        shown(self.wall())
    }
}

/// A time in the API's format.
pub fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A time in the format of HTTP headers.
pub fn http_date(at: Timestamp) -> String {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(seconds))
}
