//! The right end of a row, drawn from left to right.
//!
//! egui's own way is a layout from right to left: what is leftmost is drawn last, and so Tab and screen readers, which
//! follow the order of drawing, walk such a row backwards. Here the width of the end is known from the pass before.
//! Where it is new or has changed, the pass is drawn again and nobody sees the first one.

use egui::{Id, Layout, Pos2, Rect, Ui, UiBuilder};

/// Draws `start` in the room that `end` leaves, and `end` at the right of a horizontal row.
pub fn ends<R>(ui: &mut Ui, start: impl FnOnce(&mut Ui), end: impl FnOnce(&mut Ui) -> R) -> R {
    let mut room = ui.available_rect_before_wrap();
    room.max.x -= known_width(ui, end_id(ui)).map_or(0.0, |width| width + ui.spacing().item_spacing.x);
    let used = child(ui, room, false, start).1;
    ui.advance_cursor_after_rect(used);
    at_end(ui, end)
}

/// Draws the end of a horizontal row whose start is drawn already.
pub fn at_end<R>(ui: &mut Ui, end: impl FnOnce(&mut Ui) -> R) -> R {
    let id = end_id(ui);
    let known = known_width(ui, id);
    let room = ui.available_rect_before_wrap();
    let left = known.map_or(room.left(), |width| room.right() - width);
    // A little wider than needed, so that rounding cuts no text.
    let rect = Rect::from_min_max(Pos2::new(left, room.top()), Pos2::new(room.right() + 1.0, room.bottom()));
    let (result, used) = child(ui, rect, known.is_none(), end);
    if known.is_none_or(|width| (width - used.width()).abs() > 0.1) {
        ui.data_mut(|data| data.insert_temp(id, used.width()));
        ui.ctx().request_discard("the end of a row has another width");
    }
    // What does not fit makes no page wider.
    let right = used.right().min(room.right());
    ui.advance_cursor_after_rect(Rect::from_min_max(used.min, Pos2::new(right, used.bottom())));
    result
}

fn end_id(ui: &Ui) -> Id {
    ui.unique_id().with("the end of the row")
}

fn known_width(ui: &Ui, id: Id) -> Option<f32> {
    ui.data(|data| data.get_temp(id))
}

fn child<R>(ui: &mut Ui, rect: Rect, measures: bool, draw: impl FnOnce(&mut Ui) -> R) -> (R, Rect) {
    let layout = Layout::left_to_right(ui.layout().vertical_align());
    let builder = UiBuilder::new().max_rect(rect).layout(layout);
    let builder = if measures { builder.sizing_pass().invisible() } else { builder };
    let mut child = ui.new_child(builder);
    let result = draw(&mut child);
    (result, child.min_rect())
}
