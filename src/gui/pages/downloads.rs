//! All downloads of all cases, with their total speed.

use egui::{CornerRadius, Label, RichText, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo};

use crate::case::DownloadId;
use crate::engine::api::{
    Command, DownloadState, DownloadView, RelationsCommand, RelationsDownload, RelationsView,
};
use crate::gui::case::download_line::{controls, download_body, state_chip};
use crate::gui::command::UiCommand;
use crate::gui::dialogs::cancel_downloads::CancelDownloads;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, ListedRows, Selection, icons};
use crate::gui::pages::download_menu::{files_menu, menu};
use crate::gui::pages::relations::{files_progress, retry_files};
use crate::gui::route::Route;
use crate::gui::theme::{RADIUS_CARD, Severity, tokens};
use crate::gui::view_context::ViewContext;

/// The reserved height of a row outside the visible area.
const FOLDED: f32 = 118.0;

/// The page's state.
#[derive(Debug, Default)]
pub struct DownloadsPage {
    /// Downloads that the person marked, to act on all of them.
    marked: Selection<DownloadId>,
}

impl DownloadsPage {
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        self.marked.retain(|id| cx.snapshot.downloads.iter().any(|download| download.id == *id));
        page(ui, &mut self.marked, cx, out);
    }
}

fn page(ui: &mut Ui, marked: &mut Selection<DownloadId>, cx: &ViewContext<'_>, out: &mut Outbox) {
    if cx.snapshot.downloads.is_empty() && downloading_relations(cx).next().is_none() {
        let sentence = "This page lists the downloads of all cases, with their total speed.";
        kit::empty(ui, icons::TRANSFERS, "No downloads yet", sentence, |ui| {
            if Button::new("Go to cases").icon(icons::CASES).show(ui).clicked() {
                out.go(Route::Cases);
            }
        });
        return;
    }
    let mut asked = Vec::new();
    kit::page(
        ui,
        "Downloads",
        |ui| {
            for command in [UiCommand::PauseAll, UiCommand::ResumeAll] {
                if command.button(ui, cx).show(ui).clicked() {
                    asked.push(command);
                }
            }
        },
        |ui| list(ui, marked, cx, out),
    );
    for command in asked {
        out.run(command);
    }
}

fn list(ui: &mut Ui, marked: &mut Selection<DownloadId>, cx: &ViewContext<'_>, out: &mut Outbox) {
    summary(ui, marked, cx);
    for (view, download) in downloading_relations(cx) {
        files_row(ui, view, download, out);
    }
    for (number, download) in cx.snapshot.downloads.iter().enumerate() {
        let place = ui.available_rect_before_wrap().min.y;
        let clip = ui.clip_rect();
        let remembered = ui.scope_id().with(("height", download.id.0));
        let height = ui.data(|data| data.get_temp::<f32>(remembered)).unwrap_or(FOLDED);
        // Outside the visible area: reserve the height and draw nothing.
        if place > clip.bottom() || place + height < clip.top() {
            ui.allocate_space(egui::vec2(ui.available_width(), height));
            continue;
        }
        row(ui, (download, number), marked, cx, out);
        let drawn = ui.min_rect().bottom() - place;
        ui.data_mut(|data| data.insert_temp(remembered, drawn));
    }
}

/// What runs, what waits, and how many are marked.
fn summary(ui: &mut Ui, marked: &mut Selection<DownloadId>, cx: &ViewContext<'_>) {
    let all = &cx.snapshot.downloads;
    let (held, running): (Vec<_>, Vec<_>) = all
        .iter()
        .filter(|t| t.state == DownloadState::Running)
        .partition(|t| t.waiting.is_some() && t.bytes_per_s == 0);
    let moving: Vec<_> = downloading_relations(cx).filter(|(_, download)| download.is_moving).collect();
    let files: u64 = moving.iter().map(|(_, download)| download.bytes_per_s).sum();
    let together = files + running.iter().map(|t| t.bytes_per_s).sum::<u64>();
    let paused =
        downloading_relations(cx).filter(|(_, download)| !download.is_moving && download.files_paused > 0);
    let waiting = paused.count()
        + held.len()
        + all.iter().filter(|t| matches!(t.state, DownloadState::Queued | DownloadState::Paused)).count();
    let (at_work, in_all) = (running.len() + moving.len(), all.len() + downloading_relations(cx).count());
    let words = if at_work == 0 {
        format!("None running · {waiting} waiting or paused · {in_all} in total")
    } else {
        let speed = format::speed(together);
        format!("{at_work} running at {speed} in total · {waiting} waiting or paused · {in_all} in total")
    };
    kit::card(ui, |ui| {
        kit::soft(ui, words);
        let archives = running.iter().map(|download| download.speeds.as_ref());
        let speeds = archives.chain(moving.iter().map(|(_, download)| download.speeds.as_ref()));
        let wide = ui.available_width();
        // Without a running download nothing is known about the last minute.
        if at_work > 0 {
            kit::plot_together(ui, speeds, egui::vec2(wide, 64.0));
        }
        if !marked.is_empty() {
            ui.horizontal(|ui| {
                let words = format::number_of(marked.len() as u64, "download", "downloads");
                kit::chip(ui, Severity::Info, icons::GOOD, &format!("{words} selected"));
                kit::faint(ui, "The menu of the right mouse button acts on them.");
                if Button::new("Clear the selection").quiet().show(ui).clicked() {
                    marked.clear();
                }
            });
        }
    });
}

