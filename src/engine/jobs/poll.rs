//! When a job is polled next, and why it is not. The same for all kinds of jobs.

use std::time::Duration;

use tokio::task::AbortHandle;

use crate::case::{UserError, UtcMs};
use crate::engine::access::PollFailed;
use crate::engine::api::{JobWatch, Waiting};
use crate::engine::timing::Timing;
use crate::gitlab::{Retry, retry, scaled};

/// The polling of one job.
#[derive(Debug, Default)]
pub struct Polling {
    next_poll_at: Option<UtcMs>,
    /// Why there was no recent answer, or why the job's request waits.
    pub waiting: Option<Waiting>,
    /// Why polling stopped although the job has not ended.
    pub error: Option<UserError>,
    /// Answered polls since this program started or resumed the job.
    polls: u32,
    /// Consecutive polls without an answer, and since when.
    failures: u32,
    failing_since: Option<UtcMs>,
    /// A poll that was scheduled but has not started.
    due: Option<Duration>,
    task: Option<AbortHandle>,
}

impl Polling {
    /// Schedules the next poll after `wait`; it replaces any other. Polling that had stopped goes on.
    pub fn begin_in(&mut self, wait: Duration, now: UtcMs) {
        self.stop();
        self.error = None;
        self.next_poll_at = Some(now.plus_ms(wait.as_millis() as i64));
        self.due = Some(wait);
    }

    /// Takes the scheduled poll, in order to start it.
    pub fn take_due(&mut self) -> Option<Duration> {
        self.due.take()
    }

    /// The poll has started.
    pub fn begun(&mut self, task: AbortHandle) {
        self.task = Some(task);
    }

    /// GitLab has answered.
    pub fn seen(&mut self) {
        (self.failures, self.failing_since, self.waiting, self.error) = (0, None, None, None);
        self.polls += 1;
    }

    /// GitLab did not answer. The next poll comes after `next_try`; polling stops where there is no next try, or
    /// where failures have lasted longer than a command waits.
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
        let error = failed.cause.filter(|_| in_time);
        let wait = error.as_ref().and_then(|error| next_try(error, self.failures));
        if let (Some(wait), Some(error)) = (wait, error) {
            let wait = wait.min(timing.late_poll);
            self.begin_in(wait, now);
            let may_retry_now = matches!(retry(&error.kind), Retry::WithBackoff);
            self.waiting = Some(Waiting { may_retry_now, ..crate::engine::access::waiting(&error, wait) });
        } else {
            self.give_up(failed.error);
        }
    }

    /// Polls at once instead of after the wait that follows a failed poll. Limits of GitLab are waited for.
    pub fn retry_now(&mut self, now: UtcMs) {
        if self.waiting.as_ref().is_some_and(|waiting| waiting.may_retry_now) {
            self.begin_in(Duration::ZERO, now);
        }
    }

    /// The time between the last poll and the next one. It grows with the answered polls, because GitLab's own steps
    /// get longer too, and is longest for a late job.
    pub fn distance(&self, timing: &Timing, is_late: bool) -> Duration {
        let grown = scaled(timing.first_poll, 1.5_f64.powi(self.polls.min(16) as i32));
        let wait = if is_late { timing.late_poll } else { grown.min(timing.slowest_poll) };
        scaled(wait, 0.9 + 0.2 * fastrand::f64())
    }

    /// Whether there will be another poll.
    pub fn is_on(&self) -> bool {
        self.next_poll_at.is_some() || self.task.is_some()
    }

    /// Stops polling, because it is impossible.
    pub fn give_up(&mut self, error: UserError) {
        self.stop();
        (self.waiting, self.error) = (None, Some(error));
    }

    /// Stops polling.
    pub fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        (self.next_poll_at, self.due) = (None, None);
    }

    /// The view of the polling.
    pub fn view(&self, unwatched: bool) -> JobWatch {
        JobWatch {
            next_poll_at: self.next_poll_at,
            waiting: self.waiting.clone(),
            error: self.error.clone(),
            unwatched,
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How long after the program's start a resumed job is polled first. The polls are spread over time, so that an
/// instance does not get them all at once.
pub fn spread(place: usize, timing: &Timing) -> Duration {
    scaled(timing.backoff_base, place as f64 / 8.0).min(timing.slowest_poll)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Code;
    use crate::gitlab::ErrorKind;

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

    /// Whoever follows a job ends with the error that it shows.
    #[test]
    fn a_job_that_is_polled_again_does_not_show_why_it_was_not() {
        let mut polling = Polling::default();
        polling.give_up(UserError::new(Code::TokenMissing, "Nobody is connected.", ""));
        assert!(!polling.is_on() && polling.view(false).error.is_some());
        polling.begin_in(Duration::ZERO, UtcMs(0));
        assert!(polling.is_on() && polling.view(false).error.is_none());
    }

    #[test]
    fn jobs_of_a_restart_are_spread_over_time() {
        let timing = Timing::default();
        assert_eq!(spread(0, &timing), Duration::ZERO);
        assert_eq!(spread(8, &timing), Duration::from_secs(1));
        assert_eq!(spread(100_000, &timing), Duration::from_mins(1));
    }

    #[test]
    fn an_answer_that_cannot_arrive_ends_the_wait_with_its_error() {
        let mut polling = Polling::default();
        polling.begin_in(Duration::from_secs(5), UtcMs(0));
        assert_eq!(polling.view(false).next_poll_at, Some(UtcMs(5000)));
        let error = UserError::new(Code::TokenMissing, "There is no token.", "");
        let failed = PollFailed { cause: None, error: error.clone() };
        polling.failed(failed, |_, _| Some(Duration::ZERO), (&Timing::default(), true), UtcMs(1));
        assert_eq!(polling.view(false).error, Some(error));
        assert_eq!((polling.take_due(), polling.view(false).next_poll_at), (None, None));
        polling.seen();
        assert_eq!(polling.view(false).error, None);
    }

    #[test]
    fn a_person_ends_the_wait_after_a_failure_but_not_one_that_gitlab_demands() {
        let hour = Duration::from_hours(1);
        let after = |kind: ErrorKind| {
            let mut polling = Polling::default();
            let cause = crate::gitlab::Error::new("GET export", kind);
            let error = UserError::new(Code::Network, "No answer.", "");
            let failed = PollFailed { cause: Some(cause), error };
            polling.failed(failed, |_, _| Some(hour), (&Timing::default(), true), UtcMs(1));
            polling.take_due();
            polling.retry_now(UtcMs(2));
            (polling.take_due(), polling.view(false).next_poll_at)
        };
        assert_eq!(after(ErrorKind::NoAnswer), (Some(Duration::ZERO), Some(UtcMs(2))));
        let (due, next) = after(ErrorKind::RateLimited { retry_after: Some(hour), app_limit: true });
        assert!(due.is_none() && next > Some(UtcMs(60_000)), "{due:?} {next:?}");
    }
}
