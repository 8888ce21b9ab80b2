//! The page of settings: one card a subject. What is chosen holds at once and is kept over restarts.

mod appearance;
mod diagnostics;
mod downloads;
mod instances;
mod network;
mod typed;
mod wording;

#[cfg(test)]
pub(in crate::gui) mod tests;

use std::path::Path;

use egui::Ui;

use crate::case::Trouble;
use crate::gui::intent::Outbox;
use crate::gui::kit;
use crate::gui::pages::notifications::notifications;
use crate::gui::view_context::ViewContext;

use downloads::Downloads;
pub use instances::Forget;
use network::Network;

/// The page's state.
#[derive(Debug, Default)]
pub struct SettingsPage {
    downloads: Downloads,
    network: Network,
}

impl SettingsPage {
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        kit::page(
            ui,
            "Settings",
            |_| {},
            |ui| {
                kit::card(ui, |ui| instances::instances(ui, cx, out));
                kit::card(ui, appearance::appearance);
                kit::card(ui, |ui| self.downloads.ui(ui, cx, out));
                kit::card(ui, |ui| self.network.ui(ui, cx, out));
                kit::card(ui, |ui| wording::wording(ui, cx, out));
                kit::card(ui, |ui| notifications(ui, cx, out));
                kit::card(ui, |ui| diagnostics::take_along(ui, cx, out));
                kit::card(ui, |ui| diagnostics::diagnostics(ui, cx, out));
                kit::card(ui, |ui| diagnostics::about(ui, cx, out));
            },
        );
    }

    /// Takes what the system's dialog answered.
    pub fn set_folder(&mut self, path: &Path) {
        self.downloads.set_folder(path);
    }

    /// Takes what the system's dialog answered.
    pub fn set_ca_file(&mut self, path: &Path) {
        self.network.set_ca_file(path);
    }

    /// What came of a choice; a refusal is shown beside it.
    pub fn hear(&mut self, key: &str, result: Result<(), Trouble>) {
        if !self.network.hear(key, &result) {
            self.downloads.hear(key, result);
        }
    }
}
