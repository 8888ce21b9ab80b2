//! What a click asks for. Views push intents; the app carries them out after the frame.

use std::path::PathBuf;

use crate::case::{CaseId, RelationsId};
use crate::engine::api::Command;
use crate::texts::Kind;

use super::command::UiCommand;
use super::route::Route;
use super::undo::Undo;
use crate::gui::dialogs::Dialog;

/// One thing that a click, a key or a palette row asks for.
#[derive(Debug)]
pub enum Intent {
    Run(UiCommand),
    Go(Route),
    Select(CaseId),
    /// Shows a relations export on its page.
    ShowRelations(RelationsId),
    /// Asks the engine; the purpose says what to do with the answer.
    Ask(Command, Purpose),
    Open(Dialog),
    /// Starts a practice lesson by name, in the practice desk.
    Lesson(String),
    OpenUrl(String),
    /// Shows a file in its folder, or a folder.
    OpenFolder(PathBuf),
    Pick(Pick),
    /// Shows an archive in the inspector.
    Inspect(PathBuf),
    /// Writes a text to a file that is not there yet.
    Write {
        path: PathBuf,
        text: String,
    },
    /// Reads a short file as text; the dialog that asked hears it.
    Read(PathBuf),
    /// Takes these settings, all of them or none.
    Apply(Vec<(String, serde_json::Value)>),
    /// Asks before the comment is posted on the issue at this address, with the text as it stands in the case's
    /// draft.
    Comment(CaseId, String),
    /// Shows this text of a case on its page, and closes the dialog.
    ShowText(CaseId, Kind),
    /// Tries to start the engine of this desk again.
    Restart,
}

/// A dialog of the system that asks for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// An archive to inspect.
    Archive,
    /// An archive to import.
    ImportFile,
    /// Where a download shall go.
    SaveIn,
    /// Where the ledger shall be written.
    SaveLedger,
    /// No question: what came of writing a file.
    Written(Result<(), String>),
    /// No question: a file's text, or why it could not be read.
    WasRead(Result<String, String>),
    /// Where downloads go by default.
    DownloadFolder,
    /// Root certificates.
    CaFile,
    /// Settings to import.
    Settings,
    /// Where the text in front shall be written, with the name that is proposed.
    SaveText(&'static str),
    /// Where the files of a relations export shall go.
    RelationsFolder,
}

/// Why a question was asked, and so what its answer means for the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// Nothing to say when it went well.
    Quiet,
    /// Say this when it went well.
    Say(&'static str),
    /// Nothing to say, however it went: nobody asked.
    Glance,
    /// The connect dialog's test, with the fingerprint of what was typed.
    Try(u64),
    /// The connect dialog's save.
    Connect,
    /// A new case; shown when it is there.
    NewCase,
    /// Facts of a case; a refusal is shown beside them.
    Facts(CaseId),
    /// An event of a case.
    Event(CaseId),
    /// Something of a case that can be taken back; a refusal is shown on the page.
    Undoable(Undo),
    /// The start of an export. A refusal opens the question whether to replace the file.
    Start(CaseId),
    /// A look at the export of a case.
    Look(CaseId),
    Download,
    /// A question about a relations export; its page is told.
    Relations,
    /// The archive at this path was walked.
    Verify(PathBuf),
    /// A lesson has begun: open its case.
    Lesson,
    /// The whole journal of a case, for its report.
    Timeline(CaseId),
    /// The same, for its page.
    WholeTimeline(CaseId),
    /// A post to a tracker; the dialog is told.
    Post(CaseId),
    /// The search for the bug's issue; the dialog is told.
    Issues(CaseId),
    /// The search for earlier requests; the next step is told.
    Requests(CaseId),
    /// The walk along the journal's chain.
    Audit,
    /// The template editor's save or fetch.
    Template,
    /// The handbook editor's save.
    Handbook,
    /// A setting; a refusal is shown beside it.
    Choice {
        key: &'static str,
        said: &'static str,
    },
    /// The cleaner's search or deletion.
    Clean,
    /// Whether there are old archives: said only where there are.
    AnyOld,
    /// Diagnostics, to be read before they are saved.
    Bundle,
    /// Something about imports.
    Import(Asked),
}

/// A question about imports. The number is the fingerprint of what was typed: an answer about something else is
/// too late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The form's archive is read.
    Archive(u64),
    /// Whether the form's target is free.
    Target(u64),
    /// What GitLab will say of the form's URL.
    Probe(u64),
    /// The form's import; a no is shown in it.
    Begin,
    /// Whether the rehearsal's target is free.
    RehearsalTarget(u64),
    /// The dialog's rehearsal.
    Rehearse,
    /// The comparison of an archive with a live project.
    Against,
}

impl Purpose {
    /// Whether the page of settings, or a dialog of it, asked.
    pub fn is_of_settings(&self) -> bool {
        matches!(self, Self::Choice { .. } | Self::Handbook | Self::Clean | Self::AnyOld | Self::Bundle)
    }
}

/// What the views ask for in one frame.
#[derive(Debug, Default)]
pub struct Outbox {
    intents: Vec<Intent>,
}

impl Outbox {
    pub fn push(&mut self, intent: Intent) {
        self.intents.push(intent);
    }

    pub fn run(&mut self, command: UiCommand) {
        self.push(Intent::Run(command));
    }

    pub fn ask(&mut self, command: Command, purpose: Purpose) {
        self.push(Intent::Ask(command, purpose));
    }

    pub fn open(&mut self, dialog: Dialog) {
        self.push(Intent::Open(dialog));
    }

    /// Everything asked for since the last call.
    pub fn take(&mut self) -> Vec<Intent> {
        std::mem::take(&mut self.intents)
    }
}
