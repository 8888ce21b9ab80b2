//! The visible progress of a download: numbers, of which only the latest count, and events, of which none may be
//! lost.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::control::Control;
use crate::gitlab;

/// A snapshot of a download, published at most every [`super::DownloadTiming::progress_every`] and at every event.
#[derive(Clone, Debug, Default)]
pub struct DownloadProgress {
    /// The file's final name, once GitLab has given it.
    pub path: Option<PathBuf>,
    /// Bytes in the `.part` file.
    pub bytes: u64,
    /// Size of the whole file, if the server tells it.
    pub total_bytes: Option<u64>,
    /// Average speed over the last seconds.
    pub bytes_per_second: u64,
    /// Connections that are receiving bytes.
    pub connections: u16,
    /// Failed requests that were retried.
    pub retries: u32,
    /// How often the download resumed.
    pub resumed: u32,
    /// How often the download started over.
    pub restarted: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
    /// Whether the server says that it has compressed the file for the transfer.
    pub is_gzip_encoded: bool,
    /// What the download waits for.
    pub waiting: Option<DownloadWait>,
    pub paused: bool,
    /// All bytes have arrived; the verification reads the last ones.
    pub is_verifying: bool,
    /// The latest events, oldest first, numbered from 1 without gaps, so that a slow reader finds gaps.
    pub events: VecDeque<(u64, DownloadEvent)>,
}

impl DownloadProgress {
    /// Time left at the current speed; `None` while size or speed is unknown.
    pub fn time_left(&self) -> Option<Duration> {
        let left = self.total_bytes?.saturating_sub(self.bytes);
        (self.bytes_per_second > 0).then(|| Duration::from_secs(left.div_ceil(self.bytes_per_second)))
    }
}

/// A wait, its reason, and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadWait {
    pub why: WaitFor,
    pub until: Instant,
}

/// What a download waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// The limit of download calls: one per minute, user and project.
    DownloadLimit,
    /// GitLab answered 429.
    RateLimit,
    /// GitLab is still storing the file.
    FileNotReady,
    /// The next try after a failure.
    Retry(String),
}

impl WaitFor {
    /// Whether a person may end the wait: GitLab's limits are waited for in any case.
    pub fn may_end(&self) -> bool {
        matches!(self, Self::Retry(_))
    }
}

impl fmt::Display for WaitFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DownloadLimit => f.write_str("GitLab allows one download request a minute for a project"),
            Self::RateLimit => f.write_str("GitLab requested a later retry"),
            Self::FileNotReady => f.write_str("GitLab is still storing the file"),
            Self::Retry(why) => f.write_str(why),
        }
    }
}

/// An event of a download, with its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadEvent {
    Waits {
        why: WaitFor,
        wait_ms: u64,
    },
    /// The download resumes.
    Resumed {
        bytes: u64,
    },
    /// The bytes so far were discarded.
    StartedOver {
        why: String,
    },
    /// The server does not support ranges; one connection fetches everything.
    OneStream {
        why: String,
    },
    /// A `.part` file that is not ours was moved aside.
    SetAside {
        to: PathBuf,
    },
    /// What a person should know about the folder.
    FolderNote {
        note: String,
    },
    /// The file's length is unknown: only the verification shows whether the file is complete.
    LengthUnknown,
    Paused,
    Continued,
}

impl DownloadEvent {
    /// The event for the log: without file names and without a server's text.
    fn as_str(&self) -> &'static str {
        match self {
            Self::Waits { .. } => "waits",
            Self::Resumed { .. } => "resumes",
            Self::StartedOver { .. } => "starts over",
            Self::OneStream { .. } => "uses one connection",
            Self::SetAside { .. } => "moves another partial file aside",
            Self::FolderNote { .. } => "notes on the folder",
            Self::LengthUnknown => "length unknown",
            Self::Paused => "paused",
            Self::Continued => "resumed",
        }
    }
}

impl fmt::Display for DownloadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waits { why, wait_ms } => {
                write!(f, "Waiting {}.{} s: {why}.", wait_ms / 1000, wait_ms % 1000 / 100)
            }
            Self::Resumed { bytes } => write!(f, "Resuming after {bytes} bytes."),
            Self::StartedOver { why } => write!(f, "Starting over: {why}."),
            Self::OneStream { why } => write!(f, "Using one connection: {why}."),
            Self::SetAside { to } => write!(f, "A partial file of another download was moved to {}.", to.display()),
            Self::FolderNote { note } => f.write_str(note),
            Self::LengthUnknown => {
                f.write_str("The server does not report the file's length. The verification shows whether the file is complete.")
            }
            Self::Paused => f.write_str("Paused."),
            Self::Continued => f.write_str("Resuming."),
        }
    }
}

/// How many events are kept for slow readers.
const EVENTS_KEPT: usize = 64;

