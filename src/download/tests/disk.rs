//! The disk: existing files, what a crash leaves, and what a user orders meanwhile.

use std::num::NonZeroU64;

use super::super::sidecar::SLOT_BYTES;
use super::*;

const LEN: usize = 300_000;

pub(super) async fn setup() -> (Server, Vec<u8>, tempfile::TempDir, DownloadJob) {
    let bytes = content(5, LEN);
    let server = Server::start(bytes.clone(), false).await;
    let dir = tempfile::tempdir().unwrap();
    let target = Target::File(dir.path().join("archive.tar.gz"));
    let job = DownloadJob { connections: Some(1), ..job(&server, target) };
    (server, bytes, dir, job)
}

/// Starts a download that stalls after `bytes`, waits until these are on disk and recorded, and kills it.
async fn crash_at(server: &Server, job: &DownloadJob, bytes: usize) {
    server.storage_faults([Fault::StallAfter(bytes)]);
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let task = tokio::spawn(download(job.clone(), verify, sender));
    until(&mut progress, |now| now.bytes >= bytes as u64).await;
    let have = progress.borrow().bytes;
    // The record follows after one `sync_every`; the test checks for it instead of sleeping.
    let arrived = async {
        while recorded(job) < have {
            tokio::task::yield_now().await;
        }
    };
    let arrived = tokio::time::timeout(Duration::from_mins(1), arrived).await;
    assert!(arrived.is_ok(), "{} of {have} bytes are recorded", recorded(job));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    // A write in progress holds the lock until it is done.
    let state = std::fs::File::open(state_of(job)).unwrap();
    tokio::task::spawn_blocking(move || state.lock().unwrap()).await.unwrap();
    server.storage_faults([]);
}

/// The bytes that the sidecar lists.
fn recorded(job: &DownloadJob) -> u64 {
    let state = std::fs::read(state_of(job)).unwrap_or_default();
    sidecar::decode(&state).map_or(0, |(_, record)| record.done.len_bytes())
}

