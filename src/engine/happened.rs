//! Events that one owner returns for the other owners. An owner returns these facts and never calls another owner: the router passes
//! them on.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::archive::Report;
use crate::case::{
    CaseId, DownloadEnded, DownloadId, ExportEnded, RebuildId, RebuildOptions, RelationsId, Rules, UserError,
};

use super::api::{AskId, BuildFailed, BuiltArchive, Command, RelationsOptions};
use super::downloads::FilesEnded;
use super::front_ends::FrontEndId;
use super::jobs::RelationsPreflight;
use super::preflight::Preflight;
use super::tracker_write::TrackerWrite;

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
    RelationsRequested {
        ask: AskId,
        run: RelationsId,
        preflight: Box<RelationsPreflight>,
        options: RelationsOptions,
        /// The rebuild that needs the files.
        rebuild: Option<RebuildId>,
    },
    /// GitLab has answered the poll of a relations export.
    RelationsPolled { run: RelationsId },
    /// The relations export is no longer polled.
    RelationsNotPolled { run: RelationsId, error: UserError },
    /// The download of a case's archive has ended.
    DownloadEnded { case: CaseId, ended: DownloadEnded },
    /// The check in depth of a downloaded archive has ended.
    DeepChecked { download: DownloadId, result: Result<Arc<Report>, UserError> },
    /// Files of a relations export wait for the next poll of that export.
    RelationFilesWait { run: RelationsId },
    /// No requested file of a relations export is queued or downloading any more.
    RelationFilesEnded { run: RelationsId, ended: FilesEnded },
    /// A rebuild has its files in this folder.
    BuildWanted { rebuild: RebuildId, folder: PathBuf, options: Box<RebuildOptions> },
    /// A rebuild was cancelled: its downloads and its build stop.
    RebuildCancelled { run: Option<RelationsId>, output: Option<PathBuf> },
    /// An archive was built and verified, and gets its name once `recorded` confirms that the store knows.
    ArchiveIsNamed { output: PathBuf, archive: Arc<BuiltArchive>, recorded: oneshot::Sender<()> },
    /// A build has ended.
    BuildEnded { output: PathBuf, result: Result<Arc<BuiltArchive>, BuildFailed> },
    /// An owner asks another one for something on behalf of a front end, in the same words as a front end would.
    Asked { by: FrontEndId, ask: AskId, command: Box<Command> },
    /// Whoever asked for an export gave up. If its request was not sent yet, it is not sent.
    GivenUp { ask: AskId },
    /// The user changed the bandwidth limit.
    BandwidthChosen,
    /// GitLab has created something in a tracker; the case records it and replies.
    Posted { ask: AskId, case: CaseId, written: Box<TrackerWrite> },
}
