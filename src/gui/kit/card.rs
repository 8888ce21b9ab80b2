//! Cards, and the headings on and between them.

use std::fmt::Debug;
use std::hash::Hash;

use egui::{CornerRadius, Frame, Margin, RichText, Stroke, TextStyle, Ui};

use crate::gui::theme::{self, RADIUS_CARD, space, tokens};

/// The maximum width of a page, in points: longer lines are hard to read.
const PAGE: f32 = 1280.0;

/// A raised area of the page, as wide as the page.
pub fn card<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let t = tokens(ui);
    Frame::new()
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.line))
        .corner_radius(CornerRadius::same(RADIUS_CARD))
        .inner_margin(Margin { top: 10, bottom: 14, ..Margin::same(space::CARD) })
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::S;
            content(ui)
        })
        .inner
}

/// A part whose controls keep their IDs, and so the keyboard focus and a click that is half done, whatever comes and goes
/// above it. `name` is the only one in its parent.
pub fn steady<R>(ui: &mut Ui, name: impl Hash + Debug, content: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.scope_id().with(name);
    steady_as(ui, id, content)
}

/// The same for a part that may stand in another column when the window has another width.
pub fn steady_as<R>(ui: &mut Ui, id: egui::Id, content: impl FnOnce(&mut Ui) -> R) -> R {
    let place = ui.available_rect_before_wrap();
    let builder = egui::UiBuilder::new().scope_id(id).max_rect(place).layout(*ui.layout());
    let mut child = ui.new_child(builder);
    let inner = content(&mut child);
    let used = child.min_rect();
    // A part that draws nothing takes no place.
    if used.size() != egui::Vec2::ZERO {
        ui.advance_cursor_after_rect(used);
    }
    inner
}

/// A row of the height of a button and of the full width, whatever is in it.
pub fn fixed_row<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let size = egui::Vec2::new(ui.available_width(), space::CONTROL);
    let (place, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    let row = egui::Layout::left_to_right(egui::Align::Center);
    content(&mut ui.new_child(egui::UiBuilder::new().max_rect(place).layout(row)))
}

/// Columns beside each other with these shares of the width; each is as high as its content.
pub fn columns<const N: usize>(ui: &mut Ui, shares: [f32; N], content: impl FnOnce(&mut [Ui; N])) {
    let gap = ui.spacing().item_spacing.x;
    let place = ui.available_rect_before_wrap();
    let whole = place.width() - gap * (N as f32 - 1.0);
    let (mut left, mut number) = (place.left(), 0);
    let mut columns = shares.map(|share| {
        let size = egui::vec2(whole * share, place.height());
        let column = egui::Rect::from_min_size(egui::pos2(left, place.top()), size);
        left = column.right() + gap;
        // Its ID, too, comes from its place among the columns: see `steady`.
        let id = ui.scope_id().with(("column", number));
        number += 1;
        let mut ui = ui.new_child(egui::UiBuilder::new().scope_id(id).max_rect(column).layout(*ui.layout()));
        ui.set_width(column.width());
        ui
    });
    content(&mut columns);
    let bottom = columns.iter().map(|column| column.min_rect().bottom()).fold(place.top(), f32::max);
    ui.allocate_rect(
        egui::Rect::from_min_max(place.min, egui::pos2(place.right(), bottom)),
        egui::Sense::hover(),
    );
}

/// The heading of a card.
pub fn heading(ui: &mut Ui, text: &str) {
    // As high as a row with buttons, so that headings of neighbouring cards align.
    ui.horizontal(|ui| {
        ui.set_min_height(space::CONTROL);
        let response = ui.label(RichText::new(text).text_style(TextStyle::Heading).color(tokens(ui).text));
        mark_heading(&response);
    });
}

/// A small heading over a group inside a card.
pub fn section(ui: &mut Ui, text: &str) {
    ui.add_space(space::XS);
    let response = ui.label(RichText::new(text).small().color(tokens(ui).faint));
    mark_heading(&response);
}

/// Gives a label the role of a heading, with its text as the name: a screen reader skips a heading without a name.
pub fn mark_heading(response: &egui::Response) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_role(egui::Role::Heading);
        if let Some(words) = node.value().map(str::to_owned) {
            node.set_label(words);
            node.clear_value();
        }
    });
}

/// A whole page: the title, then the scrolling content, in a column in the middle of the window. `tools` is at the
/// right of the title.
pub fn page<R>(
    ui: &mut Ui,
    title: &str,
    tools: impl FnOnce(&mut Ui),
    content: impl FnOnce(&mut Ui) -> R,
) -> R {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(space::XL - space::XS);
    column(ui, |ui| {
        ui.horizontal(|ui| {
            let response = ui.label(RichText::new(title).text_style(theme::title()));
            mark_heading(&response);
            super::at_end(ui, tools);
        });
    });
    ui.add_space(space::L);
    super::scroll::whole(ui, title, |ui| {
        column(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            let inner = content(ui);
            ui.add_space(space::XL);
            inner
        })
    })
}

/// A column in the middle, limited to a readable width, with a margin for the scroll bar.
fn column<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let side = ((ui.available_width() - PAGE) / 2.0).max(space::XL);
    let place = ui.available_rect_before_wrap().shrink2(egui::vec2(side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), content).inner
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn a_page_is_centred_in_a_large_window_and_scrolls_at_its_edge() {
        for width in [900.0, 1280.0, 2560.0] {
            let builder = Harness::builder().with_size(egui::vec2(width, 600.0));
            let mut window = builder.with_context_setup(theme::install).build_ui_state(
                |ui, edge: &mut f32| {
                    page(
                        ui,
                        "Archives",
                        |_| {},
                        |ui| {
                            *edge = ui.clip_rect().right();
                            card(ui, |ui| ui.label("on a card"));
                            ui.allocate_response(
                                egui::vec2(ui.available_width(), 10.0),
                                egui::Sense::click(),
                            );
                        },
                    );
                },
                0.0,
            );
            window.run();
            let title = window.get_by_label("Archives").rect().left();
            let beside = ((width - PAGE) / 2.0).max(space::XL);
            let margin = 8.0;
            assert!((title - beside - margin).abs() <= margin + 1.0, "{title} at {width}");
            assert!(*window.state() > width - 10.0, "the bar stands at {} of {width}", window.state());
        }
    }
}
