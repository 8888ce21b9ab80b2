//! Before many exports: which projects can be exported and why not, the projects of a group, and what is not sent any
//! more.

use std::process::Stdio;
use std::sync::Arc;

use export_desk::case::batch::{BatchGoal, BatchItem, ItemDeed, ItemStage};
use export_desk::engine::api::{Answer, BatchCommand, BatchOptions, BatchView, Command, Snapshot};
use serde_json::{Value, json};

use crate::batches::{is_whole, lesson_of, posts, refused};
use crate::fixture::{End, Fixture};
use crate::front_end::FrontEnd;
use crate::places::SmallDisk;
use crate::waiting;

/// The world of [`lesson_of`], and one project for each reason against an export.
const OTHERS: &str = r#"
[[world.project]]
path = "many/finished"
earlier = "file"
[[world.project]]
path = "many/running"
earlier = "running"
export_s = 600000
[[world.project]]
path = "many/doomed"
marked_for_deletion_on = "2099-11-29"
[[world.project]]
path = "many/deep/one"
[[world.project]]
path = "many/deep/old"
archived = true
[[world.project]]
path = "many/developer"
role = 30
"#;

/// What the check says of each project: named, check and code.
fn said(end: &End) -> Vec<(String, String, Value)> {
    let projects = end.result()["projects"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    projects.iter().map(|one| (text(&one["named"]), text(&one["check"]), one["code"].clone())).collect()
}

fn named(end: &End) -> Vec<String> {
    said(end).into_iter().map(|(named, ..)| named).collect()
}

#[test]
fn a_dry_run_says_who_can_be_exported_and_why_not_and_requests_nothing() {
    let fixture = Fixture::with(lesson_of(2, OTHERS));
    let id = fixture.practice.world().project("many/p1").unwrap().id.to_string();
    let list = [
        "many/p1",
        "many/finished",
        "many/running",
        "many/doomed",
        "many/developer",
        "other/private",
        "no/body",
        &id,
        "many/p2",
    ];
    let arguments = |more: &[&'static str]| {
        let all = ["export", "start", "--dry-run"].iter().copied().chain(more.iter().copied());
        all.map(str::to_owned).chain(list.map(str::to_owned)).collect::<Vec<_>>()
    };
    let run = |more: &[&'static str]| {
        let all = arguments(more);
        fixture.run(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let end = run(&[]);
    let row = |named: &str, check: &str, code: Value| (named.to_owned(), check.to_owned(), code);
    assert_eq!(
        said(&end),
        [
            row("many/p1", "yes", Value::Null),
            row("many/finished", "has a file", json!("refused")),
            row("many/running", "running", Value::Null),
            row("many/doomed", "yes", Value::Null),
            row("many/developer", "no", json!("role_too_low")),
            row("other/private", "no", json!("not_found_or_no_access")),
            row("no/body", "no", json!("not_found_or_no_access")),
            row(&id, "repeated", Value::Null),
            row("many/p2", "yes", Value::Null),
        ]
    );
    let result = end.result();
    assert_eq!(
        (end.exit, &result["code"], &result["dry_run"]),
        (5, &json!("not_found_or_no_access"), &json!(true))
    );
    assert_eq!(result["counts"]["exportable"], 4, "{result}");
    assert!(result["projects"][0]["expected_bytes"].as_u64().unwrap() > 0, "{result}");
    assert_eq!(result["projects"][3]["marked_for_deletion_on"], "2099-11-29");
    let doomed = result["projects"][3]["reason"].as_str().unwrap();
    assert!(doomed.contains("2099-11-29"), "{doomed}");
    assert_eq!(end.lines.iter().filter(|line| line["event"] == "check").count(), list.len());
    let replaced = run(&["--replace"]);
    assert_eq!(said(&replaced)[1].1, "replaces", "the person agreed to lose the file");
    assert_eq!(replaced.result()["counts"]["replaced"], 1);
    let one = fixture.run(&["export", "start", "many/p1", "--dry-run"]);
    assert_eq!((one.exit, named(&one)), (0, vec!["many/p1".to_owned()]));
    assert_eq!((posts(&fixture), refused(&fixture)), (0, 0), "nothing was requested");
    let mut spoken = fixture.spoken(&["export", "start", "many/p1", "many/developer", "--dry-run"]);
    let spoken = waiting::output(&mut spoken, "a dry run in sentences");
    let spoken = String::from_utf8(spoken.stdout).unwrap();
    assert!(spoken.contains("many/p1         yes") && spoken.contains("Nothing was requested."), "{spoken}");
}

#[test]
fn a_file_that_was_exported_here_and_not_downloaded_serves() {
    let fixture = Fixture::with(lesson_of(1, ""));
    let done = fixture.run(&["export", "start", "many/p1", "--wait"]);
    assert_eq!(done.exit, 0);
    let folder = fixture.folder.path().join("exports");
    let start = ["export", "start", "many/p1", "--download", folder.to_str().unwrap(), "--dry-run"];
    let ready = fixture.run(&start);
    assert_eq!((ready.exit, said(&ready)[0].1.as_str()), (0, "file ready"), "{}", ready.result());
    let new = fixture.run(&["export", "start", "many/p1", "--replace", "--dry-run"]);
    assert_eq!((new.exit, said(&new)[0].1.as_str()), (3, "has a file"), "{}", new.result());
    assert_eq!(posts(&fixture), 1);
}

#[test]
fn an_instance_without_exports_is_known_before_anything_is_sent() {
    let mut lesson = lesson_of(2, "");
    lesson.world.export_enabled = false;
    let fixture = Fixture::with(lesson);
    let end = fixture.run(&["export", "start", "many/p1", "many/p2", "--dry-run"]);
    assert_eq!((end.exit, posts(&fixture)), (5, 0));
    assert!(said(&end).iter().all(|row| row.2 == "export_disabled"), "{}", end.result());
}

#[test]
fn a_rejected_token_stops_the_check_at_once() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let mut command = fixture.program(&["export", "start", "many/p1", "many/p2", "--dry-run"]);
    command.env("EXPORT_DESK_TOKEN", "glpat-0000000000000000wrong");
    let end = End::of(&waiting::output(&mut command, "a wrong token"));
    assert_eq!((end.exit, end.code()), (4, "token_rejected"), "{}", end.result());
    assert_eq!(posts(&fixture), 0);
}

#[test]
fn the_projects_of_a_group_are_listed_as_asked() {
    let fixture = Fixture::with(lesson_of(2, OTHERS));
    let list = |more: &[&str]| {
        let mut all = vec!["export", "start", "--dry-run", "--group", "many"];
        all.extend(more);
        named(&fixture.run(&all))
    };
    let own = ["many/p1", "many/p2", "many/finished", "many/running", "many/doomed"];
    assert_eq!(list(&[]), own, "of Maintainers, without subgroups and archived projects");
    let deep: Vec<_> = own.into_iter().chain(["many/deep/one"]).collect();
    assert_eq!(list(&["--recursive"]), deep);
    let all: Vec<_> = deep.into_iter().chain(["many/deep/old"]).collect();
    assert_eq!(list(&["--recursive", "--archived"]), all);
    let developer: Vec<_> = own.into_iter().chain(["many/developer"]).collect();
    assert_eq!(list(&["--min-access", "developer"]), developer);
    let with_list = list(&["many/p2", "acme/webshop"]);
    assert_eq!(with_list[..3], ["many/p2", "acme/webshop", "many/p1"], "each project once");
    let url = format!("{}/groups/many/deep/-/settings", fixture.practice.url());
    let by_url = fixture.run(&["export", "start", "--dry-run", "--group", &url]);
    assert_eq!(named(&by_url), ["many/deep/one"]);
    // An administrator is a member of no group, and may export everything.
    let admin = fixture.practice.tokens().iter().find(|card| card.name == "admin").unwrap().token.clone();
    let mut command = fixture.program(&["export", "start", "--dry-run", "--group", "many"]);
    let admin = End::of(&waiting::output(command.env("EXPORT_DESK_TOKEN", admin), "as an administrator"));
    assert_eq!(named(&admin), developer);
    assert_eq!((posts(&fixture), refused(&fixture)), (0, 0));
}

#[test]
fn a_group_that_cannot_be_used_says_why() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let elsewhere = "https://gitlab.com/groups/many";
    for (more, exit, said) in [
        (&["--group", "nobody"][..], 5, "With this token, GitLab finds no group nobody."),
        (&["--group", "9999"], 5, "With this token, GitLab finds no group 9999."),
        (&["--group", "many", "--min-access", "owner"], 5, "The group many has no project in which"),
        (&["--group", elsewhere], 2, "The URL belongs to gitlab.com, not to "),
        (&["--group", "../many"], 2, "“../many” is not a group"),
        (&["--group", ""], 2, "The group is missing."),
        (&["--group", "many", "--min-access", "king"], 2, ""),
        (&["many/p1", "--recursive"], 2, ""),
        (&[], 2, ""),
    ] {
        let mut all = vec!["export", "start"];
        all.extend(more);
        let end = fixture.run(&all);
        let headline = end.result()["headline"].as_str().unwrap();
        assert!(end.exit == exit && headline.starts_with(said), "{more:?}: {} {headline}", end.exit);
    }
    assert_eq!(posts(&fixture), 0);
}

#[test]
fn a_large_group_is_confirmed_and_stays_within_the_limits() {
    let fixture = Fixture::paced(lesson_of(320, ""), 0.01);
    let refusal = fixture.run(&["export", "start", "--group", "many"]);
    assert_eq!((refusal.exit, refusal.code()), (3, "refused"), "{}", refusal.result());
    assert_eq!(
        refusal.result()["headline"],
        "The group many has 320 projects, more than 100. Nothing was requested."
    );
    assert_eq!(posts(&fixture), 0);
    let checked = fixture.run(&["export", "start", "--group", "many", "--dry-run"]);
    assert_eq!((checked.exit, named(&checked).len()), (0, 320), "a check needs no yes");
    assert_eq!(
        (posts(&fixture), refused(&fixture)),
        (0, 0),
        "the check waits instead of collecting refusals"
    );
    // With the yes, they are requested: the first ones at once.
    let mut child = fixture.spawn(&["export", "start", "--group", "many", "--yes"]);
    waiting::until("the first requests", || (posts(&fixture) >= 6).then_some(()));
    waiting::killed(&mut child);
}

#[test]
fn a_group_of_five_thousand_projects_is_listed_page_by_page() {
    let fixture = Fixture::with(lesson_of(5_000, ""));
    let end = fixture.run(&["export", "start", "--group", "many"]);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("5,000 projects"), "{}", end.result());
    let requests = fixture.practice.requests();
    let pages: Vec<_> =
        requests.iter().filter(|seen| seen.path().ends_with("/groups/many/projects")).collect();
    // Fifty full pages, and one that shows that there is nothing more.
    assert_eq!(pages.len(), 51);
    assert!(pages.iter().skip(1).all(|seen| seen.target.contains("id_after=")), "{:?}", pages[1].target);
}

