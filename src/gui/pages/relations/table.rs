//! The table of relations, most urgent first. Rows can be ticked by mouse or keyboard; only the visible rows are
//! drawn.

use std::sync::Arc;

use egui::{Align, Label, Layout, RichText, Sense, Ui};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::case::RelationPhase;
use crate::engine::api::{DownloadState, RelationFileView, RelationRow, RelationsView};
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, Field, ListedRows, Selection, icons};
use crate::gui::pages::relations::files::{bytes_of, download, here, is_not_downloaded, start};
use crate::gui::pending::Pending;
use crate::gui::theme::{Severity, tokens};
use crate::gui::view_context::ViewContext;

const ROW: f32 = 44.0;

/// The page's open question, and the outbox for the next one.
type Ask<'a> = (&'a mut Pending, &'a mut Outbox);

/// The table's state.
#[derive(Debug, Default)]
pub struct Table {
    /// Whether the person agreed to lose finished files that were not downloaded.
    pub may_replace: bool,
    filter: String,
    /// The ticked relations, by name.
    ticked: Selection<String>,
    /// The relation whose details are shown.
    current: Option<String>,
    /// The row that takes the keyboard focus in the next frame.
    to_row: Option<usize>,
    shown: Shown,
}

/// The rows that match, recomputed when the export or the filter has changed.
#[derive(Debug, Default)]
struct Shown {
    made_from: Option<(Arc<RelationsView>, String)>,
    /// Indices into the list of rows.
    rows: Vec<usize>,
}

impl Shown {
    fn make(&mut self, view: &Arc<RelationsView>, filter: &str) {
        let wanted = filter.trim().to_lowercase();
        let holds =
            |(from, known): &(Arc<RelationsView>, String)| Arc::ptr_eq(from, view) && *known == wanted;
        if self.made_from.as_ref().is_some_and(holds) {
            return;
        }
        let all = &view.rows;
        self.rows = (0..all.len()).filter(|&row| fits(&all[row], &wanted)).collect();
        self.rows.sort_by(|&a, &b| {
            (urgency(&all[a]), &all[a].relation).cmp(&(urgency(&all[b]), &all[b].relation))
        });
        self.made_from = Some((Arc::clone(view), wanted));
    }
}

/// Whether every word of the filter occurs in the name, the status, the error or the state of the files.
fn fits(row: &RelationRow, filter: &str) -> bool {
    if filter.is_empty() {
        return true;
    }
    let error = row.why().unwrap_or_default();
    let all = format!("{} {} {} {error} {}", row.relation, row.phase.as_str(), row.status, of_files(row).2);
    let all = all.to_lowercase();
    filter.split_whitespace().all(|word| all.contains(word))
}

/// Sort order: failed first, then in progress, then done.
fn urgency(row: &RelationRow) -> u8 {
    match row.phase {
        RelationPhase::Failed => 0,
        _ if row.differs.is_some() => 0,
        _ if is_not_downloaded(row) => 1,
        RelationPhase::Unknown => 2,
        RelationPhase::Running => 3,
        RelationPhase::Pending => 4,
        RelationPhase::Ready => 5,
    }
}

impl Table {
    /// Recomputes the rows, because another export is shown.
    pub fn refresh(&mut self) {
        self.shown = Shown::default();
        self.to_row = None;
    }

    /// The relations that are ticked and listed, in GitLab's order.
    pub fn chosen(&self, view: &RelationsView) -> Vec<String> {
        let names = view.rows.iter().map(|row| &row.relation);
        names.filter(|name| self.ticked.holds(*name)).cloned().collect()
    }

