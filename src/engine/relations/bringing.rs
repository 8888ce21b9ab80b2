//! The files of one run that were asked for, and where each stands.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::relations::{OrderState, OrderedFile, RelationFile, RelationsOrder};
use crate::case::{Code, RelationsRun, Trouble};
use crate::download::{Orders, Progress, Wish};
use crate::engine::api::{FileState, RelationFileView, RelationsDownload, Waiting};

use super::manifest::{self, Line, Manifest};

/// How many speeds are kept, one a second.
const SPEEDS: usize = 60;

/// The downloads of one run.
#[derive(Debug)]
pub struct Bringing {
    pub folder: PathBuf,
    pub manifest: Manifest,
    pub files: Vec<Bringee>,
    pub trouble: Option<Trouble>,
    speeds: VecDeque<u32>,
    sampled_at: Option<Instant>,
}

/// One file that was asked for.
#[derive(Debug)]
pub struct Bringee {
    pub file: RelationFile,
    pub state: FileState,
    pub line: Option<Line>,
    pub resumed: u32,
    pub trouble: Option<Trouble>,
    pub progress: Option<watch::Receiver<Progress>>,
    pub orders: Option<watch::Sender<Orders>>,
    pub task: Option<tokio::task::AbortHandle>,
    /// Whether the journal has it already.
    pub said: bool,
}

impl Bringee {
    pub fn new(file: RelationFile) -> Self {
        Self {
            file,
            state: FileState::Queued,
            line: None,
            resumed: 0,
            trouble: None,
            progress: None,
            orders: None,
            task: None,
            said: false,
        }
    }

    pub fn is(&self, relation: &str, batch: Option<u64>) -> bool {
        self.file.relation == relation && self.file.batch == batch
    }

    /// Whether GitLab still lists this very file.
    fn is_one_of(&self, listed: &[RelationFile]) -> bool {
        let same = |file: &RelationFile| {
            self.is(&file.relation, file.batch) && self.file.updated_at == file.updated_at
        };
        listed.iter().any(same)
    }

    /// Whether its task runs and is meant to.
    pub fn is_running(&self) -> bool {
        self.task.is_some() && self.state == FileState::Running
    }

    /// What the person wants of its task, where it has one.
    pub fn wish(&self) -> Option<Wish> {
        self.task.as_ref().and(self.orders.as_ref()).map(|orders| orders.borrow().wish)
    }

    pub fn order(&self, wish: Wish) {
        if let Some(orders) = &self.orders {
            orders.send_modify(|orders| orders.wish = wish);
        }
    }

    fn seen(&self) -> Option<Progress> {
        self.progress.as_ref().map(|progress| progress.borrow().clone())
    }

    fn speed(&self) -> u64 {
        if self.state != FileState::Running {
            return 0;
        }
        self.progress.as_ref().map_or(0, |progress| progress.borrow().bytes_per_second)
    }

    fn view(&self, folder: &Path) -> RelationFileView {
        let seen = self.seen();
        let moving = seen.as_ref().filter(|_| self.state == FileState::Running);
        let line = self.line.as_ref();
        let wait = moving.and_then(|now| now.waiting.as_ref());
        let bytes = line.map_or_else(|| seen.as_ref().map_or(0, |now| now.bytes), |line| line.bytes);
        RelationFileView {
            batch: self.file.batch,
            state: self.state,
            path: line.map(|line| folder.join(&line.file)),
            bytes,
            total_bytes: line.map(|line| line.bytes).or(seen.as_ref().and_then(|now| now.total_bytes)),
            sha256: line.map(|line| line.sha256.clone()),
            records: line.map(|line| line.records),
            objects_count: self.file.objects_count,
            warnings: line.map(|line| line.warnings.clone()).unwrap_or_default(),
            resumed: moving.map_or(self.resumed, |now| now.resumed),
            waiting: wait.map(|wait| Waiting { why: format!("{}.", wait.why), until: None }),
            trouble: self.trouble.clone(),
        }
    }

    /// What the store keeps of it.
    fn ordered(&self) -> OrderedFile {
        let state = match self.state {
            FileState::NotOffered | FileState::Offered | FileState::Queued | FileState::Running => {
                OrderState::Open
            }
            FileState::Paused => OrderState::Paused,
            FileState::Done | FileState::Unchanged => OrderState::Done,
            FileState::Failed => OrderState::Failed,
            FileState::Halted => OrderState::Halted,
        };
        let (relation, batch) = (self.file.relation.clone(), self.file.batch);
        OrderedFile { relation, batch, state, trouble: self.trouble.clone() }
    }
}

impl Drop for Bringee {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Bringing {
    pub fn new(folder: PathBuf, manifest: Manifest, files: Vec<Bringee>) -> Self {
        Self { folder, manifest, files, trouble: None, speeds: VecDeque::new(), sampled_at: None }
    }

