//! Cuts a genuine archive into relation files by GitLab's rules and builds it again: the result must be the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::archive::hex::to_hex;
use crate::archive::tests::build::bundle;
use crate::archive::{Limits, Verdict, verify};

type Members = BTreeMap<String, Vec<u8>>;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The members of an archive as GitLab makes it, with something of everything.
fn genuine() -> Members {
    let issue = |number: u32, position: &str| {
        format!("{{\"iid\":{number},\"relative_position\":{position},\"title\":\"caf\u{e9} {number}\"}}\n")
    };
    // As GitLab writes them: by relative_position, those without one last.
    let issues: String =
        [issue(5, "-10"), issue(2, "7"), issue(1, "1026"), issue(4, "2052"), issue(3, "null")].concat();
    let (one, two) = (b"a large file, in spirit".to_vec(), b"another".to_vec());
    let oid = |object: &[u8]| to_hex(&Sha256::digest(object));
    let list = BTreeMap::from([(oid(&one), vec![0]), (oid(&two), vec![0, 2])]);
    let mut all = Members::new();
    let mut add = |name: &str, content: &[u8]| all.insert(name.to_owned(), content.to_vec());
    add("VERSION", b"0.2.4");
    add("GITLAB_VERSION", b"18.9.0-ee");
    add("GITLAB_REVISION", b"1a2b3c4d5e6");
    add("tree/project.json", b"{\"description\":\"caf\xc3\xa9\",\"visibility_level\":0}");
    add("tree/project/issues.ndjson", issues.as_bytes());
    add("tree/project/labels.ndjson", b"{\"title\":\"bug\"}\n{\"title\":\"\\u00e9\"}\n{\"title\":\"c\"}\n");
    add("tree/project/ci_cd_settings.ndjson", b"{\"group_runners_enabled\":true}");
    add("tree/project/project_feature.ndjson", b"null");
    add("tree/project/snippets.ndjson", b"");
    add("project.bundle", &bundle());
    add("project.design.bundle", &bundle());
    add(&format!("lfs-objects/{}", oid(&one)), &one);
    add(&format!("lfs-objects/{}", oid(&two)), &two);
    add("lfs-objects.json", &serde_json::to_vec(&list).unwrap());
    add(&format!("uploads/{SECRET}/{}.png", "long ".repeat(30)), b"not really a picture");
    add(&format!("uploads/{SECRET}/empty"), b"");
    add("avatar/logo.png", &[0x89; 3000]);
    all
}

/// A folder of relation files.
struct Files {
    folder: tempfile::TempDir,
    relations: BTreeMap<String, Vec<Part>>,
}

