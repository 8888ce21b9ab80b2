//! One connection: requests one lease, judges the answer, and writes the bytes to their place.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use futures_util::FutureExt as _;
use tokio::time::timeout;

use super::ask::DownloadRequester;
use super::checkpoint;
use super::control::{Control, Throttle};
use super::fail::Failed;
use super::follow::Tail;
use super::identity::Identity;
use super::judge::{Expectation, Judgement, RewriteReason, judge};
use super::plan::{Lease, LeaseId, RangeMap};
use super::progress::{DownloadEvent, ProgressSink};
use super::source::{Source, StorageFailure};
use super::target_file::TargetFile;
use super::timing::DownloadTiming;
use crate::gitlab::{Body, BodyHead, SignedUrl};
use crate::platform::disk::{self, Space};

/// How many bytes are collected before a write. Bounds the memory of a connection.
const BATCH_BYTES: usize = 256 * 1024;

/// What all connections of a download share.
#[derive(Debug)]
pub struct Shared {
    pub source: Source,
    pub download_timing: DownloadTiming,
    pub progress_sink: ProgressSink,
    pub control: Control,
    pub throttle: Throttle,
    pub target_file: TargetFile,
    pub tail: Arc<Tail>,
    ranges: Mutex<RangeMap>,
    identity: Mutex<Identity>,
    /// Counts how often the file started over. A write holds a read lock and a restart the write lock, so that no
    /// byte of an earlier version can land in a later one.
    pub generation: RwLock<u64>,
    received_bytes: AtomicU64,
    pub space: Space,
    /// Whether free space was checked.
    pub space_checked: AtomicBool,
    /// A sync or a record has failed, and nothing is recorded any more. Nobody knows whether the disk has the bytes
    /// that arrived since, and a second sync would not tell (Linux reports each failure once).
    pub unsafe_since_record: AtomicBool,
    /// The next request continues after an interruption.
    pub interrupted: AtomicBool,
}

impl Shared {
    pub fn new(
        requester: &DownloadRequester,
        control: Control,
        target_file: TargetFile,
        ranges: RangeMap,
        known: Identity,
        space: Space,
    ) -> Self {
        let tail = Arc::new(Tail::default());
        tail.grew(ranges.written().prefix_bytes());
        let interrupted = AtomicBool::new(!ranges.written().is_empty());
        Self {
            source: requester.source.clone(),
            download_timing: requester.download_timing.clone(),
            progress_sink: requester.progress_sink.clone(),
            control,
            throttle: Throttle::default(),
            target_file,
            tail,
            ranges: Mutex::new(ranges),
            identity: Mutex::new(known),
            generation: RwLock::new(0),
            received_bytes: AtomicU64::new(0),
            space,
            space_checked: AtomicBool::new(false),
            unsafe_since_record: AtomicBool::new(false),
            interrupted,
        }
    }

    pub fn ranges(&self) -> MutexGuard<'_, RangeMap> {
        self.ranges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn identity(&self) -> MutexGuard<'_, Identity> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn generation(&self) -> u64 {
        *self.generation.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// All bytes received, including those that were discarded later.
    pub fn received_bytes(&self) -> u64 {
        self.received_bytes.load(Ordering::Relaxed)
    }

    /// What to request for a lease. The whole file is requested without a `Range`.
    pub fn expectation(&self, lease: Lease) -> Expectation {
        expectation(self.identity().clone(), lease)
    }
}

impl Shared {
    /// The server declares that it packs the file with gzip.
    pub(super) fn note_coding(&self, head: &BodyHead) {
        if head.is_gzip_encoded {
            self.progress_sink.edit(|now| now.is_gzip_encoded = true);
        }
    }

    /// An answer was accepted: remembers what it says of the file.
    fn appends(&self, lease: Lease, body: &Body, end: u64, total: Option<u64>) {
        let told = Identity { total, ..Identity::of(&body.head) };
        learn(&self.identity, told, &self.ranges, (lease.id, end));
        self.note_coding(&body.head);
        let have = self.ranges().written().len_bytes();
        if self.interrupted.swap(false, Ordering::Relaxed) && have > 0 {
            self.progress_sink.edit(|now| now.resumed += 1);
            self.progress_sink.tell(DownloadEvent::Resumed { bytes: have });
        }
    }
}

