//! The dialog that adds or corrects the ticket, the project and the title of a case.

use egui::{Context, Ui};

use crate::case::intake::read_opening;
use crate::case::{Case, CaseId, UserError};
use crate::engine::api::{CaseCorrection, Command};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::dialogs::same_case::{known_cases, known_ui};
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, Field, Toast};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::space;
use crate::gui::undo::Undo;
use crate::gui::view_context::ViewContext;

/// Opens the dialog for a case.
#[derive(Clone, Copy, Debug)]
pub struct CorrectCase(pub CaseId);

impl DialogRequest for CorrectCase {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let case = cx.snapshot.cases.iter().find(|case| case.id == self.0).map(AsRef::as_ref);
        let ticket = case.map(ticket_of).unwrap_or_default();
        let project = case.map(project_of).unwrap_or_default();
        let title = case.and_then(|case| case.given_title.clone()).unwrap_or_default();
        Box::new(Correction {
            case: self.0,
            before: [ticket.clone(), project.clone(), title.clone()],
            ticket,
            project,
            title,
            opened: false,
            error: None,
            saving: Pending::default(),
        })
    }
}

#[derive(Debug)]
struct Correction {
    case: CaseId,
    /// What the fields had when the dialog was opened.
    before: [String; 3],
    ticket: String,
    project: String,
    title: String,
    opened: bool,
    error: Option<UserError>,
    saving: Pending<Undo>,
}

fn ticket_of(case: &Case) -> String {
    case.ticket.as_ref().map(|ticket| ticket.url.clone()).unwrap_or_default()
}

fn project_of(case: &Case) -> String {
    case.project.path.clone().or(case.project.id.map(|id| id.to_string())).unwrap_or_default()
}

impl Dialog for Correction {
    /// A refusal is shown here, over what was typed.
    fn on_answer(&mut self, answers: &mut Answers, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let Some((undo, result)) = self.saving.take(answers) else { return true };
        if let Err(error) = result {
            self.error = Some(error);
            return true;
        }
        if let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == self.case) {
            out.toast(Toast::undoable(undo.done(), undo.since(case)));
        }
        false
    }

    fn is_changed(&self) -> bool {
        [&self.ticket, &self.project, &self.title] != self.before.each_ref()
    }

    fn is_saving(&self) -> bool {
        self.saving.is_open()
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == self.case) else { return false };
        let correction = self.correction(case);
        let blocked = match (self.saving.is_open(), correction == CaseCorrection::default()) {
            (true, _) => Some("Saving.".to_owned()),
            (false, true) => Some("Nothing is changed.".to_owned()),
            (false, false) => None,
        };
        let mut wanted = None;
        let error = self.error.clone();
        let dialog = DialogFrame::new("Ticket, project and title").accept("Save").blocked(blocked);
        let dialog = dialog.unsaved(self.is_changed());
        let verdict = dialog.error(error.as_ref()).show_with(
            ctx,
            |ui| self.fields(ui),
            |ui| wanted = others(ui, case, &correction, cx),
        );
        if let Some(other) = wanted {
            out.push(Intent::Select(other));
            return false;
        }
        if verdict == DialogVerdict::Accepted {
            let before = CaseCorrection {
                ticket: correction.ticket.as_ref().map(|_| ticket_of(case)),
                project: correction.project.as_ref().map(|_| project_of(case)),
                title: correction.title.as_ref().map(|_| case.given_title.clone().unwrap_or_default()),
            };
            let command = Command::CorrectCase { case: case.id, correction, values: Vec::new() };
            self.saving.ask(command, Undo::Correction { case: case.id, before }, out);
            self.error = None;
        }
        verdict != DialogVerdict::Closed
    }
}

/// Other cases of the corrected ticket or project. Returns the one that the person wants to see instead.
fn others(ui: &mut Ui, case: &Case, correction: &CaseCorrection, cx: &ViewContext<'_>) -> Option<CaseId> {
    let changed: Vec<&str> =
        [&correction.ticket, &correction.project].into_iter().flatten().map(String::as_str).collect();
    let trackers = cx.snapshot.text_config.handbook.known_trackers();
    let found = read_opening(&changed.join("\n"), std::slice::from_ref(&case.instance), &trackers);
    let mut known = known_cases(&found, cx);
    known.retain(|(other, _)| other.id != case.id && !other.stage.is_closed());
    known_ui(ui, &known)
}

impl Correction {
    fn fields(&mut self, ui: &mut Ui) {
        ui.spacing_mut().item_spacing.y = space::M;
        Field::new("Ticket")
            .hint("https://….zendesk.com/agent/tickets/418822")
            .focus(!self.opened)
            .show(ui, &mut self.ticket);
        Field::new("Project")
            .hint("group/project, its ID, or any URL of it")
            .note("The project can be changed until the offer is sent.")
            .show(ui, &mut self.project);
        Field::new("Title")
            .note("Your own words for this case, beside ticket and project. Optional.")
            .show(ui, &mut self.title);
        self.opened = true;
        kit::soft(ui, "The journal keeps the earlier values.");
    }

    /// What differs from the case; a project cannot be removed.
    fn correction(&self, case: &Case) -> CaseCorrection {
        let changed =
            |typed: &str, known: String| Some(typed.trim().to_owned()).filter(|typed| *typed != known);
        // The field is for a ticket: its number needs no sign.
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let ticket = self.ticket.trim();
        let ticket = if is_number(ticket) { format!("#{ticket}") } else { ticket.to_owned() };
        CaseCorrection {
            ticket: changed(&ticket, ticket_of(case)),
            project: changed(&self.project, project_of(case)).filter(|project| !project.is_empty()),
            title: changed(&self.title, case.given_title.clone().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::{CaseId, Code, UserError};
    use crate::engine::api::{AskId, Reply, Snapshot};
    use crate::gui::dialogs::correct_case::CorrectCase;
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    /// A refusal stays in the dialog with what was typed; another case of the project is named before it is saved.
    #[test]
    fn a_refusal_stays_in_the_dialog_and_another_case_is_named() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.show_dialog(Box::new(CorrectCase(CaseId(5))));
        let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 900.0);
        window.run();
        let type_into = |window: &mut egui_kittest::Harness<'_, crate::gui::App>, label: &str, text: &str| {
            window.get_by_label(label).focus();
            window.run();
            window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
            window.get_by_label(label).type_text(text);
            window.run();
        };
        type_into(&mut window, "Project", "hooli/nucleus");
        window.get_by_label_contains("There is an open case of the same project");
        type_into(&mut window, "Ticket", "418900");
        window.get_by_label("Save").click();
        window.run();
        let sent = window.state().workspace().sent().pop().unwrap();
        assert!(sent.contains("#418900") && sent.contains("hooli/nucleus"), "{sent}");
        let error = UserError::new(Code::Refused, "The project cannot be changed.", "");
        let reply = Reply { ask: AskId(1), at: now(), result: Err(error) };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..at_work() });
        window.run();
        window.get_by_label("The project cannot be changed.");
        assert_eq!(window.get_by_label("Ticket").value().as_deref(), Some("418900"));
    }
}
