//! What the window shows while the case database opens, and if it cannot be opened.

use egui::Ui;

use crate::case::{Code, UserError};
use crate::gui::command::UiCommand;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::view_context::ViewContext;

/// The page until the engine has answered.
pub fn opening(ui: &mut Ui) {
    kit::empty(ui, icons::HOURGLASS, "Opening your cases", "This takes a moment.", |_| {});
}

/// The page that explains why the engine did not start and what to do, and that practice still works.
pub fn unopened(ui: &mut Ui, why: &UserError, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.add_space((ui.available_height() * 0.18).min(140.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(560.0_f32.min(ui.available_width() - 48.0));
        let stopped = why.code == Code::Internal;
        kit::heading(ui, if stopped { "Export Desk must restart" } else { "Your cases could not be opened" });
        ui.add_space(8.0);
        kit::error(ui, why);
        ui.add_space(12.0);
        ui.horizontal(|ui| {
            if Button::new("Try again").icon(icons::RETRY).primary().show(ui).clicked() {
                out.push(Intent::Restart);
            }
            if UiCommand::EnterPractice.button(ui, cx).show(ui).clicked() {
                out.run(UiCommand::EnterPractice);
            }
            if Button::new("Copy the message").icon(icons::COPY).show(ui).clicked() {
                kit::copy(ui.ctx(), "message", why.to_string());
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::{Code, UserError};
    use crate::gui::fixture::window_of;
    use crate::gui::workspace::Workspace;

    #[test]
    fn an_engine_that_did_not_start_is_a_page_with_a_next_step() {
        let error = UserError::new(Code::Local, "The data folder is locked.", "Close the other window.");
        let window = window_of(Workspace::broken(error), egui::Theme::Dark, 900.0, 600.0);
        window.get_by_label("The data folder is locked.");
        window.get_by_label("Close the other window.");
        window.get_by_label("Try again");
        window.get_by_label("Practise on the built-in GitLab");
    }
}
