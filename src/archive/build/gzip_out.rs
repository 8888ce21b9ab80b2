//! Compresses to one gzip with all processors: blocks are compressed in parallel, each ending at a byte boundary, and
//! written one after another. The result is an ordinary gzip with one member.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::BuildError;
use crate::archive::gunzip::FLAG_EXTRA;
use crate::archive::mark;

/// Large enough that starting each block without the preceding data costs little.
const BLOCK_BYTES: usize = 1 << 20;
/// `gzip`'s own level, which GitLab uses.
const LEVEL: u32 = 6;
/// The fastest level whose codes follow the content: the levels below gain nothing from text without repetitions, such
/// as base64, which would then be stored and be a third larger than GitLab's own files.
const SAMPLE_LEVEL: u32 = 2;
/// Git's packs and most uploads are compressed already, and compressing them again takes sixty times as long as storing
/// them. Of each segment, a sixteenth is compressed as a trial, from places all over the segment.
const SEGMENT_BYTES: usize = 64 << 10;
const SAMPLES: usize = 4;
const SAMPLE_BYTES: usize = 1 << 10;
/// Magic, deflate, no flags, no time, no hint, Unix.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
/// The position of the flags.
const FLAGS_AT: usize = 3;
/// An empty last block of deflate.
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];

/// A block that waits for a compressing thread.
struct Job {
    block: Vec<u8>,
    done: SyncSender<Packed>,
}

struct Packed {
    bytes: Vec<u8>,
    crc: Crc,
}

/// Receives the content, and passes on whole blocks.
pub(super) struct Blocks {
    block: Vec<u8>,
    jobs: SyncSender<Job>,
    order: SyncSender<Receiver<Packed>>,
}

/// Compresses what `produce` writes, to `out`. `mark` goes into the header.
pub(super) fn compress<W: Write + Send, T>(
    (out, mark): (W, &[u8]),
    produce: impl FnOnce(&mut Blocks) -> Result<T, BuildError>,
) -> Result<(W, T), BuildError> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(16);
    thread::scope(|scope| {
        // This many blocks are in memory at once: one per thread, and some in each queue.
        let (jobs, to_pack) = sync_channel::<Job>(1);
        let (order, in_order) = sync_channel::<Receiver<Packed>>(threads + 1);
        let to_pack = std::sync::Arc::new(Mutex::new(to_pack));
        for _ in 0..threads {
            let to_pack = std::sync::Arc::clone(&to_pack);
            scope.spawn(move || pack_all(&to_pack));
        }
        drop(to_pack);
        let header = header(mark);
        let writer = scope.spawn(move || write_all(out, &header, &in_order));
        let mut blocks = Blocks { block: Vec::with_capacity(BLOCK_BYTES), jobs, order };
        let produced = produce(&mut blocks).and_then(|made| {
            blocks.flush().map_err(BuildError::Write)?;
            Ok(made)
        });
        drop(blocks);
        let written = writer.join().unwrap_or_else(|_panicked| Err(io::Error::other("the writer panicked")));
        match (produced, written) {
            (Ok(made), Ok(out)) => Ok((out, made)),
            // The producer only sees that nobody reads any more; the writer's error is the cause.
            (Err(BuildError::Write(_)) | Ok(_), Err(error)) => Err(BuildError::Write(error)),
            (Err(error), _) => Err(error),
        }
    })
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        let (done, packed) = sync_channel(1);
        let sent = self.order.send(packed).is_ok() && self.jobs.send(Job { block, done }).is_ok();
        if sent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }
}

fn pack_all(jobs: &Mutex<Receiver<Job>>) {
    loop {
        // Only one thread waits for a block at a time, and it releases the lock as soon as it has one.
        let job = jobs.lock().ok().and_then(|jobs| jobs.recv().ok());
        let Some(Job { block, done }) = job else { return };
        // The receiver is gone if the writer has ended with an error.
        done.send(pack(&block)).ok();
    }
}

fn pack(block: &[u8]) -> Packed {
    let mut crc = Crc::new();
    crc.update(block);
    // The last block, which may be a whole small archive, needs no trial to be quick.
    let is_last = block.len() < BLOCK_BYTES;
    let segments = block.chunks(SEGMENT_BYTES).map(|segment| (segment.len(), is_last || gains(segment)));
    let segments: Vec<_> = segments.collect();
    let (mut bytes, mut rest) = (Vec::new(), block);
    for run in segments.chunk_by(|one, next| one.1 == next.1) {
        let (run_bytes, gains) = (run.iter().map(|(bytes, _)| bytes).sum(), run[0].1);
        let (run, after) = rest.split_at(run_bytes);
        deflate(run, if gains { Compression::new(LEVEL) } else { Compression::none() }, &mut bytes);
        rest = after;
    }
    Packed { bytes, crc }
}

/// Whether compressing the segment is worth the time.
fn gains(segment: &[u8]) -> bool {
    let stretch = segment.len() / SAMPLES;
    let middle = |part: &[u8]| {
        let from = part.len().saturating_sub(SAMPLE_BYTES) / 2;
        part[from..].iter().take(SAMPLE_BYTES).copied().collect::<Vec<_>>()
    };
    let sample: Vec<u8> = segment.chunks(stretch.max(1)).take(SAMPLES).flat_map(middle).collect();
    let mut packed = Vec::new();
    deflate(&sample, Compression::new(SAMPLE_LEVEL), &mut packed);
    packed.len() * 100 < sample.len() * 97
}

