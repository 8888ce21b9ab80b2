mod in_view;
mod kept;

use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::case::rebuild::{Gap, GapReason, step};
use crate::case::{
    Code, JobInput, PartLeftOut, RebuildId, RebuildOptions, RebuildSeen, RebuiltArchive, RebuiltFrom,
    RelationsHint, RelationsId, SetPart, VerifiedFile,
};

use super::*;
use crate::case::CaseId;
use crate::engine::api::{Receipt, Snapshot};
use crate::gui::App;
use crate::gui::fixture::{
    GITLAB, ago, at_lesson, at_work, case, download_of, now, practice_window, receipt, run_of, window_of,
};
use crate::gui::workspace::Workspace;

fn on_case(snapshot: Snapshot) -> Harness<'static, App> {
    let mut workspace = Workspace::pretend(snapshot);
    workspace.selected = Some(CaseId(1));
    workspace.pages.list.reveal(CaseId(1));
    let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 1600.0);
    window.run();
    window
}

/// A case whose exports ended as these words tell, newest first.
fn after(runs: &[&[(&str, i64)]]) -> Snapshot {
    let one = case(1, 418_822, "acme/platform/monorepo");
    let runs = (1..).zip(runs).map(|(id, words)| Arc::new(run_of(&one, id, 30, words)));
    Snapshot {
        runs: runs.collect(),
        cases: [Arc::new(one)].into(),
        downloads: Arc::new([]),
        relations: Arc::new([]),
        ..at_work()
    }
}

fn rebuilt(seen: Vec<RebuildSeen>) -> Snapshot {
    let start =
        RebuildJob::new(RebuildId(4), (GITLAB, "1001"), Some(CaseId(1)), RebuildOptions::default(), ago(9));
    let job = seen.into_iter().fold(start, |job, seen| step(&job, JobInput::Polled(seen), ago(2)));
    let known = receipt(&download_of(&case(1, 1, "a/b"), 9, crate::engine::api::DownloadState::Done, 5, 5));
    let receipt = job.archive().map(|_| Arc::new(known));
    let view = RebuildView {
        job: Arc::new(job),
        is_at_work: true,
        next_poll_at: Some(now().plus_ms(25_000)),
        checked_until: Some(now().plus_ms(25_000_000)),
        waiting: None,
        receipt,
    };
    Snapshot { rebuilds: [Arc::new(view)].into(), ..after(&[FAILED]) }
}

const FAILED: &[(&str, i64)] = &[("queued", 29), ("started", 28), ("failed", 20), ("failed", 19)];
const VANISHED: &[(&str, i64)] = &[("queued", 29), ("started", 28), ("none", 20)];

fn failed(error: UserError, gaps: Vec<Gap>) -> Vec<RebuildSeen> {
    vec![RebuildSeen::Failed { error, gaps }]
}

fn exporting() -> RebuildSeen {
    RebuildSeen::Exporting { run: RelationsId(3), project_id: 1001, project_path: "a/b".into() }
}

fn sent(window: &Harness<'static, App>) -> Vec<String> {
    window.state().workspace().sent()
}

#[test]
fn it_is_offered_where_another_attempt_will_not_help() {
    assert!(on_case(after(&[FAILED])).query_by_label("Rebuild the archive").is_none(), "one failure");
    for runs in [&[FAILED, FAILED][..], &[VANISHED][..]] {
        let mut window = on_case(after(runs));
        window.get_by_label("Fallback: rebuild the archive");
        window.get_by_label_contains("the archive does not contain: ");
        window.get_by_label("Rebuild the archive").click();
        window.run();
        let commands = sent(&window);
        assert!(commands.len() == 1 && commands[0].starts_with("Rebuild(Start"), "{commands:?}");
    }
}

