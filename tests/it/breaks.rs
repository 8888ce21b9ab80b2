//! Regression tests: each of these failed before its fix.

use export_desk::practice::lesson;

use crate::fixture::{End, Fixture, fault, posts};
use crate::waiting::{InTime, Lines};

fn with_faults(name: &str, faults: &[&str]) -> Fixture {
    let mut lesson = lesson(name).unwrap();
    lesson.faults = faults.iter().map(|toml| fault(toml)).collect();
    Fixture::with(lesson)
}

/// Answers to the POST that leave open whether GitLab accepted the request; in fact it did not.
const DOUBTS: [&str; 2] =
    ["on = \"export_start\"\nkind = \"bad_gateway\"", "on = \"export_start\"\nkind = \"internal_error\""];

#[test]
fn an_old_file_is_not_reported_as_the_new_one_when_the_post_failed() {
    for doubt in DOUBTS {
        let fixture = with_faults("existing-file", &[doubt]);
        let downloads = fixture.downloads();
        let project = fixture.lesson.project.clone();
        let arguments = ["export", "start", &project, "--replace", "--download", downloads.to_str().unwrap()];
        let end = fixture.run(&arguments);
        assert_eq!(end.exit, 7, "{doubt}: {}", end.result());
        assert_eq!(posts(&fixture, "/export"), 1, "{doubt}: a second POST could delete a new file");
        assert!(fixture.files().is_empty(), "{doubt}: {:?}", fixture.files());
    }
}

#[test]
fn a_post_that_failed_is_not_reported_as_a_start() {
    let page = "on = \"export_start\"\nkind = \"html\"";
    for doubt in DOUBTS.iter().chain([&page]) {
        let fixture = with_faults("first-export", &[doubt]);
        let end = fixture.run(&["export", "start", &fixture.lesson.project]);
        assert_eq!(end.exit, 7, "{doubt}: {}", end.result());
        assert!(end.result()["correlation_id"].is_string(), "{doubt}: {}", end.result());
        assert_eq!(posts(&fixture, "/export"), 1, "{doubt}");
    }
}

#[test]
fn a_post_whose_answer_was_cut_is_found_by_looking() {
    let fixture =
        with_faults("first-export", &["on = \"export_start\"\nkind = \"cut_in_header\"\nafter_bytes = 0"]);
    let end = fixture.run(&["export", "start", &fixture.lesson.project, "--wait"]);
    assert_eq!((end.exit, posts(&fixture, "/export")), (0, 1), "{}", end.result());
}

#[test]
fn a_run_that_waited_for_its_post_when_the_program_died_is_posted_by_the_next() {
    let limited = "on = \"export_start\"\nkind = \"rate_limited\"\nretry_after = \"500\"";
    let fixture = with_faults("first-export", &[limited]);
    let project = fixture.lesson.project.clone();
    let arguments = ["export", "start", project.as_str(), "--wait"];
    let mut child = fixture.spawn(&arguments);
    let waited = Lines::of(&mut child).any(|line| line.unwrap().contains("\"retry\""));
    assert!(waited, "it ended before it waited");
    crate::waiting::killed(&mut child);
    let end = fixture.run(&arguments);
    assert_eq!((end.exit, end.result()["phase"].as_str()), (0, Some("ready")), "{}", end.result());
    assert_eq!(posts(&fixture, "/export"), 2, "the refused one and the one that counts");
}

/// Every command that uses GitLab, with its first call or the call that changes something.
fn asking(fixture: &Fixture) -> Vec<(Vec<String>, &'static str)> {
    let archive = fixture.downloads().join("given.tar.gz");
    if !archive.exists() {
        let project = fixture.lesson.project.clone();
        let end = fixture.run(&["export", "start", &project, "--download", archive.to_str().unwrap()]);
        assert_eq!(end.exit, 0, "{}", end.result());
    }
    let (project, archive) = (fixture.lesson.project.as_str(), archive.to_str().unwrap());
    let of = |words: &[&str], call| (words.iter().map(ToString::to_string).collect(), call);
    vec![
        of(&["check", project], "user"),
        of(&["check", project], "project"),
        of(&["export", "status", project], "export_status"),
        of(&["export", "start", project, "--replace", "--yes-delete", project, "--wait"], "export_start"),
        of(&["export", "watch", project], "project"),
        of(&["relations", "start", project], "relations_start"),
        of(&["relations", "status", project], "relations_status"),
        of(&["import", "file", archive, "--path", "copy", "--namespace", "acme", "--wait"], "import_file"),
        of(&["verify", archive, "--against", project], "project"),
    ]
}

#[test]
fn a_limit_that_says_nothing_usable_ends_with_a_sentence_and_few_requests() {
    let fixture = Fixture::of("first-export");
    for retry_after in ["18446744073709551615", "0", "date", "-5", "soon"] {
        for (words, call) in asking(&fixture) {
            let before = fixture.practice.requests().len();
            fixture.practice.forget_faults();
            let text = format!(
                "on = \"{call}\"\ntimes = 0\nkind = \"rate_limited\"\nretry_after = \"{retry_after}\""
            );
            fixture.practice.trigger(fault(&text));
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let end = fixture.run(&words);
            let asked = fixture.practice.requests().len() - before;
            assert_eq!(
                (end.exit, end.code()),
                (9, "rate_limited"),
                "{words:?} {retry_after}: {}",
                end.result()
            );
            assert!(asked <= 40, "{words:?} {retry_after}: {asked} requests");
        }
    }
}

