//! Every waiting time of a download in one value, and the rule that limits retries without progress.

use std::time::Duration;

use crate::gitlab;

/// All waiting times. Tests shorten them; nothing in `download/` waits for a time that is not in here.
#[derive(Clone, Debug)]
pub struct DownloadTiming {
    /// First wait after a failure. It doubles with each consecutive failure, with jitter.
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    /// Consecutive failures without a new byte before the download gives up.
    pub attempts: u32,
    /// Consecutive fresh links without a usable answer before the download gives up, because each costs a call of the
    /// download limit.
    pub links: u32,
    /// How long a connection may be silent before it counts as stalled.
    pub stall: Duration,
    pub progress_every: Duration,
    /// How often written bytes are synced and recorded in the sidecar.
    pub sync_every: Duration,
    /// Interval between two calls while GitLab says that the file is not available yet.
    pub not_ready_every: Duration,
    /// How long a download waits in total for a file that is not available yet.
    pub not_ready_wait: Duration,
    /// How long a download waits in total after consecutive 429 answers.
    pub rate_wait: Duration,
    /// How many 429 answers one request may get before it fails, however short the waits between them are.
    pub limited_answers: u32,
    /// The wait after a 429 without `Retry-After`; GitLab's interval is a minute.
    pub rate_default: Duration,
    /// Factor for a server's own `Retry-After` (`--pace` in practice).
    pub retry_after_factor: f64,
    /// How long the next download waits for the lock of one that has just ended.
    pub lock_wait: Duration,
}

/// The shortest silence that counts as a stall after [`DownloadTiming::paced`].
const STALL_FLOOR: Duration = Duration::from_millis(500);

impl Default for DownloadTiming {
    fn default() -> Self {
        Self {
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_mins(1),
            attempts: 10,
            links: 3,
            stall: Duration::from_mins(1),
            progress_every: Duration::from_millis(100),
            sync_every: Duration::from_secs(2),
            not_ready_every: Duration::from_mins(1),
            not_ready_wait: Duration::from_mins(10),
            rate_wait: Duration::from_mins(15),
            limited_answers: 30,
            rate_default: Duration::from_mins(1),
            retry_after_factor: 1.0,
            lock_wait: Duration::from_secs(2),
        }
    }
}

impl DownloadTiming {
    /// Every waiting time multiplied by `factor` (see `--pace` in `../shared/cli.md`). Counts stay as they are.
    #[must_use]
    pub fn paced(self, factor: f64) -> Self {
        let factor = if factor.is_finite() { factor.max(0.0) } else { 1.0 };
        let times = |wait: Duration| gitlab::scaled(wait, factor);
        Self {
            backoff_base: times(self.backoff_base),
            backoff_cap: times(self.backoff_cap),
            // A busy machine must not count as a stall, however fast practice runs.
            stall: times(self.stall).max(STALL_FLOOR.min(self.stall)),
            not_ready_every: times(self.not_ready_every),
            not_ready_wait: times(self.not_ready_wait),
            rate_wait: times(self.rate_wait),
            rate_default: times(self.rate_default),
            retry_after_factor: self.retry_after_factor * factor,
            ..self
        }
    }

    /// The wait after this many consecutive failures.
    pub fn backoff(&self, failures: u32) -> Duration {
        gitlab::backoff(failures.saturating_sub(1), self.backoff_base, self.backoff_cap, fastrand::f64())
    }

    /// A server's `Retry-After`, multiplied by the factor and at most an hour, but never shorter than our own
    /// backoff: a server that says 0, or a date in the past, still gets a pause.
    pub fn retry_after(&self, asked: Duration, failures: u32) -> Duration {
        let paced = gitlab::scaled(asked.min(Duration::from_hours(1)), self.retry_after_factor);
        paced.max(self.backoff(failures))
    }
}

/// Counts failures, and resets the count when the download has more bytes than ever before. Bytes that it had once
/// before do not count, so that a server which starts over and fails at the same place cannot cause endless retries.
#[derive(Clone, Copy, Debug, Default)]
pub struct FailureStreak {
    failures: u32,
    furthest_bytes: u64,
}

impl FailureStreak {
    /// The file now has `bytes`.
    pub fn reached(&mut self, bytes: u64) {
        if bytes > self.furthest_bytes {
            *self = Self { failures: 0, furthest_bytes: bytes };
        }
    }

    /// Counts one more failure; returns the number of consecutive ones.
    pub fn failed(&mut self) -> u32 {
        self.failures += 1;
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_shrinks_waiting_not_counting() {
        let download_timing = DownloadTiming::default().paced(0.001);
        assert_eq!(download_timing.retry_after(Duration::from_mins(1), 1), Duration::from_millis(60));
        assert_eq!((download_timing.backoff_base, download_timing.attempts), (Duration::from_millis(1), 10));
        assert_eq!(DownloadTiming::default().paced(0.0).stall, STALL_FLOOR);
        assert_eq!(DownloadTiming::default().paced(f64::NAN).stall, DownloadTiming::default().stall);
        assert_eq!(DownloadTiming::default().retry_after(Duration::MAX, 1), Duration::from_hours(1));
    }

    #[test]
    fn a_server_that_asks_for_no_pause_gets_ours() {
        let download_timing = DownloadTiming::default();
        let waits: Vec<_> =
            (1..=8).map(|failures| download_timing.retry_after(Duration::ZERO, failures)).collect();
        assert!(
            waits[0] >= download_timing.backoff_base / 2 && waits[7] >= download_timing.backoff_cap / 2,
            "{waits:?}"
        );
    }

    #[test]
    fn only_new_ground_forgives() {
        let mut timing = FailureStreak::default();
        timing.reached(100);
        assert_eq!((timing.failed(), timing.failed()), (1, 2));
        timing.reached(100);
        timing.reached(50);
        assert_eq!(timing.failed(), 3);
        timing.reached(101);
        assert_eq!(timing.failed(), 1);
    }
}
