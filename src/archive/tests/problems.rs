//! One archive for every problem that a whole file can have.

use sha2::{Digest, Sha256};
use tar::EntryType;

use super::build::{Archive, SECRET, bundle, good, gzip};
use super::{assert_only, codes, report_of, report_within};
use crate::archive::hex::to_hex;
use crate::archive::{Limits, MemberKind, ProblemCode, Verdict};

use Verdict::{Damaged, ImportableWithLosses, NotAnExport, NotImportable};

#[track_caller]
fn assert_problem(archive: &Archive, verdict: Verdict, code: ProblemCode, words: &str) {
    assert_only(&report_of(&archive.tar_gz()), verdict, code, words);
}

#[test]
fn version() {
    assert_problem(
        &good().without("VERSION"),
        NotImportable,
        ProblemCode::VersionMissing,
        "The archive has no VERSION file. GitLab's importer reads that file first.",
    );
    assert_problem(
        &good().with("VERSION", "0.2.3"),
        NotImportable,
        ProblemCode::VersionMismatch,
        "\"0.2.3\"",
    );
    assert_problem(&good().with("VERSION", ""), NotImportable, ProblemCode::VersionMismatch, "\"\"");
    assert_problem(&good().with("VERSION", "\n0.2.4"), NotImportable, ProblemCode::VersionMismatch, "\"\"");
    let twice = good().also("VERSION", EntryType::Regular, "0.2.4");
    assert_problem(
        &twice,
        NotImportable,
        ProblemCode::VersionDuplicate,
        "The archive contains VERSION more than once, so GitLab did not write it in one run.",
    );
    let link = good().without("VERSION").also("./VERSION", EntryType::Symlink, "");
    let report = report_of(&link.tar_gz());
    assert_eq!(codes(&report), [ProblemCode::VersionMissing, ProblemCode::SymlinkDropped]);
    let huge = good().with("VERSION", vec![b'9'; 100_000]);
    let report = report_of(&huge.tar_gz());
    assert_only(&report, NotImportable, ProblemCode::VersionMismatch, "999");
    assert!(report.problems[0].message.len() < 200);
}

#[test]
fn project_json() {
    let missing = good().without("tree/project.json");
    assert_problem(
        &missing,
        NotImportable,
        ProblemCode::ProjectJsonMissing,
        "The archive has no tree/project.json, so GitLab has no project to import.",
    );
    for (content, words) in [
        ("[]", "not a JSON object"),
        ("", "is empty"),
        ("{\"a\":tru}", "at byte 8"),
        ("{\"a\":1", "ends too early"),
    ] {
        let archive = good().with("tree/project.json", content);
        assert_problem(&archive, NotImportable, ProblemCode::ProjectJsonInvalid, words);
    }
    let limits = Limits { max_line_bytes: 200, ..Limits::default() };
    let large = good().with("tree/project.json", format!("{{\"a\":\"{}\"}}", "x".repeat(200)));
    let report = report_within(&large.tar_gz(), &limits);
    assert_only(&report, NotImportable, ProblemCode::ProjectJsonInvalid, "208 bytes long");
}

#[test]
fn legacy_format() {
    let legacy = Archive { members: Vec::new() }
        .with("VERSION", "0.2.4")
        .with("project.json", "{}")
        .with("project.bundle", bundle());
    assert_problem(&legacy, NotImportable, ProblemCode::LegacyFormat, "15.11");
}

