//! One case: its stage, the one next step, its export, its facts, deadlines and timeline.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use crate::case::{
    Action, Case, CaseId, Choice, Code, Event, NextSteps, OfferLog, Stage, UserError, next_steps,
};
use crate::engine::api::{Command, Snapshot};
use crate::gui::case::JumpTo;
use crate::gui::case::attempts::attempts;
use crate::gui::case::closed_card::closed_card;
use crate::gui::case::deadlines::deadlines;
use crate::gui::case::earlier::Earlier;
use crate::gui::case::evidence::Evidence;
use crate::gui::case::export_card::export_card;
use crate::gui::case::facts::FactsCard;
use crate::gui::case::left_out_card::left_out_card;
use crate::gui::case::lesson_card::lesson_card;
use crate::gui::case::now_card::NowCard;
use crate::gui::case::questions::Questions;
use crate::gui::case::texts::TextsCard;
use crate::gui::case::timeline::Timeline;
use crate::gui::command::UiCommand;
use crate::gui::dialogs::replace::Replace;
use crate::gui::dialogs::second_offer::SecondOffer;
use crate::gui::format;
use crate::gui::guide::lesson_of;
use crate::gui::intent::{CaseQuestion, IfUnhandled, Outbox};
use crate::gui::kit::{self, Step, StepState, Toast};
use crate::gui::pending::Answers;
use crate::gui::theme::{self, size, space, tokens};
use crate::gui::view_context::{OpenQuestions, ViewContext, project_of};
use crate::texts::TextKind;

/// The page of the selected case.
#[derive(Debug, Default)]
pub struct CasePage {
    shown: Option<CaseId>,
    facts: FactsCard,
    now: NowCard,
    /// The drafts in here are kept when another case is selected.
    pub texts: TextsCard,
    evidence: Evidence,
    earlier: Earlier,
    /// Scrolls the facts into view in the next frame.
    to_facts: bool,
    /// Scrolls the next step into view in the next frame.
    to_now: bool,
    /// The error of the last event or export of this case.
    error: Option<UserError>,
    timeline: Timeline,
    questions: Questions,
}

impl CasePage {
    /// Sends a command about the case; the answer is shown on this page.
    pub fn ask(&mut self, question: CaseQuestion, command: Command, out: &mut Outbox) {
        self.questions.ask(question, command, out);
    }

    /// Which questions about this case are still unanswered.
    pub fn open_questions(&self, case: Option<CaseId>) -> OpenQuestions {
        self.questions.open(case)
    }

    /// The comment on the bug's issue, as it currently reads in the case's draft.
    pub fn comment(&mut self, case: &Case, snapshot: &Snapshot) -> String {
        self.texts.drafts.draft(TextKind::Comment, case, snapshot).text.clone()
    }

    /// Takes the answers to this page's questions.
    pub fn on_answer(&mut self, answers: &mut Answers, cx: &ViewContext<'_>, out: &mut Outbox) {
        self.texts.on_answer(answers);
        self.earlier.on_answer(answers);
        self.timeline.on_answer(answers);
        for (question, result) in self.questions.take(answers) {
            let case = cx.snapshot.cases.iter().find(|case| case.id == question.case());
            match (&question, &result, case) {
                (CaseQuestion::Event { .. }, Err(error), Some(case)) if is_second_offer(case, error, cx) => {
                    let why = error.headline.clone();
                    out.offer(SecondOffer::new(case.id, why), Some(Toast::error(error)));
                }
                (CaseQuestion::Start(_), Err(error), Some(case)) if error.code == Code::Refused => {
                    would_replace(case, error, out);
                }
                _ => self.answered(&question, result.map(drop), cx, out),
            }
        }
    }

    /// Shows the result of a question if its case is selected; otherwise a toast announces the result.
    fn answered(
        &mut self,
        question: &CaseQuestion,
        result: Result<(), UserError>,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) {
        if let (Some(undo), Ok(())) = (question.undo(), &result) {
            out.toast(Toast::undoable(undo.done(), undo.clone()));
        }
        let is_shown = cx.case.is_some_and(|case| case.id == question.case());
        match (question, result) {
            (_, Err(error)) if !is_shown => out.tell(&error),
            (_, Ok(())) if !is_shown => {}
            (CaseQuestion::Facts { .. }, result) => {
                self.to_now |= self.facts.answered(result);
            }
            (_, result) => self.error = result.err(),
        }
    }

    /// Shows `error` as if the last event had been refused.
    #[cfg(test)]
    pub fn refuse(&mut self, error: UserError) {
        self.error = Some(error);
    }

    /// How often a text was rendered.
    #[cfg(test)]
    pub fn renders(&self) -> u64 {
        self.texts.drafts.renders()
    }

    /// Whether the last answer about this case was a refusal.
    pub fn is_refused(&self, case: CaseId) -> bool {
        self.shown == Some(case) && self.error.is_some()
    }

    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        if self.shown != Some(case.id) {
            let texts = self.texts.turn();
            let questions = std::mem::take(&mut self.questions);
            *self = Self { shown: Some(case.id), texts, questions, ..Self::default() };
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
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
        let steps = next_steps(case, &cx.snapshot.offer_log, &cx.snapshot.rules, cx.now);
        let lesson = lesson_of(case, cx);
        if let Some(lesson) = lesson {
            lesson_card(ui, lesson, cx, out);
            // Lessons are about the export, so the export card comes before the handbook's next step.
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
        // The texts come with the next step if one of them serves it, otherwise after the more urgent cards.
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

    /// The one next step, or what a person can still do with a closed case.
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
        deadlines(ui, case, cx);
        attempts(ui, case, cx);
        left_out_card(ui, case, cx, out);
        self.timeline.ui(ui, case, cx, out);
    }
}

/// Whether the offer log alone refused an offer: the case itself allows the offer.
fn is_second_offer(case: &Case, error: &UserError, cx: &ViewContext<'_>) -> bool {
    let steps = next_steps(case, &OfferLog::default(), &cx.snapshot.rules, cx.now);
    let allowed = |choice: &Choice| {
        matches!(choice.action, Action::Report(Event::OfferSent { .. })) && choice.refused.is_none()
    };
    error.code == Code::Refused && steps.choices.iter().any(allowed)
}

/// Handles an export that would replace a file: discovers the existing file, so that the person can download it
/// first, and asks the person.
fn would_replace(case: &Case, error: &UserError, out: &mut Outbox) {
    let (instance, project) = (case.instance.clone(), project_of(case));
    out.ask(Command::Watch { instance, project, case: Some(case.id) }, IfUnhandled::Nothing);
    out.offer(Replace::of(case, error.headline.clone()), Some(Toast::error(error)));
}

fn head(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    let t = tokens(ui);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let edit = UiCommand::CorrectCase
                    .button(ui, cx)
                    .icon(UiCommand::CorrectCase.entry().icon)
                    .icon_only()
                    .quiet();
                if edit.show(ui).clicked() {
                    out.run(UiCommand::CorrectCase);
                }
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
        .or_else(|| cx.instance.and_then(|i| i.account.as_ref().and_then(|a| a.gitlab_version.clone())));
    parts.extend(version.map(|version| format!("GitLab {version}")));
    parts.extend(known.and_then(|project| project.storage_bytes).map(format::bytes));
    parts.extend(known.and_then(|project| project.visibility.clone()));
    parts.extend(case.project.id.map(|id| format!("project {id}")));
    parts.join(" · ")
}

/// The stages as the stepper shows them: the two requests share one step, and so do the two offers.
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
