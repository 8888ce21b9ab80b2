//! The server's time: real time for links and names, paced time for everything GitLab lets one wait for.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A server's clock. Paced milliseconds run `1 / pace` times as fast as real ones.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    started_at: Timestamp,
    pace: f64,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the practice server has a clock of its own, as GitLab has"
    )]
    pub fn start(pace: f64) -> Self {
        // A pace of nothing would make time infinite.
        Self { started: Instant::now(), started_at: Timestamp::now(), pace: pace.max(1e-6) }
    }

    /// Milliseconds since the start as the server lives them.
    pub fn paced_ms(&self) -> u64 {
        (self.started.elapsed().as_secs_f64() * 1000.0 / self.pace) as u64
    }

    /// Milliseconds since the start as the wall clock counts them.
    pub fn real_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// When a paced moment comes, in real time.
    pub fn instant_of(&self, paced_ms: u64) -> Instant {
        self.started + Duration::from_secs_f64(paced_ms as f64 * self.pace / 1000.0)
    }

    /// The wall clock.
    pub fn wall(&self) -> Timestamp {
        // A process does not live the nine thousand years that would overflow this.
        self.started_at.checked_add(self.started.elapsed()).unwrap_or(self.started_at)
    }

    /// An HTTP date so many seconds from now.
    pub fn http_date(&self, plus_s: i64) -> String {
        let at_s = (self.wall().as_second() + plus_s).max(0);
        httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(at_s as u64))
    }
}
