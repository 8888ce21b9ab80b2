//! Restores the manual order of issues from several batches. GitLab cuts batches by ID and orders each by
//! `relative_position`; the importer uses the order of the file, so joined batches would lose the order of boards.

use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::BuildError;
use super::part::CHUNK_BYTES;
use crate::archive::outline::Outline;
use crate::platform::disk;

/// If there are more lines, they stay in the order of the batches: each position takes 24 bytes of memory.
const MOST_LINES: usize = 1_000_000;

const POSITION: &[u8] = b"relative_position";

/// A line's position in the spool, sorted by the issue's position; lines without one come last.
type Placed = (i64, u64, u64);

/// The joined lines in a temporary file, and the position of each.
pub(super) struct IssueSpool {
    file: BufWriter<File>,
    bytes: u64,
    /// Size of the current line so far. A line may have 50 MiB, so only its position is kept.
    line_bytes: u64,
    outline: Outline,
    position: Option<i64>,
    lines: Vec<Placed>,
    /// Whether there were too many lines.
    pub(super) is_unordered: bool,
}

impl IssueSpool {
    pub(super) fn new(folder: &Path) -> Result<Self, BuildError> {
        let file = disk::nameless_file(folder).map_err(BuildError::Write)?;
        let file = BufWriter::with_capacity(CHUNK_BYTES, file);
        Ok(Self {
            file,
            bytes: 0,
            line_bytes: 0,
            outline: Outline::default(),
            position: None,
            lines: Vec::new(),
            is_unordered: false,
        })
    }

    /// Takes the next piece of the joined lines. The lines were checked: none is longer than what GitLab reads.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), BuildError> {
        self.file.write_all(piece).map_err(BuildError::Write)?;
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.line_bytes += part.len() as u64;
            let position = &mut self.position;
            self.outline.push(part, &mut |key, value| {
                if key == POSITION {
                    *position = str::from_utf8(value).ok().and_then(|number| number.parse().ok());
                }
            });
            if part.ends_with(b"\n") {
                self.end_line();
            }
        }
        Ok(())
    }

    fn end_line(&mut self) {
        let len = std::mem::take(&mut self.line_bytes);
        // The verification reports a line that is no object; here such a line only has no position.
        self.outline = Outline::default();
        let position = self.position.take();
        if self.lines.len() < MOST_LINES {
            self.lines.push((position.unwrap_or(i64::MAX), self.bytes, len));
        } else {
            self.is_unordered = true;
        }
        self.bytes += len;
    }

    /// Size of all lines. Each has its newline: a list without the last one was refused.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Passes on the lines in their order.
    pub(super) fn read(
        mut self,
        mut on: impl FnMut(&[u8]) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        let mut file = self.file.into_inner().map_err(|error| BuildError::Write(error.into_error()))?;
        if self.is_unordered {
            self.lines = vec![(0, 0, self.bytes)];
        }
        self.lines.sort_by_key(|(position, _, _)| *position);
        let mut chunk = vec![0; CHUNK_BYTES];
        for (_, at, len) in self.lines {
            let mut done = 0;
            while done < len {
                let want = (len - done).min(chunk.len() as u64) as usize;
                let read = file
                    .seek(SeekFrom::Start(at + done))
                    .and_then(|_at| file.read(&mut chunk[..want]))
                    .map_err(BuildError::Write)?;
                if read == 0 {
                    return Err(BuildError::Write(std::io::ErrorKind::UnexpectedEof.into()));
                }
                on(&chunk[..read])?;
                done += read as u64;
            }
        }
        Ok(())
    }
}
