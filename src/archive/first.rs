//! Detects what a gzip contains from its first bytes: a tar, lines of text, or another gzip.

use std::sync::Arc;

use super::binaries::Binaries;
use super::blocks::Block;
use super::gunzip::Gunzip;
use super::limits::Limits;
use super::lines::{BadLine, Lines};
use super::sniff;
use super::tar::{Tar, TarEnd, TarVisitor, looks_like_tar};

/// Bytes that are needed for the decision: the first block of a tar.
const FIRST_BYTES: usize = 512;

/// Bytes inflated at a time, for a gzip within the gzip.
const INNER_BYTES: usize = 64 << 10;

/// The content, as far as its kind is known.
#[derive(Debug)]
pub(super) enum Unpacked {
    Few(Vec<u8>),
    Lines {
        lines: Box<Lines>,
        /// The first bytes.
        head: Vec<u8>,
    },
    Tar(Box<Tar>),
    /// The content is compressed twice.
    Gzip(Box<Inner>),
}

/// Receives the content.
pub(super) trait Sink: TarVisitor {
    fn limits(&self) -> &Limits;
    /// Where the sink passes its LFS objects and bundles.
    fn binaries(&mut self) -> &mut Binaries;
    /// Receives a line of text that is no JSON.
    fn bad_line(&mut self, bad: BadLine);
}

/// A gzip within the gzip.
#[derive(Debug)]
pub(super) struct Inner {
    gunzip: Gunzip,
    unpacked: Box<[u8]>,
    unpacked_bytes: u64,
    content: Unpacked,
    /// The inner gzip is damaged or too large: the remaining bytes are ignored.
    stopped: bool,
}

impl Default for Unpacked {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Unpacked {
    pub(super) fn push_block(&mut self, block: &Arc<Block>, sink: &mut impl Sink) {
        sink.binaries().begin(block);
        self.push(block, sink);
        sink.binaries().flush();
    }

    fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        match self {
            Self::Few(few) => {
                few.extend_from_slice(bytes);
                if few.len() >= FIRST_BYTES {
                    self.decide(true, sink);
                }
            }
            Self::Lines { lines, .. } => lines.push(bytes, &mut |bad| sink.bad_line(bad)),
            Self::Tar(tar) => tar.push(bytes, sink),
            Self::Gzip(inner) => inner.push(bytes, sink),
        }
    }

    /// Text contains no NUL, but the first block of every tar does.
    fn decide(&mut self, may_be_gzip: bool, sink: &mut impl Sink) {
        let Self::Few(few) = self else { return };
        let few = std::mem::take(few);
        *self = if may_be_gzip && few.starts_with(b"\x1f\x8b\x08") {
            Self::Gzip(Box::new(Inner::new()))
        } else if few.iter().take(FIRST_BYTES).any(|byte| *byte == 0) && !is_packed(&few) {
            Self::Tar(Box::new(Tar::new()))
        } else {
            let head = few[..few.len().min(FIRST_BYTES)].to_vec();
            Self::Lines { lines: Box::new(Lines::new(sink.limits().max_line_bytes)), head }
        };
        self.push(&few, sink);
    }

    /// Ends the content. `whole` is set if all of its bytes arrived.
    pub(super) fn finish(&mut self, whole: bool, sink: &mut impl Sink) {
        if matches!(self, Self::Few(_)) {
            self.decide(true, sink);
        }
        match self {
            Self::Lines { lines, .. } if whole => lines.finish(&mut |bad| sink.bad_line(bad)),
            Self::Gzip(inner) => inner.finish(whole, sink),
            Self::Few(_) | Self::Lines { .. } | Self::Tar(_) => {}
        }
    }

    pub(super) fn is_double(&self) -> bool {
        matches!(self, Self::Gzip(_))
    }

    /// The innermost content.
    pub(super) fn innermost(&self) -> &Self {
        if let Self::Gzip(inner) = self { &inner.content } else { self }
    }

    /// How the tar ended; `None` if the content is no tar, or was not read to its end.
    pub(super) fn tar_end(&self) -> Option<TarEnd> {
        match self {
            Self::Tar(tar) => Some(tar.finish()),
            Self::Gzip(inner) if !inner.stopped => inner.content.tar_end(),
            Self::Gzip(_) | Self::Few(_) | Self::Lines { .. } => None,
        }
    }

    /// Whether the content is a tar without its final blocks.
    pub(super) fn lacks_end(&self) -> bool {
        matches!(self.innermost(), Self::Tar(tar) if tar.lacks_end())
    }

    /// The number of records if the content is that of a relation: JSON, or nothing at all.
    pub(super) fn json_records(&self) -> Option<u64> {
        let Self::Lines { lines, head } = self else { return None };
        let first = head.trim_ascii_start().first();
        let may_be = matches!(first, None | Some(b'{' | b'[' | b'n')) && !sniff::is_api_error(head);
        may_be.then(|| lines.records())
    }

    /// A sentence about what was found instead of an archive, and the next step.
    pub(super) fn other_words(&self) -> Option<(String, &'static str)> {
        let Self::Lines { head, .. } = self else { return None };
        let (words, step) = sniff::foreign(head);
        if is_packed(head) {
            return Some((
                format!("The gzip contains another file. {words}"),
                "Unpack it once: gunzip -c FILE > NEW. Then check NEW.",
            ));
        }
        (!head.is_empty()).then(|| (words.to_owned(), step))
    }
}

/// Whether bytes start another kind of archive than a tar.
fn is_packed(head: &[u8]) -> bool {
    !looks_like_tar(head) && sniff::packed(head).is_some()
}

impl Inner {
    fn new() -> Self {
        Self {
            gunzip: Gunzip::new(),
            unpacked: vec![0; INNER_BYTES].into_boxed_slice(),
            unpacked_bytes: 0,
            content: Unpacked::default(),
            stopped: false,
        }
    }

    fn push(&mut self, mut bytes: &[u8], sink: &mut impl Sink) {
        while !self.stopped {
            let mut produced = 0;
            let step = self.gunzip.step(bytes, &mut self.unpacked, &mut produced);
            self.unpacked_bytes += produced as u64;
            let unpacked = &self.unpacked[..produced];
            match &mut self.content {
                Unpacked::Few(few) => {
                    few.extend_from_slice(unpacked);
                    if few.len() >= FIRST_BYTES {
                        self.content.decide(false, sink);
                    }
                }
                content => content.push(unpacked, sink),
            }
            let Ok(taken) = step else {
                self.stopped = true;
                return;
            };
            self.stopped = self.unpacked_bytes > sink.limits().max_unpacked_bytes;
            bytes = &bytes[taken..];
            if taken == 0 && produced == 0 {
                return;
            }
        }
    }

    fn finish(&mut self, whole: bool, sink: &mut impl Sink) {
        self.stopped |= self.gunzip.finish().is_err();
        if matches!(self.content, Unpacked::Few(_)) {
            self.content.decide(false, sink);
        }
        self.content.finish(whole && !self.stopped, sink);
    }
}
