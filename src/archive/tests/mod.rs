//! The whole verification, on archives that are built here: good, bad and hostile.

mod bombs;
pub(super) mod build;
mod damage;
mod deep;
mod good;
mod mutations;
mod problems;
mod relations;

use std::io::{self, Read};
use std::ops::ControlFlow;

use flate2::read::MultiGzDecoder;

use super::pipeline::PipelineSizes;
use super::verify::verify_with;
use super::{Limits, ProblemCode, Report, Verdict, verify};

/// A verification with GitLab's limits.
fn report_of(bytes: &[u8]) -> Report {
    report_within(bytes, &Limits::default())
}

fn report_within(bytes: &[u8], limits: &Limits) -> Report {
    let report = verify(bytes, limits, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(report.bytes, bytes.len() as u64);
    report
}

/// The same in chunks of a few bytes between the stages, so that every state is cut everywhere.
fn report_in_pieces(bytes: &[u8], packed_bytes: usize, unpacked_bytes: usize) -> Report {
    let sizes = PipelineSizes { packed_bytes, unpacked_bytes, blocks: 2 };
    verify_with(bytes, &Limits::default(), sizes, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn codes(report: &Report) -> Vec<ProblemCode> {
    report.problems.iter().map(|problem| problem.code).collect()
}

/// The one problem of a report, with the verdict it leads to.
#[track_caller]
fn assert_only(report: &Report, verdict: Verdict, code: ProblemCode, words: &str) {
    assert_eq!(codes(report), [code], "{:#?}", report.problems);
    assert_eq!(report.verdict, verdict);
    let message = &report.problems[0].message;
    assert!(message.contains(words), "{message:?} should say {words:?}");
    assert!(message.ends_with('.'), "{message:?} is no sentence");
}

/// Whether two files hold the same content, as another reader of gzip sees it.
fn unpacked_alike(one: &[u8], other: &[u8]) -> bool {
    let unpack = |packed| {
        let mut content = Vec::new();
        MultiGzDecoder::new(packed).read_to_end(&mut content).map(|_| content).ok()
    };
    unpack(one).is_some_and(|content| Some(content) == unpack(other))
}

/// A reader that gives a few bytes at a time, as a network does.
struct Dribble<'a> {
    bytes: &'a [u8],
    at_once: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.at_once);
        self.bytes.read(&mut buffer[..most])
    }
}
