//! The dialog that writes the listed offers to a file.

use std::path::{Path, PathBuf};

use egui::Context;

use crate::case::Offer;
use crate::case::offer_log::{to_csv, to_markdown};
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::platform::folders;

/// The dialog's state.
#[derive(Debug)]
struct SaveOfferLog {
    offers: Vec<Offer>,
    path: String,
    /// The file that the person chose in the file dialog.
    picked: Option<PathBuf>,
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
        let path = cx.snapshot.download_folder.join("one-time-offers.csv").display().to_string();
        Box::new(SaveOfferLog { offers: self.offers, path, picked: None, opened: false })
    }
}

impl Dialog for SaveOfferLog {
    fn on_picked(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.picked = Some(path.to_owned());
    }

    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let blocked = self.path.trim().is_empty().then(|| "Type a file.".to_owned());
        let dialog = DialogFrame::new("Save the offer log").accept("Save").width(560.0).blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            Field::new("File")
                .note("A name that ends in .md becomes a Markdown table, any other a CSV file. Existing files are not replaced.")
                .focus(!self.opened)
                .show(ui, &mut self.path);
            self.opened = true;
            if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::SaveOfferLog));
            }
            kit::faint(ui, format!("Offers to save: {}", self.offers.len()));
        });
        if verdict == DialogVerdict::Accepted {
            let path = folders::typed(&self.path);
            let text = if is_markdown(&path) { to_markdown(&self.offers) } else { to_csv(&self.offers) };
            // The file dialog has asked whether this file may be replaced.
            let may_replace = self.picked.as_ref() == Some(&path);
            out.push(Intent::Write { path, text, may_replace });
        }
        verdict == DialogVerdict::Open
    }
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"))
}
