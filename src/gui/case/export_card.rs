//! The export of the selected case: GitLab status beside our phase, the stages of the run, its download, its receipt.

use egui::{RichText, Ui};

use crate::case::{CurrentStatus, ExportStep, FileState, JobId, Origin, Phase, Run, UtcMs};
use crate::engine::api::{Command, DownloadView, Receipt, Retried, RunView, TokenState};
use crate::gui::case::download_line::download_body;
use crate::gui::case::fallback_card::{fallback_card, is_offered};
use crate::gui::case::relations_hint::relations_hint;
use crate::gui::case::waiting::{waiting_chip, waiting_line};
use crate::gui::command::UiCommand;
use crate::gui::dialogs::connect::ConnectTo;
use crate::gui::dialogs::test_import::test_import;
use crate::gui::format;
use crate::gui::guide::export_leads;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, Step, StepState, icons};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;

/// The export card. Its buttons act on the selected case.
pub fn export_card(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(case) = cx.case else { return };
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        head(ui, cx, out);
        if let Some(view) = cx.run {
            run(ui, view, cx, out);
        } else {
            let text = "No export of this project was started here. When you start one, Export Desk checks first: it watches a running export, and asks before it replaces a finished file.";
            kit::soft(ui, text);
            if case.project.id.is_none() {
                let unseen = "GitLab has not found this project yet, or was not asked. If it does not find it: correct the project, or use a token that has access.";
                kit::say(ui, Severity::Warn, icons::WARN, unseen);
            }
        }
        if let Some(why) = cx.cannot_ask() {
            ui.horizontal_wrapped(|ui| {
                kit::chip(ui, Severity::Warn, icons::WARN, &why);
                connect(ui, &case.instance, cx, out);
            });
        }
        if cx.asked.export {
            match cx.held {
                Some(waiting) => waiting_chip(ui, waiting, cx),
                None => {
                    kit::chip(ui, Severity::Info, icons::HOURGLASS, "asking GitLab");
                }
            }
        }
        if let Some(download) = cx.download {
            ui.separator();
            download_part(ui, download, cx, out);
        }
        fallback_card(ui, cx, out);
        relations_hint(ui, cx, out);
    });
}

/// The button that connects to GitLab, shown if the token is what is missing.
fn connect(ui: &mut Ui, url: &str, cx: &ViewContext<'_>, out: &mut Outbox) {
    let token = cx.instance.map_or(TokenState::Missing, |instance| instance.token);
    let lacks = matches!(token, TokenState::Missing | TokenState::KeyringLocked);
    let label = format!("Connect to {}", format::host(url));
    let button = Button::new(&label).caption("Connect").icon(icons::CONNECT);
    if lacks && !cx.practising && button.show(ui).clicked() {
        out.open(ConnectTo::instance(url));
    }
}

/// Title, state and the buttons that apply now.
fn head(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.horizontal(|ui| {
        kit::heading(ui, "Export");
        if let Some(view) = cx.run {
            phase_chip(ui, &view.status);
        }
        kit::at_end(ui, |ui| buttons(ui, cx, out));
    });
}

/// The buttons at the right, the most likely one outermost.
fn buttons(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let phase = cx.run.map(|view| view.status.phase);
    let under_way = cx.run.is_some_and(|view| !view.run.is_ended());
    let ready = phase == Some(Phase::Ready);
    let has_file = cx.file() == FileState::Verified;
    // The NOW card has the primary button of the page; in a lesson, the export leads.
    let leads = export_leads(cx);
    let is_now = matches!(cx.export_step(), Some(ExportStep::Download { .. })) && !leads;
    for command in [UiCommand::Relations, UiCommand::PollNow] {
        if command.button(ui, cx).icon_only().quiet().show(ui).clicked() {
            out.run(command);
        }
    }
    let start = match phase {
        None | Some(Phase::Idle) => "Start export",
        Some(Phase::Failed) => "Retry",
        Some(_) => "Start again",
    };
    if ready {
        // “Export again…” has its own place, below.
    } else if !under_way {
        let button = UiCommand::StartExport.button(ui, cx).relabel(start);
        let button = match (is_offered(cx), leads) {
            (true, _) => button.quiet(),
            (false, true) => button.primary(),
            (false, false) => button,
        };
        if button.show(ui).clicked() {
            out.run(UiCommand::StartExport);
        }
    } else if UiCommand::LeaveRun.button(ui, cx).relabel("Stop watching").quiet().show(ui).clicked() {
        out.run(UiCommand::LeaveRun);
    }
    // While the download runs the buttons stay, disabled, so that a double click meets no other button.
    if ready && !is_now {
        if UiCommand::DownloadTo.button(ui, cx).icon_only().quiet().show(ui).clicked() {
            out.run(UiCommand::DownloadTo);
        }
        let label = if has_file { "Download again" } else { "Download" };
        let button = UiCommand::Download.button(ui, cx);
        let button = button.relabel(label);
        let button = if has_file || !leads { button } else { button.primary() };
        // Another button: the keyboard focus of “Download” must not rest on it, or one more Enter downloads a copy.
        if ui.push_id(label, |ui| button.show(ui)).inner.clicked() {
            out.run(UiCommand::Download);
        }
    }
}

