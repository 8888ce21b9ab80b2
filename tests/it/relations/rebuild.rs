//! `relations rebuild`: one command from the project to the verified archive, whatever interrupts it.

use std::fs;
use std::path::{Path, PathBuf};

use export_desk::case::{CaseId, RebuildOptions, RebuildPhase, RebuildRemedy};
use export_desk::engine::api::{Answer, Command, RebuildCommand, RebuildView};
use serde_json::json;

use super::{fault, folder, plain, started};
use crate::desk::{Desk, End};
use crate::face::Face;
use crate::waiting::Lines;

fn output(desk: &Desk) -> PathBuf {
    desk.folder.path().join("rebuilt.tar.gz")
}

fn rebuild<'a>(desk: &'a Desk, paths: &'a (PathBuf, PathBuf)) -> Vec<&'a str> {
    let (folder, output) = (paths.0.to_str().unwrap(), paths.1.to_str().unwrap());
    vec!["relations", "rebuild", &desk.lesson.project, "--folder", folder, "--output", output]
}

fn run(desk: &Desk, more: &[&str]) -> End {
    let paths = (folder(desk), output(desk));
    let mut words = rebuild(desk, &paths);
    words.extend(more);
    desk.run(&words)
}

fn posts(desk: &Desk) -> usize {
    desk.practice.requests().iter().filter(|seen| seen.method == "POST").count()
}

fn archives(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".tar.gz") || name.ends_with(".building")).collect()
}

