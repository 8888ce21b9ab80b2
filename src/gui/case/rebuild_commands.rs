//! The commands about the rebuild of the selected case's archive.

use crate::case::{CaseId, RebuildOptions, RebuildRemedy};
use crate::engine::api::{Command, RebuildCommand, last_rebuild_of};
use crate::gui::command::UiCommand;
use crate::gui::dialogs::rebuild_with::RebuildWith;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::view_context::ViewContext;

/// Carries out a command; `of` is the instance, the project and the case.
pub fn run_on_rebuild(
    command: UiCommand,
    of: (String, String, CaseId),
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let last = cx.case.and_then(|case| last_rebuild_of(cx.snapshot, case)).map(|view| view.job.as_ref());
    // A second archive is a choice: the case has one.
    let asks = command == UiCommand::RebuildWith
        || (command == UiCommand::Rebuild && last.is_some_and(|job| job.archive().is_some()));
    if asks {
        return out.open(RebuildWith::of_case(of, last));
    }
    let command = match (command, cx.rebuild) {
        (UiCommand::Rebuild, _) => {
            let ((instance, project, case), options) = (of, RebuildOptions::default());
            RebuildCommand::Start { instance, project, case: Some(case), options }
        }
        (UiCommand::CancelRebuild, Some(view)) => RebuildCommand::Cancel { rebuild: view.job.id },
        (UiCommand::RebuildWithGaps, Some(view)) => {
            RebuildCommand::Resume { rebuild: view.job.id, remedy: RebuildRemedy::BuildWithGaps }
        }
        (_, Some(view)) => match view.job.remedies().first() {
            Some(remedy) => RebuildCommand::Resume { rebuild: view.job.id, remedy: *remedy },
            None => view.restart(),
        },
        (_, None) => return,
    };
    out.ask(Command::Rebuild(command), IfUnhandled::ToastError);
}
