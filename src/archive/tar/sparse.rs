//! Sparse members: files whose runs of zeros are left out of the archive, in the formats of GNU tar. GitLab never
//! writes them. `tar -x` restores the zeros, and so does this module.

use super::BLOCK;
use super::header::number;
use super::pax::decimal;

/// The maximum number of data runs in a map, at sixteen bytes each.
const MAX_SEGMENTS: usize = 100_000;

const BROKEN: &str = "the map of a sparse member is unreadable";

/// Maps the data in the archive to positions in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SparseMap {
    /// Offset and length of each run of data, in order.
    segments: Vec<(u64, u64)>,
    /// Size of the file with its zeros.
    pub real_bytes: u64,
}

impl SparseMap {
    /// The old format: four runs in the header, further ones in the blocks after it.
    pub(super) fn of_header(block: &[u8; BLOCK]) -> Result<Self, &'static str> {
        let mut map = Self { segments: Vec::new(), real_bytes: number(&block[483..495]).ok_or(BROKEN)? };
        map.add_runs(&block[386..482])?;
        Ok(map)
    }

    /// Reads a block after the header; returns whether another one follows.
    pub(super) fn take_block(&mut self, block: &[u8; BLOCK]) -> Result<bool, &'static str> {
        self.add_runs(&block[..504])?;
        Ok(block[504] != 0)
    }

    fn add_runs(&mut self, runs: &[u8]) -> Result<(), &'static str> {
        for run in runs.chunks_exact(24).take_while(|run| run[0] != 0) {
            self.add(number(&run[..12]).ok_or(BROKEN)?, number(&run[12..]).ok_or(BROKEN)?)?;
        }
        Ok(())
    }

    fn add(&mut self, offset: u64, bytes: u64) -> Result<(), &'static str> {
        let after = self.segments.last().map_or(0, |(offset, bytes)| offset + bytes);
        let end = offset.checked_add(bytes).ok_or(BROKEN)?;
        if offset < after || end > self.real_bytes || self.segments.len() == MAX_SEGMENTS {
            return Err(BROKEN);
        }
        self.segments.push((offset, bytes));
        Ok(())
    }

    /// A map given as numbers: offset and length in turn.
    fn of_numbers(numbers: impl Iterator<Item = Option<u64>>, real_bytes: u64) -> Result<Self, &'static str> {
        let mut map = Self { segments: Vec::new(), real_bytes };
        let mut offset = None;
        for number in numbers {
            let number = number.ok_or(BROKEN)?;
            match offset.take() {
                None => offset = Some(number),
                Some(offset) => map.add(offset, number)?,
            }
        }
        Ok(map)
    }
}

/// The PAX headers of a sparse member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SparseKeys {
    major: u64,
    minor: u64,
    real_bytes: u64,
    /// The map of formats 0.0 and 0.1; format 1.0 has its map at the start of the data.
    numbers: Vec<u64>,
}

impl SparseKeys {
    /// Reads one key without `GNU.sparse.`; returns `None` if its value is invalid.
    pub(super) fn read(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match key {
            b"major" => self.major = decimal(value)?,
            b"minor" => self.minor = decimal(value)?,
            b"size" | b"realsize" => self.real_bytes = decimal(value)?,
            b"offset" | b"numbytes" if self.numbers.len() < 2 * MAX_SEGMENTS => {
                self.numbers.push(decimal(value)?);
            }
            b"map" if !value.is_empty() => {
                for number in value.split(|byte| *byte == b',').take(2 * MAX_SEGMENTS) {
                    self.numbers.push(decimal(number)?);
                }
            }
            _ => {}
        }
        Some(())
    }

    /// The map, unless it is at the start of the data.
    pub(super) fn map(&self) -> Result<Option<SparseMap>, &'static str> {
        if self.major > 0 {
            return Ok(None);
        }
        SparseMap::of_numbers(self.numbers.iter().copied().map(Some), self.real_bytes).map(Some)
    }

    pub(super) fn real_bytes(&self) -> u64 {
        self.real_bytes
    }
}

/// Restores the zeros between the runs of data.
#[derive(Debug)]
pub(super) struct Expander {
    /// The text of a map of format 1.0 read so far.
    text: Option<Vec<u8>>,
    map: SparseMap,
    /// The index of the current run, and how much of the run was read.
    segment: usize,
    taken: u64,
    /// The position of the next byte in the file.
    at: u64,
}

/// The maximum number of bytes of a map of format 1.0.
const MAX_MAP_BYTES: usize = 2 << 20;

impl Expander {
    pub(super) fn new(map: Option<SparseMap>, real_bytes: u64) -> Self {
        let text = map.is_none().then(Vec::new);
        let map = map.unwrap_or(SparseMap { segments: Vec::new(), real_bytes });
        Self { text, map, segment: 0, taken: 0, at: 0 }
    }

    /// Takes the next bytes of the data in the archive; `give` receives the bytes of the file.
    pub(super) fn push(&mut self, bytes: &[u8], give: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        let Some(text) = &mut self.text else {
            self.expand(bytes, give);
            return Ok(());
        };
        text.extend_from_slice(bytes);
        if text.len() > MAX_MAP_BYTES {
            return Err(BROKEN);
        }
        // The map ends with the block that contains its last number.
        let Some((map, end)) = numbers_of(text, self.map.real_bytes)? else { return Ok(()) };
        let end = end.next_multiple_of(BLOCK);
        if text.len() < end {
            return Ok(());
        }
        self.map = map;
        let rest = text.split_off(end);
        self.text = None;
        self.expand(&rest, give);
        Ok(())
    }

    fn expand(&mut self, mut bytes: &[u8], give: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() {
            let Some((offset, length)) = self.map.segments.get(self.segment).copied() else { return };
            self.fill_to(offset, give);
            let taken = super::at_most(length - self.taken, bytes.len());
            give(&bytes[..taken]);
            self.at += taken as u64;
            self.taken += taken as u64;
            if self.taken == length {
                (self.segment, self.taken) = (self.segment + 1, 0);
            }
            bytes = &bytes[taken..];
        }
    }

    /// The zeros at the end.
    pub(super) fn finish(&mut self, give: &mut dyn FnMut(&[u8])) {
        self.fill_to(self.map.real_bytes, give);
    }

    fn fill_to(&mut self, to: u64, give: &mut dyn FnMut(&[u8])) {
        static ZEROS: [u8; 64 << 10] = [0; 64 << 10];
        while self.at < to {
            let taken = super::at_most(to - self.at, ZEROS.len());
            give(&ZEROS[..taken]);
            self.at += taken as u64;
        }
    }
}

/// The map at the start of the data, and where it ends: the number of runs, then offset and length of each, one
/// number per line. `None` if the map is not complete yet.
fn numbers_of(text: &[u8], real_bytes: u64) -> Result<Option<(SparseMap, usize)>, &'static str> {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.ends_with(b"\n"));
    let Some(first) = lines.next() else { return Ok(None) };
    let number = |line: &[u8]| decimal(&line[..line.len() - 1]);
    let runs = number(first).and_then(|runs| usize::try_from(runs).ok()).filter(|runs| *runs <= MAX_SEGMENTS);
    let wanted = 2 * runs.ok_or(BROKEN)?;
    let numbers: Vec<&[u8]> = lines.take(wanted).collect();
    if numbers.len() < wanted {
        return Ok(None);
    }
    let end = first.len() + numbers.iter().map(|line| line.len()).sum::<usize>();
    let map = SparseMap::of_numbers(numbers.into_iter().map(number), real_bytes)?;
    Ok(Some((map, end)))
}
