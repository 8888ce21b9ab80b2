//! Many exports as one batch: what becomes of each project, in which order and when, and how the batch ends. Each
//! export is an ordinary [`crate::case::Run`], and each download an ordinary one: a batch only remembers which.

mod again;
mod end;
mod list;
mod manifest;
mod plan;
mod stop;
mod turn;

use serde::{Deserialize, Serialize};

use super::id::{BatchId, DownloadId, RunId};
use super::job::export::{Origin, Outcome, Run};
use super::time::UtcMs;
use super::user_error::{Code, UserError};

pub use again::{ArchiveOnDisk, TakeUp};
pub use end::{BatchCounts, counts, worst, worst_code};
pub use list::{MOST_PROJECTS, NamedAt, ProjectList, Repeated, read_lines, read_list};
pub use manifest::{BatchManifest, KIND as MANIFEST_KIND, ManifestRow, csv, manifest};
pub use plan::{
    CheckCounts, CheckOptions, CheckedProject, Exportable, MOST_UNASKED, check_counts, exportable,
};
pub use turn::Turns;

/// How many times a project is requested without a person, and how many times in a row GitLab may answer with an error
/// of its own.
pub const MOST_ATTEMPTS: u32 = 3;

/// What a batch exports, and where its archives go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportBatch {
    pub id: BatchId,
    /// Base URL of the instance.
    pub instance: String,
    pub created_at: UtcMs,
    pub goal: BatchGoal,
    /// Where the archives and the manifest go.
    pub folder: Option<String>,
    /// Replaces the description inside every archive.
    #[serde(default)]
    pub description: Option<String>,
    /// The person agreed to lose existing export files.
    #[serde(default)]
    pub replace: bool,
    #[serde(default)]
    pub connections: Option<u8>,
    /// Why no further project is started until a person resumes the batch: a full disk, a token that GitLab rejects, or a
    /// network that stays away.
    #[serde(default)]
    pub stopped: Option<UserError>,
}

/// When a project of a batch is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchGoal {
    /// GitLab accepted the request.
    Requested,
    /// GitLab has a file.
    Exported,
    /// The archive is on disk and verified.
    Downloaded,
}

impl BatchGoal {
    /// What a project is that has come so far.
    pub fn reached(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Exported => "exported",
            Self::Downloaded => "done",
        }
    }
}

/// How far a project of a batch is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ItemStage {
    /// Nothing was requested yet.
    Waiting,
    /// GitLab exports the project, or has its file.
    Exporting,
    Downloading,
    Done,
    Failed,
    Cancelled,
    /// Another name of a project of the batch, which is exported once.
    Repeated,
}

words!(ItemStage);

impl ItemStage {
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Exporting,
        Self::Downloading,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Repeated,
    ];

    /// The stage for people and lists: what is done is what the batch is for.
    pub fn word(self, goal: BatchGoal) -> &'static str {
        if self == Self::Done { goal.reached() } else { self.as_str() }
    }

    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Repeated)
    }

    /// Whether nothing is wrong with the project: done, or done under its other name.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Done | Self::Repeated)
    }
}

/// An archive whose verification has come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFile {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
    pub verdict: String,
    /// When its bytes were verified; absent in batches of earlier versions.
    #[serde(default)]
    pub verified_at: Option<UtcMs>,
}

/// One project of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    /// As the person named it; the full path where a group's list named it.
    pub named: String,
    pub project_id: Option<u64>,
    /// Full path, once GitLab has told it.
    pub path: Option<String>,
    pub stage: ItemStage,
    /// The person holds the project back.
    #[serde(default)]
    pub is_paused: bool,
    /// About how many bytes the archive has, where GitLab told the project's size.
    #[serde(default)]
    pub expected_bytes: Option<u64>,
    #[serde(default)]
    pub run: Option<RunId>,
    #[serde(default)]
    pub download: Option<DownloadId>,
    /// How many times the batch has requested the project's export.
    #[serde(default)]
    pub attempts: u32,
    /// The export whose request was counted last.
    #[serde(default)]
    pub counted: Option<RunId>,
    /// GitLab's IDs of the requests, oldest first.
    #[serde(default)]
    pub correlation_ids: Vec<String>,
    /// GitLab's status of the export, unchanged.
    #[serde(default)]
    pub server_status: Option<String>,
    /// Our phase of the export.
    #[serde(default)]
    pub phase: Option<String>,
    #[serde(default)]
    pub file: Option<ItemFile>,
    /// The archive of the latest attempt, if it failed its verification; it has another name than a good one.
    #[serde(default)]
    pub rejected: Option<ItemFile>,
    #[serde(default)]
    pub error: Option<UserError>,
    /// The name under which the batch exports the same project.
    #[serde(default)]
    pub repeats: Option<String>,
}

