//! Blocks of bytes that one thread fills and several read at the same time, without a copy. Their number is fixed, and
//! so is their memory: a block returns when its last reader drops it.

use std::ops::Deref;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// The blocks that nobody uses at the moment. One is made when it is needed first, so a small file makes few.
#[derive(Debug)]
pub(super) struct BlockPool {
    free: Receiver<Box<[u8]>>,
    home: SyncSender<Box<[u8]>>,
    not_made: usize,
    block_bytes: usize,
}

impl BlockPool {
    pub(super) fn new(most: usize, block_bytes: usize) -> Self {
        let (home, free) = sync_channel(most);
        Self { free, home, not_made: most, block_bytes: block_bytes.max(1) }
    }

    /// Waits for a block to fill.
    pub(super) fn next(&mut self) -> Block {
        let used = match self.not_made {
            0 => self.free.recv().ok(),
            _ => self.free.try_recv().ok(),
        };
        let bytes = used.unwrap_or_else(|| {
            self.not_made = self.not_made.saturating_sub(1);
            vec![0; self.block_bytes].into_boxed_slice()
        });
        Block { bytes, len: 0, home: self.home.clone() }
    }
}

/// A block; as a slice, the bytes that were filled.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Box<[u8]>,
    len: usize,
    home: SyncSender<Box<[u8]>>,
}

impl Block {
    /// The rest of the block.
    pub(super) fn space(&mut self) -> &mut [u8] {
        &mut self.bytes[self.len..]
    }

    /// The first `bytes` of the space are filled now.
    pub(super) fn filled(&mut self, bytes: usize) {
        self.len += bytes;
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == self.bytes.len()
    }

    /// Where `part` begins in this block; `None` if its bytes are somewhere else.
    pub(super) fn offset_of(&self, part: &[u8]) -> Option<usize> {
        let offset = part.as_ptr().addr().checked_sub(self.bytes.as_ptr().addr())?;
        (offset.checked_add(part.len())? <= self.len).then_some(offset)
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // There is room for all. Fails where no further blocks are needed.
        drop(self.home.try_send(std::mem::take(&mut self.bytes)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_block_returns_when_its_last_reader_drops_it() {
        let mut blocks = BlockPool::new(1, 4);
        let mut block = blocks.next();
        block.space()[..3].copy_from_slice(b"abc");
        block.filled(3);
        assert_eq!((&*block, block.is_full()), (&b"abc"[..], false));
        let one = Arc::new(block);
        let reader = Arc::clone(&one);
        drop(one);
        assert!(blocks.free.try_recv().is_err(), "it is still being read");
        assert_eq!(&**reader, b"abc");
        drop(reader);
        assert!(blocks.next().is_empty(), "and starts empty again");
    }

    #[test]
    fn a_part_is_found_by_its_place_and_not_by_its_bytes() {
        let mut blocks = BlockPool::new(1, 8);
        let mut block = blocks.next();
        block.filled(6);
        assert_eq!(block.offset_of(&block[2..5]), Some(2));
        assert_eq!(block.offset_of(&block[6..]), Some(6));
        assert_eq!(block.offset_of(&block.bytes[4..8]), None, "not filled");
        assert_eq!(block.offset_of(&[0; 3]), None);
    }
}
