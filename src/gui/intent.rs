//! What a click asks for. Views push intents; the app carries them out after the frame.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::case::{CaseId, RelationsId, UserError};
use crate::engine::api::Command;
use crate::texts::TextKind;

use super::command::UiCommand;
use super::dialog::DialogRequest;
use super::kit::Toast;
use super::route::Route;
use super::undo::Undo;

/// One thing that a click, a key or a palette row asks for.
#[derive(Debug)]
pub enum Intent {
    Run(UiCommand),
    Select(CaseId),
    /// Shows a relations export on its page.
    ShowRelations(RelationsId),
    /// Asks the engine. The view that knows the question by its id takes the answer.
    Ask(QuestionId, Command, Otherwise),
    /// Asks the engine for a case; its page takes the answer.
    AskOfCase(CaseQuestion, Command),
    /// Opens a dialog in the place of the one that is open.
    Open(Box<dyn DialogRequest>),
    /// Opens a dialog that nobody clicked for: where the open one holds unsaved text, the toast is shown instead.
    Offer(Box<dyn DialogRequest>, Option<Toast>),
    Toast(Toast),
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
    /// Reads a short file as text; the open dialog takes it.
    Read(PathBuf),
    /// Takes these settings, all of them or none.
    Apply(Vec<(String, serde_json::Value)>),
    /// Asks before the comment is posted on the issue at this address, with the text as it stands in the case's
    /// draft.
    Comment(CaseId, String),
    /// Shows this text of a case on its page, and closes the dialog.
    ShowText(CaseId, TextKind),
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

/// By what a question of the window is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionId(u64);

impl QuestionId {
    /// One that no other question of this process has.
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What the window does with an answer that no view takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// Nothing, however it went.
    Nothing,
    /// Tells what did not work.
    Tell,
    /// The same, and says this when it worked.
    Say(&'static str),
    /// Shows the case that was opened.
    ShowCase,
}

/// A question that the page of a case takes the answer to, wherever it was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseQuestion {
    /// An event of the case.
    Event(CaseId),
    /// The start of an export. A refusal opens the question whether to replace the file.
    Start(CaseId),
    /// A check of the case's export.
    Check(CaseId),
    /// Facts of the case; a refusal is shown beside them.
    Facts(CaseId),
    /// Something that can be undone.
    Undoable(Undo),
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

    /// Goes to a page.
    pub fn go(&mut self, route: Route) {
        self.run(UiCommand::Go(route));
    }

    /// Asks the engine for something that no view waits for.
    pub fn ask(&mut self, command: Command, otherwise: Otherwise) {
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

    /// Tells what did not work.
    pub fn tell(&mut self, trouble: &UserError) {
        self.toast(Toast::trouble(trouble));
    }

    pub fn is_empty(&self) -> bool {
        self.intents.is_empty()
    }

    /// Everything asked for since the last call.
    pub fn take(&mut self) -> Vec<Intent> {
        std::mem::take(&mut self.intents)
    }
}
