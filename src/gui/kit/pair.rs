//! A name and its value in a row, with a button that copies the value.

use egui::{Align, Label, Layout, RichText, Ui, Vec2};

use super::{Button, copy, icons, when};
use crate::case::UtcMs;
use crate::gui::theme::{size, tokens};

const NAME_WIDTH: f32 = 220.0;

/// A name and a value that can be copied. A long value is shortened and shown in full on hover.
pub fn pair(ui: &mut Ui, name: &str, value: &str) {
    pair_with(ui, name, |ui| {
        let t = tokens(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let label = format!("Copy {name}");
            if Button::new(&label).icon(icons::COPY).icon_only().quiet().show(ui).clicked() {
                copy(ui.ctx(), name, value);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(
                    Label::new(RichText::new(value).color(t.text)).truncate().show_tooltip_when_elided(false),
                )
                .on_hover_text(value);
            });
        });
    });
}

/// A name and a time: relative, with the exact time on hover.
pub fn pair_time(ui: &mut Ui, name: &str, at: UtcMs, now: UtcMs) {
    pair_with(ui, name, |ui| {
        when(ui, at, now);
    });
}

/// A name with any content beside it.
pub fn pair_with(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let t = tokens(ui);
        let width = NAME_WIDTH.min(ui.available_width() * 0.42);
        ui.allocate_ui_with_layout(Vec2::new(width, 24.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(width);
            ui.add(Label::new(RichText::new(name).size(size::SMALL).color(t.faint)).wrap());
        });
        value(ui);
    });
}