/// Relations exports with requested files, those whose files have all arrived included.
fn downloading_relations<'a>(
    cx: &ViewContext<'a>,
) -> impl Iterator<Item = (&'a RelationsView, &'a RelationsDownload)> {
    let all =
        cx.snapshot.relations.iter().filter_map(|view| Some((view.as_ref(), view.download.as_deref()?)));
    all.filter(|(_, download)| download.files_all > 0)
}

/// The state of all files of a relations export together.
fn state_of(download: &RelationsDownload) -> DownloadState {
    if download.is_moving {
        DownloadState::Running
    } else if download.files_paused > 0 {
        DownloadState::Paused
    } else if download.files_failed > 0 || download.error.is_some() {
        DownloadState::Failed
    } else if download.files_done >= download.files_all {
        DownloadState::Done
    } else {
        DownloadState::Cancelled
    }
}

/// The files of one relations export as a card with a menu.
fn files_row(ui: &mut Ui, view: &RelationsView, download: &RelationsDownload, out: &mut Outbox) {
    let (run, state) = (view.run.id, state_of(download));
    let builder = UiBuilder::new().id_salt(("files", run.0)).sense(Sense::click());
    let response =
        ui.scope_builder(builder, |ui| kit::card(ui, |ui| relation_files(ui, view, download, out))).response;
    let name = format!("Files of relations export {run} of {}, {}", view.run.project_path, state.as_str());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    response.context_menu(|ui| files_menu(ui, view, download, state, out));
}

/// The files of one relations export in total; the table on the export's page shows each file.
fn relation_files(ui: &mut Ui, view: &RelationsView, download: &RelationsDownload, out: &mut Outbox) {
    let run = view.run.id;
    ui.push_id(("relations", run.0), |ui| {
        ui.horizontal(|ui| {
            let state = state_of(download);
            state_chip(ui, state, false);
            let title = |ui: &mut Ui| {
                let words = format!("{} · relations", view.run.project_path);
                let text = RichText::new(&words).color(tokens(ui).text);
                ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&words);
            };
            kit::ends(ui, title, |ui| {
                let of = format!("the download of relations export {run} of {}", view.run.project_path);
                let tool = |ui: &mut Ui, label: String, glyph| {
                    Button::new(&label).icon(glyph).icon_only().quiet().show(ui).clicked()
                };
                if tool(ui, format!("Show {of}"), icons::RELATIONS) {
                    out.push(Intent::ShowRelations(run));
                }
                if state == DownloadState::Done || state == DownloadState::Cancelled {
                    if tool(ui, format!("Open the folder of {of}"), icons::FOLDER) {
                        out.push(Intent::OpenFolder(download.folder.clone()));
                    }
                } else if state == DownloadState::Running {
                    if tool(ui, format!("Pause {of}"), icons::PAUSE) {
                        out.ask(Command::Relations(RelationsCommand::Pause { run }), IfUnhandled::ToastError);
                    }
                } else if state == DownloadState::Paused {
                    if tool(ui, format!("Resume {of}"), icons::PLAY) {
                        out.ask(
                            Command::Relations(RelationsCommand::Resume { run }),
                            IfUnhandled::ToastError,
                        );
                    }
                } else if let Some(retry) = retry_files(view)
                    && tool(ui, format!("Retry {of}"), icons::RETRY)
                {
                    out.ask(retry, IfUnhandled::ToastError);
                }
                let is_open = matches!(state, DownloadState::Running | DownloadState::Paused);
                if is_open && tool(ui, format!("Cancel {of}"), icons::CANCEL) {
                    out.open(CancelDownloads::of_files(view, download));
                }
            });
        });
        files_progress(ui, view, download);
    });
}

/// One download as a card that can be marked, with a menu.
fn row(
    ui: &mut Ui,
    (download, number): (&DownloadView, usize),
    marked: &mut Selection<DownloadId>,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let builder = UiBuilder::new().id_salt(("download", download.id.0)).sense(Sense::click());
    let response = ui.scope_builder(builder, |ui| kit::card(ui, |ui| one(ui, download, cx, out))).response;
    let is_marked = marked.holds(&download.id);
    let name = format!("Download {} of {}, {}", download.id, download.project_path, download.state.as_str());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_marked, &name));
    if is_marked || response.has_focus() {
        let ring = Stroke::new(2.0, tokens(ui).accent);
        let corners = CornerRadius::same(RADIUS_CARD);
        ui.painter().rect_stroke(response.rect, corners, ring, StrokeKind::Inside);
    }
    let all = &cx.snapshot.downloads;
    let listed = ListedRows { rows: all.len(), at: &|place| all[place].id };
    kit::mark(&response, number, listed, None, marked);
    response.context_menu(|ui| menu(ui, download, marked, cx, out));
}

