//! The list of cases, most urgent first. The filter applies while typing; only the visible rows are drawn.

use std::sync::Arc;

use egui::{ScrollArea, Ui};

use crate::case::{Case, CaseId, Phase, RebuildPhase, Urgency, UtcMs, attention};
use crate::engine::api::{DownloadState, DownloadView, Newest, RunView, Snapshot};
use crate::gui::case::urgency_cache::UrgencyCache;
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, Field, Row, icons};
use crate::gui::theme::{Severity, space};
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
            Self::Mine => matches!(level, Urgency::DeadlineSoon | Urgency::YourTurn),
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
    /// The case selected in this tab: it stays listed here even when its next step moves it to another tab.
    kept: Option<(Tab, CaseId)>,
    levels: Levels,
    order: Order,
}

/// How urgent each case is, cached until an input of that decision changes. The list and the window title read it.
#[derive(Debug, Default)]
struct Levels {
    key: Option<LevelsKey>,
    /// One entry per case, in the order of `snapshot.cases`, with the time that orders cases of equal urgency.
    of: Vec<(Urgency, UtcMs)>,
    needing_attention: usize,
    runs: Newest,
    urgency: UrgencyCache,
}

/// What the levels were computed from. Lists are compared by pointer, since a changed list is a new allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LevelsKey {
    cases: usize,
    runs: usize,
    rules: usize,
    offer_log: usize,
    /// The current minute, because deadlines come nearer without any event.
    minute: i64,
}

/// What the rows were computed from, including the selected case that stays listed.
type OrderKey = (LevelsKey, String, Tab, Option<CaseId>);

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
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let button = UiCommand::NewCase.button(ui, cx).icon_only();
                if button.show(ui).clicked() {
                    out.run(UiCommand::NewCase);
                }
                Field::new("Filter the cases")
                    .hint("Filter")
                    .hide_label()
                    .focus(focus)
                    .show(ui, &mut self.filter);
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
        let moving = Newest::of_open_downloads(&cx.snapshot.downloads);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut area = ScrollArea::vertical().id_salt("cases").auto_shrink(false);
        if std::mem::take(&mut self.scroll_to_selected) {
            let at = self.order.rows.iter().position(|&i| Some(cx.snapshot.cases[i].id) == selected);
            if let Some(at) = at {
                let middle = ui.available_height() / 2.0;
                area = area.vertical_scroll_offset((at as f32 * Row::HEIGHT - middle).max(0.0));
            }
        }
        area.show_rows(ui, Row::HEIGHT, self.order.rows.len(), |ui, range| {
            for &i in &self.order.rows[range] {
                let case = &cx.snapshot.cases[i];
                let run = self.levels.runs.place(case).map(|place| cx.snapshot.runs[place].as_ref());
                let download = moving.place(case).map(|place| cx.snapshot.downloads[place].as_ref());
                if row(ui, case, run, download, cx, selected).clicked() {
                    out.push(Intent::Select(case.id));
                }
            }
        });
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
        let levels = self.levels.renew(cx.snapshot, cx.now);
        let chosen = cx.case.map(|case| case.id);
        let kept = chosen.filter(|&id| self.kept == Some((self.tab, id)));
        let key = (levels, self.filter.trim().to_lowercase(), self.tab, kept);
        if self.order.key.as_ref() != Some(&key) {
            self.order = Order::of(cx.snapshot, &self.levels, key);
        }
        let listed = |id: &CaseId| self.order.rows.iter().any(|&i| cx.snapshot.cases[i].id == *id);
        self.kept = match kept {
            Some(id) => Some((self.tab, id)),
            None => chosen.filter(listed).map(|id| (self.tab, id)),
        };
    }
}

impl Levels {
    fn renew(&mut self, snapshot: &Snapshot, now: UtcMs) -> LevelsKey {
        let key = LevelsKey {
            cases: snapshot.cases.as_ptr() as usize,
            runs: snapshot.runs.as_ptr() as usize,
            rules: Arc::as_ptr(&snapshot.rules) as usize,
            offer_log: Arc::as_ptr(&snapshot.offer_log) as usize,
            minute: now.0 / 60_000,
        };
        if self.key != Some(key) {
            self.urgency.follow(snapshot, now);
            self.read(snapshot);
            self.key = Some(key);
        }
        key
    }

    fn read(&mut self, snapshot: &Snapshot) {
        self.runs = Newest::of_runs(&snapshot.runs);
        let level = |(case, level, at): &(Arc<Case>, Urgency, UtcMs)| {
            let run = self.runs.place(case).map(|place| &snapshot.runs[place].run);
            (level.with_export(case, run), *at)
        };
        self.of = self.urgency.cases.iter().map(level).collect();
        let is_ours =
            |(case, (level, _)): &(&Arc<Case>, &(Urgency, UtcMs))| !case.archived && Tab::Mine.takes(*level);
        self.needing_attention = snapshot.cases.iter().zip(&self.of).filter(is_ours).count();
    }
}

impl Order {
    fn of(snapshot: &Snapshot, levels: &Levels, key: OrderKey) -> Self {
        let (_, filter, tab, kept) = &key;
        let mut counts = [0; 4];
        let mut rows = Vec::new();
        for (i, (case, (level, at))) in snapshot.cases.iter().zip(&levels.of).enumerate() {
            if (case.archived && *tab != Tab::All) || !fits(case, filter) {
                continue;
            }
            for (tab, count) in Tab::ALL.into_iter().zip(&mut counts) {
                *count += usize::from(tab.takes(*level) && !case.archived);
            }
            if tab.takes(*level) || *kept == Some(case.id) {
                rows.push(((*level, *at), i));
            }
        }
        rows.sort();
        Self { rows: rows.into_iter().map(|(_, i)| i).collect(), counts, key: Some(key) }
    }
}

