//! The relations export, through the real program: the requests, the output, and the files in the folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use export_desk::practice::{Lesson, lesson};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fixture::{Fixture, fault};
use crate::waiting::Lines;

mod at_once;
pub mod build;
mod files;
mod fill;
mod fill_again;
mod new_user;
mod rebuild;
mod rebuild_options;
mod reimport;
mod set;
#[cfg(unix)]
mod signals;
mod split;
mod two_instances;
mod whole;

fn plain() -> Fixture {
    Fixture::with(without_faults("relations-batched"))
}

pub fn without_faults(name: &str) -> Lesson {
    Lesson { faults: Vec::new(), ..lesson(name).unwrap() }
}

/// From now on GitLab answers status requests with this JSON.
fn status_says(fixture: &Fixture, body: &str) {
    fixture.practice.trigger(fault(&format!(
        "on = \"relations_status\"\ntimes = 0\nkind = \"answer\"\nstatus = 200\n\
         content_type = \"application/json\"\nbody = '{body}'"
    )));
}

fn folder(fixture: &Fixture) -> PathBuf {
    fixture.folder.path().join("relations")
}

fn download<'a>(fixture: &'a Fixture, folder: &'a Path) -> [&'a str; 5] {
    ["relations", "download", &fixture.lesson.project, "--output", folder.to_str().unwrap()]
}

fn started(fixture: &Fixture, more: &[&str]) {
    let mut words = vec!["relations", "start", &fixture.lesson.project, "--wait", "--replace"];
    words.extend(more);
    let end = fixture.run(&words);
    assert_eq!(end.exit, 0, "{}", end.result());
}

