//! What one owner must tell the others. It is returned, never called: the router tells whoever has to know.

use std::sync::Arc;

use crate::case::{CaseId, DownloadEnded, ExportEnded, RelationsId, Rules, UserError};

use super::api::{AskId, RelationsOptions};
use super::jobs::RelationsPreflight;
use super::preflight::Preflight;
use super::written::Written;

/// Something that is true now, and that another owner may have to act upon.
#[derive(Debug)]
pub enum Happened {
    /// The practice GitLab at this URL has gone, with everything that was asked of it.
    PracticeEnded { url: String },
    /// Another practice GitLab runs.
    PracticeStarted { url: String },
    /// The handbook's deadlines and retentions have been read again.
    RulesRead { rules: Arc<Rules> },
    /// GitLab has said who the project of a case is.
    ProjectSeen { case: CaseId, preflight: Box<Preflight> },
    /// An export of a case has ended.
    ExportEnded { case: CaseId, ended: ExportEnded },
    /// What test imports have shown of archives may have changed.
    RehearsalsChanged,
    /// Files of a relations export are to be brought, after a look at it.
    RelationsWanted {
        ask: AskId,
        run: RelationsId,
        preflight: Box<RelationsPreflight>,
        options: RelationsOptions,
    },
    /// GitLab has said what a relations export lists now.
    RelationsPolled { run: RelationsId },
    /// It is no longer asked.
    RelationsNotPolled { run: RelationsId, trouble: UserError },
    /// The download of a case's archive has ended.
    DownloadEnded { case: CaseId, ended: DownloadEnded },
    /// Files of a relations export wait for what GitLab lists of it now.
    RelationFilesWait { run: RelationsId },
    /// Another bandwidth was chosen.
    BandwidthChosen,
    /// Something stands in a tracker now, for a case to record and to answer with.
    Posted { ask: AskId, case: CaseId, written: Box<Written> },
}
