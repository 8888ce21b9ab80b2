use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::case::import::{PartState, RemoteVerdict};
use crate::case::{Code, Hint, ImportId, UserError};
use crate::engine::api::{Answer, AskId, ProbeView, Reply, Snapshot};
use crate::gui::App;
use crate::gui::app::Picked;
use crate::gui::fixture::{at_work, first_run, inspected, now, window_of};
use crate::gui::intent::Pick;
use crate::gui::pages::imports::fixture::{ARCHIVE, compare, free, imports, partial, set, taken};
use crate::gui::route::Route;
use crate::gui::workspace::Workspace;

type Window = Harness<'static, App>;

fn page(snapshot: Snapshot) -> Window {
    let mut workspace = Workspace::pretend(snapshot);
    workspace.route = Route::Imports;
    let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 2000.0);
    window.run();
    window
}

/// A page with an empty form over inspected archives.
fn form() -> Window {
    let mut window = page(inspected());
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::I);
    window.run();
    window
}

fn sent(window: &Window) -> Vec<String> {
    window.state().workspace().sent()
}

fn type_into(window: &mut Window, label: &str, text: &str) {
    window.get_by_label(label).focus();
    window.step();
    window.get_by_label(label).type_text(text);
    // Enough frames for the debounce to end.
    window.run_steps(5);
}

/// Answers the newest command whose text starts with `command`.
fn answer(window: &mut Window, command: &str, result: Result<Answer, UserError>) {
    let place = sent(window).iter().rposition(|sent| sent.starts_with(command)).expect("it was asked");
    let reply = Reply { ask: AskId(place as u64 + 1), at: now(), result };
    let snapshot =
        Snapshot { replies: [reply.into()].into(), ..window.state().workspace().snapshot.as_ref().clone() };
    window.state_mut().own.show(snapshot);
    window.run();
}

fn is_disabled(window: &Window, label: &str) -> bool {
    window.get_by_label(label).accesskit_node().is_disabled()
}

fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    window.run();
}

#[test]
fn an_empty_page_has_the_button_that_fills_it() {
    let mut window = page(first_run());
    window.get_by_label("No imports yet");
    click(&mut window, "Import an archive");
    window.get_by_label("Path of the archive");
    assert!(is_disabled(&window, "Start import"));
    click(&mut window, "Discard the form");
    window.get_by_label("No imports yet");
}

#[test]
fn a_chosen_archive_is_judged_before_it_is_sent() {
    let mut window = form();
    let ctx = window.ctx.clone();
    window.state_mut().pick_now(&ctx, Picked { pick: Pick::ImportFile, path: ARCHIVE.into() });
    window.run_steps(5);
    window.get_by_label("importable with losses");
    window.get_by_label_contains("341.3 MiB to upload");
    assert!(is_disabled(&window, "Start import"), "the target is not known yet");
    let asked = sent(&window);
    let look =
        asked.iter().find(|sent| sent.contains("CheckTarget")).expect("the proposed path is looked at");
    assert!(look.contains("acme_platform_monorepo"), "{look}");
    answer(
        &mut window,
        "Import(CheckTarget",
        Ok(Answer::Target(free("engineer/acme_platform_monorepo").into())),
    );
    window.get_by_label("engineer/acme_platform_monorepo will be created on gitlab.com.");
    click(&mut window, "Start import");
    let last = sent(&window).pop().unwrap();
    assert!(
        last.starts_with("Import(File") && last.contains(ARCHIVE) && last.contains("delete: None"),
        "{last}"
    );
    assert!(sent(&window).iter().any(|sent| sent.starts_with("Keep") && sent.contains("gitlab.com")));
    answer(&mut window, "Import(File", Ok(Answer::Import(ImportId(1))));
    assert!(window.query_by_label("Path of the archive").is_none(), "the form is done");
}

#[test]
fn a_file_that_cannot_be_read_says_so_under_its_field() {
    let mut window = form();
    type_into(&mut window, "Path of the archive", "/nowhere.tar.gz");
    assert_eq!(sent(&window), ["Verify { path: \"/nowhere.tar.gz\", against: None, deep: false }"]);
    let error = UserError::new(Code::Local, "/nowhere.tar.gz cannot be read: not there.", "Name a file.");
    answer(&mut window, "Verify", Err(error));
    assert!(window.get_all_by_label("/nowhere.tar.gz cannot be read: not there.").count() >= 1);
    assert!(is_disabled(&window, "Start import"));
}

