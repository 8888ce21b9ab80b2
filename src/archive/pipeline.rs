//! The three stages of a verification, which run at the same time: read and hash the compressed bytes, inflate
//! them, read the tar that comes out.
//!
//! ```text
//! reader ─> [hash stage] ─packed chunks─> [inflate stage] ─unpacked chunks─> [walk: the caller's thread]
//! ```
//!
//! Chunks are reused, so memory is fixed. When inflating stops early (damage, a bomb), the hash stage continues to
//! the end of the file, because every report has the size and SHA-256 of the whole file.

use std::io::{self, ErrorKind, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use sha2::{Digest, Sha256};

use super::gunzip::{Gunzip, GzipFault};
use super::hex::to_hex;
use super::limits::{Limits, Progress, VerifyError};
use super::mark;
use super::sniff;

/// A file over the size limit is still verified to its end, unless it unpacks to more than this many times its size:
/// then it counts as a bomb, and verification stops.
const BOMB_RATIO: u64 = 32;

/// How much of the file's start is kept, to recognise a file that is not gzip.
const HEAD_BYTES: usize = 512;

/// Sizes of the chunks between the stages; only tests change them.
#[derive(Debug, Clone, Copy)]
pub(super) struct PipelineSizes {
    pub packed_bytes: usize,
    pub unpacked_bytes: usize,
    pub depth: usize,
}

impl Default for PipelineSizes {
    fn default() -> Self {
        Self { packed_bytes: 256 << 10, unpacked_bytes: 256 << 10, depth: 4 }
    }
}

/// How inflating ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StreamEnd {
    Whole,
    /// Stopped on purpose, far over the size limit.
    Bomb,
    Fault {
        fault: GzipFault,
        at_byte: u64,
    },
}

/// What is known about the compressed file after it was read to its end.
#[derive(Debug)]
pub(super) struct StreamSummary {
    pub bytes: u64,
    pub sha256: String,
    pub unpacked_bytes: u64,
    /// The first bytes of the compressed file.
    pub head: Vec<u8>,
    pub end: StreamEnd,
    /// What the archive says of its origin, see [`mark`].
    pub mark: Option<String>,
}

type OnProgress<'a> = &'a mut (dyn FnMut(Progress) -> ControlFlow<()> + Send);

/// Shared by the stages: their progress, and whether to stop.
struct Meter<'a> {
    packed: AtomicU64,
    unpacked: AtomicU64,
    cancelled: AtomicBool,
    progress: Mutex<OnProgress<'a>>,
}

