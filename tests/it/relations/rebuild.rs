//! `relations rebuild`: one command from the project to the verified archive, whatever interrupts it.

use std::fs;
use std::path::{Path, PathBuf};

use export_desk::case::{CaseId, RebuildOptions, RebuildPhase, RebuildRemedy};
use export_desk::engine::api::{Answer, Command, RebuildCommand, RebuildView};
use serde_json::json;

use super::{fault, folder, plain, started};
use crate::fixture::{End, Fixture};
use crate::front_end::FrontEnd;
use crate::waiting::Lines;

fn output(fixture: &Fixture) -> PathBuf {
    fixture.folder.path().join("rebuilt.tar.gz")
}

fn rebuild<'a>(fixture: &'a Fixture, paths: &'a (PathBuf, PathBuf)) -> Vec<&'a str> {
    let (folder, output) = (paths.0.to_str().unwrap(), paths.1.to_str().unwrap());
    vec!["relations", "rebuild", &fixture.lesson.project, "--folder", folder, "--output", output]
}

fn run(fixture: &Fixture, more: &[&str]) -> End {
    let paths = (folder(fixture), output(fixture));
    let mut words = rebuild(fixture, &paths);
    words.extend(more);
    fixture.run(&words)
}

/// How many exports were requested. Git also reads with POST.
fn posts(fixture: &Fixture) -> usize {
    let requests = fixture.practice.requests();
    requests.iter().filter(|seen| seen.method == "POST" && seen.path().starts_with("/api/")).count()
}

fn archives(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".tar.gz") || name.ends_with(".building")).collect()
}