impl Files {
    fn none() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), relations: BTreeMap::new() }
    }

    /// Cuts an archive as GitLab's relations export would give it, `batch` records or files at a time.
    fn cut(members: &Members, batch: Option<usize>) -> Self {
        let mut files = Self::none();
        let below = |from: &str| -> Vec<(String, Vec<u8>)> {
            let inside = members.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(from)?, bytes)));
            inside.map(|(name, bytes)| (name.to_owned(), bytes.clone())).collect()
        };
        files.add("self", None, false, &members["tree/project.json"]);
        for (file, content) in below("tree/project/") {
            let relation = file.strip_suffix(".ndjson").unwrap();
            let is_list = content.ends_with(b"\n");
            let Some(size) = batch.filter(|_| is_list) else {
                files.add(relation, None, false, &content);
                continue;
            };
            // GitLab cuts by id, and orders by position only inside a batch.
            let mut lines: Vec<(usize, &[u8])> =
                content.split_inclusive(|byte| *byte == b'\n').enumerate().collect();
            if relation == "issues" {
                lines.sort_unstable_by_key(|(_, line)| *line);
            }
            for (number, lines) in lines.chunks_mut(size).enumerate() {
                lines.sort_unstable();
                let lines: Vec<_> = lines.iter().map(|(_, line)| *line).collect();
                files.add(relation, Some(number as u64 + 1), false, &lines.concat());
            }
        }
        for (name, member) in [("repository", "project.bundle"), ("design", "project.design.bundle")] {
            let inner = format!("{name}.bundle");
            files.add(name, None, true, &tar(&[(&inner, &members[member])]));
        }
        let mut uploads = below("uploads/");
        uploads.extend(below("avatar/").into_iter().map(|(name, bytes)| (format!("avatar/{name}"), bytes)));
        let list: BTreeMap<String, Vec<u64>> = serde_json::from_slice(&members["lfs-objects.json"]).unwrap();
        for (relation, all) in [("uploads", uploads), ("lfs_objects", below("lfs-objects/"))] {
            for (number, some) in all.chunks(batch.unwrap_or(usize::MAX)).enumerate() {
                let mut inside: Vec<(&str, &[u8])> =
                    some.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
                let listed: BTreeMap<_, _> = some.iter().map(|(oid, _)| (oid, list.get(oid))).collect();
                let listed = serde_json::to_vec(&listed).unwrap();
                if relation == "lfs_objects" {
                    inside.push(("lfs_objects.json", &listed));
                }
                files.add(relation, batch.map(|_| number as u64 + 1), true, &tar(&inside));
            }
        }
        files
    }

    fn add(&mut self, relation: &str, batch: Option<u64>, is_tar: bool, content: &[u8]) {
        let stem = batch.map_or_else(|| relation.to_owned(), |number| format!("{relation}-{number}"));
        let path = self.folder.path().join(format!("{stem}.gz"));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(content).unwrap();
        let packed = gzip.finish().unwrap();
        fs::write(&path, &packed).unwrap();
        let (bytes, sha256) = (packed.len() as u64, to_hex(&Sha256::digest(&packed)));
        let unpacked_bytes = content.len().is_multiple_of(2).then_some(content.len() as u64);
        let part = Part { path, batch, bytes, sha256, unpacked_bytes, is_tar };
        self.relations.entry(relation.to_owned()).or_default().push(part);
    }

    fn input(&self) -> BuildInput {
        BuildInput {
            relations: self
                .relations
                .iter()
                .map(|(relation, parts)| RelationParts { relation: relation.clone(), parts: parts.clone() })
                .collect(),
            gitlab_version: Some("18.9.0-ee".into()),
            gitlab_revision: Some("1a2b3c4d5e6".into()),
            at_s: 1_790_000_000,
            ..BuildInput::default()
        }
    }

    fn build(&self) -> Result<(Vec<u8>, Built), BuildError> {
        built(&self.input(), self.folder.path())
    }
}

fn built(input: &BuildInput, spool: &Path) -> Result<(Vec<u8>, Built), BuildError> {
    build(input, Vec::new(), spool, &mut |_read| ControlFlow::Continue(()))
}

/// As `tar -cf … -C dir .` makes it.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = TarOut::new(Vec::new(), 0);
    out.root().unwrap();
    for (name, content) in members {
        out.small(name, content).unwrap();
    }
    out.finish().unwrap();
    out.into_inner()
}

fn members(archive: &[u8]) -> Members {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    let mut all = Members::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let name = name.strip_prefix("./").unwrap().to_owned();
        let is_file = entry.header().entry_type() == tar::EntryType::Regular;
        assert_eq!(entry.header().mode().unwrap(), if is_file { 0o600 } else { 0o700 }, "{name}");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if is_file {
            assert!(all.insert(name.clone(), content).is_none(), "{name} is there twice");
        } else {
            assert!(name.is_empty() || name.ends_with('/'), "{name}");
        }
    }
    all
}

