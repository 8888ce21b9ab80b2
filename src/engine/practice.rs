//! The practice GitLab as an instance among others, and its lessons in the engine's own words.

use std::path::Path;
use std::sync::Arc;

use crate::case::{Code, Hint, Trouble};
use crate::gitlab::Token;
use crate::practice::{self, Lesson, Options, Practice};

use super::command::AskId;
use super::desk::Desk;
use super::snapshot::{Answer, LessonView, PracticeView, TokenState};

/// The lesson a new user begins with.
const FIRST: &str = "first-export";

/// All lessons, in the order they are best taken.
pub fn lessons() -> Vec<LessonView> {
    practice::lessons().iter().map(view).collect()
}

/// The lessons that the window leads through: its guide knows the marks of exports, and the others are taught on the
/// command line.
pub fn guided_lessons() -> Vec<LessonView> {
    lessons().into_iter().filter(|lesson| !lesson.done_when.is_empty()).collect()
}

impl Desk {
    pub(super) fn start_practice(&mut self, ask: AskId, lesson: Option<&str>, port: u16) {
        let result = self.begin_practice(lesson, port);
        self.reply(ask, result.map(Answer::Practice));
    }

    pub(super) fn begin_practice(
        &mut self,
        lesson: Option<&str>,
        port: u16,
    ) -> Result<Arc<PracticeView>, Trouble> {
        let name = lesson.unwrap_or(FIRST);
        let lesson = lesson_of(name)?;
        // The old one's port may be asked for again.
        if let Some((old, view)) = self.practice.take() {
            self.let_go(&view.url);
            drop(old);
            self.sessions.remove(&view.url);
        }
        let options = Options { port, pace: self.setup.pace.factor, ..Options::default() };
        let running = Practice::start(&lesson, &options).map_err(|error| {
            Trouble::new(Code::Local, format!("The practice GitLab cannot start: {error}."), Hint::OtherPort)
        })?;
        let token = running.token().to_owned();
        let shown = Arc::new(PracticeView {
            url: running.url().to_owned(),
            token: token.clone(),
            storage_url: running.storage_url().to_owned(),
            lesson: Some(view(&lesson)),
            lessons: guided_lessons(),
        });
        let token = Token::new(token).map_err(|_of_practice| super::defect())?;
        let session = self.session(running.url())?;
        session.is_practice = true;
        session.has(token, TokenState::ThisRunOnly);
        self.practice = Some((running, shown.clone()));
        self.read_wording();
        Ok(shown)
    }
}

/// A built-in lesson by its name, or one of the person's own by the path of its file.
fn lesson_of(name: &str) -> Result<Lesson, Trouble> {
    let unusable = |headline: String| Trouble::new(Code::Usage, headline, Hint::ListLessons);
    let path = Path::new(name);
    if path.extension().is_none_or(|extension| extension != "toml") {
        return practice::lesson(name).ok_or_else(|| unusable(format!("There is no lesson “{name}”.")));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| unusable(format!("The lesson {name} cannot be read: {error}.")))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Lesson::parse(&stem, &text)
        .map_err(|error| unusable(format!("The lesson {name} is not one: {}.", error.message())))
}

impl Desk {
    /// The lesson before this one goes with its GitLab: nothing of it is waited for any longer.
    fn let_go(&mut self, url: &str) {
        let of_it = |instance: &str| instance.trim_end_matches('/') == url.trim_end_matches('/');
        let runs: Vec<_> = self
            .runs
            .values()
            .filter(|watched| of_it(&watched.run.instance) && !watched.run.is_ended())
            .map(|watched| watched.run.id)
            .collect();
        for run in runs {
            self.leave(super::NOBODY, run);
        }
        let transfers: Vec<_> = self
            .transfers
            .values()
            .filter(|transfer| of_it(&transfer.row.instance) && !transfer.state.is_ended())
            .map(|transfer| transfer.row.id)
            .collect();
        for transfer in transfers {
            self.cancel(super::NOBODY, transfer);
        }
    }
}

fn view(lesson: &Lesson) -> LessonView {
    LessonView {
        name: lesson.name.clone(),
        title: lesson.title.clone(),
        teaches: lesson.teaches.clone(),
        steps: lesson.steps.clone(),
        done_when: lesson.done_when.clone(),
        project: lesson.project.clone(),
    }
}
