//! The archive that is rebuilt from downloaded relation files: what it is, its progress, its result.

use std::path::Path;

use egui::{Align, Layout, Ui};

use crate::engine::api::{BuildFailed, BuildView, BuiltArchive, Command, Gap, RelationsView};
use crate::gui::dialogs::build_archive::BuildArchive;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::archive_report;
use crate::gui::pages::build_progress::build_progress;
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;

use super::files::here;

/// How many gaps and left-out files are listed one by one.
const TOLD: usize = 8;

/// The card above the table, shown once there are files.
pub fn build_card(ui: &mut Ui, view: &RelationsView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(folder) = here(view) else { return };
    let build = cx.snapshot.builds.iter().find(|build| build.folder == folder);
    kit::card(ui, |ui| {
        ui.horizontal(|ui| {
            kit::heading(ui, "Archive from these files");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                buttons(ui, view, build.map(AsRef::as_ref), &folder, out);
            });
        });
        kit::soft(
            ui,
            "Builds one archive that GitLab can import. GitLab does not support this officially. The wiki, snippet \
             repositories and, if you want, members are read from GitLab and added.",
        );
        match build {
            None => {}
            Some(build) => match &build.ended {
                None => build_progress(ui, build, cx),
                Some(Ok(archive)) => ended(ui, archive, out),
                Some(Err(failed)) => refused(ui, view, &folder, failed, out),
            },
        }
    });
}

fn buttons(ui: &mut Ui, view: &RelationsView, build: Option<&BuildView>, folder: &Path, out: &mut Outbox) {
    if let Some(build) = build.filter(|build| build.ended.is_none()) {
        if Button::new("Cancel the build").icon(icons::CANCEL).show(ui).clicked() {
            let command = Command::CancelBuild { output: build.output.clone() };
            out.ask(command, IfUnhandled::ToastOnSuccess("Build cancelled"));
        }
        return;
    }
    let moves = view.download.as_ref().is_some_and(|download| download.is_moving);
    let blocked = moves.then(|| "Wait until all files are downloaded.".to_owned());
    let tip = "Joins and verifies the files, and saves the archive beside the folder.";
    let button = Button::new("Build archive…").icon(icons::ARCHIVE).blocked(blocked).tooltip(tip);
    if button.show(ui).clicked() {
        out.open(BuildArchive { folder: folder.to_owned(), allow_gaps: false });
    }
}

fn ended(ui: &mut Ui, archive: &BuiltArchive, out: &mut Outbox) {
    archive_report::verdict(ui, &archive.report);
    if let Some(rebuilt) = &archive.receipt.rebuilt {
        kit::soft(ui, rebuilt.sentence());
    }
    for part in archive.parts.iter().take(TOLD) {
        kit::soft(ui, format!("Part: {}", part.sentence()));
    }
    if let Some(more) = archive.parts.len().checked_sub(TOLD).filter(|more| *more > 0) {
        kit::faint(ui, format!("{} more parts.", format::count(more as u64)));
    }
    gaps(ui, &archive.gaps);
    for filled in &archive.filled {
        kit::soft(ui, format!("Added: {}", filled.sentence()));
    }
    for left in archive.left_out.iter().take(TOLD) {
        kit::soft(ui, format!("Left out: {}", left.sentence()));
    }
    let more = archive.left_out.len().saturating_sub(TOLD) as u64 + archive.left_out_more;
    if more > 0 {
        kit::faint(ui, format!("Also left out: {}", format::count(more)));
    }
    for note in &archive.notes {
        kit::say(ui, Severity::Warn, icons::WARN, note);
    }
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        if Button::new("Copy receipt").icon(icons::COPY).primary().show(ui).clicked() {
            kit::copy(ui.ctx(), "Receipt", archive.receipt.markdown());
        }
        if Button::new("Show the archive in its folder").icon(icons::FOLDER).show(ui).clicked() {
            out.push(Intent::OpenFolder(archive.path.clone()));
        }
    });
}

fn refused(ui: &mut Ui, view: &RelationsView, folder: &Path, failed: &BuildFailed, out: &mut Outbox) {
    kit::error(ui, &failed.error);
    gaps(ui, &failed.gaps);
    let moves = view.download.as_ref().is_some_and(|download| download.is_moving);
    if !failed.gaps.is_empty()
        && !moves
        && Button::new("Build although parts are missing…").icon(icons::ARCHIVE).show(ui).clicked()
    {
        out.open(BuildArchive { folder: folder.to_owned(), allow_gaps: true });
    }
}

fn gaps(ui: &mut Ui, gaps: &[Gap]) {
    for gap in gaps.iter().take(TOLD) {
        kit::say(ui, Severity::Bad, icons::BAD, &format!("Missing: {}", gap.sentence()));
    }
    if let Some(more) = gaps.len().checked_sub(TOLD).filter(|more| *more > 0) {
        kit::faint(
            ui,
            format!("{} missing.", format::number_of(more as u64, "more part is", "more parts are")),
        );
    }
}
