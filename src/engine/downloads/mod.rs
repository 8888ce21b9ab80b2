//! Downloads of archives and of the files of relations exports: one queue, a few at once, each verified before it
//! gets its final name. Running downloads resume after a restart.
//!
//! ```text
//! Downloads ── archives, relations   what is specific to each: its row or its manifest, its journal
//!          ├── queue                 which download starts next
//!          ├── file_download         one file: state, task, progress, view
//!          └── download_task, relation_task ── pending_rename ── manifest
//! ```
//!
//! The end of a download, in this order: verify, record the new name, rename, report.

mod archives;
mod download_task;
mod file_download;
mod files_ended;
mod folder_lock;
mod input;
mod numbers;
mod offer;
mod outer_layer;
mod pending_rename;
mod queue;
mod relation_files;
mod relation_task;
mod relation_views;
mod relations;
mod rename_recorder;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::relations::RelationsOrder;
use crate::case::{Code, DownloadId, RelationsId, UserError};
use crate::download::{Control, Desired, DownloadProgress, DownloadTiming};

use super::api::{Answer, AskId, DownloadState, DownloadView};
use super::clock;
use super::core::Core;
use super::front_ends::FrontEndId;
use super::happened::Happened;
use super::input::EngineInput;
use super::paths::absolute;
use super::test_imports::TestImportResults;
use super::view_list::ViewList;

use download_task::{ArchiveOrder, TaskSetup, download_archive};
use file_download::{DownloadKind, FileDownload, Lane};
use folder_lock::FolderLock;
use input::TaskEnd;
use pending_rename::PendingRename;
use queue::{FIRST_RELATION_FILE, FileDownloads};
use relation_files::{RelationFiles, holds};
use relation_task::{RelationOrder, download_relation_file};
use relation_views::RelationViews;
use rename_recorder::RenameRecorder;

pub use archives::ArchiveRequest;
pub use files_ended::FilesEnded;
pub use input::DownloadsInput;
pub use offer::{RelationsOffer, RelationsRequested};
pub use relation_views::RelationFilesView;

/// All downloads.
#[derive(Debug)]
pub struct Downloads {
    files: FileDownloads,
    relations: BTreeMap<RelationsId, RelationFiles>,
    /// The folder of the last download of each relations export.
    folders: BTreeMap<RelationsId, PathBuf>,
    /// Unfinished downloads of relations that an earlier program left, until this one resumes them.
    orders: BTreeMap<RelationsId, RelationsOrder>,
    /// Exports that must be polled before their files can be downloaded.
    is_waited_for: BTreeSet<RelationsId>,
    /// For all downloads together; `None` means no limit.
    bandwidth_bytes_per_s: Option<u64>,
    test_imports: Arc<TestImportResults>,
    archive_views: ViewList<Arc<DownloadView>>,
    relation_views: RelationViews,
    next_relation_file: DownloadId,
}

impl Downloads {
    /// Refuses where files are being downloaded to this folder.
    pub fn no_download_to(&self, folder: &Path) -> Result<(), UserError> {
        let folder = absolute(folder.to_owned());
        let ours: Vec<_> = self.relations.values().filter(|files| files.folder() == folder).collect();
        let moves =
            |files: &&RelationFiles| files.is_confirming || self.files.counts(files.lane()).is_moving();
        // The lock of a download that rests is ours.
        if !ours.iter().any(moves) && (holds(&self.relations, &folder) || !FolderLock::is_taken(&folder)) {
            return Ok(());
        }
        let headline = format!("The relation files in {} are being downloaded.", folder.display());
        let hint = "Wait until all files are downloaded, or cancel the download first.";
        Err(UserError::new(Code::Refused, headline, hint))
    }

    /// Refuses a folder to which another process downloads.
    pub fn refuse_taken(&self, folder: &Path) -> Result<(), UserError> {
        if holds(&self.relations, folder) { Ok(()) } else { FolderLock::refuse_taken(folder) }
    }

    /// Loads the downloads from the store; starts nothing yet.
    pub fn load(core: &mut Core, bandwidth_bytes_per_s: Option<u64>) -> Result<Self, UserError> {
        let mut downloads = Self {
            files: FileDownloads::default(),
            relations: BTreeMap::new(),
            folders: BTreeMap::new(),
            orders: BTreeMap::new(),
            is_waited_for: BTreeSet::new(),
            bandwidth_bytes_per_s,
            test_imports: Arc::default(),
            archive_views: ViewList::default(),
            relation_views: RelationViews::default(),
            next_relation_file: FIRST_RELATION_FILE,
        };
        for row in core.store.downloads().map_err(|error| error.error())? {
            downloads.files.insert(FileDownload::archive(row));
        }
        downloads.count_earlier(core, clock::now());
        for kept in core.store.relations_orders().map_err(|error| error.error())? {
            downloads.folders.extend(kept.folder.map(|folder| (kept.run, PathBuf::from(folder))));
            downloads.orders.extend(kept.order.map(|order| (kept.run, order)));
        }
        Ok(downloads)
    }