/// Remembers what an answer told of the file, and where its range ends. The identity comes first: as soon as the length is
/// known, other connections request parts, and without a validator they could get those of another file.
fn learn(identity: &Mutex<Identity>, told: Identity, ranges: &Mutex<RangeMap>, (lease, end): (LeaseId, u64)) {
    let total = told.total;
    {
        let mut known = identity.lock().unwrap_or_else(PoisonError::into_inner);
        *known = std::mem::take(&mut *known).joined(told);
    }
    let mut ranges = ranges.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(total) = total.filter(|_| ranges.total().is_none()) {
        ranges.set_total(total);
    }
    ranges.bound(lease, end);
}

/// What to request for a lease, given what is `known` of the file.
pub fn expectation(known: Identity, lease: Lease) -> Expectation {
    let open = lease.end.is_none() || lease.end == known.total;
    let end = lease.end.filter(|_| !open);
    Expectation { range: (lease.start > 0 || !open).then_some((lease.start, end)), known }
}

/// How a connection ended.
#[derive(Debug)]
pub enum Ended {
    /// The connection downloaded its range, or another connection took over the rest.
    Filled,
    /// The network failed, or the answer did not match the request. Bytes that arrived are kept.
    StorageFailure(StorageFailure),
    /// The answer is the file from its first byte, so the existing bytes must go.
    Whole { body: Box<Body>, why: RewriteReason },
    /// The server says that the file ends where our bytes end.
    SizeKnown(u64),
    /// A body without an announced length ended here. That may be the end of the file, or a lost connection.
    EndUnannounced(u64),
    /// A write failed.
    Failed(Failed),
}

fn cut(why: impl Into<String>) -> Ended {
    Ended::StorageFailure(StorageFailure::Cut(why.into()))
}

/// Requests a lease from the storage and writes what arrives.
pub async fn fetch_lease(shared: Arc<Shared>, link: SignedUrl, lease: Lease) -> Ended {
    let generation = shared.generation();
    let expected = shared.expectation(lease);
    shared.progress_sink.edit(|now| now.storage_requests += 1);
    match timeout(shared.download_timing.stall, shared.source.fetch(&link, &expected)).await {
        Ok(Ok(body)) => receive(shared, body, expected, lease, generation).await,
        Ok(Err(error)) => Ended::StorageFailure(error.into()),
        Err(_elapsed) => cut("the storage did not answer in time"),
    }
}

/// Judges an answer and writes its body, unless the body starts at the first byte and must replace the file.
pub async fn receive(
    shared: Arc<Shared>,
    body: Body,
    expected: Expectation,
    lease: Lease,
    generation: u64,
) -> Ended {
    match judge(&expected, &body.head) {
        Judgement::Append { end, total, .. } => {
            shared.appends(lease, &body, end, total);
            write_body(shared, body, lease, Some(end), generation).await
        }
        Judgement::Rewrite { why, .. } => Ended::Whole { body: Box::new(body), why },
        Judgement::AlreadyComplete { total } => Ended::SizeKnown(total),
        Judgement::Refuse(refusal) => Ended::StorageFailure(StorageFailure::Refused(refusal, None)),
    }
}

/// Writes a body from the start of its lease until the lease is filled. `end` is where the server said that the body
/// ends.
pub async fn write_body(
    shared: Arc<Shared>,
    mut body: Body,
    lease: Lease,
    end: Option<u64>,
    generation: u64,
) -> Ended {
    let mut control = shared.control.clone();
    let mut at = lease.start;
    let lease = lease.id;
    if let Err(failed) = checkpoint::room(&shared).await {
        return Ended::Failed(failed);
    }
    loop {
        let room = shared.ranges().room(lease);
        if room == 0 {
            return Ended::Filled;
        }
        let mut batch = Vec::new();
        let finish = gather(&shared, &mut body, &mut batch, room).await;
        let len: u64 = batch.iter().map(|chunk| chunk.len() as u64).sum();
        shared.received_bytes.fetch_add(len, Ordering::Relaxed);
        if len > 0 {
            match write(&shared, lease, at, batch, generation).await {
                Ok(true) => at += len,
                Ok(false) => return cut("the file started over"),
                Err(error) => return Ended::Failed(error),
            }
            shared.throttle.take(&mut control, len).await;
        }
        match finish {
            None => {}
            Some(Err(why)) => return cut(why),
            Some(Ok(())) => return body_ended(&shared, lease, at, end),
        }
    }
}

