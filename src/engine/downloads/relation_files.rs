//! The requested files of one relations export: the download of each, their manifest, and their combined view.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::case::relations::{OrderState, OrderedFile, RelationFile, RelationsOrder};
use crate::case::{Code, DownloadId, JournalEntry, JournalEvent, RelationsId, UserError, UtcMs};
use crate::engine::api::{DownloadState, RelationFileView, RelationsDownload};
use crate::engine::clock;
use crate::platform::words::denied_hint;

use super::file_download::{DownloadKind, FileDownload, FilesOrigin, Lane, RelationDownload};
use super::folder_lock::FolderLock;
use super::numbers::{Numbers, Speeds};
use super::offer::{OfferedRelation, RelationsOffer};
use super::queue::FileDownloads;
use super::relation_views::RelationFilesView;
use crate::engine::manifest::{self, FileKey, Manifest, ManifestFile, ManifestWriter};
use crate::engine::relations_folder::FolderOwner;

/// The requested files of one relations export.
#[derive(Debug)]
pub struct RelationFiles {
    pub export: Arc<FilesOrigin>,
    pub writer: ManifestWriter,
    /// An error of the download as a whole, for example a manifest that could not be written.
    pub error: Option<UserError>,
    /// Held until every file has ended.
    pub lock: Option<FolderLock>,
    /// Whether a file has arrived since GitLab's list was last read.
    pub is_unconfirmed: bool,
    /// Whether the list is being read again: only then it is certain that no file is of a later export.
    pub is_confirming: bool,
    ids: BTreeMap<FileKey, DownloadId>,
    listed: Vec<Listed>,
    speeds: Speeds,
    /// Whether the store is out of date. `written_at` tells when it was last updated.
    is_behind: bool,
    written_at: Instant,
}

/// One relation of GitLab's list, and the last view of its files.
#[derive(Debug)]
struct Listed {
    offered: OfferedRelation,
    view: Option<Arc<[RelationFileView]>>,
}

/// Whether the lock of the folder is ours.
pub fn holds(relations: &BTreeMap<RelationsId, RelationFiles>, folder: &Path) -> bool {
    relations.values().any(|files| files.folder() == folder && files.lock.is_some())
}

impl RelationFiles {
    pub fn new(export: Arc<FilesOrigin>, writer: ManifestWriter, offer: &RelationsOffer) -> Self {
        let mut files = Self {
            export,
            writer,
            error: None,
            lock: None,
            is_unconfirmed: false,
            is_confirming: false,
            ids: BTreeMap::new(),
            listed: Vec::new(),
            speeds: Speeds::default(),
            is_behind: false,
            written_at: Instant::now(),
        };
        files.list(offer);
        files
    }

    pub fn folder(&self) -> &Path {
        &self.export.folder
    }

    /// Locks the folder until every file has ended.
    pub fn hold_folder(&mut self) {
        self.lock = self.lock.take().or_else(|| FolderLock::take(&self.export.folder));
    }

    pub fn lane(&self) -> Lane {
        Lane::RelationFiles(self.export.run)
    }

    pub fn ids(&self) -> impl Iterator<Item = DownloadId> {
        self.ids.values().copied()
    }

    pub fn id(&self, key: &FileKey) -> Option<DownloadId> {
        self.ids.get(key).copied()
    }

    /// The manifest's entry of a file.
    pub fn known(&self, key: &FileKey) -> Option<ManifestFile> {
        self.writer.manifest.files.get(key).cloned()
    }

    pub fn add(&mut self, key: FileKey, id: DownloadId) {
        self.touch(&key.relation);
        self.ids.insert(key, id);
    }

    pub fn remove(&mut self, key: &FileKey) {
        self.touch(&key.relation);
        self.ids.remove(key);
    }

    /// Applies GitLab's current list.
    pub fn list(&mut self, offer: &RelationsOffer) {
        let mut before: HashMap<_, _> =
            self.listed.drain(..).map(|listed| (listed.offered.name.clone(), listed)).collect();
        let listed = offer.relations.iter().map(|offered| {
            let kept = before.remove(&offered.name).filter(|listed| listed.offered == *offered);
            kept.unwrap_or_else(|| Listed { offered: offered.clone(), view: None })
        });
        self.listed = listed.collect();
    }

    /// Keeps the files, but takes the manifest and the list of `new`.
    pub fn renewed(&mut self, new: Self) -> &mut Self {
        (self.export, self.writer, self.listed) = (new.export, new.writer, new.listed);
        self
    }

    /// Takes GitLab's list for the manifest.
    pub fn record_list(&mut self, offer: &RelationsOffer) {
        let manifest = &mut self.writer.manifest;
        manifest.not_exported.clone_from(&offer.not_exported);
        manifest.listed.clone_from(&offer.listed);
    }

    /// The rename that the manifest recorded did not happen.
    pub fn not_renamed(&mut self, key: &FileKey) {
        if self.known(key).is_some_and(|line| !line.is_there(self.folder())) {
            self.writer.remove(key);
        }
    }

