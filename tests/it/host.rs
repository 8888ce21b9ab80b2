//! Commands that join the program that has the data folder open, with real processes.

#[cfg(target_os = "linux")]
mod alike;
#[cfg(unix)]
mod batches;
#[cfg(target_os = "linux")]
mod hangs;
#[cfg(unix)]
mod harm;
#[cfg(unix)]
mod kills;
#[cfg(unix)]
mod uploads;
#[cfg(all(feature = "inspection", target_os = "linux"))]
mod window;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::fixture::{End, Fixture, fault, posts};
#[cfg(unix)]
use crate::waiting::until;
use crate::waiting::{Ends, InTime as _, Lines, output};

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";

/// A second project, whose export ends.
pub const OTHER: &str = "acme/second";

/// A practice GitLab with a second project.
pub fn with_another() -> Fixture {
    with_others(&[])
}

/// The same with more projects.
pub fn with_others(more: &[&str]) -> Fixture {
    let mut lesson = export_desk::practice::lesson("first-export").unwrap();
    let all = [OTHER].into_iter().chain(more.iter().copied());
    lesson.world.projects.extend(all.map(|path| toml::from_str(&format!("path = \"{path}\"")).unwrap()));
    Fixture::with(lesson)
}

/// A command that has the data folder open until it is killed: it watches an export that never ends.
pub struct Holder {
    pub program: Ends,
    _lines: Lines,
}

impl Holder {
    pub fn of(fixture: &Fixture) -> Self {
        Self::at(fixture, &fixture.data_dir())
    }

    pub fn at(fixture: &Fixture, data_dir: &Path) -> Self {
        Self::with(fixture, data_dir, |_command| {})
    }

    pub fn with(fixture: &Fixture, data_dir: &Path, more: impl FnOnce(&mut Command)) -> Self {
        fixture.practice.trigger(fault("on = \"export_start\"\nkind = \"stuck_started\""));
        let mut command =
            fixture.program_at(data_dir, &["export", "start", &fixture.lesson.project, "--wait"]);
        more(&mut command);
        let mut program = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = Lines::of(&mut program);
        // Its first line shows that the folder is open and that the export was requested.
        lines.next().expect("the holder ended").unwrap();
        Self { program: Ends(program), _lines: lines }
    }

    pub fn id(&self) -> u32 {
        self.program.0.id()
    }
}

/// What a line says apart from times.
fn without_times(end: &End) -> Vec<Value> {
    let mut lines = end.lines.clone();
    for line in &mut lines {
        if let Value::Object(fields) = line {
            for name in ["correlation_id", "wait_secs", "bytes_per_s", "path", "folder", "receipt"] {
                fields.remove(name);
            }
        }
    }
    lines
}

#[test]
fn a_joined_command_says_what_it_says_alone() {
    let fixture = with_another();
    let other = fixture.folder.path().join("other");
    // The holder's folder knows a running export of the lesson's project, and the other folder does not.
    let project = OTHER.to_owned();
    let _holder = Holder::of(&fixture);
    let lines: &[&[&str]] = &[
        &["case", "list"],
        &["case", "new", "--ticket", TICKET, "--project", &project],
        &["case", "new", "--ticket", TICKET, "--project", &project],
        &["case", "set", "1", "requester=Maria"],
        &["case", "set", "1", "nonsense=1"],
        &["case", "event", "1", "offer-sent"],
        &["case", "list"],
        &["case", "audit"],
        &["case", "ledger", "--format", "csv"],
        &["case", "show", "77"],
        &["text", "offer", "--case", "1"],
        &["text", "nonsense", "--case", "1"],
        &["relations", "status", &project],
        &["export", "status", "acme/nothing"],
        &["import", "file", "/nowhere/a.tar.gz", "--path", "x"],
        &["instances"],
    ];
    for words in lines {
        let joined = fixture.run(words);
        let alone = End::of(&output(&mut fixture.program_at(&other, words), &format!("{words:?} alone")));
        assert_eq!(joined.exit, alone.exit, "{words:?}: {:?} {:?}", joined.lines, alone.lines);
        if !words.contains(&"audit") {
            assert_eq!(without_times(&joined), without_times(&alone), "{words:?}");
            let without_id = |end: &End| -> Vec<String> {
                let lines = end.stderr.lines().filter(|line| !line.contains("correlation ID"));
                lines.map(str::to_owned).collect()
            };
            assert_eq!(without_id(&joined), without_id(&alone), "{words:?}");
        }
        let spoken = |data_dir: &Path| {
            let mut command = crate::fixture::bare_program(fixture.folder.path());
            command.args(*words).args(["--instance", fixture.practice.url(), "--data-dir"]).arg(data_dir);
            let end = command.env("EXPORT_DESK_PACE", "0.001").output_in_time().unwrap();
            (end.status.code(), end.stdout, String::from_utf8(end.stderr).unwrap())
        };
        // Without a token too, in words for people.
        if words[0] == "text" || words.contains(&"list") || words.contains(&"show") {
            assert_eq!(spoken(&fixture.data_dir()), spoken(&other), "{words:?}");
        }
    }
}

