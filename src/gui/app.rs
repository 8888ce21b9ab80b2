//! The window's frame: takes the news, draws the snapshot, then carries out what was clicked.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use egui::Ui;

use crate::case::UserError;
use crate::engine::api::{Command, EarlierCrash as StoppedNote, Settings, Snapshot};
use crate::gui::command::UiCommand;
use crate::gui::desktop::Desktop;
use crate::gui::dialog::Dialog;
use crate::gui::dialogs::connect::ConnectTo;
use crate::gui::dialogs::stopped::StoppedDialog;
use crate::gui::drop_hint::{drop_hint, dropped};
use crate::gui::intent::{IfUnhandled, Outbox, Pick, QuestionId};
use crate::gui::kit::{self, Toast, Toasts};
use crate::gui::menu;
use crate::gui::notification_policy::NotificationPolicy;
use crate::gui::options::{Options, SetupMaker, TITLE, own_engine};
use crate::gui::route::Route;
use crate::gui::subject::Subject;
use crate::gui::tab_start;
use crate::gui::theme;
use crate::gui::typing::{self, FocusProgress, TypedAhead};
use crate::gui::unsaved::QuitGuard;
use crate::gui::window_state::WindowState;
use crate::gui::workspace::Workspace;
use crate::platform::awake::{Awake, NoNap};
use crate::platform::menu::{MenuBar, MenuChoice};

/// How many answers of file dialogs may be queued.
const PICKS: usize = 8;

/// What a file dialog of the operating system answered.
#[derive(Debug)]
pub struct Picked {
    pub pick: Pick,
    pub path: PathBuf,
}

/// The window.
#[derive(Debug)]
pub struct App {
    pub(super) own: Workspace,
    pub(super) practice: Option<Workspace>,
    pub(super) practising: bool,
    pub(super) practice_maker: Option<PracticeMaker>,
    /// The lesson to start as soon as the practice engine runs.
    pub(super) lesson: Option<String>,
    pub(super) toasts: Toasts,
    pub(super) tell_pick: SyncSender<Picked>,
    picks: Receiver<Picked>,
    /// What the window remembers across restarts; a window without an engine remembers nothing.
    pub(super) window_state: Option<WindowState>,
    /// The workspace error that was shown last, so that each error is shown once.
    told: Option<UserError>,
    pub(super) notification_policy: NotificationPolicy,
    awake: Awake,
    no_nap: NoNap,
    menu: MenuBar,
    /// Each open dialog of the system has a second owner of this.
    pub(super) system_dialogs: Arc<()>,
    /// The title of the window as the system knows it.
    pub(super) title: String,
    typed_ahead: TypedAhead,
    /// The last frame did something whose effect the next one shows.
    acted: bool,
    quit: QuitGuard,
}

/// A [`SetupMaker`] with a `Debug` implementation.
pub(super) struct PracticeMaker(pub SetupMaker);

impl std::fmt::Debug for PracticeMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PracticeMaker")
    }
}

impl App {
    /// Opens a window over the engine that `options` set up, restored to its state when it was last closed.
    pub fn new(
        ctx: &egui::Context,
        options: &Options,
        kept: &Settings,
        stopped: Option<StoppedNote>,
    ) -> Self {
        theme::install(ctx);
        let mut app = Self::around(Workspace::start(options.engine(), ctx));
        app.own.dialog = stopped.map(|note| -> Box<dyn Dialog> { Box::new(StoppedDialog(note)) });
        app.window_state = Some(WindowState::begin(ctx, kept));
        app.notification_policy.desktop = Desktop::system(ctx);
        let woken = ctx.clone();
        app.menu = MenuBar::install(move || woken.request_repaint());
        app.practice_maker = Some(PracticeMaker(options.practice.clone()));
        if options.practising {
            app.enter_practice(ctx);
        }
        app
    }

    /// Opens a window without an engine over a hand-made snapshot, for the benchmarks: commands are dropped.
    #[doc(hidden)]
    pub fn still(ctx: &egui::Context, snapshot: Snapshot, route: Route) -> Self {
        theme::install(ctx);
        let mut workspace = Workspace::pretend(snapshot);
        workspace.route = route;
        Self::around(workspace)
    }

    /// Shows the next snapshot in a window without an engine.
    #[doc(hidden)]
    pub fn show(&mut self, snapshot: Snapshot) {
        self.own.show(snapshot);
    }

