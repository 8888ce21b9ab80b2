//! The confirmation before the private data of a case is deleted.

use egui::{Context, RichText, Ui};

use crate::case::{Case, CaseId};
use crate::engine::api::Command;
use crate::gui::dialog::Dialog;
use crate::gui::dialogs::clean::FindOld;
use crate::gui::intent::{CaseQuestion, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::theme::{space, tokens};
use crate::gui::view_context::ViewContext;

/// The confirmation before private data is deleted.
#[derive(Debug)]
pub struct DeletePrivate {
    case: CaseId,
    title: String,
    sure: bool,
}

const GOES: [&str; 5] = [
    "The requester's name and the exact messages of the attempts",
    "Correlation ID, Kibana and Sentry links, hand-over link",
    "The project's size and visibility, as GitLab reported them",
    "The text of this case's timeline",
    "The case cannot be reopened",
];

const STAYS: [&str; 4] = [
    "The line in the offer log, so that no second offer is made by mistake",
    "Ticket ID, project, and the links of the issues",
    "The times of the steps, and answers of yes or no",
    "Archives and relation files on disk, until you delete them in the next dialog",
];

impl DeletePrivate {
    pub fn of(case: &Case) -> Self {
        Self { case: case.id, title: case.title(), sure: false }
    }
}

impl Dialog for DeletePrivate {
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let blocked = (!self.sure).then(|| "Select the checkbox first.".to_owned());
        let dialog = DialogFrame::new("Delete the private data of this case")
            .accept("Delete")
            .dismiss("Keep the data")
            .danger()
            .width(560.0)
            .blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.add(egui::Label::new(RichText::new(&self.title).color(tokens(ui).text)).truncate());
            list(ui, "Deleted permanently", &GOES);
            list(ui, "Stays", &STAYS);
            ui.add_space(space::S);
            ui.checkbox(&mut self.sure, "Delete the customer's data");
        });
        if verdict == DialogVerdict::Accepted {
            let command = Command::DeletePrivateData { case: self.case };
            let done = "The private data of the case was deleted.";
            out.ask_of_case(CaseQuestion::Event { case: self.case, done }, command);
            // The engine carries out one command after the other, so the list has the files of this case.
            if has_files(cx, self.case) {
                out.open(FindOld);
            }
        }
        verdict == DialogVerdict::Open
    }
}

/// Whether something of the case's project was downloaded or rebuilt.
fn has_files(cx: &ViewContext<'_>, case: CaseId) -> bool {
    let snap = cx.snapshot;
    snap.downloads.iter().any(|view| view.case_id == Some(case))
        || snap.rebuilds.iter().any(|view| view.job.case_id == Some(case))
        || snap.relations.iter().any(|view| view.run.case_id == Some(case))
}

fn list(ui: &mut Ui, name: &str, lines: &[&str]) {
    kit::section(ui, name);
    for line in lines {
        kit::soft(ui, format!("• {line}"));
    }
}
