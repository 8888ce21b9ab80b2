//! The confirmation before an instance is forgotten.

use egui::Context;

use crate::engine::api::Command;
use crate::gui::dialog::Dialog;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::view_context::ViewContext;
use crate::platform::words::KEYRING;

/// The confirmation before an instance is forgotten.
#[derive(Debug)]
pub struct Forget {
    pub instance: String,
}

impl Dialog for Forget {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let title = format!("Forget {}?", format::host(&self.instance));
        let dialog = DialogFrame::new(&title).accept("Forget the instance").danger();
        let verdict = dialog.show(ctx, |ui| {
            kit::soft(
                ui,
                format!("The token is deleted here, and in the {KEYRING}. Cases, receipts and the journal stay. Exports are watched again after you connect."),
            );
        });
        if verdict == DialogVerdict::Accepted {
            let instance = self.instance.clone();
            out.ask(Command::Forget { instance }, IfUnhandled::toast("Forgotten"));
        }
        verdict == DialogVerdict::Open
    }
}
