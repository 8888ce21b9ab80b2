//! LFS objects and bundles: the members that are mostly hashed. That takes as long as reading the others, so a thread of
//! its own does it, which starts with the first such member and receives everything about them in the archive's order.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use sha2::{Digest, Sha256};

use super::blocks::Block;
use super::bundle::BundleCheck;
use super::bundles::Bundles;
use super::lfs::LfsFiles;
use super::limits::{Limits, VerifyError};
use super::pipeline::joined;

/// How many batches may wait for the thread.
const BATCHES: usize = 4;

/// A batch of more events, or of more copied bytes, is not extended.
const BATCH_EVENTS: usize = 4096;
const BATCH_COPIED_BYTES: usize = 256 << 10;

/// Where the members go. Use it like this for each block: [`Self::begin`], then the members in it, then
/// [`Self::flush`].
#[derive(Debug)]
pub(super) struct Binaries {
    rules: Rules,
    block: Option<Arc<Block>>,
    events: Vec<Event>,
    copied_bytes: usize,
    thread: Option<io::Result<Lane>>,
}

/// What was found in all of them.
#[derive(Debug)]
pub(super) struct FoundBinaries {
    pub lfs: LfsFiles,
    pub bundles: Bundles,
}

/// The part of [`Limits`] that matters here.
#[derive(Debug, Clone, Copy)]
struct Rules {
    max_lfs_objects: usize,
    max_problems_per_code: usize,
    deep: bool,
}

#[derive(Debug)]
struct Lane {
    to: SyncSender<Batch>,
    thread: JoinHandle<FoundBinaries>,
}

/// What happened to these members within one block.
struct Batch {
    block: Option<Arc<Block>>,
    events: Vec<Event>,
}

#[derive(Debug)]
enum Event {
    LfsObject,
    Bundle,
    /// Content of the current member, in the block.
    Content(Range<usize>),
    /// Content that is in no block: zeros of a sparse member, or what was compressed twice.
    Copied(Box<[u8]>),
    /// The current member ends; this is its name.
    Close(Box<str>),
    /// A member of this name is no LFS object, although it is where one belongs.
    NoLfsObject(Box<str>),
    /// Another member with the name of this bundle follows.
    ForgetBundle(Box<str>),
}

impl Binaries {
    pub(super) fn new(limits: &Limits) -> Self {
        let &Limits { max_lfs_objects, max_problems_per_code, deep, .. } = limits;
        Self {
            rules: Rules { max_lfs_objects, max_problems_per_code, deep },
            block: None,
            events: Vec::new(),
            copied_bytes: 0,
            thread: None,
        }
    }

    /// What follows is in this block.
    pub(super) fn begin(&mut self, block: &Arc<Block>) {
        self.block = Some(Arc::clone(block));
    }

    pub(super) fn lfs_object(&mut self) {
        self.add(Event::LfsObject);
    }

    pub(super) fn bundle(&mut self) {
        self.add(Event::Bundle);
    }

    pub(super) fn content(&mut self, bytes: &[u8]) {
        if let Some(offset) = self.block.as_ref().and_then(|block| block.offset_of(bytes)) {
            self.add(Event::Content(offset..offset + bytes.len()));
        } else {
            self.copied_bytes += bytes.len();
            self.add(Event::Copied(bytes.into()));
        }
    }

    pub(super) fn close(&mut self, member: &str) {
        self.add(Event::Close(member.into()));
    }

    pub(super) fn no_lfs_object(&mut self, member: &str) {
        self.add(Event::NoLfsObject(member.into()));
    }

    pub(super) fn forget_bundle(&mut self, member: &str) {
        self.add(Event::ForgetBundle(member.into()));
    }

    fn add(&mut self, event: Event) {
        self.events.push(event);
        if self.events.len() > BATCH_EVENTS || self.copied_bytes > BATCH_COPIED_BYTES {
            self.send(self.block.clone());
        }
    }

    /// The block ends.
    pub(super) fn flush(&mut self) {
        let block = self.block.take();
        self.send(block);
    }

    fn send(&mut self, block: Option<Arc<Block>>) {
        let events = std::mem::take(&mut self.events);
        self.copied_bytes = 0;
        if events.is_empty() {
            return;
        }
        let rules = self.rules;
        if let Ok(lane) = self.thread.get_or_insert_with(|| Lane::start(rules)) {
            // Fails only if the thread panicked, which `finish` reports.
            drop(lane.to.send(Batch { block, events }));
        }
    }

    /// Waits for the last member.
    ///
    /// # Errors
    ///
    /// The thread could not be started, or stopped unexpectedly.
    pub(super) fn finish(&mut self) -> Result<FoundBinaries, VerifyError> {
        self.flush();
        match self.thread.take() {
            None => Ok(FoundBinaries::new(self.rules)),
            Some(lane) => {
                let Lane { to, thread } = lane?;
                drop(to);
                joined(thread.join())
            }
        }
    }
}

