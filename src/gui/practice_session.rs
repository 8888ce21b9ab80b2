//! Starting and leaving practice, and starting a lesson.

use super::app::App;
use super::intent::Outbox;
use super::options::own_engine;
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

#[cfg(test)]
mod tests {
    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::kit::Toast;
    use crate::gui::undo::Undo;
    use crate::gui::workspace::Workspace;

    #[test]
    fn what_was_done_in_practice_is_not_undone_outside() {
        let mut window = window_of(Workspace::pretend(at_work()), egui::Theme::Dark, 1280.0, 800.0);
        let app = window.state_mut();
        for (practising, can_undo) in [(false, true), (true, false)] {
            let undo = Undo::Archive { case: CaseId(1), archived: true };
            app.toasts.add(Toast::undoable(undo.done(), undo));
            app.show_practice(practising);
            assert_eq!(app.toasts.take_undo().is_some(), can_undo);
        }
    }
}
