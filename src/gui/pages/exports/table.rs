//! The projects of a batch: filter, order, selection, and what can be done with the selected ones. Only the visible rows
//! are drawn.

use std::cmp::Ordering;
use std::sync::Arc;

use egui::{Align, Label, Layout, Response, RichText, Sense, Ui};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::case::BatchId;
use crate::case::batch::{BatchGoal, BatchItem, ItemDeed, ItemStage, csv, manifest};
use crate::engine::api::{BatchCommand, BatchItemView, BatchView, Command};
use crate::gui::dialogs::save_text::SaveText;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, Field, ListedRows, Selection, icons, is_meant, menu_item};
use crate::gui::theme::{Severity, tokens};
use crate::gui::view_context::ViewContext;

const ROW: f32 = 44.0;

/// What the rows are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    /// As the list named them.
    #[default]
    List,
    Project,
    Status,
    Size,
    Progress,
    Verdict,
}

impl Order {
    const COLUMNS: [(Self, &'static str, &'static str); 5] = [
        (Self::Project, "Project", "Sort by project"),
        (Self::Status, "Status", "Sort by status"),
        (Self::Size, "Size", "Sort by size"),
        (Self::Progress, "Progress", "Sort by progress"),
        (Self::Verdict, "Verdict", "Sort by verdict"),
    ];
}

/// The table's state.
#[derive(Debug, Default)]
pub struct BatchTable {
    /// The batch whose projects are selected.
    of: Option<BatchId>,
    filter: String,
    order: Order,
    descending: bool,
    /// The selected projects, by their places in the list.
    selected: Selection<usize>,
    /// The row that takes the keyboard focus in the next frame.
    to_row: Option<usize>,
    shown: Shown,
}

/// The rows that match, recomputed when the batch, the filter or the order has changed.
#[derive(Debug, Default)]
struct Shown {
    made_from: Option<(Arc<BatchView>, String, Order, bool)>,
    /// Places in the list.
    rows: Vec<usize>,
    /// For each place, how many projects are requested before it.
    before: Vec<usize>,
}

impl Shown {
    fn make(&mut self, view: &Arc<BatchView>, filter: &str, order: Order, descending: bool) {
        let wanted = filter.trim().to_lowercase();
        let holds = |(from, known, of, down): &(Arc<BatchView>, String, Order, bool)| {
            Arc::ptr_eq(from, view) && *known == wanted && *of == order && *down == descending
        };
        if self.made_from.as_ref().is_some_and(holds) {
            return;
        }
        let items = &view.items;
        self.rows = (0..items.len()).filter(|place| fits(&items[*place], &wanted, view.batch.goal)).collect();
        self.rows.sort_by(|a, b| {
            let ordering = compare(order, &items[*a], &items[*b]);
            if descending { ordering.reverse() } else { ordering }
        });
        let mut waiting = 0;
        let before = items.iter().map(|item| {
            let place = waiting;
            waiting += usize::from(item.item.stage == ItemStage::Waiting && !item.item.is_paused);
            place
        });
        self.before = before.collect();
        self.made_from = Some((Arc::clone(view), wanted, order, descending));
    }
}

/// Whether every word of the filter occurs in the project, the status, the verdict or the error.
fn fits(view: &BatchItemView, filter: &str, goal: BatchGoal) -> bool {
    if filter.is_empty() {
        return true;
    }
    let item = &view.item;
    let error = item.error.as_ref().map(|error| error.headline.as_str()).unwrap_or_default();
    let all = format!("{} {} {} {} {error}", item.title(), item.named, view.item.status(goal), verdict(view));
    let all = all.to_lowercase();
    filter.split_whitespace().all(|word| all.contains(word))
}

fn compare(order: Order, a: &BatchItemView, b: &BatchItemView) -> Ordering {
    match order {
        Order::List => Ordering::Equal,
        Order::Project => a.item.title().cmp(b.item.title()),
        Order::Status => a.item.stage.cmp(&b.item.stage),
        Order::Size => size(a).cmp(&size(b)),
        Order::Progress => share(a).total_cmp(&share(b)),
        Order::Verdict => verdict(a).cmp(&verdict(b)),
    }
}

/// The size of the archive, or about how large it will be.
fn size(view: &BatchItemView) -> u64 {
    let total = view.progress.and_then(|progress| progress.total_bytes);
    view.item.archive().map(|file| file.bytes).or(total).or(view.item.expected_bytes).unwrap_or(0)
}

