//! The gzip container (RFC 1952): checks every member's header, checksum and length, and distinguishes the ways in
//! which a file can be broken.
//!
//! Zero bytes after the last member are padding, as for `gzip -t` (tapes and block devices leave them); any other
//! byte there is trailing data.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Why a compressed file is not a whole gzip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GzipFault {
    /// The first two bytes are not gzip's.
    NotGzip,
    /// The file ends before the gzip does.
    Truncated,
    /// Bytes are wrong; the text completes "the gzip is corrupt: …".
    Corrupt(&'static str),
    /// There are further bytes after a complete gzip.
    TrailingData,
}

/// The position of the next input byte in the format.
#[derive(Debug, Clone, Copy)]
enum ParserState {
    /// Inside the ten fixed bytes of a header.
    Fixed {
        at: u8,
    },
    ExtraLength {
        low: Option<u8>,
    },
    Extra {
        left: u16,
    },
    Name,
    Comment,
    HeaderCrc {
        low: Option<u8>,
    },
    Body,
    Trailer {
        at: u8,
    },
    /// After a member: another one, padding or the end.
    Between,
    Padding,
}

const FLAG_HEADER_CRC: u8 = 1 << 1;
pub(super) const FLAG_EXTRA: u8 = 1 << 2;
const FLAG_NAME: u8 = 1 << 3;
const FLAG_COMMENT: u8 = 1 << 4;
const FLAGS_RESERVED: u8 = 0b1110_0000;

/// Inflates a gzip file that arrives in pieces.
#[derive(Debug)]
pub(super) struct Gunzip {
    place: ParserState,
    inflate: Decompress,
    body_crc: Crc,
    header_crc: Crc,
    flags: u8,
    /// The extra field of the first header.
    extra: Vec<u8>,
    trailer: [u8; 8],
    members: u64,
    consumed_bytes: u64,
}

impl Gunzip {
    pub(super) fn new() -> Self {
        Self {
            place: ParserState::Fixed { at: 0 },
            inflate: Decompress::new(false),
            body_crc: Crc::new(),
            header_crc: Crc::new(),
            flags: 0,
            extra: Vec::new(),
            trailer: [0; 8],
            members: 0,
            consumed_bytes: 0,
        }
    }

    /// Number of compressed bytes consumed so far.
    pub(super) fn consumed_bytes(&self) -> u64 {
        self.consumed_bytes
    }

