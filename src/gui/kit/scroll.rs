//! Scrolls long content by keys, and to the control that has the keyboard focus, which then keeps its place.

use egui::scroll_area::ScrollAreaOutput;
use egui::{Id, Key, Modifiers, ScrollArea, Ui, Vec2};

/// The distance of an arrow key, in points.
const LINE: f32 = 40.0;
/// Space around the control that is brought into view, in points.
const AROUND: f32 = 24.0;
/// Longer than any content, in points.
const ALL: f32 = 1.0e6;
/// A control that moves by less does not leave the pointer or the eye, in points.
const LITTLE: f32 = 6.0;
/// Whoever has moved the pointer within this time is about to press, in seconds.
const AIMING_S: f32 = 1.0;

/// Where the control with the keyboard focus was, or without one what the pointer is about to press, in points.
#[derive(Clone, Copy, Debug)]
struct Place {
    of: Id,
    /// Below the top of the content.
    in_content: f32,
    /// By how much the content was scrolled.
    scrolled: f32,
}

/// Shows an area that is scrolled by keys, and whose control with the keyboard focus keeps its place.
pub fn scrolled<R>(ui: &mut Ui, area: ScrollArea, content: impl FnOnce(&mut Ui) -> R) -> ScrollAreaOutput<R> {
    // Without this, egui shows the new place one frame late.
    area.animated(false).show(ui, |ui| {
        let inner = content(ui);
        scroll_by_keys(ui);
        inner
    })
}

/// Scrolling content of the full available width, with the scroll bar at the window's edge.
pub(super) fn whole<R>(ui: &mut Ui, salt: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    scrolled(ui, ScrollArea::vertical().id_salt(salt).auto_shrink(false), content).inner
}

/// Scrolls the area around `ui` by Page Up, Page Down, Home, End and the arrows, unless a field has the keyboard
/// focus, or a dialog or a menu is above. The area's content comes first and may consume these keys itself.
fn scroll_by_keys(ui: &Ui) {
    show_focused(ui);
    keep_focused(ui);
    let layer = ui.layer_id();
    let is_behind =
        !ui.memory(|memory| memory.is_above_modal_layer(layer)) || egui::Popup::is_any_open(ui.ctx());
    if ui.ctx().text_edit_focused() || is_behind {
        return;
    }
    let page = (ui.clip_rect().height() * 0.9).max(LINE);
    let mut keys = vec![(Key::PageUp, page), (Key::PageDown, -page), (Key::Home, ALL), (Key::End, -ALL)];
    // While a button has the focus, the arrows move between buttons.
    if ui.memory(|memory| memory.focused().is_none()) {
        keys.extend([(Key::ArrowUp, LINE), (Key::ArrowDown, -LINE)]);
    }
    let by: f32 = ui.input_mut(|input| {
        let pressed = |(key, by): (Key, f32)| input.consume_key(Modifiers::NONE, key).then_some(by);
        keys.into_iter().filter_map(pressed).sum()
    });
    if by != 0.0 {
        ui.scroll_with_delta(Vec2::new(0.0, by));
        ui.ctx().request_repaint();
    }
}

/// Brings the control that has just got the keyboard focus into view: Tab also reaches controls outside of the visible
/// area.
fn show_focused(ui: &Ui) {
    let key = ui.scope_id().with("focus that was shown");
    let focused = ui.memory(egui::Memory::focused);
    let is_new = ui.data(|data| data.get_temp::<Option<Id>>(key)).flatten() != focused;
    if !is_new {
        return;
    }
    ui.data_mut(|data| data.insert_temp(key, focused));
    // Whoever clicks a control sees it, and it must not move under the pointer.
    if ui.input(|input| input.pointer.any_down() || input.pointer.any_released()) {
        return;
    }
    let Some(response) = focused.and_then(|id| ui.ctx().read_response(id)) else { return };
    let (content, clip, rect) = (ui.min_rect(), ui.clip_rect(), response.rect);
    // A control outside of this content, for example in the header above it, is visible as it is.
    let is_inside = response.layer_id == ui.layer_id() && content.contains_rect(rect);
    let is_cut = !response.interact_rect.contains_rect(rect) && clip.x_range().contains(rect.center().x);
    if is_inside && is_cut {
        ui.scroll_to_rect(rect.expand(AROUND), None);
        ui.ctx().request_repaint();
    }
}

