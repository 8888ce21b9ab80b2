//! kill -9 at any moment of any command; the same command again ends as if nothing had happened.

use std::process::Stdio;
use std::time::Duration;

use super::{assert_told, campaign};
use crate::fixture::Fixture;

#[test]
fn killed_at_any_moment_every_command_goes_on() {
    let (mut random, rounds) = campaign("kills", 60);
    let mut round = 0;
    while round < rounds {
        let fixture = Fixture::of("first-export");
        let project = fixture.lesson.project.clone();
        let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
        let (target, folder) =
            (fixture.downloads().join("a.tar.gz"), fixture.folder.path().join("relations"));
        let (target, folder) = (target.to_str().unwrap(), folder.to_str().unwrap());
        let commands: [&[&str]; 6] = [
            &["case", "new", "--ticket", ticket, "--project", &project],
            &["export", "start", &project, "--download", target],
            &["relations", "start", &project, "--wait"],
            &["relations", "download", &project, "--output", folder],
            &["import", "file", target, "--namespace", "acme", "--path", "copy", "--wait"],
            &["import", "relation", target, "--project", &project, "--relation", "issues", "--wait"],
        ];
        for words in commands {
            let mut program = fixture.program(words);
            let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // Only the moment of the kill is random.
            std::thread::sleep(Duration::from_millis(random.u64(0..120)));
            crate::waiting::killed(&mut child);
            let what = format!("round {round}: {words:?}");
            let end = fixture.run(words);
            assert_told(&end, &what);
            // If the command had finished before the kill, the repetition is refused by name, and the file is the
            // expected one.
            assert!(matches!(end.exit, 0 | 3), "{what}: {}", end.result());
            let audit = fixture.run(&["case", "audit"]);
            assert_eq!(audit.exit, 0, "{what}: {}", audit.result());
            round += 1;
        }
        let posts = |ends: &str| {
            let seen = fixture.practice.requests();
            seen.iter().filter(|seen| seen.method == "POST" && seen.path().ends_with(ends)).count()
        };
        assert!(posts("/export") <= 2, "round {round}: {} exports", posts("/export"));
        let verdict = fixture.run(&["verify", target]);
        assert_eq!(verdict.exit, 0, "round {round}: {}", verdict.result());
    }
}
