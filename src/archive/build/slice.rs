//! Slices of one relation: archives that `POST /projects/import-relation` reads, each with a project and some lines
//! of the relation (`app/workers/projects/import_export/relation_import_worker.rb`). GitLab skips the IIDs that the
//! project already has, so slices can be imported one after another, and again.

use std::io::Write;
use std::ops::ControlFlow;

use memchr::memchr;

use super::part::Reading;
use super::tar_out::TarOut;
use super::tree::JoinedLines;
use super::{BuildError, BuildInput, RelationParts, extras, gzip_out};

/// An object without attributes. GitLab assigns the attributes of this file to the project with every relation that it
/// imports (`relation_tree_restorer.rb`, `update_params!`): those of the source would undo what was chosen at the
/// project's own import, such as a private visibility.
const NO_SETTINGS: &[u8] = b"{}";

/// How large a slice may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceLimits {
    /// Of the finished archive, in bytes.
    pub bytes: u64,
    pub records: u64,
}

impl SliceLimits {
    /// The whole relation in one slice.
    pub const NONE: Self = Self { bytes: u64::MAX, records: u64::MAX };

    /// How much of the relation's files goes into one slice. The archive is about as large as its input, because both
    /// are compressed in the same way; an eighth is left for what differs.
    fn packed_bytes(self) -> u64 {
        self.bytes - self.bytes / 8
    }
}

/// The lines of a relation that go into one slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationSlice {
    /// Index of the part with the first line, and the line's position in the unpacked part.
    part: usize,
    at: u64,
    /// Size of the lines.
    bytes: u64,
    /// Number of records.
    pub records: u64,
}

/// Reads a relation once, checks every line, and decides where to cut. Without records there is no slice.
pub fn cut(
    of: &RelationParts,
    limits: SliceLimits,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Vec<RelationSlice>, BuildError> {
    let mut reading = Reading::new(progress, false);
    let (mut cutter, mut lines) = (Cutter::new(limits), JoinedLines::default());
    let mut before = None;
    for (index, part) in of.parts.iter().enumerate() {
        lines.begin_part();
        cutter.begin_part(index);
        reading.unpack_some(part, |piece, packed| {
            lines.push_of(of, (before, part.batch), piece)?;
            cutter.push(piece, packed);
            Ok(ControlFlow::Continue(()))
        })?;
        before = part.batch;
    }
    lines.end_of(of, before)?;
    Ok(cutter.end())
}

/// Decides where one slice ends and the next begins.
#[derive(Debug)]
struct Cutter {
    limits: SliceLimits,
    done: Vec<RelationSlice>,
    now: RelationSlice,
    /// How much of the files the current slice took, in bytes. A line takes its share of a piece.
    packed: f64,
    part: usize,
    /// Position in the unpacked part, and the size and share of the line that has begun there.
    at: u64,
    line_bytes: u64,
    line_packed: f64,
}

impl Cutter {
    fn new(limits: SliceLimits) -> Self {
        Self {
            limits,
            done: Vec::new(),
            now: RelationSlice::default(),
            packed: 0.0,
            part: 0,
            at: 0,
            line_bytes: 0,
            line_packed: 0.0,
        }
    }

    fn begin_part(&mut self, part: usize) {
        (self.part, self.at) = (part, 0);
    }

    fn push(&mut self, mut piece: &[u8], packed: u64) {
        let share = packed as f64 / piece.len().max(1) as f64;
        while !piece.is_empty() {
            let end = memchr(b'\n', piece);
            let (here, rest) = piece.split_at(end.map_or(piece.len(), |at| at + 1));
            self.line_bytes += here.len() as u64;
            self.line_packed += here.len() as f64 * share;
            if end.is_some() {
                self.end_line();
            }
            piece = rest;
        }
    }

    fn end_line(&mut self) {
        let is_full = self.now.records >= self.limits.records
            || self.packed + self.line_packed > self.limits.packed_bytes() as f64;
        if is_full && self.now.records > 0 {
            self.done.push(std::mem::take(&mut self.now));
            self.packed = 0.0;
        }
        if self.now.records == 0 {
            (self.now.part, self.now.at) = (self.part, self.at);
        }
        self.now.records += 1;
        self.now.bytes += self.line_bytes;
        self.packed += self.line_packed;
        self.at += self.line_bytes;
        (self.line_bytes, self.line_packed) = (0, 0.0);
    }

    fn end(mut self) -> Vec<RelationSlice> {
        if self.line_bytes > 0 {
            self.end_line();
        }
        if self.now.records > 0 {
            self.done.push(self.now);
        }
        self.done
    }
}

/// Writes the archive of one slice to `out`: VERSION, a project without settings, the members of
/// [`BuildInput::extras`], and the lines.
pub fn build_slice<W: Write + Send>(
    input: &BuildInput,
    (relation, slice): (&str, &RelationSlice),
    out: W,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<W, BuildError> {
    let (out, ()) = gzip_out::compress(out, |blocks| {
        let mut tar = TarOut::new(blocks, input.at_s);
        let mut reading = Reading::new(progress, false);
        tar.begin(input)?;
        tar.folder("tree").map_err(BuildError::Write)?;
        tar.small("tree/project.json", NO_SETTINGS).map_err(BuildError::Write)?;
        tar.folder("tree/project").map_err(BuildError::Write)?;
        extras::write(&input.extras, &mut tar, &mut reading)?;
        if let Some(of) = input.relations.iter().find(|of| of.relation == relation) {
            write_lines(&mut tar, &mut reading, of, slice)?;
        }
        tar.finish().map_err(BuildError::Write)
    })?;
    Ok(out)
}

fn write_lines<W: Write>(
    tar: &mut TarOut<W>,
    reading: &mut Reading<'_>,
    of: &RelationParts,
    slice: &RelationSlice,
) -> Result<(), BuildError> {
    let name = format!("tree/project/{}.ndjson", of.relation);
    tar.open(name, slice.bytes).map_err(BuildError::Write)?;
    let (mut skip, mut left) = (slice.at, slice.bytes);
    for part in of.parts.iter().skip(slice.part) {
        reading.unpack_some(part, |piece, _packed| {
            let skipped = skip.min(piece.len() as u64) as usize;
            skip -= skipped as u64;
            let piece = &piece[skipped..];
            let taken = &piece[..left.min(piece.len() as u64) as usize];
            left -= taken.len() as u64;
            tar.data(taken).map_err(BuildError::Write)?;
            Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if left == 0 {
            break;
        }
    }
    tar.close().map_err(BuildError::Write)
}