fn sha256(path: &Path) -> String {
    Sha256::digest(std::fs::read(path).unwrap())
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

fn download_calls(fixture: &Fixture) -> usize {
    let seen = fixture.practice.requests();
    seen.iter().filter(|seen| seen.path().ends_with("/export_relations/download")).count()
}

#[test]
fn one_relation_fails_and_all_others_are_downloaded_and_verified() {
    let fixture = Fixture::of("relations-batched");
    let end = fixture.run(&["relations", "start", &fixture.lesson.project, "--wait"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{result}");
    assert_eq!(result["failed_relations"][0]["relation"], "ci_pipelines");
    assert!(result["failed_relations"][0]["error"].as_str().unwrap().contains("statement timeout"));
    let relations = result["relations"].as_array().unwrap().clone();
    assert!(relations.len() > 20, "the list comes from the answer: {}", relations.len());
    assert!(
        relations.iter().any(|row| row["status"] == -1) && relations.iter().any(|row| row["status"] == 1)
    );
    assert!(end.lines.iter().any(|line| line["event"] == "status" && line["phase"] == "running"));

    let seen = fixture.practice.requests();
    let post = seen.iter().find(|seen| seen.method == "POST").unwrap();
    assert!(post.path().ends_with("/export_relations"), "{}", post.target);
    assert_eq!(post.body, br#"{"batched":true}"#);
    assert_eq!(post.header("content-type"), Some("application/json"));
    assert!(seen.iter().any(|seen| seen.path() == "/api/v4/projects/acme%2Fhandbook"));
    let status = seen.iter().filter(|seen| seen.path().ends_with("/export_relations/status"));
    assert!(status.clone().all(|seen| !seen.target.contains("relation=")), "one call serves all relations");

    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{result}");
    assert_eq!(result["gitlab_failed"], serde_json::json!(["ci_pipelines"]));
    let files = result["files"].as_array().unwrap();
    for file in files {
        let whole = ["self", "repository", "design", "commit_notes", "user_contributions"];
        let name = file["relation"].as_str().unwrap();
        let is_single = name.ends_with("_setting") || name.ends_with("_settings") || name.contains("_policy");
        let is_single = is_single || ["auto_devops", "project_feature", "push_rule"].contains(&name);
        assert_eq!(file["batch"].is_u64(), !is_single && !whole.contains(&name), "{file}");
        assert_eq!(file["warnings"], serde_json::json!([]), "the counts of real layouts agree: {file}");
        let path = Path::new(file["path"].as_str().unwrap());
        assert_eq!(file["sha256"], sha256(path));
        assert_eq!(file["bytes"], std::fs::metadata(path).unwrap().len());
        // `null` is no record, but GitLab counts it.
        if !path.to_str().unwrap().ends_with(".tar.gz") && file["records"] != 0 {
            assert_eq!(file["records"], file["objects_count"], "{file}");
        }
    }
    for (name, kind) in
        [("issues-1", "ndjson"), ("issues-2", "ndjson"), ("repository", "tar"), ("lfs_objects-1", "tar")]
    {
        assert!(folder.join(format!("{name}.{kind}.gz")).exists(), "{name}");
    }
    let manifest = manifest(&folder);
    assert_eq!(manifest["files"].as_array().unwrap().len(), files.len());
    assert_eq!(manifest["not_exported"][0]["relation"], "ci_pipelines");
    assert!(manifest["gitlab_version"].is_string());
    assert_eq!(manifest["project_path"], "acme/handbook");
    let on_disk = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(on_disk, files.len() + 1, "files and manifest, and nothing else");
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

#[test]
fn a_second_download_fetches_only_what_is_missing_or_changed() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(end.exit, 0, "{}", end.result());
    let all = end.result()["downloaded"].as_u64().unwrap();
    let before = download_calls(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(
        (end.result()["downloaded"].as_u64(), end.result()["unchanged"].as_u64()),
        (Some(0), Some(all))
    );
    assert_eq!(download_calls(&fixture), before, "nothing is asked for");

    std::fs::remove_file(folder.join("labels.ndjson.gz")).unwrap();
    std::fs::write(folder.join("issues.ndjson.gz"), "broken").unwrap();
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(end.result()["downloaded"], 2, "{}", end.result());
    assert_eq!(download_calls(&fixture), before + 2);
    assert_eq!(
        std::fs::read(folder.join("issues.ndjson.gz.old")).unwrap(),
        b"broken",
        "nothing is thrown away"
    );
    for line in manifest(&folder)["files"].as_array().unwrap() {
        assert_eq!(line["sha256"], sha256(&folder.join(line["file"].as_str().unwrap())), "{line}");
    }

    // Requests one missing file, and only that one.
    std::fs::remove_file(folder.join("labels.ndjson.gz")).unwrap();
    std::fs::remove_file(folder.join("milestones.ndjson.gz")).unwrap();
    let words: Vec<_> = download(&fixture, &folder).into_iter().chain(["--relation", "labels"]).collect();
    let end = fixture.run(&words);
    assert_eq!((end.exit, end.result()["downloaded"].as_u64()), (0, Some(1)), "{}", end.result());
    assert!(folder.join("labels.ndjson.gz").exists() && !folder.join("milestones.ndjson.gz").exists());
}

#[test]
fn a_new_export_replaces_our_own_files() {
    let fixture = plain();
    started(&fixture, &[]);
    let folder = folder(&fixture);
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    let before: BTreeMap<_, _> = stamps(&folder);
    started(&fixture, &[]);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(end.result()["unchanged"], 0);
    let after = stamps(&folder);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before.iter().all(|(name, stamp)| after[name] != *stamp), "every file is of the new export");
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().ends_with(".old")), "{names:?}");
}

fn stamps(folder: &Path) -> BTreeMap<String, String> {
    let manifest = manifest(folder);
    let lines = manifest["files"].as_array().unwrap();
    lines
        .iter()
        .map(|line| (line["file"].as_str().unwrap().into(), line["updated_at"].as_str().unwrap().into()))
        .collect()
}

#[test]
fn a_repeat_within_three_minutes_is_noticed_as_skipped() {
    // The practice GitLab's three minutes take nine seconds here.
    let fixture = Fixture::paced(without_faults("relations-batched"), 0.05);
    started(&fixture, &["--unbatched"]);
    let end =
        fixture.run(&["relations", "start", &fixture.lesson.project, "--unbatched", "--wait", "--replace"]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert!(result["kept"].as_u64().unwrap() > 0, "{result}");
    assert!(result["sentence"].as_str().unwrap().contains("within 3 minutes"), "{result}");
}

#[test]
fn files_that_were_not_downloaded_are_not_deleted_without_a_question() {
    let fixture = plain();
    started(&fixture, &[]);
    let posts = || fixture.practice.requests().iter().filter(|seen| seen.method == "POST").count();
    let start = ["relations", "start", &fixture.lesson.project];
    let end = fixture.run(&start);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    assert!(end.result()["hint"].as_str().unwrap().contains("--replace"), "{}", end.result());
    let folder = folder(&fixture);
    let words: Vec<_> = download(&fixture, &folder).into_iter().chain(["--relation", "issues"]).collect();
    assert_eq!(fixture.run(&words).exit, 0);
    assert_eq!(fixture.run(&start).exit, 3, "the others are still there alone");
    assert_eq!(posts(), 1);
    assert_eq!(fixture.run(&download(&fixture, &folder)).exit, 0);
    let end = fixture.run(&start);
    assert_eq!((end.exit, posts()), (0, 2), "all of it is here: {}", end.result());
}

#[test]
fn relations_and_batches_are_requested_by_name() {
    let fixture = plain();
    let project = fixture.lesson.project.clone();
    let named = |names: &[&str]| {
        let mut words = vec!["relations", "status", &project];
        words.extend(names.iter().flat_map(|name| ["--relation", name]));
        fixture.run(&words)
    };
    let end = named(&["issues"]);
    assert_eq!((end.exit, end.code()), (5, "no_export_file"), "{}", end.result());
    started(&fixture, &[]);
    let end = named(&["issues", "repository", "nonsense"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (5, "no_export_file"), "{result}");
    assert_eq!(result["not_found"], serde_json::json!(["nonsense"]));
    let shown: Vec<_> = result["relations"].as_array().unwrap().iter().map(|row| &row["relation"]).collect();
    assert_eq!(shown, ["issues", "repository"]);
    assert_eq!(result["relations"][0]["batches"][1]["phase"], "ready", "{result}");
    let end = named(&["labels"]);
    assert_eq!((end.exit, &end.result()["relations"][0]["phase"]), (0, &"ready".into()), "{}", end.result());
    let end = fixture.run(&["relations", "status", "other/private", "--relation", "issues"]);
    assert_eq!((end.exit, end.code()), (5, "not_found_or_no_access"));
    let seen = fixture.practice.requests();
    assert!(seen.iter().any(|seen| seen.target.ends_with("/export_relations/status?relation=labels")));

    let folder = folder(&fixture);
    let batch = |more: &[&str]| {
        let words: Vec<_> = download(&fixture, &folder).into_iter().chain(more.iter().copied()).collect();
        fixture.run(&words)
    };
    let end = batch(&["--relation", "issues", "--batch", "2"]);
    let result = end.result();
    assert_eq!((end.exit, &result["downloaded"]), (0, &1.into()), "{result}");
    assert_eq!((&result["files"][0]["batch"], &result["files"][0]["records"]), (&2.into(), &10.into()));
    assert!(folder.join("issues-2.ndjson.gz").exists() && !folder.join("issues-1.ndjson.gz").exists());
    for (more, exit) in [
        (vec!["--relation", "issues", "--batch", "7"], 5),
        (vec!["--relation", "repository", "--batch", "1"], 5),
        (vec!["--relation", "issues", "--relation", "labels", "--batch", "1"], 2),
        (vec!["--batch", "1"], 2),
    ] {
        assert_eq!(batch(&more).exit, exit, "{more:?}");
    }
    let off = Fixture::of("relations-off");
    let end = off.run(&["relations", "status", &off.lesson.project, "--relation", "issues"]);
    assert_eq!((end.exit, end.code()), (5, "export_disabled"), "{}", end.result());
}

#[test]
fn what_is_not_there_is_distinguished() {
    let fixture = plain();
    let project = fixture.lesson.project.clone();
    let end = fixture.run(&["relations", "status", &project]);
    assert_eq!((end.exit, &end.result()["phase"]), (0, &"idle".into()), "{}", end.result());
    assert_eq!(end.result()["relations"].as_array().unwrap().len(), 0);
    let end = fixture.run(&download(&fixture, &folder(&fixture)));
    assert_eq!((end.exit, end.code()), (5, "no_export_file"));
    for (project, exit, code) in
        [("other/private", 5, "not_found_or_no_access"), ("acme/read-only", 4, "role_too_low")]
    {
        let end = fixture.run(&["relations", "start", project]);
        assert_eq!((end.exit, end.code()), (exit, code), "{project}: {}", end.result());
    }
    started(&fixture, &["--unbatched"]);
    let folder = folder(&fixture);
    let words: Vec<_> = download(&fixture, &folder).into_iter().chain(["--relation", "nonsense"]).collect();
    let end = fixture.run(&words);
    assert_eq!((end.exit, end.code()), (2, "usage"));
    assert!(end.result()["hint"].as_str().unwrap().contains("labels"));
    let off = Fixture::of("relations-off");
    let end = off.run(&["relations", "status", &off.lesson.project]);
    assert_eq!((end.exit, end.code()), (5, "export_disabled"));
    assert!(end.result()["headline"].as_str().unwrap().contains("irect transfer"), "{}", end.result());
}

#[test]
fn statuses_are_shown_as_they_came() {
    let fixture = plain();
    status_says(
        &fixture,
        r#"[{"relation":"labels","status":"finished"},{"relation":"issues","status":7},{"relation":"boards","status":"pending"},{"relation":"releases","status":-2}]"#,
    );
    let end = fixture.run(&["relations", "status", &fixture.lesson.project]);
    let rows: Vec<_> = end.result()["relations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["status"].clone(), row["phase"].clone()))
        .collect();
    assert_eq!(
        rows,
        [
            ("finished".into(), "ready".into()),
            (7.into(), "unknown".into()),
            ("pending".into(), "pending".into()),
            ((-2).into(), "pending".into())
        ]
    );
}

#[test]
fn cut_connections_are_gone_on_with_and_a_page_is_no_file() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    fixture
        .practice
        .trigger(fault("on = \"relations_download\"\ntimes = 1\nkind = \"cut_after\"\nbytes = 10"));
    fixture.practice.trigger(fault("on = \"relations_download\"\nat = 3\ntimes = 1\nkind = \"answer\"\nstatus = 200\ncontent_type = \"application/gzip\"\nbody = \"this is no gzip\""));
    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    let result = end.result();
    assert_eq!((end.exit, end.code()), (8, "archive_damaged"), "{result}");
    assert_eq!(result["failed"].as_array().unwrap().len(), 1, "{result}");
    assert_eq!(result["failed"][0]["code"], "archive_damaged");
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!((end.exit, end.result()["downloaded"].as_u64()), (0, Some(1)), "{}", end.result());
}

#[test]
fn a_count_that_differs_is_a_warning() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    status_says(
        &fixture,
        r#"[{"relation":"labels","status":1,"updated_at":"2026-01-01T00:00:00Z","total_objects_count":999}]"#,
    );
    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!(result["files"][0]["warnings"][0]["code"], "count_differs", "{result}");
}

#[test]
fn killed_in_the_middle_nothing_that_came_is_lost() {
    let fixture = plain();
    let project = fixture.lesson.project.clone();
    // While the export is watched, the same command adopts it.
    let mut child = fixture.spawn(&["relations", "start", &project, "--unbatched", "--wait"]);
    let mut lines = Lines::of(&mut child);
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["event"], "status", "{first}");
    crate::waiting::killed(&mut child);
    started(&fixture, &["--unbatched"]);
    let posts = fixture.practice.requests().iter().filter(|seen| seen.method == "POST").count();
    assert_eq!(posts, 1, "adopted, not started again");

    // While files are being downloaded.
    fixture
        .practice
        .trigger(fault("on = \"relations_download\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 2000000"));
    let folder = folder(&fixture);
    let mut child = fixture.spawn(&download(&fixture, &folder));
    let lines = Lines::of(&mut child);
    let files = lines.filter(|line| line.as_ref().unwrap().contains("\"event\":\"file\""));
    assert_eq!(files.take(3).count(), 3);
    crate::waiting::killed(&mut child);
    let end = fixture.run(&download(&fixture, &folder));
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert!(result["unchanged"].as_u64() >= Some(2), "{result}");
    let count = result["files"].as_array().unwrap().len();
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names.len(), count + 1, "nothing is left behind: {names:?}");
}