fn fits(case: &Case, filter: &str) -> bool {
    if filter.is_empty() {
        return true;
    }
    let hay = case.search_text();
    filter.split_whitespace().all(|word| hay.contains(word))
}

fn row(
    ui: &mut Ui,
    case: &Case,
    run: Option<&RunView>,
    download: Option<&DownloadView>,
    cx: &ViewContext<'_>,
    selected: Option<CaseId>,
) -> egui::Response {
    let title = case.project.path.as_deref().map_or_else(|| case.project.title(), short_path);
    let (severity, glyph, words) = status(case, run, download, cx);
    let ticket = case.ticket.as_ref().map_or_else(|| format!("case {}", case.id), |t| format!("#{}", t.id));
    let second = format!("{ticket} · {words}");
    let share = download
        .and_then(|download| download.total_bytes.map(|total| download.bytes as f32 / total.max(1) as f32));
    let aside = if download.is_some() {
        download.and_then(|t| t.total_bytes.map(|total| format::percent(t.bytes, total))).unwrap_or_default()
    } else {
        let since = format::relative(case.stage_since, cx.now);
        if case.archived { "archived".to_owned() } else { since }
    };
    let row = Row {
        first: &title,
        second: &second,
        aside: &aside,
        severity,
        glyph,
        selected: selected == Some(case.id),
        share,
    };
    row.show(ui)
}

/// The last two parts of a path: the leading groups rarely tell projects apart.
fn short_path(path: &str) -> String {
    let mut parts = path.rsplitn(3, '/');
    match (parts.next(), parts.next()) {
        (Some(project), Some(group)) => format!("{group}/{project}"),
        _ => path.to_owned(),
    }
}

/// The rebuild of the case's archive, while it runs or needs a person.
fn rebuilding(case: &Case, cx: &ViewContext<'_>) -> Option<(Severity, icons::MaterialIcon, String)> {
    let view = cx.snapshot.rebuilds.iter().find(|view| view.job.case_id == Some(case.id))?;
    if case.stage.is_closed() {
        return None;
    }
    let (severity, icon, words) = match view.job.phase() {
        RebuildPhase::Built if case.served.is_some() => {
            (Severity::Good, icons::VERIFIED, "archive rebuilt, verified")
        }
        RebuildPhase::Built | RebuildPhase::Cancelled => return None,
        RebuildPhase::Failed => (Severity::Bad, icons::BAD, "rebuild failed"),
        _ => (Severity::Info, icons::RUNNING, "rebuilding the archive"),
    };
    Some((severity, icon, words.to_owned()))
}

fn status(
    case: &Case,
    run: Option<&RunView>,
    download: Option<&DownloadView>,
    cx: &ViewContext<'_>,
) -> (Severity, icons::MaterialIcon, String) {
    if let Some(download) = download {
        let words = match download.state {
            DownloadState::Paused => "download paused",
            DownloadState::Verifying => "verifying the archive",
            DownloadState::Queued => "download queued",
            _ if download.waiting.is_some() => "download waiting",
            _ => "downloading",
        };
        return (Severity::Info, icons::DOWNLOAD, words.to_owned());
    }
    if let Some(shown) = rebuilding(case, cx) {
        return shown;
    }
    match run.map(|run| (run.status.phase, run.status.stuck)) {
        Some((_, true)) => return (Severity::Warn, icons::WARN, "export stuck".into()),
        Some((Phase::Requested | Phase::Queued, _)) => {
            return (Severity::Info, icons::HOURGLASS, "export queued".into());
        }
        Some((Phase::Running | Phase::Unknown, _)) => {
            return (Severity::Info, icons::RUNNING, "exporting".into());
        }
        Some((Phase::Failed, _)) if !case.stage.is_closed() => {
            return (Severity::Bad, icons::BAD, "export failed".into());
        }
        Some((Phase::Ready, _)) if !case.stage.is_closed() && case.served.is_some() => {
            return (Severity::Good, icons::VERIFIED, "archive verified".into());
        }
        Some((Phase::Ready, _)) if !case.stage.is_closed() => {
            return (Severity::Good, icons::GOOD, "export ready".into());
        }
        _ => {}
    }
    let export = run.map(|view| &view.run);
    let need = attention(case, export, &cx.snapshot.offer_log, &cx.snapshot.rules, cx.now);
    let (severity, glyph) = match need.level {
        Urgency::DeadlineSoon => (Severity::Warn, icons::CLOCK),
        Urgency::YourTurn => (Severity::Info, icons::PLAY),
        Urgency::Waiting => (Severity::Plain, icons::HOURGLASS),
        Urgency::Done => (Severity::Good, icons::GOOD),
    };
    (severity, glyph, case.stage.label().to_lowercase())
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use crate::case::{CaseId, stepped};
    use crate::gui::fixture::{ago, at_work, many, window};

    #[test]
    fn what_needs_a_person_is_first_and_selected() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        let rows: Vec<_> =
            window.get_all_by_label_contains("#41").filter(|node| node.rect().left() < 300.0).collect();
        let tops: Vec<f32> = rows.iter().map(|row| row.rect().top()).collect();
        assert_eq!(rows.len(), 5);
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
        for _ in 0..30 {
            window.key_press_modifiers(egui::Modifiers::ALT, egui::Key::ArrowDown);
            window.run();
        }
        let thirtieth = window.state().workspace().selected;
        assert_ne!(first, thirtieth);
        window.key_press_modifiers(egui::Modifiers::ALT, egui::Key::ArrowUp);
        window.run();
        assert_ne!(window.state().workspace().selected, thirtieth);
    }
}
