//! A push parser for tar: ustar, GNU and PAX, in constant memory, with a precise finding for everything that is
//! wrong.
//!
//! The `tar` crate pulls from a reader and stops silently at the first empty block; a verification must notice a
//! missing end, a second end and whatever follows it. Unusual archives are judged by what GNU tar does, which
//! GitLab's importer runs.

mod header;
mod pax;
mod sparse;

use self::header::{Header, HeaderKind};
use self::pax::{Extended, Keys};
use self::sparse::{Expander, SparseMap};
use super::report::MemberKind;

const BLOCK: usize = 512;

/// The largest extended header that is accepted. Linux paths end at 4 KiB.
const MAX_EXTENDED_BYTES: u64 = 1 << 20;

/// The maximum number of zeros that are restored in sparse members: as many bytes as GitLab unpacks by default.
const MAX_HOLE_BYTES: u64 = 25 << 30;

/// Whether bytes start with a header of a tar.
pub(super) fn looks_like_tar(head: &[u8]) -> bool {
    header::looks_like_tar(head)
}

/// One member as described by its headers.
#[derive(Debug)]
pub(super) struct TarEntry {
    /// As written: not normalised, any bytes. A name that is too long for a file system may be cut.
    pub name: Vec<u8>,
    /// The target of a link.
    pub link: Vec<u8>,
    pub bytes: u64,
    pub kind: MemberKind,
    /// What GitLab never writes in this type of member, although tar extracts it.
    pub unusual: Option<&'static str>,
}

/// Receives the members in order: `open`, any number of `data`, `close`.
pub(super) trait TarVisitor {
    fn open(&mut self, entry: &TarEntry);
    fn data(&mut self, bytes: &[u8]);
    fn close(&mut self);
}

/// How a tar ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TarEnd {
    Complete,
    /// Complete, without one member.
    Empty,
    /// There was not a single tar block.
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
    SparseMap,
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
    /// The end was read: only zeros should follow.
    Ended,
    Broken,
}

/// A sparse member before its data.
#[derive(Debug)]
struct SparseOpening {
    entry: TarEntry,
    /// `None` if the map is at the start of the data.
    map: Option<SparseMap>,
    real_bytes: u64,
    archived: u64,
}

