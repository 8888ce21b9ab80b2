//! One engine and everything the window remembers about it. There are two workspaces: your own cases, and practice.

mod dialogs;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Instant;

use crate::case::{CaseId, Code, UserError, UtcMs};
use crate::engine::Engine;
use crate::engine::api::{Answer, AskId, Command, PracticeView, Snapshot};

use super::dialog::Dialog;
use super::format::number_of;
use super::frame::frame;
use super::guide::guide;
use super::intent::{IfUnhandled, Outbox, QuestionId};
use super::kit::{self, Toast};
use super::news::{News, Notice};
use super::options::EngineMaker;
use super::pages::Pages;
use super::pending::{Answered, Answers, Pending};
use super::route::Route;
use super::subject::SentCommand;
use super::view_context::{LessonRun, OpenQuestions, ViewContext};

enum Link {
    /// A thread opens the store, so that the window does not have to wait.
    Starting(Receiver<Result<Engine, UserError>>),
    Up(Engine),
    Down(UserError),
    /// No engine: a hand-made snapshot, and the commands that were sent.
    Still(Vec<Command>),
}

/// A question that was sent to the engine.
struct Sent {
    ask: AskId,
    id: QuestionId,
    otherwise: IfUnhandled,
    request: SentCommand,
}

/// One engine, and the window's state for it.
pub struct Workspace {
    link: Link,
    maker: Option<EngineMaker>,
    pub snapshot: Arc<Snapshot>,
    /// When the snapshot arrived, on the monotonic clock.
    came: Instant,
    pub route: Route,
    pub selected: Option<CaseId>,
    sent: Vec<Sent>,
    /// Answers for commands that could not be sent, delivered with the next answers.
    unsent: Vec<Answered>,
    pub dialog: Option<Box<dyn Dialog>>,
    /// Dialogs with typed text that another one covers; each comes back when the one above it closes.
    covered: Vec<Box<dyn Dialog>>,
    /// What had the keyboard focus before that dialog, and what gets it back.
    focus_below: Option<egui::Id>,
    focus_back: Option<egui::Id>,
    pub pages: Pages,
    news: News,
    /// The snapshot from which the last news were taken.
    newest: Option<Arc<Snapshot>>,
    /// The lessons that were started here.
    pub lesson_runs: Vec<LessonRun>,
    /// The lesson that is being prepared.
    pub lesson: Pending,
    /// Instances whose token was checked automatically, so that each is checked once.
    glanced: HashSet<String>,
    /// The check for archives past their keep time, sent once.
    old_archives: Pending,
    asked_for_old: bool,
}

impl Workspace {
    /// Starts a workspace; its engine starts on a separate thread.
    pub fn start(maker: EngineMaker, ctx: &egui::Context) -> Self {
        let link = Self::link(&maker, ctx);
        Self::around(link, Some(maker), Arc::new(Snapshot::empty()))
    }

    /// Starts the engine again after it failed to start.
    pub fn restart(&mut self, ctx: &egui::Context) {
        if let (Some(maker), Link::Down(_)) = (&self.maker, &self.link) {
            self.link = Self::link(maker, ctx);
        }
    }

    fn link(maker: &EngineMaker, ctx: &egui::Context) -> Link {
        let (tell, heard) = sync_channel(1);
        let (maker, ctx) = (Arc::clone(maker), ctx.clone());
        let thread = std::thread::Builder::new().name("start-engine".into()).spawn(move || {
            let wake = ctx.clone();
            let engine = maker(Box::new(move || wake.request_repaint()));
            // If the window has closed meanwhile, nobody receives the engine.
            tell.send(engine).ok();
            ctx.request_repaint();
        });
        match thread {
            Ok(_) => Link::Starting(heard),
            Err(error) => Link::Down(UserError::new(
                Code::Local,
                format!("The system cannot start another thread: {error}."),
                "Close other programs, then try again.",
            )),
        }
    }

    fn around(link: Link, maker: Option<EngineMaker>, snapshot: Arc<Snapshot>) -> Self {
        Self {
            link,
            maker,
            snapshot,
            came: Instant::now(),
            route: Route::default(),
            selected: None,
            sent: Vec::new(),
            unsent: Vec::new(),
            dialog: None,
            covered: Vec::new(),
            focus_below: None,
            focus_back: None,
            pages: Pages::default(),
            news: News::default(),
            newest: None,
            lesson_runs: Vec::new(),
            lesson: Pending::default(),
            glanced: HashSet::new(),
            old_archives: Pending::default(),
            asked_for_old: false,
        }
    }

