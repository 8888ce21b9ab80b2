//! All details of one relation: GitLab's own words, and each of its files.

use egui::{Align, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

use crate::case::relations::lacks;
use crate::engine::api::{DownloadState, RelationFileView, RelationRow, RelationsView};
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::relations::files::bytes_of;
use crate::gui::theme::{Severity, tokens};

const ROW: f32 = 30.0;
/// How many errors and warnings are shown in full; the table shows the state of the other files.
const TOLD: usize = 5;

/// The card of the relation that was opened in the table.
pub fn detail(ui: &mut Ui, view: &RelationsView, row: &RelationRow, out: &mut Outbox) {
    let name = &row.relation;
    kit::card(ui, |ui| {
        ui.push_id(("relation", name), |ui| {
            kit::heading(ui, name);
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                kit::pair(ui, &format!("GitLab's status of {name}"), &row.status);
                if let Some(at) = &row.updated_at {
                    kit::pair(ui, "Updated by GitLab", at);
                }
                if let Some(error) = &row.error {
                    kit::pair(ui, "GitLab's error", error);
                }
            });
            if let Some(error) = &row.error {
                kit::say(ui, Severity::Bad, icons::BAD, &format!("GitLab's message: {error}"));
                kit::soft(ui, "Search the logs for the correlation ID of the export. A new export retries all relations.");
            }
            if let Some(lacks) = lacks(&row.missing) {
                let words = format!("Without a file on GitLab: {lacks}.");
                kit::say(ui, Severity::Bad, icons::BAD, &words);
            }
            errors(ui, row);
            if row.files.is_empty() {
                kit::faint(ui, "GitLab lists no file for this relation.");
            } else {
                files(ui, view, row, out);
            }
        });
    });
}

fn errors(ui: &mut Ui, row: &RelationRow) {
    for error in row.files.iter().filter_map(RelationFileView::error).take(TOLD) {
        kit::error(ui, error);
    }
    for warning in row.files.iter().flat_map(RelationFileView::warnings).take(TOLD) {
        ui.horizontal_wrapped(|ui| {
            kit::chip(ui, Severity::Warn, icons::WARN, &warning.code.replace('_', " "));
            kit::soft(ui, &warning.message);
        });
    }
}

/// One row per file: a batch, or the whole relation.
fn files(ui: &mut Ui, view: &RelationsView, row: &RelationRow, out: &mut Outbox) {
    let relation = view.run.relations.iter().find(|relation| relation.name == row.relation);
    let word = |file: &RelationFileView| {
        let batches = relation.map(|relation| relation.batches.as_slice()).unwrap_or_default();
        let batch = batches.iter().find(|batch| Some(batch.number) == file.batch);
        batch.map_or_else(|| (row.status.clone(), None), |batch| (batch.status.clone(), batch.error.clone()))
    };
    TableBuilder::new(ui)
        .id_salt("files")
        .max_scroll_height(ROW * 12.0)
        .auto_shrink([false, true])
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(84.0))
        .column(Column::remainder().at_least(90.0).clip(true))
        .column(Column::exact(150.0).clip(true))
        .column(Column::exact(80.0))
        .column(Column::exact(150.0).clip(true))
        .column(Column::exact(68.0))
        .header(22.0, |mut header| {
            for name in ["File", "GitLab status", "Records, and GitLab's count", "Size", "State", ""] {
                header.col(|ui| {
                    ui.add(Label::new(RichText::new(name).small().color(tokens(ui).faint)).truncate());
                });
            }
        })
        .body(|body| {
            body.rows(ROW, row.files.len(), |mut line| {
                let file = &row.files[line.index()];
                let called =
                    file.batch.map_or_else(|| "one file".to_owned(), |batch| format!("batch {batch}"));
                line.col(|ui| cell(ui, &called));
                line.col(|ui| {
                    let (status, error) = word(file);
                    cell(ui, &error.map_or_else(|| status.clone(), |error| format!("{status}: {error}")));
                });
                line.col(|ui| {
                    let shown = |n: Option<u64>| n.map_or_else(|| "–".to_owned(), format::count);
                    cell(ui, &format!("{} of {}", shown(file.records()), shown(file.objects_count)));
                });
                line.col(|ui| {
                    let bytes = bytes_of(file);
                    if bytes > 0 {
                        cell(ui, &format::bytes(bytes));
                    }
                });
                line.col(|ui| {
                    let (severity, glyph) = severity(file.state());
                    kit::chip(ui, severity, glyph, &format::state(&words(file)));
                });
                line.col(|ui| verification(ui, file, &called, out));
            });
        });
}

fn cell(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).color(tokens(ui).text)).truncate().show_tooltip_when_elided(false))
        .on_hover_text(text);
}

fn words(file: &RelationFileView) -> String {
    match file.state() {
        Some(DownloadState::Running | DownloadState::Verifying) => {
            format!("downloading, {}", format::percent(file.bytes(), bytes_of(file).max(file.bytes() + 1)))
        }
        Some(DownloadState::Done) => "verified".to_owned(),
        _ => file.as_str().replace('_', " "),
    }
}

fn severity(state: Option<DownloadState>) -> (Severity, icons::MaterialIcon) {
    match state {
        None => (Severity::Plain, icons::NONE),
        Some(DownloadState::Queued) => (Severity::Plain, icons::HOURGLASS),
        Some(DownloadState::Running | DownloadState::Verifying) => (Severity::Info, icons::DOWNLOAD),
        Some(DownloadState::Paused) => (Severity::Warn, icons::PAUSE),
        Some(DownloadState::Done) => (Severity::Good, icons::VERIFIED),
        Some(DownloadState::Failed) => (Severity::Bad, icons::BAD),
        Some(DownloadState::Cancelled) => (Severity::Warn, icons::CANCEL),
    }
}

/// The SHA-256 to copy, and a button for the folder of the file.
fn verification(ui: &mut Ui, file: &RelationFileView, called: &str, out: &mut Outbox) {
    ui.spacing_mut().item_spacing.x = 2.0;
    if let Some(sha256) = file.sha256() {
        let label = format!("Copy SHA-256 of {called}");
        if Button::new(&label).icon(icons::COPY).icon_only().quiet().tooltip(sha256).show(ui).clicked() {
            kit::copy(ui.ctx(), "SHA-256", sha256);
        }
    }
    if let Some(path) = file.path() {
        let label = format!("Show {called} in its folder");
        if Button::new(&label).icon(icons::FOLDER).icon_only().quiet().show(ui).clicked() {
            out.push(Intent::OpenFolder(path.to_owned()));
        }
    }
}