    /// What an earlier program was asked for, as far as GitLab still lists it and the folder still holds it.
    /// `None` where there is nothing to go on from.
    pub fn of_order(run: &RelationsRun) -> Option<Self> {
        let order = run.order.as_ref()?;
        let folder = PathBuf::from(&order.folder);
        let ours = |manifest: &Manifest| manifest.is_of(&run.instance, run.project_id);
        let fresh = || Manifest::new(&run.instance, run.project_id, &run.project_path);
        let manifest = match Manifest::read(&folder) {
            Some(manifest) if !ours(&manifest) => return None,
            other => other.unwrap_or_else(fresh),
        };
        let listed = run.files();
        let mut files = Vec::new();
        for ordered in &order.files {
            let same =
                |file: &&RelationFile| file.relation == ordered.relation && file.batch == ordered.batch;
            let Some(file) = listed.iter().find(same) else { continue };
            let line = manifest.line(&ordered.relation, ordered.batch);
            let line = line.filter(|line| line.updated_at == file.updated_at);
            let there = line.filter(|line| manifest::is_there(&folder, line)).cloned();
            let state = match ordered.state {
                // What came just before the end is found out when its turn comes.
                OrderState::Open => FileState::Queued,
                OrderState::Paused => FileState::Paused,
                OrderState::Done if there.is_some() => FileState::Done,
                // It was taken away since: it can be asked for again.
                OrderState::Done => continue,
                OrderState::Failed => FileState::Failed,
                OrderState::Halted => FileState::Halted,
            };
            let mut bringee = Bringee::new(file.clone());
            bringee.state = state;
            bringee.line = there.filter(|_| state == FileState::Done);
            bringee.trouble.clone_from(&ordered.trouble);
            bringee.said = !matches!(state, FileState::Queued | FileState::Paused);
            files.push(bringee);
        }
        (!files.is_empty()).then(|| Self::new(folder, manifest, files))
    }

    /// Adds files; what runs goes on, all else of them is looked at anew. What GitLab lists no more, or anew, is
    /// dropped.
    pub fn want(&mut self, run: &RelationsRun, wanted: Vec<RelationFile>) {
        let listed = run.files();
        self.files.retain(|bringee| bringee.is_one_of(&listed));
        for file in wanted {
            let known = self.files.iter_mut().find(|bringee| bringee.is(&file.relation, file.batch));
            match known {
                Some(known) if known.is_running() && known.wish() == Some(Wish::Run) => {}
                // Its task is told to go on when its turn comes, or ends and is followed by another.
                Some(known) if known.task.is_some() => (known.state, known.said) = (FileState::Queued, false),
                Some(known) => *known = Bringee::new(file),
                None => self.files.push(Bringee::new(file)),
            }
        }
    }

    /// GitLab made the export anew since these were asked for: they are other files.
    pub fn fail_unlisted(&mut self, listed: &[RelationFile]) {
        for file in &mut self.files {
            if file.task.is_none() && file.state == FileState::Queued && !file.is_one_of(listed) {
                file.state = FileState::Failed;
                file.trouble = Some(Trouble::new(
                    Code::NoExportFile,
                    "GitLab has regenerated the export since this file was requested.",
                    "Check the export again, then download again.",
                ));
            }
        }
    }

    /// GitLab said no before they had their turn.
    pub fn fail_waiting(&mut self, trouble: &Trouble) {
        for file in &mut self.files {
            if file.task.is_none() && file.state == FileState::Queued {
                (file.state, file.trouble) = (FileState::Failed, Some(trouble.clone()));
            }
        }
    }

    /// Where the files stand that `wanted` leaves alone.
    pub fn without(&self, run: &RelationsRun, wanted: &[RelationFile]) -> Vec<OrderedFile> {
        let listed = run.files();
        let rest = self.files.iter().filter(|bringee| {
            bringee.is_one_of(&listed) && !wanted.iter().any(|file| bringee.is(&file.relation, file.batch))
        });
        rest.map(Bringee::ordered).collect()
    }

    /// What the store keeps; `None` where the folder's name cannot be kept as text.
    pub fn order(&self) -> Option<RelationsOrder> {
        let folder = self.folder.to_str()?.to_owned();
        Some(RelationsOrder { folder, files: self.files.iter().map(Bringee::ordered).collect() })
    }

    pub fn is_moving(&self) -> bool {
        self.files.iter().any(|file| file.state.is_moving())
    }

    /// Whether nothing is to come any more.
    pub fn is_over(&self) -> bool {
        !self.files.iter().any(|file| file.state.is_moving() || file.state == FileState::Paused)
    }

    pub fn running(&self) -> impl Iterator<Item = &Bringee> {
        self.files.iter().filter(|file| file.is_running())
    }

    pub fn file(&self, file: &RelationFile) -> Option<RelationFileView> {
        let found = self.files.iter().find(|bringee| bringee.is(&file.relation, file.batch))?;
        // A file of the export before is not one of this export.
        (found.file.updated_at == file.updated_at).then(|| found.view(&self.folder))
    }

    /// Notes the speed once a second.
    pub fn sample(&mut self, now: Instant) {
        if self.sampled_at.is_some_and(|last| now.duration_since(last) < Duration::from_secs(1)) {
            return;
        }
        self.sampled_at = Some(now);
        let speed: u64 = self.files.iter().map(Bringee::speed).sum();
        self.speeds.push_back(u32::try_from(speed).unwrap_or(u32::MAX));
        if self.speeds.len() > SPEEDS {
            self.speeds.pop_front();
        }
    }

    pub fn view(&self) -> RelationsDownload {
        let count = |wanted: fn(FileState) -> bool| self.files.iter().filter(|f| wanted(f.state)).count();
        let bytes = |file: &Bringee| match (&file.line, &file.progress) {
            (Some(line), _) => line.bytes,
            (None, Some(progress)) => progress.borrow().bytes,
            (None, None) => 0,
        };
        let is_moving = self.is_moving();
        RelationsDownload {
            folder: self.folder.clone(),
            is_moving,
            files_paused: count(|state| state == FileState::Paused),
            files_done: count(FileState::is_there),
            files_failed: count(|state| state == FileState::Failed),
            files_all: self.files.len(),
            bytes: self.files.iter().map(bytes).sum(),
            bytes_per_s: self.files.iter().map(Bringee::speed).sum(),
            speeds: if is_moving { self.speeds.iter().copied().collect() } else { [].into() },
            trouble: self.trouble.clone(),
        }
    }
}
