//! A set of archives where one archive would be too large.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use export_desk::case::rebuild::ImportDoubt;
use export_desk::engine::api::{Answer, BuildOptions, Command};
use serde_json::{Value, json};

use super::build::{build, members};
use super::reimport::{of_batches, rewrite};
use super::{folder, manifest, sha256};
use crate::fixture::Fixture;

/// How many merge requests the project has.
pub const REQUESTS: u64 = 300;

/// A folder of relation files with many merge requests, in one file or in two batches.
pub fn large(batched: bool) -> (Fixture, PathBuf) {
    let fixture = of_batches(batched.then_some(1));
    let folder = folder(&fixture);
    // Without a snippet, whose files are not in the relations export, nothing is lost in an import.
    rewrite(&folder, if batched { "snippets-1.ndjson.gz" } else { "snippets.ndjson.gz" }, b"");
    if batched {
        rewrite(&folder, "merge_requests-1.ndjson.gz", requests(1..=140).as_bytes());
        rewrite(&folder, "merge_requests-2.ndjson.gz", requests(141..=REQUESTS).as_bytes());
    } else {
        rewrite(&folder, "merge_requests.ndjson.gz", requests(1..=REQUESTS).as_bytes());
    }
    (fixture, folder)
}

/// Merge requests whose texts hardly compress.
fn requests(iids: std::ops::RangeInclusive<u64>) -> String {
    let mut random = fastrand::Rng::with_seed(7);
    iids.fold(String::new(), |mut lines, iid| {
        let text: String = std::iter::repeat_with(|| random.alphanumeric()).take(1000).collect();
        let record = json!({
            "iid": iid, "title": format!("Change {iid}"), "source_branch": "a", "target_branch": "main",
            "description": text,
        });
        writeln!(lines, "{record}").unwrap();
        lines
    })
}

/// A limit that the base archive of this folder just keeps.
pub fn limit_of(fixture: &Fixture, folder: &Path) -> String {
    let output = folder.with_file_name("probe.tar.gz");
    let words = ["--output", output.to_str().unwrap(), "--without", "merge_requests"];
    let end = build(fixture, folder, &words);
    assert_eq!(end.exit, 0, "{}", end.result());
    fs::remove_file(&output).unwrap();
    (end.result()["bytes"].as_u64().unwrap() + 8192).to_string()
}

/// Builds a set of several slices; returns the result.
pub fn split(fixture: &Fixture, folder: &Path) -> Value {
    let limit = limit_of(fixture, folder);
    let end = build(fixture, folder, &["--split", "--limit", &limit]);
    assert_eq!(end.exit, 0, "{}", end.result());
    end.result().clone()
}

