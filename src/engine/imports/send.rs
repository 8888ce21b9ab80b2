//! The call that starts an import. An upload that was cut is looked for before it is sent again, and sent again only
//! where that costs little or was agreed to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use secrecy::ExposeSecret;
use tokio::time::Instant;
use url::Url;

use crate::case::import::{ImportFailure, ImportInput, ImportSeen, RemoteVerdict};
use crate::case::{Code, ImportId, ImportKind, Trouble};
use crate::engine::access::ApiAccess;
use crate::engine::input::Input;
use crate::engine::limiter::Limit;
use crate::engine::router::Router;
use crate::gitlab::{
    Client, Error, ErrorKind, FileStamp, ImportStatus, ImportTarget, ProjectKey, RelationImport, S3Archive,
};

use super::ImportNews;
use super::explain::{Tried, cut, of_import, unheard};
use super::target::{probe, sentence};
use crate::engine::api::{S3Keys, S3Object};

/// Up to this size a cut upload is sent again without asking.
const SMALL_BYTES: u64 = 100 << 20;
/// How often it is sent at all.
const MOST_TRIES: u32 = 5;

/// What is sent. What is secret in it lives here alone, for as long as the program does.
pub enum Load {
    File { file: PathBuf, bytes: u64 },
    Remote { url: Box<Url>, probe: bool },
    S3 { object: S3Object, keys: S3Keys },
    Relation { file: PathBuf, bytes: u64, relation: String },
}

impl Load {
    /// The archive on this machine, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File { file, .. } | Self::Relation { file, .. } => Some(file),
            Self::Remote { .. } | Self::S3 { .. } => None,
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::File { bytes, .. } | Self::Relation { bytes, .. } => *bytes,
            Self::Remote { .. } | Self::S3 { .. } => 0,
        }
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Load")
    }
}

/// What moves while an archive is walked and sent.
#[derive(Debug, Default)]
pub struct Meter {
    pub verified_bytes: AtomicU64,
    pub sent_bytes: AtomicU64,
    pub tries: AtomicU32,
    /// Milliseconds since this try began, at the last piece.
    pub sending_ms: AtomicU64,
    pub stopped: AtomicBool,
    /// All of it went out, and no answer came.
    pub unheard: AtomicBool,
}

/// What a task needs to send.
struct Shipment {
    load: Load,
    target: ImportTarget,
    target_path: String,
    project_id: Option<u64>,
    replaces_id: Option<u64>,
    retry_upload: bool,
    /// Of the archive, when it was checked.
    stamp: Option<FileStamp>,
    meter: Arc<Meter>,
}

impl Router {
    /// Writes down that bytes may be on their way, and sends.
    pub(super) fn send_import(&mut self, id: ImportId) {
        let now = crate::engine::clock::now();
        if let Err(trouble) = self.take_in_import(id, ImportInput::Sending, now) {
            // What is not written down is not begun.
            self.take_in_import(id, ImportInput::NotSent { trouble }, now).ok();
            return;
        }
        let inputs = self.core.inputs.clone();
        let Some(live) = self.imports.get_mut(&id) else { return };
        let Some(session) = self.core.sessions.get(&live.job.instance) else { return };
        let Some(load) = live.load.take() else { return };
        let shipment = Shipment {
            load,
            target: live.target.clone(),
            target_path: live.job.target_path.clone(),
            project_id: live.job.project_id,
            replaces_id: live.job.replaces_id,
            retry_upload: live.options.retry_upload,
            stamp: live.stamp,
            meter: live.meter.clone(),
        };
        let reach = session.api();
        let task = tokio::spawn(async move {
            let result = ship(reach, shipment).await.map(Box::new);
            inputs.send(Input::Import(ImportNews::Sent { import: id, result })).await.ok();
        });
        live.task = Some(task.abort_handle());
    }
}

