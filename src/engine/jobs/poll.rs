//! When a job is polled next, and what stands in the way. One for all kinds.

use std::time::Duration;

use tokio::task::AbortHandle;

use crate::case::{UserError, UtcMs};
use crate::engine::access::PollFailed;
use crate::engine::api::{JobWatch, Waiting};
use crate::engine::timing::Timing;
use crate::gitlab::scaled;

/// The polling of one job.
#[derive(Debug, Default)]
pub struct Polling {
    next_poll_at: Option<UtcMs>,
    /// Why nothing was heard lately, or why its request waits.
    pub waiting: Option<Waiting>,
    /// Why it is no longer polled although it has not ended.
    pub trouble: Option<UserError>,
    /// Polls that were answered since this program took the job up.
    polls: u32,
    /// Polls in a row that brought no answer, and since when.
    failures: u32,
    failing_since: Option<UtcMs>,
    /// A poll that was decided on and has not begun.
    due: Option<Duration>,
    task: Option<AbortHandle>,
}

impl Polling {
    /// The next poll begins after `wait`, in place of any other.
    pub fn begin_in(&mut self, wait: Duration, now: UtcMs) {
        self.stop();
        self.next_poll_at = Some(now.plus_ms(wait.as_millis() as i64));
        self.due = Some(wait);
    }

    /// The poll that was decided on, for whoever begins it.
    pub fn take_due(&mut self) -> Option<Duration> {
        self.due.take()
    }

    /// The poll that was begun.
    pub fn begun(&mut self, task: AbortHandle) {
        self.task = Some(task);
    }

    /// GitLab has answered.
    pub fn seen(&mut self) {
        (self.failures, self.failing_since, self.waiting, self.trouble) = (0, None, None, None);
        self.polls += 1;
    }

    /// No answer came. The next poll comes after `next_try`; where there is none, or where nobody waits as long as
    /// this, the job is no longer polled.
    pub fn failed(
        &mut self,
        failed: PollFailed,
        next_try: impl FnOnce(&crate::gitlab::Error, u32) -> Option<Duration>,
        (timing, patient): (&Timing, bool),
        now: UtcMs,
    ) {
        self.failures += 1;
        let since = *self.failing_since.get_or_insert(now);
        let in_time = patient || now.since_ms(since) < timing.give_up.as_millis() as i64;
        let error = failed.error.filter(|_| in_time);
        let wait = error.as_ref().and_then(|error| next_try(error, self.failures));
        if let (Some(wait), Some(error)) = (wait, error) {
            let wait = wait.min(timing.late_look);
            self.begin_in(wait, now);
            self.waiting = Some(crate::engine::access::waiting(&error, wait));
        } else {
            self.stop();
            self.waiting = None;
            self.trouble = Some(failed.trouble);
        }
    }

    /// How long after the last poll the next one comes: the distance grows with the polls that were answered, as
    /// GitLab's own steps do, and is longest for a job that is late.
    pub fn distance(&self, timing: &Timing, is_late: bool) -> Duration {
        let grown = scaled(timing.first_look, 1.5_f64.powi(self.polls.min(16) as i32));
        let wait = if is_late { timing.late_look } else { grown.min(timing.slowest_look) };
        scaled(wait, 0.9 + 0.2 * fastrand::f64())
    }

    /// It is no longer polled.
    pub fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        (self.next_poll_at, self.due) = (None, None);
    }

    /// What the front ends see.
    pub fn view(&self, unwatched: bool) -> JobWatch {
        JobWatch {
            next_poll_at: self.next_poll_at,
            waiting: self.waiting.clone(),
            trouble: self.trouble.clone(),
            unwatched,
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How long after the start of the program a job that was under way is polled first: they are spread over time, so
/// that an instance is not asked for all of them at once.
pub fn spread(place: usize, timing: &Timing) -> Duration {
    scaled(timing.backoff_base, place as f64 / 8.0).min(timing.slowest_look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Code;

    #[test]
    fn polls_slow_down_with_their_number_and_after_an_hour() {
        let timing = Timing::default();
        let mut polling = Polling::default();
        let near = |wait: Duration, seconds: f64| (wait.as_secs_f64() / seconds - 1.0).abs() <= 0.1;
        assert!(near(polling.distance(&timing, false), 10.0));
        for _ in 0..9 {
            polling.seen();
        }
        assert!(near(polling.distance(&timing, false), 60.0));
        assert!(near(polling.distance(&timing, true), 120.0));
    }

    #[test]
    fn jobs_of_a_restart_are_spread_over_time() {
        let timing = Timing::default();
        assert_eq!(spread(0, &timing), Duration::ZERO);
        assert_eq!(spread(8, &timing), Duration::from_secs(1));
        assert_eq!(spread(100_000, &timing), Duration::from_mins(1));
    }

    #[test]
    fn an_answer_that_cannot_come_ends_it_with_its_trouble() {
        let mut polling = Polling::default();
        polling.begin_in(Duration::from_secs(5), UtcMs(0));
        assert_eq!(polling.view(false).next_poll_at, Some(UtcMs(5000)));
        let trouble = UserError::new(Code::TokenMissing, "There is no token.", "");
        let failed = PollFailed { error: None, trouble: trouble.clone() };
        polling.failed(failed, |_, _| Some(Duration::ZERO), (&Timing::default(), true), UtcMs(1));
        assert_eq!(polling.view(false).trouble, Some(trouble));
        assert_eq!((polling.take_due(), polling.view(false).next_poll_at), (None, None));
        polling.seen();
        assert_eq!(polling.view(false).trouble, None);
    }
}