#[test]
fn ten_thousand_lines_are_checked() {
    let fixture = Fixture::with(lesson_of(1, ""));
    let list = fixture.folder.path().join("list.txt");
    let lines = (0..10_000).map(|line| format!("nobody/project-{line}"));
    let lines: Vec<_> = lines.chain(["many/p1".to_owned()]).collect();
    std::fs::write(&list, lines.join("\n")).unwrap();
    let end = fixture.run(&["export", "start", "--from", list.to_str().unwrap(), "--dry-run"]);
    let counts = &end.result()["counts"];
    assert_eq!(
        (&counts["all"], &counts["exportable"], &counts["refused"]),
        (&json!(10_001), &json!(1), &json!(10_000))
    );
    assert_eq!((end.exit, posts(&fixture), refused(&fixture)), (5, 0, 0));
}

fn batch(snapshot: &Snapshot) -> Option<Arc<BatchView>> {
    snapshot.batches.first().cloned()
}

fn start_of(fixture: &Fixture, projects: usize) -> Command {
    Command::Batch(BatchCommand::Start {
        instance: fixture.practice.url().to_owned(),
        items: (1..=projects).map(|number| BatchItem::new(format!("many/p{number}"))).collect(),
        options: BatchOptions {
            goal: BatchGoal::Exported,
            folder: None,
            description: None,
            replace: false,
            connections: None,
        },
    })
}

