//! The cleaner on a real engine: it deletes only downloaded archives that are old and unchanged, after confirmation.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use export_desk::case::{CaseId, Event, MembersChoice, RebuildOptions};
use export_desk::engine::api::{
    Answer, Command, DownloadState, DownloadTarget, KEEP_ARCHIVES, OldArchive, OldArchiveId, OldReason,
    RebuildCommand, RelationsCommand, RelationsOptions,
};
use export_desk::practice::{Lesson, lesson};
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
    let case = front_end.open_case(fixture, &project, None);
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

/// Addresses of members go with the last relation files of their project, whichever export they were read for.
#[test]
fn addresses_go_although_a_later_export_was_downloaded() {
    let fixture = Fixture::of("rebuild");
    let front_end = FrontEnd::of(&fixture);
    let case = rebuilt(&front_end, &fixture, false);
    let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
    // Unbatched now: the folder keeps batches of the first export, which the manifest still lists.
    let start = RelationsCommand::Start {
        instance,
        project,
        case: Some(case),
        batched: false,
        collect: true,
        replace: true,
    };
    front_end.ask(Command::Relations(start)).unwrap();
    front_end.until(|snapshot| {
        let ready = snapshot.journal.iter().filter(|line| line.sentence == "All 32 relations are ready.");
        (ready.count() == 2).then_some(())
    });
    let folder = fixture.downloads().join("acme_webshop_relations");
    let options = RelationsOptions { folder: Some(folder.clone()), ..RelationsOptions::default() };
    let (instance, project) = (fixture.practice.url().to_owned(), fixture.lesson.project.clone());
    let download = RelationsCommand::Download { instance, project, case: Some(case), options };
    front_end.ask(Command::Relations(download)).unwrap();
    front_end.until(|snapshot| {
        let lines =
            snapshot.journal.iter().filter(|line| line.sentence.contains("the relations export are in"));
        (lines.count() == 2).then_some(())
    });
    let names = tree(&fixture.downloads());
    let is_there = |name: &str| names.iter().any(|known| known.ends_with(name));
    assert!(is_there("filled/project_members.ndjson") && is_there("/issues.ndjson.gz"), "{names:?}");
    assert!(is_there("/issues-1.ndjson.gz"), "{names:?}");
    front_end.ask(Command::CaseEvent { case, event: Event::Close }).unwrap();
    front_end.ask(Command::DeletePrivateData { case }).unwrap();
    crate::waiting::until("every file is deleted", || {
        let found = old(&front_end);
        let all: Vec<_> = found.iter().map(|one| one.id).collect();
        if all.is_empty() {
            return Some(());
        }
        let (_, why) = delete(&front_end, all);
        assert_eq!(why, Vec::<String>::new());
        None
    });
    assert_eq!(tree(&fixture.downloads()), [""; 0], "no address and no bundle is left");
}

/// What commands built from the relation files of a case goes with its private data, and nothing else.
#[test]
fn case_clean_deletes_what_commands_built_for_the_case() {
    let fixture = Fixture::of("rebuild");
    let exit = |words: &[&str]| {
        let end = fixture.run(words);
        (end.exit, end.result().clone())
    };
    let done = |words: &[&str]| {
        let (code, result) = exit(words);
        assert_eq!(code, 0, "{words:?}: {result}");
        result
    };
    let ticket = "https://gitlab.zendesk.com/agent/tickets/417990";
    done(&["case", "new", "--ticket", ticket, "--project", &fixture.lesson.project]);
    done(&["case", "set", "1", "requester=Maria"]);
    let at = |name: &str| fixture.downloads().join(name).to_str().unwrap().to_owned();
    let (folder, whole) = (at("files"), at("whole.tar.gz"));
    let project = &fixture.lesson.project;
    let rebuilt = at("rebuilt.tar.gz");
    done(&["relations", "rebuild", project, "--case", "1", "--folder", &folder, "--output", &rebuilt]);
    done(&["relations", "build", &folder, "--output", &whole]);
    let set = done(&["relations", "build", &folder, "--split", "--output", &at("two.tar.gz")]);
    let parts = set["parts"].as_array().unwrap().len();
    fs::write(at("mine.txt"), "mine").unwrap();

    let (code, refused) = exit(&["case", "clean", "1", "--yes"]);
    assert_eq!((code, &refused["code"]), (3, &json!("refused")), "{refused}");
    done(&["case", "event", "1", "close"]);
    let before = tree(&fixture.downloads());
    let shown = done(&["case", "clean", "1"]);
    assert_eq!((&shown["deleted"], &shown["facts"][0]), (&json!(false), &json!("requester")), "{shown}");
    let kinds: Vec<_> = shown["archives"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["relations", "rebuilt", "rebuilt", "rebuilt"], "{shown}");
    assert!(shown["archives"].to_string().contains(&whole), "{shown}");
    assert_eq!(tree(&fixture.downloads()), before, "without --yes nothing is deleted");

    // A part that somebody replaced stays, and so does the record of its set.
    let slice = PathBuf::from(set["parts"][1]["path"].as_str().unwrap());
    let kept = fs::read(&slice).unwrap();
    let mut other = kept.clone();
    other[12] ^= 1;
    fs::write(&slice, &other).unwrap();
    let (code, result) = exit(&["case", "clean", "1", "--yes"]);
    assert_eq!((code, &result["code"]), (3, &json!("refused")), "{result}");
    assert_eq!(result["kept"].as_array().unwrap().len(), 1, "{result}");
    let left = tree(&fixture.downloads());
    assert_eq!(left.len(), 3, "the part, its record, and the user's file: {left:?}");
    fs::write(&slice, &kept).unwrap();
    let result = done(&["case", "clean", "1", "--yes"]);
    assert_eq!((&result["facts"], result["archives"].as_array().unwrap().len()), (&json!([]), 1), "{result}");
    assert!(parts > 2, "{set}");
    assert_eq!(tree(&fixture.downloads()), ["mine.txt"]);
    assert!(!Path::new(&folder).exists() && !slice.parent().unwrap().exists());
    assert_eq!(done(&["case", "clean", "1", "--yes"])["archives"], json!([]));
    assert_eq!(done(&["case", "show", "1"])["facts"].get("requester"), None);
    done(&["case", "audit"]);
}

