//! What comes back to the engine's thread: questions from the faces, answers from the network.

use tokio::sync::oneshot;

use crate::case::{CaseId, RunId, TransferId, Trouble};
use crate::gitlab::{ExportStatus, Project, Token};

use super::access::{LookFailed, PostFailed};
use super::accounts::AccountsInput;
use super::api::{Answer, AskId, Command, StartOptions, Target, Waiting};
use super::bring::Ended;
use super::cases::CasesInput;
use super::imports::ImportNews;
use super::inspections::InspectionsInput;
use super::keys::KeyAnswer;
use super::naming::Naming;
use super::old_archives::OldArchivesInput;
use super::relations::RelationsNews;
use super::texts::TextsInput;
use super::tracker::TrackerInput;

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
    Accounts(AccountsInput),
    Cases(CasesInput),
    Texts(TextsInput),
    Tracker(TrackerInput),
    OldArchives(OldArchivesInput),
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
    Looked {
        run: RunId,
        result: Result<ExportStatus, LookFailed>,
    },
    /// A proven archive gets its name as soon as `written` says that it is on record.
    TransferNaming {
        id: TransferId,
        naming: Naming,
        written: oneshot::Sender<()>,
    },
    TransferEnded {
        id: TransferId,
        result: Box<Ended>,
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
    Start { case: Option<CaseId>, options: StartOptions },
    Watch { case: Option<CaseId> },
    Download { case: Option<CaseId>, target: Target, connections: Option<u8> },
}

impl Purpose {
    /// Whether the export's status is looked at, beside the project.
    pub fn needs_status(&self) -> bool {
        match self {
            Self::Look | Self::Start { .. } | Self::Watch { .. } => true,
            Self::Download { .. } => false,
        }
    }
}
