//! A push parser for tar: ustar, GNU and PAX, in constant memory, with an exact word for everything that is wrong.
//!
//! The `tar` crate pulls from a reader and stops silently at the first empty block; a verification must notice a
//! missing end, a second end and whatever follows it.

mod header;
mod pax;

use self::header::{Header, HeaderKind};
use self::pax::Extended;
use super::report::MemberKind;

const BLOCK: usize = 512;

/// Bytes of an extended header that are still believed. Linux paths end at 4 KiB.
const MAX_EXTENDED_BYTES: u64 = 1 << 20;

/// One member as its headers announce it.
#[derive(Debug)]
pub(super) struct TarEntry {
    /// As written: not normalised, any bytes.
    pub name: Vec<u8>,
    pub bytes: u64,
    pub kind: MemberKind,
}

/// Receives the members in order: `open`, any number of `data`, `close`.
pub(super) trait Visit {
    fn open(&mut self, entry: &TarEntry);
    fn data(&mut self, bytes: &[u8]);
    fn close(&mut self);
}

/// How a tar ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TarEnd {
    Complete,
    /// Not one block of a tar was there.
    NotTar,
    Corrupt {
        at_byte: u64,
        what: &'static str,
    },
}

#[derive(Debug, Clone, Copy)]
enum State {
    Header,
    /// More blocks of an old GNU sparse map, before the data.
    SparseMap {
        data_bytes: u64,
    },
    Extended {
        left: u64,
        purpose: HeaderKind,
    },
    Data {
        left: u64,
    },
    Padding {
        left: u64,
    },
    /// Both end blocks were seen: only zeros may follow.
    Ended,
    Broken,
}

/// The parser. Feed it with [`Tar::push`], ask it with [`Tar::finish`].
#[derive(Debug)]
pub(super) struct Tar {
    state: State,
    block: [u8; BLOCK],
    filled: usize,
    /// Offset of the next byte in the tar.
    at_byte: u64,
    empty_blocks: u8,
    extended: Extended,
    extended_bytes: Vec<u8>,
    /// Padding that follows the data or extended header at hand.
    padding: u64,
    end: TarEnd,
}

