//! One case: its stage, the one next step, its export, its facts, deadlines and timeline.

use egui::{Margin, ScrollArea, Ui};

use crate::case::{
    Action, Case, CaseId, Choice, Code, Event, Fact, NextSteps, OfferLog, Phase, UserError, next_step,
    next_steps, step_form,
};
use crate::engine::api::{Command, LessonView, Snapshot};
use crate::gui::case::JumpTo;
use crate::gui::case::attempts::attempts;
use crate::gui::case::closed_card::closed_card;
use crate::gui::case::deadlines::deadlines;
use crate::gui::case::evidence::Evidence;
use crate::gui::case::export_card::export_card;
use crate::gui::case::facts::FactsCard;
use crate::gui::case::header::header;
use crate::gui::case::issues_card::IssuesCard;
use crate::gui::case::left_out_card::left_out_card;
use crate::gui::case::lesson_card::lesson_card;
use crate::gui::case::notes_card::NotesCard;
use crate::gui::case::now_card::NowCard;
use crate::gui::case::questions::Questions;
use crate::gui::case::steps_cache::StepsCache;
use crate::gui::case::text_tools::held_back;
use crate::gui::case::texts::TextsCard;
use crate::gui::case::timeline::Timeline;
use crate::gui::dialogs::replace::Replace;
use crate::gui::dialogs::second_offer::SecondOffer;
use crate::gui::guide::lesson_of;
use crate::gui::intent::{CasePlace, CaseQuestion, IfUnhandled, Outbox};
use crate::gui::kit::{self, Toast};
use crate::gui::pending::Answers;
use crate::gui::subject::Subject;
use crate::gui::theme::{space, tokens};
use crate::gui::view_context::{OpenQuestions, ViewContext, project_of};
use crate::texts::TextKind;

/// From these widths of the window on, the page has two or three columns, in points.
const TWO_COLUMNS: f32 = 1200.0;
const THREE_COLUMNS: f32 = 2000.0;

/// The page of the selected case.
#[derive(Debug, Default)]
pub struct CasePage {
    shown: Option<CaseId>,
    was_closed: bool,
    facts: FactsCard,
    now: NowCard,
    /// The drafts in here are kept when another case is selected.
    pub texts: TextsCard,
    evidence: Evidence,
    /// Scrolls to this part in the next frame.
    scroll: Option<ScrollTo>,
    /// The error of the last event or export of this case.
    error: Option<UserError>,
    /// It was not shown yet.
    error_is_new: bool,
    /// The case's revision and the export's phase at the time of that error.
    error_at: Option<(u64, Option<Phase>)>,
    timeline: Timeline,
    questions: Questions,
    notes: NotesCard,
    issues: IssuesCard,
    steps: StepsCache,
}

/// What the page scrolls into view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScrollTo {
    Top,
    /// The top, also where a lesson points to a button below it.
    Begin,
    Facts,
}

/// A text with its kind, and the kind of the step's own text.
type TextToCopy = (TextKind, Option<TextKind>, String);

/// What the cards of a case are drawn from.
#[derive(Clone, Copy)]
struct Seen<'a> {
    case: &'a Case,
    steps: &'a NextSteps,
    lesson: Option<&'a LessonView>,
}

impl CasePage {
    /// Sends a command about the case; the answer is shown on this page.
    pub fn ask(&mut self, question: CaseQuestion, command: Command, out: &mut Outbox) {
        self.questions.ask(question, command, out);
    }

