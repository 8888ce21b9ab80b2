//! `verify --against`, and receipts as files.

use export_desk::practice::{ApiCall, Fault, FaultKind};
use serde_json::Value;

use crate::download::{PROJECT, bring, stored};
use crate::fixture::{End, Fixture, bare_program};
use crate::waiting::InTime;

/// A fixture with a downloaded archive, and the archive's path.
fn downloaded() -> (Fixture, String) {
    let fixture = stored(&[]);
    let brought = bring(&fixture, &[]);
    brought.assert_identical();
    let path = brought.end.result()["path"].as_str().unwrap().to_owned();
    (fixture, path)
}

fn verify(fixture: &Fixture, file: &str) -> End {
    fixture.run(&["verify", file, "--against", PROJECT])
}

fn counted<'a>(end: &'a End, relation: &str) -> &'a Value {
    let all = end.result()["against"].as_array().unwrap();
    all.iter().find(|line| line["relation"] == relation).unwrap_or_else(|| panic!("no {relation}"))
}

fn differing(end: &End) -> Vec<&Value> {
    let problems = end.result()["problems"].as_array().unwrap();
    problems.iter().filter(|problem| problem["code"] == "count_differs").collect()
}

#[test]
fn an_archive_of_the_same_project_counts_the_same() {
    let (fixture, file) = downloaded();
    let end = verify(&fixture, &file);
    assert_eq!((end.exit, &end.result()["verdict"]), (0, &"importable".into()), "{}", end.result());
    assert_eq!(counted(&end, "issues")["archive"], 60);
    assert_eq!(counted(&end, "issues")["live"], 60);
    assert_eq!(counted(&end, "labels")["live"], 4);
    assert_eq!(counted(&end, "protected_tags")["live"], 0, "an empty list has no file and counts as none");
    assert!(end.result()["against"].as_array().unwrap().len() >= 10);
    assert!(differing(&end).is_empty());
    let posts = fixture.practice.requests().iter().filter(|seen| seen.method != "GET").count();
    assert_eq!(posts, 0, "looking changes nothing");
}

#[test]
fn what_was_created_since_is_a_warning_with_its_reason() {
    let (fixture, file) = downloaded();
    let body = r#"{"title":"Since the export"}"#;
    post(&fixture, &format!("/api/v4/projects/{}/issues", PROJECT.replace('/', "%2F")), body);
    let end = verify(&fixture, &file);
    let result = end.result();
    assert_eq!((end.exit, &result["verdict"]), (0, &"importable_with_losses".into()), "{result}");
    let [problem] = differing(&end)[..] else { panic!("{result}") };
    assert_eq!(
        (&problem["level"], &problem["member"]),
        (&"warning".into(), &"tree/project/issues.ndjson".into())
    );
    assert!(
        problem["message"].as_str().unwrap().contains("the export lacks some, or they were created after it"),
        "{problem}"
    );
    // Without the comparison, the verdict is unchanged.
    assert_eq!(fixture.run(&["verify", &file]).result()["verdict"], "importable");
}