/// The control with the keyboard focus stays where it is on the screen when something above it becomes higher or lower,
/// for example when an export ends while somebody types.
fn keep_focused(ui: &Ui) {
    let key = ui.scope_id().with("place of the focus");
    let here = place_of_focus(ui);
    let before = ui.data_mut(|data| {
        let before = data.get_temp::<Option<Place>>(key).flatten();
        data.insert_temp(key, here);
        before
    });
    let (Some(here), Some(before)) = (here, before) else { return };
    let moved = here.in_content - before.in_content;
    // Whoever scrolls, or goes to another place, wants another place.
    let rests = here.of == before.of && (here.scrolled - before.scrolled).abs() < 1.0;
    if rests && moved.abs() >= LITTLE && !is_placed(ui) {
        ui.scroll_with_delta(Vec2::new(0.0, -moved));
        ui.ctx().request_discard("the control with the focus keeps its place");
    }
}

/// Where the focused control of this content is, or what the pointer is about to press.
fn place_of_focus(ui: &Ui) -> Option<Place> {
    let of = ui.memory(egui::Memory::focused).or_else(|| pointed(ui))?;
    // A response would also take the focus from a control beside which somebody clicks.
    let control = ui.ctx().viewport(|viewport| viewport.this_pass.widgets.get(of).copied())?;
    let (content, clip) = (ui.min_rect(), ui.clip_rect());
    // A long text scrolls by itself: what is seen of it begins where its frame does.
    let seen = control.interact_rect.top();
    let top = if seen > clip.top() { seen } else { control.rect.top() };
    let is_here = control.layer_id == ui.layer_id() && content.contains(egui::pos2(control.rect.left(), top));
    is_here.then(|| Place { of, in_content: top - content.top(), scrolled: clip.top() - content.top() })
}

/// What the pointer is about to press: what it came to a moment ago.
fn pointed(ui: &Ui) -> Option<Id> {
    if ui.input(|input| input.pointer.time_since_last_movement() > AIMING_S) {
        return None;
    }
    ui.ctx().viewport(|viewport| {
        let hovered = viewport.interact_widgets.hovered.iter();
        let hovered = hovered.filter_map(|id| viewport.this_pass.widgets.get(*id));
        let hovered = hovered.filter(|widget| widget.layer_id == ui.layer_id());
        hovered.min_by(|a, b| a.rect.area().total_cmp(&b.rect.area())).map(|widget| widget.id)
    })
}

/// In this frame, the page is scrolled to a place: the control with the focus may leave its own.
pub fn placed(ui: &Ui) {
    let frame = ui.ctx().cumulative_frame_nr();
    ui.data_mut(|data| data.insert_temp(placed_id(), frame));
}

fn is_placed(ui: &Ui) -> bool {
    ui.data(|data| data.get_temp::<u64>(placed_id())) == Some(ui.ctx().cumulative_frame_nr())
}

