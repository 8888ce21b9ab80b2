//! What comes back to the engine's thread: questions from the faces, answers from the network.

use crate::case::{CaseId, UserError};
use crate::gitlab::Token;

use super::accounts::AccountsInput;
use super::api::{Answer, AskId, Command, DownloadTarget, Waiting};
use super::builds::BuildsInput;
use super::cases::CasesInput;
use super::downloads::DownloadsInput;
use super::inspections::InspectionsInput;
use super::jobs::JobsInput;
use super::keys::KeyAnswer;
use super::old_archives::OldArchivesInput;
use super::preflight::Preflight;
use super::texts::TextsInput;
use super::tracker::TrackerInput;

/// One thing for the engine's thread to decide upon.
#[derive(Debug)]
pub enum EngineInput {
    Ask(AskId, Command),
    /// A question is still being asked; `None` once it no longer waits.
    AskWaits(AskId, Option<Waiting>),
    /// A task has the whole answer.
    Answered(AskId, Result<Answer, UserError>),
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
        result: Result<Box<Preflight>, UserError>,
    },
    Downloads(DownloadsInput),
    Jobs(JobsInput),
    Inspections(InspectionsInput),
    Builds(BuildsInput),
}

/// A download that begins with a look at its project.
#[derive(Debug)]
pub struct Download {
    pub case: Option<CaseId>,
    pub target: DownloadTarget,
    pub connections: Option<u8>,
}
