use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use std::sync::Arc;

use crate::case::{CaseId, Code, RelationsHint, UserError};
use crate::engine::api::{
    AskId, BuildFailed, BuildStage, BuildView, BuiltArchive, DownloadState, Gap, GapReason, RelationsView,
    Reply, Snapshot, TokenState,
};
use crate::gui::App;
use crate::gui::app::Picked;
use crate::gui::fixture::relations::{many, none, running, some_failed, with};
use crate::gui::fixture::{GITLAB, at_work, instance, now, window_of};
use crate::gui::intent::Pick;
use crate::gui::route::Route;
use crate::gui::workspace::Workspace;

fn on(snapshot: Snapshot, case: Option<i64>) -> Harness<'static, App> {
    let mut workspace = Workspace::pretend(snapshot);
    (workspace.route, workspace.selected) = (Route::Relations, case.map(CaseId));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
    window.run();
    window
}

fn sent(window: &Harness<'static, App>) -> Vec<String> {
    window.state().workspace().sent()
}

fn press(window: &mut Harness<'static, App>, label: &str) {
    window.get_by_label(label).click();
    window.run();
}

fn answer(window: &mut Harness<'static, App>, error: UserError) {
    let reply = Reply { ask: AskId(1), at: now(), result: Err(error) };
    window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..at_work() });
    window.run();
}

/// The names in the table's order.
fn order(window: &Harness<'static, App>) -> Vec<String> {
    let mut rows: Vec<_> = window
        .query_all_by_label_contains("Details of ")
        .map(|node| (node.rect().top(), node.accesskit_node().label().unwrap_or_default()))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, label)| label.replace("Details of ", "")).collect()
}

#[test]
fn failed_imports_are_first_with_gitlabs_status_beside_ours() {
    let mut window = on(with(vec![some_failed()]), None);
    let rows = order(&window);
    assert_eq!(&rows[..2], ["ci_pipelines", "merge_requests"], "{rows:?}");
    window.get_by_label("GitLab: -1");
    assert!(window.query_all_by_label("Failed").count() >= 1);
    window.get_by_label_contains("canceling statement due to statement timeout\u{201d}");
    press(&mut window, "Details of ci_pipelines");
    window.get_by_label_contains("GitLab's message: PG::QueryCanceled");
    press(&mut window, "Details of merge_requests");
    let said = "GitLab has no file of this relation, or no longer has it.";
    assert_eq!(window.query_all_by_label(said).count(), 2, "in the row, and whole below it");
    window.get_by_label("batch 2");
    window.get_by_label("Copy SHA-256 of batch 1");
}

#[test]
fn all_some_failed_and_one_are_downloaded() {
    let mut window = on(with(vec![some_failed()]), None);
    press(&mut window, "Download all");
    press(&mut window, "Select issues");
    press(&mut window, "Select labels");
    press(&mut window, "Download 2 selected relations");
    press(&mut window, "Retry 1 failed relation");
    press(&mut window, "Retry merge_requests");
    let said = sent(&window);
    assert!(said[0].contains("relations: []") && said[0].contains("case: Some(CaseId(1))"), "{said:?}");
    assert!(said[1].contains("relations: [\"labels\", \"issues\"]"), "{said:?}");
    for one in &said[2..4] {
        assert!(one.contains("relations: [\"merge_requests\"]"), "{one}");
        assert!(
            one.contains("acme_platform_monorepo_relations"),
            "into the folder that has the others: {one}"
        );
    }
}

#[test]
fn a_click_selects_a_relation_and_with_shift_the_ones_up_to_it() {
    let mut window = on(with(vec![some_failed()]), None);
    // The words of the status are no button.
    let mut words: Vec<_> = window.query_all_by_label_contains("GitLab: ").collect();
    words.sort_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    words[0].click();
    words[2].click_modifiers(Modifiers::SHIFT);
    drop(words);
    window.run();
    window.get_by_label("Download 3 selected relations");
}

#[test]
fn a_failed_relation_is_exported_again_and_then_ticked() {
    let mut window = on(with(vec![some_failed()]), None);
    press(&mut window, "Export again for ci_pipelines");
    assert!(
        sent(&window)[0].contains("Start") && sent(&window)[0].contains("batched: true"),
        "{:?}",
        sent(&window)
    );
    window.get_by_label("Download 1 selected relation");
}

/// A build from the folder of [`some_failed`], in this state.
fn build_of(ended: Option<Result<BuiltArchive, BuildFailed>>) -> BuildView {
    let folder = some_failed().download.as_ref().unwrap().folder.clone();
    BuildView {
        output: folder.with_file_name("acme_rebuilt_export.tar.gz"),
        folder,
        stage: BuildStage::Building,
        part: None,
        bytes: 30 << 20,
        total_bytes: 60 << 20,
        started_at: now().plus_ms(-10_000),
        ended: ended.map(|ended| ended.map(Arc::new)),
    }
}

