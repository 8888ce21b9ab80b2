//! The commands that a front end sends to the engine. Every command gets exactly one [`super::Reply`]; later progress
//! is visible in the snapshots.

use std::path::PathBuf;

use crate::case::{CaseId, DownloadId, Event, Fact, JobId, Reminder, RunId, UtcMs};
use crate::gitlab::Token;
use crate::texts::TextKind;

use super::archive::OldArchiveId;
use super::batch::BatchCommand;
use super::build::BuildOptions;
use super::deed::{CaseCorrection, CaseDeed, CaseUndo};
use super::download::DownloadTarget;
use super::export::StartOptions;
use super::fill::MembersChoice;
use super::import::ImportCommand;
use super::inspection::LiveProject;
use super::rebuild::RebuildCommand;
use super::relations::RelationsCommand;

/// What is tried again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    Download(DownloadId),
    /// The poll of a job.
    Job(JobId),
}

/// One command.
#[derive(Debug)]
pub enum Command {
    /// Checks a token: its user, the GitLab version and the scopes. Saves nothing. Answer: `Checked`.
    Try {
        instance: String,
        token: Token,
    },
    /// Checks a token and saves the instance and, in the OS keyring where there is one, the token. Answer: `Checked`.
    Connect {
        instance: String,
        token: Token,
    },
    /// Checks the saved token of an instance; with a project, also whether the token may export it. Answer:
    /// `Checked`.
    Check {
        instance: String,
        project: Option<String>,
        /// Also counts what an export of the project leaves out.
        contents: bool,
    },
    /// Reads the tokens of all instances from the keyring; the snapshots show where each is. Answer: `Done`.
    ReadTokens,
    /// Forgets an instance and its token. Answer: `Done`.
    Forget {
        instance: String,
    },
    /// Answer: `Projects`.
    SearchProjects {
        instance: String,
        text: String,
    },

    /// Checks a project's export once. Answer: `CheckedOnce`.
    CheckOnce {
        instance: String,
        project: String,
    },
    /// Checks the project, then starts an export or adopts the running one. Refused where a finished file exists and
    /// `replace` is not set. Answer: `Run`.
    Start {
        instance: String,
        project: String,
        case: Option<CaseId>,
        options: StartOptions,
    },
    /// Watches a running export, or shows a finished one. Answer: `Run`.
    Watch {
        instance: String,
        project: String,
        case: Option<CaseId>,
    },
    /// Stops watching. GitLab continues the export: its API cannot cancel one. Answer: `Done`.
    Leave {
        run: RunId,
    },
    /// Answer: `Download`.
    Download {
        instance: String,
        project: String,
        case: Option<CaseId>,
        target: DownloadTarget,
        connections: Option<u8>,
    },
    Pause {
        download: DownloadId,
    },
    Resume {
        download: DownloadId,
    },
    /// Ends a wait before the next try, where the wait may end ([`super::Waiting::may_retry_now`]). Answer: `Done`.
    RetryNow(Retried),
    /// Cancels a download; the `.part` file stays.
    Cancel {
        download: DownloadId,
    },
    PauseAll,
    ResumeAll,

    /// Saves a setting; `null` removes it. Answer: `Done`.
    Keep {
        key: String,
        value: serde_json::Value,
    },

    /// Saves several settings, all or none. Answer: `Done`.
    KeepAll {
        values: Vec<(String, serde_json::Value)>,
    },
    /// Lists archives and relation files that are older than the retention, or of a case whose private data was deleted.
    /// Deletes nothing. Answer: `OldArchives`.
    FindOldArchives,
    /// Lists all archives and relation files of a case whose private data may be deleted. Deletes nothing. Answer:
    /// `OldArchives`.
    FindArchivesOf {
        case: CaseId,
    },
    /// Deletes these archives and relation files, except files that were changed since. Answer: `Deleted`.
    DeleteArchives {
        archives: Vec<OldArchiveId>,
    },
    /// Diagnostics for a bug report, as text without private data. Answer: `Bundle`.
    Diagnose,

    /// Verifies an archive on disk, and compares its counts with those of a live project. Answer: `Verified`.
    Verify {
        path: PathBuf,
        against: Option<LiveProject>,
        /// Also checks every object of large repositories.
        deep: bool,
    },
    CancelVerify {
        path: PathBuf,
    },
    /// Rebuilds an archive from a folder of relation files. Answer: `Building`;
    /// [`super::BuildView`] shows the progress.
    BuildArchive {
        folder: PathBuf,
        options: BuildOptions,
    },
    /// Reads from GitLab what the relations export of a folder lacks: members, wiki and snippets. Without a choice, the
    /// members stay as the folder has them. Answer: `Filling`; [`super::FillView`] shows the progress.
    FillRelations {
        folder: PathBuf,
        members: Option<MembersChoice>,
    },
    CancelFill {
        folder: PathBuf,
    },
    /// Cancels the build of this archive and removes its temporary file. Answer: `Done`.
    CancelBuild {
        output: PathBuf,
    },