/// The names of members that only one of the two has, or that differ.
fn different(one: &Members, other: &Members) -> Vec<String> {
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

/// Lists without a record have no file.
fn without_empty_lists(mut members: Members) -> Members {
    members.retain(|name, content| !content.is_empty() || !name.starts_with("tree/"));
    members
}

#[test]
fn an_archive_that_is_cut_by_gitlabs_rules_and_built_again_is_the_same() {
    let genuine = genuine();
    for batch in [None, Some(1), Some(2), Some(100)] {
        let files = Files::cut(&genuine, batch);
        let (archive, built) = files.build().unwrap();
        let wanted = without_empty_lists(genuine.clone());
        assert_eq!(different(&members(&archive), &wanted), [""; 0], "batches of {batch:?}");
        assert_eq!(built, Built::default());
        let report = verify(&archive[..], &Limits::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(report.verdict, Verdict::Importable, "{:#?}", report.problems);
    }
}

#[test]
fn what_no_archive_has_is_left_out_and_reported() {
    let mut files = Files::cut(&genuine(), None);
    files.add("user_contributions", None, false, b"{\"id\":1}\n");
    files.add("secure_files", None, true, &tar(&[("a", b"b")]));
    let stray: [(&str, &[u8]); 5] = [
        ("stray.png", b"x"),
        ("nosecret/a", b"y"),
        ("../../etc/passwd", b"z"),
        ("0123456789/of the old kind", b"old"),
        ("0123456789/\u{1b}[2J", b"odd"),
    ];
    files.relations.remove("uploads");
    files.add("uploads", None, true, &tar(&stray));
    let (archive, built) = files.build().unwrap();
    let left: Vec<_> =
        built.left_out.iter().map(|left| (left.relation.as_str(), left.name.as_deref())).collect();
    assert_eq!(
        left,
        [
            ("user_contributions", None),
            ("secure_files", None),
            ("uploads", Some("stray.png")),
            ("uploads", Some("nosecret/a")),
            ("uploads", Some("../../etc/passwd")),
        ]
    );
    let all = members(&archive);
    let uploads: Vec<_> = all.keys().filter(|name| name.starts_with("uploads")).collect();
    assert_eq!(uploads, ["uploads/0123456789/\u{1b}[2J", "uploads/0123456789/of the old kind"]);
    assert!(!all.contains_key("tree/project/user_contributions.ndjson"));
}

#[test]
fn an_lfs_object_that_no_list_names_gets_an_entry() {
    let mut files = Files::cut(&genuine(), None);
    files.relations.remove("lfs_objects");
    let list = br#"{"aa":[1]}"#;
    files.add("lfs_objects", Some(1), true, &tar(&[("aa", b"x"), ("lfs_objects.json", list)]));
    files.add("lfs_objects", Some(2), true, &tar(&[("bb", b"y")]));
    let (archive, built) = files.build().unwrap();
    assert_eq!(members(&archive)["lfs-objects.json"], br#"{"aa":[1],"bb":[0]}"#);
    assert_eq!(built.unlisted_lfs, 1, "which the receipt says");
    assert_eq!(Files::cut(&genuine(), None).build().unwrap().1.unlisted_lfs, 0);
}

#[test]
fn rows_of_deploy_keys_are_dropped_from_protected_branches() {
    let row = "{\"name\":\"main\",\"push_access_levels\":[{\"access_level\":40},{\"access_level\":30}]}\n";
    let mut files = Files::cut(&genuine(), None);
    files.add("protected_branches", None, false, row.as_bytes());
    let mut input = files.input();
    input.deploy_key_rows.insert("main".into(), 1);
    let (archive, done) = built(&input, files.folder.path()).unwrap();
    assert_eq!(done.dropped_rows, 1);
    assert_eq!(
        members(&archive)["tree/project/protected_branches.ndjson"],
        b"{\"name\":\"main\",\"push_access_levels\":[{\"access_level\":30}]}\n"
    );
    assert_eq!(members(&files.build().unwrap().0)["tree/project/protected_branches.ndjson"], row.as_bytes());
}

#[test]
fn a_line_that_fails_an_import_fails_the_build_and_is_named() {
    let fault = |batches: &[&[u8]]| {
        let mut files = Files::cut(&genuine(), None);
        files.relations.remove("labels");
        for (number, lines) in batches.iter().enumerate() {
            files.add("labels", Some(number as u64 + 1), false, lines);
        }
        match files.build() {
            Err(BuildError::Line { relation, batch, line, fault }) => Some((relation, batch?, line, fault)),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        }
    };
    let labels = |batch, line, fault| Some(("labels".to_owned(), batch, line, fault));
    assert_eq!(fault(&[b"{}\n{}\n", b"{}\n\n{}\n"]), labels(2, 2, JoinFault::Blank));
    assert_eq!(fault(&[b"{}\n{}\n \r\n", b"{}\n"]), labels(1, 3, JoinFault::Blank));
    assert_eq!(fault(&[b"{}\n", b"{}", b"{}\n"]), labels(2, 1, JoinFault::NoNewline));
    let mut long = vec![b' '; 50 << 20];
    long[0] = b'{';
    *long.last_mut().unwrap() = b'}';
    assert_eq!(fault(&[b"{}\n", &[&long[..], b"\n"].concat()]), labels(2, 1, JoinFault::TooLong));
    // GitLab ends every record of a list with a newline; a batch without records changes nothing.
    assert_eq!(fault(&[b"{}\n", b"", b"{}\r\n"]), None);
    assert_eq!(fault(&[b"{}\n", b"", b"{}\r\n", b"{}"]), labels(4, 1, JoinFault::CutOff));
    *long.last_mut().unwrap() = b'\n';
    assert_eq!(fault(&[&long]), None);
}

#[test]
fn a_file_that_is_not_the_one_of_the_manifest_is_noticed() {
    let files = Files::cut(&genuine(), None);
    let of = |relation: &str| files.relations[relation][0].path.clone();
    for relation in ["labels", "uploads", "self"] {
        let path = of(relation);
        let bytes = fs::read(&path).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            match files.build() {
                // The tar is noticed first where the change hits a header.
                Err(BuildError::Changed { path: said } | BuildError::Corrupt { path: said, .. }) => {
                    assert_eq!(said, path);
                }
                other => panic!("{relation} at {at}: {:?}", other.map(|_| ())),
            }
        }
        fs::write(&path, &bytes[1..]).unwrap();
        assert!(matches!(files.build(), Err(BuildError::Changed { .. })), "{relation} cut");
        fs::write(&path, &bytes).unwrap();
    }
    // A manifest that says another size than the file that it fits otherwise.
    let mut edited = Files::cut(&genuine(), None);
    let mut unpacked = Vec::new();
    GzDecoder::new(&fs::read(of("labels")).unwrap()[..]).read_to_end(&mut unpacked).unwrap();
    for bytes in [unpacked.len() as u64 - 1, unpacked.len() as u64 + 1] {
        edited.relations.get_mut("labels").unwrap()[0].unpacked_bytes = Some(bytes);
        assert!(matches!(edited.build(), Err(BuildError::Corrupt { .. })), "{bytes}");
    }
    fs::remove_file(of("labels")).unwrap();
    assert!(matches!(files.build(), Err(BuildError::Read { .. })));
    let mut none = Files::cut(&genuine(), None);
    none.relations.remove("self");
    assert!(matches!(none.build(), Err(BuildError::NoProject)));
}

#[test]
fn a_build_can_be_left_and_counts_what_it_reads() {
    let files = Files::cut(&genuine(), Some(1));
    let all: u64 = files.relations.values().flatten().map(|part| part.bytes).sum();
    let mut most = 0;
    build(&files.input(), Vec::new(), files.folder.path(), &mut |read| {
        most = most.max(read);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(most, all);
    let left = build(&files.input(), Vec::new(), files.folder.path(), &mut |_read| ControlFlow::Break(()));
    assert!(matches!(left, Err(BuildError::Cancelled)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the relations hold, and however they are cut, the archive holds it.
    #[test]
    fn any_relations_are_in_the_archive(
        lists in prop::collection::btree_map("[a-h]{1,12}", prop::collection::vec("[a-z]{0,40}", 0..20), 0..6),
        uploads in prop::collection::btree_map("[a-zé][a-z .é]{1,120}", prop::collection::vec(any::<u8>(), 0..2000), 0..6),
        batch in prop::option::of(1_usize..8),
    ) {
        let mut wanted = genuine();
        wanted.retain(|name, _| !name.starts_with("uploads/"));
        for (relation, records) in &lists {
            let lines: Vec<_> = records.iter().map(|text| format!("{{\"title\":\"{text}\"}}\n")).collect();
            wanted.insert(format!("tree/project/{relation}.ndjson"), lines.concat().into_bytes());
        }
        for (name, content) in &uploads {
            wanted.insert(format!("uploads/{SECRET}/{name}"), content.clone());
        }
        let (archive, _built) = Files::cut(&wanted, batch).build().unwrap();
        prop_assert_eq!(different(&members(&archive), &without_empty_lists(wanted)), Vec::<String>::new());
    }
}