    /// Queues the downloads that were running when the program ended; paused ones stay paused. `offers` are those of
    /// the exports in [`Self::ordered`].
    pub fn resume_after_restart(&mut self, core: &mut Core, offers: &[RelationsOffer]) -> Vec<Happened> {
        for id in self.files.ids(|download| download.state.is_running()) {
            self.files.set_state(id, DownloadState::Queued);
        }
        // The window continues them with its own tokens.
        for id in self.files.ids(|download| !download.state.is_ended()) {
            if let Some(download) = self.files.get_mut(id) {
                download.followers.add(FrontEndId::OWN);
            }
        }
        let happened = self.resume_orders(offers);
        self.start(core);
        happened
    }

    /// Pauses a download: closes its connections and keeps its bytes.
    pub fn pause(&mut self, core: &mut Core, ask: AskId, id: DownloadId) {
        let paused = self.pause_one(core, id);
        self.start(core);
        core.reply(ask, paused.map(|()| Answer::Done));
    }

    fn pause_one(&mut self, core: &mut Core, id: DownloadId) -> Result<(), UserError> {
        self.order(id, Desired::Pause)?;
        self.put_state(core, id, DownloadState::Paused)
    }

    /// Resumes a download that is paused, cancelled or failed.
    pub fn resume(&mut self, core: &mut Core, ask: AskId, id: DownloadId) {
        let resumed = self.enqueue(core, id);
        core.reply(ask, resumed.map(|()| Answer::Download(id)));
    }

    /// Ends the wait of a download before its next try; nothing happens to a download that does not wait.
    pub fn retry_now(&self, core: &mut Core, ask: AskId, id: DownloadId) {
        let download = self.files.get(id).ok_or_else(|| no_such(id));
        core.reply(ask, download.map(FileDownload::retry_now).map(|()| Answer::Done));
    }

    /// Cancels a download and keeps its bytes.
    pub fn cancel(&mut self, core: &mut Core, ask: AskId, id: DownloadId) {
        let cancelled = self.cancel_one(core, id);
        self.start(core);
        core.reply(ask, cancelled.map(|()| Answer::Done));
    }

    fn cancel_one(&mut self, core: &mut Core, id: DownloadId) -> Result<(), UserError> {
        let runs = self.files.get(id).is_some_and(FileDownload::is_running);
        self.order(id, Desired::Cancel)?;
        // A running task reports its end itself.
        if runs { Ok(()) } else { self.put_state(core, id, DownloadState::Cancelled) }
    }

    /// Cancels all downloads from this instance.
    pub fn cancel_all_of(&mut self, core: &mut Core, url: &str) {
        let of_it = |download: &FileDownload| {
            download.instance().trim_end_matches('/') == url.trim_end_matches('/')
                && !download.state.is_ended()
        };
        for id in self.files.ids(of_it) {
            // The snapshot shows a store that cannot be written as an error.
            self.cancel_one(core, id).ok();
        }
    }

    /// Pauses all downloads, including the files of relations exports.
    pub fn pause_all(&mut self, core: &mut Core, ask: AskId) {
        let all = self.files.ids(may_pause);
        let paused = all.into_iter().try_for_each(|id| self.pause_one(core, id));
        self.keep_orders(core);
        self.share_bandwidth();
        core.reply(ask, paused.map(|()| Answer::Done));
    }

    /// A front end is gone: what it alone was downloading is paused, as if its command had been a program of its own.
    pub fn left(&mut self, core: &mut Core, front_end: FrontEndId) {
        let mut alone = Vec::new();
        for id in self.files.ids(|download| !download.state.is_ended()) {
            if self.files.get_mut(id).is_some_and(|download| download.followers.lose(front_end)) {
                alone.push(id);
            }
        }
        alone.retain(|id| self.files.get(*id).is_some_and(may_pause));
        self.pause_by_itself(core, alone);
        self.start(core);
    }

    /// An instance was forgotten: its downloads are paused, because nothing can continue them.
    pub fn pause_without_instance(&mut self, core: &mut Core) {
        let is_known = |one: &FileDownload| core.sessions.access_of(&one.followers, one.instance()).is_some();
        let unknown = self.files.ids(|one| may_pause(one) && !is_known(one));
        self.pause_by_itself(core, unknown);
    }

    /// Pauses downloads without a person's command. What cannot be recorded is only in the log.
    fn pause_by_itself(&mut self, core: &mut Core, downloads: Vec<DownloadId>) {
        for id in downloads {
            if let Err(error) = self.pause_one(core, id) {
                tracing::warn!("a download is not paused: {error}");
            }
        }
        self.keep_orders(core);
    }

