//! One download: progress, speed, remaining time, and what the download waits for.

use egui::{Label, RichText, Ui, Vec2};

use crate::engine::api::{Command, DownloadState, DownloadView, Retried};
use crate::gui::case::waiting::waiting_line;
use crate::gui::dialogs::cancel_downloads::CancelDownloads;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;

/// The state of a download as a chip; `waits` is set while GitLab or the network makes the download wait.
pub fn state_chip(ui: &mut Ui, state: DownloadState, waits: bool) {
    let (severity, glyph, word) = match state {
        DownloadState::Queued => (Severity::Plain, icons::HOURGLASS, "Queued"),
        DownloadState::Running if waits => (Severity::Plain, icons::HOURGLASS, "Waiting"),
        DownloadState::Running => (Severity::Info, icons::DOWNLOAD, "Downloading"),
        DownloadState::Verifying => (Severity::Info, icons::VERIFIED, "Verifying"),
        DownloadState::Paused => (Severity::Warn, icons::PAUSE, "Paused"),
        DownloadState::Done => (Severity::Good, icons::GOOD, "Verified"),
        DownloadState::Failed => (Severity::Bad, icons::BAD, "Failed"),
        DownloadState::Cancelled => (Severity::Plain, icons::CANCEL, "Cancelled"),
    };
    kit::chip(ui, severity, glyph, word);
}

/// Open folder, pause, resume, cancel: the buttons that apply, the riskiest one last. In a list of many downloads, `of` names
/// the download for screen readers.
pub fn controls(ui: &mut Ui, download: &DownloadView, of: &str, out: &mut Outbox) {
    let id = download.id;
    let is_paused = download.state == DownloadState::Paused;
    let is_moving = matches!(download.state, DownloadState::Queued | DownloadState::Running);
    if tool(ui, &format!("Open the folder of the download{of}"), icons::FOLDER) {
        let path = download.path.clone().unwrap_or_else(|| download.folder.clone());
        out.push(Intent::OpenFolder(path));
    }
    if is_moving && tool(ui, &format!("Pause the download{of}"), icons::PAUSE) {
        out.ask(Command::Pause { download: id }, IfUnhandled::ToastError);
    }
    if is_paused && tool(ui, &format!("Resume the download{of}"), icons::PLAY) {
        out.ask(Command::Resume { download: id }, IfUnhandled::ToastError);
    }
    if (is_moving || is_paused) && tool(ui, &format!("Cancel the download{of}…"), icons::CANCEL) {
        out.open(CancelDownloads::of([download]));
    }
}

fn tool(ui: &mut Ui, label: &str, glyph: icons::MaterialIcon) -> bool {
    Button::new(label).icon(glyph).icon_only().quiet().show(ui).clicked()
}

/// Progress bar, numbers, plot, reason for waiting, error, verdict. `of` as for [`controls`].
pub fn download_body(ui: &mut Ui, download: &DownloadView, of: &str, cx: &ViewContext<'_>, out: &mut Outbox) {
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = space::XS + 2.0;
    if !download.state.is_ended() {
        kit::progress(ui, "Download", download.bytes, download.total_bytes.unwrap_or(0));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            ui.label(RichText::new(amount(download)).color(t.text));
            if download.state == DownloadState::Running {
                ui.label(RichText::new(format::speed(download.bytes_per_s)).color(t.text));
                if let Some(left) = format::left(download.seconds_left) {
                    ui.label(RichText::new(left).color(t.soft));
                }
                let wide = ui.available_width().clamp(60.0, 320.0);
                kit::plot(ui, &download.speeds, Vec2::new(wide, 22.0));
            }
        });
    }
    let details = details(download);
    if !details.is_empty() {
        ui.add(Label::new(RichText::new(details).size(size::SMALL).color(t.faint)).truncate());
    }
    if let Some(waiting) = &download.waiting {
        waiting_line(ui, waiting, (Retried::Download(download.id), of), cx, out);
    }
    if let Some(error) = &download.error {
        kit::error(ui, error);
    }
    if let Some(receipt) = &download.done {
        ui.horizontal_wrapped(|ui| {
            let severity = if receipt.may_import() { Severity::Good } else { Severity::Bad };
            let glyph = if severity == Severity::Good { icons::VERIFIED } else { icons::BAD };
            kit::chip(ui, severity, glyph, &receipt.verdict.replace('_', " "));
            ui.label(RichText::new(format::bytes(receipt.bytes)).color(t.text))
                .on_hover_text(format!("{} bytes", format::count(receipt.bytes)));
            kit::when(ui, receipt.at, cx.now);
        });
        kit::soft(ui, &receipt.verdict_sentence);
    }
}

fn amount(download: &DownloadView) -> String {
    match download.total_bytes {
        Some(total) => format!(
            "{} of {} ({})",
            format::bytes(download.bytes),
            format::bytes(total),
            format::percent(download.bytes, total)
        ),
        None => format::bytes(download.bytes),
    }
}

fn details(download: &DownloadView) -> String {
    let mut parts = Vec::new();
    if download.state == DownloadState::Running {
        parts.push(times(u32::from(download.connections), "connection", "connections"));
    }
    for (n, one, many) in [
        (download.resumed, "resume", "resumes"),
        (download.restarted, "restart from the beginning", "restarts from the beginning"),
        (download.retries, "retry", "retries"),
    ] {
        if n > 0 {
            parts.push(times(n, one, many));
        }
    }
    if download.done.is_none()
        && let Some(path) = &download.path
    {
        parts.push(format!("to {}", path.display()));
    }
    parts.join(" · ")
}

fn times(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
