//! What a batch says of its projects and archives is true: of archives that were changed or deleted since, of a missing
//! token, and of what was only requested.

use std::path::Path;

use export_desk::case::Code;
use export_desk::case::batch::ItemDeed;
use export_desk::engine::api::{BatchCommand, Command, DownloadState, DownloadView};
use export_desk::engine::{Setup, Timing};
use serde_json::json;

use crate::batch_again::folder_of;
use crate::batches::{is_whole, lesson_of, manifest, posts};
use crate::fixture::{Fixture, fault};
use crate::front_end::FrontEnd;
use crate::waiting::{self, Ends};

/// Only a person knows whether they moved an archive, so the loss is told first. Continuing once more downloads it again.
#[test]
fn an_archive_that_is_gone_fails_first_and_is_downloaded_the_next_time() {
    let fixture = Fixture::with(lesson_of(3, ""));
    let folder = folder_of(&fixture);
    let start = ["export", "start", "many/p1", "many/p2", "many/p3", "--download", &folder];
    let done = fixture.run(&start);
    assert_eq!(done.exit, 0, "{}", done.result());
    let path = |number: usize| done.result()["projects"][number]["path"].as_str().unwrap().to_owned();
    let elsewhere = fixture.folder.path().join("moved.tar.gz");
    std::fs::remove_file(path(0)).unwrap();
    std::fs::File::options().write(true).open(path(1)).unwrap().set_len(100).unwrap();
    std::fs::rename(path(2), &elsewhere).unwrap();
    let told = fixture.run(&["export", "resume", &folder]);
    assert_eq!((told.exit, told.code()), (10, "local"), "{}", told.result());
    for (number, row) in told.result()["projects"].as_array().unwrap().iter().enumerate() {
        let headline = row["headline"].as_str().unwrap();
        assert_eq!(row["stage"], "failed", "{row}");
        assert!(headline.contains(&path(number)), "{row}");
    }
    std::fs::rename(&elsewhere, path(2)).unwrap();
    // Nothing of a person is overwritten, so the bad file would stay beside the new one.
    std::fs::remove_file(path(1)).unwrap();
    let again = fixture.run(&start);
    assert_eq!(again.exit, 0, "{}", again.result());
    is_whole(Path::new(&folder), 3);
    assert_eq!(posts(&fixture), 3, "GitLab's files were there still");
}

/// Other bytes of the same size are no archive that was verified.
#[test]
fn an_archive_that_was_changed_is_not_called_good_and_never_overwritten() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let folder = folder_of(&fixture);
    let done = fixture.run(&["export", "start", "many/p1", "many/p2", "--download", &folder]);
    assert_eq!(done.exit, 0, "{}", done.result());
    let path = done.result()["projects"][0]["path"].as_str().unwrap().to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let said = fixture.said(&["export", "resume", &folder]);
    let of_it: Vec<_> = said.lines().filter(|line| line.contains("many/p1")).collect();
    assert!(!of_it.is_empty() && of_it.iter().all(|line| !line.contains("importable")), "{said}");
    assert!(said.contains(&format!("The archive {path} was changed after it was verified.")), "{said}");
    let row = &manifest(Path::new(&folder))["projects"][0];
    assert_eq!((&row["status"], &row["sha256"]), (&json!("failed"), &json!(null)), "{row}");
    let again = fixture.run(&["export", "resume", &folder]);
    assert_eq!(again.exit, 0, "{}", again.result());
    let second = again.result()["projects"][0]["path"].as_str().unwrap();
    assert_ne!(second, path);
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "the person's file");
    assert_eq!(posts(&fixture), 2, "GitLab's file was there still");
}

/// The window marks them as soon as it shows the batch.
#[test]
fn a_look_at_the_archives_finds_the_lost_ones_and_stops_nothing() {
    let fixture = Fixture::with(lesson_of(3, ""));
    let folder = folder_of(&fixture);
    let done = fixture.run(&["export", "start", "many/p1", "many/p2", "--download", &folder]);
    assert_eq!(done.exit, 0, "{}", done.result());
    std::fs::remove_file(done.result()["projects"][1]["path"].as_str().unwrap()).unwrap();
    let front_end = FrontEnd::of(&fixture);
    let batch = front_end.until(|snapshot| snapshot.batches.first().map(|view| view.batch.id));
    front_end.ask(Command::Batch(BatchCommand::LookAt { batch })).unwrap();
    let view = front_end.engine.snapshot().batches[0].clone();
    assert_eq!((view.counts.done, view.counts.failed), (1, 1), "{:?}", view.items);
    assert_eq!(view.batch.stopped, None);
}

