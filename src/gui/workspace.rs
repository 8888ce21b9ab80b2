//! One engine and everything the window remembers about it. There are two: your own cases, and practice.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Instant;

use crate::case::{CaseId, Code, Trouble, UtcMs};
use crate::engine::api::{Answer, AskId, Command, Snapshot};
use crate::engine::{Engine, Setup};

use super::guide::guide;
use super::intent::Purpose;
use super::news::{News, Notice};
use super::route::Route;
use crate::gui::case::list::CaseList;
use crate::gui::case::page::CasePage;
use crate::gui::dialogs::Dialog;
use crate::gui::pages::archives::Archives;
use crate::gui::pages::imports::Imports;
use crate::gui::pages::ledger::Ledger;
use crate::gui::pages::relations::Relations;
use crate::gui::pages::settings::SettingsPage;
use crate::gui::view_context::{LessonRun, ViewContext};

/// Makes the setup of an engine, each time one is started.
pub type SetupMaker = Arc<dyn Fn() -> Result<Setup, Trouble> + Send + Sync>;

/// An answer with the purpose of its question.
pub type Heard = (Purpose, Result<Answer, Trouble>);

enum Link {
    /// A thread opens the store; the window does not wait for it.
    Starting(Receiver<Result<Engine, Trouble>>),
    Up(Engine),
    Down(Trouble),
    /// No engine: a picture made by hand, and what was sent.
    Still(Vec<Command>),
}

/// The desk.
pub struct Workspace {
    link: Link,
    maker: Option<SetupMaker>,
    pub snap: Arc<Snapshot>,
    /// When the picture came, on the clock that never jumps.
    came: Instant,
    pub route: Route,
    pub selected: Option<CaseId>,
    asked: Vec<AskId>,
    purposes: Vec<Purpose>,
    pub dialog: Option<Dialog>,
    pub list: CaseList,
    pub page: CasePage,
    pub archives: Archives,
    pub imports: Imports,
    pub relations: Relations,
    pub ledger: Ledger,
    pub settings: SettingsPage,
    news: News,
    /// The picture that the news were last taken from.
    newest: Option<Arc<Snapshot>>,
    /// The lessons that were taken here.
    pub taken: Vec<LessonRun>,
    /// Instances whose token was looked at by itself, so that each is once.
    glanced: HashSet<String>,
    asked_for_old: bool,
}

impl Workspace {
    /// A desk whose engine is being started on a thread of its own.
    pub fn start(maker: SetupMaker, ctx: &egui::Context) -> Self {
        let link = Self::link(&maker, ctx);
        Self::around(link, Some(maker), Arc::new(Snapshot::empty()))
    }

    /// Starts the engine again after it could not be started.
    pub fn restart(&mut self, ctx: &egui::Context) {
        if let (Some(maker), Link::Down(_)) = (&self.maker, &self.link) {
            self.link = Self::link(maker, ctx);
        }
    }

    fn link(maker: &SetupMaker, ctx: &egui::Context) -> Link {
        let (tell, heard) = sync_channel(1);
        let (maker, ctx) = (Arc::clone(maker), ctx.clone());
        let thread = std::thread::Builder::new().name("start-engine".into()).spawn(move || {
            let wake = ctx.clone();
            let engine = maker().and_then(|setup| Engine::start(setup, move || wake.request_repaint()));
            // The window may be gone by now; then there is nobody to tell.
            tell.send(engine).ok();
            ctx.request_repaint();
        });
        match thread {
            Ok(_) => Link::Starting(heard),
            Err(error) => Link::Down(Trouble::new(
                Code::Local,
                format!("The system gave no thread: {error}."),
                "Close other programs, then try again.",
            )),
        }
    }

    fn around(link: Link, maker: Option<SetupMaker>, snap: Arc<Snapshot>) -> Self {
        Self {
            link,
            maker,
            snap,
            came: Instant::now(),
            route: Route::default(),
            selected: None,
            asked: Vec::new(),
            purposes: Vec::new(),
            dialog: None,
            list: CaseList::default(),
            page: CasePage::default(),
            archives: Archives::default(),
            imports: Imports::default(),
            relations: Relations::default(),
            ledger: Ledger::default(),
            settings: SettingsPage::default(),
            news: News::default(),
            newest: None,
            taken: Vec::new(),
            glanced: HashSet::new(),
            asked_for_old: false,
        }
    }

