//! kill -9 of the host, of the command that joined it, or of both, at any moment. The same command again ends as if
//! nothing had happened, and nothing was sent twice.

use std::process::Stdio;
use std::time::Duration;

use export_desk::practice::{Seen, Size, Storage};

use super::{OTHER, TICKET, fault, posts, with_others};
use crate::campaigns::{assert_told, campaign};
use crate::download::faulty;
use crate::fixture::{End, Fixture};
use crate::waiting::{Ends, Lines, output_of};

/// The projects of a batch.
const BATCH: [&str; 3] = ["batch/p1", "batch/p2", "batch/p3"];

/// The commands of one round, in an order in which each is possible.
fn commands(fixture: &Fixture) -> Vec<Vec<String>> {
    let project = fixture.lesson.project.clone();
    let archive = fixture.folder.path().join("a.tar.gz").to_str().unwrap().to_owned();
    let folder = fixture.folder.path().join("exports").to_str().unwrap().to_owned();
    let batch = vec!["export", "start", BATCH[0], BATCH[1], BATCH[2], "--download", &folder];
    let lines = [
        vec!["case", "new", "--ticket", TICKET, "--project", &project],
        vec!["case", "set", "1", "requester=Maria"],
        vec!["export", "start", &project, "--wait"],
        vec!["export", "start", &project, "--replace", "--yes-delete", &project, "--wait"],
        vec!["export", "download", &project, "--output", &archive],
        vec!["relations", "start", &project, "--wait"],
        batch,
        vec!["import", "file", &archive, "--namespace", "acme", "--path", "copy", "--wait"],
    ];
    lines.into_iter().map(|words| words.into_iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_host_or_a_command_killed_at_any_moment_loses_nothing_and_sends_nothing_twice() {
    let (mut random, rounds) = campaign("host::kills", 16);
    let mut round = 0;
    while round < rounds {
        let fixture = with_others(&BATCH);
        let (mut killed_guests, mut cases) = (0, 0);
        for (number, words) in commands(&fixture).into_iter().enumerate() {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let what = format!("round {round}: {words:?}");
            let is_batch = words.contains(&BATCH[0]);
            let mut host = host(&fixture, number == 0);
            let before = (posts(&fixture, "/export"), imports(&fixture));
            let mut guest =
                fixture.program(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let kills_guest = random.u8(0..3) == 0;
            // Only the moment and the victim are random.
            std::thread::sleep(Duration::from_millis(random.u64(0..150)));
            if kills_guest {
                crate::waiting::killed(&mut guest);
                killed_guests += 1;
            } else {
                crate::waiting::killed(&mut host.0);
            }
            let end = End::of(&output_of(guest, &what));
            if !kills_guest {
                assert_told(&end, &what);
                // Where the host had finished it, the repetition is refused by name. Whether a lost request has replaced
                // a file that was there before, nobody knows.
                let in_doubt = words.contains(&"--replace") && end.exit == 7;
                assert!(matches!(end.exit, 0 | 3) || in_doubt, "{what}: {}", end.result());
                let sent = (posts(&fixture, "/export") - before.0, imports(&fixture) - before.1);
                let most = if is_batch { BATCH.len() } else { 1 };
                let is_once = sent.0 <= most && sent.1 <= 1;
                assert!(is_once, "{what}: sent twice: {sent:?} of {:?}", requests(&fixture));
            }
            if kills_guest {
                // The person's own repetition is another command.
                let end = fixture.run(&words);
                assert_told(&end, &what);
                assert!(matches!(end.exit, 0 | 3), "{what}: {}", end.result());
                crate::waiting::killed(&mut host.0);
            }
            if is_batch {
                assert_batch(&fixture, before.0, &what);
            }
            cases += usize::from(number == 0) + usize::from(number == 0 && kills_guest);
            let audit = fixture.run(&["case", "audit"]);
            assert_eq!(audit.exit, 0, "{what}: {}", audit.result());
            round += 1;
        }
        let shown = fixture.run(&["case", "show", "1"]);
        assert_eq!(shown.result()["facts"]["requester"], "Maria", "round {round}");
        let listed = fixture.run(&["case", "list"]).result()["cases"].as_array().unwrap().len();
        assert!((1..=cases).contains(&listed), "round {round}: {listed} of {cases}");
        let verdict = fixture.run(&["verify", fixture.folder.path().join("a.tar.gz").to_str().unwrap()]);
        assert_eq!(verdict.exit, 0, "round {round}: {}", verdict.result());
        assert_eq!(crate::campaigns::kills::leftovers(fixture.folder.path()), [""; 0], "round {round}");
        // The person repeats `--replace` after each kill; the program itself never does.
        assert!(imports(&fixture) <= 1, "round {round}, {killed_guests} commands killed");
    }
}

/// How many imports GitLab has accepted. An upload that was cut with its program is sent again, and GitLab itself takes
/// no second one to the same path.
fn imports(fixture: &Fixture) -> usize {
    let all = fixture.practice.requests();
    let is_taken = |seen: &&Seen| {
        seen.method == "POST" && seen.path().ends_with("/import") && (200..300).contains(&seen.status)
    };
    all.iter().filter(is_taken).count()
}

/// The end of what GitLab has got: method, path, the bytes of the body, and the status of the answer, 0 without one.
fn requests(fixture: &Fixture) -> Vec<String> {
    let all = fixture.practice.requests();
    let said = all
        .iter()
        .rev()
        .take(12)
        .map(|seen| format!("{} {} {} B -> {}", seen.method, seen.path(), seen.body_bytes, seen.status));
    said.collect()
}

/// Each project was requested once, and its archive is in the folder, once.
fn assert_batch(fixture: &Fixture, before: usize, what: &str) {
    assert_eq!(posts(fixture, "/export") - before, BATCH.len(), "{what}: not once each");
    crate::batches::is_whole(&fixture.folder.path().join("exports"), BATCH.len());
}

/// A command that has the data folder open: it watches an export of another project, which never ends.
pub(super) fn host(fixture: &Fixture, is_first: bool) -> Ends {
    if is_first {
        fixture.practice.trigger(fault("on = \"export_start\"\nkind = \"stuck_started\""));
    }
    let mut program = fixture
        .program(&["export", "start", OTHER, "--wait"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Lines::of(&mut program).next().expect("the host ended").unwrap();
    Ends(program)
}

#[test]
fn the_minute_of_a_download_continues_when_the_program_was_killed() {
    // A minute of GitLab takes eighteen seconds.
    let slow = "on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 400000";
    let mut lesson = faulty(Size::Large, Storage::Redirect, &[slow]);
    lesson.world.limits.project_download_export = 1;
    let fixture = Fixture::paced(lesson, 0.3);
    let project = &fixture.lesson.project;
    let target = fixture.downloads().join("a.tar.gz");
    let words = ["export", "download", project, "--output", target.to_str().unwrap()];
    let mut first = Ends(fixture.spawn(&words));
    let is_moving = |line: &str| line.contains("\"progress\"") && !line.contains("\"bytes\":0,");
    let mut lines = Lines::of(&mut first.0);
    while !is_moving(&lines.next().unwrap().unwrap()) {}
    crate::waiting::killed(&mut first.0);
    fixture.practice.forget_faults();
    let end = fixture.run(&words);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert_eq!(crate::batches::refused(&fixture), 0, "no request came within the minute");
}
