//! kill -9 of the real program at several points; the same command again must end as if nothing had happened.

#[cfg(unix)]
use std::process::Command;

use export_desk::case::Phase;
use export_desk::engine::api::{DownloadState, DownloadTarget};
use export_desk::practice::lesson;
use serde_json::Value;

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;
use crate::waiting::Lines;

/// Kills the program when a line of its output satisfies `point`; returns whether that happened.
fn killed_at(fixture: &Fixture, arguments: &[&str], point: impl Fn(&Value) -> bool) -> bool {
    let mut child = fixture.spawn(arguments);
    let lines = Lines::of(&mut child);
    let mut discovered = false;
    for line in lines {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if point(&line) {
            discovered = true;
            break;
        }
    }
    crate::waiting::killed(&mut child);
    discovered
}

/// A slow 64 MiB download, so that there is time to kill the program during the download.
fn slow() -> Fixture {
    let mut lesson = lesson("first-export").unwrap();
    lesson
        .world
        .projects
        .push(toml::from_str("path = \"acme/slow\"\nsize = \"large\"\nstorage = \"redirect\"").unwrap());
    lesson.project = "acme/slow".into();
    lesson.faults =
        vec![toml::from_str("on = \"object\"\ntimes = 2\nkind = \"slow\"\nbytes_per_s = 4000000").unwrap()];
    Fixture::with(lesson)
}

/// A run that stays in each state for three seconds: enough time for the kill, even on a busy machine.
fn unhurried() -> Fixture {
    let mut lesson = lesson("queue-waits").unwrap();
    lesson.world.queue_s = 3000;
    let project = format!("path = {:?}\nexport_s = 3000", lesson.project);
    lesson.world.projects.push(toml::from_str(&project).unwrap());
    Fixture::with(lesson)
}

#[test]
fn killed_while_the_export_runs() {
    for word in ["queued", "started"] {
        let fixture = unhurried();
        let downloads = fixture.downloads();
        let project = fixture.lesson.project.clone();
        let arguments = ["export", "start", &project, "--wait", "--download", downloads.to_str().unwrap()];
        assert!(killed_at(&fixture, &arguments, |line| line["server_status"] == word), "{word} was not seen");
        let end = fixture.run(&arguments);
        assert_eq!(end.exit, 0, "{word}: {}", end.result());
        let posts = fixture.practice.requests().iter().filter(|seen| seen.method == "POST").count();
        assert_eq!(posts, 1, "the run was adopted, not started again");
        assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
    }
}

/// The archive has its final name, but the record of that is not on disk: the state after a power cut between the
/// two.
#[test]
fn an_archive_that_was_renamed_before_the_crash_is_not_downloaded_again() {
    let fixture = Fixture::of("first-export");
    let database = || rusqlite::Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
    drop(FrontEnd::of(&fixture));
    let lost = "CREATE TRIGGER lost BEFORE UPDATE ON transfers WHEN NEW.sha256 IS NOT NULL
                BEGIN SELECT RAISE(FAIL, 'power cut'); END";
    database().execute_batch(lost).unwrap();

    let front_end = FrontEnd::of(&fixture);
    assert_eq!(front_end.ready(front_end.start(&fixture)), Phase::Ready);
    let id = front_end.download(&fixture, DownloadTarget::Default);
    let named = front_end.download_when(id, |view| view.state == DownloadState::Done);
    front_end.until(|snapshot| snapshot.error.clone());
    drop(front_end);
    database().execute_batch("DROP TRIGGER lost").unwrap();
    let (files, requests) = (fixture.files(), fixture.practice.requests().len());
    assert_eq!(files.len(), 1, "{files:?}");

    let front_end = FrontEnd::of(&fixture);
    let known = front_end.download_when(id, |view| view.state.is_ended());
    assert_eq!(known.state, DownloadState::Done, "{:?}", known.error);
    assert_eq!(known.done.as_ref().unwrap().sha256, named.done.as_ref().unwrap().sha256);
    assert_eq!(fixture.files(), files);
    let downloads = fixture.practice.requests().split_off(requests);
    assert!(!downloads.iter().any(|seen| seen.path().ends_with("/download")), "{downloads:?}");
}