/// What a download of the batch shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadSeen {
    /// Queued, running or being verified.
    Moving,
    Paused,
    /// Paused by nobody: the command that downloaded is gone.
    Left,
    Done(ItemFile),
    /// `file` is an archive that failed its verification, under the name it was moved to.
    Failed {
        error: UserError,
        file: Option<ItemFile>,
    },
    Cancelled,
}

/// What a person does with projects of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemDeed {
    /// Holds back what was not requested yet, and pauses downloads.
    Pause,
    Resume,
    Cancel,
    /// Starts failed and cancelled projects again.
    Retry,
}

/// What the batch asks for next on behalf of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemStep {
    Start,
    Download(u64),
    ResumeDownload(DownloadId),
}

impl BatchItem {
    pub fn new(named: String) -> Self {
        Self {
            named,
            project_id: None,
            path: None,
            stage: ItemStage::Waiting,
            is_paused: false,
            expected_bytes: None,
            run: None,
            download: None,
            attempts: 0,
            counted: None,
            correlation_ids: Vec::new(),
            server_status: None,
            phase: None,
            file: None,
            rejected: None,
            error: None,
            repeats: None,
        }
    }

    /// Whether nothing of the project was requested, and nothing of it is here to continue with.
    pub fn is_unrequested(&self) -> bool {
        self.stage == ItemStage::Waiting && self.run.is_none() && self.download.is_none()
    }

