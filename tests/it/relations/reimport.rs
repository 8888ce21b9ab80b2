//! Rebuilt archives, imported into the practice GitLab as the genuine archive is. Its importer shares no code with the
//! module that builds archives.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::build::{build, downloaded, members};
use super::{download, fault, folder, manifest, sha256, started, without_faults};
use crate::fixture::Fixture;

/// A fixture whose relation files have so many records in a batch.
pub fn of_batches(records: Option<u64>) -> Fixture {
    let mut lesson = without_faults("relations-batched");
    "acme/webshop".clone_into(&mut lesson.project);
    lesson.world.relation_batch_records = records.unwrap_or(50);
    lesson.world.limits.project_import = 0;
    let fixture = Fixture::with(lesson);
    started(&fixture, if records.is_some() { &[] } else { &["--unbatched"] });
    let end = fixture.run(&download(&fixture, &folder(&fixture)));
    assert_eq!(end.exit, 0, "{}", end.result());
    fixture
}

/// What a project has after the import of an archive.
#[derive(Debug, PartialEq)]
pub struct Arrived {
    error: Value,
    pub failures: Vec<Value>,
    pub records: BTreeMap<String, u64>,
    protected_branches: Vec<Value>,
    pub wiki_pages: usize,
}

pub fn imported(fixture: &Fixture, archive: &Path, path: &str) -> Arrived {
    let words =
        ["import", "file", archive.to_str().unwrap(), "--namespace", "acme", "--path", path, "--wait"];
    let end = fixture.run(&words);
    let result = end.result();
    assert_eq!(result["import_status"], "finished", "{result}");
    let world = fixture.practice.world();
    let project = world.project(&format!("acme/{path}")).unwrap();
    Arrived {
        error: result["import_error"].clone(),
        failures: result["failed_relations"].as_array().unwrap().clone(),
        records: project.records.clone(),
        protected_branches: project.protected_branches.clone(),
        wiki_pages: project.wiki_pages,
    }
}

