//! Carries out what was clicked, and handles the answers that no view takes.

use std::collections::VecDeque;
use std::sync::Arc;

use egui::OutputCommand;

use crate::case::{Case, CaseId, Phase};
use crate::engine::api::{Command, DownloadTarget, DownloadView, RunView, Settings, Snapshot, StartOptions};

use super::app::{App, Picked};
use super::case::rebuild_commands::run_on_rebuild;
use super::case::text_tools;
use super::case_archive::{CaseArchive, copy_receipt};
use super::command::UiCommand;
use super::dialogs;
use super::format;
use super::guide::{Guide, guide};
use super::intent::{CaseQuestion, IfUnhandled, Intent, NoAnswer, Outbox, Pick};
use super::kit::Toast;
use super::os;
use super::route::Route;
use super::subject::Subject;
use super::take_back;
use super::unclaimed;
use super::undo::Undo;
use super::view_context::{ViewContext, project_of};
use super::window_state;

impl App {
    /// Undoes this action. The focus goes to the step that follows from that.
    pub(super) fn take_back(&mut self, undo: Undo, out: &mut Outbox) {
        let (words, case) = (undo.undone(), undo.case());
        let mut commands = undo.commands();
        if let Some(last) = commands.pop() {
            for command in commands {
                out.ask(command, IfUnhandled::ToastError);
            }
            out.ask(last, IfUnhandled::toast(words));
        }
        let workspace = self.workspace_mut();
        if workspace.selected == Some(case) && workspace.route == Route::Cases {
            workspace.pages.case.follow(case);
        }
    }

    /// Carries out the requests of a frame, and the requests that these cause in turn.
    pub(super) fn apply_intents(&mut self, ctx: &egui::Context, mut out: Outbox) {
        let mut waiting: VecDeque<Intent> = out.take().into();
        while let Some(intent) = waiting.pop_front() {
            self.act(ctx, intent, &mut out);
            waiting.extend(out.take());
        }
    }

    fn act(&mut self, ctx: &egui::Context, intent: Intent, out: &mut Outbox) {
        match intent {
            Intent::Run(command) => self.run(ctx, command, out),
            Intent::Select(case) => {
                self.show_case(case);
                self.workspace_mut().pages.case.follow(case);
            }
            Intent::GoInCase(id, place) => {
                self.show_case(id);
                let workspace = self.workspace_mut();
                let snapshot = Arc::clone(&workspace.snapshot);
                if let Some(case) = snapshot.cases.iter().find(|case| case.id == id) {
                    workspace.pages.case.go_to(case, place);
                }
            }
            Intent::ShowRelations(run) => {
                let workspace = self.workspace_mut();
                workspace.pages.relations.open(run);
                workspace.route = Route::Relations;
            }
            Intent::Ask(id, command, otherwise) => self.workspace_mut().send(id, command, otherwise),
            Intent::AskOfCase(question, command) => {
                self.workspace_mut().pages.case.ask(question, command, out);
            }
            Intent::Open(dialog) => {
                let practising = self.practising;
                self.workspace_mut().open(dialog, practising, out);
            }
            Intent::Offer(dialog, otherwise) => {
                if self.workspace().may_offer() {
                    out.push(Intent::Open(dialog));
                } else if let Some(toast) = otherwise {
                    self.toasts.add(toast);
                }
            }
            Intent::Toast(toast) => self.toasts.add(toast),
            Intent::Lesson(name) => {
                self.enter_practice(ctx);
                self.lesson = Some(name);
                self.begin_lesson(out);
            }
            Intent::OpenUrl(url) => ctx.open_url(egui::OpenUrl::new_tab(url)),
            Intent::OpenFolder(path) => os::open_folder(path),
            Intent::Pick(pick) => self.pick(pick, ctx),
            Intent::Write { path, text, may_replace } => {
                let proposed = self.workspace().snapshot.download_folder.clone();
                os::write((path, text, may_replace), proposed, self.tell_pick.clone(), ctx.clone());
            }
            Intent::Read(path) => os::read(path, self.tell_pick.clone(), ctx.clone()),
            Intent::Post(case, kind, issue) => take_back::post(self, case, kind, issue.as_deref(), out),
            Intent::Inspect(path) => self.inspect(path, out),
            Intent::ImportFile(path) => {
                let workspace = self.workspace_mut();
                let snapshot = Arc::clone(&workspace.snapshot);
                workspace.pages.imports.set_file(&snapshot, &path);
                workspace.route = Route::Imports;
            }
            Intent::Apply(values) => apply(ctx, values, out),
            Intent::TestNotification => self.notification_policy.test(),
            Intent::Restart => self.workspace_mut().restart(ctx),
        }
    }