    /// Takes the newest picture and hands over the answers in it that were waited for.
    pub fn hear(&mut self) -> Vec<Heard> {
        if let Link::Starting(heard) = &self.link {
            match heard.try_recv() {
                Ok(Ok(engine)) => self.link = Link::Up(engine),
                Ok(Err(trouble)) => self.link = Link::Down(trouble),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.link = Link::Down(lost()),
            }
        }
        if let Link::Up(engine) = &self.link {
            let stopped = engine.has_stopped();
            let newest = engine.snapshot();
            if !Arc::ptr_eq(&newest, &self.snap) {
                self.snap = newest;
                self.came = Instant::now();
            }
            if stopped {
                self.link = Link::Down(stopped_trouble());
                // Nobody answers any more.
                (self.asked, self.purposes) = (Vec::new(), Vec::new());
            }
        }
        self.glance();
        self.ask_for_old();
        self.answers()
    }

    /// Asks once who the token of each instance belongs to, where nobody knows it yet: the window shows it.
    fn glance(&mut self) {
        if self.snap.seq == 0 || self.snap.instances.iter().all(|known| known.account.is_some()) {
            return;
        }
        let unknown: Vec<String> = self
            .snap
            .instances
            .iter()
            .filter(|known| known.account.is_none() && known.token.is_there())
            .filter(|known| !self.glanced.contains(&known.url))
            .map(|known| known.url.clone())
            .collect();
        for instance in unknown {
            self.glanced.insert(instance.clone());
            let command = Command::Check { instance, project: None };
            // What does not work is said when the person asks for something.
            self.ask(command, Purpose::Glance).ok();
        }
    }

    /// Asks once whether archives were kept long enough, where the person chose how long that is.
    fn ask_for_old(&mut self) {
        if !self.asked_for_old && self.snap.seq > 0 && self.snap.settings.keep_archives_days.is_some() {
            self.asked_for_old = self.ask(Command::FindOldArchives, Purpose::AnyOld).is_ok();
        }
    }

