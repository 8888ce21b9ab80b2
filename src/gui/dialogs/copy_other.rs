//! The confirmation before a text that is not for the customer is copied at a step that replies to the customer.

use egui::Context;

use crate::case::CaseId;
use crate::engine::api::Command;
use crate::gui::dialog::Dialog;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

/// Asks before the text is copied.
#[derive(Debug)]
pub struct CopyOther {
    case: CaseId,
    kind: TextKind,
    text: String,
}

impl CopyOther {
    pub fn new(case: CaseId, kind: TextKind, text: &str) -> Self {
        Self { case, kind, text: text.to_owned() }
    }
}

impl Dialog for CopyOther {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let title = format!("Copy “{}”?", self.kind.title());
        let dialog = DialogFrame::new(&title).accept("Copy it anyway").dismiss("Keep the clipboard");
        let verdict = dialog.show(ctx, |ui| {
            kit::soft(ui, "This step replies to the customer, but this text is for somebody else.");
            kit::soft(ui, self.kind.reader().meaning());
        });
        if verdict == DialogVerdict::Accepted {
            kit::copy(ctx, self.kind.title(), self.text.clone());
            out.ask(Command::TextCopied { case: self.case, kind: self.kind }, IfUnhandled::ToastError);
        }
        verdict == DialogVerdict::Open
    }
}
