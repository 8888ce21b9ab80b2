//! The list of cases, most urgent first. The filter applies while typing; only the visible rows are drawn.

use egui::{ScrollArea, Ui};

use crate::case::{Case, CaseId, Urgency, UtcMs};
use crate::engine::api::Snapshot;
use crate::gui::case::levels::Levels;
use crate::gui::case::list_menu::{marked_line, on_row};
use crate::gui::case::list_row::row;
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, Field, ListedRows, Row, Selection, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// Which cases are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Mine,
    Waiting,
    Done,
    All,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Mine, Self::Waiting, Self::Done, Self::All];

    fn label(self) -> &'static str {
        match self {
            Self::Mine => "For me",
            Self::Waiting => "Waiting",
            Self::Done => "Done",
            Self::All => "All",
        }
    }

    fn takes(self, level: Urgency) -> bool {
        match self {
            Self::Mine => level.needs_action(),
            Self::Waiting => level == Urgency::Waiting,
            Self::Done => level == Urgency::Done,
            Self::All => true,
        }
    }
}

/// The list and its filter.
#[derive(Debug, Default)]
pub struct CaseList {
    filter: String,
    tab: Tab,
    wants_focus: bool,
    scroll_to_selected: bool,
    /// The case that was just selected elsewhere: the list shows it, in whichever tab it is.
    revealed: Option<CaseId>,
    /// The row that was just clicked.
    clicked: Option<CaseId>,
    /// The case selected in this tab: it stays listed here even when its next step moves it to another tab.
    kept: Option<(Tab, CaseId)>,
    levels: Levels,
    order: Order,
    /// Cases that the person marked, to act on all of them.
    marked: Selection<CaseId>,
}

/// What the rows were computed from: the edition of the levels, filter, tab, and the selected case that stays listed.
type OrderKey = (u64, String, Tab, Option<CaseId>);

/// The rows in order, cached until an input of that order changes.
#[derive(Debug, Default)]
struct Order {
    key: Option<OrderKey>,
    /// Indices into `snapshot.cases`.
    rows: Vec<usize>,
    /// Number of cases in each tab that match the filter.
    counts: [usize; 4],
}

impl CaseList {
    /// Gives the filter the keyboard focus in the next frame.
    pub fn focus_filter(&mut self) {
        self.wants_focus = true;
    }

    /// Shows this case: if the filter or the tab hides it, both change.
    pub fn reveal(&mut self, case: CaseId) {
        // A row that was clicked is in view, and must not move under the pointer.
        if self.clicked.take() != Some(case) {
            self.revealed = Some(case);
        }
    }

    /// The most urgent case of a window that has just opened. Shows the first tab that has a case.
    pub fn first(&mut self, cx: &ViewContext<'_>) -> Option<CaseId> {
        let tabs = if self.filter.trim().is_empty() { &Tab::ALL[..] } else { &[self.tab] };
        for tab in tabs {
            self.tab = *tab;
            if let Some(first) = self.neighbour(cx, None, 0) {
                return Some(first);
            }
        }
        None
    }

    /// The case after or before `selected` in the list.
    pub fn neighbour(
        &mut self,
        cx: &ViewContext<'_>,
        selected: Option<CaseId>,
        step: isize,
    ) -> Option<CaseId> {
        self.order(cx);
        let cases = &cx.snapshot.cases;
        let here = self.order.rows.iter().position(|&i| Some(cases[i].id) == selected);
        let next = match here {
            Some(here) => here.checked_add_signed(step)?,
            None => 0,
        };
        self.scroll_to_selected = true;
        self.order.rows.get(next).map(|&i| cases[i].id)
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        self.order(cx);
        let focus = std::mem::take(&mut self.wants_focus);
        ui.horizontal(|ui| {
            let field = Field::new("Filter the cases").hint("Filter").hide_label().focus(focus);
            let filter = |ui: &mut egui::Ui| drop(field.show(ui, &mut self.filter));
            kit::ends(ui, filter, |ui| {
                if UiCommand::NewCase.button(ui, cx).icon_only().show(ui).clicked() {
                    out.run(UiCommand::NewCase);
                }
            });
        });
        self.tabs(ui);
        ui.add_space(space::XS);
        self.rows(ui, cx, out);
    }