    /// The relation whose details are shown.
    pub fn current<'a>(&self, view: &'a RelationsView) -> Option<&'a RelationRow> {
        let name = self.current.as_ref()?;
        view.rows.iter().find(|row| row.relation == *name)
    }

    pub fn ui(
        &mut self,
        ui: &mut Ui,
        view: &Arc<RelationsView>,
        cx: &ViewContext<'_>,
        pending: &mut Pending,
        out: &mut Outbox,
    ) {
        self.shown.make(view, &self.filter);
        ui.horizontal(|ui| {
            ui.scope(|ui| {
                ui.set_width((ui.available_width() - 150.0).min(380.0));
                Field::new("Filter the relations")
                    .hint("Name, status or error")
                    .hide_label()
                    .show(ui, &mut self.filter);
            });
            let (fit, all) = (self.shown.rows.len() as u64, view.rows.len() as u64);
            kit::faint(
                ui,
                format!("{} of {}", format::count(fit), format::number_of(all, "relation", "relations")),
            );
        });
        if self.shown.rows.is_empty() {
            kit::soft(ui, "No relation matches the filter.");
            return;
        }
        ui.scope(|ui| self.rows(ui, view, cx, &mut (pending, out)));
        totals(ui, view, &self.shown.rows);
    }

    fn rows(&mut self, ui: &mut Ui, view: &Arc<RelationsView>, cx: &ViewContext<'_>, ask: &mut Ask<'_>) {
        let order = std::mem::take(&mut self.shown.rows);
        // Kept until the row is drawn, which may take another frame.
        let to_row = self.to_row.filter(|&row| row < order.len());
        let listed = ListedRows { rows: order.len(), at: &|place| view.rows[order[place]].relation.clone() };
        // A click on the words of a row is one on the row.
        ui.style_mut().interaction.selectable_labels = false;
        let height = (ui.clip_rect().bottom() - ui.cursor().top() - 60.0).clamp(ROW * 7.0, ROW * 30.0);
        let table = TableBuilder::new(ui)
            .id_salt("relations")
            .animate_scrolling(false)
            .max_scroll_height(height)
            .auto_shrink([false, true])
            .sense(Sense::CLICK)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(24.0))
            .column(Column::remainder().at_least(120.0).clip(true))
            .column(Column::exact(142.0).clip(true))
            .column(Column::exact(62.0))
            .column(Column::exact(98.0))
            .column(Column::exact(78.0))
            .column(Column::exact(136.0).clip(true))
            .column(Column::exact(34.0));
        let table = match to_row {
            Some(row) => table.scroll_to_row(row, None),
            None => table,
        };
        table
            .header(26.0, |mut header| {
                header.col(|ui| kit::tick_all(ui, &mut self.ticked, listed, "Select all listed relations"));
                for name in
                    ["Relation", "Status, and GitLab status", "Batches", "Records", "Size", "Files", ""]
                {
                    header.col(|ui| {
                        ui.add(Label::new(RichText::new(name).small().color(tokens(ui).faint)).truncate());
                    });
                }
            })
            .body(|body| {
                body.rows(ROW, order.len(), |mut row| {
                    let place = row.index();
                    let relation = &view.rows[order[place]];
                    let focus = to_row == Some(place);
                    self.row(&mut row, relation, (place, focus), listed, (view, cx), ask);
                });
            });
        self.shown.rows = order;
    }

    fn row(
        &mut self,
        row: &mut TableRow<'_, '_>,
        relation: &RelationRow,
        (place, focus): (usize, bool),
        listed: ListedRows<'_, String>,
        (view, cx): (&RelationsView, &ViewContext<'_>),
        ask: &mut Ask<'_>,
    ) {
        let name = &relation.relation;
        row.set_selected(self.ticked.holds(name));
        row.col(|ui| {
            let next = kit::tick(ui, &mut self.ticked, (place, focus), listed, &format!("Select {name}"));
            self.to_row = next.or(self.to_row.filter(|_| !focus));
        });
        row.col(|ui| {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let here = self.current.as_ref() == Some(name);
                let label = format!("Details of {name}");
                let button = Button::new(&label).caption(name).quiet().selected(here);
                if button.show(ui).clicked() {
                    self.current = (!here).then(|| name.clone());
                }
                let (words, severity) = note(relation, cx);
                let ink = tokens(ui).severity(severity).0;
                // Aligned with the name, which has a button's padding.
                let left = ui.spacing().button_padding.x as i8;
                let level = egui::Frame::new().inner_margin(egui::Margin { left, ..egui::Margin::ZERO });
                level.show(ui, |ui| {
                    let text = RichText::new(&words).small().color(ink);
                    ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&words);
                });
            });
        });
        row.col(|ui| {
            phase(ui, relation);
            let text = RichText::new(format!("GitLab: {}", relation.status)).small().color(tokens(ui).faint);
            ui.add(Label::new(text).truncate());
        });
        row.col(|ui| {
            if relation.batches > 0 {
                number(ui, &format!("{} / {}", relation.batches_ready, relation.batches));
            }
        });
        row.col(|ui| number(ui, &records(relation).map(format::count).unwrap_or_default()));
        row.col(|ui| {
            let bytes = size_of(relation);
            if bytes > 0 {
                number(ui, &format::bytes(bytes));
            }
        });
        row.col(|ui| {
            let (severity, glyph, words) = of_files(relation);
            if !words.is_empty() {
                kit::chip(ui, severity, glyph, &format::state(&words));
            }
        });
        row.col(|ui| self.act(ui, relation, view, cx, ask));
        let clicked = kit::row_click(&row.response(), &mut self.ticked, place, listed);
        self.to_row = clicked.or(self.to_row);
    }

    /// The button for the one most useful action on a row.
    fn act(
        &mut self,
        ui: &mut Ui,
        row: &RelationRow,
        view: &RelationsView,
        cx: &ViewContext<'_>,
        ask: &mut Ask<'_>,
    ) {
        let name = &row.relation;
        let has = |state| row.files.iter().any(|file| file.is(state));
        let is_open = |file: &RelationFileView| file.is_offered && file.download.is_none();
        let blocked = cx.cannot_ask_of(&view.run.instance);
        let (label, glyph) = if has(DownloadState::Failed) || has(DownloadState::Cancelled) {
            (format!("Retry {name}"), icons::RETRY)
        } else if row.files.iter().any(is_open) {
            (format!("Download {name}"), icons::DOWNLOAD)
        } else if row.phase == RelationPhase::Failed && view.run.is_ended() {
            let label = format!("Export again for {name}");
            let tip =
                "GitLab can only regenerate all relations. This relation is then selected for download.";
            let button = Button::new(&label).icon(icons::EXPORT).icon_only().quiet().blocked(blocked);
            if button.tooltip(tip).show(ui).clicked() {
                self.ticked.only(name.clone());
                ask.0.ask(start(view, self.may_replace), (), ask.1);
            }
            return;
        } else {
            return;
        };
        if Button::new(&label).icon(glyph).icon_only().quiet().blocked(blocked).show(ui).clicked() {
            ask.0.ask(download(view, here(view), vec![name.clone()]), (), ask.1);
        }
    }
}