#[test]
fn one_command_leads_from_the_project_to_a_verified_archive() {
    let fixture = plain();
    // The request waits for its second try: its phase lasts until the command has seen it.
    fixture.practice.trigger(fault("on = \"project\"\nkind = \"bad_gateway\""));
    let receipt = fixture.folder.path().join("receipt.md");
    let end = run(&fixture, &["--receipt", receipt.to_str().unwrap()]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!((result["phase"].as_str(), &result["gaps"]), (Some("built"), &json!([])), "{result}");
    for phase in ["requesting", "exporting", "downloading", "building", "built"] {
        assert!(end.lines.iter().any(|line| line["phase"] == phase), "{phase}: {:?}", end.lines);
    }
    let requests = fixture.practice.requests();
    let post = requests.iter().find(|seen| seen.method == "POST").unwrap();
    assert_eq!((post.body.as_slice(), posts(&fixture)), (br#"{"batched":true}"#.as_slice(), 1));
    let seen = fixture.run(&["verify", output(&fixture).to_str().unwrap()]);
    assert_eq!((seen.exit, &seen.result()["sha256"]), (0, &result["sha256"]), "{}", seen.result());
    assert_eq!(seen.result()["counts"], result["counts"]);
    let text = fs::read_to_string(&receipt).unwrap();
    assert!(text.contains("not made by GitLab's file export"), "{text}");

    // The archive is a file like any other: the same command does not replace it, and asks GitLab for nothing.
    let before = fixture.practice.requests().len();
    let again = run(&fixture, &[]);
    assert_eq!((again.exit, again.code()), (3, "refused"), "{}", again.result());
    assert_eq!(fixture.practice.requests().len(), before);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

/// kill -9 after the first, the second, … line of its output, on one data folder.
#[test]
fn killed_at_every_line_it_continues_and_requests_one_export() {
    let fixture = Fixture::paced(super::without_faults("relations-batched"), 0.2);
    let paths = (folder(&fixture), output(&fixture));
    let words = rebuild(&fixture, &paths);
    let mut kills = 0;
    for lines in 1..30 {
        let mut child = fixture.spawn(&words);
        let read = Lines::of(&mut child).take(lines).count();
        child.kill().unwrap();
        let status = crate::waiting::ended(&mut child, "a killed rebuild");
        let is_done = status.success() || status.code() == Some(3);
        if is_done {
            break;
        }
        // A kill just before the request loses it: that rebuild ends by itself, and the same command requests it again.
        kills += usize::from(read == lines);
    }
    assert!(kills >= 5, "{kills} kills");
    let end = fixture.run(&words);
    let result = end.result();
    // The last kill may have come when the archive had its name already, and its record too.
    let is_done = end.exit == 3 && result["headline"].as_str().unwrap().contains("exists");
    assert!(end.exit == 0 || is_done, "{result}");
    assert_eq!(posts(&fixture), 1, "after {kills} kills");
    assert_eq!(archives(fixture.folder.path()), ["rebuilt.tar.gz"]);
    assert_eq!(fixture.run(&["verify", paths.1.to_str().unwrap()]).exit, 0);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

#[test]
fn killed_while_gitlab_exports_it_continues_with_the_callers_token() {
    let fixture = Fixture::paced(super::without_faults("relations-batched"), 0.05);
    let paths = (folder(&fixture), output(&fixture));
    let words = rebuild(&fixture, &paths);
    let mut child = fixture.spawn(&words);
    let has_begun = |line: std::io::Result<String>| {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        line["ready"].as_u64().is_some_and(|ready| ready > 0)
    };
    assert!(Lines::of(&mut child).any(has_begun));
    crate::waiting::killed(&mut child);
    let end = fixture.run(&words);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(posts(&fixture), 1);
}

/// A power cut between the archive's name and the record of the result.
#[test]
fn an_archive_that_got_its_name_before_the_crash_is_not_built_again() {
    let fixture = plain();
    assert_eq!(fixture.run(&["case", "list"]).exit, 0);
    let database = || rusqlite::Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
    let lost = "CREATE TRIGGER lost BEFORE UPDATE ON rebuilds WHEN NEW.body LIKE '%\"is\":\"built\"%'
                BEGIN SELECT RAISE(FAIL, 'power cut'); END";
    database().execute_batch(lost).unwrap();
    let end = run(&fixture, &[]);
    assert!(end.exit != 0 && output(&fixture).exists(), "{}", end.result());
    database().execute_batch("DROP TRIGGER lost").unwrap();
    let named = fs::metadata(output(&fixture)).unwrap().modified().unwrap();
    let before = fixture.practice.requests().len();
    let end = run(&fixture, &[]);
    assert_eq!((end.exit, end.result()["verdict"].as_str().is_some()), (0, true), "{}", end.result());
    assert_eq!(fs::metadata(output(&fixture)).unwrap().modified().unwrap(), named, "it is the same file");
    assert_eq!(fixture.practice.requests().len(), before, "GitLab is not asked");
}

fn with_gap() -> Fixture {
    let fixture = plain();
    fixture.practice.trigger(fault(
        "on = \"relations_start\"\nkind = \"batch_failed\"\nrelation = \"issues\"\nbatch = 2\nerror = \"Timeout\"",
    ));
    fixture
}

#[test]
fn a_gap_is_named_and_either_exported_again_or_agreed_to() {
    let fixture = with_gap();
    let end = run(&fixture, &[]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{result}");
    assert_eq!((&result["gaps"][0]["relation"], &result["gaps"][0]["batch"]), (&json!("issues"), &json!(2)));
    assert_eq!(result["remedies"], json!(["export_again", "build_with_gaps"]));
    assert!(result["hint"].as_str().unwrap().contains("Export the relations again"), "{result}");
    assert!(result["headline"].as_str().unwrap().ends_with("is missing: issues, batch 2."), "{result}");
    assert!(!output(&fixture).exists());
    let end = run(&fixture, &["--allow-gaps"]);
    let result = end.result();
    assert_eq!((end.exit, posts(&fixture)), (0, 1), "{result}");
    assert_eq!((&result["gaps"][0]["batch"], result["gaps"].as_array().unwrap().len()), (&json!(2), 1));
    let path = output(&fixture);
    let words = ["import", "file", path.to_str().unwrap(), "--namespace", "acme", "--path", "copy", "--wait"];
    let end = fixture.run(&words);
    let said = end.result()["sentence"].as_str().unwrap();
    assert!(end.exit == 0 && said.contains("did not have all data"), "{}", end.result());

    let fixture = with_gap();
    assert_eq!(run(&fixture, &[]).exit, 8);
    let end = run(&fixture, &[]);
    assert_eq!((end.exit, posts(&fixture)), (0, 2), "GitLab exports again: {}", end.result());
    assert_eq!(end.result()["gaps"], json!([]));
}

#[test]
fn files_that_were_not_downloaded_are_deleted_only_after_a_choice() {
    let fixture = plain();
    started(&fixture, &["--batched"]);
    let end = run(&fixture, &[]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (3, "refused"), "{result}");
    assert_eq!(result["remedies"], json!(["use_existing", "replace"]));
    assert_eq!(posts(&fixture), 1, "nothing was started");
    assert_eq!(run(&fixture, &[]).exit, 3, "the same command does not choose by itself");
    let end = run(&fixture, &["--existing"]);
    assert_eq!((end.exit, posts(&fixture)), (0, 1), "{}", end.result());

    let fixture = plain();
    started(&fixture, &["--batched"]);
    let end = run(&fixture, &["--replace"]);
    assert_eq!((end.exit, posts(&fixture)), (0, 2), "{}", end.result());
}

#[test]
fn an_error_of_each_step_names_its_cause_and_the_same_command_continues() {
    // The request.
    let fixture = plain();
    let end = fixture.run(&["relations", "rebuild", "acme/nowhere"]);
    assert_eq!((end.exit, end.code()), (5, "not_found_or_no_access"), "{}", end.result());
    // The download.
    fixture.practice.trigger(fault("on = \"relations_download\"\ntimes = 0\nkind = \"answer\"\nstatus = 404\ncontent_type = \"application/json\"\nbody = '{\"message\":\"404 Not Found\"}'"));
    let end = run(&fixture, &[]);
    assert!(end.exit != 0 && end.result()["step"] == "download", "{}", end.result());
    fixture.practice.forget_faults();
    // The build.
    let labels = || folder(&fixture).join("labels-1.ndjson.gz");
    let blocked = fixture.folder.path().join("blocked");
    fs::write(&blocked, "a file").unwrap();
    let inside = blocked.join("a.tar.gz");
    let paths = (folder(&fixture), inside);
    let end = fixture.run(&rebuild(&fixture, &paths));
    assert_eq!((end.exit, end.code()), (2, "usage"), "before any step: {}", end.result());
    let end = run(&fixture, &["--limit", "1KiB"]);
    assert!(end.exit != 0 && end.result()["step"] == "build", "{}", end.result());
    assert!(labels().exists());
    let end = run(&fixture, &["--limit", "5GiB"]);
    assert_eq!((end.exit, posts(&fixture)), (0, 1), "{}", end.result());
}

/// An export takes hours: a folder that another program writes to is refused before it.
#[cfg(unix)]
#[test]
fn nothing_is_requested_for_a_folder_that_another_program_downloads_to() {
    let fixture = plain();
    fs::create_dir_all(folder(&fixture)).unwrap();
    let theirs = fs::File::open(folder(&fixture)).unwrap();
    theirs.lock().unwrap();
    let end = run(&fixture, &[]);
    assert_eq!((end.exit, end.code(), posts(&fixture)), (3, "refused", 0), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("Another Export Desk"), "{}", end.result());
    drop(theirs);
    let end = run(&fixture, &[]);
    assert_eq!((end.exit, posts(&fixture)), (0, 1), "{}", end.result());
}

#[test]
fn the_timeline_has_the_path_of_a_project_that_was_named_by_its_id() {
    let fixture = plain();
    let exported = fixture.run(&["export", "start", &fixture.lesson.project, "--wait"]);
    assert_eq!(exported.exit, 0, "{}", exported.result());
    let id = exported.result()["project"]["id"].to_string();
    let front_end = FrontEnd::paced(&fixture, 0.02);
    front_end.ask(order(&fixture, &id, None)).unwrap();
    let line = front_end.until(|snapshot| {
        let mut said = snapshot.journal.iter().map(|line| line.sentence.clone());
        said.find(|sentence| sentence.starts_with("Rebuild of an archive"))
    });
    assert_eq!(line, format!("Rebuild of an archive of {} started.", fixture.lesson.project));
}

fn start(fixture: &Fixture, case: Option<CaseId>) -> Command {
    order(fixture, &fixture.lesson.project, case)
}

fn order(fixture: &Fixture, project: &str, case: Option<CaseId>) -> Command {
    Command::Rebuild(RebuildCommand::Start {
        instance: fixture.practice.url().into(),
        project: project.to_owned(),
        case,
        options: RebuildOptions::default(),
    })
}

fn the_rebuild(front_end: &FrontEnd, when: impl Fn(&RebuildView) -> bool) -> std::sync::Arc<RebuildView> {
    front_end.until(|snapshot| snapshot.rebuilds.first().filter(|view| when(view)).cloned())
}

fn case_of(front_end: &FrontEnd, fixture: &Fixture) -> CaseId {
    let new = Command::NewCase {
        ticket: None,
        instance: fixture.practice.url().into(),
        project: fixture.lesson.project.clone(),
    };
    match front_end.ask(new) {
        Ok(Answer::Case(id) | Answer::CaseOfUnknown(id, _)) => id,
        other => panic!("{other:?}"),
    }
}

/// The window's engine continues by itself after every stop, and the archive becomes the case's file.
#[test]
fn the_window_continues_it_and_the_case_gets_the_archive() {
    let fixture = Fixture::paced(super::without_faults("relations-batched"), 0.02);
    let front_end = FrontEnd::paced(&fixture, 0.02);
    let case = case_of(&front_end, &fixture);
    let Ok(Answer::Rebuild(_)) = front_end.ask(start(&fixture, Some(case))) else {
        panic!("it did not start")
    };
    let view = the_rebuild(&front_end, |view| view.job.phase() == RebuildPhase::Exporting);
    assert!(view.is_at_work);
    let view = the_rebuild(&front_end, |view| view.checked_until.is_some() && view.next_poll_at.is_some());
    let shown = view.checked_until.unwrap().since_ms(view.job.step_since);
    assert!(shown > 0, "it says until when it checks");
    drop(front_end);
    for phase in [RebuildPhase::Downloading, RebuildPhase::Building] {
        let front_end = FrontEnd::paced(&fixture, 0.02);
        let view = the_rebuild(&front_end, |view| view.job.phase() == phase || view.job.is_ended());
        assert!(view.job.archive().is_some() || !view.job.is_ended(), "{:?}", view.job.outcome);
        drop(front_end);
    }
    let front_end = FrontEnd::paced(&fixture, 0.02);
    let view = the_rebuild(&front_end, |view| view.job.is_ended());
    let archive = view.job.archive().unwrap_or_else(|| panic!("{:?}", view.job.outcome));
    assert!(Path::new(&archive.path).is_file() && view.receipt.is_some());
    assert_eq!(posts(&fixture), 1);
    let path = archive.path.clone();
    let served = front_end.until(|snapshot| snapshot.cases.first()?.served.clone());
    assert_eq!((&served.sha256, served.rebuilt.is_some()), (&archive.file.sha256, true));
    // Once more: the finished archive stays, and a new one would get another name.
    assert!(front_end.until(|snapshot| Some(snapshot.rebuilds.len())) == 1);
    drop(front_end);
    let shown = fixture.run(&["case", "show", &case.0.to_string()]).result().clone();
    assert_eq!(shown["rebuild"]["phase"], "built", "{shown}");
    assert_eq!((&shown["rebuild"]["path"], &shown["rebuild"]["gaps"]), (&path.into(), &json!([])), "{shown}");
    assert!(shown["attention"]["sentence"].as_str().is_some_and(|said| !said.is_empty()), "{shown}");
}

#[test]
fn it_is_cancelled_at_each_step_and_continues_where_it_was() {
    let fixture = Fixture::paced(super::without_faults("relations-batched"), 0.02);
    let front_end = FrontEnd::paced(&fixture, 0.02);
    let Ok(Answer::Rebuild(id)) = front_end.ask(start(&fixture, None)) else { panic!("it did not start") };
    for phase in [RebuildPhase::Exporting, RebuildPhase::Downloading, RebuildPhase::Building] {
        let view = the_rebuild(&front_end, |view| view.job.phase() == phase || view.job.is_ended());
        if view.job.is_ended() {
            // The step was over before the test could see it.
            break;
        }
        front_end.ask(Command::Rebuild(RebuildCommand::Cancel { rebuild: id })).unwrap();
        let view = the_rebuild(&front_end, |view| view.job.is_ended());
        if view.job.archive().is_some() {
            break;
        }
        assert_eq!(view.job.remedies(), [RebuildRemedy::Retry]);
        let resume = RebuildCommand::Resume { rebuild: id, remedy: RebuildRemedy::Retry };
        front_end.ask(Command::Rebuild(resume)).unwrap();
    }
    let view = the_rebuild(&front_end, |view| view.job.is_ended());
    assert!(view.job.archive().is_some(), "{:?}", view.job.outcome);
    assert_eq!(posts(&fixture), 1);
}

#[test]
fn a_second_start_is_the_same_rebuild() {
    let fixture = Fixture::paced(super::without_faults("relations-batched"), 0.02);
    let front_end = FrontEnd::paced(&fixture, 0.02);
    let Ok(Answer::Rebuild(first)) = front_end.ask(start(&fixture, None)) else { panic!("it did not start") };
    let Ok(Answer::Rebuild(second)) = front_end.ask(start(&fixture, None)) else {
        panic!("it did not start")
    };
    assert_eq!(first, second);
    the_rebuild(&front_end, |view| view.job.is_ended());
    assert_eq!(posts(&fixture), 1);
}

/// A rebuild that stopped continues in its folder, wherever the command is repeated; another folder is used only once
/// the files are there.
#[test]
fn a_rebuild_continues_in_its_folder_or_says_that_it_cannot() {
    let fixture = with_gap();
    let end = run(&fixture, &[]);
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{}", end.result());
    let (before, after) = (folder(&fixture), fixture.folder.path().join("moved"));
    let named = ["relations", "rebuild", &fixture.lesson.project, "--folder", after.to_str().unwrap()];
    let end = fixture.run(&named);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (3, "refused"), "{result}");
    assert!(result["headline"].as_str().unwrap().contains(before.to_str().unwrap()), "{result}");
    assert!(!after.exists());
    fs::rename(&before, &after).unwrap();
    let downloads = || {
        let seen = fixture.practice.requests();
        seen.iter().filter(|seen| seen.path().ends_with("/export_relations/download")).count()
    };
    let sent = downloads();
    let end = fixture.run(&[&named[..], &["--allow-gaps"]].concat());
    let result = end.result();
    assert_eq!((end.exit, result["folder"].as_str()), (0, after.to_str()), "{result}");
    assert_eq!(result["path"].as_str(), output(&fixture).to_str(), "the archive's path stays");
    assert_eq!((downloads(), before.exists()), (sent, false), "every file was there");

    // Without a folder, it is the one of the rebuild.
    let fixture = with_gap();
    assert_eq!(run(&fixture, &[]).exit, 8);
    let end = fixture.run(&["relations", "rebuild", &fixture.lesson.project]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(end.result()["folder"].as_str(), folder(&fixture).to_str());
}
