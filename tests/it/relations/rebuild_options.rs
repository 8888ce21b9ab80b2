//! The choices of `relations rebuild`: members, relations left out, and sets of archives.

use std::fs;
use std::path::{Path, PathBuf};

use export_desk::case::{CaseId, MembersChoice, RebuildOptions};
use export_desk::engine::api::{Answer, Command, RebuildCommand};
use serde_json::{Value, json};

use super::build::members;
use super::{fault, folder, without_faults};
use crate::fixture::{End, Fixture};
use crate::front_end::FrontEnd;
use crate::places::SmallDisk;

const MEMBERS: &str = "tree/project/project_members.ndjson";

/// A project whose merge requests alone pass the import limit of its GitLab.
fn too_large() -> Fixture {
    let mut lesson = without_faults("rebuild-too-large");
    lesson.world.limits.project_import = 0;
    Fixture::with(lesson)
}

fn rebuild(fixture: &Fixture, name: &str, more: &[&str]) -> End {
    let (folder, output) = (folder(fixture), fixture.downloads().join(name));
    let (folder, output) = (folder.to_str().unwrap(), output.to_str().unwrap());
    let words = ["relations", "rebuild", &fixture.lesson.project, "--folder", folder, "--output", output];
    fixture.run(&[&words[..], more].concat())
}

fn parts(result: &Value) -> Vec<(PathBuf, Option<&str>)> {
    let parts = result["parts"].as_array().unwrap().iter();
    parts.map(|part| (PathBuf::from(part["path"].as_str().unwrap()), part["relation"].as_str())).collect()
}

