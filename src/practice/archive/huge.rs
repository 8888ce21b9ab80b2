//! The one big LFS object: numbered blocks of random bytes, which can be computed at any offset.

use std::sync::OnceLock;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::crc;
use super::noise::{hex, random_bytes};

/// A stored deflate block carries at most this much.
pub const BLOCK_BYTES: usize = 65_535;
/// BFINAL and BTYPE, LEN, NLEN (RFC 1951, 3.2.4).
const BLOCK_HEADER_BYTES: usize = 5;
const WIRE_BLOCK_BYTES: u64 = (BLOCK_BYTES + BLOCK_HEADER_BYTES) as u64;

/// Every project has one LFS object of this length.
pub const SMALL_LFS_BYTES: usize = 2_048;

/// How big a project's archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// About 50 KB.
    Small,
    /// About 5 MB.
    Medium,
    /// About 64 MiB.
    Large,
    /// About 1 GiB.
    Gigabyte,
    /// About 4 GiB.
    FourGigabytes,
}

impl Size {
    pub(super) fn blocks(self) -> u64 {
        match self {
            Self::Small => 0,
            Self::Medium => 76,
            Self::Large => 1024,
            Self::Gigabyte => 16_384,
            Self::FourGigabytes => 65_536,
        }
    }

    /// Length of the LFS objects of a project of this size.
    pub fn lfs_bytes(self) -> u64 {
        SMALL_LFS_BYTES as u64 + self.blocks() * BLOCK_BYTES as u64
    }
}

/// SHA-256 and CRC-32 of the object, stored because hashing four gigabytes takes seconds. The tests recompute them.
const KNOWN: [(u64, &str, u32); 4] = [
    (76, "a1c1884f2a637d3cb429c8f7c3cca3ef28e4f9bd72a254c15ba9ce3507f7bf2c", 0x6c22_a55e),
    (1024, "f42848ce6dc905e276872568baa60d4f0d93d18159ea05ef8c235853db6e9a70", 0x98e5_a379),
    (16_384, "66b0fe7991af978e264fdf4947cc66a9ac5fb19b89d6f31ee1d8e6dbc6e98660", 0x0256_95ad),
    (65_536, "bff6657d6dca5ed229f27e97581d8d83dcae345cc5281490a26673f7946f3bda", 0x613c_6bb6),
];

/// An LFS object of so many blocks.
#[derive(Debug, Clone, Copy)]
pub struct Huge {
    blocks: u64,
}

impl Huge {
    pub fn of(size: Size) -> Option<Self> {
        (size.blocks() > 0).then(|| Self { blocks: size.blocks() })
    }

    /// Length of the object itself.
    pub fn content_bytes(self) -> u64 {
        self.blocks * BLOCK_BYTES as u64
    }

    /// Length of the object in stored deflate blocks.
    pub fn wire_bytes(self) -> u64 {
        self.blocks * WIRE_BLOCK_BYTES
    }

    /// The deflate bytes at `offset`: `take` of them, fewer at the end.
    pub fn wire_at(self, offset: u64, take: usize) -> Bytes {
        let take = take.min(self.wire_bytes().saturating_sub(offset) as usize);
        let mut out = Vec::with_capacity(take);
        let mut at = offset;
        while out.len() < take {
            let block = wire_block(at / WIRE_BLOCK_BYTES);
            let within = (at % WIRE_BLOCK_BYTES) as usize;
            let step = (take - out.len()).min(WIRE_BLOCK_BYTES as usize - within);
            block.copy(within, step, &mut out);
            at += step as u64;
        }
        out.into()
    }

    pub fn sha256(self) -> String {
        match KNOWN.iter().find(|known| known.0 == self.blocks) {
            Some((_, sha256, _)) => (*sha256).to_owned(),
            None => self.measure().0,
        }
    }

    pub fn crc32(self) -> u32 {
        match KNOWN.iter().find(|known| known.0 == self.blocks) {
            Some((_, _, crc32)) => *crc32,
            None => self.measure().1,
        }
    }

    fn measure(self) -> (String, u32) {
        let mut sha256 = Sha256::new();
        let mut crc32 = 0;
        for index in 0..self.blocks {
            let mut content = Vec::with_capacity(BLOCK_BYTES);
            wire_block(index).copy(BLOCK_HEADER_BYTES, BLOCK_BYTES, &mut content);
            sha256.update(&content);
            crc32 = crc::combine(crc32, crc::of(&content), BLOCK_BYTES as u64);
        }
        (hex(&sha256.finalize()), crc32)
    }
}

/// One block: header, its number, noise.
struct WireBlock {
    head: [u8; BLOCK_HEADER_BYTES + 8],
}

fn wire_block(index: u64) -> WireBlock {
    let mut head = [0; BLOCK_HEADER_BYTES + 8];
    let len = BLOCK_BYTES as u16;
    head[1..3].copy_from_slice(&len.to_le_bytes());
    head[3..5].copy_from_slice(&(!len).to_le_bytes());
    // The number makes every block different, so that a piece from the wrong place changes the digest.
    head[5..].copy_from_slice(&index.to_be_bytes());
    WireBlock { head }
}

impl WireBlock {
    fn copy(&self, from: usize, take: usize, out: &mut Vec<u8>) {
        let to = from + take;
        let head_len = self.head.len();
        if from < head_len {
            out.extend_from_slice(&self.head[from..to.min(head_len)]);
        }
        if to > head_len {
            out.extend_from_slice(&noise()[from.max(head_len) - head_len..to - head_len]);
        }
    }
}

fn noise() -> &'static [u8] {
    static NOISE: OnceLock<Vec<u8>> = OnceLock::new();
    NOISE.get_or_init(|| random_bytes(0x0e0f_0a11, BLOCK_BYTES - 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_digests_of_the_smaller_objects_are_true() {
        for blocks in [76, 1024] {
            let huge = Huge { blocks };
            assert_eq!((huge.sha256(), huge.crc32()), huge.measure());
        }
    }

    #[test]
    fn the_known_digests_of_the_bigger_objects_are_true() {
        for blocks in [16_384, 65_536] {
            let huge = Huge { blocks };
            assert_eq!((huge.sha256(), huge.crc32()), huge.measure());
        }
    }

    #[test]
    fn any_piece_equals_the_same_piece_of_the_whole() {
        let huge = Huge { blocks: 3 };
        let whole = huge.wire_at(0, huge.wire_bytes() as usize);
        for (from, take) in [(0, 1), (4, 3), (12, 2), (65_539, 2), (65_540, 65_540), (100_000, 90_000)] {
            assert_eq!(huge.wire_at(from, take), whole[from as usize..from as usize + take]);
        }
    }
}