#[test]
fn a_whole_export_runs_in_the_host_with_relative_paths() {
    let fixture = with_another();
    let mut holder = Holder::of(&fixture);
    let there = fixture.folder.path().join("there");
    let words = ["export", "start", OTHER, "--download", "./files/"];
    std::fs::create_dir_all(there.join("files")).unwrap();
    let end = End::of(&output(fixture.program(&words).current_dir(&there), "a joined export"));
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    let path = PathBuf::from(end.result()["path"].as_str().unwrap());
    assert_eq!(path.parent().unwrap(), there.join("files"));
    assert!(path.is_file());
    let events: Vec<_> = end.lines.iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect();
    assert!(events.contains(&"status".to_owned()) && events.contains(&"progress".to_owned()), "{events:?}");
    let words = ["export", "download", OTHER, "--output", "again.tar.gz", "--receipt", "r.json"];
    let end = End::of(&output(fixture.program(&words).current_dir(&there), "a joined download"));
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    assert!(there.join("again.tar.gz").is_file() && there.join("r.json").is_file());
    assert_eq!(end.result()["receipt"], "r.json");
    let words = ["diagnose", "--output", "d.txt"];
    let end = End::of(&output(fixture.program(&words).current_dir(&there), "joined diagnostics"));
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    assert!(there.join("d.txt").is_file());
    assert!(holder.program.0.try_wait().unwrap().is_none(), "the host goes on");
}

