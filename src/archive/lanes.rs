//! The three lanes of a proof, which overlap: read and hash the compressed bytes, inflate them, walk what comes out.
//!
//! ```text
//! reader ─> [hash lane] ─packed chunks─> [inflate lane] ─unpacked chunks─> [walk: the caller's thread]
//! ```
//!
//! Chunks go round in circles, so memory is fixed. When inflating stops early (damage, a bomb) the hash lane goes
//! on to the end of the file, because the size and SHA-256 of the whole file belong in every report.

use std::io::{self, ErrorKind, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use sha2::{Digest, Sha256};

use super::gunzip::{Gunzip, GzipFault};
use super::hex::to_hex;
use super::{Limits, Progress, VerifyError};

/// A file over the size limit is still proven to its end, unless it unpacks to more than this many times its
/// size: then it is a bomb and not worth the time.
const BOMB_RATIO: u64 = 32;

/// How much of the file's start is kept to say what it is when it is no gzip.
const HEAD_BYTES: usize = 512;

/// Sizes of the chunks between the lanes; only tests change them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes {
    pub packed_bytes: usize,
    pub unpacked_bytes: usize,
    pub depth: usize,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { packed_bytes: 256 << 10, unpacked_bytes: 256 << 10, depth: 4 }
    }
}

/// How inflating ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// Stopped on purpose, far over the size limit.
    Bomb,
    Fault {
        fault: GzipFault,
        at_byte: u64,
    },
}

/// What the lanes know once the file has been read to its end.
#[derive(Debug)]
pub(super) struct Passed {
    pub bytes: u64,
    pub sha256: String,
    pub unpacked_bytes: u64,
    /// The first bytes of the compressed file.
    pub head: Vec<u8>,
    pub end: End,
}

type OnProgress<'a> = &'a mut (dyn FnMut(Progress) -> ControlFlow<()> + Send);

/// Shared by the lanes: how far they are, and whether to give up.
struct Meter<'a> {
    packed: AtomicU64,
    unpacked: AtomicU64,
    cancelled: AtomicBool,
    progress: Mutex<OnProgress<'a>>,
}

impl Meter<'_> {
    /// Tells the caller how far things are; false when the caller wants to stop.
    fn tick(&self) -> bool {
        let now = Progress {
            compressed_bytes: self.packed.load(Ordering::Relaxed),
            unpacked_bytes: self.unpacked.load(Ordering::Relaxed),
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

/// A buffer that travels between two lanes and back.
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
            // Cannot fail: there is room, and the receiver is right here.
            drop(free_tx.try_send(Chunk::new(chunk_bytes)));
        }
        Self { full_tx, full_rx, free_tx, free_rx }
    }
}

/// Runs the lanes to the end of `reader` and gives every unpacked chunk to `walk`, in order.
pub(super) fn run<R: Read + Send>(
    reader: R,
    limits: &Limits,
    lanes: Lanes,
    progress: OnProgress<'_>,
    walk: &mut dyn FnMut(&[u8]),
) -> Result<Passed, VerifyError> {
    let meter = Meter {
        packed: AtomicU64::new(0),
        unpacked: AtomicU64::new(0),
        cancelled: AtomicBool::new(false),
        progress: Mutex::new(progress),
    };
    let packed = Loop::new(lanes.depth, lanes.packed_bytes);
    let unpacked = Loop::new(lanes.depth, lanes.unpacked_bytes);
    thread::scope(|scope| {
        let meter = &meter;
        let Loop { full_tx, full_rx, free_tx, free_rx } = packed;
        let spare = lanes.packed_bytes;
        let hash_lane = thread::Builder::new()
            .name("archive-hash".into())
            .spawn_scoped(scope, move || hash_lane(reader, spare, &full_tx, &free_rx, meter))?;
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
            // Fails only when the inflate lane has ended: then no chunk is needed any more.
            drop(out_free_tx.send(chunk));
        }
        // Wakes an inflate lane that waits for either, so that a cancelled run ends.
        drop((out_rx, out_free_tx));
        let (end, unpacked_bytes) = joined(inflate_lane.join())?;
        let (bytes, sha256, head) = joined(hash_lane.join())??;
        if meter.is_cancelled() {
            return Err(VerifyError::Cancelled);
        }
        Ok(Passed { bytes, sha256, unpacked_bytes, head, end })
    })
}

/// A lane that panicked is a defect of ours; it must not take the program with it.
fn joined<T>(result: thread::Result<T>) -> Result<T, VerifyError> {
    result.map_err(|_panic| VerifyError::Read(io::Error::other("a thread of the proof stopped unexpectedly")))
}

/// Reads and hashes everything; passes it on as long as somebody listens.
fn hash_lane(
    mut reader: impl Read,
    spare_bytes: usize,
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
        sha256.update(read);
        if ended {
            // Nobody listens after damage; that is no reason to lose the hash.
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
            // A reader of a download that was cancelled fails; the caller knows why.
            Err(_) if meter.is_cancelled() => return Err(VerifyError::Cancelled),
            Err(error) => return Err(VerifyError::Read(error)),
        }
    }
    Ok(false)
}

/// Inflates until the end, a fault or a bomb. Returns also how many bytes came out.
fn inflate_lane(
    packed: &Receiver<Chunk>,
    packed_free: &SyncSender<Chunk>,
    out: &SyncSender<Chunk>,
    out_free: &Receiver<Chunk>,
    limits: &Limits,
) -> (End, u64) {
    let mut gunzip = Gunzip::new();
    let mut unpacked_bytes = 0;
    let Ok(mut target) = out_free.recv() else { return (End::Whole, 0) };
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
                    return (End::Fault { fault, at_byte: gunzip.consumed_bytes() }, unpacked_bytes);
                }
            };
            input = &input[taken..];
            if target.len == target.bytes.len() {
                let sent = out.send(target).is_ok();
                let next = out_free.recv();
                let (true, Ok(fresh)) = (sent, next) else { return (End::Whole, unpacked_bytes) };
                target = Chunk { bytes: fresh.bytes, len: 0 };
                if unpacked_bytes > limits.max_unpacked_bytes
                    && unpacked_bytes / BOMB_RATIO > gunzip.consumed_bytes()
                {
                    return (End::Bomb, unpacked_bytes);
                }
            } else if input.is_empty() {
                break;
            }
        }
        drop(packed_free.send(chunk));
    }
    drop(out.send(target));
    match gunzip.finish() {
        Ok(()) => (End::Whole, unpacked_bytes),
        Err(fault) => (End::Fault { fault, at_byte: gunzip.consumed_bytes() }, unpacked_bytes),
    }
}
