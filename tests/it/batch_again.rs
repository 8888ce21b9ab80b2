//! A batch that is started or resumed again, by whoever: nothing is missed, nothing is done twice, and what is said is
//! true.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};

use export_desk::case::Code;
use export_desk::case::batch::ItemDeed;
use export_desk::engine::Setup;
use export_desk::engine::api::{BatchCommand, Command};
use serde_json::{Value, json};

use crate::batches::{is_whole, lesson_of, posts, refused};
use crate::fixture::{End, Fixture, fault};
use crate::front_end::FrontEnd;
use crate::host::Holder;
use crate::places::SmallDisk;
use crate::waiting::{self, Ends, Lines};

/// A command that reads its list from standard input, which stays open.
fn reading(fixture: &Fixture, arguments: &[&str]) -> Child {
    let mut command = fixture.program(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A list of this many projects.
fn lines(projects: usize) -> String {
    (1..=projects).map(|number| format!("many/p{number}")).collect::<Vec<_>>().join("\n")
}

pub fn folder_of(fixture: &Fixture) -> String {
    fixture.folder.path().join("exports").to_str().unwrap().to_owned()
}

#[test]
fn a_joined_command_reads_its_list_once_and_keeps_it_when_its_host_ends() {
    let fixture = Fixture::paced(lesson_of(9, ""), 0.01);
    let mut host = Holder::of(&fixture);
    let mut child = reading(&fixture, &["export", "start", "--from", "-", "--wait"]);
    let list = lines(9);
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    // The host has requested some of them. The others wait for their turn.
    waiting::until("the first requests", || (posts(&fixture) > 3).then_some(()));
    waiting::killed(&mut host.program.0);
    let end = End::of(&waiting::output_of(child, "the command without its host"));
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(end.result()["counts"]["done"], 9, "{}", end.result());
    // The host's own export, and each of the list once.
    assert_eq!((posts(&fixture), refused(&fixture)), (10, 0));
}

#[test]
fn a_list_that_cannot_be_read_to_its_end_starts_nothing() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let _host = Holder::of(&fixture);
    let long = [&b"many/p1\n"[..], "x".repeat(70_000).as_bytes()].concat();
    for (list, why) in [(&b"many/p1\ncaf\xe9\nmany/p2\n"[..], "UTF-8"), (&long[..], "longer than")] {
        let mut child = reading(&fixture, &["export", "start", "--from", "-"]);
        // The command may have ended before it read all.
        child.stdin.take().unwrap().write_all(list).ok();
        let end = End::of(&waiting::output_of(child, "a list that cannot be read"));
        let headline = end.result()["headline"].as_str().unwrap().to_owned();
        assert_eq!(end.exit, 2, "{headline}");
        assert!(headline.starts_with("Line 2 of standard input cannot be read: "), "{headline}");
        assert!(headline.contains(why), "{headline}");
    }
    assert_eq!(posts(&fixture), 1, "only the host's own export was requested");
}

#[test]
fn what_has_failed_is_tried_again_when_the_batch_is_resumed() {
    let mut lesson = lesson_of(3, "");
    lesson.faults = vec![fault("on = \"export_start\"\nat = 2\nkind = \"failed_run\"")];
    let fixture = Fixture::with(lesson);
    let folder = folder_of(&fixture);
    let start = ["export", "start", "many/p1", "many/p2", "many/p3", "--download", &folder];
    let failed = fixture.run(&start);
    assert_eq!((failed.exit, &failed.result()["counts"]["failed"]), (6, &json!(1)), "{}", failed.result());
    let hint = failed.result()["hint"].as_str().unwrap();
    assert!(hint.contains(&format!("export resume {folder}")), "{hint}");
    let resumed = fixture.run(&["export", "resume", &folder]);
    assert_eq!(resumed.exit, 0, "{}", resumed.result());
    is_whole(Path::new(&folder), 3);
    assert_eq!(posts(&fixture), 4, "only the failed one was requested again");
}

/// Nothing is requested, and so nothing deleted on GitLab, for a folder that takes no archive.
#[test]
fn a_folder_that_cannot_be_written_is_refused_before_anything_is_requested() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let file = fixture.folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let folder = file.join("exports").to_str().unwrap().to_owned();
    let end = fixture.run(&["export", "start", "many/p1", "many/p2", "--replace", "--download", &folder]);
    let headline = end.result()["headline"].as_str().unwrap();
    assert_eq!((end.exit, posts(&fixture)), (10, 0), "{headline}");
    assert!(headline.starts_with(&format!("The folder {folder} cannot be written: ")), "{headline}");
}

