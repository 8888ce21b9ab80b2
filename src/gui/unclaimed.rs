//! What the window does with answers that no view takes.

use std::sync::Arc;

use crate::case::{Case, CaseId};
use crate::engine::api::{Answer, Snapshot};

use super::dialogs;
use super::format;
use super::guide::lesson_of;
use super::intent::{IfUnhandled, Intent, Outbox};
use super::kit::Toast;
use super::pending::Answered;
use super::subject::Subject;
use super::workspace::Workspace;

/// Why what was posted is not undone.
const POSTED: &str = "What was posted on GitLab cannot be taken back here.";

/// What the window does with an answer that no view took.
pub fn handle(workspace: &mut Workspace, answered: Answered, practising: bool, out: &mut Outbox) {
    match (answered.otherwise, answered.result) {
        (IfUnhandled::Nothing, _) => {}
        (_, Err(error)) => {
            out.toast(Toast::of_request(&error, practising, answered.request, &workspace.snapshot));
        }
        (IfUnhandled::ToastOnSuccess(words), Ok(_)) => out.toast(Toast::good(words)),
        (IfUnhandled::ShowCase, Ok(Answer::Case(id))) => {
            show_new(workspace, id, practising, out);
        }
        (IfUnhandled::ShowCase, Ok(Answer::CaseOfUnknown(id, unknown))) => {
            show_new(workspace, id, practising, out);
            let may_be = unknown.may_be.join(", ");
            let more =
                if may_be.is_empty() { String::new() } else { format!("Possible projects: {may_be}.") };
            let toast = Toast::bad(unknown.error.headline.clone(), &more);
            let toast = match case_of(&workspace.snapshot, id) {
                // It names the case, and ends when the project is corrected.
                Some(case) => toast
                    .about(practising, Subject::Project(id, Box::new(case.project.clone())))
                    .of_case(practising, &case),
                None => toast.on_page_of(practising, id),
            };
            out.toast(toast);
        }
        (IfUnhandled::ToastError | IfUnhandled::ShowCase, Ok(answer)) => tell(&answer, workspace, out),
    }
}

fn case_of(snapshot: &Snapshot, id: CaseId) -> Option<Arc<Case>> {
    snapshot.cases.iter().find(|case| case.id == id).cloned()
}

/// Shows a case that was just opened. The page of a lesson begins with the lesson.
fn show_new(workspace: &mut Workspace, id: CaseId, practising: bool, out: &mut Outbox) {
    let snapshot = Arc::clone(&workspace.snapshot);
    let case = snapshot.cases.iter().find(|case| case.id == id);
    let is_lesson = case.is_some_and(|case| lesson_of(case, &workspace.cx(&snapshot, practising)).is_some());
    workspace.close_untouched();
    workspace.pages.case.opened(id, is_lesson);
    out.push(Intent::Select(id));
}

/// Announces a result if the snapshot does not show all of it.
fn tell(answer: &Answer, workspace: &Workspace, out: &mut Outbox) {
    match answer {
        Answer::Posted { url, notes } if notes.is_empty() => {
            out.toast(Toast::good(format!("Posted: {url}")).final_because(POSTED));
        }
        // This toast stays until the person dismisses it.
        Answer::Posted { url, notes } => {
            let toast = Toast::bad(notes.join(" "), &format!("The text was posted: {url}"));
            out.toast(toast.final_because(POSTED));
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
