//! The deep check of a bundle: every object is inflated, counted and hashed, every delta is resolved, and every
//! object that a branch, a tag, a commit or a folder names must exist. The check reads the pack as `git index-pack`
//! does, once from the start and then along the deltas. It keeps 33 bytes per object (45 with SHA-256) and the
//! contents of one chain of deltas, each within limits; a pack beyond the limits is reported as not checked.

use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::entries::{Entries, EntryHeader, EntryKind, ObjectKind};
use super::flaw::BundleFlaw;
use super::links::links_of;
use super::refs::Oid;
use super::spool::Spool;

/// The maximum number of objects in a pack.
const MAX_OBJECTS: u64 = 1_500_000;

/// The largest object that must be in memory as a whole: one with deltas, or one that names others.
const MAX_OBJECT_BYTES: u64 = 128 << 20;

/// The maximum number of content bytes along one chain of deltas.
const MAX_CHAIN_BYTES: usize = 192 << 20;

/// The maximum number of inflated bytes of a pack that is checked without a request.
pub(super) const SMALL_INFLATED_BYTES: u64 = 64 << 20;

/// Why a deep check ended early.
#[derive(Debug)]
pub(super) enum DeepEnd {
    Flaw(BundleFlaw),
    /// The pack exceeds the limits, or the temporary file could not be read: nothing is known.
    Unchecked,
    Cancelled,
}

impl From<BundleFlaw> for DeepEnd {
    fn from(flaw: BundleFlaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl From<io::Error> for DeepEnd {
    fn from(_error: io::Error) -> Self {
        Self::Unchecked
    }
}

/// The input of the check of one pack.
#[derive(Debug)]
pub(super) struct DeepJob {
    pub spool: Spool,
    /// From the pack's header.
    pub objects: u64,
    /// 20 or 32.
    pub hash_bytes: usize,
    /// Objects that the references name.
    pub targets: Vec<Oid>,
    /// The maximum number of bytes to inflate.
    pub max_inflated: u64,
}

/// Receives the number of checked objects; returns false to cancel.
pub(super) type OnObjects<'a> = &'a mut dyn FnMut(u64) -> bool;

struct Deep<'a> {
    entries: Entries,
    hash_bytes: usize,
    offsets: Vec<u64>,
    /// The object name of each entry; all zeros until a delta is resolved.
    names: Vec<u8>,
    /// Each delta with the index of its base entry.
    children: Vec<(u32, u32)>,
    /// Each delta with the object name of its base.
    named_children: Vec<(Oid, u32)>,
    /// Objects that others name, by the first bytes of their names.
    wanted: HashSet<u64>,
    inflated: u64,
    max_inflated: u64,
    resolved: u64,
    on_objects: OnObjects<'a>,
}

/// Checks a pack. Returns `Ok` if git would find every object and every connection.
pub(super) fn check(job: DeepJob, on_objects: OnObjects<'_>) -> Result<(), DeepEnd> {
    if job.objects > MAX_OBJECTS || matches!(job.spool, Spool::Dropped) {
        return Err(DeepEnd::Unchecked);
    }
    // An entry has at least nine bytes: a false count must not allocate memory.
    if job.objects > job.spool.len() / 9 {
        return Err(BundleFlaw::BadObject.into());
    }
    let count = job.objects as usize;
    let mut deep = Deep {
        entries: Entries::new(job.spool, job.hash_bytes),
        hash_bytes: job.hash_bytes,
        offsets: Vec::with_capacity(count),
        names: vec![0; count * job.hash_bytes],
        children: Vec::new(),
        named_children: Vec::new(),
        wanted: HashSet::new(),
        inflated: 0,
        max_inflated: job.max_inflated,
        resolved: 0,
        on_objects,
    };
    deep.read_all(count)?;
    deep.resolve_all()?;
    deep.connect(&job.targets)
}

impl Deep<'_> {
    /// Reads every entry in order, and computes the object names of entries that are no deltas.
    fn read_all(&mut self, count: usize) -> Result<(), DeepEnd> {
        // The pack's own header has twelve bytes.
        let mut at = 12;
        for index in 0..count {
            let header = self.entries.header(at)?;
            self.offsets.push(at);
            at = match header.kind {
                EntryKind::Whole(kind) => self.name_whole(index, kind, &header)?,
                EntryKind::OffsetDelta(base) => {
                    let base = self.offsets.binary_search(&base).map_err(|_gap| BundleFlaw::MissingObject)?;
                    self.children.push((base as u32, index as u32));
                    self.skip(&header)?
                }
                EntryKind::NameDelta(base) => {
                    self.named_children.push((base, index as u32));
                    self.skip(&header)?
                }
            };
        }
        if at != self.entries.end() {
            return Err(BundleFlaw::BadObject.into());
        }
        self.children.sort_unstable();
        self.named_children.sort_unstable();
        Ok(())
    }

