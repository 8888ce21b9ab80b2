//! Relations exports: their commands, and what a front end shows of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::case::relations::{Batch, MissingBatch, RecordsDiffer, RelationFile, RelationsTiming, lacks};
use crate::case::{
    CaseId, CurrentRelationsStatus, Relation, RelationPhase, RelationsId, RelationsRun, UserError,
};

use super::ask::Waiting;
use super::download::{DownloadState, DownloadView, FileWarning, RelationFileFacts};
use super::job::JobWatch;

/// One relations export: a table of its relations, and the downloads of their files.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationsView {
    /// The stored run with its `id`, `instance`, `project_path` and times.
    pub run: Arc<RelationsRun>,
    /// The current state in one sentence, with totals.
    pub status: CurrentRelationsStatus,
    /// The relations, in GitLab's order.
    pub rows: Vec<RelationRow>,
    pub watch: JobWatch,
    /// The download of this run that was requested last; `None` where there was none. A program that does not resume
    /// earlier downloads knows only its own.
    pub download: Option<Arc<RelationsDownload>>,
    /// The folder of the last download, also by an earlier program.
    pub folder: Option<PathBuf>,
    /// Where a download without a named folder puts the files; empty where there is a folder already.
    pub default_folder: PathBuf,
}

/// One relation of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationRow {
    pub relation: String,
    /// GitLab status, unchanged: a number or a word.
    pub status: String,
    pub phase: RelationPhase,
    /// GitLab's error text.
    pub error: Option<String>,
    /// Batches without a file, although GitLab has finished the relation.
    pub missing: Vec<MissingBatch>,
    /// Its batches do not have as many records as GitLab counts.
    pub differs: Option<RecordsDiffer>,
    pub updated_at: Option<String>,
    pub batched: bool,
    /// Batches that are ready, and all batches; both 0 where the relation is not batched.
    pub batches_ready: u64,
    pub batches: u64,
    /// Number of records, as GitLab counts them.
    pub objects_count: Option<u64>,
    /// GitLab did not regenerate this relation and offers the file of the previous export.
    pub skipped: bool,
    /// GitLab still lists the previous export of this relation; its files are not offered.
    pub stale: bool,
    /// One file, or one per batch.
    pub files: Arc<[RelationFileView]>,
}

impl RelationRow {
    /// The row of `relation`, without downloads.
    pub fn of(run: &RelationsRun, relation: &Relation, timing: &RelationsTiming) -> Self {
        let stale = run.is_stale(relation, timing);
        let ready = |batch: &&Batch| batch.phase() == RelationPhase::Ready;
        let file = |listed: &RelationFile| RelationFileView {
            batch: listed.batch,
            objects_count: listed.objects_count,
            is_offered: listed.phase == RelationPhase::Ready && !stale,
            download: None,
        };
        Self {
            relation: relation.name.clone(),
            status: relation.status.clone(),
            phase: relation.phase(),
            error: relation.error.clone(),
            missing: relation.missing(),
            differs: relation.records_differ(),
            updated_at: relation.updated_at.clone(),
            batched: relation.batched,
            batches_ready: relation.batches.iter().filter(ready).count() as u64,
            batches: relation.batches_count.unwrap_or(relation.batches.len() as u64),
            objects_count: relation.objects_count,
            skipped: run.was_skipped(relation, timing),
            stale,
            files: relation.files().iter().map(file).collect(),
        }
    }

    /// Why the relation is incomplete: GitLab's own message, a summary of its batches, or the number of records.
    pub fn why(&self) -> Option<String> {
        self.gitlab_error().or_else(|| Some(self.differs?.words()))
    }

    /// GitLab's own message, or a summary of its batches.
    pub fn gitlab_error(&self) -> Option<String> {
        self.error.clone().or_else(|| lacks(&self.missing))
    }
}

/// The downloads of a run, in total.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationsDownload {
    pub folder: PathBuf,
    /// Whether files are queued or downloading.
    pub is_moving: bool,
    /// Files that the user paused.
    pub files_paused: usize,
    pub files_done: usize,
    pub files_failed: usize,
    /// Number of requested files.
    pub files_all: usize,
    pub bytes: u64,
    pub bytes_per_s: u64,
    /// Download speed over the last minute, oldest first, one sample per second.
    pub speeds: Arc<[u32]>,
    /// An error of the download as a whole, for example a manifest that could not be written.
    pub error: Option<UserError>,
}

/// One file of a relation: GitLab's entry and the download.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationFileView {
    /// Batch number, where the file is a batch.
    pub batch: Option<u64>,
    /// Number of records, as GitLab counts them.
    pub objects_count: Option<u64>,
    /// Whether the file can be downloaded. If not, GitLab is still writing it, or failed.
    pub is_offered: bool,
    /// Its download, once requested.
    pub download: Option<Arc<DownloadView>>,
}

