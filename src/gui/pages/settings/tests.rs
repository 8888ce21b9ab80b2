use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use serde_json::{Value, json};

use crate::case::{Code, DownloadId, UserError};
use crate::engine::api::{
    Answer, AskId, EarlierCrash as Note, KEEP_ARCHIVES, OldArchive, OldArchiveId, OldReason, PROXY, Reply,
    Snapshot, TextConfig,
};
use crate::engine::write_settings;
use crate::gui::App;
use crate::gui::dialog::DialogRequest;
use crate::gui::dialogs::about::About;
use crate::gui::dialogs::clean::Clean;
use crate::gui::dialogs::handbook::EditHandbook;
use crate::gui::dialogs::load_settings::LoadSettings;
use crate::gui::dialogs::stopped::StoppedDialog;
use crate::gui::fixture::{ago, at_work, now, window_of};
use crate::gui::intent::Pick;
use crate::gui::route::Route;
use crate::gui::workspace::Workspace;

type Window = Harness<'static, App>;

fn page(snapshot: Snapshot) -> Window {
    let mut workspace = Workspace::pretend(snapshot);
    workspace.route = Route::Settings;
    let mut window = window_of(workspace, egui::Theme::Dark, 1200.0, 2600.0);
    window.run();
    window
}

fn dialog(dialog: impl DialogRequest + 'static) -> Window {
    let mut workspace = Workspace::pretend(at_work());
    workspace.show_dialog(Box::new(dialog));
    let mut window = window_of(workspace, egui::Theme::Dark, 1200.0, 900.0);
    window.run();
    window
}

/// Acts as if the system's dialog, or a read of a file, had answered.
fn pick(window: &mut Window, picked: crate::gui::app::Picked) {
    let ctx = window.ctx.clone();
    window.state_mut().pick_now(&ctx, picked);
}

fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    window.run();
}

/// The field with this label; a heading of the same name may be above it.
fn field<'a>(window: &'a Window, label: &'a str) -> egui_kittest::Node<'a> {
    let mut nodes =
        window.query_all_by_label(label).filter(|node| node.accesskit_node().role() != egui::Role::Heading);
    let found = nodes.next().unwrap();
    assert!(nodes.next().is_none(), "two fields are named {label}");
    found
}

fn type_into(window: &mut Window, label: &str, text: &str) {
    field(window, label).focus();
    window.run();
    field(window, label).type_text(text);
    window.run();
}

fn is_blocked(window: &Window, label: &str) -> bool {
    window.get_by_label(label).accesskit_node().is_disabled()
}

fn sent(window: &Window) -> Vec<String> {
    window.state().workspace().sent()
}

fn answer(window: &mut Window, ask: u64, result: Result<Answer, UserError>) {
    let snapshot = window.state().workspace().snapshot.as_ref().clone();
    let replies = [Reply { ask: AskId(ask), at: now(), result }.into()].into();
    window.state_mut().own.show(Snapshot { replies, ..snapshot });
    window.run();
}

/// The settings with one additional choice.
fn chosen(key: &str, value: &Value) -> Snapshot {
    let snapshot = at_work();
    let mut settings = snapshot.settings.as_ref().clone();
    settings.set(key, value).unwrap();
    Snapshot { settings: Arc::new(settings), ..snapshot }
}