#[test]
fn an_archive_is_built_cancelled_and_shown_with_its_gaps() {
    let whole = RelationsView { download: None, folder: Some("/tmp/files".into()), ..some_failed() };
    let mut window = on(with(vec![whole]), None);
    for (answer, wanted) in [
        ("Leave the members out", "members: Some(Without)"),
        ("Add the members with the e-mail addresses on their profiles", "members: Some(PublicEmails)"),
        (
            "Add the members with the e-mail addresses of a table",
            "members: Some(Table(\"/tmp/members.csv\"))",
        ),
    ] {
        press(&mut window, "Build archive…");
        press(&mut window, answer);
        if wanted.contains("Table") {
            assert!(window.get_by_label("Table").is_focused(), "the path is typed at once");
            let before = sent(&window).len();
            press(&mut window, "Build");
            assert_eq!(sent(&window).len(), before, "a table needs a file");
            let ctx = window.ctx.clone();
            let path = "/tmp/members.csv".into();
            window.state_mut().pick_now(&ctx, Picked { pick: Pick::MembersTable, path });
            window.run();
        }
        press(&mut window, "Build");
        let last = sent(&window).last().unwrap().clone();
        assert!(last.contains("BuildArchive { folder: \"/tmp/files\""), "{last}");
        assert!(last.contains(wanted) && last.contains("fills: true"), "{last}");
    }

    press(&mut window, "Build archive…");
    press(&mut window, "Build a set in any case");
    press(&mut window, "Build");
    let last = sent(&window).last().unwrap().clone();
    assert!(last.contains("split: Some(Split { limit_bytes: 5368709120, always: true })"), "{last}");

    let built = |build| on(Snapshot { builds: [Arc::new(build)].into(), ..with(vec![some_failed()]) }, None);
    let mut window = built(build_of(None));
    window.get_by_label_contains("30.0 MiB of 60.0 MiB");
    press(&mut window, "Cancel the build");
    assert!(sent(&window)[0].contains("CancelBuild"), "{:?}", sent(&window));

    let gap = Gap { relation: "issues".into(), batch: Some(2), why: GapReason::NotDownloaded };
    let error = UserError::new(Code::RelationsIncomplete, "A part is missing.", RelationsHint::AllowGaps);
    let window = built(build_of(Some(Err(BuildFailed { error, gaps: vec![gap] }))));
    window.get_by_label("Missing: issues, batch 2. The file was not downloaded.");
}

#[test]
fn the_download_is_paused_and_cancelled() {
    let mut window = on(with(vec![some_failed()]), None);
    window.get_by_label_contains("15 of 17 files downloaded");
    press(&mut window, "Pause");
    press(&mut window, "Cancel the download…");
    assert_eq!(sent(&window).len(), 1, "it asks first");
    window.get_by_label_contains("that have arrived stay on disk in");
    press(&mut window, "Cancel, keep the files");
    assert_eq!(
        sent(&window),
        ["Relations(Pause { run: RelationsId(3) })", "Relations(CancelFiles { run: RelationsId(3) })"]
    );
}

#[test]
fn an_export_under_way_is_watched_and_left() {
    let mut window = on(with(vec![running()]), None);
    window.get_by_label_contains("9 of 23 relations ended");
    window.get_by_label("Relations that have ended");
    press(&mut window, "Stop watching");
    press(&mut window, "Check the relations now");
    let said = sent(&window);
    assert!(said[0].contains("Leave") && said[1].contains("CheckOnce"), "{said:?}");
}

#[test]
fn the_filter_finds_by_name_status_and_error() {
    let mut window = on(with(vec![some_failed()]), None);
    for (words, found) in [("timeout", 1), ("merge", 1), ("ready", 11), ("nothing like it", 0)] {
        window.get_by_label("Filter the relations").focus();
        window.run();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.get_by_label("Filter the relations").type_text(words);
        window.run();
        assert_eq!(order(&window).len(), found, "{words}");
    }
}

#[test]
fn rows_are_drawn_on_demand_and_the_keyboard_reaches_all() {
    let mut window = on(with(vec![many(10_000)]), None);
    assert!(order(&window).len() < 60, "{} rows drawn", order(&window).len());
    window.get_by_label("Select relation_00000").focus();
    window.run();
    for _ in 0..40 {
        window.key_press(Key::ArrowDown);
        window.run();
    }
    assert!(window.get_by_label("Select relation_00040").is_focused());
    window.key_press(Key::Space);
    window.run();
    window.key_press(Key::End);
    window.run();
    window.run();
    assert!(window.get_by_label("Select relation_09999").is_focused());
    window.key_press(Key::Space);
    window.run();
    window.get_by_label("Download 2 selected relations");
    window.get_by_label_contains("Total: 10,000 relations");
}

#[test]
fn with_the_keyboard_alone_from_the_case_to_the_start() {
    let mut window = on(at_work(), Some(1));
    window.state_mut().own.route = Route::Cases;
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    window.run();
    assert_eq!(window.state().workspace().route, Route::Relations);
    window.get_by_label("The project of case 1. The export appears in the case's timeline.");
    for _ in 0..60 {
        if window.get_by_label("Start the relations export").is_focused() {
            break;
        }
        window.key_press(Key::Tab);
        window.run();
    }
    window.key_press(Key::Enter);
    window.run();
    let said = sent(&window);
    assert_eq!(said.len(), 1, "{said:?}");
    for part in ["Start", "project: \"1001\"", "case: Some(CaseId(1))", "batched: true"] {
        assert!(said[0].contains(part), "{part}: {said:?}");
    }
}

