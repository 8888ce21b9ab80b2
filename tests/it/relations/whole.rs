//! The program reports what a relations export lacks, and never reports old files as new.

use serde_json::json;

use super::{download, fault, folder, manifest, plain, started, status_says, without_faults};
use crate::fixture::Fixture;

#[test]
fn a_batch_that_failed_makes_the_export_incomplete() {
    let fixture = Fixture::of("relations-batch-failed");
    let end = fixture.run(&["relations", "start", &fixture.lesson.project, "--wait"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{result}");
    let failed = &result["failed_relations"][0];
    assert_eq!(failed["relation"], "issues");
    assert!(failed["error"].as_str().unwrap().contains("batch 2 failed: ActiveRecord::StatementTimeout"));
    let row = result["relations"].as_array().unwrap().iter().find(|row| row["relation"] == "issues").unwrap();
    assert_eq!((&row["status"], &row["phase"]), (&json!(1), &json!("failed")), "{row}");
    assert_eq!(row["batches"][0]["status"], 1);
    assert_eq!(row["batches"][1]["status"], -1);
    assert!(row["batches"][1]["error"].as_str().unwrap().contains("StatementTimeout"), "{row}");
    assert_eq!(row["missing_batches"][0]["batch_number"], 2);

    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{result}");
    assert!(result["headline"].as_str().unwrap().contains("batch 2"), "{result}");
    assert!(folder.join("issues-1.ndjson.gz").exists() && !folder.join("issues-2.ndjson.gz").exists());
    let missing = &manifest(&folder)["not_exported"];
    assert_eq!(missing.as_array().unwrap().len(), 1, "{missing}");
    assert_eq!((&missing[0]["relation"], &missing[0]["batch"]), (&json!("issues"), &json!(2)));
    assert!(missing[0]["error"].as_str().unwrap().contains("StatementTimeout"));

    started(&fixture, &[]);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(manifest(&folder)["not_exported"], json!([]));
}

#[test]
fn a_batch_that_is_counted_and_not_listed_is_missing() {
    let fixture = plain();
    started(&fixture, &[]);
    status_says(
        &fixture,
        r#"[{"relation":"labels","status":1,"updated_at":"2026-01-01T00:00:00Z","batched":true,"batches_count":9,"batches":[{"status":1,"batch_number":1,"updated_at":"2026-01-01T00:00:00Z"}]}]"#,
    );
    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{}", end.result());
    let missing = manifest(&folder)["not_exported"].as_array().unwrap().clone();
    let numbers: Vec<_> = missing.iter().map(|line| line["batch"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (2..=9).collect::<Vec<_>>());
    assert_eq!(missing[0]["status"], "not listed");
}

/// A script sees which relations the export should have and lacks.
#[test]
fn relations_that_every_project_has_and_gitlab_does_not_list_are_named() {
    let fixture = plain();
    started(&fixture, &[]);
    let end = fixture.run(&["relations", "status", &fixture.lesson.project]);
    assert_eq!(end.result()["not_listed"], serde_json::json!([]), "{}", end.result());
    status_says(&fixture, r#"[{"relation":"labels","status":1,"updated_at":"2026-01-01T00:00:00Z"}]"#);
    for words in [["relations", "status"], ["relations", "download"]] {
        let folder = folder(&fixture);
        let output: &[&str] =
            if words[1] == "download" { &["--output", folder.to_str().unwrap()] } else { &[] };
        let end = fixture.run(&[&words[..], &[fixture.lesson.project.as_str()], output].concat());
        let names: Vec<_> = end.result()["not_listed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        assert!(names.contains(&"repository") && names.contains(&"issues"), "{names:?}");
        assert!(!names.contains(&"labels"), "{names:?}");
    }
}

#[test]
fn old_files_are_not_called_skipped() {
    // The seven hours without a change take five seconds here.
    let fixture = Fixture::paced(without_faults("relations-batched"), 0.0002);
    started(&fixture, &[]);
    // GitLab accepts the request, but regenerates nothing.
    fixture.practice.trigger(fault(
        "on = \"relations_start\"\nkind = \"answer\"\nstatus = 202\ncontent_type = \"application/json\"\nbody = '{\"message\":\"202 Accepted\"}'",
    ));
    let end = fixture.run(&["relations", "start", &fixture.lesson.project, "--wait", "--replace"]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{result}");
    assert_eq!((&result["phase"], &result["kept"]), (&json!("not_anew"), &json!(0)));
    let headline = result["headline"].as_str().unwrap();
    assert!(headline.contains("their files are from 20") && !headline.contains("3 minutes"), "{headline}");
    let waited = |line: &serde_json::Value| {
        line["sentence"]
            .as_str()
            .is_some_and(|sentence| sentence.contains(" not regenerated yet: GitLab lists earlier files."))
    };
    assert!(end.lines.iter().any(waited), "{:?}", end.lines);
    // The old files can be downloaded, but are not reported as the requested ones.
    let folder = folder(&fixture);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{}", end.result());
    assert!(end.result()["downloaded"].as_u64() > Some(0), "{}", end.result());
    // The next request is sent and answered.
    started(&fixture, &[]);
}

#[test]
fn files_of_the_person_stay_as_they_are() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    let folder = folder(&fixture);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("manifest.json.new"), "mine").unwrap();
    std::fs::write(folder.join("issues.relation"), "mine too").unwrap();
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(std::fs::read(folder.join("manifest.json.new")).unwrap(), b"mine");
    assert_eq!(std::fs::read(folder.join("issues.relation.old")).unwrap(), b"mine too", "put aside");
}

#[test]
#[cfg(unix)]
fn a_pipe_for_a_manifest_holds_up_nothing() {
    let fixture = plain();
    started(&fixture, &["--unbatched"]);
    let folder = folder(&fixture);
    std::fs::create_dir_all(&folder).unwrap();
    let pipe = folder.join("manifest.json");
    crate::fixture::make_pipe(&pipe);
    let end = fixture.run(&download(&fixture, &folder));
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(folder.join("manifest.json.old").exists() && pipe.is_file());
}

#[test]
fn one_odd_relation_does_not_hide_the_others() {
    let fixture = plain();
    status_says(
        &fixture,
        r#"[{"relation":"labels","status":1},{"relation":"issues","status":null,"updated_at":5,"total_objects_count":-3,"batched":"x","batches":{}},{"relation":"boards","status":true}]"#,
    );
    let end = fixture.run(&["relations", "status", &fixture.lesson.project]);
    let rows = end.result()["relations"].as_array().unwrap().clone();
    let status: Vec<_> = rows.iter().map(|row| (row["status"].clone(), row["phase"].clone())).collect();
    assert_eq!(
        status,
        [(json!(1), json!("ready")), (json!("null"), json!("unknown")), (json!("true"), json!("unknown"))]
    );
    assert_eq!((&rows[1]["updated_at"], &rows[1]["total_objects_count"]), (&json!("5"), &json!(null)));
}