    /// The view of a file of this relation has changed.
    pub fn touch(&mut self, relation: &str) {
        if let Some(listed) = self.listed.iter_mut().find(|listed| listed.offered.name == relation) {
            listed.view = None;
        }
    }

    /// Adds a speed sample once per second.
    pub fn sample(&mut self, now: Instant, all: &FileDownloads) {
        if all.counts(self.lane()).is_moving() {
            self.speeds.sample(now, self.bytes_per_s(all));
        }
    }

    fn bytes_per_s(&self, all: &FileDownloads) -> u64 {
        let lane = self.lane();
        let running = all.at_work().filter(|one| one.lane() == lane && one.is_running());
        running.map(|one| one.numbers.last.bytes_per_second).sum()
    }

    /// The request as the store keeps it; `None` where the folder's path is not valid Unicode.
    pub fn order(&self, all: &FileDownloads) -> Option<RelationsOrder> {
        let files = self.ids().filter_map(|id| all.get(id)).filter_map(ordered).collect();
        Some(RelationsOrder { folder: self.folder().to_str()?.to_owned(), files })
    }

    /// Marks the store as out of date.
    pub fn falls_behind(&mut self) {
        self.is_behind = true;
    }

    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Whether to update the store now. An outdated store only means that a file is tried again after a crash.
    pub fn is_behind_for(&self, distance: Duration) -> bool {
        self.is_behind && self.written_at.elapsed() >= distance
    }

    pub fn is_written(&mut self) {
        (self.is_behind, self.written_at) = (false, Instant::now());
    }

    /// Writes the whole manifest. The view shows an error.
    pub fn write_manifest(&mut self, now: UtcMs) {
        let written = self.writer.write(now.rfc3339());
        self.error = written.err().map(|error| self.unwritten(&error));
    }

    pub fn unwritten(&self, error: &std::io::Error) -> UserError {
        UserError::new(
            Code::Local,
            format!("The manifest in {} cannot be written: {error}.", self.folder().display()),
            denied_hint(error).unwrap_or("Choose a folder that you can write to, or free some space."),
        )
    }

    /// The journal line about the files completed since the previous line.
    pub fn tell(&mut self, all: &mut FileDownloads) -> Option<JournalEntry> {
        let (mut fresh, mut there, mut files, mut failed, mut bytes) = (0_u64, 0_u64, 0, 0, 0);
        for id in self.ids.values() {
            let Some(one) = all.get_shown(*id) else { continue };
            let state = one.state;
            let DownloadKind::Relation(wanted) = &mut one.what else { continue };
            if std::mem::replace(&mut wanted.is_told, true) {
                continue;
            }
            fresh += 1;
            match state {
                DownloadState::Done if wanted.already_complete => there += 1,
                DownloadState::Done => {
                    files += 1;
                    bytes += wanted.line.as_ref().map_or(0, |line| line.bytes);
                }
                DownloadState::Failed => failed += 1,
                _ => {}
            }
        }
        let nothing_new = fresh > 0 && there == fresh;
        let (project, folder) = (self.export.project_path.clone(), self.folder().display().to_string());
        let what = JournalEvent::RelationFilesDownloaded { project, folder, files, bytes, failed };
        let entry = JournalEntry { case_id: self.export.case_id, run_id: None, what };
        (files > 0 || failed > 0 || nothing_new).then_some(entry)
    }

    /// The journal line about a cancelled download; `None` where nothing is left to cancel.
    pub fn cancelled(&self, all: &FileDownloads) -> Option<JournalEntry> {
        let states: Vec<_> = self.ids().filter_map(|id| all.get(id)).map(|one| one.state).collect();
        let is_open = |state: &DownloadState| !state.is_ended();
        let files = states.iter().filter(|state| **state == DownloadState::Done).count() as u64;
        let (project, folder) = (self.export.project_path.clone(), self.folder().display().to_string());
        let what = JournalEvent::RelationFilesCancelled { project, folder, files };
        let entry = JournalEntry { case_id: self.export.case_id, run_id: None, what };
        states.iter().any(is_open).then_some(entry)
    }

    /// The combined view. Relations without a change keep the same slices.
    pub fn view(&mut self, all: &mut FileDownloads, now: UtcMs) -> RelationFilesView {
        let running: Vec<_> =
            all.at_work().filter(|one| one.lane() == self.lane() && one.is_running()).collect();
        let names: Vec<_> = running.iter().filter_map(|one| one.as_relation()).collect();
        let names: Vec<_> = names.into_iter().map(|wanted| wanted.file.relation.clone()).collect();
        for name in names {
            self.touch(&name);
        }
        let ids = &self.ids;
        let mut files = HashMap::new();
        for listed in &mut self.listed {
            let view = listed.view.take().unwrap_or_else(|| listed.offered.view(ids, all, now));
            files.insert(listed.offered.name.clone(), Arc::clone(&view));
            listed.view = Some(view);
        }
        RelationFilesView { download: Some(Arc::new(self.sum(all))), files }
    }

