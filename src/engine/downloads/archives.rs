//! Downloads of archives: their rows in the store, their receipts, and their journal lines.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::archive::{Depth, Report};
use crate::case::batch::{DownloadSeen, ItemFile};
use crate::case::{
    CaseId, DownloadEnded, DownloadId, JournalEntry, JournalEvent, RunId, UserError, UtcMs, VerifiedFile,
};
use crate::download::Target;
use crate::engine::api::{Answer, DownloadState, ItemProgress, Receipt};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::happened::Happened;
use crate::engine::limiter::Limit;
use crate::engine::test_imports::TestImportResults;
use crate::engine::user_error::{defect, of_download};
use crate::store::{DownloadRow, Write};

use super::Downloads;
use super::download_task::ArchiveOrder;
use super::file_download::{ArchiveDownload, Detail, DownloadKind, FileDownload};
use super::input::{DownloadStop, TaskEnd, Verified};
use super::pending_rename::PendingRename;

/// An archive that the user requested.
#[derive(Debug)]
pub struct ArchiveRequest {
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case: Option<CaseId>,
    /// The export whose file GitLab has now, where it is known.
    pub run: Option<RunId>,
    pub target: Target,
    pub connections: Option<u8>,
}

impl ArchiveOrder {
    pub fn of(archive: &ArchiveDownload) -> Self {
        let path = archive.row.target_path.clone();
        Self {
            target: if archive.detail.into_folder { Target::Folder(path) } else { Target::File(path) },
            connections: archive.detail.connections,
            run: archive.row.run_id.map(|run| run.0.to_string()),
            pending: archive.detail.pending.clone(),
        }
    }
}