/// A set where one archive would be too large for its destination, and the set is imported there.
#[test]
fn what_is_too_large_becomes_a_set_that_its_gitlab_imports() {
    let fixture = too_large();
    let end = rebuild(&fixture, "whole.tar.gz", &[]);
    let result = end.result();
    assert_eq!((end.exit, &result["parts"]), (0, &json!([])), "GitLab.com accepts it: {result}");
    let whole = fixture.downloads().join("whole.tar.gz");
    let words = ["import", "file", whole.to_str().unwrap(), "--namespace", "acme", "--path", "whole"];
    let refused = fixture.run(&words);
    assert_eq!((refused.exit, refused.code()), (6, "size_limit"), "{}", refused.result());
    let seen = fixture.practice.requests();
    assert!(seen.iter().any(|seen| seen.status == 413 && seen.path().ends_with("/projects/import")));

    let receipt = fixture.folder.path().join("receipt.md");
    let more = ["--existing", "--limit", "150KiB", "--receipt", receipt.to_str().unwrap()];
    let end = rebuild(&fixture, "small.tar.gz", &more);
    let result = end.result();
    assert_eq!((end.exit, result["phase"].as_str()), (0, Some("built")), "{result}");
    let relations: Vec<_> = parts(result).into_iter().map(|(_, relation)| relation).collect();
    let sliced = [None, Some("merge_requests"), Some("merge_requests"), Some("ci_pipelines")];
    assert_eq!(relations, sliced, "{result}");
    for (path, _) in parts(result) {
        assert!(path.metadata().unwrap().len() <= 150 << 10, "{path:?}");
        assert_eq!(fixture.run(&["verify", path.to_str().unwrap()]).exit, 0, "{path:?}");
    }
    let text = fs::read_to_string(&receipt).unwrap();
    assert!(text.contains("as a set of 4 archives; not made by GitLab's file export"), "{text}");
    assert!(!fixture.downloads().join("small.tar.gz").exists(), "no half archive stays");
    // The same command does not replace the set.
    let again = rebuild(&fixture, "small.tar.gz", &more[..3]);
    assert_eq!((again.exit, again.code()), (3, "refused"), "{}", again.result());

    let list = result["path"].as_str().unwrap();
    let end = fixture.run(&["import", "set", list, "--namespace", "acme", "--path", "copy"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let world = fixture.practice.world();
    let copy = world.project("acme/copy").unwrap();
    assert_eq!((copy.records["merge_requests"], copy.records["issues"]), (2, 5));
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

/// A power cut between the set's name and the record of the result.
#[test]
fn a_set_that_got_its_name_before_the_crash_is_not_built_again() {
    for more in [&["--limit", "150KiB"][..], &["--split"]] {
        let fixture = too_large();
        assert_eq!(fixture.run(&["case", "list"]).exit, 0);
        let database = || rusqlite::Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
        let power_cut =
            "CREATE TRIGGER lost BEFORE UPDATE ON rebuilds WHEN NEW.body LIKE '%\"is\":\"built\"%'
                    BEGIN SELECT RAISE(FAIL, 'power cut'); END";
        database().execute_batch(power_cut).unwrap();
        assert_ne!(rebuild(&fixture, "a.tar.gz", more).exit, 0);
        database().execute_batch("DROP TRIGGER lost").unwrap();
        let list = fixture.downloads().join("a_set/a.set.json");
        let named = fs::metadata(&list).unwrap().modified().unwrap();
        let before = fixture.practice.requests().len();
        let end = rebuild(&fixture, "a.tar.gz", more);
        assert_eq!((end.exit, end.result()["path"].as_str()), (0, list.to_str()), "{}", end.result());
        assert_eq!(fs::metadata(&list).unwrap().modified().unwrap(), named, "it is the same set");
        assert_eq!(fixture.practice.requests().len(), before, "GitLab is not asked");
    }
}

#[test]
fn members_go_in_only_as_the_user_says() {
    let fixture = super::plain();
    let has = |archive: &str, text: &str| {
        let all = members(&fixture.downloads().join(archive));
        all.get(MEMBERS).is_some_and(|lines| String::from_utf8_lossy(lines).contains(text))
    };
    // Nobody sits at a terminal.
    let end = rebuild(&fixture, "none.tar.gz", &[]);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(end.result()["left_out"].to_string().contains("project_members"), "{}", end.result());
    assert!(!members(&fixture.downloads().join("none.tar.gz")).contains_key(MEMBERS));
    let end = rebuild(&fixture, "ask.tar.gz", &["--members", "ask", "--existing"]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());

    // A table that cannot be read is refused before anything is requested.
    let table = fixture.folder.path().join("members.csv");
    let before = fixture.practice.requests().len();
    let more = ["--existing", "--members", table.to_str().unwrap()];
    let end = rebuild(&fixture, "table.tar.gz", &more);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    assert_eq!(fixture.practice.requests().len(), before);
    fs::write(&table, "dana,dana@example.org\n").unwrap();
    let end = rebuild(&fixture, "table.tar.gz", &more);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(has("table.tar.gz", "dana@example.org") && !has("table.tar.gz", "dana@example.com"));

    // The window's choice.
    let front_end = FrontEnd::of(&fixture);
    let start = RebuildCommand::Start {
        instance: fixture.practice.url().into(),
        project: fixture.lesson.project.clone(),
        case: None,
        options: RebuildOptions { members: MembersChoice::PublicEmails, ..RebuildOptions::default() },
    };
    let Ok(Answer::Rebuild(id)) = front_end.ask(Command::Rebuild(start)) else { panic!("it did not start") };
    let archive = front_end.until(|snapshot| {
        let view = snapshot.rebuilds.iter().find(|view| view.job.id == id)?;
        view.job
            .is_ended()
            .then(|| view.job.archive().unwrap_or_else(|| panic!("{:?}", view.job.outcome)).clone())
    });
    let lines = &members(Path::new(&archive.path))[MEMBERS];
    assert!(String::from_utf8_lossy(lines).contains("dana@example.com"));
}

/// A relation that GitLab cannot export is no gap any more once it is left out on purpose.
#[test]
fn a_relation_that_failed_can_be_left_out() {
    let fixture = super::plain();
    let failed = "on = \"relations_start\"\nkind = \"relation_failed\"\nrelation = \"ci_pipelines\"\nerror = \"Timeout\"";
    fixture.practice.trigger(fault(failed));
    let end = rebuild(&fixture, "a.tar.gz", &[]);
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{}", end.result());
    let end = rebuild(&fixture, "a.tar.gz", &["--without", "isues", "--existing"]);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
    let end = rebuild(&fixture, "a.tar.gz", &["--without", "ci_pipelines", "--existing"]);
    let result = end.result();
    assert_eq!((end.exit, &result["gaps"]), (0, &json!([])), "{result}");
    assert!(result["left_out"].to_string().contains("This is a choice"), "{result}");
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

/// The setting is the limit where none is named.
#[test]
fn the_limit_of_the_settings_counts_where_none_is_named() {
    let fixture = too_large();
    let front_end = FrontEnd::of(&fixture);
    let keep = |value: Value| {
        let key = export_desk::engine::api::IMPORT_LIMIT.to_owned();
        front_end.ask(Command::Keep { key, value })
    };
    assert!(keep(json!(1000)).is_err());
    keep(json!(1 << 20)).unwrap();
    let case = front_end.open_case(&fixture, &fixture.lesson.project, None);
    let start = |case: CaseId, limit_bytes| {
        let options = RebuildOptions { limit_bytes, ..RebuildOptions::default() };
        let (instance, project) = (fixture.practice.url().into(), fixture.lesson.project.clone());
        let start = RebuildCommand::Start { instance, project, case: Some(case), options };
        let Ok(Answer::Rebuild(id)) = front_end.ask(Command::Rebuild(start)) else { panic!("no rebuild") };
        front_end.until(|snapshot| {
            let view = snapshot.rebuilds.iter().find(|view| view.job.id == id)?;
            view.job.archive().cloned().map(|archive| (archive, view.receipt.clone()))
        })
    };
    let (archive, _) = start(case, None);
    assert!(archive.parts.is_empty(), "1 MiB is enough");
    let (archive, receipt) = start(case, Some(150 << 10));
    assert_eq!(archive.parts.len(), 4);
    assert!(archive.path.ends_with("_2_set/acme_webshop_rebuilt_export_2.set.json"), "{}", archive.path);
    assert_eq!(receipt.unwrap().counts["merge_requests"], 2);
    let served = front_end.until(|snapshot| {
        let served = snapshot.cases.first()?.served.clone()?;
        served.rebuilt.as_ref().is_some_and(|rebuilt| rebuilt.parts.len() == 4).then_some(served)
    });
    assert_eq!(served.sha256, archive.file.sha256);
}

/// A rebuild that continues is the one that was asked for, also where the second command does not name it again.
#[test]
fn a_rebuild_that_continues_keeps_what_was_chosen() {
    let fixture = super::plain();
    let table = fixture.folder.path().join("members.csv");
    fs::write(&table, "dana,dana@example.org\n").unwrap();
    let failed =
        "on = \"relations_start\"\nkind = \"relation_failed\"\nrelation = \"issues\"\nerror = \"Timeout\"";
    fixture.practice.trigger(fault(failed));
    let more = ["--members", table.to_str().unwrap(), "--without", "ci_pipelines", "--split"];
    let end = rebuild(&fixture, "a.tar.gz", &more);
    assert_eq!((end.exit, end.code()), (8, "relations_incomplete"), "{}", end.result());
    // The folder and the file are not named either.
    let end = fixture.run(&["relations", "rebuild", &fixture.lesson.project]);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert!(result["path"].as_str().unwrap().ends_with("a_set/a.set.json"), "{result}");
    let base = members(&parts(result)[0].0);
    assert!(String::from_utf8_lossy(&base[MEMBERS]).contains("dana@example.org"));
    assert!(!base.contains_key("tree/project/ci_pipelines.ndjson"));
    assert!(result["left_out"].to_string().contains("ci_pipelines"), "{result}");
    assert!(result["filled"].to_string().contains("project_members"), "{result}");
    let kept = end.lines.iter().find_map(|line| line["kept"].as_array()).expect("it says what it has kept");
    assert_eq!(kept.len(), 4, "{kept:?}");
}

/// A command that was refused before GitLab exported anything leaves no choice behind. A second archive gets the next
/// free name.
#[test]
fn a_refused_rebuild_leaves_no_choice_and_a_second_one_has_its_own_name() {
    let fixture = too_large();
    super::started(&fixture, &["--batched"]);
    let project = fixture.lesson.project.as_str();
    let at = |name: &str| fixture.folder.path().join(name).to_str().unwrap().to_owned();
    let other = at("other");
    let refused = ["relations", "rebuild", project, "--limit", "150KiB", "--folder", &other];
    let end = fixture.run(&refused);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    let end = fixture.run(&["relations", "rebuild", project, "--existing", "--folder", &at("mine")]);
    let first = end.result()["path"].as_str().unwrap().to_owned();
    assert_eq!((end.exit, &end.result()["parts"]), (0, &json!([])), "no limit is left: {}", end.result());
    assert_eq!(Path::new(&first).parent(), Some(fixture.folder.path()), "beside the folder: {first}");
    let end = fixture.run(&["relations", "rebuild", project, "--existing", "--folder", &at("mine")]);
    let second = end.result()["path"].as_str().unwrap().to_owned();
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(first != second && Path::new(&first).is_file() && Path::new(&second).is_file());
}

/// GitLab's export may take hours, and would be in vain.
#[test]
fn a_disk_without_room_is_found_before_anything_is_requested() {
    let fixture = too_large();
    let elsewhere = fixture.folder.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    for (disk_at, what) in [(folder(&fixture), "relation files"), (elsewhere.clone(), "archive")] {
        let Some(disk) = SmallDisk::mount(&disk_at, 1) else { return };
        fs::write(disk_at.join("full"), vec![0; 600 << 10]).unwrap();
        let (folder, output) = (folder(&fixture), elsewhere.join("a.tar.gz"));
        let (folder, output) = (folder.to_str().unwrap(), output.to_str().unwrap());
        let words = ["relations", "rebuild", &fixture.lesson.project, "--folder", folder, "--output", output];
        let end = fixture.run(&words);
        drop(disk);
        let headline = end.result()["headline"].as_str().unwrap();
        assert_eq!((end.exit, end.code()), (10, "local"), "{headline}");
        assert!(headline.contains(what) && headline.ends_with("Nothing was requested."), "{headline}");
    }
    let seen = fixture.practice.requests();
    assert!(!seen.iter().any(|seen| seen.method == "POST"), "no export was requested");
    // With room, the same command goes through.
    let output = elsewhere.join("a.tar.gz");
    let words = ["relations", "rebuild", &fixture.lesson.project, "--output", output.to_str().unwrap()];
    assert_eq!(fixture.run(&words).exit, 0);
}
