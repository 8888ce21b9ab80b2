//! The NOW card: the one next step with its reason, its own controls and its text, and the other possible actions.

use std::collections::HashMap;

use egui::{CornerRadius, Frame, Margin, Stroke, Ui};

use crate::case::intake::foreign_handover;
use crate::case::{
    Case, CaseId, Choice, Deed, Event, Fact, NextStep, Request, Stage, StepForm, TrackerHelp, UserError,
    route, route_asks, stage_at, step_form,
};
use crate::engine::api::CaseDeed;
use crate::gui::case::bug_search::BugSearch;
use crate::gui::case::earlier::Earlier;
use crate::gui::case::export_now::export_line;
use crate::gui::case::infradev_form::InfradevForm;
use crate::gui::case::log_searches::LogSearches;
use crate::gui::case::now_head::{title, why};
use crate::gui::case::other_steps::{again, other};
use crate::gui::case::rebuild_now::{rebuild_line, rebuild_step};
use crate::gui::case::step_form::StepFields;
use crate::gui::case::text_tools::{self, held_back, open_page, page_button, post_button, reader_chip};
use crate::gui::case::texts::TextsCard;
use crate::gui::dialogs::unknown_handover::UnknownHandover;
use crate::gui::drafts::TextDraft;
use crate::gui::format;
use crate::gui::guide::lesson_of;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pending::Answers;
use crate::gui::report::{perform, report};
use crate::gui::theme::{RADIUS_CARD, Severity, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

/// The height of a text that is read in the card, in points.
const READING: f32 = 240.0;

/// The card's state.
#[derive(Debug, Default)]
pub struct NowCard {
    pub fields: StepFields,
    /// What was searched, typed and sent for each case: kept when another case is selected, so that nothing is lost
    /// and nothing is sent twice.
    of: HashMap<CaseId, StepTools>,
    others: bool,
    /// What was typed is being saved for a text that is about to be posted: the focus stays in the text's dialog.
    saves_for_post: bool,
    /// The focus goes to the step's first control in the next frame, except in a lesson, whose next step is elsewhere.
    wants_first: bool,
    /// It also goes there when the step changes, as long as nothing else is pressed.
    follows: bool,
    /// The form that was drawn last.
    form: Option<egui::Id>,
    /// Whether the top of the card was on the screen.
    is_seen: bool,
}

/// The tools of one case's step.
#[derive(Debug, Default)]
pub struct StepTools {
    pub bug: BugSearch,
    infradev: InfradevForm,
    earlier: Earlier,
    searches: LogSearches,
    /// The text that is read in the card.
    reads: Option<TextKind>,
    /// The error of the last deed.
    error: Option<UserError>,
}

/// The step of Export Desk's own export or rebuild, which comes before that of the workflow.
#[derive(Clone, Copy)]
struct OwnStep {
    label: &'static str,
    has_button: bool,
}

impl NowCard {
    /// Another case is shown.
    pub fn turn(&mut self) {
        self.fields.turn();
        (self.others, self.wants_first, self.follows, self.form) = (false, false, false, None);
        for tools in self.of.values_mut() {
            tools.error = None;
        }
    }

    /// The case was chosen, or something was done that leaves the focus nowhere: the step's first control gets it, also
    /// that of the step that follows.
    pub fn follow(&mut self) {
        (self.wants_first, self.follows) = (true, true);
    }

    /// The same after a dialog over the page, unless the card is scrolled away: the page would jump under the pointer.
    /// Returns whether the card takes the focus.
    pub fn follow_where_seen(&mut self) -> bool {
        if self.is_seen {
            self.follow();
        }
        self.is_seen
    }

    /// Something else on the page takes the focus.
    pub fn leave(&mut self) {
        (self.wants_first, self.follows) = (false, false);
    }

    /// The tools of a case.
    pub fn tools(&mut self, case: CaseId) -> &mut StepTools {
        self.of.entry(case).or_default()
    }

    /// Takes the answers to the questions of all cases; `shown` is the case on the screen.
    pub fn on_answer(&mut self, shown: Option<CaseId>, answers: &mut Answers) {
        for (case, tools) in &mut self.of {
            tools.bug.on_answer(answers);
            tools.earlier.on_answer(answers);
            if tools.infradev.on_answer(answers) && shown == Some(*case) {
                self.fields.focus_first();
            }
        }
    }

    /// A deed of the shown case was done, or refused.
    pub fn done(&mut self, case: CaseId, result: Result<(), UserError>) {
        // A refused save, too: the person corrects something here.
        if !std::mem::take(&mut self.saves_for_post) {
            self.fields.focus_first();
        }
        self.tools(case).error = result.err();
    }

    /// Saves what was typed for the step, and returns the case with it; `None` if that has a mistake.
    pub fn save_typed(
        &mut self,
        case: &Case,
        form: &StepForm,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> Option<Case> {
        let deed = self.fields.typed_deed(case, form, cx)?;
        let preview = self.fields.preview(case, &deed, cx);
        if !deed.values.is_empty() {
            self.saves_for_post = true;
            perform(case, deed, out);
        }
        Some(preview)
    }

    pub fn ui(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        (step, choices): (&NextStep, &[Choice]),
        texts: &mut TextsCard,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) {
        let t = tokens(ui);
        let frame = Frame::new()
            .fill(t.surface)
            .stroke(Stroke::new(1.0, t.accent))
            .corner_radius(CornerRadius::same(RADIUS_CARD))
            .inner_margin(Margin { top: 8, bottom: 14, ..Margin::same(space::CARD) });
        // A lesson shows its own next step, so no button of this card is the primary one.
        let is_lesson = lesson_of(case, cx).is_some();
        self.take_focus(ui, case, egui::Id::unique((case.id.0, step_form(case, step).name())), is_lesson);
        let export = cx.export_step();
        let rebuild = rebuild_step(cx).filter(|_| !is_lesson);
        let leads = match (rebuild, export) {
            (Some((view, label)), _) => {
                Some(OwnStep { label, has_button: view.job.is_ended() || view.rests() })
            }
            (None, Some(export)) => Some(OwnStep { label: export.label(), has_button: export.has_button() }),
            (None, None) => None,
        };
        let shown = frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::S;
            title(ui, leads.map(|own| own.label), step, cx, out);
            kit::steady(ui, "own export", |ui| {
                let has_button = !is_lesson && leads.is_some_and(|own| own.has_button);
                let by_key = has_button && self.fields.takes_key();
                kit::fixed_row(ui, |ui| match rebuild {
                    Some((view, _)) => rebuild_line(ui, view, by_key, cx, out),
                    None => export_line(ui, export, (by_key, is_lesson), cx, out),
                });
            });
            why(ui, step, leads.is_none());
            request_link(ui, case, cx, out);
            contradiction(ui, case, cx, out);
            let form = step_form(case, step);
            let primary = !is_lesson && !leads.is_some_and(|own| own.has_button);
            // The controls of another step are others, so that a press that began on one never ends on another.
            kit::steady(ui, ("controls", form.name()), |ui| {
                self.controls(ui, case, (&form, choices), texts, primary, cx, out);
            });
            if self.others {
                ui.separator();
                for choice in choices {
                    other(ui, case, choice, texts, cx, out);
                }
            }
        });
        self.is_seen = ui.clip_rect().contains(shown.response.rect.center_top());
    }

    /// Gives the focus to the first control of this form if it is due.
    fn take_focus(&mut self, ui: &Ui, case: &Case, form: egui::Id, is_lesson: bool) {
        let is_other = self.form.replace(form).is_some_and(|before| before != form);
        if is_other {
            // The other ways were those of the step before.
            self.others = false;
            self.fields.form_changed(case);
        }
        // A dialog keeps the keyboard.
        if !ui.memory(|memory| memory.is_above_modal_layer(ui.layer_id())) {
            return;
        }
        let is_due = std::mem::take(&mut self.wants_first) || self.follows && is_other;
        if is_due && !is_lesson {
            self.fields.focus_first();
        } else if ui.input(|input| input.events.iter().any(is_press)) {
            self.follows = false;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the card reads the case and writes to its neighbours")]
    fn controls(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        (form, choices): (&StepForm, &[Choice]),
        texts: &mut TextsCard,
        primary: bool,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) {
        let mut pressed = None;
        if let Some(question) = &form.question {
            pressed = self.fields.question(ui, case, (question, choices), cx);
            route_line(ui, case, cx);
        }
        if let Some(kind) = form.text.and_then(TextKind::parse) {
            let is_copied = form.main.as_ref().is_some_and(|main| main.copies == form.text);
            let typed = self.fields.typed_case(case, form, cx);
            let reads = &mut self.of.entry(case.id).or_default().reads;
            if text_line(ui, (case, &typed), (kind, is_copied), (texts, reads), cx, out) {
                // Typing goes on where it was before the click.
                self.fields.focus_first();
            }
        }
        if form.tracker == Some(TrackerHelp::Infradev) {
            let wants = self.fields.take_keys();
            kit::steady(ui, "infradev", |ui| {
                self.tools(case.id).infradev.ui(ui, case, &texts.drafts, wants, cx, out);
            });
        }
        if form.fields.iter().any(|field| matches!(field.fact, Fact::KibanaLink | Fact::SentryLink)) {
            kit::steady(ui, "log searches", |ui| self.tools(case.id).searches.buttons(ui, case, cx, out));
        }
        self.fields.fields(ui, case, form, cx);
        let held = held_texts(case, form, texts, cx);
        let held = |deed: &Deed| {
            let kind = deed.copies.and_then(TextKind::parse)?;
            held.iter().find(|(of, _)| *of == kind).map(|(_, why)| why.clone())
        };
        let row = |ui: &mut Ui| {
            let deed = self.fields.buttons(ui, case, (form, choices), &held, cx, primary);
            again(ui, case, choices, texts, cx, out);
            let more = if self.others { "Fewer steps" } else { "Other steps" };
            if Button::new(more).quiet().show(ui).clicked() {
                self.others = !self.others;
            }
            deed
        };
        pressed = kit::steady(ui, "buttons", |ui| ui.horizontal_wrapped(row).inner).or(pressed);
        kit::steady(ui, "mistakes", |ui| {
            self.fields.mistakes(ui);
            pressed = self.fields.left_over(ui, case, form, cx).or(pressed.take());
            if let Some(error) = &self.tools(case.id).error {
                kit::error(ui, error);
            }
        });
        kit::steady(ui, "tracker", |ui| match form.tracker {
            Some(TrackerHelp::FindBug) => self.tools(case.id).bug.ui(ui, case, out),
            Some(TrackerHelp::EarlierRequests) => self.tools(case.id).earlier.ui(ui, case, out),
            Some(TrackerHelp::Infradev) => self.tools(case.id).infradev.preview(ui),
            None => {}
        });
        if let Some(deed) = pressed {
            self.do_it(ui, case, deed, texts, cx, out);
        }
    }

    /// Copies the text as it is, or with what was just typed, and sends the deed.
    fn do_it(
        &mut self,
        ui: &Ui,
        case: &Case,
        deed: CaseDeed,
        texts: &mut TextsCard,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) {
        let text = deed.copied.map(|kind| {
            let preview = self.fields.preview(case, &deed, cx);
            (kind.title(), texts.drafts.text_with(kind, case, &preview, cx.snapshot))
        });
        let link = deed.values.iter().find(|(fact, _)| *fact == Fact::HandoverLink);
        if let Some(host) = link.and_then(|(_, link)| foreign_handover(link, &cx.snapshot.rules)) {
            return out.open(UnknownHandover::new(case, host, deed, text));
        }
        if let Some((title, text)) = text {
            kit::copy(ui.ctx(), title, text);
        }
        self.tools(case.id).error = None;
        perform(case, deed, out);
    }
}

/// Whether the person does something.
fn is_press(event: &egui::Event) -> bool {
    matches!(
        event,
        egui::Event::Key { pressed: true, .. }
            | egui::Event::Text(_)
            | egui::Event::PointerButton { pressed: true, .. }
    )
}

/// The request that follows from the recorded answers, with the reason.
fn route_line(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>) {
    let stage = stage_at(case, &cx.snapshot.rules, cx.now);
    let is_asking = matches!(stage, Stage::ConsoleRequest | Stage::InfraRequest { .. });
    if !is_asking || matches!(route_asks(&case.facts), Some(Fact::ExportSucceeded | Fact::DownloadError)) {
        return;
    }
    let routing = route(&case.facts, &cx.snapshot.rules, cx.now);
    kit::chip_line(ui, Severity::Info, icons::SKIP, routing.request.label(), &routing.why);
}

/// The link of the request whose attempt the step waits for.
fn request_link(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Stage::AwaitingAttempt { request } = stage_at(case, &cx.snapshot.rules, cx.now) else { return };
    let url = match request {
        Request::Console => &case.facts.console_issue,
        Request::Infra => &case.facts.infra_issue,
    };
    if let Some(url) = url
        && ui.link(format!("Open the {}", request.label())).on_hover_text(url).clicked()
    {
        out.push(Intent::OpenUrl(url.clone()));
    }
}

/// What the facts call for, where an answer was corrected after the other request was opened.
fn contradiction(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Stage::AwaitingAttempt { request } = stage_at(case, &cx.snapshot.rules, cx.now) else { return };
    // After a failed console attempt, infrastructure is asked whatever the facts say.
    if request == Request::Infra && case.facts.console_issue.is_some() {
        return;
    }
    let routing = route(&case.facts, &cx.snapshot.rules, cx.now);
    if routing.request != request {
        let words = format!("The facts now call for the {}. {}", routing.request.label(), routing.why);
        kit::say(ui, Severity::Warn, icons::WARN, &words);
        let label = format!("Prepare the {} instead", routing.request.label());
        let tip =
            format!("Takes back that the {} is open. In GitLab it stays: close it there.", request.label());
        let button = Button::new(&label).icon(icons::SKIP).tooltip(tip).blocked(cx.asked.is_saving());
        if button.show(ui).clicked() {
            report(case, &Event::Undo, out);
        }
    }
}

/// The text that serves the step, and what else can be done with it. Returns true if it was copied. `typed` is the case
/// with what was typed and not saved yet, which a copied text has too.
fn text_line(
    ui: &mut Ui,
    (case, typed): (&Case, &Case),
    (kind, is_copied): (TextKind, bool),
    (texts, reads): (&mut TextsCard, &mut Option<TextKind>),
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) -> bool {
    let (mut copies, mut opens) = (false, false);
    ui.horizontal_wrapped(|ui| {
        reader_chip(ui, kind);
        let draft = texts.drafts.draft(kind, case, cx.snapshot);
        state_chip(ui, draft);
        let is_read = *reads == Some(kind);
        let read = Button::new("Read the text").quiet().selected(is_read);
        if read.tooltip("Shows the text here, as its reader will see it.").show(ui).clicked() {
            *reads = (!is_read).then_some(kind);
        }
        if !is_copied {
            let held = held_back(draft);
            let copy = Button::new("Copy the draft").icon(icons::COPY).blocked(held.clone());
            copies = copy.tooltip(kind.title()).show(ui).clicked();
            opens = page_button(ui, draft, kind, held);
        }
        post_button(ui, draft, kind, case, cx, out);
    });
    if *reads == Some(kind) {
        reading(ui, case, kind, texts, cx, out);
    }
    if copies || opens {
        let title = texts.drafts.draft(kind, case, cx.snapshot).rendered.title.clone();
        let text = texts.drafts.text_with(kind, case, typed, cx.snapshot);
        if copies {
            text_tools::copy(ui.ctx(), case, kind, &text, out);
        } else {
            open_page(ui.ctx(), case, kind, (&title, &text), cx, out);
        }
    }
    copies
}

/// Whether the text can be sent, and what it lacks.
fn state_chip(ui: &mut Ui, draft: &TextDraft) {
    let (required, others) = draft.blanks();
    let optional = format::number_of(others as u64, "optional blank", "optional blanks");
    match (required.as_slice(), others) {
        ([], 0) => kit::chip(ui, Severity::Good, icons::TEXT, "draft ready"),
        ([], _) => kit::chip(ui, Severity::Good, icons::TEXT, &format!("draft ready, {optional}")),
        (lacking, _) => {
            let words = format!("the draft lacks: {}", lacking.join(", "));
            kit::chip(ui, Severity::Warn, icons::TEXT, &words)
        }
    };
}

/// The step's text as its reader will see it. The Texts card below keeps the text that was chosen there.
fn reading(
    ui: &mut Ui,
    case: &Case,
    kind: TextKind,
    texts: &mut TextsCard,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let t = tokens(ui);
    let draft = texts.drafts.draft(kind, case, cx.snapshot);
    let frame = Frame::new().fill(t.canvas).corner_radius(CornerRadius::same(RADIUS_CARD));
    frame.inner_margin(Margin::same(10)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let area = egui::ScrollArea::vertical().id_salt("reading").max_height(READING);
        let clicked = area.show(ui, |ui| kit::markdown(ui, &draft.text)).inner;
        if let Some(url) = clicked {
            out.push(Intent::OpenUrl(url));
        }
    });
    let edit = Button::new("Edit this text").icon(icons::EDIT).quiet();
    if edit.tooltip("Goes to the text below, where you can edit it.").show(ui).clicked() {
        texts.show(case, kind);
    }
}

/// Why the texts that the form's buttons copy must not be sent yet.
fn held_texts(
    case: &Case,
    form: &StepForm,
    texts: &mut TextsCard,
    cx: &ViewContext<'_>,
) -> Vec<(TextKind, String)> {
    let copied =
        form.main.iter().chain(&form.others).filter_map(|deed| deed.copies.and_then(TextKind::parse));
    copied.filter_map(|kind| Some((kind, held_back(texts.drafts.draft(kind, case, cx.snapshot))?))).collect()
}

#[cfg(test)]
#[path = "now_card/tests.rs"]
mod tests;
