//! Secrets and names are put everywhere, and none of them may appear in a bundle or in the log.

#[cfg(unix)]
use std::path::Path;
use std::process::{Command as Program, Stdio};

use export_desk::engine::api::{Command, DOWNLOAD_FOLDER};
use serde_json::json;

use crate::credentials::walk;
use crate::fixture::{End, Fixture};
use crate::front_end::FrontEnd;
use crate::waiting::InTime;

const REQUESTER: &str = "Zebedee Quillfeather";
const MAIL: &str = "zebedee@quillfeather.example";
const PATH_SECRET: &str = "Quillfeather-Holdings";

/// Secrets that nobody but the person may ever see.
fn secrets(fixture: &Fixture) -> Vec<String> {
    let mut secrets: Vec<String> = [
        "Zebedee",
        "Quillfeather",
        "quillfeather",
        "418822",
        "zebra-tariff",
        "aBcD1zebra",
        "X-Amz-Signature",
        "AKIAZEBRA",
        "upload-secret",
        "hunter2",
        "acme",
    ]
    .map(str::to_owned)
    .into();
    secrets.push(fixture.practice.token().to_owned());
    let (group, name) = fixture.lesson.project.rsplit_once('/').unwrap();
    secrets.push(name.to_owned());
    secrets.push(group.rsplit('/').next().unwrap().to_owned());
    secrets
}

fn assert_none(fixture: &Fixture, what: &str, text: &str) {
    for secret in secrets(fixture) {
        assert!(!text.contains(&secret), "{secret} is in {what}:\n{text}");
    }
}

fn logged(fixture: &Fixture, words: &[&str]) -> End {
    End::of(&fixture.program(words).env("EXPORT_DESK_LOG", "debug").output_in_time().unwrap())
}

fn plant(fixture: &Fixture) {
    let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
    let end = logged(fixture, &["case", "new", "--ticket", ticket, "--project", &fixture.lesson.project]);
    let id = end.result()["id"].to_string();
    for fact in [
        format!("requester={REQUESTER} <{MAIL}>"),
        "ui_attempt_message=zebra-tariff could not be exported".to_owned(),
        "kibana_link=https://log.gprd.gitlab.net/app/r/s/aBcD1zebra".to_owned(),
        "handover_link=https://bucket.example/a.tar.gz?X-Amz-Signature=zebra".to_owned(),
    ] {
        logged(fixture, &["case", "set", &id, &fact]);
    }
}

/// Performs an export, a refused upload, a download into a folder with a customer's name, and imports with keys.
fn work(fixture: &Fixture) {
    let place = fixture.downloads().join(PATH_SECRET);
    let place = place.to_str().unwrap();
    let project = fixture.lesson.project.as_str();
    logged(fixture, &["export", "start", project, "--wait", "--download", place]).result();
    let upload = "https://bucket.example/put?X-Amz-Signature=upload-secret";
    logged(fixture, &["export", "start", project, "--replace", "--upload-url", upload]);
    logged(fixture, &["import", "remote", "--url", upload, "--path", "quillfeather-copy"]);
    logged(fixture, &["export", "status", "quillfeather/missing"]);
}

#[test]
fn a_bundle_and_the_log_hold_no_secret_and_no_name() {
    let fixture = Fixture::of("first-export");
    plant(&fixture);
    work(&fixture);
    let log_folder = fixture.data_dir().join("log");
    let logs: Vec<_> = walk(&log_folder);
    assert!(!logs.is_empty(), "a log was asked for");
    let log: String = logs.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(
        log.contains("/projects/:/export") && log.contains("status=200"),
        "the log tells requests: {log}"
    );
    assert_none(&fixture, "the log", &log);

    // The bundle that the command line creates from the store and the log.
    let end = fixture.run(&["diagnose"]);
    let text = end.result()["text"].as_str().unwrap().to_owned();
    for wanted in ["== Versions ==", "cases 1", "case_opened", "/projects/:/export"] {
        assert!(text.contains(wanted), "no {wanted} in {text}");
    }
    assert_none(&fixture, "the bundle", &text);

    // The bundle of a running engine, with its last requests and a chosen folder.
    let front_end = FrontEnd::of(&fixture);
    let folder = fixture.folder.path().join(PATH_SECRET);
    front_end.ask(Command::Keep { key: DOWNLOAD_FOLDER.into(), value: json!(folder) }).unwrap();
    front_end
        .ask(Command::Check {
            instance: fixture.practice.url().into(),
            project: Some(fixture.lesson.project.clone()),
            contents: false,
        })
        .unwrap();
    let text = match front_end.ask(Command::Diagnose) {
        Ok(export_desk::engine::api::Answer::Bundle(text)) => text.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(text.contains("== Last requests") && text.contains("GET 127.0.0.1/projects/: 200"), "{text}");
    assert!(text.contains("download_folder = (set)"), "{text}");
    assert_none(&fixture, "the bundle of the engine", &text);
}

#[test]
fn a_bundle_is_written_for_its_owner_and_over_nothing() {
    let fixture = Fixture::of("first-export");
    let path = fixture.folder.path().join("bundle.txt");
    let words = ["diagnose", "--output", path.to_str().unwrap()];
    assert_eq!(fixture.run(&words).exit, 0);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("Export Desk"), "{text}");
    #[cfg(unix)]
    {
        let facts = std::fs::metadata(&path).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o777, 0o600);
    }
    let again = fixture.run(&words);
    assert_eq!((again.exit, again.code()), (3, "refused"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_data_folder_in_use_can_be_diagnosed_too() {
    let fixture = Fixture::of("first-export");
    let _front_end = FrontEnd::of(&fixture);
    let end = fixture.run(&["diagnose"]);
    assert!(end.result()["text"].as_str().unwrap().contains("the program: local"), "{}", end.result());
}

#[test]
fn commands_write_a_log_only_when_asked_and_never_on_stderr() {
    let fixture = Fixture::of("first-export");
    let quiet = fixture.run(&["check"]);
    assert!(walk(&fixture.data_dir().join("log")).is_empty(), "nobody asked for a log");
    let told = logged(&fixture, &["check"]);
    assert_eq!(told.stderr, quiet.stderr, "the log has a file of its own");
    assert_eq!(walk(&fixture.data_dir().join("log")).len(), 1);
    #[cfg(unix)]
    private(&fixture.data_dir().join("log"));
    let wrong = fixture.program(&["check"]).env("EXPORT_DESK_LOG", "loud").output_in_time().unwrap();
    assert_eq!(End::of(&wrong).code(), "usage");
}

#[cfg(unix)]
fn private(folder: &Path) {
    for path in walk(folder).iter().map(std::path::PathBuf::as_path).chain([folder]) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

/// The general help lists the command.
#[test]
fn help_names_diagnose() {
    let output = Program::new(env!("CARGO_BIN_EXE_export-desk"))
        .arg("--help")
        .stdin(Stdio::null())
        .output_in_time()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("diagnose"));
}
