//! The parts of a frame: the bar at the top, the banners, the list of cases, and the page.

use egui::{Frame, Id, Key, Margin, Panel, Stroke, Ui};

use crate::case::UserError;
use crate::gui::command::UiCommand;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, icons};
use crate::gui::pages::{self, Pages};
use crate::gui::route::Route;
use crate::gui::theme::{Severity, tokens};
use crate::gui::view_context::ViewContext;

/// Draws everything but the toasts and the dialog.
pub fn frame(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    pages: &mut Pages,
    down: Option<&UserError>,
    starting: bool,
    out: &mut Outbox,
) {
    // Nobody sees the frame in which the window closes, and a computer without a graphics card needs long for it.
    if ui.input(|input| input.viewport().close_requested()) {
        return;
    }
    let start = tab_from_nowhere(ui);
    let t = tokens(ui);
    let edge = Frame::new().fill(t.side).inner_margin(Margin::symmetric(12, 6));
    Panel::top("bar").exact_size(44.0).frame(edge).show(ui, |ui| pages::top_bar::top_bar(ui, cx, out));
    if cx.practising {
        let bare = Frame::new();
        Panel::top("practice")
            .frame(bare)
            .show_separator_line(false)
            .show(ui, |ui| practice_banner(ui, cx, out));
    }
    if let Some(error) = &cx.snapshot.error {
        let bare = Frame::new();
        let words = kit::error_words(error);
        Panel::top("start_error").frame(bare).show_separator_line(false).show(ui, |ui| {
            kit::banner(ui, Severity::Bad, icons::BAD, &words, |_| {});
        });
    }
    if let Some(start) = start {
        let layer = ui.layer_id();
        ui.memory_mut(|memory| memory.interested_in_focus(start, layer));
    }
    // What the page of a case remembers, such as how far it is scrolled, is not that of a practice case with the same ID.
    let place = if cx.practising { "practice-content" } else { "content" };
    kit::steady(ui, place, |ui| content(ui, cx, pages, down, starting, out));
}

/// Where Tab begins if nothing has the keyboard focus, as on a page that has just opened: the result gets the focus, and
/// passes it on to the control after it. Without it, the first dozen presses would walk through the bar at the top.
fn tab_from_nowhere(ui: &Ui) -> Option<Id> {
    let is_tab = ui.input(|input| input.key_pressed(Key::Tab) && input.modifiers.is_none());
    let is_nowhere =
        ui.memory(|memory| memory.focused().is_none() && memory.is_above_modal_layer(ui.layer_id()));
    let start = Id::unique("start of the content");
    (is_tab && is_nowhere).then(|| {
        ui.memory_mut(|memory| memory.request_focus(start));
        start
    })
}

fn content(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    pages: &mut Pages,
    down: Option<&UserError>,
    starting: bool,
    out: &mut Outbox,
) {
    let t = tokens(ui);
    if cx.route == Route::Cases && down.is_none() && !starting && !pages::is_first_run(cx.snapshot) {
        let side = Frame::new().fill(t.side).inner_margin(Margin::symmetric(12, 10));
        let width = (ui.available_width() * 0.3).clamp(264.0, 360.0);
        Panel::left("cases").exact_size(width).resizable(false).frame(side).show(ui, |ui| {
            pages.list.ui(ui, cx, out);
        });
    }
    let ground = Frame::new().fill(t.canvas).stroke(Stroke::NONE);
    egui::CentralPanel::default().frame(ground).show(ui, |ui| {
        if let Some(error) = down {
            pages::unopened::unopened(ui, error, cx, out);
        } else if starting {
            pages::unopened::opening(ui);
        } else {
            pages.ui(ui, cx, out);
        }
    });
}

fn practice_banner(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let words = "Practice: this GitLab runs inside Export Desk. Nothing here is real.";
    kit::banner(ui, Severity::Warn, icons::PRACTICE, words, |ui| {
        let leave = UiCommand::LeavePractice.button(ui, cx);
        if leave.show(ui).clicked() {
            out.run(UiCommand::LeavePractice);
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use egui::{Key, Modifiers};

    use crate::gui::fixture::{at_work, first_run, window};

    #[test]
    fn the_frame_in_which_the_window_closes_is_not_drawn() {
        let mut window = window(at_work(), egui::Theme::Dark, 1280.0, 800.0);
        window.run();
        window.get_by_label("Filter the cases");
        let viewport = window.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        window.step();
        assert!(window.query_by_label("Filter the cases").is_none());
    }

    #[test]
    fn tab_begins_in_the_page_and_not_in_the_bar_above_it() {
        let mut window = window(first_run(), egui::Theme::Dark, 1280.0, 800.0);
        window.run();
        window.key_press(Key::Tab);
        window.run();
        assert!(window.get_by_label("Practise on the built-in GitLab").is_focused());
        // The page that is opened next has none of these controls.
        window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
        window.run();
        window.key_press(Key::Tab);
        window.run();
        assert!(window.get_by_label("Choose a file…").is_focused());
        window.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
        window.run();
        assert!(window.get_by_label("Connect").is_focused(), "the bar comes before the page");
    }
}