    /// What identifies the project: its ID, its path in any case, and how the person named it.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        let id = self.project_id.map(|id| id.to_string());
        let path = self.path.as_deref().map(str::to_lowercase);
        id.into_iter().chain(path).chain([self.named.to_lowercase()])
    }

    /// The item is another name of a project that the batch exports under its first name.
    #[must_use]
    pub fn repeating(&self, first: &str) -> Self {
        let stage = ItemStage::Repeated;
        let repeats = Some(first.to_owned());
        Self { stage, is_paused: false, run: None, error: None, repeats, ..self.clone() }
    }

    /// Full path where it is known, else as the person named it.
    pub fn title(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.named)
    }

    /// A project as GitLab lists it in a group.
    pub fn listed(id: u64, path: String) -> Self {
        Self { project_id: Some(id), path: Some(path.clone()), ..Self::new(path) }
    }

    /// The project's export was requested, or one that was running is watched.
    #[must_use]
    pub fn requested(&self, run: RunId) -> Self {
        Self { stage: ItemStage::Exporting, run: Some(run), ..self.clone() }
    }

    /// The item with the request of this export counted, if it was sent since the batch began: whoever continues the batch
    /// finds the same export again, and an export that somebody else has requested is no attempt of the batch.
    #[must_use]
    pub fn counting(&self, run: &Run, began: UtcMs) -> Self {
        if run.origin != Origin::Scheduled || run.created_at < began || self.counted == Some(run.id) {
            return self.clone();
        }
        // An earlier version counted without remembering what.
        let is_counted = self.counted.is_none() && self.attempts > 0;
        let attempts = self.attempts + u32::from(!is_counted);
        Self { attempts, counted: Some(run.id), ..self.clone() }
    }

    /// The same for the project: what a person holds back is paused.
    pub fn status(&self, goal: BatchGoal) -> &'static str {
        match self.stage {
            stage if self.is_paused && !stage.is_ended() => "paused",
            stage => stage.word(goal),
        }
    }

    #[must_use]
    pub fn downloading(&self, download: DownloadId) -> Self {
        Self { stage: ItemStage::Downloading, download: Some(download), ..self.clone() }
    }

    /// The project has failed. Where the fault is not its own, it keeps what it has, and its batch goes on from there.
    #[must_use]
    pub fn failed(&self, error: UserError) -> Self {
        let stage = match self.stage {
            _ if !ExportBatch::waits_at(&error) => ItemStage::Failed,
            ItemStage::Downloading => ItemStage::Waiting,
            stage => stage,
        };
        let is_paused = self.is_paused && !stage.is_ended();
        let mut next = Self { stage, is_paused, error: None, ..self.clone() };
        next.remember(error.correlation_id.as_deref());
        next.error = Some(error);
        next
    }

    fn remember(&mut self, id: Option<&str>) {
        if let Some(id) = id.filter(|id| !self.correlation_ids.iter().any(|known| known == id)) {
            self.correlation_ids.push(id.to_owned());
        }
    }

    /// The item after its export was checked. `failed` is why the export has failed, or why it is no longer polled.
    #[must_use]
    pub fn with_run(&self, goal: BatchGoal, run: &Run, failed: Option<UserError>) -> Self {
        let mut next = self.clone();
        next.project_id = Some(run.project_id);
        next.path = Some(run.project_path.clone());
        next.server_status = run.server_status().map(str::to_owned);
        next.phase = Some(run.phase.as_str().to_owned());
        next.expected_bytes = run.bytes_about.or(next.expected_bytes);
        next.remember(run.correlation_id.as_deref());
        if next.stage != ItemStage::Exporting {
            return next;
        }
        let is_ready = run.outcome == Some(Outcome::Ready);
        match (goal, failed) {
            (BatchGoal::Requested, _) => next.stage = ItemStage::Done,
            (_, Some(error)) if self.attempts < MOST_ATTEMPTS && never_arrived(run, &error) => {
                (next.stage, next.run) = (ItemStage::Waiting, None);
            }
            // The person agreed to lose the old file, and it must not pass for the new one.
            (_, _) if self.attempts < MOST_ATTEMPTS && run.may_be_older => {
                (next.stage, next.run) = (ItemStage::Waiting, None);
            }
            (_, Some(error)) => {
                let failed = next.failed(error);
                // An export that is over is not continued: the next one is requested.
                return if run.is_ended() && !failed.stage.is_ended() {
                    Self { stage: ItemStage::Waiting, run: None, ..failed }
                } else {
                    failed
                };
            }
            (BatchGoal::Exported, None) if is_ready => next.stage = ItemStage::Done,
            (BatchGoal::Exported | BatchGoal::Downloaded, None) => {}
        }
        // Whoever continues the export has what was missing.
        next.error = None;
        next
    }

    /// The item after a look at its download.
    #[must_use]
    pub fn with_download(&self, seen: DownloadSeen) -> Self {
        if self.stage != ItemStage::Downloading {
            return self.clone();
        }
        match seen {
            DownloadSeen::Moving => Self { is_paused: false, ..self.clone() },
            DownloadSeen::Paused => Self { is_paused: true, ..self.clone() },
            DownloadSeen::Left if self.is_paused => self.clone(),
            DownloadSeen::Left => self.again(),
            DownloadSeen::Done(file) => Self {
                stage: ItemStage::Done,
                is_paused: false,
                file: Some(file),
                rejected: None,
                error: None,
                ..self.clone()
            },
            DownloadSeen::Failed { error, file } => Self { rejected: file, ..self.failed(error) },
            DownloadSeen::Cancelled => Self { stage: ItemStage::Cancelled, ..self.clone() },
        }
    }

    /// The good archive that the project has. One that is gone counts no more.
    pub fn saved(&self) -> Option<&ItemFile> {
        self.file.as_ref().filter(|_| self.stage == ItemStage::Done)
    }

    /// The archive that the project has, good or rejected.
    pub fn archive(&self) -> Option<&ItemFile> {
        self.saved().or(self.rejected.as_ref())
    }

    /// The next request for the project, if it is not held back. `is_ready` tells whether its export has left a file.
    pub fn next_step(&self, goal: BatchGoal, is_ready: bool) -> Option<ItemStep> {
        if self.is_paused {
            return None;
        }
        match (self.stage, self.download, self.project_id) {
            (ItemStage::Waiting, Some(download), _) => Some(ItemStep::ResumeDownload(download)),
            (ItemStage::Waiting | ItemStage::Exporting, None, Some(id))
                if is_ready && goal == BatchGoal::Downloaded =>
            {
                Some(ItemStep::Download(id))
            }
            (ItemStage::Waiting, None, _) => Some(ItemStep::Start),
            _ => None,
        }
    }

    /// The item after a deed, or `None` where the deed changes nothing.
    pub fn after(&self, deed: ItemDeed) -> Option<Self> {
        self.allows(deed).then(|| match deed {
            ItemDeed::Pause => Self { is_paused: true, ..self.clone() },
            ItemDeed::Resume => self.again(),
            ItemDeed::Cancel => Self { stage: ItemStage::Cancelled, is_paused: false, ..self.clone() },
            ItemDeed::Retry => self.started_again(),
        })
    }

    /// Whether [`Self::after`] changes the item. Cheap: a table asks it of every selected project.
    pub fn allows(&self, deed: ItemDeed) -> bool {
        match deed {
            ItemDeed::Retry => matches!(self.stage, ItemStage::Failed | ItemStage::Cancelled),
            _ if self.stage.is_ended() => false,
            ItemDeed::Pause => !self.is_paused,
            ItemDeed::Resume => self.is_paused,
            ItemDeed::Cancel => true,
        }
    }
}

/// Whether the request was lost, with the program that sent it or on the way: GitLab shows no export for it, so that
/// another request does no harm.
fn never_arrived(run: &Run, error: &UserError) -> bool {
    let is_lost = matches!(run.outcome, Some(Outcome::NotAccepted { .. }));
    is_lost && (ExportBatch::may_pass(error) || error.code == Code::Internal)
}

#[cfg(test)]
mod tests;