    fn skip(&mut self, header: &EntryHeader) -> Result<u64, DeepEnd> {
        self.spend(header.bytes)?;
        self.entries.inflate(header, &mut |_| {})
    }

    /// Counts the inflated bytes, and reports progress.
    fn spend(&mut self, bytes: u64) -> Result<(), DeepEnd> {
        self.inflated = self.inflated.saturating_add(bytes);
        if self.inflated > self.max_inflated {
            return Err(DeepEnd::Unchecked);
        }
        if (self.on_objects)(self.resolved) { Ok(()) } else { Err(DeepEnd::Cancelled) }
    }

    fn name_whole(&mut self, index: usize, kind: ObjectKind, header: &EntryHeader) -> Result<u64, DeepEnd> {
        self.spend(header.bytes)?;
        let mut hash = ObjectHash::new(self.hash_bytes, kind, header.bytes);
        let mut content = Vec::new();
        // A file is only hashed, however large; the other objects name further objects.
        let keep = kind != ObjectKind::Blob;
        if keep && header.bytes > MAX_OBJECT_BYTES {
            return Err(DeepEnd::Unchecked);
        }
        let end = self.entries.inflate(header, &mut |bytes| {
            hash.update(bytes);
            if keep {
                content.extend_from_slice(bytes);
            }
        })?;
        self.take_object(index, kind, &content, &hash.finish())?;
        Ok(end)
    }

    /// Records an object with its name, and the names that it contains.
    fn take_object(
        &mut self,
        index: usize,
        kind: ObjectKind,
        content: &[u8],
        name: &Oid,
    ) -> Result<(), DeepEnd> {
        let (hash_bytes, wanted) = (self.hash_bytes, &mut self.wanted);
        self.names[index * hash_bytes..][..hash_bytes].copy_from_slice(&name[..hash_bytes]);
        self.resolved += 1;
        links_of(kind, content, hash_bytes, &mut |oid| {
            wanted.insert(key(oid));
        })
        .ok_or(BundleFlaw::BadObject)?;
        // There are more names than objects, so at least one object is missing.
        if wanted.len() > self.names.len() / hash_bytes {
            return Err(BundleFlaw::MissingObject.into());
        }
        Ok(())
    }

    fn name_of(&self, index: usize) -> Oid {
        let mut name = [0; 32];
        name[..self.hash_bytes].copy_from_slice(&self.names[index * self.hash_bytes..][..self.hash_bytes]);
        name
    }

    /// The deltas whose base is an entry.
    fn children_of(&self, index: usize) -> Vec<u32> {
        let from = self.children.partition_point(|(base, _)| (*base as usize) < index);
        let by_offset = self.children[from..].iter().take_while(|(base, _)| *base as usize == index);
        let name = self.name_of(index);
        let from = self.named_children.partition_point(|(base, _)| *base < name);
        let by_name = self.named_children[from..].iter().take_while(|(base, _)| *base == name);
        by_offset.map(|(_, child)| *child).chain(by_name.map(|(_, child)| *child)).collect()
    }