/// A person who replaces finished exports expects new ones of every project that they name.
#[test]
fn a_folder_that_was_used_before_takes_no_new_exports_of_the_same_projects() {
    let fixture = Fixture::with(lesson_of(3, ""));
    let folder = folder_of(&fixture);
    assert_eq!(fixture.run(&["export", "start", "many/p1", "many/p2", "--download", &folder]).exit, 0);
    let start = ["export", "start", "many/p1", "many/p3", "--replace", "--download", &folder];
    let again = fixture.run(&start);
    let headline = again.result()["headline"].as_str().unwrap();
    assert_eq!((again.exit, again.code(), posts(&fixture)), (3, "refused", 2), "{headline}");
    assert!(headline.ends_with("Nothing was requested."), "{headline}");
}

/// What has failed keeps its reason until something is requested again.
/// A refusal is an answer: nobody reads that GitLab does not answer.
#[test]
fn a_project_that_is_refused_is_no_cut_of_the_network() {
    let fixture = Fixture::paced(lesson_of(2, ""), 0.01);
    let folder = folder_of(&fixture);
    let end = fixture.run(&["export", "start", "many/unknown", "many/p1", "many/p2", "--download", &folder]);
    assert_eq!(end.exit, 5, "{}", end.result());
    assert!(end.lines.iter().all(|line| line["event"] != "retry"), "{:?}", end.lines);
}

#[test]
fn without_a_token_nothing_is_tried_again() {
    let mut lesson = lesson_of(2, "");
    lesson.faults = vec![fault("on = \"export_start\"\nat = 2\nkind = \"failed_run\"")];
    let fixture = Fixture::with(lesson);
    let folder = folder_of(&fixture);
    assert_eq!(fixture.run(&["export", "start", "many/p1", "many/p2", "--download", &folder]).exit, 6);
    let front_end = FrontEnd::with(Setup { token: None, ..FrontEnd::setup(&fixture) });
    let batch = front_end.until(|snapshot| snapshot.batches.first().map(|view| view.batch.id));
    let retry = BatchCommand::Change { batch, places: vec![0, 1], deed: ItemDeed::Retry };
    for command in [retry, BatchCommand::Resume { batch }] {
        let error = front_end.ask(Command::Batch(command)).unwrap_err();
        assert_eq!(error.code, Code::TokenMissing, "{error:?}");
    }
    front_end.until(|snapshot| (snapshot.batches.first()?.counts.failed == 1).then_some(()));
}

#[test]
fn downloads_of_a_command_that_is_gone_continue_when_the_batch_is_resumed() {
    let mut lesson = lesson_of(2, "[[world.project]]\npath = \"many/big\"\nsize = \"large\"\n");
    lesson.faults = vec![fault("on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 400000")];
    let fixture = Fixture::with(lesson);
    let host = Holder::of(&fixture);
    let folder = folder_of(&fixture);
    let start = ["export", "start", "many/p1", "many/p2", "many/big", "--download", &folder];
    let mut joined = Ends(fixture.spawn(&start));
    let mut lines = Lines::of(&mut joined.0);
    let is_downloading = |line: &str| line.contains("\"downloading\"") && line.contains("many/big");
    while !is_downloading(&lines.next().unwrap().unwrap()) {}
    waiting::killed(&mut joined.0);
    fixture.practice.forget_faults();
    let resumed = fixture.run(&["export", "resume", &folder]);
    assert_eq!(resumed.exit, 0, "{}", resumed.result());
    is_whole(Path::new(&folder), 3);
    drop(host);
}

