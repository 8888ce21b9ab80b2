//! The cleaner on a real engine: it deletes only downloaded archives that are old and unchanged, after confirmation.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use export_desk::case::{CaseId, Event, MembersChoice, RebuildOptions};
use export_desk::engine::api::{
    Answer, Command, DownloadState, DownloadTarget, KEEP_ARCHIVES, OldArchive, OldArchiveId, OldReason,
    RebuildCommand,
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

fn delete(front_end: &FrontEnd, archives: Vec<OldArchiveId>) -> (u64, Vec<String>) {
    match front_end.ask(Command::DeleteArchives { archives }) {
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
fn downloaded() -> (Fixture, OldArchiveId, PathBuf) {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    let run = front_end.start(&fixture);
    front_end.ready(run);
    let id = front_end.download(&fixture, DownloadTarget::Default);
    let done = front_end.download_when(id, |view| view.state.is_ended());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.error);
    let path = done.path.clone().unwrap();
    drop(front_end);
    (fixture, OldArchiveId::Download(id), path)
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
    assert_eq!((found[0].id, &found[0].path, found[0].why), (id, &path, OldReason::Kept { days: 30 }));
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
    assert!(kept[0].contains("is a different file than the one that was written"), "{kept:?}");
    assert!(path.exists());
    let written = |snapshot: &export_desk::engine::api::Snapshot| {
        snapshot.journal.iter().any(|line| line.kind == "archive_deleted")
    };
    assert!(!written(&front_end.engine.snapshot()));
    fs::write(&path, "shorter").unwrap();
    assert!(old(&front_end).is_empty(), "a file of another size is not even offered");
}

/// Every file below a folder, by its path in it.
fn tree(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(tree(&path).into_iter().map(|name| format!("{}/{name}", name_of(&path))));
        } else {
            all.push(name_of(&path));
        }
    }
    all.sort();
    all
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// A case with a rebuilt archive, or a set, with the members' e-mail addresses.
fn rebuilt(front_end: &FrontEnd, fixture: &Fixture, always_splits: bool) -> CaseId {
    let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
    let new = Command::NewCase { ticket: None, instance: instance.clone(), project: project.clone() };
    let Ok(Answer::Case(case)) = front_end.ask(new) else { panic!("no case") };
    let members = MembersChoice::PublicEmails;
    let options = RebuildOptions { members, always_splits, ..RebuildOptions::default() };
    let start = RebuildCommand::Start { instance, project, case: Some(case), options };
    let Ok(Answer::Rebuild(id)) = front_end.ask(Command::Rebuild(start)) else { panic!("no rebuild") };
    front_end.until(|snapshot| {
        let view = snapshot.rebuilds.iter().find(|view| view.job.id == id)?;
        view.job.is_ended().then(|| assert!(view.job.archive().is_some(), "{:?}", view.job.outcome))
    });
    case
}

/// When the private data of a case is deleted, everything that the rebuild wrote is offered for deletion: the archive
/// or the set, the relation files, and the members' addresses. Other files in the folders stay.
#[test]
fn a_rebuilt_archive_and_its_relation_files_go_with_the_private_data_of_the_case() {
    for always_splits in [false, true] {
        let fixture = Fixture::of("rebuild");
        let front_end = FrontEnd::of(&fixture);
        let case = rebuilt(&front_end, &fixture, always_splits);
        let before = tree(&fixture.downloads());
        assert!(before.iter().any(|name| name.ends_with("filled/project_members.ndjson")), "{before:?}");
        assert!(old(&front_end).is_empty(), "the case is open");
        let mine = fixture.downloads().join("acme_webshop_relations/mine.txt");
        fs::write(&mine, "mine").unwrap();
        front_end.ask(Command::CaseEvent { case, event: Event::Close }).unwrap();
        front_end.ask(Command::DeletePrivateData { case }).unwrap();
        // After a restart as well.
        drop(front_end);
        let front_end = FrontEnd::of(&fixture);
        let found = old(&front_end);
        let kinds: Vec<_> = found.iter().map(|one| (one.id, one.why, one.case_id)).collect();
        assert!(
            matches!(kinds.as_slice(), [
                (OldArchiveId::Relations(_), OldReason::CaseCleaned, Some(first)),
                (OldArchiveId::Rebuild(_), OldReason::CaseCleaned, Some(second)),
            ] if (*first, *second) == (case, case)),
            "{found:?}"
        );
        assert_eq!(found.iter().map(|one| one.files).sum::<usize>() + 2, before.len(), "all but our lists");
        assert_eq!(found[1].files, if always_splits { 4 } else { 1 });
        // A file that somebody changed stays, and so do the lists beside it.
        let labels = fixture.downloads().join("acme_webshop_relations/labels-1.ndjson.gz");
        let kept = fs::read(&labels).unwrap();
        let mut changed = kept.clone();
        changed[12] ^= 1;
        fs::write(&labels, &changed).unwrap();
        let all: Vec<_> = found.iter().map(|one| one.id).collect();
        let (items, why) = delete(&front_end, all.clone());
        assert_eq!((items, why.len()), (2, 1), "{why:?}");
        assert!(why[0].contains("labels-1.ndjson.gz is a different file"), "{why:?}");
        let left = ["filled.json", "labels-1.ndjson.gz", "manifest.json", "mine.txt"];
        assert_eq!(tree(&fixture.downloads()), left.map(|name| format!("acme_webshop_relations/{name}")));
        fs::write(&labels, &kept).unwrap();
        assert_eq!(delete(&front_end, all), (1, Vec::new()));
        assert_eq!(tree(&fixture.downloads()), ["acme_webshop_relations/mine.txt"]);
        assert!(old(&front_end).is_empty());
        // The journal does not name files of a case without private data.
        let told = |snapshot: &export_desk::engine::api::Snapshot| {
            let lines = snapshot.journal.iter().filter(|line| line.kind == "archive_deleted");
            let lines: Vec<_> = lines.map(|line| line.sentence.clone()).collect();
            (lines.len() == 3).then_some(lines)
        };
        let lines = front_end.until(told);
        assert!(lines.iter().all(|line| !line.contains("webshop")), "{lines:?}");
    }
}
