//! An upload of a command that has joined ends with the command.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use super::{Holder, fault, posts};
use crate::fixture::Fixture;
use crate::waiting::{Ends, Lines, ended, ignores_ctrl_c, succeeds};

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
