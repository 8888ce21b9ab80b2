//! A name and its value in a row, with a button that copies the value.

use egui::{Align, Label, Layout, RichText, TextStyle, Ui, Vec2};

use super::{Button, copy, icons, when};
use crate::case::UtcMs;
use crate::gui::theme::{size, tokens};

const NAME_WIDTH: f32 = 220.0;
/// The button that copies, with the gaps beside it.
const COPY_WIDTH: f32 = 44.0;

/// A name and a value that can be copied. A long value takes the room that its name does not need, and wraps.
pub fn pair(ui: &mut Ui, name: &str, value: &str) {
    let t = tokens(ui);
    let measured = |words: &str| {
        let font = TextStyle::Body.resolve(ui.style());
        ui.painter().layout_no_wrap(words.to_owned(), font, t.text).size().x
    };
    let least = measured(name) + 8.0;
    let left = ui.available_width() - measured(value) - COPY_WIDTH;
    let width = name_width(ui);
    named(ui, name, left.clamp(least.min(width), width), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let label = format!("Copy {name}");
            if Button::new(&label).icon(icons::COPY).icon_only().quiet().show(ui).clicked() {
                copy(ui.ctx(), name, value);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(value).color(t.text)).wrap());
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
    let width = name_width(ui);
    named(ui, name, width, value);
}

fn name_width(ui: &Ui) -> f32 {
    NAME_WIDTH.min(ui.available_width() * 0.42)
}

fn named(ui: &mut Ui, name: &str, width: f32, value: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let t = tokens(ui);
        ui.allocate_ui_with_layout(Vec2::new(width, 24.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(width);
            ui.add(Label::new(RichText::new(name).size(size::SMALL).color(t.faint)).wrap());
        });
        value(ui);
    });
}