    /// What has ended, or is about to, since the last picture.
    pub fn news(&mut self) -> Vec<Notice> {
        if self.newest.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, &self.snap)) {
            return Vec::new();
        }
        self.newest = Some(Arc::clone(&self.snap));
        self.news.of(&self.snap)
    }

    /// How many cases need a person now.
    pub fn needy(&mut self) -> usize {
        let now = self.now();
        self.list.needy(&self.snap, now)
    }

    fn answers(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        for reply in self.snap.replies.iter() {
            if let Some(place) = self.asked.iter().position(|ask| *ask == reply.ask) {
                self.asked.remove(place);
                heard.push((self.purposes.remove(place), reply.result.clone()));
            }
        }
        heard
    }

    /// Sends a command; never blocks. A desk without an engine says so.
    pub fn ask(&mut self, command: Command, purpose: Purpose) -> Result<(), Trouble> {
        let ask = match &mut self.link {
            Link::Up(engine) => engine.send(command),
            Link::Starting(_) => {
                let hint = "It takes a moment; then do it again.";
                return Err(Trouble::new(Code::Local, "Your cases are still being opened.", hint));
            }
            Link::Down(trouble) => return Err(trouble.clone()),
            Link::Still(sent) => {
                sent.push(command);
                AskId(sent.len() as u64)
            }
        };
        self.asked.push(ask);
        self.purposes.push(purpose);
        Ok(())
    }

    /// Why there is no engine, where there is none.
    pub fn down(&self) -> Option<&Trouble> {
        if let Link::Down(trouble) = &self.link { Some(trouble) } else { None }
    }

    pub fn is_starting(&self) -> bool {
        matches!(self.link, Link::Starting(_))
    }

    /// Now, by the clock of the last picture and the time since.
    pub fn now(&self) -> UtcMs {
        if matches!(self.link, Link::Still(_)) {
            return self.snap.at;
        }
        self.snap.at.plus_ms(self.came.elapsed().as_millis() as i64)
    }

    /// What the views see.
    pub fn cx<'a>(&'a self, snap: &'a Snapshot, practising: bool) -> ViewContext<'a> {
        let mut cx =
            ViewContext::new(snap, self.now(), self.route, practising, &self.purposes, self.selected);
        (cx.refused, cx.taken) = (self.refused(), &self.taken);
        cx.next = guide(&cx).and_then(|guide| guide.next);
        cx
    }

    /// The parts that a frame needs at once: what is seen, and the views that draw it.
    pub fn split<'a>(&'a mut self, snap: &'a Snapshot, practising: bool) -> (ViewContext<'a>, Views<'a>) {
        let (now, refused) = (self.now(), self.refused());
        let Self {
            asked,
            purposes,
            dialog,
            list,
            page,
            archives,
            imports,
            relations,
            ledger,
            settings,
            selected,
            route,
            taken,
            ..
        } = self;
        let mut cx = ViewContext::new(snap, now, *route, practising, purposes, *selected);
        (cx.refused, cx.taken) = (refused, taken);
        cx.next = guide(&cx).and_then(|guide| guide.next);
        cx.held = snap.asking.iter().find(|(ask, _)| asked.contains(ask)).map(|(_, waiting)| waiting);
        (cx, Views { dialog, list, page, archives, imports, relations, ledger, settings })
    }

    /// Opens a dialog that an answer asks for, unless the one that is open holds unsaved text: then it is said that
    /// this was not done.
    pub fn offer(&mut self, dialog: Dialog) -> bool {
        let free = !self.dialog.as_ref().is_some_and(Dialog::is_changed);
        if free {
            self.dialog = Some(dialog);
        }
        free
    }

    /// Whether the last answer about the chosen case was a no.
    fn refused(&self) -> bool {
        self.selected.is_some_and(|case| self.page.is_refused(case))
    }
}

/// The views of a desk, to be drawn with a scene of the same desk.
pub struct Views<'a> {
    pub dialog: &'a mut Option<Dialog>,
    pub list: &'a mut CaseList,
    pub page: &'a mut CasePage,
    pub archives: &'a mut Archives,
    pub imports: &'a mut Imports,
    pub relations: &'a mut Relations,
    pub ledger: &'a mut Ledger,
    pub settings: &'a mut SettingsPage,
}

impl std::fmt::Debug for Views<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Views").field("sheet", &self.dialog).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("route", &self.route)
            .field("selected", &self.selected)
            .finish_non_exhaustive()
    }
}

fn stopped_trouble() -> Trouble {
    Trouble::new(
        Code::Internal,
        "The part of Export Desk that works with GitLab stopped unexpectedly.",
        "Nothing was lost: every step was written down. Try again; what is known about it is shown at the next start.",
    )
}

fn lost() -> Trouble {
    Trouble::new(
        Code::Internal,
        "The engine stopped while it was starting.",
        "Try again; if it happens again, this is a defect of the program.",
    )
}

impl Workspace {
    /// A desk without an engine: it shows `snap` and keeps what is sent.
    pub fn pretend(snap: Snapshot) -> Self {
        Self::around(Link::Still(Vec::new()), None, Arc::new(snap))
    }

    /// The next picture of a desk without an engine.
    pub fn show(&mut self, snap: Snapshot) {
        self.snap = Arc::new(snap);
    }
}

#[cfg(test)]
impl Workspace {
    /// A desk whose engine could not be started.
    pub fn broken(trouble: Trouble) -> Self {
        Self::around(Link::Down(trouble), None, Arc::new(Snapshot::empty()))
    }

    /// What was sent, in words.
    pub fn sent(&self) -> Vec<String> {
        match &self.link {
            Link::Still(sent) => sent.iter().map(|command| format!("{command:?}")).collect(),
            _ => Vec::new(),
        }
    }
}
