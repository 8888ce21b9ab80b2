//! The call that starts an import. After an interruption, it first checks whether the upload arrived, and retries
//! only if a retry is cheap or the user agreed to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use secrecy::ExposeSecret;
use tempfile::TempPath;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::archive::Report;
use crate::case::import::{ImportPolled, ImportSeen, RemoteVerdict, is_sent_again};
use crate::case::{Code, Hint, ImportJob, Polled, UserError, UtcMs};
use crate::engine::access::ApiAccess;
use crate::engine::api::{ImportOptions, S3Keys, S3Object};
use crate::engine::clock;
use crate::engine::jobs::input::AcceptedRequest;
use crate::engine::limiter::Limit;
use crate::engine::refusals::of_gitlab;
use crate::engine::send::SendRequest;
use crate::gitlab::{
    Arrival, Client, Error, ErrorKind, FileStamp, ImportTarget, Meaning, ProjectKey, S3Archive,
};

use crate::platform::unfinished::Unfinished;

use super::draft::UploadSource;
use super::explain::{Tried, cut, unanswered};
use super::remote::{probe, sentence};
use super::status::{find_import, find_relation_import, seen, tracker_seen};

/// How many times an upload is tried.
const MOST_TRIES: u32 = 5;

/// The source of an import and its progress. Exists only in memory.
#[derive(Debug, Default)]
pub struct RunningUpload {
    pub source: Option<UploadSource>,
    pub target: ImportTarget,
    pub options: ImportOptions,
    /// The result of the verification.
    pub report: Option<Arc<Report>>,
    /// The archive's stamp when its verification began.
    pub stamp: Option<FileStamp>,
    /// The archive that is sent instead of a relation's file. Deleted on drop.
    pub packed: Option<(TempPath, Unfinished)>,
    pub meter: Arc<Meter>,
    /// The same import was sent before and never answered.
    pub may_arrive_late: bool,
    pub walk: Option<AbortHandle>,
}

/// The progress of verification and upload.
#[derive(Debug, Default)]
pub struct Meter {
    pub verified_bytes: AtomicU64,
    /// Size of all parts of a set that are verified before the upload; 0 for any other archive.
    pub to_verify_bytes: AtomicU64,
    /// The later part of a set that is verified now, counted from 1; 0 while the archive itself is.
    pub part: AtomicU64,
    pub sent_bytes: AtomicU64,
    pub tries: AtomicU32,
    /// Milliseconds from the start of this try to the latest piece.
    pub sending_ms: AtomicU64,
    pub stopped: AtomicBool,
}

impl RunningUpload {
    /// Cancels the verification.
    pub fn stop(&mut self) {
        self.meter.stopped.store(true, Ordering::Relaxed);
        if let Some(walk) = self.walk.take() {
            walk.abort();
        }
    }
}

impl Drop for RunningUpload {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The request of an import.
pub struct ImportRequest {
    pub source: UploadSource,
    pub target: ImportTarget,
    pub target_path: String,
    pub project_id: Option<u64>,
    pub replaces_id: Option<u64>,
    pub retry_upload: bool,
    /// The archive's stamp when it was verified.
    pub stamp: Option<FileStamp>,
    pub meter: Arc<Meter>,
    /// When the first try started.
    pub began_at: UtcMs,
    /// Relation imports that belong to other jobs.
    pub claimed: Vec<u64>,
    /// An earlier try got no answer, so something of it may have arrived.
    pub lost: AtomicBool,
}

impl ImportRequest {
    /// Whether an interrupted upload is retried automatically.
    fn by_itself(&self) -> bool {
        is_sent_again(self.source.bytes()) || self.retry_upload
    }

    /// Whether this try sent the whole file.
    fn is_whole(&self) -> bool {
        self.meter.sent_bytes.load(Ordering::Relaxed) >= self.source.bytes()
    }

    /// If the import deletes a project, it must still be the project that the user agreed to delete.
    async fn still_the_same(&self, client: &Client) -> Result<(), UserError> {
        let Some(agreed) = self.replaces_id else { return Ok(()) };
        let key = ProjectKey::Path(self.target_path.clone());
        let there = client.project(&key, false).await.map_err(|error| of_gitlab(&error))?;
        if there.id == agreed {
            return Ok(());
        }
        Err(UserError::new(
            Code::Refused,
            format!("{} is a different project now (ID {}). Nothing was sent.", self.target_path, there.id),
            "Check the project, then start the import again.",
        ))
    }
}

impl SendRequest for ImportRequest {
    type Answer = AcceptedRequest;

    fn limit(&self) -> Limit {
        Limit::Import
    }

    async fn prepare(&self, api: &mut ApiAccess) -> Result<(), UserError> {
        let client = api.client().await?;
        if let UploadSource::Remote { url, probe: true } = &self.source {
            let verdict = probe(&client, url).await;
            if matches!(verdict, RemoteVerdict::Refused { .. }) {
                let headline = format!("{} Nothing was sent.", sentence(&verdict));
                let first = Box::new("Correct the URL or the server.".into());
                return Err(UserError::new(Code::Usage, headline, Hint::SendAnyway { first }));
            }
        }
        self.still_the_same(&client).await
    }

