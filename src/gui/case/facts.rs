//! The facts of a case, edited in place.

use std::collections::BTreeMap;

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align, Layout, RichText, TextStyle, Ui, Vec2};

use crate::case::intake::{Recognised, Trackers, parse_time, recognise, refuse_foreign_kibana};
use crate::case::{
    Blocked, Case, Code, Fact, FactKind, Refusal, Ticket, UserError, UtcMs, blocked_by, parse_fact_near,
};
use crate::engine::api::{CaseCorrection, Command};
use crate::gui::case::read_time::read_time;
use crate::gui::intent::{CaseQuestion, Intent, Outbox};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::undo::Undo;
use crate::gui::view_context::ViewContext;

/// The label of the ticket's field.
const TICKET: &str = "Ticket";

/// The width of the buttons of a row, in points.
const BUTTONS: f32 = 78.0;
/// The width of the names, in points.
const NAME: f32 = 200.0;
/// A longer message is shown whole on hover.
const MOST_ROWS: usize = 4;

/// The card's state.
#[derive(Debug, Default)]
pub struct FactsCard {
    editing: Option<Edit>,
    /// What a person typed for other facts and has not saved yet.
    aside: BTreeMap<Fact, String>,
    /// The fact that is being saved from its field.
    saving: Option<Fact>,
    pasted: String,
    /// The error that the last pasted text caused.
    error: Option<UserError>,
    all: bool,
}

#[derive(Debug)]
struct Edit {
    fact: Fact,
    text: String,
    focused: bool,
    wrong: Option<String>,
    /// Whether the next step requested this fact: once the fact is saved, that step is checked again.
    for_step: bool,
}

impl FactsCard {
    /// Whether a field that is open, or was open before another, has text that is not saved.
    pub fn is_unsaved(&self, case: &Case) -> bool {
        let open = self.editing.iter().map(|edit| (&edit.fact, &edit.text));
        open.chain(&self.aside).any(|(fact, text)| case.facts.is_new(*fact, text))
    }

    /// Opens the field of `fact`. Text typed earlier, in this or another field, is kept.
    pub fn edit(&mut self, case: &Case, fact: Fact, for_step: bool) {
        match &mut self.editing {
            Some(edit) if edit.fact == fact => edit.focused = false,
            _ => {
                self.put_aside(case);
                let typed = self.aside.remove(&fact);
                let text = typed.or_else(|| case.facts.get(fact)).unwrap_or_default();
                self.editing = Some(Edit { fact, text, focused: false, wrong: None, for_step });
            }
        }
    }

    fn put_aside(&mut self, case: &Case) {
        if let Some(edit) = self.editing.take()
            && !edit.text.trim().is_empty()
            && case.facts.get(edit.fact).as_deref() != Some(edit.text.as_str())
        {
            self.aside.insert(edit.fact, edit.text);
        }
    }