    /// Consumes some of `input` and fills some of `output`; returns how much of each. Call again while either number
    /// changes. `produced` is valid even beside a fault: the data before the fault can still be used.
    pub(super) fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        produced: &mut usize,
    ) -> Result<usize, GzipFault> {
        *produced = 0;
        let mut taken = 0;
        while !matches!(self.place, ParserState::Body) {
            let Some(&byte) = input.get(taken) else { return Ok(taken) };
            self.frame_byte(byte)?;
            taken += 1;
            self.consumed_bytes += 1;
        }
        let (in_before, out_before) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(&input[taken..], output, FlushDecompress::None);
        let inflated_from = (self.inflate.total_in() - in_before) as usize;
        *produced = (self.inflate.total_out() - out_before) as usize;
        self.consumed_bytes += inflated_from as u64;
        self.body_crc.update(&output[..*produced]);
        match status {
            Ok(Status::StreamEnd) => self.place = ParserState::Trailer { at: 0 },
            Ok(Status::Ok | Status::BufError) => {
                let stuck = inflated_from == 0 && *produced == 0;
                if stuck && taken < input.len() && !output.is_empty() {
                    return Err(GzipFault::Corrupt("the compressed data is unreadable"));
                }
            }
            Err(_) => return Err(GzipFault::Corrupt("the compressed data is unreadable")),
        }
        Ok(taken + inflated_from)
    }

    /// The extra field of the first header, without its length; empty where there is none.
    pub(super) fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// The meaning of the end of the file at this position.
    pub(super) fn finish(&self) -> Result<(), GzipFault> {
        match self.place {
            ParserState::Between | ParserState::Padding => Ok(()),
            ParserState::Fixed { at: 0 | 1 } if self.members == 0 => Err(GzipFault::NotGzip),
            ParserState::Fixed { at: 1 } => Err(GzipFault::TrailingData),
            _ => Err(GzipFault::Truncated),
        }
    }

    /// Processes one byte outside the compressed data.
    fn frame_byte(&mut self, byte: u8) -> Result<(), GzipFault> {
        if !matches!(
            self.place,
            ParserState::Trailer { .. } | ParserState::HeaderCrc { .. } | ParserState::Padding
        ) {
            self.header_crc.update(&[byte]);
        }
        self.place = match self.place {
            ParserState::Between => {
                self.header_crc.reset();
                self.header_crc.update(&[byte]);
                match byte {
                    0 => ParserState::Padding,
                    0x1f => ParserState::Fixed { at: 1 },
                    _ => return Err(GzipFault::TrailingData),
                }
            }
            ParserState::Padding if byte == 0 => ParserState::Padding,
            ParserState::Padding => return Err(GzipFault::TrailingData),
            ParserState::Fixed { at } => self.fixed_byte(at, byte)?,
            ParserState::ExtraLength { low: None } => ParserState::ExtraLength { low: Some(byte) },
            ParserState::ExtraLength { low: Some(low) } => match u16::from_le_bytes([low, byte]) {
                0 => self.after_extra(),
                left => ParserState::Extra { left },
            },
            ParserState::Extra { left } => self.extra_byte(left, byte),
            ParserState::Name if byte == 0 => self.after_name(),
            ParserState::Name => ParserState::Name,
            ParserState::Comment if byte == 0 => self.after_comment(),
            ParserState::Comment => ParserState::Comment,
            ParserState::HeaderCrc { low: None } => ParserState::HeaderCrc { low: Some(byte) },
            ParserState::HeaderCrc { low: Some(low) } => {
                if u16::from_le_bytes([low, byte]) != self.header_crc.sum() as u16 {
                    return Err(GzipFault::Corrupt("the checksum of its header is wrong"));
                }
                self.start_body()
            }
            ParserState::Trailer { at } => self.trailer_byte(at, byte)?,
            ParserState::Body => ParserState::Body,
        };
        Ok(())
    }

    fn fixed_byte(&mut self, at: u8, byte: u8) -> Result<ParserState, GzipFault> {
        let foreign = if self.members == 0 { GzipFault::NotGzip } else { GzipFault::TrailingData };
        match at {
            0 if byte != 0x1f => return Err(foreign),
            1 if byte != 0x8b => return Err(foreign),
            2 if byte != 8 => return Err(GzipFault::Corrupt("the compression method is unknown")),
            3 if byte & FLAGS_RESERVED != 0 => {
                return Err(GzipFault::Corrupt("the header has unknown flags"));
            }
            3 => self.flags = byte,
            _ => {}
        }
        Ok(match at {
            9 if self.flags & FLAG_EXTRA != 0 => ParserState::ExtraLength { low: None },
            9 => self.after_extra(),
            _ => ParserState::Fixed { at: at + 1 },
        })
    }

    fn extra_byte(&mut self, left: u16, byte: u8) -> ParserState {
        if self.members == 0 {
            self.extra.push(byte);
        }
        if left == 1 { self.after_extra() } else { ParserState::Extra { left: left - 1 } }
    }

    fn after_extra(&mut self) -> ParserState {
        if self.flags & FLAG_NAME != 0 { ParserState::Name } else { self.after_name() }
    }

    fn after_name(&mut self) -> ParserState {
        if self.flags & FLAG_COMMENT != 0 { ParserState::Comment } else { self.after_comment() }
    }

    fn after_comment(&mut self) -> ParserState {
        if self.flags & FLAG_HEADER_CRC != 0 {
            ParserState::HeaderCrc { low: None }
        } else {
            self.start_body()
        }
    }

    fn start_body(&mut self) -> ParserState {
        if self.members > 0 {
            self.inflate.reset(false);
        }
        self.body_crc.reset();
        ParserState::Body
    }

    fn trailer_byte(&mut self, at: u8, byte: u8) -> Result<ParserState, GzipFault> {
        self.trailer[usize::from(at)] = byte;
        if at < 7 {
            return Ok(ParserState::Trailer { at: at + 1 });
        }
        let [c0, c1, c2, c3, l0, l1, l2, l3] = self.trailer;
        if u32::from_le_bytes([c0, c1, c2, c3]) != self.body_crc.sum() {
            return Err(GzipFault::Corrupt("the checksum of its content is wrong"));
        }
        // The length is kept modulo 2^32 on both sides.
        if u32::from_le_bytes([l0, l1, l2, l3]) != self.body_crc.amount() {
            return Err(GzipFault::Corrupt("the length of its content is wrong"));
        }
        self.members += 1;
        Ok(ParserState::Between)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder, write::GzEncoder};

    use super::*;

    fn gunzip(packed: &[u8], piece: usize) -> (Vec<u8>, Result<(), GzipFault>) {
        let mut gunzip = Gunzip::new();
        let mut all = Vec::new();
        let mut out = [0; 11];
        for mut input in packed.chunks(piece) {
            loop {
                let mut produced = 0;
                let step = gunzip.step(input, &mut out, &mut produced);
                all.extend(&out[..produced]);
                match step {
                    Ok(taken) => {
                        input = &input[taken..];
                        if taken == 0 && produced == 0 {
                            break;
                        }
                    }
                    Err(fault) => return (all, Err(fault)),
                }
            }
        }
        (all, gunzip.finish())
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn headers_with_every_field_and_many_members_are_read() {
        let mut rich = GzBuilder::new()
            .filename("export.tar")
            .comment("made by hand")
            .extra([7; 300])
            .write(Vec::new(), Compression::fast());
        rich.write_all(b"first ").unwrap();
        let mut packed = rich.finish().unwrap();
        packed.extend(gzip(b""));
        packed.extend(gzip(b"second"));
        packed.extend([0; 40]);
        for piece in [1, 2, 7, 4096] {
            assert_eq!(gunzip(&packed, piece), (b"first second".to_vec(), Ok(())));
        }
    }

    #[test]
    fn the_header_checksum_counts() {
        let body = gzip(b"x");
        let mut packed = vec![0x1f, 0x8b, 8, FLAG_HEADER_CRC, 0, 0, 0, 0, 0, 3];
        let mut crc = Crc::new();
        crc.update(&packed);
        packed.extend(&(crc.sum() as u16).to_le_bytes());
        packed.extend(&body[10..]);
        assert_eq!(gunzip(&packed, 3), (b"x".to_vec(), Ok(())));
        packed[10] ^= 1;
        assert!(matches!(gunzip(&packed, 3).1, Err(GzipFault::Corrupt(_))));
    }

    #[test]
    fn truncated_corrupt_trailing_and_foreign_are_distinguished() {
        let good = gzip(b"The quick brown fox jumps over the lazy dog");
        for cut in 2..good.len() {
            assert_eq!(gunzip(&good[..cut], 5).1, Err(GzipFault::Truncated), "cut at {cut}");
        }
        assert_eq!(gunzip(&good[..1], 5).1, Err(GzipFault::NotGzip));
        assert_eq!(gunzip(b"", 5).1, Err(GzipFault::NotGzip));
        assert_eq!(gunzip(b"<!DOCTYPE html>", 5).1, Err(GzipFault::NotGzip));
        for tail in [&b"x"[..], b"\x1f", b"\x1fx", b"\0\0x"] {
            let packed = [&good[..], tail].concat();
            assert_eq!(gunzip(&packed, 5).1, Err(GzipFault::TrailingData), "{tail:?}");
        }
        assert_eq!(gunzip(&[&good[..], b"\x1f\x8b"].concat(), 5).1, Err(GzipFault::Truncated));
        for at in good.len() - 8..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            assert!(matches!(gunzip(&bad, 5).1, Err(GzipFault::Corrupt(_))), "byte {at}");
        }
    }
}
