//! The line of the NOW card about Export Desk's own export. It is one row in every state of the export, also where
//! there is none, so that the fields below it keep their place.

use std::time::Duration;

use egui::Ui;

use crate::case::{ExportStep, FileState, Phase};
use crate::gui::case::export_card::phase_chip;
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

/// What the export does; `by_key` presses the button of its step. In a lesson, that button is in the export card.
pub fn export_line(
    ui: &mut Ui,
    step: Option<ExportStep>,
    (by_key, is_lesson): (bool, bool),
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    match step {
        Some(step) if is_lesson && step.has_button() => {
            kit::one_line(ui, "Use the button in the card above, as the lesson says.");
        }
        Some(ExportStep::Running) => running(ui, cx),
        Some(ExportStep::Rebuilding) => {
            kit::one_line(ui, "The card of the rebuild shows how far it is.");
        }
        Some(ExportStep::Download { until }) => {
            let download = UiCommand::Download.button(ui, cx).primary();
            if download.show(ui).clicked() || by_key {
                out.run(UiCommand::Download);
            }
            let other = UiCommand::DownloadTo.button(ui, cx).icon_only().quiet();
            if other.show(ui).clicked() {
                out.run(UiCommand::DownloadTo);
            }
            if let Some(until) = until {
                let words = format!("GitLab deletes the file {}", format::relative(until, cx.now));
                kit::chip(ui, Severity::Warn, icons::CLOCK, &words).on_hover_text(until.for_people());
            }
        }
        Some(ExportStep::Downloading) => progress(ui, cx),
        Some(ExportStep::Resume) => {
            resume(ui, None, by_key, cx, out);
            progress(ui, cx);
        }
        Some(ExportStep::Retry) => {
            resume(ui, Some("Retry the download"), by_key, cx, out);
            if let Some(error) = cx.download.and_then(|download| download.error.as_ref()) {
                kit::one_line(ui, &error.headline);
            }
        }
        Some(ExportStep::Failed | ExportStep::Stuck) => {
            if let Some(view) = cx.run {
                phase_chip(ui, &view.status).on_hover_text(&view.status.sentence);
            }
            kit::one_line(
                ui,
                "Retry the export in the card below, or continue with the step of the workflow.",
            );
        }
        None => at_rest(ui, cx),
    }
}

/// The button that goes on with the downloaded part.
fn resume(ui: &mut Ui, label: Option<&str>, by_key: bool, cx: &ViewContext<'_>, out: &mut Outbox) {
    let button = UiCommand::ResumeDownload.button(ui, cx).primary();
    let button = match label {
        Some(label) => button.relabel(label),
        None => button,
    };
    if button.show(ui).clicked() || by_key {
        out.run(UiCommand::ResumeDownload);
    }
}

fn progress(ui: &mut Ui, cx: &ViewContext<'_>) {
    let Some(download) = cx.download else { return };
    kit::progress(ui, "Download of the archive", download.bytes, download.total_bytes.unwrap_or(0));
}

/// GitLab's status, since when, and until when nothing happens.
fn running(ui: &mut Ui, cx: &ViewContext<'_>) {
    let Some(view) = cx.run else { return };
    phase_chip(ui, &view.status);
    let started = format!("Started {}.", format::relative(view.run.created_at, cx.now));
    let exact = view.run.created_at.for_people();
    let (words, exact) = match view.watch.next_poll_at {
        None => (started, exact),
        Some(at) => {
            // The words change with the time, once a minute and when the check is due.
            let left = at.since_ms(cx.now).clamp(1_000, 60_000) as u64;
            ui.ctx().request_repaint_after(Duration::from_millis(left));
            let words = format!("{started} Export Desk checks again {}.", format::due(at, cx.now));
            (words, format!("{exact}\n{}", at.for_people()))
        }
    };
    kit::one_line(ui, &words).on_hover_text(exact);
}

/// The state of an export that demands nothing now.
fn at_rest(ui: &mut Ui, cx: &ViewContext<'_>) {
    match cx.run {
        None => kit::one_line(ui, "Export Desk has started no export for this case."),
        Some(view) => {
            phase_chip(ui, &view.status);
            if cx.file() == FileState::Verified {
                kit::one_line(ui, "The archive is downloaded and verified.")
            } else {
                let started = format::relative(view.run.created_at, cx.now);
                let own = format!("Export Desk's own export, started {started}.");
                // Another file of the case is verified: otherwise, the step would be to download this one.
                let has_file = view.status.phase == Phase::Ready && cx.file() == FileState::Missing;
                let file = if has_file { " Its file is not downloaded." } else { "" };
                let line = kit::one_line(ui, &format!("{own}{file}"));
                line.on_hover_text(view.run.created_at.for_people())
            }
        }
    };
}