#[test]
fn ndjson() {
    let secret = "{\"token\":\"glpat-very-secret\",}\n";
    let report =
        report_of(&good().with("tree/project/issues.ndjson", format!("{{}}\n{secret}{{}}\n")).tar_gz());
    assert_only(&report, NotImportable, ProblemCode::NdjsonInvalid, "Line 2 is not valid JSON: at byte 32");
    assert_eq!(report.problems[0].member.as_deref(), Some("tree/project/issues.ndjson"));
    assert!(!report.problems[0].message.contains("secret"));
    assert_eq!(report.counts["issues"], 2);

    let latin1 = good().with("tree/project/labels.ndjson", b"{\"title\":\"caf\xe9\"}\n".to_vec());
    assert_problem(
        &latin1,
        NotImportable,
        ProblemCode::NdjsonInvalid,
        "at byte 13 of the file, it is not UTF-8",
    );

    let limits = Limits { max_line_bytes: 300, ..Limits::default() };
    let fits = format!("\"{}\"\n", "x".repeat(298));
    assert_eq!(codes(&report_within(&good().with("tree/project/labels.ndjson", fits).tar_gz(), &limits)), []);
    let long = format!("1\n\"{}\"\n", "x".repeat(299));
    let report = report_within(&good().with("tree/project/labels.ndjson", long).tar_gz(), &limits);
    assert_only(&report, NotImportable, ProblemCode::NdjsonLineTooLong, "Line 2, which starts at byte 2 ");
    assert_eq!(report.counts["labels"], 1);
}

#[test]
fn git_bundles() {
    for name in ["project.bundle", "project.wiki.bundle", "project.design.bundle", "snippets/ab.bundle"] {
        let mut changed = bundle();
        let near_end = changed.len() - 25;
        changed[near_end] ^= 1;
        let report = report_of(&good().with(name, changed).tar_gz());
        assert_only(
            &report,
            NotImportable,
            ProblemCode::BundleCorrupt,
            "has a pack with a wrong checksum: bytes are missing or changed",
        );
        assert_eq!(report.problems[0].member.as_deref(), Some(name));
    }
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n";
    assert_problem(
        &good().with("project.bundle", pointer),
        NotImportable,
        ProblemCode::BundleCorrupt,
        "Git LFS pointer",
    );
    assert_problem(&good().with("project.bundle", ""), NotImportable, ProblemCode::BundleCorrupt, "is empty");
}

#[test]
fn lfs() {
    let other = b"another object".to_vec();
    let id = to_hex(&Sha256::digest(&other));
    let unlisted = good().with(&format!("lfs-objects/{id}"), other);
    assert_problem(
        &unlisted,
        ImportableWithLosses,
        ProblemCode::LfsObjectUnlisted,
        "does not list this LFS object",
    );
    let listed = good().with("lfs-objects.json", format!("{{\"{id}\":[0]}}"));
    let report = report_of(&listed.tar_gz());
    assert_eq!(codes(&report), [ProblemCode::LfsObjectMissing, ProblemCode::LfsObjectUnlisted]);
    assert_eq!(report.problems[0].member, Some(format!("lfs-objects/{id}")));
    let changed = listed.with(&format!("lfs-objects/{id}"), "changed");
    let report = report_of(&changed.tar_gz());
    assert_eq!(codes(&report), [ProblemCode::LfsHashMismatch, ProblemCode::LfsObjectUnlisted]);
    assert_eq!((report.verdict, report.lfs_objects), (NotImportable, 2));
    let strange = good().with("lfs-objects/readme", "x");
    assert_problem(&strange, NotImportable, ProblemCode::LfsHashMismatch, "SHA-256");
    let broken_list = good().with("lfs-objects.json", "[");
    assert!(codes(&report_of(&broken_list.tar_gz())).contains(&ProblemCode::NdjsonInvalid));
}

#[test]
fn uploads() {
    let gone = good().without(&format!("uploads/{SECRET}/a_b.png"));
    let report = report_of(&gone.tar_gz());
    assert_only(&report, ImportableWithLosses, ProblemCode::UploadMissing, "links to this upload");
    assert_eq!(report.problems[0].member, Some(format!("uploads/{SECRET}/a_b.png")));
    let described =
        good().with("tree/project.json", format!("{{\"description\":\"/uploads/{SECRET}/c.png\"}}"));
    assert_problem(&described, ImportableWithLosses, ProblemCode::UploadMissing, "links to this upload");
}

