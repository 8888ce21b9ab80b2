//! Packs members into a gzip file: deflated, except the huge object, which is in stored blocks.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::DeflateEncoder};

use super::crc;
use super::huge::Huge;
use super::tar::{self, Content, TarMember};

/// Deflate, no name, no time, fastest level not claimed, made on Unix (RFC 1952).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// A piece of a finished file.
#[derive(Debug)]
pub enum Segment {
    Held(Bytes),
    Huge(Huge),
}

impl Segment {
    pub fn len(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Huge(huge) => huge.wire_bytes(),
        }
    }
}

/// The gzip file of these members, in segments.
pub fn pack(members: &[TarMember]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut sum = Sum::default();
    let mut tar = Vec::new();
    let mut compressed = HEADER.to_vec();
    for member in members {
        tar.extend_from_slice(&tar::header(member));
        match &member.content {
            Content::None => {}
            Content::Bytes(bytes) => {
                tar.extend_from_slice(bytes);
                pad(&mut tar, bytes.len() as u64);
            }
            Content::Huge(huge) => {
                sum.add(crc::of(&tar), tar.len() as u64);
                compressed.extend(deflate(&tar, false));
                segments.push(Segment::Held(std::mem::take(&mut compressed).into()));
                segments.push(Segment::Huge(*huge));
                sum.add(huge.crc32(), huge.content_bytes());
                tar.clear();
                pad(&mut tar, huge.content_bytes());
            }
        }
    }
    // Two empty records end a tar file.
    tar.resize(tar.len() + 2 * tar::RECORD_BYTES, 0);
    sum.add(crc::of(&tar), tar.len() as u64);
    compressed.extend(deflate(&tar, true));
    compressed.extend(sum.crc32.to_le_bytes());
    compressed.extend((sum.bytes as u32).to_le_bytes());
    segments.push(Segment::Held(compressed.into()));
    segments
}

/// Pads the last record of a content of that length.
fn pad(tar: &mut Vec<u8>, content_bytes: u64) {
    let over = (content_bytes % tar::RECORD_BYTES as u64) as usize;
    tar.resize(tar.len() + (tar::RECORD_BYTES - over) % tar::RECORD_BYTES, 0);
}

/// One gzip file of plain bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    out.extend(deflate(bytes, true));
    out.extend(crc::of(bytes).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

#[derive(Default)]
struct Sum {
    crc32: u32,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, crc32: u32, bytes: u64) {
        self.crc32 = crc::combine(self.crc32, crc32, bytes);
        self.bytes += bytes;
    }
}

/// Raw deflate. A piece that is not the last ends at a byte boundary without a final block.
fn deflate(bytes: &[u8], last: bool) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to a `Vec` cannot fail.
    encoder.write_all(bytes).unwrap_or_default();
    if last {
        encoder.finish().unwrap_or_default()
    } else {
        encoder.flush().unwrap_or_default();
        std::mem::take(encoder.get_mut())
    }
}