/// GitLab goes on with its exports. The batch waits for a token, and goes on with the first one.
#[test]
fn a_batch_without_a_token_waits_for_one_and_continues_by_itself() {
    let fixture = Fixture::paced(lesson_of(3, ""), 0.02);
    let folder = folder_of(&fixture);
    let mut starter =
        Ends(fixture.spawn(&["export", "start", "many/p1", "many/p2", "many/p3", "--download", &folder]));
    waiting::until("the requests", || (posts(&fixture) == 3).then_some(()));
    waiting::killed(&mut starter.0);
    let timing = Timing::scaled(0.02);
    let front_end = FrontEnd::with(Setup { token: None, timing, ..FrontEnd::setup(&fixture) });
    let stopped = front_end.until(|snapshot| snapshot.batches.first()?.batch.stopped.clone());
    assert_eq!(stopped.code, Code::TokenMissing, "{stopped:?}");
    let view = front_end.engine.snapshot().batches[0].clone();
    assert_eq!((view.counts.failed, view.is_over()), (0, false), "{:?}", view.items);
    let manifest = manifest(Path::new(&folder));
    for row in manifest["projects"].as_array().unwrap() {
        assert!(!matches!(row["status"].as_str(), Some("failed")), "{row}");
    }
    front_end.connect(&fixture);
    front_end.until(|snapshot| snapshot.batches.first()?.is_over().then_some(()));
    drop(front_end);
    is_whole(Path::new(&folder), 3);
    assert_eq!(posts(&fixture), 3, "each was requested once");
}

/// What a person has cancelled or paused in the meantime is not begun again by a token.
#[test]
fn what_was_cancelled_without_a_token_stays_cancelled_with_one() {
    let mut lesson = lesson_of(2, "");
    lesson.faults = vec![fault("on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 20000")];
    let fixture = Fixture::paced(lesson, 0.02);
    let folder = folder_of(&fixture);
    let timing = Timing::scaled(0.02);
    let without_token = || FrontEnd::with(Setup { token: None, timing, ..FrontEnd::setup(&fixture) });
    without_token().connect(&fixture);
    let words = ["export", "start", "many/p1", "many/p2", "--download", &folder];
    let mut starter = Ends(fixture.spawn(&words));
    let calls = || {
        let all = fixture.practice.requests();
        all.iter().filter(|request| request.path().ends_with("/export/download")).count()
    };
    waiting::until("the downloads", || (calls() == 2).then_some(()));
    waiting::killed(&mut starter.0);
    let front_end = without_token();
    front_end.until(|snapshot| {
        let failed =
            |view: &DownloadView| view.error.as_ref().is_some_and(|error| error.code == Code::TokenMissing);
        (snapshot.downloads.iter().filter(|view| failed(view)).count() == 2).then_some(())
    });
    let batch = front_end.until(|snapshot| {
        let view = snapshot.batches.first()?;
        view.batch.stopped.is_some().then_some(view.batch.id)
    });
    for (place, deed) in [(0, ItemDeed::Cancel), (1, ItemDeed::Pause)] {
        let change = BatchCommand::Change { batch, places: vec![place], deed };
        front_end.ask(Command::Batch(change)).unwrap();
    }
    front_end.connect(&fixture);
    // Whatever the token begins is begun before the next command is answered.
    front_end.ask(Command::Batch(BatchCommand::LookAt { batch })).unwrap();
    let snapshot = front_end.engine.snapshot();
    for view in snapshot.downloads.iter() {
        assert!(
            matches!(view.state, DownloadState::Failed | DownloadState::Paused | DownloadState::Cancelled),
            "{view:?}"
        );
    }
}

#[test]
fn what_is_only_requested_is_not_called_done() {
    let fixture = Fixture::with(lesson_of(4, ""));
    let said = fixture.said(&["export", "start", "many/p1", "many/p2"]);
    assert!(said.contains("2 of 2 projects requested.") && !said.contains("done"), "{said}");
    let end = fixture.run(&["export", "start", "many/p3", "many/p4"]);
    assert_eq!(end.result()["projects"][0]["stage"], "requested", "{}", end.result());
}

/// A person, or another command, may put a file of their own in the place of a manifest.
#[test]
fn a_foreign_file_in_the_place_of_a_manifest_is_kept_and_a_batch_shares_its_folder_with_no_relations() {
    let fixture = Fixture::with(lesson_of(2, ""));
    let folder = folder_of(&fixture);
    let end = fixture.run(&["export", "start", "many/p1", "many/nowhere", "--download", &folder]);
    assert_eq!(end.exit, 5, "{}", end.result());
    assert_eq!(fixture.run(&["relations", "start", "many/p2", "--wait"]).exit, 0);
    let end = fixture.run(&["relations", "download", "many/p2", "--output", &folder]);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    let path = |name: &str| Path::new(&folder).join(name);
    std::fs::write(path("manifest.json"), "{\"my\":\"file\"}").unwrap();
    std::fs::write(path("manifest.csv"), "mine").unwrap();
    let end = fixture.run(&["export", "resume", &folder]);
    assert_eq!(end.exit, 5, "{}", end.result());
    assert_eq!(manifest(Path::new(&folder))["projects"].as_array().map(Vec::len), Some(2));
    assert_eq!(std::fs::read_to_string(path("manifest.json.old")).unwrap(), "{\"my\":\"file\"}");
    assert_eq!(std::fs::read_to_string(path("manifest.csv.old")).unwrap(), "mine");
    // Its own are replaced, and not kept.
    assert_eq!(fixture.run(&["export", "resume", &folder]).exit, 5);
    assert!(!path("manifest.json.old-2").exists() && !path("manifest.csv.old-2").exists());
}
