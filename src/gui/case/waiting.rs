//! Why the next check of a job, or the next try of a download, is delayed.

use egui::Ui;

use crate::engine::api::{Command, Retried, Waiting};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

/// Why a job does not progress, and until when.
pub fn waiting_chip(ui: &mut Ui, waiting: &Waiting, cx: &ViewContext<'_>) {
    let until = waiting.until.map(|until| format!(" It continues in {}.", left(until.since_ms(cx.now))));
    let words = format!("{}{}", waiting.why, until.unwrap_or_default());
    kit::chip(ui, Severity::Warn, icons::HOURGLASS, &words).on_hover_text(words);
}

/// Why a job or a download waits, and the button that ends the wait where it may end. In a list of many, `of` names the
/// one that waits.
pub fn waiting_line(
    ui: &mut Ui,
    waiting: &Waiting,
    (what, of): (Retried, &str),
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    if !waiting.may_retry_now {
        return waiting_chip(ui, waiting, cx);
    }
    ui.horizontal(|ui| {
        let name = format!("Retry now{of}");
        let button = Button::new(&name).caption("Retry now").icon(icons::RETRY);
        if button.tooltip("Tries again at once instead of at the end of the wait.").show(ui).clicked() {
            out.ask(Command::RetryNow(what), IfUnhandled::ToastError);
        }
        waiting_chip(ui, waiting, cx);
    });
}

fn left(ms: i64) -> String {
    if ms <= 0 { "a moment".into() } else { format::stretch(ms) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::engine::api::{DownloadState, Snapshot, Waiting};
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    fn on(id: CaseId, change: impl FnOnce(&mut Snapshot)) -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut snapshot = at_work();
        change(&mut snapshot);
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(id);
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1800.0);
        window.run();
        window
    }

    fn waits(may_retry_now: bool) -> Waiting {
        let until = Some(now().plus_ms(45_000));
        Waiting { why: "GitLab did not answer.".into(), until, may_retry_now }
    }

    #[test]
    fn a_download_that_waits_is_tried_again_by_one_press() {
        let download = |may_retry_now| {
            move |snapshot: &mut Snapshot| {
                let mut all = snapshot.downloads.to_vec();
                let waiting = all.iter_mut().find(|one| one.state == DownloadState::Running).unwrap();
                Arc::make_mut(waiting).waiting = Some(waits(may_retry_now));
                snapshot.downloads = all.into();
            }
        };
        let mut window = on(CaseId(1), download(true));
        window.get_by_label("Retry now").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["RetryNow(Download(DownloadId(3)))"]);
        let window = on(CaseId(1), download(false));
        assert!(window.query_by_label("Retry now").is_none(), "GitLab demands this wait");
    }

    #[test]
    fn a_check_that_waits_is_tried_again_by_one_press() {
        let mut window = on(CaseId(2), |snapshot| {
            let mut all = snapshot.runs.to_vec();
            let run = all.iter_mut().find(|view| view.run.case_id == Some(CaseId(2))).unwrap();
            Arc::make_mut(run).watch.waiting = Some(waits(true));
            snapshot.runs = all.into();
        });
        window.get_by_label("Retry now the check of the export").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["RetryNow(Job(Export(RunId(4))))"]);
    }
}
