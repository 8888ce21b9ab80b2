//! The dialog that asks where a download goes. The person can always type the path, because not every desktop has a
//! file dialog.

use std::path::Path;

use egui::Context;

use crate::case::CaseId;
use crate::engine::api::{Command, DownloadTarget};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::intent::{IfUnhandled, Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::platform::{folders, synced};

/// The dialog's state.
#[derive(Debug)]
struct SaveIn {
    of: DownloadOf,
    path: String,
    opened: bool,
}

/// Opens the dialog.
#[derive(Debug)]
pub struct DownloadOf {
    pub case: CaseId,
    pub instance: String,
    pub project: String,
}

impl DialogRequest for DownloadOf {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let path = cx.snapshot.download_folder.display().to_string();
        Box::new(SaveIn { of: *self, path, opened: false })
    }
}

impl Dialog for SaveIn {
    fn on_picked(&mut self, path: &Path) {
        self.path = path.display().to_string();
    }

    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let blocked = self.path.trim().is_empty().then(|| "Type a folder or a file.".to_owned());
        let dialog = DialogFrame::new("Download to").accept("Download").width(560.0).blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            Field::new("Folder or file")
                .note("A name that ends in .tar.gz is a file and must not exist yet. Any other name is a folder.")
                .focus(!self.opened)
                .show(ui, &mut self.path);
            self.opened = true;
            if let Some(warning) = synced::warning(&folders::typed(&self.path)) {
                kit::soft(ui, warning);
            }
            if Button::new("Choose a folder…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::SaveIn));
            }
        });
        if verdict == DialogVerdict::Accepted {
            let command = Command::Download {
                instance: self.of.instance.clone(),
                project: self.of.project.clone(),
                case: Some(self.of.case),
                target: target(self.path.trim()),
                connections: None,
            };
            out.ask(command, IfUnhandled::ToastError);
        }
        verdict == DialogVerdict::Open
    }
}

fn target(typed: &str) -> DownloadTarget {
    let path = folders::typed(typed);
    let is_file = [".tar.gz", ".tgz"].iter().any(|end| typed.to_lowercase().ends_with(end));
    if is_file { DownloadTarget::File(path) } else { DownloadTarget::Folder(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_name_is_a_file_and_the_rest_a_folder() {
        let folder = std::env::temp_dir();
        let target_in = |name: &str| target(folder.join(name).to_str().unwrap());
        assert_eq!(target_in("a.tar.gz"), DownloadTarget::File(folder.join("a.tar.gz")));
        assert_eq!(target_in("exports"), DownloadTarget::Folder(folder.join("exports")));
        for typed in ["~/x", "x"] {
            let absolute = matches!(target(typed), DownloadTarget::Folder(path) if path.is_absolute());
            assert!(absolute, "{typed}: the window was started in a folder that nobody chose");
        }
    }
}