#[test]
fn one_command_leads_from_the_project_to_a_verified_archive() {
    let desk = plain();
    let receipt = desk.folder.path().join("receipt.md");
    let end = run(&desk, &["--receipt", receipt.to_str().unwrap()]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!((result["phase"].as_str(), &result["gaps"]), (Some("built"), &json!([])), "{result}");
    for phase in ["requesting", "exporting", "downloading", "building", "built"] {
        assert!(end.lines.iter().any(|line| line["phase"] == phase), "{phase}: {:?}", end.lines);
    }
    let requests = desk.practice.requests();
    let post = requests.iter().find(|seen| seen.method == "POST").unwrap();
    assert_eq!((post.body.as_slice(), posts(&desk)), (br#"{"batched":true}"#.as_slice(), 1));
    let seen = desk.run(&["verify", output(&desk).to_str().unwrap()]);
    assert_eq!((seen.exit, &seen.result()["sha256"]), (0, &result["sha256"]), "{}", seen.result());
    assert_eq!(seen.result()["counts"], result["counts"]);
    let text = fs::read_to_string(&receipt).unwrap();
    assert!(text.contains("not made by GitLab's file export"), "{text}");

    // The archive is a file like any other: the same command does not replace it, and asks GitLab for nothing.
    let before = desk.practice.requests().len();
    let again = run(&desk, &[]);
    assert_eq!((again.exit, again.code()), (3, "refused"), "{}", again.result());
    assert_eq!(desk.practice.requests().len(), before);
    assert_eq!(desk.run(&["case", "audit"]).exit, 0);
}

/// kill -9 after the first, the second, … line of its output, on one data folder.
#[test]
fn killed_at_every_line_it_goes_on_and_requests_one_export() {
    let desk = Desk::paced(super::without_faults("relations-batched"), 0.01);
    let paths = (folder(&desk), output(&desk));
    let words = rebuild(&desk, &paths);
    let mut kills = 0;
    for lines in 1.. {
        let mut child = desk.spawn(&words);
        let read = Lines::of(&mut child).take(lines).count();
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if read < lines || status.success() {
            break;
        }
        kills += 1;
    }
    assert!(kills >= 5, "{kills} kills");
    let end = desk.run(&words);
    let result = end.result();
    // The last kill may have come when the archive had its name already, and its record too.
    let is_done = end.exit == 3 && result["headline"].as_str().unwrap().contains("exists");
    assert!(end.exit == 0 || is_done, "{result}");
    assert_eq!(posts(&desk), 1, "after {kills} kills");
    assert_eq!(archives(desk.folder.path()), ["rebuilt.tar.gz"]);
    assert_eq!(desk.run(&["verify", paths.1.to_str().unwrap()]).exit, 0);
    assert_eq!(desk.run(&["case", "audit"]).exit, 0);
}

/// A power cut between the archive's name and the record of the result.
#[test]
fn an_archive_that_got_its_name_before_the_crash_is_not_built_again() {
    let desk = plain();
    assert_eq!(desk.run(&["case", "list"]).exit, 0);
    let database = || rusqlite::Connection::open(desk.data_dir().join("export-desk.sqlite")).unwrap();
    let lost = "CREATE TRIGGER lost BEFORE UPDATE ON rebuilds WHEN NEW.body LIKE '%\"is\":\"built\"%'
                BEGIN SELECT RAISE(FAIL, 'power cut'); END";
    database().execute_batch(lost).unwrap();
    let end = run(&desk, &[]);
    assert!(end.exit != 0 && output(&desk).exists(), "{}", end.result());
    database().execute_batch("DROP TRIGGER lost").unwrap();
    let named = fs::metadata(output(&desk)).unwrap().modified().unwrap();
    let before = desk.practice.requests().len();
    let end = run(&desk, &[]);
    assert_eq!((end.exit, end.result()["verdict"].as_str().is_some()), (0, true), "{}", end.result());
    assert_eq!(fs::metadata(output(&desk)).unwrap().modified().unwrap(), named, "it is the same file");
    assert_eq!(desk.practice.requests().len(), before, "GitLab is not asked");
}

fn with_gap() -> Desk {
    let desk = plain();
    desk.practice.trigger(fault(
        "on = \"relations_start\"\nkind = \"batch_failed\"\nrelation = \"issues\"\nbatch = 2\nerror = \"Timeout\"",
    ));
    desk
}

#[test]
fn a_gap_is_named_and_either_exported_again_or_agreed_to() {
    let desk = with_gap();
    let end = run(&desk, &[]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{result}");
    assert_eq!((&result["gaps"][0]["relation"], &result["gaps"][0]["batch"]), (&json!("issues"), &json!(2)));
    assert_eq!(result["remedies"], json!(["export_again", "build_with_gaps"]));
    assert!(!output(&desk).exists());
    let end = run(&desk, &["--allow-gaps"]);
    let result = end.result();
    assert_eq!((end.exit, posts(&desk)), (0, 1), "{result}");
    assert_eq!((&result["gaps"][0]["batch"], result["gaps"].as_array().unwrap().len()), (&json!(2), 1));

    let desk = with_gap();
    assert_eq!(run(&desk, &[]).exit, 8);
    let end = run(&desk, &[]);
    assert_eq!((end.exit, posts(&desk)), (0, 2), "GitLab exports again: {}", end.result());
    assert_eq!(end.result()["gaps"], json!([]));
}

#[test]
fn files_that_were_not_downloaded_are_deleted_only_after_a_choice() {
    let desk = plain();
    started(&desk, &["--batched"]);
    let end = run(&desk, &[]);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (3, "refused"), "{result}");
    assert_eq!(result["remedies"], json!(["use_existing", "replace"]));
    assert_eq!(posts(&desk), 1, "nothing was started");
    assert_eq!(run(&desk, &[]).exit, 3, "the same command does not choose by itself");
    let end = run(&desk, &["--existing"]);
    assert_eq!((end.exit, posts(&desk)), (0, 1), "{}", end.result());

    let desk = plain();
    started(&desk, &["--batched"]);
    let end = run(&desk, &["--replace"]);
    assert_eq!((end.exit, posts(&desk)), (0, 2), "{}", end.result());
}

#[test]
fn an_error_of_each_step_names_its_cause_and_the_same_command_continues() {
    // The request.
    let desk = plain();
    let end = desk.run(&["relations", "rebuild", "acme/nowhere"]);
    assert_eq!((end.exit, end.code()), (5, "not_found_or_no_access"), "{}", end.result());
    // The download.
    desk.practice.trigger(fault("on = \"relations_download\"\ntimes = 0\nkind = \"answer\"\nstatus = 404\ncontent_type = \"application/json\"\nbody = '{\"message\":\"404 Not Found\"}'"));
    let end = run(&desk, &[]);
    assert!(end.exit != 0 && end.result()["step"] == "download", "{}", end.result());
    desk.practice.forget_faults();
    // The build.
    let labels = || folder(&desk).join("labels-1.ndjson.gz");
    let blocked = desk.folder.path().join("blocked");
    fs::write(&blocked, "a file").unwrap();
    let inside = blocked.join("a.tar.gz");
    let paths = (folder(&desk), inside);
    let end = desk.run(&rebuild(&desk, &paths));
    assert!(end.exit != 0 && end.result()["step"] == "build", "{}", end.result());
    assert!(labels().exists());
    let end = run(&desk, &[]);
    assert_eq!((end.exit, posts(&desk)), (0, 1), "{}", end.result());
}

fn start(desk: &Desk, case: Option<CaseId>) -> Command {
    Command::Rebuild(RebuildCommand::Start {
        instance: desk.practice.url().into(),
        project: desk.lesson.project.clone(),
        case,
        options: RebuildOptions::default(),
    })
}

fn the_rebuild(face: &Face, when: impl Fn(&RebuildView) -> bool) -> std::sync::Arc<RebuildView> {
    face.until(|snapshot| snapshot.rebuilds.first().filter(|view| when(view)).cloned())
}

fn case_of(face: &Face, desk: &Desk) -> CaseId {
    let new = Command::NewCase {
        ticket: None,
        instance: desk.practice.url().into(),
        project: desk.lesson.project.clone(),
    };
    match face.ask(new) {
        Ok(Answer::Case(id) | Answer::CaseOfUnknown(id, _)) => id,
        other => panic!("{other:?}"),
    }
}

/// The window's engine continues by itself after every stop, and the archive becomes the case's file.
#[test]
fn the_window_continues_it_and_the_case_gets_the_archive() {
    let desk = Desk::paced(super::without_faults("relations-batched"), 0.02);
    let face = Face::paced(&desk, 0.02);
    let case = case_of(&face, &desk);
    let Ok(Answer::Rebuild(_)) = face.ask(start(&desk, Some(case))) else { panic!("it did not start") };
    let view = the_rebuild(&face, |view| view.job.phase() == RebuildPhase::Exporting);
    assert!(view.is_at_work);
    let view = the_rebuild(&face, |view| view.checked_until.is_some() && view.next_poll_at.is_some());
    let shown = view.checked_until.unwrap().since_ms(view.job.step_since);
    assert!(shown > 0, "it says until when it checks");
    drop(face);
    for phase in [RebuildPhase::Downloading, RebuildPhase::Building] {
        let face = Face::paced(&desk, 0.02);
        let view = the_rebuild(&face, |view| view.job.phase() == phase || view.job.is_ended());
        assert!(view.job.archive().is_some() || !view.job.is_ended(), "{:?}", view.job.outcome);
        drop(face);
    }
    let face = Face::paced(&desk, 0.02);
    let view = the_rebuild(&face, |view| view.job.is_ended());
    let archive = view.job.archive().unwrap_or_else(|| panic!("{:?}", view.job.outcome));
    assert!(Path::new(&archive.path).is_file() && view.receipt.is_some());
    assert_eq!(posts(&desk), 1);
    let served = face.until(|snapshot| snapshot.cases.first()?.served.clone());
    assert_eq!((&served.sha256, served.rebuilt.is_some()), (&archive.file.sha256, true));
    // Once more: the finished archive stays, and a new one would get another name.
    assert!(face.until(|snapshot| Some(snapshot.rebuilds.len())) == 1);
}

#[test]
fn it_is_cancelled_at_each_step_and_continues_where_it_was() {
    let desk = Desk::paced(super::without_faults("relations-batched"), 0.02);
    let face = Face::paced(&desk, 0.02);
    let Ok(Answer::Rebuild(id)) = face.ask(start(&desk, None)) else { panic!("it did not start") };
    for phase in [RebuildPhase::Exporting, RebuildPhase::Downloading, RebuildPhase::Building] {
        let view = the_rebuild(&face, |view| view.job.phase() == phase || view.job.is_ended());
        if view.job.is_ended() {
            // The step was over before the test could see it.
            break;
        }
        face.ask(Command::Rebuild(RebuildCommand::Cancel { rebuild: id })).unwrap();
        let view = the_rebuild(&face, |view| view.job.is_ended());
        if view.job.archive().is_some() {
            break;
        }
        assert_eq!(view.job.remedies(), [RebuildRemedy::Retry]);
        let resume = RebuildCommand::Resume { rebuild: id, remedy: RebuildRemedy::Retry };
        face.ask(Command::Rebuild(resume)).unwrap();
    }
    let view = the_rebuild(&face, |view| view.job.is_ended());
    assert!(view.job.archive().is_some(), "{:?}", view.job.outcome);
    assert_eq!(posts(&desk), 1);
}

#[test]
fn a_second_start_is_the_same_rebuild() {
    let desk = Desk::paced(super::without_faults("relations-batched"), 0.02);
    let face = Face::paced(&desk, 0.02);
    let Ok(Answer::Rebuild(first)) = face.ask(start(&desk, None)) else { panic!("it did not start") };
    let Ok(Answer::Rebuild(second)) = face.ask(start(&desk, None)) else { panic!("it did not start") };
    assert_eq!(first, second);
    the_rebuild(&face, |view| view.job.is_ended());
    assert_eq!(posts(&desk), 1);
}