    /// Resumes all paused downloads.
    pub fn resume_all(&mut self, core: &mut Core, ask: AskId) -> Vec<Happened> {
        let paused = |download: &FileDownload| {
            download.state == DownloadState::Paused && download.as_archive().is_some()
        };
        for id in self.files.ids(paused) {
            self.enqueue(core, id).ok();
        }
        let runs: Vec<_> = self.relations.keys().copied().collect();
        let happened = runs.into_iter().flat_map(|run| self.resume_files(core, run)).collect();
        core.reply(ask, Ok(Answer::Done));
        happened
    }

    /// Sets the bandwidth limit, in bytes per second for all downloads together.
    pub fn limit_bandwidth(&mut self, bytes_per_s: Option<u64>) {
        self.bandwidth_bytes_per_s = bytes_per_s;
        self.share_bandwidth();
    }

    /// Handles a message of a task.
    pub fn input(&mut self, core: &mut Core, input: DownloadsInput) -> Vec<Happened> {
        match input {
            DownloadsInput::Rename { id, rename, recorded } => {
                self.record(core, id, rename);
                // This fails where the waiting task was cancelled.
                recorded.send(()).ok();
                Vec::new()
            }
            DownloadsInput::Asks { id, wait } => {
                self.record_call(core, id, wait);
                Vec::new()
            }
            DownloadsInput::Ended { id, end } => self.ended(core, id, *end),
        }
    }

    /// Records the new name before the rename. If that fails, the task renames the file nevertheless: it is complete.
    fn record(&mut self, core: &mut Core, id: DownloadId, rename: PendingRename) {
        let is_archive = self.files.get(id).is_some_and(|download| download.as_archive().is_some());
        if is_archive {
            self.record_archive(core, id, rename);
        } else {
            self.record_relation_file(id, rename);
        }
    }

    fn ended(&mut self, core: &mut Core, id: DownloadId, end: TaskEnd) -> Vec<Happened> {
        let Some(download) = self.files.end(id) else { return Vec::new() };
        download.numbers.ended(end.as_ref().ok());
        let run = download.as_relation().map(|relation| relation.export.run);
        let happened = match run {
            None => self.archive_ended(core, id, end),
            Some(run) => {
                self.relation_file_ended(id, end);
                if self.confirms(core, run) {
                    vec![Happened::RelationFilesWait { run }]
                } else {
                    let ended = FilesEnded::of(self, run);
                    ended.map(|ended| Happened::RelationFilesEnded { run, ended }).into_iter().collect()
                }
            }
        };
        self.start(core);
        happened
    }

    pub(super) fn enqueue(&mut self, core: &mut Core, id: DownloadId) -> Result<(), UserError> {
        let Some(download) = self.files.get_mut(id) else { return Err(no_such(id)) };
        download.followers.add(core.sessions.acting());
        // A download that an earlier program was running has no task in this one.
        let is_at_work = download.task.is_some();
        match download.state {
            DownloadState::Running | DownloadState::Verifying if !is_at_work => {
                self.put_state(core, id, DownloadState::Queued)?;
            }
            DownloadState::Running
            | DownloadState::Verifying
            | DownloadState::Done
            | DownloadState::Queued => {}
            DownloadState::Paused | DownloadState::Failed | DownloadState::Cancelled => {
                self.put_state(core, id, DownloadState::Queued)?;
            }
        }
        self.start(core);
        Ok(())
    }

    fn order(&self, id: DownloadId, desired: Desired) -> Result<(), UserError> {
        let download = self.files.get(id).ok_or_else(|| no_such(id))?;
        if download.state.is_ended() {
            return Err(UserError::new(
                Code::Refused,
                "This download has ended.",
                "Start the download again.",
            ));
        }
        download.order(desired);
        Ok(())
    }

    /// Writes the new state to the store, then changes it in memory.
    fn put_state(&mut self, core: &mut Core, id: DownloadId, state: DownloadState) -> Result<(), UserError> {
        let Some(download) = self.files.get(id) else { return Err(no_such(id)) };
        match &download.what {
            DownloadKind::Archive(_) => self.put_archive_state(core, id, state)?,
            DownloadKind::Relation(_) => self.relation_file_changed(id),
        }
        self.touch(id);
        self.files.set_state(id, state);
        Ok(())
    }

    /// Starts queued downloads up to the limits.
    fn start(&mut self, core: &mut Core) {
        let sessions = &core.sessions;
        let may_start = |download: &FileDownload| {
            let waits =
                matches!(download.lane(), Lane::RelationFiles(run) if self.is_waited_for.contains(&run));
            !waits && sessions.access_of(&download.followers, download.instance()).is_some()
        };
        for id in self.files.ready(may_start) {
            self.start_one(core, id);
        }
        self.share_bandwidth();
    }