#[test]
fn people_see_the_counts_too() {
    let (fixture, file) = downloaded();
    let body = r#"{"title":"Since the export"}"#;
    post(&fixture, &format!("/api/v4/projects/{}/issues", PROJECT.replace('/', "%2F")), body);
    let mut program = bare_program(fixture.folder.path());
    program.args(["verify", &file, "--against", PROJECT, "--instance", fixture.practice.url()]);
    let output = program.env("EXPORT_DESK_TOKEN", fixture.practice.token()).output_in_time().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for line in ["issues 60", "labels: 4, as in the project", "issues: 60 in the archive, 61 in the project."]
    {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
}

#[test]
fn what_gitlab_does_not_state_is_no_difference() {
    let (fixture, file) = downloaded();
    fixture.practice.trigger(Fault::always(ApiCall::Totals, FaultKind::TotalMissing));
    let end = verify(&fixture, &file);
    assert_eq!(end.result()["verdict"], "importable", "{}", end.result());
    assert_eq!(counted(&end, "merge_requests")["live"], Value::Null);
    assert_eq!(counted(&end, "merge_requests")["archive"], 30);
    assert_eq!(counted(&end, "issues")["live"], 60, "issues have statistics of their own");
}

#[test]
fn an_older_instance_is_a_warning() {
    let (fixture, file) = downloaded();
    let version = r#"on = "version"
        kind = "answer"
        status = 200
        content_type = "application/json"
        body = '{"version":"17.4.1-ee","revision":"abc"}'"#;
    fixture.practice.trigger(toml::from_str(version).unwrap());
    let end = verify(&fixture, &file);
    let problems = end.result()["problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem["code"] == "newer_gitlab"), "{}", end.result());
    assert_eq!(end.exit, 0);
}

#[test]
fn a_comparison_that_is_not_possible_says_so_beside_the_report() {
    let (fixture, file) = downloaded();
    let end = fixture.run(&["verify", &file, "--against", "acme/no-such-project"]);
    assert_eq!((end.exit, end.code()), (5, "not_found_or_no_access"), "{}", end.result());
    assert_eq!(end.result()["verdict"], "importable", "the file is good all the same");
    let before = fixture.practice.requests().len();
    let end = fixture.run(&["verify", &file, "--against", "nonsense"]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    assert_eq!(fixture.practice.requests().len(), before);
    // The program retries after a transient failure of GitLab.
    fixture.practice.trigger(Fault::next(ApiCall::Totals, FaultKind::BadGateway));
    assert_eq!(verify(&fixture, &file).exit, 0);
    // A damaged file still gets a verdict, but its counts are not compared.
    let bytes = std::fs::read(&file).unwrap();
    let cut = fixture.folder.path().join("cut.tar.gz");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let end = verify(&fixture, cut.to_str().unwrap());
    assert_eq!((end.exit, end.code()), (8, "archive_damaged"), "{}", end.result());
    assert_eq!(end.result()["against"], Value::Array(Vec::new()));
}

#[test]
fn receipts_are_written_once_and_never_over_anything() {
    let (fixture, file) = downloaded();
    let markdown = fixture.folder.path().join("receipt.md");
    let json = fixture.folder.path().join("receipt.json");
    for path in [&markdown, &json] {
        let end = fixture.run(&["verify", &file, "--receipt", path.to_str().unwrap()]);
        assert_eq!(
            (end.exit, &end.result()["receipt"]),
            (0, &path.to_str().unwrap().into()),
            "{}",
            end.result()
        );
        let again = fixture.run(&["verify", &file, "--receipt", path.to_str().unwrap()]);
        assert_eq!((again.exit, again.code()), (3, "refused"));
    }
    let told: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let text = std::fs::read_to_string(&markdown).unwrap();
    for fact in ["file", "sha256", "gitlab_version", "verdict_sentence"] {
        assert!(text.contains(told[fact].as_str().unwrap()), "{fact} is not in {text}");
    }
    assert_eq!((&told["verdict"], &told["counts"]["issues"]), (&"importable".into(), &60.into()));
    assert!(told["checked_at"].as_str().unwrap().ends_with('Z'));
    // A download writes a receipt, too, and refuses a taken name before anything is sent.
    let beside = fixture.folder.path().join("download.json");
    let calls = fixture.practice.requests().len();
    let taken = bring(&fixture, &["--receipt", json.to_str().unwrap()]);
    assert_eq!((taken.end.exit, taken.end.code()), (3, "refused"));
    assert_eq!(fixture.practice.requests().len(), calls);
    let brought = bring(&fixture, &["--receipt", beside.to_str().unwrap()]);
    assert_eq!(brought.end.exit, 0, "{}", brought.end.result());
    let told: Value = serde_json::from_slice(&std::fs::read(&beside).unwrap()).unwrap();
    assert_eq!((&told["project"], &told["sha256"]), (&PROJECT.into(), &brought.end.result()["sha256"]));
}

/// Sends one POST as the fixture's user.
fn post(fixture: &Fixture, path: &str, body: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = request
        .post(format!("{}{path}", fixture.practice.url()))
        .header("private-token", fixture.practice.token())
        .header("content-type", "application/json")
        .body(body.to_owned());
    let status = runtime.block_on(request.send()).unwrap().status();
    assert!(status.is_success(), "{status}");
}
