//! One batch with its projects: what was asked for them, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::case::batch::{
    BatchItem, DownloadSeen, ExportBatch, ItemFile, ItemStage, ItemStep, MOST_ATTEMPTS, TakeUp, counts,
};
use crate::case::{JournalEntry, JournalEvent, Outcome, UserError, UtcMs};
use crate::engine::api::{Answer, AskId, BatchItemView, ItemProgress, Waiting};
use crate::engine::clock;
use crate::engine::core::{Core, on_disk_thread};
use crate::engine::front_ends::{Followers, FrontEndId};
use crate::engine::input::EngineInput;
use crate::engine::user_error::defect;
use crate::gitlab::{Project, backoff};
use crate::store::Write;

use super::facts::BatchFacts;
use super::input::BatchesInput;
use super::lost::ArchivesOnDisk;
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
    rest: Rest,
}

/// Errors that may pass: the batch asks nothing for a while, and then the same again.
#[derive(Debug, Default)]
struct Rest {
    /// Until when, and why.
    now: Option<Waiting>,
    /// Since when GitLab has answered nothing.
    since: Option<UtcMs>,
    /// How many rests there were since GitLab's last answer.
    rests: u32,
    /// How many requests GitLab has answered.
    answers: u64,
    /// For each project that GitLab does not answer: how many times in a row, and `answers` at the first time.
    tries: BTreeMap<usize, (u32, u64)>,
}

/// The manifest on disk.
#[derive(Debug, Default)]
pub struct ManifestState {
    /// Something changed since it was last written, or is being written.
    pub is_stale: bool,
    pub is_being_written: bool,
    pub error: Option<UserError>,
    /// How many times in a row it could not be written.
    failures: u32,
    /// Where it is that of an earlier time, its free space is that of then too.
    written_at: Option<UtcMs>,
    pub free_bytes: Option<u64>,
}

