//! The archive that is rebuilt from downloaded relation files: what it is, its progress, its result.

use std::path::Path;

use egui::{Align, Layout, Ui};

use crate::engine::api::{BuildFailed, BuildView, Command, Gap, RelationsView};
use crate::gui::dialogs::build_archive::BuildArchive;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::build_progress::build_progress;
use crate::gui::pages::rebuilt_archive::{ShownArchive, rebuilt_archive, refused_for};
use crate::gui::view_context::ViewContext;

use super::files::{here, start};

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
                Some(Ok(archive)) => {
                    let shown = ShownArchive::of_build(archive, view.run.case_id);
                    rebuilt_archive(ui, shown, cx, out);
                }
                Some(Err(failed)) => refused(ui, view, (&folder, failed), cx, out),
            },
        }
    });
}

fn buttons(ui: &mut Ui, view: &RelationsView, build: Option<&BuildView>, folder: &Path, out: &mut Outbox) {
    if let Some(build) = build.filter(|build| build.ended.is_none()) {
        if Button::new("Cancel the build").icon(icons::CANCEL).show(ui).clicked() {
            let command = Command::CancelBuild { output: build.output.clone() };
            out.ask(command, IfUnhandled::toast("Build cancelled"));
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

fn refused(
    ui: &mut Ui,
    view: &RelationsView,
    (folder, failed): (&Path, &BuildFailed),
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    kit::error(ui, &failed.error);
    refused_for(ui, &failed.gaps);
    let moves = view.download.as_ref().is_some_and(|download| download.is_moving);
    let is_of_gitlab = failed.gaps.iter().any(Gap::is_of_gitlab);
    let again = Button::new("Export the relations again").icon(icons::RETRY).primary();
    if is_of_gitlab && !moves && again.blocked(cx.cannot_ask_of(&view.run.instance)).show(ui).clicked() {
        out.ask(start(view, false), IfUnhandled::ToastError);
    }
    if !failed.gaps.is_empty()
        && !moves
        && Button::new("Build although data is missing…").icon(icons::ARCHIVE).show(ui).clicked()
    {
        out.open(BuildArchive { folder: folder.to_owned(), allow_gaps: true });
    }
}
