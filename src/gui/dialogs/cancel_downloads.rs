//! The question before downloads are cancelled.

use std::path::PathBuf;

use egui::Context;

use crate::case::{DownloadId, RelationsId};
use crate::engine::api::{Command, DownloadView, RelationsCommand, RelationsDownload, RelationsView};
use crate::gui::dialog::Dialog;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// How many projects are named.
const NAMED: usize = 6;

/// Asks before these downloads are cancelled, and says what stays on disk.
#[derive(Debug)]
pub struct CancelDownloads {
    downloads: Vec<(Cancelled, String)>,
    /// What has arrived so far.
    bytes: u64,
    /// The folder of relation files, where they are what is cancelled.
    folder: Option<PathBuf>,
}

/// What is cancelled.
#[derive(Clone, Copy, Debug)]
enum Cancelled {
    Archive(DownloadId),
    Files(RelationsId),
}

impl Cancelled {
    fn command(self) -> Command {
        match self {
            Self::Archive(download) => Command::Cancel { download },
            Self::Files(run) => Command::Relations(RelationsCommand::CancelFiles { run }),
        }
    }
}

impl CancelDownloads {
    pub fn of<'a>(downloads: impl IntoIterator<Item = &'a DownloadView>) -> Self {
        let mut dialog = Self { downloads: Vec::new(), bytes: 0, folder: None };
        for download in downloads {
            let words = format!("Download {} of {}", download.id, download.project_path);
            dialog.downloads.push((Cancelled::Archive(download.id), words));
            dialog.bytes += download.bytes;
        }
        dialog
    }

    /// For the files of a relations export.
    pub fn of_files(view: &RelationsView, download: &RelationsDownload) -> Self {
        let (done, all) = (download.files_done, download.files_all as u64);
        let files = format::number_of(all, "relation file", "relation files");
        let words = format!("{done} of {files} of {} are complete", view.run.project_path);
        Self {
            downloads: vec![(Cancelled::Files(view.run.id), words)],
            bytes: download.bytes,
            folder: Some(download.folder.clone()),
        }
    }

    /// What stays on disk.
    fn stays(&self) -> String {
        let bytes = format::bytes(self.bytes);
        match &self.folder {
            Some(folder) => format!(
                "{bytes} that have arrived stay on disk in {}. A later download into this folder resumes there.",
                folder.display()
            ),
            None => format!(
                "{bytes} that have arrived stay on disk. A later download of the same file resumes there."
            ),
        }
    }
}

impl Dialog for CancelDownloads {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let number = self.downloads.len();
        let title = match number {
            1 => "Cancel the download?".to_owned(),
            _ => format!("Cancel {number} downloads?"),
        };
        let accept =
            if self.folder.is_some() { "Cancel, keep the files" } else { "Cancel, keep the partial file" };
        let dialog = DialogFrame::new(&title).accept(accept).dismiss("Keep downloading");
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            for (_, words) in self.downloads.iter().take(NAMED) {
                kit::soft(ui, words.as_str());
            }
            if number > NAMED {
                kit::faint(ui, format!("and {} more", number - NAMED));
            }
            kit::soft(ui, self.stays());
        });
        if verdict == DialogVerdict::Accepted {
            for (cancelled, _) in &self.downloads {
                out.ask(cancelled.command(), IfUnhandled::ToastError);
            }
        }
        verdict == DialogVerdict::Open
    }
}
