//! The cleaner on a real engine: it deletes only downloaded archives that are old and unchanged, after confirmation.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use export_desk::case::TransferId;
use export_desk::engine::api::{
    Answer, Command, DownloadState, DownloadTarget, KEEP_ARCHIVES, OldArchive, WhyOld,
};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::face::Face;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn old(face: &Face) -> Arc<[OldArchive]> {
    match face.ask(Command::FindOldArchives) {
        Ok(Answer::OldArchives(old)) => old,
        other => panic!("{other:?}"),
    }
}

fn delete(face: &Face, transfers: Vec<TransferId>) -> (u64, Vec<String>) {
    match face.ask(Command::DeleteArchives { transfers }) {
        Ok(Answer::Deleted { files, kept, .. }) => (files, kept),
        other => panic!("{other:?}"),
    }
}

fn keep_for(face: &Face, days: Value) {
    face.ask(Command::Keep { key: KEEP_ARCHIVES.into(), value: days }).unwrap();
}

/// Makes a download look `days` old, in the store and on disk.
fn age(desk: &Desk, path: &Path, days: i64) {
    let db = Connection::open(desk.data_dir().join("export-desk.sqlite")).unwrap();
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

/// A desk with one downloaded archive.
fn downloaded() -> (Desk, TransferId, PathBuf) {
    let desk = Desk::of("first-export");
    let face = Face::of(&desk);
    let run = face.start(&desk);
    face.ready(run);
    let id = face.download(&desk, DownloadTarget::Default);
    let done = face.transfer(id, |view| view.state.is_ended());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.trouble);
    let path = done.path.clone().unwrap();
    drop(face);
    (desk, id, path)
}

#[test]
fn an_old_archive_goes_after_a_yes_and_the_timeline_tells() {
    let (desk, id, path) = downloaded();
    let beside = path.with_file_name("mine.tar.gz");
    fs::copy(&path, &beside).unwrap();
    age(&desk, &path, 31);
    let face = Face::of(&desk);
    assert!(old(&face).is_empty(), "without a keep time everything stays");
    assert_eq!(delete(&face, vec![id]), (0, Vec::new()), "what is not old cannot be deleted, asked or not");
    keep_for(&face, json!(60));
    assert!(old(&face).is_empty());
    keep_for(&face, json!(30));
    let found = old(&face);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].transfer, &found[0].path, found[0].why), (id, &path, WhyOld::Kept { days: 30 }));
    assert!(path.exists(), "looking deletes nothing");
    assert_eq!(delete(&face, vec![id]), (1, Vec::new()));
    assert!(!path.exists());
    assert!(beside.exists(), "a copy that this program did not make stays");
    face.until(|picture| picture.journal.iter().any(|line| line.kind == "archive_deleted").then_some(()));
    assert!(old(&face).is_empty());
}

#[test]
fn an_archive_that_is_not_what_was_downloaded_stays() {
    let (desk, id, path) = downloaded();
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    age(&desk, &path, 31);
    let face = Face::of(&desk);
    keep_for(&face, json!(30));
    // The file has the same size and an old time: only its content shows the change.
    assert_eq!(old(&face).len(), 1);
    let (files, kept) = delete(&face, vec![id]);
    assert_eq!(files, 0);
    assert!(kept[0].contains("is not the file that was downloaded"), "{kept:?}");
    assert!(path.exists());
    let written = |picture: &export_desk::engine::api::Snapshot| {
        picture.journal.iter().any(|line| line.kind == "archive_deleted")
    };
    assert!(!written(&face.engine.snapshot()));
    fs::write(&path, "shorter").unwrap();
    assert!(old(&face).is_empty(), "a file of another size is not even offered");
}