/// The project after a look at its archive, where that changes it.
fn seen(found: &ArchivesOnDisk, place: usize, item: &BatchItem) -> Option<BatchItem> {
    found.get(&place).and_then(|found| item.with_archive(*found))
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
            rest: Rest::default(),
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

    /// Whether nobody continues the batch: whoever started it is gone.
    pub fn is_held(&self) -> bool {
        self.followers.is_empty()
    }

    /// Whether projects of the batch are going to be requested by themselves.
    pub fn moves(&self) -> bool {
        !self.is_held() && self.batch.stopped.is_none()
    }

    /// Why the batch rests, and until when.
    pub fn resting(&self) -> Option<&Waiting> {
        self.rest.now.as_ref()
    }

    /// Whether GitLab has answered nothing since a request failed.
    pub fn is_unanswered(&self) -> bool {
        self.rest.since.is_some() && !self.is_over()
    }

    /// GitLab has answered for a project.
    pub fn heard(&mut self, place: usize) {
        self.rest.tries.remove(&place);
        (self.rest.since, self.rest.rests) = (None, 0);
        self.rest.answers += 1;
    }

    /// The rest is over.
    pub fn rested(&mut self) {
        self.rest.now = None;
    }

    /// GitLab could not be reached for a project, or has an error of its own: nothing is asked for a while. False where
    /// that has lasted too long; the window waits for a lost network without an end.
    pub fn rests(&mut self, core: &Core, place: usize, error: &UserError) -> bool {
        // GitLab has answered, or nothing was asked.
        if !ExportBatch::may_pass(error) {
            return false;
        }
        let now = clock::now();
        let (tries, answers) = self.rest.tries.entry(place).or_insert((0, self.rest.answers));
        *tries += 1;
        // Where GitLab answers for other projects, the fault is that of this one.
        let is_its_own = *tries >= MOST_ATTEMPTS && self.rest.answers > *answers;
        let since = *self.rest.since.get_or_insert(now);
        let is_patient = core.patient && self.followers.iter().any(|id| id == FrontEndId::OWN);
        let is_long = now.since_ms(since) >= core.timing.give_up.as_millis() as i64;
        let lasts = if ExportBatch::stops_at(error) { is_long && !is_patient } else { is_long || is_its_own };
        if lasts {
            return false;
        }
        self.touch(place);
        if self.rest.now.is_none() {
            self.rest.rests += 1;
            let (base, cap) = (core.timing.backoff_base, core.timing.backoff_cap);
            let wait = backoff(self.rest.rests, base, cap, fastrand::f64());
            let until = Some(now.plus_ms(wait.as_millis() as i64));
            self.rest.now = Some(Waiting { why: error.headline.clone(), until, may_retry_now: false });
            let batch = self.batch.id;
            let sleep = async move {
                tokio::time::sleep(wait).await;
                Ok::<_, UserError>(())
            };
            core.spawn(sleep, move |_slept| EngineInput::Batches(BatchesInput::Rested { batch }));
        }
        true
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
        // An archive that is gone later stops nothing.
        let fails = |(place, _): &&(usize, BatchItem)| !self.is_ended(*place);
        let stops = changed
            .iter()
            .filter(fails)
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
        if let Err(error) = core.commit(clock::now(), writes, entries) {
            // Nothing more is asked for: it could not be recorded either, and would be asked for again and again.
            self.batch.stopped.get_or_insert_with(|| error.clone());
            return Err(error);
        }
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
        JournalEntry::general(JournalEvent::BatchEnded { headline: counts(&items).sentence(self.batch.goal) })
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
                // Where nobody's token polls an export, that is no failure of it.
                let is_polled = !seen.is_left && !self.is_held();
                let failed = seen.failed.clone().filter(|_| seen.run.is_ended() || is_polled);
                let counted = next.counting(&seen.run, self.batch.created_at);
                next = counted.with_run(self.batch.goal, &seen.run, failed);
                let goes_on = next.stage == ItemStage::Exporting && !next.is_paused && !seen.run.is_ended();
                if seen.is_left && goes_on && !self.is_held() {
                    // Somebody else follows the batch, and asks for the export that runs.
                    next = next.again();
                }
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
        if self.is_held() || self.batch.stopped.is_some() || self.rest.now.is_some() {
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
        let now = clock::now();
        let is_old = |at: UtcMs| now.since_ms(at) >= core.timing.space_check.as_millis() as i64;
        self.manifest.is_stale |= !self.progress.is_empty() && self.manifest.written_at.is_some_and(is_old);
        if !self.manifest.is_stale || self.manifest.is_being_written || self.is_held() {
            return;
        }
        (self.manifest.is_stale, self.manifest.is_being_written) = (false, true);
        let order = ManifestOrder::new(&folder, &self.batch, &self.items);
        // The last one is written at once.
        let pause = if self.is_over() { std::time::Duration::ZERO } else { core.timing.record };
        let id = self.batch.id;
        let before = match self.manifest.failures {
            0 => std::time::Duration::ZERO,
            failures => backoff(failures, core.timing.backoff_base, core.timing.backoff_cap, fastrand::f64()),
        };
        let write = async move {
            tokio::time::sleep(before).await;
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
            Ok(free_bytes) => {
                (self.manifest.free_bytes, self.manifest.error) = (free_bytes, None);
                (self.manifest.failures, self.manifest.written_at) = (0, Some(clock::now()));
            }
            Err(error) => {
                self.manifest.is_stale = true;
                self.manifest.failures += 1;
                self.manifest.error = Some(error);
            }
        }
    }

    /// Writes the manifest when the program ends, if it is out of date.
    pub fn write_now(&mut self) {
        let is_current = !self.manifest.is_stale && !self.manifest.is_being_written;
        if let Some(folder) = self.folder().filter(|_| !self.is_held() && !is_current) {
            let written = ManifestOrder::new(&folder, &self.batch, &self.items).write(clock::now());
            self.written(written);
        }
    }

    /// Whether the person is done with the project unless they ask for it again.
    pub fn is_ended(&self, place: usize) -> bool {
        self.items.get(place).is_none_or(|item| item.stage.is_ended())
    }

    /// GitLab has found the project at this place. The store learns it with whatever comes of the request.
    pub fn found(&mut self, place: usize, project: &Project) {
        if let Some(item) = self.items.get_mut(place) {
            (item.project_id, item.path) = (Some(project.id), Some(project.path_with_namespace.clone()));
            self.touch(place);
        }
    }

    /// The archives that the batch has downloaded, by place.
    pub fn archives(&self) -> Vec<(usize, ItemFile)> {
        let with_file = |(place, item): (usize, &BatchItem)| Some((place, item.file.clone()?));
        self.items.iter().enumerate().filter_map(with_file).collect()
    }

    /// What changes when the batch is taken up: every project that has not ended. Whoever looked at the archives before
    /// also learns which of them are gone or changed.
    pub fn look_after(&self, by: &TakeUp, found: &ArchivesOnDisk) -> Vec<(usize, BatchItem)> {
        self.changed(|place, item| seen(found, place, item).unwrap_or_else(|| item.taken_up(by)))
    }

    /// What a look at the archives changes.
    pub fn with_archives(&self, found: &ArchivesOnDisk) -> Vec<(usize, BatchItem)> {
        self.changed(|place, item| seen(found, place, item).unwrap_or_else(|| item.clone()))
    }

    /// The projects that `next` changes.
    fn changed(&self, next: impl Fn(usize, &BatchItem) -> BatchItem) -> Vec<(usize, BatchItem)> {
        let all = self.items.iter().enumerate().map(|(place, item)| (place, next(place, item)));
        all.filter(|(place, item)| self.items.get(*place) != Some(item)).collect()
    }

    /// What an answer changes about the project at this place, and about another name of it; `None` where nothing was
    /// requested.
    pub fn after_answer(
        &mut self,
        place: usize,
        result: Result<Answer, UserError>,
    ) -> Option<Vec<(usize, BatchItem)>> {
        let item = self.items.get(place)?;
        let next = match result {
            Ok(Answer::NotRequested) => return None,
            Ok(Answer::Repeats(other)) => return self.as_one(place, other),
            Ok(Answer::Run(run)) => match self.same_run(place, run) {
                Some(other) => return self.as_one(place, other),
                None => item.requested(run),
            },
            Ok(Answer::Download(download)) => item.downloading(download),
            Ok(_) => item.failed(defect()),
            Err(error) => item.failed(error),
        };
        Some(vec![(place, next)])
    }
}
