//! Repositories read in depth, beside what `git clone --mirror` takes.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use super::build::{bundle, bundle_of, good, object_name};
use super::{assert_only, codes, report_of};
use crate::archive::hex::to_hex;
use crate::archive::report::Depth;
use crate::archive::{Limits, ProblemCode, Verdict, VerifyError, verify};

#[track_caller]
fn assert_corrupt(bundle: Vec<u8>, words: &str) {
    let report = report_of(&good().with("project.bundle", bundle).tar_gz());
    assert_only(&report, Verdict::NotImportable, ProblemCode::BundleCorrupt, words);
}

#[test]
fn every_object_that_is_named_has_to_be_there() {
    let report = report_of(&good().tar_gz());
    assert_eq!((report.verdict, report.depth()), (Verdict::Importable, Depth::Deep));
    let tree = [&b"100644 README\0"[..], &[7; 20]].concat();
    let tip = to_hex(&object_name("tree", &tree));
    assert_corrupt(bundle_of(&format!("{tip} refs/heads/main\n"), &[(2, tree.clone())]), "lacks an object");
    let submodule = [&b"160000 lib\0"[..], &[7; 20]].concat();
    let tip = to_hex(&object_name("tree", &submodule));
    let sound = bundle_of(&format!("{tip} refs/heads/main\n"), &[(2, submodule)]);
    assert_eq!(codes(&report_of(&good().with("project.bundle", sound).tar_gz())), []);
    let other = format!("{} refs/heads/main\n", "12".repeat(20));
    assert_corrupt(bundle_of(&other, &[(3, b"x".to_vec())]), "lacks an object");
    let tip = to_hex(&object_name("commit", b"no commit"));
    let broken = bundle_of(&format!("{tip} refs/heads/main\n"), &[(1, b"no commit".to_vec())]);
    assert_corrupt(broken, "cannot read");
}

#[test]
fn a_count_that_lies_is_noticed() {
    for count in [2, 4, 255] {
        let mut bytes = bundle();
        let pack = bytes.windows(4).position(|window| window == b"PACK").unwrap();
        bytes[pack + 11] = count;
        let end = bytes.len() - 20;
        let hash = <sha1::Sha1 as sha1::Digest>::digest(&bytes[pack..end]);
        bytes[end..].copy_from_slice(&hash);
        assert_corrupt(bytes, "cannot read");
    }
}

fn git(folder: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "x").env(format!("GIT_{role}_EMAIL"), "x@example.com");
    }
    command.output().unwrap().status.success()
}

/// A repository of git's own with deltas of both kinds, and one that is too large to be checked at once.
#[test]
fn repositories_that_git_packed_are_read_to_their_last_object() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for format in ["sha1", "sha256"] {
        assert!(git(at, &["init", "--quiet", &format!("--object-format={format}"), format]));
        let work = at.join(format);
        let mut lines: Vec<String> = (0..2000).map(|n| format!("line {n} {}", n * 7919 % 1000)).collect();
        for round in 0..6 {
            lines[round * 100] = format!("changed in round {round}");
            std::fs::write(work.join("text"), lines.join("\n")).unwrap();
            assert!(git(&work, &["add", "."]) && git(&work, &["commit", "--quiet", "--message", "next"]));
        }
        assert!(git(&work, &["tag", "-a", "v1", "-m", "first"]));
        assert!(git(&work, &["gc", "--quiet"]));
        let version = if format == "sha1" { "--version=2" } else { "--version=3" };
        assert!(git(&work, &["bundle", "create", "--quiet", version, "../out.bundle", "--all"]));
        let bundle = std::fs::read(at.join("out.bundle")).unwrap();
        let report = report_of(&good().with("project.bundle", bundle).tar_gz());
        assert_eq!((codes(&report), report.depth()), (vec![], Depth::Deep), "{format}");
        assert!(report.bundles[0].objects >= 18, "{:?}", report.bundles[0]);
    }
}

#[test]
fn a_large_repository_is_read_in_depth_where_that_is_wanted() {
    // Five mebibytes that do not get smaller.
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let large: Vec<u8> = noise.take(5 << 20).collect();
    let name = object_name("blob", &large);
    let whole = |refs: &str| bundle_of(refs, &[(3, large.clone())]);
    let tip = format!("{} refs/heads/main\n", to_hex(&name));
    let elsewhere = format!("{} refs/heads/main\n", "12".repeat(20));
    let packed = good().with("project.bundle", whole(&tip)).tar_gz();
    let report = report_of(&packed);
    assert_eq!((report.verdict, report.depth()), (Verdict::Importable, Depth::Surface));
    assert!(report.sentence().contains("but not every object"), "{}", report.sentence());
    let deep = Limits { deep: true, ..Limits::default() };
    let mut objects = 0;
    let report = verify(&packed[..], &deep, &mut |now| {
        objects = now.deep_objects.max(objects);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((report.verdict, report.depth()), (Verdict::Importable, Depth::Deep));
    let bad = good().with("project.bundle", whole(&elsewhere)).tar_gz();
    let report = verify(&bad[..], &deep, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_only(&report, Verdict::NotImportable, ProblemCode::BundleCorrupt, "lacks an object");
    // All bytes were read: the person can still leave.
    let mut read = 0;
    let outcome = verify(&packed[..], &deep, &mut |now| {
        let is_after = now.compressed_bytes == packed.len() as u64 && now.unpacked_bytes == read;
        read = now.unpacked_bytes;
        if is_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(outcome, Err(VerifyError::Cancelled)));
}
