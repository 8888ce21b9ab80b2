//! Messages from tasks to [`super::Jobs`].

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::archive::Report;

use crate::case::import::ImportSeen;
use crate::case::{CaseId, ImportId, JobId, Polled, RebuildId, RebuildStep, Relation, RunId, UserError};
use crate::engine::access::{PollFailed, SendFailed};
use crate::engine::api::{AskId, ProjectHit, RelationsOptions, StartOptions, Waiting};
use crate::engine::manifest::SourceFacts;
use crate::engine::preflight::Preflight;
use crate::gitlab::{Project, RelationImport};

use super::import::draft::ImportDraft;
use super::import::pack::PackedRelation;

/// One input of the jobs.
#[derive(Debug)]
pub enum JobsInput {
    /// A poll has ended.
    Polled {
        id: JobId,
        result: Result<Polled, PollFailed>,
    },
    /// The request of a job is about to be sent. The task sends it after `go` confirms that the store knows.
    AboutToSend {
        id: JobId,
        go: oneshot::Sender<()>,
    },
    /// GitLab certainly did not accept the request. It may be sent again.
    NotSent {
        id: JobId,
    },
    /// The request waits before it is sent.
    Waits {
        id: JobId,
        waiting: Waiting,
    },
    /// The request has ended. `waits_for_end` tells whether the caller waits for the job's end.
    Sent {
        id: JobId,
        ask: AskId,
        waits_for_end: bool,
        result: Result<AcceptedRequest, SendFailed>,
    },
    Export {
        ask: AskId,
        purpose: ExportPurpose,
        result: Result<Box<Preflight>, UserError>,
    },
    Relations {
        ask: AskId,
        purpose: RelationsPurpose,
        result: Result<Box<RelationsPreflight>, UserError>,
    },
    /// The preflight of an import's target has ended.
    Targeted {
        ask: AskId,
        draft: Box<ImportDraft>,
        result: Result<Box<TargetPreflight>, UserError>,
    },
    /// The verification of an import's archive has ended.
    Verified {
        import: ImportId,
        result: Result<VerifiedArchive, UserError>,
    },
    /// Whether the archive of a rebuild got its name before the program ended.
    RebuildNamed {
        id: RebuildId,
        is_there: bool,
    },
    /// A user's check of an import has ended.
    ImportSeen {
        ask: AskId,
        instance: String,
        result: Result<Box<ImportSeen>, UserError>,
    },
}

/// An archive that was verified before its upload.
#[derive(Debug)]
pub struct VerifiedArchive {
    pub report: Arc<Report>,
    /// The archive to send instead of the file, which was a single relation of a relations export.
    pub packed: Option<PackedRelation>,
}

/// GitLab has accepted a request.
#[derive(Debug)]
pub struct AcceptedRequest {
    pub correlation_id: Option<String>,
    /// The job's status, where GitLab's answer contains one.
    pub polled: Option<Polled>,
}

/// The command behind an export's preflight.
#[derive(Debug)]
pub enum ExportPurpose {
    CheckOnce,
    /// `downloaded` are the runs whose archives are on this computer, verified.
    Start {
        case: Option<CaseId>,
        options: StartOptions,
        downloaded: BTreeSet<RunId>,
    },
    Watch {
        case: Option<CaseId>,
    },
}

/// The command behind a relations export's preflight.
#[derive(Debug)]
pub enum RelationsPurpose {
    Start { case: Option<CaseId>, start: RelationsStart },
    CheckOnce { case: Option<CaseId> },
    Download { case: Option<CaseId>, options: RelationsOptions, rebuild: Option<RebuildId> },
}

impl RelationsPurpose {
    /// The step of a rebuild that needs the answer.
    pub fn step(&self) -> RebuildStep {
        match self {
            Self::Start { .. } => RebuildStep::Request,
            Self::CheckOnce { .. } | Self::Download { .. } => RebuildStep::Download,
        }
    }

    /// The rebuild that takes the answer instead of a person.
    pub fn rebuild(&self) -> Option<RebuildId> {
        match self {
            Self::Start { start, .. } => start.rebuild,
            Self::Download { rebuild, .. } => *rebuild,
            Self::CheckOnce { .. } => None,
        }
    }
}

/// How a relations export is started.
#[derive(Clone, Copy, Debug)]
pub struct RelationsStart {
    pub batched: bool,
    /// An export that this program started and that has finished since the last poll is the answer.
    pub collect: bool,
    /// GitLab may delete files that were not downloaded.
    pub replace: bool,
    /// The rebuild that needs the export.
    pub rebuild: Option<RebuildId>,
}

/// The state of a project and its relations when a command started.
#[derive(Debug)]
pub struct RelationsPreflight {
    pub instance: String,
    pub project: Project,
    pub relations: Vec<Relation>,
    /// Read only for downloads.
    pub source: SourceFacts,
}

/// What exists at the target of an import.
#[derive(Debug)]
pub struct TargetPreflight {
    /// `None` where a namespace's ID does not reveal its path.
    pub full_path: Option<String>,
    pub existing: Option<ProjectHit>,
    /// Whether the instance knows `namespace_id` and `namespace_path`.
    pub new_names: bool,
    pub path: String,
    pub namespace: Option<String>,
    /// GitLab's list of relation imports into an existing project.
    pub relation_imports: Vec<RelationImport>,
}
