//! One archive for every problem that a whole file can have.

use sha2::{Digest, Sha256};
use tar::EntryType;

use super::build::{Archive, Part, SECRET, bundle, good, gzip};
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
    assert_problem(&twice, ImportableWithLosses, ProblemCode::VersionDuplicate, "more than once");
    let twice = good().also("VERSION", EntryType::Regular, "0.1.0");
    let report = report_of(&twice.tar_gz());
    assert_eq!(codes(&report), [ProblemCode::VersionMismatch, ProblemCode::VersionDuplicate]);
    for (version, words) in [("0.2.3", "10.8 to 11.0"), ("0.1.8", "9.4 to 9.5"), ("0.2.5", "edited VERSION")]
    {
        let report = report_of(&good().with("VERSION", version).tar_gz());
        assert!(report.problems[0].hint.contains(words), "{:?}", report.problems);
    }
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
    let fits = format!("\"{}\"\n", "x".repeat(297));
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
    assert_problem(&unlisted, NotImportable, ProblemCode::LfsObjectUnlisted, "not listed");
    let listed = good().with("lfs-objects.json", format!("{{\"{id}\":[0]}}"));
    let report = report_of(&listed.tar_gz());
    assert_eq!(codes(&report), [ProblemCode::LfsObjectUnlisted, ProblemCode::LfsObjectMissing]);
    assert_eq!(report.problems[1].member, Some(format!("lfs-objects/{id}")));
    let changed = listed.with(&format!("lfs-objects/{id}"), "changed");
    let report = report_of(&changed.tar_gz());
    assert_eq!(
        codes(&report),
        [ProblemCode::LfsHashMismatch, ProblemCode::LfsObjectUnlisted, ProblemCode::LfsObjectMissing]
    );
    assert_eq!((report.verdict, report.lfs_objects), (NotImportable, 2));
    let broken_list = good().with("lfs-objects.json", "[");
    assert_problem(&broken_list, NotImportable, ProblemCode::LfsListInvalid, "not valid JSON");
    // Without an object nobody reads the list, and what is no object of GitLab's is never opened.
    let mut none = broken_list.with("lfs-objects/.DS_Store", "x");
    none.members.retain(|part| !part.name.starts_with("./lfs-objects/") || part.name.contains(".DS"));
    assert_problem(&none, Verdict::Importable, ProblemCode::ForeignFiles, "Mac");
    let folder = good().also("./lfs-objects/abc/", EntryType::Directory, "");
    assert_problem(&folder, NotImportable, ProblemCode::FolderInPlace, "folder");
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
    for place in ["uploads/x.png", "uploads/images/x.png"] {
        assert_problem(
            &good().with(place, "x"),
            NotImportable,
            ProblemCode::UploadPathInvalid,
            "hexadecimal",
        );
    }
    let long = good().with(&format!("uploads/{SECRET}/{}", "n".repeat(256)), "x");
    assert_problem(&long, ImportableWithLosses, ProblemCode::NameTooLong, "255 bytes");
}

#[test]
fn kinds_of_members() {
    let with = |kind| good().also("./extra", kind, "");
    let to = |link: &str| {
        let mut archive = with(EntryType::Link);
        archive.members.last_mut().unwrap().link = link.into();
        archive
    };
    assert_problem(&to("./VERSION"), NotImportable, ProblemCode::HardLink, "hard link");
    assert_problem(&to("./nothing"), ImportableWithLosses, ProblemCode::MemberSkipped, "not there");
    assert_problem(
        &with(EntryType::Symlink),
        ImportableWithLosses,
        ProblemCode::SymlinkDropped,
        "symbolic link",
    );
    assert_problem(&with(EntryType::Fifo), ImportableWithLosses, ProblemCode::SymlinkDropped, "named pipe");
    for device in [EntryType::Char, EntryType::Block] {
        let report = report_of(&with(device).tar_gz());
        assert_only(&report, NotImportable, ProblemCode::SpecialFile, "precaution");
        assert!(report.sentence().contains("GitLab would import it"));
    }
    let unusual = ProblemCode::UnusualMember;
    assert_problem(&with(EntryType::new(b'Z')), ImportableWithLosses, unusual, "unknown type");
    assert_problem(&with(EntryType::new(b'D')), ImportableWithLosses, unusual, "incremental");
    // GNU tar extracts what it does not know as a file, and so it is judged as one.
    let mut odd = good();
    odd.members.iter_mut().find(|part| part.name == "./VERSION").unwrap().kind = EntryType::new(b'Q');
    assert_problem(&odd, ImportableWithLosses, unusual, "unknown type");
    // A folder in a file's place is no file.
    for name in ["VERSION", "tree/project.json", "tree/project/labels.ndjson", "project.bundle"] {
        let folder = good().without(name).also(&format!("./{name}/"), EntryType::Directory, "");
        assert_problem(&folder, NotImportable, ProblemCode::FolderInPlace, "folder");
        let within = good().without(name).also(&format!("./{name}/x"), EntryType::Regular, "");
        assert_problem(&within, NotImportable, ProblemCode::FolderInPlace, "folder");
    }
    // Through a link nothing is extracted to where its name says.
    let through =
        good().also("./uploads/l", EntryType::Symlink, "").also("./uploads/l/x", EntryType::Regular, "x");
    assert_eq!(
        codes(&report_of(&through.tar_gz())),
        [ProblemCode::SymlinkDropped, ProblemCode::MemberSkipped]
    );
}

