//! What the window does with what was clicked, and with what the engine answers.

use crate::case::{Action, Case, CaseId, Code, Event, Ledger, Phase, Trouble, next_steps};
use crate::engine::api::{Answer, Command, PracticeView, Settings, StartOptions, Target};

use super::app::{App, Picked};
use super::command::UiCommand;
use super::format;
use super::intent::{Intent, Pick, Purpose};
use super::kit::{self, Toast};
use super::route::Route;
use super::undo::Undo;
use crate::gui::case::now_card::Override;
use crate::gui::dialogs::Dialog;
use crate::gui::dialogs::connect::Connect;
use crate::gui::dialogs::new_case::NewCase;
use crate::gui::dialogs::palette::Palette;
use crate::gui::dialogs::rehearse::Rehearse;
use crate::gui::dialogs::replace::Replace;
use crate::gui::dialogs::save_in::SaveIn;
use crate::gui::os;
use crate::gui::view_context::{LessonRun, ViewContext, project_of};
use crate::gui::window_state;
use crate::gui::workspace::{Heard, Workspace};

impl App {
    /// Carries out one intent.
    pub(super) fn act(&mut self, ctx: &egui::Context, intent: Intent) {
        match intent {
            Intent::Run(command) => self.run(ctx, command),
            Intent::Go(route) => self.workspace_mut().route = route,
            Intent::Select(case) => {
                let workspace = self.workspace_mut();
                workspace.selected = Some(case);
                workspace.route = Route::Cases;
            }
            Intent::ShowRelations(run) => {
                let workspace = self.workspace_mut();
                workspace.relations.open(run);
                workspace.route = Route::Relations;
            }
            Intent::Ask(command, purpose) => self.ask(command, purpose),
            Intent::Open(dialog) => self.workspace_mut().dialog = Some(dialog),
            Intent::Lesson(name) => {
                self.enter_practice(ctx);
                self.lesson = Some(name);
                self.begin_lesson();
            }
            Intent::OpenUrl(url) => ctx.open_url(egui::OpenUrl::new_tab(url)),
            Intent::OpenFolder(path) => os::open_folder(path),
            Intent::Pick(pick) => os::pick(pick, self.tell_pick.clone(), ctx.clone()),
            Intent::Write { path, text } => os::write(path, text, self.tell_pick.clone(), ctx.clone()),
            Intent::Comment(case, issue) => self.workspace_mut().ask_comment(case, &issue),
            Intent::Inspect(path) => self.inspect(path),
            Intent::ShowText(case, kind) => self.workspace_mut().show_text(case, kind),
            Intent::Read(path) => os::read(path, self.tell_pick.clone(), ctx.clone()),
            Intent::Apply(values) => self.apply(ctx, values),
            Intent::Restart => self.workspace_mut().restart(ctx),
        }
    }

    /// Asks the engine of the desk in front.
    pub(super) fn ask(&mut self, command: Command, purpose: Purpose) {
        if let Err(trouble) = self.workspace_mut().ask(command, purpose) {
            self.toasts.add(Toast::trouble(&trouble));
        }
    }