#[test]
fn each_failure_has_its_buttons_and_replacing_asks_first() {
    let gap = Gap { relation: "issues".into(), batch: Some(2), why: GapReason::NotExported("-1".into()) };
    let error = UserError::new(Code::RelationsIncomplete, "A part is missing.", RelationsHint::AllowGaps);
    let mut window = on_case(rebuilt(failed(error, vec![gap])));
    window.get_by_label("Missing: issues, batch 2. GitLab has not exported it: -1.");
    window.get_by_label("Build although data is missing").click();
    window.run();
    assert!(sent(&window)[0].contains("BuildWithGaps"), "{:?}", sent(&window));
    window.get_by_label("Export the relations again").click();
    window.run();
    assert!(sent(&window)[1].contains("ExportAgain"), "{:?}", sent(&window));

    // By keyboard, too.
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
    window.run();
    window.event(egui::Event::Text("although".into()));
    window.key_press(Key::Enter);
    window.run();
    assert!(sent(&window)[2].contains("BuildWithGaps"), "{:?}", sent(&window));

    let error = UserError::new(Code::Refused, "2 of 30 files.", RelationsHint::ConfirmReplace);
    let mut window = on_case(rebuilt(failed(error, Vec::new())));
    window.get_by_label("Replace the finished export…").click();
    window.run();
    assert!(window.get_by_label("Delete and export again").accesskit_node().is_disabled());
    assert_eq!(sent(&window), [""; 0], "nothing is deleted before the person agrees");
    window.get_by_label("Delete the finished files, and export again").click();
    window.run();
    window.get_by_label("Delete and export again").click();
    window.run();
    assert!(sent(&window)[0].contains("Replace"), "{:?}", sent(&window));
}

#[test]
fn it_says_at_which_step_it_is_and_until_when_it_checks() {
    let mut window = on_case(rebuilt(vec![exporting()]));
    window.get_by_label("Progress of the rebuild: Export, step 2 of 5");
    window.get_by_label("Cancel the rebuild").click();
    window.run();
    assert!(sent(&window)[0].contains("Cancel"), "{:?}", sent(&window));
    let mut window = on_case(rebuilt(built(Vec::new())));
    window.get_by_label("Left out: uploads, stray.png. No.");
    window.get_by_label("Inspect the rebuilt archive");
    window.get_by_label("Copy the receipt of the rebuilt archive").click();
    window.run_steps(1);
    window.run();
    window.get_by_label("Copied: receipt");
}

/// Every step up to an archive, or up to a set of these archives.
fn built(parts: Vec<SetPart>) -> Vec<RebuildSeen> {
    let folder = RebuildSeen::Downloading { folder: "/f".into() };
    let rebuilt_from = RebuiltFrom {
        left_out: vec![PartLeftOut::file("uploads", "stray.png", "No.")],
        parts: parts.iter().map(SetPart::sentence).collect(),
        ..RebuiltFrom::default()
    };
    let archive = Box::new(RebuiltArchive {
        path: if parts.is_empty() { "/f/a.tar.gz".into() } else { "/f/a_set/a.set.json".into() },
        parts,
        file: VerifiedFile {
            bytes: 5,
            sha256: "00".into(),
            verdict: "importable".into(),
            rebuilt: Some(rebuilt_from),
        },
        receipt: serde_json::Value::Null,
        gaps: Vec::new(),
        filled: Vec::new(),
        left_out: Vec::new(),
        notes: Vec::new(),
        doubts: Vec::new(),
    });
    let steps = [exporting(), RebuildSeen::Exported, folder, RebuildSeen::Downloaded];
    steps.into_iter().chain([RebuildSeen::Built { archive }]).collect()
}

#[test]
fn a_set_names_its_parts_and_leads_to_its_import() {
    let part = |file: &str, relation: Option<&str>| SetPart {
        path: format!("/f/a_set/{file}").into(),
        relation: relation.map(str::to_owned),
        records: 7,
        bytes: 2048,
        sha256: "00".into(),
    };
    let parts = vec![part("001_base.tar.gz", None), part("002_issues.tar.gz", Some("merge_requests"))];
    let before = rebuilt(built(parts));
    let mut view = before.rebuilds[0].as_ref().clone();
    let receipt = view.receipt.as_deref().unwrap().clone();
    let (path, project_path) = (view.job.archive().unwrap().path.clone().into(), Some("a/webshop".into()));
    view.receipt = Some(Arc::new(Receipt { path, project_path, ..receipt }));
    let mut window = on_case(Snapshot { rebuilds: [Arc::new(view)].into(), ..before });
    window.get_by_label_contains("as a set of 2 archives");
    window.get_by_label("Part: 002_issues.tar.gz, 7 records of merge_requests, 2.0 KiB, SHA-256 00");
    assert!(window.query_by_label("Inspect the rebuilt archive").is_none(), "there is not one archive");
    window.get_by_label("Import the set of archives").click();
    window.run();
    assert_eq!(window.state().workspace().route, crate::gui::route::Route::Imports);
    window.get_by_label_contains("This is a set of archives.");
    assert_eq!(window.get_by_label("Path of the new project").value().as_deref(), Some("webshop"));
    window.get_by_label("Import the customer's project into my own namespace");
}

