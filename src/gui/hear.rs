//! What answers about texts, trackers and the ledger mean for the window.

use crate::case::{CaseId, Trouble};
use crate::engine::api::Answer;
use crate::texts::Kind;

use super::format::number_of;
use super::intent::Purpose;
use super::kit::Toast;
use super::route::Route;
use crate::gui::dialogs::Dialog;
use crate::gui::dialogs::post::Post;
use crate::gui::dialogs::save_text::SaveText;
use crate::gui::workspace::Workspace;

/// Lets a desk hear an answer; what is left to say is returned.
pub(super) fn about_texts(
    workspace: &mut Workspace,
    purpose: &Purpose,
    result: Result<Answer, Trouble>,
) -> Option<Toast> {
    match (purpose, result) {
        (Purpose::Timeline(case), Ok(Answer::Journal(lines))) => {
            workspace.page.texts.drafts.hear_timeline(*case, lines);
            None
        }
        (Purpose::WholeTimeline(case), Ok(Answer::Journal(lines))) => {
            if workspace.selected == Some(*case) {
                workspace.page.timeline.hear(lines);
            }
            None
        }
        (Purpose::Audit, result) => {
            let rows = match result {
                Ok(Answer::Audited { rows }) => Ok(rows),
                Ok(_) => return None,
                Err(trouble) => Err(trouble),
            };
            workspace.ledger.hear_audit(rows);
            None
        }
        (Purpose::Issues(_) | Purpose::Requests(_), result) => searched(workspace, purpose, result),
        (Purpose::Post(_), result) => posted(workspace, result),
        (Purpose::Template, result) => match &mut workspace.dialog {
            Some(Dialog::Template(editor)) => {
                editor.hear(result.map(|_| ()));
                None
            }
            _ => result.err().map(|trouble| Toast::trouble(&trouble)),
        },
        (_, Ok(_)) => None,
        (_, Err(trouble)) => Some(Toast::trouble(&trouble)),
    }
}

/// The same for answers about settings and diagnostics.
pub(super) fn about_settings(
    workspace: &mut Workspace,
    purpose: &Purpose,
    result: Result<Answer, Trouble>,
) -> Option<Toast> {
    match (purpose, result) {
        (Purpose::Choice { key, said }, result) => {
            let toast = result.is_ok().then(|| Toast::good(*said));
            workspace.settings.hear(key, result.map(drop));
            toast
        }
        (Purpose::Handbook, result) => match &mut workspace.dialog {
            Some(Dialog::Handbook(editor)) => {
                editor.hear(result.map(drop));
                None
            }
            _ => result.err().map(|trouble| Toast::trouble(&trouble)),
        },
        (Purpose::Clean, result) => match &mut workspace.dialog {
            Some(Dialog::Clean(clean)) => {
                clean.hear(result);
                None
            }
            // Closed while the files were looked at: what was deleted is said all the same.
            _ => match result {
                Ok(Answer::Deleted { files, .. }) => {
                    Some(Toast::good(format!("Deleted: {}", number_of(files, "archive", "archives"))))
                }
                Ok(_) => None,
                Err(trouble) => Some(Toast::trouble(&trouble)),
            },
        },
        (Purpose::AnyOld, Ok(Answer::OldArchives(old))) if !old.is_empty() => {
            let many = number_of(old.len() as u64, "archive was", "archives were");
            Some(Toast::good(format!("{many} kept long enough: see Settings, Downloads.")))
        }
        (Purpose::Bundle, Ok(Answer::Bundle(text))) => {
            let dialog = Dialog::SaveText(SaveText::bundle(text, &workspace.snap.download_folder));
            let words = "The diagnostics wait until your text is saved";
            (!workspace.offer(dialog))
                .then(|| Toast::bad(words, "Save or discard it, then ask for them again."))
        }
        (Purpose::AnyOld, _) | (_, Ok(_)) => None,
        (_, Err(trouble)) => Some(Toast::trouble(&trouble)),
    }
}

/// The page of relations exports hears of its question; elsewhere a toast tells what did not work.
pub(super) fn about_relations(workspace: &mut Workspace, result: Result<Answer, Trouble>) -> Option<Toast> {
    let answer = match result {
        Ok(Answer::Relations(id)) => Ok(id),
        Ok(_) => return None,
        Err(trouble) => Err(trouble),
    };
    let told = answer.as_ref().err().filter(|_| workspace.route != Route::Relations).map(Toast::trouble);
    workspace.relations.hear(answer);
    told
}

fn searched(workspace: &mut Workspace, purpose: &Purpose, result: Result<Answer, Trouble>) -> Option<Toast> {
    let found = match result {
        Ok(Answer::Issues(found)) => Ok(found),
        Ok(_) => return None,
        Err(trouble) => Err(trouble),
    };
    match (purpose, &mut workspace.dialog) {
        (Purpose::Issues(_), Some(Dialog::Issues(issues))) => issues.hear(found),
        (Purpose::Requests(case), _) if workspace.selected == Some(*case) => {
            workspace.page.hear_earlier(found);
        }
        // Closed before the answer came: nobody looks for it any more.
        _ => {}
    }
    None
}

/// A post closes its dialog; what GitLab said no to stays in it.
fn posted(workspace: &mut Workspace, result: Result<Answer, Trouble>) -> Option<Toast> {
    match (result, &mut workspace.dialog) {
        (Ok(Answer::Posted { url, notes }), dialog) => {
            if matches!(dialog, Some(Dialog::Post(_) | Dialog::Infradev(_))) {
                *dialog = None;
            }
            Some(if notes.is_empty() {
                Toast::good(format!("Posted: {url}"))
            } else {
                // Stays until it is read.
                Toast::bad(notes.join(" "), &format!("It was posted all the same: {url}"))
            })
        }
        (Ok(_), _) => None,
        (Err(trouble), Some(Dialog::Post(post))) => {
            post.hear(trouble);
            None
        }
        (Err(trouble), Some(Dialog::Infradev(infradev))) => {
            infradev.hear(trouble);
            None
        }
        (Err(trouble), _) => Some(Toast::trouble(&trouble)),
    }
}

impl Workspace {
    /// Opens the question before a comment on `issue`, with the case's comment as the person has edited it.
    pub(super) fn ask_comment(&mut self, case: CaseId, issue: &str) {
        let snap = std::sync::Arc::clone(&self.snap);
        let Some(case) = snap.cases.iter().find(|known| known.id == case) else { return };
        let draft = self.page.texts.drafts.draft(Kind::Comment, case, &snap);
        let post = Post::comment(case, issue, &draft.text);
        self.dialog = Some(Dialog::Post(Box::new(post)));
    }

    /// Shows a text of a case on its page, in the place of the dialog.
    pub(super) fn show_text(&mut self, case: CaseId, kind: Kind) {
        let Some(case) = self.snap.cases.iter().find(|known| known.id == case) else { return };
        self.dialog = None;
        self.selected = Some(case.id);
        self.route = Route::Cases;
        self.page.texts.show(case, kind);
    }
}
