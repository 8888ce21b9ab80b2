//! The dialog for a second offer.

use egui::Context;

use crate::case::{CaseId, Event};
use crate::engine::api::CaseDeed;
use crate::gui::dialog::Dialog;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, DialogFrame, DialogVerdict, Field};
use crate::gui::report::perform;
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

/// The dialog for a second offer. A second offer needs a reason, which the offer log keeps.
#[derive(Debug)]
pub struct SecondOffer {
    case: CaseId,
    /// The refusal, which names the first offer.
    why: String,
    /// The offer's text, and why it must not be sent yet.
    text: String,
    held: Option<String>,
    reason: String,
    opened: bool,
}

impl SecondOffer {
    pub fn new(case: CaseId, why: String, (text, held): (String, Option<String>)) -> Self {
        Self { case, why, text, held, reason: String::new(), opened: false }
    }
}

impl Dialog for SecondOffer {
    fn is_changed(&self) -> bool {
        !self.reason.trim().is_empty()
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let lacking = self.reason.trim().is_empty().then(|| "Type the reason first.".to_owned());
        let blocked = self.held.clone().or(lacking);
        let dialog = DialogFrame::new("A second offer for this project")
            .accept("Copy and mark as sent")
            .blocked(blocked)
            .unsaved(self.is_changed());
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::soft(ui, &self.why);
            Field::new("Reason for a second offer")
                .note("Kept in the offer log.")
                .rows(2)
                .focus(!self.opened)
                .show(ui, &mut self.reason);
            self.opened = true;
        });
        if verdict == DialogVerdict::Accepted {
            let event = Event::OfferSent { override_reason: Some(self.reason.trim().to_owned()), by: None };
            if let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == self.case) {
                kit::copy(ctx, TextKind::Offer.title(), &self.text);
                let deed =
                    CaseDeed { copied: Some(TextKind::Offer), event: Some(event), ..CaseDeed::default() };
                perform(case, deed, out);
            }
        }
        verdict == DialogVerdict::Open
    }
}