/// The project's archive as GitLab's file export makes it.
pub fn genuine(fixture: &Fixture) -> std::path::PathBuf {
    let path = fixture.downloads().join("genuine.tar.gz");
    let end =
        fixture.run(&["export", "start", &fixture.lesson.project, "--download", path.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    path
}

/// Removes what only other calls of the API can fill in: the snippets' files, members and the wiki.
fn without_filled(mut arrived: Arrived) -> Arrived {
    arrived.failures.retain(|failure| failure["exception_class"] != "MissingBundleFile");
    arrived.records.remove("project_members");
    arrived.wiki_pages = 0;
    arrived
}

#[test]
fn a_rebuilt_archive_arrives_as_the_genuine_one_does() {
    for records in [None, Some(1), Some(2), Some(1000)] {
        let fixture = of_batches(records);
        let genuine = genuine(&fixture);
        let theirs = imported(&fixture, &genuine, "theirs");
        assert_eq!((&theirs.error, theirs.failures.len()), (&json!(null), 0), "{theirs:?}");
        assert_eq!(theirs.records["issues"], 5);
        let levels = theirs.protected_branches[0]["push_access_levels"].as_array().unwrap();
        assert_eq!(levels.len(), 1, "the deploy key did not become a row for Maintainers");

        let rebuilt = fixture.downloads().join("rebuilt.tar.gz");
        let end = build(&fixture, &folder(&fixture), &["--output", rebuilt.to_str().unwrap()]);
        assert_eq!(end.exit, 0, "{}", end.result());
        let ours = imported(&fixture, &rebuilt, "ours");
        assert_eq!(without_filled(ours), without_filled(theirs), "batches of {records:?}");

        let (ours, theirs) = (members(&rebuilt), members(&genuine));
        let mut names: Vec<_> =
            ours.keys().chain(theirs.keys()).filter(|name| !name.ends_with('/')).collect();
        names.retain(|name| {
            let is_filled = name.starts_with("snippets/")
                || ["project.wiki.bundle", "tree/project/project_members.ndjson"].contains(&name.as_str());
            !is_filled && ours.get(*name) != theirs.get(*name)
        });
        assert_eq!(names, [""; 0], "batches of {records:?}");
    }
}

/// Replaces the content of a relation's file, and its entry in the manifest.
pub fn rewrite(folder: &Path, file: &str, content: &[u8]) {
    let path = folder.join(file);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(content).unwrap();
    fs::write(&path, gzip.finish().unwrap()).unwrap();
    let mut edited = manifest(folder);
    let entry =
        edited["files"].as_array_mut().unwrap().iter_mut().find(|entry| entry["file"] == file).unwrap();
    entry["bytes"] = path.metadata().unwrap().len().into();
    entry["sha256"] = sha256(&path).into();
    entry["unpacked_bytes"] = content.len().into();
    fs::write(folder.join("manifest.json"), edited.to_string()).unwrap();
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut GzDecoder::new(fs::File::open(path).unwrap()), &mut content).unwrap();
    content
}

/// Each of these would end the whole import of a project. The importer agrees where it is given such an archive.
#[test]
fn what_would_fail_an_import_is_refused_with_a_sentence() {
    let (fixture, folder) = downloaded(true);
    let first = unpacked(&folder.join("issues-1.ndjson.gz"));
    let mut long = b"{\"iid\":900,\"title\":\"x\",\"description\":\"".to_vec();
    long.resize((50 << 20) - 2, b'a');
    long.extend_from_slice(b"\"}\n");
    assert_eq!(long.len(), (50 << 20) + 1);
    let line_end = first.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let blank = [&first[..line_end], b"\n", &first[line_end..]].concat();
    let cases: [(&[u8], &str); 3] = [
        (&blank, "issues, batch 1, line 2: the line is blank"),
        (&first[..first.len() - 1], "the batch ends without a newline, and another batch follows"),
        (&long, "issues, batch 1, line 1: the line has more than 50 MiB"),
    ];
    for (content, sentence) in cases {
        rewrite(&folder, "issues-1.ndjson.gz", content);
        let end = build(&fixture, &folder, &["--allow-gaps"]);
        let result = end.result();
        assert_eq!((end.exit, end.code()), (8, "not_importable"), "{sentence}: {result}");
        let headline = result["headline"].as_str().unwrap();
        assert!(
            headline.contains(sentence) && headline.contains("would fail the whole import"),
            "{headline}"
        );
    }
    rewrite(&folder, "issues-1.ndjson.gz", &first);
    // GitLab ends every record of a list with a newline, so a last one without it is cut off.
    for file in ["issues-2.ndjson.gz", "labels-1.ndjson.gz"] {
        let whole = unpacked(&folder.join(file));
        rewrite(&folder, file, &whole[..whole.len() - 1]);
        let end = build(&fixture, &folder, &["--allow-gaps"]);
        let result = end.result();
        assert_eq!((end.exit, end.code()), (8, "not_importable"), "{file}: {result}");
        let headline = result["headline"].as_str().unwrap();
        assert!(headline.contains("the file ends without a newline, so it is cut off"), "{headline}");
        rewrite(&folder, file, &whole);
    }
    assert_eq!(build(&fixture, &folder, &[]).exit, 0, "the folder is whole again");
}

#[test]
fn a_failed_relation_and_a_short_batch_are_gaps() {
    for (kind, code) in [
        ("kind = \"relation_failed\"\nrelation = \"issues\"\nerror = \"it timed out\"", "not_exported"),
        ("kind = \"batch_short\"\nrelation = \"issues\"\nbatch = 1\nmissing = 2", "records_missing"),
    ] {
        let fixture = Fixture::with(without_faults("relations-batched"));
        fixture.practice.trigger(fault(&format!("on = \"relations_start\"\n{kind}")));
        fixture.run(&["relations", "start", &fixture.lesson.project, "--batched", "--wait", "--replace"]);
        let folder = folder(&fixture);
        fixture.run(&download(&fixture, &folder));
        let end = build(&fixture, &folder, &[]);
        let result = end.result();
        assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{kind}: {result}");
        assert_eq!(
            (&result["gaps"][0]["relation"], &result["gaps"][0]["code"]),
            (&json!("issues"), &json!(code))
        );
        assert!(!result["gaps"][0]["why"].as_str().unwrap().is_empty(), "{result}");
    }
}
