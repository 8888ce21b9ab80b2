//! What answers about imports mean for the window.

use crate::case::Trouble;
use crate::engine::api::Answer;

use super::intent::Asked;
use super::kit::Toast;
use super::route::Route;
use crate::gui::dialogs::Dialog;
use crate::gui::pages::imports::trouble_in_window;
use crate::gui::workspace::Workspace;

/// Lets a desk hear an answer; what is left to say is returned.
pub(super) fn about_imports(
    workspace: &mut Workspace,
    asked: &Asked,
    result: Result<Answer, Trouble>,
) -> Option<Toast> {
    match asked {
        Asked::Archive(print) => workspace.imports.hear_archive(*print, result.map(drop)),
        Asked::Target(print) => workspace.imports.hear_target(*print, target(result)?),
        Asked::RehearsalTarget(print) => {
            if let Some(Dialog::Rehearse(dialog)) = &mut workspace.dialog {
                dialog.hear_target(*print, target(result)?);
            }
        }
        Asked::Probe(print) => {
            let answer = match result {
                Ok(Answer::Probed(view)) => Ok(view),
                Ok(_) => return None,
                Err(trouble) => Err(trouble),
            };
            workspace.imports.hear_probe(*print, answer);
        }
        Asked::Begin => {
            let left = workspace.imports.hear_begun(result.map(drop));
            return left.map(|trouble| Toast::trouble(&trouble_in_window(&trouble)));
        }
        Asked::Rehearse => return rehearsal_begun(workspace, result),
        Asked::Against => return result.err().map(|trouble| Toast::trouble(&trouble_in_window(&trouble))),
    }
    None
}

fn target(
    result: Result<Answer, Trouble>,
) -> Option<Result<std::sync::Arc<crate::engine::api::TargetView>, Trouble>> {
    match result {
        Ok(Answer::Target(view)) => Some(Ok(view)),
        Ok(_) => None,
        Err(trouble) => Some(Err(trouble)),
    }
}

/// A rehearsal that has begun closes its dialog and is shown; a no stays in it.
fn rehearsal_begun(workspace: &mut Workspace, result: Result<Answer, Trouble>) -> Option<Toast> {
    match (result, &mut workspace.dialog) {
        (Ok(_), dialog) => {
            if matches!(dialog, Some(Dialog::Rehearse(_))) {
                *dialog = None;
                workspace.route = Route::Imports;
            }
            None
        }
        (Err(trouble), Some(Dialog::Rehearse(dialog))) => {
            dialog.hear(trouble);
            None
        }
        (Err(trouble), _) => Some(Toast::trouble(&trouble_in_window(&trouble))),
    }
}
