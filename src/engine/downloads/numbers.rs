//! The moving numbers of a download, and the last things that happened to it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::UtcMs;
use crate::download::{DownloadEvent, DownloadProgress};
use crate::engine::api::{TransferEvent, Waiting};
use crate::engine::user_error::capital;

use super::input::Downloaded;

/// How many speeds are kept, one a second.
const SPEEDS: usize = 60;

/// Speeds of the last minute, oldest first.
#[derive(Debug, Default)]
pub struct Speeds {
    kept: VecDeque<u32>,
    sampled_at: Option<Instant>,
}

impl Speeds {
    /// Keeps a speed a second, whatever is offered between.
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

/// How far a download is.
#[derive(Debug, Default)]
pub struct Numbers {
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    pub last: DownloadProgress,
    pub speeds: Speeds,
    /// The last things that happened, oldest first.
    pub events: Arc<[TransferEvent]>,
    /// How many events earlier tries of this download had.
    events_before: u64,
    progress: Option<watch::Receiver<DownloadProgress>>,
}

impl Numbers {
    /// What was known when the program last wrote it down.
    pub fn from_store(bytes: u64, total_bytes: Option<u64>) -> Self {
        Self { bytes, total_bytes, ..Self::default() }
    }

    /// From now on the numbers come from here.
    pub fn follow(&mut self, progress: watch::Receiver<DownloadProgress>) {
        *self = Self {
            bytes: self.bytes,
            total_bytes: self.total_bytes,
            progress: Some(progress),
            events_before: self.events.last().map_or(self.events_before, |event| event.seq),
            ..Self::default()
        };
    }

    /// Until the task says that it stands still.
    pub async fn paused(&mut self) {
        if let Some(progress) = &mut self.progress {
            // An error is a task that ended by itself, which is still enough.
            progress.wait_for(|now| now.paused).await.map(drop).ok();
        }
    }

    /// Reads the newest numbers, and the speed once a second.
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
        // Before the first answer nothing is known; what an earlier try had is still the truth.
        if self.last.total_bytes.is_some() || self.last.bytes > 0 {
            (self.bytes, self.total_bytes) = (self.last.bytes, self.last.total_bytes);
        }
    }

    pub fn is_whole(&self) -> bool {
        self.total_bytes.is_some_and(|total| self.bytes >= total)
    }

    /// The task has ended; `done` where it brought the file.
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

    /// What it waits for now.
    pub fn waiting(&self, now: UtcMs) -> Option<Waiting> {
        let waiting = self.last.waiting.as_ref()?;
        let left = waiting.until.saturating_duration_since(Instant::now());
        // To the second: the moment is computed again for each view and must not tremble.
        let until = now.plus_ms(left.as_millis() as i64);
        Some(Waiting {
            why: capital(&waiting.why.to_string()),
            until: Some(UtcMs((until.0 + 500) / 1000 * 1000)),
        })
    }
}

/// An event in the words of the snapshot.
fn in_words(before: u64, (number, event): &(u64, DownloadEvent)) -> TransferEvent {
    let (sentence, wait_ms) = match event {
        DownloadEvent::Waits { why, wait_ms } => (capital(&why.to_string()), Some(*wait_ms)),
        other => (other.to_string(), None),
    };
    TransferEvent { seq: before + number, sentence, wait_ms }
}
