//! The NOW card: one obvious next step with its reason, and what else may be done.

use egui::{Context, CornerRadius, Frame, Margin, RichText, Stroke, Ui};

use super::facts::FactsCard;
use crate::case::{Action, Case, CaseId, Choice, Event, NextStep, Rules, next_steps};
use crate::engine::Command;
use crate::gui::intent::{Intent, Outbox, Purpose};
use crate::gui::kit::{self, Button, Dialog, Field, Verdict, icons};
use crate::gui::scene::Scene;
use crate::gui::theme::{RADIUS_CARD, space, tokens};

/// The card's state.
#[derive(Debug, Default)]
pub struct NowCard {
    others: bool,
}

impl NowCard {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        scene: &Scene<'_>,
        facts: &mut FactsCard,
        out: &mut Outbox,
    ) {
        let rules = &scene.snap.rules;
        let steps = next_steps(case, &scene.snap.ledger, rules, scene.now);
        let Some(step) = &steps.now else { return };
        let t = tokens(ui);
        let frame = Frame::new()
            .fill(t.surface)
            .stroke(Stroke::new(1.0, t.accent))
            .corner_radius(CornerRadius::same(RADIUS_CARD))
            .inner_margin(Margin::same(space::CARD));
        frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            self.step(ui, case, step, rules, scene, facts, out);
            if self.others {
                ui.separator();
                for choice in &steps.choices {
                    other(ui, case, choice, scene, out);
                }
            }
        });
    }

    #[expect(clippy::too_many_arguments, reason = "the card reads the case and writes to its neighbour")]
    fn step(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        step: &NextStep,
        rules: &Rules,
        scene: &Scene<'_>,
        facts: &mut FactsCard,
        out: &mut Outbox,
    ) {
        let t = tokens(ui);
        ui.horizontal(|ui| {
            ui.label(RichText::new("NOW").small().color(t.accent));
            kit::heading(ui, &step.label);
        });
        kit::soft(ui, &step.why);
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            let busy = scene.waits_for(&Purpose::Event(case.id));
            let blocked = busy.then(|| "The last step is being recorded.".to_owned());
            match &step.action {
                Action::Record(fact) => {
                    if Button::new("Fill it in").icon(icons::EDIT).primary().show(ui).clicked() {
                        facts.edit(case, *fact);
                    }
                }
                Action::Report(event) => {
                    if Button::new(event.label())
                        .icon(icons::GOOD)
                        .primary()
                        .blocked(blocked)
                        .show(ui)
                        .clicked()
                    {
                        report(case.id, event, out);
                    }
                }
            }
            let more = if self.others { "Fewer steps" } else { "Other steps" };
            if Button::new(more).quiet().show(ui).clicked() {
                self.others = !self.others;
            }
            let link = Button::new("Handbook").icon(icons::OPEN).quiet();
            let url = rules.page(step.handbook).to_owned();
            if link.tooltip(format!("Opens {url}")).show(ui).clicked() {
                out.push(Intent::OpenUrl(url));
            }
        });
    }
}

fn other(ui: &mut Ui, case: &Case, choice: &Choice, scene: &Scene<'_>, out: &mut Outbox) {
    let Action::Report(event) = &choice.action else { return };
    ui.horizontal(|ui| {
        let blocked = choice.refused.as_ref().map(ToString::to_string);
        let busy = scene.waits_for(&Purpose::Event(case.id)).then(|| "One moment.".to_owned());
        let label = if choice.label.is_empty() { event.label() } else { choice.label.as_str() };
        if Button::new(label).blocked(blocked.clone().or(busy)).show(ui).clicked() {
            report(case.id, event, out);
        }
        if let Some(refusal) = &choice.refused {
            let text = RichText::new(&refusal.headline).small().color(tokens(ui).faint);
            ui.add(egui::Label::new(text).truncate()).on_hover_text(refusal.to_string());
        }
    });
}

fn report(case: CaseId, event: &Event, out: &mut Outbox) {
    out.ask(Command::CaseEvent { case, event: event.clone() }, Purpose::Event(case));
}

/// The dialog for a second offer: it needs a reason, which stays in the ledger.
#[derive(Debug)]
pub struct Override {
    case: CaseId,
    /// The refusal, which names the first offer.
    why: String,
    reason: String,
    opened: bool,
}

impl Override {
    pub fn new(case: CaseId, why: String) -> Self {
        Self { case, why, reason: String::new(), opened: false }
    }

    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, out: &mut Outbox) -> bool {
        let blocked = self.reason.trim().is_empty().then(|| "Give the reason first.".to_owned());
        let dialog =
            Dialog::new("A second offer for this project").accept("Record the offer").blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::soft(ui, &self.why);
            Field::new("Why it is offered again")
                .note("Stays in the ledger of offers.")
                .rows(2)
                .focus(!self.opened)
                .show(ui, &mut self.reason);
            self.opened = true;
        });
        if verdict == Verdict::Accepted {
            let event = Event::OfferSent { override_reason: Some(self.reason.trim().to_owned()), by: None };
            report(self.case, &event, out);
        }
        verdict == Verdict::Open
    }
}
