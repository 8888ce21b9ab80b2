//! What the window does with an answer that no view took.

use std::sync::Arc;

use crate::engine::api::Answer;

use super::dialogs;
use super::format;
use super::intent::{IfUnhandled, Intent, Outbox};
use super::kit::Toast;
use super::pending::Answered;
use super::workspace::Workspace;

/// Opens, selects or announces what the answer brings.
pub(super) fn handle_unclaimed(workspace: &mut Workspace, answered: Answered, out: &mut Outbox) {
    match (answered.otherwise, answered.result) {
        (IfUnhandled::Nothing, _) => {}
        (_, Err(error)) => out.tell(&error),
        (IfUnhandled::ToastOnSuccess(words), Ok(_)) => out.toast(Toast::good(words)),
        (IfUnhandled::ShowCase, Ok(Answer::Case(id))) => {
            workspace.dialog.take_if(|dialog| !dialog.is_changed());
            workspace.pages.case.opened(id);
            out.push(Intent::Select(id));
        }
        (IfUnhandled::ShowCase, Ok(Answer::CaseOfUnknown(id, unknown))) => {
            workspace.dialog.take_if(|dialog| !dialog.is_changed());
            workspace.pages.case.opened(id);
            out.push(Intent::Select(id));
            let may_be = unknown.may_be.join(", ");
            let more =
                if may_be.is_empty() { String::new() } else { format!("Possible projects: {may_be}.") };
            out.toast(Toast::bad(unknown.error.headline.clone(), &more));
        }
        (IfUnhandled::ToastError | IfUnhandled::ShowCase, Ok(answer)) => tell(&answer, workspace, out),
    }
}

/// Announces a result if the snapshot does not show all of it.
fn tell(answer: &Answer, workspace: &Workspace, out: &mut Outbox) {
    match answer {
        Answer::Posted { url, notes } if notes.is_empty() => out.toast(Toast::good(format!("Posted: {url}"))),
        // This toast stays until the person dismisses it.
        Answer::Posted { url, notes } => {
            out.toast(Toast::bad(notes.join(" "), &format!("The text was posted: {url}")));
        }
        Answer::Checked(check) => {
            let kept = dialogs::connect::kept(check.token).unwrap_or_default();
            let (host, user) = (format::host(&check.instance), check.account.who());
            out.toast(Toast::good(format!("Connected to {host} as {user}. {kept}")));
        }
        Answer::Deleted { files, .. } => {
            let many = format::number_of(*files, "item", "items");
            out.toast(Toast::good(format!("Deleted: {many}")));
        }
        Answer::Bundle(text) => {
            let dialog =
                dialogs::save_text::SaveText::bundle(Arc::clone(text), &workspace.snapshot.download_folder);
            let words = "The diagnostics wait until your text is saved";
            let otherwise = Toast::bad(words, "Save or discard your text, then open the diagnostics again.");
            out.offer(dialog, Some(otherwise));
        }
        _ => {}
    }
}
