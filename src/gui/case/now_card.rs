//! The NOW card: the one next step with its reason and its text, and the other possible actions.

use egui::{CornerRadius, Frame, Margin, RichText, Stroke, Ui};

use crate::case::{Action, Case, Choice, Event, Fact, NextStep};
use crate::gui::case::JumpTo;
use crate::gui::case::earlier::Earlier;
use crate::gui::case::texts::{self, TextsCard};
use crate::gui::dialogs::infradev::LabelIssue;
use crate::gui::dialogs::issues::FindIssue;
use crate::gui::guide::lesson_of;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::report::report;
use crate::gui::theme::{RADIUS_CARD, Severity, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

/// The card's state.
#[derive(Debug, Default)]
pub struct NowCard {
    others: bool,
}

impl NowCard {
    #[expect(clippy::too_many_arguments, reason = "the card reads the case and writes to its neighbours")]
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        (step, choices): (&NextStep, &[Choice]),
        texts: &mut TextsCard,
        earlier: &mut Earlier,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<JumpTo> {
        let t = tokens(ui);
        let frame = Frame::new()
            .fill(t.surface)
            .stroke(Stroke::new(1.0, t.accent))
            .corner_radius(CornerRadius::same(RADIUS_CARD))
            .inner_margin(Margin::same(space::CARD));
        let mut jump = None;
        frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.label(RichText::new("NOW").small().color(t.accent));
                kit::heading(ui, &step.label);
            });
            kit::soft(ui, &step.why);
            if let Some(kind) = step.text.and_then(TextKind::parse) {
                draft_line(ui, case, kind, texts, cx, out);
            }
            if offers(&step.action) {
                earlier.ui(ui, case, out);
            }
            ui.add_space(space::XS);
            jump = self.step(ui, case, step, texts, cx, out);
            if self.others {
                ui.separator();
                let beside = match &step.action {
                    Action::Report(event) => other_answer(event).map(Action::Report),
                    Action::Record(_) => None,
                };
                for choice in choices.iter().filter(|choice| Some(&choice.action) != beside.as_ref()) {
                    other(ui, case, choice, cx, out);
                }
            }
        });
        jump
    }

    fn step(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        step: &NextStep,
        texts: &TextsCard,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<JumpTo> {
        let mut jump = None;
        ui.horizontal_wrapped(|ui| {
            let blocked = cx.asked.event.then(|| "Saving the last step.".to_owned());
            match &step.action {
                Action::Record(fact) => {
                    by_tracker(ui, case, *fact, texts, out);
                    let fill = Button::new("Fill in the fact").icon(icons::EDIT);
                    // A lesson shows its own next step, so this button is not the primary one.
                    let fill = if lesson_of(case, cx).is_some() { fill } else { fill.primary() };
                    if fill.show(ui).clicked() {
                        jump = Some(JumpTo(*fact));
                    }
                }
                Action::Report(event) => {
                    let button = Button::new(event.label()).icon(icons::GOOD).primary();
                    if button.blocked(blocked.clone()).show(ui).clicked() {
                        report(case.id, event, cx, out);
                    }
                    if let Some(other) = other_answer(event)
                        && Button::new(other.label()).blocked(blocked).show(ui).clicked()
                    {
                        report(case.id, &other, cx, out);
                    }
                }
            }
            let more = if self.others { "Fewer steps" } else { "Other steps" };
            if Button::new(more).quiet().show(ui).clicked() {
                self.others = !self.others;
            }
            let link = Button::new("Handbook").icon(icons::OPEN).quiet();
            let url = cx.snapshot.rules.page(step.handbook).to_owned();
            if link.tooltip(format!("Opens {url}")).show(ui).clicked() {
                out.push(Intent::OpenUrl(url));
            }
        });
        jump
    }
}

/// The opposite outcome that a person can report instead of `event`.
fn other_answer(event: &Event) -> Option<Event> {
    match event {
        Event::OfferAccepted => Some(Event::OfferDeclined),
        Event::AttemptSucceeded => Some(Event::AttemptFailed),
        _ => None,
    }
}

fn offers(action: &Action) -> bool {
    matches!(action, Action::Report(Event::OfferSent { .. }))
}

/// The text that serves the step, with the shortest way to send it.
fn draft_line(
    ui: &mut Ui,
    case: &Case,
    kind: TextKind,
    texts: &mut TextsCard,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    ui.horizontal_wrapped(|ui| {
        let draft = texts.drafts.draft(kind, case, cx.snapshot);
        match draft.rendered.missing.len() {
            0 => kit::chip(ui, Severity::Good, icons::TEXT, "draft ready"),
            1 => kit::chip(ui, Severity::Warn, icons::TEXT, "draft ready, one fact is missing"),
            n => kit::chip(ui, Severity::Warn, icons::TEXT, &format!("draft ready, {n} facts are missing")),
        };
        let copy = Button::new("Copy the draft").icon(icons::COPY).blocked(texts::held_back(draft));
        if copy.tooltip(kind.title()).show(ui).clicked() {
            texts::copy(ui, case, kind, &draft.text, out);
        }
        if Button::new("Read the text")
            .quiet()
            .tooltip("Shows the text below, so that you can edit it.")
            .show(ui)
            .clicked()
        {
            texts.show(case, kind);
        }
    });
}

/// What the tracker can do for a fact, besides the person filling it in by hand.
fn by_tracker(ui: &mut Ui, case: &Case, fact: Fact, texts: &TextsCard, out: &mut Outbox) {
    let about_issue = matches!(fact, Fact::BugIssue | Fact::BugIssueUpdated);
    if about_issue && Button::new("Find the bug issue…").icon(icons::SEARCH).show(ui).clicked() {
        out.open(FindIssue { case: case.id });
    }
    let about_label = fact == Fact::InfradevLabelled;
    if about_label && Button::new("Add the label…").icon(icons::ADD).show(ui).clicked() {
        out.open(LabelIssue::of(case, &texts.drafts));
    }
}

fn other(ui: &mut Ui, case: &Case, choice: &Choice, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Action::Report(event) = &choice.action else { return };
    ui.horizontal(|ui| {
        let blocked = choice.refused.as_ref().map(ToString::to_string);
        let busy = cx.asked.event.then(|| "Saving the last step.".to_owned());
        let label = if choice.label.is_empty() { event.label() } else { choice.label.as_str() };
        if Button::new(label).blocked(blocked.or(busy)).show(ui).clicked() {
            report(case.id, event, cx, out);
        }
        if let Some(refusal) = &choice.refused {
            let text = RichText::new(&refusal.headline).small().color(tokens(ui).faint);
            ui.add(egui::Label::new(text).truncate()).on_hover_text(kit::refusal_words(refusal));
        }
    });
}
