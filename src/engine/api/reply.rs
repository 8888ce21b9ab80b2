//! The reply to one command.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::batch::BatchItem;
use crate::case::{BatchId, CaseId, DownloadId, ImportId, RebuildId, RelationsId, RunId, UserError, UtcMs};

use super::account::{CheckView, ProjectHit};
use super::archive::OldArchive;
use super::ask::AskId;
use super::batch::CheckId;
use super::export::ExportStatusView;
use super::import::{ProbeView, TargetView};
use super::inspection::InspectionView;
use super::journal::{JournalLine, KeyringHead};
use super::practice::PracticeView;
use super::relations::RelationsSeen;
use super::text_config::UpstreamText;
use super::tracker::IssueSearch;

/// The reply to one command.
#[derive(Clone, Debug)]
pub struct Reply {
    pub ask: AskId,
    pub at: UtcMs,
    pub result: Result<Answer, UserError>,
}

/// A project that GitLab does not find under the given name, or does not show to the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownProject {
    pub error: UserError,
    /// Similar projects that the token can see, or other possible readings of the pasted text.
    pub may_be: Vec<String>,
}

#[derive(Clone, Debug)]
pub enum Answer {
    Done,
    Checked(Arc<CheckView>),
    Projects(Arc<[ProjectHit]>),
    CheckedOnce(Arc<ExportStatusView>),
    Run(RunId),
    Download(DownloadId),
    Relations(RelationsId),
    RelationsSeen(Arc<RelationsSeen>),
    Import(ImportId),
    Rebuild(RebuildId),
    Batch(BatchId),
    BatchCheck(CheckId),
    /// The projects of a group, in the order of their IDs.
    GroupProjects(Arc<[BatchItem]>),
    /// Free space, where the system tells it.
    FreeBytes(Option<u64>),
    /// Nothing was requested: the project at this other place of the batch is the same one.
    Repeats(usize),
    /// Nothing was requested, because the caller gave up before.
    NotRequested,
    Target(Arc<TargetView>),
    Probed(Arc<ProbeView>),
    Verified(Arc<InspectionView>),
    /// The path of the archive that is being built.
    Building(PathBuf),
    /// The folder whose missing parts are being read.
    Filling(PathBuf),
    Case(CaseId),
    /// A case was opened, but GitLab finds no such project, or the token cannot see it.
    CaseOfUnknown(CaseId, Arc<UnknownProject>),
    Audited {
        rows: u64,
        head: KeyringHead,
    },
    Journal(Arc<[JournalLine]>),
    OldArchives(Arc<[OldArchive]>),
    /// How many archives were deleted, how many bytes that freed, and why others were not deleted.
    Deleted {
        files: u64,
        bytes: u64,
        kept: Vec<String>,
    },
    /// Diagnostics, which the user reads before saving them.
    Bundle(Arc<str>),
    Issues(Arc<IssueSearch>),
    /// GitLab created an issue, a comment or labels, and the case records that.
    Posted {
        url: String,
        /// Remarks for the user, for example labels that GitLab dropped or an answer that was lost.
        notes: Vec<String>,
    },
    UpstreamText(Arc<UpstreamText>),
    Practice(Arc<PracticeView>),
}
