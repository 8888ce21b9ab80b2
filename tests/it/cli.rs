//! The contract of `../shared/cli.md`: exit codes, result lines, and that bad input changes nothing.

use std::process::Stdio;

use serde_json::Value;

use crate::fixture::{End, Fixture, PACE, bare_program, posts};
use crate::waiting::{InTime, first_line};

fn first() -> Fixture {
    Fixture::of("first-export")
}

fn download_calls(fixture: &Fixture) -> usize {
    fixture.practice.requests().iter().filter(|seen| seen.path().ends_with("/export/download")).count()
}

#[test]
fn check_says_who_and_what_for() {
    let fixture = first();
    let end = fixture.run(&["check", &fixture.lesson.project]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert!(result["user"].is_string() && result["version"].is_string(), "{result}");
    assert!(result["scopes"].as_array().unwrap().contains(&"api".into()), "{result}");
    assert_eq!(result["may_export"], true, "{result}");
    assert!(result["reason"].is_string(), "{result}");
}

#[test]
fn check_says_why_not() {
    let cases = [("role-too-low", 0, false), ("exports-disabled", 0, false), ("no-access", 5, false)];
    for (name, exit, may_export) in cases {
        let fixture = Fixture::of(name);
        let end = fixture.run(&["check", &fixture.lesson.project]);
        let result = end.result();
        assert_eq!(end.exit, exit, "{name}: {result}");
        if exit == 0 {
            assert_eq!(result["may_export"], may_export, "{name}: {result}");
        }
    }
}

#[test]
fn every_kind_of_token_is_distinguished() {
    let fixture = first();
    for card in fixture.practice.tokens() {
        let output = fixture
            .program(&["check", &fixture.lesson.project])
            .env("EXPORT_DESK_TOKEN", &card.token)
            .output_in_time();
        let end = End::of(&output.unwrap());
        let result = end.result();
        assert!(!result.to_string().contains(&card.token), "{result}");
        let expected = match format!("{:?}", card.state).as_str() {
            "Expired" => "token_expired",
            "Revoked" => "token_rejected",
            _ => continue,
        };
        assert_eq!((end.exit, end.code()), (4, expected), "{result}");
    }
    let output =
        fixture.program(&["check"]).env("EXPORT_DESK_TOKEN", "glpat-unknown").output_in_time().unwrap();
    assert_eq!(End::of(&output).code(), "token_rejected");
}

#[test]
fn without_a_token_nothing_is_sent() {
    let fixture = first();
    let output = fixture.program(&["check"]).env_remove("EXPORT_DESK_TOKEN").output_in_time().unwrap();
    let end = End::of(&output);
    assert_eq!((end.exit, end.code()), (4, "token_missing"));
    assert!(fixture.practice.requests().is_empty());
}

#[test]
fn status_start_watch_download_is_the_main_job() {
    let fixture = first();
    let project = fixture.lesson.project.clone();
    let status = fixture.run(&["export", "status", &project]);
    assert_eq!(status.result()["server_status"], "none");
    assert_eq!(status.result()["phase"], "idle");
    let start = fixture.run(&["export", "start", &project]);
    assert_eq!(start.exit, 0, "{}", start.result());
    assert!(["requested", "queued", "running"].contains(&start.result()["phase"].as_str().unwrap()));
    let watch = fixture.run(&["export", "watch", &project]);
    assert_eq!(watch.result()["phase"], "ready", "{}", watch.result());
    assert!(watch.lines.iter().any(|line| line["event"] == "status"));
    let downloads = fixture.downloads();
    let file = downloads.join("export.tar.gz");
    let end = fixture.run(&["export", "download", &project, "--output", file.to_str().unwrap()]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!(result["verdict"], "importable");
    assert_eq!(result["api_requests"], 1, "one API call a download: {result}");
    assert_eq!(download_calls(&fixture), 1);
    assert!(end.lines.iter().any(|line| line["event"] == "progress"));
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(result["bytes"].as_u64(), Some(bytes.len() as u64));
    let verify = fixture.run(&["verify", file.to_str().unwrap()]);
    assert_eq!(verify.result()["sha256"], result["sha256"]);
    assert_eq!(verify.result()["format_version"], "0.2.4");
    assert!(verify.result()["counts"]["issues"].as_u64().unwrap() > 0);
    assert_eq!(posts(&fixture, "/export"), 1);
}

#[cfg(unix)]
#[test]
fn files_and_folders_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = first();
    let folder = fixture.folder.path().join("new").join("deep");
    let end = fixture.run(&[
        "export",
        "start",
        &fixture.lesson.project,
        "--download",
        &format!("{}/", folder.display()),
    ]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(std::path::Path::new(end.result()["path"].as_str().unwrap())), 0o600);
    assert_eq!(mode(&fixture.data_dir()), 0o700);
    for entry in std::fs::read_dir(fixture.data_dir()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_finished_file_is_not_deleted_without_a_confirmation() {
    let fixture = Fixture::of("existing-file");
    let project = fixture.lesson.project.clone();
    let end = fixture.run(&["export", "start", &project]);
    assert_eq!((end.exit, end.code()), (3, "refused"));
    assert_eq!(posts(&fixture, "/export"), 0);
    let end = fixture.run(&["export", "start", &project, "--replace"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(posts(&fixture, "/export"), 1);
}

#[test]
fn the_same_command_continues_a_run_that_was_never_downloaded() {
    let fixture = first();
    let project = fixture.lesson.project.clone();
    // Simulates a program that was killed after the export was ready and before the download.
    assert_eq!(fixture.run(&["export", "start", &project, "--wait"]).exit, 0);
    // Deleting the file needs two confirmations, whichever way the project is exported again.
    for more in [&["--replace"][..], &["--replace", "--description", "x"]] {
        let end = fixture.run(&[&["export", "start", &project], more].concat());
        assert_eq!((end.exit, end.code(), posts(&fixture, "/export")), (3, "refused", 1), "{}", end.result());
        assert!(end.result()["hint"].as_str().unwrap().contains("--yes-delete"), "{}", end.result());
    }
    let wrong = fixture.run(&["export", "start", &project, "--replace", "--yes-delete", "acme/other"]);
    assert_eq!((wrong.exit, wrong.code(), posts(&fixture, "/export")), (2, "usage", 1), "{}", wrong.result());
    let target = fixture.downloads().join("a.tar.gz");
    let file = target.to_str().unwrap();
    for words in [&["--replace"][..], &[]] {
        let end = fixture.run(&[&["export", "start", &project, "--download", file], words].concat());
        assert_eq!((end.exit, posts(&fixture, "/export")), (0, 1), "{words:?}: {}", end.result());
        assert_eq!(end.result()["verdict"], "importable");
        let says = |line: &Value| line["message"].to_string().contains("No export was started");
        assert!(end.lines.iter().any(says), "{:?}", end.lines);
        if !words.is_empty() {
            // Simulates a program that was killed before it recorded the end.
            std::fs::remove_file(&target).unwrap();
            let db = rusqlite::Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
            db.execute_batch("UPDATE transfers SET state = 'running', receipt = NULL, sha256 = NULL")
                .unwrap();
        }
    }
    // The file was downloaded, so one confirmation is enough; without it nothing is deleted.
    assert_eq!(fixture.run(&["export", "start", &project]).exit, 3);
    let end = fixture.run(&["export", "start", &project, "--replace", "--wait"]);
    assert_eq!((end.exit, posts(&fixture, "/export")), (0, 2), "{}", end.result());
    // With both confirmations the file is replaced.
    let end = fixture.run(&["export", "start", &project, "--replace", "--yes-delete", &project, "--wait"]);
    assert_eq!((end.exit, posts(&fixture, "/export")), (0, 3), "{}", end.result());
}

#[test]
fn a_run_under_way_is_adopted_not_started_twice() {
    let fixture = first();
    let project = fixture.lesson.project.clone();
    fixture.run(&["export", "start", &project]).result();
    let second = fixture.run(&["export", "start", &project, "--wait"]);
    assert_eq!(second.exit, 0, "{}", second.result());
    assert_eq!(second.result()["phase"], "ready");
    assert_eq!(posts(&fixture, "/export"), 1);
    // Another data folder does not know the first run: GitLab's status alone is enough to adopt it.
    let fixture = Fixture::of("queue-waits");
    let project = fixture.lesson.project.clone();
    fixture.run(&["export", "start", &project]).result();
    let other = fixture.folder.path().join("other");
    crate::waiting::until("a status that is not none", || {
        let status = fixture.run(&["export", "status", &project]);
        (status.result()["server_status"] != "none").then_some(())
    });
    let output = fixture
        .program(&["export", "start", &project, "--wait"])
        .arg("--data-dir")
        .arg(&other)
        .output_in_time();
    drop(output);
    assert_eq!(posts(&fixture, "/export"), 1);
}

#[test]
fn unusable_arguments_send_nothing() {
    let fixture = first();
    let project = fixture.lesson.project.as_str();
    let missing = fixture.folder.path().join("no.pem");
    let soon = "https://b.s3.amazonaws.com/k?X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=content-type%3Bhost";
    let unsigned = soon.replace("20200101", "20990101").replace("content-type%3B", "");
    let cases: Vec<Vec<&str>> = vec![
        vec!["export", "start"],
        vec!["export", "start", project, "--no-such-option"],
        vec!["export", "status", "no-group"],
        vec!["export", "status", "https://other.example.com/a/b"],
        vec!["export", "status", ""],
        vec!["export", "download", project, "--connections", "17"],
        vec!["check", "--ca-file", missing.to_str().unwrap()],
    ];
    for arguments in cases {
        let end = fixture.run(&arguments);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{arguments:?}");
        assert!(fixture.practice.requests().is_empty(), "{arguments:?}");
    }
    for url in ["http://bucket.example.com/k", "nonsense", soon, unsigned.as_str()] {
        let end = fixture.run(&["export", "start", project, "--upload-url", url]);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{url}");
        assert_eq!(posts(&fixture, "/export"), 0, "{url}");
        assert!(!end.result().to_string().contains("X-Amz-Date"), "a signed URL is a secret");
    }
}

#[test]
fn instances_are_judged_before_anything_is_sent() {
    let home = tempfile::tempdir().unwrap();
    let cases = [
        (vec!["--instance", "http://gitlab.example.com", "check"], "plain http"),
        (vec!["--instance", "ftp://gitlab.example.com", "check"], "another scheme"),
        (vec!["--instance", "https://me:secret@gitlab.example.com", "check"], "user info"),
        (
            vec!["--instance", "https://gitlab.example.com", "--pace", "0.1", "check"],
            "a pace for a real instance",
        ),
        (vec!["--instance", "http://127.0.0.1:9", "--pace", "-1", "check"], "a negative pace"),
    ];
    for (arguments, what) in cases {
        let output = bare_program(home.path())
            .arg("--json")
            .args(&arguments)
            .env("GITLAB_TOKEN", "glpat-x")
            .output_in_time();
        let end = End::of(&output.unwrap());
        assert_eq!((end.exit, end.code()), (2, "usage"), "{what}");
        assert!(!end.result().to_string().contains("secret"), "{what}");
    }
}

#[test]
fn nothing_of_the_persons_is_overwritten() {
    let fixture = Fixture::of("existing-file");
    let file = fixture.downloads().join("mine.tar.gz");
    std::fs::write(&file, "mine").unwrap();
    for arguments in [
        vec!["export", "download", fixture.lesson.project.as_str(), "--output", file.to_str().unwrap()],
        vec![
            "export",
            "start",
            fixture.lesson.project.as_str(),
            "--replace",
            "--download",
            file.to_str().unwrap(),
        ],
    ] {
        let end = fixture.run(&arguments);
        assert_eq!((end.exit, end.code()), (3, "refused"), "{arguments:?}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert_eq!((posts(&fixture, "/export"), download_calls(&fixture)), (0, 0));
    // In a folder, the program chooses a free name for the archive.
    let folder = fixture.downloads();
    for round in 1..=2 {
        let end = fixture.run(&[
            "export",
            "download",
            &fixture.lesson.project,
            "--output",
            folder.to_str().unwrap(),
        ]);
        assert_eq!(end.exit, 0, "round {round}: {}", end.result());
    }
    assert_eq!(fixture.files().len(), 3, "{:?}", fixture.files());
}

#[test]
fn local_errors_are_named() {
    let fixture = first();
    let blocked = fixture.folder.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let end = fixture.run(&["verify", fixture.folder.path().join("absent").to_str().unwrap()]);
    assert_eq!((end.exit, end.code()), (10, "local"));
    let output = bare_program(fixture.folder.path())
        .args(["--json", "--instance", fixture.practice.url(), "--data-dir"])
        .arg(blocked.join("data"))
        .args(["export", "status", "a/b"])
        .env("EXPORT_DESK_TOKEN", fixture.practice.token())
        .output_in_time();
    let end = End::of(&output.unwrap());
    assert_eq!((end.exit, end.code()), (10, "local"));
    assert!(fixture.practice.requests().is_empty());
}

#[test]
fn the_practice_gitlab_answers_in_the_foreground() {
    let home = tempfile::tempdir().unwrap();
    let mut server = bare_program(home.path())
        .args(["practice", "first-export", "--json", "--pace", &PACE.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = first_line(&mut server);
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["event"], "ready");
    let output = bare_program(home.path())
        .args(["check", "--json", "--instance", ready["url"].as_str().unwrap(), "--pace", &PACE.to_string()])
        .env("EXPORT_DESK_TOKEN", ready["token"].as_str().unwrap())
        .output_in_time();
    crate::waiting::killed(&mut server);
    assert_eq!(End::of(&output.unwrap()).exit, 0);
}

#[test]
fn a_lesson_of_ones_own_is_a_file() {
    let home = tempfile::tempdir().unwrap();
    let archive = home.path().join("mine.tar.gz");
    std::fs::write(&archive, "not an archive").unwrap();
    let file = home.path().join("mine.toml");
    let world = "title = \"t\"\nteaches = \"t\"\nsteps = [\"s\"]\nproject = \"a/b\"\n[expect]\nexit = 8\n\
                 [[world.project]]\npath = \"a/b\"\nearlier = \"file\"\n";
    std::fs::write(&file, format!("{world}archive = {:?}\n", archive.display().to_string())).unwrap();
    let practice = |lesson: &std::path::Path| {
        let mut command = bare_program(home.path());
        command.args(["practice", "--json", "--pace", &PACE.to_string()]).arg(lesson);
        command
    };
    let mut server = practice(&file).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let line = first_line(&mut server);
    let ready: Value = serde_json::from_str(&line).unwrap();
    let output = bare_program(home.path())
        .args(["export", "download", "a/b", "--json", "--pace", &PACE.to_string(), "--output"])
        .arg(home.path().join("brought.tar.gz"))
        .args(["--instance", ready["url"].as_str().unwrap()])
        .env("EXPORT_DESK_TOKEN", ready["token"].as_str().unwrap())
        .output_in_time();
    crate::waiting::killed(&mut server);
    let end = End::of(&output.unwrap());
    assert_eq!((end.exit, end.code()), (8, "not_an_export"), "{}", end.result());
    assert_eq!(end.result()["bytes"], 14);
    for broken in ["absent.toml", "broken.toml"] {
        std::fs::write(home.path().join("broken.toml"), "title = ").unwrap();
        let end = End::of(&practice(&home.path().join(broken)).output_in_time().unwrap());
        assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    }
}

#[test]
fn the_tour_ends_with_the_receipt() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        vec!["practice", "--tour", "--pace", "0.001"],
        vec!["--pace", "0.001", "--instance", "http://127.0.0.1"],
        vec!["practice", "--tour", "rebuild", "--pace", "0.001"],
        vec!["practice", "--tour", "rebuild-with-a-gap", "--pace", "0.001"],
        vec!["practice", "--tour", "rebuild-too-large", "--pace", "0.001"],
    ] {
        let output = bare_program(home.path()).args(&arguments).output_in_time().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {text}");
        assert!(text.contains("SHA-256"), "{arguments:?}: {text}");
    }
}

#[test]
fn lessons_can_be_listed() {
    let home = tempfile::tempdir().unwrap();
    let output = bare_program(home.path()).args(["practice", "--list", "--json"]).output_in_time().unwrap();
    let end = End::of(&output);
    assert!(end.result()["lessons"].as_array().unwrap().len() >= 8);
}

/// Older versions of macOS start an app with an argument of their own.
#[test]
fn the_argument_that_macos_adds_is_ignored() {
    let fixture = first();
    let output = fixture.program(&["-psn_0_12345", "--version"]).output_in_time().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains(env!("CARGO_PKG_VERSION")));
}
