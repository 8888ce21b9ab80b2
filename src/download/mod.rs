//! Downloads files to disk: plans ranges, fetches and judges each answer, resumes, verifies, renames.
//!
//! ```text
//! download ── ask          one API call, within its limits ──> a URL, or the bytes
//!         ├── target_file  final name, `.part` file, sidecar and lock; tells our files from others
//!         ├── running      runs the connections: fetch ─> judge ─> write
//!         ├── checkpoint   syncs what was written, then records it in the sidecar
//!         └── verification reads the growing file on its own thread ──> keep or reject
//! ```
//!
//! Pure parts: [`plan`] (which bytes), [`judge`] (what an answer is), [`sidecar`] (what survives a crash), [`name`],
//! [`parallelism`] (how many connections). A file gets its final name only after its verification; a bad one is
//! moved to `<name>.damaged`. Neither ever replaces a file. When a download ends early, its bytes stay in
//! `<name>.part`, and the next download resumes there if the server still has the same file.

mod ask;
mod checkpoint;
mod connection;
mod control;
mod fail;
mod follow;
mod identity;
mod judge;
mod name;
mod parallelism;
mod partial;
mod plan;
mod progress;
mod running;
mod sidecar;
mod source;
mod target_file;
mod timing;
mod verification;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

pub use control::{Control, Desired, Gate, Orders};
pub use fail::Failed;
pub use follow::{Broken, Follow};
pub use judge::{Difference, RangeRefusal};
pub use progress::{DownloadEvent, DownloadProgress, DownloadWait, WaitFor};
pub use source::Source;
pub use target_file::{Target, has_its_name};
pub use timing::DownloadTiming;
pub use verification::Decision;

pub use crate::platform::disk::Space;

use ask::DownloadRequester;
use connection::{Shared, expectation};
use identity::Identity;
use judge::Expectation;
use parallelism::Parallelism;
use plan::RangeMap;
use progress::ProgressSink;
use running::{RunningDownload, UrlSource};
use target_file::TargetFile;
use verification::Verification;

use crate::gitlab::{self, Body};

/// One download.
#[derive(Clone, Debug)]
pub struct DownloadJob {
    pub source: Source,
    pub target: Target,
    /// Number of connections, 1..=16; `None` chooses it by measurement.
    pub connections: Option<u8>,
    /// Identifies the export run that the file belongs to, where the caller knows it. A `.part` file of another run
    /// is not resumed; a complete one of the same run needs no request.
    pub run: Option<String>,
    pub download_timing: DownloadTiming,
    pub control: Control,
    pub gate: Gate,
    pub space: Space,
}

impl DownloadJob {
    /// A job without limits, orders or a known run.
    pub fn new(source: Source, target: Target) -> Self {
        Self {
            source,
            target,
            connections: None,
            run: None,
            download_timing: DownloadTiming::default(),
            control: Control::new().1,
            gate: Gate::open(),
            space: Space::default(),
        }
    }
}

/// A file that arrived completely and was verified.
#[derive(Debug)]
pub struct Done<P> {
    /// The final path; `<name>.damaged` if the verification rejected the file; the `.part` file if it could not be
    /// read.
    pub path: PathBuf,
    /// The verified file itself, even if its name now refers to another file.
    pub file: Arc<std::fs::File>,
    pub decision: Decision,
    pub verification: P,
    pub bytes: u64,
    /// How often the download resumed.
    pub resumed: u32,
    /// How often the download started over.
    pub restarted: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
    /// Whether the server said that it has compressed the file for the transfer.
    pub is_gzip_encoded: bool,
}

/// Downloads a file, verifies it while it arrives, and gives it its final name if it is good.
///
/// `verify` gets a blocking reader on its own thread and reads to the end. If the file starts over, `verify` is called
/// again from the first byte. Dropping the future ends the download; the bytes stay in the `.part` file.
pub async fn download<P: Send + 'static>(
    job: DownloadJob,
    verify: impl FnMut(Follow) -> (P, Decision) + Send + 'static,
    progress: watch::Sender<DownloadProgress>,
) -> Result<Done<P>, Failed> {
    download_recorded(job, verify, |_path, _verification| (), progress).await
}