    pub(super) fn around(own: Workspace) -> Self {
        let (tell_pick, picks) = sync_channel(PICKS);
        Self {
            own,
            practice: None,
            practising: false,
            practice_maker: None,
            lesson: None,
            toasts: Toasts::default(),
            tell_pick,
            picks,
            window_state: None,
            told: None,
            notification_policy: NotificationPolicy::default(),
            awake: Awake::default(),
            no_nap: NoNap::default(),
            menu: MenuBar::default(),
            system_dialogs: Arc::default(),
            title: TITLE.to_owned(),
            typed_ahead: TypedAhead::default(),
            acted: false,
            quit: QuitGuard::default(),
        }
    }

    /// The workspace that the window currently shows.
    pub fn workspace(&self) -> &Workspace {
        match &self.practice {
            Some(practice) if self.practising => practice,
            _ => &self.own,
        }
    }

    pub(super) fn workspace_mut(&mut self) -> &mut Workspace {
        match &mut self.practice {
            Some(practice) if self.practising => practice,
            _ => &mut self.own,
        }
    }

    /// Takes the answers of the engines and of the system's dialogs. Also runs while the window is hidden.
    pub fn poll(&mut self, ctx: &egui::Context) {
        self.take_answers(ctx, false);
        self.take_answers(ctx, true);
        self.quit.hold(ctx, &self.own);
        let mut out = Outbox::default();
        self.begin_lesson(&mut out);
        self.tell(ctx);
        while let Ok(picked) = self.picks.try_recv() {
            self.picked(picked, &mut out);
        }
        self.remember(ctx);
        self.menu.dialog_is_open(Arc::strong_count(&self.system_dialogs) > 1);
        for choice in self.menu.chosen() {
            self.choose(ctx, choice, &mut out);
        }
        // Practice moves small files on this computer alone.
        let busy = self.own.snapshot.busy;
        self.awake.set(busy);
        self.no_nap.set(busy);
        let error = self.workspace().snapshot.error.clone();
        if error != self.told {
            if let Some(error) = &error {
                let subject = Subject::Error(Box::new(error.clone()));
                self.toasts.add(Toast::error(error).about(self.practising, subject));
            }
            self.told = error;
        }
        if let Some(instance) = kit::take_connect(ctx) {
            // Hints stored by an earlier version do not say which instance they were about.
            let known = Some(instance).filter(|url| !url.is_empty());
            out.open(known.map_or_else(ConnectTo::any, |url| ConnectTo::instance(&url)));
        }
        if let Some(what) = kit::take_copied(ctx) {
            self.toasts.add(Toast::good(format!("Copied: {what}")));
        }
        self.apply_intents(ctx, out);
    }

    /// Does what was chosen in the menu. As with shortcuts, a dialog of the window comes first.
    fn choose(&self, ctx: &egui::Context, choice: MenuChoice, out: &mut Outbox) {
        let Some(command) = menu::carry_out(ctx, choice) else { return };
        if self.workspace().dialog.is_none() || matches!(command, UiCommand::Minimize | UiCommand::Quit) {
            out.run(command);
        }
    }

    /// Saves what the person changed about the window, in the workspace that has a store.
    fn remember(&mut self, ctx: &egui::Context) {
        let Some(window_state) = &mut self.window_state else { return };
        if self.own.snapshot.seq == 0 || self.own.down().is_some() {
            return;
        }
        for (key, value) in window_state.notice(ctx) {
            let command = Command::Keep { key: key.to_owned(), value };
            self.own.send(QuestionId::fresh(), command, IfUnhandled::ToastError);
        }
    }

