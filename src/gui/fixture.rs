//! Hand-made snapshots, for the tests of the views.

pub mod on_the_way;
pub mod relations;

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::Harness;

use super::app::App;
use super::theme;
use crate::case::stepped::{self, OFFER_SENT, after, on, with};
use crate::case::{
    Case, CaseId, DownloadId, ExportTiming, Fact, Input, JobInput, KnownProject, Offer, OfferLog, ProjectRef,
    Run, RunId, Ticket, UtcMs, run,
};
use crate::engine::api::{
    Account, DownloadState, DownloadView, InspectionView, InstanceView, IssueHit, IssueSearch, JobWatch,
    JournalLine, KnownHit, LessonMark, LessonView, PracticeView, Receipt, RunView, Snapshot, TokenState,
};
use crate::gui::workspace::Workspace;

pub const GITLAB: &str = "https://gitlab.com";
const MINUTE: i64 = 60_000;
const GIB: u64 = 1 << 30;

/// The time of every snapshot.
pub fn now() -> UtcMs {
    UtcMs(1_795_244_040_000)
}

/// A moment `minutes` before now.
pub fn ago(minutes: i64) -> UtcMs {
    now().plus_ms(-minutes * MINUTE)
}

/// A window over `snapshot`, of `width` by `height` points.
pub fn window(snapshot: Snapshot, theme: egui::Theme, width: f32, height: f32) -> Harness<'static, App> {
    window_of(Workspace::pretend(snapshot), theme, width, height)
}

/// Whether the frame that was just drawn opens a URL that `is_it` accepts.
pub fn opens(window: &Harness<'static, App>, is_it: impl Fn(&str) -> bool) -> bool {
    let opens = |command: &egui::OutputCommand| matches!(command, egui::OutputCommand::OpenUrl(open) if is_it(&open.url));
    window.output().platform_output.commands.iter().any(opens)
}

/// A window over `workspace`.
pub fn window_of(workspace: Workspace, theme: egui::Theme, width: f32, height: f32) -> Harness<'static, App> {
    Harness::builder()
        .with_size(egui::vec2(width, height))
        .with_theme(theme)
        .with_context_setup(theme::install)
        .with_max_steps(8)
        .build_eframe(move |_| App::around(workspace))
}

/// A practice window over `snapshot`.
pub fn practice_window(
    workspace: Workspace,
    theme: egui::Theme,
    width: f32,
    height: f32,
) -> Harness<'static, App> {
    let mut window = window_of(Workspace::pretend(first_run()), theme, width, height);
    window.state_mut().practice = Some(workspace);
    window.state_mut().practising = true;
    window.run();
    window
}

/// Nothing configured.
pub fn first_run() -> Snapshot {
    Snapshot { seq: 1, at: now(), download_folder: "/home/engineer/Downloads".into(), ..Snapshot::empty() }
}

pub fn account() -> Account {
    Account {
        user: Some("engineer".into()),
        gitlab_version: Some("18.9.0-ee".into()),
        scopes: vec!["api".into(), "read_user".into()],
        expires_on: Some("2026-11-30".into()),
        checked_at: ago(12),
    }
}

pub fn instance(url: &str, token: TokenState) -> InstanceView {
    let account = Some(account());
    InstanceView { url: url.into(), is_practice: false, token, token_refused: None, account }
}

pub fn case(id: i64, ticket: u64, path: &str) -> Case {
    let url = format!("https://gitlab.zendesk.com/agent/tickets/{ticket}");
    let ticket = (ticket > 0).then_some(Ticket { url, id: ticket });
    let mut project = ProjectRef::by_path(path);
    project.id = Some(1000 + id as u64);
    Case::new(CaseId(id), GITLAB, ticket, project, ago(130 + id * 7))
}

fn known(case: &Case, bytes: u64) -> Case {
    let known = KnownProject {
        id: case.project.id.unwrap_or(1),
        path: case.project.path.clone().unwrap_or_default(),
        web_url: None,
        visibility: Some("private".into()),
        repository_bytes: Some(bytes / 2),
        lfs_bytes: Some(bytes / 4),
        uploads_bytes: Some(bytes / 4),
        storage_bytes: Some(bytes),
        deletion: None,
        gitlab_version: Some("18.9.0-ee".into()),
        asked_at: ago(100),
    };
    after(case, Input::ProjectKnown(known), ago(100))
}

