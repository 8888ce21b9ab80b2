//! One requested file, an archive or a file of a relations export: its state, its task and its progress.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::case::batch::ItemFile;
use crate::case::relations::RelationFile;
use crate::case::{CaseId, DownloadId, RelationsId, UserError, UtcMs};
use crate::download::{Control, Desired, Orders};
use crate::engine::api::{DownloadState, DownloadView, Receipt, RelationFileFacts};
use crate::store::DownloadRow;

use super::numbers::Numbers;
use super::pending_rename::PendingRename;
use crate::engine::front_ends::{Followers, FrontEndId};
use crate::engine::manifest::{FileKey, ManifestFile};

#[cfg(test)]
thread_local! {
    /// Number of views built on this thread: tests measure work instead of time.
    pub static VIEWS_BUILT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A queue of downloads that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    Archives,
    /// The files of one relations export.
    RelationFiles(RelationsId),
}

impl Lane {
    /// How many downloads of a lane run at once. An archive uses several connections, a relation's file uses one.
    pub fn at_once(self) -> usize {
        match self {
            Self::Archives => 3,
            Self::RelationFiles(_) => 4,
        }
    }
}

/// One requested file.
#[derive(Debug)]
pub struct FileDownload {
    pub id: DownloadId,
    pub state: DownloadState,
    pub error: Option<UserError>,
    pub numbers: Numbers,
    pub what: DownloadKind,
    pub orders: watch::Sender<Orders>,
    pub task: Option<tokio::task::AbortHandle>,
    /// Whether this program has worked on it, and not only an earlier one.
    pub was_begun: bool,
    pub followers: Followers,
    /// The view that was last built; `None` after a change.
    view: Option<Arc<DownloadView>>,
}

/// What kind of file was requested.
#[derive(Debug)]
pub enum DownloadKind {
    Archive(Box<ArchiveDownload>),
    Relation(Box<RelationDownload>),
}

/// The archive of a project's export.
#[derive(Debug)]
pub struct ArchiveDownload {
    pub row: DownloadRow,
    pub detail: Detail,
    pub receipt: Option<Arc<Receipt>>,
}

/// Fields of a download's row that only the engine reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// The target path is a folder; the archive keeps its own name.
    pub into_folder: bool,
    pub connections: Option<u8>,
    #[serde(rename = "trouble")]
    pub error: Option<UserError>,
    /// Present from the rename until the end is recorded.
    #[serde(default, rename = "naming", skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingRename>,
    /// When GitLab was last asked for the file, within its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<UtcMs>,
    /// The archive that failed its verification, under the name it was moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Box<ItemFile>>,
    /// The repository of the archive was checked on the surface only; it is checked in depth while nothing else runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_deep_check_due: bool,
}

/// One file of a relations export.
#[derive(Debug)]
pub struct RelationDownload {
    pub export: Arc<FilesOrigin>,
    pub file: RelationFile,
    /// The file's entry in the manifest, once the file is complete.
    pub line: Option<ManifestFile>,
    /// The folder already had the file.
    pub already_complete: bool,
    /// Whether the journal already has the download's end.
    pub is_told: bool,
}

/// The relations export that files belong to, and their folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesOrigin {
    pub run: RelationsId,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    pub folder: PathBuf,
    pub asked_at: UtcMs,
}

impl FileDownload {
    pub fn archive(row: DownloadRow) -> Self {
        let state = DownloadState::of_stored(&row.state);
        let receipt = row.receipt.as_deref().and_then(|json| serde_json::from_str(json).ok()).map(Arc::new);
        let detail: Detail =
            row.detail.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let numbers = Numbers::from_store(row.bytes, row.total_bytes);
        let (id, error) = (row.id, detail.error.clone());
        Self::new(
            id,
            state,
            error,
            numbers,
            DownloadKind::Archive(Box::new(ArchiveDownload { row, detail, receipt })),
        )
    }

    pub fn relation_file(id: DownloadId, export: Arc<FilesOrigin>, file: RelationFile) -> Self {
        let wanted = RelationDownload { export, file, line: None, already_complete: false, is_told: false };
        let wanted = DownloadKind::Relation(Box::new(wanted));
        Self::new(id, DownloadState::Queued, None, Numbers::default(), wanted)
    }

    /// The same, for a front end.
    pub fn for_front_end(mut self, id: FrontEndId) -> Self {
        self.followers = Followers::default();
        self.followers.add(id);
        self
    }

    fn new(
        id: DownloadId,
        state: DownloadState,
        error: Option<UserError>,
        numbers: Numbers,
        what: DownloadKind,
    ) -> Self {
        let (orders, _) = Control::new();
        Self {
            id,
            state,
            error,
            numbers,
            what,
            orders,
            task: None,
            was_begun: false,
            followers: Followers::default(),
            view: None,
        }
    }

    pub fn lane(&self) -> Lane {
        match &self.what {
            DownloadKind::Archive(_) => Lane::Archives,
            DownloadKind::Relation(wanted) => Lane::RelationFiles(wanted.export.run),
        }
    }

    pub fn instance(&self) -> &str {
        match &self.what {
            DownloadKind::Archive(archive) => &archive.row.instance,
            DownloadKind::Relation(wanted) => &wanted.export.instance,
        }
    }

