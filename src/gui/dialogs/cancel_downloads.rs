//! The question before downloads are cancelled.

use egui::Context;

use crate::case::DownloadId;
use crate::engine::api::{Command, DownloadView};
use crate::gui::dialog::Dialog;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// How many projects are named.
const NAMED: usize = 6;

/// Asks before these downloads are cancelled.
#[derive(Debug)]
pub struct CancelDownloads {
    downloads: Vec<(DownloadId, String)>,
    /// What has arrived so far.
    bytes: u64,
}

impl CancelDownloads {
    pub fn of<'a>(downloads: impl IntoIterator<Item = &'a DownloadView>) -> Self {
        let mut dialog = Self { downloads: Vec::new(), bytes: 0 };
        for download in downloads {
            dialog.downloads.push((download.id, download.project_path.clone()));
            dialog.bytes += download.bytes;
        }
        dialog
    }
}

impl Dialog for CancelDownloads {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let number = self.downloads.len();
        let title = match number {
            1 => "Cancel the download?".to_owned(),
            _ => format!("Cancel {number} downloads?"),
        };
        let dialog =
            DialogFrame::new(&title).accept("Cancel, keep the partial file").dismiss("Keep downloading");
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            for (id, project) in self.downloads.iter().take(NAMED) {
                kit::soft(ui, format!("Download {id} of {project}"));
            }
            if number > NAMED {
                kit::faint(ui, format!("and {} more", number - NAMED));
            }
            let bytes = format::bytes(self.bytes);
            kit::soft(
                ui,
                format!(
                    "{bytes} that have arrived stay on disk. A later download of the same file resumes there."
                ),
            );
        });
        if verdict == DialogVerdict::Accepted {
            for (download, _) in &self.downloads {
                out.ask(Command::Cancel { download: *download }, IfUnhandled::ToastError);
            }
        }
        verdict == DialogVerdict::Open
    }
}