    /// Carries out a command of the table. What cannot be done says why.
    pub(super) fn run(&mut self, ctx: &egui::Context, command: UiCommand) {
        let snap = std::sync::Arc::clone(&self.workspace().snap);
        let blocked = command.blocked(&self.workspace().cx(&snap, self.practising));
        if let Some(why) = blocked {
            let trouble = Trouble::new(Code::Refused, why, "");
            self.toasts.add(Toast::trouble(&trouble));
            return;
        }
        if let Some(route) = command.route() {
            self.workspace_mut().route = route;
            return;
        }
        match command {
            UiCommand::Palette => self.workspace_mut().dialog = Some(Dialog::Palette(Palette::default())),
            UiCommand::Shortcuts => self.workspace_mut().dialog = Some(Dialog::Shortcuts),
            UiCommand::NewCase => self.workspace_mut().dialog = Some(Dialog::NewCase(NewCase::default())),
            UiCommand::Connect => {
                self.workspace_mut().dialog = Some(Dialog::Connect(Box::new(Connect::new(""))));
            }
            UiCommand::OpenArchive => {
                self.workspace_mut().route = Route::Archives;
                os::pick(Pick::Archive, self.tell_pick.clone(), ctx.clone());
            }
            UiCommand::NewImport => {
                let workspace = self.workspace_mut();
                workspace.route = Route::Imports;
                workspace.imports.begin(&snap);
            }
            UiCommand::Filter => {
                let workspace = self.workspace_mut();
                workspace.route = Route::Cases;
                workspace.list.focus_filter();
            }
            UiCommand::NextCase => self.step_case(1),
            UiCommand::PreviousCase => self.step_case(-1),
            UiCommand::EnterPractice => self.enter_practice(ctx),
            UiCommand::LeavePractice => {
                self.practising = false;
                let words = "Your practice goes on when you come back; it is kept until this program ends.";
                self.toasts.add(Toast::good(words));
            }
            UiCommand::SwitchTheme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                ctx.set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
            }
            UiCommand::Diagnose => self.ask(Command::Diagnose, Purpose::Bundle),
            UiCommand::About => self.workspace_mut().dialog = Some(Dialog::About),
            UiCommand::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            UiCommand::PauseAll => self.ask(Command::PauseAll, Purpose::Quiet),
            UiCommand::ResumeAll => self.ask(Command::ResumeAll, Purpose::Quiet),
            _ => self.run_on_case(ctx, command),
        }
    }

    /// Commands that act on the chosen case.
    fn run_on_case(&mut self, ctx: &egui::Context, command: UiCommand) {
        let snap = std::sync::Arc::clone(&self.workspace().snap);
        let selected = self.workspace().selected;
        let cx =
            ViewContext::new(&snap, self.workspace().now(), Route::Cases, self.practising, &[], selected);
        let Some(case) = cx.case else { return };
        let (instance, project, id) = (case.instance.clone(), project_of(case), case.id);
        let transfer = cx.transfer;
        match command {
            UiCommand::StartExport => {
                if cx.run.is_some_and(|view| view.standing.phase == Phase::Ready) {
                    let known = known_of_file(&cx);
                    self.workspace_mut().dialog = Some(Dialog::Replace(question(case, known)));
                    return;
                }
                let options = StartOptions::default();
                self.ask(Command::Start { instance, project, case: Some(id), options }, Purpose::Start(id));
            }
            UiCommand::LookAgain => {
                // A run that nobody here knows yet is met by the same look.
                let watched = cx.run.is_some_and(|view| !view.run.is_ended());
                let command = if watched {
                    Command::Look { instance, project }
                } else {
                    Command::Watch { instance, project, case: Some(id) }
                };
                self.ask(command, Purpose::Look(id));
            }
            UiCommand::LeaveRun => {
                if let Some(view) = cx.run {
                    let run = view.run.id;
                    let undo = Undo::Leave { instance, project, case: id };
                    self.ask(Command::Leave { run }, Purpose::Undoable(undo));
                }
            }
            UiCommand::Download => {
                let target = Target::Default;
                let command =
                    Command::Download { instance, project, case: Some(id), target, connections: None };
                self.ask(command, Purpose::Download);
            }
            UiCommand::DownloadTo => {
                let dialog = SaveIn::new(id, instance, project, &cx.snap.download_folder);
                self.workspace_mut().dialog = Some(Dialog::SaveIn(dialog));
            }
            UiCommand::Rehearse => {
                let receipt = transfer.and_then(|transfer| transfer.done.as_deref());
                let dialog = receipt.map(|known| Rehearse::new(&known.path, receipt, Some(case), &cx));
                self.workspace_mut().dialog = dialog.map(|dialog| Dialog::Rehearse(Box::new(dialog)));
            }
            UiCommand::Relations => {
                let workspace = self.workspace_mut();
                workspace.relations.of_case(case, &snap);
                workspace.route = Route::Relations;
            }
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
                if let Some(transfer) = transfer {
                    self.run_on_transfer(ctx, command, transfer);
                }
            }
        }
    }

    fn run_on_transfer(
        &mut self,
        ctx: &egui::Context,
        command: UiCommand,
        transfer: &crate::engine::api::TransferView,
    ) {
        let id = transfer.id;
        match command {
            UiCommand::PauseTransfer => self.ask(Command::Pause { transfer: id }, Purpose::Quiet),
            UiCommand::ResumeTransfer => self.ask(Command::Resume { transfer: id }, Purpose::Quiet),
            UiCommand::CancelTransfer => self.ask(Command::Cancel { transfer: id }, Purpose::Quiet),
            UiCommand::OpenFolder => {
                os::open_folder(transfer.path.clone().unwrap_or_else(|| transfer.folder.clone()));
            }
            UiCommand::CopyReceipt => {
                if let Some(receipt) = &transfer.done {
                    kit::copy(ctx, "receipt", receipt.markdown());
                }
            }
            UiCommand::InspectFile => {
                if let Some(receipt) = &transfer.done {
                    self.inspect(receipt.path.clone());
                }
            }
            _ => {}
        }
    }

    /// Chooses the case that many rows further on; without a choice yet, the first row.
    pub(super) fn step_case(&mut self, step: isize) {
        let practising = self.practising;
        let workspace = self.workspace_mut();
        let snap = std::sync::Arc::clone(&workspace.snap);
        let selected = workspace.selected;
        let (cx, views) = workspace.split(&snap, practising);
        let next = views.list.neighbour(&cx, selected, step);
        if let Some(next) = next {
            workspace.selected = Some(next);
            if step != 0 {
                workspace.route = Route::Cases;
            }
        }
    }

    /// What a dialog of the system answered, or what was dropped on the window.
    pub(super) fn picked(&mut self, picked: Picked) {
        match picked.pick {
            Pick::Archive => self.inspect(picked.path),
            Pick::ImportFile => {
                let workspace = self.workspace_mut();
                let snap = std::sync::Arc::clone(&workspace.snap);
                workspace.imports.set_file(&snap, &picked.path);
            }
            Pick::SaveLedger => {
                if let Some(Dialog::SaveLedger(dialog)) = &mut self.workspace_mut().dialog {
                    dialog.set(&picked.path);
                }
            }
            Pick::Written(Ok(())) => {
                self.toasts.add(Toast::good(format!("Saved {}", picked.path.display())));
            }
            Pick::Written(Err(why)) => self.toasts.add(Toast::bad(why, "Choose another name or folder.")),
            Pick::DownloadFolder => self.workspace_mut().settings.set_folder(&picked.path),
            Pick::CaFile => self.workspace_mut().settings.set_ca_file(&picked.path),
            Pick::Settings => {
                if let Some(Dialog::LoadSettings(load)) = &mut self.workspace_mut().dialog {
                    load.set(&picked.path);
                }
            }
            Pick::WasRead(text) => {
                if let Some(Dialog::LoadSettings(load)) = &mut self.workspace_mut().dialog {
                    load.hear(text);
                }
            }
            Pick::SaveText(_) => {
                if let Some(Dialog::SaveText(save)) = &mut self.workspace_mut().dialog {
                    save.set(&picked.path);
                }
            }
            Pick::RelationsFolder => self.workspace_mut().relations.set_folder(&picked.path),
            Pick::SaveIn => {
                if let Some(Dialog::SaveIn(dialog)) = &mut self.workspace_mut().dialog {
                    dialog.set(&picked.path);
                }
            }
        }
    }

    /// Takes settings of a file: those of the window at once, and all of them into the store.
    fn apply(&mut self, ctx: &egui::Context, values: Vec<(String, serde_json::Value)>) {
        let mut kept = Settings::default();
        for (key, value) in &values {
            // The engine says why one is refused, and takes none of them then.
            kept.set(key, value).ok();
        }
        if let Some(theme) = window_state::theme(&kept) {
            ctx.set_theme(theme);
        }
        if let Some(scale) = window_state::scale(&kept) {
            ctx.set_zoom_factor(scale);
        }
        self.ask(Command::KeepAll { values }, Purpose::Say("The settings are changed"));
    }

    fn inspect(&mut self, path: std::path::PathBuf) {
        let workspace = self.workspace_mut();
        workspace.route = Route::Archives;
        workspace.archives.show(path.clone());
        let known = workspace.snap.inspections.iter().any(|inspection| inspection.path == path);
        if !known {
            self.ask(Command::Verify { path: path.clone(), against: None }, Purpose::Verify(path));
        }
    }

    /// Does what an answer means for the window. `in_practice` says whose it is.
    pub(super) fn answer(&mut self, in_practice: bool, (purpose, result): Heard) {
        let workspace = match &mut self.practice {
            Some(practice) if in_practice => practice,
            _ => &mut self.own,
        };
        let rest = heard(workspace, purpose, result);
        if let Some(toast) = rest {
            self.toasts.add(toast);
        }
    }
}

