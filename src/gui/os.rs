//! What the window asks of the desktop: file dialogs and folders. None of it blocks the window's thread.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rfd::{AsyncFileDialog, FileHandle};

use super::app::Picked;
use super::intent::{NoAnswer, Pick};
use crate::case::plain;
use crate::platform::disk::{Backups, NewFolders};
use crate::platform::private_file;
use crate::platform::reveal::reveal;
use crate::platform::words::denied_hint;

/// Opens the system's file dialog, and reports where none has answered: the person can always type a path. `open` is owned
/// until the dialog is closed.
pub(super) fn pick(pick: Pick, tell: SyncSender<Picked>, ctx: egui::Context, open: Arc<()>) {
    let dialog = AsyncFileDialog::new();
    let dialog = match pick {
        Pick::Archive => dialog.set_title("Inspect an archive").add_filter("Archives", &["gz", "tgz"]),
        Pick::ImportFile => {
            dialog.set_title("Import an archive").add_filter("Archives and sets", &["gz", "tgz", "json"])
        }
        Pick::SaveIn => dialog.set_title("Download into"),
        Pick::SaveOfferLog => dialog
            .set_title("Save the offer log")
            .set_file_name("one-time-offers.csv")
            .add_filter("Sheets", &["csv", "md"]),
        Pick::Written(_) | Pick::WasRead(_) | Pick::Unanswered(_) => return,
        Pick::CaFile => dialog.set_title("Root certificates").add_filter("PEM files", &["pem", "crt", "cer"]),
        Pick::Settings => dialog.set_title("Import settings").add_filter("Settings", &["json"]),
        Pick::MembersTable => dialog.set_title("Members and e-mail addresses"),
        Pick::SaveText(name) => dialog.set_title("Save").set_file_name(name),
        Pick::DownloadFolder => dialog.set_title("The folder for downloads"),
        Pick::ExportsFolder => dialog.set_title("The folder for these archives"),
        Pick::RelationsFolder | Pick::RebuildFolder => dialog.set_title("The folder for these relations"),
    };
    // macOS requires that the dialog is created on the window's thread; another thread waits for its answer.
    let answer: Pin<Box<dyn Future<Output = Option<FileHandle>> + Send>> = match pick {
        Pick::SaveOfferLog
        | Pick::SaveText(_)
        | Pick::Written(_)
        | Pick::WasRead(_)
        | Pick::Unanswered(_) => Box::pin(dialog.save_file()),
        Pick::Archive | Pick::ImportFile | Pick::CaFile | Pick::Settings | Pick::MembersTable => {
            Box::pin(dialog.pick_file())
        }
        Pick::SaveIn
        | Pick::DownloadFolder
        | Pick::ExportsFolder
        | Pick::RelationsFolder
        | Pick::RebuildFolder => Box::pin(dialog.pick_folder()),
    };
    in_background("file-dialog", move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let asked = Instant::now();
        let answer = runtime.block_on(answer);
        let picked = match answer {
            Some(file) => Some(Picked { pick, path: file.path().to_owned() }),
            None => (asked.elapsed() < SOONEST_CANCEL).then(|| unanswered(NoAnswer::FileDialog)),
        };
        if let Some(picked) = picked {
            // If the queue is full, the window no longer reads it, and the answer is of no use.
            tell.try_send(picked).ok();
        }
        drop(open);
        ctx.request_repaint();
    });
}

/// No person cancels a dialog so soon after asking for it: there was none.
const SOONEST_CANCEL: Duration = Duration::from_millis(100);

fn unanswered(what: NoAnswer) -> Picked {
    Picked { pick: Pick::Unanswered(what), path: PathBuf::new() }
}

/// Opens a URL in the person's browser, and reports where none answers.
pub(super) fn open_url(url: String, tell: SyncSender<Picked>, ctx: egui::Context) {
    in_background("open-url", move || {
        if let Err(error) = webbrowser::open(&url) {
            tracing::warn!("the browser: {error}");
            tell.try_send(unanswered(NoAnswer::Browser(url))).ok();
            ctx.request_repaint();
        }
    });
}

/// Writes a file, which must be new unless it may be replaced, and reports the result.
pub(super) fn write(
    (path, text, may_replace): (PathBuf, String, bool),
    proposed: PathBuf,
    tell: SyncSender<Picked>,
    ctx: egui::Context,
) {
    in_background("write-file", move || {
        // The folder that dialogs propose may not be there yet; of a typed one that is missing, the person is told.
        let _created = (path.parent() == Some(&proposed)).then(|| NewFolders::create(&proposed));
        let pick = Pick::Written(write_text(&path, &text, may_replace));
        tell.try_send(Picked { pick, path }).ok();
        ctx.request_repaint();
    });
}

/// Reads a short file and reports its content.
pub(super) fn read(path: PathBuf, tell: SyncSender<Picked>, ctx: egui::Context) {
    in_background("read-file", move || {
        let pick = Pick::WasRead(read_short(&path));
        tell.try_send(Picked { pick, path }).ok();
        ctx.request_repaint();
    });
}

fn read_short(path: &Path) -> Result<String, String> {
    const MOST_BYTES: u64 = 1024 * 1024;
    let shown = path.display();
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => format!("There is no such file: {shown}."),
        _ => with_hint(format!("{shown} cannot be read: {error}."), &error),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(format!("{shown} is not a file."));
    }
    let mut bytes = Vec::new();
    std::io::Read::take(file, MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("{shown} is too large."));
    }
    String::from_utf8(bytes).map_err(|_not_text| format!("{shown} is not text."))
}

/// The notices of the libraries in this program, at the path where its package installed them.
pub(super) fn notices() -> Option<PathBuf> {
    NOTICES.get().cloned().flatten()
}

static NOTICES: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Searches for the notices once, before there is a window that a slow disk would block.
pub(super) fn look_for_notices() {
    const NAME: &str = "NOTICES.md";
    NOTICES.get_or_init(|| {
        let program = std::env::current_exe().ok()?;
        let folder = program.parent()?;
        let beside = [
            folder.join(NAME),
            folder.join("../share/doc/export-desk").join(NAME),
            folder.join("../Resources").join(NAME),
        ];
        beside.into_iter().find(|path| path.is_file()).map(|path| path.canonicalize().unwrap_or(path))
    });
}

/// Writes a file, readable by its owner only; returns an error as a sentence.
pub(super) fn write_text(path: &Path, text: &str, may_replace: bool) -> Result<(), String> {
    let may_replace = may_replace && path.is_file();
    let write = if may_replace { private_file::replace } else { private_file::create };
    write(path, text.as_bytes(), Backups::Keep).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{} exists already.", path.display()),
        ErrorKind::NotFound => format!("There is no such folder for {}.", path.display()),
        _ => with_hint(format!("{} cannot be written: {error}.", path.display()), &error),
    })
}

/// A sentence about a file, with what to do where the system itself does not let this program use it.
fn with_hint(sentence: String, error: &std::io::Error) -> String {
    let sentence = plain(sentence);
    match denied_hint(error) {
        Some(hint) => format!("{sentence} {hint}"),
        None => sentence,
    }
}

/// Shows `path` in the system's file manager: the folder itself, or a file in its folder.
pub(super) fn open_folder(path: PathBuf) {
    in_background("open-folder", move || {
        let mut command = reveal(&path);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        // Explorer reports a failure even where it opened the folder.
        if let Err(error) = child.and_then(|mut child| child.wait()) {
            tracing::warn!("the file manager: {error}");
        }
    });
}

fn in_background(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.into()).spawn(work) {
        tracing::warn!("{name}: {error}");
    }
}
