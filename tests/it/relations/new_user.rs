//! What somebody meets who rebuilds an archive for the first time: early refusals, what is missing, the next command.

use std::fs;
use std::path::Path;

use export_desk::case::RebuildOptions;
use export_desk::engine::api::{Answer, Command, RebuildCommand};
use serde_json::json;

use super::build::{build, downloaded};
use super::fill::{fill, table};
use super::{download, folder, plain};
use crate::fixture::{Fixture, posts};
use crate::front_end::FrontEnd;

/// A question whose answer changes nothing is not asked, and nobody is told that a member was not wanted.
#[test]
fn members_that_the_folder_lacks_are_not_asked_about() {
    let (fixture, folder) = downloaded(true);
    let asked = || build(&fixture, &folder, &["--members", "ask"]);
    let end = asked();
    let result = end.result();
    assert_eq!((end.exit, end.code()), (2, "usage"), "{result}");
    assert!(result["headline"].as_str().unwrap().starts_with("The folder has no members."), "{result}");
    assert!(result["hint"].as_str().unwrap().contains("relations fill DIR"), "{result}");
    let table = table(&fixture);
    assert_eq!(fill(&fixture, &folder, &["--members", table.to_str().unwrap()]).exit, 0);
    let headline = asked().result()["headline"].as_str().unwrap().to_owned();
    assert!(headline.contains("no terminal"), "now the answer matters: {headline}");
}

