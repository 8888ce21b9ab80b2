//! Slices of one relation: archives that `POST /projects/import-relation` reads, each with a project and some lines
//! of the relation (`app/workers/projects/import_export/relation_import_worker.rb`). GitLab skips the IIDs that the
//! project already has, so slices can be imported one after another, and again.

use std::io::Write;
use std::ops::ControlFlow;

use memchr::{memchr, memchr_iter};

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
    /// Of the unpacked lines, in bytes.
    pub unpacked_bytes: u64,
    pub records: u64,
}

impl SliceLimits {
    /// The whole relation in one slice.
    pub const NONE: Self = Self { bytes: u64::MAX, unpacked_bytes: u64::MAX, records: u64::MAX };

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
    pub bytes: u64,
    /// Number of records.
    pub records: u64,
    /// How much of the files the lines take, in bytes: about the size of their archive.
    pub packed_bytes: u64,
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

/// The two halves of a slice that became larger than expected; `None` for a single record.
pub fn halves(
    of: &RelationParts,
    slice: &RelationSlice,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Option<[RelationSlice; 2]>, BuildError> {
    let first_records = slice.records / 2;
    if first_records == 0 {
        return Ok(None);
    }
    let mut reading = Reading::new(progress, false);
    let (mut skip, mut lines, mut bytes) = (slice.at, 0, 0);
    for (index, part) in of.parts.iter().enumerate().skip(slice.part) {
        let mut at = 0;
        let mut end = None;
        reading.unpack_some(part, |piece, _packed| {
            let skipped = skip.min(piece.len() as u64) as usize;
            skip -= skipped as u64;
            let wanted = (first_records - lines) as usize;
            let newlines = memchr_iter(b'\n', &piece[skipped..]).take(wanted);
            let (count, last) = newlines.fold((0, None), |(count, _), place| (count + 1, Some(place + 1)));
            lines += count;
            if lines == first_records {
                let taken = last.unwrap_or(0);
                bytes += taken as u64;
                end = Some(at + (skipped + taken) as u64);
                return Ok(ControlFlow::Break(()));
            }
            bytes += (piece.len() - skipped) as u64;
            at += piece.len() as u64;
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(at) = end {
            let first = RelationSlice { bytes, records: first_records, ..slice.clone() };
            let (rest, records) = (slice.bytes - bytes, slice.records - first_records);
            let second = RelationSlice { part: index, at, bytes: rest, records, ..slice.clone() };
            return Ok(Some([first, second]));
        }
    }
    Ok(None)
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
            || self.now.bytes.saturating_add(self.line_bytes) > self.limits.unpacked_bytes
            || self.packed + self.line_packed > self.limits.packed_bytes() as f64;
        if is_full && self.now.records > 0 {
            self.end_slice();
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

    fn end_slice(&mut self) {
        self.now.packed_bytes = std::mem::take(&mut self.packed) as u64;
        self.done.push(std::mem::take(&mut self.now));
    }

    fn end(mut self) -> Vec<RelationSlice> {
        if self.line_bytes > 0 {
            self.end_line();
        }
        if self.now.records > 0 {
            self.end_slice();
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
    let (out, ()) = gzip_out::compress((out, &input.mark), |blocks| {
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

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::archive::build::Part;
    use crate::archive::sha256;

    fn part(folder: &std::path::Path, batch: u64, text: &str) -> Part {
        let path = folder.join(format!("x-{batch}.ndjson.gz"));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        let bytes = gzip.finish().unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let sha256 = sha256(&bytes[..]).unwrap();
        Part {
            path,
            batch: Some(batch),
            bytes: bytes.len() as u64,
            sha256,
            unpacked_bytes: Some(text.len() as u64),
            is_tar: false,
        }
    }

    fn lines_of(of: &RelationParts, slice: &RelationSlice) -> String {
        let input = BuildInput { relations: vec![of.clone()], ..BuildInput::default() };
        let go_on = &mut |_| ControlFlow::Continue(());
        let packed = build_slice(&input, ("x", slice), Vec::new(), go_on).unwrap();
        let mut tar = tar::Archive::new(flate2::read::MultiGzDecoder::new(&packed[..]));
        let mut entries = tar.entries().unwrap().map(Result::unwrap);
        let mut entry = entries.find(|entry| entry.path_bytes().ends_with(b"/x.ndjson")).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        text
    }

    #[test]
    fn a_slice_keeps_every_limit_and_can_be_halved_down_to_single_records() {
        let folder = tempfile::tempdir().unwrap();
        let lines: Vec<String> =
            (0..9).map(|n| format!("{{\"iid\":{n},\"x\":\"{}\"}}\n", "a".repeat(n))).collect();
        let parts =
            vec![part(folder.path(), 1, &lines[..4].concat()), part(folder.path(), 2, &lines[4..].concat())];
        let of = RelationParts { relation: "x".to_owned(), parts };
        let go_on = &mut |_| ControlFlow::Continue(());
        // Text that compresses well is cut by its unpacked size.
        let limits = SliceLimits { unpacked_bytes: 50, ..SliceLimits::NONE };
        let slices = cut(&of, limits, go_on).unwrap();
        assert!(slices.len() > 3 && slices.iter().all(|slice| slice.bytes <= 50), "{slices:?}");
        assert_eq!(slices.iter().map(|slice| lines_of(&of, slice)).collect::<String>(), lines.concat());

        let mut all = cut(&of, SliceLimits::NONE, go_on).unwrap();
        assert_eq!(all.len(), 1);
        while let Some(at) = all.iter().position(|slice| slice.records > 1) {
            let halves = halves(&of, &all[at], go_on).unwrap().unwrap();
            all.splice(at..=at, halves);
        }
        assert_eq!(all.iter().map(|slice| lines_of(&of, slice)).collect::<Vec<_>>(), lines);
        assert_eq!(halves(&of, &all[0], go_on).unwrap(), None);
    }
}
