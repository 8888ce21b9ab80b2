//! The doors into practice and to a lesson of it.

use super::app::App;
use super::intent::Purpose;
use super::route::Route;
use crate::engine::api::Command;
use crate::gui::workspace::Workspace;

impl App {
    /// Begins the lesson that was asked for, once the practice GitLab runs.
    pub(super) fn begin_lesson(&mut self) {
        if !self.practising || self.workspace().snap.practice.is_none() {
            return;
        }
        if let Some(name) = self.lesson.take() {
            self.ask(Command::StartPractice { lesson: Some(name), port: 0 }, Purpose::Lesson);
        }
    }

    pub(super) fn enter_practice(&mut self, ctx: &egui::Context) {
        if self.practice.is_none() {
            let Some(maker) = &self.practice_maker else { return };
            let mut workspace = Workspace::start(maker.0.clone(), ctx);
            workspace.route = Route::Practice;
            self.practice = Some(workspace);
        }
        self.practising = true;
    }
}
