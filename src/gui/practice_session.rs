//! Starting and leaving practice, and starting a lesson.

use super::app::App;
use super::intent::Outbox;
use super::route::Route;
use super::workspace::Workspace;
use crate::engine::api::Command;

impl App {
    /// Starts the requested lesson once the practice GitLab runs.
    pub(super) fn begin_lesson(&mut self, out: &mut Outbox) {
        if !self.practising || self.workspace().snap.practice.is_none() {
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
            let mut workspace = Workspace::start(maker.0.clone(), ctx);
            workspace.route = Route::Practice;
            self.practice = Some(workspace);
        }
        self.practising = true;
    }
}
