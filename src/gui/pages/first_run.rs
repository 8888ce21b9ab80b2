//! The first page of a window that has no instance and no case: connect to GitLab, or practice.

use egui::{Align, CornerRadius, Frame, Layout, Margin, RichText, Stroke, Ui, Vec2};

use crate::gui::command::{UiCommand, keys_text};
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{self, space, tokens};
use crate::platform::words::KEYRING;

/// The welcome page.
pub fn first_run(ui: &mut Ui, out: &mut Outbox) {
    let width = 760.0_f32.min(ui.available_width() - 48.0);
    ui.add_space((ui.available_height() * 0.16).clamp(24.0, 180.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(width);
        ui.label(RichText::new("Get a customer's export").text_style(theme::display()));
        ui.add_space(space::XS);
        kit::soft(ui, "Export Desk starts a GitLab project export, watches it,\nresumes the download after every interruption, and verifies the archive.");
        ui.add_space(space::XL);
        ui.allocate_ui_with_layout(Vec2::new(width, 216.0), Layout::left_to_right(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            let door_width = (width - space::L) / 2.0;
            door(ui, door_width, icons::PRACTICE, "Practise first", PRACTISE, |ui| {
                let button = Button::new("Practise on the built-in GitLab").primary();
                if button.show(ui).clicked() {
                    out.run(UiCommand::EnterPractice);
                }
            });
            door(ui, door_width, icons::CONNECT, "Work on a real project", &how_to_connect(), |ui| {
                if Button::new("Connect to GitLab").show(ui).clicked() {
                    out.run(UiCommand::Connect);
                }
            });
        });
        ui.add_space(space::L);
        ui.horizontal(|ui| {
            let keys = UiCommand::OpenArchive.entry().keys.map(|keys| keys_text(ui.ctx(), &keys));
            kit::faint(ui, format!("To inspect a file, drop a .tar.gz on the window, or press {}.", keys.unwrap_or_default()));
            if Button::new("Open an archive").icon(icons::ARCHIVE).quiet().show(ui).clicked() {
                out.run(UiCommand::OpenArchive);
            }
        });
    });
}

const PRACTISE: &str = "A small GitLab runs inside Export Desk. It works immediately and offline. Its lessons show how exports fail and what to do. Nothing here is real.";

fn how_to_connect() -> String {
    format!(
        "You need the URL of the instance and a personal access token. The token is kept in your system's {KEYRING}, never in a file of Export Desk."
    )
}

fn door(
    ui: &mut Ui,
    width: f32,
    glyph: kit::icons::MaterialIcon,
    headline: &str,
    sentence: &str,
    button: impl FnOnce(&mut Ui),
) {
    let t = tokens(ui);
    let frame = Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.line))
        .corner_radius(CornerRadius::same(12))
        .inner_margin(Margin::same(20));
    frame.show(ui, |ui| {
        ui.set_width(width - 42.0);
        ui.set_min_height(200.0);
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            kit::icon(ui, glyph, t.accent, 28.0);
            kit::heading(ui, headline);
            kit::soft(ui, sentence);
            ui.add_space(space::XS);
            button(ui);
        });
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::gui::fixture::{first_run, window};

    #[test]
    fn both_buttons_are_there_and_one_opens_the_connect_dialog() {
        let mut window = window(first_run(), egui::Theme::Dark, 900.0, 600.0);
        window.get_by_label("Practise on the built-in GitLab");
        window.get_by_label("Connect to GitLab").click();
        window.run();
        window.get_by_label("Personal access token");
        window.key_press(egui::Key::Escape);
        window.run();
        assert!(window.query_by_label("Personal access token").is_none(), "Escape closes the dialog");
    }
}
