//! Synthetic project archives in the form of GitLab 18's (modelled on real ones), readable at any offset.
//!
//! Small parts are held in memory. The one huge LFS object of a big project is never in memory: it is in stored
//! deflate blocks, so that a division finds the byte at any offset of the compressed file.

mod bundle;
mod crc;
mod filled;
mod gzip;
mod huge;
mod noise;
mod recipe;
mod relation;
mod tar;
mod tree;

use std::sync::OnceLock;

use bytes::Bytes;
use sha2::{Digest, Sha256};

pub use filled::{SNIPPET_ID, WIKI_PAGES, listed_members, listed_snippet, snippet_files, wiki};
pub use huge::Size;
pub use noise::{hex, random_bytes};
pub use recipe::{Flaw, Recipe};
pub use relation::{RELATIONS, RelationShape, relation_objects};
pub use tree::{protected_branch, tree_records};

use gzip::Segment;
use relation::FakeBatchRange;

/// The maximum number of bytes that one read returns.
pub const READ_BYTES: usize = 256 * 1024;

/// A finished file.
#[derive(Debug)]
pub struct Archive {
    segments: Vec<Segment>,
    size_bytes: u64,
    flipped_at: Option<u64>,
    etag: String,
    sha256: OnceLock<String>,
}

impl Archive {
    /// Builds the archive of `recipe`. Equal recipes give equal bytes.
    pub fn build(recipe: &Recipe) -> Self {
        let file = recipe.file.as_deref().map(std::fs::read);
        let segments = match file {
            Some(Ok(bytes)) => vec![Segment::Held(bytes.into())],
            // If the file has disappeared, its project still gets an archive.
            Some(Err(_)) | None => gzip::pack(&tree::members(recipe)),
        };
        let whole_bytes: u64 = segments.iter().map(Segment::len).sum();
        let (size_bytes, flipped_at) = match recipe.flaw {
            Flaw::Truncated { missing_bytes } => (whole_bytes.saturating_sub(missing_bytes), None),
            Flaw::Corrupted { at_byte } => (whole_bytes, Some(at_byte.min(whole_bytes.saturating_sub(1)))),
            Flaw::None | Flaw::HardLink | Flaw::NotAnExport => (whole_bytes, None),
        };
        Self { segments, size_bytes, flipped_at, etag: etag(&format!("{recipe:?}")), sha256: OnceLock::new() }
    }

    /// The file of one relation, or of one of its batches; `None` if there is no such relation or batch.
    pub fn relation(recipe: &Recipe, relation: &str, batch: Option<FakeBatchRange>) -> Option<Self> {
        let segments = match relation::text(recipe, relation, batch) {
            Some(text) => vec![Segment::Held(gzip::gzip(&text).into())],
            None if RelationShape::of(relation)?.extension() == "tar.gz" => {
                gzip::pack(&relation::tar(recipe, relation, batch)?)
            }
            None => return None,
        };
        let size_bytes = segments.iter().map(Segment::len).sum();
        let etag = etag(&format!("{recipe:?} {relation} {batch:?}"));
        Some(Self { segments, size_bytes, flipped_at: None, etag, sha256: OnceLock::new() })
    }

    /// Length of the compressed file.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The strong `ETag` without its quotes.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// Up to `most` bytes from `offset` on, and at most [`READ_BYTES`]; empty at the end.
    pub fn read_at(&self, offset: u64, most: u64) -> Bytes {
        let most = most.min(READ_BYTES as u64).min(self.size_bytes.saturating_sub(offset));
        let mut start = 0;
        for segment in &self.segments {
            let len = segment.len();
            if most > 0 && offset < start + len {
                let within = offset - start;
                let take = most.min(len - within) as usize;
                let chunk = match segment {
                    Segment::Held(bytes) => bytes.slice(within as usize..within as usize + take),
                    Segment::Huge(huge) => huge.wire_at(within, take),
                };
                return self.flip(chunk, offset);
            }
            start += len;
        }
        Bytes::new()
    }

    fn flip(&self, chunk: Bytes, offset: u64) -> Bytes {
        match self.flipped_at {
            Some(at) if at >= offset && at < offset + chunk.len() as u64 => {
                let mut owned = chunk.to_vec();
                owned[(at - offset) as usize] ^= 0x20;
                owned.into()
            }
            _ => chunk,
        }
    }

    /// SHA-256 of the compressed file, computed once. Gigabytes take seconds.
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| {
            let mut hasher = Sha256::new();
            let mut offset = 0;
            while offset < self.size_bytes {
                let chunk = self.read_at(offset, READ_BYTES as u64);
                offset += chunk.len() as u64;
                hasher.update(&chunk);
            }
            hex(&hasher.finalize())
        })
    }
}

fn etag(made_from: &str) -> String {
    hex(&Sha256::digest(made_from.as_bytes()))[..32].to_owned()
}

#[cfg(test)]
mod tests;
