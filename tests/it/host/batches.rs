//! A batch of a command that has joined: signals, closed pipes, and two commands that follow one folder.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Holder, fault};
use crate::batches::{is_whole, lesson_of, posts, refused};
use crate::fixture::Fixture;
use crate::waiting::{Ends, Lines, ended, ignores_ctrl_c, succeeds, until};

/// A minute of GitLab takes three seconds.
const PACE: f64 = 0.05;

/// The arguments of a batch of `many/p1` … into a folder.
fn start(projects: usize, folder: &Path) -> Vec<String> {
    let mut words: Vec<String> = ["export", "start", "--download"].map(str::to_owned).into();
    words.push(folder.to_str().unwrap().to_owned());
    words.extend((1..=projects).map(|number| format!("many/p{number}")));
    words
}

fn words(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

fn signalled(program: &mut Ends, signal: &str) -> Option<i32> {
    succeeds(Command::new("kill").args([signal, &program.0.id().to_string()]));
    ended(&mut program.0, signal).signal()
}

#[test]
fn a_signal_ends_a_joined_batch_and_what_it_has_queued() {
    if ignores_ctrl_c() {
        return;
    }
    for (signal, number) in [("-INT", 2), ("-TERM", 15)] {
        let fixture = Fixture::paced(lesson_of(9, ""), PACE);
        let mut host = Holder::of(&fixture);
        let folder = fixture.folder.path().join("exports");
        let mut command = fixture.program(&words(&start(8, &folder)));
        let mut batch = Ends(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
        // The holder's own, and five of the batch.
        until("the requests of the first minute", || (posts(&fixture) == 6).then_some(()));
        assert_eq!(signalled(&mut batch, signal), Some(number));
        let mut said = String::new();
        batch.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let advice = "GitLab continues the exports that it has. The same command continues with the rest";
        assert_eq!(said.matches(advice).count(), 1, "as a command says it that has no host: {said}");
        // The next request is that of another command, after those that were queued before it.
        let next = fixture.run(&["export", "start", "many/p9", "--wait"]);
        assert_eq!((next.exit, posts(&fixture)), (0, 7), "{signal}: {}", next.result());
        assert!(host.program.0.try_wait().unwrap().is_none(), "the host goes on");
        let resumed = fixture.run(&["export", "resume", folder.to_str().unwrap()]);
        assert_eq!(resumed.exit, 0, "{signal}: {}", resumed.result());
        is_whole(&folder, 8);
        assert_eq!((posts(&fixture), refused(&fixture)), (10, 0), "{signal}: each was requested once");
    }
}

/// The host has no token for the exports of a command that was killed. They have not failed, and whoever continues the
/// batch finds them.
#[test]
fn the_exports_of_a_killed_batch_have_not_failed() {
    let fixture = Fixture::paced(lesson_of(3, ""), PACE);
    let _host = Holder::of(&fixture);
    fixture.practice.trigger(fault("on = \"export_start\"\ntimes = 2\nkind = \"stuck_started\""));
    let folder = fixture.folder.path().join("exports");
    let polls = |of: &str| {
        let id = fixture.practice.world().project(of).unwrap().id;
        let end = format!("/projects/{id}/export");
        let seen = fixture.practice.requests();
        seen.iter().filter(|seen| seen.method == "GET" && seen.path().ends_with(&end)).count()
    };
    let mut batch = Ends(fixture.spawn(&words(&start(2, &folder))));
    until("polls of both", || (polls("many/p1") > 2 && polls("many/p2") > 2).then_some(()));
    crate::waiting::killed(&mut batch.0);
    let own = fixture.lesson.project.clone();
    let before = polls(&own);
    until("polls of the host's own", || (polls(&own) > before + 20).then_some(()));
    let last = polls("many/p1") + polls("many/p2");
    until("more polls of the host's own", || (polls(&own) > before + 30).then_some(()));
    assert_eq!(polls("many/p1") + polls("many/p2"), last, "nobody's token is used");
    let mut resumed = Ends(fixture.spawn(&["export", "resume", folder.to_str().unwrap()]));
    let mut attempts = std::collections::BTreeMap::new();
    for line in Lines::of(&mut resumed.0) {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        if line["event"] == "project" && line["stage"] == "exporting" {
            attempts.insert(line["named"].to_string(), line["attempts"].clone());
        }
        if attempts.len() == 2 {
            break;
        }
    }
    assert!(attempts.values().all(|count| *count == 1), "{attempts:?}");
    assert_eq!(posts(&fixture), 3, "the host's own, and each of the batch once");
}

/// The command that leaves had requested some of the exports with its own token.
#[test]
fn what_a_command_requested_continues_for_the_others_of_its_folder() {
    if ignores_ctrl_c() {
        return;
    }
    let fixture = Fixture::paced(lesson_of(12, ""), PACE);
    let _host = Holder::of(&fixture);
    // They run until the command that requested them is gone.
    fixture.practice.trigger(fault("on = \"export_start\"\ntimes = 12\nkind = \"stuck_started\""));
    let folder = fixture.folder.path().join("exports");
    let mut starter = Ends(fixture.spawn(&words(&start(12, &folder))));
    until("the first requests", || (posts(&fixture) > 2).then_some(()));
    let mut command = fixture.program(&["export", "resume", folder.to_str().unwrap()]);
    let mut follower = Ends(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = Lines::of(&mut follower.0);
    lines.next().expect("it follows").unwrap();
    let before = posts(&fixture);
    until("requests with the token of the second command", || (posts(&fixture) > before + 2).then_some(()));
    assert_eq!(signalled(&mut follower, "-INT"), Some(2));
    until("all requests", || (posts(&fixture) == 13).then_some(()));
    let rows = crate::batches::manifest(&folder);
    for row in rows["projects"].as_array().unwrap() {
        assert!(row["status"] != "failed" && row["status"] != "paused" && row["code"].is_null(), "{row}");
    }
    assert!(starter.0.try_wait().unwrap().is_none(), "it goes on");
    assert_eq!(refused(&fixture), 0);
}

#[test]
fn a_joined_batch_continues_when_nobody_reads_its_output() {
    let fixture = Fixture::paced(lesson_of(8, ""), PACE);
    let _host = Holder::of(&fixture);
    let folder = fixture.folder.path().join("exports");
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = fixture.program(&words(&start(8, &folder)));
    let mut batch = Ends(command.stdout(writer).stderr(Stdio::null()).spawn().unwrap());
    drop(command);
    // The reader ends in the middle of a line, and with it the pipe.
    assert_ne!(Lines::of_pipe(reader.take(700)).count(), 0, "it reports projects");
    assert!(batch.0.try_wait().unwrap().is_none(), "in the middle of the batch");
    assert_eq!(ended(&mut batch.0, "a batch with a closed pipe").code(), Some(0));
    is_whole(&folder, 8);
    assert_eq!((posts(&fixture), refused(&fixture)), (9, 0));
}

#[test]
fn of_two_commands_that_follow_one_folder_either_may_leave() {
    if ignores_ctrl_c() {
        return;
    }
    for first_leaves in [true, false] {
        let fixture = Fixture::paced(lesson_of(8, ""), PACE);
        let _host = Holder::of(&fixture);
        let folder = fixture.folder.path().join("exports");
        let starter = Ends(fixture.spawn(&words(&start(8, &folder))));
        until("the first requests", || (posts(&fixture) > 2).then_some(()));
        let mut command = fixture.program(&["export", "resume", folder.to_str().unwrap()]);
        let mut follower = Ends(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let mut lines = Lines::of(&mut follower.0);
        lines.next().expect("the second command follows").unwrap();
        let (mut leaves, mut stays) = if first_leaves { (starter, follower) } else { (follower, starter) };
        assert_eq!(signalled(&mut leaves, "-INT"), Some(2));
        assert_eq!(ended(&mut stays.0, "the command that stays").code(), Some(0));
        is_whole(&folder, 8);
        assert_eq!((posts(&fixture), refused(&fixture)), (9, 0), "each was requested once");
    }
}
