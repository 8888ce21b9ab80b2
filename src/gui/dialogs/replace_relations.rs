//! The confirmation before a rebuild's relations export that would delete files that were not downloaded.

use egui::Context;

use crate::case::{RebuildId, RebuildJob, RebuildRemedy};
use crate::engine::api::{Command, RebuildCommand};
use crate::gui::dialog::Dialog;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, icons};
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;

/// The rebuild whose new export would delete the files.
#[derive(Debug)]
pub struct ReplaceRelations {
    rebuild: RebuildId,
    /// What is known about the files.
    known: String,
    /// Whether the person ticked the checkbox that confirms the loss.
    sure: bool,
}

impl ReplaceRelations {
    pub fn of(job: &RebuildJob) -> Self {
        Self { rebuild: job.id, known: job.sentence(), sure: false }
    }
}

impl Dialog for ReplaceRelations {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let blocked = (!self.sure).then(|| "Select the checkbox first.".to_owned());
        let dialog = DialogFrame::new("A finished relations export exists")
            .accept("Delete and export again")
            .dismiss("Keep the files")
            .danger()
            .blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::soft(ui, &self.known);
            kit::chip(ui, Severity::Warn, icons::WARN, "GitLab deletes the files when a new export starts");
            ui.checkbox(&mut self.sure, "Delete the finished files, and export again");
        });
        if verdict == DialogVerdict::Accepted {
            let resume = RebuildCommand::Resume { rebuild: self.rebuild, remedy: RebuildRemedy::Replace };
            out.ask(Command::Rebuild(resume), IfUnhandled::ToastError);
        }
        verdict == DialogVerdict::Open
    }
}
