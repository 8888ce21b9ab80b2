//! The entries of a pack (gitformat-pack): the header of each, and its content inflated.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use super::deep::DeepEnd;
use super::flaw::BundleFlaw;
use super::refs::Oid;
use super::spool::Spool;

/// Bytes read and inflated at a time.
const PIECE_BYTES: usize = 64 << 10;

/// What kind of object an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl ObjectKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// The kind in an entry's header, before the compressed bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum EntryKind {
    Whole(ObjectKind),
    /// A delta whose base is the entry at this offset.
    OffsetDelta(u64),
    /// A delta whose base is the object with this name.
    NameDelta(Oid),
}

/// The header of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryHeader {
    pub kind: EntryKind,
    /// Of the content, or of the delta.
    pub bytes: u64,
    /// The offset of the compressed bytes.
    pub data_at: u64,
}

/// Reads entries of a pack by their offsets.
#[derive(Debug)]
pub(super) struct Entries {
    spool: Spool,
    inflate: Decompress,
    buffer: Box<[u8]>,
    output: Box<[u8]>,
    /// The offset of the buffer's first byte in the pack.
    start: u64,
    filled: usize,
    hash_bytes: usize,
}

impl Entries {
    pub(super) fn new(spool: Spool, hash_bytes: usize) -> Self {
        Self {
            spool,
            inflate: Decompress::new(true),
            buffer: vec![0; PIECE_BYTES].into_boxed_slice(),
            output: vec![0; PIECE_BYTES].into_boxed_slice(),
            start: 0,
            filled: 0,
            hash_bytes,
        }
    }

    /// Where the objects end and the checksum begins.
    pub(super) fn end(&self) -> u64 {
        self.spool.len().saturating_sub(self.hash_bytes as u64)
    }

    /// Fills the buffer so that it contains the byte at `at`; returns the available range from there.
    fn at(&mut self, at: u64) -> io::Result<std::ops::Range<usize>> {
        let is_inside = at >= self.start && at < self.start + self.filled as u64;
        if !is_inside {
            (self.start, self.filled) = (at, 0);
            self.filled = self.spool.read_at(at, &mut self.buffer)?;
        }
        let from = (at - self.start) as usize;
        // The checksum at the end is no entry.
        let end = self.filled.min(self.end().saturating_sub(self.start) as usize);
        Ok(from..end.max(from))
    }

    fn byte(&mut self, at: &mut u64) -> Result<u8, DeepEnd> {
        let range = self.at(*at)?;
        let byte = self.buffer[range].first().copied().ok_or(BundleFlaw::BadObject)?;
        *at += 1;
        Ok(byte)
    }

    pub(super) fn header(&mut self, offset: u64) -> Result<EntryHeader, DeepEnd> {
        let mut at = offset;
        let first = self.byte(&mut at)?;
        let (mut bytes, mut shift, mut more) = (u64::from(first & 15), 4, first & 0x80 != 0);
        while more {
            let byte = self.byte(&mut at)?;
            if shift > 57 {
                return Err(BundleFlaw::BadObject.into());
            }
            bytes |= u64::from(byte & 0x7f) << shift;
            (shift, more) = (shift + 7, byte & 0x80 != 0);
        }
        let kind = match first >> 4 & 7 {
            1 => EntryKind::Whole(ObjectKind::Commit),
            2 => EntryKind::Whole(ObjectKind::Tree),
            3 => EntryKind::Whole(ObjectKind::Blob),
            4 => EntryKind::Whole(ObjectKind::Tag),
            6 => {
                let mut byte = self.byte(&mut at)?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = self.byte(&mut at)?;
                    let next = back.checked_add(1).and_then(|back| back.checked_mul(128));
                    back = next.ok_or(BundleFlaw::BadObject)? | u64::from(byte & 0x7f);
                }
                EntryKind::OffsetDelta(offset.checked_sub(back).ok_or(BundleFlaw::BadObject)?)
            }
            7 => {
                let mut oid = [0; 32];
                for slot in &mut oid[..self.hash_bytes] {
                    *slot = self.byte(&mut at)?;
                }
                EntryKind::NameDelta(oid)
            }
            _ => return Err(BundleFlaw::BadObject.into()),
        };
        Ok(EntryHeader { kind, bytes, data_at: at })
    }

    /// Inflates an entry, whose length must match its header; returns the offset of its end.
    pub(super) fn inflate(
        &mut self,
        header: &EntryHeader,
        give: &mut dyn FnMut(&[u8]),
    ) -> Result<u64, DeepEnd> {
        self.inflate.reset(true);
        let (mut at, mut left) = (header.data_at, header.bytes);
        loop {
            let range = self.at(at)?;
            let (in_before, out_before) = (self.inflate.total_in(), self.inflate.total_out());
            let step =
                self.inflate.decompress(&self.buffer[range.clone()], &mut self.output, FlushDecompress::None);
            let taken = self.inflate.total_in() - in_before;
            let produced = self.inflate.total_out() - out_before;
            left = left.checked_sub(produced).ok_or(BundleFlaw::BadObject)?;
            give(&self.output[..produced as usize]);
            at += taken;
            match step {
                Ok(Status::StreamEnd) if left == 0 => return Ok(at),
                Ok(Status::Ok | Status::BufError) if taken > 0 || produced > 0 => {}
                Ok(_) | Err(_) => return Err(BundleFlaw::BadObject.into()),
            }
        }
    }
}
