//! The pack of a bundle, kept until its objects are checked: in memory while it is small, then in a private temporary
//! file without a name.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::platform::disk;

/// The largest pack that is kept in memory. Checking that much takes well under a second.
pub(super) const SMALL_BYTES: usize = 4 << 20;

/// The bytes of a pack, as far as they are kept.
#[derive(Debug)]
pub(super) enum Spool {
    Memory(Vec<u8>),
    File(File, u64),
    /// The pack is too large for the requested check, or could not be written to disk.
    Dropped,
}

impl Spool {
    pub(super) fn new() -> Self {
        Self::Memory(Vec::new())
    }

    /// Keeps the next bytes; keeps a large pack only if `deep` is set.
    pub(super) fn push(&mut self, bytes: &[u8], deep: bool) {
        if let Self::Memory(kept) = self {
            if kept.len() + bytes.len() <= SMALL_BYTES {
                kept.extend_from_slice(bytes);
                return;
            }
            let kept = std::mem::take(kept);
            *self = Self::Dropped;
            if deep && let Ok(file) = disk::nameless_file(&std::env::temp_dir()) {
                *self = Self::File(file, 0);
                self.write(&kept);
            }
        }
        self.write(bytes);
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Self::File(file, length) = self {
            *length += bytes.len() as u64;
            if file.write_all(bytes).is_err() {
                *self = Self::Dropped;
            }
        }
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Memory(kept) => kept.len() as u64,
            Self::File(_, length) => *length,
            Self::Dropped => 0,
        }
    }

    /// Reads at an offset; may return fewer bytes than requested, and none at the end.
    pub(super) fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(kept) => {
                let rest = usize::try_from(at).ok().and_then(|at| kept.get(at..)).unwrap_or_default();
                let taken = rest.len().min(into.len());
                into[..taken].copy_from_slice(&rest[..taken]);
                Ok(taken)
            }
            Self::File(file, _) => {
                file.seek(SeekFrom::Start(at))?;
                file.read(into)
            }
            Self::Dropped => Ok(0),
        }
    }
}