fn run(ui: &mut Ui, view: &RunView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let t = tokens(ui);
    // The fallback says what to do, and nobody is told to download what is here already.
    let is_here = view.status.phase == Phase::Ready && cx.file() == FileState::Verified;
    let here = "GitLab has finished the export. The archive is downloaded and verified.";
    kit::prose(ui, if is_here { here } else { &view.status.sentence }, t.text);
    if let Some(hint) = view.status.hint.as_ref().filter(|_| !is_offered(cx) && !is_here) {
        kit::soft(ui, kit::hint_words(hint));
    }
    if let Some(error) = &view.watch.error {
        kit::error(ui, error);
    }
    ui.add_space(space::XS);
    kit::stepper(ui, "Progress of the export", &steps(&view.run, &view.status, cx));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        if let Some(word) = view.run.server_status() {
            small(ui, &format!("GitLab status: {word}"));
        }
        if let Some(at) = view.watch.next_poll_at {
            small(ui, &format!("next check {}", format::due(at, cx.now))).on_hover_text(at.for_people());
        }
        if let Some(until) = view.status.file_until.filter(|_| !view.status.is_expired) {
            let words = format!("GitLab deletes the file {}", format::relative(until, cx.now));
            small(ui, &words).on_hover_text(until.for_people());
        }
        if let Some(host) = &view.run.upload_host {
            small(ui, &format!("GitLab uploads it to {host}"));
        }
    });
    for warning in view.run.doubts() {
        kit::chip_line(ui, Severity::Warn, icons::WARN, "warning", warning);
    }
    if let Some(id) = &view.run.correlation_id {
        kit::pair(ui, "Correlation ID of the export", id);
    }
    if let Some(waiting) = &view.watch.waiting {
        let poll = Retried::Job(JobId::Export(view.run.id));
        waiting_line(ui, waiting, (poll, " the check of the export"), cx, out);
    }
    if view.status.phase == Phase::Ready {
        let again = UiCommand::StartExport.button(ui, cx).relabel("Export again…").quiet();
        if again.show(ui).clicked() {
            out.run(UiCommand::StartExport);
        }
    }
}

fn small(ui: &mut Ui, text: &str) -> egui::Response {
    let color = tokens(ui).faint;
    ui.label(RichText::new(text).size(size::SMALL).color(color))
}

/// The phase as a chip.
pub fn phase_chip(ui: &mut Ui, status: &CurrentStatus) -> egui::Response {
    let (severity, glyph) = match (status.phase, status.stuck) {
        (_, true) => return kit::chip(ui, Severity::Warn, icons::WARN, "Stuck"),
        (Phase::Idle, _) => (Severity::Plain, icons::NONE),
        (Phase::Requested | Phase::Queued, _) => (Severity::Info, icons::HOURGLASS),
        (Phase::Running, _) => (Severity::Info, icons::RUNNING),
        (Phase::Ready, _) => (Severity::Good, icons::GOOD),
        (Phase::Failed, _) => (Severity::Bad, icons::BAD),
        (Phase::Unknown, _) => (Severity::Warn, icons::INFO),
    };
    kit::chip(ui, severity, glyph, status.phase.label())
}

