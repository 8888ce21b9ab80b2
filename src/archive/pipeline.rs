//! The stages of a verification, which run at the same time: read the file, hash it, inflate it, read the tar that
//! comes out.
//!
//! ```text
//! read ─┬─> hash
//!       └─> inflate ──> walk: the caller's thread ──> binaries
//! ```
//!
//! What only hashes is a stage of its own ([`super::binaries`] is the other one): the hash of a whole file cannot be
//! divided, so with enough cores nothing takes longer than that. Stages share [`super::blocks`], so memory is fixed.
//! When inflating stops early (damage, a bomb), reading and hashing continue to the end of the file, because every
//! report has the size and SHA-256 of the whole file.

use std::io::{self, ErrorKind, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use sha2::{Digest, Sha256};

use super::blocks::{Block, BlockPool};
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

/// Sizes of the blocks between the stages, and the maximum number of each; only tests change them.
#[derive(Debug, Clone, Copy)]
pub(super) struct PipelineSizes {
    pub packed_bytes: usize,
    pub unpacked_bytes: usize,
    pub blocks: usize,
}

impl Default for PipelineSizes {
    fn default() -> Self {
        Self { packed_bytes: 512 << 10, unpacked_bytes: 512 << 10, blocks: 4 }
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

/// Runs the stages to the end of `reader` and passes every unpacked block to `walk`, in order.
pub(super) fn run<R: Read + Send>(
    reader: R,
    limits: &Limits,
    sizes: PipelineSizes,
    progress: OnProgress<'_>,
    walk: &mut dyn FnMut(&Arc<Block>),
) -> Result<StreamSummary, VerifyError> {
    let meter = Meter {
        packed: AtomicU64::new(0),
        unpacked: AtomicU64::new(0),
        cancelled: AtomicBool::new(false),
        progress: Mutex::new(progress),
    };
    let (to_hash, hash_from) = sync_channel(sizes.blocks);
    let (to_inflate, inflate_from) = sync_channel(sizes.blocks);
    let (to_walk, walk_from) = sync_channel(sizes.blocks);
    thread::scope(|scope| {
        let meter = &meter;
        let stage = |name: &str| thread::Builder::new().name(name.into());
        let hash = stage("archive-hash").spawn_scoped(scope, move || hash(&hash_from))?;
        let inflate = stage("archive-inflate").spawn_scoped(scope, move || {
            let blocks = BlockPool::new(sizes.blocks, sizes.unpacked_bytes);
            inflate_all(&inflate_from, &to_walk, blocks, limits)
        })?;
        let read = stage("archive-read").spawn_scoped(scope, move || {
            let blocks = BlockPool::new(sizes.blocks, sizes.packed_bytes);
            let may_be_foreign = !limits.stop_when_foreign;
            read_all(reader, may_be_foreign, &[to_inflate, to_hash], blocks, meter)
        })?;
        for block in &walk_from {
            walk(&block);
            meter.unpacked.fetch_add(block.len() as u64, Ordering::Relaxed);
            if !meter.tick() {
                break;
            }
        }
        // Wakes an inflate stage that waits for space or for a block, so that a cancelled run ends.
        drop(walk_from);
        let Inflated { end, unpacked_bytes, mark } = joined(inflate.join())?;
        let (bytes, head) = joined(read.join())??;
        let sha256 = joined(hash.join())?;
        if meter.is_cancelled() {
            return Err(VerifyError::Cancelled);
        }
        Ok(StreamSummary { bytes, sha256, unpacked_bytes, head, end, mark })
    })
}

/// A stage that panicked is a bug of ours, but must not end the program.
pub(super) fn joined<T>(result: thread::Result<T>) -> Result<T, VerifyError> {
    result.map_err(|_panic| {
        VerifyError::Read(io::Error::other("a thread of the verification stopped unexpectedly"))
    })
}

/// What every gzip begins with.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// Reads everything, and passes it to the stages that still accept it. Returns the number of bytes, and the first ones.
fn read_all(
    mut reader: impl Read,
    may_be_foreign: bool,
    stages: &[SyncSender<Arc<Block>>],
    mut blocks: BlockPool,
    meter: &Meter<'_>,
) -> Result<(u64, Vec<u8>), VerifyError> {
    let mut bytes = 0;
    let mut head = Vec::new();
    loop {
        let mut block = blocks.next();
        let ended = fill(&mut reader, &mut block, meter)?;
        bytes += block.len() as u64;
        if head.len() < HEAD_BYTES {
            head.extend(&block[..block.len().min(HEAD_BYTES - head.len())]);
        }
        if !may_be_foreign && head.len() > 1 && !head.starts_with(GZIP_MAGIC) {
            let (what, next_step) = sniff::foreign(&head);
            return Err(VerifyError::Foreign { what, next_step });
        }
        let block = Arc::new(block);
        for stage in stages {
            // After damage, inflating has ended; the hash is still needed.
            drop(stage.send(Arc::clone(&block)));
        }
        if ended {
            return Ok((bytes, head));
        }
    }
}

/// Fills a block as far as the reader has bytes; true at the end of the file.
fn fill(reader: &mut impl Read, block: &mut Block, meter: &Meter<'_>) -> Result<bool, VerifyError> {
    while !block.is_full() {
        match reader.read(block.space()) {
            Ok(0) => return Ok(true),
            Ok(read) => {
                block.filled(read);
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

/// The SHA-256 of the whole file.
fn hash(packed: &Receiver<Arc<Block>>) -> String {
    let mut sha256 = Sha256::new();
    for block in packed {
        sha256.update(&**block);
    }
    to_hex(&sha256.finalize())
}

/// What inflating has found.
struct Inflated {
    end: StreamEnd,
    unpacked_bytes: u64,
    mark: Option<String>,
}

fn inflate_all(
    packed: &Receiver<Arc<Block>>,
    out: &SyncSender<Arc<Block>>,
    blocks: BlockPool,
    limits: &Limits,
) -> Inflated {
    let mut gunzip = Gunzip::new();
    let (end, unpacked_bytes) = inflate(packed, (out, blocks), limits, &mut gunzip);
    Inflated { end, unpacked_bytes, mark: mark::text_in(gunzip.extra()) }
}

/// Inflates until the end, a fault or a bomb. Also returns the number of unpacked bytes.
fn inflate(
    packed: &Receiver<Arc<Block>>,
    (out, mut blocks): (&SyncSender<Arc<Block>>, BlockPool),
    limits: &Limits,
    gunzip: &mut Gunzip,
) -> (StreamEnd, u64) {
    let mut unpacked_bytes = 0;
    let mut target = blocks.next();
    for block in packed {
        let mut input = &block[..];
        loop {
            let mut produced = 0;
            let step = gunzip.step(input, target.space(), &mut produced);
            target.filled(produced);
            unpacked_bytes += produced as u64;
            let taken = match step {
                Ok(taken) => taken,
                Err(fault) => {
                    drop(out.send(Arc::new(target)));
                    return (StreamEnd::Fault { fault, at_byte: gunzip.consumed_bytes() }, unpacked_bytes);
                }
            };
            input = &input[taken..];
            if target.is_full() {
                if out.send(Arc::new(target)).is_err() {
                    return (StreamEnd::Whole, unpacked_bytes);
                }
                target = blocks.next();
                if unpacked_bytes > limits.max_unpacked_bytes
                    && unpacked_bytes / BOMB_RATIO > gunzip.consumed_bytes()
                {
                    return (StreamEnd::Bomb, unpacked_bytes);
                }
            } else if input.is_empty() {
                break;
            }
        }
    }
    drop(out.send(Arc::new(target)));
    match gunzip.finish() {
        Ok(()) => (StreamEnd::Whole, unpacked_bytes),
        Err(fault) => (StreamEnd::Fault { fault, at_byte: gunzip.consumed_bytes() }, unpacked_bytes),
    }
}