#[test]
fn a_set_has_a_base_archive_slices_and_their_list() {
    for batched in [false, true] {
        let (fixture, folder) = large(batched);
        let result = split(&fixture, &folder);
        let parts = result["parts"].as_array().unwrap();
        assert!(parts.len() >= 4, "{result}");
        assert_eq!((&parts[0]["relation"], &parts[0]["records"]), (&json!(null), &json!(0)));
        assert_eq!(parts.last().unwrap()["relation"], "ci_pipelines");
        let list_path = PathBuf::from(result["path"].as_str().unwrap());
        assert!(list_path.to_str().unwrap().ends_with("_rebuilt.set.json"), "{result}");
        let list: Value = serde_json::from_slice(&fs::read(&list_path).unwrap()).unwrap();
        let limit = list["limit_bytes"].as_u64().unwrap();
        let mut lines = Vec::new();
        for (part, listed) in parts.iter().zip(list["parts"].as_array().unwrap()) {
            let path = Path::new(part["path"].as_str().unwrap());
            assert_eq!(path.parent(), list_path.parent(), "beside the list");
            assert_eq!(part["sha256"], sha256(path));
            assert_eq!((&part["sha256"], &part["relation"]), (&listed["sha256"], &listed["relation"]));
            assert_eq!(path.file_name().unwrap().to_str(), listed["file"].as_str());
            let bytes = path.metadata().unwrap().len();
            assert!(part["bytes"] == bytes && bytes <= limit, "{part}: {limit}");
            let all = members(path);
            let seen = fixture.run(&["verify", path.to_str().unwrap()]);
            assert_eq!(seen.exit, 0, "{}", seen.result());
            if part["relation"] == "merge_requests" {
                let text = &all["tree/project/merge_requests.ndjson"];
                assert_eq!(text.split_inclusive(|byte| *byte == b'\n').count() as u64, part["records"]);
                lines.extend_from_slice(text);
                assert_eq!(all["tree/project.json"], b"{}", "it changes no setting of the project");
                assert!(!all.contains_key("project.bundle"));
            } else if part["relation"].is_null() {
                assert!(all.contains_key("project.bundle"));
                let sliced =
                    ["merge_requests", "ci_pipelines"].map(|name| format!("tree/project/{name}.ndjson"));
                assert!(sliced.iter().all(|name| !all.contains_key(name)), "{:?}", all.keys());
            }
        }
        let whole =
            if batched { requests(1..=140) + &requests(141..=REQUESTS) } else { requests(1..=REQUESTS) };
        assert!(lines == whole.as_bytes(), "every line is in one slice, in its order");
        assert_eq!(result["counts"]["merge_requests"], REQUESTS);
        let sum: u64 = parts.iter().map(|part| part["bytes"].as_u64().unwrap()).sum();
        assert_eq!((&result["bytes"], &result["sha256"]), (&json!(sum), &json!(sha256(&list_path))));
        let inside = fs::read_dir(list_path.parent().unwrap()).unwrap().count();
        assert_eq!(inside, parts.len() + 1, "nothing else is in the folder");
        let base = fixture.run(&["verify", parts[0]["path"].as_str().unwrap()]).result().clone();
        assert!(base["problems"].to_string().contains("first archive of a set"), "{base}");
        let slice = fixture.run(&["verify", parts[1]["path"].as_str().unwrap()]).result().clone();
        assert!(slice["problems"].to_string().contains("only records of merge_requests"), "{slice}");
        // A part is no project.
        let alone =
            ["import", "file", parts[1]["path"].as_str().unwrap(), "--namespace", "acme", "--path", "part"];
        let end = fixture.run(&alone);
        assert_eq!((end.exit, end.code()), (8, "not_importable"), "{}", end.result());
        let list = list_path.to_str().unwrap();
        let as_file = ["import", "file", list, "--namespace", "acme", "--path", "copy"];
        for words in [&["verify", list][..], &as_file] {
            let end = fixture.run(words);
            assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
            assert!(end.result()["hint"].as_str().unwrap().contains("import set"), "{}", end.result());
        }
        // A second build replaces nothing, and removes what a kill just after the naming left.
        let set = list_path.parent().unwrap();
        let name = format!(".export-desk-{}.lock", set.file_name().unwrap().to_str().unwrap());
        let lock = set.with_file_name(name);
        fs::write(&lock, "").unwrap();
        let again = build(&fixture, &folder, &["--split"]);
        assert_eq!((again.exit, again.code()), (3, "refused"), "{}", again.result());
        assert!(!lock.exists());
    }
}