    fn start_one(&mut self, core: &Core, id: DownloadId) {
        let Some(download) = self.files.get_mut(id) else { return };
        let Some(api) = core.sessions.access_of(&download.followers, download.instance()) else { return };
        download.error = None;
        match download.lane() {
            Lane::Archives => self.archive_views.touch(),
            Lane::RelationFiles(_) => self.relation_views.progressed(),
        }
        if download.task.is_some() {
            // The task was paused: it continues.
            download.order(Desired::Run);
            return self.files.set_state(id, DownloadState::Running);
        }
        let (orders, control) = Control::new();
        let (progress, seen) = watch::channel(DownloadProgress::default());
        download.orders = orders;
        download.numbers.follow(seen);
        let timing = core.timing;
        let download_timing = DownloadTiming {
            progress_every: timing.publish,
            rate_wait: timing.give_up,
            ..DownloadTiming::default().paced(timing.factor)
        };
        let recorder = RenameRecorder { id, inputs: core.inputs.clone() };
        let setup = |project_id, download_timing| TaskSetup {
            api,
            project_id,
            download_timing,
            control,
            progress,
            recorder,
        };
        let into = move |end| EngineInput::Downloads(DownloadsInput::Ended { id, end: Box::new(end) });
        let task = match &download.what {
            DownloadKind::Archive(archive) => {
                let setup = setup(
                    archive.row.project_id.unwrap_or_default(),
                    DownloadTiming { sync_every: timing.record, ..download_timing },
                );
                core.spawn(download_archive(setup, ArchiveOrder::of(archive)), into)
            }
            DownloadKind::Relation(wanted) => {
                let known =
                    self.relations.get(&wanted.export.run).and_then(|files| files.known(&wanted.key()));
                let order =
                    RelationOrder { file: wanted.file.clone(), folder: wanted.export.folder.clone(), known };
                core.spawn(
                    download_relation_file(setup(wanted.export.project_id, download_timing), order),
                    into,
                )
            }
        };
        self.files.begin(id, task);
        self.files.set_state(id, DownloadState::Running);
    }

    /// Gives each running download its share of the bandwidth.
    fn share_bandwidth(&self) {
        let running = self.files.at_work().filter(|download| download.is_running()).count().max(1) as u64;
        let each = self.bandwidth_bytes_per_s.and_then(|all| NonZeroU64::new((all / running).max(1)));
        for download in self.files.at_work() {
            download.orders.send_if_modified(|orders| {
                let changed = orders.limit_bytes_per_second != each;
                orders.limit_bytes_per_second = each;
                changed
            });
        }
    }

    /// Whether a download is running, so that numbers change without an input.
    pub fn is_moving(&self) -> bool {
        self.files.is_moving()
    }

    /// Reads the progress of running downloads.
    pub fn sample(&mut self, now: Instant) {
        let mut whole = Vec::new();
        self.files.each_at_work(|download| {
            if download.is_running() {
                download.numbers.sample(now);
                whole.push((download.id, download.numbers.is_whole()));
            }
        });
        for (id, is_whole) in whole {
            let state = if is_whole { DownloadState::Verifying } else { DownloadState::Running };
            self.files.set_state(id, state);
            match self.files.get(id).map(FileDownload::lane) {
                Some(Lane::Archives) => self.archive_views.touch(),
                Some(Lane::RelationFiles(_)) => self.relation_views.progressed(),
                None => {}
            }
        }
        for files in self.relations.values_mut() {
            files.sample(now, &self.files);
        }
    }

    /// Lets every running download record its bytes, so that the next start resumes there.
    pub async fn rest(&mut self, core: &mut Core) {
        self.files.rest(core.timing.rest).await;
        self.keep_orders(core);
        self.keep_manifests();
    }

    /// The archives, newest first. Files of relations exports are shown with their export.
    pub fn view(&mut self) -> Arc<[Arc<DownloadView>]> {
        let now = clock::now();
        self.archive_views.get(self.files.archives_mut().rev().map(|download| download.view(now)))
    }

    /// A command of the user or the end of a download changed its view.
    fn touch(&mut self, id: DownloadId) {
        match self.files.get(id).map(FileDownload::lane) {
            Some(Lane::RelationFiles(_)) => self.relation_views.changed(),
            Some(Lane::Archives) | None => self.archive_views.touch(),
        }
    }
}

/// Whether pausing all pauses this one. An archive that is being verified has all its bytes, and a new verification could
/// take minutes: it may finish.
fn may_pause(download: &FileDownload) -> bool {
    let may = download.state != DownloadState::Verifying || download.as_relation().is_some();
    may && download.state.is_moving() && !download.is_being_cancelled()
}

fn no_such(id: DownloadId) -> UserError {
    UserError::new(Code::Usage, format!("There is no download {id}."), "Check the list of downloads.")
}