    pub fn as_archive(&self) -> Option<&ArchiveDownload> {
        match &self.what {
            DownloadKind::Archive(archive) => Some(archive),
            DownloadKind::Relation(_) => None,
        }
    }

    pub fn as_relation(&self) -> Option<&RelationDownload> {
        match &self.what {
            DownloadKind::Archive(_) => None,
            DownloadKind::Relation(wanted) => Some(wanted),
        }
    }

    /// Whether its task runs and is not paused.
    pub fn is_running(&self) -> bool {
        self.task.is_some() && self.state.is_running()
    }

    pub fn is_being_cancelled(&self) -> bool {
        self.task.is_some() && self.orders.borrow().desired == Desired::Cancel
    }

    pub fn order(&self, desired: Desired) {
        self.orders.send_modify(|orders| orders.desired = desired);
    }

    /// Ends the wait before the next try.
    pub fn retry_now(&self) {
        self.orders.send_modify(|orders| orders.retries = orders.retries.wrapping_add(1));
    }

    /// Marks the view as outdated.
    pub fn touch(&mut self) {
        self.view = None;
    }

    /// The view; the same `Arc` while nothing changed.
    pub fn view(&mut self, now: UtcMs) -> Arc<DownloadView> {
        if let Some(view) = self.view.as_ref().filter(|_| !self.is_running()) {
            return Arc::clone(view);
        }
        // Small files can start and end between two samples.
        self.numbers.take_last();
        let view = self.new_view(now);
        let kept = self.view.take().filter(|old| **old == view).unwrap_or_else(|| Arc::new(view));
        self.view = Some(Arc::clone(&kept));
        kept
    }

    /// The folder that the file goes to.
    pub fn folder(&self) -> PathBuf {
        self.place().folder
    }

    fn new_view(&self, now: UtcMs) -> DownloadView {
        #[cfg(test)]
        VIEWS_BUILT.set(VIEWS_BUILT.get() + 1);
        let (numbers, running) = (&self.numbers, self.state.is_running());
        let place = self.place();
        DownloadView {
            id: self.id,
            instance: self.instance().to_owned(),
            project_id: place.project_id,
            project_path: place.project_path.to_owned(),
            case_id: place.case_id,
            created_at: place.created_at,
            state: self.state,
            path: place.path,
            folder: place.folder,
            bytes: numbers.bytes,
            total_bytes: numbers.total_bytes,
            bytes_per_s: if running { numbers.last.bytes_per_second } else { 0 },
            speeds: numbers.speeds.view(),
            seconds_left: numbers.last.time_left().filter(|_| running).map(|left| left.as_secs()),
            connections: u8::try_from(numbers.last.connections).unwrap_or(u8::MAX),
            resumed: numbers.last.resumed,
            restarted: numbers.last.restarted,
            retries: numbers.last.retries,
            api_requests: numbers.last.api_requests,
            storage_requests: numbers.last.storage_requests,
            waiting: numbers.waiting(now).filter(|_| running),
            lines: numbers.events.clone(),
            done: self.as_archive().and_then(|archive| archive.receipt.clone()),
            relation: self.as_relation().map(RelationDownload::facts),
            error: self.error.clone(),
            rejected: self.as_archive().and_then(|archive| archive.detail.rejected.as_deref().cloned()),
        }
    }

    fn place(&self) -> Place<'_> {
        match &self.what {
            DownloadKind::Archive(archive) => archive.place(),
            DownloadKind::Relation(wanted) => wanted.place(),
        }
    }
}

impl Drop for FileDownload {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

/// Which file it is, and where it goes.
struct Place<'a> {
    project_id: u64,
    project_path: &'a str,
    case_id: Option<CaseId>,
    created_at: UtcMs,
    path: Option<PathBuf>,
    folder: PathBuf,
}

impl ArchiveDownload {
    fn place(&self) -> Place<'_> {
        let row = &self.row;
        let parent = || row.target_path.parent().map(Path::to_owned).unwrap_or_default();
        let verified = self.receipt.as_ref().map(|receipt| receipt.path.clone());
        Place {
            project_id: row.project_id.unwrap_or_default(),
            project_path: &row.project,
            case_id: row.case_id,
            created_at: row.created_at,
            path: verified.or_else(|| (!self.detail.into_folder).then(|| row.target_path.clone())),
            folder: if self.detail.into_folder { row.target_path.clone() } else { parent() },
        }
    }
}

impl RelationDownload {
    pub fn key(&self) -> FileKey {
        FileKey { relation: self.file.relation.clone(), batch: self.file.batch }
    }

    fn place(&self) -> Place<'_> {
        let export = &self.export;
        Place {
            project_id: export.project_id,
            project_path: &export.project_path,
            case_id: export.case_id,
            created_at: export.asked_at,
            path: self.line.as_ref().map(|line| export.folder.join(&line.file)),
            folder: export.folder.clone(),
        }
    }

    fn facts(&self) -> RelationFileFacts {
        let line = self.line.as_ref();
        RelationFileFacts {
            run: self.export.run,
            relation: self.file.relation.clone(),
            batch: self.file.batch,
            already_complete: self.already_complete,
            sha256: line.map(|line| line.sha256.clone()),
            records: line.map(|line| line.records),
            warnings: line.map(|line| line.warnings.clone()).unwrap_or_default(),
        }
    }
}