async fn ship(mut reach: ApiAccess, shipment: Shipment) -> Result<ImportSeen, Trouble> {
    let client = reach.client().await?;
    if let Load::Remote { url, probe: true } = &shipment.load {
        let verdict = probe(&client, url).await;
        if matches!(verdict, RemoteVerdict::Refused { .. }) {
            let headline = format!("{} Nothing was asked of it.", sentence(&verdict));
            return Err(Trouble::new(
                Code::Usage,
                headline,
                "Correct the URL or the server; to ask GitLab all the same: --anyway.",
            ));
        }
    }
    still_the_same(&client, &shipment).await?;
    let (mut tries, mut limited) = (0, 0);
    // Tries without an answer: of any of them something, and of some of them all may have arrived.
    let (mut lost, mut whole) = (false, false);
    loop {
        reach.limiter.wait(&Limit::Import).await;
        unchanged(&shipment).await?;
        tries += 1;
        shipment.meter.tries.store(tries, Ordering::Relaxed);
        shipment.meter.sent_bytes.store(0, Ordering::Relaxed);
        let error = match send(&client, &shipment).await {
            Ok(seen) => return Ok(seen),
            Err(error) => error,
        };
        let (sent, total) = (shipment.meter.sent_bytes.load(Ordering::Relaxed), shipment.load.bytes());
        lost |= error.maybe_sent();
        whole |= error.maybe_sent() && sent >= total;
        // What arrived late takes its own name away from the next try.
        if (error.maybe_sent() || (lost && is_taken(&error)))
            && let Some(seen) = arrived(&mut reach, &client, &shipment).await
        {
            return Ok(seen);
        }
        // A page in place of GitLab's answer stays: a sign-in, or a wrong address.
        let page = matches!(error.kind, ErrorKind::HtmlInsteadOfJson { .. });
        let wait = reach.next_try(&error, tries).filter(|_| !page);
        if let (ErrorKind::RateLimited { .. }, Some(wait)) = (&error.kind, wait) {
            limited += 1;
            if limited <= MOST_TRIES {
                reach.limiter.blocked(&Limit::Import, wait, Instant::now());
                tokio::time::sleep(wait).await;
                continue;
            }
        }
        let by_itself = total <= SMALL_BYTES || shipment.retry_upload;
        let effort = Tried { sent_bytes: sent, total_bytes: total, tries, by_itself };
        match wait {
            Some(wait) if by_itself && tries < MOST_TRIES => tokio::time::sleep(wait).await,
            _ if whole => {
                shipment.meter.unheard.store(true, Ordering::Relaxed);
                return Err(unheard(&error, effort, &shipment.target_path));
            }
            Some(_) if sent > 0 => return Err(cut(&error, effort)),
            _ => return Err(of_import(&error)),
        }
    }
}

/// What is sent must be what was checked.
async fn unchanged(shipment: &Shipment) -> Result<(), Trouble> {
    let (Some(file), Some(stamp)) = (shipment.load.file(), shipment.stamp) else { return Ok(()) };
    if tokio::fs::metadata(file).await.is_ok_and(|facts| FileStamp::of(&facts) == stamp) {
        return Ok(());
    }
    Err(Trouble::new(
        Code::Refused,
        format!("{} was changed since it was checked; it is not sent.", file.display()),
        "Begin the import again: the file is checked anew.",
    ))
}

/// GitLab's no to a path or a name that a project has.
fn is_taken(error: &Error) -> bool {
    matches!(&error.kind, ErrorKind::Parameter(what) if what.contains("already been taken"))
}

/// Where a project is to be deleted, it must still be the one that the yes was for.
async fn still_the_same(client: &Client, shipment: &Shipment) -> Result<(), Trouble> {
    let Some(agreed) = shipment.replaces_id else { return Ok(()) };
    let key = ProjectKey::Path(shipment.target_path.clone());
    let there = client.project(&key, false).await.map_err(|error| of_import(&error))?;
    if there.id == agreed {
        return Ok(());
    }
    Err(Trouble::new(
        Code::Refused,
        format!("{} is another project now (number {}); nothing was sent.", shipment.target_path, there.id),
        "Look at it, and decide again.",
    ))
}