impl ArchiveDownload {
    /// The row with these details.
    pub(super) fn row_with(&self, detail: &Detail) -> DownloadRow {
        DownloadRow { detail: serde_json::to_string(detail).ok(), ..self.row.clone() }
    }
}

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

    /// What a batch must know of this download.
    pub fn facts_of(&self, id: DownloadId) -> Option<(DownloadSeen, ItemProgress)> {
        let download = self.files.get(id)?;
        let archive = download.as_archive()?;
        let receipt = archive.receipt.as_deref();
        let failed = || download.error.clone().unwrap_or_else(defect);
        let seen = match (download.state, receipt) {
            (DownloadState::Queued | DownloadState::Running | DownloadState::Verifying, _) => {
                DownloadSeen::Moving
            }
            (DownloadState::Paused, _) if download.followers.is_empty() => DownloadSeen::Left,
            (DownloadState::Paused, _) => DownloadSeen::Paused,
            (DownloadState::Cancelled, _) => DownloadSeen::Cancelled,
            (DownloadState::Done, Some(receipt)) => DownloadSeen::Done(ItemFile {
                path: receipt.path.display().to_string(),
                bytes: receipt.bytes,
                sha256: receipt.sha256.clone(),
                verdict: receipt.verdict.clone(),
                verified_at: Some(receipt.at),
            }),
            (DownloadState::Done, None) | (DownloadState::Failed, _) => {
                let file = archive.detail.rejected.as_deref().cloned();
                DownloadSeen::Failed { error: failed(), file }
            }
        };
        let numbers = &download.numbers;
        let bytes_per_s = if download.state.is_running() { numbers.last.bytes_per_second } else { 0 };
        Some((seen, ItemProgress { bytes: numbers.bytes, total_bytes: numbers.total_bytes, bytes_per_s }))
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

    /// Queues the archive of a project's export, or resumes its unfinished download.
    pub fn download_archive(&mut self, core: &mut Core, wanted: ArchiveRequest) -> Result<Answer, UserError> {
        if let Some(id) = self.named_before_the_end(&wanted) {
            self.enqueue(core, id)?;
            return Ok(Answer::Download(id));
        }
        wanted.target.prepare().map_err(|failed| of_download(&failed))?;
        let place = place_of(&wanted.target).to_owned();
        let unended = self.unended(&wanted, &place);
        if let Some(id) = unended
            && self.is_of_another_run(id, wanted.run)
        {
            // That file was complete before the program ended. Its row is finished, and this request becomes another
            // download.
            self.enqueue(core, id)?;
        } else if let Some(id) = unended {
            if let Some(DownloadKind::Archive(archive)) = self.files.get_mut(id).map(|one| &mut one.what) {
                archive.detail.connections = wanted.connections;
            }
            self.enqueue(core, id)?;
            return Ok(Answer::Download(id));
        }
        let id = core.store.next_download_id().map_err(|error| error.error())?;
        let row = new_row(id, wanted, place);
        let what = JournalEvent::DownloadStarted {
            project: row.project.clone(),
            path: row.target_path.display().to_string(),
        };
        let entry = JournalEntry { case_id: row.case_id, run_id: row.run_id, what };
        core.commit(row.created_at, vec![Write::PutDownload(Box::new(row.clone()))], vec![entry])?;
        self.files.insert(FileDownload::archive(row).for_front_end(core.sessions.acting()));
        self.archive_views.touch();
        self.start(core);
        Ok(Answer::Download(id))
    }

    /// A download of the same project to the same file that was renamed when the program ended, but whose end was not
    /// recorded. The existing file is the answer unless somebody has changed it.
    fn named_before_the_end(&self, wanted: &ArchiveRequest) -> Option<DownloadId> {
        let Target::File(path) = &wanted.target else { return None };
        let id = self.unended(wanted, path)?;
        let archive = self.files.get(id)?.as_archive()?;
        let is_named = archive.detail.pending.as_ref().is_some_and(|pending| pending.path == *path);
        (is_named && path.symlink_metadata().is_ok()).then_some(id)
    }

    /// An unfinished download of the same project to the same path.
    fn unended(&self, wanted: &ArchiveRequest, place: &Path) -> Option<DownloadId> {
        let is_same = |row: &DownloadRow| {
            row.instance == wanted.instance
                && row.project_id == Some(wanted.project_id)
                && row.target_path == place
        };
        let mut newest_first = self.files.archives().rev();
        let found = newest_first.find(|download| {
            download.state != DownloadState::Done
                && download.as_archive().is_some_and(|archive| is_same(&archive.row))
        });
        found.map(|download| download.id)
    }

    /// Whether the file is complete, but nobody knows that GitLab still has the same file.
    fn is_of_another_run(&self, id: DownloadId, ready: Option<RunId>) -> bool {
        self.files.get(id).and_then(FileDownload::as_archive).is_some_and(|archive| {
            archive.detail.pending.is_some() && (ready.is_none() || archive.row.run_id != ready)
        })
    }

    pub(super) fn put_archive_state(
        &mut self,
        core: &mut Core,
        id: DownloadId,
        state: DownloadState,
    ) -> Result<(), UserError> {
        let now = clock::now();
        let Some(download) = self.files.get(id) else { return Ok(()) };
        let Some(archive) = download.as_archive() else { return Ok(()) };
        let mut row = archive.row.clone();
        state.as_str().clone_into(&mut row.state);
        row.ended_at = state.is_ended().then_some(now);
        row.bytes = download.numbers.bytes.max(row.bytes);
        let is_cancelled = state == DownloadState::Cancelled && download.state != state;
        let lines = if is_cancelled { entries(&row, None, None) } else { Vec::new() };
        core.commit(now, vec![Write::PutDownload(Box::new(row.clone()))], lines)?;
        if let Some(DownloadKind::Archive(archive)) = self.files.get_mut(id).map(|one| &mut one.what) {
            archive.row = row;
        }
        Ok(())
    }

    /// Applies new results of test imports to the receipts.
    pub fn test_import_result(&mut self, test_imports: &Arc<TestImportResults>) {
        self.test_imports = Arc::clone(test_imports);
        for download in self.files.archives_mut() {
            let DownloadKind::Archive(archive) = &mut download.what else { continue };
            if archive.receipt.as_mut().is_some_and(|receipt| test_imports.join(receipt)) {
                download.touch();
                self.archive_views.touch();
            }
        }
    }

    /// Completed archives with their receipts.
    pub fn receipts(&self) -> impl Iterator<Item = (&DownloadRow, &Arc<Receipt>)> {
        let done = self.files.archives().filter(|download| download.state == DownloadState::Done);
        done.filter_map(|download| download.as_archive())
            .filter_map(|archive| Some((&archive.row, archive.receipt.as_ref()?)))
    }

    /// Counts the calls that an earlier program made: GitLab's minute does not begin anew with this one.
    pub(super) fn count_earlier(&self, core: &mut Core, now: UtcMs) {
        for download in self.files.archives() {
            let Some(archive) = download.as_archive() else { continue };
            let (Some(project), Some(at)) = (archive.row.project_id, archive.detail.asked_at) else {
                continue;
            };
            // One whose turn had not come was not made.
            if let Ok(age) = u64::try_from(now.since_ms(at)) {
                let (limit, age) = (Limit::Download(project), Duration::from_millis(age));
                core.sessions.sent_before(&archive.row.instance, &limit, age);
            }
        }
    }

    pub(super) fn record_call(&mut self, core: &mut Core, id: DownloadId, wait: Duration) {
        let now = clock::now();
        let at = now.plus_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        self.record_detail(core, id, |detail| detail.asked_at = Some(at));
    }

    pub(super) fn record_archive(&mut self, core: &mut Core, id: DownloadId, rename: PendingRename) {
        self.record_detail(core, id, |detail| detail.pending = Some(rename));
    }

    fn record_detail(&mut self, core: &mut Core, id: DownloadId, change: impl FnOnce(&mut Detail)) {
        let Some(DownloadKind::Archive(archive)) = self.files.get_mut(id).map(|one| &mut one.what) else {
            return;
        };
        change(&mut archive.detail);
        archive.row = archive.row_with(&archive.detail);
        let row = Box::new(archive.row.clone());
        core.commit(clock::now(), vec![Write::PutDownload(row)], Vec::new()).ok();
    }

    /// Continues the downloads that have stopped only because the program had no token, where it may have one now.
    /// Those into the folder of a batch are left to it.
    pub fn continue_with_token(&mut self, core: &mut Core, is_of_batch: impl Fn(&Path) -> bool) {
        let lacks = |one: &FileDownload| {
            let is_lacking = one.error.as_ref().is_some_and(|error| error.code.lacks_token());
            let is_begun = one.was_begun && one.state == DownloadState::Failed;
            is_lacking && is_begun && one.as_archive().is_some() && !is_of_batch(&one.folder())
        };
        for id in self.files.ids(|one| lacks(one) && core.sessions.may_have_token(one.instance())) {
            // The snapshot shows a full disk as an error.
            self.enqueue(core, id).ok();
        }
        // Those of an instance that was not known were not even begun.
        self.start(core);
    }

    pub(super) fn archive_ended(&mut self, core: &mut Core, id: DownloadId, end: TaskEnd) -> Vec<Happened> {
        let now = clock::now();
        let Some(download) = self.files.get(id) else { return Vec::new() };
        let Some(archive) = download.as_archive() else { return Vec::new() };
        if matches!(end, Err(DownloadStop::Cancelled)) && download.state == DownloadState::Queued {
            // The download was requested again while it was being cancelled: it stays queued.
            return Vec::new();
        }
        let project = archive.row.project.clone();
        let mut rejected = None;
        let (state, receipt, error) = match end {
            Ok(done) => (DownloadState::Done, receipt_of(done.verified, project, now), None),
            Err(DownloadStop::Cancelled) => (DownloadState::Cancelled, None, None),
            Err(DownloadStop::Failed(error)) => (DownloadState::Failed, None, Some(error)),
            Err(DownloadStop::Rejected { error, file }) => {
                rejected = Some(file);
                (DownloadState::Failed, None, Some(error))
            }
        };
        let is_on_surface = |receipt: &Receipt| receipt.depth.as_deref() == Some(Depth::Surface.as_str());
        let detail = Detail {
            error: error.clone(),
            pending: None,
            rejected,
            is_deep_check_due: receipt.as_ref().is_some_and(is_on_surface),
            ..archive.detail.clone()
        };
        let mut row = archive.row_with(&detail);
        (row.bytes, row.total_bytes) = (download.numbers.bytes, download.numbers.total_bytes);
        if let Some(receipt) = &receipt {
            row.sha256 = Some(receipt.sha256.clone());
            row.verdict = Some(receipt.verdict.clone());
            row.receipt = serde_json::to_string(receipt).ok();
        }
        row.ended_at = Some(now);
        state.as_str().clone_into(&mut row.state);
        // A paused download was told as cancelled before its task ended.
        let is_told = state == DownloadState::Cancelled && download.state == state;
        let entries = if is_told { Vec::new() } else { entries(&row, receipt.as_ref(), error.as_ref()) };
        // The snapshot shows a full disk as an error. The file itself already has its final name.
        core.commit(now, vec![Write::PutDownload(Box::new(row.clone()))], entries).ok();
        let happened = case_told(&row, receipt.as_ref(), error.as_ref(), now);
        let receipt = receipt.map(|receipt| {
            let mut receipt = Arc::new(receipt);
            self.test_imports.join(&mut receipt);
            receipt
        });
        if let Some(download) = self.files.get_mut(id) {
            download.error = error;
            download.what = DownloadKind::Archive(Box::new(ArchiveDownload { row, detail, receipt }));
        }
        self.files.set_state(id, state);
        self.archive_views.touch();
        happened.into_iter().collect()
    }
}

