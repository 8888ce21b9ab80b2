//! The inputs of the engine's thread: commands from the front ends, and messages from tasks.

use crate::case::{CaseId, UserError};
use crate::gitlab::Token;
use crate::store::Head;

use super::accounts::AccountsInput;
use super::api::{Answer, AskId, Command, DownloadTarget, Waiting};
use super::batches::BatchesInput;
use super::builds::BuildsInput;
use super::cases::CasesInput;
use super::downloads::DownloadsInput;
use super::front_ends::{FrontEndId, FrontEndInput};
use super::inspections::InspectionsInput;
use super::jobs::JobsInput;
use super::journal_head::HeadInput;
use super::keys::KeyAnswer;
use super::old_archives::OldArchivesInput;
use super::preflight::Preflight;
use super::texts::TextsInput;
use super::tracker::TrackerInput;

/// One input of the engine's thread.
#[derive(Debug)]
pub enum EngineInput {
    Ask(AskId, Command),
    FrontEnd(FrontEndInput),
    /// What a task sends that started while this front end was acting.
    For {
        by: FrontEndId,
        input: Box<EngineInput>,
    },
    /// A command waits before its next try; `None` once it no longer waits.
    AskWaits(AskId, Option<Waiting>),
    /// A task has produced the reply itself.
    Answered(AskId, Result<Answer, UserError>),
    TokenFound {
        instance: String,
        answer: KeyAnswer<Token>,
    },
    /// The keyring has not answered for a while.
    KeyringSlow {
        instance: String,
    },
    Head(HeadInput),
    /// The keyring has answered an audit.
    Audit {
        ask: AskId,
        answer: KeyAnswer<Head>,
    },
    Accounts(AccountsInput),
    Cases(CasesInput),
    Texts(TextsInput),
    Tracker(TrackerInput),
    OldArchives(OldArchivesInput),
    Surveyed {
        ask: AskId,
        download: Download,
        result: Result<Box<Preflight>, UserError>,
    },
    Downloads(DownloadsInput),
    Jobs(JobsInput),
    Inspections(InspectionsInput),
    Builds(BuildsInput),
    Batches(BatchesInput),
}

/// A download, which starts with a preflight of its project.
#[derive(Debug)]
pub struct Download {
    pub case: Option<CaseId>,
    pub target: DownloadTarget,
    pub connections: Option<u8>,
}

impl EngineInput {
    /// This input, from a task that started while this front end was acting.
    #[must_use]
    pub fn sent_for(self, by: FrontEndId) -> Self {
        match by {
            FrontEndId::OWN => self,
            by => Self::For { by, input: Box::new(self) },
        }
    }
}