#[test]
fn a_set_is_only_built_where_one_archive_is_too_large_or_on_request() {
    let (fixture, folder) = large(false);
    let at = |name: &str| folder.with_file_name(name).to_str().unwrap().to_owned();
    let end = build(&fixture, &folder, &["--limit", "5GiB", "--output", &at("whole.tar.gz")]);
    assert_eq!((end.exit, &end.result()["parts"]), (0, &json!([])), "{}", end.result());
    assert!(end.result()["path"].as_str().unwrap().ends_with("whole.tar.gz"));
    let limit = limit_of(&fixture, &folder);
    let end = build(&fixture, &folder, &["--limit", &limit, "--output", &at("two_export.tar.gz")]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(end.result()["path"].as_str().unwrap().ends_with("two_set/two.set.json"), "{}", end.result());
    // What a killed build left is removed.
    let left = folder.with_file_name(".export-desk-three_set.building");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("001_base.tar.gz"), "half an archive").unwrap();
    let words = ["--split", "--output", &at("three.tar.gz"), "--receipt", &at("receipt.json")];
    let end = build(&fixture, &folder, &words);
    let result = end.result();
    assert_eq!((end.exit, result["parts"].as_array().unwrap().len()), (0, 3), "{result}");
    // The receipt is about the list: its size, its SHA-256. Each part has its own.
    let receipt: Value = serde_json::from_slice(&fs::read(at("receipt.json")).unwrap()).unwrap();
    let list = fs::read(result["path"].as_str().unwrap()).unwrap();
    assert_eq!((&receipt["bytes"], &receipt["sha256"]), (&json!(list.len()), &result["sha256"]), "{receipt}");
    assert_eq!(receipt["rebuilt"]["parts_bytes"], result["bytes"], "{receipt}");
    for (part, line) in
        result["parts"].as_array().unwrap().iter().zip(receipt["rebuilt"]["parts"].as_array().unwrap())
    {
        assert!(line.as_str().unwrap().ends_with(part["sha256"].as_str().unwrap()), "{line}");
    }
    assert!(!left.exists());
    // A base archive that is too large leaves nothing.
    let end = build(&fixture, &folder, &["--limit", "10KiB", "--output", &at("four.tar.gz")]);
    assert_eq!((end.exit, end.code()), (6, "size_limit"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("Even without merge requests"));
    let odd = build(&fixture, &folder, &["--limit", "five"]);
    assert_eq!((odd.exit, odd.code()), (2, "usage"));
    let names: Vec<_> = fs::read_dir(folder.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("four") || name.starts_with(".export-desk"))
        .collect();
    assert_eq!(names, [""; 0]);
}

/// The window's build of one archive compares it with the limit, and tells the person instead of splitting it.
#[test]
fn one_archive_above_the_import_limit_is_doubted() {
    let (fixture, folder) = large(false);
    let front_end = crate::front_end::FrontEnd::of(&fixture);
    let built = |name: &str, limit_bytes| {
        let output = Some(folder.with_file_name(name));
        let options = BuildOptions { output, limit_bytes, ..BuildOptions::default() };
        let asked = Command::BuildArchive { folder: folder.clone(), options };
        let Ok(Answer::Building(output)) = front_end.ask(asked) else { panic!("it did not start") };
        let ended = front_end
            .until(|snapshot| snapshot.builds.iter().find(|build| build.output == output)?.ended.clone());
        ended.unwrap()
    };
    let whole = built("whole.tar.gz", None);
    assert_eq!((whole.doubts.len(), whole.receipt.verdict.as_str()), (0, "importable"));
    let large = built("large.tar.gz", Some(10 << 10));
    let codes: Vec<_> = large.doubts.iter().map(ImportDoubt::code).collect();
    assert_eq!(codes, ["too_large"]);
    assert!(
        large.receipt.verdict_sentence.contains("only with a higher import limit"),
        "{:?}",
        large.receipt
    );
    let text = large.receipt.markdown();
    assert!(text.contains("but the import limit is 10.0 KiB") && !text.contains("complete"), "{text}");
}

/// Killed at any moment, a build leaves no folder under the final name, and the next one starts cleanly.
#[test]
fn a_killed_build_of_a_set_leaves_nothing_under_its_name() {
    let (fixture, folder) = large(false);
    let limit = limit_of(&fixture, &folder);
    let output = folder.with_file_name("killed.tar.gz");
    let words = ["relations", "build", folder.to_str().unwrap(), "--split", "--limit", &limit, "--output"];
    let set = folder.with_file_name("killed_set");
    let left = folder.with_file_name(".export-desk-killed_set.building");
    let words = [&words[..], &[output.to_str().unwrap()]].concat();
    for part in ["001_base.tar.gz", "002_merge_requests.tar.gz", "003_merge_requests.tar.gz"] {
        let mut child = fixture.spawn(&words);
        crate::waiting::until("the next part", || {
            (left.join(part).exists() || child.try_wait().unwrap().is_some()).then_some(())
        });
        crate::waiting::killed(&mut child);
        if set.exists() {
            assert!(set.join("killed.set.json").exists(), "whole or not at all");
            fs::remove_dir_all(&set).unwrap();
        }
    }
    let end = fixture.run(&words);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(set.join("killed.set.json").exists() && !left.exists());
    assert!(manifest(&folder)["files"].is_array(), "the relation files are as they were");
}

/// GitLab maps the users of each import by the members in its archive, so every archive of the set has them.
#[test]
fn every_archive_of_a_set_has_the_members() {
    const MEMBERS: &str = "tree/project/project_members.ndjson";
    let (fixture, folder) = large(false);
    let table = fixture.folder.path().join("members.csv");
    fs::write(&table, "dana,dana@example.org\n").unwrap();
    let words = ["relations", "fill", folder.to_str().unwrap(), "--members", table.to_str().unwrap()];
    let end = fixture.run(&words);
    assert_eq!(end.exit, 0, "{}", end.result());
    let result = split(&fixture, &folder);
    let parts = result["parts"].as_array().unwrap();
    let lines = parts.iter().map(|part| {
        let path = Path::new(part["path"].as_str().unwrap());
        String::from_utf8(members(path)[MEMBERS].clone()).unwrap()
    });
    let lines: Vec<_> = lines.collect();
    assert!(lines.len() >= 4 && lines[0].contains("dana@example.org"), "{lines:?}");
    assert!(lines.iter().all(|part| *part == lines[0]), "{lines:?}");
}
