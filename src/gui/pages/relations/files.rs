//! The download of relation files: all or some of them, the folder, the progress, and the buttons that stop it.

use std::path::{Path, PathBuf};

use egui::{Label, RichText, Ui, Vec2};

use crate::engine::api::{
    Command, DownloadState, RelationFileView, RelationRow, RelationsCommand, RelationsDownload,
    RelationsOptions, RelationsView,
};
use crate::gui::dialogs::cancel_downloads::CancelDownloads;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pending::Pending;
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::platform::{folders, synced};

/// Where the files go.
#[derive(Debug, Default)]
pub struct RelationFolder {
    /// Typed or selected by the person; otherwise the engine's default is used.
    typed: Option<String>,
}

impl RelationFolder {
    pub fn set(&mut self, path: &Path) {
        self.typed = Some(path.display().to_string());
    }

    /// Heading, folder and progress above the table. `chosen` are the ticked relations.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        view: &RelationsView,
        chosen: Vec<String>,
        cx: &ViewContext<'_>,
        pending: &mut Pending,
        out: &mut Outbox,
    ) {
        ui.horizontal(|ui| {
            kit::heading(ui, "Files");
            kit::at_end(ui, |ui| {
                download_controls(ui, view, out);
                let blocked = cx.cannot_ask_of(&view.run.instance).or_else(|| nothing(view));
                let failed = failed(view);
                if !failed.is_empty() {
                    let label = format!("Retry {}", format::number_of(failed.len() as u64, "failed relation", "failed relations"));
                    let button = Button::new(&label).icon(icons::RETRY).blocked(blocked.clone());
                    if button.tooltip("Retries only the relations whose files failed.").show(ui).clicked() {
                        pending.ask(self.download(view, failed), (), out);
                    }
                }
                let label = if chosen.is_empty() {
                    "Download all".to_owned()
                } else {
                    let n = chosen.len() as u64;
                    format!("Download {}", format::number_of(n, "selected relation", "selected relations"))
                };
                let button = Button::new(&label).icon(icons::DOWNLOAD).blocked(blocked);
                // Where every file is there, something else is the next step.
                let is_open = view.rows.iter().flat_map(|row| row.files.iter()).any(|file| !file.is_there());
                let button = if is_open { button.primary() } else { button };
                let tip = "Downloads missing and changed files, verifies every file, and writes a manifest beside them.";
                if button.tooltip(tip).show(ui).clicked() {
                    pending.ask(self.download(view, chosen), (), out);
                }
            });
        });
        self.place(ui, view, out);
        if let Some(download) = &view.download {
            progress(ui, view, download);
        }
        if let Some(words) = incomplete(view) {
            kit::say(ui, Severity::Bad, icons::BAD, &words);
        }
    }

    /// Requests relations by name; an empty list requests all of them.
    fn download(&self, view: &RelationsView, relations: Vec<String>) -> Command {
        let typed = self.typed.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
        // Earlier files are in that folder already.
        download(view, typed.map(folders::typed).or_else(|| here(view)), relations)
    }

    fn place(&mut self, ui: &mut Ui, view: &RelationsView, out: &mut Outbox) {
        let here = here(view);
        let usual = here.clone().unwrap_or_else(|| view.default_folder.clone());
        if let Some(typed) = &mut self.typed {
            ui.scope(|ui| {
                ui.set_max_width(ui.available_width().min(720.0));
                let hint = usual.display().to_string();
                Field::new("Folder for these files")
                    .hint(&hint)
                    .note("The full path. The folder is created when needed.")
                    .show(ui, typed);
            });
            if let Some(warning) = synced::warning(&folders::typed(typed)) {
                kit::soft(ui, warning);
            }
            ui.horizontal(|ui| {
                if Button::new("Choose a folder…").icon(icons::FOLDER).show(ui).clicked() {
                    out.push(Intent::Pick(Pick::RelationsFolder));
                }
                if Button::new("Back to the default folder").quiet().show(ui).clicked() {
                    self.typed = None;
                }
            });
            return;
        }
        ui.horizontal(|ui| {
            let whole = usual.display().to_string();
            let into = |ui: &mut Ui| {
                let text = RichText::new(format!("Into {whole}")).size(size::SMALL).color(tokens(ui).soft);
                ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&whole);
            };
            kit::ends(ui, into, |ui| {
                let there = here.is_none().then(|| "Nothing was downloaded into it yet.".to_owned());
                let open = Button::new("Open the folder").icon(icons::FOLDER).quiet().blocked(there);
                if open.show(ui).clicked()
                    && let Some(here) = here
                {
                    out.push(Intent::OpenFolder(here));
                }
                if Button::new("Another folder…").icon(icons::EDIT).quiet().show(ui).clicked() {
                    self.typed = Some(String::new());
                }
            });
        });
    }
}

/// Exports all relations of this project again, in batches if they were batched before.
pub fn start(view: &RelationsView, replace: bool) -> Command {
    let run = &view.run;
    Command::Relations(RelationsCommand::Start {
        instance: run.instance.clone(),
        project: run.project_id.to_string(),
        case: run.case_id,
        batched: run.batched,
        collect: false,
        replace,
    })
}