/// Lets a desk hear an answer; what is left to say is returned.
fn heard(workspace: &mut Workspace, purpose: Purpose, result: Result<Answer, Trouble>) -> Option<Toast> {
    match (purpose, result) {
        (Purpose::Say(words), Ok(_)) => Some(Toast::good(words)),
        (purpose @ (Purpose::Try(_) | Purpose::Connect), Err(trouble)) => {
            // Where the dialog was closed before the answer came, nobody waits for it.
            if let Some(Dialog::Connect(connect)) = &mut workspace.dialog {
                connect.hear(&purpose, Err(trouble));
            }
            None
        }
        (purpose @ Purpose::Try(_), Ok(answer)) => {
            if let (Some(Dialog::Connect(connect)), Answer::Checked(check)) = (&mut workspace.dialog, answer)
            {
                connect.hear(&purpose, Ok(check));
            }
            None
        }
        (Purpose::Connect, Ok(answer)) => connected(workspace, &answer),
        (Purpose::NewCase, Ok(Answer::Case(id))) => {
            workspace.dialog.take_if(|dialog| !dialog.is_changed());
            workspace.selected = Some(id);
            workspace.route = Route::Cases;
            None
        }
        (Purpose::NewCase, Err(trouble)) => match &mut workspace.dialog {
            Some(Dialog::NewCase(new)) => {
                new.hear(trouble);
                None
            }
            _ => Some(Toast::trouble(&trouble)),
        },
        (Purpose::Facts(case), result) => {
            about_case(workspace, case, result, |workspace, result| workspace.page.hear_facts(result))
        }
        (Purpose::Undoable(undo), result) => undoable(workspace, &undo, result),
        (Purpose::Event(case), Err(trouble)) if is_second_offer(workspace, case, &trouble) => {
            let free = workspace.offer(Dialog::Override(Override::new(case, trouble.headline.clone())));
            (!free).then(|| Toast::trouble(&trouble))
        }
        (Purpose::Start(case), Err(trouble)) if trouble.code == Code::Refused => {
            refused(workspace, case, &trouble)
        }
        (Purpose::Event(case) | Purpose::Start(case) | Purpose::Look(case), result) => {
            about_case(workspace, case, result, |workspace, result| workspace.page.hear(result))
        }
        (Purpose::Relations, result) => super::hear::about_relations(workspace, result),
        (Purpose::Lesson, Ok(Answer::Practice(practice))) => lesson(workspace, &practice),
        (
            purpose @ (Purpose::Timeline(_)
            | Purpose::WholeTimeline(_)
            | Purpose::Post(_)
            | Purpose::Issues(_)
            | Purpose::Requests(_)
            | Purpose::Audit
            | Purpose::Template),
            result,
        ) => super::hear::about_texts(workspace, &purpose, result),
        (purpose, result) if purpose.is_of_settings() => {
            super::hear::about_settings(workspace, &purpose, result)
        }
        (Purpose::Import(asked), result) => super::hear_imports::about_imports(workspace, &asked, result),
        (Purpose::Verify(path), result) => {
            workspace.archives.hear(&path, result.map(drop));
            None
        }
        (Purpose::Glance, _) | (_, Ok(_)) => None,
        (_, Err(trouble)) => Some(Toast::trouble(&trouble)),
    }
}