/// The downloaded share, from 0 to 1.
fn share(view: &BatchItemView) -> f64 {
    match (view.item.stage, view.progress) {
        (ItemStage::Done, _) => 1.0,
        (_, Some(progress)) => {
            progress.bytes as f64 / progress.total_bytes.unwrap_or(progress.bytes).max(1) as f64
        }
        (_, None) => 0.0,
    }
}

fn verdict(view: &BatchItemView) -> String {
    view.item.archive().map(|file| file.verdict.replace('_', " ")).unwrap_or_default()
}

impl BatchTable {
    pub fn ui(&mut self, ui: &mut Ui, view: &Arc<BatchView>, cx: &ViewContext<'_>, out: &mut Outbox) {
        if self.of != Some(view.batch.id) {
            *self = Self { of: Some(view.batch.id), ..Self::default() };
        }
        self.shown.make(view, &self.filter, self.order, self.descending);
        ui.horizontal(|ui| {
            ui.scope(|ui| {
                ui.set_width((ui.available_width() - 160.0).min(380.0));
                Field::new("Filter the projects")
                    .hint("Project, status, verdict or error")
                    .hide_label()
                    .show(ui, &mut self.filter);
            });
            let (fit, all) = (self.shown.rows.len() as u64, view.items.len() as u64);
            kit::faint(
                ui,
                format!("{} of {}", format::count(fit), format::number_of(all, "project", "projects")),
            );
        });
        self.tools(ui, view, cx, out);
        if self.shown.rows.is_empty() {
            kit::soft(ui, "No project matches the filter.");
            return;
        }
        ui.scope(|ui| self.rows(ui, view, cx));
    }

    /// What can be done with the selected projects, and with all.
    fn tools(&self, ui: &mut Ui, view: &Arc<BatchView>, cx: &ViewContext<'_>, out: &mut Outbox) {
        // Nothing happens to a project that nobody sees.
        let mut places: Vec<usize> =
            self.shown.rows.iter().copied().filter(|place| self.selected.holds(place)).collect();
        let hidden = self.selected.len() - places.len();
        places.sort_unstable();
        let mut change = |places: Vec<usize>, deed| {
            let command = BatchCommand::Change { batch: view.batch.id, places, deed };
            out.ask(Command::Batch(command), IfUnhandled::ToastError);
        };
        let failed: Vec<usize> = view
            .items
            .iter()
            .filter(|one| one.item.stage == ItemStage::Failed)
            .map(|one| one.place)
            .collect();
        let mut saves = false;
        ui.horizontal_wrapped(|ui| {
            for (deed, label, glyph) in [
                (ItemDeed::Pause, "Pause the selected projects", icons::PAUSE),
                (ItemDeed::Resume, "Resume the selected projects", icons::PLAY),
                (ItemDeed::Cancel, "Cancel the selected projects", icons::CANCEL),
                (ItemDeed::Retry, "Retry the selected projects", icons::RETRY),
            ] {
                let fits = |place: &&usize| view.items[**place].item.allows(deed);
                let fitting: Vec<usize> = places.iter().filter(fits).copied().collect();
                let why = match (places.is_empty(), fitting.is_empty()) {
                    (true, _) => Some("Select projects first.".to_owned()),
                    (false, true) => Some("This does not apply to any selected project.".to_owned()),
                    (false, false) => None,
                };
                let caption = label.split(' ').next().unwrap_or_default();
                let button = Button::new(label).caption(caption).icon(glyph).blocked(why).tooltip(label);
                if button.show(ui).clicked() {
                    change(fitting, deed);
                }
            }
            let none = failed.is_empty().then(|| "No project has failed.".to_owned());
            if Button::new("Retry all failed").icon(icons::RETRY).blocked(none).show(ui).clicked() {
                change(failed, ItemDeed::Retry);
            }
            saves = Button::new("Save the table…").icon(icons::SAVE).show(ui).clicked();
            let mut selected = format!("{} selected", format::count(places.len() as u64));
            if hidden > 0 {
                selected = format!("{selected}, {} more not listed", format::count(hidden as u64));
            }
            ui.add(Label::new(RichText::new(selected).small().color(tokens(ui).faint)).extend());
        });
        if saves {
            let items: Vec<_> = self.shown.rows.iter().map(|place| view.items[*place].item.clone()).collect();
            let text = csv(&manifest(&view.batch, &items, cx.now).projects);
            out.open(SaveText::exports(&text, &cx.snapshot.download_folder));
        }
    }

