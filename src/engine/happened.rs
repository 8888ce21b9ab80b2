//! What one owner must tell the others. An owner returns these facts and never calls another owner: the router passes
//! them on.

use std::sync::Arc;

use crate::case::{CaseId, DownloadEnded, ExportEnded, RelationsId, Rules, UserError};

use super::api::{AskId, RelationsOptions};
use super::jobs::RelationsPreflight;
use super::preflight::Preflight;
use super::written::Written;

/// A fact that another owner may have to act on.
#[derive(Debug)]
pub enum Happened {
    /// The practice GitLab at this URL has stopped, and its jobs are gone.
    PracticeEnded { url: String },
    /// Another practice GitLab has started.
    PracticeStarted { url: String },
    /// The handbook's deadlines and retentions were read again.
    RulesRead { rules: Arc<Rules> },
    /// GitLab has identified the project of a case.
    ProjectSeen { case: CaseId, preflight: Box<Preflight> },
    /// The export of a case has ended.
    ExportEnded { case: CaseId, ended: ExportEnded },
    /// The results of test imports may have changed.
    TestImportsChanged,
    /// The user requested files of a relations export, and the export was polled.
    RelationsWanted {
        ask: AskId,
        run: RelationsId,
        preflight: Box<RelationsPreflight>,
        options: RelationsOptions,
    },
    /// GitLab has answered the poll of a relations export.
    RelationsPolled { run: RelationsId },
    /// The relations export is no longer polled.
    RelationsNotPolled { run: RelationsId, error: UserError },
    /// The download of a case's archive has ended.
    DownloadEnded { case: CaseId, ended: DownloadEnded },
    /// Files of a relations export wait for the next poll of that export.
    RelationFilesWait { run: RelationsId },
    /// The user changed the bandwidth limit.
    BandwidthChosen,
    /// GitLab has created something in a tracker; the case records it and replies.
    Posted { ask: AskId, case: CaseId, written: Box<Written> },
}
