//! The task of one download: uses the existing file, or downloads the file, verifies it meanwhile, records it and
//! renames it.

use std::ops::ControlFlow;
use std::path::Path;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::archive::{self, Report, VerifyError};
use crate::case::batch::ItemFile;
use crate::case::{Code, UserError, format};
use crate::download::{
    self, Control, Decision, Done, DownloadJob, DownloadProgress, DownloadTiming, Failed, Gate, Source,
    Target,
};
use crate::engine::access::ApiAccess;
use crate::engine::api::archive_error;
use crate::engine::limiter::Limit;
use crate::engine::user_error::{defect, of_download};
use crate::gitlab::{Client, ErrorKind, ProjectKey};

use super::input::{DownloadStop, Downloaded, TaskEnd, Verified};
use super::outer_layer;
use super::pending_rename::{PendingRename, limits};
use super::rename_recorder::RenameRecorder;

/// What the task of every file gets.
#[derive(Debug)]
pub struct TaskSetup {
    pub api: ApiAccess,
    pub project_id: u64,
    pub download_timing: DownloadTiming,
    pub control: Control,
    pub progress: watch::Sender<DownloadProgress>,
    pub recorder: RenameRecorder,
}

/// What the task of an archive gets in addition.
#[derive(Debug)]
pub struct ArchiveOrder {
    pub target: Target,
    pub connections: Option<u8>,
    pub run: Option<String>,
    /// The rename that was recorded before the program ended.
    pub pending: Option<PendingRename>,
}

/// What happens to a file after its verification.
pub fn decision<R>(verification: &Result<R, VerifyError>, is_good: impl Fn(&R) -> bool) -> Decision {
    match verification {
        Ok(report) if is_good(report) => Decision::Keep,
        Ok(_) => Decision::Reject,
        Err(VerifyError::Foreign { .. }) => Decision::Abandon,
        // A disk that cannot be read says nothing about the file.
        Err(VerifyError::Read(_) | VerifyError::Cancelled) => Decision::Unread,
    }
}

/// The error for a file whose verification produced no report, so that it keeps its temporary name.
pub fn unverified(error: &VerifyError, bytes: u64, path: &Path) -> UserError {
    match error {
        VerifyError::Foreign { what, next_step } => UserError::new(
            Code::NotAnExport,
            format!(
                "{what} Export Desk stopped the download after {} and moved the file to {}.",
                format::bytes(bytes),
                path.display()
            ),
            *next_step,
        ),
        VerifyError::Read(_) | VerifyError::Cancelled => UserError::new(
            Code::Local,
            format!("The downloaded file could not be read back: {error}. It is kept as {}.", path.display()),
            "Check the disk, then download again: the file is checked again, and only missing bytes are fetched.",
        ),
    }
}

/// The archive's report, or why the archive could not be read to its end.
type ArchiveVerification = Result<Report, VerifyError>;

/// Downloads the archive of a project's export.
pub async fn download_archive(setup: TaskSetup, order: ArchiveOrder) -> TaskEnd {
    let TaskSetup { mut api, project_id, download_timing, control, progress, recorder } = setup;
    if let Some(pending) = order.pending {
        let looked =
            tokio::task::spawn_blocking(move || pending.archive().map(|report| (pending.path, report)));
        if let Ok(Some((path, report))) = looked.await {
            return Ok(Downloaded::there(Verified::Archive { path, report: Box::new(report) }));
        }
    }
    let client = api.client().await?;
    let job = DownloadJob {
        connections: order.connections,
        run: order.run,
        download_timing,
        control,
        gate: recorded_gate(&api, project_id, recorder.clone()),
        ..DownloadJob::new(Source::export(client.clone(), project_id), order.target)
    };
    let inside = recorder.clone();
    let before_rename = move |path: &Path, verification: &ArchiveVerification| {
        if let Ok(report) = verification {
            recorder.record(PendingRename::of_archive(path.to_owned(), report));
        }
    };
    let result = download::download_recorded(job, verify_archive, before_rename, progress).await;
    let done = match result {
        Ok(done) => done,
        Err(Failed::Cancelled { .. }) => return Err(DownloadStop::Cancelled),
        Err(failed) => {
            let word = status_now(&client, project_id, &failed).await;
            return Err(DownloadStop::Failed(with_status(of_download(&failed), word.as_deref())));
        }
    };
    let counters = Counters::of(&done);
    let record =
        move |path: &Path, report: &Report| inside.record(PendingRename::of_archive(path.to_owned(), report));
    let done = tokio::task::spawn_blocking(move || outer_layer::take_off(done, record))
        .await
        .map_err(|_panicked| DownloadStop::Failed(defect()))?;
    let verified = judged(done)?;
    Ok(counters.downloaded(verified))
}