#[test]
fn a_cancelled_project_whose_request_waits_for_its_turn_is_never_requested() {
    // A minute of GitLab takes six seconds: the requests after the sixth wait while the test acts.
    let fixture = Fixture::paced(lesson_of(13, ""), 0.1);
    let front_end = FrontEnd::paced(&fixture, 0.1);
    let Ok(Answer::Batch(id)) = front_end.ask(start_of(&fixture, 13)) else { panic!("no batch") };
    // Six are sent, six wait for the next minute, and the last one for the minute after that.
    let held: Vec<usize> = front_end.until(|snapshot| {
        let planned = snapshot.runs.iter().filter(|view| view.run.send.is_planned()).count();
        let view = batch(snapshot).filter(|view| planned == 7 && view.counts.waiting == 7)?;
        let waits = view.items.iter().filter(|item| item.item.stage == ItemStage::Waiting);
        Some(waits.map(|item| item.place).take(6).collect())
    });
    assert_eq!(posts(&fixture), 6);
    let (cancelled, paused) = held.split_at(3);
    let change = |places: &[usize], deed| {
        let change = BatchCommand::Change { batch: id, places: places.to_vec(), deed };
        assert!(matches!(front_end.ask(Command::Batch(change)), Ok(Answer::Done)), "{deed:?}");
    };
    change(cancelled, ItemDeed::Cancel);
    change(paused, ItemDeed::Pause);
    // The turns of all six have passed when the last one ends.
    let view = front_end.until(|snapshot| batch(snapshot).filter(|view| view.counts.done == 7));
    assert_eq!(posts(&fixture), 7, "no request is sent after its project was cancelled or paused");
    let stage = |place: &usize| (view.items[*place].item.stage, view.items[*place].item.is_paused);
    assert!(cancelled.iter().all(|place| stage(place) == (ItemStage::Cancelled, false)), "{:?}", view.items);
    assert!(paused.iter().all(|place| stage(place) == (ItemStage::Waiting, true)), "{:?}", view.items);
    // What was held back can still be exported.
    change(cancelled, ItemDeed::Retry);
    change(paused, ItemDeed::Resume);
    front_end.until(|snapshot| batch(snapshot).filter(|view| view.counts.done == 13));
    assert_eq!((posts(&fixture), refused(&fixture)), (13, 0));
}

