//! Imports in a window over a real engine and the practice GitLab. Each step finds its controls by their visible
//! labels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::case::{CaseId, ImportPhase, Phase};
use crate::engine::api::{Command, DownloadTarget, ImportView, StartOptions};
use crate::gui::App;
use crate::gui::app::Picked;
use crate::gui::intent::{IfUnhandled, Pick};
use crate::gui::route::Route;
use crate::gui::walk::{click, until, window_in};

type Window = Harness<'static, App>;

fn window(folder: &Path, lesson: &'static str) -> Window {
    window_in(folder, lesson, false, 2600.0)
}

fn ask(window: &mut Window, command: Command) {
    window.state_mut().own.ask(command, IfUnhandled::ToastError);
}

/// Exports the lesson's project and downloads the archive, for `case`.
fn archive(window: &mut Window, case: Option<CaseId>) -> PathBuf {
    let practice = window.state().workspace().snapshot.practice.clone().unwrap();
    let (instance, project) = (practice.url.clone(), practice.lesson.as_ref().unwrap().project.clone());
    let options = StartOptions::default();
    ask(window, Command::Start { instance: instance.clone(), project: project.clone(), case, options });
    until(window, "the export", |window| {
        let run = window.state().workspace().snapshot.runs.first().cloned()?;
        (run.status.phase == Phase::Ready).then_some(())
    });
    let target = DownloadTarget::Default;
    ask(window, Command::Download { instance, project, case, target, connections: None });
    until(window, "the archive", |window| {
        let snapshot = &window.state().workspace().snapshot;
        snapshot.downloads.first()?.done.as_ref().map(|receipt| receipt.path.clone())
    })
}

fn newest(window: &Window) -> Option<Arc<ImportView>> {
    window.state().workspace().snapshot.imports.first().cloned()
}

fn type_into(window: &mut Window, label: &str, text: &str) {
    until(window, label, |window| window.query_by_label(label).map(|node| node.focus()));
    window.step();
    window.get_by_label(label).type_text(text);
    window.step();
}

/// Fills in the form with this archive and target.
fn fill(window: &mut Window, archive: &Path, path: &str) {
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::I);
    window.step();
    type_into(window, "Path of the archive", archive.to_str().unwrap());
    // The group of the last import is remembered.
    if window.get_by_label("Group").value().as_deref() != Some("acme") {
        type_into(window, "Group", "acme");
    }
    type_into(window, "Path of the new project", path);
}

fn sees(window: &mut Window, label: &str) {
    until(window, label, |window| window.query_all_by_label_contains(label).next().map(|_| ()));
}

#[test]
fn lost_issues_are_shown_and_reimported_and_a_taken_path_is_shown_before_the_upload() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(folder.path(), "import-repair");
    let archive = archive(&mut window, None);
    fill(&mut window, &archive, "copy");
    sees(&mut window, "acme/copy will be created on");
    click(&mut window, "Start import");
    let partial = until(&mut window, "the end of the import", |window| {
        newest(window).filter(|view| view.job.is_ended())
    });
    assert_eq!((partial.job.phase, partial.job.target_path.as_str()), (ImportPhase::Partial, "acme/copy"));
    assert_eq!(partial.sent_bytes, partial.total_bytes);
    sees(&mut window, "issues: 1 record lost");
    sees(&mut window, "1 × a text is longer than the destination allows (line 3)");
    click(&mut window, &format!("Import issues of import {} again", partial.job.id));
    let repaired = until(&mut window, "the relation", |window| {
        newest(window).filter(|view| view.job.repairs == Some(partial.job.id) && view.job.is_ended())
    });
    assert_eq!(repaired.job.phase, ImportPhase::Finished, "{:?}", repaired.status);
    sees(&mut window, "Again: The relation issues was imported into acme/copy.");

    fill(&mut window, &archive, "handbook");
    sees(&mut window, "acme/handbook exists already on");
    assert!(window.get_by_label("Start import").accesskit_node().is_disabled());
    assert_eq!(window.state().workspace().snapshot.imports.len(), 2, "nothing of it was begun");
}

#[test]
fn a_test_import_joins_the_receipt_and_the_cases_timeline_and_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = window(folder.path(), "first-export");
    let practice = first.state().workspace().snapshot.practice.clone().unwrap();
    let project = practice.lesson.as_ref().unwrap().project.clone();
    ask(&mut first, Command::NewCase { ticket: None, instance: practice.url.clone(), project });
    let case = until(&mut first, "the case", |window| {
        window.state().workspace().snapshot.cases.first().map(|case| case.id)
    });
    let file = archive(&mut first, Some(case));
    let before = first.state().workspace().snapshot.downloads[0].done.clone().unwrap();
    assert!(before.test_import.is_none());

    let ctx = first.ctx.clone();
    first.state_mut().pick_now(&ctx, Picked { pick: Pick::Archive, path: file.clone() });
    click(&mut first, "Test import…");
    sees(&mut first, "-test-import-");
    click(&mut first, "Test import");
    until(&mut first, "the imports page", |window| {
        (window.state().workspace().route == Route::Imports).then_some(())
    });
    let view = until(&mut first, "the verdict", |window| newest(window).filter(|view| view.job.is_ended()));
    assert_eq!((view.job.phase, view.job.case_id), (ImportPhase::Finished, Some(case)), "{:?}", view.status);
    let made = view.web_url.clone().expect("the project that was made");
    sees(&mut first, ". The project stays until somebody deletes it. Export Desk never deletes it.");

    let told = |window: &Window| {
        let snapshot = &window.state().workspace().snapshot;
        let done = snapshot.downloads.first()?.done.clone()?;
        done.test_import.is_some().then_some(done)
    };
    let receipt = until(&mut first, "the receipt of the download", told);
    let text = receipt.markdown();
    assert!(text.contains("**Test import**") && text.contains(&made), "{text}");
    assert_eq!(receipt.json()["rehearsal"]["verdict"], "imports");
    let snapshot = first.state().workspace().snapshot.clone();
    let kinds: Vec<&str> =
        snapshot.journal.iter().filter(|line| line.case_id == Some(case)).map(|l| l.kind.as_str()).collect();
    assert!(kinds.contains(&"rehearsal_started") && kinds.contains(&"rehearsal_ended"), "{kinds:?}");
    first.state_mut().own.route = Route::Archives;
    first.step();
    first.step();
    sees(&mut first, "GitLab imported this archive into ");

    drop(first);
    let mut second = window(folder.path(), "first-export");
    let again = until(&mut second, "the receipt after a restart", told);
    assert_eq!(again.test_import, receipt.test_import);
    second.state_mut().own.selected = Some(case);
    second.state_mut().own.route = Route::Cases;
    second.step();
    second.step();
    sees(&mut second, "GitLab imported this archive into ");
}
