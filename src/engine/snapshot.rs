//! What the faces see: one immutable picture of all state, replaced as a whole.
//!
//! Lists are behind `Arc`s that stay the same while nothing in them changed, so that a face can tell by
//! pointer whether it must look again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use crate::archive::{Member, MemberKind, Members, Report};
use crate::case::{
    Case, CaseId, ImportId, Ledger, RelationsId, Rules, Run, RunId, Standing, TransferId, Trouble, UtcMs,
};
pub use crate::practice::Mark as LessonMark;

use super::against::RelationCount;
use super::bell::Ending;
use super::cleaner::OldArchive;
use super::command::AskId;
use super::drafts::Wording;
use super::imports::{ImportView, ProbeView, TargetView};
use super::receipt::Receipt;
use super::relations::RelationsView;
use super::tracker_view::{IssueSearch, LiveText, LiveTexts};

/// The picture at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Grows by one with every picture.
    pub seq: u64,
    pub at: UtcMs,
    /// How far the local clock is east of UTC at `at`, in seconds.
    pub utc_offset_s: i32,
    pub instances: Arc<[InstanceView]>,
    /// Newest first.
    pub cases: Arc<[Arc<Case>]>,
    /// Newest first.
    pub runs: Arc<[Arc<RunView>]>,
    /// Newest first.
    pub transfers: Arc<[Arc<TransferView>]>,
    /// Relations exports, newest first.
    pub relations: Arc<[Arc<RelationsView>]>,
    /// Newest first.
    pub imports: Arc<[Arc<ImportView>]>,
    /// Archives on disk that are being walked, or have been.
    pub inspections: Arc<[Arc<InspectionView>]>,
    /// The end of the journal, oldest first; `seq` tells a slow reader what it missed.
    pub journal: Arc<[JournalLine]>,
    /// Every one-time offer ever sent.
    pub ledger: Arc<Ledger>,
    /// Deadlines and retentions.
    pub rules: Arc<Rules>,
    /// Clocks that are about to end and ask for something.
    pub ending: Arc<[Ending]>,
    /// The handbook's data and the person's own templates.
    pub wording: Arc<Wording>,
    /// GitLab's own wording, as far as it was ever fetched.
    pub live: Arc<LiveTexts>,
    /// The last replies, oldest first.
    pub replies: Arc<[Reply]>,
    /// Questions that wait before they are asked again, and why.
    pub asking: Arc<[(AskId, Waiting)]>,
    pub practice: Option<Arc<PracticeView>>,
    /// Where archives go by default.
    pub download_folder: PathBuf,
    /// What the person chose, by name.
    pub settings: Arc<BTreeMap<String, serde_json::Value>>,
    /// What is wrong with the desk itself, for example a full disk under the database.
    pub trouble: Option<Trouble>,
}

impl Snapshot {
    /// The picture before anything is known.
    pub fn empty() -> Self {
        Self {
            seq: 0,
            at: UtcMs(0),
            instances: Arc::new([]),
            cases: Arc::new([]),
            runs: Arc::new([]),
            transfers: Arc::new([]),
            relations: Arc::new([]),
            imports: Arc::new([]),
            inspections: Arc::new([]),
            journal: Arc::new([]),
            ledger: Arc::default(),
            rules: Arc::default(),
            ending: Arc::new([]),
            utc_offset_s: 0,
            wording: Arc::default(),
            live: Arc::default(),
            replies: Arc::new([]),
            asking: Arc::new([]),
            practice: None,
            download_folder: PathBuf::new(),
            settings: Arc::default(),
            trouble: None,
        }
    }
}

/// The answer to one question.
#[derive(Clone, Debug)]
pub struct Reply {
    pub ask: AskId,
    pub at: UtcMs,
    pub result: Result<Answer, Trouble>,
}

#[derive(Clone, Debug)]
pub enum Answer {
    Done,
    Checked(Arc<CheckView>),
    Projects(Arc<[ProjectHit]>),
    Looked(Arc<LookView>),
    Run(RunId),
    Transfer(TransferId),
    Relations(RelationsId),
    Import(ImportId),
    Target(Arc<TargetView>),
    Probed(Arc<ProbeView>),
    Verified(Arc<InspectionView>),
    Case(CaseId),
    Audited {
        rows: u64,
    },
    Journal(Arc<[JournalLine]>),
    OldArchives(Arc<[OldArchive]>),
    /// How many archives are gone, how many bytes that freed, and why others are still there.
    Deleted {
        files: u64,
        bytes: u64,
        kept: Vec<String>,
    },
    /// Diagnostics to be read before they are saved.
    Bundle(Arc<str>),
    Issues(Arc<IssueSearch>),
    /// Something stands in a tracker now, and the case knows it.
    Posted {
        url: String,
        /// What the person should know besides: labels that GitLab dropped, an answer that was lost on the way.
        notes: Vec<String>,
    },
    Live(Arc<LiveText>),
    Practice(Arc<PracticeView>),
}

/// One GitLab and what is known of the token for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceView {
    /// Base URL, the instance's name everywhere.
    pub url: String,
    pub is_practice: bool,
    pub token: TokenState,
    /// The last answer to a check.
    pub account: Option<Account>,
}