/// A case with everything that comes before an offer.
fn at_offer(id: i64, ticket: u64, path: &str) -> Case {
    stepped::at_offer(&case(id, ticket, path), (ago(300), ago(290)), ago(125))
}

/// A run of the project of `case` that showed the statuses `words`, each at a time in minutes ago.
pub fn run_of(case: &Case, id: i64, asked: i64, words: &[(&str, i64)]) -> RunView {
    let timing = ExportTiming::default();
    let path = case.project.path.clone().unwrap_or_default();
    let project = (case.project.id.unwrap_or(1), path.as_str());
    let mut it = Run::scheduled(RunId(id), &case.instance, project, "none", ago(asked));
    it.case_id = Some(case.id);
    it.user = Some("engineer".into());
    let id = format!("01JD8Q{id:04}N6X4T9V3K7M2PZRWYB");
    it = run::step(&it, JobInput::Accepted { correlation_id: Some(id), polled: None }, &timing, ago(asked));
    for (word, at) in words {
        it = run::step(&it, JobInput::Polled((*word).to_owned()), &timing, ago(*at));
    }
    let status = run::status(&it, &timing, now());
    let next_poll_at = (!it.is_ended()).then(|| now().plus_ms(40_000));
    RunView { run: it, status, watch: JobWatch { next_poll_at, ..JobWatch::default() } }
}

pub fn download_of(case: &Case, id: i64, state: DownloadState, bytes: u64, total: u64) -> DownloadView {
    let speeds: Vec<u32> = (0..60).map(|i: u32| 34_000_000 + (i * 7_919 % 23) * 420_000).collect();
    let path = case.project.path.clone().unwrap_or_default();
    let file = format!("2026-11-21_06-41-104_{}_export.tar.gz", path.replace('/', "_"));
    let running = state == DownloadState::Running;
    DownloadView {
        id: DownloadId(id),
        instance: case.instance.clone(),
        project_id: case.project.id.unwrap_or(1),
        project_path: path,
        case_id: Some(case.id),
        created_at: ago(4),
        state,
        path: Some(PathBuf::from("/home/engineer/Downloads").join(file)),
        folder: "/home/engineer/Downloads".into(),
        bytes,
        total_bytes: Some(total),
        bytes_per_s: if running { 39_845_888 } else { 0 },
        speeds: speeds.into(),
        seconds_left: running.then_some(129),
        connections: 1,
        resumed: 1,
        restarted: 0,
        retries: 2,
        api_requests: 2,
        storage_requests: 3,
        waiting: None,
        lines: [].into(),
        done: None,
        relation: None,
        error: None,
        rejected: None,
    }
}

pub fn receipt(download: &DownloadView) -> Receipt {
    Receipt {
        depth: Some("deep".into()),
        path: download.path.clone().unwrap_or_default(),
        bytes: download.total_bytes.unwrap_or(0),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        gitlab_version: Some("18.9.0-ee".into()),
        verdict: "importable".into(),
        verdict_sentence: "This archive is complete, and GitLab can import it.".into(),
        counts: [("issues".to_owned(), 4_211), ("merge_requests".to_owned(), 1_830)].into(),
        project_path: Some(download.project_path.clone()),
        at: ago(2),
        test_import: None,
        rebuilt: None,
    }
}

fn journal(case: CaseId) -> Arc<[JournalLine]> {
    let line = |seq: i64, minutes: i64, sentence: &str| JournalLine {
        seq,
        at: ago(minutes),
        case_id: Some(case),
        run_id: None,
        kind: "note".into(),
        sentence: sentence.into(),
    };
    [
        line(1, 130, "Case opened for acme/platform/monorepo."),
        line(2, 42, "Attempt in the web interface: exact message: Export failed, try again."),
        line(3, 31, "Export of acme/platform/monorepo asked for."),
        line(4, 20, "GitLab status started: running."),
        line(5, 6, "Export ended: ready."),
        line(6, 4, "Download to /home/engineer/Downloads started."),
    ]
    .into()
}