/// The limit of an archive's download; each call is recorded, so that the next program counts it too.
fn recorded_gate(api: &ApiAccess, project_id: u64, recorder: RenameRecorder) -> Gate {
    let gate = gate(api, Limit::Download(project_id));
    let inside = gate.clone();
    let reserve = move || {
        let wait = inside.reserve();
        recorder.asks_after(wait);
        wait
    };
    Gate::new(reserve, move |wait| gate.limited(wait))
}

/// The rate limit for the API's download endpoints, which all downloads share.
pub fn gate(api: &ApiAccess, limit: Limit) -> Gate {
    let (books, blocks) = (api.limiter.clone(), api.limiter.clone());
    let blocked = limit.clone();
    Gate::new(
        move || books.reserve(&limit, Instant::now()),
        move |wait| blocks.blocked(&blocked, wait, Instant::now()),
    )
}

/// The GitLab status after GitLab had no file: an export may be running.
async fn status_now(client: &Client, project_id: u64, failed: &Failed) -> Option<String> {
    match failed {
        Failed::Api(error) if matches!(error.kind, ErrorKind::NoExportFile) => {
            let status = client.export_status(&ProjectKey::Id(project_id)).await.ok()?;
            Some(status.export_status)
        }
        _ => None,
    }
}

/// Adds to the error what the GitLab status says when there is no file.
fn with_status(error: UserError, word: Option<&str>) -> UserError {
    match word {
        Some("queued" | "started") => UserError::new(
            Code::FileNotReady,
            "The export is still running. There is no file yet.",
            "Watch the export, and download when it is ready.",
        )
        .with_correlation_id(error.correlation_id),
        Some(_) | None => error,
    }
}

/// Verifies the archive while it grows.
fn verify_archive(bytes: download::Follow) -> (ArchiveVerification, Decision) {
    let verification = archive::verify(bytes, &limits(), &mut |_progress| ControlFlow::Continue(()));
    let decision = decision(&verification, |report| report.verdict.may_import());
    (verification, decision)
}

/// The report of a file that got its final name, or why it did not.
fn judged(done: Done<ArchiveVerification>) -> Result<Verified, DownloadStop> {
    let report = match done.verification {
        Ok(report) => report,
        Err(error) => return Err(unverified(&error, done.bytes, &done.path).into()),
    };
    match archive_error(&report) {
        None => Ok(Verified::Archive { path: done.path, report: Box::new(report) }),
        Some(mut error) => {
            error.headline = format!("{} The file was moved to {}.", error.headline, done.path.display());
            let file = Box::new(ItemFile {
                path: done.path.display().to_string(),
                bytes: report.bytes,
                sha256: report.sha256.clone(),
                verdict: report.verdict.as_str().to_owned(),
                verified_at: None,
            });
            Err(DownloadStop::Rejected { error, file })
        }
    }
}

/// Counts what a download needed: resumes, restarts and requests.
pub struct Counters {
    resumed: u32,
    restarted: u32,
    api_requests: u32,
    storage_requests: u32,
}

impl Counters {
    pub fn of<P>(done: &Done<P>) -> Self {
        Self {
            resumed: done.resumed,
            restarted: done.restarted,
            api_requests: done.api_requests,
            storage_requests: done.storage_requests,
        }
    }

    pub fn downloaded(&self, verified: Verified) -> Downloaded {
        Downloaded {
            verified,
            already_complete: false,
            resumed: self.resumed,
            restarted: self.restarted,
            api_requests: self.api_requests,
            storage_requests: self.storage_requests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_disk_is_no_verdict_on_the_file() {
        let of = |verification: Result<bool, VerifyError>| decision(&verification, |good| *good);
        assert_eq!((of(Ok(true)), of(Ok(false))), (Decision::Keep, Decision::Reject));
        let error = std::io::Error::other("input/output error");
        let words = unverified(&VerifyError::Read(error), 7, Path::new("a.tar.gz.part"));
        assert!(words.headline.contains("kept as a.tar.gz.part") && words.code == Code::Local, "{words:?}");
        assert_eq!(of(Err(VerifyError::Read(std::io::Error::other("gone")))), Decision::Unread);
        let foreign = || VerifyError::Foreign { what: "The file is JSON.", next_step: "Read it." };
        assert_eq!(of(Err(foreign())), Decision::Abandon);
        let words = unverified(&foreign(), 7, Path::new("a.damaged"));
        assert_eq!(
            words.headline,
            "The file is JSON. Export Desk stopped the download after 7 B and moved the file to a.damaged."
        );
    }
}
