//! What people and pipes get on stdout: complete documents, and never a part of one with a success exit code.

use crate::fixture::{Fixture, bare_program};
use crate::waiting::InTime;

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";
const REACHED: [&str; 7] = [
    "ui_attempt_at=2026-11-18T09:00:00Z",
    "ui_attempt_message=500 Internal Server Error",
    "api_attempt_at=2026-11-18T09:10:00Z",
    "api_attempt_message=started, then none",
    "bug_issue=https://gitlab.com/gitlab-org/gitlab/-/issues/330833",
    "bug_issue_updated=yes",
    "kibana_link=https://log.gprd.gitlab.net/app/r/s/tuPA6",
];

/// A fixture with a case whose offer was sent.
fn with_offer() -> Fixture {
    let fixture = Fixture::of("first-export");
    fixture.run(&["case", "new", "--ticket", TICKET, "--project", "acme/webshop"]).result();
    assert_eq!(fixture.run(&[&["case", "set", "1"][..], &REACHED].concat()).exit, 0);
    let reason = "said \"yes\", twice";
    assert_eq!(fixture.run(&["case", "event", "1", "offer-sent", "--override", reason]).exit, 0);
    fixture
}

#[test]
fn a_sheet_is_printed_byte_for_byte() {
    let fixture = with_offer();
    let sheet = |format: &str| {
        let output = fixture.spoken(&["case", "ledger", "--format", format]).output_in_time().unwrap();
        assert!(output.status.success());
        let told = fixture.run(&["case", "ledger", "--format", format]).result()["text"].clone();
        (String::from_utf8(output.stdout).unwrap(), told.as_str().unwrap().to_owned())
    };
    let (csv, told) = sheet("csv");
    assert_eq!(csv, told);
    assert!(csv.ends_with(",\"said \"\"yes\"\", twice\",\r\n") && !csv.contains('\u{fffd}'), "{csv:?}");
    let (markdown, told) = sheet("markdown");
    assert_eq!(markdown, told);
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_does_not_reach_stdout_is_a_failure() {
    let fixture = with_offer();
    let archive = fixture.folder.path().join("an.tar.gz");
    std::fs::write(&archive, "not an archive").unwrap();
    let run = |words: &[&str]| -> std::process::Output {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        crate::waiting::output_to(&mut fixture.spoken(words), full.into(), &format!("{words:?}"))
    };
    for words in [
        vec!["text", "offer", "--case", "1"],
        vec!["case", "ledger", "--format", "csv"],
        vec!["case", "list"],
        vec!["case", "audit"],
        vec!["diagnose"],
        vec!["check"],
        vec!["--help"],
        vec!["--version"],
    ] {
        let output = run(&words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(10), "{words:?}: {said}");
        assert!(said.contains("could not be written to stdout"), "{words:?}: {said}");
    }
    // A command that fails for its own reason keeps its own exit code.
    assert_eq!(run(&["verify", archive.to_str().unwrap()]).status.code(), Some(8));
}

#[test]
fn no_text_controls_the_terminal_or_imitates_another_line() {
    let home = tempfile::tempdir().unwrap();
    let name = "a\u{1b}]0;owned\u{7}\u{202e}zg.rat\nexport-desk: all is well";
    let output =
        bare_program(home.path()).arg("verify").arg(home.path().join(name)).output_in_time().unwrap();
    assert_eq!(output.status.code(), Some(10));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
    assert!(!said.lines().any(|line| line.starts_with("export-desk: all is well")), "{said}");
}