/// A working day: several cases, one of them downloading and selected.
pub fn at_work() -> Snapshot {
    let one = known(&case(1, 418_822, "acme/platform/monorepo"), 13 * GIB + GIB / 3);
    let attempted = ago(60).rfc3339();
    let facts = [
        (Fact::UiAttemptAt, attempted.as_str()),
        (Fact::UiAttemptMessage, "Export failed. Try again later or contact support."),
        (Fact::CorrelationId, "01JD8Q0001N6X4T9V3K7M2PZRWYB"),
    ];
    let one = with(&one, &facts, ago(42));
    let two = case(2, 418_790, "acme/api");
    let three =
        at_offer(3, 418_611, "globex/warehouse/data-platform-with-a-very-long-name/ingestion-service");
    let four = on(&at_offer(4, 418_423, "umbrella/web"), OFFER_SENT, ago(120));
    let (ui, api) = (ago(500).rfc3339(), ago(490).rfc3339());
    let facts = [
        (Fact::UiAttemptAt, ui.as_str()),
        (Fact::UiAttemptMessage, "500"),
        (Fact::ApiAttemptAt, api.as_str()),
        (Fact::ApiAttemptMessage, "failed"),
    ];
    let five = with(&case(5, 417_990, "initech/tps-reports"), &facts, ago(125));
    let six = case(6, 417_002, "hooli/nucleus");
    let runs = vec![
        run_of(&one, 5, 31, &[("none", 31), ("queued", 30), ("started", 20), ("finished", 6)]),
        run_of(&two, 4, 11, &[("none", 11), ("queued", 10), ("started", 4)]),
        run_of(&one, 3, 100, &[("queued", 99), ("started", 98), ("none", 92)]),
        run_of(&six, 2, 45, &[("queued", 44), ("started", 40), ("none", 31)]),
    ];
    let total = 12 * GIB + 2 * GIB / 5;
    let paused = download_of(&two, 2, DownloadState::Paused, GIB, 3 * GIB);
    let mut done = download_of(&six, 1, DownloadState::Done, GIB / 3, GIB / 3);
    done.done = Some(Arc::new(receipt(&done)));
    let downloads =
        [download_of(&one, 3, DownloadState::Running, 7 * GIB + 3 * GIB / 5, total), paused, done];
    Snapshot {
        seq: 7,
        at: now(),
        instances: [instance(GITLAB, TokenState::InKeyring)].into(),
        journal: journal(one.id),
        cases: [one, two, three, four, five, six].map(Arc::new).into(),
        runs: runs.into_iter().map(Arc::new).collect(),
        downloads: downloads.map(Arc::new).into(),
        ..first_run()
    }
}

/// `n` cases.
pub fn many(n: i64) -> Snapshot {
    let cases: Vec<_> = (1..=n)
        .map(|i| Arc::new(case(i, 400_000 + i as u64, &format!("group-{}/project-{i}", i % 97))))
        .collect();
    Snapshot { cases: cases.into(), ..at_work() }
}

/// The practice workspace.
pub fn practising() -> Snapshot {
    let lesson = |name: &str, title: &str, teaches: &str| LessonView {
        name: name.into(),
        title: title.into(),
        teaches: teaches.into(),
        steps: vec![
            "Press “Start export” and watch GitLab's words change.".into(),
            "When the export is ready, press “Download”.".into(),
            "Copy the receipt when the archive is verified.".into(),
        ],
        done_when: vec![LessonMark::Asked, LessonMark::Ended, LessonMark::Verified],
        makes_set: false,
        project: format!("practice/{name}"),
    };
    let lessons = vec![
        lesson(
            "first-export",
            "A first export",
            "Request an export, wait for it, download it and verify it. Nothing goes wrong.",
        ),
        lesson(
            "cut-download",
            "The connection breaks",
            "A download resumes where it stopped, and the complete file is verified at the end.",
        ),
        lesson(
            "silent-none",
            "An export that disappears",
            "The status changes from started to none: GitLab could not build the archive, and only an email says so.",
        ),
    ];
    let url = "http://127.0.0.1:41893";
    let mut practice = instance(url, TokenState::ThisRunOnly);
    practice.is_practice = true;
    Snapshot {
        instances: [practice].into(),
        practice: Some(Arc::new(PracticeView {
            url: url.into(),
            storage_url: "http://127.0.0.1:41894".into(),
            token: "glpat-practice".into(),
            lesson: lessons.first().cloned(),
            lessons,
        })),
        ..first_run()
    }
}

/// The practice workspace with the first lesson's case open, nothing requested yet.
pub fn at_lesson() -> Snapshot {
    let snapshot = practising();
    let mut case = case(1, 0, "practice/first-export");
    case.instance = snapshot.instances[0].url.clone();
    Snapshot { cases: [Arc::new(case)].into(), ..snapshot }
}

