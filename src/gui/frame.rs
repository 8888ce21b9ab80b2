//! The parts of a frame: the bar at the top, the banners, the list of cases, and the page.

use egui::{FocusDirection, Frame, Id, Key, Margin, Panel, Rect, Stroke, Ui};

use crate::case::{CaseId, UserError};
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
    let start = tab_from_nowhere(ui, cx);
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
    LastFocus::remember(ui, cx);
}

/// Where the keyboard focus was last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct LastFocus {
    route: Route,
    case: Option<CaseId>,
    place: Rect,
}

impl LastFocus {
    fn key() -> Id {
        Id::unique("the last focus")
    }

    /// Remembers it for a frame in which its control is gone.
    fn remember(ui: &Ui, cx: &ViewContext<'_>) {
        let Some(focused) = ui.memory(egui::Memory::focused) else { return };
        let layer = ui.layer_id();
        let place = ui.ctx().viewport(|window| {
            let control = window.this_pass.widgets.get(focused);
            control.filter(|control| control.layer_id == layer).map(|control| control.rect)
        });
        if let Some(place) = place {
            let last = Self { route: cx.route, case: cx.case.map(|case| case.id), place };
            ui.data_mut(|data| data.insert_temp(Self::key(), last));
        }
    }

    /// The control next to it, if the same page is still shown.
    fn neighbour(ui: &Ui, cx: &ViewContext<'_>) -> Option<Id> {
        let last = ui.data(|data| data.get_temp::<Self>(Self::key()))?;
        if (last.route, last.case) != (cx.route, cx.case.map(|case| case.id)) {
            return None;
        }
        let layer = ui.layer_id();
        ui.ctx().viewport(|window| {
            let controls = window.prev_pass.widgets.get_layer(layer);
            let far = |rect: Rect| last.place.center().distance_sq(rect.center());
            controls
                .filter(|control| control.enabled && control.sense.is_focusable())
                .min_by(|a, b| far(a.rect).total_cmp(&far(b.rect)))
                .map(|control| control.id)
        })
    }
}

/// Where Tab begins if nothing has the keyboard focus: beside the control that had it last and is gone, or at the start of
/// a page that has just opened. Without this, the first dozen presses would walk through the bar at the top. The result
/// passes the focus on to the control after it.
fn tab_from_nowhere(ui: &Ui, cx: &ViewContext<'_>) -> Option<Id> {
    let (is_tab, is_back) = ui.input(|input| (input.key_pressed(Key::Tab), input.modifiers.shift_only()));
    let is_nowhere =
        ui.memory(|memory| memory.focused().is_none() && memory.is_above_modal_layer(ui.layer_id()));
    if !is_tab || !is_nowhere {
        return None;
    }
    if let Some(control) = LastFocus::neighbour(ui, cx) {
        ui.memory_mut(|memory| {
            memory.move_focus(FocusDirection::None);
            memory.request_focus(control);
        });
        return None;
    }
    let start = Id::unique("start of the content");
    (!is_back).then(|| {
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
    use std::sync::Arc;

    use egui::{Key, Modifiers};
    use egui_kittest::kittest::{Queryable as _, by};

    use crate::engine::api::Snapshot;
    use crate::gui::fixture::{at_lesson, at_work, first_run, practice_window, run_of, window};
    use crate::gui::workspace::Workspace;

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

    /// The button that begins an export is gone once GitLab works on it.
    #[test]
    fn tab_continues_where_the_control_with_the_focus_was() {
        let snapshot = at_lesson();
        let case = snapshot.cases[0].as_ref().clone();
        let mut workspace = Workspace::pretend(snapshot.clone());
        workspace.selected = Some(case.id);
        let mut window = practice_window(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        window.get_by_label("Start export").focus();
        window.run();
        let place = window.get_by_label("Start export").rect();
        let run = run_of(&case, 1, 3, &[("queued", 2)]);
        let runs = [Arc::new(run)].into();
        window.state_mut().practice.as_mut().unwrap().show(Snapshot { runs, ..snapshot });
        window.run();
        assert!(window.query_by_label("Start export").is_none());
        window.key_press(Key::Tab);
        window.run();
        let focused =
            window.get(by().predicate(|node| node.is_focused() && node.role() == egui::Role::Button));
        assert!(focused.rect().center().distance(place.center()) < 60.0, "{focused:?}");
    }
}