#[test]
fn a_taken_path_is_shown_before_the_upload_and_its_deletion_needs_two_confirmations() {
    let mut window = form();
    let ctx = window.ctx.clone();
    window.state_mut().pick_now(&ctx, Picked { pick: Pick::ImportFile, path: ARCHIVE.into() });
    window.run_steps(5);
    answer(&mut window, "Import(CheckTarget", Ok(Answer::Target(taken("acme/handbook").into())));
    window.get_by_label("acme/handbook exists already on gitlab.com (project ID 102, private).");
    assert!(is_disabled(&window, "Start import"));
    click(&mut window, "Delete acme/handbook with everything in it, and import in its place");
    assert!(is_disabled(&window, "Start import"), "one yes is not enough");
    type_into(&mut window, "Type acme/handbook to confirm", "acme/other");
    assert!(is_disabled(&window, "Start import"), "it is another project");
    window.get_by_label("Type acme/handbook to confirm").focus();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    type_into(&mut window, "Type acme/handbook to confirm", "acme/handbook");
    click(&mut window, "Delete the project and import");
    let last = sent(&window).pop().unwrap();
    assert!(last.contains("delete: Some(\"acme/handbook\")"), "{last}");
}

#[test]
fn a_path_that_gitlab_refuses_is_reported_without_a_request() {
    let mut window = form();
    type_into(&mut window, "Path of the new project", "a b");
    assert!(window.get_all_by_label("A path may contain only letters, digits, _, - and ..").count() >= 1);
    assert!(sent(&window).is_empty(), "{:?}", sent(&window));
}

#[test]
fn what_gitlab_will_say_of_a_url_is_asked_and_the_url_is_shown_nowhere() {
    let mut window = form();
    click(&mut window, "A URL");
    let url = "https://storage.example.com/a/export.tar.gz?X-Amz-Signature=hush-signature";
    type_into(&mut window, "URL of the archive", url);
    window.get_by_label("GitLab will fetch https://storage.example.com/a/export.tar.gz");
    let field = window.get_by_label("URL of the archive").value().unwrap_or_default();
    assert!(!field.contains("hush") && !field.contains("storage"), "the field shows {field}");
    let why = "GitLab will reject this URL: the server answers HEAD with 403.".to_owned();
    let view = ProbeView { verdict: RemoteVerdict::Refused { why: why.clone() }, sentence: why.clone() };
    answer(&mut window, "Import(Probe", Ok(Answer::Probed(view.into())));
    assert!(window.get_all_by_label(&why).count() >= 1);
    type_into(&mut window, "Path of the new project", "copy");
    answer(&mut window, "Import(CheckTarget", Ok(Answer::Target(free("engineer/copy").into())));
    assert!(is_disabled(&window, "Start import"), "GitLab will reject this URL: ");
    click(&mut window, "Import anyway");
    click(&mut window, "Start import");
    let all = sent(&window);
    assert!(
        all.iter().any(|sent| sent.starts_with("Import(Remote") && sent.contains("anyway: true")),
        "{all:?}"
    );
    assert!(!format!("{all:?}{:?}", window.state()).contains("hush"));
    window.get_by_label("Paste the URL again: Export Desk does not store it.");
}

