//! The keys that lead from row to row of a long table.

use egui::{EventFilter, Key, Modifiers, Response, Ui};

/// The row to which a pressed key moves the focus, also if that row is not drawn yet. `response` is the control of row
/// `place` that has the focus. A click gives it the focus too, so that the keys continue from there.
pub fn row_keys(ui: &Ui, response: &Response, place: usize, rows: usize) -> Option<usize> {
    if response.clicked() {
        response.request_focus();
    }
    if !response.has_focus() {
        return None;
    }
    let keep = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keep));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let to = if pressed(Key::ArrowDown) {
        (place + 1).min(rows.saturating_sub(1))
    } else if pressed(Key::ArrowUp) {
        place.saturating_sub(1)
    } else if pressed(Key::Home) {
        0
    } else if pressed(Key::End) {
        rows.saturating_sub(1)
    } else {
        return None;
    };
    ui.ctx().request_repaint();
    Some(to)
}