#[test]
fn the_last_member_of_a_name_counts() {
    for name in ["tree/project.json", "tree/project/labels.ndjson", "project.bundle"] {
        let content =
            good().members.into_iter().find(|part| part.name == format!("./{name}")).unwrap().content;
        let mut later = good().with(name, "bad");
        later.members.push(Part { content, ..Part::file(name) });
        let report = report_of(&later.tar_gz());
        assert_eq!((codes(&report), report.counts["labels"]), (vec![], 2), "{name}");
        let mut earlier = good();
        earlier.members.push(Part { content: b"bad".to_vec(), ..Part::file(name) });
        assert_eq!(report_of(&earlier.tar_gz()).verdict, NotImportable, "{name}");
    }
    let dropped = good().also("./tree/project/labels.ndjson", EntryType::Symlink, "");
    let report = report_of(&dropped.tar_gz());
    assert!(!report.counts.contains_key("labels"));
    assert_only(&report, ImportableWithLosses, ProblemCode::SymlinkDropped, "symbolic link");
}

#[test]
fn only_what_the_importer_reads_is_judged() {
    let unknown = good().with("tree/project/holidays.ndjson", "this is no JSON\n");
    let report = report_of(&unknown.tar_gz());
    assert_only(&report, ImportableWithLosses, ProblemCode::RelationUnknown, "knows no relation holidays");
    assert!(!report.counts.contains_key("holidays"));
    let mac = good()
        .with("tree/project/._labels.ndjson", "\0\u{5}\u{16}\u{7}")
        .with("._project.bundle", "\0")
        .with("snippets/._1f.bundle", "\0")
        .with("uploads/.DS_Store", "\0");
    let report = report_of(&mac.tar_gz());
    assert_only(&report, Verdict::Importable, ProblemCode::ForeignFiles, "4 members");
    let archived = good().with("tree/project.json", "{\"a\":{\"archived\":false},\"archived\": true}");
    assert_problem(&archived, Verdict::Importable, ProblemCode::ImportsArchived, "archived project");
    let public =
        good().with("tree/project.json", "{\"visibility_level\": 20,\"a\":{\"visibility_level\":0}}");
    assert_problem(&public, Verdict::Importable, ProblemCode::ImportsVisible, "public");
    let nested = good().with("tree/project.json", "{\"a\":{\"archived\":true},\"archived\":false}");
    assert_eq!(codes(&report_of(&nested.tar_gz())), []);
}

#[test]
fn sparse_members_are_filled_up_and_judged() {
    let line = b"{\"iid\":1}\n";
    // Form 1.0: the map comes with the data.
    let mut builder = tar::Builder::new(Vec::new());
    let keys = [
        ("GNU.sparse.major", &b"1"[..]),
        ("GNU.sparse.minor", b"0"),
        ("GNU.sparse.name", b"./tree/project/issues.ndjson"),
        ("GNU.sparse.realsize", b"10"),
    ];
    builder.append_pax_extensions(keys).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_path("./GNUSparseFile.1/issues.ndjson").unwrap();
    header.set_size(512 + 10);
    header.set_cksum();
    let mut content = b"1\n0\n10\n".to_vec();
    content.resize(512, 0);
    content.extend(line);
    builder.append(&header, &content[..]).unwrap();
    // The old format: the map continues for one block after the header, and a hole becomes a NUL in the file.
    let mut old = tar::Header::new_gnu();
    old.set_path("./tree/project/labels.ndjson").unwrap();
    old.set_entry_type(EntryType::GNUSparse);
    old.set_size(10);
    let block = old.as_mut_bytes();
    block[386..409].copy_from_slice(b"00000000000\x0000000000012");
    block[482] = 1;
    block[483..494].copy_from_slice(b"00000001000");
    old.set_cksum();
    let mut tar = builder.into_inner().unwrap();
    tar.truncate(tar.len() - 1024);
    tar.extend(old.as_bytes());
    tar.extend([0; 512]);
    tar.extend(line);
    tar.extend([0; 502]);
    let mut rest = good();
    rest.members
        .retain(|part| !part.name.ends_with("issues.ndjson") && !part.name.ends_with("labels.ndjson"));
    tar.extend(rest.tar());
    let report = report_of(&gzip(&tar));
    let unusual = ProblemCode::UnusualMember;
    assert_eq!(codes(&report), [ProblemCode::NdjsonInvalid, unusual, unusual], "{:#?}", report.problems);
    assert_eq!((report.counts["issues"], report.counts["labels"]), (1, 1));
    let sparse = report.members.entries.iter().filter(|member| member.kind == MemberKind::Sparse);
    assert_eq!(sparse.map(|member| member.bytes).collect::<Vec<_>>(), [10, 512]);
}