impl Meter<'_> {
    /// Reports progress to the caller; returns false if the caller wants to stop.
    fn tick(&self) -> bool {
        let now = Progress {
            compressed_bytes: self.packed.load(Ordering::Relaxed),
            unpacked_bytes: self.unpacked.load(Ordering::Relaxed),
            deep_objects: 0,
        };
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_cancelled() && progress(now).is_break() {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        !self.is_cancelled()
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// A buffer that is passed between two stages and back.
struct Chunk {
    bytes: Box<[u8]>,
    len: usize,
}

impl Chunk {
    fn new(bytes: usize) -> Self {
        Self { bytes: vec![0; bytes.max(1)].into_boxed_slice(), len: 0 }
    }
}

/// A bounded channel for full chunks and one for empty ones, the latter filled at the start.
struct Loop {
    full_tx: SyncSender<Chunk>,
    full_rx: Receiver<Chunk>,
    free_tx: SyncSender<Chunk>,
    free_rx: Receiver<Chunk>,
}

impl Loop {
    fn new(depth: usize, chunk_bytes: usize) -> Self {
        let (full_tx, full_rx) = sync_channel(depth);
        let (free_tx, free_rx) = sync_channel(depth);
        for _ in 0..depth {
            // Cannot fail: the channel has capacity, and the receiver exists.
            drop(free_tx.try_send(Chunk::new(chunk_bytes)));
        }
        Self { full_tx, full_rx, free_tx, free_rx }
    }
}

/// Runs the stages to the end of `reader` and passes every unpacked chunk to `walk`, in order.
pub(super) fn run<R: Read + Send>(
    reader: R,
    limits: &Limits,
    sizes: PipelineSizes,
    progress: OnProgress<'_>,
    walk: &mut dyn FnMut(&[u8]),
) -> Result<StreamSummary, VerifyError> {
    let meter = Meter {
        packed: AtomicU64::new(0),
        unpacked: AtomicU64::new(0),
        cancelled: AtomicBool::new(false),
        progress: Mutex::new(progress),
    };
    let packed = Loop::new(sizes.depth, sizes.packed_bytes);
    let unpacked = Loop::new(sizes.depth, sizes.unpacked_bytes);
    thread::scope(|scope| {
        let meter = &meter;
        let Loop { full_tx, full_rx, free_tx, free_rx } = packed;
        let spare = sizes.packed_bytes;
        let hash_lane =
            thread::Builder::new().name("archive-hash".into()).spawn_scoped(scope, move || {
                let may_be_foreign = !limits.stop_when_foreign;
                hash_lane(reader, (spare, may_be_foreign), &full_tx, &free_rx, meter)
            })?;
        let Loop { full_tx: out_tx, full_rx: out_rx, free_tx: out_free_tx, free_rx: out_free_rx } = unpacked;
        let inflate_lane = thread::Builder::new()
            .name("archive-inflate".into())
            .spawn_scoped(scope, move || inflate_lane(&full_rx, &free_tx, &out_tx, &out_free_rx, limits))?;
        for chunk in &out_rx {
            walk(&chunk.bytes[..chunk.len]);
            meter.unpacked.fetch_add(chunk.len as u64, Ordering::Relaxed);
            if !meter.tick() {
                break;
            }
            // Fails only if the inflate stage has ended: then no more chunks are needed.
            drop(out_free_tx.send(chunk));
        }
        // Wakes an inflate stage that waits for either channel, so that a cancelled run ends.
        drop((out_rx, out_free_tx));
        let Inflated { end, unpacked_bytes, mark } = joined(inflate_lane.join())?;
        let (bytes, sha256, head) = joined(hash_lane.join())??;
        if meter.is_cancelled() {
            return Err(VerifyError::Cancelled);
        }
        Ok(StreamSummary { bytes, sha256, unpacked_bytes, head, end, mark })
    })
}

/// A stage that panicked is a bug of ours, but must not end the program.
fn joined<T>(result: thread::Result<T>) -> Result<T, VerifyError> {
    result.map_err(|_panic| {
        VerifyError::Read(io::Error::other("a thread of the verification stopped unexpectedly"))
    })
}

/// What every gzip begins with.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// Reads and hashes everything; passes the bytes on while the next stage still accepts them.
fn hash_lane(
    mut reader: impl Read,
    (spare_bytes, may_be_foreign): (usize, bool),
    full: &SyncSender<Chunk>,
    free: &Receiver<Chunk>,
    meter: &Meter<'_>,
) -> Result<(u64, String, Vec<u8>), VerifyError> {
    let mut sha256 = Sha256::new();
    let mut bytes = 0;
    let mut head = Vec::new();
    let mut own = None;
    loop {
        let mut chunk = own.take().or_else(|| free.recv().ok()).unwrap_or_else(|| Chunk::new(spare_bytes));
        let ended = fill(&mut reader, &mut chunk, meter)?;
        let read = &chunk.bytes[..chunk.len];
        bytes += chunk.len as u64;
        if head.len() < HEAD_BYTES {
            head.extend(&read[..read.len().min(HEAD_BYTES - head.len())]);
        }
        if !may_be_foreign && head.len() > 1 && !head.starts_with(GZIP_MAGIC) {
            let (what, next_step) = sniff::foreign(&head);
            return Err(VerifyError::Foreign { what, next_step });
        }
        sha256.update(read);
        if ended {
            // After damage the next stage has ended; the hash is still needed.
            drop(full.send(chunk));
            return Ok((bytes, to_hex(&sha256.finalize()), head));
        }
        own = full.send(chunk).err().map(|refused| refused.0);
    }
}

/// Fills a chunk as far as the reader has bytes; true at the end of the file.
fn fill(reader: &mut impl Read, chunk: &mut Chunk, meter: &Meter<'_>) -> Result<bool, VerifyError> {
    chunk.len = 0;
    while chunk.len < chunk.bytes.len() {
        match reader.read(&mut chunk.bytes[chunk.len..]) {
            Ok(0) => return Ok(true),
            Ok(read) => {
                chunk.len += read;
                meter.packed.fetch_add(read as u64, Ordering::Relaxed);
                if !meter.tick() {
                    return Err(VerifyError::Cancelled);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The reader of a cancelled download fails; the caller knows why.
            Err(_) if meter.is_cancelled() => return Err(VerifyError::Cancelled),
            Err(error) => return Err(VerifyError::Read(error)),
        }
    }
    Ok(false)
}

/// What inflating has found.
struct Inflated {
    end: StreamEnd,
    unpacked_bytes: u64,
    mark: Option<String>,
}

fn inflate_lane(
    packed: &Receiver<Chunk>,
    packed_free: &SyncSender<Chunk>,
    out: &SyncSender<Chunk>,
    out_free: &Receiver<Chunk>,
    limits: &Limits,
) -> Inflated {
    let mut gunzip = Gunzip::new();
    let (end, unpacked_bytes) = inflate((packed, packed_free), (out, out_free), limits, &mut gunzip);
    Inflated { end, unpacked_bytes, mark: mark::text_in(gunzip.extra()) }
}

/// Inflates until the end, a fault or a bomb. Also returns the number of unpacked bytes.
fn inflate(
    (packed, packed_free): (&Receiver<Chunk>, &SyncSender<Chunk>),
    (out, out_free): (&SyncSender<Chunk>, &Receiver<Chunk>),
    limits: &Limits,
    gunzip: &mut Gunzip,
) -> (StreamEnd, u64) {
    let mut unpacked_bytes = 0;
    let Ok(mut target) = out_free.recv() else { return (StreamEnd::Whole, 0) };
    for chunk in packed {
        let mut input = &chunk.bytes[..chunk.len];
        loop {
            let mut produced = 0;
            let step = gunzip.step(input, &mut target.bytes[target.len..], &mut produced);
            target.len += produced;
            unpacked_bytes += produced as u64;
            let taken = match step {
                Ok(taken) => taken,
                Err(fault) => {
                    drop(out.send(target));
                    return (StreamEnd::Fault { fault, at_byte: gunzip.consumed_bytes() }, unpacked_bytes);
                }
            };
            input = &input[taken..];
            if target.len == target.bytes.len() {
                let sent = out.send(target).is_ok();
                let next = out_free.recv();
                let (true, Ok(fresh)) = (sent, next) else { return (StreamEnd::Whole, unpacked_bytes) };
                target = Chunk { bytes: fresh.bytes, len: 0 };
                if unpacked_bytes > limits.max_unpacked_bytes
                    && unpacked_bytes / BOMB_RATIO > gunzip.consumed_bytes()
                {
                    return (StreamEnd::Bomb, unpacked_bytes);
                }
            } else if input.is_empty() {
                break;
            }
        }
        drop(packed_free.send(chunk));
    }
    drop(out.send(target));
    match gunzip.finish() {
        Ok(()) => (StreamEnd::Whole, unpacked_bytes),
        Err(fault) => (StreamEnd::Fault { fault, at_byte: gunzip.consumed_bytes() }, unpacked_bytes),
    }
}