#[test]
fn one_offer_for_a_project_whether_by_number_or_by_path() {
    let fixture = Fixture::of("first-export");
    let path = fixture.lesson.project.clone();
    let id = fixture.practice.world().project(&path).unwrap().id.to_string();
    let facts = [
        "ui_attempt_at=2026-11-20T10:00:00Z",
        "ui_attempt_message=expired",
        "api_attempt_at=2026-11-20T11:00:00Z",
        "api_attempt_message=404",
        "kibana_link=https://log.gprd.gitlab.net/app/r/s/abc",
        "bug_issue=https://gitlab.com/gitlab-org/gitlab/-/issues/330833",
        "bug_issue_updated=yes",
    ];
    for (number, project) in [("1", path.as_str()), ("2", id.as_str())] {
        let ticket = format!("https://gitlab.zendesk.com/agent/tickets/{number}");
        assert_eq!(fixture.run(&["case", "new", "--ticket", &ticket, "--project", project]).exit, 0);
        let mut set = vec!["case", "set", number];
        set.extend(facts);
        assert_eq!(fixture.run(&set).result()["stage"], "offer");
    }
    assert_eq!(fixture.run(&["case", "event", "1", "offer-sent"]).exit, 0);
    let second = fixture.run(&["case", "event", "2", "offer-sent"]);
    assert_eq!((second.exit, second.code()), (3, "refused"));
    let show = fixture.run(&["case", "show", "2"]);
    assert_eq!(show.result()["project"]["path"], path, "GitLab told the path");
}

#[test]
fn an_adopted_run_does_not_pretend_to_upload() {
    let stuck = "on = \"export_start\"\nkind = \"stuck_started\"";
    let fixture = with_faults("first-export", &[stuck]);
    let project = fixture.lesson.project.clone();
    fixture.run(&["export", "start", &project]).result();
    let bad = fixture.run(&["export", "start", &project, "--upload-url", "nonsense"]);
    assert_eq!((bad.exit, bad.code()), (2, "usage"));
    let good = format!("{}/customer-bucket/a.tar.gz", fixture.practice.storage_url());
    for more in [["--upload-url", good.as_str()], ["--description", "for the customer"]] {
        let end = fixture.run(&["export", "start", &project, more[0], more[1]]);
        assert_eq!((end.exit, end.code()), (3, "refused"), "{more:?}");
    }
    assert_eq!(posts(&fixture, "/export"), 1);
}

#[test]
fn a_usage_headline_names_what_is_missing() {
    let fixture = Fixture::of("first-export");
    let end = fixture.run(&["export", "start"]);
    assert!(end.result()["headline"].as_str().unwrap().contains("PROJECT"), "{}", end.result());
}

#[test]
fn an_empty_variable_is_no_variable() {
    let fixture = Fixture::of("first-export");
    let output = fixture
        .program(&["check"])
        .env("EXPORT_DESK_PACE", "")
        .env("EXPORT_DESK_CA_FILE", "")
        .env("EXPORT_DESK_INSTANCE", "")
        .env("EXPORT_DESK_DATA_DIR", "")
        .output_in_time();
    assert_eq!(End::of(&output.unwrap()).exit, 0);
}

#[test]
fn a_device_is_no_archive() {
    let fixture = Fixture::of("first-export");
    let end = fixture.run(&["verify", "/dev/zero"]);
    assert_eq!((end.exit, end.code()), (10, "local"));
}

#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        eprintln!("skipped: this system has no /dev/full");
        return;
    };
    let fixture = Fixture::of("first-export");
    let status = crate::waiting::output_to(&mut fixture.program(&["check"]), full.into(), "check").status;
    assert_eq!(status.code(), Some(10));
}

#[test]
fn an_instance_that_is_named_and_empty_gets_no_token() {
    let fixture = Fixture::of("first-export");
    let bare = |words: &[&str]| {
        let mut program = crate::fixture::bare_program(fixture.folder.path());
        program.args(words).args(["--json", "--data-dir"]).arg(fixture.data_dir());
        program.env("EXPORT_DESK_TOKEN", fixture.practice.token());
        program
    };
    let of_words = bare(&["case", "list", "--instance", ""]).output_in_time().unwrap();
    let of_blanks = bare(&["case", "list", "--instance", "  "]).output_in_time().unwrap();
    let of_variable = bare(&["case", "list"]).env("EXPORT_DESK_INSTANCE", "").output_in_time().unwrap();
    for output in [of_words, of_blanks, of_variable] {
        let end = End::of(&output);
        assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
        assert!(
            end.result()["headline"].as_str().unwrap().contains("is not a GitLab URL"),
            "{}",
            end.result()
        );
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_that_says_nothing_can_be_left() {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Stdio;
    if crate::waiting::ignores_ctrl_c() {
        println!("skipped: this process ignores SIGINT, as does each that it starts");
        return;
    }
    let fixture = Fixture::of("first-export");
    let pipe = fixture.folder.path().join("pipe");
    crate::fixture::make_pipe(&pipe);
    let mut waiting = fixture.program(&["verify", pipe.to_str().unwrap()]);
    let mut waiting = waiting.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Opening the other end blocks until the program has opened this one.
    let _writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let id = waiting.id().to_string();
    crate::waiting::succeeds(std::process::Command::new("kill").args(["-INT", &id]));
    let end = crate::waiting::ended(&mut waiting, "verify of a pipe, after SIGINT");
    assert_eq!(end.signal(), Some(2));
}