    /// Takes the newest snapshot and returns those of its answers that a question waits for.
    pub fn poll(&mut self) -> Answers {
        if let Link::Starting(heard) = &self.link {
            match heard.try_recv() {
                Ok(Ok(engine)) => self.link = Link::Up(engine),
                Ok(Err(error)) => self.link = Link::Down(error),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.link = Link::Down(lost()),
            }
        }
        if let Link::Up(engine) = &self.link {
            let stopped = engine.has_stopped();
            let newest = engine.snapshot();
            if !Arc::ptr_eq(&newest, &self.snapshot) {
                self.snapshot = newest;
                self.came = Instant::now();
            }
            if stopped {
                self.link = Link::Down(stopped_error());
                // No engine will answer these questions any more; the page explains why.
                let open = self.sent.drain(..).map(|sent| Answered {
                    id: sent.id,
                    otherwise: IfUnhandled::Nothing,
                    request: sent.request,
                    result: Err(stopped_error()),
                });
                self.unsent.extend(open);
            }
        }
        self.glance();
        self.answers()
    }

    /// Passes the answers to the views that asked; the window handles the others. Also called without answers.
    pub fn deliver(&mut self, answers: &mut Answers, practising: bool, out: &mut Outbox) {
        self.ask_for_old(out);
        if answers.is_empty() {
            return;
        }
        if let Some(((), Ok(Answer::OldArchives(old)))) = self.old_archives.take(answers)
            && !old.is_empty()
        {
            let many = number_of(old.len() as u64, "archive is", "archives are");
            out.toast(Toast::good(format!(
                "{many} older than your limit for archives. See Settings, Downloads."
            )));
        }
        match self.lesson.take(answers) {
            Some(((), Ok(Answer::Practice(practice)))) => self.lesson_begun(&practice, out),
            Some(((), Err(error))) => out.tell(&error),
            Some(((), Ok(_))) | None => {}
        }
        let snapshot = Arc::clone(&self.snapshot);
        let mut covered = std::mem::take(&mut self.covered);
        let (cx, pages, dialog) = self.split(&snapshot, practising);
        pages.on_answer(answers, &cx, out);
        covered.retain_mut(|below| below.on_answer(answers, &cx, out));
        if let Some(open) = dialog
            && !open.on_answer(answers, &cx, out)
        {
            *dialog = None;
            if !pages.dialog_closed(&cx) {
                self.focus_back = self.focus_below;
            }
        }
        self.covered = covered;
        self.uncover();
    }

    /// A lesson has started on a practice GitLab of its own: open a case for the lesson.
    fn lesson_begun(&mut self, practice: &PracticeView, out: &mut Outbox) {
        let Some(lesson) = &practice.lesson else { return };
        self.lesson_runs.retain(|run| run.lesson != lesson.name);
        self.lesson_runs.push(LessonRun { lesson: lesson.name.clone(), instance: practice.url.clone() });
        let (instance, project) = (practice.url.clone(), lesson.project.clone());
        out.ask(Command::NewCase { ticket: None, instance, project }, IfUnhandled::ShowCase);
    }

    /// Checks once for each instance whom the token belongs to, unless that is known: the window shows the user.
    fn glance(&mut self) {
        if self.snapshot.seq == 0 || self.snapshot.instances.iter().all(|known| known.account.is_some()) {
            return;
        }
        let unknown: Vec<String> = self
            .snapshot
            .instances
            .iter()
            .filter(|known| known.account.is_none() && known.token.is_there())
            .filter(|known| !self.glanced.contains(&known.url))
            .map(|known| known.url.clone())
            .collect();
        for instance in unknown {
            self.glanced.insert(instance.clone());
            let command = Command::Check { instance, project: None, contents: false };
            // Errors of this automatic check are not shown; they are shown when the person requests something.
            self.send(QuestionId::fresh(), command, IfUnhandled::Nothing);
        }
    }

    /// Checks once for archives past their keep time, if the person chose a keep time.
    fn ask_for_old(&mut self, out: &mut Outbox) {
        if !self.asked_for_old && self.snapshot.seq > 0 && self.snapshot.settings.keep_archives_days.is_some()
        {
            self.asked_for_old = true;
            self.old_archives.ask_or(Command::FindOldArchives, (), IfUnhandled::Nothing, out);
        }
    }

