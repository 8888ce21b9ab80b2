//! The state as front ends see it: one immutable snapshot, replaced as a whole.
//!
//! Lists are behind `Arc`s that stay the same while nothing in them changed, so that a front end can compare pointers
//! to find out whether it must redraw.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::{Case, OfferLog, Rules, UserError, UtcMs};

use super::Busy;
use super::account::InstanceView;
use super::ask::{AskId, Waiting};
use super::batch::{BatchCheckView, BatchView};
use super::build::BuildView;
use super::deadline::DueDeadline;
use super::download::DownloadView;
use super::export::RunView;
use super::fill::FillView;
use super::import::ImportView;
use super::inspection::InspectionView;
use super::journal::JournalLine;
use super::practice::PracticeView;
use super::rebuild::RebuildView;
use super::relations::RelationsView;
use super::reply::Reply;
use super::settings::Settings;
use super::text_config::{TextConfig, UpstreamTexts};

/// All state at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Increases by one with every snapshot.
    pub seq: u64,
    pub at: UtcMs,
    pub instances: Arc<[InstanceView]>,
    /// Newest first.
    pub cases: Arc<[Arc<Case>]>,
    /// Newest first.
    pub runs: Arc<[Arc<RunView>]>,
    /// Newest first.
    pub downloads: Arc<[Arc<DownloadView>]>,
    /// Relations exports, newest first.
    pub relations: Arc<[Arc<RelationsView>]>,
    /// Newest first.
    pub imports: Arc<[Arc<ImportView>]>,
    /// Verifications of archives on disk, running or finished.
    pub inspections: Arc<[Arc<InspectionView>]>,
    /// Archives that are being rebuilt from relation files, or were; newest first.
    pub builds: Arc<[Arc<BuildView>]>,
    /// Readings of what relations exports lack, newest first.
    pub fills: Arc<[Arc<FillView>]>,
    /// Batches of exports, newest first.
    pub batches: Arc<[Arc<BatchView>]>,
    /// Checks of many projects, newest first.
    pub batch_checks: Arc<[Arc<BatchCheckView>]>,
    /// Archives that are rebuilt from a new relations export, newest first.
    pub rebuilds: Arc<[Arc<RebuildView>]>,
    /// The latest journal lines, oldest first. A front end that reads slowly finds gaps by `seq`.
    pub journal: Arc<[JournalLine]>,
    /// The offer log: every one-time offer ever sent.
    pub offer_log: Arc<OfferLog>,
    /// Deadlines and retentions.
    pub rules: Arc<Rules>,
    /// Deadlines that are due soon and need an action.
    pub due_deadlines: Arc<[DueDeadline]>,
    /// The handbook's data and the user's templates.
    pub text_config: Arc<TextConfig>,
    /// GitLab's own texts that were fetched so far.
    pub live: Arc<UpstreamTexts>,
    /// The last replies, oldest first.
    pub replies: Arc<[Arc<Reply>]>,
    /// Commands that wait before their next try, and why.
    pub asking: Arc<[(AskId, Waiting)]>,
    pub practice: Option<Arc<PracticeView>>,
    /// Whether the computer must stay awake.
    pub busy: Busy,
    /// Whether network calls fail everywhere: no GitLab answers. It ends with the next answer.
    pub is_offline: bool,
    /// Where archives go by default.
    pub download_folder: PathBuf,
    /// The user's settings.
    pub settings: Arc<Settings>,
    /// An error of Export Desk itself, for example a full disk under the database.
    pub error: Option<UserError>,
}

impl Snapshot {
    /// The snapshot before any state is loaded.
    pub fn empty() -> Self {
        Self {
            seq: 0,
            at: UtcMs(0),
            instances: Arc::new([]),
            cases: Arc::new([]),
            runs: Arc::new([]),
            downloads: Arc::new([]),
            relations: Arc::new([]),
            imports: Arc::new([]),
            inspections: Arc::new([]),
            builds: Arc::new([]),
            fills: Arc::new([]),
            batches: Arc::new([]),
            batch_checks: Arc::new([]),
            rebuilds: Arc::new([]),
            journal: Arc::new([]),
            offer_log: Arc::default(),
            rules: Arc::default(),
            due_deadlines: Arc::new([]),
            text_config: Arc::default(),
            live: Arc::default(),
            replies: Arc::new([]),
            asking: Arc::new([]),
            practice: None,
            busy: Busy::Idle,
            is_offline: false,
            download_folder: PathBuf::new(),
            settings: Arc::default(),
            error: None,
        }
    }
}
