//! Marking several rows of a list, to act on all of them: a click with Ctrl (Command on a Mac) marks a row, with Shift the
//! rows up to it, and the menu of the right button acts on the marked ones.

use egui::{Response, Ui};

use super::button::Button;
use super::faint;
use super::selection::{ListedRows, Selection};
use crate::gui::icons::MaterialIcon;

/// The width of a reason in a menu, in points.
const MENU: f32 = 260.0;

/// Handles a click on the row at `place`; the row `first` was chosen before any was marked. Returns true if the row was
/// clicked to choose it alone.
pub fn mark<T: Ord + Clone>(
    response: &Response,
    place: usize,
    listed: ListedRows<'_, T>,
    first: Option<T>,
    marked: &mut Selection<T>,
) -> bool {
    if !response.clicked() {
        return false;
    }
    let modifiers = response.ctx.input(|input| input.modifiers);
    if !modifiers.command && !modifiers.shift {
        marked.clear();
        return true;
    }
    if let Some(first) = first.filter(|_| marked.is_empty()) {
        marked.only(first);
    }
    marked.click(place, listed, modifiers);
    false
}

/// Whether the menu of the row `of` is about `known`: about all marked rows if it is one of them, otherwise about itself.
pub fn is_meant<T: Ord + Clone>(of: &T, known: &T, marked: &Selection<T>) -> bool {
    if marked.holds(of) { marked.holds(known) } else { of == known }
}

/// One entry of such a menu, with the reason below it if it cannot be chosen. Returns true if it is chosen.
pub fn menu_item(ui: &mut Ui, label: &str, glyph: MaterialIcon, blocked: Option<&str>) -> bool {
    let button = Button::new(label).icon(glyph).quiet().blocked(blocked.map(str::to_owned));
    let is_chosen = button.show(ui).clicked();
    if let Some(why) = blocked {
        ui.set_max_width(MENU);
        faint(ui, why);
    }
    if is_chosen {
        ui.close();
    }
    is_chosen
}
