//! The confirmation before an export that would delete a finished file.

use egui::{Context, RichText};

use crate::case::{Case, CaseId};
use crate::engine::api::{Command, StartOptions};
use crate::gui::dialog::Dialog;
use crate::gui::intent::{CaseQuestion, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, icons};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::{ViewContext, project_of};

/// The export whose file would be replaced.
#[derive(Debug)]
pub struct Replace {
    case: CaseId,
    instance: String,
    project: String,
    title: String,
    /// What is known about the file, in a sentence or two.
    known: String,
    /// Whether the person ticked the checkbox that confirms the loss.
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
            // The person must use both the checkbox and the button; the facts about the file come first.
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
