//! What the faces see: one immutable picture of all state, replaced as a whole.
//!
//! Lists are behind `Arc`s that stay the same while nothing in them changed, so that a face can tell by
//! pointer whether it must look again.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::{Case, Ledger, Rules, UserError, UtcMs};

use super::account::InstanceView;
use super::ask::{AskId, Waiting};
use super::build::BuildView;
use super::deadline::DueDeadline;
use super::download::DownloadView;
use super::export::RunView;
use super::import::ImportView;
use super::inspection::InspectionView;
use super::journal::JournalLine;
use super::practice::PracticeView;
use super::relations::RelationsView;
use super::reply::Reply;
use super::settings::Settings;
use super::wording::{LiveTexts, TextConfig};

/// The picture at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Grows by one with every picture.
    pub seq: u64,
    pub at: UtcMs,
    pub instances: Arc<[InstanceView]>,
    /// Newest first.
    pub cases: Arc<[Arc<Case>]>,
    /// Newest first.
    pub runs: Arc<[Arc<RunView>]>,
    /// Newest first.
    pub transfers: Arc<[Arc<DownloadView>]>,
    /// Relations exports, newest first.
    pub relations: Arc<[Arc<RelationsView>]>,
    /// Newest first.
    pub imports: Arc<[Arc<ImportView>]>,
    /// Archives on disk that are being walked, or have been.
    pub inspections: Arc<[Arc<InspectionView>]>,
    /// Archives that are rebuilt from relation files, or were; newest first.
    pub builds: Arc<[Arc<BuildView>]>,
    /// The end of the journal, oldest first; `seq` tells a slow reader what it missed.
    pub journal: Arc<[JournalLine]>,
    /// Every one-time offer ever sent.
    pub ledger: Arc<Ledger>,
    /// Deadlines and retentions.
    pub rules: Arc<Rules>,
    /// Clocks that are about to end and ask for something.
    pub ending: Arc<[DueDeadline]>,
    /// The handbook's data and the person's own templates.
    pub wording: Arc<TextConfig>,
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
    pub settings: Arc<Settings>,
    /// What is wrong with the desk itself, for example a full disk under the database.
    pub trouble: Option<UserError>,
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
            builds: Arc::new([]),
            journal: Arc::new([]),
            ledger: Arc::default(),
            rules: Arc::default(),
            ending: Arc::new([]),
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
