//! The dialog that adds or corrects the ticket and the project of a case.

use egui::Context;

use crate::case::{Case, CaseId};
use crate::engine::api::Command;
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::intent::{CaseQuestion, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, Field};
use crate::gui::theme::space;
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
            opened: false,
        })
    }
}

#[derive(Debug)]
struct Correction {
    case: CaseId,
    ticket: String,
    project: String,
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
        let case = cx.snapshot.cases.iter().find(|case| case.id == self.case);
        let changed = |typed: &str, known: Option<String>| {
            let typed = typed.trim();
            (!typed.is_empty() && known.as_deref() != Some(typed)).then(|| typed.to_owned())
        };
        let ticket = changed(&self.ticket, case.map(|case| ticket_of(case)));
        let project = changed(&self.project, case.map(|case| project_of(case)));
        let blocked = (ticket.is_none() && project.is_none()).then(|| "Nothing is changed.".to_owned());
        let dialog = DialogFrame::new("Ticket and project").accept("Save").blocked(blocked);
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
            self.opened = true;
            kit::soft(ui, "The journal keeps the earlier values.");
        });
        if verdict == DialogVerdict::Accepted {
            let case = self.case;
            let command = Command::CorrectCase { case, ticket, project, values: Vec::new() };
            out.ask_of_case(CaseQuestion::Facts { case, undo: None }, command);
        }
        verdict == DialogVerdict::Open
    }
}
