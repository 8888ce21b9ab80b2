//! A rebuilt archive, or a set of archives, on a card: what is in it, what is missing in it, and what to do with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Ui;

use crate::case::rebuild::{Gap, ImportDoubt, RebuildNote};
use crate::case::{CaseId, RebuiltArchive, RebuiltFrom, RelationsHint};
use crate::engine::api::{BuiltArchive, Command, Receipt};
use crate::gui::case_archive::copy_receipt;
use crate::gui::command::UiCommand;
use crate::gui::dialogs::test_import::{TestImportRequest, test_import};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// How many gaps, parts of a set and left-out files are listed one by one.
const LISTED: usize = 6;

/// What the card shows.
#[derive(Clone, Copy, Debug)]
pub struct ShownArchive<'a> {
    /// The archive, or the list of a set.
    path: &'a Path,
    sha256: &'a str,
    is_set: bool,
    /// `None` where it cannot be read.
    receipt: Option<&'a Arc<Receipt>>,
    rebuilt: Option<&'a RebuiltFrom>,
    gaps: &'a [Gap],
    /// How many files were left out.
    left_out: usize,
    notes: &'a [RebuildNote],
    doubts: &'a [ImportDoubt],
    /// The case that the archive is for.
    case: Option<CaseId>,
    /// Whether it comes from the rebuild of the selected case, which has commands of its own.
    is_of_case: bool,
}

impl<'a> ShownArchive<'a> {
    /// The archive of a rebuild.
    pub fn of_rebuild(
        archive: &'a RebuiltArchive,
        receipt: Option<&'a Arc<Receipt>>,
        case: Option<CaseId>,
    ) -> Self {
        Self {
            path: Path::new(&archive.path),
            sha256: &archive.file.sha256,
            is_set: !archive.parts.is_empty(),
            receipt,
            rebuilt: archive.file.rebuilt.as_ref(),
            gaps: &archive.gaps,
            left_out: archive.left_out.len(),
            notes: &archive.notes,
            doubts: &archive.doubts,
            case,
            is_of_case: true,
        }
    }

    /// The same, where a newer rebuild has the case's commands.
    #[must_use]
    pub fn of_earlier(self) -> Self {
        Self { is_of_case: false, ..self }
    }

    /// The archive of a build from downloaded files.
    pub fn of_build(archive: &'a BuiltArchive, case: Option<CaseId>) -> Self {
        Self {
            path: &archive.path,
            sha256: &archive.receipt.sha256,
            is_set: !archive.parts.is_empty(),
            receipt: Some(&archive.receipt),
            rebuilt: archive.receipt.rebuilt.as_ref(),
            gaps: &archive.gaps,
            left_out: archive.left_out.len() + archive.left_out_more as usize,
            notes: &archive.notes,
            doubts: &archive.doubts,
            case,
            is_of_case: false,
        }
    }
}

/// Shows the archive: first what a person has to know, then the buttons, then the details.
pub fn rebuilt_archive(ui: &mut Ui, shown: ShownArchive<'_>, cx: &ViewContext<'_>, out: &mut Outbox) {
    if let Some(receipt) = shown.receipt {
        kit::prose(ui, &receipt.verdict_sentence, tokens(ui).text);
    }
    if let Some(rebuilt) = shown.rebuilt {
        kit::soft(ui, rebuilt.sentence());
        missing(ui, shown.gaps);
    }
    for note in shown.notes {
        let (severity, glyph) =
            if note.is_warning() { (Severity::Warn, icons::WARN) } else { (Severity::Info, icons::INFO) };
        kit::say(ui, severity, glyph, &note.sentence());
    }
    for doubt in shown.doubts {
        let words = format!("{} {}", doubt.sentence(), kit::hint_words(&RelationsHint::SplitArchive.into()));
        kit::say(ui, Severity::Warn, icons::WARN, &words);
    }
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| buttons(ui, shown, cx, out));
    ui.add_space(space::XS);
    if let Some(rebuilt) = shown.rebuilt {
        contents(ui, rebuilt, shown.left_out);
    }
    let (file, digest) = if shown.is_set {
        ("List of the set", "SHA-256 of the list")
    } else {
        ("Rebuilt file", "SHA-256 of the rebuilt file")
    };
    kit::pair(ui, file, &shown.path.display().to_string());
    kit::pair(ui, digest, shown.sha256);
    if let Some(receipt) = shown.receipt {
        test_import(ui, receipt, cx, out);
    }
}