impl Tar {
    pub(super) fn new() -> Self {
        Self {
            state: State::Header,
            block: [0; BLOCK],
            filled: 0,
            at_byte: 0,
            empty_blocks: 0,
            extended: Extended::default(),
            extended_bytes: Vec::new(),
            padding: 0,
            end: TarEnd::NotTar,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], visit: &mut impl Visit) {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Header | State::SparseMap { .. } => self.fill_block(bytes, visit),
                State::Extended { left, purpose } => self.take_extended(bytes, left, purpose),
                State::Data { left } => {
                    let taken = at_most(left, bytes.len());
                    visit.data(&bytes[..taken]);
                    self.after_data(left - taken as u64, visit);
                    taken
                }
                State::Padding { left } => {
                    let taken = at_most(left, bytes.len());
                    let left = left - taken as u64;
                    self.state = if left == 0 { State::Header } else { State::Padding { left } };
                    taken
                }
                State::Ended => {
                    if !all_zero(bytes) {
                        self.fail("data follows its end");
                    }
                    bytes.len()
                }
                State::Broken => return,
            };
            self.at_byte += taken as u64;
            bytes = &bytes[taken..];
        }
    }

    /// What the end of the bytes means here.
    pub(super) fn finish(&self) -> TarEnd {
        let what = match self.state {
            State::Broken | State::Ended => return self.end,
            State::Header if self.at_byte < BLOCK as u64 => return TarEnd::NotTar,
            State::Header if self.filled > 0 => "it ends inside a header",
            State::Header => "the two empty blocks that end a tar are missing",
            State::SparseMap { .. } | State::Extended { .. } => "it ends inside a header",
            State::Data { .. } | State::Padding { .. } => "it ends inside a member",
        };
        TarEnd::Corrupt { at_byte: self.at_byte, what }
    }

    fn fail(&mut self, what: &'static str) {
        self.end = TarEnd::Corrupt { at_byte: self.at_byte, what };
        self.state = State::Broken;
    }

    fn fill_block(&mut self, bytes: &[u8], visit: &mut impl Visit) -> usize {
        let taken = bytes.len().min(BLOCK - self.filled);
        self.block[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
        self.filled += taken;
        if self.filled == BLOCK {
            self.filled = 0;
            if let State::SparseMap { data_bytes } = self.state {
                if !header::map_goes_on(&self.block) {
                    self.start_data(data_bytes, visit);
                }
            } else {
                self.take_header(visit);
            }
        }
        taken
    }

    fn take_header(&mut self, visit: &mut impl Visit) {
        if all_zero(&self.block) {
            self.empty_blocks += 1;
            if self.empty_blocks == 2 {
                self.state = State::Ended;
                self.end = TarEnd::Complete;
            }
            return;
        }
        if self.empty_blocks == 1 {
            return self.fail("a single empty block is followed by data");
        }
        let header = match Header::parse(&self.block) {
            Ok(header) => header,
            Err(what) => {
                let started = self.at_byte >= BLOCK as u64 || header::has_magic(&self.block);
                self.fail(what);
                if !started {
                    self.end = TarEnd::NotTar;
                }
                return;
            }
        };
        match header.purpose {
            HeaderKind::Member(kind) => self.open_member(header, kind, visit),
            HeaderKind::Skip => self.start_data_unseen(header.bytes),
            purpose => {
                if header.bytes > MAX_EXTENDED_BYTES {
                    return self.fail("a member name is longer than one mebibyte");
                }
                self.extended_bytes.clear();
                self.padding = padding_of(header.bytes);
                self.state = State::Extended { left: header.bytes, purpose };
                if header.bytes == 0 {
                    self.end_extended(purpose);
                }
            }
        }
    }

    fn take_extended(&mut self, bytes: &[u8], left: u64, purpose: HeaderKind) -> usize {
        let taken = at_most(left, bytes.len());
        self.extended_bytes.extend_from_slice(&bytes[..taken]);
        let left = left - taken as u64;
        self.state = State::Extended { left, purpose };
        if left == 0 {
            self.end_extended(purpose);
        }
        taken
    }

    fn end_extended(&mut self, purpose: HeaderKind) {
        self.after_padding();
        if let Err(what) = self.extended.take(purpose, &self.extended_bytes) {
            self.fail(what);
        }
    }

    fn open_member(&mut self, header: Header, kind: MemberKind, visit: &mut impl Visit) {
        let resolved = self.extended.resolve();
        let kind = if resolved.sparse { MemberKind::Sparse } else { kind };
        let bytes = match kind {
            // Links, folders and pipes have no data, whatever their size field says.
            MemberKind::HardLink
            | MemberKind::Symlink
            | MemberKind::Directory
            | MemberKind::Fifo
            | MemberKind::Device => 0,
            MemberKind::File | MemberKind::Sparse | MemberKind::Other => {
                resolved.bytes.unwrap_or(header.bytes)
            }
        };
        visit.open(&TarEntry { name: resolved.name.unwrap_or(header.name), bytes, kind });
        if header.sparse_map_goes_on {
            self.state = State::SparseMap { data_bytes: bytes };
        } else {
            self.start_data(bytes, visit);
        }
    }

    fn start_data(&mut self, bytes: u64, visit: &mut impl Visit) {
        self.padding = padding_of(bytes);
        self.after_data(bytes, visit);
    }

    fn after_data(&mut self, left: u64, visit: &mut impl Visit) {
        if left > 0 {
            self.state = State::Data { left };
            return;
        }
        visit.close();
        self.after_padding();
    }

    /// Something that is no member, such as a volume label: passed over.
    fn start_data_unseen(&mut self, bytes: u64) {
        match bytes.checked_add(padding_of(bytes)) {
            Some(0) => {}
            Some(left) => self.state = State::Padding { left },
            None => self.fail("a member has an impossible size"),
        }
    }

    fn after_padding(&mut self) {
        self.state = match self.padding {
            0 => State::Header,
            left => State::Padding { left },
        };
    }
}

fn at_most(left: u64, available: usize) -> usize {
    usize::try_from(left).map_or(available, |left| left.min(available))
}

fn padding_of(bytes: u64) -> u64 {
    (BLOCK as u64 - bytes % BLOCK as u64) % BLOCK as u64
}

/// Folded in blocks, which the compiler turns into wide instructions: a bomb is mostly zeros.
fn all_zero(bytes: &[u8]) -> bool {
    bytes.chunks(4096).all(|chunk| chunk.iter().fold(0, |seen, byte| seen | byte) == 0)
}