#[test]
fn kinds_of_members() {
    let with = |kind| good().also("./extra", kind, "");
    assert_problem(&with(EntryType::Link), NotImportable, ProblemCode::HardLink, "hard link");
    assert_problem(
        &with(EntryType::Symlink),
        ImportableWithLosses,
        ProblemCode::SymlinkDropped,
        "symbolic link",
    );
    assert_problem(&with(EntryType::Fifo), ImportableWithLosses, ProblemCode::SymlinkDropped, "named pipe");
    assert_problem(&with(EntryType::Char), NotImportable, ProblemCode::SpecialFile, "device");
    assert_problem(&with(EntryType::Block), NotImportable, ProblemCode::SpecialFile, "device");
    assert_problem(&with(EntryType::GNUSparse), NotImportable, ProblemCode::SpecialFile, "sparse");
    assert_problem(&with(EntryType::new(b'Z')), NotImportable, ProblemCode::SpecialFile, "type");
    // A folder in a file's place is no file.
    let folder = good().without("tree/project.json").also("./tree/project.json/", EntryType::Directory, "");
    assert_problem(
        &folder,
        NotImportable,
        ProblemCode::ProjectJsonMissing,
        "The archive has no tree/project.json, so GitLab has no project to import.",
    );
}

#[test]
fn sparse_members_of_both_kinds_are_passed_over() {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_pax_extensions([("GNU.sparse.major", &b"1"[..]), ("GNU.sparse.minor", b"0")]).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_path("sparse").unwrap();
    header.set_size(600);
    header.set_cksum();
    builder.append(&header, &[1; 600][..]).unwrap();
    // The old kind: the map goes on for one block after the header.
    let mut old = tar::Header::new_gnu();
    old.set_path("older").unwrap();
    old.set_entry_type(EntryType::GNUSparse);
    old.set_size(100);
    old.as_mut_bytes()[482] = 1;
    old.set_cksum();
    let mut tar = builder.into_inner().unwrap();
    tar.truncate(tar.len() - 1024);
    tar.extend(old.as_bytes());
    tar.extend([0; 512]);
    tar.extend([2; 512]);
    tar.extend(good().tar());
    let report = report_of(&gzip(&tar));
    assert_eq!(codes(&report), [ProblemCode::SpecialFile; 2], "{:#?}", report.problems);
    let sparse = report.members.entries.iter().filter(|member| member.kind == MemberKind::Sparse);
    assert_eq!(sparse.map(|member| member.bytes).collect::<Vec<_>>(), [600, 100]);
}

#[test]
fn unsafe_names() {
    for (name, words) in
        [("/etc/cron.d/x", "absolute"), ("../x", "`..`"), ("./a/../../x", "`..`"), ("", "no name")]
    {
        let archive = good().also(name, EntryType::Regular, "x");
        assert_problem(&archive, NotImportable, ProblemCode::UnsafePath, words);
    }
    // It is not believed to be the VERSION that it ends up as.
    let report =
        report_of(&good().without("VERSION").also("../VERSION", EntryType::Regular, "0.2.4").tar_gz());
    assert_eq!(codes(&report), [ProblemCode::UnsafePath, ProblemCode::VersionMissing]);
}

#[test]
fn a_nul_in_a_name_comes_by_pax() {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_pax_extensions([("path", &b"a\0b"[..])]).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_path("x").unwrap();
    header.set_size(0);
    header.set_cksum();
    builder.append(&header, &[][..]).unwrap();
    let mut tar = builder.into_inner().unwrap();
    tar.truncate(tar.len() - 1024);
    tar.extend(good().tar());
    assert_only(&report_of(&gzip(&tar)), NotImportable, ProblemCode::UnsafePath, "NUL");
}

#[test]
fn too_large() {
    let packed = good().tar_gz();
    let unpacked = good().tar().len() as u64;
    let within =
        |max_unpacked_bytes| report_within(&packed, &Limits { max_unpacked_bytes, ..Limits::default() });
    assert_eq!(codes(&within(unpacked)), []);
    assert_only(&within(unpacked - 1), NotImportable, ProblemCode::TooLarge, &format!("to {unpacked} bytes"));
}