/// The stages of a run (requested, queued, exporting, ready), each with the time it was first seen.
fn steps(run: &Run, status: &CurrentStatus, cx: &ViewContext<'_>) -> Vec<Step> {
    let seen = |words: &[&str]| {
        run.history.iter().find(|sight| words.contains(&sight.word.as_str())).map(|sight| sight.first_at)
    };
    let times = [
        Some(run.began_at()),
        seen(&["queued"]),
        seen(&["started", "regeneration_in_progress"]),
        seen(&["finished"]),
    ];
    let here = match status.phase {
        Phase::Idle | Phase::Requested => 0,
        Phase::Queued => 1,
        Phase::Running | Phase::Unknown => 2,
        Phase::Ready => 4,
        Phase::Failed => times.iter().rposition(Option::is_some).unwrap_or(0),
    };
    ["Requested", "Queued", "Exporting", "Ready"]
        .into_iter()
        .zip(times)
        .enumerate()
        .map(|(i, (name, at))| {
            let state = match (i.cmp(&here), status.phase) {
                (std::cmp::Ordering::Less, _) => StepState::Passed,
                (std::cmp::Ordering::Equal, Phase::Failed) => StepState::Failed,
                (std::cmp::Ordering::Equal, _) => StepState::Here,
                (std::cmp::Ordering::Greater, _) => StepState::Ahead,
            };
            // When this program found an export, it saw no change: that is no time of the export.
            let is_seen = |at: &UtcMs| run.origin == Origin::Scheduled || *at > run.created_at;
            let note = at.filter(is_seen).map(|at| format::relative(at, cx.now)).unwrap_or_default();
            Step { name: name.to_owned(), note, state }
        })
        .collect()
}

fn download_part(ui: &mut Ui, download: &DownloadView, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.horizontal(|ui| {
        kit::heading(ui, "Download");
        crate::gui::case::download_line::state_chip(ui, download.state, download.waiting.is_some());
        kit::at_end(ui, |ui| crate::gui::case::download_line::controls(ui, download, "", out));
    });
    download_body(ui, download, "", cx, out);
    if let Some(receipt) = &download.done {
        kit::pair(ui, "Downloaded file", &receipt.path.display().to_string());
        kit::pair(ui, "SHA-256", &receipt.sha256);
        deep_check(ui, receipt, cx, out);
        test_import(ui, receipt, cx, out);
        ui.horizontal_wrapped(|ui| {
            let wanted = [
                (UiCommand::CopyReceipt, receipt.may_import()),
                (UiCommand::OpenFolder, false),
                (UiCommand::InspectFile, !receipt.may_import()),
                (UiCommand::TestImport, false),
            ];
            // Nobody hands over a damaged archive, or imports it.
            let wanted = wanted
                .into_iter()
                .filter(|(command, _)| receipt.may_import() || !matches!(command, UiCommand::TestImport));
            for (command, primary) in wanted {
                let button = command.button(ui, cx);
                let button = if primary { button.primary() } else { button };
                if button.show(ui).clicked() {
                    out.run(command);
                }
            }
        });
    } else if download.error.is_some() && download.state.is_ended() {
        let again = Button::new("Retry the download").icon(icons::RETRY);
        // The NOW card has the primary button of the page.
        let is_now = cx.export_step() == Some(ExportStep::Retry) && !export_leads(cx);
        if !is_now && again.tooltip("Resumes from the downloaded part.").show(ui).clicked() {
            out.ask(Command::Resume { download: download.id }, IfUnhandled::ToastError);
        }
    }
}