#[test]
fn a_keep_time_is_judged_while_typed_and_kept_when_applied() {
    let mut window = page(at_work());
    let field = "Days that downloaded archives are kept";
    assert!(is_blocked(&window, "Apply the days"), "nothing was typed");
    type_into(&mut window, field, "0");
    window.get_by_label_contains(
        "Type a whole number of days from 1 to 3650, or leave empty to keep archives.",
    );
    assert!(is_blocked(&window, "Apply the days"));
    type_into(&mut window, field, "3");
    window.get_by_label("Apply the days");
    click(&mut window, "Apply the days");
    assert_eq!(sent(&window), [r#"Keep { key: "keep_archives_days", value: Number(3) }"#]);
}

#[test]
fn a_proxy_with_a_password_is_refused_before_it_is_sent() {
    let mut window = page(at_work());
    type_into(&mut window, "Proxy", "http://me:secret@proxy.example");
    window.get_by_label_contains("Export Desk does not store usernames and passwords");
    assert!(is_blocked(&window, "Use this proxy"));
    window.key_press(Key::Enter);
    window.run();
    assert!(sent(&window).is_empty());
}

#[test]
fn a_refused_value_is_reported_beside_the_field_and_the_old_one_stays() {
    let mut window = page(chosen(PROXY, &json!("direct")));
    type_into(&mut window, "Additional root certificates (PEM)", "/tmp/none.pem");
    click(&mut window, "Use this file");
    assert!(sent(&window)[0].contains("ca_file"));
    let no = UserError::new(
        Code::Usage,
        "The certificate file cannot be read.",
        "The setting was not changed. Choose another file or URL.",
    );
    answer(&mut window, 1, Err(no));
    window.get_by_label("The certificate file cannot be read.");
    click(&mut window, "Back to the system's proxy");
    assert_eq!(sent(&window)[1], r#"Keep { key: "proxy", value: Null }"#);
}

#[test]
fn a_field_that_was_not_touched_follows_what_holds() {
    let mut window = page(chosen(KEEP_ARCHIVES, &json!(30)));
    let held = |window: &Window| {
        window.get_by_label("Days that downloaded archives are kept").accesskit_node().value()
    };
    assert_eq!(held(&window).as_deref(), Some("30"));
    window.state_mut().own.show(chosen(KEEP_ARCHIVES, &json!(45)));
    window.run();
    assert_eq!(held(&window).as_deref(), Some("45"));
}

pub(crate) fn old() -> Arc<[OldArchive]> {
    let one = |id: i64, name: &str, why| OldArchive {
        id: OldArchiveId::Download(DownloadId(id)),
        files: 1,
        path: format!("/home/engineer/Downloads/{name}").into(),
        bytes: 12 << 30,
        case_id: Some(crate::case::CaseId(id)),
        project_path: "acme/platform/monorepo".into(),
        at: ago(60 * 24 * 40),
        why,
    };
    [
        one(1, "2026-10-12_acme_monorepo_export.tar.gz", OldReason::Kept { days: 30 }),
        one(2, "2026-10-13_acme_api_export.tar.gz", OldReason::CaseCleaned),
    ]
    .into()
}

#[test]
fn the_cleaner_deletes_only_what_is_ticked_and_confirmed() {
    let mut window = page(chosen(KEEP_ARCHIVES, &json!(30)));
    // The page checks for old archives on its own, because a keep time was chosen.
    assert_eq!(sent(&window), ["FindOldArchives"]);
    answer(&mut window, 1, Ok(Answer::OldArchives(old())));
    window.get_by_label_contains("2 archives are older than your limit for archives");
    click(&mut window, "Find old archives…");
    assert_eq!(sent(&window).len(), 2);
    answer(&mut window, 2, Ok(Answer::OldArchives(old())));
    window.get_by_label("Delete 2 items, 24.0 GiB");
    window.key_press(Key::Enter);
    window.run();
    assert_eq!(sent(&window).len(), 2, "Enter deletes nothing");
    click(&mut window, "2026-10-13_acme_api_export.tar.gz");
    click(&mut window, "Delete 1 item, 12.0 GiB");
    assert_eq!(sent(&window)[2], "DeleteArchives { archives: [Download(DownloadId(1))] }");
    let kept = vec!["/home/x was changed since it was downloaded.".to_owned()];
    answer(&mut window, 3, Ok(Answer::Deleted { files: 1, bytes: 12 << 30, kept }));
    window.get_by_label_contains("Deleted: 1 item. 12.0 GiB freed.");
    window.get_by_label_contains("Not deleted: /home/x was changed");
}

#[test]
fn an_empty_list_of_old_archives_is_reported() {
    let mut clean = Clean::default();
    clean.answered(Ok(Answer::OldArchives(Arc::new([]))));
    let window = dialog(clean);
    window.get_by_label_contains("Nothing is older than the limit. There is nothing to delete.");
    assert!(window.query_by_label("Delete").is_none());
}

fn own(text: &str) -> TextConfig {
    let folder = Some("/home/engineer/.config/export-desk".into());
    TextConfig { own_handbook: Some(text.into()), folder, ..TextConfig::default() }
}

fn handbook(text_config: TextConfig) -> Window {
    let mut workspace = Workspace::pretend(Snapshot { text_config: Arc::new(text_config), ..at_work() });
    workspace.show_dialog(Box::new(EditHandbook));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 900.0);
    window.run();
    window
}

#[test]
fn a_mistake_in_the_handbook_is_shown_with_its_place_and_cannot_be_saved() {
    let text_config = own("[deadlines]\n");
    let mut window = handbook(text_config);
    assert!(is_blocked(&window, "Save"), "nothing was changed");
    type_into(&mut window, "Your handbook.toml", "infra_window = 21\n");
    window.get_by_label("one mistake");
    // The mistake is shown above the text and beside the disabled button.
    assert_eq!(window.query_all_by_label_contains("column 1: There is no key").count(), 2);
    assert!(is_blocked(&window, "Save"));
}

#[test]
fn a_valid_handbook_is_saved_and_the_built_in_one_can_be_restored() {
    let text = "[deadlines]\ninfra_window_days = 2\n";
    let mut window = handbook(own(text));
    type_into(&mut window, "Your handbook.toml", "# mine\n");
    window.get_by_label("no mistake");
    click(&mut window, "Save");
    let first = &sent(&window)[0];
    assert!(first.starts_with("SaveHandbook") && first.contains("# mine"), "{first}");
    answer(&mut window, 1, Ok(Answer::Done));
    window.get_by_label("saved");
    click(&mut window, "Back to the built-in handbook");
    assert_eq!(sent(&window)[1], "SaveHandbook { text: None }");
}

#[test]
fn settings_of_a_file_are_shown_and_applied_after_a_confirmation() {
    let mut window = dialog(LoadSettings::default());
    assert!(is_blocked(&window, "Change these settings"));
    let file = chosen(KEEP_ARCHIVES, &json!(30));
    let text =
        write_settings(&file.settings, &file.instances).replace("https://gitlab.com", "https://git.example");
    let picked = |pick| crate::gui::app::Picked { pick, path: "/tmp/settings.json".into() };
    pick(&mut window, picked(Pick::WasRead(Ok(text))));
    window.run();
    window.get_by_label_contains("https://git.example");
    click(&mut window, "Change these settings");
    let all = sent(&window);
    assert!(all[0].starts_with("KeepAll") && all[0].contains("keep_archives_days"), "{all:?}");
    assert!(window.state().workspace().dialog.is_none());

    let mut window = dialog(LoadSettings::default());
    pick(&mut window, picked(Pick::WasRead(Ok("{\"token\":1}".into()))));
    window.run();
    window.get_by_label("This file does not contain Export Desk settings.");
    assert!(is_blocked(&window, "Change these settings"));
}

#[test]
fn diagnostics_are_read_before_they_are_saved_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = page(Snapshot { download_folder: folder.path().to_owned(), ..at_work() });
    click(&mut window, "Show the diagnostics");
    assert_eq!(sent(&window), ["Diagnose"]);
    answer(&mut window, 1, Ok(Answer::Bundle("== Versions ==\nall of it".into())));
    let text = window.get_by_label("Text: Diagnostics").accesskit_node().value();
    assert_eq!(text.as_deref(), Some("== Versions ==\nall of it"));
    click(&mut window, "Save");
    let path = folder.path().join("export-desk-diagnostics.txt");
    // A separate thread writes the file and then wakes the window.
    crate::gui::walk::until(&mut window, "“Saved”", |window| {
        window.query_by_label_contains("Saved ").map(|_| ())
    });
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "== Versions ==\nall of it");
    #[cfg(unix)]
    {
        let facts = std::fs::metadata(&path).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o777, 0o600);
    }
}