    fn sum(&self, all: &FileDownloads) -> RelationsDownload {
        let counts = all.counts(self.lane());
        RelationsDownload {
            folder: self.folder().to_owned(),
            is_moving: counts.is_moving() || self.is_confirming,
            files_paused: counts.paused,
            files_done: counts.done,
            files_failed: counts.failed,
            files_all: counts.all(),
            bytes: self.ids().filter_map(|id| all.get(id)).map(|one| one.numbers.bytes).sum(),
            bytes_per_s: self.bytes_per_s(all),
            speeds: if counts.is_moving() { self.speeds.view() } else { [].into() },
            error: self.error.clone(),
        }
    }
}

impl OfferedRelation {
    fn view(
        &self,
        ids: &BTreeMap<FileKey, DownloadId>,
        all: &mut FileDownloads,
        now: UtcMs,
    ) -> Arc<[RelationFileView]> {
        let mut download_of = |file: &RelationFile| {
            let one = all.get_shown(*ids.get(&key_of(file))?)?;
            // A file of the previous export does not belong to this one.
            let is_same = one.as_relation().is_some_and(|wanted| wanted.file.updated_at == file.updated_at);
            is_same.then(|| one.view(now))
        };
        let files = self.files.iter().map(|file| RelationFileView {
            batch: file.batch,
            objects_count: file.objects_count,
            is_offered: self.offers(file),
            download: download_of(file),
        });
        files.collect()
    }
}

pub fn key_of(file: &RelationFile) -> FileKey {
    FileKey { relation: file.relation.clone(), batch: file.batch }
}

/// How the store keeps a file.
pub fn ordered(download: &FileDownload) -> Option<OrderedFile> {
    let RelationDownload { file, .. } = download.as_relation()?;
    let state = match download.state {
        DownloadState::Queued | DownloadState::Running | DownloadState::Verifying => OrderState::Open,
        DownloadState::Paused => OrderState::Paused,
        DownloadState::Done => OrderState::Done,
        DownloadState::Failed => OrderState::Failed,
        DownloadState::Cancelled => OrderState::Cancelled,
    };
    Some(OrderedFile { state, error: download.error.clone(), ..open(file) })
}

/// How the store keeps a file that is about to be requested.
pub fn open(file: &RelationFile) -> OrderedFile {
    OrderedFile {
        relation: file.relation.clone(),
        batch: file.batch,
        state: OrderState::Open,
        updated_at: file.updated_at.clone(),
        error: None,
    }
}

/// The files that GitLab lists, by key.
pub fn by_key(offer: &RelationsOffer) -> HashMap<FileKey, &RelationFile> {
    offer.files().map(|file| (key_of(file), file)).collect()
}

pub fn key_of_ordered(file: &OrderedFile) -> FileKey {
    FileKey { relation: file.relation.clone(), batch: file.batch }
}

/// The manifest of a folder, or a new one. Refuses a manifest of another project.
pub fn manifest_of(folder: &Path, offer: &RelationsOffer) -> Result<Manifest, UserError> {
    let (instance, project_id) = (&offer.instance, offer.project_id);
    let owner = FolderOwner { instance, project: &offer.project_path, project_id: Some(project_id) };
    owner.may_use(folder)?;
    // A manifest that the system does not let us read is not taken for a missing one.
    if let Some(error) = manifest::fault(folder).filter(|error| error.code == Code::Local) {
        return Err(error);
    }
    Ok(Manifest::read(folder).unwrap_or_else(|| Manifest::new(instance, project_id, &offer.project_path)))
}

pub fn export_of(offer: &RelationsOffer, folder: &Path) -> FilesOrigin {
    FilesOrigin {
        run: offer.run,
        instance: offer.instance.clone(),
        project_id: offer.project_id,
        project_path: offer.project_path.clone(),
        case_id: offer.case_id,
        folder: folder.to_owned(),
        asked_at: clock::now(),
    }
}

/// The download of a file that an earlier program left; `None` where the completed file was removed from the folder.
pub fn restored(
    id: DownloadId,
    files: &RelationFiles,
    file: &RelationFile,
    ordered: &OrderedFile,
) -> Option<FileDownload> {
    let line = files.known(&key_of(file)).filter(|line| line.updated_at == file.updated_at);
    let line = line.filter(|line| line.is_there(files.folder()));
    let state = match ordered.state {
        // The task detects a file that was completed just before the program ended.
        OrderState::Open => DownloadState::Queued,
        OrderState::Paused => DownloadState::Paused,
        OrderState::Done if line.is_some() => DownloadState::Done,
        OrderState::Done => return None,
        OrderState::Failed => DownloadState::Failed,
        OrderState::Cancelled => DownloadState::Cancelled,
    };
    let mut one = FileDownload::relation_file(id, Arc::clone(&files.export), file.clone());
    one.state = state;
    one.error.clone_from(&ordered.error);
    let line = line.filter(|_| state == DownloadState::Done);
    one.numbers =
        Numbers::from_store(line.as_ref().map_or(0, |line| line.bytes), line.as_ref().map(|line| line.bytes));
    if let DownloadKind::Relation(relation) = &mut one.what {
        relation.line = line;
        relation.is_told = !matches!(state, DownloadState::Queued | DownloadState::Paused);
    }
    Some(one)
}