/// Commands download and build without a case. What they wrote of the project belongs to its cases, and is found under a
/// new name as well; the last of the cases takes it.
#[test]
fn case_clean_finds_what_no_case_owns_and_what_was_renamed() {
    let fixture = Fixture::with(Lesson { faults: Vec::new(), ..lesson("rebuild").unwrap() });
    let done = |words: &[&str]| {
        let end = fixture.run(words);
        assert_eq!(end.exit, 0, "{words:?}: {}", end.result());
        end.result().clone()
    };
    let project = fixture.lesson.project.as_str();
    for number in [1, 2] {
        let ticket = format!("https://gitlab.zendesk.com/agent/tickets/41799{number}");
        done(&["case", "new", "--ticket", &ticket, "--project", project]);
        done(&["case", "event", &number.to_string(), "close"]);
    }
    done(&["case", "event", "2", "reopen"]);
    let at = |name: &str| fixture.downloads().join(name);
    let text = |name: &str| at(name).to_str().unwrap().to_owned();
    done(&["export", "start", project, "--download", &text("genuine.tar.gz")]);
    done(&["relations", "start", project, "--wait"]);
    done(&["relations", "download", project, "--output", &text("files")]);
    done(&["relations", "build", &text("files"), "--output", &text("whole.tar.gz")]);
    let set = done(&["relations", "build", &text("files"), "--split", "--output", &text("two.tar.gz")]);
    let set = PathBuf::from(set["path"].as_str().unwrap());
    fs::write(at("mine.tar.gz"), "mine").unwrap();

    assert_eq!(done(&["case", "clean", "1", "--yes"])["archives"], json!([]), "case 2 is open");
    assert_eq!(fixture.run(&["case", "clean", "2"]).code(), "refused");
    done(&["case", "event", "2", "close"]);

    fs::rename(at("genuine.tar.gz"), at("of-the-customer.tar.gz")).unwrap();
    fs::rename(at("whole.tar.gz"), at("genuine.tar.gz")).unwrap();
    fs::rename(at("files"), at("parts")).unwrap();
    fs::rename(set.parent().unwrap(), at("set")).unwrap();
    let list = at("set").join(set.file_name().unwrap());
    fs::rename(&list, list.with_file_name("list.json")).unwrap();
    fs::rename(at("set").join("001_base.tar.gz"), at("set").join("base.tar.gz")).unwrap();
    let before = tree(&fixture.downloads());
    let shown = done(&["case", "clean", "2"]);
    let paths: Vec<_> = shown["archives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap().to_owned())
        .collect();
    let wanted = ["genuine.tar.gz", "of-the-customer.tar.gz", "parts", "set/list.json"].map(text);
    assert_eq!(paths.iter().collect::<BTreeSet<_>>(), wanted.iter().collect(), "{shown}");
    assert_eq!(tree(&fixture.downloads()), before);
    let files: u64 =
        shown["archives"].as_array().unwrap().iter().map(|one| one["files"].as_u64().unwrap()).sum();
    let result = done(&["case", "clean", "2", "--yes"]);
    assert_eq!(result["archives"], shown["archives"], "what is deleted is what was listed");
    assert!(files > 20 && result["files"] == json!(4), "{result}");
    assert_eq!(tree(&fixture.downloads()), ["mine.tar.gz"]);
    assert_eq!(done(&["case", "clean", "2"])["archives"], json!([]));

    // What is downloaded after the deletion is not private data of the cases that are gone.
    done(&["relations", "start", project, "--wait"]);
    done(&["relations", "download", project, "--output", &text("later")]);
    assert_eq!(done(&["case", "clean", "2", "--yes"])["archives"], json!([]));
    assert!(at("later").is_dir());
    done(&["case", "audit"]);
}

/// Archives that commands built are offered once they are older than the retention, like any other.
#[test]
fn a_built_archive_is_old_after_the_retention() {
    let fixture = Fixture::of("rebuild");
    let folder = fixture.downloads().join("files");
    let words = ["relations", "rebuild", &fixture.lesson.project, "--folder", folder.to_str().unwrap()];
    assert_eq!(fixture.run(&words).exit, 0);
    let output = fixture.downloads().join("whole.tar.gz");
    let words = ["relations", "build", folder.to_str().unwrap(), "--output", output.to_str().unwrap()];
    assert_eq!(fixture.run(&words).exit, 0);
    let front_end = FrontEnd::of(&fixture);
    keep_for(&front_end, json!(30));
    assert!(old(&front_end).is_empty());
    let records = folder.join("built");
    let record = fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
    let mut read: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    read["at"] = json!(read["at"].as_i64().unwrap() - 31 * DAY_MS);
    fs::write(&record, read.to_string()).unwrap();
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(&output).unwrap().set_modified(written).unwrap();
    let found = old(&front_end);
    assert!(
        matches!(&found[..], [one] if one.path == output && one.why == OldReason::Kept { days: 30 }),
        "{found:?}"
    );
    assert_eq!(delete(&front_end, vec![found[0].id]), (1, Vec::new()));
    assert!(!output.exists() && !records.exists() && folder.exists());
}