#[test]
fn an_earlier_crash_is_reported_with_its_diagnostics_one_click_away() {
    let note = Note { path: "/state/stopped.seen.txt".into(), text: "panic in thread engine".into() };
    let mut window = dialog(StoppedDialog(note));
    window.get_by_label_contains("What was saved is kept");
    click(&mut window, "Open the diagnostics…");
    let text = window.get_by_label("Text: Diagnostics").accesskit_node().value();
    assert_eq!(text.as_deref(), Some("panic in thread engine"));
}

#[test]
fn about_says_whose_it_is_not_and_what_changed() {
    let window = dialog(About);
    window.get_by_label_contains("Not made or endorsed by GitLab");
    let changes = window.get_by_label("Text: Changes").accesskit_node().value().unwrap_or_default();
    assert!(changes.contains(env!("CARGO_PKG_VERSION")), "the changelog knows this version");
}

#[test]
fn an_export_of_settings_shows_all_of_it() {
    let mut window = page(chosen(KEEP_ARCHIVES, &json!(30)));
    click(&mut window, "Export the settings…");
    let text = window.get_by_label("Text: Export the settings").accesskit_node().value().unwrap_or_default();
    assert!(text.contains("keep_archives_days") && text.contains("https://gitlab.com"), "{text}");
    assert!(window.state().workspace().dialog.is_some());
}

#[test]
fn every_text_is_one_click_from_its_editor() {
    for kind in crate::texts::TextKind::ALL {
        let mut window = page(at_work());
        click(&mut window, &format!("Edit the text {}", kind.title()));
        field(&window, "Template");
    }
}
