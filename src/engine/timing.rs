//! Every waiting time of the program, in one value that tests can shorten.

use std::time::Duration;

use crate::case::JobTiming;
use crate::gitlab;

use super::limiter::LimitWindow;

/// Waiting times. `Timing::default()` is for real instances. `--pace FACTOR` multiplies all of them and is accepted
/// only with a loopback instance, so that nobody floods a real GitLab.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// The factor by which all times below were multiplied. It also applies to GitLab's `Retry-After`.
    pub factor: f64,
    /// From the POST to the first poll: GitLab's first status change is visible after about 10 s.
    pub first_poll: Duration,
    /// The longest interval between polls: the status changes about once per minute (`WaitRelationExportsWorker`).
    pub slowest_poll: Duration,
    /// A run that is watched for longer than this is polled every `late_poll`.
    pub late_after: Duration,
    pub late_poll: Duration,
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    /// How long a command without a window retries after network failures.
    pub give_up: Duration,
    pub connect_timeout: Duration,
    /// A connection that receives no byte for this long has stalled.
    pub read_timeout: Duration,
    /// The window of GitLab's application limits.
    pub limit_minute: Duration,
    /// The same with a margin: calls sent one minute apart may arrive closer together.
    pub limit_window: Duration,
    /// How long a download waits while GitLab answers that the file is not available yet.
    pub file_wait: Duration,
    /// The shortest interval between two snapshots that only show progress.
    pub publish: Duration,
    /// How long a step waits for GitLab's answer that it can do without.
    pub glance: Duration,
    /// How long the engine sleeps at most while a deadline runs. The machine may be suspended, and its timers with
    /// it.
    pub deadline_check: Duration,
    /// How often a batch looks at the free space of its folder while it downloads.
    pub space_check: Duration,
    /// How often a download records which bytes are safe.
    pub record: Duration,
    /// How long all running downloads together may take for their last records when the program ends.
    pub rest: Duration,
    /// How long to wait for the keyring before a person is told that it waits for them. Its answer counts later too.
    pub keyring: Duration,
    /// The same for a command, whose only way to use a token is to wait until the person has answered the prompt.
    pub keyring_of_command: Duration,
    /// How long the end of the program waits until the keyring knows the journal's last row.
    pub last_head: Duration,
}

impl Timing {
    /// All waiting times multiplied by `factor`.
    pub fn scaled(factor: f64) -> Self {
        let of = |seconds: f64| gitlab::scaled(Duration::from_secs(1), seconds * factor);
        Self {
            factor,
            first_poll: of(10.0),
            slowest_poll: of(60.0),
            late_after: of(3_600.0),
            late_poll: of(120.0),
            backoff_base: of(1.0),
            backoff_cap: of(60.0),
            give_up: of(900.0),
            connect_timeout: of(15.0).max(Duration::from_secs(2)),
            read_timeout: of(60.0).max(Duration::from_millis(300)),
            limit_minute: of(60.0),
            limit_window: of(62.0),
            file_wait: of(600.0),
            publish: Duration::from_millis(100),
            glance: of(5.0).max(Duration::from_millis(500)),
            deadline_check: of(60.0).max(Duration::from_millis(500)),
            space_check: of(20.0).max(Duration::from_millis(500)),
            record: Duration::from_millis(500),
            rest: Duration::from_millis(600),
            keyring: of(3.0).max(Duration::from_millis(500)),
            keyring_of_command: of(60.0).max(Duration::from_secs(10)),
            last_head: Duration::from_millis(300),
        }
    }

    /// The window of GitLab's application limits.
    pub fn window(&self) -> LimitWindow {
        LimitWindow { minute: self.limit_minute, safe: self.limit_window }
    }

    /// The time limits for judging a job's status, multiplied by the same factor.
    pub fn job_timing(&self) -> JobTiming {
        JobTiming::scaled(self.factor)
    }

    /// A time from a server's answer, multiplied by the factor.
    pub fn of_server(&self, wait: Duration) -> Duration {
        gitlab::scaled(wait, self.factor)
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::scaled(1.0)
    }
}