fn placed_id() -> Id {
    Id::unique("page that is placed")
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::gui::kit::{DialogFrame, Field, page, steady};
    use crate::gui::theme;

    const LINES: usize = 60;

    fn lines(ui: &mut Ui) {
        for i in 1..=LINES {
            ui.label(format!("{i} of many"));
        }
    }

    /// The position of the first line.
    fn top<S>(window: &Harness<'static, S>) -> f32 {
        window.get_by_label("1 of many").rect().top()
    }

    fn press<S>(window: &mut Harness<'static, S>, key: Key) -> f32 {
        window.key_press(key);
        window.run();
        top(window)
    }

    fn walk<S>(window: &mut Harness<'static, S>) {
        window.run();
        let at_rest = top(window);
        let line = press(window, Key::ArrowDown);
        assert!(line < at_rest && line > at_rest - 60.0, "a line is {line} from {at_rest}");
        assert!((press(window, Key::ArrowUp) - at_rest).abs() < 1.0);
        let turned = press(window, Key::PageDown);
        assert!(turned < at_rest - 150.0, "a page is {turned} from {at_rest}");
        let last = press(window, Key::End);
        assert!(last < turned);
        assert!(press(window, Key::PageUp) > last);
        assert!((press(window, Key::Home) - at_rest).abs() < 1.0);
    }

    #[test]
    fn a_page_and_a_dialog_are_scrolled_by_keys() {
        let size = egui::vec2(800.0, 500.0);
        let builder = || Harness::builder().with_size(size).with_context_setup(theme::install);
        walk(&mut builder().build_ui(|ui| page(ui, "Long", |_| {}, lines)));
        walk(&mut builder().build_ui(|ui| {
            DialogFrame::new("Long").show(ui.ctx(), lines);
        }));
    }

    #[test]
    fn tab_scrolls_to_the_control_that_it_reaches() {
        let size = egui::vec2(800.0, 500.0);
        let buttons = |ui: &mut Ui| {
            for i in 1..=LINES {
                crate::gui::kit::Button::new(&format!("Button {i}")).show(ui);
            }
        };
        let builder = || Harness::builder().with_size(size).with_context_setup(theme::install);
        let windows = [
            builder().build_ui(move |ui| page(ui, "Long", |_| {}, buttons)),
            builder().build_ui(move |ui| {
                DialogFrame::new("Long").show(ui.ctx(), buttons);
            }),
        ];
        for mut window in windows {
            for _ in 0..LINES / 2 {
                window.key_press(Key::Tab);
                window.run();
            }
            let names: Vec<String> = (1..=LINES).map(|i| format!("Button {i}")).collect();
            let mut buttons = names.iter().map(|name| window.get_by_label(name));
            let rect = buttons.find(egui_kittest::Node::is_focused).unwrap().rect();
            assert!(rect.top() > 40.0 && rect.bottom() < 480.0, "Tab went to {rect:?}");
        }
    }

    #[test]
    fn a_control_with_the_focus_stays_where_it_is() {
        let size = egui::vec2(800.0, 500.0);
        let content = |ui: &mut Ui, news: usize| {
            lines(ui);
            for i in 0..news {
                ui.label(format!("news {i}"));
            }
            steady(ui, "pressed", |ui| crate::gui::kit::Button::new("Pressed").show(ui));
            for i in 0..LINES {
                ui.label(format!("{i} of those below"));
            }
        };
        let mut window = Harness::builder()
            .with_size(size)
            .with_context_setup(theme::install)
            .build_ui_state(move |ui, news: &mut usize| page(ui, "Long", |_| {}, |ui| content(ui, *news)), 0);
        window.run();
        window.get_by_label("Pressed").focus();
        window.run();
        let at = window.get_by_label("Pressed").rect().top();
        assert!(at > 40.0 && at < 480.0);
        for news in [4, 1, 9, 0] {
            *window.state_mut() = news;
            window.step();
            assert!((window.get_by_label("Pressed").rect().top() - at).abs() < 1.0, "in the same frame");
            window.run();
            assert!((window.get_by_label("Pressed").rect().top() - at).abs() < 1.0, "with {news} lines more");
        }
        // Whoever scrolls goes elsewhere.
        let turned = press(&mut window, Key::PageUp);
        window.step();
        assert!((top(&window) - turned).abs() < 1.0);
    }

    #[test]
    fn what_the_pointer_is_about_to_press_stays_below_it() {
        let size = egui::vec2(800.0, 500.0);
        let content = |ui: &mut Ui, news: usize| {
            steady(ui, "news", |ui| (0..news).for_each(|i| drop(ui.label(format!("news {i}")))));
            steady(ui, "rest", lines);
        };
        let mut window = Harness::builder()
            .with_size(size)
            .with_context_setup(theme::install)
            .build_ui_state(move |ui, news: &mut usize| page(ui, "Long", |_| {}, |ui| content(ui, *news)), 0);
        window.run();
        let at = window.get_by_label("9 of many").rect();
        window.hover_at(at.center());
        window.step();
        window.step();
        *window.state_mut() = 4;
        window.step();
        assert!((window.get_by_label("9 of many").rect().top() - at.top()).abs() < 1.0);
        // A pointer that rests does not say where somebody looks.
        window.run();
        window.run_steps(8);
        *window.state_mut() = 0;
        window.run();
        let now = window.get_by_label("9 of many").rect();
        assert!((now.top() - at.top()).abs() > 40.0, "{now:?}");
    }

    #[test]
    fn a_field_keeps_these_keys_and_a_page_rests_under_a_dialog() {
        let size = egui::vec2(800.0, 500.0);
        let mut window =
            Harness::builder().with_size(size).with_context_setup(theme::install).build_ui_state(
                |ui, (text, asks): &mut (String, bool)| {
                    page(
                        ui,
                        "Long",
                        |_| {},
                        |ui| {
                            Field::new("Words").show(ui, text);
                            lines(ui);
                        },
                    );
                    if *asks {
                        DialogFrame::new("Sure?").show(ui.ctx(), |_| {});
                    }
                },
                (String::new(), false),
            );
        window.run();
        let at_rest = top(&window);
        window.get_by_label("Words").focus();
        window.run();
        assert!((press(&mut window, Key::End) - at_rest).abs() < 1.0, "the field's own key");
        window.state_mut().1 = true;
        window.run();
        assert!((press(&mut window, Key::PageDown) - at_rest).abs() < 1.0, "the dialog is in front");
    }
}
