//! Verifies one file of the relations export: `*.ndjson.gz` or, for uploads, LFS objects, the repository and designs,
//! `*.tar.gz`. The content decides which of the two it is, and must match what GitLab writes for the relation.

use std::io::Read;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::binaries::Binaries;
use super::first::{Sink, Unpacked};
use super::gunzip::GzipFault;
use super::limits::{Limits, Progress, VerifyError};
use super::lines::BadLine;
use super::members::MemberTally;
use super::names::Name;
use super::pipeline::{self, PipelineSizes, StreamEnd};
use super::problem::{Problem, ProblemCode};
use super::problems::Problems;
use super::report::{BundleReport, Members};
use super::roles;
use super::tar::{TarEnd, TarEntry, TarVisitor};
use super::verify::{after, report_end, report_tar_end};
use super::walk::report_line;

/// What a file of the relations export contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationContent {
    Ndjson,
    Tar,
    /// Not a gzip, so nothing is known.
    Unknown,
}

/// The report on one file of the relations export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationReport {
    pub content: RelationContent,
    /// Whether nothing is wrong with the file: no damage and no error.
    pub sound: bool,
    /// Size of the file on disk.
    pub bytes: u64,
    /// SHA-256 of the file on disk, lower-case hex.
    pub sha256: String,
    pub unpacked_bytes: u64,
    /// Lines with a value, for NDJSON; regular files, for a tar. GitLab counts the same in `objects_count`.
    pub records: u64,
    pub members: Members,
    pub bundles: Vec<BundleReport>,
    /// Worst first; only the first ones of each code are stored.
    pub problems: Vec<Problem>,
    pub problems_left_off: u64,
}

/// Reads a relation file to its end, in the same way as [`super::verify`] reads a project export.
pub fn verify_relation<R: Read + Send>(
    reader: R,
    relation: &str,
    limits: &Limits,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<RelationReport, VerifyError> {
    verify_relation_with(reader, relation, limits, PipelineSizes::default(), progress)
}

pub(super) fn verify_relation_with<R: Read + Send>(
    reader: R,
    relation: &str,
    limits: &Limits,
    sizes: PipelineSizes,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<RelationReport, VerifyError> {
    let mut walk = RelationWalk::new(limits);
    let mut read = Unpacked::default();
    let passed =
        pipeline::run(reader, limits, sizes, progress, &mut |block| read.push_block(block, &mut walk))?;
    let found = walk.binaries.finish()?;
    let bundles = found.bundles.finish(&mut walk.problems, &mut after(&passed, progress));
    let bundles = bundles.ok_or(VerifyError::Cancelled)?;
    let whole = report_end(&passed, limits, &mut walk.problems);
    read.finish(whole, &mut walk);
    let mut problems = walk.problems;
    if whole {
        report_content(&read, claim_of(relation), &mut problems);
    }
    let (content, records) = match &read {
        _ if matches!(passed.end, StreamEnd::Fault { fault: GzipFault::NotGzip, .. }) => {
            (RelationContent::Unknown, 0)
        }
        Unpacked::Tar(_) => (RelationContent::Tar, walk.members.members.files),
        Unpacked::Lines { lines, .. } => (RelationContent::Ndjson, lines.records()),
        Unpacked::Few(_) | Unpacked::Gzip(_) => (RelationContent::Unknown, 0),
    };
    let sound = !problems.stop_an_import();
    let (problems, problems_left_off) = problems.into_sorted();
    Ok(RelationReport {
        content,
        sound,
        bytes: passed.bytes,
        sha256: passed.sha256,
        unpacked_bytes: passed.unpacked_bytes,
        records,
        members: walk.members.members,
        bundles,
        problems,
        problems_left_off,
    })
}

/// The name for lines in problems: such a file has no members.
const LINES_MEMBER: &str = "ndjson";

/// Relations whose files are tars; the files of all others are lines of JSON.
const TARS: [&str; 4] = ["design", "lfs_objects", "repository", "uploads"];

/// The content that a relation's file must have; `None` if this program does not know the relation.
fn claim_of(relation: &str) -> Option<RelationContent> {
    if TARS.contains(&relation) {
        Some(RelationContent::Tar)
    } else if relation == "self" || roles::is_relation(relation) {
        Some(RelationContent::Ndjson)
    } else {
        None
    }
}

/// Compares the content with what the relation's file must contain.
fn report_content(read: &Unpacked, claim: Option<RelationContent>, problems: &mut Problems) {
    let mismatch = |problems: &mut Problems, what: &str| {
        problems.add(ProblemCode::RelationMismatch, None, || {
            let wanted = match claim {
                Some(RelationContent::Tar) => "a tar",
                Some(RelationContent::Ndjson) => "lines of JSON",
                Some(RelationContent::Unknown) | None => "a tar or lines of JSON",
            };
            format!("GitLab writes {wanted} for this relation, but the file holds {what}.")
        });
    };
    match (read, claim) {
        (Unpacked::Gzip(_), _) => mismatch(problems, "a gzip once more: it is compressed twice"),
        (Unpacked::Tar(tar), _) if tar.finish() == TarEnd::Empty => mismatch(problems, "only zeros"),
        (Unpacked::Tar(_), Some(RelationContent::Ndjson)) => mismatch(problems, "a tar or other binary data"),
        (Unpacked::Tar(tar), _) => report_tar_end(tar, tar.finish(), tar.lacks_end(), problems),
        (Unpacked::Lines { .. }, Some(RelationContent::Tar)) => mismatch(problems, "text"),
        (Unpacked::Lines { .. } | Unpacked::Few(_), _) => {}
    }
}

/// The walk through a relation's tar: its members, and its bundles if any.
#[derive(Debug)]
struct RelationWalk<'a> {
    limits: &'a Limits,
    problems: Problems,
    members: MemberTally,
    binaries: Binaries,
    name: String,
    /// Whether the current member is a bundle.
    is_bundle: bool,
}

impl<'a> RelationWalk<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            problems: Problems::new(limits.max_problems_per_code),
            members: MemberTally::default(),
            binaries: Binaries::new(limits),
            name: String::new(),
            is_bundle: false,
        }
    }
}

impl Sink for RelationWalk<'_> {
    fn limits(&self) -> &Limits {
        self.limits
    }

    fn binaries(&mut self) -> &mut Binaries {
        &mut self.binaries
    }

    fn bad_line(&mut self, bad: BadLine) {
        report_line(bad, LINES_MEMBER, self.limits, &mut self.problems);
    }
}

impl TarVisitor for RelationWalk<'_> {
    fn open(&mut self, entry: &TarEntry) {
        let name = Name::of(&entry.name);
        let is_reached = self.members.add(entry, &name, self.limits, &mut self.problems);
        // A user's uploads may be bundles: only bundles outside of folders are GitLab's.
        self.is_bundle = entry.kind.has_content()
            && is_reached
            && name.extracted().is_some()
            && !name.shown.contains('/')
            && roles::has_extension(&name.shown, "bundle");
        if self.is_bundle {
            self.binaries.bundle();
        }
        self.name = name.shown;
    }

    fn data(&mut self, bytes: &[u8]) {
        if self.is_bundle {
            self.binaries.content(bytes);
        }
    }

    fn close(&mut self) {
        if self.is_bundle {
            self.binaries.close(&self.name);
        }
    }
}
