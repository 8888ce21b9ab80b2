//! The practice page: what each lesson teaches, and the buttons that start and leave practice.

use egui::{Label, RichText, Ui};

use crate::engine::api::{LessonView, PracticeView};
use crate::gui::command::UiCommand;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// How long practice data is kept.
const KEPT: &str = "Export Desk keeps the practice cases until you close it, and the practice archives until you practise again.";

/// The page.
pub fn practice(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    if !cx.practising {
        outside(ui, cx, out);
        return;
    }
    let Some(practice) = &cx.snapshot.practice else {
        kit::empty(
            ui,
            icons::HOURGLASS,
            "Starting the practice GitLab",
            "It runs inside Export Desk.",
            |_| {},
        );
        return;
    };
    kit::page(ui, "Practice", |_| {}, |ui| lessons(ui, practice, cx, out));
}

fn outside(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let sentence = "A small GitLab runs inside Export Desk, only on this computer. Its lessons show how exports fail and what to do. Your own cases continue meanwhile.";
    kit::empty(ui, icons::PRACTICE, "Practice GitLab", sentence, |ui| {
        if UiCommand::EnterPractice.button(ui, cx).primary().show(ui).clicked() {
            out.run(UiCommand::EnterPractice);
        }
    });
}

fn lessons(ui: &mut Ui, practice: &PracticeView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let begun = |lesson: &LessonView| cx.lesson_runs.iter().any(|taken| taken.lesson == lesson.name);
    let next = practice.lessons.iter().position(|lesson| !begun(lesson));
    kit::soft(ui, "Each lesson is a project whose export behaves differently. Its page shows the next step.");
    kit::faint(ui, KEPT);
    for (i, lesson) in practice.lessons.iter().enumerate() {
        let here = practice.lesson.as_ref().is_some_and(|current| current.name == lesson.name);
        let progress = Progress { here, begun: begun(lesson), next: next == Some(i) };
        ui.push_id(&lesson.name, |ui| one(ui, lesson, progress, cx, out));
    }
    ui.add_space(space::S);
    kit::section(ui, "The practice GitLab");
    kit::pair(ui, "URL", &practice.url);
    kit::pair(ui, "Object storage", &practice.storage_url);
}

/// The progress of a lesson.
#[derive(Clone, Copy, Debug)]
struct Progress {
    /// Whether the practice GitLab is currently set up for this lesson.
    here: bool,
    /// Whether the person has started the lesson.
    begun: bool,
    /// Whether this is the first lesson that the person has not started.
    next: bool,
}

fn one(ui: &mut Ui, lesson: &LessonView, progress: Progress, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Progress { here, begun, next } = progress;
    kit::card(ui, |ui| {
        let t = tokens(ui);
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal(|ui| {
            let title = |ui: &mut Ui| {
                let text = RichText::new(&lesson.title).text_style(egui::TextStyle::Heading).color(t.text);
                kit::mark_heading(&ui.add(Label::new(text).truncate()));
            };
            kit::ends(ui, title, |ui| {
                if begun {
                    go_on(ui, lesson, here, cx, out);
                }
                let caption = if begun { "Start again" } else { "Start" };
                let label = format!("{caption}: {}", lesson.title);
                let busy = cx.asked.lesson.then(|| "Preparing the lesson.".into());
                let button = Button::new(&label).caption(caption).icon(icons::PLAY).blocked(busy);
                let button = if next { button.primary() } else { button };
                if button.show(ui).clicked() {
                    out.push(Intent::Lesson(lesson.name.clone()));
                }
            });
        });
        kit::soft(ui, &lesson.teaches);
    });
}

/// Returns to the case of a started lesson; only the last lesson's GitLab still runs.
fn go_on(ui: &mut Ui, lesson: &LessonView, here: bool, cx: &ViewContext<'_>, out: &mut Outbox) {
    let taken = cx.lesson_runs.iter().find(|taken| taken.lesson == lesson.name);
    let case = taken.and_then(|taken| cx.snapshot.cases.iter().find(|case| case.instance == taken.instance));
    if let (true, Some(case)) = (here, case) {
        let label = format!("Continue: {}", lesson.title);
        if Button::new(&label).caption("Continue").icon(icons::CASES).show(ui).clicked() {
            out.push(Intent::Select(case.id));
        }
    } else {
        kit::chip(ui, Severity::Good, icons::GOOD, "taken");
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use crate::case::CaseId;
    use crate::gui::fixture::{at_lesson, practice_window, practising};
    use crate::gui::route::Route;
    use crate::gui::view_context::LessonRun;
    use crate::gui::workspace::Workspace;

    #[test]
    fn a_lesson_starts_and_the_banner_says_that_this_is_practice() {
        let mut workspace = Workspace::pretend(practising());
        workspace.route = Route::Practice;
        let mut window = practice_window(workspace, egui::Theme::Dark, 1000.0, 900.0);
        window.get_by_label("Practice: this GitLab runs inside Export Desk. Nothing here is real.");
        window.get_by_label("Start: The connection breaks").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].contains("StartPractice") && sent[0].contains("cut-download"), "{sent:?}");
        window.get_by_label_contains("Export Desk keeps the practice cases until you close it, and the practice archives until you practise again.");
        window.get_by_label("Leave practice").click();
        window.run();
        assert!(window.query_by_label("Leave practice").is_none());
        window.get_by_label(
            "Your practice continues when you come back. It is kept until you close Export Desk.",
        );
    }

    #[test]
    fn only_a_lesson_that_was_begun_is_restarted() {
        let mut workspace = Workspace::pretend(at_lesson());
        workspace.route = Route::Practice;
        let mut window = practice_window(workspace, egui::Theme::Dark, 1000.0, 900.0);
        window.get_by_label("Start: A first export");
        let url = window.state().workspace().snapshot.practice.as_ref().unwrap().url.clone();
        let workspace = window.state_mut().workspace_mut();
        workspace.lesson_runs.push(LessonRun { lesson: "first-export".into(), instance: url });
        window.run();
        window.get_by_label("Start again: A first export");
        window.get_by_label("Start: The connection breaks");
        window.get_by_label("Continue: A first export").click();
        window.run();
        assert_eq!(window.state().workspace().selected, Some(CaseId(1)));
        assert_eq!(window.state().workspace().route, Route::Cases);
        window.get_by_label("Select Start export to request the archive.");
        let step = window.get_by_label_contains("1. Press");
        let said = step.accesskit_node().description().unwrap_or_default();
        assert_eq!(said, "current step");
        let start = window.get_by_label("Start export");
        let said = start.accesskit_node().description().unwrap_or_default();
        assert!(said.starts_with("This is the lesson's next step."), "{said}");
    }
}