    fn pick(&self, pick: Pick, ctx: &egui::Context) {
        os::pick(pick, self.tell_pick.clone(), ctx.clone(), Arc::clone(&self.system_dialogs));
    }

    fn show_case(&mut self, case: CaseId) {
        let workspace = self.workspace_mut();
        (workspace.selected, workspace.route) = (Some(case), Route::Cases);
        workspace.pages.list.reveal(case);
    }

    /// Runs a command of the table. For a disabled command it shows the reason.
    fn run(&mut self, ctx: &egui::Context, command: UiCommand, out: &mut Outbox) {
        let snapshot = Arc::clone(&self.workspace().snapshot);
        let blocked = command.blocked(&self.workspace().cx(&snapshot, self.practising));
        if let Some(why) = blocked {
            return out.toast(Toast::refusal(why));
        }
        match command {
            UiCommand::Go(route) => self.workspace_mut().route = route,
            UiCommand::Palette => out.open(dialogs::palette::Palette::default()),
            UiCommand::Shortcuts => out.open(dialogs::shortcuts::Shortcuts),
            UiCommand::NewCase => out.open(dialogs::new_case::NewCase::default()),
            UiCommand::Connect => out.open(dialogs::connect::ConnectTo::any()),
            UiCommand::About => out.open(dialogs::about::About),
            UiCommand::OpenArchive => {
                self.workspace_mut().route = Route::Archives;
                self.pick(Pick::Archive, ctx);
            }
            UiCommand::ExportMany => {
                let workspace = self.workspace_mut();
                workspace.route = Route::Exports;
                workspace.pages.exports.begin();
            }
            UiCommand::NewImport => {
                let workspace = self.workspace_mut();
                workspace.route = Route::Imports;
                workspace.pages.imports.begin(&snapshot);
            }
            UiCommand::Filter => {
                let workspace = self.workspace_mut();
                workspace.route = Route::Cases;
                workspace.pages.list.focus_filter();
            }
            UiCommand::NextCase => self.step_case(1),
            UiCommand::PreviousCase => self.step_case(-1),
            UiCommand::EnterPractice => self.enter_practice(ctx),
            UiCommand::LeavePractice => {
                self.show_practice(false);
                let words =
                    "Your practice continues when you come back. It is kept until you close Export Desk.";
                self.toasts.add(Toast::good(words));
            }
            UiCommand::SwitchTheme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                ctx.set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
            }
            UiCommand::Diagnose => out.ask(Command::Diagnose, IfUnhandled::ToastError),
            UiCommand::Minimize => ctx.send_viewport_cmd(egui::ViewportCommand::Minimized(true)),
            UiCommand::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            UiCommand::Undo => take_back::undo(self, out),
            UiCommand::PauseAll => out.ask(Command::PauseAll, IfUnhandled::ToastError),
            UiCommand::ResumeAll => out.ask(Command::ResumeAll, IfUnhandled::ToastError),
            _ => self.run_on_case(ctx, command, out),
        }
    }

    /// Commands that act on the selected case.
    fn run_on_case(&mut self, ctx: &egui::Context, command: UiCommand, out: &mut Outbox) {
        let snapshot = Arc::clone(&self.workspace().snapshot);
        let selected = self.workspace().selected;
        let cx = ViewContext::new(&snapshot, self.workspace().now(), Route::Cases, self.practising, selected);
        let Some(case) = cx.case else { return };
        let (instance, project, id) = (case.instance.clone(), project_of(case), case.id);
        match command {
            UiCommand::StartExport => {
                if cx.run.is_some_and(|view| view.status.phase == Phase::Ready) {
                    return out.open(dialogs::replace::Replace::of(case, known_of_file(&cx)));
                }
                let options = StartOptions::default();
                let command = Command::Start { instance, project, case: Some(id), options };
                out.ask_of_case(CaseQuestion::Start(id), command);
            }
            UiCommand::PollNow => {
                // The check also discovers a run that this program does not know yet.
                let watched = cx.run.is_some_and(|view| !view.run.is_ended());
                let command = if watched {
                    Command::CheckOnce { instance, project }
                } else {
                    Command::Watch { instance, project, case: Some(id) }
                };
                out.ask_of_case(CaseQuestion::Check(id), command);
            }
            UiCommand::LeaveRun => {
                let Some(run) = cx.run.map(|view: &RunView| view.run.id) else { return };
                let undo = Undo::Leave { instance, project, case: id };
                out.ask_of_case(CaseQuestion::Undoable(undo), Command::Leave { run });
            }
            UiCommand::Download => {
                let (target, connections) = (DownloadTarget::Default, None);
                let command = Command::Download { instance, project, case: Some(id), target, connections };
                out.ask(command, IfUnhandled::ToastError);
            }
            UiCommand::DownloadTo => out.open(dialogs::save_in::DownloadOf { case: id, instance, project }),
            UiCommand::Relations => {
                let workspace = self.workspace_mut();
                workspace.pages.relations.of_case(case, &snapshot);
                workspace.route = Route::Relations;
            }
            UiCommand::Rebuild
            | UiCommand::RebuildWith
            | UiCommand::ContinueRebuild
            | UiCommand::RebuildWithGaps
            | UiCommand::CancelRebuild => run_on_rebuild(command, (instance, project, id), &cx, out),
            UiCommand::DoStep => self.do_step(out),
            UiCommand::CopyText => self.copy_text(ctx, case, &snapshot, out),
            UiCommand::CorrectCase => out.open(dialogs::correct_case::CorrectCase(id)),
            UiCommand::OpenTicket => {
                if let Some(ticket) = &case.ticket {
                    ctx.open_url(egui::OpenUrl::new_tab(&ticket.url));
                }
            }
            UiCommand::OpenProject => {
                if let Some(path) = &case.project.path {
                    ctx.open_url(egui::OpenUrl::new_tab(format!("{instance}/{path}")));
                }
            }
            _ => {
                if !run_on_archive(ctx, &cx, command, id, out)
                    && let Some(download) = cx.download
                {
                    run_on_download(command, download, out);
                }
            }
        }
    }

    /// Presses the main button of the NOW card; in a lesson, the button that the lesson names. From another page, only
    /// goes there: a button that the person does not see is never pressed.
    fn do_step(&mut self, out: &mut Outbox) {
        let practising = self.practising;
        let workspace = self.workspace_mut();
        let is_seen = workspace.route == Route::Cases;
        let snapshot = Arc::clone(&workspace.snapshot);
        let guide = guide(&workspace.cx(&snapshot, practising));
        workspace.route = Route::Cases;
        match guide.filter(|_| is_seen) {
            Some(Guide { next: Some(next), .. }) => out.run(next),
            Some(Guide { sentence, .. }) => out.toast(Toast::refusal(sentence)),
            None => workspace.pages.case.do_step(is_seen),
        }
    }

    /// Copies the text of the case's step, and records that in the timeline.
    fn copy_text(&mut self, ctx: &egui::Context, case: &Case, snapshot: &Snapshot, out: &mut Outbox) {
        match self.workspace_mut().pages.case.copy_text(case, snapshot) {
            Ok((kind, step, text)) => text_tools::copy_at(ctx, case, kind, step, &text, out),
            Err(why) => out.toast(Toast::refusal(why)),
        }
    }

    /// Selects the case `step` rows further on; without a selection, the first row.
    pub(super) fn step_case(&mut self, step: isize) {
        let practising = self.practising;
        let workspace = self.workspace_mut();
        let snapshot = Arc::clone(&workspace.snapshot);
        let selected = workspace.selected;
        let (cx, pages, _) = workspace.split(&snapshot, practising);
        let next = match step {
            0 => pages.list.first(&cx),
            _ => pages.list.neighbour(&cx, selected, step),
        };
        if let Some(next) = next {
            workspace.selected = Some(next);
            if step != 0 {
                workspace.route = Route::Cases;
            }
        }
    }

    /// Takes the answer of a system dialog, or a file that was dropped on the window.
    pub(super) fn picked(&mut self, picked: Picked, out: &mut Outbox) {
        let Picked { pick, path } = picked;
        let workspace = self.workspace_mut();
        match pick {
            Pick::Archive => self.inspect(path, out),
            Pick::ImportFile => {
                let snapshot = Arc::clone(&workspace.snapshot);
                workspace.pages.imports.set_file(&snapshot, &path);
            }
            Pick::Written(Ok(())) => {
                self.toasts.end_writing();
                out.toast(Toast::good(format!("Saved {}", path.display())));
            }
            Pick::Written(Err(why)) => {
                let toast = Toast::bad(why, "Choose another name or folder.");
                out.toast(toast.about(self.practising, Subject::Writing));
            }
            Pick::Unanswered(NoAnswer::FileDialog) => {
                let what = "No file dialog has answered on this computer.";
                out.toast(Toast::bad(what, "Type the path instead, or drop the file on the window."));
            }
            Pick::Unanswered(NoAnswer::Browser(url)) => {
                // A prefilled page has its whole text in the query.
                let (page, is_prefilled) = match url.split_once('?') {
                    Some((page, _)) => (page, true),
                    None => (url.as_str(), false),
                };
                let what = format!("No browser has answered on this computer. The page is {page}.");
                let step = if is_prefilled {
                    "Open the page in a browser of your own. It is not prefilled then: copy the text here."
                } else {
                    "Open the page in a browser of your own."
                };
                out.toast(Toast::bad(what, step));
            }
            Pick::DownloadFolder => workspace.pages.settings.set_folder(&path),
            Pick::CaFile => workspace.pages.settings.set_ca_file(&path),
            Pick::ExportsFolder => workspace.pages.exports.set_folder(&path),
            Pick::RelationsFolder => workspace.pages.relations.set_folder(&path),
            Pick::WasRead(text) => {
                if let Some(dialog) = &mut workspace.dialog {
                    dialog.on_read(text);
                }
            }
            Pick::SaveOfferLog
            | Pick::Settings
            | Pick::MembersTable
            | Pick::RebuildFolder
            | Pick::SaveText(_)
            | Pick::SaveIn => {
                if let Some(dialog) = &mut workspace.dialog {
                    dialog.on_picked(&path);
                }
            }
        }
    }

    /// Opens the links that were clicked, so that a computer without a browser is told. A window without an engine leaves
    /// them to whoever looks at it.
    pub(super) fn open_links(&self, ctx: &egui::Context) {
        if self.window_state.is_none() {
            return;
        }
        let is_link = |command: &mut OutputCommand| matches!(command, OutputCommand::OpenUrl(_));
        let links: Vec<_> = ctx.output_mut(|output| output.commands.extract_if(.., is_link).collect());
        for link in links {
            if let OutputCommand::OpenUrl(open) = link {
                os::open_url(open.url, self.tell_pick.clone(), ctx.clone());
            }
        }
    }

    /// Acts as if a system dialog had answered.
    #[cfg(test)]
    pub(super) fn pick_now(&mut self, ctx: &egui::Context, picked: Picked) {
        let mut out = Outbox::default();
        self.picked(picked, &mut out);
        self.apply_intents(ctx, out);
    }

    fn inspect(&mut self, path: std::path::PathBuf, out: &mut Outbox) {
        let workspace = self.workspace_mut();
        workspace.route = Route::Archives;
        let known = workspace.snapshot.inspections.iter().any(|inspection| inspection.path == path);
        if known {
            workspace.pages.archives.show(path);
        } else {
            workspace.pages.archives.read(path, out);
        }
    }

    /// Passes the answers of one engine to the views first, then to the window.
    pub(super) fn take_answers(&mut self, ctx: &egui::Context, in_practice: bool) {
        let workspace = match &mut self.practice {
            Some(practice) if in_practice => practice,
            None if in_practice => return,
            _ => &mut self.own,
        };
        let mut out = Outbox::default();
        let mut answers = workspace.poll();
        let succeeded = answers.succeeded();
        workspace.deliver(&mut answers, in_practice, &mut out);
        for answered in answers.rest() {
            unclaimed::handle(workspace, answered, in_practice, &mut out);
        }
        self.toasts.end_requests(in_practice, &succeeded);
        // Their requests belong to the workspace that the answers came from.
        let in_front = std::mem::replace(&mut self.practising, in_practice);
        self.apply_intents(ctx, out);
        self.practising = in_front;
    }
}

