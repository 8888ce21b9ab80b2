//! Many downloads at once through the engine: the queue, pausing, the shared bandwidth, the shared rate limit.

use std::time::Instant;

use export_desk::case::TransferId;
use export_desk::engine::api::{Answer, BANDWIDTH, Command, DownloadState, DownloadTarget, DownloadView};
use export_desk::practice::{Listener, Size, Storage};

use crate::desk::Desk;
use crate::face::Face;
use crate::transfer::faulty;

/// `projects` projects with a finished file each, behind a storage that sends slowly at first.
fn many(projects: usize, slow: &str) -> (Desk, Vec<String>) {
    let mut lesson = faulty(Size::Medium, Storage::Redirect, &[slow]);
    let model = lesson.world.projects.last().unwrap().clone();
    let paths: Vec<_> = (0..projects).map(|number| format!("acme/queued-{number}")).collect();
    for path in &paths {
        let mut project = model.clone();
        path.clone_into(&mut project.path);
        lesson.world.projects.push(project);
    }
    (Desk::with(lesson), paths)
}

fn begin(face: &Face, desk: &Desk, project: &str) -> TransferId {
    let command = Command::Download {
        instance: desk.practice.url().into(),
        project: project.into(),
        case: None,
        target: DownloadTarget::Default,
        connections: Some(1),
    };
    match face.ask(command) {
        Ok(Answer::Transfer(id)) => id,
        other => panic!("{other:?}"),
    }
}

/// Waits for a snapshot in which all downloads satisfy `when`.
fn all(face: &Face, when: impl Fn(&DownloadView) -> bool) {
    face.until(|picture| picture.transfers.iter().all(|view| when(view)).then_some(()));
}

fn running(face: &Face) -> usize {
    face.engine.snapshot().transfers.iter().filter(|view| view.state == DownloadState::Running).count()
}

#[test]
fn three_at_once_and_all_of_them_in_the_end() {
    let (desk, paths) = many(7, "on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 8000000");
    let face = Face::of(&desk);
    let ids: Vec<_> = paths.iter().map(|path| begin(&face, &desk, path)).collect();
    let mut most = 0;
    face.until(|picture| {
        let moving = |view: &&std::sync::Arc<DownloadView>| {
            matches!(view.state, DownloadState::Running | DownloadState::Verifying)
        };
        most = most.max(picture.transfers.iter().filter(moving).count());
        picture.transfers.iter().all(|view| view.state.is_ended()).then_some(())
    });
    assert_eq!(most, 3);
    for id in ids {
        let view = face.transfer(id, |_| true);
        assert_eq!(view.state, DownloadState::Done, "{:?}", view.trouble);
    }
    assert_eq!(desk.files().len(), 7, "{:?}", desk.files());
}

#[test]
fn a_paused_download_makes_room_and_comes_back_to_the_queue() {
    let (desk, paths) = many(5, "on = \"object\"\ntimes = 3\nkind = \"slow\"\nbytes_per_s = 100000");
    let face = Face::of(&desk);
    let ids: Vec<_> = paths.iter().map(|path| begin(&face, &desk, path)).collect();
    for id in &ids[..3] {
        face.transfer(*id, |view| view.bytes > 0);
    }
    assert_eq!(face.transfer(ids[3], |_| true).state, DownloadState::Queued);
    for id in &ids[..2] {
        face.ask(Command::Pause { transfer: *id }).unwrap();
    }
    // The two queued downloads start.
    for id in &ids[3..] {
        assert_eq!(face.transfer(*id, |view| view.state.is_ended()).state, DownloadState::Done);
    }
    assert!(ids[..2].iter().all(|id| face.transfer(*id, |_| true).state == DownloadState::Paused));
    face.ask(Command::ResumeAll).unwrap();
    for id in &ids[..2] {
        let view = face.transfer(*id, |view| view.state.is_ended());
        assert_eq!((view.state, view.resumed), (DownloadState::Done, 1), "{:?}", view.trouble);
    }
    // The third download is still slow.
    face.ask(Command::Cancel { transfer: ids[2] }).unwrap();
    face.transfer(ids[2], |view| view.state == DownloadState::Cancelled);
}