/// A download of relations by name; an empty list means all of them.
pub fn download(view: &RelationsView, folder: Option<PathBuf>, relations: Vec<String>) -> Command {
    Command::Relations(RelationsCommand::Download {
        instance: view.run.instance.clone(),
        project: view.run.project_id.to_string(),
        case: view.run.case_id,
        options: RelationsOptions { folder, relations, batches: Vec::new() },
    })
}

/// The folder of the files, once there are any.
pub fn here(view: &RelationsView) -> Option<PathBuf> {
    let now = view.download.as_ref().map(|download| download.folder.clone());
    now.or_else(|| view.folder.clone())
}

/// Why there is nothing to download; `None` if there is something.
fn nothing(view: &RelationsView) -> Option<String> {
    let mut files = view.rows.iter().flat_map(|row| row.files.iter());
    let none = !files.any(|file| file.is_offered || file.download.is_some());
    none.then(|| "GitLab has no file for this relation yet.".to_owned())
}

/// What the folder will lack even when every file that GitLab offers has been downloaded.
fn incomplete(view: &RelationsView) -> Option<String> {
    let rows: Vec<_> = view.rows.iter().filter(|row| !row.missing.is_empty()).collect();
    let first = rows.first()?;
    let batches = rows.iter().map(|row| row.missing.len() as u64).sum();
    let (count, relation) = (format::number_of(batches, "batch", "batches"), &first.relation);
    Some(if rows.len() == 1 {
        format!("GitLab has no file for {count} of {relation}. The relation is incomplete.")
    } else {
        format!(
            "GitLab has no file for {count} of {relation} and other relations. These relations are incomplete."
        )
    })
}

/// The relations with a failed download.
fn failed(view: &RelationsView) -> Vec<String> {
    let rows = view.rows.iter().filter(|row| is_not_downloaded(row));
    rows.map(|row| row.relation.clone()).collect()
}

/// Whether a file of the relation was requested and its download failed.
pub fn is_not_downloaded(row: &RelationRow) -> bool {
    row.files.iter().any(|file| file.is(DownloadState::Failed))
}

/// Pause, resume, cancel: the buttons that apply.
fn download_controls(ui: &mut Ui, view: &RelationsView, out: &mut Outbox) {
    let Some(download) = &view.download else { return };
    let run = view.run.id;
    let mut ask = |command| out.ask(Command::Relations(command), IfUnhandled::ToastError);
    if download.is_moving && Button::new("Pause").icon(icons::PAUSE).show(ui).clicked() {
        ask(RelationsCommand::Pause { run });
    } else if download.files_paused > 0 && Button::new("Resume").icon(icons::PLAY).show(ui).clicked() {
        ask(RelationsCommand::Resume { run });
    }
    if download.is_moving || download.files_paused > 0 {
        let cancel = Button::new("Cancel the download…").icon(icons::CANCEL);
        let tip = "Asks first. Downloaded files stay, and a later download resumes there.";
        if cancel.tooltip(tip).show(ui).clicked() {
            out.open(CancelDownloads::of_files(view, download));
        }
    }
}

/// Downloads the relations again whose files could not be downloaded; `None` where all could.
pub fn retry(view: &RelationsView) -> Option<Command> {
    let failed = failed(view);
    (!failed.is_empty()).then(|| download(view, here(view), failed))
}

/// Downloaded files and bytes, and the speed.
pub fn progress(ui: &mut Ui, view: &RelationsView, download: &RelationsDownload) {
    let (done, all) = (download.files_done as u64, download.files_all as u64);
    if download.is_moving || download.files_paused > 0 {
        kit::progress(ui, &format!("Files of {}", view.run.project_path), done, all);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        let text = RichText::new(amount(download)).color(tokens(ui).text);
        ui.add(Label::new(text).truncate());
        if download.is_moving {
            ui.label(RichText::new(format::speed(download.bytes_per_s)).color(tokens(ui).text));
            let wide = ui.available_width().clamp(60.0, 320.0);
            kit::plot(ui, &download.speeds, Vec2::new(wide, 22.0));
        }
    });
    if let Some(error) = &download.error {
        kit::error(ui, error);
    }
}

fn amount(download: &RelationsDownload) -> String {
    let mut parts = vec![
        format!(
            "{} of {} downloaded",
            download.files_done,
            format::number_of(download.files_all as u64, "file", "files")
        ),
        format::bytes(download.bytes),
    ];
    if download.files_failed > 0 {
        parts.push(format!("{} failed", download.files_failed));
    }
    if download.files_paused > 0 {
        parts.push(format!("{} paused", download.files_paused));
    }
    parts.join(" · ")
}

/// The size of a file in bytes, if known.
pub fn bytes_of(file: &RelationFileView) -> u64 {
    let total = file.download.as_ref().and_then(|download| download.total_bytes);
    total.unwrap_or_default().max(file.bytes())
}
