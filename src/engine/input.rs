//! What comes back to the engine's thread: questions from the faces, answers from the network.

use tokio::sync::oneshot;

use crate::case::{CaseId, RelationsId, TransferId, Trouble};
use crate::gitlab::Token;

use super::accounts::AccountsInput;
use super::api::{Answer, AskId, Command, Target, Waiting};
use super::bring::Ended;
use super::cases::CasesInput;
use super::inspections::InspectionsInput;
use super::jobs::JobsInput;
use super::keys::KeyAnswer;
use super::naming::Naming;
use super::old_archives::OldArchivesInput;
use super::relations::FileEnd;
use super::survey::Survey;
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
        download: Download,
        result: Result<Box<Survey>, Trouble>,
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

/// A download that begins with a look at its project.
#[derive(Debug)]
pub struct Download {
    pub case: Option<CaseId>,
    pub target: Target,
    pub connections: Option<u8>,
}
