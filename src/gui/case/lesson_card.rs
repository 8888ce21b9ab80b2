//! The lesson card on the page of the lesson's case.

use egui::Ui;

use crate::engine::api::LessonView;
use crate::gui::guide::guide;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::route::Route;
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// The card: what to do now, and which step of the lesson this is.
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
            next_lesson(ui, lesson, cx, out);
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
            (false, true) => "current step",
            (false, false) => "comes later",
        };
        response.ctx.accesskit_node_builder(response.id, |node| node.set_description(state));
    });
}

fn next_lesson(ui: &mut Ui, lesson: &LessonView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(practice) = &cx.snapshot.practice else { return };
    let untaken = |lesson: &&LessonView| cx.lesson_runs.iter().all(|taken| taken.lesson != lesson.name);
    ui.horizontal(|ui| {
        // The one after this, before those that were skipped.
        let here = practice.lessons.iter().position(|known| known.name == lesson.name);
        let (before, after) = practice.lessons.split_at(here.unwrap_or_default());
        if let Some(next) = after.iter().chain(before).find(untaken) {
            let label = format!("Next lesson: {}", next.title);
            if Button::new(&label).icon(icons::PLAY).primary().show(ui).clicked() {
                out.push(Intent::Lesson(next.name.clone()));
            }
        }
        if Button::new("All lessons").icon(icons::PRACTICE).quiet().show(ui).clicked() {
            out.go(Route::Practice);
        }
    });
}