    /// Takes the engine's answer to the last change. Returns true if the next step requested this fact and now has
    /// it.
    pub fn answered(&mut self, answer: Result<(), UserError>) -> bool {
        let saved = self.saving.take();
        match (answer, &mut self.editing) {
            (Ok(()), _) => {
                self.error = None;
                if saved.is_none() {
                    self.pasted.clear();
                }
                // The person may have opened the field of another fact in the meantime.
                let edit = self.editing.take_if(|edit| Some(edit.fact) == saved);
                edit.is_some_and(|edit| edit.for_step)
            }
            (Err(error), Some(edit)) if saved == Some(edit.fact) => {
                edit.wrong = Some(kit::error_words(&error));
                edit.focused = false;
                false
            }
            (Err(error), _) => {
                self.error = Some(error);
                false
            }
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        kit::card(ui, |ui| {
            ui.horizontal(|ui| {
                kit::heading(ui, "Facts");
                kit::at_end(ui, |ui| {
                    let label = if self.all { "Show what matters now" } else { "Show all" };
                    if Button::new(label).quiet().show(ui).clicked() {
                        self.all = !self.all;
                    }
                });
            });
            self.paste(ui, case, cx, out);
            ui.spacing_mut().item_spacing.y = 2.0;
            if case.ticket.is_none() {
                kit::pair_with(ui, TICKET, |ui| {
                    kit::faint(ui, "not recorded: paste its URL above");
                });
            }
            let blocking = blocked_by(case, &cx.snapshot.rules, cx.now);
            for fact in Fact::ALL {
                let known = case.facts.has(fact);
                let edited = self.editing.as_ref().is_some_and(|edit| edit.fact == fact);
                if edited {
                    // The NOW card may show a field for the same fact.
                    ui.push_id("edited fact", |ui| self.editor(ui, case, cx, out));
                } else if known || self.all || matters(&blocking, fact) {
                    self.line(ui, case, fact, cx, out);
                }
            }
        });
    }

    fn paste(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        let response = Field::new("Paste a link, an ID or a time")
            .hint("Paste a Kibana, Sentry or issue link, or a correlation ID")
            .hide_label()
            .show(ui, &mut self.pasted);
        if response.changed() {
            self.error = None;
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let text = self.pasted.trim().to_owned();
        if text.is_empty() {
            return;
        }
        let instances: Vec<String> = cx.snapshot.instances.iter().map(|known| known.url.clone()).collect();
        let trackers = cx.snapshot.text_config.handbook.known_trackers();
        let pasted = Pasted::of(&text, &instances, &trackers, &cx.snapshot.rules.kibana_hosts);
        if pasted.is_empty() {
            kit::chip(
                ui,
                Severity::Plain,
                icons::INFO,
                "Nothing recognised: no link that a case keeps, no ID and no time",
            );
        } else {
            pasted.offer(ui, case, entered, out);
        }
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
    }

    /// A row of the table: the name, the whole value, and its buttons at the right.
    fn line(&mut self, ui: &mut Ui, case: &Case, fact: Fact, cx: &ViewContext<'_>, out: &mut Outbox) {
        let value = case.facts.get(fact);
        ui.horizontal_top(|ui| {
            let name_width = NAME.min(ui.available_width() * 0.34);
            cell(ui, name_width, |ui| {
                ui.add_space(2.0);
                ui.add(
                    egui::Label::new(RichText::new(fact.label()).size(size::SMALL).color(tokens(ui).faint))
                        .wrap(),
                );
            });
            let width = (ui.available_width() - BUTTONS).max(80.0);
            cell(ui, width, |ui| shown_value(ui, case, fact, value.as_deref(), cx, out));
            kit::at_end(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                if let Some(value) = &value {
                    let copy = format!("Copy {}", fact.label());
                    if Button::new(&copy).icon(icons::COPY).icon_only().quiet().show(ui).clicked() {
                        kit::copy(ui.ctx(), fact.label(), value.clone());
                    }
                }
                let edit = format!("Edit {}", fact.label());
                if Button::new(&edit).icon(icons::EDIT).icon_only().quiet().show(ui).clicked() {
                    self.edit(case, fact, false);
                }
            });
        });
    }

    fn editor(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        let Some(edit) = &mut self.editing else { return };
        let fact = edit.fact;
        let mut done = false;
        ui.add_space(space::XS);
        let words = fact.words();
        if words.is_empty() {
            let rows = if fact.kind() == FactKind::Text { 2 } else { 1 };
            let field =
                Field::new(fact.label()).note(note(fact.kind())).rows(rows).error(edit.wrong.as_deref());
            let response = field.focus(!edit.focused).show(ui, &mut edit.text);
            edit.focused = true;
            if response.changed() {
                edit.wrong = None;
            }
            if fact.kind() == FactKind::Time && edit.wrong.is_none() {
                read_back(ui, fact, &edit.text, cx.now);
            }
            let accepted = kit::accepted(ui, &response);
            let entered = rows == 1 && response.lost_focus();
            done = accepted || (entered && ui.input(|i| i.key_pressed(egui::Key::Enter)));
        } else {
            kit::section(ui, fact.label());
            ui.horizontal(|ui| {
                for word in words {
                    ui.radio_value(&mut edit.text, (*word).to_owned(), *word);
                }
            });
            if let Some(wrong) = &edit.wrong {
                kit::error(ui, &UserError::new(Code::Refused, wrong.clone(), ""));
            }
        }
        let typed = edit.text.trim().to_owned();
        let mut closed = false;
        ui.horizontal(|ui| {
            let busy = cx.asked.facts.then(|| "Saving.".to_owned());
            done |= Button::new("Save").primary().blocked(busy).show(ui).clicked();
            if case.facts.has(fact) && Button::new("Clear").show(ui).clicked() {
                self.saving = Some(fact);
                set(case, fact, String::new(), out);
            }
            if fact.kind() == FactKind::Time && Button::new("Now").show(ui).clicked() {
                edit.text = cx.now.rfc3339();
            }
            closed = Button::new("Cancel").quiet().show(ui).clicked();
        });
        // A dialog above has a use of its own for Escape, and what was typed is not dropped by a key.
        let is_front = ui.memory(|memory| memory.is_above_modal_layer(ui.layer_id()));
        let may_close = is_front && !case.facts.is_new(fact, &edit.text);
        closed |= may_close && ui.input(|input| input.key_pressed(egui::Key::Escape));
        ui.add_space(space::XS);
        if done {
            // A relative time is resolved against the same moment that was shown to the person.
            match parse_fact_near(fact, &typed, cx.now) {
                Ok(value) => {
                    self.saving = Some(fact);
                    set(case, fact, value.to_string(), out);
                }
                Err(refusal) => {
                    edit.wrong = Some(kit::refusal_words(&refusal));
                    edit.focused = false;
                }
            }
        } else if closed {
            self.editing = None;
        }
    }
}

/// The value of a fact, with what belongs to it.
fn shown_value(
    ui: &mut Ui,
    case: &Case,
    fact: Fact,
    value: Option<&str>,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let t = tokens(ui);
    match (value, time_of(case, fact)) {
        (_, Some(at)) => {
            kit::when(ui, at, cx.now);
        }
        (Some(url), None) if fact.kind() == FactKind::Link => {
            if ui.link(url).clicked() {
                out.push(Intent::OpenUrl(url.to_owned()));
            }
        }
        (Some(value), None) => {
            let job = LayoutJob {
                wrap: TextWrapping { max_rows: MOST_ROWS, ..TextWrapping::default() },
                ..LayoutJob::simple(
                    value.to_owned(),
                    TextStyle::Body.resolve(ui.style()),
                    t.text,
                    f32::INFINITY,
                )
            };
            ui.add(egui::Label::new(job).wrap().show_tooltip_when_elided(false)).on_hover_text(value);
        }
        (None, None) => {
            ui.label(RichText::new("not known").color(t.faint));
        }
    }
    if fact == Fact::ApiAttemptAt && value.is_some() && case.own_api_attempt {
        kit::chip(ui, Severity::Info, icons::EXPORT, "by Export Desk").on_hover_text(
            "This is Export Desk's own export. Record the customer's attempt instead, if there was one.",
        );
    }
}

/// A cell of the table, as high as its content.
fn cell(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(Vec2::new(width, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.add_space(space::XS);
        content(ui);
    });
}

/// Turns a rule's refusal into the form in which every other error is shown.
fn as_user_error(refusal: &Refusal) -> UserError {
    UserError::new(Code::Refused, refusal.headline.clone(), refusal.hint.clone())
}

/// How to write a fact of this kind.
fn note(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Time => {
            "With the time zone: 2026-11-21 06:54 UTC, 14:05 +02:00, yesterday 3pm UTC, 20 minutes ago."
        }
        FactKind::Link => "The whole URL, starting with https://.",
        _ => "The exact message.",
    }
}

