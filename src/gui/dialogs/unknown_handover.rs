//! The question before a link to an unknown host is handed over to a customer.

use egui::Context;

use crate::case::{Case, CaseId};
use crate::engine::api::CaseDeed;
use crate::gui::dialog::Dialog;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::report::perform;
use crate::gui::view_context::ViewContext;

/// Asks before the link is recorded and the reply with it is copied.
#[derive(Debug)]
pub struct UnknownHandover {
    case: CaseId,
    host: String,
    deed: CaseDeed,
    /// The text that is copied with the deed, with its title.
    text: Option<(&'static str, String)>,
}

impl UnknownHandover {
    pub fn new(case: &Case, host: String, deed: CaseDeed, text: Option<(&'static str, String)>) -> Self {
        Self { case: case.id, host, deed, text }
    }
}

impl Dialog for UnknownHandover {
    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        // The key of the step, pressed once more, must not confirm what goes to the customer.
        let dialog = DialogFrame::new("Hand over this link?")
            .accept("Use this link")
            .dismiss("Correct the link")
            .danger();
        let known = cx.snapshot.rules.handover_hosts.join(", ");
        let verdict = dialog.show(ctx, |ui| {
            let words = format!("The link leads to {}. Files are usually handed over on {known}.", self.host);
            kit::soft(ui, &words);
            kit::soft(ui, "The customer gets this link with the reply.");
        });
        if verdict == DialogVerdict::Accepted
            && let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == self.case)
        {
            if let Some((title, text)) = self.text.take() {
                kit::copy(ctx, title, text);
            }
            perform(case, std::mem::take(&mut self.deed), out);
        }
        verdict == DialogVerdict::Open
    }
}