fn receipt_of(verified: Verified, project: String, now: UtcMs) -> Option<Receipt> {
    let Verified::Archive { path, report } = verified else { return None };
    Some(Receipt::of(&report, path, Some(project), now))
}

fn new_row(id: DownloadId, wanted: ArchiveRequest, place: PathBuf) -> DownloadRow {
    let into_folder = matches!(wanted.target, Target::Folder(_));
    let detail = Detail { into_folder, connections: wanted.connections, ..Detail::default() };
    DownloadRow {
        id,
        instance: wanted.instance,
        project: wanted.project_path,
        project_id: Some(wanted.project_id),
        run_id: wanted.run,
        case_id: wanted.case,
        target_path: place,
        state: DownloadState::Queued.as_str().to_owned(),
        bytes: 0,
        total_bytes: None,
        sha256: None,
        verdict: None,
        detail: serde_json::to_string(&detail).ok(),
        receipt: None,
        created_at: clock::now(),
        ended_at: None,
    }
}

/// The path of a target, whether file or folder.
fn place_of(target: &Target) -> &Path {
    match target {
        Target::File(path) | Target::Folder(path) => path,
    }
}

/// The journal lines about the end of a download: without a receipt and without an error, it was cancelled.
pub(super) fn entries(
    row: &DownloadRow,
    receipt: Option<&Receipt>,
    error: Option<&UserError>,
) -> Vec<JournalEntry> {
    let what = match (receipt, error) {
        (Some(receipt), _) => JournalEvent::DownloadVerified {
            project: row.project.clone(),
            path: receipt.path.display().to_string(),
            bytes: receipt.bytes,
            sha256: receipt.sha256.clone(),
            verdict: receipt.verdict.clone(),
        },
        (None, Some(error)) => {
            JournalEvent::DownloadFailed { project: row.project.clone(), headline: error.headline.clone() }
        }
        (None, None) => JournalEvent::DownloadCancelled { project: row.project.clone(), bytes: row.bytes },
    };
    vec![JournalEntry { case_id: row.case_id, run_id: row.run_id, what }]
}

