//! The verified archive of the selected case, downloaded or rebuilt.

use std::path::Path;
use std::sync::Arc;

use egui::Context;

use crate::case::UtcMs;
use crate::engine::api::{Receipt, receipt_of_file};

use super::command::UiCommand;
use super::kit;
use super::view_context::ViewContext;

/// A verified archive.
#[derive(Clone, Copy, Debug)]
pub struct CaseArchive<'a> {
    pub path: &'a Path,
    /// `None` where the receipt of a rebuilt archive cannot be read.
    pub receipt: Option<&'a Arc<Receipt>>,
    /// Whether `path` is the list of a set of archives.
    is_set: bool,
    at: UtcMs,
}

impl<'a> CaseArchive<'a> {
    /// The newer one of the case's downloaded and rebuilt archives.
    pub fn of(cx: &ViewContext<'a>) -> Option<Self> {
        let downloaded = cx.download.and_then(|download| download.done.as_ref()).map(|receipt| Self {
            path: &receipt.path,
            receipt: Some(receipt),
            is_set: false,
            at: receipt.at,
        });
        let rebuilt = cx.rebuild.and_then(|view| {
            let archive = view.job.archive()?;
            Some(Self {
                path: Path::new(&archive.path),
                receipt: view.receipt.as_ref(),
                is_set: !archive.parts.is_empty(),
                at: view.job.ended_at?,
            })
        });
        downloaded.into_iter().chain(rebuilt).max_by_key(|archive| archive.at)
    }

    /// Why a command about the case's archive is disabled; `None` if it is enabled.
    pub fn blocked(cx: &ViewContext<'_>, command: UiCommand) -> Option<&'static str> {
        let archive = CaseArchive::of(cx);
        match (command, archive) {
            (UiCommand::OpenFolder, None) if cx.download.is_none() => {
                Some("Nothing was downloaded for this case.")
            }
            (UiCommand::OpenFolder, _) => None,
            (_, None) => Some("This case has no verified archive yet."),
            (UiCommand::CopyReceipt, Some(archive)) if archive.receipt.is_none() => {
                Some("The receipt cannot be read.")
            }
            (UiCommand::InspectFile, Some(archive)) if archive.is_set => Some(
                "The case's archive is a set. Open one archive of the set on the Archives page to inspect it.",
            ),
            (UiCommand::TestImport, Some(archive)) if archive.is_set => {
                Some("A set of archives has no test import. Select Import the set… on the page of the case.")
            }
            (_, Some(_)) => None,
        }
    }
}

/// Copies the receipt of a file as Markdown: the same text from every page.
pub fn copy_receipt(ctx: &Context, receipt: &Arc<Receipt>, cx: &ViewContext<'_>) {
    kit::copy(ctx, "receipt", receipt_of_file(cx.snapshot, receipt).markdown());
}