#[test]
fn twenty_commands_at_once_are_served() {
    for is_hosted in [true, false] {
        let fixture = Fixture::of("first-export");
        let _holder = is_hosted.then(|| Holder::of(&fixture));
        let all: Vec<Child> = (0..20)
            .map(|number| {
                let ticket = format!("https://gitlab.zendesk.com/agent/tickets/{}", 1000 + number);
                let words = ["case", "new", "--ticket", &ticket, "--project", &fixture.lesson.project];
                fixture.program(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let ends =
            all.into_iter().map(|program| End::of(&crate::waiting::output_of(program, "one of twenty")));
        let ids: std::collections::BTreeSet<_> = ends
            .map(|end| {
                assert_eq!(end.exit, 0, "{:?} {}", end.lines, end.stderr);
                end.result()["id"].as_i64().unwrap()
            })
            .collect();
        assert_eq!(ids.len(), 20);
        let listed = fixture.run(&["case", "list"]);
        assert_eq!(listed.result()["cases"].as_array().unwrap().len(), 20);
        assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
    }
}

#[test]
fn a_command_uses_its_own_token_and_no_others() {
    let fixture = Fixture::of("first-export");
    let project = fixture.lesson.project.clone();
    let _holder = Holder::of(&fixture);
    let with = |token: Option<&str>, words: &[&str]| {
        let mut command = fixture.program(words);
        command.env_remove("EXPORT_DESK_TOKEN");
        if let Some(token) = token {
            command.env("GITLAB_TOKEN", token);
        }
        End::of(&output(&mut command, "a command with a token of its own"))
    };
    // The host's token is not lent.
    let end = with(None, &["export", "status", &project]);
    assert_eq!((end.exit, end.code()), (4, "token_missing"));
    let end = with(Some("glpat-of-somebody-else"), &["export", "status", &project]);
    assert_eq!((end.exit, end.code()), (4, "token_rejected"));
    let end = with(Some(fixture.practice.token()), &["export", "status", &project]);
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    // Neither is a command's.
    let end = with(None, &["export", "status", &project]);
    assert_eq!((end.exit, end.code()), (4, "token_missing"));
}

#[test]
fn the_token_is_in_no_arguments_files_or_logs() {
    let fixture = Fixture::of("first-export");
    let host = Holder::with(&fixture, &fixture.data_dir(), |command| {
        command
            .env("EXPORT_DESK_LOG", "debug")
            .env_remove("EXPORT_DESK_TOKEN")
            .env("GITLAB_TOKEN", fixture.practice.token());
    });
    let token = fixture.practice.token();
    let project = fixture.lesson.project.clone();
    let mut guest = fixture.program(&["export", "watch", &project]);
    guest.env("EXPORT_DESK_LOG", "debug");
    let mut guest = Ends(guest.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = Lines::of(&mut guest.0);
    lines.next().unwrap().unwrap();
    for id in [host.id(), guest.0.id()] {
        let arguments = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&arguments).contains(token));
    }
    let end = fixture.run(&["diagnose"]);
    assert!(!end.result().to_string().contains(token));
    for file in crate::credentials::walk(fixture.folder.path()) {
        // A socket has nothing to read.
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{}", file.display());
    }
}

#[test]
fn what_a_host_ends_with_is_handed_over() {
    let fixture = Fixture::of("first-export");
    let project = fixture.lesson.project.clone();
    let mut holder = Holder::of(&fixture);
    let mut guest = Ends(
        fixture
            .program(&["export", "watch", &project])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut lines = Lines::of(&mut guest.0);
    assert!(lines.next().unwrap().unwrap().contains("status"));
    crate::waiting::killed(&mut holder.program.0);
    let notice = lines.next().unwrap().unwrap();
    assert!(notice.contains("notice") && notice.contains("has ended"), "{notice}");
    assert!(lines.next().unwrap().unwrap().contains("status"), "it goes on");
    // It is the host now.
    let folder = fixture.data_dir();
    let lock = || std::fs::read_to_string(folder.join("export-desk.lock")).unwrap_or_default();
    assert_eq!(lock(), guest.0.id().to_string());
    let end = fixture.run(&["export", "status", &project]);
    assert_eq!(end.exit, 0, "{:?}", end.lines);
    assert_eq!(posts(&fixture, "/export"), 1);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_waiting_and_the_download_but_not_the_host() {
    use std::os::unix::process::ExitStatusExt as _;
    let fixture =
        crate::download::large(&["on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 2000000"]);
    let other = fixture.folder.path().join("elsewhere.tar.gz");
    let mut holder = Ends(
        fixture
            .program(&["export", "download", crate::download::PROJECT, "--output", other.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut host_lines = Lines::of(&mut holder.0);
    let moves = |lines: &mut Lines| while !lines.next().unwrap().unwrap().contains("progress") {};
    moves(&mut host_lines);
    let mine = fixture.downloads().join("mine.tar.gz");
    let mut guest = Ends(
        fixture
            .program(&["export", "download", crate::download::PROJECT, "--output", mine.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut lines = Lines::of(&mut guest.0);
    moves(&mut lines);
    crate::waiting::succeeds(Command::new("kill").args(["-INT", &guest.0.id().to_string()]));
    let status = crate::waiting::ended(&mut guest.0, "a command after Ctrl+C");
    assert_eq!(status.signal(), Some(2));
    // The host goes on, and nothing more is written for the command that is gone.
    moves(&mut host_lines);
    let part = || {
        fixture
            .files()
            .into_iter()
            .find(|name| name.ends_with(".part"))
            .map(|name| std::fs::metadata(fixture.downloads().join(name)).unwrap().modified().unwrap())
    };
    let mut before = part();
    until("a download that rests", || {
        moves(&mut host_lines);
        moves(&mut host_lines);
        let now = part();
        let rests = now == before;
        before = now;
        rests.then_some(())
    });
    assert!(!mine.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_and_full_disks_do_to_a_joined_command_what_they_do_to_any() {
    let fixture = Fixture::of("first-export");
    let _holder = Holder::of(&fixture);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let end = crate::waiting::output_to(&mut fixture.spoken(&["case", "list"]), full.into(), "a full disk");
    assert_eq!(end.status.code(), Some(10));
    assert!(String::from_utf8_lossy(&end.stderr).contains("could not be written to stdout"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let words = ["case", "new", "--ticket", TICKET, "--project", &fixture.lesson.project];
    let end = crate::waiting::output_to(&mut fixture.spoken(&words), writer.into(), "a closed pipe");
    assert_eq!(end.status.code(), Some(0), "{}", String::from_utf8_lossy(&end.stderr));
    assert_eq!(fixture.run(&["case", "list"]).result()["cases"].as_array().unwrap().len(), 1);
}

#[test]
fn a_long_path_of_the_data_folder_is_joined_too() {
    let fixture = Fixture::of("first-export");
    let data_dir = fixture.folder.path().join("d".repeat(120)).join("e".repeat(120));
    let _holder = Holder::at(&fixture, &data_dir);
    let end = End::of(&output(&mut fixture.program_at(&data_dir, &["case", "list"]), "a long path"));
    assert_eq!(end.exit, 0, "{:?}", end.lines);
}
