//! A host whose engine hangs, which has no place left, or whose caller reads nothing.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use serde_json::{Value, json};

use super::harm::{asked_to_give_way, connection, greeted, receive, send};
use super::{Holder, TICKET};
use crate::campaigns::syscalls::shim;
use crate::fixture::{Fixture, posts};
use crate::waiting::{Ends, Lines, output_of, until};

/// Seven hours of an unchanged status, after which an export counts as stuck and the holder ends, take longer than a test.
const NEVER_STUCK: f64 = 0.03;

fn fixture() -> Fixture {
    Fixture::paced(export_desk::practice::lesson("first-export").unwrap(), NEVER_STUCK)
}

#[test]
fn a_host_whose_engine_hangs_is_named_after_a_bounded_wait() {
    let fixture = fixture();
    let Some(shim) = shim(&fixture) else { return };
    let hangs = fixture.folder.path().join("hangs");
    let holder = Holder::with(&fixture, &fixture.data_dir(), |command| {
        command
            .env("LD_PRELOAD", shim)
            .env("FAULT_CALLS", "fsync,fdatasync")
            .env("FAULT_ERRNO", "5")
            .env("FAULT_BELOW", fixture.data_dir())
            .env("FAULT_WHILE", &hangs);
    });
    std::fs::write(&hangs, "").unwrap();
    let words = ["case", "new", "--ticket", TICKET, "--project", &fixture.lesson.project];
    let end = fixture.run(&words);
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    let headline = end.result()["headline"].as_str().unwrap();
    assert!(headline.contains(&format!("(process {}) stopped answering", holder.id())), "{headline}");
    // Once the disk answers again, so does the host.
    std::fs::remove_file(&hangs).unwrap();
    let listed = fixture.run(&["case", "list"]);
    assert_eq!((listed.exit, listed.result()["cases"].as_array().unwrap().len()), (0, 1));
}

/// A command that the host has begun. Nobody answers what it writes.
fn begun(fixture: &Fixture, words: &[&str]) -> UnixStream {
    let mut stream = connection(fixture);
    greeted(&mut stream);
    let mut arguments = vec!["export-desk"];
    arguments.extend(words);
    arguments.extend(["--json", "--instance", fixture.practice.url()]);
    let pace = NEVER_STUCK.to_string();
    arguments.extend(["--pace", &pace]);
    let run = json!({ "run": {
        "arguments": arguments,
        "variables": [["EXPORT_DESK_TOKEN", fixture.practice.token()]],
        "folder": null,
        "folder_identity": null,
        "stdin_is_terminal": false,
        "stderr_is_terminal": false,
        "begun_at": null,
    }});
    send(&mut stream, &run);
    assert_eq!(receive(&mut stream), Some(json!("ready")));
    send(&mut stream, &json!("go"));
    stream
}

#[test]
fn a_host_without_a_place_for_another_command_says_so() {
    let fixture = fixture();
    let holder = Holder::of(&fixture);
    let project = &fixture.lesson.project;
    let mut all: Vec<_> = (0..64).map(|_| begun(&fixture, &["export", "watch", project])).collect();
    let end = fixture.run(&["case", "list"]);
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    let headline = end.result()["headline"].as_str().unwrap();
    assert!(headline.contains(&format!("(process {}) carries out as many", holder.id())), "{headline}");
    all.pop();
    let end = fixture.run(&["case", "list"]);
    assert_eq!(end.exit, 0, "{}", end.result());
}

#[test]
fn a_caller_that_reads_nothing_does_not_keep_its_host_from_ending() {
    let fixture = fixture();
    let mut holder = Holder::of(&fixture);
    // The caller's first line waits for a reader.
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&vec![b'\n'; 64 << 10]).unwrap();
    let mut command = fixture.program(&["export", "watch", &fixture.lesson.project]);
    let mut guest = Ends(command.stdout(writer).stderr(Stdio::null()).spawn().unwrap());
    drop(command);
    let threads = format!("/proc/{}/task", holder.id());
    let is_begun = || {
        let mut all = std::fs::read_dir(&threads).unwrap().flatten();
        all.any(|thread| {
            std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name == "command\n")
        })
    };
    until("the command in the host", || is_begun().then_some(()));
    assert_eq!(asked_to_give_way(&fixture), Some(json!("hand_over")));
    let lock = std::fs::File::open(fixture.data_dir().join("export-desk.lock")).unwrap();
    until("the end of the host", || lock.try_lock().ok());
    drop(lock);
    assert!(guest.0.try_wait().unwrap().is_none() && holder.program.0.try_wait().unwrap().is_none());
    // Somebody reads again: the command goes on.
    let mut lines = Lines::of_pipe(reader).map(Result::unwrap).filter(|line| !line.is_empty());
    let says = |line: &str| serde_json::from_str::<Value>(line).unwrap()["event"].clone();
    let mut heard = Vec::new();
    while heard.last() != Some(&json!("notice")) {
        heard.push(says(&lines.next().expect("the command ended")));
    }
    assert_eq!(says(&lines.next().unwrap()), json!("status"), "after {heard:?}");
    assert_eq!(posts(&fixture, "/export"), 1);
}

#[test]
fn a_command_that_waits_for_its_turn_gives_way_at_once() {
    // A minute of GitLab takes eighteen seconds.
    let fixture = Fixture::paced(crate::batches::lesson_of(7, ""), 0.3);
    let first: Vec<String> = (1..=6).map(|number| format!("many/p{number}")).collect();
    let mut words = vec!["export", "start"];
    words.extend(first.iter().map(String::as_str));
    assert_eq!(fixture.run(&words).exit, 0);
    let mut command = fixture.program(&["export", "start", "many/p7"]);
    let mut waits = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = Lines::of_pipe(waits.stderr.take().unwrap());
    assert!(told.any(|line| line.unwrap().contains("The next request waits")), "it had its turn at once");
    assert_eq!(asked_to_give_way(&fixture), Some(json!("hand_over")));
    let lock = std::fs::File::open(fixture.data_dir().join("export-desk.lock")).unwrap();
    until("the folder", || lock.try_lock().ok());
    assert_eq!(posts(&fixture, "/export"), 6, "it did not wait for its turn");
    drop(lock);
    let end = crate::fixture::End::of(&output_of(waits, "the command that gave way"));
    assert_eq!((end.exit, posts(&fixture, "/export")), (0, 7), "{:?}", end.lines);
}