    /// Resolves the deltas, from each whole object along its chains.
    fn resolve_all(&mut self) -> Result<(), DeepEnd> {
        let deltas = self.children.len() + self.named_children.len();
        if deltas == 0 {
            return Ok(());
        }
        for root in 0..self.offsets.len() {
            if self.children_of(root).is_empty() {
                continue;
            }
            let header = self.entries.header(self.offsets[root])?;
            if let EntryKind::Whole(kind) = header.kind {
                self.resolve_from(root, kind, &header)?;
            }
        }
        if self.resolved < self.offsets.len() as u64 {
            // The base of this delta is not in the pack.
            return Err(BundleFlaw::MissingObject.into());
        }
        Ok(())
    }

    fn resolve_from(&mut self, root: usize, kind: ObjectKind, header: &EntryHeader) -> Result<(), DeepEnd> {
        let content = Rc::new(self.content(header)?);
        let mut held = content.len();
        // The work list: a delta, and the content of its base.
        let mut stack: Vec<(u32, Rc<Vec<u8>>)> =
            self.children_of(root).into_iter().map(|child| (child, Rc::clone(&content))).collect();
        drop(content);
        while let Some((child, base)) = stack.pop() {
            // A pack may name an object twice; a delta is resolved once.
            let index = child as usize;
            if self.name_of(index) != [0; 32] {
                continue;
            }
            let header = self.entries.header(self.offsets[index])?;
            let delta = self.content(&header)?;
            let content = super::delta::apply(&base, &delta, MAX_OBJECT_BYTES)?;
            if Rc::strong_count(&base) == 1 {
                held -= base.len();
            }
            drop(base);
            let mut hash = ObjectHash::new(self.hash_bytes, kind, content.len() as u64);
            hash.update(&content);
            self.take_object(index, kind, &content, &hash.finish())?;
            let children = self.children_of(index);
            if !children.is_empty() {
                held += content.len();
                if held > MAX_CHAIN_BYTES {
                    return Err(DeepEnd::Unchecked);
                }
                let content = Rc::new(content);
                stack.extend(children.into_iter().map(|child| (child, Rc::clone(&content))));
            }
        }
        Ok(())
    }

    fn content(&mut self, header: &EntryHeader) -> Result<Vec<u8>, DeepEnd> {
        if header.bytes > MAX_OBJECT_BYTES {
            return Err(DeepEnd::Unchecked);
        }
        self.spend(header.bytes)?;
        let mut content = Vec::new();
        self.entries.inflate(header, &mut |bytes| content.extend_from_slice(bytes))?;
        Ok(content)
    }

    /// Checks that every named object exists.
    fn connect(&mut self, targets: &[Oid]) -> Result<(), DeepEnd> {
        let mut there: Vec<u64> = self.names.chunks_exact(self.hash_bytes).map(first_bytes).collect();
        there.sort_unstable();
        let named = targets.iter().map(key).chain(self.wanted.iter().copied());
        if named.into_iter().all(|name| there.binary_search(&name).is_ok()) {
            Ok(())
        } else {
            Err(BundleFlaw::MissingObject.into())
        }
    }
}

fn key(oid: &Oid) -> u64 {
    first_bytes(oid)
}

/// Object names are practically random: their first eight bytes tell objects apart.
fn first_bytes(name: &[u8]) -> u64 {
    name.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Hashes an object: its kind and size, then its content.
enum ObjectHash {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl ObjectHash {
    fn new(hash_bytes: usize, kind: ObjectKind, bytes: u64) -> Self {
        let mut hash = if hash_bytes == 32 { Self::Sha256(Sha256::new()) } else { Self::Sha1(Sha1::new()) };
        hash.update(format!("{} {bytes}\0", kind.as_str()).as_bytes());
        hash
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    fn finish(self) -> Oid {
        let mut name = [0; 32];
        match self {
            Self::Sha1(hash) => name[..20].copy_from_slice(&hash.finalize()),
            Self::Sha256(hash) => name.copy_from_slice(&hash.finalize()),
        }
        name
    }
}