/// The second line of a row.
fn note(row: &RelationRow, cx: &ViewContext<'_>) -> (String, Severity) {
    let error = row.files.iter().find_map(RelationFileView::error);
    let waits = row.files.iter().find_map(RelationFileView::waiting);
    match (row.why(), error, waits) {
        (Some(why), _, _) => (why, Severity::Bad),
        (None, Some(error), _) => (error.headline.clone(), Severity::Bad),
        (None, None, Some(waiting)) => (waiting.why.clone(), Severity::Warn),
        (None, None, None) if row.skipped => ("GitLab did not regenerate the file".into(), Severity::Warn),
        (None, None, None) if row.stale => ("From the previous export".into(), Severity::Plain),
        (None, None, None) => {
            let at = row.updated_at.as_deref().and_then(crate::case::UtcMs::parse_rfc3339);
            let words = at.map(|at| format!("updated {}", format::relative(at, cx.now)));
            (words.unwrap_or_default(), Severity::Plain)
        }
    }
}

fn number(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).color(tokens(ui).text)).truncate());
}

/// Our phase for the status.
fn phase(ui: &mut Ui, row: &RelationRow) {
    let (severity, glyph) = match row.phase {
        RelationPhase::Pending => (Severity::Plain, icons::HOURGLASS),
        RelationPhase::Running => (Severity::Info, icons::RUNNING),
        RelationPhase::Ready if row.differs.is_some() => (Severity::Warn, icons::WARN),
        RelationPhase::Ready => (Severity::Good, icons::GOOD),
        RelationPhase::Failed => (Severity::Bad, icons::BAD),
        RelationPhase::Unknown => (Severity::Warn, icons::INFO),
    };
    let word = match row.phase {
        RelationPhase::Running => "exporting",
        RelationPhase::Ready if row.differs.is_some() => "incomplete",
        phase => phase.as_str(),
    };
    kit::chip(ui, severity, glyph, &format::state(word));
}

