//! The dialog that lists the shortcuts, from the command table.

use egui::{Context, RichText};

use crate::gui::command::{Group, UiCommand, keys_text};
use crate::gui::dialog::Dialog;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, DialogFrame, DialogVerdict};
use crate::gui::theme::{space, tokens};
use crate::gui::view_context::ViewContext;
use crate::platform::words::COMMAND_KEY;

/// The dialog.
#[derive(Debug)]
pub struct Shortcuts;

impl Dialog for Shortcuts {
    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        shortcuts(ctx)
    }
}

fn shortcuts(ctx: &Context) -> bool {
    let dialog = DialogFrame::new("Keyboard shortcuts").dismiss("Close").width(640.0);
    let verdict = dialog.show(ctx, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        for group in Group::ALL {
            kit::section(ui, group.label());
            for command in UiCommand::all() {
                let entry = command.entry();
                let Some(keys) = entry.keys.filter(|_| entry.group == group) else { continue };
                ui.horizontal(|ui| {
                    let t = tokens(ui);
                    ui.label(RichText::new(entry.label).color(t.text));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let text = keys_text(ui.ctx(), &keys);
                        ui.label(RichText::new(text).monospace().color(t.soft));
                    });
                });
            }
        }
        kit::section(ui, "Everywhere");
        let accept = keys_text(ui.ctx(), &kit::ACCEPT);
        let zoom = format!("{COMMAND_KEY} and +, -, 0");
        for (what, keys) in [
            ("Go to the next control", "Tab"),
            ("Go to the previous control", "Shift+Tab"),
            ("Activate the focused control", "Enter or Space"),
            ("Save, or accept the dialog, from any field", accept.as_str()),
            ("Close the dialog", "Escape"),
            ("Scroll the page or the dialog", "Page Up, Page Down, Home, End"),
            ("Scroll it line by line", "Up and Down"),
            ("Move in a list, open and close its folders", "Arrows, Home, End"),
            ("Larger, smaller, usual size", zoom.as_str()),
        ] {
            ui.horizontal(|ui| {
                let t = tokens(ui);
                ui.label(RichText::new(what).color(t.text));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(RichText::new(keys).monospace().color(t.soft));
                });
            });
        }
    });
    verdict == DialogVerdict::Open
}
