//! What a click requests. Views push intents; the app carries them out after the frame.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::case::{CaseId, Fact, RelationsId, UserError};
use crate::engine::api::Command;
use crate::texts::TextKind;

use super::command::UiCommand;
use super::dialog::DialogRequest;
use super::kit::Toast;
use super::route::Route;
use super::undo::Undo;

/// One request from a click, a key or a palette row.
#[derive(Debug)]
pub enum Intent {
    Run(UiCommand),
    Select(CaseId),
    /// Shows a case, and brings this part of its page into view, ready to type.
    GoInCase(CaseId, CasePlace),
    /// Shows a relations export on its page.
    ShowRelations(RelationsId),
    /// Sends a command to the engine. The view that keeps the question's ID takes the answer.
    Ask(QuestionId, Command, IfUnhandled),
    /// Sends a command about a case to the engine; the case page takes the answer.
    AskOfCase(CaseQuestion, Command),
    /// Opens a dialog in place of the open one.
    Open(Box<dyn DialogRequest>),
    /// Opens a dialog without a click. If the open dialog has unsaved text, the toast is shown instead.
    Offer(Box<dyn DialogRequest>, Option<Toast>),
    Toast(Toast),
    /// Starts a practice lesson by name, in the practice workspace.
    Lesson(String),
    OpenUrl(String),
    /// Opens the folder of a file, or a folder, in the file manager.
    OpenFolder(PathBuf),
    Pick(Pick),
    /// Shows an archive in the inspector.
    Inspect(PathBuf),
    /// Begins the import of an archive, or of a set, on its page.
    ImportFile(PathBuf),
    /// Writes a text to a file, which must not exist yet unless it may be replaced.
    Write {
        path: PathBuf,
        text: String,
        may_replace: bool,
    },
    /// Reads a short file as text; the open dialog takes the text.
    Read(PathBuf),
    /// Applies these settings, all of them or none.
    Apply(Vec<(String, serde_json::Value)>),
    /// Asks for confirmation before this text of a case is posted: as a comment on the issue at the URL if there is one.
    /// What was typed in the NOW card is saved first, and the text has it.
    Post(CaseId, TextKind, Option<String>),
    /// Shows a desktop notification, so that the person sees whether the system shows them.
    TestNotification,
    /// Tries to restart the engine of this workspace.
    Restart,
}

/// A part of a case's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CasePlace {
    Fact(Fact),
    Text(TextKind),
    Notes,
}

/// A file dialog of the operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// An archive to inspect.
    Archive,
    /// An archive to import.
    ImportFile,
    /// Where to save a download.
    SaveIn,
    /// Where to save the offer log.
    SaveOfferLog,
    /// Not a dialog: the result of writing a file.
    Written(Result<(), String>),
    /// Not a dialog: the text of a file, or why the file could not be read.
    WasRead(Result<String, String>),
    /// Not a dialog: nothing on this computer has answered.
    Unanswered(NoAnswer),
    /// The default folder for downloads.
    DownloadFolder,
    /// Root certificates.
    CaFile,
    /// Settings to import.
    Settings,
    /// A table of members and e-mail addresses.
    MembersTable,
    /// Where to save the text in the open dialog, with the proposed file name.
    SaveText(&'static str),
    /// Where to save the archives of many exports.
    ExportsFolder,
    /// Where to save the files of a relations export.
    RelationsFolder,
    /// The same, for a rebuild.
    RebuildFolder,
}

/// What a computer may lack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    FileDialog,
    /// A browser, for this URL.
    Browser(String),
}

/// Identifies a question of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionId(u64);

impl QuestionId {
    /// An ID that no other question of this process has.
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl IfUnhandled {
    /// Announces an error, or these words on success.
    pub fn toast(words: impl Into<Cow<'static, str>>) -> Self {
        Self::ToastOnSuccess(words.into())
    }
}

/// What the window does with an answer that no view takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfUnhandled {
    /// Nothing, whether the command succeeded or failed.
    Nothing,
    /// Announces an error.
    ToastError,
    /// Announces an error, or this text on success.
    ToastOnSuccess(Cow<'static, str>),
    /// Shows the case that was opened.
    ShowCase,
}

/// A question whose answer the case page takes, wherever the question was sent from.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseQuestion {
    /// An event of the case was reported, or its private data deleted; with what a toast says of it then.
    Event { case: CaseId, done: &'static str },
    /// A deed of the NOW card, which saves these facts, and shows a refusal.
    Now { case: CaseId, facts: Vec<Fact>, undo: Option<Undo> },
    /// The start of an export. A refusal opens the dialog that asks whether to replace the file.
    Start(CaseId),
    /// A check of the case's export.
    Check(CaseId),
    /// A change of the case's facts; a refusal is shown beside the facts.
    Facts { case: CaseId, undo: Option<Undo> },
    /// Another change that can be undone.
    Undoable(Undo),
}

/// What the views request in one frame.
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

    /// Goes to a page.
    pub fn go(&mut self, route: Route) {
        self.run(UiCommand::Go(route));
    }

    /// Sends a command whose answer no view waits for.
    pub fn ask(&mut self, command: Command, otherwise: IfUnhandled) {
        self.push(Intent::Ask(QuestionId::fresh(), command, otherwise));
    }

    pub fn ask_of_case(&mut self, question: CaseQuestion, command: Command) {
        self.push(Intent::AskOfCase(question, command));
    }

    pub fn open(&mut self, dialog: impl DialogRequest + 'static) {
        self.push(Intent::Open(Box::new(dialog)));
    }

    pub fn offer(&mut self, dialog: impl DialogRequest + 'static, otherwise: Option<Toast>) {
        self.push(Intent::Offer(Box::new(dialog), otherwise));
    }

    pub fn toast(&mut self, toast: Toast) {
        self.push(Intent::Toast(toast));
    }

    /// Announces an error.
    pub fn tell(&mut self, error: &UserError) {
        self.toast(Toast::error(error));
    }

    pub fn is_empty(&self) -> bool {
        self.intents.is_empty()
    }

    /// Takes everything requested since the last call.
    pub fn take(&mut self) -> Vec<Intent> {
        std::mem::take(&mut self.intents)
    }
}