/// A part that GitLab skipped is known before anybody downloads for hours.
#[test]
fn missing_records_are_reported_as_soon_as_the_counts_differ() {
    let fixture = Fixture::of("rebuild-with-a-gap");
    let project = fixture.lesson.project.clone();
    let end = fixture.run(&["relations", "start", &project, "--wait"]);
    let result = end.result();
    let said = "GitLab did not write every record: issues (3 of 5 records, 2 missing).";
    assert_eq!((end.exit, &result["incomplete"]), (0, &json!(1)), "{result}");
    assert!(result["sentence"].as_str().unwrap().ends_with(said), "{result}");
    let incomplete = json!([{ "relation": "issues", "records_written": 3, "total_objects_count": 5 }]);
    assert_eq!(result["incomplete_relations"], incomplete);
    let row = result["relations"].as_array().unwrap().iter().find(|row| row["relation"] == "issues").unwrap();
    assert_eq!((&row["records_written"], &row["records_missing"]), (&json!(3), &json!(2)));
    assert_eq!(result["failed_relations"], json!([]), "its files are ready");
    let text = |words: &[&str]| {
        let output = crate::waiting::output(&mut fixture.spoken(words), &format!("{words:?}"));
        assert!(output.status.success(), "{words:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let status = text(&["relations", "status", &project]);
    assert!(
        status.contains("3 of 5 records, 2 missing") && status.contains("Start the export again"),
        "{status}"
    );
    let folder = folder(&fixture);
    let told = text(&download(&fixture, &folder));
    assert!(
        told.contains("issues: 3 of 5 records, 2 missing.") && told.contains("`relations start"),
        "{told}"
    );
    // The build names the command, too.
    let end = build(&fixture, &folder, &[]);
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{}", end.result());
    assert!(
        end.result()["hint"].as_str().unwrap().contains("`relations rebuild PROJECT`"),
        "{}",
        end.result()
    );
}

/// Afterwards, hours would be lost, and the files of the export before.
#[test]
fn a_useless_folder_or_relation_is_refused_before_anything_is_requested() {
    let fixture = plain();
    let file = fixture.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let beside = |folder: &Path| folder.join("below").to_str().unwrap().to_owned();
    let below = beside(&file);
    let project = &fixture.lesson.project;
    let out = fixture.downloads();
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    for (words, exit, said) in [
        (["--folder", file, "--output", out], 10, "is a file, and not a folder"),
        (["--folder", &below, "--output", out], 10, "cannot be written"),
        (["--output", &format!("{out}/missing/a.tar.gz"), "--without", "issues"], 2, "does not exist"),
        (["--without", "foo", "--without", "issues"], 2, "no relation “foo”"),
    ] {
        let end = fixture.run(&[&["relations", "rebuild", project][..], &words].concat());
        assert_eq!(end.exit, exit, "{words:?}: {}", end.result());
        assert!(end.result()["headline"].as_str().unwrap().contains(said), "{words:?}: {}", end.result());
    }
    assert_eq!(posts(&fixture, "/export_relations"), 0, "nothing was requested");
    assert!(!fixture.downloads().join("missing").exists(), "a mistyped path is no folder");
}

#[test]
fn a_named_folder_gets_the_archive_with_its_default_name() {
    let (fixture, folder) = downloaded(true);
    let end = build(&fixture, &folder, &["--output", fixture.downloads().to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let archive = fixture.downloads().join("relations_rebuilt_export.tar.gz");
    assert_eq!(end.result()["path"].as_str(), archive.to_str());
    // Nobody has read the wiki: that is no line among many.
    let warned = |line: &serde_json::Value| {
        line["event"] == "warning"
            && line["message"].as_str().unwrap().contains("lacks project_members, wiki")
    };
    assert!(end.lines.iter().any(warned), "{:?}", end.lines);
    let file = fixture.run(&["relations", "build", archive.to_str().unwrap()]);
    let headline = file.result()["headline"].as_str().unwrap();
    assert!(headline.contains("is a file, and not a folder"), "{headline}");
}

/// A rebuild that stopped before its first file, with the folder that was chosen for it.
fn stopped_in(fixture: &Fixture, front_end: &FrontEnd, chosen: &Path) {
    let start = |folder: &str| {
        let options = RebuildOptions { folder: Some(folder.to_owned()), ..RebuildOptions::default() };
        let (instance, project) = (fixture.practice.url().into(), fixture.lesson.project.clone());
        RebuildCommand::Start { instance, project, case: None, options }
    };
    let Ok(Answer::Rebuild(rebuild)) = front_end.ask(Command::Rebuild(start(chosen.to_str().unwrap())))
    else {
        panic!("it did not start")
    };
    front_end.ask(Command::Rebuild(RebuildCommand::Cancel { rebuild })).unwrap();
    front_end.until(|snapshot| snapshot.rebuilds.first()?.job.is_cancelled().then_some(()));
}

#[test]
fn an_emptied_folder_is_the_default_folder() {
    let fixture = plain();
    let front_end = FrontEnd::of(&fixture);
    let chosen = fixture.folder.path().join("chosen");
    stopped_in(&fixture, &front_end, &chosen);
    let options = RebuildOptions { folder: Some(String::new()), ..RebuildOptions::default() };
    let (instance, project) = (fixture.practice.url().into(), fixture.lesson.project.clone());
    front_end
        .ask(Command::Rebuild(RebuildCommand::Start { instance, project, case: None, options }))
        .unwrap();
    let archive = front_end.until(|snapshot| snapshot.rebuilds.first()?.job.archive().cloned());
    assert!(archive.path.ends_with("acme_handbook_rebuilt_export.tar.gz"), "{}", archive.path);
    assert!(!chosen.exists());
}

#[test]
fn a_rebuild_that_stopped_before_its_download_continues_in_its_folder() {
    let fixture = plain();
    let chosen = fixture.folder.path().join("chosen");
    let front_end = FrontEnd::of(&fixture);
    stopped_in(&fixture, &front_end, &chosen);
    drop(front_end);
    let end = fixture.run(&["relations", "rebuild", &fixture.lesson.project]);
    assert_eq!((end.exit, end.result()["folder"].as_str()), (0, chosen.to_str()), "{}", end.result());
}

/// The window offers it at once, and the two give one advice.
#[test]
fn a_failed_export_names_the_command_of_the_fallback() {
    let fixture = Fixture::of("rebuild");
    let end = fixture.run(&["export", "start", &fixture.lesson.project, "--wait"]);
    let hint = end.result()["hint"].as_str().unwrap().to_owned();
    assert_eq!((end.exit, end.code()), (6, "export_failed"), "{}", end.result());
    let command = format!("`relations rebuild {}`", fixture.lesson.project);
    assert!(hint.contains(&command) && hint.starts_with("Known issue "), "{hint}");
}

/// A new case's archive would pass the limit that was typed for the last one.
#[test]
fn the_next_archive_of_a_case_keeps_its_import_limit() {
    let mut lesson = super::without_faults("rebuild-too-large");
    lesson.world.limits.project_import = 0;
    let fixture = Fixture::with(lesson);
    let front_end = FrontEnd::of(&fixture);
    let case = front_end.open_case(&fixture, &fixture.lesson.project, None);
    for limit_bytes in [Some(150 << 10), None] {
        let options = RebuildOptions { limit_bytes, ..RebuildOptions::default() };
        let (instance, project) = (fixture.practice.url().into(), fixture.lesson.project.clone());
        let start = RebuildCommand::Start { instance, project, case: Some(case), options };
        let Ok(Answer::Rebuild(id)) = front_end.ask(Command::Rebuild(start)) else { panic!("no rebuild") };
        let (archive, receipt) = front_end.until(|snapshot| {
            let view = snapshot.rebuilds.iter().find(|view| view.job.id == id)?;
            Some((view.job.archive()?.clone(), view.receipt.clone()?))
        });
        assert_eq!(archive.parts.len(), 4, "{limit_bytes:?}");
        assert!(receipt.verdict_sentence.contains("this set of archives"), "{}", receipt.verdict_sentence);
    }
}
