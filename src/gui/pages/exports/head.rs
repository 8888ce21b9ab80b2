//! A batch as a whole: total progress, pace, time left, and free space against the expected sizes.

use egui::Ui;

use crate::case::Code;
use crate::engine::api::{BatchCommand, BatchView, Command};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;
use crate::platform::words;

pub fn head(ui: &mut Ui, view: &BatchView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let counts = view.counts;
    ui.horizontal_wrapped(|ui| {
        kit::heading(ui, &counts.sentence(view.batch.goal));
        // A batch that only lacks a token continues by itself as soon as there is one.
        let stopped = view.batch.stopped.as_ref().map(|error| error.code);
        let lacks_token = matches!(stopped, Some(Code::TokenMissing | Code::KeyringLocked)) && !view.is_held;
        if (stopped.is_some() || view.is_held) && !lacks_token && !view.is_over() {
            let resume = Button::new("Resume the batch").icon(icons::PLAY).primary();
            if resume.show(ui).clicked() {
                let command = BatchCommand::Resume { batch: view.batch.id };
                out.ask(Command::Batch(command), IfUnhandled::ToastError);
            }
        }
        if let Some(folder) = &view.batch.folder {
            let open =
                Button::new("Open the folder of the batch").caption("Open the folder").icon(icons::FOLDER);
            if open.tooltip(folder).show(ui).clicked() {
                out.push(Intent::OpenFolder(folder.into()));
            }
        }
    });
    let to = view.batch.folder.as_ref().map(|folder| format!(" · {folder}")).unwrap_or_default();
    kit::faint(ui, format!("{}{to}", format::host(&view.batch.instance)));
    // What has failed is still to be done.
    let wanted = counts.all - counts.cancelled - counts.repeated;
    kit::progress(ui, "Progress of the batch", counts.done as u64, wanted as u64);
    kit::soft(ui, progress(view));
    if let Some(words) = pace(view, cx) {
        kit::soft(ui, words);
    }
    if let Some(waiting) = &view.resting {
        let wait_ms = waiting.until.map_or(0, |until| until.since_ms(cx.now).max(0));
        let words = format!("{} Trying again in about {}.", waiting.why, format::stretch(wait_ms));
        kit::say(ui, Severity::Warn, icons::HOURGLASS, &words);
    }
    match (view.free_bytes, view.lacks_bytes()) {
        (Some(free), Some(lacks)) => {
            let lacking = format!(
                "About {} are missing: {} are expected, and the folder has {} free.",
                format::bytes(lacks),
                format::bytes(counts.expected_bytes),
                format::bytes(free)
            );
            kit::say(ui, Severity::Warn, icons::WARN, &words::about_free_space(&lacking));
        }
        (Some(free), None) if !view.is_over() => {
            let expected = format::bytes(counts.expected_bytes);
            kit::soft(ui, format!("Free space: {}. Expected: about {expected} more.", format::bytes(free)));
        }
        _ => {}
    }
    if let Some(error) = &view.batch.stopped {
        kit::error(ui, error);
    } else if view.is_held && !view.is_over() {
        let words = "The command that started this batch has ended. Resume the batch to continue it here.";
        kit::say(ui, Severity::Warn, icons::PAUSE, words);
    }
    if let Some(why) = &view.not_saved {
        kit::say(ui, Severity::Bad, icons::BAD, why);
    }
}

fn progress(view: &BatchView) -> String {
    let counts = view.counts;
    let number = |n: usize, what: &str| (n > 0).then(|| format!("{} {what}", format::count(n as u64)));
    let mut parts: Vec<String> = [
        number(counts.waiting, "waiting"),
        number(counts.exporting, "exporting"),
        number(counts.downloading, "downloading"),
        number(counts.paused, "paused"),
        number(counts.failed, "failed"),
    ]
    .into_iter()
    .flatten()
    .collect();
    parts.push(format!("{} downloaded", format::bytes(counts.bytes)));
    if view.bytes_per_s > 0 {
        parts.push(format::speed(view.bytes_per_s));
    }
    parts.join(" · ")
}

/// How fast requests are sent, and about how long all of it takes.
fn pace(view: &BatchView, cx: &ViewContext<'_>) -> Option<String> {
    if cx.snapshot.is_offline && !view.is_over() && !view.is_held {
        return Some("The network or GitLab does not answer. The batch continues by itself.".to_owned());
    }
    let left = view.left_ms(cx.now)?;
    let per_minute = view.turns.per_window;
    let about = format::stretch(left);
    Some(match view.counts.waiting {
        0 => format!("About {about} left."),
        _ => format!("GitLab accepts {per_minute} exports per minute. About {about} left."),
    })
}