#[test]
fn the_keys_of_s3_are_handed_over_once_and_kept_nowhere() {
    let mut window = form();
    click(&mut window, "An object in S3");
    for (label, text) in [
        ("Region", "eu-1"),
        ("Bucket", "customer"),
        ("Object key", "export.tar.gz"),
        ("Access key ID", "AKIA-hush"),
        ("Secret access key", "very-hush"),
        ("Path of the new project", "copy"),
    ] {
        type_into(&mut window, label, text);
    }
    for label in ["Access key ID", "Secret access key"] {
        let value = window.get_by_label(label).value().unwrap_or_default();
        assert!(!value.contains("hush"), "{label} shows {value}");
    }
    answer(&mut window, "Import(CheckTarget", Ok(Answer::Target(free("engineer/copy").into())));
    assert!(!format!("{:?} {:?}", window.state().workspace().pages.imports, sent(&window)).contains("hush"));
    click(&mut window, "Start import");
    let all = sent(&window);
    assert!(all.iter().any(|sent| sent.starts_with("Import(S3")), "{all:?}");
    assert!(!format!("{all:?}").contains("hush"));
    for label in ["Access key ID", "Secret access key"] {
        assert_eq!(window.get_by_label(label).value().unwrap_or_default(), "", "{label} is empty again");
    }
    // Undo must not restore the key either.
    window.get_by_label("Secret access key").focus();
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    assert_eq!(window.get_by_label("Secret access key").value().unwrap_or_default(), "");
    let error = UserError::new(Code::NotFoundOrNoAccess, "The namespace was not found.", Hint::SplitPath);
    answer(&mut window, "Import(S3", Err(error));
    window.get_by_label("The namespace was not found.");
    window.get_by_label(
        "The path is only the last part of the new project's URL. Use the field “Group” for the group.",
    );
    window.get_by_label("Type the keys again: Export Desk does not store them.");
}

#[test]
fn losses_are_grouped_and_one_click_reimports_a_relation() {
    let mut window = page(Snapshot { imports: [Arc::new(partial(3))].into(), ..at_work() });
    window.get_by_label("Partial");
    window.get_by_label("issues: 4 records lost");
    window.get_by_label("3 × a text is longer than the destination allows (line 3, 18, 19)");
    window.get_by_label("1 × the database took too long (line 204)");
    window.get_by_label("labels: 1 record lost");
    window.get_by_label("GitLab cannot import this relation separately.");
    click(&mut window, "Import issues of import 3 again");
    assert_eq!(sent(&window), ["Import(Repair { import: ImportId(3), relation: \"issues\" })"]);
}

#[test]
fn every_import_shows_its_status_and_the_next_step() {
    let mut window = page(imports());
    window.get_by_label("6 imports, newest first · 3 running");
    window.get_by_label("2.2 GiB of 4.0 GiB uploaded (56 %)");
    window.get_by_label("38.0 MiB/s");
    window.get_by_label("try 2, from the start");
    assert!(window.get_all_by_label_contains("GitLab ends this import in 23 h").count() >= 1);
    window.get_by_label_contains("Again: GitLab is importing into acme/monorepo-copy.");
    assert!(is_disabled(&window, "Import issues of import 3 again"), "it is under way");
    window.get_by_label("test import");
    window.get_by_label_contains(
        ". The project stays until somebody deletes it. Export Desk never deletes it.",
    );
    window.get_by_label_contains("With “Upload again automatically after an interruption”");
    click(&mut window, "Stop the upload: import 6 of umbrella/web-copy");
    click(&mut window, "Upload import 1 of globex/warehouse again from the start");
    let wanted = ["Import(Leave { import: ImportId(6) })", "Import(Again { import: ImportId(1) })"];
    assert_eq!(sent(&window), wanted);
}

#[test]
fn a_form_is_filled_by_keyboard_alone() {
    let mut window = form();
    let reach = |window: &mut Window, label: &str| {
        for _ in 0..60 {
            if window.query_all_by_label(label).any(|node| node.is_focused()) {
                return;
            }
            window.key_press(Key::Tab);
            window.step();
        }
        panic!("Tab does not reach {label}");
    };
    reach(&mut window, "Path of the archive");
    let field = |window: &Window, label: &str, text: &str| window.get_by_label(label).type_text(text);
    field(&window, "Path of the archive", ARCHIVE);
    window.run_steps(3);
    reach(&mut window, "Path of the new project");
    field(&window, "Path of the new project", "copy");
    window.run_steps(5);
    answer(&mut window, "Import(CheckTarget", Ok(Answer::Target(free("engineer/copy").into())));
    reach(&mut window, "Start import");
    window.key_press(Key::Enter);
    window.run();
    assert!(sent(&window).iter().any(|sent| sent.starts_with("Import(File")), "{:?}", sent(&window));
}

