//! Which rows of a list are selected, and what clicks and keys change about it: the same in every list. A click selects
//! one row, with Shift the range up to it, and with Ctrl (Command on a Mac) it adds or removes the row.

use std::collections::BTreeSet;

use egui::{Key, Modifiers, Response, Ui};

use super::row_keys::row_keys;

/// The rows of a list, in the order in which they are shown.
#[expect(missing_debug_implementations, reason = "it borrows a function")]
pub struct ListedRows<'a, T> {
    pub rows: usize,
    /// What identifies the row at a place.
    pub at: &'a dyn Fn(usize) -> T,
}

impl<T> Copy for ListedRows<'_, T> {}

impl<T> Clone for ListedRows<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Ord> ListedRows<'_, T> {
    fn place_of(&self, row: &T) -> Option<usize> {
        (0..self.rows).find(|place| (self.at)(*place) == *row)
    }
}

/// The selected rows, by what identifies them.
#[derive(Clone, Debug)]
pub struct Selection<T> {
    rows: BTreeSet<T>,
    /// Where a range begins, and where the last one ended.
    anchor: Option<T>,
    end: Option<T>,
}

impl<T> Default for Selection<T> {
    fn default() -> Self {
        Self { rows: BTreeSet::new(), anchor: None, end: None }
    }
}

