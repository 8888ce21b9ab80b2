//! Relations exports: what can be asked of them, and what is seen of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::case::relations::{Batch, MissingBatch, RelationFile, RelationsPatience, lacks};
use crate::case::{CaseId, Relation, RelationPhase, RelationsId, RelationsRun, RelationsStanding, UserError};

use super::ask::Waiting;
use super::download::{DownloadState, DownloadView, FileWarning, RelationFileFacts};
use super::job::JobWatch;

/// One relations export: a table of relations, and their files on the way to a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationsView {
    /// Its `id` names it in commands; `instance`, `project_path` and times are here.
    pub run: Arc<RelationsRun>,
    /// What is true now, in a sentence, with totals.
    pub standing: RelationsStanding,
    /// The table, in GitLab's order.
    pub rows: Vec<RelationRow>,
    pub watch: JobWatch,
    /// What was last asked to be downloaded of this run; `None` where nothing was. A program that does not take up
    /// what an earlier one began knows only its own.
    pub download: Option<Arc<RelationsDownload>>,
    /// Where files of it were last downloaded to, also by an earlier program.
    pub folder: Option<PathBuf>,
}

/// One relation of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationRow {
    pub relation: String,
    /// GitLab's number or word, untouched.
    pub status: String,
    pub phase: RelationPhase,
    /// GitLab's error text.
    pub error: Option<String>,
    /// Batches without a file, although GitLab is done with the relation.
    pub missing: Vec<MissingBatch>,
    pub updated_at: Option<String>,
    pub batched: bool,
    /// Batches that are ready, and all of them; 0 of 0 where it is not batched.
    pub batches_ready: u64,
    pub batches: u64,
    /// Records, by GitLab's count.
    pub objects_count: Option<u64>,
    /// GitLab skipped this relation and offers the file of the export before.
    pub kept: bool,
    /// The list still shows the export before the one that was asked for; its files are not offered.
    pub stale: bool,
    /// One file, or one a batch.
    pub files: Arc<[RelationFileView]>,
}

impl RelationRow {
    /// The row of `relation`, of which nothing was downloaded.
    pub fn of(run: &RelationsRun, relation: &Relation, patience: &RelationsPatience) -> Self {
        let stale = run.is_stale(relation, patience);
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
            updated_at: relation.updated_at.clone(),
            batched: relation.batched,
            batches_ready: relation.batches.iter().filter(ready).count() as u64,
            batches: relation.batches_count.unwrap_or(relation.batches.len() as u64),
            objects_count: relation.objects_count,
            kept: run.is_kept(relation, patience),
            stale,
            files: relation.files().iter().map(file).collect(),
        }
    }

    /// Why it is not whole: GitLab's words for it, or else for its batches.
    pub fn why(&self) -> Option<String> {
        self.error.clone().or_else(|| lacks(&self.missing))
    }
}

/// The downloads of a run, in sum.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationsDownload {
    pub folder: PathBuf,
    /// Whether files are still on their way.
    pub is_moving: bool,
    /// Files that a person stopped for a while.
    pub files_paused: usize,
    pub files_done: usize,
    pub files_failed: usize,
    /// Files that were asked for.
    pub files_all: usize,
    pub bytes: u64,
    pub bytes_per_s: u64,
    /// Speed of the last minute, oldest first, a sample a second.
    pub speeds: Arc<[u32]>,
    /// What is wrong with the download as a whole, for example a manifest that could not be written.
    pub trouble: Option<UserError>,
}

/// One file of a relation: what GitLab lists, and its download.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationFileView {
    /// Number of the batch, where it is one.
    pub batch: Option<u64>,
    /// Records by GitLab's count.
    pub objects_count: Option<u64>,
    /// Whether it can be downloaded; else GitLab is still at work on it, or failed.
    pub is_offered: bool,
    /// Its download, once it was asked for.
    pub download: Option<Arc<DownloadView>>,
}

impl RelationFileView {
    /// Where its download stands; `None` where it was not asked for.
    pub fn state(&self) -> Option<DownloadState> {
        self.download.as_ref().map(|download| download.state)
    }

    /// Whether its download is in this state.
    pub fn is(&self, state: DownloadState) -> bool {
        self.state() == Some(state)
    }

