//! Archives that are as they should be, in every form that occurs.

use std::collections::BTreeMap;
use std::io::{Read, Write, repeat};
use std::ops::ControlFlow;
use std::process::Command;

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::EntryType;

use super::build::{Archive, SECRET, bundle, good, gzip};
use super::{Dribble, assert_only, codes, report_in_pieces, report_of, report_within};
use crate::archive::hex::to_hex;
use crate::archive::{
    Level, Limits, MemberKind, Problem, ProblemCode, Progress, Report, Verdict, VerifyError, verify,
};

#[test]
fn a_good_archive_is_described() {
    let packed = good().tar_gz();
    let report = report_of(&packed);
    assert_eq!((report.verdict, codes(&report)), (Verdict::Importable, vec![]));
    assert_eq!(report.sha256, to_hex(&Sha256::digest(&packed)));
    assert_eq!(report.unpacked_bytes, good().tar().len() as u64);
    assert_eq!(report.format_version.as_deref(), Some("0.2.4"));
    assert_eq!(report.gitlab_version.as_deref(), Some("18.9.0-pre"));
    assert_eq!(report.gitlab_revision.as_deref(), Some("1a2b3c4d5e6"));
    let counts =
        [("issues", 3), ("labels", 2), ("ci_cd_settings", 1), ("project_feature", 0), ("snippets", 0)];
    assert_eq!(report.counts, BTreeMap::from(counts.map(|(name, count)| (name.to_owned(), count))));
    assert_eq!(report.lfs_objects, 1);
    let bundles: Vec<_> = report.bundles.iter().map(|b| (b.member.as_str(), b.objects, b.sound)).collect();
    assert_eq!(
        bundles,
        [("project.bundle", 3, true), ("project.wiki.bundle", 3, true), ("snippets/1f.bundle", 3, true)]
    );
    assert_eq!((report.members.files, report.members.left_off), (16, 0));
    let logo = report.members.entries.iter().find(|member| &*member.name == "avatar/logo.png").unwrap();
    assert_eq!((logo.bytes, logo.kind), (3000, MemberKind::File));
    assert!(report.members.entries.iter().any(|m| &*m.name == "tree" && m.kind == MemberKind::Directory));
}

