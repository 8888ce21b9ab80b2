//! One sentence that stands out from everything around it.

use crate::gui::icons::MaterialIcon;
use egui::{CornerRadius, Frame, Margin, Ui};

use super::{icon, prose};
use crate::gui::theme::{RADIUS, Severity, tokens};

/// A sentence on a background in the colour of its severity. A screen reader announces each change.
pub fn say(ui: &mut Ui, severity: Severity, glyph: MaterialIcon, text: &str) {
    let t = tokens(ui);
    let (ink, ground) = t.severity(severity);
    let frame = Frame::new().fill(ground).corner_radius(CornerRadius::same(RADIUS));
    frame.inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal_top(|ui| {
            icon(ui, glyph, ink, 20.0);
            let response = prose(ui, text, t.text);
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_live(egui::accesskit::Live::Polite);
            });
        });
    });
}