#[test]
fn the_options_are_asked_first_and_can_be_changed_after_a_failure() {
    let mut window = on_case(after(&[FAILED, FAILED]));
    window.get_by_label("Rebuild with options…").click();
    window.run();
    assert!(window.get_by_label("Folder for the relation files").is_focused(), "the first field");
    window.get_by_label("Folder for the relation files").type_text("/data/relations");
    window.run();
    window.get_by_label("Relations to leave out").focus();
    window.run();
    window.get_by_label("Relations to leave out").type_text("self");
    window.run();
    assert!(window.get_by_label("Rebuild").accesskit_node().is_disabled(), "nothing is imported without it");
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label("Relations to leave out").type_text("ci_pipelines, issues");
    window.run();
    window.get_by_label("Add the members with the e-mail addresses on their profiles").click();
    window.run();
    window.get_by_label("Build a set in any case").click();
    window.run();
    window.get_by_label("Rebuild").click();
    window.run();
    let command = sent(&window).pop().unwrap();
    for told in [
        "Rebuild(Start",
        "folder: Some(\"/data/relations\")",
        "without: [\"ci_pipelines\", \"issues\"]",
        "members: PublicEmails",
        "limit_bytes: Some(5368709120)",
        "always_splits: true",
    ] {
        assert!(command.contains(told), "{told}: {command}");
    }
    let error = UserError::new(Code::SizeLimit, "Too large.", "Use another instance.");
    let mut window = on_case(rebuilt(failed(error, Vec::new())));
    window.get_by_label("Change the options…").click();
    window.run();
    window.get_by_label("Leave the members out");
    window.get_by_label("Rebuild").click();
    window.run();
    let command = sent(&window).pop().unwrap();
    assert!(command.contains("Rebuild(Start") && command.contains("members: Without"), "{command}");
}

/// What the list says of the case.
fn listed(window: &Harness<'static, App>, words: &str) -> bool {
    window.query_by_label_contains(&format!("#418822 · {words}")).is_some()
}

#[test]
fn a_newer_export_counts_and_an_older_rebuild_does_not_hide_it() {
    let error = || UserError::new(Code::Local, "The disk is full.", "Free some space.");
    let newer = |words: &'static [(&'static str, i64)], seen: Vec<RebuildSeen>| {
        let before = rebuilt(seen);
        let run = Arc::new(run_of(&case(1, 418_822, "acme/platform/monorepo"), 7, 1, words));
        on_case(Snapshot {
            runs: std::iter::once(run).chain(before.runs.iter().cloned()).collect(),
            ..before
        })
    };
    let window = newer(&[("queued", 1), ("finished", 0)], failed(error(), Vec::new()));
    assert!(
        window.query_by_label("Rebuilt archive").is_none()
            && listed(&window, "Download the archive before GitLab")
    );
    let window = newer(&[("queued", 1), ("failed", 0), ("failed", 0)], failed(error(), Vec::new()));
    window.get_by_label("Fallback: rebuild the archive");
    assert!(listed(&window, "Record the UI and API attempts"));
    let window = newer(&[("queued", 1)], built(Vec::new()));
    assert!(
        window.query_by_label("Rebuilt archive").is_none()
            && listed(&window, "Wait: GitLab is exporting the project")
    );
    // The archive is not lost because a newer export failed.
    let window = newer(&[("queued", 1), ("failed", 0), ("failed", 0)], built(Vec::new()));
    window.get_by_label("Copy the receipt of the rebuilt archive");
    assert!(listed(&window, "Record the UI and API attempts"));
    // An export from before the rebuild changes nothing.
    let window = on_case(rebuilt(failed(error(), Vec::new())));
    window.get_by_label("Rebuilt archive");
    assert!(listed(&window, "The rebuild failed"));
}

