//! What a transfer looks like while it moves, and the words about it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::{Entry, Trouble, UtcMs, What};
use crate::download::{Event, Progress, Target};
use crate::store::TransferRow;

use super::api::{Receipt, TransferEvent, TransferState, TransferView, Waiting};
use super::bring::Ended;
use super::transfers::LiveTransfer;
use super::trouble::capital;

/// How many speeds are kept, one a second.
const SPEEDS: usize = 60;

/// The moving numbers of a transfer.
#[derive(Debug, Default)]
pub(super) struct Live {
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    last: Progress,
    progress: Option<watch::Receiver<Progress>>,
    /// How many events earlier tries of this transfer had.
    told_before: u64,
    told: Arc<[TransferEvent]>,
    speeds: VecDeque<u32>,
    sampled_at: Option<Instant>,
}

impl Live {
    /// What was known when the program last wrote it down.
    pub fn from_store(bytes: u64, total_bytes: Option<u64>) -> Self {
        Self { bytes, total_bytes, ..Self::default() }
    }

    /// From now on the numbers come from here.
    pub fn follow(&mut self, progress: watch::Receiver<Progress>) {
        *self = Self {
            bytes: self.bytes,
            total_bytes: self.total_bytes,
            progress: Some(progress),
            told_before: self.told.last().map_or(self.told_before, |event| event.seq),
            ..Self::default()
        };
    }

    /// Until the transfer says that it stands still.
    pub async fn paused(&mut self) {
        if let Some(progress) = &mut self.progress {
            // An error is a transfer that ended by itself, which is still enough.
            progress.wait_for(|now| now.paused).await.map(drop).ok();
        }
    }

    /// Reads the newest numbers, and the speed once a second.
    pub fn sample(&mut self, now: Instant) {
        self.take_last();
        if self.sampled_at.is_none_or(|last| now.duration_since(last) >= Duration::from_secs(1)) {
            self.sampled_at = Some(now);
            self.speeds.push_back(u32::try_from(self.last.bytes_per_second).unwrap_or(u32::MAX));
            if self.speeds.len() > SPEEDS {
                self.speeds.pop_front();
            }
        }
    }

    pub fn take_last(&mut self) {
        let Some(progress) = &self.progress else { return };
        self.last = progress.borrow().clone();
        let newest = self.last.events.back().map_or(0, |(number, _)| self.told_before + number);
        if self.told.last().map_or(self.told_before, |event| event.seq) < newest {
            self.told = self.last.events.iter().map(|event| told(self.told_before, event)).collect();
        }
        // Before the first answer nothing is known; what an earlier try had is still the truth.
        if self.last.total_bytes.is_some() || self.last.bytes > 0 {
            (self.bytes, self.total_bytes) = (self.last.bytes, self.last.total_bytes);
        }
    }

    pub fn is_whole(&self) -> bool {
        self.total_bytes.is_some_and(|total| self.bytes >= total)
    }

    /// The counters of the end.
    pub fn ended(&mut self, ended: &Ended) {
        self.progress = None;
        self.speeds.clear();
        (self.last.bytes_per_second, self.last.connections, self.last.waiting) = (0, 0, None);
        if let Ok(done) = &ended.result {
            (self.bytes, self.total_bytes) = (done.bytes, Some(done.bytes));
            (self.last.resumed, self.last.restarted) = (done.resumed, done.restarted);
            (self.last.api_requests, self.last.storage_requests) = (done.api_requests, done.storage_requests);
        }
    }

    pub fn view(&self, of: &LiveTransfer, now: UtcMs) -> TransferView {
        let row = &of.row;
        let moving = of.is_moving();
        let waiting = self.last.waiting.as_ref().filter(|_| moving).map(|waiting| {
            let left = waiting.until.saturating_duration_since(Instant::now());
            // To the second: the moment is computed anew for each picture and must not tremble.
            let until = now.plus_ms(left.as_millis() as i64);
            Waiting {
                why: capital(&waiting.why.to_string()),
                until: Some(UtcMs((until.0 + 500) / 1000 * 1000)),
            }
        });
        let proven_path = of.receipt.as_ref().map(|receipt| receipt.path.clone());
        TransferView {
            id: row.id,
            instance: row.instance.clone(),
            project_id: row.project_id.unwrap_or_default(),
            project_path: row.project.clone(),
            case_id: row.case_id,
            created_at: row.created_at,
            state: of.state,
            path: proven_path.or_else(|| (!of.detail.into_folder).then(|| row.target_path.clone())),
            folder: if of.detail.into_folder { row.target_path.clone() } else { parent(&row.target_path) },
            bytes: self.bytes,
            total_bytes: self.total_bytes,
            bytes_per_s: if moving { self.last.bytes_per_second } else { 0 },
            speeds: self.speeds.iter().copied().collect::<Vec<_>>().into(),
            seconds_left: self.last.time_left().filter(|_| moving).map(|left| left.as_secs()),
            connections: u8::try_from(self.last.connections).unwrap_or(u8::MAX),
            resumed: self.last.resumed,
            restarted: self.last.restarted,
            retries: self.last.retries,
            api_requests: self.last.api_requests,
            storage_requests: self.last.storage_requests,
            waiting,
            told: self.told.clone(),
            done: of.receipt.clone(),
            trouble: of.detail.trouble.clone(),
        }
    }
}

/// An event in the words of the snapshot.
fn told(before: u64, (number, event): &(u64, Event)) -> TransferEvent {
    let (sentence, wait_ms) = match event {
        Event::Waits { why, wait_ms } => (capital(&why.to_string()), Some(*wait_ms)),
        other => (other.to_string(), None),
    };
    TransferEvent { seq: before + number, sentence, wait_ms }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

/// The state behind a word of the store; a word of a newer program waits for a person.
pub(super) fn state_of(word: &str) -> TransferState {
    use TransferState as S;
    let all = [S::Queued, S::Running, S::Proving, S::Paused, S::Done, S::Failed, S::Cancelled];
    all.into_iter().find(|state| state.as_str() == word).unwrap_or(S::Paused)
}

/// The path a target names, a file or a folder.
pub(super) fn place_of(target: &Target) -> &Path {
    match target {
        Target::File(path) | Target::Folder(path) => path,
    }
}

/// The same place wherever the program is started next time.
pub(super) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// What a transfer's end is worth in the journal.
pub(super) fn said(row: &TransferRow, receipt: Option<&Receipt>, trouble: Option<&Trouble>) -> Vec<Entry> {
    let what = match (receipt, trouble) {
        (Some(receipt), _) => What::DownloadProved {
            project: row.project.clone(),
            path: shown(&receipt.path),
            bytes: receipt.bytes,
            sha256: receipt.sha256.clone(),
            verdict: receipt.verdict.clone(),
        },
        (None, Some(trouble)) => {
            What::DownloadFailed { project: row.project.clone(), headline: trouble.headline.clone() }
        }
        (None, None) => return Vec::new(),
    };
    vec![Entry { case_id: row.case_id, run_id: row.run_id, what }]
}
