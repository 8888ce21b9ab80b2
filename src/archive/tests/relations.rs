//! Files of the relations export.

use std::ops::ControlFlow;

use tar::EntryType;

use super::build::{Archive, bundle, gzip};
use crate::archive::pipeline::PipelineSizes;
use crate::archive::relation::verify_relation_with;
use crate::archive::{Limits, ProblemCode, RelationContent, RelationReport, verify_relation};

fn report_on(bytes: &[u8]) -> RelationReport {
    report_as("relation_of_tomorrow", bytes)
}

fn report_as(relation: &str, bytes: &[u8]) -> RelationReport {
    let whole =
        verify_relation(bytes, relation, &Limits::default(), &mut |_| ControlFlow::Continue(())).unwrap();
    for size in [1, 7, 600] {
        let sizes = PipelineSizes { packed_bytes: size, unpacked_bytes: size, blocks: 2 };
        let pieces = verify_relation_with(bytes, relation, &Limits::default(), sizes, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(pieces, whole);
    }
    whole
}

fn codes(report: &RelationReport) -> Vec<ProblemCode> {
    report.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn ndjson_is_counted() {
    for (text, records) in
        [("", 0), ("{}\n{}\n", 2), (&*"{\"a\":1}\n".repeat(500), 500), ("{\"single\":true}", 1)]
    {
        let report = report_on(&gzip(text.as_bytes()));
        assert_eq!((report.content, report.records, report.sound), (RelationContent::Ndjson, records, true));
        assert_eq!(codes(&report), []);
    }
    let report = report_on(&gzip(b"{}\n{]\n"));
    assert_eq!((report.records, report.sound, codes(&report)), (1, false, vec![ProblemCode::NdjsonInvalid]));
}

#[test]
fn a_tar_is_walked() {
    let tar = Archive { members: Vec::new() }
        .also("./", EntryType::Directory, "")
        .with("0123456789abcdef0123456789abcdef/a.png", "x")
        .with("avatar/b.png", "yz");
    let report = report_on(&tar.tar_gz());
    assert_eq!((report.content, report.records, report.sound), (RelationContent::Tar, 2, true));
    assert_eq!(report.members.bytes, 3);

    let report = report_on(&tar.clone().with("project.bundle", bundle()).tar_gz());
    assert!(report.bundles[0].sound);
    let report = report_on(&tar.clone().with("project.bundle", "x").tar_gz());
    assert_eq!(codes(&report), [ProblemCode::BundleCorrupt]);
    let report = report_on(&gzip(&tar.tar()[..1024]));
    assert_eq!(codes(&report), [ProblemCode::TarCorrupt]);
    let empty = report_on(&Archive { members: Vec::new() }.also("./", EntryType::Directory, "").tar_gz());
    assert_eq!((empty.content, empty.records, empty.sound), (RelationContent::Tar, 0, true));
}

#[test]
fn damage_is_damage() {
    let packed = gzip("{}\n".repeat(300).as_bytes());
    for cut in 2..packed.len() {
        let report =
            verify_relation(&packed[..cut], "labels", &Limits::default(), &mut |_| ControlFlow::Continue(()))
                .unwrap();
        assert_eq!((report.sound, codes(&report)), (false, vec![ProblemCode::GzipTruncated]), "cut at {cut}");
    }
    let report = report_on(b"{\"message\":\"404 Not found\"}");
    assert_eq!((report.content, codes(&report)), (RelationContent::Unknown, vec![ProblemCode::NotGzip]));
}

#[test]
fn a_file_is_checked_as_what_it_claims_to_be() {
    let tar = Archive { members: Vec::new() }.also("./", EntryType::Directory, "").tar_gz();
    let lines = gzip(b"{}\n");
    for (relation, content, sound) in [
        ("issues", &lines, true),
        ("self", &lines, true),
        ("labels", &gzip(b""), true),
        ("issues", &tar, false),
        ("issues", &gzip(&[0; 10_240]), false),
        ("issues", &gzip(&lines), false),
        ("uploads", &tar, true),
        ("repository", &lines, false),
        ("uploads", &gzip(&[0; 10_240]), false),
        ("relation_of_tomorrow", &tar, true),
        ("relation_of_tomorrow", &gzip(&[0; 10_240]), false),
    ] {
        let report = report_as(relation, content);
        assert_eq!(report.sound, sound, "{relation}: {:?}", report.problems);
        assert!(
            sound || codes(&report) == [ProblemCode::RelationMismatch],
            "{relation}: {:?}",
            report.problems
        );
    }
}
