//! The settings page: one card per subject. A choice takes effect at once and is kept across restarts.

mod appearance;
mod diagnostics;
mod downloads;
mod instances;
mod network;
mod notifications;
mod text_config;
mod typed;

#[cfg(test)]
pub(in crate::gui) mod tests;

use std::path::Path;

use egui::Ui;

use crate::gui::intent::Outbox;
use crate::gui::kit;
use crate::gui::pending::Answers;
use crate::gui::view_context::ViewContext;

use downloads::DownloadSettings;
use network::Network;

/// The page's state.
#[derive(Debug, Default)]
pub struct SettingsPage {
    downloads: DownloadSettings,
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
                kit::card(ui, |ui| text_config::text_config(ui, cx, out));
                kit::card(ui, |ui| notifications::notifications(ui, cx, out));
                kit::card(ui, |ui| diagnostics::take_along(ui, cx, out));
                kit::card(ui, |ui| diagnostics::diagnostics(ui, cx, out));
                kit::card(ui, |ui| diagnostics::about(ui, cx, out));
            },
        );
    }

    /// Takes the folder that the person selected in the system's dialog.
    pub fn set_folder(&mut self, path: &Path) {
        self.downloads.set_folder(path);
    }

    /// Takes the file that the person selected in the system's dialog.
    pub fn set_ca_file(&mut self, path: &Path) {
        self.network.set_ca_file(path);
    }

    /// Takes the results of the changed settings.
    pub fn on_answer(&mut self, answers: &mut Answers, out: &mut Outbox) {
        self.downloads.on_answer(answers, out);
        self.network.on_answer(answers, out);
    }
}
