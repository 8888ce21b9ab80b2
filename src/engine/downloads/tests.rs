//! Which downloads start next, and what thousands of files cost, counted in views built and bytes written.

use std::sync::Arc;
use std::time::Duration;

use super::file_download::{FileDownload, FilesOrigin, Lane, VIEWS_BUILT};
use super::offer::{OfferedRelation, RelationsOffer};
use super::queue::{FIRST_RELATION_FILE, FileDownloads};
use super::relation_files::{RelationFiles, key_of};
use super::*;
use crate::case::relations::RelationFile;
use crate::case::{RelationPhase, UtcMs};
use crate::engine::api::RelationFileView;
use crate::engine::manifest::fixture::file as manifest_file;
use crate::engine::manifest::{Manifest, ManifestWriter};
use crate::store::DownloadRow;

fn export(run: i64) -> Arc<FilesOrigin> {
    Arc::new(FilesOrigin {
        run: RelationsId(run),
        instance: "https://i".to_owned(),
        project_id: 7,
        project_path: "a/b".to_owned(),
        case_id: None,
        folder: PathBuf::from("/f"),
        asked_at: UtcMs(0),
    })
}

fn batch(number: u64) -> RelationFile {
    RelationFile {
        relation: "issues".to_owned(),
        batch: Some(number),
        phase: RelationPhase::Ready,
        objects_count: Some(1),
        updated_at: None,
    }
}

fn relation_file(run: i64, number: u64) -> FileDownload {
    let id = DownloadId(FIRST_RELATION_FILE.0 + run * 1_000_000 + number as i64);
    FileDownload::relation_file(id, export(run), batch(number))
}

fn archive(id: i64, state: DownloadState) -> FileDownload {
    FileDownload::archive(DownloadRow {
        id: DownloadId(id),
        instance: "https://i".to_owned(),
        project: "a/b".to_owned(),
        project_id: Some(7),
        run_id: None,
        case_id: None,
        target_path: PathBuf::from("/f/a.tar.gz"),
        state: state.as_str().to_owned(),
        bytes: 0,
        total_bytes: None,
        sha256: None,
        verdict: None,
        detail: None,
        receipt: None,
        created_at: UtcMs(0),
        ended_at: None,
    })
}

/// Starts all downloads that are ready, with a task that never ends.
fn start(all: &mut FileDownloads) -> Vec<DownloadId> {
    let ready = all.ready(|_| true);
    for id in &ready {
        if all.get(*id).is_some_and(|one| one.task.is_none()) {
            all.begin(*id, tokio::spawn(std::future::pending::<()>()).abort_handle());
        }
        all.set_state(*id, DownloadState::Running);
    }
    ready
}

#[tokio::test]
async fn archives_and_each_export_have_their_own_room_in_one_queue() {
    let mut all = FileDownloads::default();
    for id in 1..=5 {
        all.insert(archive(id, DownloadState::Queued));
    }
    for number in 1..=6 {
        all.insert(relation_file(1, number));
        all.insert(relation_file(2, number));
    }
    let first = start(&mut all);
    let of = |lane| first.iter().filter(|id| all.get(**id).unwrap().lane() == lane).count();
    let lanes = [Lane::Archives, Lane::RelationFiles(RelationsId(1)), Lane::RelationFiles(RelationsId(2))];
    assert_eq!(lanes.map(of), [3, 4, 4]);
    assert!(start(&mut all).is_empty(), "no room is left");

    // A paused download frees its slot and keeps its task; it uses the next free slot.
    all.get(first[0]).unwrap().order(Desired::Pause);
    all.set_state(first[0], DownloadState::Paused);
    assert_eq!(start(&mut all), [DownloadId(4)]);
    all.set_state(first[0], DownloadState::Queued);
    assert!(start(&mut all).is_empty());
    all.end(DownloadId(4));
    all.set_state(DownloadId(4), DownloadState::Done);
    assert_eq!(start(&mut all), [first[0]], "the first that was asked for");
    let counts = all.counts(Lane::Archives);
    assert_eq!((counts.running, counts.queued, counts.done, counts.all()), (3, 1, 1, 5));
}

#[tokio::test]
async fn what_is_being_cancelled_has_no_turn_until_it_has_ended() {
    let mut all = FileDownloads::default();
    for number in 1..=5 {
        all.insert(relation_file(1, number));
    }
    let first = start(&mut all)[0];
    all.get(first).unwrap().order(Desired::Cancel);
    all.set_state(first, DownloadState::Queued);
    let next = start(&mut all);
    assert!(next.len() == 1 && next[0] != first, "another takes its room: {next:?}");
    all.end(first);
    all.end(next[0]);
    all.set_state(next[0], DownloadState::Done);
    assert_eq!(start(&mut all), [first]);
}

