//! The import of a set: its parts in order, one at a time, none twice, whatever happens in between.

use std::fs;
use std::path::{Path, PathBuf};

use export_desk::case::{Code, ImportOutcome};
use export_desk::engine::api::{Answer, Command, ImportCommand, ImportOptions, NewProjectTarget, SetView};
use export_desk::practice::Seen;
use serde_json::{Value, json};

use super::build::build;
use super::fault;
use super::reimport::rewrite;
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

/// GitLab assigns the attributes in each archive to the project, with every relation that it imports.
#[test]
fn what_was_chosen_at_the_import_stays_after_every_part() {
    let (fixture, folder) = large(false);
    let source = r#"{"description":"of the source","visibility_level":20}"#;
    rewrite(&folder, "self.ndjson.gz", source.as_bytes());
    let result = split(&fixture, &folder);
    let list = result["path"].as_str().unwrap();
    let chosen = ["--override-param", "visibility=private"];
    let end = fixture.run(&[&words(list)[..], &chosen].concat());
    assert_eq!(end.exit, 0, "{}", end.result());
    let visibility = || fixture.practice.world().project("acme/copy").unwrap().visibility;
    assert_eq!(visibility(), "private");
    // A file of a relation beside that of the project, and an archive as GitLab makes it.
    let relation = |file: &Path| {
        let words = ["import", "relation", file.to_str().unwrap(), "--project", "acme/copy", "--relation"];
        let end = fixture.run(&[&words[..], &["merge_requests", "--wait"]].concat());
        assert_eq!(end.exit, 0, "{}", end.result());
        end.result()["warnings"].to_string()
    };
    let warned = relation(&folder.join("merge_requests.ndjson.gz"));
    assert!(warned.contains("no settings of a project"), "{warned}");
    assert_eq!(visibility(), "private");
    let whole = folder.with_file_name("whole.tar.gz");
    let end = build(&fixture, &folder, &["--output", whole.to_str().unwrap()]);
    assert_eq!(end.exit, 0, "{}", end.result());
    let warned = relation(&whole);
    assert!(warned.contains("visibility and description. Check them after the import."), "{warned}");
    assert_eq!(visibility(), "public", "as GitLab does it");
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
    let mut changed = kept.clone();
    changed[kept.len() / 2] ^= 1;
    fs::write(&base, changed).unwrap();
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
    // Alone it is no project, so that only a person who insists sends it.
    let options = ImportOptions { anyway: true, ..options };
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

/// The file of a part, counted from 0.
fn part_of(list: &str, at: usize) -> PathBuf {
    let read: Value = serde_json::from_slice(&fs::read(list).unwrap()).unwrap();
    Path::new(list).with_file_name(read["parts"][at]["file"].as_str().unwrap())
}

/// Runs the command, which must be refused with these words before anything is sent.
fn refused(fixture: &Fixture, list: &str, (exit, code): (i32, &str), all: &[&str]) {
    let before = accepted(fixture).len();
    let end = fixture.run(&words(list));
    assert_eq!((end.exit, end.code()), (exit, code), "{}", end.result());
    let headline = end.result()["headline"].as_str().unwrap();
    assert!(all.iter().all(|word| headline.contains(word)), "{all:?}: {headline}");
    assert_eq!(headline.matches("was sent").count(), 1, "{headline}");
    assert_eq!(accepted(fixture).len(), before, "{headline}");
}

#[test]
fn all_parts_are_checked_before_the_first_upload() {
    let (fixture, list, parts) = with_set();
    let slice = part_of(&list, parts - 1);
    let kept = fs::read(&slice).unwrap();
    let mut changed = kept.clone();
    changed[kept.len() / 2] ^= 1;
    let place = format!("Part {parts} of {parts}");
    for (bytes, why) in [(&changed[..], "SHA-256 differs"), (&kept[..kept.len() - 1], "bytes instead of")] {
        fs::write(&slice, bytes).unwrap();
        refused(&fixture, &list, (3, "refused"), &[&place, "is not the file", why, "Nothing was sent."]);
    }
    fs::remove_file(&slice).unwrap();
    refused(&fixture, &list, (10, "local"), &[&place, "is missing", "Nothing was sent."]);
    fs::create_dir(&slice).unwrap();
    refused(&fixture, &list, (10, "local"), &[&place, "cannot be read", "Nothing was sent."]);
    fs::remove_dir(&slice).unwrap();
    fs::write(&slice, &kept).unwrap();
    // In the middle of a set, a failure tells what GitLab has.
    fixture
        .practice
        .trigger(fault("on = \"import_relation\"\nat = 2\nkind = \"import_failed\"\nerror = \"it broke\""));
    assert_eq!(fixture.run(&words(&list)).exit, 6);
    fs::write(&slice, &changed).unwrap();
    let sent = "Nothing more was sent: GitLab has imported the first 2 parts of the set.";
    refused(&fixture, &list, (3, "refused"), &[&place, "SHA-256 differs", sent]);
    fs::write(&slice, &kept).unwrap();
    let end = fixture.run(&words(&list));
    all_there(&fixture, &end, parts);
    assert_eq!(accepted(&fixture).len(), parts + 1);
    let progress = end.lines.iter().filter(|line| line["event"] == "progress" && line["phase"] == "checking");
    let read = progress.filter_map(|line| line["bytes"].as_u64()).max();
    let rest: u64 = (2..parts).map(|at| part_of(&list, at).metadata().unwrap().len()).sum();
    assert!(read.is_none_or(|read| read <= rest), "{read:?} of {rest}");
    let mut other = words("not-a-set");
    other[2] = part_of(&list, 1).to_str().unwrap().to_owned().leak();
    let end = fixture.run(&other);
    assert_eq!((end.exit, end.code()), (2, "usage"), "{}", end.result());
}

/// GitLab calls the import of a slice finished even if the slice has none of its relation.
#[test]
fn a_list_that_says_something_else_than_the_parts_is_refused() {
    let (fixture, list, parts) = with_set();
    let kept = fs::read(&list).unwrap();
    let swapped = |change: &dyn Fn(&mut Value)| {
        let mut read: Value = serde_json::from_slice(&kept).unwrap();
        change(&mut read["parts"]);
        fs::write(&list, read.to_string()).unwrap();
    };
    swapped(&|all| {
        all[1]["relation"] = "ci_pipelines".into();
        all[parts - 1]["relation"] = "merge_requests".into();
    });
    let says = "The list of the set says that part 2 of";
    refused(&fixture, &list, (3, "refused"), &[says, "of ci_pipelines, but", "of merge_requests. Nothing"]);
    swapped(&|all| {
        let records = all[1]["records"].clone();
        all[1]["records"] = all[2]["records"].clone();
        all[2]["records"] = records;
        all[1]["records"] = (all[1]["records"].as_u64().unwrap() + 1).into();
    });
    refused(&fixture, &list, (3, "refused"), &[says, "records of merge_requests, but"]);
    swapped(&|all| all[1]["bytes"] = all[0]["bytes"].clone());
    refused(&fixture, &list, (3, "refused"), &["Part 2 of", "bytes instead of"]);
    // The base archive and a slice in each other's place.
    swapped(&|all| {
        for name in ["file", "bytes", "sha256"] {
            let base = all[0][name].take();
            all[0][name] = all[1][name].take();
            all[1][name] = base;
        }
    });
    refused(
        &fixture,
        &list,
        (3, "refused"),
        &["says that part 1 of", "is the base archive", "merge_requests"],
    );
    fs::write(&list, &kept).unwrap();
    all_there(&fixture, &fixture.run(&words(&list)), parts);
}

#[test]
fn two_commands_at_the_same_moment_import_a_set_once() {
    let (fixture, list, parts) = with_set();
    for _ in 0..3 {
        let both = [(); 2].map(|()| {
            let child = fixture.spawn(&words(&list));
            std::thread::spawn(move || End::of(&crate::waiting::output_of(child, "the import of a set")))
        });
        for end in both {
            all_there(&fixture, &crate::waiting::joined(end, "the import of a set"), parts);
        }
    }
    assert_eq!(accepted(&fixture).len(), parts, "no part was imported twice");
}

/// Another archive for the same path must not end the import that runs.
#[test]
fn a_second_archive_for_the_same_path_is_refused_while_the_first_is_uploaded() {
    let (fixture, list, parts) = with_set();
    let front_end = FrontEnd::of(&fixture);
    let (instance, options, case) = (fixture.practice.url().to_owned(), ImportOptions::default(), None);
    let (of, file) = (instance.clone(), part_of(&list, 0));
    let set = ImportCommand::Set { instance: of, list: (&list).into(), target: copy(), case, options };
    let Ok(Answer::Import(id)) = front_end.ask(Command::Import(set)) else { panic!("it did not begin") };
    let other = ImportCommand::File { instance, file, target: copy(), case: None, options };
    let error = front_end.ask(Command::Import(other)).unwrap_err();
    assert_eq!(error.code, Code::Refused, "{error}");
    front_end.until(|snapshot| {
        let set = snapshot.imports.iter().find(|view| view.job.id == id)?.set.as_deref()?;
        assert!(!set.is_stopped, "{}: {:?}", set.sentence, set.error);
        set.current.is_none().then_some(())
    });
    assert_eq!(accepted(&fixture).len(), parts);
}

/// GitLab would call such an import finished.
#[test]
fn an_archive_without_the_relation_is_not_sent() {
    let (fixture, list, _) = with_set();
    assert_eq!(fixture.run(&words(&list)).exit, 0);
    let before = accepted(&fixture).len();
    let base = part_of(&list, 0);
    let words = ["import", "relation", base.to_str().unwrap(), "--project", "acme/copy", "--relation"];
    let end = fixture.run(&[&words[..], &["merge_requests", "--wait"]].concat());
    assert_eq!((end.exit, end.code()), (8, "not_importable"), "{}", end.result());
    let headline = end.result()["headline"].as_str().unwrap();
    assert!(headline.contains("has no record of merge_requests. Nothing was sent."), "{headline}");
    assert_eq!(accepted(&fixture).len(), before);
}

/// What a set lacks is said where a person sees it, and once: each of its archives carries the same words.
#[test]
fn a_gap_of_a_set_is_named_in_the_terminal() {
    let (fixture, folder) = large(false);
    fs::remove_file(folder.join("issues.ndjson.gz")).unwrap();
    let built = build(&fixture, &folder, &["--split", "--allow-gaps"]);
    assert_eq!(built.exit, 0, "{}", built.result());
    let list = built.result()["path"].as_str().unwrap();
    let said = fixture.said(&words(list));
    let warned = fixture.run(&words(list)).result()["warnings"].clone();
    let gap = warned.as_array().unwrap().iter().find(|line| line.to_string().contains("issues")).unwrap();
    assert_eq!(said.matches(gap.as_str().unwrap()).count(), 1, "{said}");
}