fn one(ui: &mut Ui, download: &DownloadView, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.push_id(download.id.0, |ui| {
        ui.horizontal(|ui| {
            state_chip(ui, download.state, download.waiting.is_some());
            let path = |ui: &mut Ui| {
                let text = RichText::new(&download.project_path).color(tokens(ui).text);
                ui.add(Label::new(text).truncate().show_tooltip_when_elided(false))
                    .on_hover_text(&download.project_path);
            };
            kit::ends(ui, path, |ui| {
                let of = format!(" {} of {}", download.id, download.project_path);
                if download.state == DownloadState::Failed {
                    let name = format!("Retry the download{of}");
                    if Button::new(&name).caption("Retry").icon(icons::RETRY).show(ui).clicked() {
                        out.ask(Command::Resume { download: download.id }, IfUnhandled::ToastError);
                    }
                }
                if let Some(case) = download.case_id {
                    let name = format!("Open the case of download{of}");
                    let button = Button::new(&name).caption("Open the case").icon(icons::CASES);
                    if button.quiet().show(ui).clicked() {
                        out.push(Intent::Select(case));
                    }
                }
                controls(ui, download, &of, out);
            });
        });
        let of = format!(" download {} of {}", download.id, download.project_path);
        download_body(ui, download, &of, cx, out);
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use crate::engine::api::{DownloadState, RelationsDownload, RelationsView, Snapshot};
    use crate::gui::fixture::relations::{some_failed, with};
    use crate::gui::fixture::{at_work, case, download_of, window_of};
    use crate::gui::route::Route;
    use crate::gui::workspace::Workspace;

    #[test]
    fn all_are_listed_and_paused_together() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.route = Route::Downloads;
        let mut window = window_of(workspace, egui::Theme::Dark, 1000.0, 800.0);
        window.get_by_label("1 running at 38.0 MiB/s in total · 1 waiting or paused · 3 in total");
        window.get_by_label("Pause all downloads").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["PauseAll"]);
    }

    #[test]
    fn relation_files_stay_listed_after_they_have_arrived() {
        let mut view = some_failed();
        let files = view.download.as_ref().unwrap().as_ref().clone();
        let all = files.files_all;
        let done =
            RelationsDownload { is_moving: false, files_failed: 0, files_done: all, bytes_per_s: 0, ..files };
        view.download = Some(Arc::new(done));
        let mut workspace = Workspace::pretend(with(vec![view]));
        workspace.route = Route::Downloads;
        let mut window = window_of(workspace, egui::Theme::Dark, 1000.0, 1400.0);
        window.run();
        window.get_by_label("acme/platform/monorepo · relations");
        let of = "the download of relations export 3 of acme/platform/monorepo";
        assert!(window.query_by_label(&format!("Cancel {of}")).is_none(), "nothing is left to cancel");
        window.get_by_label(&format!("Open the folder of {of}"));
        window.get_by_label(&format!("Show {of}")).click();
        window.run();
        assert_eq!(window.state().workspace().route, Route::Relations);
    }

    #[test]
    fn relation_files_have_a_menu_and_cancelling_them_asks() {
        let on = |view: RelationsView| {
            let mut workspace = Workspace::pretend(with(vec![view]));
            workspace.route = Route::Downloads;
            let mut window = window_of(workspace, egui::Theme::Dark, 1000.0, 1400.0);
            window.run();
            window
        };
        let of = "elations export 3 of acme/platform/monorepo";
        let mut window = on(some_failed());
        window.get_by_label(&format!("Files of r{of}, running")).click_secondary();
        window.run();
        window.get_by_label("Pause").click();
        window.run();
        window.get_by_label(&format!("Cancel the download of r{of}")).click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["Relations(Pause { run: RelationsId(3) })"]);
        window.get_by_label_contains("that have arrived stay on disk in");
        window.get_by_label("Cancel, keep the files").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert_eq!(sent[1..], ["Relations(CancelFiles { run: RelationsId(3) })"]);

        let mut view = some_failed();
        let files = view.download.as_ref().unwrap().as_ref().clone();
        view.download = Some(Arc::new(RelationsDownload { is_moving: false, files_paused: 0, ..files }));
        let mut window = on(view);
        window.get_by_label(&format!("Retry the download of r{of}")).click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("Relations(Download") && !sent[0].contains("relations: []"), "{sent:?}");
    }

    #[test]
    fn of_two_hundred_only_those_in_sight_are_drawn() {
        let one = case(1, 1, "acme/api");
        let all: Vec<_> =
            (0..200).map(|i| Arc::new(download_of(&one, i, DownloadState::Running, 10, 20))).collect();
        let mut workspace = Workspace::pretend(Snapshot { downloads: all.into(), ..at_work() });
        workspace.route = Route::Downloads;
        let mut window = window_of(workspace, egui::Theme::Dark, 1000.0, 800.0);
        window.run();
        let drawn = window.get_all_by_label_contains("Pause the download").count();
        assert!((3..20).contains(&drawn), "{drawn} were drawn");
    }
}
