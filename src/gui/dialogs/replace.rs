//! The question before an export that would delete a finished file.

use egui::{Context, RichText};

use crate::case::{Case, CaseId};
use crate::engine::api::{Command, StartOptions};
use crate::gui::dialog::Dialog;
use crate::gui::intent::{CaseQuestion, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, icons};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::{ViewContext, project_of};

/// What would be replaced.
#[derive(Debug)]
pub struct Replace {
    case: CaseId,
    instance: String,
    project: String,
    title: String,
    /// What is known of the file, in a sentence or two.
    known: String,
    /// The text in which the person says yes.
    sure: bool,
}

impl Replace {
    pub fn of(case: &Case, known: String) -> Self {
        Self {
            case: case.id,
            instance: case.instance.clone(),
            project: project_of(case),
            title: case.project.title(),
            known,
            sure: false,
        }
    }
}

impl Dialog for Replace {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let blocked = (!self.sure).then(|| "Select the checkbox first.".to_owned());
        let dialog = DialogFrame::new("A finished export exists")
            .accept("Replace the file")
            .dismiss("Keep the file")
            .danger()
            .blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            ui.add(egui::Label::new(RichText::new(&self.title).color(tokens(ui).text)).truncate());
            kit::soft(ui, &self.known);
            kit::chip(ui, Severity::Warn, icons::WARN, "GitLab deletes the file before it starts a new export");
            kit::soft(
                ui,
                "If the new export fails, there is no file, and the old one cannot be restored. Download the old file first if you may need it.",
            );
            ui.checkbox(&mut self.sure, "Delete the finished file and export again");
        });
        if verdict == DialogVerdict::Accepted {
            // The checkbox and the button are the two yeses; what is known of the file stands above them.
            let options =
                StartOptions { replace: true, replace_undownloaded: true, ..StartOptions::default() };
            let command = Command::Start {
                instance: self.instance.clone(),
                project: self.project.clone(),
                case: Some(self.case),
                options,
            };
            out.ask_of_case(CaseQuestion::Start(self.case), command);
        }
        verdict == DialogVerdict::Open
    }
}
