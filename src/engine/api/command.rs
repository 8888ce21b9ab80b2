//! What a face can ask of the engine. Every question gets exactly one [`super::Reply`]; what goes on
//! after it is seen in the snapshots.

use std::path::PathBuf;

use crate::case::{CaseId, Event, Fact, RunId, TransferId};
use crate::gitlab::Token;
use crate::texts::TextKind;

use super::build::BuildOptions;
use super::download::DownloadTarget;
use super::export::StartOptions;
use super::import::ImportCommand;
use super::inspection::LiveProject;
use super::relations::RelationsCommand;

/// One thing to do.
#[derive(Debug)]
pub enum Command {
    /// Who is this token, which GitLab, which scopes; saves nothing. Answer: `Checked`.
    Try {
        instance: String,
        token: Token,
    },
    /// The same, and keeps the instance and, in the OS keyring where there is one, the token. Answer: `Checked`.
    Connect {
        instance: String,
        token: Token,
    },
    /// The same for an instance whose token is known; with a project also whether it may be exported.
    /// Answer: `Checked`.
    Check {
        instance: String,
        project: Option<String>,
    },
    /// Forgets an instance and its token. Answer: `Done`.
    Forget {
        instance: String,
    },
    /// Answer: `Projects`.
    SearchProjects {
        instance: String,
        text: String,
    },

    /// One look at a project's export. Answer: `Looked`.
    Look {
        instance: String,
        project: String,
    },
    /// Looks, then starts or adopts. Refused where a finished file exists and `replace` is not set. Answer: `Run`.
    Start {
        instance: String,
        project: String,
        case: Option<CaseId>,
        options: StartOptions,
    },
    /// Watches a run under way, or meets a finished one. Answer: `Run`.
    Watch {
        instance: String,
        project: String,
        case: Option<CaseId>,
    },
    /// No longer watches; GitLab goes on, it has no way to cancel. Answer: `Done`.
    Leave {
        run: RunId,
    },
    /// Answer: `Transfer`.
    Download {
        instance: String,
        project: String,
        case: Option<CaseId>,
        target: DownloadTarget,
        connections: Option<u8>,
    },
    Pause {
        transfer: TransferId,
    },
    Resume {
        transfer: TransferId,
    },
    /// Ends a transfer; the `.part` file stays.
    Cancel {
        transfer: TransferId,
    },
    PauseAll,
    ResumeAll,

    /// Remembers a choice of the person's, over restarts; `null` forgets it. Answer: `Done`.
    Keep {
        key: String,
        value: serde_json::Value,
    },

    /// The same for several choices: all of them or none. Answer: `Done`.
    KeepAll {
        values: Vec<(String, serde_json::Value)>,
    },
    /// Archives that this program downloaded and that have been kept long enough. Deletes nothing. Answer: `OldArchives`.
    FindOldArchives,
    /// Deletes the archives of these transfers, as far as each is still the file that was downloaded.
    /// Answer: `Deleted`.
    DeleteArchives {
        transfers: Vec<TransferId>,
    },
    /// What a report of a defect needs, as text without what is private. Answer: `Bundle`.
    Diagnose,

    /// Walks an archive on disk, and compares its counts with a live project's. Answer: `Verified`.
    Verify {
        path: PathBuf,
        against: Option<LiveProject>,
        /// Whether every object of large repositories is checked too.
        deep: bool,
    },
    CancelVerify {
        path: PathBuf,
    },
    /// Rebuilds an archive from a folder of relation files, without any network. Answer: `Building`; the build goes on
    /// in [`super::BuildView`].
    BuildArchive {
        folder: PathBuf,
        options: BuildOptions,
    },
    /// Cancels the build of this archive; nothing of it stays. Answer: `Done`.
    CancelBuild {
        output: PathBuf,
    },

    /// Answer: `Case`.
    NewCase {
        ticket: Option<String>,
        instance: String,
        project: String,
    },
    /// Sets facts, or clears those whose value is empty. All or none. Answer: `Case`.
    SetFacts {
        case: CaseId,
        values: Vec<(Fact, String)>,
    },
    /// Adds the ticket to a case or corrects it, and sets facts with it. All or none. Answer: `Case`.
    SetTicket {
        case: CaseId,
        ticket: String,
        values: Vec<(Fact, String)>,
    },
    CaseEvent {
        case: CaseId,
        event: Event,
    },
    /// Takes a closed case out of the list, or back. Answer: `Case`.
    Archive {
        case: CaseId,
        archived: bool,
    },
    /// Forgets what the customer told us; closed cases only. The ledger's line stays. Answer: `Case`.
    DeletePrivateData {
        case: CaseId,
    },
    /// The whole journal of a case. Answer: `Journal`.
    CaseJournal {
        case: CaseId,
    },
    /// A drafted text was taken to the clipboard. Answer: `Case`.
    TextCopied {
        case: CaseId,
        kind: TextKind,
    },
    /// Keeps the person's own template of a text; `None` goes back to the built-in one. Answer: `Done`.
    SaveTemplate {
        kind: TextKind,
        template: Option<String>,
    },
    /// Keeps the person's own `handbook.toml`, which must be without mistakes; `None` goes back to the built-in one.
    /// Answer: `Done`.
    SaveHandbook {
        text: Option<String>,
    },
    /// Reads the configuration folder again. Answer: `Done`.
    ReloadWording,
    /// Walks the journal's hash chain. Answer: `Audited`.
    Audit,

    /// The relations export.
    Relations(RelationsCommand),
    /// Imports, and what helps to fill in their forms.
    Import(ImportCommand),
    /// The known issues of the case's messages, then the bug tracker's issues with `text` in title or description;
    /// an empty `text` asks nobody. Answer: `Issues`.
    SearchIssues {
        case: CaseId,
        text: String,
        closed_too: bool,
    },
    /// Earlier requests that name the case's project, in the console and infrastructure trackers, so that a
    /// colleague's offer is seen before a second one. Answer: `Issues`.
    SearchRequests {
        case: CaseId,
    },
    /// Opens exactly this issue in the tracker of `kind` (bug, console or infra), and records its link as the
    /// case's fact. Refused where what becomes public is private. Answer: `Posted`.
    PostIssue {
        case: CaseId,
        kind: TextKind,
        title: String,
        text: String,
        confidential: bool,
        labels: Vec<String>,
    },
    /// Comments exactly this on the issue with that address; on an issue of the bug tracker it is recorded as the
    /// case's own. Answer: `Posted`.
    PostComment {
        case: CaseId,
        issue: String,
        text: String,
        internal: bool,
    },
    /// Puts `infradev`, severity and priority on the case's bug issue, comments the impact, and records it.
    /// [`crate::engine::infradev_plan`] is what will be posted. Answer: `Posted`.
    AddInfradev {
        case: CaseId,
        severity: String,
        priority: String,
        impact: String,
    },
    /// Fetches GitLab's own wording of a text and keeps it with its date. Answer: `LiveProject`.
    FetchLive {
        kind: TextKind,
    },

    /// Runs the practice GitLab and makes it a known instance. Answer: `Practice`.
    StartPractice {
        lesson: Option<String>,
        port: u16,
    },
    /// Ends the engine's thread as a defect would.
    #[cfg(test)]
    Break,
    /// Finishes what must not be cut and stops. Answer: `Done`.
    Shutdown,
}
