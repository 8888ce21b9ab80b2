//! The relations of records: `tree/project.json` and `tree/project/<relation>.ndjson`, byte for byte identical to
//! GitLab's own file export (both exports use the same serializer).

use std::io::Write;
use std::path::Path;

use memchr::memchr;

use super::error::{BuildError, JoinFault};
use super::iids::MaxIids;
use super::order::IssueSpool;
use super::part::Reading;
use super::tar_out::TarOut;
use super::{BuildInput, Built, RelationParts};
use crate::archive::limits::MAX_LINE_BYTES;

/// Protected branches are rewritten in memory; a project does not have more of them.
const MOST_ROWS_BYTES: u64 = 16 << 20;

/// The project itself, which every import needs.
pub(super) const PROJECT: &str = "self";
/// The highest IIDs of issues and so on, which newer exports contain beside the tree.
const MAX_IIDS: &str = "max_iids";
/// The authors of records, for direct transfer only: the archive importer would fail on every line.
const CONTRIBUTIONS: &str = "user_contributions";
const ISSUES: &str = "issues";
const BRANCHES: &str = "protected_branches";
/// The relations of many records.
const LISTS: [&str; 18] = [
    "labels",
    "milestones",
    ISSUES,
    "snippets",
    "releases",
    "merge_requests",
    "external_pull_requests",
    "commit_notes",
    "ci_pipelines",
    "pipeline_schedules",
    BRANCHES,
    "protected_tags",
    "protected_environments",
    "custom_attributes",
    "project_badges",
    "boards",
    "approval_rules",
    "vulnerabilities",
];

/// Writes all relations of records.
pub(super) fn write<W: Write>(
    input: &BuildInput,
    tar: &mut TarOut<W>,
    spool: &Path,
    reading: &mut Reading<'_>,
    built: &mut Built,
) -> Result<(), BuildError> {
    let of_records = |of: &&RelationParts| of.parts.iter().all(|part| !part.is_tar);
    let relations = || input.relations.iter().filter(of_records);
    tar.folder("tree").map_err(BuildError::Write)?;
    let project = relations().find(|of| of.relation == PROJECT).ok_or(BuildError::NoProject)?;
    if !joined(tar, reading, project, "tree/project.json")? {
        return Err(BuildError::NoProject);
    }
    if let Some(iids) = relations().find(|of| of.relation == MAX_IIDS) {
        joined(tar, reading, iids, "max_iids.json")?;
    }
    tar.folder("tree/project").map_err(BuildError::Write)?;
    for of in relations() {
        let name = format!("tree/project/{}.ndjson", of.relation);
        match of.relation.as_str() {
            PROJECT | MAX_IIDS => {}
            CONTRIBUTIONS => {
                built.leave_out(CONTRIBUTIONS, None, "GitLab's importer fails on each of its lines.");
            }
            ISSUES if of.parts.len() > 1 => in_order(tar, reading, (of, &name), spool, built)?,
            BRANCHES if !input.deploy_key_rows.is_empty() => {
                without_keys(tar, reading, (of, &name), input, built)?;
            }
            _ => {
                joined(tar, reading, of, &name)?;
            }
        }
    }
    if let Some(iids) = reading.iids.take().filter(|iids| iids.count() > 0) {
        tar.small("max_iids.json", &iids.json()).map_err(BuildError::Write)?;
        built.max_iids = Some(iids.count());
    }
    Ok(())
}

/// Writes the parts one after another. Writes nothing if they are empty, because GitLab then has no member. Returns
/// whether anything was written.
pub(super) fn joined<W: Write>(
    tar: &mut TarOut<W>,
    reading: &mut Reading<'_>,
    of: &RelationParts,
    name: &str,
) -> Result<bool, BuildError> {
    let mut bytes = 0;
    for part in &of.parts {
        bytes = u64::saturating_add(bytes, reading.unpacked_bytes(part)?);
    }
    if bytes > 0 {
        tar.open(name, bytes).map_err(BuildError::Write)?;
    }
    checked(reading, of, |piece| tar.data(piece).map_err(BuildError::Write))?;
    if bytes > 0 {
        tar.close().map_err(BuildError::Write)?;
    }
    Ok(bytes > 0)
}

/// Writes the parts, ordered by the position of their issues.
fn in_order<W: Write>(
    tar: &mut TarOut<W>,
    reading: &mut Reading<'_>,
    (of, name): (&RelationParts, &str),
    folder: &Path,
    built: &mut Built,
) -> Result<(), BuildError> {
    let mut spool = IssueSpool::new(folder)?;
    checked(reading, of, |piece| spool.push(piece))?;
    let bytes = spool.bytes();
    built.issues_unordered |= spool.is_unordered;
    if bytes == 0 {
        return Ok(());
    }
    tar.open(name, bytes).map_err(BuildError::Write)?;
    spool.read(|piece| tar.data(piece).map_err(BuildError::Write))?;
    tar.close().map_err(BuildError::Write)
}

