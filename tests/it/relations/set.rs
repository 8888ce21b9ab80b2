//! The import of a set: its parts in order, one at a time, none twice, whatever happens in between.

use std::fs;
use std::path::Path;

use export_desk::case::{Code, ImportOutcome};
use export_desk::engine::api::{Answer, Command, ImportCommand, ImportOptions, NewProjectTarget, SetView};
use export_desk::practice::Seen;
use serde_json::{Value, json};

use super::fault;
use super::split::{REQUESTS, large, split};
use crate::fixture::{End, Fixture};
use crate::front_end::FrontEnd;

/// A fixture with a set of archives.
fn with_set() -> (Fixture, String, usize) {
    let (fixture, folder) = large(false);
    let result = split(&fixture, &folder);
    let parts = result["parts"].as_array().unwrap().len();
    (fixture, result["path"].as_str().unwrap().to_owned(), parts)
}

fn words(list: &str) -> [&str; 7] {
    ["import", "set", list, "--namespace", "acme", "--path", "copy"]
}

/// The requests that start an import, and that GitLab has accepted.
fn accepted(fixture: &Fixture) -> Vec<Seen> {
    let is_import = |seen: &Seen| seen.method == "POST" && seen.path().contains("/projects/import");
    fixture.practice.requests().into_iter().filter(|seen| is_import(seen) && seen.status == 201).collect()
}

fn all_there(fixture: &Fixture, end: &End, parts: usize) {
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    let states: Vec<_> = result["parts"].as_array().unwrap().iter().map(|part| &part["state"]).collect();
    assert_eq!(states, vec!["imported"; parts], "{result}");
    let world = fixture.practice.world();
    let project = world.project("acme/copy").unwrap();
    assert_eq!(project.records["merge_requests"], REQUESTS);
    assert_eq!((project.records["issues"], project.records["ci_pipelines"]), (5, 5));
}

#[test]
fn a_set_is_imported_part_by_part() {
    let (fixture, list, parts) = with_set();
    let end = fixture.run(&words(&list));
    all_there(&fixture, &end, parts);
    let result = end.result();
    assert_eq!((&result["path"], &result["set"]), (&json!("acme/copy"), &json!(list)));
    assert_eq!(result["sentence"], format!("All {parts} parts of the set were imported into acme/copy."));
    let posts = accepted(&fixture);
    assert_eq!(posts.len(), parts);
    assert!(posts[0].path().ends_with("/projects/import"));
    assert!(posts[1..].iter().all(|seen| seen.path().ends_with("/projects/import-relation")));
    // Each slice waits until GitLab has finished the one before: another is refused with 409.
    let refused = fixture.practice.requests().into_iter().filter(|seen| seen.status == 409).count();
    assert_eq!(refused, 0);
    let steps: Vec<_> =
        end.lines.iter().filter(|line| line["event"] == "status").map(|line| &line["part"]).collect();
    assert!(steps.contains(&&json!(1)) && steps.contains(&&json!(parts)), "{steps:?}");
    // Once more: everything is there, and nothing is sent.
    let again = fixture.run(&words(&list));
    all_there(&fixture, &again, parts);
    assert_eq!(accepted(&fixture).len(), parts);
}

#[test]
fn a_lost_answer_is_searched_and_nothing_is_posted_twice() {
    let (fixture, list, parts) = with_set();
    for (on, at) in [("import_file", 1), ("import_relation", 1), ("import_relation", 3)] {
        fixture
            .practice
            .trigger(fault(&format!("on = \"{on}\"\nat = {at}\nkind = \"cut_in_header\"\nafter_bytes = 5")));
    }
    let end = fixture.run(&words(&list));
    all_there(&fixture, &end, parts);
    assert_eq!(accepted(&fixture).len(), parts);
}

#[test]
fn after_a_kill_the_same_command_continues() {
    let (fixture, list, parts) = with_set();
    for done in 1..parts {
        let mut child = fixture.spawn(&words(&list));
        crate::waiting::until("the next part at GitLab", || {
            (accepted(&fixture).len() >= done || child.try_wait().unwrap().is_some()).then_some(())
        });
        crate::waiting::killed(&mut child);
    }
    let end = fixture.run(&words(&list));
    all_there(&fixture, &end, parts);
    assert_eq!(accepted(&fixture).len(), parts, "no part was imported twice");
}

fn copy() -> NewProjectTarget {
    NewProjectTarget {
        path: "copy".into(),
        namespace: Some("acme".into()),
        name: None,
        delete: None,
        override_params: Vec::new(),
    }
}

