//! Where Tab begins if nothing has the keyboard focus: beside the control that had it last and is gone, beside the last
//! click, or at the start of a page that has just opened. egui would begin at the first control of the window, a dozen
//! presses away in the bar at the top.

use egui::{FocusDirection, Id, Key, Memory, Rect, Ui};

use crate::case::CaseId;
use crate::gui::route::Route;

/// What is on the screen.
type Shown = (Route, Option<CaseId>);

/// Where the keyboard focus was last.
#[derive(Clone, Copy, Debug)]
struct LastFocus {
    shown: Shown,
    place: Rect,
}

fn last_focus() -> Id {
    Id::unique("the last focus")
}

/// Has the focus from [`before_frame`] to [`content_begins`], which passes it on to the next control.
fn start() -> Id {
    Id::unique("start of the content")
}

/// Call this before anything is drawn.
pub fn before_frame(ui: &Ui, shown: Shown) {
    let (is_tab, is_back) = ui.input(|input| (input.key_pressed(Key::Tab), input.modifiers.shift_only()));
    let layer = ui.layer_id();
    let is_nowhere = ui.memory(|memory| memory.focused().is_none() && memory.is_above_modal_layer(layer));
    if !is_tab || !is_nowhere {
        return;
    }
    if let Some(control) = neighbour(ui, shown) {
        ui.memory_mut(|memory| {
            memory.move_focus(FocusDirection::None);
            memory.request_focus(control);
        });
    } else if !is_back {
        ui.memory_mut(|memory| memory.request_focus(start()));
    }
}

/// The control at the place of the last focus or click, or next to it, if the same page is still shown.
fn neighbour(ui: &Ui, shown: Shown) -> Option<Id> {
    let last = ui.data(|data| data.get_temp::<LastFocus>(last_focus()))?;
    if last.shown != shown {
        return None;
    }
    let (layer, place) = (ui.layer_id(), last.place.center());
    let far = |rect: Rect| rect.distance_sq_to_pos(place) + rect.center().distance_sq(place) / 1e6;
    ui.ctx().viewport(|window| {
        let controls = window.prev_pass.widgets.get_layer(layer);
        controls
            .filter(|control| control.enabled && control.sense.is_focusable())
            .min_by(|a, b| far(a.rect).total_cmp(&far(b.rect)))
            .map(|control| control.id)
    })
}

/// Call this where the page begins, after the bar above it.
pub fn content_begins(ui: &Ui) {
    let layer = ui.layer_id();
    ui.memory_mut(|memory| {
        if memory.focused() == Some(start()) {
            memory.interested_in_focus(start(), layer);
        }
    });
}

/// Remembers the focus, or the click, for a frame in which nothing has the focus. `area` is that of the page.
pub fn remember(ui: &Ui, area: Rect, shown: Shown) {
    let layer = ui.layer_id();
    let clicked = ui.input(|input| input.pointer.any_pressed().then(|| input.pointer.interact_pos()));
    let focused = || {
        let focused = ui.memory(Memory::focused)?;
        ui.ctx().viewport(|window| {
            let control = window.this_pass.widgets.get(focused);
            control.filter(|control| control.layer_id == layer).map(|control| control.rect)
        })
    };
    let place = clicked.flatten().map(Rect::from_pos).or_else(focused);
    let place = place.filter(|place| area.contains(place.center()));
    if let Some(place) = place {
        ui.data_mut(|data| data.insert_temp(last_focus(), LastFocus { shown, place }));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui::{Key, Modifiers};
    use egui_kittest::kittest::{Queryable as _, by};

    use crate::case::CaseId;
    use crate::engine::api::Snapshot;
    use crate::gui::fixture::{at_lesson, at_work, first_run, practice_window, run_of, window, window_of};
    use crate::gui::kit::Toast;
    use crate::gui::workspace::Workspace;

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
        assert!(window.get_by_label("Path of an archive").is_focused());
        window.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
        window.run();
        assert!(window.get_by_label("Settings").is_focused(), "the bar comes before the page");
        // A key leads to the page, wherever the focus was.
        window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
        window.run();
        assert!(!window.get_by_label("Settings").is_focused());
        window.key_press(Key::Tab);
        window.run();
        assert!(window.get_by_label("Practise on the built-in GitLab").is_focused());
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

    #[test]
    fn tab_begins_in_the_page_also_while_a_toast_is_shown() {
        let mut window = window(first_run(), egui::Theme::Dark, 1280.0, 800.0);
        window.state_mut().toasts.add(Toast::good("Saved"));
        window.run_steps(2);
        window.get_by_label("Saved");
        window.key_press(Key::Tab);
        window.run_steps(3);
        assert!(window.get_by_label("Practise on the built-in GitLab").is_focused());
    }

    #[test]
    fn tab_begins_where_the_last_click_was() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        let place = window.get_by_label("New note").rect();
        // Beside the field, where nothing is.
        let pos = egui::pos2(place.left() - 10.0, place.center().y);
        for pressed in [true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
            window.input_mut().events.push(egui::Event::PointerMoved(pos));
            window.input_mut().events.push(egui::Event::PointerButton { pos, button, pressed, modifiers });
            window.step();
        }
        window.run();
        assert!(!window.get_by_label("New note").is_focused());
        window.key_press(Key::Tab);
        window.run();
        assert!(window.get_by_label("New note").is_focused());
    }
}