    fn tabs(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding.x = 7.0;
            for (tab, count) in Tab::ALL.into_iter().zip(self.order.counts) {
                let label = if count > 0 && tab != Tab::All {
                    format!("{} {}", tab.label(), format::count(count as u64))
                } else {
                    tab.label().to_owned()
                };
                if Button::new(&label).quiet().selected(self.tab == tab).show(ui).clicked() {
                    self.tab = tab;
                }
            }
        });
    }

    fn rows(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        if self.order.rows.is_empty() {
            self.nothing(ui, cx, out);
            return;
        }
        let selected = cx.case.map(|case| case.id);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut area = ScrollArea::vertical().id_salt("cases").auto_shrink(false);
        if std::mem::take(&mut self.scroll_to_selected) {
            let at = self.order.rows.iter().position(|&i| Some(cx.snapshot.cases[i].id) == selected);
            if let Some(at) = at {
                let middle = ui.available_height() / 2.0;
                area = area.vertical_scroll_offset((at as f32 * Row::HEIGHT - middle).max(0.0));
            }
        }
        let mut marked = std::mem::take(&mut self.marked);
        // Below the list, so that no row moves when it comes.
        if marked.len() > 1 {
            let line = egui::Panel::bottom("marked cases").frame(egui::Frame::NONE);
            line.show(ui, |ui| marked_line(ui, &mut marked, cx, out));
        }
        area.show_rows(ui, Row::HEIGHT, self.order.rows.len(), |ui, range| {
            let rows = &self.order.rows;
            let listed = ListedRows { rows: rows.len(), at: &|place| cx.snapshot.cases[rows[place]].id };
            for place in range {
                let case = &cx.snapshot.cases[rows[place]];
                let is_selected = selected == Some(case.id) || marked.holds(&case.id);
                let response = row(ui, case, &self.levels.newest, is_selected, cx);
                if on_row(&response, (case, place), listed, &mut marked, cx, out) {
                    self.clicked = Some(case.id);
                    out.push(Intent::Select(case.id));
                }
            }
        });
        self.marked = marked;
    }

    fn nothing(&self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        if cx.snapshot.cases.is_empty() {
            kit::empty(
                ui,
                icons::CASES,
                "No cases yet",
                "A case has a ticket, a project, and the history of its export.",
                |ui| {
                    let button = UiCommand::NewCase.button(ui, cx).primary();
                    if button.show(ui).clicked() {
                        out.run(UiCommand::NewCase);
                    }
                },
            );
        } else if self.filter.trim().is_empty() {
            kit::empty(ui, icons::GOOD, "Nothing here", "This list is empty now.", |_| {});
        } else {
            kit::empty(
                ui,
                icons::SEARCH,
                "No case matches",
                "Search in all cases, or use a shorter filter.",
                |_| {},
            );
        }
    }

    /// How many cases need a person's action.
    pub fn needing_attention(&mut self, snapshot: &Snapshot, now: UtcMs) -> usize {
        self.levels.renew(snapshot, now);
        self.levels.needing_attention
    }

    fn order(&mut self, cx: &ViewContext<'_>) {
        let edition = self.levels.renew(cx.snapshot, cx.now);
        let chosen = cx.case.map(|case| case.id);
        if let Some(case) = self.revealed.take_if(|case| chosen == Some(*case)) {
            self.show(case, cx);
        }
        let kept = chosen.filter(|&id| self.kept == Some((self.tab, id)));
        let key = (edition, self.filter.trim().to_lowercase(), self.tab, kept);
        if self.order.key.as_ref() != Some(&key) {
            self.order = Order::of(cx.snapshot, &self.levels, key);
        }
        let listed = |id: &CaseId| self.order.rows.iter().any(|&i| self.levels.of[i].case == *id);
        self.kept = match kept {
            Some(id) => Some((self.tab, id)),
            None => chosen.filter(listed).map(|id| (self.tab, id)),
        };
    }
}

impl CaseList {
    /// Changes filter and tab where they hide the case.
    fn show(&mut self, case: CaseId, cx: &ViewContext<'_>) {
        let Some(place) = cx.snapshot.cases.iter().position(|known| known.id == case) else { return };
        let level = self.levels.of[place].urgency;
        let known = &cx.snapshot.cases[place];
        if !fits(known, &self.filter.trim().to_lowercase()) {
            self.filter.clear();
        }
        let hides = known.archived || !self.tab.takes(level);
        if hides && self.tab != Tab::All && self.kept != Some((self.tab, case)) {
            let tabs = Tab::ALL.into_iter().filter(|_| !known.archived);
            self.tab = tabs.into_iter().find(|tab| tab.takes(level)).unwrap_or(Tab::All);
        }
        self.scroll_to_selected = true;
    }
}

impl Order {
    fn of(snapshot: &Snapshot, levels: &Levels, key: OrderKey) -> Self {
        let (_, filter, tab, kept) = &key;
        let mut counts = [0; 4];
        let mut rows = Vec::new();
        for (i, (case, level)) in snapshot.cases.iter().zip(&levels.of).enumerate() {
            if (level.is_archived && *tab != Tab::All) || !fits(case, filter) {
                continue;
            }
            for (tab, count) in Tab::ALL.into_iter().zip(&mut counts) {
                *count += usize::from(tab.takes(level.urgency) && !level.is_archived);
            }
            if tab.takes(level.urgency) || *kept == Some(level.case) {
                rows.push((level.urgency, level.at, i));
            }
        }
        rows.sort_unstable();
        Self { rows: rows.into_iter().map(|(.., i)| i).collect(), counts, key: Some(key) }
    }
}