impl RelationFileView {
    /// The state of its download; `None` where the file was not requested.
    pub fn state(&self) -> Option<DownloadState> {
        self.download.as_ref().map(|download| download.state)
    }

    /// Whether its download is in this state.
    pub fn is(&self, state: DownloadState) -> bool {
        self.state() == Some(state)
    }

    /// Whether the file is queued or downloading.
    pub fn is_moving(&self) -> bool {
        self.state().is_some_and(DownloadState::is_moving)
    }

    /// Whether the file is in the folder, verified.
    pub fn is_there(&self) -> bool {
        self.is(DownloadState::Done)
    }

    /// What is known of the file since its download.
    pub fn facts(&self) -> Option<&RelationFileFacts> {
        self.download.as_ref()?.relation.as_ref()
    }

    pub fn bytes(&self) -> u64 {
        self.download.as_ref().map_or(0, |download| download.bytes)
    }

    /// Number of records in the file.
    pub fn records(&self) -> Option<u64> {
        self.facts()?.records
    }

    pub fn sha256(&self) -> Option<&str> {
        self.facts()?.sha256.as_deref()
    }

    pub fn warnings(&self) -> &[FileWarning] {
        self.facts().map_or(&[], |facts| &facts.warnings)
    }

    /// Path of the file; `None` until the file has its final name.
    pub fn path(&self) -> Option<&Path> {
        self.download.as_ref()?.path.as_deref()
    }

    pub fn error(&self) -> Option<&UserError> {
        self.download.as_ref()?.error.as_ref()
    }

    pub fn waiting(&self) -> Option<&Waiting> {
        self.download.as_ref()?.waiting.as_ref()
    }

    /// The name in JSON.
    pub fn as_str(&self) -> &'static str {
        match self.state() {
            None if self.is_offered => "offered",
            None => "not_offered",
            Some(DownloadState::Queued) => "queued",
            Some(DownloadState::Running | DownloadState::Verifying) => "running",
            Some(DownloadState::Paused) => "paused",
            Some(DownloadState::Done) if self.facts().is_some_and(|facts| facts.already_complete) => {
                "unchanged"
            }
            Some(DownloadState::Done) => "done",
            Some(DownloadState::Failed) => "failed",
            Some(DownloadState::Cancelled) => "halted",
        }
    }
}

/// One command about a relations export. The answer is `Relations` unless stated otherwise; later progress is visible
/// in [`super::RelationsView`].
#[derive(Clone, Debug)]
pub enum RelationsCommand {
    /// Checks the project, then watches the export that is already running or requests all relations, until the export ends.
    /// With `collect`, an export of ours that has finished since the last poll is the answer, for example after a
    /// crash.
    ///
    /// A start makes GitLab delete the files of the previous export. It is refused where finished files were not
    /// downloaded, unless `replace` agrees to that.
    Start {
        instance: String,
        project: String,
        case: Option<CaseId>,
        batched: bool,
        collect: bool,
        replace: bool,
    },
    /// Checks the export once, and watches it if it is still running.
    CheckOnce { instance: String, project: String, case: Option<CaseId> },
    /// Checks the named relations once, with one call each, and watches nothing. Answer: `RelationsSeen`.
    CheckRelations { instance: String, project: String, relations: Vec<String> },
    /// Stops watching. GitLab continues the export. Answer: `Done`.
    Leave { run: RelationsId },
    /// Checks the export, then downloads and verifies the files that GitLab offers and the folder lacks, and writes a
    /// `manifest.json`.
    Download { instance: String, project: String, case: Option<CaseId>, options: RelationsOptions },
    /// Pauses the downloads of a run. Answer: `Done`.
    Pause { run: RelationsId },
    /// Resumes paused downloads.
    Resume { run: RelationsId },
    /// Cancels the downloads of a run. Partial files stay, and the next `Download` resumes them. Answer: `Done`.
    CancelFiles { run: RelationsId },
}

/// How to download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationsOptions {
    /// `None` is `<project>_relations` in the download folder, with the host of the instance in its name where another
    /// project has that folder.
    pub folder: Option<PathBuf>,
    /// Names of relations; empty means all. The retry of one row names one relation.
    pub relations: Vec<String>,
    /// Numbers of batches of the one named relation; empty means all.
    pub batches: Vec<u64>,
}

/// What GitLab answers about relations requested by name.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationsSeen {
    pub project_id: u64,
    pub project_path: String,
    /// In the order of the request, each with its row.
    pub relations: Vec<(Relation, RelationRow)>,
    /// Relations of which this user has no export.
    pub not_found: Vec<String>,
}