    /// Draws the frame and carries out what was clicked in it.
    pub fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let window = ctx.content_rect();
        ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| {
            node.set_label(TITLE);
            let (x1, y1) = (window.max.x.into(), window.max.y.into());
            node.set_bounds(egui::accesskit::Rect { x0: 0.0, y0: 0.0, x1, y1 });
        });
        let mut out = Outbox::default();
        tab_start::before_frame(ui, (self.workspace().route, self.workspace().selected));
        self.keys(&ctx, &mut out);
        for (pick, path) in dropped(&ctx, self.workspace().route) {
            self.picked(Picked { pick, path }, &mut out);
        }
        self.choose_first();
        let workspace = self.workspace();
        let on_screen = workspace.selected.filter(|_| workspace.route == Route::Cases);
        self.toasts.on_screen(self.practising, on_screen);
        if let Some(undo) = self.toasts.show(ui) {
            self.take_back(undo, &mut out);
        }
        let practising = self.practising;
        self.workspace_mut().draw(ui, practising, &mut out);
        self.quit.ui(&ctx);
        drop_hint(&ctx, self.workspace().route);
        self.acted = !out.is_empty();
        if self.acted {
            // The effects of these actions become visible in the next frame.
            ctx.request_repaint();
            self.apply_intents(&ctx, out);
        }
    }

    /// Selects the most urgent case in a window that has just opened.
    fn choose_first(&mut self) {
        if self.workspace().selected.is_none() && !self.workspace().snapshot.cases.is_empty() {
            self.step_case(0);
        }
    }

    /// Handles shortcuts, unless a dialog has the keyboard focus.
    fn keys(&self, ctx: &egui::Context, out: &mut Outbox) {
        if self.quit.is_asking() {
            return;
        }
        // What a dialog leaves to the window.
        let of_the_window =
            self.workspace().dialog.is_some().then_some(&[UiCommand::Minimize, UiCommand::Quit]);
        if let Some(command) = UiCommand::pressed(ctx, of_the_window.map_or(&[], |few| &few[..])) {
            if let UiCommand::Go(route) = command
                && route != self.workspace().route
            {
                // Tab begins in the page that comes, and not in the bar above it.
                ctx.memory_mut(|memory| memory.focused().map(|focused| memory.surrender_focus(focused)));
            }
            out.run(command);
        }
    }

    /// Starts the requested lesson once the practice GitLab runs.
    pub(super) fn begin_lesson(&mut self, out: &mut Outbox) {
        if !self.practising || self.workspace().snapshot.practice.is_none() {
            return;
        }
        if let Some(name) = self.lesson.take() {
            let command = Command::StartPractice { lesson: Some(name), port: 0 };
            self.workspace_mut().lesson.ask(command, (), out);
        }
    }

    pub(super) fn enter_practice(&mut self, ctx: &egui::Context) {
        if self.practice.is_none() {
            let Some(maker) = &self.practice_maker else { return };
            let mut workspace = Workspace::start(own_engine(maker.0.clone()), ctx);
            workspace.route = Route::Practice;
            self.practice = Some(workspace);
        }
        self.show_practice(true);
    }

    /// Shows the practice workspace, or the person's own. What was done in one cannot be undone from the other.
    pub(super) fn show_practice(&mut self, practising: bool) {
        if self.practising != practising {
            self.toasts.forget_undo();
        }
        self.practising = practising;
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.poll(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
        self.open_links(ui.ctx());
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        // Both engines end at the same time: each can take a moment.
        for workspace in [Some(&mut self.own), self.practice.as_mut()].into_iter().flatten() {
            workspace.send(QuestionId::fresh(), Command::Shutdown, IfUnhandled::Nothing);
        }
    }

    fn raw_input_hook(&mut self, ctx: &egui::Context, input: &mut egui::RawInput) {
        typing::allow_late_clicks(ctx, input);
        let is_busy = self.acted || self.workspace().is_saving();
        let has_focus = ctx.memory(|memory| memory.focused().is_some());
        let is_in_text = ctx.text_edit_focused();
        let progress = FocusProgress { is_busy, has_acted: self.acted, has_focus, is_in_text };
        if self.typed_ahead.hold_back(input, progress) {
            ctx.request_repaint();
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use egui::{Key, Modifiers, ViewportId};
    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::gui::command::UiCommand;
    use crate::gui::fixture::{
        at_lesson, at_work, first_run, practice_window, practising, window, window_of,
    };
    use crate::gui::kit::Toast;
    use crate::gui::route::Route;
    use crate::gui::undo::Undo;
    use crate::gui::workspace::Workspace;

    #[test]
    fn an_idle_window_asks_for_no_frame_within_ten_seconds() {
        let open = |snapshot: crate::engine::api::Snapshot, route: Route| {
            let mut workspace = Workspace::pretend(snapshot);
            workspace.route = route;
            (route, workspace)
        };
        let mut windows = vec![(Route::Cases, window(first_run(), egui::Theme::Dark, 1280.0, 800.0))];
        for route in Route::ALL {
            let (route, workspace) = open(at_work(), route);
            windows.push((route, window_of(workspace, egui::Theme::Dark, 1280.0, 800.0)));
        }
        for (snapshot, route) in [(practising(), Route::Practice), (at_lesson(), Route::Cases)] {
            let (route, workspace) = open(snapshot, route);
            windows.push((route, practice_window(workspace, egui::Theme::Dark, 1280.0, 800.0)));
        }
        for (route, mut window) in windows {
            window.run();
            window.run_steps(2);
            let delay = window.output().viewport_output[&ViewportId::ROOT].repaint_delay;
            assert!(delay > Duration::from_secs(10), "{route:?} wants a frame in {delay:?}");
        }
    }

    #[test]
    fn shortcuts_do_what_the_table_says() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
        window.run();
        assert_eq!(window.state().workspace().route, Route::Downloads);
        let keys = UiCommand::Shortcuts.entry().keys.unwrap();
        window.key_press_modifiers(keys.modifiers, keys.logical_key);
        window.run();
        window.get_by_label("Close");
        window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
        window.run();
        assert_eq!(window.state().workspace().route, Route::Downloads, "a dialog keeps the keyboard");
        window.key_press(Key::Escape);
        window.run();
        window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
        window.run();
        assert!(window.state().workspace().dialog.is_none(), "Ctrl+Shift+D cannot be done now");
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let mut window = window(first_run(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(Modifiers::COMMAND, Key::E);
        window.run();
        window.get_by_label("Choose a case first.");
        window.get_by_label("Dismiss").click();
        window.run();
        assert!(window.query_by_label("Choose a case first.").is_none());
        // Nothing has failed, so the reason also ends by itself.
        window.key_press_modifiers(Modifiers::COMMAND, Key::E);
        window.run();
        window.get_by_label("Choose a case first.");
        window.input_mut().time = Some(window.ctx.input(|input| input.time) + 9.0);
        window.run_steps(3);
        assert!(window.query_by_label("Choose a case first.").is_none());
    }

    #[test]
    fn tab_reaches_the_controls_of_the_first_page() {
        let mut window = window(first_run(), egui::Theme::Dark, 1000.0, 700.0);
        let mut reached = Vec::new();
        for _ in 0..14 {
            window.key_press(Key::Tab);
            window.run();
            for label in ["Practise on the built-in GitLab", "Connect to GitLab", "Settings", "Cases"] {
                if window.get_by_label(label).is_focused() && !reached.contains(&label) {
                    reached.push(label);
                }
            }
        }
        assert_eq!(reached.len(), 4, "only {reached:?} were reached");
        while !window.get_by_label("Connect to GitLab").is_focused() {
            window.key_press(Key::Tab);
            window.run();
        }
        window.key_press(Key::Enter);
        window.run();
        window.get_by_label("Personal access token");
    }

    /// What comes and goes above a page keeps the keyboard focus, and a click that is half done.
    #[test]
    fn a_toast_that_comes_or_ends_takes_no_focus_and_no_click() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 900.0);
        window.run();
        let button = "Other steps";
        window.get_by_label(button).focus();
        window.run();
        let later = |window: &mut egui_kittest::Harness<'_, crate::gui::App>| {
            window.input_mut().time = Some(window.ctx.input(|input| input.time) + 60.0);
            window.run_steps(3);
        };
        let pointer = |window: &mut egui_kittest::Harness<'_, crate::gui::App>, pressed: bool| {
            let pos = window.get_by_label(button).rect().center();
            let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
            window.input_mut().events.push(egui::Event::PointerMoved(pos));
            window.input_mut().events.push(egui::Event::PointerButton { pos, button, pressed, modifiers });
            window.step();
        };
        window.state_mut().toasts.add(Toast::good("Saved"));
        window.step();
        window.get_by_label("Saved");
        assert!(window.get_by_label(button).is_focused(), "a toast came");
        later(&mut window);
        assert!(window.query_by_label("Saved").is_none());
        assert!(window.get_by_label(button).is_focused(), "a toast ended");
        pointer(&mut window, true);
        window.state_mut().toasts.add(Toast::good("Saved"));
        window.step();
        pointer(&mut window, false);
        window.run_steps(2);
        window.get_by_label("Fewer steps");
    }

    #[test]
    fn what_was_done_in_practice_is_not_undone_outside() {
        let mut window = window_of(Workspace::pretend(at_work()), egui::Theme::Dark, 1280.0, 800.0);
        let app = window.state_mut();
        for (practising, can_undo) in [(false, true), (true, false)] {
            let undo = Undo::Archive { case: CaseId(1), others: Vec::new(), archived: true };
            app.toasts.add(Toast::undoable(undo.done(), undo));
            app.show_practice(practising);
            assert_eq!(app.toasts.take_last().is_some(), can_undo);
        }
    }
}
