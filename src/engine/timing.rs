//! Every waiting time of the program, in one value that tests shrink.

use std::time::Duration;

use crate::case::JobPatience;
use crate::gitlab;

/// Waiting times. `Timing::default()` is for real instances; `--pace FACTOR` multiplies all of them and is
/// accepted with a loopback instance only, so that nobody hammers a real GitLab.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// What all times below have been multiplied with; also applied to GitLab's `Retry-After`.
    pub factor: f64,
    /// From the POST to the first look: GitLab's first status change is visible after about 10 s.
    pub first_look: Duration,
    /// Looks grow to this distance; the status changes about once a minute (`WaitRelationExportsWorker`).
    pub slowest_look: Duration,
    /// A run watched for longer than this is looked at every `late_look`.
    pub late_after: Duration,
    pub late_look: Duration,
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    /// How long a network failure is retried before a headless command gives up.
    pub give_up: Duration,
    pub connect_timeout: Duration,
    /// A connection that brings no byte for this long has stalled.
    pub read_timeout: Duration,
    /// GitLab's own window for its application limits.
    pub limit_window: Duration,
    /// How long `not available yet` is waited for.
    pub file_patience: Duration,
    /// Shortest distance between two pictures of progress.
    pub publish: Duration,
    /// How long something that can do without GitLab's answer waits for it.
    pub glance: Duration,
    /// How long the engine sleeps at most while a clock runs: the machine may sleep, and its timers with it.
    pub clock_look: Duration,
    /// How often a download writes down which bytes are safe.
    pub record: Duration,
    /// How long a running download may take to write that down when the program ends.
    pub rest: Duration,
    /// How long a locked keyring may take before the window goes on without it.
    pub keyring: Duration,
    /// How long to wait for another program to leave the data folder.
    pub lock: Duration,
}

impl Timing {
    /// All waiting times multiplied by `factor`.
    pub fn scaled(factor: f64) -> Self {
        let of = |seconds: f64| gitlab::scaled(Duration::from_secs(1), seconds * factor);
        Self {
            factor,
            first_look: of(10.0),
            slowest_look: of(60.0),
            late_after: of(3_600.0),
            late_look: of(120.0),
            backoff_base: of(1.0),
            backoff_cap: of(60.0),
            give_up: of(900.0),
            connect_timeout: of(15.0).max(Duration::from_secs(2)),
            read_timeout: of(60.0).max(Duration::from_millis(300)),
            // Two seconds more than GitLab's minute: calls that leave a minute apart may arrive closer.
            limit_window: of(62.0),
            file_patience: of(600.0),
            publish: Duration::from_millis(100),
            glance: of(5.0).max(Duration::from_millis(500)),
            clock_look: of(60.0).max(Duration::from_millis(500)),
            record: Duration::from_millis(500),
            rest: Duration::from_secs(2),
            keyring: of(3.0).max(Duration::from_millis(500)),
            lock: of(2.0),
        }
    }

    /// The patience of the judgement on jobs, scaled alike.
    pub fn job_patience(&self) -> JobPatience {
        JobPatience::scaled(self.factor)
    }

    /// A time that GitLab named, at this pace.
    pub fn of_server(&self, wait: Duration) -> Duration {
        gitlab::scaled(wait, self.factor)
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::scaled(1.0)
    }
}
