//! A command that has joined behaves as it would alone, on every file system, or is refused with a sentence.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use super::{Holder, OTHER, posts, with_another};
use crate::campaigns::syscalls::shim;
use crate::download::{PROJECT, large};
use crate::fixture::{End, Fixture};
use crate::waiting::{Ends, Lines, output, until};

#[test]
fn a_command_with_another_pace_is_refused_before_it_sends_anything() {
    let fixture = with_another();
    let _holder = Holder::of(&fixture);
    let with = |pace: Option<&str>, instance: &str| {
        let mut command = crate::fixture::bare_program(fixture.folder.path());
        command.args(["export", "start", OTHER, "--json", "--instance", instance, "--data-dir"]);
        command.arg(fixture.data_dir()).env("EXPORT_DESK_TOKEN", fixture.practice.token());
        command.args(pace.map(|pace| format!("--pace={pace}")));
        End::of(&output(&mut command, "a command with another pace"))
    };
    // The pace of practice would flood a real GitLab.
    for (pace, instance) in [
        (None, "https://gitlab.example.com"),
        (None, fixture.practice.url()),
        (Some("1"), fixture.practice.url()),
    ] {
        let end = with(pace, instance);
        assert_eq!((end.exit, end.code()), (10, "local"), "{pace:?} {instance}: {}", end.result());
        let headline = end.result()["headline"].as_str().unwrap();
        assert!(headline.contains("by 0.001 (--pace)"), "{headline}");
    }
    assert_eq!(posts(&fixture, "/export"), 1, "only what the holder sent");
    assert_eq!(with(Some("0.001"), fixture.practice.url()).exit, 0);
    assert_eq!(posts(&fixture, "/export"), 2);
}

#[test]
fn only_the_program_with_the_engine_keeps_the_computer_awake() {
    let fixture = large(&["on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 2000000"]);
    let (tools, log) = (fixture.folder.path().join("tools"), fixture.folder.path().join("awake"));
    std::fs::create_dir(&tools).unwrap();
    let tool = tools.join("systemd-inhibit");
    std::fs::write(&tool, format!("#!/bin/sh\necho $$ >> '{}'\nexec cat\n", log.display())).unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o700)).unwrap();
    let path = std::env::join_paths(
        std::iter::once(tools).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let path = path.unwrap();
    let downloading = |number: usize| {
        let target = fixture.downloads().join(format!("{number}.tar.gz"));
        let mut command =
            fixture.program(&["export", "download", PROJECT, "--output", target.to_str().unwrap()]);
        command.env("PATH", &path).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = command.spawn().unwrap();
        let mut lines = Lines::of(&mut program);
        while !lines.next().unwrap().unwrap().contains("progress") {}
        (Ends(program), lines)
    };
    let mut all: Vec<_> = (0..4).map(downloading).collect();
    // The file system of processes shows nothing of one that has ended.
    let is_alive =
        |id: &str| std::fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|words| !words.is_empty());
    let alive = || {
        let started = std::fs::read_to_string(&log).unwrap_or_default();
        started.lines().filter(|id| is_alive(id)).count()
    };
    until("what keeps the computer awake", || (alive() > 0).then_some(()));
    for _ in 0..5 {
        // Each has seen another snapshot.
        for (_, lines) in &mut all {
            while !lines.next().unwrap().unwrap().contains("progress") {}
        }
        assert!(alive() <= 1, "one for all");
    }
}

fn without_sockets(fixture: &Fixture, below: &std::path::Path) -> Option<impl FnOnce(&mut Command) + use<>> {
    const ENOTSUP: i32 = 95;
    let shim = shim(fixture)?;
    let below = below.to_owned();
    Some(move |command: &mut Command| {
        command
            .env("LD_PRELOAD", shim)
            .env("FAULT_CALLS", "bind")
            .env("FAULT_ERRNO", ENOTSUP.to_string())
            .env("FAULT_BELOW", below);
    })
}

#[test]
fn a_data_folder_on_a_file_system_without_sockets_is_joined_too() {
    let fixture = Fixture::of("first-export");
    let Some(more) = without_sockets(&fixture, &fixture.data_dir()) else { return };
    let _holder = Holder::with(&fixture, &fixture.data_dir(), more);
    assert!(fixture.data_dir().join("export-desk.sock").is_file(), "it names a socket elsewhere");
    let end = fixture.run(&["export", "status", &fixture.lesson.project]);
    assert_eq!(end.exit, 0, "{}", end.result());
}