/// Carries out a command about the case's archive; false if it is about something else, or there is no archive.
fn run_on_archive(
    ctx: &egui::Context,
    cx: &ViewContext<'_>,
    command: UiCommand,
    case: CaseId,
    out: &mut Outbox,
) -> bool {
    let Some(archive) = CaseArchive::of(cx) else { return false };
    match (command, archive.receipt) {
        (UiCommand::OpenFolder, _) => os::open_folder(archive.path.to_owned()),
        (UiCommand::CopyReceipt, Some(receipt)) => copy_receipt(ctx, receipt, cx),
        (UiCommand::InspectFile, _) => out.push(Intent::Inspect(archive.path.to_owned())),
        (UiCommand::TestImport, receipt) => {
            let receipt = receipt.map(AsRef::as_ref);
            out.open(dialogs::test_import::TestImportRequest::new(archive.path, receipt, Some(case)));
        }
        _ => return false,
    }
    true
}

fn run_on_download(command: UiCommand, download: &DownloadView, out: &mut Outbox) {
    let id = download.id;
    match command {
        UiCommand::PauseDownload => out.ask(Command::Pause { download: id }, IfUnhandled::ToastError),
        UiCommand::ResumeDownload => out.ask(Command::Resume { download: id }, IfUnhandled::ToastError),
        UiCommand::CancelDownload => out.open(dialogs::cancel_downloads::CancelDownloads::of([download])),
        UiCommand::OpenFolder => {
            os::open_folder(download.path.clone().unwrap_or_else(|| download.folder.clone()));
        }
        _ => {}
    }
}