#[test]
fn states_of_the_store_are_known_and_others_wait_for_a_person() {
    for word in ["queued", "running", "proving", "paused", "done", "failed", "cancelled"] {
        assert_eq!(DownloadState::of_stored(word).as_str(), word);
    }
    assert_eq!(DownloadState::of_stored("of a newer program"), DownloadState::Paused);
}

/// Issue: 2,000 batches took 105 seconds of CPU time, because each file rebuilt all views and rewrote the whole
/// manifest. Now each file rebuilds its own views and appends one line; the rest happens from time to time.
#[tokio::test]
async fn thousands_of_files_cost_as_much_each_as_a_few() {
    let few = work_of(2500);
    let many = work_of(5000);
    assert!(many.views <= few.views * 5 / 2, "{few:?} {many:?}");
    assert!(many.manifest_bytes <= few.manifest_bytes * 3, "{few:?} {many:?}");
    // One view while the file is queued, one while it runs, one when it is complete.
    assert!(many.views <= 4 * 5000, "{many:?}");
}

#[derive(Debug)]
struct Work {
    views: usize,
    manifest_bytes: u64,
}

/// Passes `files` batches through queue, manifest and views as the engine does, and reads a view after each.
fn work_of(files: u64) -> Work {
    let folder = tempfile::tempdir().unwrap();
    let issues = OfferedRelation {
        name: "issues".to_owned(),
        is_stale: false,
        files: (1..=files).map(batch).collect(),
    };
    let offer = RelationsOffer {
        listed: Vec::new(),
        run: RelationsId(1),
        instance: "https://i".to_owned(),
        project_id: 7,
        project_path: "a/b".to_owned(),
        case_id: None,
        relations: vec![issues],
        not_exported: Vec::new(),
    };
    let writer = ManifestWriter::new(folder.path().to_owned(), Manifest::new("https://i", 7, "a/b"));
    let mut relations = BTreeMap::from([(offer.run, RelationFiles::new(export(1), writer, &offer))]);
    let mut all = FileDownloads::default();
    let mut views = RelationViews::default();
    for number in 1..=files {
        let one = relation_file(1, number);
        relations.get_mut(&offer.run).unwrap().add(key_of(&batch(number)), one.id);
        all.insert(one);
    }
    VIEWS_BUILT.set(0);
    let mut manifest_bytes = 0;
    let mut running = start(&mut all);
    views.changed();
    while let Some(id) = running.pop() {
        let set = relations.get_mut(&offer.run).unwrap();
        let number = all.get(id).unwrap().as_relation().unwrap().file.batch;
        let line = manifest_file("issues", number);
        manifest_bytes += serde_json::to_vec(&line).unwrap().len() as u64;
        set.writer.add(line.clone()).unwrap();
        if set.writer.is_due() {
            set.write_manifest(UtcMs(0));
            manifest_bytes += folder.path().join("manifest.json").metadata().unwrap().len();
        }
        if let DownloadKind::Relation(relation) = &mut all.end(id).unwrap().what {
            relation.line = Some(line);
        }
        all.set_state(id, DownloadState::Done);
        set.touch("issues");
        running.extend(start(&mut all));
        views.progressed();
        // With an hour between two views, they are built only at the beginning and at the end.
        views.get(&mut relations, &mut all, Duration::from_hours(1), UtcMs(0));
    }
    let shown = views.get(&mut relations, &mut all, Duration::ZERO, UtcMs(0));
    let issues = &shown[&offer.run].files["issues"];
    assert!(issues.len() as u64 == files && issues.iter().all(RelationFileView::is_there));
    Work { views: VIEWS_BUILT.get(), manifest_bytes }
}

/// The program ends within a second after its window: a task that never pauses, and a hundred of them, are waited for no
/// longer than one.
#[tokio::test(start_paused = true)]
async fn stalled_downloads_are_waited_for_together() {
    let timing = crate::engine::Timing::default();
    assert!(timing.rest + timing.last_head < Duration::from_secs(1), "{timing:?}");
    let mut all = FileDownloads::default();
    let mut tasks = Vec::new();
    for id in 1..=100 {
        let mut stalled = archive(id, DownloadState::Running);
        let (progress, seen) = watch::channel(DownloadProgress::default());
        stalled.numbers.follow(seen);
        all.insert(stalled);
        all.begin(DownloadId(id), tokio::spawn(std::future::pending::<()>()).abort_handle());
        tasks.push(progress);
    }
    let began = Instant::now();
    all.rest(timing.rest).await;
    assert_eq!(began.elapsed(), timing.rest, "with the clock of the test");
    for progress in &tasks {
        progress.send_modify(|now| now.paused = true);
    }
    let began = Instant::now();
    all.rest(timing.rest).await;
    assert_eq!(began.elapsed(), Duration::ZERO, "nobody waits for tasks that have paused");
}