/// The chip, the progress and the build say the same about one moment.
#[test]
fn while_the_archive_is_read_again_everything_says_so() {
    let steps = [exporting(), RebuildSeen::Exported, RebuildSeen::Downloading { folder: "/f".into() }];
    let building = RebuildSeen::Building { output: "/f/a.tar.gz".into() };
    let seen = steps.into_iter().chain([RebuildSeen::Downloaded, building]).collect();
    let build = |stage| BuildView {
        folder: "/f".into(),
        output: "/f/a.tar.gz".into(),
        stage,
        part: None,
        bytes: 1,
        total_bytes: 2,
        started_at: ago(1),
        ended: None,
    };
    let before: Snapshot = rebuilt(seen);
    for (stage, chip, progress) in [
        (BuildStage::Building, "Building", "Build, step 4 of 5"),
        (BuildStage::Verifying, "Verifying", "Verify, step 5 of 5"),
    ] {
        let window = on_case(Snapshot { builds: [Arc::new(build(stage))].into(), ..before.clone() });
        assert_eq!(window.query_all_by_label(chip).count(), 2, "in the NOW card and in the card below");
        window.get_by_label(&format!("Progress of the rebuild: {progress}"));
        assert!(window.query_all_by_label_contains(stage.words()).next().is_some());
    }
}

#[test]
fn the_now_card_has_the_progress_and_the_buttons_of_a_rebuild() {
    let mut window = on_case(rebuilt(vec![exporting()]));
    window.get_by_label("Wait: the archive is being rebuilt");
    assert!(listed(&window, "Wait: the archive is being rebuilt"));
    window.get_by_label("Cancel the rebuild").click();
    window.run();
    assert!(sent(&window)[0].contains("Cancel"), "{:?}", sent(&window));
    // A rebuild on which nobody works does not look as if it ran.
    let before = rebuilt(vec![exporting()]);
    let view = RebuildView { is_at_work: false, ..before.rebuilds[0].as_ref().clone() };
    let mut window = on_case(Snapshot { rebuilds: [Arc::new(view)].into(), ..before });
    assert!(listed(&window, "Continue the rebuild"));
    let chips: Vec<_> = window.query_all_by_label("Paused").collect();
    assert_eq!(chips.len(), 2, "in the NOW card and in the card of the rebuild");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run();
    let command = sent(&window).pop().unwrap_or_default();
    assert!(command.contains("Rebuild(Start"), "{command}");
    let error = UserError::new(Code::Network, "The connection was lost.", "Check the network.");
    let mut window = on_case(rebuilt(failed(error, Vec::new())));
    window.get_by_label_contains("Stopped 2 min ago. “Continue the rebuild”: Requests the relations export");
    window.get_by_label("Continue the rebuild").click();
    window.run();
    assert!(sent(&window)[0].contains("Retry"), "{:?}", sent(&window));
}

/// The lesson's window with this rebuild.
fn in_lesson(makes_set: bool, seen: Vec<RebuildSeen>) -> Harness<'static, App> {
    let before = at_lesson();
    let mut practice = before.practice.as_deref().unwrap().clone();
    practice.lesson.as_mut().unwrap().makes_set = makes_set;
    let rebuilds = Arc::clone(&rebuilt(seen).rebuilds);
    let snapshot = Snapshot { practice: Some(Arc::new(practice)), rebuilds, ..before };
    let mut workspace = Workspace::pretend(snapshot);
    workspace.selected = Some(CaseId(1));
    let mut window = practice_window(workspace, egui::Theme::Dark, 1100.0, 1600.0);
    window.run();
    window
}

#[test]
fn a_lesson_about_a_set_is_over_only_with_a_set_and_its_key_does_the_next_step() {
    let press = |window: &mut Harness<'static, App>| {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        window.run();
    };
    let mut window = in_lesson(true, built(Vec::new()));
    window.get_by_label_contains("This is one archive, which is too large for this GitLab.");
    press(&mut window);
    window.get_by_label("Import limit of the destination");
    let part =
        |n| SetPart { path: "/f/1.tar.gz".into(), relation: None, records: n, bytes: 1, sha256: "00".into() };
    // The button that the lesson names is on the card, too.
    let mut window = in_lesson(true, built(Vec::new()));
    assert!(!window.get_by_label("Rebuild with options…").accesskit_node().is_disabled());
    window.get_by_label("Rebuild with options…").click();
    window.run();
    window.get_by_label("Import limit of the destination");
    let window = in_lesson(true, built(vec![part(0), part(1)]));
    window.get_by_label_contains("The archive is rebuilt. Read what is not in it");
    let gap = Gap { relation: "issues".into(), batch: Some(2), why: GapReason::NotExported("-1".into()) };
    let error = UserError::new(Code::RelationsIncomplete, "A part is missing.", RelationsHint::AllowGaps);
    let mut window = in_lesson(false, failed(error, vec![gap]));
    press(&mut window);
    let command = sent(&window).pop().unwrap_or_default();
    assert!(command.contains("ExportAgain"), "{command}");
    let mut window = in_lesson(false, vec![exporting()]);
    press(&mut window);
    assert_eq!(window.query_all_by_label_contains("Wait and watch.").count(), 2, "the key says why it waits");
}