/// Like [`download()`], but calls `before_rename` with the name that a verified file is about to get and the result
/// of its verification; again with another name if the first is taken. The call may block. The file is renamed after
/// it returns, so that whatever the callback records survives a crash between the rename and the end of the download.
pub async fn download_recorded<P: Send + 'static>(
    job: DownloadJob,
    verify: impl FnMut(Follow) -> (P, Decision) + Send + 'static,
    before_rename: impl FnMut(&Path, &P) + Send + 'static,
    progress: watch::Sender<DownloadProgress>,
) -> Result<Done<P>, Failed> {
    let progress_sink = ProgressSink::new(progress);
    let result = run(job, verify, before_rename, &progress_sink).await;
    // Publishes the last numbers even if no event follows them.
    progress_sink.show();
    result
}

async fn run<P: Send + 'static>(
    job: DownloadJob,
    verify: impl FnMut(Follow) -> (P, Decision) + Send + 'static,
    before_rename: impl FnMut(&Path, &P) + Send + 'static,
    progress_sink: &ProgressSink,
) -> Result<Done<P>, Failed> {
    job.target.prepare()?;
    let DownloadJob { source, download_timing, gate, control, .. } = job.clone();
    let progress = progress_sink.clone();
    let requester = DownloadRequester { source, download_timing, gate, progress_sink: progress, control };
    let owner = requester.source.owner(job.run.clone());
    let partial = partial::find(&job.target, &owner);
    if let Some(partial) = &partial {
        // Shows the existing bytes while GitLab's answer is pending, which can take a minute.
        progress_sink
            .edit(|now| (now.bytes, now.total_bytes) = (partial.done.len_bytes(), partial.identity.total));
        progress_sink.show();
    }
    let whole = partial.as_ref().is_some_and(|partial| partial.same_run && partial.is_whole());
    let first = if whole { First::Nothing } else { first_answer(&job, &requester, partial.as_ref()).await? };
    let name = match &first {
        First::Nothing => partial.and_then(|partial| partial.name),
        First::Link(link) => link.file_name.as_deref().and_then(name::of_archive),
        First::Bytes(body, _) => body.head.file_name.as_deref().and_then(name::of_archive),
    };
    let name = name.as_deref().unwrap_or(requester.source.fallback_name());
    let (target_file, found) =
        TargetFile::open(&job.target, name, &owner, job.download_timing.lock_wait).await?;
    progress_sink.edit(|now| now.path = Some(target_file.path().to_owned()));
    tell(progress_sink, &found);
    let mut ranges = RangeMap::new(found.identity.total, found.done);
    if !found.same_run {
        ranges.doubt_last_byte();
    }
    let shared = Arc::new(Shared::new(
        &requester,
        job.control.clone(),
        target_file,
        ranges,
        found.identity,
        job.space,
    ));
    let file = Arc::clone(&shared.target_file.file);
    let mut verification = Verification::start(Arc::clone(&shared.tail), file, verify)
        .map_err(|error| Failed::from_io(&shared.target_file.part(), error))?;
    let parallelism = Parallelism::new(job.connections);
    tokio::select! {
        fetched = fetch_all(&shared, requester, parallelism, first) => fetched?,
        verified = verification.abandoned() => return named(&shared, verified, progress_sink, before_rename).await,
    }
    finish(&shared, verification, progress_sink, job.control, before_rename).await
}

/// The result of the first call to GitLab.
enum First {
    Nothing,
    Link(gitlab::StorageLink),
    Bytes(Box<Body>, Expectation),
}

/// Calls GitLab, and obeys the user's orders meanwhile. The partial file of an earlier try decides which part to
/// request.
async fn first_answer(
    job: &DownloadJob,
    requester: &DownloadRequester,
    partial: Option<&partial::Partial>,
) -> Result<First, Failed> {
    let expected = partial.map_or_else(Expectation::default, |partial| {
        let mut ranges = RangeMap::new(partial.identity.total, partial.done.clone());
        ranges.doubt_last_byte();
        ranges
            .lease(None)
            .map_or_else(Expectation::default, |lease| expectation(partial.identity.clone(), lease))
    });
    let have_bytes = partial.map_or(0, |partial| partial.done.len_bytes());
    let mut control = job.control.clone();
    loop {
        match control.orders().desired {
            Desired::Run => {}
            Desired::Cancel => return Err(Failed::Cancelled { have_bytes }),
            Desired::Pause => {
                control.no_longer(Desired::Pause).await;
                continue;
            }
        }
        tokio::select! {
            _ = control.no_longer(Desired::Run) => {}
            answer = requester.ask(&expected, have_bytes) => return Ok(match answer? {
                gitlab::DownloadAnswer::Storage(link) => First::Link(link),
                gitlab::DownloadAnswer::Direct(body) => First::Bytes(Box::new(body), expected),
            }),
        }
    }
}