/// How far the repository was checked; a check that runs can be stopped.
fn deep_check(ui: &mut Ui, receipt: &Receipt, cx: &ViewContext<'_>, out: &mut Outbox) {
    let running = cx.snapshot.inspections.iter().find(|one| one.path == receipt.path && one.ended.is_none());
    let Some(running) = running else {
        if let Some(depth) = receipt.depth_sentence() {
            kit::pair_with(ui, "Repository", |ui| {
                kit::soft(ui, depth);
            });
        }
        return;
    };
    kit::pair_with(ui, "Repository", |ui| {
        let objects = format::number_of(running.deep_objects, "object", "objects");
        kit::soft(ui, format!("Checking every object: {objects} so far."));
        let button = Button::new("Stop checking").icon(icons::CLOSE).icon_only().quiet();
        if button.tooltip("The archive stays as it is.").show(ui).clicked() {
            out.ask(Command::CancelVerify { path: receipt.path.clone() }, IfUnhandled::ToastError);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

    use crate::case::{CaseId, Code, UserError};
    use crate::engine::api::{AskId, DownloadState, Reply, Snapshot, TokenState};
    use crate::gui::App;
    use crate::gui::fixture::{
        GITLAB, at_lesson, at_work, case, download_of, instance, now, practice_window, receipt, run_of,
        window_of,
    };
    use crate::gui::workspace::Workspace;

    fn on_case(snapshot: Snapshot) -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 1400.0);
        window.run();
        window
    }

    fn bare() -> Snapshot {
        let one = case(1, 418_822, "acme/platform/monorepo");
        Snapshot { cases: [Arc::new(one)].into(), runs: Arc::new([]), downloads: Arc::new([]), ..at_work() }
    }

    fn sent(window: &Harness<'static, App>) -> Vec<String> {
        window.state().workspace().sent()
    }

    #[test]
    fn start_checks_first_and_a_refusal_asks_before_it_replaces() {
        let mut window = on_case(bare());
        window.get_by_label("Start export").click();
        window.run();
        assert!(sent(&window)[0].starts_with("Start") && sent(&window)[0].contains("replace: false"));
        let refusal = UserError::new(Code::Refused, "A finished file is there.", "Download it first.");
        let reply = Reply { ask: AskId(1), at: now(), result: Err(refusal) };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..bare() });
        window.run();
        window.get_by_label("A finished file is there.");
        assert!(window.get_by_label("Replace the file").accesskit_node().is_disabled());
        window.key_press(egui::Key::Enter);
        window.run();
        let said = sent(&window);
        assert!(
            said.len() == 2 && said[1].starts_with("Watch"),
            "the file is met, Enter destroys nothing: {said:?}"
        );
        window.get_by_label("Delete the finished file and export again").click();
        window.run();
        window.get_by_label("Replace the file").click();
        window.run();
        assert!(sent(&window)[2].contains("replace: true"), "{:?}", sent(&window));
    }

    #[test]
    fn gitlabs_status_and_our_phase_are_shown_side_by_side() {
        let one = case(1, 418_822, "acme/platform/monorepo");
        let run = run_of(&one, 1, 30, &[("queued", 29), ("started", 28), ("none", 20)]);
        let sentence = run.status.sentence.clone();
        let window = on_case(Snapshot { runs: [Arc::new(run)].into(), ..bare() });
        assert!(sentence.contains("none"), "{sentence}");
        window.get_by_label(&sentence.replace('`', ""));
        window.get_by_label("GitLab status: none");
        window.get_by_label("Progress of the export: Exporting, step 3 of 4, failed");
        window.get_by_label("Retry");
        window.get_all_by_label("Copy Correlation ID of the export").next().expect("it can be copied");
    }

    #[test]
    fn a_running_download_shows_its_numbers_and_can_be_paused() {
        let mut window = on_case(at_work());
        window.get_by_label("7.6 GiB of 12.4 GiB (61 %)");
        window.get_by_label("38.0 MiB/s");
        window.get_by_label("2 min left");
        window.get_by_label("Pause the download").click();
        window.run();
        assert_eq!(sent(&window), ["Pause { download: DownloadId(3) }"]);
    }

    /// A finished export, and a download of its file in this state.
    fn ready_with(state: Option<DownloadState>) -> Snapshot {
        let one = case(1, 418_822, "acme/platform/monorepo");
        let run = run_of(&one, 1, 30, &[("queued", 29), ("started", 28), ("finished", 20)]);
        let download = state.map(|state| Arc::new(download_of(&one, 9, state, 2 << 20, 5 << 20)));
        Snapshot { runs: [Arc::new(run)].into(), downloads: download.into_iter().collect(), ..bare() }
    }

    #[test]
    fn a_paused_or_failed_download_is_the_step_and_its_key_resumes_it() {
        for (state, heading, button) in [
            (DownloadState::Paused, "Resume the paused download", "Resume the download"),
            (DownloadState::Failed, "Retry the failed download", "Retry the download"),
        ] {
            let mut window = on_case(ready_with(Some(state)));
            window.get_by_role_and_label(egui::Role::Heading, heading);
            assert!(window.get_all_by_label(button).next().is_some());
            window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Enter);
            window.run();
            assert_eq!(sent(&window), ["Resume { download: DownloadId(9) }"]);
        }
    }

    #[test]
    fn a_finished_file_can_be_downloaded_elsewhere_from_the_step() {
        let window = on_case(ready_with(None));
        window.get_by_role_and_label(egui::Role::Heading, "Download the archive before GitLab deletes it");
        assert!(!window.get_by_label("Download to…").accesskit_node().is_disabled());
    }

    #[test]
    fn a_double_click_on_download_meets_no_other_button() {
        let mut window = on_case(ready_with(None));
        let again = window.get_by_label("Export again…").rect();
        let downloads: Vec<_> =
            window.get_all_by_label("Download the archive").map(|node| node.rect()).collect();
        assert!(!downloads.is_empty());
        window.state_mut().own.show(ready_with(Some(DownloadState::Running)));
        window.run();
        let moved = window.get_by_label("Export again…").rect();
        for place in downloads {
            assert!(!again.intersects(place) && !moved.intersects(place), "{again:?} {moved:?} {place:?}");
        }
        let stays = window.get_by_role_and_label(egui::Role::Button, "Download");
        assert!(stays.accesskit_node().is_disabled(), "the button keeps its place while the download runs");
    }

    #[test]
    fn the_focus_of_download_does_not_rest_on_download_again() {
        let lesson = at_lesson();
        let one = lesson.cases[0].as_ref().clone();
        let run = run_of(&one, 1, 30, &[("queued", 29), ("started", 28), ("finished", 20)]);
        let lesson = Snapshot { runs: [Arc::new(run)].into(), ..lesson };
        let with = |state| {
            let mut download = download_of(&one, 9, state, 5 << 20, 5 << 20);
            if state == DownloadState::Done {
                download.done = Some(Arc::new(receipt(&download)));
            }
            Snapshot { downloads: [Arc::new(download)].into(), ..lesson.clone() }
        };
        let mut workspace = Workspace::pretend(lesson.clone());
        workspace.selected = Some(one.id);
        let mut window = practice_window(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        let download = |label| by().role(egui::Role::Button).label(label);
        window.get(download("Download")).focus();
        window.run();
        assert!(window.get(download("Download")).is_focused());
        for state in [DownloadState::Running, DownloadState::Done] {
            window.state_mut().practice.as_mut().unwrap().show(with(state));
            window.run();
        }
        assert!(!window.get(download("Download again")).is_focused());
    }

    #[test]
    fn a_damaged_archive_offers_no_test_import_and_no_receipt_as_the_main_button() {
        let one = case(1, 418_822, "acme/platform/monorepo");
        let mut done = download_of(&one, 9, DownloadState::Done, 5 << 20, 5 << 20);
        let mut damaged = receipt(&done);
        damaged.verdict = "damaged".into();
        done.done = Some(Arc::new(damaged));
        let snapshot = Snapshot { downloads: [Arc::new(done)].into(), ..ready_with(None) };
        let window = on_case(snapshot);
        window.get_by_label("Copy the receipt");
        window.get_by_label("Inspect the archive");
        assert!(window.query_by_label("Test import…").is_none());
    }

    #[test]
    fn a_verified_archive_gives_its_receipt() {
        let one = case(1, 418_822, "acme/platform/monorepo");
        let mut done = download_of(&one, 9, DownloadState::Done, 5 << 20, 5 << 20);
        done.done = Some(Arc::new(receipt(&done)));
        let run = run_of(&one, 1, 30, &[("queued", 29), ("started", 28), ("finished", 20)]);
        let snapshot =
            Snapshot { runs: [Arc::new(run)].into(), downloads: [Arc::new(done)].into(), ..bare() };
        let mut window = on_case(snapshot);
        window.get_by_label("This archive is complete, and GitLab can import it.");
        window.get_by_label("Copy the receipt").click();
        window.run_steps(1);
        window.run();
        window.get_by_label("Copied: receipt");
    }

    #[test]
    fn without_a_token_the_button_says_why() {
        let instances = [instance(GITLAB, TokenState::Missing)].into();
        let mut window = on_case(Snapshot { instances, ..bare() });
        let start = window.get_by_label("Start export");
        assert!(start.accesskit_node().is_disabled());
        let why = start.accesskit_node().description().unwrap_or_default();
        assert!(why.contains("no token for gitlab.com"), "{why}");
        window.get_by_label("Connect to gitlab.com").click();
        window.run();
        window.get_by_label("Save and connect");
    }
}