/// The parts of a set, what was added, and what was left out.
fn contents(ui: &mut Ui, rebuilt: &RebuiltFrom, left_out: usize) {
    for part in rebuilt.parts.iter().take(LISTED) {
        kit::soft(ui, format!("Part: {part}"));
    }
    more(ui, rebuilt.parts.len(), ("more part", "more parts"));
    for filled in &rebuilt.filled {
        kit::soft(ui, format!("Added: {filled}"));
    }
    for left in rebuilt.left_out_lines().iter().take(LISTED) {
        kit::soft(ui, format!("Left out: {left}"));
    }
    more(ui, left_out, ("more file was left out", "more files were left out"));
}

fn buttons(ui: &mut Ui, shown: ShownArchive<'_>, cx: &ViewContext<'_>, out: &mut Outbox) {
    let ShownArchive { receipt, case, .. } = shown;
    let path = || PathBuf::from(shown.path);
    let no_receipt = receipt.is_none().then(|| "The receipt cannot be read.".to_owned());
    let copy = Button::new("Copy the receipt of the rebuilt archive").caption("Copy the receipt");
    let copy = copy.pointed(shown.is_of_case && cx.next == Some(UiCommand::CopyReceipt));
    if copy.icon(icons::COPY).primary().blocked(no_receipt).show(ui).clicked()
        && let Some(receipt) = receipt
    {
        copy_receipt(ui.ctx(), receipt, cx);
    }
    let folder = Button::new("Show the rebuilt archive in its folder").caption("Open the folder");
    if folder.icon(icons::FOLDER).show(ui).clicked() {
        out.push(Intent::OpenFolder(path()));
    }
    if shown.is_set {
        let import = Button::new("Import the set of archives").caption("Import the set…");
        if import.icon(icons::IMPORT).show(ui).clicked() {
            out.push(Intent::ImportFile(path()));
        }
        return again(ui, shown, cx, out);
    }
    let inspect = Button::new("Inspect the rebuilt archive").caption("Inspect");
    if inspect.icon(icons::VERIFIED).show(ui).clicked() {
        out.push(Intent::Inspect(path()));
    }
    let test = Button::new("Test import of the rebuilt archive").caption("Test import…");
    if test.icon(icons::IMPORT).show(ui).clicked() {
        out.open(TestImportRequest::new(shown.path, receipt.map(AsRef::as_ref), case));
    }
    again(ui, shown, cx, out);
}

/// The case's archive can be rebuilt in another way, for example as a set, or without its gaps.
fn again(ui: &mut Ui, shown: ShownArchive<'_>, cx: &ViewContext<'_>, out: &mut Outbox) {
    if shown.is_of_case
        && !shown.gaps.is_empty()
        && let Some(view) = cx.rebuild
    {
        let label = "Export the relations again";
        let button = Button::new(label).icon(icons::RETRY).blocked(cx.cannot_ask_of(&view.job.instance));
        let tip =
            "GitLab exports all relations again, and Export Desk builds another archive. This one stays.";
        if button.tooltip(tip).show(ui).clicked() {
            out.ask(Command::Rebuild(view.anew()), IfUnhandled::ToastError);
        }
    }
    let button = UiCommand::RebuildWith.button(ui, cx).quiet();
    if shown.is_of_case && button.show(ui).clicked() {
        out.run(UiCommand::RebuildWith);
    }
}

/// Lists what is missing in the archive that is there.
fn missing(ui: &mut Ui, gaps: &[Gap]) {
    each_gap(ui, gaps, |ui, gap| kit::say(ui, Severity::Bad, icons::BAD, gap));
}

/// Lists the gaps below the error that is about them.
pub fn refused_for(ui: &mut Ui, gaps: &[Gap]) {
    each_gap(ui, gaps, |ui, gap| {
        kit::prose(ui, gap, tokens(ui).text);
    });
}

fn each_gap(ui: &mut Ui, gaps: &[Gap], line: impl Fn(&mut Ui, &str)) {
    for gap in gaps.iter().take(LISTED) {
        line(ui, &format!("Missing: {}", gap.sentence()));
    }
    more(ui, gaps.len(), ("more gap", "more gaps"));
}

fn more(ui: &mut Ui, all: usize, (one, many): (&str, &str)) {
    if let Some(more) = all.checked_sub(LISTED).filter(|more| *more > 0) {
        kit::faint(ui, format!("{}.", format::number_of(more as u64, one, many)));
    }
}