    /// The file must still be the one that was verified.
    async fn check(&self) -> Result<(), UserError> {
        let (Some(file), Some(stamp)) = (self.source.file(), self.stamp) else { return Ok(()) };
        if tokio::fs::metadata(file).await.is_ok_and(|facts| FileStamp::of(&facts) == stamp) {
            return Ok(());
        }
        Err(UserError::new(
            Code::Refused,
            format!("{} was changed after it was checked. Nothing was sent.", file.display()),
            "Start the import again. Export Desk checks the file again.",
        ))
    }

    async fn send(&self, client: &Client) -> Result<AcceptedRequest, Error> {
        self.meter.tries.fetch_add(1, Ordering::Relaxed);
        self.meter.sent_bytes.store(0, Ordering::Relaxed);
        let (meter, began) = (self.meter.clone(), Instant::now());
        let sent = move |bytes| {
            meter.sent_bytes.store(bytes, Ordering::Relaxed);
            meter.sending_ms.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
        };
        let seen = match &self.source {
            UploadSource::File { file, .. } => {
                client.import_file(file, self.stamp, &self.target, sent).await.map(seen)
            }
            UploadSource::Remote { url, .. } => {
                client.import_remote(url.as_str(), &self.target).await.map(seen)
            }
            UploadSource::S3 { object, keys } => {
                client.import_s3(&s3_archive(object, keys), &self.target).await.map(seen)
            }
            UploadSource::Relation { file, relation, .. } => client
                .import_relation(file, self.stamp, &self.target_path, relation, sent)
                .await
                .map(|tracker| tracker_seen(tracker, self.project_id)),
        }?;
        Ok(accepted(seen))
    }

    fn arrival(&self, error: &Error) -> Arrival {
        match (error.maybe_sent(), self.is_whole()) {
            // GitLab ignores a file that it received only in part.
            (false, _) | (true, false) => Arrival::Not,
            // A path that is to be replaced is never taken, so GitLab would run a second import beside the first, and
            // each would replace what the other has imported.
            (true, true) if self.by_itself() && self.replaces_id.is_none() => Arrival::Searched,
            (true, true) => Arrival::Unknown,
        }
    }

    /// If an earlier try arrived late, GitLab rejects the next one because the path is taken. That is why "taken"
    /// also starts a search.
    async fn find(&self, api: &mut ApiAccess, error: &Error) -> Option<AcceptedRequest> {
        let lost = self.lost.fetch_or(error.maybe_sent(), Ordering::Relaxed) || error.maybe_sent();
        if !(error.maybe_sent() || (lost && is_taken(error))) {
            return None;
        }
        let found = match (&self.source, self.project_id) {
            (UploadSource::Relation { relation, .. }, Some(project)) => {
                find_relation_import(api, project, relation, (self.began_at, &self.claimed)).await
            }
            (UploadSource::Relation { .. }, None) => return None,
            (UploadSource::File { .. } | UploadSource::Remote { .. } | UploadSource::S3 { .. }, _) => {
                find_import(api, &self.target_path, (self.replaces_id, self.began_at)).await
            }
        };
        found.ok().flatten().map(accepted)
    }

    fn is_worth_another(&self, error: &Error, tries: u32) -> bool {
        let is_limited = matches!(error.kind, ErrorKind::RateLimited { .. });
        let most = if is_limited { 2 * MOST_TRIES } else { MOST_TRIES };
        // A retry sends the file from the start, which may take hours.
        tries < most && (self.by_itself() || !error.maybe_sent())
    }

    fn explain(&self, error: &Error, tries: u32, in_doubt: bool) -> UserError {
        let effort = Tried {
            sent_bytes: self.meter.sent_bytes.load(Ordering::Relaxed),
            total_bytes: self.source.bytes(),
            tries,
            by_itself: self.by_itself(),
        };
        if in_doubt {
            unanswered(error, effort, &self.target_path)
        } else if effort.sent_bytes > 0 && error.maybe_sent() {
            cut(error, effort)
        } else {
            of_gitlab(error)
        }
    }
}

/// The request of an import that is about to be sent.
pub fn request(upload: &mut RunningUpload, job: &ImportJob, claimed: Vec<u64>) -> Option<ImportRequest> {
    Some(ImportRequest {
        source: upload.source.take()?,
        target: upload.target.clone(),
        target_path: job.target_path.clone(),
        project_id: job.project_id,
        replaces_id: job.replaces_id,
        retry_upload: upload.options.retry_upload,
        stamp: upload.stamp,
        meter: upload.meter.clone(),
        began_at: clock::now(),
        claimed,
        lost: AtomicBool::new(upload.may_arrive_late),
    })
}

fn accepted(seen: ImportSeen) -> AcceptedRequest {
    let polled = Some(Polled::Import(Box::new(ImportPolled::Seen(seen))));
    AcceptedRequest { correlation_id: None, polled }
}

/// Whether GitLab rejected a path or name because a project has it.
fn is_taken(error: &Error) -> bool {
    error.meaning() == Some(Meaning::Taken)
}

fn s3_archive(object: &S3Object, keys: &S3Keys) -> S3Archive {
    S3Archive {
        region: object.region.clone(),
        bucket_name: object.bucket.clone(),
        file_key: object.key.clone(),
        access_key_id: keys.access_key_id.expose_secret().to_owned(),
        secret_access_key: keys.secret_access_key.clone(),
    }
}