/// Adds raw deflate to `out` that ends at a byte boundary and is not the last block of its stream.
fn deflate(content: &[u8], level: Compression, out: &mut Vec<u8>) {
    let mut deflate = Compress::new(level, false);
    out.reserve(content.len() / 2 + 1024);
    loop {
        let rest = &content[deflate.total_in() as usize..];
        // Compression can only fail for lack of memory, which ends the program anyway.
        deflate.compress_vec(rest, out, FlushCompress::Sync).ok();
        if deflate.total_in() as usize == content.len() && out.len() < out.capacity() {
            return;
        }
        out.reserve(content.len() / 4 + 1024);
    }
}

/// Replaces the mark of an archive that was just built, by one of the same length: nothing else moves.
pub fn rewrite_mark(mut file: &File, mark: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header(mark))
}

fn header(mark: &[u8]) -> Vec<u8> {
    let mut header = HEADER.to_vec();
    if let Some(field) = mark::field(mark) {
        header[FLAGS_AT] |= FLAG_EXTRA;
        header.extend(field);
    }
    header
}

fn write_all<W: Write>(mut out: W, header: &[u8], in_order: &Receiver<Receiver<Packed>>) -> io::Result<W> {
    out.write_all(header)?;
    let mut crc = Crc::new();
    while let Ok(next) = in_order.recv() {
        let packed = next.recv().map_err(|_gone| io::Error::other("a block was lost"))?;
        crc.combine(&packed.crc);
        out.write_all(&packed.bytes)?;
    }
    out.write_all(&LAST_BLOCK)?;
    out.write_all(&crc.sum().to_le_bytes())?;
    // The length of the content, modulo 4 GiB as gzip stores it.
    out.write_all(&crc.amount().to_le_bytes())?;
    out.flush()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn there_and_back(content: &[u8]) -> Vec<u8> {
        let (gzip, ()) =
            compress((Vec::new(), b"{}"), |blocks| blocks.write_all(content).map_err(BuildError::Write))
                .unwrap();
        let mut back = Vec::new();
        flate2::bufread::GzDecoder::new(gzip.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == content, "{} bytes came back of {}", back.len(), content.len());
        gzip
    }

    /// A place that does not compress must not decide about the megabyte around it, nor a place that does.
    #[test]
    fn what_compresses_is_compressed_wherever_it_is() {
        let mut random = fastrand::Rng::with_seed(9);
        let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(2 * BLOCK_BYTES).collect();
        let text = b"{\"title\":\"a pipeline fails\"}\n".repeat(2 * BLOCK_BYTES / 29 + 1);
        for len in [40 << 10, 300 << 10, BLOCK_BYTES - 1, BLOCK_BYTES, 2 * BLOCK_BYTES] {
            for noise_bytes in [24 << 10, 64 << 10, 200 << 10].into_iter().filter(|bytes| bytes * 2 <= len) {
                for start in [0, len / 2 - noise_bytes / 2, len - noise_bytes] {
                    let mut content = text[..len].to_vec();
                    content[start..start + noise_bytes].copy_from_slice(&noise[..noise_bytes]);
                    // At both ends of the noise, most of a segment may be stored.
                    let most = noise_bytes + 2 * SEGMENT_BYTES.min(len / 8) + len / 50;
                    let packed = there_and_back(&content).len();
                    assert!(packed <= most, "{noise_bytes} of {len} at {start}: {packed} > {most}");
                }
            }
        }
        // Little text within much noise costs no time: the noise is stored.
        let mut content = noise.clone();
        content[BLOCK_BYTES / 2..][..100 << 10].copy_from_slice(&text[..100 << 10]);
        let packed = there_and_back(&content).len();
        assert!(packed < content.len() - (60 << 10), "{packed}");
        assert!(!gains(&noise[..SEGMENT_BYTES]) && gains(&text[..SEGMENT_BYTES]));
    }

    #[test]
    fn any_content_survives_one_gzip_member() {
        for len in [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES + 17] {
            let text: Vec<u8> = (0..len).map(|at| b"{\"title\":\"x\"}\n"[at % 14]).collect();
            let gzip = there_and_back(&text);
            assert!(len < 100 || gzip.len() < len / 10);
            let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(len).collect();
            // Letters without repetitions have six bits each.
            let letters: Vec<u8> =
                std::iter::repeat_with(|| fastrand::alphanumeric() as u8).take(len).collect();
            assert!(len < 100 || there_and_back(&letters).len() < len * 4 / 5);
            // Incompressible data is stored, with almost no overhead.
            assert!(there_and_back(&noise).len() < len + len / 1000 + 200);
        }
    }

    #[test]
    fn an_output_that_fails_ends_it_with_its_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let block = vec![7; BLOCK_BYTES];
        let endless = |blocks: &mut Blocks| loop {
            blocks.write_all(&block).map_err(BuildError::Write)?;
        };
        let error = compress::<_, ()>((Full, b""), endless).err();
        assert!(
            matches!(&error, Some(BuildError::Write(error)) if error.kind() == io::ErrorKind::StorageFull),
            "{error:?}"
        );
    }
}
