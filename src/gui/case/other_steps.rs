//! The steps beside the one that comes now, and a second offer.

use egui::Ui;

use super::texts::TextsCard;
use crate::case::{Action, Case, Choice, Event, Refusal, Rule, Stage, stage_at};
use crate::gui::dialogs::second_offer::SecondOffer;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button};
use crate::gui::report::report;
use crate::gui::view_context::ViewContext;

/// Why the rules allow the offer only with a reason.
fn second_offer(choice: &Choice) -> Option<&Refusal> {
    let is_offer = matches!(choice.action, Action::Report(Event::OfferSent { .. }));
    choice.refused.as_ref().filter(|refusal| is_offer && refusal.rule == Rule::OneOffer)
}

/// At the step of the offer, a project that has had one: the button for another, which asks for the reason.
pub fn again(
    ui: &mut Ui,
    case: &Case,
    choices: &[Choice],
    texts: &mut TextsCard,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let is_here = stage_at(case, &cx.snapshot.rules, cx.now) == Stage::Offer;
    let Some(refusal) = choices.iter().find_map(second_offer).filter(|_| is_here) else { return };
    if Button::new("Offer again…").blocked(cx.asked.is_saving()).show(ui).clicked() {
        out.open(SecondOffer::new(case.id, refusal.headline.clone(), texts.offer(case, cx)));
    }
}

/// One of the other steps, or why it is not possible.
pub fn other(
    ui: &mut Ui,
    case: &Case,
    choice: &Choice,
    texts: &mut TextsCard,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let Action::Report(event) = &choice.action else { return };
    if let Some(refusal) = second_offer(choice) {
        let label = format!("{}…", event.label());
        if Button::new(&label).blocked(cx.asked.is_saving()).show(ui).clicked() {
            out.open(SecondOffer::new(case.id, refusal.headline.clone(), texts.offer(case, cx)));
        }
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let blocked = choice.refused.as_ref().map(ToString::to_string);
        let label = if choice.label.is_empty() { event.label() } else { choice.label.as_str() };
        if Button::new(label).blocked(blocked.or_else(|| cx.asked.is_saving())).show(ui).clicked() {
            report(case, event, out);
        }
        if let Some(refusal) = &choice.refused {
            kit::faint(ui, &refusal.headline).on_hover_text(kit::refusal_words(refusal));
        }
    });
}
