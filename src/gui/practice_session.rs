//! The doors: into practice, to a lesson of it, and to a GitLab whose token is missing.

use std::sync::Arc;

use super::app::App;
use super::dialogs::connect::ConnectTo;
use super::intent::Outbox;
use super::route::Route;
use super::workspace::Workspace;
use crate::engine::api::Command;

impl App {
    /// Begins the lesson that was asked for, once the practice GitLab runs.
    pub(super) fn begin_lesson(&mut self, out: &mut Outbox) {
        if !self.practising || self.workspace().snap.practice.is_none() {
            return;
        }
        if let Some(name) = self.lesson.take() {
            let command = Command::StartPractice { lesson: Some(name), port: 0 };
            self.workspace_mut().lesson.ask(command, (), out);
        }
    }

    /// Opens the door to the instance that a trouble names.
    pub(super) fn connect_for(&mut self, headline: &str, out: &mut Outbox) {
        let snap = Arc::clone(&self.workspace().snap);
        let of_cases = snap.cases.iter().map(|case| case.instance.as_str());
        let mut known = snap.instances.iter().map(|instance| instance.url.as_str()).chain(of_cases);
        let url = known.find(|url| headline.contains(url.trim_end_matches('/')));
        out.offer(url.map_or_else(ConnectTo::any, ConnectTo::instance), None);
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
