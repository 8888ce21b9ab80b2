//! Many downloads at once through the engine: the queue, pausing, the shared bandwidth, the shared rate limit.

use std::time::Instant;

use export_desk::case::DownloadId;
use export_desk::engine::api::{
    Answer, BANDWIDTH, Busy, Command, DownloadState, DownloadTarget, DownloadView,
};
use export_desk::practice::{Listener, Size, Storage};

use crate::download::faulty;
use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

/// `projects` projects with a finished file each, behind a storage that sends slowly at first.
fn many(projects: usize, slow: &str) -> (Fixture, Vec<String>) {
    let mut lesson = faulty(Size::Medium, Storage::Redirect, &[slow]);
    let model = lesson.world.projects.last().unwrap().clone();
    let paths: Vec<_> = (0..projects).map(|number| format!("acme/queued-{number}")).collect();
    for path in &paths {
        let mut project = model.clone();
        path.clone_into(&mut project.path);
        lesson.world.projects.push(project);
    }
    (Fixture::with(lesson), paths)
}

fn begin(front_end: &FrontEnd, fixture: &Fixture, project: &str) -> DownloadId {
    let command = Command::Download {
        instance: fixture.practice.url().into(),
        project: project.into(),
        case: None,
        target: DownloadTarget::Default,
        connections: Some(1),
    };
    match front_end.ask(command) {
        Ok(Answer::Download(id)) => id,
        other => panic!("{other:?}"),
    }
}

/// Waits for a snapshot in which all downloads satisfy `when`.
fn all(front_end: &FrontEnd, when: impl Fn(&DownloadView) -> bool) {
    front_end.until(|snapshot| snapshot.downloads.iter().all(|view| when(view)).then_some(()));
}

fn running(front_end: &FrontEnd) -> usize {
    front_end.engine.snapshot().downloads.iter().filter(|view| view.state == DownloadState::Running).count()
}

#[test]
fn three_at_once_and_all_of_them_in_the_end() {
    let (fixture, paths) = many(7, "on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 8000000");
    let front_end = FrontEnd::of(&fixture);
    let ids: Vec<_> = paths.iter().map(|path| begin(&front_end, &fixture, path)).collect();
    let mut most = 0;
    front_end.until(|snapshot| {
        let moving = |view: &&std::sync::Arc<DownloadView>| {
            matches!(view.state, DownloadState::Running | DownloadState::Verifying)
        };
        let moving = snapshot.downloads.iter().filter(moving).count();
        assert!(moving == 0 || snapshot.busy == Busy::Moving, "the computer must not sleep now");
        most = most.max(moving);
        snapshot.downloads.iter().all(|view| view.state.is_ended()).then_some(())
    });
    assert_eq!(most, 3);
    for id in ids {
        let view = front_end.download_when(id, |_| true);
        assert_eq!(view.state, DownloadState::Done, "{:?}", view.error);
    }
    assert_eq!(fixture.files().len(), 7, "{:?}", fixture.files());
}

#[test]
fn a_paused_download_makes_room_and_returns_to_the_queue() {
    let (fixture, paths) = many(5, "on = \"object\"\ntimes = 3\nkind = \"slow\"\nbytes_per_s = 100000");
    let front_end = FrontEnd::of(&fixture);
    let ids: Vec<_> = paths.iter().map(|path| begin(&front_end, &fixture, path)).collect();
    for id in &ids[..3] {
        front_end.download_when(*id, |view| view.bytes > 0);
    }
    assert_eq!(front_end.download_when(ids[3], |_| true).state, DownloadState::Queued);
    for id in &ids[..2] {
        front_end.ask(Command::Pause { download: *id }).unwrap();
    }
    // The two queued downloads start.
    for id in &ids[3..] {
        assert_eq!(front_end.download_when(*id, |view| view.state.is_ended()).state, DownloadState::Done);
    }
    assert!(ids[..2].iter().all(|id| front_end.download_when(*id, |_| true).state == DownloadState::Paused));
    front_end.ask(Command::ResumeAll).unwrap();
    for id in &ids[..2] {
        let view = front_end.download_when(*id, |view| view.state.is_ended());
        assert_eq!((view.state, view.resumed), (DownloadState::Done, 1), "{:?}", view.error);
    }
    // The third download is still slow.
    front_end.ask(Command::Cancel { download: ids[2] }).unwrap();
    front_end.download_when(ids[2], |view| view.state == DownloadState::Cancelled);
}

