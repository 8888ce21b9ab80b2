//! Many exports as one batch, by the real program: what is exported once, what is said about the others, and what a kill
//! leaves.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use export_desk::practice::{Lesson, Listener};
use serde_json::{Value, json};

use crate::fixture::{End, Fixture, fault};
use crate::waiting;

/// A world with this many small projects `many/p1`, `many/p2` ….
pub fn lesson_of(projects: usize, more: &str) -> Lesson {
    let mut text = String::from(
        r#"
title = "Many"
teaches = "Many exports."
steps = []
project = "acme/webshop"
[expect]
exit = 0
verdict = "importable"
[world]
queue_s = 2
"#,
    );
    for number in 1..=projects {
        let project = format!("[[world.project]]\npath = \"many/p{number}\"\nexport_s = 10\n");
        text.push_str(&project);
    }
    text.push_str(more);
    Lesson::parse("many", &text).unwrap()
}

pub fn posts(fixture: &Fixture) -> usize {
    let requests = fixture.practice.requests();
    let is_start = |path: &str| path.ends_with("/export");
    requests.iter().filter(|seen| seen.method == "POST" && is_start(&seen.target)).count()
}

pub fn refused(fixture: &Fixture) -> usize {
    fixture.practice.requests().iter().filter(|seen| seen.status == 429).count()
}

pub fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// Exports the projects of a list into a folder.
fn export_all(fixture: &Fixture, lines: impl Iterator<Item = String>, folder: &Path) -> End {
    let list = fixture.folder.path().join("list.txt");
    std::fs::write(&list, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let (list, folder) = (list.to_str().unwrap(), folder.to_str().unwrap());
    fixture.run(&["export", "start", "--from", list, "--download", folder])
}

/// The manifest names every archive of the folder, with its size.
pub fn is_whole(folder: &Path, projects: usize) {
    let manifest = manifest(folder);
    let rows = manifest["projects"].as_array().unwrap();
    assert_eq!(rows.len(), projects);
    for row in rows {
        assert_eq!((&row["status"], &row["verdict"]), (&json!("done"), &json!("importable")), "{row}");
        let file = folder.join(row["file"].as_str().unwrap());
        assert_eq!(file.metadata().unwrap().len(), row["bytes"].as_u64().unwrap(), "{row}");
    }
    let archives = std::fs::read_dir(folder).unwrap();
    let archives =
        archives.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tar.gz"));
    assert_eq!(archives.count(), projects, "no archive was downloaded twice");
    let csv = std::fs::read_to_string(folder.join("manifest.csv")).unwrap();
    assert_eq!(csv.lines().count(), projects + 1);
}

#[test]
fn each_project_is_exported_once_and_the_worst_decides_the_exit_code() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let folder = fixture.folder.path().join("exports");
    let list = fixture.folder.path().join("list.txt");
    let url = fixture.practice.url();
    std::fs::write(
        &list,
        format!("# ours\nmany/p1\n{url}/many/p2/edit\nMany/P1\nacme/read-only\nnobody/nothing\n"),
    )
    .unwrap();
    let (list, folder_text) = (list.to_str().unwrap(), folder.to_str().unwrap());
    let end = fixture.run(&["export", "start", "acme/webshop", "--from", list, "--download", folder_text]);
    let result = end.result();
    // 5 for a project that is not there; 4 for the role.
    assert_eq!((end.exit, &result["code"]), (5, &json!("not_found_or_no_access")), "{result}");
    let projects = result["projects"].as_array().unwrap();
    let ended: Vec<_> =
        projects.iter().map(|one| (one["named"].as_str().unwrap(), one["exit"].clone())).collect();
    let second = format!("{url}/many/p2/edit");
    assert_eq!(
        ended,
        [
            ("acme/webshop", json!(0)),
            ("many/p1", json!(0)),
            (second.as_str(), json!(0)),
            ("acme/read-only", json!(4)),
            ("nobody/nothing", json!(5)),
        ]
    );
    for project in &projects[..3] {
        assert_eq!(project["verdict"], "importable", "{project}");
        assert!(Path::new(project["path"].as_str().unwrap()).starts_with(&folder), "{project}");
    }
    let warned = end.lines.iter().find(|line| line["event"] == "warning").unwrap();
    assert!(warned["message"].as_str().unwrap().contains("is already in line"), "{warned}");
    assert_eq!((posts(&fixture), refused(&fixture)), (3, 0), "nothing was requested that cannot be exported");
    let rows = manifest(&folder)["projects"].clone();
    assert_eq!(rows[3]["code"], "role_too_low");
    assert!(rows[3]["id"].is_u64(), "GitLab has found it: {}", rows[3]);
    assert!(rows[4]["id"].is_null(), "{}", rows[4]);
    assert_eq!(rows[0]["status"], "done");
    // The same command again exports nothing a second time.
    let again = fixture.run(&["export", "resume", folder_text]);
    assert_eq!((again.exit, posts(&fixture)), (5, 3), "{}", again.result());
}

