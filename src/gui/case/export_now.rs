//! What the NOW card says about an export that runs or has finished.

use std::time::Duration;

use egui::Ui;

use crate::case::ExportStep;
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, icons};
use crate::gui::theme::{Severity, tokens};
use crate::gui::view_context::ViewContext;

/// The lines of the export's own step; `by_key` presses its button. In a lesson, the button is in the export card.
pub fn export_now(
    ui: &mut Ui,
    step: ExportStep,
    (by_key, is_lesson): (bool, bool),
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    match step {
        ExportStep::Download { .. } | ExportStep::Resume | ExportStep::Retry if is_lesson => {
            kit::soft(ui, "Use the button in the card above, as the lesson says.");
        }
        ExportStep::Running => running(ui, cx),
        ExportStep::Rebuilding => {
            kit::soft(ui, "The card of the rebuild shows how far it is.");
        }
        ExportStep::Download { until } => {
            ui.horizontal_wrapped(|ui| {
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
            });
        }
        ExportStep::Downloading => progress(ui, cx),
        ExportStep::Resume => {
            progress(ui, cx);
            resume(ui, None, by_key, cx, out);
        }
        ExportStep::Retry => {
            if let Some(error) = cx.download.and_then(|download| download.error.as_ref()) {
                kit::soft(ui, &error.headline);
            }
            resume(ui, Some("Retry the download"), by_key, cx, out);
        }
        ExportStep::Failed | ExportStep::Stuck => {
            if let Some(view) = cx.run {
                kit::prose(ui, &view.status.sentence, tokens(ui).text);
            }
            kit::soft(ui, "Retry the export in the card below, or continue with the step of the workflow.");
        }
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
    ui.horizontal_wrapped(|ui| {
        crate::gui::case::export_card::phase_chip(ui, &view.status);
        kit::soft(ui, format!("Started {}.", format::relative(view.run.created_at, cx.now)));
        if let Some(at) = view.watch.next_poll_at {
            kit::soft(ui, format!("Export Desk checks again {}.", format::relative(at, cx.now)))
                .on_hover_text(at.for_people());
            // The words change with the time, once a minute and when the check is due.
            let left = at.since_ms(cx.now).clamp(1_000, 60_000) as u64;
            ui.ctx().request_repaint_after(Duration::from_millis(left));
        }
    });
}
