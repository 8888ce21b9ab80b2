//! The practice page: what each lesson teaches, and the door in and out.

use egui::{Label, RichText, Ui};

use crate::engine::{LessonView, PracticeView};
use crate::gui::command::UiCommand;
use crate::gui::intent::{Intent, Outbox, Purpose};
use crate::gui::kit::{self, Button, icons};
use crate::gui::scene::Scene;
use crate::gui::theme::{Mood, space, tokens};

/// The page.
pub fn practice(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    if !scene.practising {
        outside(ui, scene, out);
        return;
    }
    let Some(practice) = &scene.snap.practice else {
        kit::empty(
            ui,
            icons::HOURGLASS,
            "Starting the practice GitLab",
            "It runs inside this program.",
            |_| {},
        );
        return;
    };
    kit::page(ui, "Practice", |_| {}, |ui| lessons(ui, practice, scene, out));
}

fn outside(ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
    let sentence = "A small GitLab runs inside this program, on this machine alone. Lessons show what goes wrong in \
                    exports and what to do about it. Your own cases stay as they are and go on meanwhile.";
    kit::empty(ui, icons::PRACTICE, "Practise without risk", sentence, |ui| {
        if UiCommand::EnterPractice.button(ui, scene).primary().show(ui).clicked() {
            out.run(UiCommand::EnterPractice);
        }
    });
}

fn lessons(ui: &mut Ui, practice: &PracticeView, scene: &Scene<'_>, out: &mut Outbox) {
    kit::soft(
        ui,
        "Each lesson is a project with an export that behaves in its own way. Start one, then follow its steps on the case page.",
    );
    for lesson in &practice.lessons {
        let here = practice.lesson.as_ref().is_some_and(|current| current.name == lesson.name);
        let mut cases = scene.snap.cases.iter();
        let begun = cases.any(|case| case.project.path.as_deref() == Some(&lesson.project));
        one(ui, lesson, Progress { here, begun }, scene, out);
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
    /// It has a case.
    begun: bool,
}

fn one(ui: &mut Ui, lesson: &LessonView, progress: Progress, scene: &Scene<'_>, out: &mut Outbox) {
    let Progress { here, begun } = progress;
    kit::card(ui, |ui| {
        let t = tokens(ui);
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let caption = if begun { "Start again" } else { "Start" };
                let label = format!("{caption}: {}", lesson.title);
                let busy = scene.waits_for(&Purpose::Lesson).then(|| "A lesson is being prepared.".into());
                let button = Button::new(&label).caption(caption).icon(icons::PLAY).blocked(busy);
                let button = if here && !begun { button.primary() } else { button };
                if button.show(ui).clicked() {
                    out.push(Intent::Lesson(lesson.name.clone()));
                }
                if here && begun {
                    kit::chip(ui, Mood::Info, icons::PLAY, "this one");
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text =
                        RichText::new(&lesson.title).text_style(egui::TextStyle::Heading).color(t.text);
                    ui.add(Label::new(text).truncate());
                });
            });
        });
        kit::soft(ui, &lesson.teaches);
        if here {
            steps(ui, lesson);
        }
    });
}

/// The lesson's steps, one sentence each.
pub fn steps(ui: &mut Ui, lesson: &LessonView) {
    let t = tokens(ui);
    for (i, step) in lesson.steps.iter().enumerate() {
        ui.horizontal_top(|ui| {
            kit::prose(ui, &format!("{}.", i + 1), t.accent);
            kit::prose(ui, step, t.text);
        });
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::gui::desk::Desk;
    use crate::gui::fixture::{practice_window, practising};
    use crate::gui::route::Route;

    #[test]
    fn a_lesson_starts_and_the_banner_says_that_this_is_practice() {
        let mut desk = Desk::pretend(practising());
        desk.route = Route::Practice;
        let mut window = practice_window(desk, egui::Theme::Dark, 1000.0, 900.0);
        window.get_by_label("Practice: this GitLab runs inside the program. Nothing real is touched.");
        window.get_by_label("Start: A download that is cut").click();
        window.run();
        let sent = window.state().desk().sent();
        assert!(sent[0].contains("StartPractice") && sent[0].contains("cut-download"), "{sent:?}");
        window.get_by_label("Leave practice").click();
        window.run();
        assert!(window.query_by_label("Leave practice").is_none());
    }
}
