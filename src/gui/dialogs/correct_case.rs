//! The dialog that adds or corrects the ticket, the project and the title of a case.

use egui::Context;

use crate::case::{Case, CaseId};
use crate::engine::api::{CaseCorrection, Command};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::intent::{CaseQuestion, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, Field};
use crate::gui::theme::space;
use crate::gui::undo::Undo;
use crate::gui::view_context::ViewContext;

/// Opens the dialog for a case.
#[derive(Clone, Copy, Debug)]
pub struct CorrectCase(pub CaseId);

impl DialogRequest for CorrectCase {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let case = cx.snapshot.cases.iter().find(|case| case.id == self.0).map(AsRef::as_ref);
        Box::new(Correction {
            case: self.0,
            ticket: case.map(ticket_of).unwrap_or_default(),
            project: case.map(project_of).unwrap_or_default(),
            title: case.and_then(|case| case.given_title.clone()).unwrap_or_default(),
            opened: false,
        })
    }
}

#[derive(Debug)]
struct Correction {
    case: CaseId,
    ticket: String,
    project: String,
    title: String,
    opened: bool,
}

fn ticket_of(case: &Case) -> String {
    case.ticket.as_ref().map(|ticket| ticket.url.clone()).unwrap_or_default()
}

fn project_of(case: &Case) -> String {
    case.project.path.clone().or(case.project.id.map(|id| id.to_string())).unwrap_or_default()
}

impl Dialog for Correction {
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == self.case) else { return false };
        let correction = self.correction(case);
        let is_same = correction == CaseCorrection::default();
        let blocked = is_same.then(|| "Nothing is changed.".to_owned());
        let dialog = DialogFrame::new("Ticket, project and title").accept("Save").blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
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
        });
        if verdict == DialogVerdict::Accepted {
            let before = CaseCorrection {
                ticket: correction.ticket.as_ref().map(|_| ticket_of(case)),
                project: correction.project.as_ref().map(|_| project_of(case)),
                title: correction.title.as_ref().map(|_| case.given_title.clone().unwrap_or_default()),
            };
            let undo = Some(Undo::Correction { case: case.id, before });
            let command = Command::CorrectCase { case: case.id, correction, values: Vec::new() };
            out.ask_of_case(CaseQuestion::Facts { case: case.id, undo }, command);
        }
        verdict == DialogVerdict::Open
    }
}

impl Correction {
    /// What differs from the case; a project cannot be removed.
    fn correction(&self, case: &Case) -> CaseCorrection {
        let changed =
            |typed: &str, known: String| Some(typed.trim().to_owned()).filter(|typed| *typed != known);
        CaseCorrection {
            ticket: changed(&self.ticket, ticket_of(case)),
            project: changed(&self.project, project_of(case)).filter(|project| !project.is_empty()),
            title: changed(&self.title, case.given_title.clone().unwrap_or_default()),
        }
    }
}
