//! The dialog that writes the listed offers to a file.

use std::path::{Path, PathBuf};

use egui::Context;

use crate::case::Offer;
use crate::case::ledger::{to_csv, to_markdown};
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, DialogFrame, Field, Verdict, icons};
use crate::gui::theme::space;

/// The dialog's state.
#[derive(Debug)]
pub struct SaveLedger {
    offers: Vec<Offer>,
    path: String,
    opened: bool,
}

impl SaveLedger {
    pub fn new(offers: Vec<Offer>, folder: &Path) -> Self {
        Self { offers, path: folder.join("one-time-offers.csv").display().to_string(), opened: false }
    }

    /// Takes what the system's dialog answered.
    pub fn set(&mut self, path: &Path) {
        self.path = path.display().to_string();
    }

    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, out: &mut Outbox) -> bool {
        let blocked = self.path.trim().is_empty().then(|| "Type a file.".to_owned());
        let dialog = DialogFrame::new("Save the ledger").accept("Save").width(560.0).blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            Field::new("File")
                .note("A name that ends in .md becomes a Markdown table, any other a CSV sheet. A file that is there is not replaced.")
                .focus(!self.opened)
                .show(ui, &mut self.path);
            self.opened = true;
            if Button::new("Choose a file…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::SaveLedger));
            }
            kit::faint(ui, format!("Offers listed now, and saved: {}", self.offers.len()));
        });
        if verdict == Verdict::Accepted {
            let path = PathBuf::from(self.path.trim());
            let text = if is_markdown(&path) { to_markdown(&self.offers) } else { to_csv(&self.offers) };
            out.push(Intent::Write { path, text });
        }
        verdict == Verdict::Open
    }
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"))
}
