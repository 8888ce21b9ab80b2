//! What a form shows where no instance is connected.

use egui::Ui;

use crate::gui::command::UiCommand;
use crate::gui::intent::Outbox;
use crate::gui::kit;
use crate::gui::view_context::ViewContext;

pub fn connect_first(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::soft(ui, "Connect to a GitLab first.");
    if UiCommand::Connect.button(ui, cx).primary().show(ui).clicked() {
        out.run(UiCommand::Connect);
    }
}
