//! The question before an archive is built from downloaded relation files.

use std::path::{Path, PathBuf};

use egui::Context;

use crate::engine::api::{BuildOptions, Command};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::dialogs::archive_choices::ArchiveChoices;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{DialogFrame, DialogVerdict};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// Opens the dialog for the files in a folder.
#[derive(Debug)]
pub struct BuildArchive {
    pub folder: PathBuf,
    pub allow_gaps: bool,
}

impl DialogRequest for BuildArchive {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let mut of_folder =
            cx.snapshot.relations.iter().filter(|view| view.folder.as_ref() == Some(&self.folder));
        let rows = of_folder.next().map(|view| view.rows.iter()).into_iter().flatten();
        let listed = rows.map(|row| row.relation.clone()).collect();
        let choices = ArchiveChoices::new(cx.snapshot.settings.import_limit_bytes()).of_listed(listed);
        Box::new(BuildDialog { of: *self, choices })
    }
}

#[derive(Debug)]
struct BuildDialog {
    of: BuildArchive,
    choices: ArchiveChoices,
}

impl Dialog for BuildDialog {
    fn on_picked(&mut self, path: &Path) {
        self.choices.set_picked(path);
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let dialog = DialogFrame::new("Build an archive").accept("Build").width(600.0);
        let verdict = dialog.blocked(self.choices.blocked()).show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            self.choices.ui(ui, &cx.snapshot.download_folder, out);
        });
        if verdict == DialogVerdict::Accepted {
            let options = BuildOptions {
                allow_gaps: self.of.allow_gaps,
                members: Some(self.choices.members()),
                without: self.choices.without(),
                split: self.choices.split(),
                fills: true,
                ..BuildOptions::default()
            };
            let command = Command::BuildArchive { folder: self.of.folder.clone(), options };
            out.ask(command, IfUnhandled::ToastError);
        }
        verdict == DialogVerdict::Open
    }
}
