//! All downloads, and which one starts next. Nothing here writes or reads a clock. The cost of a step does not
//! depend on the number of waiting files.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use crate::case::DownloadId;
use crate::download::Desired;
use crate::engine::api::DownloadState;

use super::file_download::{FileDownload, Lane};

/// An archive's ID is that of its row in the store. Files of relations exports have no row: their IDs start here and
/// are valid only until the program ends.
pub const FIRST_RELATION_FILE: DownloadId = DownloadId(1 << 40);

/// All downloads, with indexes for frequent queries.
#[derive(Debug, Default)]
pub struct FileDownloads {
    all: BTreeMap<DownloadId, FileDownload>,
    queued: BTreeMap<Lane, BTreeSet<DownloadId>>,
    /// Downloads whose task has not ended, including paused ones.
    at_work: BTreeSet<DownloadId>,
    counts: BTreeMap<Lane, Counts>,
}

/// How many downloads of a lane are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub queued: usize,
    /// Includes downloads that are being verified.
    pub running: usize,
    pub paused: usize,
    pub done: usize,
    pub failed: usize,
    pub cancelled: usize,
}

impl Counts {
    pub fn is_moving(self) -> bool {
        self.queued + self.running > 0
    }

    /// Whether every download has ended.
    pub fn is_over(self) -> bool {
        self.queued + self.running + self.paused == 0
    }

    pub fn all(self) -> usize {
        self.queued + self.running + self.paused + self.done + self.failed + self.cancelled
    }

    fn of(&mut self, state: DownloadState) -> &mut usize {
        match state {
            DownloadState::Queued => &mut self.queued,
            DownloadState::Running | DownloadState::Verifying => &mut self.running,
            DownloadState::Paused => &mut self.paused,
            DownloadState::Done => &mut self.done,
            DownloadState::Failed => &mut self.failed,
            DownloadState::Cancelled => &mut self.cancelled,
        }
    }
}

impl FileDownloads {
    pub fn insert(&mut self, download: FileDownload) {
        let (id, lane) = (download.id, download.lane());
        self.remove(id);
        *self.counts.entry(lane).or_default().of(download.state) += 1;
        if download.state == DownloadState::Queued {
            self.queued.entry(lane).or_default().insert(id);
        }
        self.all.insert(id, download);
    }

    pub fn remove(&mut self, id: DownloadId) {
        let Some(download) = self.all.remove(&id) else { return };
        let lane = download.lane();
        *self.counts.entry(lane).or_default().of(download.state) -= 1;
        self.queued.entry(lane).or_default().remove(&id);
        self.at_work.remove(&id);
    }

    pub fn get(&self, id: DownloadId) -> Option<&FileDownload> {
        self.all.get(&id)
    }

    /// Changes anything but state and task; for those use [`Self::set_state`], [`Self::begin`] and [`Self::end`].
    pub fn get_mut(&mut self, id: DownloadId) -> Option<&mut FileDownload> {
        let download = self.all.get_mut(&id)?;
        download.touch();
        Some(download)
    }

    pub fn set_state(&mut self, id: DownloadId, state: DownloadState) {
        let Some(download) = self.all.get_mut(&id) else { return };
        let (before, lane) = (std::mem::replace(&mut download.state, state), download.lane());
        if before == state {
            return;
        }
        download.touch();
        let counts = self.counts.entry(lane).or_default();
        *counts.of(before) -= 1;
        *counts.of(state) += 1;
        let queued = self.queued.entry(lane).or_default();
        if state == DownloadState::Queued {
            queued.insert(id)
        } else {
            queued.remove(&id)
        };
    }

    /// The task of a download has started.
    pub fn begin(&mut self, id: DownloadId, task: tokio::task::AbortHandle) {
        if let Some(download) = self.all.get_mut(&id) {
            (download.task, download.was_begun) = (Some(task), true);
            self.at_work.insert(id);
        }
    }

    /// The task of a download has ended.
    pub fn end(&mut self, id: DownloadId) -> Option<&mut FileDownload> {
        self.at_work.remove(&id);
        let download = self.get_mut(id)?;
        download.task = None;
        Some(download)
    }

    /// The downloads to start now, within the limits; `may_start` can hold back more.
    pub fn ready(&self, may_start: impl Fn(&FileDownload) -> bool) -> Vec<DownloadId> {
        let mut ready = Vec::new();
        for (lane, ids) in &self.queued {
            let running = self.at_work().filter(|one| one.lane() == *lane && one.is_running()).count();
            // A download that is being cancelled waits until its task has ended.
            let waiting = ids.iter().filter_map(|id| self.all.get(id));
            let waiting = waiting.filter(|one| !one.is_being_cancelled() && may_start(one));
            ready.extend(waiting.take(lane.at_once().saturating_sub(running)).map(|one| one.id));
        }
        ready
    }

    pub fn at_work(&self) -> impl Iterator<Item = &FileDownload> {
        self.at_work.iter().filter_map(|id| self.all.get(id))
    }

    /// Pauses every task and waits until all have recorded their bytes, together no longer than `limit`: a stalled
    /// network must not delay the shutdown, and the bytes up to the last record are safe.
    pub async fn rest(&self, limit: Duration) {
        self.at_work().for_each(|download| download.order(Desired::Pause));
        let paused = join_all(self.at_work().map(|download| download.numbers.paused()));
        tokio::time::timeout(limit, paused).await.ok();
    }

    /// Like [`Self::get_mut`], for changes that are not visible in the view.
    pub fn get_shown(&mut self, id: DownloadId) -> Option<&mut FileDownload> {
        self.all.get_mut(&id)
    }

    /// Changes the downloads whose task has not ended.
    pub fn each_at_work(&mut self, mut change: impl FnMut(&mut FileDownload)) {
        for id in &self.at_work {
            if let Some(download) = self.all.get_mut(id) {
                change(download);
            }
        }
    }

    /// Archives in the order of their requests.
    pub fn archives(&self) -> impl DoubleEndedIterator<Item = &FileDownload> {
        self.all.range(..FIRST_RELATION_FILE).map(|(_, download)| download)
    }

    pub fn archives_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut FileDownload> {
        self.all.range_mut(..FIRST_RELATION_FILE).map(|(_, download)| download)
    }

    pub fn counts(&self, lane: Lane) -> Counts {
        self.counts.get(&lane).copied().unwrap_or_default()
    }

    /// Whether a download is queued or running.
    pub fn is_moving(&self) -> bool {
        self.counts.values().any(|counts| counts.is_moving())
    }

    /// The IDs of all downloads that satisfy `which`.
    pub fn ids(&self, which: impl Fn(&FileDownload) -> bool) -> Vec<DownloadId> {
        self.all.values().filter(|download| which(download)).map(|download| download.id).collect()
    }
}