#[test]
fn all_can_be_paused_at_once_and_nothing_is_sent_until_they_go_on() {
    let (desk, paths) = many(5, "on = \"object\"\ntimes = 3\nkind = \"slow\"\nbytes_per_s = 100000");
    let face = Face::of(&desk);
    let ids: Vec<_> = paths.iter().map(|path| begin(&face, &desk, path)).collect();
    for id in &ids[..3] {
        face.transfer(*id, |view| view.bytes > 0);
    }
    face.ask(Command::PauseAll).unwrap();
    all(&face, |view| view.state == DownloadState::Paused);
    let sent = desk.practice.requests().len();
    // The answer to another command shows that the engine has run.
    face.ask(Command::Check { instance: desk.practice.url().into(), project: None, contents: false })
        .unwrap();
    let storage = |seen: &export_desk::practice::Seen| seen.origin == Listener::Storage;
    assert_eq!(desk.practice.requests()[sent..].iter().filter(|seen| storage(seen)).count(), 0);
    face.ask(Command::ResumeAll).unwrap();
    all(&face, |view| view.state == DownloadState::Done);
    assert!(running(&face) == 0 && desk.files().len() == 5, "{:?}", desk.files());
}

#[test]
fn a_bandwidth_is_kept_by_all_together_and_lifted_at_once() {
    let (desk, paths) = many(2, "on = \"version\"\nkind = \"bad_gateway\"");
    let face = Face::of(&desk);
    face.ask(Command::Keep { key: BANDWIDTH.into(), value: 2_000_000.into() }).unwrap();
    let began = Instant::now();
    let ids: Vec<_> = paths.iter().map(|path| begin(&face, &desk, path)).collect();
    face.until(|picture| {
        (picture.transfers.iter().map(|view| view.bytes).sum::<u64>() > 2_500_000).then_some(())
    });
    // A minimum time cannot fail on a busy machine; without the limit, the download takes a tenth of it.
    assert!(began.elapsed().as_secs_f64() > 0.9, "{:?}", began.elapsed());
    face.ask(Command::Keep { key: BANDWIDTH.into(), value: serde_json::Value::Null }).unwrap();
    for id in ids {
        assert_eq!(face.transfer(id, |view| view.state.is_ended()).state, DownloadState::Done);
    }
}

#[test]
fn a_429_is_told_to_every_download_of_that_project() {
    let limited = "on = \"export_download\"\nkind = \"rate_limited\"\nretry_after = \"600\"";
    let (desk, paths) = many(1, limited);
    let face = Face::of(&desk);
    let first = begin(&face, &desk, &paths[0]);
    face.transfer(first, |view| view.waiting.is_some());
    let other = desk.folder.path().join("elsewhere");
    let second = face.ask(Command::Download {
        instance: desk.practice.url().into(),
        project: paths[0].clone(),
        case: None,
        target: DownloadTarget::Folder(other),
        connections: Some(1),
    });
    let Ok(Answer::Transfer(second)) = second else { panic!("{second:?}") };
    for id in [first, second] {
        let view = face.transfer(id, |view| view.state.is_ended());
        assert_eq!(view.state, DownloadState::Done, "{:?}", view.trouble);
        assert!(view.told.iter().any(|event| event.wait_ms.is_some()), "{:?}", view.told);
        assert!(view.told.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq), "{:?}", view.told);
    }
    let calls: Vec<_> =
        desk.practice.requests().into_iter().filter(|seen| seen.path().ends_with("/download")).collect();
    assert_eq!(calls.iter().filter(|seen| seen.status == 429).count(), 1, "{calls:#?}");
    // Ten minutes of GitLab's at this pace.
    assert!(calls[1].at_ms - calls[0].at_ms >= 590, "nobody called in between: {calls:#?}");
}