    fn rows(&mut self, ui: &mut Ui, view: &Arc<BatchView>, cx: &ViewContext<'_>) {
        let rows = std::mem::take(&mut self.shown.rows);
        let before = std::mem::take(&mut self.shown.before);
        // Kept until the row is drawn, which may take another frame.
        let to_row = self.to_row.filter(|row| *row < rows.len());
        let listed = ListedRows { rows: rows.len(), at: &|line| rows[line] };
        // A click on the words of a row is one on the row.
        ui.style_mut().interaction.selectable_labels = false;
        let height = (ui.clip_rect().bottom() - ui.cursor().top() - 60.0).clamp(ROW * 7.0, ROW * 30.0);
        let table = TableBuilder::new(ui)
            .id_salt("exports")
            .animate_scrolling(false)
            .max_scroll_height(height)
            .auto_shrink([false, true])
            .sense(Sense::CLICK)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(24.0))
            .column(Column::remainder().at_least(140.0).clip(true))
            .column(Column::exact(130.0).clip(true))
            .column(Column::exact(86.0).clip(true))
            .column(Column::exact(120.0).clip(true))
            .column(Column::exact(150.0).clip(true));
        let table = match to_row {
            Some(row) => table.scroll_to_row(row, None),
            None => table,
        };
        table
            .header(28.0, |mut header| {
                header.col(|ui| kit::tick_all(ui, &mut self.selected, listed, "Select all listed projects"));
                for (order, caption, label) in Order::COLUMNS {
                    header.col(|ui| self.sort_by(ui, order, caption, label));
                }
            })
            .body(|body| {
                body.rows(ROW, rows.len(), |mut row| {
                    let line = row.index();
                    let place = rows[line];
                    let at = (line, to_row == Some(line));
                    self.row(&mut row, &view.items[place], at, listed, (view, before[place], cx));
                });
            });
        (self.shown.rows, self.shown.before) = (rows, before);
    }

    /// A column's heading orders the rows; once more, the other way round; a third time, as the list names them.
    fn sort_by(&mut self, ui: &mut Ui, order: Order, caption: &str, label: &str) {
        let is_it = self.order == order;
        let button = Button::new(label).caption(caption).quiet().selected(is_it);
        let button = match (is_it, self.descending) {
            (false, _) => button,
            (true, false) => button.icon(icons::ASCENDING),
            (true, true) => button.icon(icons::EXPANDED),
        };
        if button.show(ui).clicked() {
            (self.order, self.descending) = match (is_it, self.descending) {
                (false, _) => (order, false),
                (true, false) => (order, true),
                (true, true) => (Order::List, false),
            };
        }
    }

    fn row(
        &mut self,
        row: &mut TableRow<'_, '_>,
        one: &BatchItemView,
        (line, focus): (usize, bool),
        listed: ListedRows<'_, usize>,
        (view, before, cx): (&BatchView, usize, &ViewContext<'_>),
    ) {
        let title = one.item.title();
        row.set_selected(self.selected.holds(&one.place));
        row.col(|ui| {
            let next = kit::tick(ui, &mut self.selected, (line, focus), listed, &format!("Select {title}"));
            self.to_row = next.or(self.to_row.filter(|_| !focus));
        });
        row.col(|ui| {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add_space(4.0);
                let text = RichText::new(title).color(tokens(ui).text);
                ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(title);
                let (words, severity) = note(view, one, before, cx);
                let text = RichText::new(&words).small().color(tokens(ui).severity(severity).0);
                ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&words);
            });
        });
        row.col(|ui| chip(ui, one, view.batch.goal));
        row.col(|ui| {
            let bytes = size(one);
            if bytes > 0 {
                let about = if one.item.archive().is_none() && one.progress.is_none() { "~" } else { "" };
                cell(ui, &format!("{about}{}", format::bytes(bytes)));
            }
        });
        row.col(|ui| {
            if let Some(progress) = one.progress {
                let whole = progress.total_bytes.unwrap_or(0);
                ui.vertical(|ui| {
                    ui.add_space(4.0);
                    cell(ui, &format::percent(progress.bytes, whole));
                    kit::progress(ui, &format!("Download of {title}"), progress.bytes, whole);
                });
            }
        });
        row.col(|ui| {
            let words = verdict(one);
            if !words.is_empty() {
                let good = words.starts_with("importable");
                let (severity, glyph) =
                    if good { (Severity::Good, icons::VERIFIED) } else { (Severity::Bad, icons::BAD) };
                kit::chip(ui, severity, glyph, &words);
            }
        });
        let response = row.response();
        let clicked = kit::row_click(&response, &mut self.selected, line, listed);
        self.to_row = clicked.or(self.to_row);
        self.menu(&response, one, view);
    }

    /// What can be copied of a row, or of the selected ones if it is one of them.
    fn menu(&self, response: &Response, one: &BatchItemView, view: &BatchView) {
        response.context_menu(|ui| {
            let is_meant = |known: &&Arc<BatchItemView>| is_meant(&one.place, &known.place, &self.selected);
            let meant: Vec<_> = view.items.iter().filter(is_meant).map(|known| &known.item).collect();
            if meant.len() > 1 {
                kit::faint(ui, format::number_of(meant.len() as u64, "project", "projects"));
            }
            if menu_item(ui, "Copy links", icons::COPY, None) {
                let path =
                    |item: &&BatchItem| Some(format!("{}/{}", view.batch.instance, item.path.as_ref()?));
                let links: Vec<_> = meant.iter().filter_map(path).collect();
                kit::copy(ui.ctx(), "links", links.join("\n"));
            }
            let why =
                |item: &&BatchItem| Some(format!("{}: {}", item.title(), item.error.as_ref()?.headline));
            let errors: Vec<_> = meant.iter().filter_map(why).collect();
            let none = errors.is_empty().then_some("No project has an error.");
            if menu_item(ui, "Copy errors", icons::COPY, none) {
                kit::copy(ui.ctx(), "errors", errors.join("\n"));
            }
        });
    }
}

