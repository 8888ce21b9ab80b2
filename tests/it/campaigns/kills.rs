//! kill -9 at any moment of any command that writes; the same command again ends as if nothing had happened.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::{assert_told, campaign};
use crate::fixture::Fixture;
use crate::tracker::fixture_with;

/// Every command that writes a fact, a file, or to GitLab, in an order in which each is possible.
fn commands(fixture: &Fixture, remote: &str) -> Vec<Vec<String>> {
    let project = fixture.lesson.project.clone();
    let at = |name: &str| fixture.folder.path().join(name).to_str().unwrap().to_owned();
    let (archive, relations, built) = (at("a.tar.gz"), at("relations"), at("built.tar.gz"));
    let (set, rebuilt, again) = (at("parts.tar.gz"), at("rebuilt.tar.gz"), at("again"));
    let list = at("parts_set/parts.set.json");
    let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
    let issue = format!("bug_issue={}/gitlab-org/gitlab/-/issues/330833", fixture.practice.url());
    let lines = [
        vec!["case", "new", "--ticket", ticket, "--project", &project],
        vec![
            "case",
            "set",
            "1",
            "ui_attempt_at=2026-11-20T10:00:00Z",
            "ui_attempt_message=500",
            "api_attempt_at=2026-11-20T10:10:00Z",
            "api_attempt_message=none",
            "kibana_link=https://log.gprd.gitlab.net/app/r/s/aBcD1",
            "bug_issue_updated=yes",
            &issue,
        ],
        vec!["case", "post", "1", "comment", "--yes"],
        vec!["text", "offer", "--case", "1", "--live"],
        vec!["case", "event", "1", "offer-sent"],
        vec!["case", "event", "1", "offer-declined"],
        vec!["export", "start", &project, "--download", &archive],
        vec!["export", "start", &project, "--replace", "--wait"],
        vec!["relations", "start", &project, "--batched", "--wait"],
        vec!["relations", "download", &project, "--output", &relations],
        vec!["relations", "fill", &relations, "--members", "none"],
        vec!["relations", "build", &relations, "--output", &built],
        vec!["relations", "build", &relations, "--split", "--output", &set],
        vec!["relations", "rebuild", &project, "--existing", "--folder", &again, "--output", &rebuilt],
        vec!["import", "file", &archive, "--namespace", "acme", "--path", "copy", "--wait"],
        vec!["import", "set", &list, "--namespace", "acme", "--path", "parts"],
        vec!["import", "relation", &archive, "--project", &project, "--relation", "issues", "--wait"],
        vec![
            "import",
            "remote",
            "--url",
            remote,
            "--namespace",
            "acme",
            "--path",
            "far",
            "--wait",
            "--anyway",
        ],
        vec!["case", "event", "1", "close"],
    ];
    lines.into_iter().map(|words| words.into_iter().map(str::to_owned).collect()).collect()
}

/// What a build or a download may leave: its own files, and nothing that is half.
pub fn leftovers(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries.map(|entry| entry.unwrap().file_name());
    names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.starts_with(".export-desk") || name.ends_with(".part"))
        .collect()
}

#[test]
fn killed_at_any_moment_every_command_resumes() {
    let (mut random, rounds) = campaign("kills", 57);
    let remote =
        crate::imports::bucket("200 OK\r\nContent-Type: application/gzip\r\nContent-Length: 1000\r\n");
    let mut round = 0;
    while round < rounds {
        let fixture = fixture_with("");
        for words in commands(&fixture, &format!("{remote}/a.tar.gz")) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut program = fixture.program(&words);
            let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // Only the moment of the kill is random.
            std::thread::sleep(Duration::from_millis(random.u64(0..200)));
            crate::waiting::killed(&mut child);
            let what = format!("round {round}: {words:?}");
            let end = fixture.run(&words);
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
        // One export for each of the two commands, and one more where a kill hid an answer.
        assert!(posts("/export") <= 4, "round {round}: {} exports", posts("/export"));
        // One import of a file and one of a base archive, and one more of each where a kill hid an answer.
        assert!(posts("/import") <= 4, "round {round}: {} imports", posts("/import"));
        let requests = fixture.practice.requests();
        let imported = requests
            .iter()
            .filter(|seen| seen.method == "POST" && seen.path().ends_with("/import") && seen.status == 201);
        assert!(imported.count() <= 2, "round {round}: GitLab accepted an import twice");
        let shown = fixture.run(&["case", "show", "1"]);
        let (stage, facts) = (&shown.result()["stage"], &shown.result()["facts"]);
        assert_eq!((stage, &facts["offer_answer"]), (&"closed".into(), &"declined".into()), "round {round}");
        assert_eq!(
            fixture.run(&["case", "ledger", "--format", "json"]).result()["offers"].as_array().unwrap().len(),
            1
        );
        let base = "parts_set/001_base.tar.gz";
        for archive in ["a.tar.gz", "built.tar.gz", "rebuilt.tar.gz", base] {
            let verdict = fixture.run(&["verify", fixture.folder.path().join(archive).to_str().unwrap()]);
            assert_eq!(verdict.exit, 0, "round {round}: {}", verdict.result());
        }
        let at = |folder: &str| fixture.folder.path().join(folder);
        // A wiki and snippets that GitLab did not send in time are left out, and then there is no folder for them.
        let filled = ["relations/filled", "again/filled"].into_iter().filter(|folder| at(folder).exists());
        for folder in ["", "relations", "again", "parts_set"].into_iter().chain(filled) {
            assert_eq!(leftovers(&at(folder)), [""; 0], "round {round}: {folder}");
        }
        let copied = |path: &str| {
            let mut records = fixture.practice.world().project(path).unwrap().records.clone();
            // Nobody asked for the members' addresses.
            records.remove("project_members");
            records
        };
        assert_eq!(
            copied("acme/parts"),
            copied("acme/copy"),
            "round {round}: a set brings what an archive brings"
        );
    }
}