    /// What has ended, or is about to, since the last snapshot.
    pub fn news(&mut self) -> Vec<Notice> {
        if self.newest.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, &self.snapshot)) {
            return Vec::new();
        }
        self.newest = Some(Arc::clone(&self.snapshot));
        self.news.of(&self.snapshot)
    }

    /// How many cases need a person's action now.
    pub fn needing_attention(&mut self) -> usize {
        let now = self.now();
        self.pages.list.needing_attention(&self.snapshot, now)
    }

    fn answers(&mut self) -> Answers {
        let mut answers = std::mem::take(&mut self.unsent);
        for reply in self.snapshot.replies.iter() {
            if let Some(place) = self.sent.iter().position(|sent| sent.ask == reply.ask) {
                let Sent { id, otherwise, request, .. } = self.sent.remove(place);
                answers.push(Answered { id, otherwise, request, result: reply.result.clone() });
            }
        }
        Answers::new(answers)
    }

    /// Sends a command; never blocks. A workspace without an engine answers the command itself.
    pub fn send(&mut self, id: QuestionId, command: Command, otherwise: IfUnhandled) {
        let on_screen = self.selected.filter(|_| self.route == Route::Cases);
        let request = SentCommand::new(&command, on_screen);
        let refused = match &mut self.link {
            Link::Up(engine) => Ok(engine.send(command)),
            Link::Starting(_) => {
                let hint = "Wait a moment, then try again.";
                Err(UserError::new(Code::Local, "Your cases are still loading.", hint))
            }
            Link::Down(error) => Err(error.clone()),
            Link::Still(sent) => {
                sent.push(command);
                Ok(AskId(sent.len() as u64))
            }
        };
        match refused {
            Ok(ask) => self.sent.push(Sent { ask, id, otherwise, request: request.sent_as(ask) }),
            Err(error) => self.unsent.push(Answered { id, otherwise, request, result: Err(error) }),
        }
    }

    /// Why there is no engine; `None` if there is one.
    pub fn down(&self) -> Option<&UserError> {
        if let Link::Down(error) = &self.link { Some(error) } else { None }
    }

    pub fn is_starting(&self) -> bool {
        matches!(self.link, Link::Starting(_))
    }

    /// The current time: the clock of the last snapshot plus the time since.
    pub fn now(&self) -> UtcMs {
        if matches!(self.link, Link::Still(_)) {
            return self.snapshot.at;
        }
        self.snapshot.at.plus_ms(self.came.elapsed().as_millis() as i64)
    }

    /// The context for the views.
    pub fn cx<'a>(&'a self, snapshot: &'a Snapshot, practising: bool) -> ViewContext<'a> {
        let mut cx = ViewContext::new(snapshot, self.now(), self.route, practising, self.selected);
        (cx.refused, cx.lesson_runs, cx.asked) = (self.refused(), &self.lesson_runs, self.open_questions());
        cx.next = guide(&cx).and_then(|guide| guide.next);
        cx
    }

    /// The separate borrows that a frame needs: the context, the pages that draw it, and the dialog over them.
    pub fn split<'a>(
        &'a mut self,
        snapshot: &'a Snapshot,
        practising: bool,
    ) -> (ViewContext<'a>, &'a mut Pages, &'a mut Option<Box<dyn Dialog>>) {
        let (now, refused, asked) = (self.now(), self.refused(), self.open_questions());
        let Self { sent, dialog, pages, selected, route, lesson_runs, .. } = self;
        let mut cx = ViewContext::new(snapshot, now, *route, practising, *selected);
        (cx.refused, cx.lesson_runs, cx.asked) = (refused, lesson_runs, asked);
        cx.next = guide(&cx).and_then(|guide| guide.next);
        let held = snapshot.asking.iter().find(|(ask, _)| sent.iter().any(|sent| sent.ask == *ask));
        cx.held = held.map(|(_, waiting)| waiting);
        (cx, pages, dialog)
    }

    fn open_questions(&self) -> OpenQuestions {
        let lesson = self.lesson.is_open();
        OpenQuestions { lesson, ..self.pages.case.open_questions(self.selected) }
    }

    /// Whether what was pressed is being saved: the keyboard focus moves as soon as it is.
    pub fn is_saving(&self) -> bool {
        self.open_questions().is_saving().is_some()
            || self.dialog.as_ref().is_some_and(|dialog| dialog.is_saving())
    }

    /// Draws the page, and the dialog over it.
    pub fn draw(&mut self, ui: &mut egui::Ui, practising: bool, out: &mut Outbox) {
        let ctx = ui.ctx().clone();
        // For one more frame, nothing below the dialog can have the focus.
        let is_below = !ctx.memory(|memory| memory.is_above_modal_layer(ui.layer_id()));
        if let Some(field) = self.focus_back.take_if(|_| !is_below) {
            // Unless something else has taken it meanwhile.
            ctx.memory_mut(|memory| memory.focused().is_none().then(|| memory.request_focus(field)));
        }
        if self.dialog.is_none() {
            self.focus_below = ctx.memory(egui::Memory::focused);
        }
        let focus_below = self.focus_below;
        let snapshot = Arc::clone(&self.snapshot);
        let down = self.down().cloned();
        let starting = self.is_starting() && snapshot.seq == 0;
        let (cx, pages, dialog) = self.split(&snapshot, practising);
        // What comes and goes above the page must not change the IDs of its controls: that would end their focus, and half
        // a click.
        kit::steady(ui, "window", |ui| frame(ui, &cx, pages, down.as_ref(), starting, out));
        if let Some(open) = dialog
            && !open.ui(&ctx, &cx, out)
        {
            *dialog = None;
            // If it did nothing, the person continues below it.
            let continues = focus_below.is_some() && out.is_empty();
            if continues || !pages.dialog_closed(&cx) {
                self.focus_back = focus_below;
            }
            self.uncover();
            ctx.request_repaint();
        }
    }

    /// Whether the last answer about the selected case was a refusal.
    fn refused(&self) -> bool {
        self.selected.is_some_and(|case| self.pages.case.is_refused(case))
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace")
            .field("route", &self.route)
            .field("selected", &self.selected)
            .finish_non_exhaustive()
    }
}

