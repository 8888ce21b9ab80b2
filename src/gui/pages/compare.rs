//! An archive compared with a live project: the choice of the project, the counts side by side, and a bar chart.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use egui::{Align2, Color32, RichText, Role, Sense, TextStyle, Ui, Vec2, Vec2b, WidgetInfo};
use egui_plot::{Bar, BarChart, GridMark, Plot};

use crate::case::{Case, UserError};
use crate::engine::api::{Command, InspectionView, LiveProject, RelationCount, Report};
use crate::gui::case::waiting::waiting_chip;
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pages::imports::{instances, no_token};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::{ViewContext, project_of};

/// How many relations get a bar; the largest ones do.
const BARS: usize = 14;
const ROW: f32 = 24.0;
const NAME: f32 = 220.0;
const NUMBER: f32 = 92.0;

/// The form that selects the project to compare with.
#[derive(Debug, Default)]
pub struct Against {
    /// The archive that the fields were filled for.
    of: Option<PathBuf>,
    instance: String,
    project: String,
    asked: Pending,
    /// Why the comparison failed.
    error: Option<UserError>,
}

impl Against {
    /// The comparison itself is in the snapshot.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        if let Some(Err(error)) = self.asked.settled(answers) {
            self.error = Some(error);
        }
    }

    /// The card that requests the comparison.
    pub fn ui(&mut self, ui: &mut Ui, inspection: &InspectionView, cx: &ViewContext<'_>, out: &mut Outbox) {
        if self.of.as_ref() != Some(&inspection.path) {
            self.propose(inspection, cx);
        }
        kit::card(ui, |ui| {
            kit::heading(ui, "Comparison with the live project");
            kit::soft(
                ui,
                "Counts the same relations in the project as it is now. Export Desk reads the archive again and changes nothing.",
            );
            instances(ui, cx, &mut self.instance);
            Field::new("Live project")
                .hint("acme/webshop")
                .note("The project's full path, ID or URL.")
                .show(ui, &mut self.project);
            let waiting = self.asked.is_open();
            let blocked = if waiting {
                Some("Comparing.".to_owned())
            } else if let Some(why) = no_token(cx, &self.instance) {
                Some(why)
            } else {
                self.project.trim().is_empty().then(|| "Type the project first.".to_owned())
            };
            let button = Button::new("Compare with the live project").icon(icons::COMPARE).blocked(blocked);
            if button.show(ui).clicked() {
                let path = inspection.path.clone();
                let (instance, project) = (self.instance.clone(), self.project.trim().to_owned());
                let command =
                    Command::Verify { path, against: Some(LiveProject { instance, project }), deep: false };
                self.error = None;
                self.asked.ask(command, (), out);
            }
            if let Some(error) = &self.error {
                kit::error(ui, error);
            }
            match (&inspection.against, waiting, cx.held) {
                (_, true, Some(waiting)) => waiting_chip(ui, waiting, cx),
                (Some(Err(error)), false, _) => kit::error(ui, error),
                (Some(Ok(counts)), false, _) => compared(ui, counts),
                _ => {}
            }
        });
    }

    fn propose(&mut self, inspection: &InspectionView, cx: &ViewContext<'_>) {
        let case = case_of(inspection, cx);
        let first = cx.snapshot.instances.first().map(|known| known.url.clone());
        *self = Self {
            of: Some(inspection.path.clone()),
            instance: case.map(|case| case.instance.clone()).or(first).unwrap_or_default(),
            project: case
                .map(|case| case.project.path.clone().unwrap_or_else(|| project_of(case)))
                .unwrap_or_default(),
            ..Self::default()
        };
    }
}

/// The case that an archive belongs to: either the case downloaded this file, or the file name contains the path of
/// the case's project, in the form in which GitLab puts the path into the file name.
pub fn case_of<'a>(inspection: &InspectionView, cx: &ViewContext<'a>) -> Option<&'a Case> {
    let name =
        inspection.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let cases = &cx.snapshot.cases;
    let brought =
        cx.snapshot.downloads.iter().find(|download| download.path.as_ref() == Some(&inspection.path));
    let by_download =
        brought.and_then(|download| download.case_id).and_then(|id| cases.iter().find(|case| case.id == id));
    let named = |case: &&Arc<Case>| {
        let path = case.project.path.as_ref().map(|path| format!("_{}_", path.replace('/', "_")));
        path.is_some_and(|path| name.contains(&path))
    };
    by_download.or_else(|| cases.iter().find(named)).map(AsRef::as_ref)
}

