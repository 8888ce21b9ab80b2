//! Reads a project archive once, in constant memory, and reports whether GitLab can import it. The only IO is a
//! reader.
//!
//! ```text
//! verify ─> pipeline ─> gunzip        the bytes: SHA-256, gzip members, checksums, lengths
//!              └───> tar ─> walk      the members: names and kinds (members), then by name
//!                            ├─ document, lines ─> json, utf8
//!                            ├─ bundle
//!                            ├─ lfs
//!                            └─ uploads
//! ```
//!
//! What is checked follows GitLab's importer (`lib/gitlab/import_export`: `FileImporter`, `VersionChecker`,
//! `DecompressedArchiveSizeValidator`, `Json::NdjsonReader`, `LfsRestorer`) and goes beyond it, because the
//! importer notices a cut or changed file only by accident.

pub mod build;
mod bundle;
mod digest;
mod document;
mod gunzip;
mod hex;
mod json;
mod lfs;
mod lines;
mod members;
mod names;
mod pipeline;
mod problem;
mod relation;
mod report;
mod sniff;
mod tar;
#[cfg(test)]
mod tests;
mod uploads;
mod utf8;
mod walk;

use std::io::{self, Read};
use std::ops::ControlFlow;

pub use self::digest::sha256;
pub use self::problem::{Level, Problem, ProblemCode};
pub use self::relation::{RelationContent, RelationReport, prove_relation};
pub use self::report::{BundleReport, Member, MemberKind, Members, Report, Verdict};

use self::gunzip::GzipFault;
use self::pipeline::{PipelineSizes, StreamEnd, StreamSummary};
use self::problem::Problems;
use self::tar::{Tar, TarEnd};
use self::walk::Walk;

/// How much an archive may contain, and how much of it is kept in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest line of NDJSON, and largest `tree/project.json`, that GitLab reads
    /// (`Gitlab::ImportExport::Json::NdjsonReader::MAX_JSON_DOCUMENT_SIZE`).
    pub max_line_bytes: u64,
    /// GitLab's default for the size of the tar (`max_decompressed_archive_size`).
    pub max_unpacked_bytes: u64,
    /// Members listed in the report, about a hundred bytes each; 0 where nobody reads the list.
    pub max_members_kept: usize,
    /// Problems of one code listed in the report; further ones are only counted.
    pub max_problems_per_code: usize,
    /// LFS objects compared with their list, at 64 bytes each.
    pub max_lfs_objects: usize,
    /// Uploads compared with the links to them, about ten bytes each.
    pub max_uploads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_line_bytes: 50 << 20,
            max_unpacked_bytes: 25 << 30,
            max_members_kept: 250_000,
            max_problems_per_code: 100,
            max_lfs_objects: 250_000,
            max_uploads: 250_000,
        }
    }
}

/// How much was read and unpacked so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub compressed_bytes: u64,
    pub unpacked_bytes: u64,
}

/// Why there is no report. A bad archive is not an error here: its report says what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("the archive could not be read: {0}")]
    Read(#[from] io::Error),
    #[error("the check was cancelled")]
    Cancelled,
}

/// Reads a project archive to its end. Works on a download in progress too: then `reader` waits for bytes.
///
/// `progress` is called after every read and every few hundred kilobytes walked, from more than one thread but
/// never at the same time; `Break` cancels. A reader that waits must end its own wait when the person cancels.
pub fn verify<R: Read + Send>(
    reader: R,
    limits: &Limits,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Report, VerifyError> {
    verify_with(reader, limits, PipelineSizes::default(), progress)
}

fn verify_with<R: Read + Send>(
    reader: R,
    limits: &Limits,
    sizes: PipelineSizes,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Report, VerifyError> {
    let mut tar = Tar::new();
    let mut walk = Walk::new(limits);
    let passed = pipeline::run(reader, limits, sizes, progress, &mut |bytes| tar.push(bytes, &mut walk))?;
    let tar_end = tar.finish();
    let whole = report_end(&passed, limits, &mut walk.problems);
    if whole {
        report_tar_end(tar_end, &mut walk.problems);
    }
    // Missing members can only be named after the whole archive was read.
    if tar_end == TarEnd::Complete {
        walk.report_absences();
    }
    let verdict = verdict_of(&walk, tar_end);
    let (problems, problems_left_off) = walk.problems.into_sorted();
    Ok(Report {
        verdict,
        bytes: passed.bytes,
        sha256: passed.sha256,
        unpacked_bytes: passed.unpacked_bytes,
        format_version: walk.format_version,
        gitlab_version: walk.gitlab_version,
        gitlab_revision: walk.gitlab_revision,
        counts: walk.counts,
        problems,
        problems_left_off,
        members: walk.members,
        lfs_objects: walk.lfs.files,
        bundles: walk.bundles,
    })
}

fn verdict_of(walk: &Walk<'_>, tar_end: TarEnd) -> Verdict {
    let problems = &walk.problems;
    let foreign = problems.has(ProblemCode::NotGzip)
        || problems.has(ProblemCode::NotTar)
        || (tar_end == TarEnd::Complete && !walk.looks_like_export());
    if problems.has_level(Level::Damage) {
        Verdict::Damaged
    } else if foreign {
        Verdict::NotAnExport
    } else if problems.has_level(Level::Error) {
        Verdict::NotImportable
    } else if problems.has_level(Level::Warning) {
        Verdict::ImportableWithLosses
    } else {
        Verdict::Importable
    }
}

/// Reports how the compressed file ended. True when all of its content came out.
fn report_end(passed: &StreamSummary, limits: &Limits, problems: &mut Problems) -> bool {
    let max = limits.max_unpacked_bytes;
    if passed.unpacked_bytes > max {
        let more = if passed.end == StreamEnd::Bomb { "more than " } else { "" };
        problems.add(ProblemCode::TooLarge, None, || {
            let unpacked = passed.unpacked_bytes;
            format!(
                "The archive unpacks to {more}{unpacked} bytes. By default, GitLab imports at most {max}."
            )
        });
    }
    let StreamEnd::Fault { fault, at_byte } = passed.end else { return passed.end == StreamEnd::Whole };
    match fault {
        GzipFault::NotGzip => {
            problems.add(ProblemCode::NotGzip, None, || sniff::not_gzip(&passed.head));
        }
        GzipFault::Truncated => problems.add(ProblemCode::GzipTruncated, None, || {
            format!("The file ends too early, after {} bytes. The rest is missing.", passed.bytes)
        }),
        GzipFault::Corrupt(what) => problems.add(ProblemCode::GzipCorrupt, None, || {
            format!("The gzip is corrupt near byte {at_byte} of the file: {what}.")
        }),
        GzipFault::TrailingData => {
            problems.add(ProblemCode::GzipTrailingData, None, || {
                let extra = passed.bytes - at_byte;
                format!("The archive ends after {at_byte} bytes, but {extra} more bytes follow.")
            });
            return true;
        }
    }
    false
}

/// Reports how the tar ended, after all of its content was unpacked.
fn report_tar_end(end: TarEnd, problems: &mut Problems) {
    match end {
        TarEnd::Complete => {}
        TarEnd::NotTar => {
            problems.add(
                ProblemCode::NotTar,
                None,
                || "The file is compressed with gzip, but it does not contain a tar.",
            );
        }
        TarEnd::Corrupt { at_byte, what } => problems.add(ProblemCode::TarCorrupt, None, || {
            format!("The tar is corrupt at byte {at_byte} of the unpacked data: {what}.")
        }),
    }
}