/// What the case must learn of the end of its download.
pub(super) fn case_told(
    row: &DownloadRow,
    receipt: Option<&Receipt>,
    error: Option<&UserError>,
    now: UtcMs,
) -> Option<Happened> {
    let case = row.case_id?;
    let result = match (receipt, error) {
        (Some(receipt), _) => Ok(VerifiedFile {
            bytes: receipt.bytes,
            sha256: receipt.sha256.clone(),
            verdict: receipt.verdict.clone(),
            rebuilt: None,
        }),
        // A full disk here says nothing about the customer's export.
        (None, error) => Err(error?.said_of_project()?.to_owned()),
    };
    Some(Happened::DownloadEnded { case, ended: DownloadEnded { ended_at: now, result } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Code;

    #[test]
    fn only_what_the_server_said_about_the_file_reaches_the_case() {
        let wanted = ArchiveRequest {
            instance: "https://gitlab.com".into(),
            project_id: 7,
            project_path: "acme/api".into(),
            case: Some(CaseId(1)),
            run: None,
            target: Target::Folder("/srv".into()),
            connections: None,
        };
        let row = new_row(DownloadId(1), wanted, "/srv".into());
        let ours = UserError::new(Code::Network, "The server does not answer.", "Try again.");
        let words = "404 Not found or has expired";
        let said = ours.clone().with_said(Some(words.into()));
        let told = |row: &DownloadRow, error| case_told(row, None, error, UtcMs(1));
        assert!(told(&row, None).is_none() && told(&row, Some(&ours)).is_none());
        let Some(Happened::DownloadEnded { case, ended }) = told(&row, Some(&said)) else { panic!() };
        assert_eq!((case, ended.result.unwrap_err()), (CaseId(1), words.to_owned()));
        assert!(
            told(&DownloadRow { case_id: None, ..row }, Some(&said)).is_none(),
            "no case, nobody to tell"
        );
    }
}
