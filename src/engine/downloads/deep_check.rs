//! The check in depth of a downloaded archive, which was checked on the surface while it was downloaded.

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
use crate::case::{DownloadId, UserError};
use crate::engine::api::{DownloadState, Receipt};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::happened::Happened;
use crate::store::Write;

use super::Downloads;
use super::archives::{case_told, entries};
use super::file_download::DownloadKind;

impl Downloads {
    /// The newest archive whose repository is to be checked in depth, and its path.
    pub fn deep_check_due(&self) -> Option<(DownloadId, PathBuf)> {
        let mut newest_first = self.files.archives().rev();
        newest_first.find_map(|download| {
            let archive = download.as_archive()?;
            let is_due = download.state == DownloadState::Done && archive.detail.is_deep_check_due;
            Some((download.id, archive.receipt.as_ref().filter(|_| is_due)?.path.clone()))
        })
    }

    /// Records the result of the check in depth. After an error, or where the file has changed since the download, the
    /// receipt stays as it is, and the check is not repeated.
    pub fn deep_checked(
        &mut self,
        core: &mut Core,
        id: DownloadId,
        result: &Result<Arc<Report>, UserError>,
    ) -> Option<Happened> {
        let Some(DownloadKind::Archive(archive)) = self.files.get_mut(id).map(|one| &mut one.what) else {
            return None;
        };
        let now = clock::now();
        archive.detail.is_deep_check_due = false;
        archive.row = archive.row_with(&archive.detail);
        let before = archive.receipt.clone()?;
        let report = result.as_ref().ok().filter(|report| report.sha256 == before.sha256);
        let receipt = report.map(|report| Receipt {
            test_import: before.test_import.clone(),
            ..Receipt::of(report, before.path.clone(), before.project_path.clone(), now)
        });
        let is_other = receipt.as_ref().is_some_and(|receipt| receipt.verdict != before.verdict);
        let mut lines = Vec::new();
        if let Some(receipt) = receipt {
            archive.row.verdict = Some(receipt.verdict.clone());
            archive.row.receipt = serde_json::to_string(&receipt).ok();
            if is_other {
                lines = entries(&archive.row, Some(&receipt), None);
            }
            archive.receipt = Some(Arc::new(receipt));
        }
        let row = archive.row.clone();
        let told = archive.receipt.as_deref().filter(|_| is_other);
        let happened = told.and_then(|receipt| case_told(&row, Some(receipt), None, now));
        // The snapshot shows a full disk as an error.
        core.commit(now, vec![Write::PutDownload(Box::new(row))], lines).ok();
        if let Some(download) = self.files.get_mut(id) {
            download.touch();
        }
        self.archive_views.touch();
        happened
    }
}