/// The second line of a row.
fn note(view: &BatchView, one: &BatchItemView, before: usize, cx: &ViewContext<'_>) -> (String, Severity) {
    let item = &one.item;
    match item.stage {
        _ if item.is_paused && !item.stage.is_ended() => ("Paused by you".to_owned(), Severity::Warn),
        _ if !item.stage.is_ended() && item.error.is_some() => {
            let why = item.error.as_ref().map(|error| error.headline.clone());
            (why.unwrap_or_default(), Severity::Warn)
        }
        ItemStage::Waiting if view.batch.stopped.is_some() || view.is_held => {
            ("waits until the batch is resumed".to_owned(), Severity::Plain)
        }
        ItemStage::Waiting if view.is_cut() || cx.snapshot.is_offline => {
            ("waits until GitLab answers".to_owned(), Severity::Plain)
        }
        ItemStage::Waiting => {
            let wait_ms = view.turn(before).since_ms(cx.now).max(0);
            (format!("queued, about {} until its turn", format::stretch(wait_ms)), Severity::Plain)
        }
        ItemStage::Exporting => {
            let word = item.server_status.as_deref().unwrap_or("not checked yet");
            (format!("GitLab status: {word}"), Severity::Plain)
        }
        ItemStage::Downloading => {
            let speed = one.progress.map_or(0, |progress| progress.bytes_per_s);
            (format::speed(speed), Severity::Plain)
        }
        ItemStage::Done => {
            let path = item.file.as_ref().map(|file| file.path.as_str()).unwrap_or_default();
            (path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(), Severity::Plain)
        }
        ItemStage::Repeated => {
            let first = item.repeats.as_deref().unwrap_or_default();
            (format!("the same project as {first}"), Severity::Plain)
        }
        ItemStage::Failed | ItemStage::Cancelled => {
            let why = item.error.as_ref().map(|error| error.headline.clone());
            (why.unwrap_or_default(), Severity::Bad)
        }
    }
}

fn chip(ui: &mut Ui, one: &BatchItemView, goal: BatchGoal) {
    let (severity, glyph) = match one.item.stage {
        stage if one.item.is_paused && !stage.is_ended() => (Severity::Warn, icons::PAUSE),
        ItemStage::Waiting => (Severity::Plain, icons::HOURGLASS),
        ItemStage::Exporting => (Severity::Info, icons::RUNNING),
        ItemStage::Downloading => (Severity::Info, icons::DOWNLOAD),
        ItemStage::Done => (Severity::Good, icons::GOOD),
        ItemStage::Failed => (Severity::Bad, icons::BAD),
        ItemStage::Cancelled => (Severity::Warn, icons::CANCEL),
        ItemStage::Repeated => (Severity::Plain, icons::GOOD),
    };
    kit::chip(ui, severity, glyph, one.item.status(goal));
}

fn cell(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).color(tokens(ui).text)).truncate());
}
