//! `tar -x` of a stream: members, GNU and pax long names, links. Nothing is stored but the current header.

use std::io::{self, Write};

use super::folder::Folder;

const RECORD: usize = 512;
/// The longest name or pax header that is read; Linux allows paths of 4 KiB.
const LONGEST_NAME: u64 = 64 << 10;
/// `max_decompressed_archive_size`, 25 GiB by default.
const DECOMPRESSED_BYTES: u64 = 25 << 30;

/// A tar stream, and the folder that it is unpacked to.
#[derive(Debug, Default)]
pub struct Unpacking {
    folder: Folder,
    record: Vec<u8>,
    /// Remaining bytes of the current content, and of its padding.
    content_left: u64,
    padding_left: u64,
    content: ContentKind,
    /// From headers that describe the next member.
    name: Option<Vec<u8>>,
    size: Option<u64>,
    read_bytes: u64,
    has_ended: bool,
}

#[derive(Debug, Default)]
enum ContentKind {
    #[default]
    Skipped,
    Member,
    LongName(Vec<u8>),
    Pax(Vec<u8>),
}

impl Unpacking {
    /// The stream is over, perhaps in the middle of a member: `tar` leaves what it has of that.
    pub fn end(mut self) -> Folder {
        if self.content_left > 0 && matches!(self.content, ContentKind::Member) {
            self.folder.close();
        }
        self.folder.is_too_large = self.read_bytes > DECOMPRESSED_BYTES;
        self.folder
    }

    fn header(&mut self) {
        let record = std::mem::take(&mut self.record);
        if record.iter().all(|byte| *byte == 0) {
            self.has_ended = true;
            return;
        }
        // `tar` skips what is no header until the next one.
        if !has_checksum(&record) {
            return;
        }
        let kind = record[156];
        let size = number(&record[124..136]);
        if matches!(kind, b'L' | b'x') && size <= LONGEST_NAME {
            let kind = if kind == b'L' { ContentKind::LongName } else { ContentKind::Pax };
            self.begin(size, kind(Vec::new()));
            return;
        }
        if matches!(kind, b'K' | b'g' | b'L' | b'x') {
            self.begin(size, ContentKind::Skipped);
            return;
        }
        let size = self.size.take().unwrap_or(size);
        let name = self.name.take().unwrap_or_else(|| name_of(&record));
        let Some(name) = plain(&name) else {
            self.begin(size, ContentKind::Skipped);
            return;
        };
        match kind {
            b'0' | 0 | b'7' => {
                self.folder.open(&name, size);
                self.begin(size, ContentKind::Member);
                if size == 0 {
                    self.folder.close();
                }
            }
            b'1' => self.folder.hard_link(),
            b'5' => self.folder.folder(&name),
            // Symlinks and FIFOs are deleted after `tar -x`; device nodes are not made.
            b'2' | b'6' => self.folder.removed(&name),
            _ => self.begin(size, ContentKind::Skipped),
        }
    }

    fn begin(&mut self, size: u64, content: ContentKind) {
        self.content_left = size;
        self.padding_left = size.next_multiple_of(RECORD as u64) - size;
        self.content = content;
    }

    fn take(&mut self, bytes: &[u8]) {
        match &mut self.content {
            ContentKind::Skipped => {}
            ContentKind::Member => self.folder.push(bytes),
            ContentKind::LongName(text) | ContentKind::Pax(text) => text.extend_from_slice(bytes),
        }
        self.content_left -= bytes.len() as u64;
        if self.content_left > 0 {
            return;
        }
        match std::mem::take(&mut self.content) {
            ContentKind::Skipped => {}
            ContentKind::Member => self.folder.close(),
            ContentKind::LongName(text) => {
                let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
                self.name = Some(text[..end].to_vec());
            }
            ContentKind::Pax(text) => self.pax(&text),
        }
    }

    /// Lines of `LENGTH KEY=VALUE`.
    fn pax(&mut self, mut text: &[u8]) {
        while let Some(space) = text.iter().position(|byte| *byte == b' ') {
            let length = std::str::from_utf8(&text[..space]).ok().and_then(|text| text.parse::<usize>().ok());
            let Some(line) = length.and_then(|length| text.get(space + 1..length)) else { return };
            let line_end = space + 1 + line.len();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if let Some(name) = line.strip_prefix(b"path=") {
                self.name = Some(name.to_vec());
            } else if let Some(size) = line.strip_prefix(b"size=") {
                self.size = std::str::from_utf8(size).ok().and_then(|text| text.parse().ok());
            }
            text = &text[line_end..];
        }
    }
}

impl Write for Unpacking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.read_bytes += bytes.len() as u64;
        let mut rest = bytes;
        while !rest.is_empty() && !self.has_ended {
            let some = |left: u64| rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let taken = if self.content_left > 0 {
                let taken = some(self.content_left);
                self.take(&rest[..taken]);
                taken
            } else if self.padding_left > 0 {
                let taken = some(self.padding_left);
                self.padding_left -= taken as u64;
                taken
            } else {
                let taken = rest.len().min(RECORD - self.record.len());
                self.record.extend_from_slice(&rest[..taken]);
                if self.record.len() == RECORD {
                    self.header();
                }
                taken
            };
            rest = &rest[taken..];
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The sum counts its own field as blanks.
fn has_checksum(record: &[u8]) -> bool {
    let sum: u64 = (0..)
        .zip(record)
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
        .sum();
    number(&record[148..156]) == sum
}

/// Octal digits, or GNU's binary form for large numbers.
fn number(field: &[u8]) -> u64 {
    if field[0] & 0x80 != 0 {
        return field[1..].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
    }
    let digits =
        field.iter().skip_while(|byte| **byte == b' ').take_while(|byte| matches!(**byte, b'0'..=b'7'));
    digits.fold(0, |number, digit| (number << 3) | u64::from(digit - b'0'))
}

fn name_of(record: &[u8]) -> Vec<u8> {
    let text = |range: std::ops::Range<usize>| {
        let field = &record[range];
        &field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())]
    };
    let is_posix = &record[257..263] == b"ustar\0";
    match text(345..500) {
        prefix if is_posix && !prefix.is_empty() => [prefix, b"/", text(0..100)].concat(),
        _ => text(0..100).to_vec(),
    }
}

/// The name below the folder: an absolute name loses its slash; `None` for a member with `..`, which `tar` skips.
pub fn plain(name: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(name);
    let parts: Vec<_> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.contains(&"..")).then(|| parts.join("/"))
}