fn without_keys<W: Write>(
    tar: &mut TarOut<W>,
    reading: &mut Reading<'_>,
    (of, name): (&RelationParts, &str),
    input: &BuildInput,
    built: &mut Built,
) -> Result<(), BuildError> {
    let mut all = Vec::new();
    checked(reading, of, |piece| {
        if (all.len() + piece.len()) as u64 > MOST_ROWS_BYTES {
            return Err(BuildError::TooMany { relation: of.relation.clone(), most_bytes: MOST_ROWS_BYTES });
        }
        all.extend_from_slice(piece);
        Ok(())
    })?;
    let mut rows = input.deploy_key_rows.clone();
    let text = String::from_utf8_lossy(&all);
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, dropped) = super::rows::without_keys(line, &mut rows);
        built.dropped_rows += dropped;
        kept.push_str(&line);
    }
    built.undropped_rows += rows.values().sum::<u64>();
    if kept.is_empty() {
        return Ok(());
    }
    tar.small(name, kept.as_bytes()).map_err(BuildError::Write)
}

/// Reads the parts in order and passes on what was checked.
fn checked(
    reading: &mut Reading<'_>,
    of: &RelationParts,
    mut on: impl FnMut(&[u8]) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    let mut lines = JoinedLines::default();
    let mut scan = reading.iids.as_ref().and_then(|_| MaxIids::of(&of.relation));
    let mut before = None;
    for part in &of.parts {
        lines.begin_part();
        reading.unpack(part, |piece| {
            lines.push_of(of, (before, part.batch), piece)?;
            if let Some(scan) = &mut scan {
                scan.push(piece);
            }
            on(piece)
        })?;
        before = part.batch;
    }
    lines.end_of(of, before)?;
    if let (Some(iids), Some(scan)) = (&mut reading.iids, &scan) {
        iids.take(scan);
    }
    Ok(())
}

/// Checks joined lines for flaws that make a whole import fail.
#[derive(Debug, Default)]
pub(super) struct JoinedLines {
    /// Number of the current line, counted from 1.
    line: u64,
    /// Number of lines of all files.
    lines: u64,
    /// Number of bytes of the current line so far.
    bytes: u64,
    has_ink: bool,
    begins_part: bool,
}

impl JoinedLines {
    /// Another file begins. An empty one changes nothing, so a missing newline before it is found with the next piece.
    pub(super) fn begin_part(&mut self) {
        self.begins_part = true;
    }

    /// Checks a piece of a file; `before` is the batch of the file that came before it.
    pub(super) fn push_of(
        &mut self,
        of: &RelationParts,
        (before, batch): (Option<u64>, Option<u64>),
        piece: &[u8],
    ) -> Result<(), BuildError> {
        let wrong =
            |batch, line, fault| BuildError::Line { relation: of.relation.clone(), batch, line, fault };
        if std::mem::take(&mut self.begins_part) {
            if self.bytes > 0 {
                return Err(wrong(before, self.line, JoinFault::NoNewline));
            }
            // Lines are counted within the file, where a person would look for them.
            self.line = 0;
        }
        self.push(piece).map_err(|fault| wrong(batch, self.line, fault))
    }

    /// Checks the end of the last file; `last` is its batch. GitLab ends each record of a list with a newline, and a
    /// relation of at most one record has none (`lib/gitlab/import_export/json/ndjson_writer.rb`).
    pub(super) fn end_of(&self, of: &RelationParts, last: Option<u64>) -> Result<(), BuildError> {
        let is_list = last.is_some() || self.lines > 1 || LISTS.contains(&of.relation.as_str());
        if self.bytes == 0 || !is_list {
            return Ok(());
        }
        let (relation, line) = (of.relation.clone(), self.line);
        Err(BuildError::Line { relation, batch: last, line, fault: JoinFault::CutOff })
    }

    fn push(&mut self, mut piece: &[u8]) -> Result<(), JoinFault> {
        while !piece.is_empty() {
            if self.bytes == 0 {
                self.line += 1;
                self.lines += 1;
            }
            let end = memchr(b'\n', piece);
            let (here, rest) = piece.split_at(end.map_or(piece.len(), |at| at + 1));
            self.has_ink = self.has_ink || here.iter().any(|byte| !byte.is_ascii_whitespace());
            self.bytes += here.len() as u64;
            if self.bytes > MAX_LINE_BYTES {
                return Err(JoinFault::TooLong);
            }
            if end.is_some() {
                if !self.has_ink {
                    return Err(JoinFault::Blank);
                }
                (self.bytes, self.has_ink) = (0, false);
            }
            piece = rest;
        }
        Ok(())
    }
}