#[test]
fn a_batch_with_a_description_finds_its_own_exports_again() {
    let fixture = Fixture::paced(lesson_of(4, ""), 0.01);
    let folder = folder_of(&fixture);
    let mut start = vec!["export", "start", "--description", "For the audit", "--download", &folder];
    start.extend(["many/p1", "many/p2", "many/p3", "many/p4"]);
    let mut first = Ends(fixture.spawn(&start));
    waiting::until("the first requests", || (posts(&fixture) > 1).then_some(()));
    waiting::killed(&mut first.0);
    let resumed = fixture.run(&["export", "resume", &folder]);
    assert_eq!(resumed.exit, 0, "{}", resumed.result());
    is_whole(Path::new(&folder), 4);
    assert_eq!(posts(&fixture), 4, "no export was requested twice");
}

#[test]
fn a_folder_whose_batch_is_done_is_refused_instead_of_nothing_being_exported() {
    let fixture = Fixture::with(lesson_of(3, ""));
    let folder = folder_of(&fixture);
    let done = fixture.run(&["export", "start", "many/p1", "many/p2", "--download", &folder]);
    assert_eq!(done.exit, 0, "{}", done.result());
    let again = fixture.run(&["export", "start", "many/p2", "many/p1", "--download", &folder]);
    let headline = again.result()["headline"].as_str().unwrap();
    assert_eq!((again.exit, again.code()), (3, "refused"), "{headline}");
    assert!(headline.ends_with("Nothing was requested."), "{headline}");
    assert_eq!(posts(&fixture), 2);
    // One more project is added, and of the named ones, the earlier is told.
    let more = fixture.run(&["export", "start", "many/p1", "many/p3", "--download", &folder]);
    assert_eq!(more.exit, 0, "{}", more.result());
    let warned = more.lines.iter().find(|line| line["event"] == "warning").unwrap();
    let message = warned["message"].as_str().unwrap();
    assert!(message.starts_with("1 project was exported to this folder before"), "{message}");
    is_whole(Path::new(&folder), 3);
    assert_eq!(posts(&fixture), 3);
}

/// The later name is the one that repeats, as the check says, whichever GitLab answers first.
#[test]
fn one_project_under_two_names_is_exported_once() {
    for id_is_first in [false, true] {
        let fixture = Fixture::with(lesson_of(2, ""));
        let id = fixture.practice.world().project("many/p1").unwrap().id.to_string();
        let folder = folder_of(&fixture);
        let (first, last) = if id_is_first { (id.as_str(), "many/p1") } else { ("many/p1", id.as_str()) };
        let start = ["export", "start", "--replace", first, "many/p2", last, "--download", &folder];
        let repeated = |end: &End| -> Vec<String> {
            let projects = end.result()["projects"].as_array().unwrap();
            let is_it = |one: &&Value| one["stage"] == "repeated" || one["check"] == "repeated";
            projects.iter().filter(is_it).map(|one| one["named"].as_str().unwrap().to_owned()).collect()
        };
        let checked = fixture.run(&[&start[..], &["--dry-run"]].concat());
        assert_eq!(repeated(&checked), [last], "{}", checked.result());
        let end = fixture.run(&start);
        let result = end.result();
        assert_eq!(end.exit, 0, "{result}");
        assert_eq!(repeated(&end), [last], "{result}");
        assert_eq!(result["counts"]["done"], 2, "{result}");
        assert_eq!(result["projects"][2]["exit"], 0, "{result}");
        assert_eq!(posts(&fixture), 2, "the second name requests nothing, and deletes no file");
    }
}