impl<T: Ord + Clone> Selection<T> {
    pub fn holds(&self, row: &T) -> bool {
        self.rows.contains(row)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Keeps only these rows selected.
    pub fn retain(&mut self, keeps: impl FnMut(&T) -> bool) {
        self.rows.retain(keeps);
    }

    /// Adds a row, and leaves the range as it is.
    pub fn insert(&mut self, row: T) {
        self.rows.insert(row);
    }

    /// Selects this row alone.
    pub fn only(&mut self, row: T) {
        self.clear();
        self.rows.insert(row.clone());
        self.anchor = Some(row);
    }

    /// Adds or removes a row. The next range begins there.
    pub fn toggle(&mut self, row: T) {
        if !self.rows.remove(&row) {
            self.rows.insert(row.clone());
        }
        self.begin_at(row);
    }

    /// The next range begins at this row.
    fn begin_at(&mut self, row: T) {
        (self.anchor, self.end) = (Some(row), None);
    }

    /// Selects the range from where it begins up to this place; `adds` keeps what else is selected. The range before it,
    /// from the same begin, counts no more.
    pub fn extend_to(&mut self, place: usize, listed: ListedRows<'_, T>, adds: bool) {
        let begin = self.anchor.as_ref().and_then(|row| listed.place_of(row)).unwrap_or(place);
        if let Some(end) = self.end.as_ref().and_then(|row| listed.place_of(row)).filter(|_| adds) {
            for place in begin.min(end)..=begin.max(end) {
                self.rows.remove(&(listed.at)(place));
            }
        }
        if !adds {
            self.rows.clear();
        }
        self.rows.extend((begin.min(place)..=begin.max(place)).map(listed.at));
        (self.anchor, self.end) = (Some((listed.at)(begin)), Some((listed.at)(place)));
    }

    /// Selects every listed row.
    pub fn select_all(&mut self, listed: ListedRows<'_, T>) {
        self.rows.extend((0..listed.rows).map(listed.at));
    }

    /// A click on the row at this place.
    pub fn click(&mut self, place: usize, listed: ListedRows<'_, T>, modifiers: Modifiers) {
        let row = (listed.at)(place);
        match (modifiers.shift, modifiers.command) {
            (true, adds) => self.extend_to(place, listed, adds),
            (false, true) => self.toggle(row),
            (false, false) => self.only(row),
        }
    }
}

/// Handles a click on a row of a table. Returns the row that takes the focus, so that the keys continue from there.
pub fn row_click<T: Ord + Clone>(
    response: &Response,
    selection: &mut Selection<T>,
    place: usize,
    listed: ListedRows<'_, T>,
) -> Option<usize> {
    if !response.clicked() {
        return None;
    }
    selection.click(place, listed, response.ctx.input(|input| input.modifiers));
    response.ctx.request_repaint();
    Some(place)
}

/// The check box of the row at `place`, which takes the focus if `focus` is set. Returns the row that takes it next.
pub fn tick<T: Ord + Clone>(
    ui: &mut Ui,
    selection: &mut Selection<T>,
    (place, focus): (usize, bool),
    listed: ListedRows<'_, T>,
    label: &str,
) -> Option<usize> {
    let row = (listed.at)(place);
    let mut ticked = selection.holds(&row);
    let response = ui.checkbox(&mut ticked, "").accessible_name(label);
    if focus {
        response.request_focus();
    }
    let shift = ui.input(|input| input.modifiers.shift);
    match (response.changed(), shift) {
        (true, true) => selection.extend_to(place, listed, true),
        (true, false) => selection.toggle(row.clone()),
        (false, _) => {}
    }
    all_by_key(ui, &response, selection, listed);
    let next = row_keys(ui, &response, place, listed.rows)?;
    if shift {
        selection.anchor.get_or_insert(row);
        selection.extend_to(next, listed, true);
    } else {
        selection.begin_at((listed.at)(next));
    }
    Some(next)
}

/// The check box above the rows: selects every listed row, or none of them.
pub fn tick_all<T: Ord + Clone>(
    ui: &mut Ui,
    selection: &mut Selection<T>,
    listed: ListedRows<'_, T>,
    label: &str,
) {
    let all = listed.rows > 0 && (0..listed.rows).all(|place| selection.holds(&(listed.at)(place)));
    let mut ticked = all;
    let response = ui.checkbox(&mut ticked, "").accessible_name(label);
    if response.changed() {
        if all {
            for place in 0..listed.rows {
                selection.rows.remove(&(listed.at)(place));
            }
        } else {
            selection.select_all(listed);
        }
    }
    all_by_key(ui, &response, selection, listed);
}

/// Ctrl+A (Command+A on a Mac) selects every listed row while a check box of the list has the focus.
fn all_by_key<T: Ord + Clone>(
    ui: &Ui,
    response: &Response,
    selection: &mut Selection<T>,
    listed: ListedRows<'_, T>,
) {
    let pressed = |input: &mut egui::InputState| {
        !input.modifiers.shift && input.consume_key(Modifiers::COMMAND, Key::A)
    };
    if response.has_focus() && ui.input_mut(pressed) {
        selection.select_all(listed);
        ui.ctx().request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(selection: &Selection<usize>) -> Vec<usize> {
        selection.rows.iter().copied().collect()
    }

    #[test]
    fn clicks_select_one_row_a_range_or_one_more() {
        // The rows are in the reverse order.
        let at = |place: usize| 9 - place;
        let listed = ListedRows { rows: 10, at: &at };
        let mut selection = Selection::default();
        selection.click(2, listed, Modifiers::NONE);
        assert_eq!(selected(&selection), [7]);
        selection.click(5, listed, Modifiers::SHIFT);
        assert_eq!(selected(&selection), [4, 5, 6, 7]);
        selection.click(1, listed, Modifiers::SHIFT);
        assert_eq!(selected(&selection), [7, 8], "the range begins where it began");
        selection.click(9, listed, Modifiers::COMMAND);
        assert_eq!(selected(&selection), [0, 7, 8]);
        selection.click(7, listed, Modifiers::COMMAND | Modifiers::SHIFT);
        assert_eq!(selected(&selection), [0, 1, 2, 7, 8]);
        selection.click(9, listed, Modifiers::COMMAND);
        assert_eq!(selected(&selection), [1, 2, 7, 8]);
        selection.click(3, listed, Modifiers::NONE);
        assert_eq!(selected(&selection), [6]);
    }

    #[test]
    fn a_range_that_becomes_shorter_keeps_what_was_selected_before() {
        let at = |place: usize| place;
        let listed = ListedRows { rows: 10, at: &at };
        let mut selection = Selection::default();
        selection.toggle(9);
        selection.begin_at(2);
        selection.extend_to(5, listed, true);
        selection.extend_to(3, listed, true);
        assert_eq!(selected(&selection), [2, 3, 9]);
        // A filter hides where the range began.
        let at = |place: usize| place + 4;
        selection.extend_to(1, ListedRows { rows: 3, at: &at }, true);
        assert_eq!(selected(&selection), [2, 3, 5, 9]);
    }
}
