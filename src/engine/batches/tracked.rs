//! One batch with its projects: what was asked for them, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::case::batch::{BatchItem, DownloadSeen, ExportBatch, ItemStep, counts};
use crate::case::{JournalEntry, JournalEvent, Outcome, UserError};
use crate::engine::api::{AskId, BatchItemView, ItemProgress};
use crate::engine::clock;
use crate::engine::core::{Core, on_disk_thread};
use crate::engine::front_ends::Followers;
use crate::engine::input::EngineInput;
use crate::store::Write;

use super::facts::BatchFacts;
use super::input::BatchesInput;
use super::manifest_file::ManifestOrder;

/// A batch and its projects.
#[derive(Debug)]
pub struct TrackedBatch {
    pub batch: ExportBatch,
    pub items: Vec<BatchItem>,
    pub followers: Followers,
    /// Projects for which an answer is awaited.
    pub asked: BTreeMap<usize, (AskId, ItemStep)>,
    /// Projects that have not ended.
    open: BTreeSet<usize>,
    pub progress: BTreeMap<usize, ItemProgress>,
    /// The views that were last built, and the places where they are out of date.
    pub views: Vec<Arc<BatchItemView>>,
    pub stale: BTreeSet<usize>,
    pub list: Arc<[Arc<BatchItemView>]>,
    pub manifest: ManifestState,
}

/// The manifest on disk.
#[derive(Debug, Default)]
pub struct ManifestState {
    /// Something changed since it was last written, or is being written.
    pub is_stale: bool,
    pub is_being_written: bool,
    pub error: Option<UserError>,
    pub free_bytes: Option<u64>,
}

impl TrackedBatch {
    pub fn new(batch: ExportBatch, items: Vec<BatchItem>) -> Self {
        let mut tracked = Self {
            batch,
            items: Vec::new(),
            followers: Followers::default(),
            asked: BTreeMap::new(),
            open: BTreeSet::new(),
            progress: BTreeMap::new(),
            views: Vec::new(),
            stale: BTreeSet::new(),
            list: Arc::new([]),
            manifest: ManifestState { is_stale: true, ..ManifestState::default() },
        };
        for item in items {
            tracked.push(item);
        }
        tracked
    }

    /// Adds a project that the store knows.
    pub fn push(&mut self, item: BatchItem) {
        let place = self.items.len();
        self.items.push(item);
        self.touch(place);
    }

    pub fn is_over(&self) -> bool {
        self.open.is_empty()
    }

    pub fn folder(&self) -> Option<PathBuf> {
        self.batch.folder.as_ref().map(PathBuf::from)
    }

    pub fn open_items(&self) -> impl Iterator<Item = &BatchItem> {
        self.open.iter().filter_map(|place| self.items.get(*place))
    }

    /// How many projects are about to be requested.
    pub fn starting(&self) -> usize {
        self.asked.values().filter(|(_, step)| *step == ItemStep::Start).count()
    }

    /// Writes changed projects to the store, then changes them in memory.
    pub fn put(&mut self, core: &mut Core, changed: Vec<(usize, BatchItem)>) -> Result<(), UserError> {
        if changed.is_empty() {
            return Ok(());
        }
        let stops = changed
            .iter()
            .filter_map(|(_, item)| item.error.as_ref())
            .find(|error| ExportBatch::stops_at(error));
        let batch = stops.filter(|_| self.batch.stopped.is_none()).map(|error| {
            let stopped = Some(error.clone());
            ExportBatch { stopped, ..self.batch.clone() }
        });
        let id = self.batch.id;
        let mut writes: Vec<Write> =
            batch.iter().map(|batch| Write::PutBatch(Box::new(batch.clone()))).collect();
        writes.extend(
            changed.iter().map(|(place, item)| Write::PutBatchItem(id, *place, Box::new(item.clone()))),
        );
        let is_ended = |(place, item): &(usize, BatchItem)| item.stage.is_ended().then_some(*place);
        let ended: BTreeSet<usize> = changed.iter().filter_map(is_ended).collect();
        let ends = !self.is_over() && self.open.is_subset(&ended);
        let entries = ends.then(|| self.end_with(&changed)).into_iter().collect();
        core.commit(clock::now(), writes, entries)?;
        self.batch = batch.unwrap_or_else(|| self.batch.clone());
        for (place, item) in changed {
            if let Some(slot) = self.items.get_mut(place) {
                *slot = item;
                self.touch(place);
            }
        }
        Ok(())
    }

    /// The journal line for the end of the batch.
    fn end_with(&self, changed: &[(usize, BatchItem)]) -> JournalEntry {
        let mut items = self.items.clone();
        for (place, item) in changed {
            if let Some(slot) = items.get_mut(*place) {
                slot.clone_from(item);
            }
        }
        JournalEntry::general(JournalEvent::BatchEnded { headline: counts(&items).sentence() })
    }