/// What was copied in the last frame.
fn copied(window: &Harness<'static, App>) -> Option<String> {
    window.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

/// The snapshot of a case whose rebuilt archive was also opened on the Archives page.
fn rebuilt_and_inspected() -> Snapshot {
    let before = rebuilt(built(Vec::new()));
    let mut view = before.rebuilds[0].as_ref().clone();
    let rebuilt_from = RebuiltFrom { gaps: vec!["issues: 2 records.".into()], ..RebuiltFrom::default() };
    let read = view.receipt.as_deref().unwrap().clone();
    let made = Receipt {
        path: "/f/a.tar.gz".into(),
        rebuilt: Some(rebuilt_from),
        project_path: Some("a/b".into()),
        ..read.clone()
    };
    view.receipt = Some(Arc::new(made));
    let mut inspection = crate::gui::fixture::inspected().inspections[0].as_ref().clone();
    if let Some(Ok(report)) = &mut inspection.ended {
        // The built-in fonts have no glyphs for a name in there.
        let report = Arc::make_mut(report);
        report.problems.clear();
        report.members.entries.clear();
    }
    (inspection.path, inspection.receipt) =
        ("/f/a.tar.gz".into(), Some(Arc::new(Receipt { project_path: None, ..read })));
    Snapshot { rebuilds: [Arc::new(view)].into(), inspections: [Arc::new(inspection)].into(), ..before }
}

#[test]
fn shortcuts_know_the_rebuilt_archive_and_each_page_copies_the_same_receipt() {
    const CMD_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    let mut window = on_case(rebuilt_and_inspected());
    window.key_press_modifiers(CMD_SHIFT, Key::C);
    window.run_steps(4);
    window.get_by_label("Copied: receipt");
    window.get_by_label("Copy the receipt of the rebuilt archive").click();
    window.step();
    let on_card = copied(&window).unwrap();
    assert!(on_card.contains("| Missing | issues: 2 records. |"), "{on_card}");
    window.run();
    window.key_press_modifiers(CMD_SHIFT, Key::H);
    window.run();
    assert!(window.query_all_by_label("Test import of the archive").next().is_some());
    window.key_press(Key::Escape);
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::I);
    window.run();
    assert_eq!(window.state().workspace().route, crate::gui::route::Route::Archives);
    window.get_by_label("Copy the receipt").click();
    window.step();
    assert_eq!(copied(&window), Some(on_card));
    // A set has no test import, and says so.
    let part = SetPart {
        path: "/f/a_set/1.tar.gz".into(),
        relation: None,
        records: 0,
        bytes: 1,
        sha256: "00".into(),
    };
    let mut window = on_case(rebuilt(built(vec![part])));
    window.key_press_modifiers(CMD_SHIFT, Key::H);
    window.run();
    window.get_by_label_contains("A set of archives has no test import.");
}

#[test]
fn an_archive_with_missing_data_is_no_good_news() {
    use crate::gui::news::{News, Tone};
    let told = |seen: Vec<RebuildSeen>| {
        let mut news = News::default();
        assert_eq!(news.of(&rebuilt(vec![exporting()])), []);
        news.of(&rebuilt(seen)).pop().unwrap()
    };
    let whole = told(built(Vec::new()));
    assert_eq!((whole.tone, whole.detail.as_str()), (Tone::Good, ""));
    assert!(whole.headline.ends_with(" is rebuilt and verified"), "{}", whole.headline);

    let gap = Gap { relation: "issues".into(), batch: Some(2), why: GapReason::NotExported("-1".into()) };
    let mut seen = built(Vec::new());
    if let Some(RebuildSeen::Built { archive }) = seen.last_mut() {
        archive.gaps = vec![gap.clone()];
    }
    let some = told(seen);
    assert_eq!((some.tone, some.detail), (Tone::Incomplete, gap.sentence()));
    assert!(some.headline.ends_with(" is rebuilt, but data is missing in it"), "{}", some.headline);
}
