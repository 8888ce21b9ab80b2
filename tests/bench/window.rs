//! What a frame of the whole window costs on its own thread: news, views, layout and tessellation, without a
//! graphics card. Pictures are made by hand, as the engine would make them.
//!
//! `cargo bench --bench window`: a plain program that prints its figures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Context, Event, FullOutput, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2, ViewportId};
use export_desk::case::batch::{BatchGoal, BatchItem, ExportBatch, ItemStage, Turns, counts};
use export_desk::case::{
    BatchId, Case, CaseId, DownloadId, ExportTiming, JobInput, ProjectRef, Run, RunId, Ticket, UtcMs, run,
};
use export_desk::engine::api::{
    Account, BatchItemView, BatchView, DownloadState, DownloadView, InspectionView, InstanceView,
    ItemProgress, JobWatch, JournalLine, Member, MemberKind, Report, RunView, Snapshot, TokenState,
};
use export_desk::gui::App;
use export_desk::gui::route::Route;

const CASES: i64 = 10_000;
const MOVING: i64 = 200;
/// Projects of a batch, all of which move.
const PROJECTS: u64 = 500;
const JOURNAL: i64 = 100_000;
const MEMBERS: u64 = 200_000;
const FRAMES: usize = 1_000;
/// A new snapshot every so many frames: ten a second at sixty frames.
const PICTURE_EVERY: usize = 6;
const SIZE: Vec2 = Vec2::new(1280.0, 800.0);
const NOW: UtcMs = UtcMs(1_795_244_040_000);
const GITLAB: &str = "https://gitlab.com";

fn main() {
    println!("{CASES} cases, {MOVING} moving transfers, {} x {} points", SIZE.x, SIZE.y);
    let busy = busy();
    for (name, route) in
        [("cases", Route::Cases), ("transfers", Route::Downloads), ("settings", Route::Settings)]
    {
        let mut window = Window::open(busy.clone(), route);
        window.frame(Vec::new());
        let times = window.moving(&busy, |_frame| {});
        report(&format!("{name}, a picture every {PICTURE_EVERY} frames"), times);
    }
    let mut window = Window::open(busy.clone(), Route::Cases);
    window.frame(Vec::new());
    let times = window.moving(&busy, |picture| {
        // A case has changed as well: the list is put in order again.
        let mut cases: Vec<_> = picture.cases.to_vec();
        let mut one = cases[17].as_ref().clone();
        one.stage_since = picture.at;
        cases[17] = Arc::new(one);
        picture.cases = cases.into();
    });
    report("cases, one of them changed with every picture", times);
    let many = Snapshot { batches: [Arc::new(batch())].into(), ..busy.clone() };
    let mut window = Window::open(many.clone(), Route::Exports);
    window.frame(Vec::new());
    let times =
        window.moving(&many, |picture| picture.batches = [Arc::new(moved(&picture.batches[0]))].into());
    report(&format!("a batch of {PROJECTS} projects, each moved with every picture"), times);
    idle(busy.clone());
    first_frames(&busy);
    pages(&busy);
    archive();
}

/// The whole window without a screen.
struct Window {
    ctx: Context,
    app: App,
    at_s: f64,
    size: Vec2,
}

impl Window {
    fn open(snapshot: Snapshot, route: Route) -> Self {
        let ctx = Context::default();
        let app = App::still(&ctx, snapshot, route);
        // The tree for screen readers is made as well: a reader may always be there.
        ctx.enable_accesskit();
        Self { ctx, app, at_s: 0.0, size: SIZE }
    }

    /// One frame; how long it took, and when the next one is wanted.
    fn frame(&mut self, events: Vec<Event>) -> (Duration, Duration) {
        let (time, output) = self.drawn(events);
        (time, output.viewport_output[&ViewportId::ROOT].repaint_delay)
    }

    /// The centre of each control whose name for screen readers contains this.
    fn places_of(&mut self, name: &str) -> Vec<Pos2> {
        let tree = self.drawn(Vec::new()).1.platform_output.accesskit_update.expect("it is enabled");
        let named =
            tree.nodes.iter().filter(|(_, node)| node.label().is_some_and(|label| label.contains(name)));
        let bounds = named.filter_map(|(_, node)| node.bounds());
        bounds.map(|all| Pos2::new((all.x0 + all.x1) as f32 / 2.0, (all.y0 + all.y1) as f32 / 2.0)).collect()
    }