#[test]
fn a_computer_without_sockets_names_the_program_that_has_the_folder() {
    let fixture = Fixture::of("first-export");
    let Some(more) = without_sockets(&fixture, std::path::Path::new("/")) else { return };
    let holder = Holder::with(&fixture, &fixture.data_dir(), more);
    let end = fixture.run(&["case", "list"]);
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());
    let headline = end.result()["headline"].as_str().unwrap();
    assert!(headline.contains(&holder.id().to_string()), "{headline}");
}

/// The same command, called by a shell that adds to its arguments.
fn by_shell(program: &Command, more: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("exec \"$@\" {more}")).arg("bash").arg(program.get_program());
    shell.args(program.get_args()).env_clear().stdin(Stdio::null());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[test]
fn a_list_that_only_the_caller_can_open_is_read_by_the_caller() {
    for is_joined in [false, true] {
        let fixture = Fixture::with(crate::batches::lesson_of(2, ""));
        let _holder = is_joined.then(|| Holder::of(&fixture));
        let before = posts(&fixture, "/export");
        for (number, more) in [
            "--from <(printf 'many/p1\\nmany/p2\\n')",
            "--from /dev/stdin < <(printf 'many/p1\\nmany/p2\\n')",
            "--from /proc/self/fd/7 7< <(printf 'many/p1\\nmany/p2\\n')",
        ]
        .into_iter()
        .enumerate()
        {
            let program = fixture.program(&["export", "start", "--wait"]);
            let end = End::of(&output(&mut by_shell(&program, more), more));
            let what = format!("joined: {is_joined}, {more}: {:?} {}", end.lines, end.stderr);
            assert_eq!((end.exit, end.result()["counts"]["done"].as_u64()), (0, Some(2)), "{what}");
            let requested = posts(&fixture, "/export") - before;
            assert_eq!(requested, 2, "only the first of {number} requests them: {what}");
        }
        let pipe = fixture.folder.path().join("pipe");
        crate::fixture::make_pipe(&pipe);
        let words = ["export", "start", "--wait", "--from", pipe.to_str().unwrap()];
        let mut command = fixture.program(&words);
        let program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Opens once the program reads.
        std::fs::write(&pipe, "many/p1\nmany/p2\n").unwrap();
        let end = End::of(&crate::waiting::output_of(program, "a named pipe"));
        assert_eq!((end.exit, end.result()["counts"]["done"].as_u64()), (0, Some(2)), "{:?}", end.lines);
    }
}

#[test]
fn a_joined_command_that_cannot_reach_gitlab_tells_whose_proxy_was_used() {
    let fixture = Fixture::paced(export_desk::practice::lesson("first-export").unwrap(), 1.0);
    let _holder = Holder::of(&fixture);
    for (proxy, is_told) in [(Some("http://127.0.0.1:9"), true), (None, false)] {
        let mut command = crate::fixture::bare_program(fixture.folder.path());
        command.args([
            "export",
            "status",
            "a/b",
            "--json",
            "--instance",
            "https://gitlab.invalid",
            "--data-dir",
        ]);
        command.arg(fixture.data_dir()).env("EXPORT_DESK_TOKEN", "glpat-nobody");
        command.envs(proxy.map(|proxy| ("HTTPS_PROXY", proxy)));
        let end = End::of(&output(&mut command, "a command behind a proxy"));
        assert_eq!(end.exit, 7, "{:?}", end.lines);
        let warned = end.lines.iter().filter(|line| line["event"] == "warning");
        let told =
            warned.filter(|line| line["message"].as_str().unwrap().contains("with its own proxy")).count();
        assert_eq!(told, usize::from(is_told), "{:?}", end.lines);
    }
}

#[test]
fn the_socket_of_a_folder_that_others_may_open_lies_in_a_private_one() {
    let fixture = Fixture::of("first-export");
    let mode = |path: &std::path::Path| path.symlink_metadata().unwrap().permissions().mode() & 0o777;
    std::fs::create_dir(fixture.data_dir()).unwrap();
    std::fs::set_permissions(fixture.data_dir(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let _holder = Holder::of(&fixture);
    let pointer = fixture.data_dir().join("export-desk.sock");
    let socket = std::path::PathBuf::from(std::fs::read_to_string(&pointer).unwrap());
    assert_eq!((mode(&pointer), mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o600, 0o700));
    assert_eq!(mode(&fixture.data_dir()), 0o755, "the person's own folder stays as it is");
    let end = fixture.run(&["case", "list"]);
    assert_eq!(end.exit, 0, "{}", end.result());
}
