//! Small files that unpack to huge ones: they end early and use no memory to speak of.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;

use flate2::{Compression, read::GzEncoder};
use tar::{EntryType, Header};

use super::build::good;
use super::{assert_only, codes, report_within};
use crate::archive::{Limits, ProblemCode, Verdict, verify};

const GIB: u64 = 1 << 30;

/// A gzip of `start` and then zeros, made while it is read.
fn zeros_after(start: Vec<u8>, bytes: u64) -> impl Read + Send {
    GzEncoder::new(io::Cursor::new(start).chain(io::repeat(0).take(bytes)), Compression::fast())
}

fn header(name: &str, bytes: u64) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes);
    header.set_cksum();
    header.as_bytes().to_vec()
}

#[test]
fn a_bomb_is_defused_at_the_limit() {
    let limits = Limits { max_unpacked_bytes: 16 << 20, ..Limits::default() };
    for start in [Vec::new(), header("tree/project/issues.ndjson", 2 * GIB), header("lfs-objects/x", 2 * GIB)]
    {
        let mut most = 0;
        let report = verify(zeros_after(start, 2 * GIB), &limits, &mut |now| {
            most = most.max(now.unpacked_bytes);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(codes(&report).contains(&ProblemCode::TooLarge), "{:?}", report.problems);
        assert!(!report.verdict.may_import());
        assert!(most < 32 << 20, "unpacked {most} bytes of a bomb");
        assert!(report.bytes > 4 << 20, "the whole file was hashed");
    }
}

#[test]
fn a_large_archive_that_is_no_bomb_is_verified_to_its_end() {
    let mut noise = vec![0; 200_000];
    let mut state = 1_u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    let archive = good().with("avatar/noise", noise).without("VERSION");
    let limits = Limits { max_unpacked_bytes: 100_000, ..Limits::default() };
    let report = report_within(&archive.tar_gz(), &limits);
    assert_eq!(codes(&report), [ProblemCode::VersionMissing, ProblemCode::TooLarge]);
}

#[test]
fn a_line_without_end_is_read_in_constant_memory() {
    let bytes = 64 << 20;
    let line = 60 << 20;
    let mut start = header("tree/project/issues.ndjson", bytes);
    start.push(b'"');
    let rest =
        io::repeat(b'x').take(line).chain(&b"\"\n"[..]).chain(io::repeat(b'\n').take(bytes - line - 3));
    let end = io::repeat(0).take(1024);
    let file = GzEncoder::new(io::Cursor::new(start).chain(rest).chain(end), Compression::fast());
    let report = verify(file, &Limits::default(), &mut |_| ControlFlow::Continue(())).unwrap();
    let long: Vec<_> =
        report.problems.iter().filter(|problem| problem.code == ProblemCode::NdjsonLineTooLong).collect();
    assert_eq!(long.len(), 1);
    assert!(long[0].message.starts_with("Line 1,"));
    // Millions of empty lines follow, each of which is one problem more.
    assert!(report.problems.len() < 110 && report.problems_left_off > 1_000_000);
}

#[test]
fn a_bomb_of_gzip_members_is_bounded() {
    let mut member = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    member.write_all(&vec![0; 1 << 20]).unwrap();
    let member = member.finish().unwrap();
    let limits = Limits { max_unpacked_bytes: 8 << 20, ..Limits::default() };
    let report = report_within(&member.repeat(2000), &limits);
    assert!(codes(&report).contains(&ProblemCode::TooLarge) && !report.verdict.may_import());
    assert!(report.unpacked_bytes < 16 << 20);
}

#[test]
fn an_empty_tar_with_much_padding_is_no_export() {
    let report =
        verify(zeros_after(Vec::new(), 64 << 20), &Limits::default(), &mut |_| ControlFlow::Continue(()))
            .unwrap();
    assert_eq!(report.verdict, Verdict::NotAnExport);
    let truncated = &good().tar_gz()[..200];
    assert_only(&super::report_of(truncated), Verdict::Damaged, ProblemCode::GzipTruncated, "ends too early");
}
