//! The practice page: what each lesson teaches, and the door in and out.

use egui::{Label, RichText, Ui};

use crate::engine::api::{LessonView, PracticeView};
use crate::gui::command::UiCommand;
use crate::gui::guide::guide;
use crate::gui::intent::{Intent, Outbox, Purpose};
use crate::gui::kit::{self, Button, icons};
use crate::gui::route::Route;
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// How long practice is kept.
const KEPT: &str = "Practice is kept until this program ends: then its cases are gone, and its archives are deleted at \
                    the next practice.";

/// The page.
pub fn practice(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    if !cx.practising {
        outside(ui, cx, out);
        return;
    }
    let Some(practice) = &cx.snap.practice else {
        kit::empty(
            ui,
            icons::HOURGLASS,
            "Starting the practice GitLab",
            "It runs inside this program.",
            |_| {},
        );
        return;
    };
    kit::page(ui, "Practice", |_| {}, |ui| lessons(ui, practice, cx, out));
}

fn outside(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let sentence = "A small GitLab runs inside this program, on this machine alone. Lessons show what goes wrong in \
                    exports and what to do about it. Your own cases stay as they are and go on meanwhile.";
    kit::empty(ui, icons::PRACTICE, "Practise without risk", sentence, |ui| {
        if UiCommand::EnterPractice.button(ui, cx).primary().show(ui).clicked() {
            out.run(UiCommand::EnterPractice);
        }
    });
}

fn lessons(ui: &mut Ui, practice: &PracticeView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let begun = |lesson: &LessonView| cx.taken.iter().any(|taken| taken.lesson == lesson.name);
    let next = practice.lessons.iter().position(|lesson| !begun(lesson));
    kit::soft(
        ui,
        "Each lesson is a project with an export that behaves in its own way. Its page says at every step what to do next.",
    );
    kit::faint(ui, KEPT);
    for (i, lesson) in practice.lessons.iter().enumerate() {
        let here = practice.lesson.as_ref().is_some_and(|current| current.name == lesson.name);
        let progress = Progress { here, begun: begun(lesson), next: next == Some(i) };
        ui.push_id(&lesson.name, |ui| one(ui, lesson, progress, cx, out));
    }
    ui.add_space(space::S);
    kit::section(ui, "The practice GitLab");
    kit::pair(ui, "Address", &practice.url);
    kit::pair(ui, "Object storage", &practice.storage_url);
}

/// How far a lesson has come.
#[derive(Clone, Copy, Debug)]
struct Progress {
    /// The practice GitLab is set up for it.
    here: bool,
    /// It was taken.
    begun: bool,
    /// The first that was not taken yet.
    next: bool,
}

fn one(ui: &mut Ui, lesson: &LessonView, progress: Progress, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Progress { here, begun, next } = progress;
    kit::card(ui, |ui| {
        let t = tokens(ui);
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let caption = if begun { "Start again" } else { "Start" };
                let label = format!("{caption}: {}", lesson.title);
                let busy = cx.waits_for(&Purpose::Lesson).then(|| "A lesson is being prepared.".into());
                let button = Button::new(&label).caption(caption).icon(icons::PLAY).blocked(busy);
                let button = if next { button.primary() } else { button };
                if button.show(ui).clicked() {
                    out.push(Intent::Lesson(lesson.name.clone()));
                }
                if begun {
                    go_on(ui, lesson, here, cx, out);
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text =
                        RichText::new(&lesson.title).text_style(egui::TextStyle::Heading).color(t.text);
                    kit::mark_heading(&ui.add(Label::new(text).truncate()));
                });
            });
        });
        kit::soft(ui, &lesson.teaches);
    });
}

/// Back to the case of a lesson that was taken; only the last one's GitLab still runs.
fn go_on(ui: &mut Ui, lesson: &LessonView, here: bool, cx: &ViewContext<'_>, out: &mut Outbox) {
    let taken = cx.taken.iter().find(|taken| taken.lesson == lesson.name);
    let case = taken.and_then(|taken| cx.snap.cases.iter().find(|case| case.instance == taken.instance));
    if let (true, Some(case)) = (here, case) {
        let label = format!("Go on: {}", lesson.title);
        if Button::new(&label).caption("Go on").icon(icons::CASES).show(ui).clicked() {
            out.push(Intent::Select(case.id));
        }
    } else {
        kit::chip(ui, Severity::Good, icons::GOOD, "taken");
    }
}