#[test]
fn a_moved_folder_says_that_its_batch_is_known_elsewhere_and_what_to_do() {
    let fixture = Fixture::with(lesson_of(1, ""));
    let folder = folder_of(&fixture);
    let done = fixture.run(&["export", "start", "many/p1", "acme/webshop", "--download", &folder]);
    assert_eq!(done.exit, 0, "{}", done.result());
    let moved = format!("{folder}-moved");
    std::fs::rename(&folder, &moved).unwrap();
    let end = fixture.run(&["export", "resume", &moved]);
    let (headline, hint) = (end.result()["headline"].to_string(), end.result()["hint"].to_string());
    assert_eq!(end.exit, 3, "{headline}");
    assert!(
        headline.contains("has the manifest of a batch that this data folder does not know"),
        "{headline}"
    );
    assert!(hint.contains("Move the folder back") && hint.contains("manifest.csv"), "{hint}");
    std::fs::rename(&moved, &folder).unwrap();
    assert_eq!(fixture.run(&["export", "resume", &folder]).exit, 0);
}

#[test]
fn a_full_data_folder_ends_the_command_with_a_sentence_and_more_room_lets_it_continue() {
    let fixture = Fixture::paced(lesson_of(14, ""), 0.01);
    let Some(_disk) = SmallDisk::mount(&fixture.data_dir(), 8) else { return };
    let folder = folder_of(&fixture);
    let mut all = vec!["export".to_owned(), "start".to_owned(), "--download".to_owned(), folder.clone()];
    all.extend((1..=14).map(|number| format!("many/p{number}")));
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let child = fixture.program(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    waiting::until("the first requests", || (posts(&fixture) > 3).then_some(()));
    let filler = fixture.data_dir().join("filler");
    let mut filling = std::fs::File::create(&filler).unwrap();
    while filling.write_all(&[7; 4096]).is_ok() {}
    let end = End::of(&waiting::output_of(child, "a batch whose data folder is full"));
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    let requests = fixture.practice.requests().len();
    assert!(
        requests < 400,
        "a project that cannot be recorded is not asked about again and again: {requests}"
    );
    drop(filling);
    std::fs::remove_file(filler).unwrap();
    let end = fixture.run(&["export", "resume", &folder]);
    assert_eq!(end.exit, 0, "{}", end.result());
    is_whole(Path::new(&folder), 14);
    assert_eq!(posts(&fixture), 14, "no export was requested twice");
}

#[test]
fn a_gitlab_that_is_away_for_a_while_spends_no_project() {
    let fixture = Fixture::paced(lesson_of(16, ""), 0.01);
    let mut all = vec!["export".to_owned(), "start".to_owned(), "--wait".to_owned()];
    all.extend((1..=16).map(|number| format!("many/p{number}")));
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let mut child = fixture.program(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = Lines::of(&mut child);
    waiting::until("the first requests", || (posts(&fixture) > 3).then_some(()));
    fixture.practice.trigger(fault("on = \"any\"\ntimes = 0\nkind = \"bad_gateway\""));
    // It rests, and says so.
    let rests = |line: &str| line.contains("\"event\":\"retry\"");
    while !rests(&lines.next().unwrap().unwrap()) {}
    let once = "once, and not for each project that waits";
    let away = || fixture.practice.requests().iter().filter(|seen| seen.status == 502).count();
    waiting::until("many vain requests", || (away() > 60).then_some(()));
    fixture.practice.forget_faults();
    let lines: Vec<String> = lines.filter_map(Result::ok).collect();
    assert!(!lines.iter().any(|line| rests(line)), "{once}: {lines:?}");
    let is_over = |line: &&String| line.contains("GitLab answers again. The batch continues.");
    assert_eq!(lines.iter().filter(is_over).count(), 1, "{lines:?}");
    let result: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!((&result["exit"], &result["counts"]["done"]), (&json!(0), &json!(16)), "{result}");
    assert_eq!(waiting::ended(&mut child, "the batch").code(), Some(0));
    let requests = fixture.practice.requests();
    let accepted = requests.iter().filter(|seen| seen.method == "POST" && seen.status == 202).count();
    assert_eq!((accepted, refused(&fixture)), (16, 0), "each export was accepted once");
}

#[test]
fn what_a_command_that_is_gone_has_queued_is_not_requested() {
    // A minute of GitLab takes three seconds.
    let fixture = Fixture::paced(lesson_of(21, ""), 0.05);
    let _host = Holder::of(&fixture);
    let mut all = vec!["export".to_owned(), "start".to_owned(), "--wait".to_owned(), "--replace".to_owned()];
    all.extend((1..=20).map(|number| format!("many/p{number}")));
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let mut joined = Ends(fixture.spawn(&all));
    waiting::until("the requests of the first minute", || (posts(&fixture) == 6).then_some(()));
    waiting::killed(&mut joined.0);
    // The next request is that of another command, after those that were queued before it.
    let next = fixture.run(&["export", "start", "many/p21", "--wait"]);
    assert_eq!(next.exit, 0, "{}", next.result());
    assert_eq!(
        (posts(&fixture), refused(&fixture)),
        (7, 0),
        "nothing more was requested for the one that is gone"
    );
}

#[test]
fn another_users_token_says_nothing_about_this_users_export() {
    let fixture = Fixture::of("first-export");
    let host = Holder::of(&fixture);
    let other =
        fixture.practice.tokens().iter().find(|card| card.name == "second_maintainer").unwrap().token.clone();
    let as_other = |arguments: &[&str]| {
        let mut command = fixture.program(arguments);
        End::of(&waiting::output(command.env("EXPORT_DESK_TOKEN", &other), "another user's command"))
    };
    let project = &fixture.lesson.project;
    let seen = as_other(&["export", "status", project]);
    assert_eq!(seen.result()["server_status"], "none", "{}", seen.result());
    // The export of the first user goes on for whoever watches it.
    let first = fixture.run(&["export", "status", project]);
    assert_eq!(first.result()["server_status"], "started", "{}", first.result());
    let second = as_other(&["export", "start", project, "--wait"]);
    assert_eq!(second.exit, 0, "{}", second.result());
    assert_eq!(posts(&fixture), 2, "each user has an export of their own");
    drop(host);
}

#[test]
fn many_checks_at_once_all_end() {
    let fixture = Fixture::with(lesson_of(40, ""));
    let _host = Holder::of(&fixture);
    let list = lines(40);
    let file = fixture.folder.path().join("list.txt");
    std::fs::write(&file, list).unwrap();
    let check = ["export", "start", "--from", file.to_str().unwrap(), "--dry-run"];
    let all: Vec<_> = (0..10)
        .map(|_| {
            let mut command = fixture.program(&check);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in all {
        let end = End::of(&waiting::output_of(child, "one of ten checks"));
        assert_eq!((end.exit, &end.result()["counts"]["checked"]), (0, &json!(40)), "{}", end.result());
    }
}

#[cfg(unix)]
#[test]
fn the_folder_of_a_batch_may_be_named_in_any_way() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let folder = folder_of(&fixture);
    let done = fixture.run(&["export", "start", "many/p1", "nobody/x", "--download", &folder]);
    assert_eq!(done.exit, 5, "{}", done.result());
    let link = fixture.folder.path().join("link");
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    let below = format!("{folder}/../exports");
    for named in [link.to_str().unwrap(), &below] {
        let resumed = fixture.run(&["export", "resume", named]);
        assert_eq!((resumed.exit, resumed.code()), (5, "not_found_or_no_access"), "{}", resumed.result());
    }
}

#[test]
fn the_progress_of_a_large_archive_is_shown_while_it_comes() {
    let mut lesson = lesson_of(1, "[[world.project]]\npath = \"many/big\"\nsize = \"large\"\n");
    lesson.faults = vec![fault("on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 4000000")];
    let fixture = Fixture::with(lesson);
    let folder = folder_of(&fixture);
    let end = fixture.run(&["export", "start", "many/big", "many/p1", "--download", &folder]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let told = end.lines.iter().filter(|line| line["event"] == "progress");
    let bytes: Vec<u64> = told.map(|line| line["bytes"].as_u64().unwrap()).collect();
    assert!(bytes.is_sorted() && bytes.iter().filter(|bytes| **bytes > 0).count() >= 2, "{bytes:?}");
}