fn tell(progress_sink: &ProgressSink, found: &target_file::Found) {
    for note in &found.folder_notes {
        progress_sink.tell(DownloadEvent::FolderNote { note: note.clone() });
    }
    if let Some(to) = &found.set_aside {
        progress_sink.tell(DownloadEvent::SetAside { to: to.clone() });
    }
    if let Some(why) = found.discarded {
        progress_sink.edit(|now| now.restarted += 1);
        progress_sink.tell(DownloadEvent::StartedOver { why: why.to_owned() });
    }
}

async fn fetch_all(
    shared: &Arc<Shared>,
    requester: DownloadRequester,
    parallelism: Parallelism,
    first: First,
) -> Result<(), Failed> {
    let url_source = match &first {
        First::Link(link) => UrlSource::Link(link.url.clone()),
        First::Nothing | First::Bytes(..) => UrlSource::Ask,
    };
    let mut download = RunningDownload::new(Arc::clone(shared), requester, parallelism, url_source);
    if let First::Bytes(body, expected) = first {
        // A file with another name has other bytes, and the answer does not match them.
        if wanted(shared).is_some_and(|wanted| wanted.range == expected.range) {
            download.begin_with(*body, expected);
        }
    }
    download.run().await
}

/// What this target file still needs; `None` where it is complete.
fn wanted(shared: &Shared) -> Option<Expectation> {
    let known: Identity = shared.identity().clone();
    let mut ranges = shared.ranges();
    let lease = ranges.lease(None)?;
    ranges.end_lease(lease.id);
    Some(expectation(known, lease))
}

/// All bytes have arrived: waits for the verification, then renames the file.
async fn finish<P: Send + 'static>(
    shared: &Arc<Shared>,
    verification: Verification<P>,
    progress_sink: &ProgressSink,
    mut control: Control,
    before_rename: impl FnMut(&Path, &P) + Send + 'static,
) -> Result<Done<P>, Failed> {
    let bytes = shared.ranges().written().len_bytes();
    progress_sink.edit(|now| now.is_verifying = true);
    progress_sink.sample(Instant::now(), shared.received_bytes());
    let cancelled = async {
        while control.no_longer(Desired::Run).await != Desired::Cancel {
            control.no_longer(Desired::Pause).await;
        }
    };
    let verified = tokio::select! {
        verdict = verification.verdict() => verdict.ok_or(Failed::VerificationStopped)?,
        () = cancelled => return Err(Failed::Cancelled { have_bytes: bytes }),
    };
    named(shared, verified, progress_sink, before_rename).await
}

/// Gives the file the name that follows from the verification.
async fn named<P: Send + 'static>(
    shared: &Arc<Shared>,
    (verification, decision): (P, Decision),
    progress_sink: &ProgressSink,
    mut before_rename: impl FnMut(&Path, &P) + Send + 'static,
) -> Result<Done<P>, Failed> {
    let bytes = shared.ranges().written().len_bytes();
    let named = Arc::clone(shared);
    let renamed = tokio::task::spawn_blocking(move || {
        let path = match decision {
            Decision::Keep => named
                .target_file
                .check_length(bytes..=bytes)
                .and_then(|()| named.target_file.keep(&mut |path| before_rename(path, &verification))),
            Decision::Reject | Decision::Abandon => named.target_file.keep_as_damaged(),
            Decision::Unread => Ok(named.target_file.part()),
        };
        path.map(|path| (path, verification))
    });
    let (path, verification) = renamed.await.unwrap_or_else(|gone| {
        Err(Failed::from_io(&shared.target_file.part(), std::io::Error::other(gone)))
    })?;
    let now = progress_sink.now();
    Ok(Done {
        path,
        file: Arc::clone(&shared.target_file.file),
        decision,
        verification,
        bytes,
        resumed: now.resumed,
        restarted: now.restarted,
        api_requests: now.api_requests,
        storage_requests: now.storage_requests,
        is_gzip_encoded: now.is_gzip_encoded,
    })
}
