//! Verifies a whole project archive: runs the stages and derives the verdict.

use std::io::Read;
use std::ops::ControlFlow;

use super::binaries::FoundBinaries;
use super::first::Unpacked;
use super::gunzip::GzipFault;
use super::limits::{Limits, Progress, VerifyError};
use super::pipeline::{self, PipelineSizes, StreamEnd, StreamSummary};
use super::problem::{Level, ProblemCode};
use super::problems::Problems;
use super::report::{Report, Verdict};
use super::sniff;
use super::tar::{Tar, TarEnd};
use super::walk::Walk;

/// Reads a project archive to its end. Also works during a download: then `reader` waits for bytes.
///
/// `progress` is called after every read and every few hundred kilobytes walked, from more than one thread but never
/// concurrently; `Break` cancels. A reader that waits must stop waiting when the person cancels.
pub fn verify<R: Read + Send>(
    reader: R,
    limits: &Limits,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Report, VerifyError> {
    verify_with(reader, limits, PipelineSizes::default(), progress)
}

pub(super) fn verify_with<R: Read + Send>(
    reader: R,
    limits: &Limits,
    sizes: PipelineSizes,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Report, VerifyError> {
    let mut content = Unpacked::default();
    let mut walk = Walk::new(limits);
    let passed =
        pipeline::run(reader, limits, sizes, progress, &mut |block| content.push_block(block, &mut walk))?;
    let FoundBinaries { lfs, bundles } = walk.binaries.finish()?;
    let bundles = bundles.finish(&mut walk.problems, &mut after(&passed, progress));
    let bundles = bundles.ok_or(VerifyError::Cancelled)?;
    let lfs_objects = lfs.files;
    let whole = report_end(&passed, limits, &mut walk.problems);
    content.finish(whole, &mut walk);
    let tar_end = content.tar_end().filter(|_| whole || !content.lacks_end());
    if whole {
        let is_cut = content.lacks_end() && walk.looks_like_export() && !walk.is_whole();
        report_content(&content, is_cut, &mut walk.problems);
    }
    // Missing members can only be reported after the whole archive was read.
    if tar_end == Some(TarEnd::Complete) && !walk.problems.has(ProblemCode::TarCorrupt) {
        walk.report_absences(lfs);
    }
    let verdict = verdict_of(&walk, tar_end);
    let has_settings = walk.has_settings();
    let mark = passed.mark;
    let (problems, problems_left_off) = walk.problems.into_sorted();
    Ok(Report {
        verdict,
        bytes: passed.bytes,
        sha256: passed.sha256,
        unpacked_bytes: passed.unpacked_bytes,
        format_version: walk.format_version,
        gitlab_version: walk.gitlab_version,
        gitlab_revision: walk.gitlab_revision,
        has_settings,
        counts: walk.counts,
        problems,
        problems_left_off,
        members: walk.members.members,
        lfs_objects,
        bundles,
        mark,
    })
}

/// Reports the progress of the deep check, after everything was read; returns false if the caller cancels.
pub(super) fn after<'p>(
    passed: &StreamSummary,
    progress: &'p mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> impl FnMut(u64) -> bool + use<'p> {
    let (compressed_bytes, unpacked_bytes) = (passed.bytes, passed.unpacked_bytes);
    move |deep_objects| progress(Progress { compressed_bytes, unpacked_bytes, deep_objects }).is_continue()
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

/// Reports how the compressed file ended. Returns true if all of its content was unpacked.
pub(super) fn report_end(passed: &StreamSummary, limits: &Limits, problems: &mut Problems) -> bool {
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

/// Reports content that is no tar, and how a tar ended, after all content was unpacked.
fn report_content(content: &Unpacked, is_cut: bool, problems: &mut Problems) {
    if content.is_double() {
        problems.add(
            ProblemCode::DoubleGzip,
            None,
            || "The file is compressed twice with gzip, so GitLab finds no tar in it. Unpack the file once.",
        );
    }
    match (content.innermost(), content.tar_end()) {
        (Unpacked::Tar(tar), Some(end)) => report_tar_end(tar, end, is_cut, problems),
        (inner, _) if inner.json_records().is_some() => {
            let records = inner.json_records().unwrap_or_default();
            problems.add(ProblemCode::RelationFile, None, || {
                let records = if records == 1 { "1 record".to_owned() } else { format!("{records} records") };
                format!("This is a file of the relations export: one relation with {records}.")
            });
        }
        (inner, _) => problems.add_with(ProblemCode::NotTar, None, || {
            let (words, step) =
                inner.other_words().unwrap_or((NO_TAR.to_owned(), ProblemCode::NotTar.next_step()));
            (words, step.to_owned())
        }),
    }
}

const NO_TAR: &str = "The file is compressed with gzip, but it does not contain a tar.";

/// Reports how a tar ended. `is_cut` is set if it lacks members as well as its end.
pub(super) fn report_tar_end(tar: &Tar, end: TarEnd, is_cut: bool, problems: &mut Problems) {
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
            || "The content of the gzip is only zeros: it contains no files.",
        ),
        TarEnd::NotTar => problems.add(ProblemCode::NotTar, None, || NO_TAR),
        TarEnd::Corrupt { at_byte, what } => problems.add(ProblemCode::TarCorrupt, None, || {
            format!("The tar is corrupt at byte {at_byte} of the unpacked data: {what}.")
        }),
    }
}
