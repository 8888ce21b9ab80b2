//! One case in the list of cases: it says what the NOW card of the case says.

use egui::Ui;

use crate::case::attention::without_export;
use crate::case::{Case, ExportStep, Phase, RebuildPhase, Urgency, next_step};
use crate::engine::api::{NewestOfCase, Snapshot};
use crate::gui::format;
use crate::gui::kit::{Row, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

/// Draws the row of a case.
pub(super) fn row(
    ui: &mut Ui,
    case: &Case,
    newest: &NewestOfCase,
    is_selected: bool,
    cx: &ViewContext<'_>,
) -> egui::Response {
    let project = case.project.path.as_deref().map_or_else(|| case.project.title(), short_path);
    let title = match &case.given_title {
        Some(given) => format!("{project} · {given}"),
        None => project,
    };
    let (severity, glyph, words) = status(case, newest, cx);
    let second = format!("{} · {words}", case.short_name());
    let moving = newest.download(cx.snapshot, case).filter(|download| !download.state.is_ended());
    let share = moving.and_then(|view| view.total_bytes.map(|total| view.bytes as f32 / total.max(1) as f32));
    let aside = match moving {
        Some(view) => view.total_bytes.map(|total| format::percent(view.bytes, total)).unwrap_or_default(),
        None if case.archived && !case.discarded => "archived".to_owned(),
        None => format::relative(case.closed_at.unwrap_or(case.stage_since), cx.now),
    };
    let row =
        Row { first: &title, second: &second, aside: &aside, severity, glyph, selected: is_selected, share };
    row.show(ui)
}

/// The last two parts of a path: the leading groups rarely tell projects apart.
fn short_path(path: &str) -> String {
    let mut parts = path.rsplitn(3, '/');
    match (parts.next(), parts.next()) {
        (Some(project), Some(group)) => format!("{group}/{project}"),
        _ => path.to_owned(),
    }
}

type ShownStatus = (Severity, icons::MaterialIcon, String);

/// The rebuild that counts for the case, while it runs or needs a person.
fn rebuilding(case: &Case, newest: &NewestOfCase, cx: &ViewContext<'_>) -> Option<ShownStatus> {
    let view = newest.rebuild(cx.snapshot, case).filter(|_| !case.stage.is_closed())?;
    let (severity, icon, words) = match view.job.phase() {
        RebuildPhase::Built if case.served.is_some() && view.job.has_gaps() => {
            (Severity::Warn, icons::WARN, "The archive is rebuilt, but data is missing")
        }
        RebuildPhase::Built if case.served.is_some() => {
            (Severity::Good, icons::VERIFIED, "The archive is rebuilt and verified")
        }
        RebuildPhase::Failed => (Severity::Bad, icons::BAD, view.label()?),
        _ if view.rests() => (Severity::Warn, icons::PAUSE, view.label()?),
        _ => (Severity::Info, icons::RUNNING, view.label()?),
    };
    Some((severity, icon, words.to_owned()))
}

/// What the NOW card of the case says, as a row of the list.
fn status(case: &Case, newest: &NewestOfCase, cx: &ViewContext<'_>) -> ShownStatus {
    let Snapshot { offer_log, rules, .. } = cx.snapshot;
    if let Some(step) = newest.export_step(cx.snapshot, case) {
        let (severity, glyph) = match step {
            ExportStep::Running | ExportStep::Rebuilding => (Severity::Info, icons::RUNNING),
            ExportStep::Downloading => (Severity::Info, icons::DOWNLOAD),
            ExportStep::Download { .. } => (Severity::Good, icons::GOOD),
            ExportStep::Resume => (Severity::Warn, icons::PAUSE),
            ExportStep::Retry | ExportStep::Failed => (Severity::Bad, icons::BAD),
            ExportStep::Stuck => (Severity::Warn, icons::WARN),
        };
        return (severity, glyph, step.label().to_owned());
    }
    if let Some(shown) = rebuilding(case, newest, cx) {
        return shown;
    }
    let Some(next) = next_step(case, offer_log, rules, cx.now) else {
        return if case.discarded {
            (Severity::Plain, icons::ARCHIVE, "Discarded".to_owned())
        } else {
            (Severity::Good, icons::GOOD, "Closed".to_owned())
        };
    };
    let has_failed = newest.run(cx.snapshot, case).is_some_and(|view| view.status.phase == Phase::Failed);
    let (severity, glyph) = match without_export(case, offer_log, rules, cx.now).level {
        Urgency::YourTurn if has_failed && case.served.is_none() => (Severity::Bad, icons::BAD),
        Urgency::DeadlineSoon => (Severity::Warn, icons::CLOCK),
        Urgency::YourTurn => (Severity::Info, icons::PLAY),
        Urgency::Waiting => (Severity::Plain, icons::HOURGLASS),
        Urgency::Done => (Severity::Good, icons::GOOD),
    };
    (severity, glyph, next.label)
}
