//! The check of many projects as a table: which can be exported and why not, and which of them the person leaves out. Only
//! the visible rows are drawn.

use std::sync::Arc;

use egui::{Align, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

use crate::case::batch::{CheckCounts, CheckedProject, Exportable, check_counts};
use crate::engine::api::{BatchCheckView, CheckId};
use crate::gui::format;
use crate::gui::kit::{self, ListedRows, Selection, icons};
use crate::gui::theme::{Severity, tokens};

const ROW: f32 = 30.0;

/// Which projects of a check are exported: all that can be, without those that the person leaves out.
#[derive(Debug, Default)]
pub struct ExportChoice {
    of: Option<CheckId>,
    /// How many projects, from the first, have been chosen or not.
    judged: usize,
    /// By their places in the list.
    chosen: Selection<usize>,
    /// The check box that takes the keyboard focus in the next frame.
    to_box: Option<usize>,
}

impl ExportChoice {
    /// Chooses the projects that can be exported, as the check finds them.
    pub fn follow(&mut self, view: &BatchCheckView) {
        if self.of != Some(view.id) {
            *self = Self { of: Some(view.id), ..Self::default() };
        }
        while let Some(project) = view.projects.get(self.judged).filter(|one| one.exportable.is_some()) {
            if project.is_wanted() {
                self.chosen.insert(self.judged);
            }
            self.judged += 1;
        }
    }

    /// The chosen projects, in the order of the list.
    pub fn of<'a>(&self, view: &'a BatchCheckView) -> impl Iterator<Item = &'a CheckedProject> {
        let all = view.projects.iter().map(Arc::as_ref).enumerate();
        all.filter(|(place, _)| self.chosen.holds(place)).map(|(_, project)| project)
    }

    pub fn counts(&self, view: &BatchCheckView) -> CheckCounts {
        check_counts(self.of(view))
    }
}

/// How far the check is, and what it has found; `chosen` are the projects that are exported.
pub fn summary(ui: &mut Ui, view: &BatchCheckView, chosen: CheckCounts, repeated: usize) {
    let counts = view.counts;
    let number = |n: usize| format::count(n as u64);
    if view.is_over() {
        let size = format::bytes(counts.expected_bytes);
        // Another name of a project is none of its own.
        let all = counts.all - counts.repeated;
        let many = format::number_of(all as u64, "project", "projects");
        let words = format!("{} of {many} can be exported, about {size}.", number(counts.wanted));
        let severity = if counts.wanted == all { Severity::Good } else { Severity::Warn };
        kit::say(ui, severity, icons::INFO, &words);
        if let Some(loss) = chosen.loss() {
            kit::say(ui, Severity::Warn, icons::WARN, &loss);
        }
    } else {
        kit::progress(ui, "Progress of the check", counts.checked as u64, counts.all as u64);
        kit::soft(ui, format!("{} of {} checked", number(counts.checked), number(counts.all)));
    }
    let twice = repeated + counts.repeated;
    if twice > 0 {
        let many = format::number_of(twice as u64, "line repeats", "lines repeat");
        kit::soft(ui, format!("{many} a project of an earlier line. Each project is exported once."));
    }
}

pub fn table(ui: &mut Ui, view: &BatchCheckView, choice: &mut ExportChoice, only_refused: bool) {
    let is_listed =
        |project: &CheckedProject| !only_refused || project.exportable.is_some() && !project.is_wanted();
    let places: Vec<usize> =
        (0..view.projects.len()).filter(|place| is_listed(&view.projects[*place])).collect();
    if places.is_empty() {
        kit::soft(ui, "Every project can be exported.");
        return;
    }
    let boxes: Vec<usize> =
        places.iter().copied().filter(|place| view.projects[*place].is_wanted()).collect();
    let listed = ListedRows { rows: boxes.len(), at: &|number| boxes[number] };
    // Kept until the row is drawn, which may take another frame.
    let to_box = choice.to_box.filter(|number| *number < boxes.len());
    let to_row = to_box.and_then(|number| places.binary_search(&boxes[number]).ok());
    let table = TableBuilder::new(ui)
        .id_salt("checked")
        .animate_scrolling(false)
        .max_scroll_height(ROW * 10.0)
        .auto_shrink([false, true])
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(24.0))
        .column(Column::remainder().at_least(140.0).clip(true))
        .column(Column::exact(118.0).clip(true))
        .column(Column::exact(84.0).clip(true))
        .column(Column::remainder().at_least(180.0).clip(true));
    let table = match to_row {
        Some(row) => table.scroll_to_row(row, None),
        None => table,
    };
    table
        .header(24.0, |mut header| {
            header.col(|ui| kit::tick_all(ui, &mut choice.chosen, listed, "Export all listed projects"));
            for name in ["Project", "Export", "Size", "Why"] {
                header.col(|ui| {
                    ui.add(Label::new(RichText::new(name).small().color(tokens(ui).faint)).truncate());
                });
            }
        })
        .body(|body| {
            body.rows(ROW, places.len(), |mut row| {
                let place = places[row.index()];
                let project = &view.projects[place];
                row.col(|ui| {
                    let Ok(number) = boxes.binary_search(&place) else { return };
                    let (focus, label) = (to_box == Some(number), format!("Export {}", project.item.title()));
                    let next = kit::tick(ui, &mut choice.chosen, (number, focus), listed, &label);
                    choice.to_box = next.or(choice.to_box.filter(|_| !focus));
                });
                row.col(|ui| cell(ui, project.item.title()));
                row.col(|ui| verdict(ui, project));
                row.col(|ui| cell(ui, &project.item.expected_bytes.map(format::bytes).unwrap_or_default()));
                row.col(|ui| cell(ui, &project.reason()));
            });
        });
}

fn cell(ui: &mut Ui, text: &str) {
    if !text.is_empty() {
        let words = RichText::new(text).color(tokens(ui).text);
        ui.add(Label::new(words).truncate().show_tooltip_when_elided(false)).on_hover_text(text);
    }
}

fn verdict(ui: &mut Ui, project: &CheckedProject) {
    let Some(found) = &project.exportable else {
        kit::chip(ui, Severity::Plain, icons::HOURGLASS, "not checked");
        return;
    };
    let doomed = project.deletion.is_some();
    let (severity, glyph) = match found {
        Exportable::Yes if doomed => (Severity::Warn, icons::WARN),
        Exportable::Yes | Exportable::FileReady => (Severity::Good, icons::GOOD),
        Exportable::Running => (Severity::Info, icons::RUNNING),
        Exportable::Repeated { .. } => (Severity::Plain, icons::NONE),
        Exportable::HasFile | Exportable::Replaces | Exportable::Unknown { .. } => {
            (Severity::Warn, icons::WARN)
        }
        Exportable::No { .. } => (Severity::Bad, icons::BAD),
    };
    kit::chip(ui, severity, glyph, found.label());
}