impl Lane {
    fn start(rules: Rules) -> io::Result<Self> {
        let (to, from) = sync_channel(BATCHES);
        let thread = thread::Builder::new()
            .name("archive-binaries".into())
            .spawn(move || FoundBinaries::new(rules).read(&from, rules))?;
        Ok(Self { to, thread })
    }
}

/// The check of the current member.
enum Check {
    Nothing,
    LfsObject(Sha256),
    Bundle(Box<BundleCheck>),
}

impl Check {
    fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Nothing => {}
            Self::LfsObject(hash) => hash.update(bytes),
            Self::Bundle(bundle) => bundle.push(bytes),
        }
    }
}

impl FoundBinaries {
    fn new(rules: Rules) -> Self {
        Self { lfs: LfsFiles::new(rules.max_lfs_objects), bundles: Bundles::new(rules.max_problems_per_code) }
    }

    fn read(mut self, batches: &Receiver<Batch>, rules: Rules) -> Self {
        let mut check = Check::Nothing;
        for Batch { block, events } in batches {
            let block = block.as_deref().map(|block| &**block).unwrap_or_default();
            for event in events {
                match event {
                    Event::LfsObject => check = Check::LfsObject(Sha256::new()),
                    Event::Bundle => check = Check::Bundle(Box::new(BundleCheck::new(rules.deep))),
                    Event::Content(range) => check.push(block.get(range).unwrap_or_default()),
                    Event::Copied(bytes) => check.push(&bytes),
                    Event::Close(member) => match std::mem::replace(&mut check, Check::Nothing) {
                        Check::Nothing => {}
                        Check::LfsObject(hash) => self.lfs.take(&member, hash),
                        Check::Bundle(bundle) => self.bundles.take(bundle.finish(&member)),
                    },
                    Event::NoLfsObject(member) => self.lfs.dropped(&member),
                    Event::ForgetBundle(member) => self.bundles.forget(&member),
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::BlockPool;
    use super::super::lfs::{LfsObjectList, ListCheck};
    use super::super::problems::Problems;
    use super::super::{Problem, ProblemCode};
    use super::*;
    use crate::archive::hex::to_hex;

    /// The problems of these files beside a list of these LFS objects.
    fn problems_of(found: FoundBinaries, listed: &[&str]) -> Vec<Problem> {
        let (mut list, mut check) = (LfsObjectList::new(10), ListCheck::new());
        list.begin();
        let ids: Vec<String> = listed.iter().map(|id| format!("\"{id}\":[0]")).collect();
        list.push(&mut check, format!("{{{}}}", ids.join(",")).as_bytes());
        list.end(&check);
        let mut problems = Problems::new(10);
        list.compare(found.lfs, &mut problems);
        assert!(found.bundles.finish(&mut problems, &mut |_| true).is_some());
        problems.into_sorted().0
    }

    #[test]
    fn content_in_a_block_and_elsewhere_is_one_content() {
        let zeros = vec![0; BATCH_COPIED_BYTES / 3];
        let mut binaries = Binaries::new(&Limits::default());
        let mut blocks = BlockPool::new(1, 8);
        let mut whole = Vec::new();
        binaries.lfs_object();
        for turn in 0..20 {
            let mut block = blocks.next();
            block.space()[..3].copy_from_slice(&[turn, 7, turn]);
            block.filled(3);
            let block = Arc::new(block);
            binaries.begin(&block);
            for content in [&block[1..], &zeros, &block[..2]] {
                binaries.content(content);
                whole.extend_from_slice(content);
            }
            binaries.flush();
        }
        let id = to_hex(&Sha256::digest(&whole));
        binaries.close(&format!("lfs-objects/{id}"));
        let found = binaries.finish().unwrap();
        assert_eq!(found.lfs.files, 1);
        assert_eq!(problems_of(found, &[&id]), []);
    }

    #[test]
    fn the_last_member_of_a_name_counts() {
        let empty = to_hex(&Sha256::digest(b""));
        let member = format!("lfs-objects/{empty}");
        let mut binaries = Binaries::new(&Limits::default());
        binaries.lfs_object();
        binaries.close(&member);
        binaries.no_lfs_object(&member);
        for _ in 0..2 {
            binaries.bundle();
            binaries.content(b"no bundle");
            binaries.close("project.bundle");
            binaries.forget_bundle("project.bundle");
        }
        let problems = problems_of(binaries.finish().unwrap(), &[&empty]);
        let codes: Vec<ProblemCode> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [ProblemCode::LfsObjectMissing], "nothing is left of either bundle");
    }

    #[test]
    fn without_such_members_there_is_no_thread() {
        let mut binaries = Binaries::new(&Limits::default());
        binaries.flush();
        assert!(binaries.thread.is_none());
        assert_eq!(binaries.finish().unwrap().lfs.files, 0);
    }
}
