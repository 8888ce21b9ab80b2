//! The settings card for theme and scale.

use egui::{RichText, ThemePreference, Ui};

use crate::gui::kit;
use crate::gui::theme::tokens;
use crate::gui::window_state::SCALES;
use crate::platform::words::COMMAND_KEY;

pub(super) fn appearance(ui: &mut Ui) {
    kit::heading(ui, "Appearance");
    let mut theme = ui.ctx().options(|options| options.theme_preference);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Colours").color(tokens(ui).soft));
        ui.radio_value(&mut theme, ThemePreference::System, "Same as system");
        ui.radio_value(&mut theme, ThemePreference::Dark, "Dark");
        ui.radio_value(&mut theme, ThemePreference::Light, "Light");
    });
    ui.ctx().set_theme(theme);
    let now = ui.ctx().zoom_factor();
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Zoom").color(tokens(ui).soft));
        for scale in SCALES {
            let words = format!("{:.0} %", scale * 100.0);
            if ui.radio((now - scale).abs() < 0.01, words).clicked() {
                ui.ctx().set_zoom_factor(scale);
            }
        }
    });
    let keys = format!("{COMMAND_KEY} and + or - change the zoom anywhere. {COMMAND_KEY} and 0 resets it.");
    kit::faint(ui, keys);
}
