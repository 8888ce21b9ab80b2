//! The dialog that writes the listed offers to a file.

use std::path::Path;

use egui::Context;

use crate::case::Offer;
use crate::case::offer_log::{to_csv, to_markdown};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

use super::save_target::{REPLACED, SaveTarget};

/// The dialog's state.
#[derive(Debug)]
struct SaveOfferLog {
    offers: Vec<Offer>,
    target: SaveTarget,
    opened: bool,
}

/// Opens the dialog.
#[derive(Debug)]
pub struct SaveOffers {
    /// The offers that are listed.
    pub offers: Vec<Offer>,
}

impl DialogRequest for SaveOffers {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let target = SaveTarget::new(&cx.snapshot.download_folder.join("one-time-offers.csv"));
        Box::new(SaveOfferLog { offers: self.offers, target, opened: false })
    }
}

impl Dialog for SaveOfferLog {
    fn on_picked(&mut self, path: &Path) {
        self.target.pick(path);
    }

    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let dialog = DialogFrame::new("Save the offer log").accept("Save").width(560.0);
        let dialog = dialog.blocked(self.target.blocked());
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            let note = "A name that ends in .md becomes a Markdown table, any other a CSV file.";
            self.target.field(ui, &format!("{note} {REPLACED}"), !self.opened);
            self.opened = true;
            SaveTarget::button(ui, Pick::SaveOfferLog, out);
            kit::faint(ui, format!("Offers to save: {}", self.offers.len()));
        });
        if verdict == DialogVerdict::Accepted {
            let (path, may_replace) = self.target.chosen();
            let text = if is_markdown(&path) { to_markdown(&self.offers) } else { to_csv(&self.offers) };
            out.push(Intent::Write { path, text, may_replace });
        }
        verdict == DialogVerdict::Open
    }
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"))
}