/// The combined state of a row's files: the worst state counts.
fn of_files(row: &RelationRow) -> (Severity, icons::MaterialIcon, String) {
    let count = |state| row.files.iter().filter(|file| file.is(state)).count();
    let all = row.files.len();
    let there = row.files.iter().filter(|file| file.is_there()).count();
    let moving = row.files.iter().filter(|file| file.is_moving()).count();
    let warnings: usize = row.files.iter().map(|file| file.warnings().len()).sum();
    let of_all =
        |n: usize, word: &str| if all > 1 { format!("{n} of {all} {word}") } else { word.to_owned() };
    if count(DownloadState::Failed) > 0 {
        (Severity::Bad, icons::BAD, of_all(count(DownloadState::Failed), "failed"))
    } else if count(DownloadState::Running) + count(DownloadState::Verifying) > 0 {
        let (part, whole) =
            row.files.iter().fold((0, 0), |(a, b), file| (a + file.bytes(), b + bytes_of(file)));
        (
            Severity::Info,
            icons::DOWNLOAD,
            format!("downloading, {}", format::percent(part, whole.max(part + 1))),
        )
    } else if moving > 0 {
        (Severity::Plain, icons::HOURGLASS, of_all(there, "waiting"))
    } else if count(DownloadState::Paused) > 0 {
        (Severity::Warn, icons::PAUSE, of_all(count(DownloadState::Paused), "paused"))
    } else if count(DownloadState::Cancelled) > 0 {
        (Severity::Warn, icons::CANCEL, of_all(count(DownloadState::Cancelled), "cancelled"))
    } else if there > 0 && !row.missing.is_empty() {
        (Severity::Bad, icons::BAD, format!("{} missing", format::count(row.missing.len() as u64)))
    } else if there > 0 && warnings > 0 {
        (Severity::Warn, icons::WARN, format::number_of(warnings as u64, "warning", "warnings"))
    } else if there > 0 {
        (Severity::Good, icons::VERIFIED, of_all(there, "verified"))
    } else if row.files.iter().any(|file| file.is_offered) {
        (Severity::Plain, icons::NONE, "not downloaded".to_owned())
    } else {
        (Severity::Plain, icons::NONE, String::new())
    }
}

/// The number of records: counted in the files if all are downloaded, otherwise as GitLab reports it.
fn records(row: &RelationRow) -> Option<u64> {
    let found: Option<Vec<_>> = row.files.iter().map(RelationFileView::records).collect();
    found
        .map(format::total)
        .filter(|_| !row.files.is_empty())
        .or(row.differs.map(|differs| differs.written))
        .or(row.objects_count)
}

fn size_of(row: &RelationRow) -> u64 {
    format::total(row.files.iter().map(bytes_of))
}

/// The totals of the listed rows.
fn totals(ui: &mut Ui, view: &RelationsView, order: &[usize]) {
    let rows = || order.iter().map(|&row| &view.rows[row]);
    let (records, bytes) = (format::total(rows().filter_map(records)), format::total(rows().map(size_of)));
    let files = rows().flat_map(|row| row.files.iter());
    let there = files.clone().filter(|file| file.is_there()).count() as u64;
    let failed = rows().filter(|row| row.phase == RelationPhase::Failed).count();
    let words = format!(
        "Total: {} ({failed} failed) · {} of {} downloaded · {} · {}",
        format::number_of(order.len() as u64, "relation", "relations"),
        format::count(there),
        format::number_of(files.count() as u64, "file", "files"),
        format::number_of(records, "record", "records"),
        format::bytes(bytes)
    );
    ui.separator();
    let text = RichText::new(words).color(tokens(ui).soft);
    ui.add(Label::new(text).wrap());
}