fn state_of(job: &DownloadJob) -> PathBuf {
    let Target::File(path) = &job.target else { panic!("a file is meant") };
    path.with_extension("gz.part-state")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_exists_is_refused_before_anything_is_sent() {
    let (server, _, dir, job) = setup().await;
    std::fs::write(dir.path().join("archive.tar.gz"), "precious").unwrap();
    assert!(matches!(run(job).await, Err(Failed::TargetExists(_))));
    assert!(server.seen(true).is_empty());
    assert_eq!(std::fs::read(dir.path().join("archive.tar.gz")).unwrap(), b"precious");
    assert_eq!(names(dir.path()), ["archive.tar.gz"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_appears_meanwhile_is_not_replaced() {
    let (_server, bytes, dir, job) = setup().await;
    let path = dir.path().join("archive.tar.gz");
    let theirs = path.clone();
    let meddle = move |follow: Follow| {
        std::fs::write(&theirs, "precious").unwrap();
        verify(follow)
    };
    let outcome = download(job, meddle, watch::channel(DownloadProgress::default()).0).await;
    assert!(matches!(outcome, Err(Failed::TargetExists(_))));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert_eq!(std::fs::read(dir.path().join("archive.tar.gz.part")).unwrap(), bytes, "our bytes are kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_folder_a_free_name_is_found() {
    let (_server, bytes, dir, mut job) = setup().await;
    std::fs::write(dir.path().join(NAME), "older").unwrap();
    job.target = Target::at(dir.path());
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.path, dir.path().join(NAME.replace("_export.tar.gz", "_export (2).tar.gz")));
    assert_eq!(std::fs::read(dir.path().join(NAME)).unwrap(), b"older");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn files_and_new_folders_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_server, _, dir, mut job) = setup().await;
    job.target = Target::File(dir.path().join("new/folder/archive.tar.gz"));
    let done = run(job).await.unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&done.path), mode(done.path.parent().unwrap())), (0o600, 0o700));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_folder_is_reported_before_anything_is_sent() {
    let (server, _, dir, mut job) = setup().await;
    std::fs::write(dir.path().join("file"), "").unwrap();
    job.target = Target::File(dir.path().join("file/archive.tar.gz"));
    assert!(matches!(run(job.clone()).await, Err(Failed::Disk { .. } | Failed::NoPermission(_))));
    job.target = Target::File(dir.path().to_owned());
    assert!(matches!(run(job).await, Err(Failed::TargetUnusable(_))));
    assert!(server.seen(true).is_empty());
}

/// The superuser may write everywhere, so this test needs another user.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_folder_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_server, _, dir, mut job) = setup().await;
    let closed = dir.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o500)).unwrap();
    let is_super = std::fs::write(closed.join("probe"), "").is_ok();
    job.target = Target::File(closed.join("archive.tar.gz"));
    match run(job).await {
        Ok(_) => assert!(is_super),
        Err(failed) => assert!(!is_super && matches!(failed, Failed::NoPermission(_)), "{failed:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_too_small_is_reported_and_the_part_kept() {
    let (_server, bytes, dir, mut job) = setup().await;
    job.space = Space::new(|_| Ok(1000));
    let failed = run(job.clone()).await.unwrap_err();
    assert!(
        matches!(failed, Failed::DiskFull { available_bytes: 1000, needed_bytes, .. } if needed_bytes > Some(1000))
    );
    assert!(dir.path().join("archive.tar.gz.part").exists());
    job.space = Space::default();
    assert_whole(&run(job).await.unwrap(), &bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_meanwhile_ends_cleanly() {
    let (server, bytes, _dir, mut job) = setup().await;
    server.storage_faults([Fault::StallAfter(LEN / 2)]);
    let looks = std::sync::atomic::AtomicU32::new(0);
    job.space = Space::new(move |_| {
        let first = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3;
        Ok(if first { u64::MAX } else { 10 })
    });
    assert!(matches!(run(job.clone()).await, Err(Failed::DiskFull { available_bytes: 10, .. })));
    job.space = Space::default();
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_a_download_resumes_to_the_same_file() {
    let (server, bytes, _dir, job) = setup().await;
    let mut random = fastrand::Rng::with_seed(11);
    let mut at = 0;
    for _ in 0..8 {
        at = random.usize(at..LEN);
        let left =
            std::fs::metadata(state_of(&job).with_extension("part")).map_or(0, |part| part.len() as usize);
        crash_at(&server, &job, at.saturating_sub(left).max(1)).await;
    }
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.resumed, done.restarted), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_parallel_download_resumes_in_its_holes() {
    let bytes = content(6, 3 * 8 * 1024 * 1024 + 999);
    let server = Server::start(bytes.clone(), false).await;
    let dir = tempfile::tempdir().unwrap();
    let job = DownloadJob { connections: Some(3), ..job(&server, Target::File(dir.path().join("a.tar.gz"))) };
    server.storage_faults([Fault::None, Fault::StallAfter(1_000_000), Fault::StallAfter(2_000_000)]);
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let task = tokio::spawn(download(job.clone(), verify, sender));
    until(&mut progress, |now| now.bytes >= 11_000_000).await;
    task.abort();
    assert!(task.await.is_err());
    server.storage_faults([]);
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.api_requests, done.restarted), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_sidecar_is_not_believed() {
    let (server, bytes, dir, job) = setup().await;
    crash_at(&server, &job, LEN / 2).await;
    // An incomplete write that begins like ours.
    let mut state = std::fs::read(state_of(&job)).unwrap();
    for slot in state.chunks_mut(SLOT_BYTES) {
        slot[20..].fill(0x55);
    }
    std::fs::write(state_of(&job), state).unwrap();
    let (done, events) = run_seen(job).await;
    let done = done.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.resumed, 0);
    assert_eq!(names(dir.path()), ["archive.tar.gz", "archive.tar.gz.part.aside"]);
    assert!(events.iter().any(|event| matches!(event, DownloadEvent::SetAside { .. })), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_only_has_a_sidecars_name_is_set_aside() {
    let (_server, bytes, dir, job) = setup().await;
    std::fs::write(state_of(&job), "my notes").unwrap();
    let (done, events) = run_seen(job).await;
    assert_whole(&done.unwrap(), &bytes);
    assert_eq!(names(dir.path()), ["archive.tar.gz", "archive.tar.gz.part-state.aside"]);
    assert_eq!(std::fs::read(dir.path().join("archive.tar.gz.part-state.aside")).unwrap(), b"my notes");
    assert!(events.iter().any(|event| matches!(event, DownloadEvent::SetAside { .. })), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_part_of_somebody_else_is_set_aside() {
    let (server, bytes, dir, job) = setup().await;
    crash_at(&server, &job, LEN / 2).await;
    let theirs = std::fs::read(dir.path().join("archive.tar.gz.part")).unwrap();
    let other =
        Source::new(client(&server), "project 43 export".into(), "x".into(), |client, _| async move {
            client.download(&gitlab::ProjectKey::Id(43)).await
        });
    let done = run(DownloadJob { source: other, ..job }).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(std::fs::read(dir.path().join("archive.tar.gz.part.aside")).unwrap(), theirs);
    assert!(names(dir.path()).contains(&"archive.tar.gz.part-state.aside".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_part_of_another_run_is_not_gone_on_with() {
    let (server, bytes, _dir, mut job) = setup().await;
    job.run = Some("1".into());
    crash_at(&server, &job, LEN / 2).await;
    job.run = Some("2".into());
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.resumed, done.restarted), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_cut_short_by_somebody_starts_over() {
    let (server, bytes, dir, job) = setup().await;
    crash_at(&server, &job, LEN / 2).await;
    std::fs::write(dir.path().join("archive.tar.gz.part"), "short").unwrap();
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.resumed, done.restarted), (0, 1));
}

/// Leaves a complete `.part` file whose verification was interrupted: nothing is downloaded twice.
async fn leave_a_whole_part(job: &DownloadJob) {
    let (orders, control) = Control::new();
    let stop = move |mut follow: Follow| {
        let mut all = Vec::new();
        let whole = follow.read_to_end(&mut all).is_ok();
        orders.send_modify(|orders| orders.desired = Desired::Cancel);
        // A reader at the end can read again and again, until the download ends.
        let began = std::time::Instant::now();
        while whole && follow.read(&mut [0]).is_ok() {
            assert!(began.elapsed() < Duration::from_mins(1), "somebody still wants the file");
            std::thread::yield_now();
        }
        (String::new(), Decision::Keep)
    };
    let outcome =
        download(DownloadJob { control, ..job.clone() }, stop, watch::channel(DownloadProgress::default()).0)
            .await;
    assert!(matches!(outcome, Err(Failed::Cancelled { .. })), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_seen_while_gitlab_makes_wait() {
    let (server, _, _dir, mut job) = setup().await;
    crash_at(&server, &job, LEN / 2).await;
    let have = recorded(&job);
    job.gate = Gate::new(|| Duration::from_mins(1), |_wait| ());
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let waits = tokio::spawn(download(job, verify, sender));
    until(&mut progress, |now| now.waiting.is_some()).await;
    assert!(have > 0 && progress.borrow().bytes == have, "{have}: {:?}", progress.borrow());
    waits.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_part_of_the_same_run_needs_no_request() {
    let (server, bytes, _dir, mut job) = setup().await;
    job.run = Some("1".into());
    leave_a_whole_part(&job).await;
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.api_requests, done.storage_requests, server.seen(true).len()), (0, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_part_of_an_unknown_run_asks_for_its_last_byte() {
    let (server, bytes, _dir, job) = setup().await;
    leave_a_whole_part(&job).await;
    assert_whole(&run(job).await.unwrap(), &bytes);
    assert_eq!(server.seen(false).last().unwrap().range, Some((LEN as u64 - 1, None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_link_and_unlink_is_no_foreign_file() {
    let (_server, bytes, dir, job) = setup().await;
    leave_a_whole_part(&job).await;
    std::fs::hard_link(dir.path().join("archive.tar.gz.part"), dir.path().join("archive.tar.gz")).unwrap();
    assert_whole(&run(job).await.unwrap(), &bytes);
    assert_eq!(names(dir.path()), ["archive.tar.gz"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_announced_before_the_file_has_it() {
    let (_server, bytes, dir, job) = setup().await;
    let (told, said) = std::sync::mpsc::sync_channel(8);
    let before_rename = move |path: &Path, verification: &String| {
        told.send((path.to_owned(), path.exists(), verification.clone())).unwrap();
    };
    let progress = watch::channel(DownloadProgress::default()).0;
    let done = download_recorded(job, verify, before_rename, progress).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(said.iter().collect::<Vec<_>>(), [(done.path.clone(), false, done.verification.clone())]);
    assert!(has_its_name(&done.path) && !has_its_name(&dir.path().join("another.tar.gz")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_too_long_is_reported_before_anything_is_sent() {
    for len in [244, 245, 255, 300] {
        let (server, bytes, dir, job) = setup().await;
        let target = Target::File(dir.path().join("a".repeat(len)));
        let outcome = run(DownloadJob { target, ..job }).await;
        if len <= 244 {
            assert_whole(&outcome.unwrap(), &bytes);
        } else {
            assert!(matches!(outcome, Err(Failed::NameTooLong { most: 244, .. })), "{len}: {outcome:?}");
            assert!(server.seen(true).is_empty(), "{len}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_never_gets_the_name_and_is_not_gone_on_with() {
    let (server, _, dir, job) = setup().await;
    server.edit_content(|content| content.bytes = Arc::new(b"BAD bytes".to_vec()));
    for damaged in ["archive.tar.gz.damaged", "archive.tar.gz.damaged-2"] {
        let done = run(job.clone()).await.unwrap();
        assert_eq!((done.decision, done.resumed, done.bytes), (Decision::Reject, 0, 9));
        assert_eq!(done.path, dir.path().join(damaged));
    }
    assert_eq!(names(dir.path()), ["archive.tar.gz.damaged", "archive.tar.gz.damaged-2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_panics_is_a_failure() {
    let (_server, _, dir, job) = setup().await;
    let outcome = download(
        job,
        |_: Follow| -> (String, Decision) { panic!("a defect") },
        watch::channel(DownloadProgress::default()).0,
    )
    .await;
    assert!(matches!(outcome, Err(Failed::VerificationStopped)));
    assert!(!dir.path().join("archive.tar.gz").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_downloads_never_share_a_file() {
    let (server, bytes, _dir, mut job) = setup().await;
    server.storage_faults([Fault::StallAfter(1000)]);
    let (orders, control) = Control::new();
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let first = tokio::spawn(download(DownloadJob { control, ..job.clone() }, verify, sender));
    until(&mut progress, |now| now.bytes >= 1000).await;
    job.download_timing.lock_wait = Duration::from_millis(1);
    assert!(matches!(run(job).await, Err(Failed::InUse(_))));
    orders.send_modify(|orders| orders.desired = Desired::Pause);
    until(&mut progress, |now| now.paused).await;
    orders.send_modify(|orders| orders.desired = Desired::Run);
    assert_whole(&first.await.unwrap().unwrap(), &bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_closes_the_connection_and_going_on_resumes() {
    let (server, bytes, _dir, mut job) = setup().await;
    server.storage_faults([Fault::StallAfter(LEN / 3)]);
    let (orders, control) = Control::new();
    job.control = control;
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let task = tokio::spawn(download(job, verify, sender));
    until(&mut progress, |now| now.bytes == LEN as u64 / 3).await;
    orders.send_modify(|orders| orders.desired = Desired::Pause);
    until(&mut progress, |now| now.paused && now.connections == 0).await;
    assert_eq!(server.seen(false).len(), 1);
    orders.send_modify(|orders| {
        orders.desired = Desired::Run;
        orders.limit_bytes_per_second = NonZeroU64::new(1 << 30);
    });
    let done = task.await.unwrap().unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.resumed, done.api_requests), (1, 1));
    assert_eq!(server.seen(false)[1].range, Some((LEN as u64 / 3, None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_keeps_the_bytes() {
    let (server, bytes, _dir, mut job) = setup().await;
    server.storage_faults([Fault::StallAfter(LEN / 3)]);
    let (orders, control) = Control::new();
    job.control = control;
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let task = tokio::spawn(download(job.clone(), verify, sender));
    until(&mut progress, |now| now.bytes == LEN as u64 / 3).await;
    orders.send_modify(|orders| orders.desired = Desired::Cancel);
    let failed = task.await.unwrap().unwrap_err();
    assert!(matches!(failed, Failed::Cancelled { have_bytes } if have_bytes == LEN as u64 / 3), "{failed:?}");
    let done = run(DownloadJob { control: Control::new().1, ..job }).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!(done.resumed, 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn links_in_the_place_of_our_files_lead_nowhere() {
    let (_server, bytes, dir, job) = setup().await;
    let precious = dir.path().join("precious");
    std::fs::write(&precious, "precious").unwrap();
    std::os::unix::fs::symlink(&precious, dir.path().join("archive.tar.gz.part")).unwrap();
    let done = run(job.clone()).await.unwrap();
    assert_whole(&done, &bytes);
    std::fs::remove_file(&done.path).unwrap();
    std::os::unix::fs::symlink(&precious, state_of(&job)).unwrap();
    assert!(matches!(run(job).await, Err(Failed::TargetUnusable(_))));
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_searched_for_what_an_earlier_try_left() {
    let bytes = content(7, LEN);
    let server = Server::start(bytes.clone(), true).await;
    let dir = tempfile::tempdir().unwrap();
    let job = job(&server, Target::Folder(dir.path().to_owned()));
    let (orders, control) = Control::new();
    server.api_faults([Fault::StallAfter(LEN / 3)]);
    let (sender, mut progress) = watch::channel(DownloadProgress::default());
    let task = tokio::spawn(download(DownloadJob { control, ..job.clone() }, verify, sender));
    until(&mut progress, |now| now.bytes == LEN as u64 / 3).await;
    assert_eq!(progress.borrow().path.as_deref(), Some(dir.path().join("from_gitlab.tar.gz").as_path()));
    orders.send_modify(|orders| orders.desired = Desired::Cancel);
    assert!(task.await.unwrap().is_err());
    // GitLab serves the bytes itself, so the very first call must request the rest: another call costs a minute.
    let done = run(job).await.unwrap();
    assert_whole(&done, &bytes);
    assert_eq!((done.api_requests, done.resumed), (1, 1));
    assert_eq!(server.seen(true)[1].range, Some((LEN as u64 / 3, None)));
}