/// The body has ended: where expected, too early, or at a length that the server did not announce.
fn body_ended(shared: &Shared, lease: LeaseId, at: u64, end: Option<u64>) -> Ended {
    match end {
        Some(end) if at < end && shared.ranges().room(lease) > 0 => {
            cut(format!("the answer ended {} bytes before its announced length", end - at))
        }
        Some(_) => Ended::Filled,
        None => Ended::EndUnannounced(at),
    }
}

/// Waits for the first chunk, then takes what has already arrived, up to one batch. The result tells whether and how
/// the body ended.
async fn gather(
    shared: &Shared,
    body: &mut Body,
    batch: &mut Vec<Bytes>,
    room: u64,
) -> Option<Result<(), String>> {
    let mut left = usize::try_from(room).unwrap_or(usize::MAX);
    let mut gathered = 0;
    let mut next = Some(timeout(shared.download_timing.stall, body.chunk()).await);
    while let Some(answer) = next {
        match answer {
            Ok(Ok(Some(mut chunk))) => {
                // The body is longer than the lease, because another connection took over the rest.
                chunk.truncate(left);
                left -= chunk.len();
                gathered += chunk.len();
                batch.push(chunk);
            }
            Ok(Ok(None)) => return Some(Ok(())),
            Ok(Err(error)) => return Some(Err(error.to_string())),
            Err(_elapsed) => return Some(Err("no data arrived on the connection".to_owned())),
        }
        if left == 0 || gathered >= BATCH_BYTES || shared.control.orders().limit_bytes_per_second.is_some() {
            return None;
        }
        next = body.chunk().now_or_never().map(Ok);
    }
    None
}

/// Writes on a blocking thread. Returns `false` if the file started over meanwhile. The same closure updates the
/// plan, so that a dropped download never leaves bytes that are written but unknown.
async fn write(
    shared: &Arc<Shared>,
    lease: LeaseId,
    at: u64,
    batch: Vec<Bytes>,
    generation: u64,
) -> Result<bool, Failed> {
    let held = Arc::clone(shared);
    let written = tokio::task::spawn_blocking(move || -> Result<bool, Failed> {
        let now = held.generation.read().unwrap_or_else(PoisonError::into_inner);
        if *now != generation {
            return Ok(false);
        }
        let written_end = held.ranges().written().end();
        held.target_file.check_length(written_end..=u64::MAX)?;
        let mut position = at;
        for chunk in &batch {
            disk::write_at(&held.target_file.file, chunk, position)
                .map_err(|error| Failed::from_io(&held.target_file.part(), error))?;
            position += chunk.len() as u64;
        }
        let prefix = {
            let mut ranges = held.ranges();
            ranges.wrote(lease, position - at);
            ranges.written().prefix_bytes()
        };
        held.tail.grew(prefix);
        Ok(true)
    })
    .await;
    match written {
        Ok(done) => done,
        Err(gone) => Err(Failed::from_io(&shared.target_file.part(), io::Error::other(gone))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::download::plan::Spans;

    /// Otherwise another connection could request a part between the two, without a validator.
    #[test]
    fn the_identity_of_a_file_is_known_before_its_length() {
        let (identity, mut ranges) = (Mutex::new(Identity::default()), RangeMap::new(None, Spans::default()));
        let lease = ranges.lease(None).unwrap();
        let ranges = Mutex::new(ranges);
        let told = Identity { etag: Some("\"one\"".to_owned()), total: Some(10), last_modified: None };
        let known = || identity.lock().unwrap().clone();
        std::thread::scope(|scope| {
            // As long as nobody can see the length, the identity must arrive.
            let held = ranges.lock().unwrap();
            let learning = scope.spawn(|| learn(&identity, told.clone(), &ranges, (lease.id, 10)));
            let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
            while known() != told && std::time::Instant::now() < until {
                std::thread::yield_now();
            }
            assert_eq!(known(), told);
            drop(held);
            learning.join().unwrap();
        });
        assert_eq!(ranges.lock().unwrap().total(), Some(10));
    }
}