/// The comparison in one sentence.
fn compared(ui: &mut Ui, counts: &[RelationCount]) {
    if counts.is_empty() {
        let words = "Nothing was compared, because the counts of this file are unreliable.";
        return kit::say(ui, Severity::Warn, icons::WARN, words);
    }
    let told = counts.iter().filter(|count| count.live.is_some()).count() as u64;
    let differ =
        counts.iter().filter(|count| count.live.is_some_and(|live| live != count.archive)).count() as u64;
    let relations = format::number_of(told, "relation was", "relations were");
    let (severity, glyph, words) = if differ == 0 {
        (Severity::Good, icons::GOOD, format!("{relations} compared. All counts are equal."))
    } else {
        let words = format!("{relations} compared. {differ} differ: see below what that can mean.");
        (Severity::Info, icons::INFO, words)
    };
    kit::say(ui, severity, glyph, &words);
}

/// One relation of the table.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    relation: &'a str,
    archive: u64,
    /// The count of the live project, if the two were compared.
    beside: Option<&'a RelationCount>,
}

/// Every relation of the archive and of the comparison, the largest first.
fn lines<'a>(report: &'a Report, against: Option<&'a [RelationCount]>) -> Vec<Line<'a>> {
    let against = against.unwrap_or_default();
    let names: BTreeSet<&str> = report
        .counts
        .keys()
        .map(String::as_str)
        .chain(against.iter().map(|count| count.relation.as_str()))
        .collect();
    let line = |relation: &'a str| Line {
        relation,
        archive: report.counts.get(relation).copied().unwrap_or(0),
        beside: against.iter().find(|count| count.relation == relation),
    };
    let mut lines: Vec<Line<'a>> = names.into_iter().map(line).collect();
    let most = |line: &Line<'_>| line.archive.max(line.beside.and_then(|count| count.live).unwrap_or(0));
    lines.sort_by(|a, b| most(b).cmp(&most(a)).then(a.relation.cmp(b.relation)));
    lines
}

/// The number of records of each relation: exact numbers, and bars to compare them.
pub fn counts(ui: &mut Ui, report: &Report, against: Option<&[RelationCount]>) {
    let lines = lines(report, against);
    if lines.is_empty() {
        return;
    }
    kit::card(ui, |ui| {
        kit::heading(ui, "Relations");
        ui.spacing_mut().item_spacing.y = 0.0;
        let compared = against.is_some();
        head(ui, compared);
        for line in &lines {
            row(ui, line, compared);
        }
        ui.add_space(space::M);
        bars(ui, &lines, compared);
    });
}

fn head(ui: &mut Ui, compared: bool) {
    let names: &[(&str, f32)] = if compared {
        &[("in the archive", NUMBER), ("in the project", NUMBER)]
    } else {
        &[("records", NUMBER)]
    };
    ui.horizontal(|ui| {
        let small = |text: &str| RichText::new(text).size(size::SMALL).color(tokens(ui).faint);
        let (relation, words) =
            (small("relation"), names.iter().map(|(name, _)| small(name)).collect::<Vec<_>>());
        cell(ui, NAME, egui::Align::Min, relation);
        for word in words {
            cell(ui, NUMBER, egui::Align::Max, word);
        }
    });
}

fn cell(ui: &mut Ui, width: f32, align: egui::Align, text: RichText) {
    let layout = match align {
        egui::Align::Max => egui::Layout::right_to_left(egui::Align::Center),
        _ => egui::Layout::left_to_right(egui::Align::Center),
    };
    ui.allocate_ui_with_layout(Vec2::new(width, ROW), layout, |ui| {
        ui.set_min_width(width);
        ui.add(egui::Label::new(text).truncate());
    });
}

fn row(ui: &mut Ui, line: &Line<'_>, compared: bool) {
    let t = tokens(ui);
    let spoken = spoken(line);
    ui.horizontal(|ui| {
        cell(ui, NAME, egui::Align::Min, RichText::new(line.relation).color(t.text));
        let (place, response) = ui.allocate_exact_size(Vec2::new(NUMBER, ROW), Sense::hover());
        let font = TextStyle::Body.resolve(ui.style());
        let number = format::count(line.archive);
        ui.painter().text(place.right_center(), Align2::RIGHT_CENTER, number, font, t.text);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        response.on_hover_text(&spoken);
        if !compared {
            return;
        }
        let beside = match line.beside {
            Some(count) => count.live.map_or_else(|| "not reported".to_owned(), format::count),
            None => "not listed".to_owned(),
        };
        cell(ui, NUMBER, egui::Align::Max, RichText::new(beside).color(t.soft));
        ui.add_space(space::S);
        match line.beside.map(|count| count.live) {
            Some(Some(count)) if count == line.archive => {
                kit::chip(ui, Severity::Good, icons::GOOD, "same");
            }
            Some(Some(count)) => {
                let sign = if count > line.archive { "+" } else { "−" };
                let words = format!("{sign}{} live", format::count(count.abs_diff(line.archive)));
                kit::chip(ui, Severity::Warn, icons::COMPARE, &words);
            }
            Some(None) | None => {}
        }
    });
    if let Some(note) = line.beside.and_then(|count| count.note.as_ref()) {
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            kit::faint(ui, note.as_str());
        });
    }
}