async fn send(client: &Client, shipment: &Shipment) -> Result<ImportSeen, Error> {
    let target = &shipment.target;
    let meter = shipment.meter.clone();
    let began = Instant::now();
    let sent = move |bytes| {
        meter.sent_bytes.store(bytes, Ordering::Relaxed);
        meter.sending_ms.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
    };
    match &shipment.load {
        Load::File { file, .. } => client.import_file(file, shipment.stamp, target, sent).await.map(seen),
        Load::Remote { url, .. } => client.import_remote(url.as_str(), target).await.map(seen),
        Load::S3 { object, keys } => client.import_s3(&s3_archive(object, keys), target).await.map(seen),
        Load::Relation { file, relation, .. } => {
            let (stamp, path) = (shipment.stamp, &shipment.target_path);
            let tracker = client.import_relation(file, stamp, path, relation, sent).await?;
            Ok(tracker_seen(tracker, shipment.project_id))
        }
    }
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

/// Whether a request whose answer was lost made the project after all.
async fn arrived(reach: &mut ApiAccess, client: &Client, shipment: &Shipment) -> Option<ImportSeen> {
    if let Load::Relation { relation, .. } = &shipment.load {
        let key = ProjectKey::Id(shipment.project_id?);
        let ours = |one: &RelationImport| one.relation == *relation && is_open(&one.status);
        let all = client.relation_imports(&key).await.ok()?;
        return all.into_iter().rev().find(ours).map(|one| tracker_seen(one, shipment.project_id));
    }
    look_for(reach, &shipment.target_path, shipment.replaces_id).await.ok().flatten()
}

fn is_open(status: &str) -> bool {
    matches!(status, "created" | "started" | "scheduled")
}

/// The import at a path, unless the project there is the one from before.
pub async fn look_for(
    reach: &mut ApiAccess,
    path: &str,
    replaces_id: Option<u64>,
) -> Result<Option<ImportSeen>, Trouble> {
    let call = |client: Client| {
        let key = ProjectKey::Path(path.to_owned());
        async move {
            match client.import_status(&key).await {
                Ok(status) => Ok(Some(status)),
                Err(error)
                    if matches!(error.kind, ErrorKind::ProjectNotFoundOrNoAccess | ErrorKind::NotFound) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        }
    };
    let found = reach.ask(Limit::ProjectRead, call, &|_waiting| ()).await?;
    Ok(found.filter(|status| Some(status.id) != replaces_id && status.import_status != "none").map(seen))
}

/// One look at an import.
pub async fn look(
    client: &Client,
    project: &ProjectKey,
    tracker: Option<u64>,
    kind: &ImportKind,
) -> Result<ImportSeen, Error> {
    let ImportKind::Relation { .. } = kind else { return client.import_status(project).await.map(seen) };
    let all = client.relation_imports(project).await?;
    let ProjectKey::Id(id) = project else { return Ok(ImportSeen::default()) };
    let ours = all.into_iter().find(|one| Some(one.id) == tracker);
    Ok(ours.map(|one| tracker_seen(one, Some(*id))).unwrap_or_default())
}

/// GitLab's answer in the words of [`crate::case`].
pub fn seen(status: ImportStatus) -> ImportSeen {
    let failure = |failed: crate::gitlab::FailedRelation| ImportFailure {
        id: failed.id,
        created_at: failed.created_at,
        relation: failed.relation_name.unwrap_or_default(),
        class: failed.exception_class,
        message: failed.exception_message,
        source: failed.source,
        line: failed.line_number,
    };
    ImportSeen {
        project_id: Some(status.id),
        project_path: Some(status.path_with_namespace),
        status: status.import_status,
        import_error: status.import_error,
        correlation_id: status.correlation_id,
        failures: status.failed_relations.into_iter().map(failure).collect(),
        tracker_id: None,
    }
}

fn tracker_seen(tracker: RelationImport, project_id: Option<u64>) -> ImportSeen {
    ImportSeen {
        project_id,
        project_path: None,
        status: tracker.status,
        tracker_id: Some(tracker.id),
        ..ImportSeen::default()
    }
}
