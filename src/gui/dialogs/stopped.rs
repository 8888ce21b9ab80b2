//! What the window shows at the start if the program stopped unexpectedly the last time.

use std::sync::Arc;

use egui::Context;

use crate::engine::api::EarlierCrash;
use crate::gui::dialog::Dialog;
use crate::gui::dialogs::save_text::SaveText;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// The dialog with what is known about that stop.
#[derive(Debug)]
pub struct StoppedDialog(pub EarlierCrash);

const SAVED: [&str; 4] = [
    "Cases, facts and the timeline: each step is saved before it is shown.",
    "Running exports: GitLab continues them, and Export Desk watches them again.",
    "Downloads: the downloaded part is on disk, and downloads resume there.",
    "What was typed and not saved yet is gone.",
];

impl Dialog for StoppedDialog {
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let dialog = DialogFrame::new("Export Desk stopped unexpectedly").dismiss("Continue").width(620.0);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            kit::soft(ui, "This is a bug in Export Desk, not something you did. What was saved is kept:");
            for line in SAVED {
                kit::soft(ui, format!("• {line}"));
            }
            kit::soft(
                ui,
                "Export Desk saved the details, without tokens and customer names. Read them, and send them to the person who gave you Export Desk, with what you were doing.",
            );
            kit::pair(ui, "Saved in", &self.0.path.display().to_string());
            if Button::new("Open the diagnostics…").icon(icons::TEXT).primary().show(ui).clicked() {
                let text: Arc<str> = self.0.text.as_str().into();
                out.open(SaveText::bundle(text, &cx.snapshot.download_folder));
            }
        });
        verdict == DialogVerdict::Open
    }
}
