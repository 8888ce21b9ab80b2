//! The progress of a download: numbers, and the latest events.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::UtcMs;
use crate::download::{DownloadEvent, DownloadProgress};
use crate::engine::api::{DownloadLine, Waiting};
use crate::engine::user_error::capital;

use super::input::Downloaded;

/// How many speed samples are kept, one per second.
const SPEEDS: usize = 60;

/// Speed samples of the last minute, oldest first.
#[derive(Debug, Default)]
pub struct Speeds {
    kept: VecDeque<u32>,
    sampled_at: Option<Instant>,
}

impl Speeds {
    /// Adds a sample if a second has passed since the previous one.
    pub fn sample(&mut self, now: Instant, bytes_per_s: u64) {
        if self.sampled_at.is_some_and(|last| now.duration_since(last) < Duration::from_secs(1)) {
            return;
        }
        self.sampled_at = Some(now);
        self.kept.push_back(u32::try_from(bytes_per_s).unwrap_or(u32::MAX));
        if self.kept.len() > SPEEDS {
            self.kept.pop_front();
        }
    }

    pub fn view(&self) -> Arc<[u32]> {
        self.kept.iter().copied().collect()
    }
}

/// The progress of a download.
#[derive(Debug, Default)]
pub struct Numbers {
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    pub last: DownloadProgress,
    pub speeds: Speeds,
    /// The latest events, oldest first.
    pub events: Arc<[DownloadLine]>,
    /// How many events earlier tries of this download had.
    events_before: u64,
    progress: Option<watch::Receiver<DownloadProgress>>,
}

impl Numbers {
    /// The progress that the program last stored.
    pub fn from_store(bytes: u64, total_bytes: Option<u64>) -> Self {
        Self { bytes, total_bytes, ..Self::default() }
    }

    /// Reads the progress from this channel from now on.
    pub fn follow(&mut self, progress: watch::Receiver<DownloadProgress>) {
        *self = Self {
            bytes: self.bytes,
            total_bytes: self.total_bytes,
            progress: Some(progress),
            events_before: self.events.last().map_or(self.events_before, |event| event.seq),
            ..Self::default()
        };
    }

    /// Waits until the task has paused.
    pub fn paused(&self) -> impl Future<Output = ()> + use<> {
        let progress = self.progress.clone();
        async move {
            if let Some(mut progress) = progress {
                // An error means that the task ended, which is also enough.
                progress.wait_for(|now| now.paused).await.map(drop).ok();
            }
        }
    }

    /// Reads the latest progress, and adds a speed sample once per second.
    pub fn sample(&mut self, now: Instant) {
        self.take_last();
        self.speeds.sample(now, self.last.bytes_per_second);
    }

    pub fn take_last(&mut self) {
        let Some(progress) = &self.progress else { return };
        self.last = progress.borrow().clone();
        let newest = self.last.events.back().map_or(0, |(number, _)| self.events_before + number);
        if self.events.last().map_or(self.events_before, |event| event.seq) < newest {
            self.events = self.last.events.iter().map(|event| in_words(self.events_before, event)).collect();
        }
        // Before the first answer the numbers are 0; until then the numbers of the earlier try remain valid.
        if self.last.total_bytes.is_some() || self.last.bytes > 0 {
            (self.bytes, self.total_bytes) = (self.last.bytes, self.last.total_bytes);
        }
    }

    pub fn is_whole(&self) -> bool {
        self.total_bytes.is_some_and(|total| self.bytes >= total)
    }

    /// The task has ended; `done` where it downloaded the file.
    pub fn ended(&mut self, done: Option<&Downloaded>) {
        self.take_last();
        self.progress = None;
        self.speeds = Speeds::default();
        (self.last.bytes_per_second, self.last.connections, self.last.waiting) = (0, 0, None);
        if let Some(done) = done {
            (self.bytes, self.total_bytes) = (done.bytes(), Some(done.bytes()));
            (self.last.resumed, self.last.restarted) = (done.resumed, done.restarted);
            (self.last.api_requests, self.last.storage_requests) = (done.api_requests, done.storage_requests);
        }
    }

    /// What the download waits for.
    pub fn waiting(&self, now: UtcMs) -> Option<Waiting> {
        let waiting = self.last.waiting.as_ref()?;
        let left = waiting.until.saturating_duration_since(Instant::now());
        // Rounded to a second: each view computes the time again, and it must not jitter.
        let until = now.plus_ms(left.as_millis() as i64);
        Some(Waiting {
            why: capital(&waiting.why.to_string()),
            until: Some(UtcMs((until.0 + 500) / 1000 * 1000)),
            may_retry_now: waiting.why.may_end(),
        })
    }
}

/// An event as the snapshot shows it.
fn in_words(before: u64, (number, event): &(u64, DownloadEvent)) -> DownloadLine {
    let (sentence, wait_ms) = match event {
        DownloadEvent::Waits { why, wait_ms } => (capital(&why.to_string()), Some(*wait_ms)),
        other => (other.to_string(), None),
    };
    DownloadLine { seq: before + number, sentence, wait_ms }
}
