use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::*;

/// A member, its content, and the error of the import.
type Flaw<'a> = (&'a str, Option<&'a [u8]>, Option<&'a str>);
/// A relation, its lines, and the failed ones.
type Failing<'a> = (&'a str, &'a str, &'a [(u64, &'a str)]);

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn bundle() -> Vec<u8> {
    let pack = [&b"PACK"[..], &2_u32.to_be_bytes(), &0_u32.to_be_bytes()].concat();
    let sum = Sha1::digest(&pack);
    [&b"# v2 git bundle\n\n"[..], &pack, &sum].concat()
}

fn digest(content: &[u8]) -> String {
    super::super::archive::hex(&sha2::Sha256::digest(content))
}

/// An archive that imports without a failed relation.
fn good() -> Vec<(String, Vec<u8>)> {
    let issues = "{\"iid\":1,\"title\":\"a\"}\n{\"iid\":2,\"title\":\"b\",\"odd\":1}\n";
    let snippet = "{\"title\":\"t\",\"description\":null,\"created_at\":\"2023-02-14T09:26:53.589Z\",\
                   \"updated_at\":\"2023-02-14T10:26:53.589+01:00\"}\n";
    let name = digest(b"t2023-02-14 09:26:53 UTC2023-02-14 09:26:53 UTC");
    let list = format!("{{\"{}\":[0]}}", digest(b"object"));
    [
        ("VERSION", b"0.2.4".to_vec()),
        ("tree/project.json", b"{\"description\":\"\",\"odd\":[]}".to_vec()),
        ("tree/project/issues.ndjson", issues.into()),
        ("tree/project/push_rule.ndjson", b"null".to_vec()),
        ("tree/project/labels.ndjson", Vec::new()),
        ("tree/project/snippets.ndjson", snippet.into()),
        ("tree/project/never_heard_of.ndjson", b"no json".to_vec()),
        (&format!("snippets/{name}.bundle"), bundle()),
        ("project.bundle", bundle()),
        ("lfs-objects.json", list.into()),
        (&format!("lfs-objects/{}", digest(b"object")), b"object".to_vec()),
        (&format!("uploads/{SECRET}/a.png"), b"a".to_vec()),
        (&format!("uploads/{SECRET}/{}", "long".repeat(60)), b"b".to_vec()),
        ("avatar/logo.png", b"c".to_vec()),
    ]
    .map(|(name, content)| (name.to_owned(), content))
    .to_vec()
}

fn tar(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, format!("./{name}"), content.as_slice()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn unpacked(archive: &[u8], piece: usize) -> UnpackedArchive {
    let mut importer = Importer::default();
    for piece in archive.chunks(piece) {
        importer.feed(piece);
    }
    importer.end()
}

fn import(members: &[(String, Vec<u8>)]) -> Restored {
    unpacked(&gzip(&tar(members)), 1 << 16).as_project()
}

/// The good archive with this content of a member, or without it.
fn with(name: &str, content: Option<&[u8]>) -> Restored {
    let mut all = good();
    all.retain(|(known, _)| known != name);
    all.extend(content.map(|content| (name.to_owned(), content.to_vec())));
    import(&all)
}

#[test]
fn a_good_archive_is_imported_however_its_bytes_are_cut() {
    let archive = gzip(&tar(&good()));
    for piece in [1, 7, 512, 4096, archive.len()] {
        let restored = unpacked(&archive, piece).as_project();
        assert_eq!((restored.error, restored.failures), (None, Vec::new()), "{piece}");
        assert_eq!(restored.project.records("issues"), 2);
        assert_eq!(restored.project.records("snippets"), 1);
        assert!(restored.project.has_repository);
        assert!(!restored.project.relations.contains_key("push_rule"));
    }
}

#[test]
fn each_flaw_has_gitlabs_consequence() {
    const NO_JSON: &str = "Incorrect JSON format";
    let issues = "tree/project/issues.ndjson";
    let line = |title_bytes: usize| {
        let mut line = b"{\"iid\":1,\"title\":\"x\",\"description\":\"".to_vec();
        line.resize(title_bytes - 3, b'a');
        line.extend_from_slice(b"\"}\n");
        line
    };
    let (longest, longer) = (line(50 << 20), line((50 << 20) + 1));
    let large_image = vec![0; (200 << 10) + 1];
    let unlisted = format!("lfs-objects/{}", digest(b"other"));
    let cases: [Flaw<'_>; 25] = [
        ("VERSION", None, Some("No such file or directory @ rb_sysopen - VERSION")),
        ("VERSION", Some(b""), Some("end of file reached")),
        ("VERSION", Some(b"0.2.3\n0.2.4"), Some("Import version mismatch: Required 0.2.4 but was 0.2.3")),
        ("VERSION", Some(b"v0.2.4\n"), None),
        ("VERSION", Some(b"four"), Some("Incorrect VERSION format")),
        ("tree/project.json", None, Some("Invalid file")),
        ("tree/project.json", Some(b"[]"), Some(NO_JSON)),
        (issues, Some(b"{\"iid\":1,\"title\":\"a\"}\r\n{\"iid\":2,\"title\":\"b\"}"), None),
        (issues, Some(b"{\"iid\":1,\"title\":\"a\"}\n\n{\"iid\":2,\"title\":\"b\"}\n"), Some(NO_JSON)),
        (issues, Some(b"{\"iid\":1,\"title\":\"a\"}{\"iid\":2,\"title\":\"b\"}\n"), Some(NO_JSON)),
        (issues, Some(b"{\"iid\":1,\"titl"), Some(NO_JSON)),
        (issues, Some(&longest), None),
        (issues, Some(&longer), Some(NO_JSON)),
        (issues, None, None),
        ("project.bundle", None, None),
        (
            "project.bundle",
            Some(b"version https://git-lfs.github.com/spec/v1\n"),
            Some(restore::BROKEN_BUNDLE),
        ),
        ("project.wiki.bundle", Some(&bundle()[..30]), Some(restore::BROKEN_BUNDLE)),
        ("project.design.bundle", Some(b""), Some(restore::BROKEN_BUNDLE)),
        (&unlisted, Some(b"other"), Some("undefined method 'each' for nil")),
        ("lfs-objects.json", None, None),
        ("lfs-objects.json", Some(b"{"), Some(NO_JSON)),
        ("uploads/stray.png", Some(b"x"), Some("Invalid path of an upload: stray.png")),
        ("uploads/.hidden", Some(b"x"), None),
        ("avatar/logo.png", Some(&large_image), Some("Avatar is too big (should be at most 200 KiB)")),
        ("avatar/logo.png", None, None),
    ];
    for (name, content, error) in cases {
        let restored = with(name, content);
        let size = content.map(<[u8]>::len);
        assert_eq!(restored.error.as_deref(), error, "{name}, {size:?} bytes");
    }
    // What was restored before the error stays.
    let restored = with(issues, Some(b"{\"iid\":1,\"title\":\"a\"}\n\n{\"iid\":2,\"title\":\"b\"}\n"));
    assert_eq!(restored.project.records("issues"), 1);
    assert_eq!(restored.project.records("snippets"), 0, "snippets come after issues");
}

#[test]
fn a_record_that_cannot_be_saved_is_a_failed_relation() {
    let lines: [Failing<'_>; 8] = [
        ("issues", "{\"iid\":1,\"title\":\"a\",\"notes\":[{\"odd\":1}],\"nobody_knows\":{}}", &[]),
        ("issues", "{\"iid\":1}\n{\"iid\":2,\"title\":\" \"}", &[(1, "RecordInvalid"), (0, "RecordInvalid")]),
        ("issues", "{\"iid\":1,\"title\":\"a\"}\n{\"iid\":1,\"title\":\"b\"}", &[(1, "RecordNotUnique")]),
        ("issues", "[]\n7", &[(1, "NoMethodError"), (0, "NoMethodError")]),
        ("merge_requests", "{\"iid\":1,\"title\":\"a\",\"source_branch\":\"b\"}", &[(0, "RecordInvalid")]),
        ("user_contributions", "{\"id\":1}\n{\"id\":2}", &[(1, "NoMethodError"), (0, "NoMethodError")]),
        ("user_contributions", "null", &[]),
        ("releases", "{\"name\":\"x\"}", &[(0, "RecordInvalid")]),
    ];
    for (relation, lines, failures) in lines {
        let restored = with(&format!("tree/project/{relation}.ndjson"), Some(lines.as_bytes()));
        let found: Vec<_> = restored
            .failures
            .iter()
            .map(|failure| (failure.line, failure.exception_class.trim_start_matches("ActiveRecord::")))
            .collect();
        assert_eq!((restored.error, found.as_slice()), (None, failures), "{relation}: {lines}");
    }
    let long = format!("{{\"iid\":1,\"title\":\"{}\"}}\n", "é".repeat(256));
    assert_eq!(with("tree/project/issues.ndjson", Some(long.as_bytes())).failures.len(), 1);
    let many = "{}\n".repeat(150);
    let restored = with("tree/project/issues.ndjson", Some(many.as_bytes()));
    assert_eq!((restored.failures.len(), restored.failures[0].line), (100, 149), "the newest hundred");
}

#[test]
fn a_snippet_without_its_bundle_loses_its_files_and_a_bad_bundle_the_import() {
    let mut all = good();
    let at = all.iter().position(|(name, _)| name.starts_with("snippets/")).unwrap();
    all[at].1 = b"no bundle".to_vec();
    assert_eq!(import(&all).error.as_deref(), Some("Invalid repository bundle for snippet with id 1"));
    all.remove(at);
    let restored = import(&all);
    assert_eq!(restored.error, None);
    assert_eq!((restored.failures.len(), restored.failures[0].exception_class), (1, "MissingBundleFile"));
    assert_eq!(restored.project.records("snippets"), 1);
}

#[test]
fn a_row_without_its_deploy_key_lets_maintainers_push() {
    let line = "{\"name\":\"main\",\"push_access_levels\":[{\"access_level\":40},{\"access_level\":0,\"user_id\":3}]}\n";
    let restored = with("tree/project/protected_branches.ndjson", Some(line.as_bytes()));
    let levels = &restored.project.relations["protected_branches"].branches[0]["push_access_levels"];
    assert_eq!(levels.as_array().map(Vec::len), Some(2));
    assert_eq!((&levels[0]["access_level"], &levels[0]["deploy_key_id"]), (&json!(40), &json!(null)));
}

#[test]
fn links_and_odd_names_are_as_tar_and_gitlab_treat_them() {
    let mut tar = ::tar::Builder::new(tar(&good()));
    // Not finished yet: the end of the tar is cut off, so that more members can follow.
    let whole = tar.get_ref().len();
    tar.get_mut().truncate(whole - 1024);
    let mut link = |kind, name: &str| {
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        tar.append_link(&mut header, name, "labels.ndjson").unwrap();
    };
    link(::tar::EntryType::Symlink, "tree/project/issues.ndjson");
    link(::tar::EntryType::Fifo, "avatar/pipe");
    let archive = gzip(tar.get_ref());
    let restored = unpacked(&archive, 4096).as_project();
    assert_eq!((restored.error, restored.project.records("issues")), (None, 0), "the link is deleted");
    let mut header = ::tar::Header::new_gnu();
    header.set_entry_type(::tar::EntryType::Link);
    header.set_size(0);
    tar.append_link(&mut header, "x", "VERSION").unwrap();
    let restored = unpacked(&gzip(tar.get_ref()), 4096).as_project();
    assert_eq!(restored.error.as_deref(), Some("File shares hard link"));
    // The last member of a name counts, and one outside the folder is skipped.
    let mut twice = good();
    twice.push(("VERSION".into(), b"0.1.0".to_vec()));
    assert!(import(&twice).error.unwrap().contains("0.1.0"));
    assert_eq!(plain_name("/etc/../x"), None);
    assert_eq!(plain_name("/a//./b").as_deref(), Some("a/b"));
}

fn plain_name(name: &str) -> Option<String> {
    unpack::plain(name.as_bytes())
}

#[test]
fn a_truncated_archive_is_imported_up_to_its_end() {
    let archive = gzip(&tar(&good()));
    let restored = unpacked(&archive[..archive.len() - 8], 4096).as_project();
    assert_eq!(
        (restored.error, restored.project.records("issues")),
        (None, 2),
        "only the checksum is missing"
    );
    let restored = unpacked(b"no gzip at all", 4096).as_project();
    assert!(restored.error.unwrap().contains("VERSION"));
}

#[test]
fn one_relation_is_imported_whatever_the_rest_is_like() {
    let unpacked_of = |members: &[(String, Vec<u8>)]| unpacked(&gzip(&tar(members)), 4096);
    let rows =
        |members: &[(String, Vec<u8>)]| unpacked_of(members).as_relation("issues").map(|of| of.rows.count());
    let only = [("tree/project.json".to_owned(), b"{}".to_vec()), good()[2].clone()];
    assert_eq!(rows(&only), Some(2), "no VERSION is needed");
    assert_eq!(rows(&only[1..]), None, "but the project is");
    let mut project = ImportedProject::default();
    let slice = |lines: &str| {
        let lines = ("tree/project/issues.ndjson".to_owned(), lines.as_bytes().to_vec());
        unpacked_of(&[only[0].clone(), lines])
    };
    for lines in
        ["{\"iid\":1,\"title\":\"a\"}\n", "{\"iid\":1,\"title\":\"a\"}\n{\"iid\":3,\"title\":\"c\"}\n"]
    {
        project.add("issues", slice(lines).as_relation("issues").unwrap());
    }
    assert_eq!(project.records("issues"), 2, "an IID that exists is skipped");
}