#[test]
fn tar_corrupt() {
    let tar = good().tar();
    let end = tar.len() - 1024;
    let mut flipped = tar.clone();
    flipped[512 * 3 + 5] ^= 1;
    let mut resized = tar.clone();
    resized[512 * 8 + 124..512 * 8 + 136].fill(b'7');
    for (bytes, words) in [
        (tar[..end].to_vec(), "the two empty blocks that end a tar are missing"),
        (tar[..end + 512].to_vec(), "the two empty blocks that end a tar are missing"),
        (tar[..end - 100].to_vec(), "ends inside a member"),
        (tar[..512 * 3 + 100].to_vec(), "ends inside a header"),
        ([&tar[..], &tar[..]].concat(), "data follows its end"),
        ([&tar[..end + 512], &tar[..]].concat(), "single empty block"),
        (flipped, "at byte 1536 of the unpacked data: the checksum"),
        (resized, "checksum"),
    ] {
        assert_only(&report_of(&gzip(&bytes)), Damaged, ProblemCode::TarCorrupt, words);
    }
    // Zeros up to a full record are how GNU tar ends.
    assert_eq!(codes(&report_of(&gzip(&[&tar[..], &[0; 9000]].concat()))), []);
}

#[test]
fn an_extended_header_without_end_is_not_collected() {
    let mut long = tar::Header::new_gnu();
    long.set_entry_type(EntryType::GNULongName);
    long.set_size(1 << 33);
    long.set_cksum();
    let report = report_of(&gzip(&[&long.as_bytes()[..], &[b'a'; 4096]].concat()));
    assert_only(&report, Damaged, ProblemCode::TarCorrupt, "a member name is longer than one mebibyte");
}

#[test]
fn other_files() {
    for (bytes, code, words) in [
        (b"".to_vec(), ProblemCode::NotGzip, "empty"),
        (b"<!DOCTYPE html><html>".to_vec(), ProblemCode::NotGzip, "HTML"),
        (b"{\"message\":\"401 Unauthorized\"}".to_vec(), ProblemCode::NotGzip, "JSON"),
        (
            good().tar(),
            ProblemCode::NotGzip,
            "The file is a tar without compression. GitLab's exports are compressed with gzip.",
        ),
        (gzip(b""), ProblemCode::NotTar, "does not contain a tar"),
        (gzip(b"{}\n"), ProblemCode::NotTar, "does not contain a tar"),
        (gzip(&[b'x'; 5000]), ProblemCode::NotTar, "does not contain a tar"),
    ] {
        let report = report_of(&bytes);
        assert_only(&report, NotAnExport, code, words);
        assert_eq!(report.sha256, to_hex(&Sha256::digest(&bytes)));
    }
    for archive in [Archive { members: Vec::new() }, Archive { members: Vec::new() }.with("holiday.jpg", "x")]
    {
        let report = report_of(&archive.tar_gz());
        assert_eq!(codes(&report), [ProblemCode::VersionMissing, ProblemCode::ProjectJsonMissing]);
        assert_eq!(report.verdict, NotAnExport);
    }
}

#[test]
fn an_export_that_was_packed_again_with_its_folder() {
    let mut archive = good();
    for part in &mut archive.members {
        part.name = part.name.replacen("./", "my-project/", 1);
    }
    let report = report_of(&archive.tar_gz());
    assert_eq!(codes(&report), [ProblemCode::VersionMissing, ProblemCode::ProjectJsonMissing]);
    assert!(report.problems[1].message.contains("inside a folder of the archive, my-project,"));
    assert_eq!(report.verdict, NotAnExport);
}

#[test]
fn a_flood_of_problems_is_counted_not_kept() {
    let lines = "x\n".repeat(1000);
    let report = report_within(
        &good().with("tree/project/issues.ndjson", lines).without("VERSION").tar_gz(),
        &Limits { max_problems_per_code: 10, ..Limits::default() },
    );
    assert_eq!((report.problems.len(), report.problems_left_off), (11, 990));
    assert!(codes(&report).contains(&ProblemCode::VersionMissing));
}
