//! The parts of a frame: the bar at the top, the banners, the list of cases, and the page.

use egui::{Frame, Margin, Panel, Stroke, Ui};

use crate::case::UserError;
use crate::gui::command::UiCommand;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, icons};
use crate::gui::pages::{self, Pages};
use crate::gui::route::Route;
use crate::gui::tab_start;
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
    // What the page of a case remembers, such as how far it is scrolled, is not that of a practice case with the same ID.
    // Nor is a control of one page that of another.
    let place = (if cx.practising { "practice-content" } else { "content" }, cx.route);
    let area = ui.available_rect_before_wrap();
    tab_start::content_begins(ui);
    kit::steady(ui, place, |ui| content(ui, cx, pages, down, starting, out));
    tab_start::remember(ui, area, (cx.route, cx.case.map(|case| case.id)));
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

    use crate::gui::fixture::{at_work, window};

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
}