/// Where the token of an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Looking into the keyring; it may be waiting for the person to unlock it.
    Looking,
    InKeyring,
    /// From the environment.
    FromEnvironment,
    /// No keyring answered: it is kept for this run only.
    ThisRunOnly,
    KeyringLocked,
    Missing,
}

impl TokenState {
    /// Whether GitLab can be asked with it.
    pub fn is_there(self) -> bool {
        matches!(self, Self::InKeyring | Self::FromEnvironment | Self::ThisRunOnly)
    }
}

/// Who the token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub user: String,
    pub gitlab_version: String,
    /// Empty where GitLab does not tell (tokens that are not personal ones).
    pub scopes: Vec<String>,
    /// A date, `2026-12-01`.
    pub expires_on: Option<String>,
    /// Whole days to `expires_on`, by the clock at `checked_at`.
    pub days_left: Option<i64>,
    pub checked_at: UtcMs,
}

/// The answer to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    pub instance: String,
    pub account: Account,
    pub project: Option<ProjectCheck>,
    /// Whether the token was kept in the keyring; tells the window to say so where not.
    pub token: TokenState,
}

/// Whether a project may be exported with this token, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCheck {
    pub project: ProjectHit,
    pub may_export: bool,
    /// One sentence, also where it may.
    pub reason: String,
    /// The code a command would end with, where it may not.
    pub code: Option<crate::case::Code>,
}

/// One project as GitLab describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectHit {
    pub id: u64,
    pub path: String,
    pub web_url: String,
    pub visibility: String,
    pub archived: bool,
    /// Repository, LFS, wiki, uploads and the rest as far as the statistics tell; GitLab does not show the
    /// size it checks against the export limit.
    pub export_bytes_about: Option<u64>,
    pub access_level: Option<u64>,
}

/// One look at a project's export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookView {
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    /// GitLab's word, untouched.
    pub server_word: String,
    pub standing: Standing,
    /// The run it belongs to, where this program knows one.
    pub run: Option<RunId>,
}

/// A run and what is true about it now.
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    pub run: Run,
    pub standing: Standing,
    /// When the next look is due, while it is watched.
    pub next_look_at: Option<UtcMs>,
    /// Why nothing was heard lately: network down, a limit waited for.
    pub waiting: Option<Waiting>,
    /// Why it is no longer watched although it has not ended; `Watch` takes it up again.
    pub trouble: Option<Trouble>,
}

/// Something that is waited for, told to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// One sentence.
    pub why: String,
    pub until: Option<UtcMs>,
}

/// One download.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferView {
    pub id: TransferId,
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    pub created_at: UtcMs,
    pub state: TransferState,
    /// The final name once it is known.
    pub path: Option<PathBuf>,
    pub folder: PathBuf,
    pub bytes: u64,
    pub total_bytes: Option<u64>,
    pub bytes_per_s: u64,
    /// Speed of the last minute, oldest first, a sample a second.
    pub speeds: Arc<[u32]>,
    pub seconds_left: Option<u64>,
    pub connections: u8,
    pub resumed: u32,
    pub restarted: u32,
    pub retries: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
    pub waiting: Option<Waiting>,
    /// The last things that happened, oldest first. `seq` tells a slow reader what it missed.
    pub told: Arc<[TransferEvent]>,
    pub done: Option<Arc<Receipt>>,
    pub trouble: Option<Trouble>,
}

/// One thing that happened to a transfer: a wait, a resume, a new beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferEvent {
    /// Counts the events of a transfer since the program's start, from 1.
    pub seq: u64,
    /// One sentence; for a wait its reason alone.
    pub sentence: String,
    /// How long it waits, where it is a wait; 0 where it tries again at once.
    pub wait_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TransferState {
    /// Waits for its turn.
    Queued,
    Running,
    /// All bytes are here; the rest of the archive is being proven.
    Proving,
    Paused,
    Done,
    Failed,
    Cancelled,
}

words!(TransferState);

impl TransferState {
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// An archive on disk under the glass.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectionView {
    pub path: PathBuf,
    pub file_bytes: u64,
    pub walked_bytes: u64,
    /// Present when the walk has ended well or badly.
    pub ended: Option<Result<Arc<Report>, Trouble>>,
    pub receipt: Option<Arc<Receipt>>,
    /// Counts beside those of a live project, or why they could not be asked; absent where nobody asked.
    pub against: Option<Result<Arc<[RelationCount]>, Trouble>>,
}

/// One line of the journal in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    pub seq: i64,
    pub at: UtcMs,
    pub case_id: Option<CaseId>,
    pub run_id: Option<RunId>,
    pub kind: String,
    /// One sentence for the timeline.
    pub sentence: String,
}

/// The practice GitLab while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeView {
    pub url: String,
    /// The practice user's token: good for nothing but this practice GitLab.
    pub token: String,
    pub storage_url: String,
    pub lesson: Option<LessonView>,
    pub lessons: Vec<LessonView>,
}

/// One lesson of the practice GitLab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonView {
    pub name: String,
    pub title: String,
    pub teaches: String,
    pub steps: Vec<String>,
    /// By what each step is over; empty where nothing tells.
    pub done_when: Vec<LessonMark>,
    pub project: String,
}
