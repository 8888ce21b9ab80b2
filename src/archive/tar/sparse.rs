//! Sparse members: files whose runs of zeros are left out of the archive, in the forms of GNU tar. GitLab never writes
//! them, and `tar -x` puts the zeros back; so does this.

use super::BLOCK;
use super::header::number;
use super::pax::decimal;

/// Runs of data that a map may name: sixteen bytes each.
const MAX_SEGMENTS: usize = 100_000;

const BROKEN: &str = "the map of a sparse member is unreadable";

/// Where the data in the archive belongs in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SparseMap {
    /// Offset and length of each run of data, in order.
    segments: Vec<(u64, u64)>,
    /// Size of the file with its zeros.
    pub real_bytes: u64,
}

impl SparseMap {
    /// The old form: four runs in the header, more in the blocks after it.
    pub(super) fn of_header(block: &[u8; BLOCK]) -> Result<Self, &'static str> {
        let mut map = Self { segments: Vec::new(), real_bytes: number(&block[483..495]).ok_or(BROKEN)? };
        map.add_runs(&block[386..482])?;
        Ok(map)
    }

    /// A block after the header; true where another one follows.
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

    /// A map as numbers: offset and length in turn.
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

/// What PAX headers say about a sparse member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SparseKeys {
    major: u64,
    minor: u64,
    real_bytes: u64,
    /// The map of forms 0.0 and 0.1; form 1.0 has it at the start of the data.
    numbers: Vec<u64>,
}

impl SparseKeys {
    /// One key without `GNU.sparse.`; nothing where its value makes no sense.
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

    /// The map, where it does not come with the data.
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

/// Puts the zeros back between the runs of data.
#[derive(Debug)]
pub(super) struct Expander {
    /// The text of a map of form 1.0, as far as it came.
    text: Option<Vec<u8>>,
    map: SparseMap,
    /// The run at hand, and what of it came.
    segment: usize,
    taken: u64,
    /// Where in the file the next byte goes.
    at: u64,
}

/// Bytes of a map of form 1.0.
const MAX_MAP_BYTES: usize = 2 << 20;

impl Expander {
    pub(super) fn new(map: Option<SparseMap>, real_bytes: u64) -> Self {
        let text = map.is_none().then(Vec::new);
        let map = map.unwrap_or(SparseMap { segments: Vec::new(), real_bytes });
        Self { text, map, segment: 0, taken: 0, at: 0 }
    }

    /// The next bytes of the data in the archive; `give` receives those of the file.
    pub(super) fn push(&mut self, bytes: &[u8], give: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        let Some(text) = &mut self.text else {
            self.expand(bytes, give);
            return Ok(());
        };
        text.extend_from_slice(bytes);
        if text.len() > MAX_MAP_BYTES {
            return Err(BROKEN);
        }
        // The map ends with the block in which its last number ends.
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

/// The map at the start of the data, and where it ends: the number of runs, then offset and length of each, every
/// number on a line. Nothing where there is more to come.
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