fn fits(case: &Case, filter: &str) -> bool {
    if filter.is_empty() {
        return true;
    }
    let hay = case.search_text();
    filter.split_whitespace().all(|word| hay.contains(word))
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use crate::case::{CaseId, stepped};
    use crate::gui::command::UiCommand;
    use crate::gui::fixture::{ago, at_work, many, window};

    #[test]
    fn what_needs_a_person_is_first_and_selected() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        let rows: Vec<_> =
            window.get_all_by_label_contains("#41").filter(|node| node.rect().left() < 300.0).collect();
        let tops: Vec<f32> = rows.iter().map(|row| row.rect().top()).collect();
        assert_eq!(rows.len(), 4, "the case whose archive is downloading waits");
        assert!(tops.is_sorted());
        assert!(window.state().workspace().selected.is_some());
    }

    #[test]
    fn typing_filters_and_the_tabs_divide() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.get_by_label("Filter the cases").focus();
        window.run();
        window.get_by_label("Filter the cases").type_text("initech");
        window.run();
        assert!(window.query_by_label_contains("acme/api").is_none());
        window.get_by_label_contains("initech/tps-reports, #417990").click();
        window.run();
        assert_eq!(window.state().workspace().selected, Some(CaseId(5)));
    }

    #[test]
    fn the_chosen_case_stays_in_its_tab_while_its_step_waits_for_others() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        window.get_by_label_contains("initech/tps-reports, #417990").click();
        window.run();
        let mut snapshot = at_work();
        let mut cases = snapshot.cases.to_vec();
        let place = cases.iter().position(|case| case.id == CaseId(5)).unwrap();
        let offered = stepped::at_offer(&cases[place], (ago(500), ago(490)), ago(3));
        cases[place] = stepped::on(&offered, stepped::OFFER_SENT, ago(2)).into();
        snapshot.cases = cases.into();
        window.state_mut().own.show(snapshot);
        window.run();
        window.get_by_label_contains("initech/tps-reports, #417990");
        window.get_by_label_contains("hooli/nucleus, #417002").click();
        window.run();
        assert!(window.query_by_label_contains("initech/tps-reports, #417990").is_none());
    }

    #[test]
    fn ten_thousand_cases_draw_only_the_rows_in_sight() {
        let mut window = window(many(10_000), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        let rows = window
            .get_all_by_label_contains("project-")
            .filter(|node| node.accesskit_node().role() == egui::Role::Button)
            .count();
        assert!((5..40).contains(&rows), "{rows} rows were drawn");
    }

    #[test]
    fn keys_walk_through_the_list() {
        let mut window = window(many(100), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        let first = window.state().workspace().selected;
        let press = |window: &mut egui_kittest::Harness<'_, _>, command: UiCommand| {
            let keys = command.entry().keys.unwrap();
            window.key_press_modifiers(keys.modifiers, keys.logical_key);
        };
        for _ in 0..30 {
            press(&mut window, UiCommand::NextCase);
            window.run();
        }
        let thirtieth = window.state().workspace().selected;
        assert_ne!(first, thirtieth);
        press(&mut window, UiCommand::PreviousCase);
        window.run();
        assert_ne!(window.state().workspace().selected, thirtieth);
    }

    #[test]
    fn a_row_says_what_the_now_card_of_its_case_says() {
        let mut window = window(at_work(), egui::Theme::Dark, 1100.0, 900.0);
        window.run();
        window.get_by_label("All").click();
        window.run();
        let headings = [
            (1, "Wait: the archive is downloading"),
            (2, "Resume the paused download"),
            (3, "Offer a one-time export"),
            (4, "Wait for the answer, then record it"),
            (5, "Find the error in the logs and record the link"),
        ];
        for (case, heading) in headings {
            window.state_mut().own.selected = Some(CaseId(case));
            window.run();
            window.get_by_role_and_label(egui::Role::Heading, heading);
            let words = format!("· {heading}");
            let mut rows = window.get_all_by_label_contains(&words);
            assert!(rows.any(|row| row.rect().left() < 300.0), "no row says {heading}");
        }
    }

    #[test]
    fn a_new_case_is_shown_whatever_tab_and_filter_are_chosen() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.get_by_label("Filter the cases").focus();
        window.run();
        window.get_by_label("Filter the cases").type_text("umbrella");
        window.run();
        window.get_by_label("Done").click();
        window.run();
        window.state_mut().own.pages.list.reveal(CaseId(5));
        window.state_mut().own.selected = Some(CaseId(5));
        window.run();
        window.get_by_label_contains("initech/tps-reports, #417990");
        window.state_mut().own.pages.list.reveal(CaseId(4));
        window.state_mut().own.selected = Some(CaseId(4));
        window.run();
        window.get_by_label_contains("umbrella/web, #418423");
    }
}
