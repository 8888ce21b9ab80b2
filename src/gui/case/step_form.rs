//! The controls of the next step, drawn from [`StepForm`]: a question, fields that are typed together, and buttons.

mod left_over;

use std::collections::{BTreeMap, HashMap};
use std::mem::discriminant;

use egui::{Id, Key, Modifiers, Response, Ui};

use crate::case::intake::{Trackers, recognise};
use crate::case::{
    Action, Case, CaseId, Choice, Deed, Fact, FactKind, Input, OfferLog, Recognised, Refusal, Rules,
    StepField, StepForm, StepQuestion, UtcMs, parse_fact_near, step,
};
use crate::engine::api::CaseDeed;
use crate::gui::case::time_field::{TIME_WIDTH, slot, time_field};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::theme::{Severity, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

/// From this width on, a time and its message share a row, in points.
const SHARED_ROW: f32 = 480.0;

/// Saves what is typed, and nothing else.
const SAVE: Deed = Deed { label: "Save", sets: Vec::new(), copies: None, event: None, saves: false };

/// What the person typed and has not saved yet, and where the keyboard focus goes.
#[derive(Debug, Default)]
pub struct StepFields {
    typed: HashMap<CaseId, BTreeMap<Fact, String>>,
    wrong: BTreeMap<Fact, String>,
    /// The field that had the focus in the previous frame.
    focused: Option<(Fact, Id)>,
    /// Gives the focus to this field in the next frame.
    focus: Option<Fact>,
    /// Gives the focus to the first control in the next frame.
    focus_first: bool,
    /// This field was filled in by the mouse alone: the focus goes on to the next empty one.
    goes_on: Option<Fact>,
    /// The key for the next step was pressed.
    press_main: bool,
    /// Asks before what was typed for another step is discarded.
    asks_discard: bool,
}

impl StepFields {
    /// Gives the focus to the step's first control.
    pub fn focus_first(&mut self) {
        self.focus_first = true;
    }

    /// Presses the main button in the next frame.
    pub fn press_main(&mut self) {
        self.press_main = true;
    }

    /// Whether the key for the next step was pressed: the step of Export Desk's own export takes it.
    pub fn takes_key(&mut self) -> bool {
        std::mem::take(&mut self.press_main)
    }

    /// Whether the first control gets the focus, and whether the main button is pressed: for controls of their own.
    pub fn take_keys(&mut self) -> (bool, bool) {
        (std::mem::take(&mut self.focus_first), std::mem::take(&mut self.press_main))
    }

    /// Another case is shown.
    pub fn turn(&mut self) {
        let typed = std::mem::take(&mut self.typed);
        *self = Self { typed, ..Self::default() };
    }

    /// Whether something is typed for a case that is not saved.
    pub fn is_unsaved(&self, case: &Case) -> bool {
        self.unsaved(case).next().is_some()
    }

    fn unsaved(&self, case: &Case) -> impl Iterator<Item = (&Fact, &String)> {
        let typed = self.typed.get(&case.id).into_iter().flatten();
        typed.filter(|(fact, text)| case.facts.is_new(**fact, text))
    }

    /// A deed has saved these facts: they are no longer typed. Whatever else is typed stays.
    pub fn saved(&mut self, case: CaseId, facts: &[Fact]) {
        if let Some(typed) = self.typed.get_mut(&case) {
            typed.retain(|fact, _| !facts.contains(fact));
        }
    }

    /// The question with its answers; the route that follows is shown beside them.
    pub fn question(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        (question, choices): (&StepQuestion, &[Choice]),
        cx: &ViewContext<'_>,
    ) -> Option<CaseDeed> {
        let busy = cx.asked.is_saving();
        let is_answered = question.answers.iter().any(|answer| answer.is_recorded(case));
        let mut pressed = None;
        kit::prose(ui, question.text, tokens(ui).text);
        kit::faint(ui, question.criterion);
        ui.horizontal_wrapped(|ui| {
            for answer in &question.answers {
                let refused = refusal_of(choices, answer);
                let button = Button::new(answer.label).blocked(busy.clone().or(refused));
                let button = if is_answered { button.selected(answer.is_recorded(case)) } else { button };
                let response = button.show(ui);
                if !is_answered {
                    self.take_focus(&response);
                }
                if response.clicked() {
                    pressed = Some(deed_of(answer, Vec::new()));
                }
            }
        });
        pressed
    }

    /// The fields. Enter goes to the next empty one, and presses the main button after the last.
    pub fn fields(&mut self, ui: &mut Ui, case: &Case, form: &StepForm, cx: &ViewContext<'_>) {
        if self.enter(ui, &form.fields, case) {
            self.press_main = true;
        }
        // A field that is shown apart comes later.
        self.focused = self.focused.filter(|(fact, _)| !holds(&form.fields, *fact));
        if self.focus_first
            && form.question.as_ref().is_none_or(|q| q.answers.iter().any(|a| a.is_recorded(case)))
        {
            let empty = form.fields.iter().find(|field| self.text(case, field.fact).trim().is_empty());
            if let Some(field) = empty.or(form.fields.first()) {
                (self.focus, self.focus_first) = (Some(field.fact), false);
            }
        }
        let shares = ui.available_width() >= SHARED_ROW;
        let mut rest = form.fields.as_slice();
        while let Some((field, others)) = rest.split_first() {
            let beside = others.first().filter(|next| {
                shares && field.fact.kind() == FactKind::Time && next.fact.kind() == FactKind::Text
            });
            let Some(message) = beside else {
                self.field(ui, case, *field, cx);
                rest = others;
                continue;
            };
            ui.horizontal_top(|ui| {
                slot(ui, TIME_WIDTH, |ui| self.field(ui, case, *field, cx));
                let width = ui.available_width();
                slot(ui, width, |ui| self.field(ui, case, *message, cx));
            });
            rest = &others[1..];
        }
        if let Some(fact) = self.goes_on.take() {
            self.focus = self.next_empty(&form.fields, fact, case).or(Some(fact));
            ui.ctx().request_repaint();
        }
    }

    /// The next field to fill in after this one.
    fn next_empty(&self, fields: &[StepField], fact: Fact, case: &Case) -> Option<Fact> {
        let from = fields.iter().position(|field| field.fact == fact).map_or(0, |at| at + 1);
        let is_empty = |field: &&StepField| self.text(case, field.fact).trim().is_empty();
        let next = fields[from..].iter().find(is_empty).or_else(|| {
            fields[..from].iter().filter(|field| field.is_required && field.fact != fact).find(is_empty)
        });
        next.map(|field| field.fact)
    }

    /// The main button and the other ways.
    pub fn buttons(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        (form, choices): (&StepForm, &[Choice]),
        held: &dyn Fn(&Deed) -> Option<String>,
        cx: &ViewContext<'_>,
        is_primary: bool,
    ) -> Option<CaseDeed> {
        let mut pressed = None;
        let by_key = std::mem::take(&mut self.press_main);
        if let Some(main) = &form.main {
            let lacks = self.lacks(case, &form.fields);
            let is_partial = lacks.is_some() && self.has_changes(case, &form.fields);
            // What is typed can be saved although the step needs more.
            let deed = if is_partial {
                Deed { label: "Save", copies: None, event: None, ..main.clone() }
            } else {
                main.clone()
            };
            let refused = if form.fields.is_empty() { refusal_of(choices, &deed) } else { None };
            let idle = if deed.event.is_none() && deed.sets.is_empty() && !is_partial {
                self.is_idle(case, &form.fields)
            } else {
                None
            };
            let why = cx
                .asked
                .is_saving()
                .or(lacks.filter(|_| !is_partial))
                .or(idle)
                .or(refused)
                .or_else(|| held(&deed));
            let button = Button::new(deed.label).icon(icons::GOOD).blocked(why.clone());
            let button = button.as_wide_as(main.label);
            let button = if is_primary { button.primary() } else { button };
            let response = button.show(ui);
            self.take_focus(&response);
            if (response.clicked() || by_key) && why.is_none() {
                pressed = self.press(case, &deed, &form.fields, cx);
            } else if by_key {
                self.focus_first = true;
                ui.ctx().request_repaint();
            }
        } else if by_key {
            self.focus_first = true;
            ui.ctx().request_repaint();
        }
        for other in &form.others {
            let lacking = other.saves.then(|| other.lacks_evidence(&self.typed_case(case, form, cx).facts));
            let lacking = lacking.flatten().map(|fact| format!("Fill in “{}” first.", fact.label()));
            let why = cx.asked.is_saving().or(lacking).or_else(|| refusal_of(choices, other));
            let why = why.or_else(|| held(other));
            let button = Button::new(other.label).blocked(why);
            let response = if other.saves { button } else { button.quiet() }.show(ui);
            self.take_focus(&response);
            if response.clicked() {
                pressed = if other.saves {
                    self.press(case, other, &form.fields, cx)
                } else {
                    Some(deed_of(other, Vec::new()))
                };
            }
        }
        pressed
    }

    /// What is wrong with the fields, below the buttons: nothing above moves when it is said.
    pub fn mistakes(&self, ui: &mut Ui) {
        for words in self.wrong.values() {
            kit::say(ui, Severity::Bad, icons::BAD, words);
        }
    }

    /// Gives the focus to this control if it is the step's first one.
    fn take_focus(&mut self, response: &Response) {
        if self.focus_first && response.enabled() {
            response.request_focus();
            self.focus_first = false;
        }
    }

    /// The case as it will be once the typed values are saved, for the text that is copied with them.
    pub fn preview(&self, case: &Case, deed: &CaseDeed, cx: &ViewContext<'_>) -> Case {
        let mut preview = case.clone();
        for (fact, text) in &deed.values {
            if let Ok(after) = checked(&preview, *fact, text, cx.now, &cx.snapshot.rules) {
                preview = after;
            }
        }
        preview
    }

    /// The case with what is typed and right.
    pub fn typed_case(&self, case: &Case, form: &StepForm, cx: &ViewContext<'_>) -> Case {
        let typed = form.fields.iter().map(|field| (field.fact, self.text(case, field.fact)));
        let typed = typed.filter(|(fact, text)| *text != case.facts.get(*fact).unwrap_or_default());
        let values = typed.filter(|(_, text)| !text.trim().is_empty()).collect();
        self.preview(case, &CaseDeed { values, ..CaseDeed::default() }, cx)
    }

    /// What saves everything that is typed, and nothing else; `None` if there is a mistake, which its field then shows.
    pub fn typed_deed(&mut self, case: &Case, form: &StepForm, cx: &ViewContext<'_>) -> Option<CaseDeed> {
        self.press(case, &SAVE, &form.fields, cx)
    }

    /// Checks what is typed by the rules of the case. Whatever is wrong is said at its field.
    fn press(
        &mut self,
        case: &Case,
        deed: &Deed,
        fields: &[StepField],
        cx: &ViewContext<'_>,
    ) -> Option<CaseDeed> {
        self.wrong.clear();
        let mut values = Vec::new();
        for field in fields {
            let text = self.text(case, field.fact);
            if text == case.facts.get(field.fact).unwrap_or_default() {
                continue;
            }
            match text.trim() {
                "" => values.push((field.fact, String::new())),
                typed => match value_of(case, field.fact, typed, cx) {
                    Ok(value) => values.push((field.fact, value)),
                    Err(refusal) => drop(self.wrong.insert(field.fact, kit::refusal_words(&refusal))),
                },
            }
        }
        if let Some(fact) = self.wrong.keys().next() {
            self.focus = Some(*fact);
            return None;
        }
        Some(deed_of(deed, values))
    }

    /// Whether Enter was pressed in the last of the fields that had to be filled in; otherwise the focus moves on.
    fn enter(&mut self, ui: &Ui, fields: &[StepField], case: &Case) -> bool {
        let Some((fact, id)) = self.focused.filter(|(fact, _)| holds(fields, *fact)) else { return false };
        let has_focus = ui.memory(|memory| memory.focused() == Some(id));
        if has_focus && ui.input_mut(|input| input.consume_shortcut(&kit::ACCEPT)) {
            return true;
        }
        // Shift+Enter starts a new line in a message.
        let is_enter = |input: &mut egui::InputState| {
            !input.modifiers.shift && input.consume_key(Modifiers::NONE, Key::Enter)
        };
        if !has_focus || !ui.input_mut(is_enter) {
            return false;
        }
        // An optional field may stay empty: Enter in it goes on.
        self.focus = self.next_empty(fields, fact, case);
        self.focus.is_none()
    }

    fn text(&self, case: &Case, fact: Fact) -> String {
        let typed = self.typed.get(&case.id).and_then(|typed| typed.get(&fact)).cloned();
        typed.or_else(|| case.facts.get(fact)).unwrap_or_default()
    }

    fn has_changes(&self, case: &Case, fields: &[StepField]) -> bool {
        fields
            .iter()
            .any(|field| self.text(case, field.fact).trim() != case.facts.get(field.fact).unwrap_or_default())
    }

    /// Why a button that only saves has nothing to save, in words.
    fn is_idle(&self, case: &Case, fields: &[StepField]) -> Option<String> {
        if self.has_changes(case, fields) {
            return None;
        }
        let is_empty = |field: &&StepField| self.text(case, field.fact).trim().is_empty();
        let empty = fields.iter().find(is_empty)?;
        Some(format!("Fill in “{}” first.", empty.fact.label()))
    }

    /// The first field that the step still needs, in words.
    fn lacks(&self, case: &Case, fields: &[StepField]) -> Option<String> {
        let is_empty = |field: &&StepField| self.text(case, field.fact).trim().is_empty();
        let lacking = fields.iter().filter(|field| field.is_required).find(is_empty)?;
        Some(format!("Fill in “{}” first.", lacking.fact.label()))
    }

    fn field(&mut self, ui: &mut Ui, case: &Case, field: StepField, cx: &ViewContext<'_>) {
        let fact = field.fact;
        let mut text = self.text(case, fact);
        let before = text.clone();
        let is_wrong = self.wrong.contains_key(&fact);
        let take = self.focus.take_if(|wanted| *wanted == fact).is_some();
        let widget = Field::new(fact.label()).hint(hint(fact)).is_wrong(is_wrong).focus(take);
        let response = if fact.kind() == FactKind::Time {
            let is_own = fact == Fact::ApiAttemptAt
                && case.own_api_attempt
                && case.facts.get(fact).as_ref() == Some(&text);
            let whose = if is_own { ", Export Desk's own export" } else { "" };
            let (response, is_now) = time_field(ui, fact, (widget, is_wrong, whose), &mut text, cx.now);
            if is_now {
                self.goes_on = Some(fact);
            }
            response
        } else if fact.kind() == FactKind::Text {
            widget.rows(2).show(ui, &mut text)
        } else {
            widget.show(ui, &mut text)
        };
        if take || ui.memory(|memory| memory.has_focus(response.id)) {
            self.focused = Some((fact, response.id));
        }
        let is_pasted = response.has_focus() && ui.input(|i| i.events.iter().any(is_paste));
        if text != before
            && is_pasted
            && fact.kind() == FactKind::Link
            && value_of(case, fact, &text, cx).is_ok()
        {
            self.goes_on = Some(fact);
        }
        if text != before {
            self.wrong.remove(&fact);
            self.typed(case, fact, text, cx);
        }
    }

    /// Keeps what is typed. A whole link that belongs to another field of the case goes there.
    fn typed(&mut self, case: &Case, fact: Fact, text: String, cx: &ViewContext<'_>) {
        let trackers = cx.snapshot.text_config.handbook.known_trackers();
        let place = if fact.kind() == FactKind::Link { place_of(&text, fact, &trackers) } else { fact };
        let typed = self.typed.entry(case.id).or_default();
        if place != fact
            && typed.get(&place).is_none_or(|text| text.trim().is_empty())
            && !case.facts.has(place)
        {
            typed.insert(fact, String::new());
            typed.insert(place, text);
            self.focus = Some(place);
            return;
        }
        typed.insert(fact, text);
    }
}

fn holds(fields: &[StepField], fact: Fact) -> bool {
    fields.iter().any(|field| field.fact == fact)
}

/// The log links are told apart by their form, whichever of their fields they are pasted into.
fn place_of(text: &str, fact: Fact, trackers: &Trackers) -> Fact {
    let together = [Fact::KibanaLink, Fact::SentryLink, Fact::BugIssue];
    if !together.contains(&fact) {
        return fact;
    }
    match recognise(text, &[], trackers).as_slice() {
        [Recognised::Fact { fact: place, .. }] if together.contains(place) => *place,
        _ => fact,
    }
}

fn is_paste(event: &egui::Event) -> bool {
    matches!(event, egui::Event::Paste(_))
}

fn deed_of(deed: &Deed, mut values: Vec<(Fact, String)>) -> CaseDeed {
    values.extend(deed.sets.iter().map(|(fact, word)| (*fact, (*word).to_owned())));
    let copied = deed.copies.and_then(TextKind::parse);
    CaseDeed { values, copied, event: deed.event.clone() }
}

/// The typed text as a value that the case accepts now.
fn value_of(case: &Case, fact: Fact, typed: &str, cx: &ViewContext<'_>) -> Result<String, Refusal> {
    checked(case, fact, typed, cx.now, &cx.snapshot.rules)
        .map(|after| after.facts.get(fact).unwrap_or_else(|| typed.to_owned()))
}

/// The case after this fact was set.
fn checked(case: &Case, fact: Fact, typed: &str, now: UtcMs, rules: &Rules) -> Result<Case, Refusal> {
    let value = parse_fact_near(fact, typed, now)?;
    step(case, Input::SetFact(fact, value), &OfferLog::default(), rules, now).map(|change| change.case)
}

/// Why the rules forbid the event of a deed now: the case page has asked them about every event.
fn refusal_of(choices: &[Choice], deed: &Deed) -> Option<String> {
    let kind = discriminant(deed.event.as_ref()?);
    let is_it =
        |choice: &&Choice| matches!(&choice.action, Action::Report(event) if discriminant(event) == kind);
    choices.iter().find(is_it)?.refused.as_ref().map(kit::refusal_words)
}

fn hint(fact: Fact) -> &'static str {
    match fact {
        Fact::KibanaLink => "https://log.gprd.gitlab.net/app/r/s/…",
        Fact::SentryLink => "https://new-sentry.gitlab.net/…",
        _ if fact.kind() == FactKind::Time => "20 minutes ago",
        _ if fact.kind() == FactKind::Link => "https://",
        _ => "The exact message",
    }
}
