//! Whether git accepts a bundle: its header, and the checksum at the end of its pack (gitformat-bundle,
//! gitformat-pack).

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// The longest line of a header that is read; git allows names of 4 KiB.
const LINE_BYTES: usize = 64 << 10;

/// A bundle that is being read.
#[derive(Debug)]
pub struct GitBundle {
    at: ParserState,
    line: Vec<u8>,
    lines: u64,
    is_sha256: bool,
    sum: Sum,
    /// The last bytes of the pack, which may be its checksum.
    tail: Vec<u8>,
    pack_bytes: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum ParserState {
    Header,
    Pack,
    Rejected,
}

#[derive(Debug)]
enum Sum {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Sum {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(sum) => sum.update(bytes),
            Self::Sha256(sum) => sum.update(bytes),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Sha1(_) => 20,
            Self::Sha256(_) => 32,
        }
    }
}

impl Default for GitBundle {
    fn default() -> Self {
        Self {
            at: ParserState::Header,
            line: Vec::new(),
            lines: 0,
            is_sha256: false,
            sum: Sum::Sha1(Sha1::new()),
            tail: Vec::new(),
            pack_bytes: 0,
        }
    }
}

impl GitBundle {
    pub fn push(&mut self, mut bytes: &[u8]) {
        while self.at == ParserState::Header && !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (here, rest) = bytes.split_at(end.map_or(bytes.len(), |at| at + 1));
            self.line.extend_from_slice(here);
            if end.is_some() {
                self.header_line();
            } else if self.line.len() > LINE_BYTES {
                self.at = ParserState::Rejected;
            }
            bytes = rest;
        }
        if self.at == ParserState::Pack {
            self.pack(bytes);
        }
    }

    fn header_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.lines += 1;
        match (self.lines, line.as_slice()) {
            (1, b"# v2 git bundle\n" | b"# v3 git bundle\n") => {}
            (1, _) => self.at = ParserState::Rejected,
            (_, b"\n") => {
                self.at = ParserState::Pack;
                if self.is_sha256 {
                    self.sum = Sum::Sha256(Sha256::new());
                }
            }
            (_, line) => self.is_sha256 |= line == b"@object-format=sha256\n",
        }
    }

    fn pack(&mut self, bytes: &[u8]) {
        self.pack_bytes += bytes.len() as u64;
        self.tail.extend_from_slice(bytes);
        let over = self.tail.len().saturating_sub(self.sum.len());
        self.sum.update(&self.tail[..over]);
        self.tail.drain(..over);
    }

    /// Whether git accepts the bundle, now that it has ended.
    pub fn is_accepted(&self) -> bool {
        // Twelve bytes of header come before the objects.
        self.at == ParserState::Pack
            && self.pack_bytes >= 12 + self.sum.len() as u64
            && match &self.sum {
                Sum::Sha1(sum) => sum.clone().finalize().as_slice() == self.tail,
                Sum::Sha256(sum) => sum.clone().finalize().as_slice() == self.tail,
            }
    }
}