/// The same for a file that the command names: the existing file is its own, and not another one.
#[test]
fn the_same_command_knows_the_file_that_it_named_before_the_crash() {
    let fixture = Fixture::of("first-export");
    let target = fixture.downloads().join("mine.tar.gz");
    let project = fixture.lesson.project.clone();
    let words = ["export", "start", &project, "--download", target.to_str().unwrap()];
    let database = || rusqlite::Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
    assert_eq!(fixture.run(&["export", "start", &project, "--wait"]).exit, 0);
    let lost = "CREATE TRIGGER lost BEFORE UPDATE ON transfers WHEN NEW.sha256 IS NOT NULL
                BEGIN SELECT RAISE(FAIL, 'power cut'); END";
    database().execute_batch(lost).unwrap();
    fixture.run(&words);
    database().execute_batch("DROP TRIGGER lost").unwrap();
    let named = std::fs::read(&target).unwrap();
    let requests = fixture.practice.requests().len();
    let end = fixture.run(&words);
    assert_eq!((end.exit, end.result()["verdict"].as_str()), (0, Some("importable")), "{}", end.result());
    assert_eq!((std::fs::read(&target).unwrap() == named, fixture.files().len()), (true, 1));
    let downloads = fixture.practice.requests().split_off(requests);
    assert!(!downloads.iter().any(|seen| seen.path().ends_with("/download")), "{downloads:?}");
    // Once recorded, it is a file like any other: nothing overwrites it.
    let again = fixture.run(&["export", "download", &project, "--output", target.to_str().unwrap()]);
    assert_eq!((again.exit, again.code()), (3, "refused"), "{}", again.result());
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}

/// Simulates a closed laptop: the program is suspended while its connection and its link expire.
#[cfg(unix)]
#[test]
fn asleep_while_connection_and_link_end_the_download_resumes() {
    let fixture = crate::download::stored(&[
        "on = \"object\"\nkind = \"stall_after\"\nbytes = 2000000",
        "on = \"export_download\"\nkind = \"expiring_link\"\nafter_requests = 1",
    ]);
    let downloads = fixture.downloads();
    let arguments = ["export", "download", crate::download::PROJECT, "--output", downloads.to_str().unwrap()];
    let mut child = fixture.spawn(&arguments);
    let id = child.id().to_string();
    let signal = |name: &str| {
        crate::waiting::succeeds(Command::new("kill").args([name, &id]));
    };
    let mut lines = Lines::of(&mut child);
    let mut line = move || -> Option<Value> { Some(serde_json::from_str(&lines.next()?.unwrap()).unwrap()) };
    while line().expect("it ended before it slept")["event"] != "progress" {}
    signal("-STOP");
    let state = format!("/proc/{id}/stat");
    // Without /proc, assume that the signal has stopped the process.
    crate::waiting::until("a stopped process", || {
        std::fs::read_to_string(&state).map_or(Some(()), |stat| stat.contains(") T ").then_some(()))
    });
    signal("-CONT");
    let result = std::iter::from_fn(line).last().unwrap();
    assert_eq!(crate::waiting::ended(&mut child, "its last line was read").code(), Some(0), "{result}");
    assert_eq!(result["verdict"], "importable", "{result}");
    assert_eq!((&result["api_requests"], &result["restarted"]), (&2.into(), &0.into()), "{result}");
}

#[test]
fn killed_in_the_middle_a_download_resumes_from_its_bytes() {
    let fixture = slow();
    let downloads = fixture.downloads();
    let project = fixture.lesson.project.clone();
    fixture.run(&["export", "start", &project, "--wait"]).result();
    let arguments =
        ["export", "download", &project, "--output", downloads.to_str().unwrap(), "--connections", "1"];
    let mut kept = 0;
    for _ in 0..2 {
        let discovered = killed_at(&fixture, &arguments, |line| {
            line["event"] == "progress" && line["bytes"].as_u64() > Some(kept + 4_000_000)
        });
        assert!(discovered, "the download ended before it could be killed");
        let part = fixture.files().into_iter().find(|name| name.ends_with(".part")).expect("a part file");
        kept = std::fs::metadata(downloads.join(part)).unwrap().len().min(kept + 4_000_000);
        assert!(
            fixture.files().iter().all(|name| !name.ends_with(".tar.gz")),
            "no final name yet: {:?}",
            fixture.files()
        );
    }
    let end = fixture.run(&arguments);
    let result = end.result();
    assert_eq!(end.exit, 0, "{result}");
    assert_eq!(result["verdict"], "importable");
    assert!(result["resumed"].as_u64() >= Some(1), "it went on from its bytes: {result}");
    assert_eq!(fixture.files().len(), 1, "{:?}", fixture.files());
    let world = fixture.practice.world();
    let stored = world.projects.iter().find(|view| view.path == project).unwrap();
    assert_eq!(result["sha256"], stored.archive_sha256(), "identical to what the storage holds");
}