/// What was done offers to be taken back; where it was refused, its place says why.
fn undoable(workspace: &mut Workspace, undo: &Undo, result: Result<Answer, Trouble>) -> Option<Toast> {
    let case = undo.case();
    let done = result.is_ok().then(|| Toast::undoable(undo.done(), undo.clone()));
    let of_fact = matches!(undo, Undo::Fact { .. });
    let told = about_case(workspace, case, result, |workspace, result| {
        if of_fact { workspace.page.hear_facts(result) } else { workspace.page.hear(result) }
    });
    done.or(told)
}

/// An export would replace a file: the file that is there is met, so that it can be downloaded instead, and the
/// person is asked.
fn refused(workspace: &mut Workspace, case: CaseId, trouble: &Trouble) -> Option<Toast> {
    let found = workspace.snap.cases.iter().find(|known| known.id == case).cloned();
    let Some(case) = found else { return Some(Toast::trouble(trouble)) };
    let (instance, project) = (case.instance.clone(), project_of(&case));
    let meet = Command::Watch { instance, project, case: Some(case.id) };
    workspace.ask(meet, Purpose::Glance).ok();
    let free = workspace.offer(Dialog::Replace(question(&case, trouble.headline.clone())));
    (!free).then(|| Toast::trouble(trouble))
}