fn stopped_error() -> UserError {
    UserError::new(
        Code::Internal,
        "The part of Export Desk that works with GitLab stopped unexpectedly.",
        "Nothing was lost: every step was saved. Try again. Export Desk shows the details at the next start.",
    )
}

fn lost() -> UserError {
    UserError::new(
        Code::Internal,
        "Export Desk stopped while it was starting.",
        "Try again. If it happens again, this is a bug in Export Desk. Report it with what you did.",
    )
}

impl Workspace {
    /// A workspace without an engine: it shows `snapshot` and records the commands.
    pub fn pretend(snapshot: Snapshot) -> Self {
        Self::around(Link::Still(Vec::new()), None, Arc::new(snapshot))
    }

    /// Shows the next snapshot in a workspace without an engine.
    pub fn show(&mut self, snapshot: Snapshot) {
        self.snapshot = Arc::new(snapshot);
    }
}

#[cfg(test)]
impl Workspace {
    /// A workspace whose engine failed to start.
    pub fn broken(error: UserError) -> Self {
        Self::around(Link::Down(error), None, Arc::new(Snapshot::empty()))
    }

    /// Opens a dialog before there is a window.
    pub fn show_dialog(&mut self, request: Box<dyn super::dialog::DialogRequest>) {
        let mut out = Outbox::default();
        self.open(request, false, &mut out);
        self.send_all(out);
    }

    /// Sends a command whose answer no view waits for.
    pub fn ask(&mut self, command: Command, otherwise: IfUnhandled) {
        self.send(QuestionId::fresh(), command, otherwise);
    }

    /// Sends the commands in `out`.
    pub fn send_all(&mut self, mut out: Outbox) {
        for intent in out.take() {
            if let super::intent::Intent::Ask(id, command, otherwise) = intent {
                self.send(id, command, otherwise);
            }
        }
    }

    /// The commands that were sent, as text.
    pub fn sent(&self) -> Vec<String> {
        match &self.link {
            Link::Still(sent) => sent.iter().map(|command| format!("{command:?}")).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::gui::command::UiCommand;
    use crate::gui::fixture::{at_work, window_of};

    #[test]
    fn a_dialog_that_did_nothing_gives_the_focus_back() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        let note = "New note";
        window.get_by_label(note).focus();
        window.run();
        for command in [UiCommand::Palette, UiCommand::NewCase, UiCommand::Shortcuts] {
            let keys = command.entry().keys.unwrap();
            window.key_press_modifiers(keys.modifiers, keys.logical_key);
            window.run();
            assert!(window.state().workspace().dialog.is_some(), "{command:?}");
            window.key_press(Key::Escape);
            window.run();
            assert!(window.state().workspace().dialog.is_none(), "{command:?}");
            assert!(window.get_by_label(note).is_focused(), "{command:?}");
        }
    }
}