#[test]
fn a_batch_waits_for_its_turns_instead_of_collecting_refusals() {
    let fixture = Fixture::paced(lesson_of(20, ""), 0.01);
    let all: Vec<String> = (1..=20).map(|number| format!("many/p{number}")).collect();
    let mut arguments = vec!["export", "start"];
    arguments.extend(all.iter().map(String::as_str));
    let requested = fixture.run(&arguments);
    assert_eq!(requested.exit, 0, "{}", requested.result());
    assert_eq!((posts(&fixture), refused(&fixture)), (20, 0));
    let times: Vec<_> = requested.lines.iter().filter(|line| line["event"] == "project").collect();
    assert_eq!(times.len(), 20, "each was told once");
    arguments.push("--wait");
    let waited = fixture.run(&arguments);
    assert_eq!(waited.exit, 0, "{}", waited.result());
    assert_eq!(posts(&fixture), 20, "running and finished exports are found");
}

#[test]
fn a_list_comes_from_standard_input() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let mut command = fixture.program(&["export", "start", "--from", "-", "--wait"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"many/p1\n\n# no more\nmany/p2").unwrap();
    let end = End::of(&waiting::output_of(child, "the list from standard input"));
    assert_eq!((end.exit, posts(&fixture)), (0, 2), "{}", end.result());
}

#[test]
fn an_unusable_list_starts_nothing() {
    let fixture = Fixture::with(lesson_of(1, ""));
    let list = fixture.folder.path().join("list.txt");
    for (text, said) in [
        ("", "The list names no project."),
        ("# only this\n", "The list names no project."),
        ("many/p1\nhttps://gitlab.com/many/p1\n", "Line 2: The URL belongs to https://gitlab.com"),
    ] {
        std::fs::write(&list, text).unwrap();
        let end = fixture.run(&["export", "start", "--from", list.to_str().unwrap()]);
        let headline = end.result()["headline"].as_str().unwrap();
        assert_eq!((end.exit, headline.starts_with(said)), (2, true), "{headline}");
    }
    let none = fixture.run(&["export", "resume", fixture.folder.path().to_str().unwrap()]);
    assert_eq!(none.exit, 2, "{}", none.result());
    let other = fixture.folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("manifest.json"), "{}").unwrap();
    let foreign =
        fixture.run(&["export", "start", "many/p1", "acme/webshop", "--download", other.to_str().unwrap()]);
    assert_eq!(foreign.exit, 3, "{}", foreign.result());
    std::fs::remove_file(other.join("manifest.json")).unwrap();
    std::fs::write(other.join("manifest.csv"), "mine").unwrap();
    let foreign =
        fixture.run(&["export", "start", "many/p1", "acme/webshop", "--download", other.to_str().unwrap()]);
    assert_eq!(foreign.exit, 3, "{}", foreign.result());
    assert_eq!(std::fs::read(other.join("manifest.csv")).unwrap(), b"mine");
    assert_eq!(posts(&fixture), 0);
}

