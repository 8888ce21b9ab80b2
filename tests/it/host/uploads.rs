//! Imports of commands that have joined: an upload ends with its command, and an import that GitLab has continues.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use super::kills::host;
use super::{Holder, fault, posts, with_another};
use crate::fixture::Fixture;
use crate::waiting::{Ends, Lines, ended, ignores_ctrl_c, succeeds, until};

/// More than a connection holds while nobody reads.
const ARCHIVE_BYTES: u64 = 96 << 20;

#[test]
fn a_signal_ends_the_upload_of_a_joined_command() {
    if ignores_ctrl_c() {
        return;
    }
    let fixture = Fixture::of("first-export");
    let archive = fixture.folder.path().join("large.tar.gz");
    File::create(&archive).unwrap().set_len(ARCHIVE_BYTES).unwrap();
    fixture.practice.trigger(fault("on = \"import_file\"\nkind = \"stall_upload\"\npercent = 10"));
    let mut host = Holder::of(&fixture);
    let to = ["--anyway", "--namespace", "acme", "--path", "copy", "--wait"];
    let words: Vec<&str> = ["import", "file", archive.to_str().unwrap()].into_iter().chain(to).collect();
    let mut command = fixture.program(&words);
    let mut upload = Ends(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let is_sending = |line: &str| line.contains("\"progress\"") && line.contains("\"sending\"");
    let mut lines = Lines::of(&mut upload.0);
    while !is_sending(&lines.next().expect("the upload begins").unwrap()) {}
    succeeds(Command::new("kill").args(["-INT", &upload.0.id().to_string()]));
    assert_eq!(ended(&mut upload.0, "the upload").signal(), Some(2));
    assert!(host.program.0.try_wait().unwrap().is_none(), "the host goes on");
    // The first upload is known not to have arrived, so the next is neither refused nor told to wait for it.
    let again = fixture.run(&words);
    assert_eq!((again.exit, posts(&fixture, "/import")), (6, 2), "{}", again.result());
}

/// The host has no token for an import of a command that is gone, so it polls it no longer. The same command again
/// does.
#[test]
fn an_import_whose_command_was_killed_is_polled_for_the_next_one() {
    // The practice GitLab gives the new project this ID.
    const ID: u64 = 116;
    let fixture = with_another();
    let archive = fixture.folder.path().join("a.tar.gz");
    let words = ["export", "start", &fixture.lesson.project, "--download", archive.to_str().unwrap()];
    assert_eq!(fixture.run(&words).exit, 0);
    let started =
        format!(r#"{{"id": {ID}, "path_with_namespace": "acme/copy", "import_status": "started"}}"#);
    let answer = "on = \"import_status\"\ntimes = 0\nkind = \"answer\"\nstatus = 200";
    let answer = format!("{answer}\ncontent_type = \"application/json\"\nbody = '{started}'");
    fixture.practice.trigger(fault(&answer));
    let _host = host(&fixture, true);
    let words =
        ["import", "file", archive.to_str().unwrap(), "--namespace", "acme", "--path", "copy", "--wait"];
    let polls = |of: &str| {
        let seen = fixture.practice.requests();
        seen.iter().filter(|seen| seen.method == "GET" && seen.path().ends_with(of)).count()
    };
    let mut first = Ends(fixture.spawn(&words));
    until("a poll of the import", || (polls("/import") > 0).then_some(()));
    crate::waiting::killed(&mut first.0);
    // Both are polled at the same distance: after so many polls of the host's export, the import has none left.
    let before = polls("/export");
    until("polls of the host's export", || (polls("/export") > before + 30).then_some(()));
    let last = polls("/import");
    until("more polls of the host's export", || (polls("/export") > before + 40).then_some(()));
    assert_eq!(polls("/import"), last, "nobody's token is used");
    fixture.practice.forget_faults();
    let end = fixture.run(&words);
    assert_eq!((end.exit, posts(&fixture, "/import")), (0, 1), "{}", end.result());
    assert_eq!(end.result()["id"], ID);
}