/// A base archive that was not sent, and whose second attempt cannot begin either: the set says why.
#[test]
fn the_error_of_a_base_archive_that_begins_again_is_shown() {
    let (fixture, list, _) = with_set();
    let base = Path::new(&list).with_file_name("001_base.tar.gz");
    let kept = fs::read(&base).unwrap();
    fs::write(&base, "another file").unwrap();
    let front_end = FrontEnd::of(&fixture);
    let (instance, options) = (fixture.practice.url().to_owned(), ImportOptions::default());
    let (of, case) = (instance.clone(), None);
    let set = ImportCommand::Set { instance: of, list: (&list).into(), target: copy(), case, options };
    let Ok(Answer::Import(id)) = front_end.ask(Command::Import(set)) else { panic!("it did not begin") };
    let stopped = |front_end: &FrontEnd, is: &dyn Fn(&SetView) -> bool| {
        front_end.until(|snapshot| {
            let view = snapshot.imports.iter().find(|view| view.job.id == id)?;
            view.set.as_deref().filter(|set| set.is_stopped && is(set)).cloned()
        })
    };
    stopped(&front_end, &|set| set.error.is_none());
    // Somebody takes the path before the set continues.
    fs::write(&base, kept).unwrap();
    let file = ImportCommand::File { instance, file: base.clone(), target: copy(), case: None, options };
    let Ok(Answer::Import(other)) = front_end.ask(Command::Import(file)) else { panic!("it did not begin") };
    front_end.until(|snapshot| {
        let view = snapshot.imports.iter().find(|view| view.job.id == other)?;
        view.job.is_ended().then(|| assert_eq!(view.job.outcome, Some(ImportOutcome::Imported)))
    });
    front_end.ask(Command::Import(ImportCommand::ContinueSet { import: id })).unwrap();
    let set = stopped(&front_end, &|set| set.error.is_some());
    assert_eq!(set.error.unwrap().code, Code::Refused);
    assert_eq!(accepted(&fixture).len(), 1, "nothing of the set was sent");
}

/// The window's engine continues a set by itself after every stop.
#[test]
fn the_window_continues_a_set_after_a_restart() {
    let (fixture, list, parts) = with_set();
    let import = ImportCommand::Set {
        instance: fixture.practice.url().into(),
        list: (&list).into(),
        target: copy(),
        case: None,
        options: ImportOptions::default(),
    };
    let mut front_end = FrontEnd::of(&fixture);
    front_end.ask(Command::Import(import)).unwrap();
    let done = |front_end: &FrontEnd, wanted: usize| {
        front_end.until(|snapshot| {
            let set = snapshot.imports.iter().find_map(|view| view.set.as_deref())?;
            assert!(!set.is_stopped, "{}: {:?}", set.sentence, set.error);
            let there = set.parts.iter().filter(|part| part.state.is_done()).count();
            (there >= wanted).then_some(there)
        })
    };
    for wanted in 1..=parts {
        done(&front_end, wanted);
        drop(front_end);
        front_end = FrontEnd::of(&fixture);
    }
    assert_eq!(done(&front_end, parts), parts);
    assert_eq!(accepted(&fixture).len(), parts, "no part was imported twice");
    let world = fixture.practice.world();
    assert_eq!(world.project("acme/copy").unwrap().records["merge_requests"], REQUESTS);
}

#[test]
fn a_part_that_fails_stops_the_set_and_the_same_command_continues_from_there() {
    let (fixture, list, parts) = with_set();
    fixture
        .practice
        .trigger(fault("on = \"import_relation\"\nat = 2\nkind = \"import_failed\"\nerror = \"it broke\""));
    let end = fixture.run(&words(&list));
    let result = end.result();
    assert_eq!((end.exit, end.code()), (6, "import_failed"), "{result}");
    assert!(result["sentence"].as_str().unwrap().contains("stopped. Part 3 of"), "{result}");
    let states: Vec<_> =
        result["parts"].as_array().unwrap().iter().map(|part| part["state"].clone()).collect();
    assert_eq!(states[..3], ["imported", "imported", "stopped"], "{result}");
    assert!(states[3..].iter().all(|state| state == "waiting"), "{result}");
    assert_eq!(accepted(&fixture).len(), 3);
    // A slice that brings nothing stops the set as well, although GitLab calls it finished.
    fixture
        .practice
        .trigger(fault("on = \"import_relation\"\nat = 1\nkind = \"import_empty\"\nrelations = []"));
    let end = fixture.run(&words(&list));
    assert_eq!((end.exit, accepted(&fixture).len()), (6, 4), "{}", end.result());
    let end = fixture.run(&words(&list));
    all_there(&fixture, &end, parts);
    assert_eq!(accepted(&fixture).len(), parts + 2, "the failed part was sent again, the others were not");
}

#[test]
fn only_the_files_that_the_set_names_are_sent() {
    let (fixture, list, parts) = with_set();
    let read: Value = serde_json::from_slice(&fs::read(&list).unwrap()).unwrap();
    let file = |at: usize| Path::new(&list).with_file_name(read["parts"][at]["file"].as_str().unwrap());
    let kept = fs::read(file(2)).unwrap();
    fs::copy(file(1), file(2)).unwrap();
    let end = fixture.run(&words(&list));
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("SHA-256 differs"), "{}", end.result());
    fs::remove_file(file(2)).unwrap();
    let end = fixture.run(&words(&list));
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    fs::write(file(2), kept).unwrap();
    let end = fixture.run(&words(&list));
    all_there(&fixture, &end, parts);
    assert_eq!(accepted(&fixture).len(), parts);
    let mut other = words("not-a-set");
    other[2] = file(1).to_str().unwrap().to_owned().leak();
    let end = fixture.run(&other);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
}
