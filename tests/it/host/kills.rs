//! kill -9 of the host, of the command that joined it, or of both, at any moment. The same command again ends as if
//! nothing had happened, and nothing was sent twice.

use std::process::Stdio;
use std::time::Duration;

use super::{OTHER, TICKET, fault, posts, with_another};
use crate::campaigns::{assert_told, campaign};
use crate::fixture::{End, Fixture};
use crate::waiting::{Ends, Lines, output_of};

/// The commands of one round, in an order in which each is possible.
fn commands(fixture: &Fixture) -> Vec<Vec<String>> {
    let project = fixture.lesson.project.clone();
    let archive = fixture.folder.path().join("a.tar.gz").to_str().unwrap().to_owned();
    let lines = [
        vec!["case", "new", "--ticket", TICKET, "--project", &project],
        vec!["case", "set", "1", "requester=Maria"],
        vec!["export", "start", &project, "--wait"],
        vec!["export", "start", &project, "--replace", "--yes-delete", &project, "--wait"],
        vec!["export", "download", &project, "--output", &archive],
        vec!["relations", "start", &project, "--wait"],
        vec!["import", "file", &archive, "--namespace", "acme", "--path", "copy", "--wait"],
    ];
    lines.into_iter().map(|words| words.into_iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_host_or_a_command_killed_at_any_moment_loses_nothing_and_sends_nothing_twice() {
    let (mut random, rounds) = campaign("host::kills", 14);
    let mut round = 0;
    while round < rounds {
        let fixture = with_another();
        let (mut killed_guests, mut cases) = (0, 0);
        for (number, words) in commands(&fixture).into_iter().enumerate() {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let what = format!("round {round}: {words:?}");
            let mut host = host(&fixture, number == 0);
            let before = (posts(&fixture, "/export"), posts(&fixture, "/import"));
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
                // Where the host had finished it, the repetition is refused by name.
                assert!(matches!(end.exit, 0 | 3), "{what}: {}", end.result());
                let sent = (posts(&fixture, "/export") - before.0, posts(&fixture, "/import") - before.1);
                assert!(sent.0 <= 1 && sent.1 <= 1, "{what}: sent twice: {sent:?}");
            }
            if kills_guest {
                // The person's own repetition is another command.
                let end = fixture.run(&words);
                assert_told(&end, &what);
                assert!(matches!(end.exit, 0 | 3), "{what}: {}", end.result());
                crate::waiting::killed(&mut host.0);
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
        assert!(posts(&fixture, "/import") <= 1, "round {round}, {killed_guests} commands killed");
    }
}

/// A command that has the data folder open: it watches an export of another project, which never ends.
fn host(fixture: &Fixture, is_first: bool) -> Ends {
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