    fn drawn(&mut self, events: Vec<Event>) -> (Duration, FullOutput) {
        self.at_s += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.at_s),
            events,
            ..RawInput::default()
        };
        let began = Instant::now();
        let app = &mut self.app;
        let mut output = self.ctx.run_ui(input, |ui| {
            app.poll(ui.ctx());
            app.draw(ui);
        });
        // Nothing is painted here.
        output.textures_delta.clear();
        let shapes = self.ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        std::hint::black_box(shapes);
        (began.elapsed(), output)
    }

    fn moving(&mut self, first: &Snapshot, change: impl Fn(&mut Snapshot)) -> Vec<Duration> {
        let mut picture = first.clone();
        (0..FRAMES)
            .map(|frame| {
                if frame % PICTURE_EVERY == 0 {
                    advance(&mut picture);
                    change(&mut picture);
                    self.app.show(picture.clone());
                }
                let x = 300.0 + (frame % 700) as f32;
                self.frame(vec![Event::PointerMoved(Pos2::new(x, 400.0))]).0
            })
            .collect()
    }
}

fn idle(busy: Snapshot) {
    let snapshot = Snapshot { downloads: Arc::new([]), ..busy };
    for (name, snapshot, route) in [
        ("an empty window", Snapshot { seq: 1, at: NOW, ..Snapshot::empty() }, Route::Cases),
        ("the cases", snapshot.clone(), Route::Cases),
        ("the practice page", snapshot, Route::Practice),
    ] {
        let mut window = Window::open(snapshot, route);
        let mut wanted = Duration::ZERO;
        // A second: what fades or is scrolled into place has come to rest.
        for _ in 0..60 {
            wanted = window.frame(Vec::new()).1;
        }
        let frames = if wanted >= Duration::from_secs(10) { "0 frames in 10 s" } else { "NOT idle" };
        println!("idle, {name}: {frames} (the next one in {wanted:?})");
    }
}

fn first_frames(busy: &Snapshot) {
    let empty = Snapshot { seq: 1, at: NOW, ..Snapshot::empty() };
    let journal: Vec<JournalLine> = (0..JOURNAL)
        .map(|seq| JournalLine {
            seq,
            at: UtcMs(NOW.0 - (JOURNAL - seq) * 1000),
            case_id: Some(CaseId(1 + seq % 40)),
            run_id: None,
            kind: "note".into(),
            sentence: format!("GitLab status started: running, look {seq}."),
        })
        .collect();
    let full = Snapshot { journal: journal.into(), ..busy.clone() };
    for (name, snapshot) in [("nothing", empty), ("100,000 journal rows and all cases", full)] {
        let began = Instant::now();
        let mut window = Window::open(snapshot, Route::Cases);
        window.frame(Vec::new());
        println!("first frame with {name}: {:.1} ms, fonts included", ms(began.elapsed()));
        println!("  the second: {:.2} ms", ms(window.frame(Vec::new()).0));
    }
}

/// Each page for the first time: its texts are laid out, and the letters of new sizes are drawn.
fn pages(busy: &Snapshot) {
    let mut window = Window::open(busy.clone(), Route::Settings);
    window.frame(Vec::new());
    let times = Route::ALL.map(|route| {
        let (modifiers, key) = (Route::WITH, route.page().key);
        let event = Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        let time = window.frame(vec![event]).0.max(window.frame(Vec::new()).0);
        assert_eq!(window.app.workspace().route, route);
        time
    });
    report("each page for the first time", times.to_vec());
}

