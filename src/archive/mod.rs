//! Reads a project archive once, in constant memory, and reports whether GitLab can import it. The only IO is a
//! reader.
//!
//! ```text
//! verify ─> pipeline ─> gunzip        the bytes: SHA-256, gzip members, checksums, lengths
//!              └───> first ─> tar ─> walk   the members: names and kinds (members), then by name (roles)
//!                                     ├─ document, lines ─> json, utf8
//!                                     ├─ version
//!                                     ├─ bundle
//!                                     ├─ lfs ─> outline
//!                                     └─ uploads
//! ```
//!
//! [`problem`] says of each code what it means and what to do. What is checked follows GitLab's importer (`lib/gitlab/import_export`: `FileImporter`, `VersionChecker`,
//! `DecompressedArchiveSizeValidator`, `Json::NdjsonReader`, `LfsRestorer`) and goes beyond it, because the
//! importer notices a cut or changed file only by accident.

mod bundle;
mod digest;
mod document;
mod first;
mod gunzip;
mod hex;
mod json;
mod lfs;
mod lines;
mod members;
mod names;
mod outline;
mod pipeline;
mod problem;
mod problems;
mod relation;
mod report;
mod roles;
mod sniff;
mod tar;
#[cfg(test)]
mod tests;
mod uploads;
mod utf8;
mod version;
mod walk;

use std::io::{self, Read};
use std::ops::ControlFlow;

pub use self::digest::sha256;
pub use self::problem::{Level, Problem, ProblemCode};
pub use self::relation::{RelationContent, RelationReport, prove_relation};
pub use self::report::{BundleReport, Member, MemberKind, Members, Report, Verdict};

use self::first::Content;
use self::gunzip::GzipFault;
use self::pipeline::{PipelineSizes, StreamEnd, StreamSummary};
use self::problems::Problems;
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
    /// Members listed in the report, within sixteen mebibytes; 0 where nobody reads the list.
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
    let mut content = Content::default();
    let mut walk = Walk::new(limits);
    let passed = pipeline::run(reader, limits, sizes, progress, &mut |bytes| content.push(bytes, &mut walk))?;
    let whole = report_end(&passed, limits, &mut walk.problems);
    content.finish(whole, &mut walk);
    let tar_end = content.tar_end().filter(|_| whole || !content.lacks_end());
    if whole {
        let is_cut = content.lacks_end() && walk.looks_like_export() && !walk.is_whole();
        report_content(&content, is_cut, &mut walk.problems);
    }
    // Missing members can only be named after the whole archive was read.
    if tar_end == Some(TarEnd::Complete) && !walk.problems.has(ProblemCode::TarCorrupt) {
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
        members: walk.members.members,
        lfs_objects: walk.lfs.files,
        bundles: walk.bundles,
    })
}

fn verdict_of(walk: &Walk<'_>, tar_end: Option<TarEnd>) -> Verdict {
    let problems = &walk.problems;
    let foreign =
        [ProblemCode::NotGzip, ProblemCode::NotTar, ProblemCode::GroupExport, ProblemCode::RelationFile]
            .into_iter()
            .any(|code| problems.has(code))
            || (tar_end == Some(TarEnd::Complete) && !walk.looks_like_export());
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
            problems.add_with(ProblemCode::NotGzip, None, || {
                let (words, step) = sniff::foreign(&passed.head);
                (words.to_owned(), step.to_owned())
            });
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

/// Reports what an archive holds that is no tar, and how the tar ended, after all of its content was unpacked.
fn report_content(content: &Content, is_cut: bool, problems: &mut Problems) {
    if content.is_double() {
        problems.add(ProblemCode::DoubleGzip, None, || {
            "The file is compressed twice with gzip, so GitLab finds no tar in it. One gunzip makes it whole."
        });
    }
    match (content.innermost(), content.tar_end()) {
        (Content::Tar(tar), Some(end)) => report_tar_end(tar, end, is_cut, problems),
        (inner, _) if inner.json_records().is_some() => {
            let records = inner.json_records().unwrap_or_default();
            problems.add(ProblemCode::RelationFile, None, || {
                format!("This is a file of the relations export: one relation with {records} records. It is no project export.")
            });
        }
        (inner, _) => problems.add_with(ProblemCode::NotTar, None, || {
            let (words, step) = inner.text_words().unwrap_or((NO_TAR, ProblemCode::NotTar.next_step()));
            (words.to_owned(), step.to_owned())
        }),
    }
}

const NO_TAR: &str = "The file is compressed with gzip, but it does not contain a tar.";

/// Reports how a tar ended. `is_cut` where it lacks members as well as its end.
fn report_tar_end(tar: &Tar, end: TarEnd, is_cut: bool, problems: &mut Problems) {
    match end {
        TarEnd::Complete if is_cut => problems.add(ProblemCode::TarCorrupt, None, || {
            "The tar ends without the two empty blocks that close it, and members are missing: the rest was cut off."
        }),
        TarEnd::Complete => {
            if tar.lacks_end() {
                problems.add(ProblemCode::TarEndMissing, None, || {
                    "The two empty blocks are missing that end a tar. GitLab's importer does without them, but the archive may be cut."
                });
            }
            if let Some(at_byte) = tar.data_after_end() {
                problems.add(ProblemCode::TarTrailingData, None, || {
                    format!("The tar ends at byte {at_byte} of the unpacked data, and data follows that GitLab's importer does not read.")
                });
            }
        }
        TarEnd::Empty => problems.add(
            ProblemCode::NotTar,
            None,
            || "The file is compressed with gzip, and it holds only zeros: not one file is in it.",
        ),
        TarEnd::NotTar => problems.add(ProblemCode::NotTar, None, || NO_TAR),
        TarEnd::Corrupt { at_byte, what } => problems.add(ProblemCode::TarCorrupt, None, || {
            format!("The tar is corrupt at byte {at_byte} of the unpacked data: {what}.")
        }),
    }
}
