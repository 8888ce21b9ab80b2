//! A build that is ended by a signal leaves nothing; one that is killed leaves a file that the next build deletes.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use export_desk::engine::api::BuildOptions;
use serde_json::json;

use super::build::{build, downloaded};
use super::reimport::rewrite;
use crate::fixture::Fixture;
use crate::front_end::FrontEnd;
use crate::waiting::{ended, ignores_ctrl_c, succeeds, until};

/// A folder whose build takes long enough to be interrupted.
fn slow() -> (Fixture, PathBuf) {
    let (fixture, folder) = downloaded(false);
    let mut random = fastrand::Rng::with_seed(5);
    let text: String = std::iter::repeat_with(|| random.alphanumeric()).take(40 << 20).collect();
    let lines = (1..=40).map(|iid| {
        let text = &text[(iid - 1) << 20..iid << 20];
        json!({ "iid": iid, "title": "t", "source_branch": "a", "target_branch": "b", "description": text })
    });
    let lines = lines.fold(String::new(), |lines, record| lines + &record.to_string() + "\n");
    rewrite(&folder, "merge_requests.ndjson.gz", lines.as_bytes());
    (fixture, folder)
}

/// What builds have left beside the folder, under a temporary or a final name.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder.parent().unwrap()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains("built")).collect();
    names.sort();
    names
}

fn is_building(folder: &Path) -> bool {
    left(folder).iter().any(|name| name.ends_with(".building"))
}

/// Ends a build in its middle.
fn interrupted(fixture: &Fixture, folder: &Path, (signal, number): (&str, i32), more: &[&str]) {
    let output = folder.with_file_name("built.tar.gz");
    let words = ["relations", "build", folder.to_str().unwrap(), "--allow-gaps", "--output"];
    let words = [&words[..], &[output.to_str().unwrap()], more].concat();
    let mut child = fixture.spawn(&words);
    until("the temporary file", || is_building(folder).then_some(()));
    succeeds(Command::new("kill").args([signal, &child.id().to_string()]));
    let status = ended(&mut child, "a build after a signal");
    assert_eq!(status.signal(), Some(number), "{signal} {more:?}: {status}");
}

#[test]
fn a_signal_leaves_no_temporary_file_and_the_next_build_deletes_that_of_a_kill() {
    let (fixture, folder) = slow();
    for more in [&[][..], &["--split"]] {
        for signal in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
            if signal.1 == 2 && ignores_ctrl_c() {
                println!("skipped: this process ignores SIGINT, as does each that it starts");
                continue;
            }
            interrupted(&fixture, &folder, signal, more);
            assert_eq!(left(&folder), [""; 0], "{signal:?} {more:?}");
        }
        interrupted(&fixture, &folder, ("-KILL", 9), more);
        assert!(is_building(&folder), "{more:?}: {:?}", left(&folder));
        let output = folder.with_file_name("built.tar.gz");
        let words = [&["--output", output.to_str().unwrap()], more].concat();
        let end = build(&fixture, &folder, &words);
        assert_eq!(end.exit, 0, "{}", end.result());
        let named = if more.is_empty() { "built.tar.gz" } else { "built_set" };
        assert_eq!(left(&folder), [named], "{more:?}");
        let named = folder.with_file_name(named);
        if named.is_dir() { fs::remove_dir_all(named) } else { fs::remove_file(named) }.unwrap();
    }
}

/// As `nohup` starts a program: a hangup does not end it.
#[test]
fn an_ignored_hangup_stays_ignored() {
    let (fixture, folder) = slow();
    let output = folder.with_file_name("built.tar.gz");
    let words = ["relations", "build", folder.to_str().unwrap(), "--output", output.to_str().unwrap()];
    let inner = fixture.program(&words);
    let mut shell = Command::new("sh");
    shell.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    let mut child = shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the temporary file", || is_building(&folder).then_some(()));
    succeeds(Command::new("kill").args(["-HUP", &child.id().to_string()]));
    assert!(ended(&mut child, "a build after an ignored signal").success());
    assert_eq!(left(&folder), ["built.tar.gz"]);
}

/// A window that is closed, or a host that ends, cancels the builds of its engine.
#[test]
fn an_engine_that_ends_leaves_no_temporary_file() {
    let (fixture, folder) = slow();
    let front_end = FrontEnd::of(&fixture);
    let output = Some(folder.with_file_name("built.tar.gz"));
    let options = BuildOptions { output, allow_gaps: true, ..BuildOptions::default() };
    front_end
        .ask(export_desk::engine::api::Command::BuildArchive { folder: folder.clone(), options })
        .unwrap();
    until("the temporary file", || is_building(&folder).then_some(()));
    drop(front_end);
    assert_eq!(left(&folder), [""; 0]);
}

#[test]
fn an_interrupted_rebuild_says_what_continues() {
    let fixture = Fixture::paced(super::without_faults("relations-batched"), 0.2);
    let mut child = fixture
        .spoken(&["relations", "rebuild", &fixture.lesson.project])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command follows the export when it asks for it after the request.
    until("a check after the request", || {
        let seen = fixture.practice.requests();
        let post = seen.iter().position(|seen| seen.method == "POST")?;
        seen[post..].iter().any(|seen| seen.path().ends_with("/export_relations/status")).then_some(())
    });
    succeeds(Command::new("kill").args(["-INT", &child.id().to_string()]));
    let mut told = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut told).unwrap();
    assert_eq!(ended(&mut child, "a rebuild after Ctrl-C").signal(), Some(2));
    assert!(told.contains("GitLab continues its export") && told.contains("The same command"), "{told}");
}
