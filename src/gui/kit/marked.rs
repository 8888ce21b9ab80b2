//! Marking several rows of a list, to act on all of them: a click with Ctrl (Command on a Mac) or Shift marks a row, and
//! the menu of the right button acts on the marked ones.

use std::collections::BTreeSet;

use egui::{Response, Ui};

use super::button::Button;
use super::faint;
use super::icon::icons::MaterialIcon;

/// The width of a reason in a menu, in points.
const MENU: f32 = 260.0;

/// Handles a click on the row `id`; the row `first` was chosen before any was marked. Returns true if the row was clicked
/// to choose it alone.
pub fn mark<T: Ord + Copy>(response: &Response, id: T, first: Option<T>, marked: &mut BTreeSet<T>) -> bool {
    let marks = response.ctx.input(|input| input.modifiers.command || input.modifiers.shift);
    if response.clicked() && marks {
        if marked.is_empty() {
            marked.extend(first);
        }
        if !marked.remove(&id) {
            marked.insert(id);
        }
    } else if response.clicked() {
        marked.clear();
    }
    response.clicked() && !marks
}

/// Whether the menu of the row `of` is about `known`: about all marked rows if it is one of them, otherwise about itself.
pub fn is_meant<T: Ord>(of: &T, known: &T, marked: &BTreeSet<T>) -> bool {
    if marked.contains(of) { marked.contains(known) } else { of == known }
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