/// The parser. Pass bytes to [`Tar::push`] and read the result from [`Tar::finish`].
#[derive(Debug)]
pub(super) struct Tar {
    state: State,
    block: [u8; BLOCK],
    filled: usize,
    /// Offset of the next byte in the tar.
    at_byte: u64,
    empty_blocks: u8,
    members: u64,
    /// The offset of data after the end of the tar, which `tar -x` does not read.
    data_after_end: Option<u64>,
    /// A sparse member whose map is not complete yet.
    sparse: Option<Box<SparseOpening>>,
    /// Restores the zeros of the current sparse member.
    expander: Option<Expander>,
    holes_left: u64,
    extended: Extended,
    extended_bytes: Vec<u8>,
    /// Padding after the current data or extended header.
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
            members: 0,
            data_after_end: None,
            sparse: None,
            expander: None,
            holes_left: MAX_HOLE_BYTES,
            extended: Extended::default(),
            extended_bytes: Vec::new(),
            padding: 0,
            end: TarEnd::NotTar,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], visit: &mut impl TarVisitor) {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Header | State::SparseMap => self.fill_block(bytes, visit),
                State::Extended { left, purpose } => self.take_extended(bytes, left, purpose),
                State::Data { left } => {
                    let taken = at_most(left, bytes.len());
                    self.give(&bytes[..taken], visit);
                    if matches!(self.state, State::Data { .. }) {
                        self.after_data(left - taken as u64, visit);
                    }
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
                        self.data_after_end.get_or_insert(self.at_byte);
                    }
                    bytes.len()
                }
                State::Broken => return,
            };
            self.at_byte += taken as u64;
            bytes = &bytes[taken..];
        }
    }

    /// The meaning of the end of the bytes at this position.
    pub(super) fn finish(&self) -> TarEnd {
        let what = match self.state {
            State::Broken => return self.end,
            State::Header if self.at_byte < BLOCK as u64 => return TarEnd::NotTar,
            State::Ended | State::Header if self.filled == 0 => {
                return if self.members == 0 { TarEnd::Empty } else { TarEnd::Complete };
            }
            State::Ended | State::Header | State::SparseMap | State::Extended { .. } => {
                "it ends inside a header"
            }
            State::Data { .. } | State::Padding { .. } => "it ends inside a member",
        };
        TarEnd::Corrupt { at_byte: self.at_byte, what }
    }

    /// Whether the empty blocks that end a tar are missing; `tar -x` does not need them.
    pub(super) fn lacks_end(&self) -> bool {
        matches!(self.state, State::Header)
    }

    /// The offset of data after the end, if there is any.
    pub(super) fn data_after_end(&self) -> Option<u64> {
        self.data_after_end
    }

    fn fail(&mut self, what: &'static str) {
        self.end = TarEnd::Corrupt { at_byte: self.at_byte, what };
        self.state = State::Broken;
    }

    fn fill_block(&mut self, bytes: &[u8], visit: &mut impl TarVisitor) -> usize {
        let taken = bytes.len().min(BLOCK - self.filled);
        self.block[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
        self.filled += taken;
        if self.filled == BLOCK {
            self.filled = 0;
            match self.sparse.take() {
                Some(open) => self.take_map(open, visit),
                None => self.take_header(visit),
            }
        }
        taken
    }

    fn take_header(&mut self, visit: &mut impl TarVisitor) {
        if all_zero(&self.block) {
            self.empty_blocks += 1;
            if self.empty_blocks == 2 {
                self.state = State::Ended;
            }
            return;
        }
        if self.empty_blocks == 1 {
            // GNU tar warns about a single empty block and stops there.
            self.data_after_end = Some(self.at_byte.saturating_sub(BLOCK as u64));
            self.state = State::Ended;
            return;
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
            HeaderKind::Skip => {
                self.members += 1;
                self.start_data_unseen(header.bytes);
            }
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

    fn open_member(&mut self, header: Header, kind: MemberKind, visit: &mut impl TarVisitor) {
        self.members += 1;
        let Keys { name, link, bytes, sparse } = self.extended.resolve();
        let name = name.unwrap_or(header.name);
        let archived = bytes.unwrap_or(header.bytes);
        // Before ustar, a folder was a file whose name ends with a slash.
        let kind =
            if kind == MemberKind::File && name.ends_with(b"/") { MemberKind::Directory } else { kind };
        let mut entry = TarEntry {
            bytes: if kind.has_content() { archived } else { 0 },
            link: link.unwrap_or(header.link),
            unusual: header.unusual,
            name,
            kind,
        };
        let map = match (header.sparse, sparse.filter(|_| kind == MemberKind::File)) {
            (Some(map), _) => Ok(Some((Some(map), 0))),
            (None, Some(keys)) => keys.map().map(|map| Some((map, keys.real_bytes()))),
            (None, None) => Ok(None),
        };
        match map {
            Ok(None) if kind.has_content() => {
                visit.open(&entry);
                self.start_data(archived, visit);
            }
            Ok(None) => {
                visit.open(&entry);
                visit.close();
                if header.has_data {
                    self.start_data_unseen(archived);
                } else {
                    self.state = State::Header;
                }
            }
            Ok(Some((map, real_bytes))) => {
                entry.kind = MemberKind::Sparse;
                entry.unusual = Some("a sparse file");
                let open = SparseOpening { entry, map, real_bytes, archived };
                if header.sparse_map_goes_on {
                    self.sparse = Some(Box::new(open));
                    self.state = State::SparseMap;
                } else {
                    self.open_sparse(open, visit);
                }
            }
            Err(what) => self.fail(what),
        }
    }

    /// Reads a block of the map between the header of a sparse member and its data.
    fn take_map(&mut self, mut open: Box<SparseOpening>, visit: &mut impl TarVisitor) {
        match open.map.as_mut().map_or(Ok(false), |map| map.take_block(&self.block)) {
            Ok(true) => self.sparse = Some(open),
            Ok(false) => self.open_sparse(*open, visit),
            Err(what) => self.fail(what),
        }
    }

    fn open_sparse(&mut self, open: SparseOpening, visit: &mut impl TarVisitor) {
        let SparseOpening { mut entry, map, real_bytes, archived } = open;
        entry.bytes = map.as_ref().map_or(real_bytes, |map| map.real_bytes);
        let holes = entry.bytes.saturating_sub(archived);
        let Some(left) = self.holes_left.checked_sub(holes) else {
            return self.fail("its sparse members are larger than GitLab unpacks");
        };
        self.holes_left = left;
        self.expander = Some(Expander::new(map, real_bytes));
        visit.open(&entry);
        self.start_data(archived, visit);
    }

    /// Passes on content, with the zeros of a sparse member.
    fn give(&mut self, bytes: &[u8], visit: &mut impl TarVisitor) {
        let Some(expander) = &mut self.expander else { return visit.data(bytes) };
        if let Err(what) = expander.push(bytes, &mut |bytes| visit.data(bytes)) {
            self.fail(what);
        }
    }

    fn start_data(&mut self, bytes: u64, visit: &mut impl TarVisitor) {
        self.padding = padding_of(bytes);
        self.after_data(bytes, visit);
    }

    fn after_data(&mut self, left: u64, visit: &mut impl TarVisitor) {
        if left > 0 {
            self.state = State::Data { left };
            return;
        }
        if let Some(mut expander) = self.expander.take() {
            expander.finish(&mut |bytes| visit.data(bytes));
        }
        visit.close();
        self.after_padding();
    }

    /// Skips an entry that is no member, such as a volume label.
    fn start_data_unseen(&mut self, bytes: u64) {
        match bytes.checked_add(padding_of(bytes)) {
            Some(0) => self.state = State::Header,
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

/// Folded in blocks, which the compiler vectorises: a bomb consists mostly of zeros.
fn all_zero(bytes: &[u8]) -> bool {
    bytes.chunks(4096).all(|chunk| chunk.iter().fold(0, |seen, byte| seen | byte) == 0)
}
