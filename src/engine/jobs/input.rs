//! What comes back to [`super::Jobs`] from its tasks.

use std::collections::BTreeSet;
use std::sync::Arc;

use tempfile::TempPath;
use tokio::sync::oneshot;

use crate::archive::Report;

use crate::case::import::ImportSeen;
use crate::case::{CaseId, ImportId, JobId, Polled, Relation, RunId, UserError};
use crate::engine::access::{PollFailed, SendFailed};
use crate::engine::api::{AskId, ProjectHit, RelationsOptions, StartOptions, Waiting};
use crate::engine::manifest::SourceFacts;
use crate::engine::preflight::Preflight;
use crate::gitlab::{Project, RelationImport};

use super::import::draft::ImportDraft;

/// One thing for the jobs to decide upon.
#[derive(Debug)]
pub enum JobsInput {
    /// A poll has ended.
    Polled {
        id: JobId,
        result: Result<Polled, PollFailed>,
    },
    /// The request of a job is about to leave; it goes when that is written down.
    Leaves {
        id: JobId,
        go: oneshot::Sender<()>,
    },
    /// GitLab certainly did not accept it, and it is perhaps going to be sent again.
    Held {
        id: JobId,
    },
    /// It waits before it is sent.
    Waits {
        id: JobId,
        waiting: Waiting,
    },
    /// It has ended. `stays` tells whether whoever asked stays to see the job's end.
    Sent {
        id: JobId,
        ask: AskId,
        stays: bool,
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
    /// The target of an import that is about to begin.
    Targeted {
        ask: AskId,
        draft: Box<ImportDraft>,
        result: Result<Box<TargetPreflight>, UserError>,
    },
    /// The archive of an import has been walked.
    Verified {
        import: ImportId,
        result: Result<WalkedArchive, UserError>,
    },
    /// A look at an import that somebody asked for.
    ImportSeen {
        ask: AskId,
        instance: String,
        result: Result<Box<ImportSeen>, UserError>,
    },
}

/// An archive that was walked before it is sent.
#[derive(Debug)]
pub struct WalkedArchive {
    pub report: Arc<Report>,
    /// What is sent in place of the file: the file was one relation of a relations export.
    pub packed: Option<TempPath>,
}

/// GitLab has accepted a request.
#[derive(Debug)]
pub struct AcceptedRequest {
    pub correlation_id: Option<String>,
    /// Where the job stands, where the answer tells.
    pub polled: Option<Polled>,
}

/// What an export is looked at for.
#[derive(Debug)]
pub enum ExportPurpose {
    Look,
    /// `downloaded` are the runs whose archives are on this machine, verified.
    Start {
        case: Option<CaseId>,
        options: StartOptions,
        downloaded: BTreeSet<RunId>,
    },
    Watch {
        case: Option<CaseId>,
    },
}

/// What a relations export is looked at for.
#[derive(Debug)]
pub enum RelationsPurpose {
    Start { case: Option<CaseId>, start: RelationsStart },
    Look { case: Option<CaseId> },
    Download { case: Option<CaseId>, options: RelationsOptions },
}

/// How a relations export is started.
#[derive(Clone, Copy, Debug)]
pub struct RelationsStart {
    pub batched: bool,
    /// An export of ours that has finished since the last look is the answer.
    pub collect: bool,
    /// Files that were not downloaded may be deleted.
    pub replace: bool,
}

/// What a project and its relations looked like when a command began.
#[derive(Debug)]
pub struct RelationsPreflight {
    pub instance: String,
    pub project: Project,
    pub relations: Vec<Relation>,
    /// Asked for where files are brought.
    pub source: Option<SourceFacts>,
}

/// What was found where an import goes.
#[derive(Debug)]
pub struct TargetPreflight {
    /// `None` where a namespace's number does not tell its path.
    pub full_path: Option<String>,
    pub existing: Option<ProjectHit>,
    /// Whether the instance knows `namespace_id` and `namespace_path`.
    pub new_names: bool,
    pub path: String,
    pub namespace: Option<String>,
    /// What GitLab lists of imports of relations into a project that exists.
    pub relation_imports: Vec<RelationImport>,
}