#[test]
fn a_typed_project_belongs_to_no_case_and_may_be_exported_unbatched() {
    let mut window = on(at_work(), None);
    window.get_by_label("Project").focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label("Project").type_text("acme/other");
    window.run();
    press(&mut window, "Export in batches");
    press(&mut window, "Check only");
    let said = sent(&window);
    assert!(
        said[0].contains("CheckOnce") && said[0].contains("project: \"acme/other\", case: None"),
        "{said:?}"
    );
}

#[test]
fn disabled_no_access_and_not_for_you_are_distinguished() {
    for (code, words) in [
        (Code::ExportDisabled, "bulk_import_enabled"),
        (Code::NotFoundOrNoAccess, "Check the path"),
        (Code::RoleTooLow, "role Maintainer"),
        (
            Code::NoExportFile,
            "Start the export with this token: GitLab shows each user only their own exports.",
        ),
    ] {
        let mut window = on(at_work(), Some(1));
        press(&mut window, "Start the relations export");
        answer(&mut window, UserError::new(code, "GitLab said no.", "A hint."));
        window.get_by_label("GitLab said no.");
        window.get_by_label_contains(words);
    }
    let window = on(with(vec![none()]), None);
    window.get_by_label("This user has no relations export of the project.");
    window.get_by_label_contains(
        "GitLab lists no relations for this token's user. Exports of other Maintainers are not visible.",
    );
    window.get_by_label("Start the export");
}

#[test]
fn a_skipped_repeat_is_shown() {
    let mut view = some_failed();
    view.status.skipped = 3;
    view.rows[0].skipped = true;
    let window = on(with(vec![view]), None);
    window.get_by_label_contains("GitLab skips a repeat within 3 minutes");
    window.get_by_label("GitLab did not regenerate the file");
}

#[test]
fn without_a_token_the_buttons_say_why() {
    let instances = [instance(GITLAB, TokenState::Missing)].into();
    let window = on(Snapshot { instances, ..with(vec![some_failed()]) }, None);
    for label in ["Start again", "Download all"] {
        let button = window.get_by_label(label);
        assert!(button.accesskit_node().is_disabled(), "{label}");
        assert!(button.accesskit_node().description().unwrap_or_default().contains("no token"), "{label}");
    }
}

#[test]
fn the_case_offers_it_where_the_file_export_failed() {
    let on_case = |views: Vec<RelationsView>, case| {
        let mut window = on(with(views), Some(case));
        window.state_mut().own.route = Route::Cases;
        window.run();
        window
    };
    let mut window = on_case(Vec::new(), 6);
    window.get_by_label("Fallback: rebuild the archive");
    press(&mut window, "Show the relations export");
    assert_eq!(window.state().workspace().route, Route::Relations);
    // The case shows an earlier relations export, failed or not.
    let mut window = on_case(vec![some_failed()], 1);
    window.get_by_label_contains("Relations export: 1 of 12 relations failed");
    press(&mut window, "Show the relations export");
    window.get_by_label("Details of issues");
}

#[test]
fn their_files_are_among_the_downloads_and_paused_with_them() {
    let mut window = on(with(vec![some_failed()]), None);
    window.state_mut().own.route = Route::Downloads;
    window.run();
    window.get_by_label("2 running at 42.0 MiB/s in total · 1 waiting or paused · 4 in total");
    press(&mut window, "Pause the download of relations export 3 of acme/platform/monorepo");
    press(&mut window, "Show the download of relations export 3 of acme/platform/monorepo");
    assert_eq!(sent(&window), ["Relations(Pause { run: RelationsId(3) })"]);
    assert_eq!(window.state().workspace().route, Route::Relations);
    // With no other download in progress, "pause all" applies to the relation files alone.
    let mut window = on(Snapshot { downloads: [].into(), ..with(vec![some_failed()]) }, None);
    window.state_mut().own.route = Route::Downloads;
    window.run();
    press(&mut window, "Pause all downloads");
    assert_eq!(sent(&window), ["PauseAll"]);
    assert!(
        some_failed()
            .rows
            .iter()
            .flat_map(|row| row.files.iter())
            .any(|file| file.is(DownloadState::Running))
    );
}

mod walk;

#[test]
fn missing_batches_are_shown_in_the_table_and_at_the_files() {
    let mut view = some_failed();
    let row = &mut view.rows[0];
    row.phase = crate::case::RelationPhase::Failed;
    let (status, error) = (Some("-1".to_owned()), Some("boom".to_owned()));
    row.missing = vec![crate::case::relations::MissingBatch { number: 2, status, error }];
    let window = on(with(vec![view]), None);
    window.get_by_label("batch 2 failed: boom");
    window.get_by_label("1 missing");
    window.get_by_label("GitLab has no file for 1 batch of labels. The relation is incomplete.");
}