/// A snapshot with an archive that was read.
pub fn inspected() -> Snapshot {
    let report = serde_json::json!({
        "verdict": "importable_with_losses",
        "bytes": 357_913_941_u64,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "unpacked_bytes": 912_680_550_u64,
        "format_version": "0.2.4",
        "gitlab_version": "18.9.0-ee",
        "gitlab_revision": "abcdef0",
        "counts": { "issues": 4211, "merge_requests": 1830, "labels": 96, "milestones": 12, "ci_pipelines": 9120, "releases": 41 },
        "problems": [
            { "level": "warning", "code": "lfs_object_missing", "member": "lfs-objects.json", "message": "lfs-objects.json lists 3 LFS objects, but the archive does not contain their files." },
            { "level": "warning", "code": "upload_missing", "member": "uploads/設計図/図面-最終版.pdf", "message": "A description or comment links to this upload, but the archive does not contain its file." },
        ],
        "problems_left_off": 4,
        "members": { "entries": [], "left_off": 0, "files": 1204, "bytes": 911_000_000_u64 },
        "lfs_objects": 18,
        "bundles": [],
    });
    let report = serde_json::from_value(report).unwrap();
    let path =
        PathBuf::from("/home/engineer/Downloads/2026-11-21_06-41-104_acme_platform_monorepo_export.tar.gz");
    let one = InspectionView {
        path,
        file_bytes: 357_913_941,
        walked_bytes: 357_913_941,
        deep_objects: 0,
        ended: Some(Ok(Arc::new(report))),
        receipt: None,
        against: None,
    };
    let two = InspectionView {
        path: "/data/exports/umbrella-web.tar.gz".into(),
        file_bytes: 4 * GIB,
        walked_bytes: GIB,
        deep_objects: 0,
        ended: None,
        receipt: None,
        against: None,
    };
    Snapshot { inspections: [Arc::new(one), Arc::new(two)].into(), ..at_work() }
}

/// Offers of more than a year. One is a second offer, one is of a case that is not listed.
pub fn offers() -> OfferLog {
    const DAY: i64 = 24 * 60;
    let offer = |minutes: i64, id: i64, ticket: u64, path: &str, by: &str, reason: Option<&str>| Offer {
        at: ago(minutes),
        case_id: CaseId(id),
        instance: GITLAB.into(),
        project_id: Some(1000 + id as u64),
        project_path: Some(path.into()),
        ticket: Some(Ticket {
            url: format!("https://gitlab.zendesk.com/agent/tickets/{ticket}"),
            id: ticket,
        }),
        by: Some(by.into()),
        override_reason: reason.map(str::to_owned),
        withdrawn_at: None,
    };
    let offers = vec![
        offer(400 * DAY, 77, 390_120, "acme/api", "engineer", None),
        offer(150 * DAY, 71, 401_877, "hooli/nucleus", "sam", None),
        offer(92 * DAY, 70, 402_001, "wayne/caves/bat-computer", "engineer", None),
        offer(64 * DAY, 68, 405_555, "stark/reactor", "robin", None),
        offer(60 * DAY, 66, 405_901, "initech/tps-reports", "robin", None),
        offer(
            33 * DAY,
            5,
            412_200,
            "acme/api",
            "engineer",
            Some("The contract's deadline was moved by the customer."),
        ),
        offer(120, 4, 418_423, "umbrella/web", "engineer", None),
    ];
    OfferLog { offers }
}

/// What a search for the bug's issue finds.
pub fn issues() -> IssueSearch {
    let hit = |number: u64, title: &str, is_open: bool, known: Option<KnownHit>| IssueHit {
        url: format!("https://gitlab.com/gitlab-org/gitlab/-/issues/{number}"),
        reference: format!("gitlab-org/gitlab#{number}"),
        title: Some(title.into()),
        is_open: Some(is_open),
        labels: vec!["group::import".into()],
        updated_at: Some("2026-11-19T08:00:00Z".into()),
        last_comment_at: None,
        known,
    };
    let known = KnownHit {
        symptom: "The export ends without a message.".into(),
        advice: "Look for memory kills in the Sidekiq logs.".into(),
    };
    let hits = vec![
        hit(330_833, "Project export fails silently for large repositories", true, Some(known)),
        hit(402_117, "Export of merge request diffs runs out of memory", true, None),
        hit(377_001, "Project export stuck in state started", false, None),
    ];
    let not_searched = vec!["gitlab-com/support/internal-requests: the token may not read it.".to_owned()];
    IssueSearch { hits, not_searched }
}
