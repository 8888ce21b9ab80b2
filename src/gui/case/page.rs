//! One case: where it stands, the one next step, its export, its facts, clocks and timeline.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use crate::case::{Case, CaseId, NextSteps, Refusal, Stage, Trouble, next_steps};
use crate::gui::case::JumpTo;
use crate::gui::case::attempts::attempts;
use crate::gui::case::closed_card::closed_card;
use crate::gui::case::deadlines::clocks;
use crate::gui::case::evidence::Evidence;
use crate::gui::case::export_card::export_card;
use crate::gui::case::facts::FactsCard;
use crate::gui::case::now_card::NowCard;
use crate::gui::case::texts::TextsCard;
use crate::gui::case::timeline::Timeline;
use crate::gui::command::UiCommand;
use crate::gui::dialogs::issues::{Earlier, Found};
use crate::gui::format;
use crate::gui::guide::lesson_of;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Step, StepState};
use crate::gui::pages::practice::lesson_card;
use crate::gui::theme::{self, size, space, tokens};
use crate::gui::view_context::ViewContext;

/// The page of the chosen case.
#[derive(Debug, Default)]
pub struct CasePage {
    shown: Option<CaseId>,
    facts: FactsCard,
    now: NowCard,
    /// The drafts in it outlive the choice of another case.
    pub texts: TextsCard,
    evidence: Evidence,
    earlier: Earlier,
    /// The next frame scrolls the facts into sight.
    to_facts: bool,
    /// The next frame scrolls the next step into sight.
    to_now: bool,
    /// What came back from the last event or export of this case.
    trouble: Option<Trouble>,
    pub timeline: Timeline,
}

impl CasePage {
    /// A refusal of facts is shown beside them.
    pub fn hear_facts(&mut self, answer: Result<(), Trouble>) {
        self.to_now |= self.facts.hear(answer);
    }

    /// What happened to an event or an export, shown over the page.
    pub fn hear(&mut self, answer: Result<(), Trouble>) {
        self.trouble = answer.err();
    }

    /// What the look for earlier requests brought.
    pub fn hear_earlier(&mut self, found: Found) {
        self.earlier.hear(found);
    }

    /// How often a text was rendered.
    #[cfg(test)]
    pub fn renders(&self) -> u64 {
        self.texts.drafts.renders()
    }

    /// Whether the last answer about this case was a no.
    pub fn is_refused(&self, case: CaseId) -> bool {
        self.shown == Some(case) && self.trouble.is_some()
    }

    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        if self.shown != Some(case.id) {
            let texts = self.texts.turn();
            *self = Self { shown: Some(case.id), texts, ..Self::default() };
        }
        let margin = egui::Margin { left: 24, right: 12, top: 18, bottom: 0 };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            let id = ("case", case.id.0);
            ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
                let width = (ui.available_width() - 12.0).min(1440.0);
                ui.set_max_width(width);
                ui.spacing_mut().item_spacing.y = space::M;
                self.content(ui, case, cx, out);
                ui.add_space(space::XL);
                kit::scroll_by_keys(ui);
            });
        });
    }

    fn content(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        head(ui, case, cx, out);
        kit::stepper(ui, "Stage", &steps(case.stage));
        if let Some(trouble) = &self.trouble {
            kit::trouble(ui, trouble);
        }
        let steps = next_steps(case, &cx.snap.ledger, &cx.snap.rules, cx.now);
        let lesson = lesson_of(case, cx);
        if let Some(lesson) = lesson {
            lesson_card(ui, lesson, cx, out);
            // Lessons are about the export, so it stands before the handbook's next step.
            export_card(ui, cx, out);
        }
        if std::mem::take(&mut self.to_now) {
            ui.scroll_to_cursor(Some(Align::Min));
        }
        let mut jump = self.next(ui, case, &steps, cx, out);
        if lesson.is_none() {
            export_card(ui, cx, out);
        }
        let step = steps.now.as_ref();
        // Texts go with the next step where one serves it, and else stand behind what is more pressing.
        let serves = step.is_some_and(|step| step.text.is_some());
        if serves {
            jump = self.texts.ui(ui, case, step, cx, out).or(jump);
        }
        if ui.available_width() >= 820.0 {
            ui.spacing_mut().item_spacing.x = space::M;
            ui.columns(2, |columns| {
                self.left(&mut columns[0], case, cx, out);
                self.right(&mut columns[1], case, cx, out);
            });
        } else {
            self.left(ui, case, cx, out);
            self.right(ui, case, cx, out);
        }
        if !serves {
            jump = self.texts.ui(ui, case, step, cx, out).or(jump);
        }
        if let Some(JumpTo(fact)) = jump {
            self.facts.edit(case, fact, true);
            self.to_facts = true;
            ui.ctx().request_repaint();
        }
    }

    /// The one next step, or what may still be done with a closed case.
    fn next(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        steps: &NextSteps,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<JumpTo> {
        let Some(step) = &steps.now else {
            closed_card(ui, case, cx, out);
            return None;
        };
        self.now.ui(ui, case, (step, &steps.choices), &mut self.texts, &mut self.earlier, cx, out)
    }

    fn left(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        ui.spacing_mut().item_spacing.y = space::M;
        if std::mem::take(&mut self.to_facts) {
            ui.scroll_to_cursor(Some(Align::Min));
        }
        self.facts.ui(ui, case, cx, out);
        self.evidence.ui(ui, case, cx, out);
    }

    fn right(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        ui.spacing_mut().item_spacing.y = space::M;
        clocks(ui, case, cx);
        attempts(ui, case, cx);
        self.timeline.ui(ui, case, cx, out);
    }
}