#[test]
fn killed_again_and_again_a_batch_ends_with_every_archive_once() {
    let (mut random, kills) = crate::campaigns::campaign("batch kill", 12);
    let fixture = Fixture::paced(lesson_of(14, ""), 0.01);
    let folder = fixture.folder.path().join("exports");
    let list = fixture.folder.path().join("list.txt");
    let all: String = (1..=14).map(|number| format!("many/p{number}")).collect::<Vec<_>>().join("\n");
    std::fs::write(&list, all).unwrap();
    let start = ["export", "start", "--from", list.to_str().unwrap(), "--download", folder.to_str().unwrap()];
    let resume = ["export", "resume", folder.to_str().unwrap()];
    let mut begun = false;
    for _ in 0..kills {
        let arguments = if begun && random.bool() { &resume[..] } else { &start[..] };
        let seen = fixture.practice.requests().len() + random.usize(1..12);
        let mut child =
            fixture.program(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The kill hits the store, a request or an answer.
        waiting::until("some requests", || {
            let came = fixture.practice.requests().len() >= seen;
            (came || child.try_wait().unwrap().is_some()).then_some(())
        });
        waiting::killed(&mut child);
        begun |= folder.join("manifest.json").exists();
    }
    let end = fixture.run(if begun { &resume[..] } else { &start[..] });
    assert_eq!(end.exit, 0, "{}", end.result());
    is_whole(&folder, 14);
    assert_eq!(posts(&fixture), 14, "no export was requested twice");
    let storage = fixture.practice.requests();
    assert!(storage.iter().any(|seen| seen.origin == Listener::Storage));
}

#[test]
fn a_project_over_the_size_limit_fails_alone() {
    // A limit that GitLab does not tell: only the request shows it.
    let big = "[[world.project]]\npath = \"many/big\"\nsize = \"large\"\nexport_s = 10\n";
    let mut lesson = lesson_of(30, big);
    lesson.world.max_export_bytes = 1 << 20;
    let fixture = Fixture::with(lesson);
    let folder = fixture.folder.path().join("exports");
    let all = std::iter::once("many/big".to_owned()).chain((1..=30).map(|number| format!("many/p{number}")));
    let end = export_all(&fixture, all, &folder);
    let result = end.result();
    assert_eq!((end.exit, &result["code"]), (6, &json!("size_limit")), "{result}");
    let exits: Vec<_> =
        result["projects"].as_array().unwrap().iter().map(|one| one["exit"].clone()).collect();
    assert_eq!(exits[0], json!(6));
    assert!(exits.len() == 31 && exits[1..].iter().all(|exit| *exit == json!(0)), "{exits:?}");
    let rows = manifest(&folder)["projects"].clone();
    assert_eq!((&rows[0]["status"], &rows[0]["code"]), (&json!("failed"), &json!("size_limit")));
    assert_eq!((posts(&fixture), refused(&fixture)), (31, 0));
}

#[test]
fn an_archive_that_fails_its_verification_is_in_the_manifest_with_its_verdict() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let folder = fixture.folder.path().join("exports");
    fixture.practice.trigger(fault("on = \"export_start\"\nkind = \"truncated\"\nmissing_bytes = 300"));
    let end = export_all(&fixture, (1..=2).map(|number| format!("many/p{number}")), &folder);
    let result = end.result();
    assert_eq!((end.exit, &result["code"]), (8, &json!("archive_damaged")), "{result}");
    let rejected = |rows: &Value| -> Vec<Value> {
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), 2);
        rows.iter().filter(|row| row["code"] == "archive_damaged").cloned().collect()
    };
    let [told] = &rejected(&result["projects"])[..] else { panic!("{result}") };
    let manifest = manifest(&folder);
    let [row] = &rejected(&manifest["projects"])[..] else { panic!("{manifest}") };
    let file = folder.join(row["file"].as_str().unwrap());
    assert_eq!(told["path"].as_str(), file.to_str(), "{told}");
    assert_eq!(Some(file.metadata().unwrap().len()), row["bytes"].as_u64(), "{row}");
    for rejected in [told, row] {
        assert_eq!((&rejected["verdict"], &rejected["bytes"]), (&json!("damaged"), &row["bytes"]));
        assert_eq!(rejected["sha256"].as_str().map(str::len), Some(64), "{rejected}");
    }
}

#[test]
fn a_joined_command_and_its_host_share_one_queue_of_the_limits() {
    let fixture = Fixture::paced(lesson_of(40, ""), 0.01);
    let start = |numbers: std::ops::RangeInclusive<usize>| {
        let mut all = vec!["export".to_owned(), "start".to_owned(), "--wait".to_owned()];
        all.extend(numbers.map(|number| format!("many/p{number}")));
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        let mut command = fixture.program(&all);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let host = start(1..=20);
    waiting::until("the first requests", || (posts(&fixture) > 0).then_some(()));
    let lock = std::fs::read_to_string(fixture.data_dir().join("export-desk.lock")).unwrap();
    assert_eq!(lock, host.id().to_string());
    let joined = start(21..=40);
    for (child, what) in [(joined, "the joined command"), (host, "the host")] {
        let end = End::of(&waiting::output_of(child, what));
        assert_eq!(end.exit, 0, "{what}: {}", end.result());
    }
    assert_eq!(
        (posts(&fixture), refused(&fixture)),
        (40, 0),
        "no request is refused for the other's requests"
    );
}

#[test]
fn a_list_of_thousands_of_lines_is_started() {
    let fixture = Fixture::paced(lesson_of(20, ""), 0.01);
    let folder = fixture.folder.path().join("exports");
    let lines = (0..2_500).map(|line| match line % 125 {
        7 => format!("many/p{}", line / 125 + 1),
        _ => format!("nobody/project-{line}"),
    });
    let end = export_all(&fixture, lines, &folder);
    assert_eq!((end.exit, end.code()), (5, "not_found_or_no_access"));
    let rows = manifest(&folder)["projects"].clone();
    let of = |status: &str| rows.as_array().unwrap().iter().filter(|row| row["status"] == status).count();
    assert_eq!((of("done"), of("failed")), (20, 2_480));
    assert_eq!(end.result()["projects"].as_array().unwrap().len(), 2_500);
    assert_eq!((posts(&fixture), refused(&fixture)), (20, 0));
}