/// A row as a screen reader reads it.
fn spoken(line: &Line<'_>) -> String {
    let archive = format!("{}: {}", line.relation, format::number_of(line.archive, "record", "records"));
    match line.beside.map(|count| count.live) {
        None => archive,
        Some(None) => format!("{archive} in the archive, not reported for the live project"),
        Some(Some(count)) => {
            format!("{archive} in the archive, {} in the live project", format::count(count))
        }
    }
}

/// The length of a bar on a logarithmic scale: one step per power of ten, and 0 for no records.
fn length(records: u64) -> f64 {
    if records == 0 { 0.0 } else { (records as f64).log10() + 1.0 }
}

fn bars(ui: &mut Ui, lines: &[Line<'_>], compared: bool) {
    let t = tokens(ui);
    let mut shown: Vec<&Line<'_>> =
        lines.iter().filter(|line| length(line.archive) > 0.0 || line.beside.is_some()).collect();
    if shown.is_empty() {
        return;
    }
    let whose = if shown.len() > BARS { format!(" of the {BARS} largest relations") } else { String::new() };
    shown.truncate(BARS);
    kit::section(ui, &format!("Records{whose} (logarithmic: each step is ten times as many)"));
    if compared {
        legend(ui);
    }
    let rows = shown.len();
    // The first line is at the top.
    let place = |i: usize| (rows - 1 - i) as f64;
    let wide = if compared { 0.34 } else { 0.6 };
    let bar = |i: usize, shift: f64, records: u64, whose: &str, color| {
        let name = format!("{}{whose}: {}", shown[i].relation, format::count(records));
        Bar::new(place(i) + shift, length(records)).width(wide).name(name).fill(color)
    };
    let (up, down) = if compared { (0.2, -0.2) } else { (0.0, 0.0) };
    let archive = (0..rows).map(|i| bar(i, up, shown[i].archive, "", t.accent_fill)).collect();
    let live: Vec<Bar> =
        (0..rows).filter_map(|i| Some(bar(i, down, shown[i].beside?.live?, " live", t.info))).collect();
    let chart = |name: &str, bars, color| {
        BarChart::new(name.to_owned(), bars)
            .color(color)
            .horizontal()
            .element_formatter(Box::new(|bar, _| bar.name.clone()))
    };
    let names: Vec<String> = shown.iter().map(|line| line.relation.to_owned()).collect();
    let most =
        shown.iter().map(|line| length(line.archive.max(line.beside.and_then(|c| c.live).unwrap_or(0))));
    let most = most.fold(1.0, f64::max);
    let plot = frame(names, most, t.line_strong);
    let response = plot
        .show(ui, |plot| {
            plot.bar_chart(chart("Archive", archive, t.accent_fill));
            if compared {
                plot.bar_chart(chart("Live project", live, t.info));
            }
        })
        .response;
    let words = format!(
        "Bars of {}. The table above has their numbers",
        format::number_of(rows as u64, "relation", "relations")
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
}

/// The legend of the bars.
fn legend(ui: &mut Ui) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        for (word, color) in
            [("upper bar: the archive", t.accent_fill), ("lower bar: the live project", t.info)]
        {
            let (place, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
            ui.painter().rect_filled(place.shrink(1.0), 2, color);
            ui.label(RichText::new(word).size(size::SMALL).color(t.soft));
        }
    });
}

/// The axes: one name per row from the top, and powers of ten. The plot can be neither dragged nor zoomed.
fn frame(names: Vec<String>, most: f64, grid: Color32) -> Plot<'static> {
    let rows = names.len();
    Plot::new("records by relation")
        .height(rows as f32 * 24.0 + 36.0)
        .include_x(0.0)
        .include_x(most * 1.05)
        .include_y(-0.6)
        .include_y(rows as f64 - 0.4)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_background(false)
        .show_grid(Vec2b::new(true, false))
        .grid_color(grid)
        .show_crosshair(false)
        .y_axis_min_width(170.0)
        .y_grid_spacer(move |_| (0..rows).map(|i| GridMark { value: i as f64, step_size: 1.0 }).collect())
        .x_grid_spacer(move |_| {
            (0..=most.ceil() as u32).map(|i| GridMark { value: f64::from(i), step_size: 1.0 }).collect()
        })
        .y_axis_formatter(move |mark, _| {
            let i = rows as i64 - 1 - mark.value.round() as i64;
            usize::try_from(i).ok().and_then(|i| names.get(i)).cloned().unwrap_or_default()
        })
        .x_axis_formatter(|mark, _| match mark.value.round() as i32 {
            ..=0 => "0".to_owned(),
            step => format::count(10_u64.saturating_pow(step as u32 - 1)),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_grows_by_one_step_with_each_power_of_ten() {
        assert!(length(0) < length(1) && length(1) < length(2));
        assert!((length(1000) - length(100) - 1.0).abs() < 1e-9);
    }
}
