//! Posting a text of a case, and taking back what was done last.

use std::sync::Arc;

use super::app::App;
use super::dialogs::post::PostText;
use super::intent::Outbox;
use super::kit::{Last, Toast};
use super::route::Route;
use super::undo::Undo;
use crate::case::CaseId;
use crate::texts::TextKind;

/// Opens the dialog for the text as it reads with what was typed; nothing opens if that has a mistake.
pub fn post(app: &mut App, case: CaseId, kind: TextKind, issue: Option<&str>, out: &mut Outbox) {
    let practising = app.practising;
    let workspace = app.workspace_mut();
    let snapshot = Arc::clone(&workspace.snapshot);
    let (cx, pages, _) = workspace.split(&snapshot, practising);
    let Some(case) = snapshot.cases.iter().find(|known| known.id == case) else { return };
    let Some((title, text)) = pages.case.to_post(case, kind, &cx, out) else { return };
    out.open(match issue {
        Some(issue) => PostText::comment(case, issue, text),
        None => PostText::of(kind, case, &title, &text),
    });
}

/// Why Ctrl+Z undoes nothing here: the last action was in a case that is not on the screen.
fn of_another_case(app: &App, undo: &Undo) -> Option<String> {
    let workspace = app.workspace();
    let is_shown = workspace.selected == Some(undo.case()) || workspace.route != Route::Cases;
    let case = workspace.snapshot.cases.iter().find(|case| case.id == undo.case()).filter(|_| !is_shown)?;
    let what = undo.done();
    Some(format!("The last change was in {}: {what}. Open that case to undo it.", case.title()))
}

/// Undoes the last action. One that cannot be taken back says so, and nothing else is undone.
pub fn undo(app: &mut App, out: &mut Outbox) {
    if let Some(other) = app.toasts.last_undo().and_then(|undo| of_another_case(app, undo)) {
        return out.toast(Toast::refusal(other));
    }
    match app.toasts.take_last() {
        Some(Last::Undo(undo)) => app.take_back(undo, out),
        Some(Last::Final(why)) => out.toast(Toast::refusal(why)),
        None => out.toast(Toast::good("Nothing to undo")),
    }
}

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers};
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::Toast;
    use crate::case::{Case, CaseId, Fact, YesNoUnknown};
    use crate::gui::App;
    use crate::gui::fixture::on_the_way::fact_field;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::undo::Undo;
    use crate::gui::workspace::Workspace;

    fn on_case(id: i64) -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(id));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        window
    }

    fn undo_key(window: &mut Harness<'static, App>) {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.run();
    }

    fn did(window: &mut Harness<'static, App>) {
        let undo = Undo::Archive { case: CaseId(2), others: Vec::new(), archived: true };
        window.state_mut().toasts.add(Toast::undoable(undo.done(), undo));
        window.run();
    }

    fn undone(window: &Harness<'static, App>) -> usize {
        window.state().workspace().sent().iter().filter(|sent| sent.starts_with("Archive")).count()
    }

    #[test]
    fn an_empty_field_in_which_nothing_was_typed_lets_the_key_through() {
        let mut window = on_case(2);
        fact_field(&window, Fact::UiAttemptAt).focus();
        window.run();
        did(&mut window);
        undo_key(&mut window);
        assert_eq!(undone(&window), 1);
        // What was typed is undone in the field, also after it was deleted again.
        did(&mut window);
        fact_field(&window, Fact::UiAttemptAt).type_text("4");
        window.run();
        window.key_press(Key::Backspace);
        window.run();
        undo_key(&mut window);
        assert_eq!(undone(&window), 1);
    }

    #[test]
    fn the_key_undoes_nothing_in_a_case_that_nobody_sees() {
        let mut window = on_case(2);
        did(&mut window);
        window.state_mut().workspace_mut().selected = Some(CaseId(1));
        window.run();
        undo_key(&mut window);
        assert_eq!(undone(&window), 0);
        window.get_by_label_contains("Open that case to undo it.");
        window.state_mut().workspace_mut().selected = Some(CaseId(2));
        window.run();
        undo_key(&mut window);
        assert_eq!(undone(&window), 1);
    }

    #[test]
    fn what_cannot_be_taken_back_says_so_and_undoes_nothing_else() {
        let mut window = on_case(2);
        did(&mut window);
        let why = "What was posted cannot be taken back.";
        window.state_mut().toasts.add(Toast::good("Posted").final_because(why));
        window.run();
        undo_key(&mut window);
        window.get_by_label(why);
        assert_eq!(undone(&window), 0);
        undo_key(&mut window);
        assert_eq!(undone(&window), 1, "told once, the person may go back further");
    }

    #[test]
    fn a_toast_says_what_was_answered_and_its_undoing_says_it_again() {
        let before = at_work().cases[2].as_ref().clone();
        let mut after: Case = before.clone();
        after.facts.export_succeeded = Some(YesNoUnknown::No);
        let undo = Undo::facts(&before, [Fact::ExportSucceeded]).since(&after);
        assert_eq!(undo.done(), "Saved: the export did not succeed");
        assert_eq!(undo.undone(), "Undone: the export did not succeed");
        let undo = Undo::facts(&after, [Fact::ExportSucceeded]).since(&before);
        assert!(undo.done().starts_with("Removed: "), "{}", undo.done());
    }

    #[test]
    fn tab_passes_by_the_button_beside_a_time() {
        let mut window = on_case(2);
        fact_field(&window, Fact::UiAttemptAt).focus();
        window.run();
        fact_field(&window, Fact::UiAttemptAt).type_text("40 minutes ago");
        window.run();
        window.key_press(Key::Tab);
        window.run();
        let message = fact_field(&window, Fact::UiAttemptMessage);
        assert!(message.accesskit_node().is_focused(), "the space of a message presses no button");
    }
}