#[test]
fn a_report_survives_json() {
    let report = report_of(&good().without("VERSION").tar_gz());
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    assert!(json.contains(r#""verdict":"not_importable""#) && json.contains(r#""code":"version_missing""#));
}

#[test]
fn the_size_of_the_pieces_makes_no_difference() {
    let broken = good()
        .with("tree/project/issues.ndjson", format!("{{}}\n{{x\n\"/uploads/{SECRET}/gone.png\"\n"))
        .with(&format!("uploads/{SECRET}/{}", "long".repeat(60)), "x")
        .with("project.bundle", "hello");
    for packed in [good().tar_gz(), broken.tar_gz()] {
        let whole = report_of(&packed);
        for (packed_bytes, unpacked_bytes) in [(1, 1), (7, 7), (1, 4096), (64 << 10, 1), (513, 511)] {
            assert_eq!(report_in_pieces(&packed, packed_bytes, unpacked_bytes), whole);
        }
        for at_once in [1, 7, 64 << 10] {
            let reader = Dribble { bytes: &packed, at_once };
            let report = verify(reader, &Limits::default(), &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!(report, whole);
        }
    }
}

#[test]
fn gzip_may_have_members_fields_and_zero_padding() {
    let tar = good().tar();
    let mut rich = GzBuilder::new()
        .filename("export.tar")
        .comment("x")
        .extra("y")
        .write(Vec::new(), Compression::best());
    rich.write_all(&tar[..1000]).unwrap();
    let mut packed = rich.finish().unwrap();
    for part in tar[1000..].chunks(5000) {
        packed.extend(gzip(part));
    }
    packed.extend([0; 700]);
    assert_eq!(report_of(&packed).verdict, Verdict::Importable);
}

#[test]
fn names_may_lack_dot_slash_or_be_in_pax_or_gnu_headers() {
    let long = format!("uploads/{SECRET}/{}.png", "n".repeat(180));
    let mut plain = good().with(&long, "x");
    plain.members.remove(0);
    for part in &mut plain.members {
        part.name = part.name.trim_start_matches("./").into();
    }
    let report = report_of(&plain.tar_gz());
    assert_eq!(report.verdict, Verdict::Importable);
    assert!(report.members.entries.iter().any(|member| *member.name == *long));

    let mut builder = tar::Builder::new(Vec::new());
    for part in plain.members {
        let path = part.name.into_bytes();
        let size = part.content.len().to_string();
        builder.append_pax_extensions([("path", &path[..]), ("size", size.as_bytes())]).unwrap();
        let mut header = tar::Header::new_ustar();
        header.set_path("a-short-name").unwrap();
        header.set_entry_type(part.kind);
        header.set_size(part.content.len() as u64);
        header.set_cksum();
        builder.append(&header, &part.content[..]).unwrap();
    }
    let report = report_of(&gzip(&builder.into_inner().unwrap()));
    assert_eq!((report.verdict, codes(&report)), (Verdict::Importable, vec![]));
    assert!(report.members.entries.iter().any(|member| *member.name == *long));
}

#[test]
fn an_archive_made_by_tar_and_git_is_importable() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder.path());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("COPYFILE_DISABLE", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "x").env(format!("GIT_{role}_EMAIL"), "x@example.com");
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    run("git", &["init", "--quiet", "work"]);
    run("git", &["-C", "work", "commit", "--quiet", "--allow-empty", "--message", "first"]);
    std::fs::create_dir_all(at("out/tree/project")).unwrap();
    run("git", &["-C", "work", "bundle", "create", "--quiet", "../out/project.bundle", "--all"]);
    std::fs::write(at("out/VERSION"), "0.2.4").unwrap();
    std::fs::write(at("out/tree/project.json"), "{}").unwrap();
    std::fs::write(at("out/tree/project/issues.ndjson"), "{}\n").unwrap();
    // The `tar` of macOS adds a file of attributes beside each file, unless `run` says that it must not.
    run("tar", &["-czf", "export.tar.gz", "-C", "out", "."]);
    let report = report_of(&std::fs::read(at("export.tar.gz")).unwrap());
    assert_eq!((report.verdict, codes(&report)), (Verdict::Importable, vec![]), "{:#?}", report.problems);
    assert_eq!((report.bundles[0].objects, report.bundles[0].prerequisites), (2, 0));
    assert!(report.bundles[0].sound && report.bundles[0].refs >= 1);
}

#[test]
fn what_the_importer_shrugs_at_is_no_problem() {
    for archive in [
        good().with("VERSION", "0.2.4\nand a second line"),
        good().with("lfs-objects.json", good_list()).with("extra.txt", "anything"),
        // Written before GitLab had the list.
        good().without("lfs-objects.json"),
        good().also("./", EntryType::Directory, ""),
        good().with("tree/project/deep/er.ndjson", "{}\n"),
    ] {
        assert_eq!(codes(&report_of(&archive.tar_gz())), [], "{archive:?}");
    }
}

fn good_list() -> Vec<u8> {
    good().members.into_iter().find(|part| part.name == "./lfs-objects.json").unwrap().content
}

#[test]
fn members_are_listed_up_to_the_cap_and_counted_beyond() {
    let packed = good().tar_gz();
    let report = report_within(&packed, &Limits { max_members_kept: 3, ..Limits::default() });
    let all = report_of(&packed).members;
    assert_eq!(report.members.entries, all.entries[..3]);
    assert_eq!(report.members.left_off, all.entries.len() as u64 - 3);
    assert_eq!((report.members.files, report.members.bytes), (all.files, all.bytes));
}

#[test]
fn progress_ends_at_the_sizes_of_the_report() {
    let packed = good().tar_gz();
    let mut last = Progress { compressed_bytes: 0, unpacked_bytes: 0, deep_objects: 0 };
    let report = verify(&packed[..], &Limits::default(), &mut |now| {
        assert!(now.compressed_bytes >= last.compressed_bytes && now.unpacked_bytes >= last.unpacked_bytes);
        last = now;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((last.compressed_bytes, last.unpacked_bytes), (report.bytes, report.unpacked_bytes));
}

#[test]
fn a_break_cancels_even_where_the_file_has_no_end() {
    let endless = std::io::Cursor::new(gzip(b"")).chain(repeat(0));
    let mut calls = 0;
    let outcome = verify(endless, &Limits::default(), &mut |_| {
        calls += 1;
        if calls > 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(outcome, Err(VerifyError::Cancelled)));
    assert_eq!(calls, 6, "nobody is asked again after a break");
}

#[test]
fn an_error_of_the_reader_is_no_verdict() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let packed = good().tar_gz();
    let outcome = verify(packed[..100].chain(Broken), &Limits::default(), &mut |_| ControlFlow::Continue(()));
    let Err(VerifyError::Read(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.to_string(), "the disk is gone");
}

#[test]
fn a_newer_source_is_a_warning_and_others_can_add_problems() {
    let packed = good().tar_gz();
    for (destination, is_newer) in
        [("18.8.4-ee", true), ("17.11.0", true), ("18.9.1", false), ("19.0.0", false), ("?", false)]
    {
        let mut report = report_of(&packed);
        report.check_newer_than(destination);
        assert_eq!(codes(&report) == [ProblemCode::NewerGitlab], is_newer, "{destination}");
        assert_eq!(report.verdict == Verdict::ImportableWithLosses, is_newer);
    }
    let mut report = report_of(&good().with("project.bundle", "x").tar_gz());
    report.add_problem(Problem::new(ProblemCode::CountDiffers, None, "Fewer issues."));
    assert_eq!(report.verdict, Verdict::NotImportable);
    assert_eq!(report.problems.last().map(|problem| problem.level), Some(Level::Warning));
}

#[test]
fn an_empty_repository_loses_nothing_else() {
    let report = report_of(&good().without("project.bundle").tar_gz());
    assert_only(&report, Verdict::ImportableWithLosses, ProblemCode::BundleMissing, "project.bundle");
    let bare = Archive { members: Vec::new() }
        .with("VERSION", "0.2.4")
        .with("tree/project.json", "{}")
        .with("project.bundle", bundle());
    assert_eq!(report_of(&bare.tar_gz()).verdict, Verdict::Importable);
}

#[test]
fn a_download_that_is_no_gzip_is_read_no_further() {
    let limits = Limits { stop_when_foreign: true, ..Limits::default() };
    let page = b"<!DOCTYPE html>".chain(repeat(b' '));
    let outcome = verify(page, &limits, &mut |_| ControlFlow::Continue(()));
    let Err(VerifyError::Foreign { what, next_step }) = outcome else { panic!("{outcome:?}") };
    assert!(what.contains("HTML page") && next_step.contains("download the archive again"), "{next_step}");
    let packed = good().tar_gz();
    assert_eq!(report_within(&packed, &limits), report_of(&packed));
}