    /// A project has changed in memory.
    pub fn touch(&mut self, place: usize) {
        let Some(item) = self.items.get(place) else { return };
        if item.stage.is_ended() {
            self.open.remove(&place);
            self.progress.remove(&place);
        } else {
            self.open.insert(place);
        }
        self.stale.insert(place);
        self.manifest.is_stale = true;
    }

    /// Takes in what became of exports and downloads. Returns whether anything changed.
    pub fn take_in(&mut self, core: &mut Core, facts: &BatchFacts) -> bool {
        let (mut changed, mut has_moved) = (Vec::new(), false);
        for place in self.open.iter().copied().collect::<Vec<_>>() {
            // Thousands may wait, of which there is nothing to know.
            let Some(item) = self.items.get(place).filter(|item| item.run.is_some()) else { continue };
            let mut next = item.clone();
            if let Some(seen) = item.run.and_then(|run| facts.runs.get(&run)) {
                next = next.with_run(self.batch.goal, &seen.run, seen.failed.clone());
            }
            if let Some((seen, progress)) = item.download.and_then(|id| facts.downloads.get(&id)) {
                next = next.with_download(seen.clone());
                let is_new = self.progress.insert(place, *progress) != Some(*progress);
                if is_new && !matches!(seen, DownloadSeen::Paused) {
                    self.stale.insert(place);
                    has_moved = true;
                }
            }
            if next != *item {
                changed.push((place, next));
            }
        }
        has_moved |= !changed.is_empty();
        // The snapshot shows a full disk as an error, and the next snapshot takes in the same again.
        self.put(core, changed).ok();
        has_moved
    }

    /// What to ask for now; at most `room` exports are requested.
    pub fn next_steps(&self, facts: &BatchFacts, mut room: usize) -> Vec<(usize, ItemStep)> {
        if self.followers.iter().next().is_none() || self.batch.stopped.is_some() {
            return Vec::new();
        }
        let mut next = Vec::new();
        for place in self.open.iter().copied().filter(|place| !self.asked.contains_key(place)) {
            let Some(item) = self.items.get(place) else { continue };
            let run = item.run.and_then(|run| facts.runs.get(&run));
            let is_ready = run.is_some_and(|seen| seen.run.outcome == Some(Outcome::Ready));
            match item.next_step(self.batch.goal, is_ready) {
                Some(ItemStep::Start) if room == 0 => {}
                Some(step) => {
                    room -= usize::from(step == ItemStep::Start);
                    next.push((place, step));
                }
                None => {}
            }
        }
        next
    }

    /// Starts to write the manifest, if it is out of date.
    pub fn keep_manifest(&mut self, core: &Core) {
        let Some(folder) = self.folder() else { return };
        let is_followed = self.followers.iter().next().is_some();
        if !self.manifest.is_stale || self.manifest.is_being_written || !is_followed {
            return;
        }
        (self.manifest.is_stale, self.manifest.is_being_written) = (false, true);
        let order = ManifestOrder::new(&folder, &self.batch, &self.items);
        // The last one is written at once.
        let pause = if self.is_over() { std::time::Duration::ZERO } else { core.timing.record };
        let (id, now) = (self.batch.id, clock::now());
        let write = async move {
            let written = on_disk_thread(move || order.write(now)).await.flatten();
            tokio::time::sleep(pause).await;
            written
        };
        core.spawn(write, move |result| EngineInput::Batches(BatchesInput::Written { batch: id, result }));
    }

    /// The manifest was written.
    pub fn written(&mut self, result: Result<Option<u64>, UserError>) {
        self.manifest.is_being_written = false;
        match result {
            Ok(free_bytes) => (self.manifest.free_bytes, self.manifest.error) = (free_bytes, None),
            Err(error) => {
                self.manifest.is_stale = true;
                self.manifest.error = Some(error);
            }
        }
    }

    /// Writes the manifest when the program ends, if it is out of date.
    pub fn write_now(&mut self) {
        let is_followed = self.followers.iter().next().is_some();
        let is_current = !self.manifest.is_stale && !self.manifest.is_being_written;
        if let Some(folder) = self.folder().filter(|_| is_followed && !is_current) {
            let written = ManifestOrder::new(&folder, &self.batch, &self.items).write(clock::now());
            self.written(written);
        }
    }

    /// Whether the person is done with the project unless they ask for it again.
    pub fn is_ended(&self, place: usize) -> bool {
        self.items.get(place).is_none_or(|item| item.stage.is_ended())
    }

    /// Takes up every project that has not ended, with the token of whoever continues the batch.
    pub fn take_up(&mut self) -> Vec<(usize, BatchItem)> {
        self.asked.clear();
        let resumed = self.items.iter().map(BatchItem::resumed).enumerate();
        resumed.filter(|(place, item)| self.items.get(*place) != Some(item)).collect()
    }
}