#[test]
fn a_disk_that_fills_up_ends_the_batch_with_its_reasons_and_more_room_lets_it_continue() {
    let big = "[[world.project]]\npath = \"many/big\"\nsize = \"large\"\nstorage = \"local\"\n";
    let mut lesson = lesson_of(4, big);
    for project in &mut lesson.world.projects {
        project.storage = export_desk::practice::Storage::Local;
    }
    // Without a known size, the program only notices the full disk while writing.
    lesson.faults = vec![crate::fixture::fault("on = \"export_download\"\ntimes = 0\nkind = \"no_length\"")];
    let fixture = Fixture::with(lesson);
    let folder = fixture.folder.path().join("exports");
    let Some(disk) = SmallDisk::mount(&folder, 8) else { return };
    let text = folder.to_str().unwrap();
    let all = ["many/p1", "many/p2", "many/big", "many/p3", "many/p4"];
    let mut start = vec!["export", "start", "--download", text];
    start.extend(all);
    let end = fixture.run(&start);
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    for row in end.result()["projects"].as_array().unwrap() {
        assert!(matches!(row["stage"].as_str(), Some("done" | "failed")), "{row}");
        let why = row["headline"].as_str();
        assert!(row["ok"] == true || why.is_some_and(|why| why.starts_with("The disk of ")), "{row}");
    }
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["projects"].as_array().unwrap().len(), 5, "the manifest is whole: {manifest}");
    let full = fixture.run(&["export", "resume", text]);
    assert_eq!((full.exit, full.code()), (10, "local"), "{}", full.result());
    disk.grow(200);
    let end = fixture.run(&["export", "resume", text]);
    assert_eq!(end.exit, 0, "{}", end.result());
    is_whole(&folder, 5);
    assert_eq!(posts(&fixture), 5, "no export was requested twice");
}

/// Where GitLab tells the sizes, a project that does not fit fails alone, before any of its bytes is written.
#[test]
fn one_project_that_does_not_fit_on_the_disk_leaves_the_others_alone() {
    let big = "[[world.project]]\npath = \"many/big\"\nsize = \"large\"\nstorage = \"local\"\n";
    let fixture = Fixture::with(lesson_of(4, big));
    let folder = fixture.folder.path().join("exports");
    let Some(disk) = SmallDisk::mount(&folder, 12) else { return };
    let text = folder.to_str().unwrap();
    let start =
        ["export", "start", "--download", text, "many/big", "many/p1", "many/p2", "many/p3", "many/p4"];
    let end = fixture.run(&start);
    let result = end.result();
    assert_eq!((end.exit, end.code()), (10, "local"), "{result}");
    assert_eq!(result["headline"], "4 of 5 projects done, 1 failed.", "{result}");
    let big = &result["projects"][0];
    assert_eq!((&big["stage"], &big["code"]), (&json!("failed"), &json!("local")), "{big}");
    let why = big["headline"].as_str().unwrap();
    assert!(why.contains(" free, but the download needs 64.1 MiB."), "{why}");
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["projects"][0]["error"], why, "{manifest}");
    disk.grow(200);
    let end = fixture.run(&["export", "resume", text]);
    assert_eq!(end.exit, 0, "{}", end.result());
    is_whole(&folder, 5);
    assert_eq!(posts(&fixture), 5, "no export was requested twice");
    let rows = &end.result()["projects"];
    assert!(rows.as_array().unwrap().iter().all(|row| row["attempts"] == 1), "{rows}");
}

#[test]
fn nobody_at_a_terminal_counts_as_no() {
    let fixture = Fixture::with(lesson_of(101, ""));
    let mut command = fixture.spoken(&["export", "start", "--group", "many"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = waiting::output_of(child, "a group without a terminal");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("Nothing was requested.") && said.contains("--yes"), "{said}");
    assert_eq!(posts(&fixture), 0);
}