/// The time over which the speed is measured.
const WINDOW: Duration = Duration::from_secs(5);

/// Collects progress and publishes it. All clones share one state.
#[derive(Clone, Debug)]
pub struct ProgressSink(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    now: DownloadProgress,
    /// All bytes received, including those that were discarded later, with the time of the sample.
    samples: VecDeque<(Instant, u64)>,
    sender: watch::Sender<DownloadProgress>,
    last_event: u64,
}

impl ProgressSink {
    pub fn new(sender: watch::Sender<DownloadProgress>) -> Self {
        let inner =
            Inner { now: DownloadProgress::default(), samples: VecDeque::new(), sender, last_event: 0 };
        Self(Arc::new(Mutex::new(inner)))
    }

    pub fn now(&self) -> DownloadProgress {
        self.lock().now.clone()
    }

    /// Changes numbers; they are published with the next sample or event.
    pub fn edit(&self, change: impl FnOnce(&mut DownloadProgress)) {
        change(&mut self.lock().now);
    }

    /// Adds an event and publishes.
    pub fn tell(&self, event: DownloadEvent) {
        tracing::info!("download: {}", event.as_str());
        let mut inner = self.lock();
        inner.last_event += 1;
        let number = inner.last_event;
        inner.now.events.push_back((number, event));
        if inner.now.events.len() > EVENTS_KEPT {
            inner.now.events.pop_front();
        }
        inner.publish();
    }

    /// Publishes the current numbers.
    pub fn show(&self) {
        self.lock().publish();
    }

    /// Samples the bytes received so far and publishes.
    pub fn sample(&self, at: Instant, received_bytes: u64) {
        let mut inner = self.lock();
        inner.now.bytes_per_second = speed(&mut inner.samples, at, received_bytes);
        inner.publish();
    }

    /// Waits, and shows why and until when. A retry that the person orders ends the program's own waits.
    pub async fn wait(&self, why: WaitFor, wait: Duration, mut control: Control) {
        if wait.is_zero() {
            return;
        }
        let until = after(Instant::now(), wait);
        let (may_end, seen) = (why.may_end(), control.orders().retries);
        self.edit(|now| now.waiting = Some(DownloadWait { why: why.clone(), until }));
        self.tell(DownloadEvent::Waits { why, wait_ms: wait.as_millis() as u64 });
        if may_end {
            control.until(until, seen).await;
        } else {
            tokio::time::sleep_until(until).await;
        }
        self.edit(|now| now.waiting = None);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn publish(&self) {
        self.sender.send_replace(self.now.clone());
    }
}

/// The time after a wait; a wait beyond the clock's range becomes a day.
pub fn after(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait).or_else(|| now.checked_add(gitlab::LONGEST_WAIT)).unwrap_or(now)
}

/// Bytes per second over the window that ends at `at`.
fn speed(samples: &mut VecDeque<(Instant, u64)>, at: Instant, received_bytes: u64) -> u64 {
    samples.push_back((at, received_bytes));
    while samples.len() > 2 && at.duration_since(samples[1].0) >= WINDOW {
        samples.pop_front();
    }
    let Some(&(since, before)) = samples.front() else { return 0 };
    let secs = at.duration_since(since).as_secs_f64();
    if secs > 0.0 { (received_bytes.saturating_sub(before) as f64 / secs) as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_forgets_what_is_long_ago() {
        let (mut samples, start) = (VecDeque::new(), Instant::now());
        let at = |secs| start + Duration::from_secs(secs);
        assert_eq!(speed(&mut samples, at(0), 0), 0);
        assert_eq!(speed(&mut samples, at(1), 1000), 1000);
        for secs in 2..=20 {
            speed(&mut samples, at(secs), 1000);
        }
        assert_eq!(speed(&mut samples, at(21), 1000), 0);
        assert!(samples.len() < 10);
    }

    #[test]
    fn events_are_numbered_and_bounded() {
        let (sender, receiver) = watch::channel(DownloadProgress::default());
        let progress_sink = ProgressSink::new(sender);
        (0..100).for_each(|_| progress_sink.tell(DownloadEvent::LengthUnknown));
        let seen = receiver.borrow();
        assert_eq!(seen.events.len(), EVENTS_KEPT);
        assert_eq!(seen.events.back().map(|(seq, _)| *seq), Some(100));
    }

    #[test]
    fn time_left_needs_size_and_speed() {
        let mut progress = DownloadProgress {
            bytes: 10,
            total_bytes: Some(110),
            bytes_per_second: 30,
            ..DownloadProgress::default()
        };
        assert_eq!(progress.time_left(), Some(Duration::from_secs(4)));
        progress.bytes_per_second = 0;
        assert_eq!(progress.time_left(), None);
    }
}
