//! Verifies one file of the relations export: `*.ndjson.gz` or, for uploads, LFS objects, the repository and
//! designs, `*.tar.gz`. The content decides which of the two it is, not the name.

use std::io::Read;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::bundle::BundleCheck;
use super::gunzip::GzipFault;
use super::lines::Lines;
use super::names::Name;
use super::pipeline::{self, PipelineSizes, StreamEnd};
use super::problem::{Problem, Problems};
use super::report::{BundleReport, MemberKind, Members};
use super::tar::{Tar, TarEntry, Visit};
use super::walk::{has_extension, keep_bundle, report_line};
use super::{Limits, Progress, VerifyError, members, report_end, report_tar_end};

/// What a file of the relations export turned out to hold.
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
    /// Of the file on disk, lower-case hex.
    pub sha256: String,
    pub unpacked_bytes: u64,
    /// Lines with a value, for NDJSON; regular files, for a tar: what GitLab's `objects_count` counts.
    pub records: u64,
    pub members: Members,
    pub bundles: Vec<BundleReport>,
    /// Worst first; of each code only the first ones are kept.
    pub problems: Vec<Problem>,
    pub problems_left_off: u64,
}

/// Reads one file of the relations export to its end, as [`super::verify`] reads a project export.
pub fn prove_relation<R: Read + Send>(
    reader: R,
    limits: &Limits,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<RelationReport, VerifyError> {
    verify_relation_with(reader, limits, PipelineSizes::default(), progress)
}

pub(super) fn verify_relation_with<R: Read + Send>(
    reader: R,
    limits: &Limits,
    sizes: PipelineSizes,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<RelationReport, VerifyError> {
    let mut walk = RelationWalk::new(limits);
    let mut first = FirstBytes::default();
    let passed = pipeline::run(reader, limits, sizes, progress, &mut |bytes| first.push(bytes, &mut walk))?;
    first.finish(&mut walk);
    let mut content = first.content();
    let mut problems = walk.problems;
    let whole = report_end(&passed, limits, &mut problems);
    match &mut first {
        FirstBytes::Tar(tar) if whole => {
            report_tar_end(tar.finish(), &mut problems);
        }
        FirstBytes::Lines(lines) if whole => {
            lines.finish(&mut |bad| report_line(bad, LINES_MEMBER, limits, &mut problems));
        }
        _ => {}
    }
    if matches!(passed.end, StreamEnd::Fault { fault: GzipFault::NotGzip, .. }) {
        content = RelationContent::Unknown;
    }
    let records = match &first {
        FirstBytes::Lines(lines) => lines.records(),
        FirstBytes::Tar(_) | FirstBytes::Few(_) => walk.members.files,
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
        members: walk.members,
        bundles: walk.bundles,
        problems,
        problems_left_off,
    })
}

/// There is no member: the file is the lines. Problems about them name it so.
const LINES_MEMBER: &str = "ndjson";

/// Waits for the first block, then knows which of the two it is.
#[derive(Debug)]
enum FirstBytes {
    Few(Vec<u8>),
    Lines(Lines),
    Tar(Box<Tar>),
}

impl Default for FirstBytes {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl FirstBytes {
    fn push(&mut self, bytes: &[u8], walk: &mut RelationWalk<'_>) {
        match self {
            Self::Few(few) => {
                few.extend_from_slice(bytes);
                if few.len() >= 512 {
                    self.decide(walk);
                }
            }
            Self::Lines(lines) => {
                let problems = &mut walk.problems;
                lines.push(bytes, &mut |bad| report_line(bad, LINES_MEMBER, walk.limits, problems));
            }
            Self::Tar(tar) => tar.push(bytes, walk),
        }
    }

    /// No JSON holds a NUL, and every first block of a tar does.
    fn decide(&mut self, walk: &mut RelationWalk<'_>) {
        let Self::Few(few) = self else { return };
        let few = std::mem::take(few);
        *self = if few.iter().take(512).any(|byte| *byte == 0) {
            Self::Tar(Box::new(Tar::new()))
        } else {
            Self::Lines(Lines::new(walk.limits.max_line_bytes))
        };
        self.push(&few, walk);
    }

    fn finish(&mut self, walk: &mut RelationWalk<'_>) {
        if matches!(self, Self::Few(_)) {
            self.decide(walk);
        }
    }

    fn content(&self) -> RelationContent {
        match self {
            Self::Tar(_) => RelationContent::Tar,
            Self::Lines(_) | Self::Few(_) => RelationContent::Ndjson,
        }
    }
}

/// The walk through a relation's tar: its members, and bundles where there are some.
#[derive(Debug)]
struct RelationWalk<'a> {
    limits: &'a Limits,
    problems: Problems,
    members: Members,
    bundles: Vec<BundleReport>,
    name: String,
    bundle: Option<Box<BundleCheck>>,
}

impl<'a> RelationWalk<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            problems: Problems::new(limits.max_problems_per_code),
            members: Members::default(),
            bundles: Vec::new(),
            name: String::new(),
            bundle: None,
        }
    }
}

impl Visit for RelationWalk<'_> {
    fn open(&mut self, entry: &TarEntry) {
        let name = Name::of(&entry.name);
        members::add_member(&mut self.members, entry, &name, self.limits, &mut self.problems);
        // Uploads may be bundles of a user's own: only those beside no folder are GitLab's.
        let is_bundle = entry.kind == MemberKind::File
            && !name.shown.contains('/')
            && has_extension(&name.shown, "bundle");
        self.bundle = is_bundle.then(|| Box::new(BundleCheck::new()));
        self.name = name.shown;
    }

    fn data(&mut self, bytes: &[u8]) {
        if let Some(bundle) = &mut self.bundle {
            bundle.push(bytes);
        }
    }

    fn close(&mut self) {
        if let Some(bundle) = self.bundle.take() {
            keep_bundle(*bundle, &self.name, &mut self.bundles, &mut self.problems);
        }
    }
}