#[test]
fn all_can_be_paused_at_once_and_nothing_is_sent_until_they_resume() {
    let (fixture, paths) = many(5, "on = \"object\"\ntimes = 3\nkind = \"slow\"\nbytes_per_s = 100000");
    let front_end = FrontEnd::of(&fixture);
    let ids: Vec<_> = paths.iter().map(|path| begin(&front_end, &fixture, path)).collect();
    for id in &ids[..3] {
        front_end.download_when(*id, |view| view.bytes > 0);
    }
    front_end.ask(Command::PauseAll).unwrap();
    all(&front_end, |view| view.state == DownloadState::Paused);
    let sent = fixture.practice.requests().len();
    // The answer to another command shows that the engine has run.
    front_end
        .ask(Command::Check { instance: fixture.practice.url().into(), project: None, contents: false })
        .unwrap();
    let storage = |seen: &export_desk::practice::Seen| seen.origin == Listener::Storage;
    assert_eq!(fixture.practice.requests()[sent..].iter().filter(|seen| storage(seen)).count(), 0);
    front_end.ask(Command::ResumeAll).unwrap();
    all(&front_end, |view| view.state == DownloadState::Done);
    assert!(running(&front_end) == 0 && fixture.files().len() == 5, "{:?}", fixture.files());
}

#[test]
fn a_bandwidth_is_kept_by_all_together_and_lifted_at_once() {
    let (fixture, paths) = many(2, "on = \"version\"\nkind = \"bad_gateway\"");
    let front_end = FrontEnd::of(&fixture);
    front_end.ask(Command::Keep { key: BANDWIDTH.into(), value: 2_000_000.into() }).unwrap();
    let began = Instant::now();
    let ids: Vec<_> = paths.iter().map(|path| begin(&front_end, &fixture, path)).collect();
    front_end.until(|snapshot| {
        (snapshot.downloads.iter().map(|view| view.bytes).sum::<u64>() > 2_500_000).then_some(())
    });
    // A minimum time cannot fail on a busy machine; without the limit, the download takes a tenth of it.
    assert!(began.elapsed().as_secs_f64() > 0.9, "{:?}", began.elapsed());
    front_end.ask(Command::Keep { key: BANDWIDTH.into(), value: serde_json::Value::Null }).unwrap();
    for id in ids {
        assert_eq!(front_end.download_when(id, |view| view.state.is_ended()).state, DownloadState::Done);
    }
}

#[test]
fn a_429_delays_every_download_of_that_project() {
    let limited = "on = \"export_download\"\nkind = \"rate_limited\"\nretry_after = \"600\"";
    let (fixture, paths) = many(1, limited);
    let front_end = FrontEnd::of(&fixture);
    let first = begin(&front_end, &fixture, &paths[0]);
    front_end.download_when(first, |view| view.waiting.is_some());
    let other = fixture.folder.path().join("elsewhere");
    let second = front_end.ask(Command::Download {
        instance: fixture.practice.url().into(),
        project: paths[0].clone(),
        case: None,
        target: DownloadTarget::Folder(other),
        connections: Some(1),
    });
    let Ok(Answer::Download(second)) = second else { panic!("{second:?}") };
    for id in [first, second] {
        let view = front_end.download_when(id, |view| view.state.is_ended());
        assert_eq!(view.state, DownloadState::Done, "{:?}", view.error);
        assert!(view.lines.iter().any(|event| event.wait_ms.is_some()), "{:?}", view.lines);
        assert!(view.lines.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq), "{:?}", view.lines);
    }
    let calls: Vec<_> =
        fixture.practice.requests().into_iter().filter(|seen| seen.path().ends_with("/download")).collect();
    assert_eq!(calls.iter().filter(|seen| seen.status == 429).count(), 1, "{calls:#?}");
    // Ten minutes of GitLab's at this pace.
    assert!(calls[1].at_ms - calls[0].at_ms >= 590, "nobody called in between: {calls:#?}");
}
