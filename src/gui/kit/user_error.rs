//! What went wrong, what to do, and GitLab's correlation ID.

use egui::{CornerRadius, Frame, Margin, RichText, Ui};

use super::{Button, copy, hint_words, icon, icons, prose};
use crate::case::{Hint, UserError};
use crate::gui::theme::{RADIUS, Severity, tokens};

/// An error shown in place: always headline and hint, and the correlation ID if there is one.
pub fn error(ui: &mut Ui, error: &UserError) {
    let t = tokens(ui);
    let (ink, ground) = t.severity(Severity::Bad);
    Frame::new().fill(ground).corner_radius(CornerRadius::same(RADIUS)).inner_margin(Margin::same(12)).show(
        ui,
        |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal_top(|ui| {
                icon(ui, icons::BAD, ink, 20.0);
                ui.vertical(|ui| {
                    prose(ui, &error.headline, t.text);
                    let hint = hint_words(&error.hint);
                    if !hint.is_empty() {
                        prose(ui, &hint, t.soft);
                    }
                    if let Hint::Connect { instance } | Hint::UnlockKeyring { instance } = &error.hint {
                        connect(ui, instance);
                    }
                    if let Some(id) = &error.correlation_id {
                        correlation(ui, id);
                    }
                });
            });
        },
    );
}

fn connect(ui: &mut Ui, instance: &str) {
    // The full name of the command, because the top bar may show the same button.
    let button = Button::new("Connect to GitLab").caption("Connect").icon(icons::CONNECT);
    if button.show(ui).clicked() {
        ui.data_mut(|data| data.insert_temp(connect_id(), instance.to_owned()));
    }
}

/// The instance for which the person clicked Connect since the last call.
pub fn take_connect(ctx: &egui::Context) -> Option<String> {
    ctx.data_mut(|data| data.remove_temp::<String>(connect_id()))
}

fn connect_id() -> egui::Id {
    egui::Id::unique("connect")
}

fn correlation(ui: &mut Ui, id: &str) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Correlation ID").small().color(t.soft));
        ui.label(RichText::new(id).monospace().color(t.text));
        if Button::new("Copy correlation ID").icon(icons::COPY).icon_only().quiet().show(ui).clicked() {
            copy(ui.ctx(), "correlation ID", id);
        }
    });
}