fn head(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    let t = tokens(ui);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for command in [UiCommand::OpenProject, UiCommand::OpenTicket] {
                    if command.blocked(cx).is_none() {
                        let short = if command == UiCommand::OpenTicket { "Ticket" } else { "Project" };
                        let entry = command.entry();
                        let button = command.button(ui, cx).caption(short).icon(entry.icon).quiet();
                        if button.show(ui).clicked() {
                            out.run(command);
                        }
                    }
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let title = case.title();
                    let text = RichText::new(&title).text_style(theme::title()).color(t.text);
                    let response = ui.add(Label::new(text).truncate()).on_hover_text(&title);
                    kit::mark_heading(&response);
                });
            });
        });
        let text = RichText::new(subtitle(case, cx)).size(size::SMALL).color(t.soft);
        ui.add(Label::new(text).truncate());
    });
}

fn subtitle(case: &Case, cx: &ViewContext<'_>) -> String {
    let mut parts = vec![format::host(&case.instance).to_owned()];
    let known = case.project.known.as_ref();
    let version = known
        .and_then(|project| project.gitlab_version.clone())
        .or_else(|| cx.instance.and_then(|i| i.account.as_ref().map(|a| a.gitlab_version.clone())));
    parts.extend(version.map(|version| format!("GitLab {version}")));
    parts.extend(known.and_then(|project| project.storage_bytes).map(format::bytes));
    parts.extend(known.and_then(|project| project.visibility.clone()));
    parts.extend(case.project.id.map(|id| format!("project {id}")));
    parts.join(" · ")
}

/// The stages as the stepper shows them: the two requests are one stop, the two offers are one stop.
fn steps(stage: Stage) -> Vec<Step> {
    const NAMES: [&str; 7] = ["Troubleshoot", "Bug issue", "Offer", "Route", "Request", "Attempt", "Done"];
    let here = match stage {
        Stage::Troubleshoot => 0,
        Stage::BugIssue => 1,
        Stage::Offer | Stage::AwaitingAnswer => 2,
        Stage::Route => 3,
        Stage::ConsoleRequest | Stage::InfraRequest { .. } => 4,
        Stage::AwaitingAttempt { .. } => 5,
        Stage::Outcome { .. } => 6,
        Stage::Closed { .. } => NAMES.len(),
    };
    let where_is = |i: usize| match i.cmp(&here) {
        std::cmp::Ordering::Less => StepState::Passed,
        std::cmp::Ordering::Equal => StepState::Here,
        std::cmp::Ordering::Greater => StepState::Ahead,
    };
    NAMES
        .iter()
        .enumerate()
        .map(|(i, name)| Step { name: (*name).to_owned(), note: String::new(), state: where_is(i) })
        .collect()
}

/// A rule's no in the form in which everything else that did not work is shown.
pub fn as_trouble(refusal: &Refusal) -> Trouble {
    Trouble::new(crate::case::Code::Refused, refusal.headline.clone(), refusal.hint.clone())
}
