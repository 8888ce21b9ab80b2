//! The answer to one question.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::{CaseId, ImportId, RelationsId, RunId, TransferId, UserError, UtcMs};

use super::account::{CheckView, ProjectHit};
use super::archive::OldArchive;
use super::ask::AskId;
use super::export::LookView;
use super::import::{ProbeView, TargetView};
use super::inspection::InspectionView;
use super::journal::JournalLine;
use super::practice::PracticeView;
use super::relations::RelationsSeen;
use super::tracker::IssueSearch;
use super::wording::UpstreamText;

/// The answer to one question.
#[derive(Clone, Debug)]
pub struct Reply {
    pub ask: AskId,
    pub at: UtcMs,
    pub result: Result<Answer, UserError>,
}

/// A project that GitLab does not know under the name it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownProject {
    pub trouble: UserError,
    /// Projects that the token can see and that it may be, or else other readings of what was pasted.
    pub may_be: Vec<String>,
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
    RelationsSeen(Arc<RelationsSeen>),
    Import(ImportId),
    Target(Arc<TargetView>),
    Probed(Arc<ProbeView>),
    Verified(Arc<InspectionView>),
    /// The archive that is being built.
    Building(PathBuf),
    Case(CaseId),
    /// A case was opened, and GitLab says that there is no such project, or none that the token can see.
    CaseOfUnknown(CaseId, Arc<UnknownProject>),
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
    UpstreamText(Arc<UpstreamText>),
    Practice(Arc<PracticeView>),
}
