//! The cleaner on a real engine: it deletes only downloaded archives that are old and unchanged, after confirmation.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use export_desk::case::DownloadId;
use export_desk::engine::api::{
    Answer, Command, DownloadState, DownloadTarget, KEEP_ARCHIVES, OldArchive, OldReason,
};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn old(front_end: &FrontEnd) -> Arc<[OldArchive]> {
    match front_end.ask(Command::FindOldArchives) {
        Ok(Answer::OldArchives(old)) => old,
        other => panic!("{other:?}"),
    }
}

fn delete(front_end: &FrontEnd, downloads: Vec<DownloadId>) -> (u64, Vec<String>) {
    match front_end.ask(Command::DeleteArchives { downloads }) {
        Ok(Answer::Deleted { files, kept, .. }) => (files, kept),
        other => panic!("{other:?}"),
    }
}

fn keep_for(front_end: &FrontEnd, days: Value) {
    front_end.ask(Command::Keep { key: KEEP_ARCHIVES.into(), value: days }).unwrap();
}

/// Makes a download look `days` old, in the store and on disk.
fn age(fixture: &Fixture, path: &Path, days: i64) {
    let db = Connection::open(fixture.data_dir().join("export-desk.sqlite")).unwrap();
    let changed = db
        .execute(
            "UPDATE transfers SET receipt = json_set(receipt, '$.at', json_extract(receipt, '$.at') - ?1)",
            [days * DAY_MS],
        )
        .unwrap();
    assert_eq!(changed, 1);
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
}

/// A fixture with one downloaded archive.
fn downloaded() -> (Fixture, DownloadId, PathBuf) {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    let run = front_end.start(&fixture);
    front_end.ready(run);
    let id = front_end.download(&fixture, DownloadTarget::Default);
    let done = front_end.download_when(id, |view| view.state.is_ended());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.error);
    let path = done.path.clone().unwrap();
    drop(front_end);
    (fixture, id, path)
}

#[test]
fn an_old_archive_is_deleted_after_a_confirmation_and_the_timeline_shows_it() {
    let (fixture, id, path) = downloaded();
    let beside = path.with_file_name("mine.tar.gz");
    fs::copy(&path, &beside).unwrap();
    age(&fixture, &path, 31);
    let front_end = FrontEnd::of(&fixture);
    assert!(old(&front_end).is_empty(), "without a keep time everything stays");
    assert_eq!(
        delete(&front_end, vec![id]),
        (0, Vec::new()),
        "what is not old cannot be deleted, asked or not"
    );
    keep_for(&front_end, json!(60));
    assert!(old(&front_end).is_empty());
    keep_for(&front_end, json!(30));
    let found = old(&front_end);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].download, &found[0].path, found[0].why), (id, &path, OldReason::Kept { days: 30 }));
    assert!(path.exists(), "looking deletes nothing");
    assert_eq!(delete(&front_end, vec![id]), (1, Vec::new()));
    assert!(!path.exists());
    assert!(beside.exists(), "a copy that this program did not make stays");
    front_end
        .until(|snapshot| snapshot.journal.iter().any(|line| line.kind == "archive_deleted").then_some(()));
    assert!(old(&front_end).is_empty());
}

#[test]
fn an_archive_that_is_not_what_was_downloaded_stays() {
    let (fixture, id, path) = downloaded();
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    age(&fixture, &path, 31);
    let front_end = FrontEnd::of(&fixture);
    keep_for(&front_end, json!(30));
    // The file has the same size and an old time: only its content shows the change.
    assert_eq!(old(&front_end).len(), 1);
    let (files, kept) = delete(&front_end, vec![id]);
    assert_eq!(files, 0);
    assert!(kept[0].contains("is a different file than the one that was downloaded"), "{kept:?}");
    assert!(path.exists());
    let written = |snapshot: &export_desk::engine::api::Snapshot| {
        snapshot.journal.iter().any(|line| line.kind == "archive_deleted")
    };
    assert!(!written(&front_end.engine.snapshot()));
    fs::write(&path, "shorter").unwrap();
    assert!(old(&front_end).is_empty(), "a file of another size is not even offered");
}