    /// Answer: `Case`.
    NewCase {
        ticket: Option<String>,
        instance: String,
        project: String,
    },
    /// Sets facts, or clears those whose value is empty: all or none. Answer: `Case`.
    SetFacts {
        case: CaseId,
        values: Vec<(Fact, String)>,
    },
    /// Asks GitLab about the project of a case again, and counts what an export of it leaves out. Answer: `Case`.
    AskProject {
        case: CaseId,
    },
    /// Adds or corrects the ticket, the project or the title of a case, and sets facts with them: all or none. Answer: as for
    /// `NewCase` if the project is given, else `Case`.
    CorrectCase {
        case: CaseId,
        correction: CaseCorrection,
        values: Vec<(Fact, String)>,
    },
    /// Does all of this to a case, or nothing. Answer: `Case`.
    CaseDeed {
        case: CaseId,
        deed: CaseDeed,
    },
    /// Undoes a deed. Refused where a later step or value would be lost. Answer: `Case`.
    UndoDeed {
        case: CaseId,
        undo: CaseUndo,
    },
    CaseEvent {
        case: CaseId,
        event: Event,
    },
    /// Archives a closed case, or moves it back to the list. Answer: `Case`.
    Archive {
        case: CaseId,
        archived: bool,
    },
    /// Deletes what the customer wrote; closed cases only. The line in the offer log stays. Answer: `Case`.
    DeletePrivateData {
        case: CaseId,
    },
    /// Without a time, adds a note to a case. With the time of a note, changes the note, puts it back, or removes it if
    /// the text is empty. Answer: `Case`.
    Note {
        case: CaseId,
        at: Option<UtcMs>,
        text: String,
    },
    /// When to return to a case; `None` removes the reminder. Answer: `Case`.
    Remind {
        case: CaseId,
        reminder: Option<Reminder>,
    },
    /// The whole journal of a case. Answer: `Journal`.
    CaseJournal {
        case: CaseId,
    },
    /// The user copied a drafted text to the clipboard. Answer: `Case`.
    TextCopied {
        case: CaseId,
        kind: TextKind,
    },
    /// Saves the user's template of a text; `None` restores the built-in one. Answer: `Done`.
    SaveTemplate {
        kind: TextKind,
        template: Option<String>,
    },
    /// Saves the user's `handbook.toml`, which must be without mistakes; `None` restores the built-in one. Answer:
    /// `Done`.
    SaveHandbook {
        text: Option<String>,
    },
    /// Reads the configuration folder again. Answer: `Done`.
    ReloadTexts,
    /// Verifies the journal's hash chain. Answer: `Audited`.
    Audit,

    /// A command about a relations export.
    Relations(RelationsCommand),
    /// A command about a batch of exports.
    Batch(BatchCommand),
    /// A command about a rebuild.
    Rebuild(RebuildCommand),
    /// A command about an import, or a check for an import form.
    Import(ImportCommand),
    /// Searches for issues: first the known issues that match the case's messages, then issues of the bug tracker
    /// with `text` in title or description. An empty `text` makes no API call. Answer: `Issues`.
    SearchIssues {
        case: CaseId,
        text: String,
        closed_too: bool,
    },
    /// Searches the console and infrastructure trackers for earlier requests that name the case's project, so that
    /// the user sees a colleague's offer before a second one is made. Answer: `Issues`.
    SearchRequests {
        case: CaseId,
    },
    /// Reads the issues that the case records, and known issues that match its messages: title, open or closed, last
    /// comment. Answer: `Issues`.
    ReadIssues {
        case: CaseId,
    },
    /// Creates exactly this issue in the tracker of `kind` (bug, console or infra), and records its URL in the case.
    /// Refused where the issue is public and contains private data. Answer: `Posted`.
    PostIssue {
        case: CaseId,
        kind: TextKind,
        title: String,
        text: String,
        confidential: bool,
        labels: Vec<String>,
        /// Also marks a request as opened, where the account's ownership is verified.
        marks_opened: bool,
    },
    /// Posts exactly this comment on the issue with that URL. An issue of the bug tracker becomes the case's bug
    /// issue. Answer: `Posted`.
    PostComment {
        case: CaseId,
        issue: String,
        text: String,
        internal: bool,
    },
    /// Adds `infradev`, severity and priority to the case's bug issue, comments the impact, and records that.
    /// [`crate::engine::infradev_plan`] returns what will be posted. Answer: `Posted`.
    AddInfradev {
        case: CaseId,
        severity: String,
        priority: String,
        impact: String,
    },
    /// Fetches GitLab's own text and stores it with its date. Answer: `UpstreamText`.
    FetchUpstream {
        kind: TextKind,
    },

    /// Starts the practice GitLab and adds it as an instance. Answer: `Practice`.
    StartPractice {
        lesson: Option<String>,
        port: u16,
    },
    /// Panics in the engine's thread, as a bug would.
    #[cfg(test)]
    Break,
    /// Finishes what must not be interrupted, then stops the engine. Answer: `Done`.
    Shutdown,
}