/// From the snapshot with the report to the open tree, frame by frame.
fn archive() {
    let mut window = Window::open(Snapshot { seq: 1, at: NOW, ..Snapshot::empty() }, Route::Archives);
    window.frame(Vec::new());
    window.app.show(Snapshot { seq: 2, at: NOW, inspections: [inspection()].into(), ..Snapshot::empty() });
    let times: Vec<_> = (0..FRAMES).map(|_| window.frame(Vec::new()).0).collect();
    report("an archive of 200,000 members opens", times);
    // High enough for the list of files, which is the last card. A thread sorts it.
    window.size.y = 2.0 * SIZE.y;
    let began = Instant::now();
    let folder = loop {
        if let [folder] = window.places_of("uploads, folder")[..] {
            break folder;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "the files should be sorted by now");
    };
    let button = |pressed| Event::PointerButton {
        pos: folder,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let click = || vec![Event::PointerMoved(folder), button(true), button(false)];
    let mut times = vec![window.frame(click()).0];
    assert!(window.places_of(", folder,").len() > 5, "the folder is open");
    times.extend((0..59).map(|_| window.frame(click()).0));
    report("its largest folder is opened and closed", times);
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| ms(times[(times.len() - 1) * share / 1000]);
    println!("{name}: median {:.2} ms, p99 {:.2} ms, max {:.2} ms", at(500), at(990), at(1000));
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn case(id: i64) -> Case {
    let ticket = 400_000 + id as u64;
    let url = format!("https://gitlab.zendesk.com/agent/tickets/{ticket}");
    let mut project = ProjectRef::by_path(format!("group-{}/sub/project-{id}", id % 97));
    project.id = Some(1000 + id as u64);
    let opened = UtcMs(NOW.0 - (id % 5_000) * 60_000);
    let mut case = Case::new(CaseId(id), GITLAB, Some(Ticket { url, id: ticket }), project, opened);
    if id % 2 == 0 {
        case.facts.ui_attempt_at = Some(UtcMs(opened.0 - 3_600_000));
        case.facts.ui_attempt_message = Some("The export could not be started.".into());
    }
    case
}

fn run_of(case: &Case) -> RunView {
    let timing = ExportTiming::default();
    let path = case.project.path.clone().unwrap_or_default();
    let project = (case.project.id.unwrap_or(1), path.as_str());
    let mut it = Run::scheduled(RunId(case.id.0), GITLAB, project, "none", UtcMs(NOW.0 - 900_000));
    it.case_id = Some(case.id);
    it = run::step(
        &it,
        JobInput::Accepted { correlation_id: None, polled: None },
        &timing,
        UtcMs(NOW.0 - 890_000),
    );
    for (i, word) in ["queued", "started", "finished"].into_iter().enumerate() {
        let at = UtcMs(NOW.0 - 800_000 + i as i64 * 60_000);
        it = run::step(&it, JobInput::Polled(word.into()), &timing, at);
    }
    let status = run::status(&it, &timing, NOW);
    RunView { run: it, status, watch: JobWatch::default() }
}

fn download_of(case: &Case) -> DownloadView {
    let path = case.project.path.clone().unwrap_or_default();
    DownloadView {
        id: DownloadId(case.id.0),
        instance: GITLAB.into(),
        project_id: case.project.id.unwrap_or(1),
        path: Some(format!("/home/engineer/Downloads/{}_export.tar.gz", path.replace('/', "_")).into()),
        project_path: path,
        case_id: Some(case.id),
        created_at: UtcMs(NOW.0 - 240_000),
        state: DownloadState::Running,
        folder: "/home/engineer/Downloads".into(),
        bytes: case.id.0 as u64 * 30_000_000,
        total_bytes: Some(13_000_000_000),
        bytes_per_s: 38_000_000,
        speeds: (0..60).map(|i: u32| 34_000_000 + (i * 7_919 % 23) * 420_000).collect(),
        seconds_left: Some(129),
        connections: 4,
        resumed: 1,
        restarted: 0,
        retries: 2,
        api_requests: 2,
        storage_requests: 3,
        waiting: None,
        lines: Arc::default(),
        done: None,
        relation: None,
        error: None,
        rejected: None,
    }
}

/// A batch whose projects are all being downloaded.
fn batch() -> BatchView {
    let items = (0..PROJECTS).map(|place| BatchItem {
        stage: ItemStage::Downloading,
        expected_bytes: Some(13_000_000_000),
        server_status: Some("finished".into()),
        attempts: 1,
        ..BatchItem::listed(1000 + place, format!("group-{}/sub/project-{place}", place % 97))
    });
    let items: Vec<BatchItem> = items.collect();
    let views = (0..).zip(&items).map(|(place, item)| {
        let progress =
            ItemProgress { bytes: 30_000_000, total_bytes: Some(13_000_000_000), bytes_per_s: 38_000_000 };
        Arc::new(BatchItemView { place, item: item.clone(), is_asked: false, progress: Some(progress) })
    });
    BatchView {
        batch: ExportBatch {
            id: BatchId(1),
            instance: GITLAB.into(),
            created_at: UtcMs(NOW.0 - 900_000),
            goal: BatchGoal::Downloaded,
            folder: Some("/home/engineer/Downloads/exports".into()),
            description: None,
            replace: false,
            connections: None,
            stopped: None,
        },
        items: views.collect(),
        counts: counts(&items),
        resting: None,
        is_unanswered: false,
        turns: Turns { reserved: Arc::from([]), next_at: NOW, per_window: 6, window_ms: 60_000, ahead: 0 },
        is_held: false,
        is_saved: true,
        not_saved: None,
        free_bytes: Some(8 << 40),
        bytes_per_s: PROJECTS * 38_000_000,
    }
}

/// The batch in the next snapshot: every project has got some bytes.
fn moved(before: &BatchView) -> BatchView {
    let items = before.items.iter().map(|one| {
        let progress =
            one.progress.map(|progress| ItemProgress { bytes: progress.bytes + 3_800_000, ..progress });
        Arc::new(BatchItemView { progress, ..one.as_ref().clone() })
    });
    BatchView { items: items.collect(), ..before.clone() }
}

fn busy() -> Snapshot {
    let cases: Vec<Arc<Case>> = (1..=CASES).rev().map(|id| Arc::new(case(id))).collect();
    let moving = || cases.iter().rev().take(MOVING as usize);
    let account = Account {
        user: Some("engineer".into()),
        gitlab_version: Some("18.9.0-ee".into()),
        scopes: vec!["api".into()],
        expires_on: Some("2026-12-30".into()),
        checked_at: NOW,
    };
    let instance = InstanceView {
        token_refused: None,
        url: GITLAB.into(),
        is_practice: false,
        token: TokenState::InKeyring,
        account: Some(account),
    };
    Snapshot {
        seq: 1,
        at: NOW,
        instances: [instance].into(),
        runs: moving().map(|case| Arc::new(run_of(case))).collect(),
        downloads: moving().map(|case| Arc::new(download_of(case))).collect(),
        cases: cases.into(),
        ..Snapshot::empty()
    }
}

/// The next snapshot of the engine: every download has moved, everything else is the same list.
fn advance(picture: &mut Snapshot) {
    picture.seq += 1;
    picture.at = picture.at.plus_ms(100);
    let moved = picture.downloads.iter().map(|download| {
        let mut download = download.as_ref().clone();
        download.bytes += 3_800_000;
        download.bytes_per_s = 30_000_000 + download.bytes % 16_000_000;
        let mut speeds: Vec<u32> = download.speeds[1..].to_vec();
        speeds.push(download.bytes_per_s as u32);
        download.speeds = speeds.into();
        Arc::new(download)
    });
    picture.downloads = moved.collect();
}

fn inspection() -> Arc<InspectionView> {
    let report = serde_json::json!({
        "verdict": "importable", "bytes": 5_000_000_000_u64,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "unpacked_bytes": 9_000_000_000_u64, "format_version": "0.2.4", "gitlab_version": "18.9.0-ee",
        "gitlab_revision": null, "counts": { "issues": 4211, "merge_requests": 1830 }, "problems": [],
        "problems_left_off": 0, "members": { "entries": [], "left_off": 0, "files": MEMBERS, "bytes": 9_000_000_000_u64 },
        "lfs_objects": 0, "bundles": [],
    });
    let mut report: Report = serde_json::from_value(report).expect("a report");
    report.members.entries = (0..MEMBERS)
        .map(|n| Member {
            name: format!("uploads/{:08x}/{}/file-{n}.bin", n.wrapping_mul(2_654_435_761) as u32, n % 7)
                .into(),
            bytes: n * 37 % 90_000,
            kind: MemberKind::File,
        })
        .collect();
    Arc::new(InspectionView {
        path: "/home/engineer/Downloads/large_export.tar.gz".into(),
        file_bytes: report.bytes,
        walked_bytes: report.bytes,
        deep_objects: 0,
        ended: Some(Ok(Arc::new(report))),
        against: None,
        receipt: None,
    })
}