/// How the typed time is understood, in UTC; or why the text is not a time.
fn read_back(ui: &mut Ui, fact: Fact, typed: &str, now: UtcMs) {
    if typed.trim().is_empty() {
        return;
    }
    match read_time(fact, typed, now) {
        Ok(words) => {
            kit::chip(ui, Severity::Good, icons::CLOCK, &format!("understood as {words}"));
        }
        Err(refusal) => {
            kit::chip(ui, Severity::Plain, icons::INFO, &refusal.headline)
                .on_hover_text(kit::hint_words(&refusal.hint));
        }
    }
}

fn set(case: &Case, fact: Fact, value: String, out: &mut Outbox) {
    let command = Command::SetFacts { case: case.id, values: vec![(fact, value)] };
    let undo = Some(Undo::facts(case, [fact]));
    out.ask_of_case(CaseQuestion::Facts { case: case.id, undo }, command);
}

fn time_of(case: &Case, fact: Fact) -> Option<crate::case::UtcMs> {
    (fact.kind() == FactKind::Time)
        .then(|| case.facts.get(fact).and_then(|text| parse_time(&text).ok()))
        .flatten()
}

/// Whether an unknown fact still gets a line, because the current stage requests it.
fn matters(blocking: &[Blocked], fact: Fact) -> bool {
    blocking.iter().any(|blocked| blocked.fact == fact)
        || matches!(fact, Fact::CorrelationId | Fact::KibanaLink | Fact::BugIssue)
}

