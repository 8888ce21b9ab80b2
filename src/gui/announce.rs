//! Announces news: in a toast, in the window title, and as a desktop notification while the window is not in front.

use egui::{Context, ViewportCommand};

use super::app::App;
use super::route::Route;
use crate::gui::notification_policy::{ClickTarget, title};
use crate::gui::subject::lasts;
use crate::gui::workspace::Workspace;

impl App {
    /// Announces what is new in the window and, while the window is not in front, on the desktop.
    pub(super) fn tell(&mut self, ctx: &Context) {
        if let Some(click_target) = self.notification_policy.desktop.clicked() {
            self.bring_up(ctx, click_target);
        }
        let mut news: Vec<_> = self.own.news().into_iter().map(|notice| (false, notice)).collect();
        let of_practice = self.practice.as_mut().map(Workspace::news).unwrap_or_default();
        news.extend(of_practice.into_iter().map(|notice| (true, notice)));
        for (practising, notice) in &news {
            let toast = notice.toast(*practising, &self.of(*practising).snapshot.cases);
            self.toasts.add(toast);
        }
        let (own, practice) = (&self.own, self.practice.as_ref());
        self.toasts.end_unless(|practising, subject| {
            let workspace = if practising { practice } else { Some(own) };
            workspace.is_some_and(|workspace| lasts(subject, &workspace.snapshot))
        });
        let wanted = self.own.snapshot.settings.notifications.unwrap_or_default();
        let in_front = ctx.input(|input| {
            let view = input.viewport();
            view.focused.unwrap_or(input.focused) && view.minimized != Some(true)
        });
        self.notification_policy.tell(news, wanted, in_front);
        let words = title(self.own.needing_attention());
        if words != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(words.clone()));
            self.title = words;
        }
    }

    /// The practice workspace, or the person's own.
    fn of(&self, practising: bool) -> &Workspace {
        self.practice.as_ref().filter(|_| practising).unwrap_or(&self.own)
    }

    /// Brings the window to the front and shows what the notification was about.
    fn bring_up(&mut self, ctx: &Context, click_target: ClickTarget) {
        self.show_practice(click_target.practising && self.practice.is_some());
        if let Some(case) = click_target.case {
            let workspace = self.workspace_mut();
            (workspace.selected, workspace.route) = (Some(case), Route::Cases);
        }
        ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
        ctx.send_viewport_cmd(ViewportCommand::Focus);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui::{Theme, ViewportId};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::case::CaseId;
    use crate::engine::api::{RunView, Snapshot};
    use crate::gui::fixture::{at_work, run_of, window};
    use crate::gui::notification_policy::DesktopNotification;

    fn with(run: &[(&str, i64)]) -> Snapshot {
        let snapshot = at_work();
        let two = snapshot.cases[1].clone();
        Snapshot { runs: [Arc::new(run_of(&two, 4, 11, run))].into(), ..snapshot }
    }

    fn rung(window: &Harness<'static, App>) -> Vec<DesktopNotification> {
        window.state().notification_policy.desktop.kept().to_vec()
    }

    fn focus(window: &mut Harness<'static, App>, focused: bool) {
        let input = window.input_mut();
        input.focused = focused;
        input.viewports.get_mut(&ViewportId::ROOT).unwrap().focused = Some(focused);
    }

    #[test]
    fn an_end_is_notified_only_while_the_window_is_in_the_background() {
        let ended: &[(&str, i64)] = &[("none", 11), ("queued", 10), ("started", 4), ("finished", 1)];
        for (focused, told) in [(true, 0), (false, 1)] {
            let mut window = window(with(&ended[..3]), Theme::Dark, 1000.0, 700.0);
            focus(&mut window, focused);
            window.run();
            window.state_mut().own.show(with(ended));
            window.run_steps(3);
            let notifications = rung(&window);
            assert_eq!(notifications.len(), told, "{notifications:?}");
            if let Some(notification) = notifications.first() {
                assert_eq!(notification.body, "The export of acme/api is ready");
                assert_eq!(notification.click_target.case, Some(CaseId(2)));
            }
        }
    }

    #[test]
    fn a_click_shows_the_case_and_raises_the_window() {
        let mut window = window(at_work(), Theme::Dark, 1000.0, 700.0);
        window.run();
        window.state_mut().own.route = Route::Settings;
        let ctx = window.ctx.clone();
        window.state_mut().bring_up(&ctx, ClickTarget { practising: true, case: Some(CaseId(2)) });
        window.step();
        let app = window.state();
        assert!(!app.practising, "there is no practice to bring up");
        assert_eq!((app.workspace().route, app.workspace().selected), (Route::Cases, Some(CaseId(2))));
        let commands = &window.output().viewport_output[&ViewportId::ROOT].commands;
        assert!(commands.contains(&ViewportCommand::Focus), "{commands:?}");
        assert!(commands.contains(&ViewportCommand::Minimized(false)), "{commands:?}");
    }

    #[test]
    fn the_title_counts_the_cases_that_need_a_person() {
        let mut window = window(at_work(), Theme::Dark, 1000.0, 700.0);
        window.run();
        let before = window.state().title.clone();
        assert_eq!(before, "(4) Export Desk", "who waits for an export or a customer needs nobody");
        let mut snapshot = at_work();
        snapshot.cases = snapshot.cases.iter().filter(|case| case.id == CaseId(4)).cloned().collect();
        window.state_mut().own.show(Snapshot { runs: Vec::<Arc<RunView>>::new().into(), ..snapshot });
        window.step();
        let told = &window.output().viewport_output[&ViewportId::ROOT].commands;
        let titles = told.iter().filter(|command| matches!(command, ViewportCommand::Title(_))).count();
        assert_eq!((window.state().title.as_str(), titles), ("Export Desk", 1), "who waits needs nobody");
        window.run();
        let told = &window.output().viewport_output[&ViewportId::ROOT].commands;
        assert!(told.is_empty(), "the title is sent when it changes: {told:?}");
    }

    #[test]
    fn bad_news_names_its_case_and_ends_with_its_state() {
        let failed: &[(&str, i64)] = &[("none", 11), ("queued", 10), ("started", 9), ("none", 1)];
        let mut window = window(with(&failed[..3]), Theme::Dark, 1000.0, 700.0);
        window.run();
        let mut snapshot = with(failed);
        let mut run = snapshot.runs[0].as_ref().clone();
        let timing = crate::case::ExportTiming::default();
        run.run = crate::case::run::step(
            &run.run,
            crate::case::JobInput::Polled("failed".to_owned()),
            &timing,
            crate::gui::fixture::ago(0),
        );
        run.status = crate::case::run::status(&run.run, &timing, crate::gui::fixture::now());
        snapshot.runs = [Arc::new(run.clone())].into();
        window.state_mut().own.show(snapshot.clone());
        window.run_steps(3);
        let told = "#418790: The export of acme/api has failed";
        window.get_by_label(told);
        let newer = with(&failed[..2]).runs[0].as_ref().clone();
        let mut newer = newer;
        newer.run.id = crate::case::RunId(77);
        snapshot.runs = [Arc::new(newer), Arc::new(run)].into();
        window.state_mut().own.show(snapshot);
        window.run_steps(3);
        assert!(window.query_by_label(told).is_none(), "a new export runs");
    }
}