/// The case page hears of its own case; of another one a toast tells.
fn about_case(
    workspace: &mut Workspace,
    case: CaseId,
    result: Result<Answer, Trouble>,
    hear: impl FnOnce(&mut Workspace, Result<(), Trouble>),
) -> Option<Toast> {
    let result = result.map(|_| ());
    if workspace.selected == Some(case) {
        hear(workspace, result);
        return None;
    }
    result.err().map(|trouble| Toast::trouble(&trouble))
}

fn connected(workspace: &mut Workspace, answer: &Answer) -> Option<Toast> {
    let Answer::Checked(check) = answer else { return None };
    if matches!(workspace.dialog, Some(Dialog::Connect(_))) {
        workspace.dialog = None;
    }
    let host = format::host(&check.instance);
    let kept = crate::gui::dialogs::connect::kept(check.token).unwrap_or_default();
    Some(Toast::good(format!("Connected to {host} as @{}. {kept}", check.account.user)))
}

/// A lesson has begun, on a practice GitLab of its own: open a case for it.
fn lesson(workspace: &mut Workspace, practice: &PracticeView) -> Option<Toast> {
    let lesson = practice.lesson.as_ref()?;
    workspace.taken.retain(|taken| taken.lesson != lesson.name);
    workspace.taken.push(LessonRun { lesson: lesson.name.clone(), instance: practice.url.clone() });
    let command =
        Command::NewCase { ticket: None, instance: practice.url.clone(), project: lesson.project.clone() };
    workspace.ask(command, Purpose::NewCase).err().map(|trouble| Toast::trouble(&trouble))
}

/// Whether an offer was refused because of the ledger alone: the case itself allows it.
fn is_second_offer(workspace: &Workspace, case: CaseId, trouble: &Trouble) -> bool {
    let Some(case) = workspace.snap.cases.iter().find(|known| known.id == case) else { return false };
    let steps = next_steps(case, &Ledger::default(), &workspace.snap.rules, workspace.now());
    let allowed = |choice: &crate::case::Choice| {
        matches!(choice.action, Action::Report(Event::OfferSent { .. })) && choice.refused.is_none()
    };
    trouble.code == Code::Refused && steps.choices.iter().any(allowed)
}

/// The question whether to replace the file of `case`.
fn question(case: &Case, known: String) -> Replace {
    Replace {
        case: case.id,
        instance: case.instance.clone(),
        project: project_of(case),
        title: case.project.title(),
        known,
        sure: false,
    }
}

/// What is known of the finished file, in a sentence or two.
fn known_of_file(cx: &ViewContext<'_>) -> String {
    let finished = cx.run.and_then(|view| view.run.ended_at);
    let finished = finished.map_or_else(
        || "GitLab holds a finished file for this project.".to_owned(),
        |at| format!("GitLab finished the file {} ({}).", format::relative(at, cx.now), at.for_people()),
    );
    let here = match cx.transfer.and_then(|transfer| transfer.done.as_ref()) {
        Some(receipt) => format!("A proven copy of an export is at {}.", receipt.path.display()),
        None => "No copy of it was downloaded here.".to_owned(),
    };
    format!("{finished} {here}")
}
