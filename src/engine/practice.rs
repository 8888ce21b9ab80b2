//! The practice GitLab, which the engine treats like any instance, and its lessons as the engine's own types.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::case::{Code, Hint, UserError};
use crate::gitlab::Token;
use crate::platform::disk;
use crate::practice::{self, Lesson, Practice, PracticeOptions};

use super::api::{Answer, AskId, LessonView, PracticeView, TokenState};
use super::core::Core;
use super::happened::Happened;
use super::user_error::defect;

/// The first lesson for a new user.
const FIRST: &str = "first-export";

/// All lessons, in the recommended order.
pub fn lessons() -> Vec<LessonView> {
    practice::lessons().iter().map(view).collect()
}

/// The lessons that the window can guide through: it recognises only the steps of exports. The other lessons are for
/// the command line.
pub fn guided_lessons() -> Vec<LessonView> {
    lessons().into_iter().filter(|lesson| !lesson.done_when.is_empty()).collect()
}

/// The practice GitLab, while it runs.
#[derive(Debug, Default)]
pub struct PracticeServer {
    running: Option<(Practice, Arc<PracticeView>)>,
}

impl PracticeServer {
    /// Starts a lesson, and stops the previous one.
    pub fn start(
        &mut self,
        core: &mut Core,
        ask: AskId,
        (lesson, port): (Option<&str>, u16),
    ) -> Vec<Happened> {
        let (result, happened) = self.begin(core, (lesson, port));
        core.reply(ask, result.map(Answer::Practice));
        happened
    }

    /// Like [`Self::start`], for the start of the program, where there is no command to reply to.
    pub fn begin(
        &mut self,
        core: &mut Core,
        (lesson, port): (Option<&str>, u16),
    ) -> (Result<Arc<PracticeView>, UserError>, Vec<Happened>) {
        let lesson = match lesson_of(lesson.unwrap_or(FIRST)) {
            Ok(lesson) => lesson,
            Err(error) => return (Err(error), Vec::new()),
        };
        let mut happened = Vec::new();
        // The new lesson may need the port of the old one.
        if let Some((old, view)) = self.running.take() {
            drop(old);
            core.sessions.remove(&view.url);
            happened.push(Happened::PracticeEnded { url: view.url.clone() });
        }
        let result = self.run(core, &lesson, port);
        if let Ok(view) = &result {
            happened.push(Happened::PracticeStarted { url: view.url.clone() });
        }
        (result, happened)
    }

    fn run(&mut self, core: &mut Core, lesson: &Lesson, port: u16) -> Result<Arc<PracticeView>, UserError> {
        let options = PracticeOptions { port, pace: core.timing.factor, ..PracticeOptions::default() };
        let running = Practice::start(lesson, &options).map_err(|error| {
            UserError::new(
                Code::Local,
                format!("The practice GitLab cannot start: {error}."),
                Hint::OtherPort,
            )
        })?;
        let token = running.token().to_owned();
        let shown = Arc::new(PracticeView {
            url: running.url().to_owned(),
            token: token.clone(),
            storage_url: running.storage_url().to_owned(),
            lesson: Some(view(lesson)),
            lessons: guided_lessons(),
        });
        let token = Token::new(token).map_err(|_of_practice| defect())?;
        let session = core.session(running.url())?;
        session.is_practice = true;
        session.has(token, TokenState::ThisRunOnly);
        self.running = Some((running, shown.clone()));
        Ok(shown)
    }

    /// What the front ends see.
    pub fn view(&self) -> Option<Arc<PracticeView>> {
        self.running.as_ref().map(|(_, view)| Arc::clone(view))
    }
}

/// A lesson is a page of text.
const MOST_LESSON_BYTES: usize = 1024 * 1024;

/// A built-in lesson by its name, or a user's own lesson by the path of its file.
fn lesson_of(name: &str) -> Result<Lesson, UserError> {
    let unusable = |headline: String| UserError::new(Code::Usage, headline, Hint::ListLessons);
    let path = Path::new(name);
    if path.extension().is_none_or(|extension| extension != "toml") {
        return practice::lesson(name).ok_or_else(|| unusable(format!("Unknown lesson “{name}”.")));
    }
    let text = disk::read_short(path, MOST_LESSON_BYTES)
        .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other))
        .map_err(|error| unusable(format!("The lesson {name} cannot be read: {error}.")))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Lesson::parse(&stem, &text)
        .map_err(|error| unusable(format!("The lesson {name} is not valid: {}.", error.message())))
}

fn view(lesson: &Lesson) -> LessonView {
    LessonView {
        name: lesson.name.clone(),
        title: lesson.title.clone(),
        teaches: lesson.teaches.clone(),
        steps: lesson.steps.clone(),
        done_when: lesson.done_when.clone(),
        makes_set: lesson.makes_set,
        project: lesson.project.clone(),
    }
}