#[test]
fn unsafe_names() {
    for (name, words) in
        [("/etc/cron.d/x", "absolute"), ("../x", "`..`"), ("./a/../../x", "`..`"), ("", "no name")]
    {
        let archive = good().also(name, EntryType::Regular, "x");
        let report = report_of(&archive.tar_gz());
        assert_only(&report, NotImportable, ProblemCode::UnsafePath, words);
        assert!(report.sentence().contains("precaution"));
    }
    // tar removes the slash, so this is the VERSION.
    let absolute = good().without("VERSION").also("/VERSION", EntryType::Regular, "0.2.4");
    assert_problem(&absolute, NotImportable, ProblemCode::UnsafePath, "absolute");
    // It is not believed to be the VERSION that it ends up as.
    let report =
        report_of(&good().without("VERSION").also("../VERSION", EntryType::Regular, "0.2.4").tar_gz());
    assert_eq!(codes(&report), [ProblemCode::VersionMissing, ProblemCode::UnsafePath]);
}

#[test]
fn a_nul_in_a_pax_name_is_found() {
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
        (tar[..end - 100].to_vec(), "ends inside a member"),
        (tar[..512 * 3 + 100].to_vec(), "ends inside a header"),
        (tar[..512 * 3].to_vec(), "cut off"),
        (flipped, "at byte 1536 of the unpacked data: the checksum"),
        (resized, "checksum"),
    ] {
        assert_only(&report_of(&gzip(&bytes)), Damaged, ProblemCode::TarCorrupt, words);
    }
    for (bytes, code) in [
        (tar[..end].to_vec(), ProblemCode::TarEndMissing),
        (tar[..end + 512].to_vec(), ProblemCode::TarEndMissing),
        ([&tar[..], b"JUNK"].concat(), ProblemCode::TarTrailingData),
        ([&tar[..], &tar[..]].concat(), ProblemCode::TarTrailingData),
        ([&tar[..end + 512], &tar[..]].concat(), ProblemCode::TarTrailingData),
    ] {
        assert_only(&report_of(&gzip(&bytes)), ImportableWithLosses, code, "GitLab's importer");
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
        (good().tar(), ProblemCode::NotGzip, "tar without compression"),
        (gzip(b""), ProblemCode::RelationFile, "0 records"),
        (gzip(b"{}\n{}\n"), ProblemCode::RelationFile, "2 records"),
        (gzip(b"<html>"), ProblemCode::NotTar, "HTML"),
        (gzip(&[b'x'; 5000]), ProblemCode::NotTar, "plain text"),
        (gzip(&[7, 0, 3].repeat(5000)), ProblemCode::NotTar, "not contain a tar"),
        (gzip(&vec![0; 20_000]), ProblemCode::NotTar, "only zeros"),
    ] {
        let report = report_of(&bytes);
        assert_only(&report, NotAnExport, code, words);
        assert_eq!(report.sha256, to_hex(&Sha256::digest(&bytes)));
    }
    let nothing = || Archive { members: Vec::new() };
    let group = nothing().with("VERSION", "0.2.4").with("tree/groups/_all.ndjson", "7\n");
    assert_problem(&group, NotAnExport, ProblemCode::GroupExport, "export of a group");
    for (name, words) in [
        ("repository.bundle", "relation repository"),
        ("lfs_objects.json", "relation lfs_objects"),
        ("lfs_objects.json", "lfs_objects"),
        (&*format!("{SECRET}/x.png"), "uploads"),
    ] {
        assert_problem(&nothing().with(name, "x"), NotAnExport, ProblemCode::RelationFile, words);
    }
    for archive in [nothing().also("./", EntryType::Directory, ""), nothing().with("holiday.jpg", "x")] {
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
    assert_only(
        &report,
        NotImportable,
        ProblemCode::WrappedFolder,
        "inside a folder of the archive, my-project,",
    );
    assert!(report.problems[0].hint.contains("tar -C \"my-project\" -czf NEW.tar.gz ."));
}

#[test]
fn an_export_that_was_compressed_twice() {
    let report = report_of(&gzip(&good().tar_gz()));
    assert_only(&report, NotImportable, ProblemCode::DoubleGzip, "compressed twice");
    assert_eq!((report.counts["issues"], report.bundles.len()), (3, 3), "what is inside is read");
    let report = report_of(&gzip(&good().without("VERSION").tar_gz()));
    assert_eq!(codes(&report), [ProblemCode::DoubleGzip, ProblemCode::VersionMissing]);
    for inner in [gzip(b"hello"), gzip(&gzip(&good().tar_gz())), good().tar_gz()[..500].to_vec()] {
        assert!(!report_of(&gzip(&inner)).verdict.may_import());
    }
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
