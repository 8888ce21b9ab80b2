//! What can be done to one or several downloads of the list: the menu of the right button.

use egui::Ui;

use crate::case::DownloadId;
use crate::engine::api::{
    Command, DownloadState, DownloadView, RelationsCommand, RelationsDownload, RelationsView,
};
use crate::gui::dialogs::cancel_downloads::CancelDownloads;
use crate::gui::format::number_of;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Selection, icons, is_meant, menu_item};
use crate::gui::pages::relations::retry_files;
use crate::gui::view_context::ViewContext;

/// The menu of `download`, about all marked ones if it is one of them.
pub fn menu(
    ui: &mut Ui,
    download: &DownloadView,
    marked: &Selection<DownloadId>,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let all = cx.snapshot.downloads.iter().map(AsRef::as_ref);
    let meant: Vec<&DownloadView> = all.filter(|known| is_meant(&download.id, &known.id, marked)).collect();
    if meant.len() > 1 {
        kit::faint(ui, number_of(meant.len() as u64, "download", "downloads"));
    }
    let in_state = |states: &[DownloadState]| -> Vec<&DownloadView> {
        meant.iter().copied().filter(|known| states.contains(&known.state)).collect()
    };
    let mut ask = |ids: Vec<&DownloadView>, command: fn(DownloadId) -> Command| {
        for known in ids {
            out.ask(command(known.id), IfUnhandled::ToastError);
        }
    };
    let moving = in_state(&[DownloadState::Queued, DownloadState::Running]);
    let none = moving.is_empty().then_some("No download is queued or running.");
    if menu_item(ui, "Pause", icons::PAUSE, none) {
        ask(moving, |download| Command::Pause { download });
    }
    let paused = in_state(&[DownloadState::Paused]);
    let none = paused.is_empty().then_some("No download is paused.");
    if menu_item(ui, "Resume", icons::PLAY, none) {
        ask(paused, |download| Command::Resume { download });
    }
    let failed = in_state(&[DownloadState::Failed, DownloadState::Cancelled]);
    let none = failed.is_empty().then_some("No download has failed or was cancelled.");
    if menu_item(ui, "Retry", icons::RETRY, none) {
        ask(failed, |download| Command::Resume { download });
    }
    let open = in_state(&[DownloadState::Queued, DownloadState::Running, DownloadState::Paused]);
    let none = open.is_empty().then_some("No download is left to cancel.");
    if menu_item(ui, "Cancel…", icons::CANCEL, none) {
        out.open(CancelDownloads::of(open));
    }
    if menu_item(ui, "Copy links", icons::COPY, None) {
        let links: Vec<_> =
            meant.iter().map(|known| format!("{}/{}", known.instance, known.project_path)).collect();
        kit::copy(ui.ctx(), "links", links.join("\n"));
    }
    if menu_item(ui, "Show in folder", icons::FOLDER, None) {
        let mut folders: Vec<_> =
            meant.iter().map(|known| known.path.as_ref().unwrap_or(&known.folder)).collect();
        folders.dedup_by_key(|path| path.parent());
        for path in folders {
            out.push(Intent::OpenFolder(path.clone()));
        }
    }
}

/// The menu of the files of a relations export.
pub fn files_menu(
    ui: &mut Ui,
    view: &RelationsView,
    download: &RelationsDownload,
    state: DownloadState,
    out: &mut Outbox,
) {
    let run = view.run.id;
    let mut ask = |command| out.ask(command, IfUnhandled::ToastError);
    let only = |wanted: bool, why: &'static str| (!wanted).then_some(why);
    let (runs, is_paused) = (state == DownloadState::Running, state == DownloadState::Paused);
    if menu_item(ui, "Pause", icons::PAUSE, only(runs, "No file is queued or running.")) {
        ask(Command::Relations(RelationsCommand::Pause { run }));
    }
    if menu_item(ui, "Resume", icons::PLAY, only(is_paused, "No file is paused.")) {
        ask(Command::Relations(RelationsCommand::Resume { run }));
    }
    let retry = retry_files(view);
    let is_retried = menu_item(ui, "Retry", icons::RETRY, only(retry.is_some(), "No file has failed."));
    if let Some(retry) = retry.filter(|_| is_retried) {
        ask(retry);
    }
    if menu_item(ui, "Cancel…", icons::CANCEL, only(runs || is_paused, "No file is left to cancel.")) {
        out.open(CancelDownloads::of_files(view, download));
    }
    if menu_item(ui, "Copy links", icons::COPY, None) {
        kit::copy(ui.ctx(), "links", format!("{}/{}", view.run.instance, view.run.project_path));
    }
    if menu_item(ui, "Show in folder", icons::FOLDER, None) {
        out.push(Intent::OpenFolder(download.folder.clone()));
    }
    if menu_item(ui, "Show the relations export", icons::RELATIONS, None) {
        out.push(Intent::ShowRelations(run));
    }
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;
    use egui_kittest::kittest::Queryable as _;

    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::route::Route;
    use crate::gui::workspace::Workspace;

    fn page() -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.route = Route::Downloads;
        let mut window = window_of(workspace, egui::Theme::Dark, 1000.0, 1200.0);
        window.run();
        window
    }

    #[test]
    fn marked_downloads_share_one_menu_and_cancelling_asks() {
        let mut window = page();
        for name in ["Download 3 of acme/platform/monorepo, running", "Download 2 of acme/api, paused"] {
            window.get_by_label(name).click_modifiers(Modifiers::COMMAND);
            window.run();
        }
        window.get_by_label("2 downloads selected");
        window.get_by_label("Download 2 of acme/api, paused").click_secondary();
        window.run();
        window.get_by_label("2 downloads");
        window.get_by_label("Cancel…").click();
        window.run();
        assert!(window.state().workspace().sent().is_empty(), "it asks first");
        assert!(window.get_all_by_label("Cancel 2 downloads?").count() > 0);
        window.get_by_label_contains("that have arrived stay on disk");
        window.get_by_label("Cancel, keep the partial file").click();
        window.run();
        let mut sent = window.state().workspace().sent();
        sent.sort();
        let cancel = |id| format!("Cancel {{ download: DownloadId({id}) }}");
        assert_eq!(sent, [cancel(2), cancel(3)]);
    }

    #[test]
    fn a_menu_of_one_download_does_what_its_state_allows() {
        let mut window = page();
        window.get_by_label("Download 2 of acme/api, paused").click_secondary();
        window.run();
        window.get_by_label("Resume").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["Resume { download: DownloadId(2) }"]);
        window.get_by_label("Download 2 of acme/api, paused").click_secondary();
        window.run();
        window.get_by_label("Copy links").click();
        window.step();
        let copies = |command: &egui::OutputCommand| matches!(command, egui::OutputCommand::CopyText(text) if text == "https://gitlab.com/acme/api");
        assert!(window.output().platform_output.commands.iter().any(copies));
    }
}