/// Applies settings from a file: the window's own settings at once, and all of them in the store.
fn apply(ctx: &egui::Context, values: Vec<(String, serde_json::Value)>, out: &mut Outbox) {
    let mut kept = Settings::default();
    for (key, value) in &values {
        // The engine reports why a value is refused, and then applies none of them.
        kept.set(key, value).ok();
    }
    if let Some(theme) = window_state::theme(&kept) {
        ctx.set_theme(theme);
    }
    if let Some(scale) = window_state::scale(&kept) {
        ctx.set_zoom_factor(scale);
    }
    out.ask(Command::KeepAll { values }, IfUnhandled::toast("Settings changed"));
}

/// What is known about the finished file, in a sentence or two.
fn known_of_file(cx: &ViewContext<'_>) -> String {
    let finished = cx.run.and_then(|view| view.run.ended_at);
    let finished = finished.map_or_else(
        || "GitLab has a finished file for this project.".to_owned(),
        |at| format!("GitLab finished the file {} ({}).", format::relative(at, cx.now), at.for_people()),
    );
    let here = match cx.download.and_then(|download| download.done.as_ref()) {
        Some(receipt) => format!("A verified copy of an export is at {}.", receipt.path.display()),
        None => "It was not downloaded here.".to_owned(),
    };
    format!("{finished} {here}")
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, window};

    #[test]
    fn a_window_opens_at_a_tab_that_has_a_case() {
        let mut snapshot = at_work();
        // Its archive is downloading: it waits, and nothing is left to do in the first tab.
        snapshot.cases = snapshot.cases.iter().filter(|case| case.id == CaseId(1)).cloned().collect();
        let mut window = window(snapshot, egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        assert_eq!(window.state().workspace().selected, Some(CaseId(1)));
        window.get_by_label_contains("platform/monorepo, #418822");
    }
}