/// What a pasted text holds for a case: facts with their fields, and the pieces not accepted, with the reason.
#[derive(Debug, Default, PartialEq)]
struct Pasted {
    facts: Vec<(Fact, String)>,
    tickets: Vec<Ticket>,
    /// Issues of unknown trackers: each is taken as the bug issue unless the person says otherwise.
    issues: Vec<String>,
    times: Vec<UtcMs>,
    errors: Vec<UserError>,
}

impl Pasted {
    fn of(text: &str, instances: &[String], trackers: &Trackers, kibanas: &[String]) -> Self {
        let mut pasted = Self::default();
        for one in recognise(text, instances, trackers) {
            match one {
                Recognised::Fact { fact: Fact::KibanaLink, text } => {
                    match refuse_foreign_kibana(&text, kibanas) {
                        Ok(()) => pasted.facts.push((Fact::KibanaLink, text)),
                        Err(refusal) => pasted.errors.push(as_user_error(&refusal)),
                    }
                }
                Recognised::Fact { fact, text } => pasted.facts.push((fact, text)),
                Recognised::Issue { url } => pasted.issues.push(url),
                Recognised::Time(at) => pasted.times.push(at),
                Recognised::Refused { refusal, .. } => pasted.errors.push(as_user_error(&refusal)),
                Recognised::Ticket(ticket) => pasted.tickets.push(ticket),
                // The case already has its project.
                Recognised::Project { .. } => {}
            }
        }
        pasted
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Buttons that put each recognised value into its field. If `entered` is set, the first button is pressed.
    fn offer(&self, ui: &mut Ui, case: &Case, mut entered: bool, out: &mut Outbox) {
        let mut pressed = |ui: &mut Ui, place: &str, value: &str| {
            let label = format!("Save as “{place}”");
            let button = Button::new(&label).icon(icons::GOOD).tooltip(value);
            let button = if entered { button.primary() } else { button };
            button.show(ui).clicked() || std::mem::take(&mut entered)
        };
        ui.horizontal_wrapped(|ui| {
            for ticket in self.tickets.iter().filter(|ticket| case.ticket.as_ref() != Some(ticket)) {
                if pressed(ui, TICKET, &ticket.url) {
                    let before = case.ticket.as_ref().map(|before| before.url.clone()).unwrap_or_default();
                    let with = |ticket| CaseCorrection { ticket: Some(ticket), ..CaseCorrection::default() };
                    let undo = Some(Undo::Correction { case: case.id, before: with(before) });
                    let correction = with(ticket.url.clone());
                    let command = Command::CorrectCase { case: case.id, correction, values: Vec::new() };
                    out.ask_of_case(CaseQuestion::Facts { case: case.id, undo }, command);
                }
            }
            let mut put = |ui: &mut Ui, fact: Fact, value: &str| {
                if pressed(ui, fact.label(), value) {
                    set(case, fact, value.to_owned(), out);
                }
            };
            for (fact, value) in &self.facts {
                put(ui, *fact, value);
            }
            for url in &self.issues {
                put(ui, Fact::BugIssue, url);
            }
            for at in &self.times {
                for fact in [Fact::UiAttemptAt, Fact::ApiAttemptAt] {
                    put(ui, fact, &at.rfc3339());
                }
            }
        });
        for error in &self.errors {
            kit::error(ui, error);
        }
    }
}

#[cfg(test)]
#[path = "facts/tests.rs"]
mod tests;