    /// What is typed for a case and not saved, in words.
    pub fn unsaved(&self, case: &Case, ctx: &egui::Context) -> Vec<&'static str> {
        let texts = &self.texts.drafts;
        let typed = [
            (self.notes.is_unsaved(case), "a note or reminder"),
            (self.now.fields.is_unsaved(case), "fields of the step"),
            (self.shown == Some(case.id) && self.facts.is_unsaved(case), "a fact"),
            (texts.is_unsaved(case, |text| kit::was_copied(ctx, text)), "an edited text that was not copied"),
        ];
        typed.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect()
    }

    /// Which questions about this case are still unanswered.
    pub fn open_questions(&self, case: Option<CaseId>) -> OpenQuestions {
        self.questions.open(case)
    }

    /// A text of the case with its title, ready to be posted. What was typed for the step is saved first, and is in the
    /// text; `None` if that has a mistake, which its field then shows.
    pub fn to_post(
        &mut self,
        case: &Case,
        kind: TextKind,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<(String, String)> {
        let step = next_step(case, &cx.snapshot.offer_log, &cx.snapshot.rules, cx.now);
        let form = step.map(|step| step_form(case, &step)).unwrap_or_default();
        let preview = self.now.save_typed(case, &form, cx, out)?;
        let is_request = matches!(kind, TextKind::Console | TextKind::Infra);
        if is_request && preview.facts.ownership_verified_at.is_none() {
            let label = Fact::OwnershipVerifiedAt.label();
            out.toast(Toast::refusal(format!("Fill in “{label}” first: a request releases customer data.")));
            self.now.fields.focus_first();
            return None;
        }
        let title = self.texts.drafts.draft(kind, case, cx.snapshot).rendered.title.clone();
        Some((title, self.texts.drafts.text_with(kind, case, &preview, cx.snapshot)))
    }

    /// Does the next step: presses the main button of the NOW card, or moves the focus to what it lacks.
    pub fn do_step(&mut self, is_seen: bool) {
        if is_seen {
            self.now.fields.press_main();
        } else {
            self.now.fields.focus_first();
        }
        self.scroll = Some(ScrollTo::Top);
    }

    /// The text that the Texts card shows, and the text of the step; or why it must not be sent yet.
    pub fn copy_text(&mut self, case: &Case, snapshot: &Snapshot) -> Result<TextToCopy, String> {
        let step = next_step(case, &snapshot.offer_log, &snapshot.rules, snapshot.at);
        let kind = self.texts.drafts.kind(case, step.as_ref());
        let draft = self.texts.drafts.draft(kind, case, snapshot);
        let of_step = step.and_then(|step| step_form(case, &step).text).and_then(TextKind::parse);
        held_back(draft).map_or_else(|| Ok((kind, of_step, draft.text.clone())), Err)
    }

    /// This case was chosen, a dialog over it was closed, or something was undone: the step's first control gets the
    /// focus.
    pub fn follow(&mut self, case: CaseId) {
        if self.shown != Some(case) {
            self.turn(case);
        }
        self.now.follow();
    }

    /// A dialog over the case was closed. Returns whether the step takes the keyboard focus.
    pub fn dialog_closed(&mut self, case: CaseId) -> bool {
        self.shown == Some(case) && self.now.follow_where_seen()
    }

    /// Brings a part of the case's page into view, ready to type.
    pub fn go_to(&mut self, case: &Case, place: CasePlace) {
        if self.shown != Some(case.id) {
            self.turn(case.id);
        }
        self.now.leave();
        match place {
            CasePlace::Fact(fact) => {
                self.facts.edit(case, fact, true);
                self.scroll = Some(ScrollTo::Facts);
            }
            CasePlace::Text(kind) => self.texts.show(case, kind),
            CasePlace::Notes => self.notes.focus(),
        }
    }

    /// The case was just opened: the focus goes to the first control of its first step. The page of a lesson begins with
    /// the lesson.
    pub fn opened(&mut self, case: CaseId, is_lesson: bool) {
        self.follow(case);
        if is_lesson {
            self.scroll = Some(ScrollTo::Begin);
        }
    }

    /// Takes the answers to this page's questions.
    pub fn on_answer(&mut self, answers: &mut Answers, cx: &ViewContext<'_>, out: &mut Outbox) {
        self.texts.on_answer(answers);
        self.now.on_answer(self.shown, answers);
        self.timeline.on_answer(answers);
        self.notes.on_answer(answers, cx, out);
        self.issues.on_answer(answers);
        for (question, result) in self.questions.take(answers) {
            let case = cx.snapshot.cases.iter().find(|case| case.id == question.case());
            match (&question, &result, case) {
                (CaseQuestion::Event { .. } | CaseQuestion::Now { .. }, Err(error), Some(case))
                    if is_second_offer(case, error, cx) =>
                {
                    let why = error.headline.clone();
                    let text = self.texts.offer(case, cx);
                    out.offer(SecondOffer::new(case.id, why, text), Some(Toast::error(error)));
                }
                (CaseQuestion::Start(_), Err(error), Some(case)) if error.code == Code::Refused => {
                    would_replace(case, error, out);
                }
                _ => self.answered(&question, result.map(drop), case.map(AsRef::as_ref), cx, out),
            }
        }
    }

    /// Shows the result of a question if its case is selected; otherwise a toast announces the result.
    fn answered(
        &mut self,
        question: &CaseQuestion,
        result: Result<(), UserError>,
        case: Option<&Case>,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) {
        if let (Some(undo), Some(case), Ok(())) = (question.undo(), case, &result) {
            let undo = undo.clone().since(case);
            out.toast(Toast::undoable(undo.done(), undo));
        }
        if let (CaseQuestion::Event { done, .. }, Ok(())) = (question, &result) {
            out.toast(Toast::good(*done));
        }
        if let (CaseQuestion::Now { case, facts, .. }, Ok(())) = (question, &result) {
            self.now.fields.saved(*case, facts);
        }
        let is_shown = cx.case.is_some_and(|case| case.id == question.case());
        match (question, result) {
            (_, Err(error)) if !is_shown => out.toast(toast_of(&error, case, cx)),
            (_, Ok(())) if !is_shown => {}
            (CaseQuestion::Now { .. }, result) => {
                if result.is_ok() {
                    (self.error, self.scroll) = (None, Some(ScrollTo::Top));
                }
                self.now.done(question.case(), result);
            }
            (CaseQuestion::Facts { .. }, result) => {
                if self.facts.answered(result) {
                    self.scroll = Some(ScrollTo::Top);
                }
            }
            (_, result) => {
                if result.is_ok() {
                    self.now.follow();
                }
                self.error = result.err();
                self.error_is_new = self.error.is_some();
            }
        }
    }

    /// Shows `error` as if the last event had been refused.
    #[cfg(test)]
    pub fn refuse(&mut self, error: UserError) {
        self.error = Some(error);
    }

    /// Shows the result of a search for the bug's issue.
    #[cfg(test)]
    pub fn searched(&mut self, case: &Case, found: crate::engine::api::IssueSearch) {
        self.turn(case.id);
        self.now.tools(case.id).bug = crate::gui::case::bug_search::BugSearch::answered(case, found);
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

    /// Another case is shown: what was typed and drafted is kept, the rest starts anew.
    fn turn(&mut self, case: CaseId) {
        let (texts, questions) = (self.texts.turn(), std::mem::take(&mut self.questions));
        let notes = std::mem::take(&mut self.notes);
        let mut now = std::mem::take(&mut self.now);
        now.turn();
        *self = Self { shown: Some(case), now, texts, questions, notes, ..Self::default() };
    }

    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        if self.shown != Some(case.id) {
            self.turn(case.id);
        } else if case.stage.is_closed() && !self.was_closed {
            // The card that says so is at the top.
            self.scroll = Some(ScrollTo::Top);
        }
        self.was_closed = case.stage.is_closed();
        if self.scroll == Some(ScrollTo::Begin) {
            kit::begin_at_top(ui);
        }
        if self.scroll.is_some() {
            kit::placed(ui);
        }
        let t = tokens(ui);
        let edge = egui::Frame::new().fill(t.canvas).inner_margin(Margin::symmetric(24, 8));
        egui::Panel::top("case header").frame(edge).show(ui, |ui| header(ui, case, cx, out));
        let margin = Margin { left: 24, right: 12, top: 12, bottom: 0 };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            let area = ScrollArea::vertical().id_salt(("case", case.id.0)).auto_shrink(false);
            let area = match self.scroll {
                Some(ScrollTo::Top | ScrollTo::Begin) => area.vertical_scroll_offset(0.0),
                Some(ScrollTo::Facts) | None => area,
            };
            kit::scrolled(ui, area, |ui| {
                let width = ui.available_width() - 12.0;
                ui.set_max_width(width);
                ui.spacing_mut().item_spacing.y = space::M;
                self.content(ui, case, cx, out);
                ui.add_space(space::XL);
            });
        });
    }

    fn content(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        let scroll = self.scroll.take();
        self.end_error(case, cx);
        let steps = self.steps.of(case, cx);
        let seen = Seen { case, steps: &steps, lesson: lesson_of(case, cx) };
        let mut jump = None;
        let window = ui.ctx().content_rect().width();
        ui.spacing_mut().item_spacing.x = space::M;
        if window >= THREE_COLUMNS {
            kit::columns(ui, [0.36, 0.36, 0.28], |columns| {
                self.first(&mut columns[0], seen, cx, out);
                kit::steady_as(&mut columns[0], part(case, "evidence"), |ui| {
                    self.evidence.ui(ui, case, cx, out);
                });
                jump = self.texts(&mut columns[1], seen, cx, out);
                self.facts(&mut columns[1], case, scroll, cx, out);
                self.aside(&mut columns[2], case, cx, out);
            });
        } else if window >= TWO_COLUMNS {
            kit::columns(ui, [0.63, 0.37], |columns| {
                jump = self.main(&mut columns[0], seen, scroll, cx, out);
                self.aside(&mut columns[1], case, cx, out);
            });
        } else {
            jump = self.main(ui, seen, scroll, cx, out);
            self.aside(ui, case, cx, out);
        }
        if let Some(JumpTo(fact)) = jump {
            self.facts.edit(case, fact, true);
            self.scroll = Some(ScrollTo::Facts);
            ui.ctx().request_repaint();
        }
    }

    /// An error ends with the state that it was about.
    fn end_error(&mut self, case: &Case, cx: &ViewContext<'_>) {
        let state = (case.revision, cx.run.map(|view| view.status.phase));
        if self.error.is_none() {
            self.error_at = None;
        } else if *self.error_at.get_or_insert(state) != state {
            (self.error, self.error_at) = (None, None);
        }
    }

    /// Everything that a step needs, in a fixed order.
    fn main(
        &mut self,
        ui: &mut Ui,
        seen: Seen<'_>,
        scroll: Option<ScrollTo>,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<JumpTo> {
        self.first(ui, seen, cx, out);
        let jump = self.texts(ui, seen, cx, out);
        self.facts(ui, seen.case, scroll, cx, out);
        kit::steady_as(ui, part(seen.case, "evidence"), |ui| self.evidence.ui(ui, seen.case, cx, out));
        jump
    }

    /// The one next step, or what a person can still do with a closed case, and the export.
    fn first(&mut self, ui: &mut Ui, seen: Seen<'_>, cx: &ViewContext<'_>, out: &mut Outbox) {
        let Seen { case, steps, lesson } = seen;
        if let Some(lesson) = lesson {
            kit::steady_as(ui, part(case, "lesson"), |ui| lesson_card(ui, lesson, cx, out));
            // Lessons are about the export, so the export card comes before the handbook's next step.
            kit::steady_as(ui, part(case, "export"), |ui| export_card(ui, cx, out));
        }
        kit::steady_as(ui, part(case, "now"), |ui| match &steps.now {
            Some(step) => self.now.ui(ui, case, (step, &steps.choices), &mut self.texts, cx, out),
            None => closed_card(ui, case, cx, out),
        });
        // It comes while somebody may type in the step above, and is about the step or the export.
        if let Some(error) = &self.error {
            let shown =
                kit::steady_as(ui, part(case, "error"), |ui| ui.scope(|ui| kit::error(ui, error)).response);
            if std::mem::take(&mut self.error_is_new) && !ui.ctx().text_edit_focused() {
                shown.scroll_to_me(None);
            }
        }
        if lesson.is_none() {
            kit::steady_as(ui, part(case, "export"), |ui| export_card(ui, cx, out));
        }
    }

    fn facts(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        scroll: Option<ScrollTo>,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) {
        if scroll == Some(ScrollTo::Facts) {
            ui.scroll_to_cursor(Some(egui::Align::Min));
        }
        kit::steady_as(ui, part(case, "facts"), |ui| self.facts.ui(ui, case, cx, out));
    }

    fn texts(
        &mut self,
        ui: &mut Ui,
        seen: Seen<'_>,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<JumpTo> {
        let step = seen.steps.now.as_ref();
        kit::steady_as(ui, part(seen.case, "texts"), |ui| self.texts.ui(ui, seen.case, step, cx, out))
    }

    /// What is looked up beside the step.
    fn aside(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        kit::steady_as(ui, part(case, "notes"), |ui| self.notes.ui(ui, case, cx, out));
        // A deadline comes and goes by itself, so it is below what is typed.
        kit::steady_as(ui, part(case, "deadlines"), |ui| deadlines(ui, case, cx));
        kit::steady_as(ui, part(case, "issues"), |ui| self.issues.ui(ui, case, cx, out));
        kit::steady_as(ui, part(case, "attempts"), |ui| attempts(ui, case, cx));
        kit::steady_as(ui, part(case, "left-out"), |ui| left_out_card(ui, case, cx, out));
        kit::steady_as(ui, part(case, "timeline"), |ui| self.timeline.ui(ui, case, cx, out));
    }
}

/// A part of a case's page. It is the same in every column, so that whoever types in it continues when the window's width
/// changes; a field of another case has neither its focus nor its undo.
fn part(case: &Case, name: &str) -> egui::Id {
    egui::Id::unique(("part of the case", case.id, name))
}

/// An error about a case that is not on the screen: it names the case, and ends when the case changes.
fn toast_of(error: &UserError, case: Option<&Case>, cx: &ViewContext<'_>) -> Toast {
    let toast = Toast::error(error);
    match case {
        Some(case) => {
            toast.of_case(cx.practising, case).about(cx.practising, Subject::Case(case.id, case.revision))
        }
        None => toast,
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

#[cfg(test)]
mod tests {
    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn the_rules_are_asked_once_and_not_in_each_frame() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(3));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 900.0);
        window.run();
        window.run_steps(50);
        assert_eq!(window.state_mut().own.pages.case.steps.computed(), 1);
    }
}
