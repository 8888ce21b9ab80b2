//! What comes back to the engine's thread: questions from the faces, answers from the network.

use tokio::sync::oneshot;

use crate::case::{CaseId, Event, Fact, RunId, Trouble, What};
use crate::gitlab::{ExportStatus, Project, Token};
use crate::texts::Kind;

use super::access::{LookFailed, PostFailed};
use super::api::{Answer, AskId, CheckView, Command, StartOptions, Target, Waiting};
use super::cleaner::Deletion;
use super::downloads::DownloadsInput;
use super::imports::ImportNews;
use super::inspections::InspectionsInput;
use super::keys::KeyAnswer;
use super::relations::RelationsNews;

/// One thing for the engine's thread to decide upon.
#[derive(Debug)]
pub enum Input {
    Ask(AskId, Command),
    /// A question is still being asked; `None` once it no longer waits.
    AskWaits(AskId, Option<Waiting>),
    /// A task has the whole answer.
    Answered(AskId, Result<Answer, Trouble>),
    TokenFound {
        instance: String,
        answer: KeyAnswer<Token>,
    },
    TokenKept {
        ask: AskId,
        check: Box<CheckView>,
        answer: KeyAnswer<()>,
    },
    Checked {
        ask: AskId,
        keep: Option<Token>,
        result: Result<Box<CheckView>, Trouble>,
    },
    Surveyed {
        ask: AskId,
        purpose: Purpose,
        result: Result<Box<Survey>, Trouble>,
    },
    /// A POST is about to leave; it goes when that is written down.
    PostLeaves {
        run: RunId,
        go: oneshot::Sender<()>,
    },
    /// GitLab surely did not take the POST, and it is going to be sent again.
    PostHeld {
        run: RunId,
    },
    /// `waits` tells whether whoever asked stays to see the run's end.
    Posted {
        ask: AskId,
        run: RunId,
        waits: bool,
        result: Result<Option<String>, PostFailed>,
    },
    /// Something was written into a tracker for a case, or was not.
    Written {
        ask: AskId,
        case: CaseId,
        result: Result<Box<Written>, Trouble>,
    },
    LiveFetched {
        ask: AskId,
        kind: Kind,
        source: String,
        result: Result<String, Trouble>,
    },
    Looked {
        run: RunId,
        result: Result<ExportStatus, LookFailed>,
    },
    Downloads(DownloadsInput),
    /// What came of each archive that was to be deleted.
    ArchivesDeleted {
        ask: AskId,
        results: Vec<Deletion>,
    },
    Relations(RelationsNews),
    Import(ImportNews),
    Inspections(InspectionsInput),
}

/// What a project and its export looked like when a command began.
#[derive(Debug)]
pub struct Survey {
    pub instance: String,
    pub project: Project,
    /// User name behind the token, where it was asked for and GitLab told.
    pub user: Option<String>,
    /// Absent where the purpose needs no look at the export.
    pub status: Option<ExportStatus>,
}

/// What a survey is for.
#[derive(Debug)]
pub enum Purpose {
    Look,
    Start {
        case: Option<CaseId>,
        options: StartOptions,
    },
    Watch {
        case: Option<CaseId>,
    },
    Download {
        case: Option<CaseId>,
        target: Target,
        connections: Option<u8>,
    },
    /// The facts of a case's project, then perhaps an event that needs to know which project it is.
    KnowProject {
        case: CaseId,
        then: Option<Event>,
    },
}

impl Purpose {
    /// Whether the export's status is looked at, beside the project.
    pub fn needs_status(&self) -> bool {
        match self {
            Self::Look | Self::Start { .. } | Self::Watch { .. } => true,
            Self::Download { .. } | Self::KnowProject { .. } => false,
        }
    }
}

/// What stands in a tracker now, for the case to know.
#[derive(Debug)]
pub struct Written {
    pub what: What,
    pub facts: Vec<(Fact, String)>,
    pub url: String,
    pub notes: Vec<String>,
    /// What did not work after this much did.
    pub but: Option<Trouble>,
}