/// The lesson on the page of its case: what to do now, and which step of the lesson that is.
pub fn lesson_card(ui: &mut Ui, lesson: &LessonView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let guide = guide(cx);
    let step = guide.and_then(|guide| guide.step(lesson));
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        kit::heading(ui, &format!("Lesson: {}", lesson.title));
        kit::soft(ui, &lesson.teaches);
        ui.add_space(space::XS);
        for (i, text) in lesson.steps.iter().enumerate() {
            let passed = guide.is_some_and(|guide| guide.is_over(lesson)) || step.is_some_and(|now| i < now);
            step_line(ui, i, text, passed, step == Some(i));
        }
        let Some(guide) = guide else { return };
        ui.add_space(space::XS);
        kit::say(ui, Severity::Info, icons::SKIP, guide.sentence);
        if guide.is_over(lesson) {
            next_lesson(ui, cx, out);
        }
    });
}

fn step_line(ui: &mut Ui, i: usize, text: &str, passed: bool, now: bool) {
    let t = tokens(ui);
    ui.horizontal_top(|ui| {
        let (glyph, ink) = match (passed, now) {
            (true, _) => (icons::GOOD, t.good),
            (false, true) => (icons::PLAY, t.accent),
            (false, false) => (icons::NONE, t.faint),
        };
        kit::icon(ui, glyph, ink, 20.0);
        let words = format!("{}. {text}", i + 1);
        let response = kit::prose(ui, &words, if now { t.text } else { t.soft });
        let state = match (passed, now) {
            (true, _) => "done",
            (false, true) => "this is the step you are at",
            (false, false) => "comes later",
        };
        response.ctx.accesskit_node_builder(response.id, |node| node.set_description(state));
    });
}

fn next_lesson(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(practice) = &cx.snap.practice else { return };
    let untaken = |lesson: &&LessonView| cx.taken.iter().all(|taken| taken.lesson != lesson.name);
    ui.horizontal(|ui| {
        if let Some(next) = practice.lessons.iter().find(untaken) {
            let label = format!("Next lesson: {}", next.title);
            if Button::new(&label).icon(icons::PLAY).primary().show(ui).clicked() {
                out.push(Intent::Lesson(next.name.clone()));
            }
        }
        if Button::new("All lessons").icon(icons::PRACTICE).quiet().show(ui).clicked() {
            out.push(Intent::Go(Route::Practice));
        }
    });
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
        window.get_by_label("Practice: this GitLab runs inside the program. Nothing real is touched.");
        window.get_by_label("Start: A download that is cut").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].contains("StartPractice") && sent[0].contains("cut-download"), "{sent:?}");
        window.get_by_label_contains("Practice is kept until this program ends");
        window.get_by_label("Leave practice").click();
        window.run();
        assert!(window.query_by_label("Leave practice").is_none());
        window.get_by_label("Your practice goes on when you come back; it is kept until this program ends.");
    }

    #[test]
    fn only_a_lesson_that_was_taken_is_started_again() {
        let mut workspace = Workspace::pretend(at_lesson());
        workspace.route = Route::Practice;
        let mut window = practice_window(workspace, egui::Theme::Dark, 1000.0, 900.0);
        window.get_by_label("Start: A first export");
        let url = window.state().workspace().snap.practice.as_ref().unwrap().url.clone();
        let workspace = window.state_mut().workspace_mut();
        workspace.taken.push(LessonRun { lesson: "first-export".into(), instance: url });
        window.run();
        window.get_by_label("Start again: A first export");
        window.get_by_label("Start: A download that is cut");
        window.get_by_label("Go on: A first export").click();
        window.run();
        assert_eq!(window.state().workspace().selected, Some(CaseId(1)));
        assert_eq!(window.state().workspace().route, Route::Cases);
        window.get_by_label("Press Start export: GitLab is asked for the archive.");
        let step = window.get_by_label_contains("1. Press");
        let said = step.accesskit_node().description().unwrap_or_default();
        assert_eq!(said, "this is the step you are at");
        let start = window.get_by_label("Start export");
        let said = start.accesskit_node().description().unwrap_or_default();
        assert!(said.starts_with("The lesson's next step."), "{said}");
    }
}
