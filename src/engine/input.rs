//! What comes back to the engine's thread: questions from the faces, answers from the network.

use tokio::sync::oneshot;

use crate::case::{CaseId, Event, Fact, RelationsId, TransferId, Trouble, What};
use crate::gitlab::Token;
use crate::texts::Kind;

use super::api::{Answer, AskId, CheckView, Command, Target, Waiting};
use super::bring::Ended;
use super::cleaner::Deletion;
use super::inspections::InspectionsInput;
use super::jobs::JobsInput;
use super::keys::KeyAnswer;
use super::naming::Naming;
use super::relations::FileEnd;
use super::survey::Survey;

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
    /// What came of each archive that was to be deleted.
    ArchivesDeleted {
        ask: AskId,
        results: Vec<Deletion>,
    },
    Jobs(JobsInput),
    /// A file of a relations export has come, or will not.
    RelationFileEnded {
        run: RelationsId,
        relation: String,
        batch: Option<u64>,
        end: Box<FileEnd>,
    },
    Inspections(InspectionsInput),
}

/// What a survey is for.
#[derive(Debug)]
pub enum Purpose {
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