#[test]
fn a_set_is_one_card_with_its_parts_and_its_step() {
    let of = |state| page(Snapshot { imports: set(state).map(Arc::new).into(), ..at_work() });
    let mut window = of(PartState::Running);
    window.get_by_label("1 import, newest first · 1 running");
    window.get_by_label("Part 3 of 4");
    assert!(window.query_by_label("Finished").is_none(), "the base archive alone is no end");
    window.get_by_label("Parts of the set: 2 of 4 imported");
    window.get_by_label("Part 1 · base archive · 1.0 GiB · correlation ID 01JDPART8");
    window.get_by_label_contains("Part 3 · merge_requests · 20");
    window.get_by_label_contains("Part 4 · ci_pipelines · 20");
    window.get_by_label_contains("Part 3 of 4 (merge_requests): GitLab is importing into acme/webshop-copy.");
    assert!(window.query_by_label("Continue the set of import 8").is_none());
    // One button for all parts, at one place; the status and the ID are those of the part that moves.
    click(&mut window, "Stop the set: import 8 of acme/webshop-copy");
    assert_eq!(sent(&window), ["Import(Leave { import: ImportId(9) })"]);
    let mut window = of(PartState::Stopped);
    window.get_by_label("Stopped at part 3 of 4");
    window.get_by_label_contains("The import of the set stopped. Part 3 of 4 (merge_requests)");
    click(&mut window, "Continue the set of import 8");
    assert_eq!(sent(&window), ["Import(ContinueSet { import: ImportId(8) })"]);
    // A person who stopped it has no failure.
    let left = set(PartState::Stopped).map(|mut view| {
        let set = view.set.as_mut().map(Arc::make_mut);
        if let Some(set) = set {
            set.is_left = true;
        }
        view
    });
    let window = page(Snapshot { imports: left.map(Arc::new).into(), ..at_work() });
    window.get_by_label("You stopped it at part 3 of 4");
}

#[test]
fn the_list_of_a_set_and_the_file_of_a_relation_are_no_archives_to_read_first() {
    let mut window = form();
    type_into(&mut window, "Path of the archive", "/tmp/webshop_set/webshop.set.json");
    window.get_by_label_contains("This is a set of archives.");
    type_into(&mut window, "Path of the new project", "copy");
    answer(&mut window, "Import(CheckTarget", Ok(Answer::Target(free("engineer/copy").into())));
    click(&mut window, "Start import");
    let last = sent(&window).last().unwrap().clone();
    assert!(last.starts_with("Import(Set") && last.contains("webshop.set.json"), "{last}");
    assert!(!sent(&window).iter().any(|sent| sent.starts_with("Verify")), "{:?}", sent(&window));
    let mut window = form();
    click(&mut window, "One relation of a file, into an existing project");
    type_into(&mut window, "Path of the archive", "/tmp/files/issues.ndjson.gz");
    window.get_by_label_contains("This is the file of one relation.");
    type_into(&mut window, "Project", "acme/webshop");
    click(&mut window, "Start import");
    assert!(sent(&window).last().unwrap().starts_with("Import(Relation"), "{:?}", sent(&window));
}

#[test]
fn a_customers_archive_goes_into_ones_own_namespace_only_after_a_question() {
    let mut snapshot = crate::gui::reader::inspected();
    compare(&mut snapshot);
    let mut workspace = Workspace::pretend(snapshot);
    workspace.route = Route::Archives;
    let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 2000.0);
    window.run();
    click(&mut window, "Test import…");
    window.run_steps(5);
    answer(&mut window, "Import(CheckTarget", Ok(Answer::Target(free("engineer/copy").into())));
    assert!(is_disabled(&window, "Test import"), "nobody agreed to use their own namespace");
    let question = "Import the customer's project into my own namespace";
    click(&mut window, question);
    assert!(!is_disabled(&window, "Test import"));
    click(&mut window, question);
    type_into(&mut window, "Group", "support/tests");
    answer(&mut window, "Import(CheckTarget", Ok(Answer::Target(free("support/tests/copy").into())));
    assert!(window.query_by_label(question).is_none(), "a group is no question");
    assert!(!is_disabled(&window, "Test import"));
}