    /// Whether it waits for its turn or is on its way.
    pub fn is_moving(&self) -> bool {
        self.state().is_some_and(DownloadState::is_moving)
    }

    /// Whether it is in the folder, verified.
    pub fn is_there(&self) -> bool {
        self.is(DownloadState::Done)
    }

    /// What is known of it since it was downloaded.
    pub fn facts(&self) -> Option<&RelationFileFacts> {
        self.download.as_ref()?.relation.as_ref()
    }

    pub fn bytes(&self) -> u64 {
        self.download.as_ref().map_or(0, |download| download.bytes)
    }

    /// Records found in it.
    pub fn records(&self) -> Option<u64> {
        self.facts()?.records
    }

    pub fn sha256(&self) -> Option<&str> {
        self.facts()?.sha256.as_deref()
    }

    pub fn warnings(&self) -> &[FileWarning] {
        self.facts().map_or(&[], |facts| &facts.warnings)
    }

    /// Where it lies; `None` until it has its name.
    pub fn path(&self) -> Option<&Path> {
        self.download.as_ref()?.path.as_deref()
    }

    pub fn trouble(&self) -> Option<&UserError> {
        self.download.as_ref()?.trouble.as_ref()
    }

    pub fn waiting(&self) -> Option<&Waiting> {
        self.download.as_ref()?.waiting.as_ref()
    }

    /// The word in JSON.
    pub fn as_str(&self) -> &'static str {
        match self.state() {
            None if self.is_offered => "offered",
            None => "not_offered",
            Some(DownloadState::Queued) => "queued",
            Some(DownloadState::Running | DownloadState::Verifying) => "running",
            Some(DownloadState::Paused) => "paused",
            Some(DownloadState::Done) if self.facts().is_some_and(|facts| facts.was_there) => "unchanged",
            Some(DownloadState::Done) => "done",
            Some(DownloadState::Failed) => "failed",
            Some(DownloadState::Cancelled) => "halted",
        }
    }
}

/// One thing to do with a relations export. The answer is `Relations` unless said otherwise; what goes on
/// afterwards is seen in [`super::RelationsView`].
#[derive(Debug)]
pub enum RelationsCommand {
    /// Looks, then asks GitLab for all relations, or adopts the export under way, and watches it to its end. With
    /// `collect`, an export of ours that has finished since the last look is the answer, as it is after a crash.
    ///
    /// Starting deletes the files of the export before: refused where finished ones were not downloaded, unless
    /// `replace` agrees.
    Start {
        instance: String,
        project: String,
        case: Option<CaseId>,
        batched: bool,
        collect: bool,
        replace: bool,
    },
    /// One look; what is under way is watched on.
    Look { instance: String, project: String, case: Option<CaseId> },
    /// One look at relations by name, one call each; nothing is watched. Answer: `RelationsSeen`.
    LookAt { instance: String, project: String, relations: Vec<String> },
    /// No longer watches; GitLab goes on. Answer: `Done`.
    Leave { run: RelationsId },
    /// Looks, then brings what GitLab offers and what is not in the folder yet, proven, with a `manifest.json`.
    Download { instance: String, project: String, case: Option<CaseId>, options: RelationsOptions },
    /// Stops the downloads of a run for a while. Answer: `Done`.
    Pause { run: RelationsId },
    /// Goes on with what was paused. Answer: `Done`.
    Resume { run: RelationsId },
    /// Ends the downloads of a run; what came of a file stays and is gone on with by the next `Download`.
    /// Answer: `Done`.
    Halt { run: RelationsId },
}

/// How to download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationsOptions {
    /// `None` is `<download folder>/<project>_relations`.
    pub folder: Option<PathBuf>,
    /// Names of relations; empty is all of them. With one name this is the retry of a row.
    pub relations: Vec<String>,
    /// Numbers of batches, of the one relation that is named; empty is all of them.
    pub batches: Vec<u64>,
}

/// What GitLab says of relations that were asked for by name.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationsSeen {
    pub project_id: u64,
    pub project_path: String,
    /// In the order of the question, each with its row.
    pub relations: Vec<(Relation, RelationRow)>,
    /// Names of which this user has no export.
    pub not_found: Vec<String>,
}
