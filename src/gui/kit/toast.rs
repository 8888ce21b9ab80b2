//! Short news in a strip at the bottom of the window. Good news, and why a key did nothing, disappear after some seconds;
//! bad news stays until dismissed, or until what it is about has changed, or until the person has read it on the page of
//! its case and goes on to another case. The strip shows the newest news only, so that it takes little of the page.

use std::time::Duration;

use egui::{Align, Frame, Label, Layout, Margin, Panel, TextStyle, Ui};

use super::text::words;
use super::{Button, copy, faint, icon, icons};
use crate::case::{Case, CaseId, UserError};
use crate::engine::api::Snapshot;
use crate::gui::subject::{CaseState, SentCommand, Subject};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::undo::Undo;

const STAYS_S: f64 = 4.0;
/// Long enough to read why a command is disabled.
const STAYS_REFUSAL_S: f64 = 8.0;
/// A toast with an undo button stays long enough to read it and to decide.
const STAYS_UNDO_S: f64 = 10.0;
/// Ctrl+Z goes back this many actions.
const MOST_UNDOABLE: usize = 100;
const AT_MOST: usize = 4;
/// So many are on the screen at once.
const DRAWN: usize = 2;

/// One piece of news.
#[derive(Clone, Debug)]
pub struct Toast {
    severity: Severity,
    headline: String,
    hint: String,
    correlation_id: Option<String>,
    /// What the toast's button undoes.
    undo: Option<Undo>,
    /// Why the action that it announces cannot be undone.
    is_final: Option<String>,
    /// What it is about, in practice or not.
    about: Option<(bool, Subject)>,
    /// The case whose page shows the same, in practice or not; and whether that page was on the screen since.
    case: Option<(bool, CaseId)>,
    is_read: bool,
    /// What it is about has changed, but nobody may have read it yet: it ends by itself.
    ends: bool,
    /// Seconds on egui's clock, set when it is first drawn.
    until_s: Option<f64>,
}

impl Toast {
    pub fn good(text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Good,
            headline: text.into(),
            hint: String::new(),
            correlation_id: None,
            undo: None,
            is_final: None,
            about: None,
            case: None,
            is_read: false,
            ends: false,
            until_s: None,
        }
    }

    /// Ends when its subject has changed.
    #[must_use]
    pub fn about(self, practising: bool, subject: Subject) -> Self {
        Self { about: Some((practising, subject)), ..self }
    }

    /// Says that the news is from practice: it may be shown over the person's own desk.
    #[must_use]
    pub fn of_practice(mut self) -> Self {
        self.headline = format!("Practice: {}", self.headline);
        self
    }

    /// Names the case that the news is about.
    #[must_use]
    pub fn of_case(mut self, practising: bool, case: &Case) -> Self {
        self.headline = format!("{}: {}", case.short_name(), self.headline);
        self.on_page_of(practising, case.id)
    }

    /// The page of this case shows the same, or showed how it came about.
    #[must_use]
    pub fn on_page_of(self, practising: bool, case: CaseId) -> Self {
        Self { case: Some((practising, case)), ..self }
    }

    /// Why a command is disabled: nothing has failed, so it ends by itself.
    pub fn refusal(why: impl Into<String>) -> Self {
        Self { severity: Severity::Info, ..Self::good(why) }
    }

    /// Stays until the person dismisses it.
    pub fn bad(headline: impl Into<String>, hint: &str) -> Self {
        Self { severity: Severity::Bad, hint: hint.to_owned(), ..Self::good(headline) }
    }

    /// A deadline; stays until the person dismisses it.
    pub fn warn(headline: impl Into<String>, hint: &str) -> Self {
        Self { severity: Severity::Warn, hint: hint.to_owned(), ..Self::good(headline) }
    }

    /// Announces an action that can be undone.
    pub fn undoable(text: impl Into<String>, undo: Undo) -> Self {
        Self { undo: Some(undo), ..Self::good(text) }
    }

    /// Announces an action that nobody can take back, with the reason.
    #[must_use]
    pub fn final_because(self, why: &str) -> Self {
        Self { is_final: Some(why.to_owned()), ..self }
    }

    fn stays(&self) -> bool {
        !self.ends && !matches!(self.severity, Severity::Good | Severity::Info)
    }

    fn seconds(&self) -> f64 {
        match (&self.undo, self.severity) {
            (Some(_), _) => STAYS_UNDO_S,
            (None, Severity::Good) => STAYS_S,
            (None, _) => STAYS_REFUSAL_S,
        }
    }

    /// Why a request failed. Ends when the same request succeeds, or some time after its case has changed.
    pub fn of_request(
        error: &UserError,
        practising: bool,
        request: SentCommand,
        snapshot: &Snapshot,
    ) -> Self {
        let state = request.case.and_then(|case| CaseState::of(case, snapshot));
        let toast = Self::error(error).about(practising, Subject::Request(request, state));
        match request.case {
            Some(case) => toast.on_page_of(practising, case),
            None => toast,
        }
    }

    pub fn error(error: &UserError) -> Self {
        Self {
            severity: Severity::Bad,
            hint: super::hint_words(&error.hint),
            correlation_id: error.correlation_id.clone(),
            ..Self::good(error.headline.clone())
        }
    }
}

/// The last action, as Ctrl+Z finds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Last {
    Undo(Undo),
    /// It cannot be taken back, for this reason.
    Final(String),
}

/// The toasts on the screen.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// What Ctrl+Z goes back through, the latest last; it outlives its toast.
    actions: Vec<Last>,
}

impl Toasts {
    pub fn add(&mut self, toast: Toast) {
        let action = toast.undo.clone().map(Last::Undo).or_else(|| toast.is_final.clone().map(Last::Final));
        if let Some(action) = action {
            self.actions.push(action);
            if self.actions.len() > MOST_UNDOABLE {
                self.actions.remove(0);
            }
        }
        // Good news is replaced by newer good news of its kind; Ctrl+Z still undoes what the older one offered.
        let is_replaced = |old: &Toast| {
            old.headline == toast.headline
                || (!old.stays() && !toast.stays() && old.undo.is_some() == toast.undo.is_some())
        };
        self.shown.retain(|old| !is_replaced(old));
        self.shown.push(toast);
        if self.shown.len() > AT_MOST {
            self.shown.remove(0);
        }
    }

    /// Removes the toasts whose subject has changed. One about a refused request ends a little later, because that
    /// change may come right behind the refusal.
    pub fn end_unless(&mut self, holds: impl Fn(bool, &Subject) -> bool) {
        self.shown.retain_mut(|toast| match &toast.about {
            Some((practising, subject)) if !holds(*practising, subject) => {
                toast.ends = matches!(subject, Subject::Request(..));
                toast.ends
            }
            Some(_) | None => true,
        });
    }

    /// Removes what is said of requests that have succeeded since.
    pub fn end_requests(&mut self, practising: bool, succeeded: &[SentCommand]) {
        self.shown.retain(|toast| match &toast.about {
            Some((of, Subject::Request(failed, _))) if *of == practising => {
                !succeeded.iter().any(|request| request.makes_up_for(failed))
            }
            Some(_) | None => true,
        });
    }

    /// A text was written to a file, so an earlier failure is over.
    pub fn end_writing(&mut self) {
        self.end_unless(|_, subject| *subject != Subject::Writing);
    }

    /// The page of this case is on the screen. What was read there is not shown beside another case.
    pub fn on_screen(&mut self, practising: bool, case: Option<CaseId>) {
        let shows = |toast: &Toast| toast.case.is_some_and(|(of, id)| of == practising && Some(id) == case);
        let elsewhere = |toast: &Toast| {
            toast.case.is_some_and(|(of, id)| of != practising || case.is_some_and(|case| case != id))
        };
        self.shown.retain(|toast| !(toast.stays() && toast.is_read && elsewhere(toast)));
        for toast in &mut self.shown {
            toast.is_read |= shows(toast);
        }
    }

    /// The latest action, if it can be undone.
    pub fn last_undo(&self) -> Option<&Undo> {
        match self.actions.last()? {
            Last::Undo(undo) => Some(undo),
            Last::Final(_) => None,
        }
    }

    /// The latest action; each is returned once.
    pub fn take_last(&mut self) -> Option<Last> {
        let last = self.actions.pop()?;
        if let Last::Undo(undo) = &last {
            self.shown.retain(|toast| toast.undo.as_ref() != Some(undo));
        }
        Some(last)
    }

    /// From now on, none of the actions can be undone here.
    pub fn forget_undo(&mut self) {
        self.actions.clear();
        for toast in &mut self.shown {
            toast.undo = None;
        }
    }

    /// Draws the strip, before whatever takes the rest of the window; returns what the person wants to undo.
    pub fn show(&mut self, ui: &mut Ui) -> Option<Undo> {
        let now = ui.input(|input| input.time);
        for toast in self.shown.iter_mut().filter(|toast| !toast.stays()) {
            let seconds = toast.seconds();
            toast.until_s.get_or_insert(now + seconds);
        }
        self.shown.retain(|toast| toast.until_s.is_none_or(|until| until > now));
        if self.shown.is_empty() {
            super::in_view::strip_has(ui, 0.0);
            return None;
        }
        if let Some(first) = self.shown.iter().filter_map(|toast| toast.until_s).reduce(f64::min) {
            let left = Duration::try_from_secs_f64((first - now).max(0.05)).unwrap_or_default();
            ui.ctx().request_repaint_after(left);
        }
        let (mut closed, mut undo, mut closes_all) = (None, None, false);
        let frame = Frame::new().fill(tokens(ui).side).inner_margin(Margin::symmetric(16, 4));
        let strip = Panel::bottom("toasts").frame(frame).resizable(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let hidden = self.shown.len().saturating_sub(DRAWN);
            for (i, toast) in self.shown.iter().enumerate().skip(hidden) {
                match draw(ui, toast, if i == hidden { hidden } else { 0 }) {
                    Pressed::Nothing => {}
                    Pressed::Dismiss => closed = Some(i),
                    Pressed::DismissAll => closes_all = true,
                    Pressed::Undo => (closed, undo) = (Some(i), toast.undo.clone()),
                }
            }
        });
        super::in_view::strip_has(ui, strip.response.rect.height());
        if closes_all {
            self.shown.clear();
        } else if let Some(i) = closed {
            self.shown.remove(i);
        }
        let is_it = |known: &Last| matches!(known, Last::Undo(known) if undo.as_ref() == Some(known));
        if let Some(at) = self.actions.iter().rposition(is_it) {
            self.actions.remove(at);
        }
        undo
    }
}

enum Pressed {
    Nothing,
    Dismiss,
    DismissAll,
    Undo,
}

/// One line: what happened at the left, what can be done at the right. `hidden` messages are older than the strip shows.
fn draw(ui: &mut Ui, toast: &Toast, hidden: usize) -> Pressed {
    let t = tokens(ui);
    let (ink, _) = t.severity(toast.severity);
    let glyph = match toast.severity {
        Severity::Bad => icons::BAD,
        Severity::Warn => icons::CLOCK,
        Severity::Info => icons::INFO,
        _ => icons::GOOD,
    };
    let mut pressed = Pressed::Nothing;
    let line = egui::vec2(ui.available_width(), space::CONTROL);
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
        if Button::new("Dismiss").icon(icons::CLOSE).icon_only().quiet().show(ui).clicked() {
            pressed = Pressed::Dismiss;
        }
        if hidden > 0 {
            let label = format!("Dismiss all {} messages", hidden + DRAWN);
            if Button::new(&label).quiet().show(ui).clicked() {
                pressed = Pressed::DismissAll;
            }
        }
        if toast.undo.is_some() && Button::new("Undo").icon(icons::RETRY).show(ui).clicked() {
            pressed = Pressed::Undo;
        }
        if let Some(id) = &toast.correlation_id
            && Button::new("Copy correlation ID").icon(icons::COPY).quiet().show(ui).clicked()
        {
            copy(ui.ctx(), "correlation ID", id.clone());
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            icon(ui, glyph, ink, size::ICON);
            let id = toast.correlation_id.as_ref().map(|id| format!("Correlation ID {id}"));
            let more = [toast.hint.clone(), id.unwrap_or_default()].join(" ").trim().to_owned();
            let headline = |ui: &mut Ui| {
                let job = words(ui, &toast.headline, t.text, &TextStyle::Body, None);
                let response = ui.add(Label::new(job).wrap());
                ui.ctx().accesskit_node_builder(response.id, |node| {
                    node.set_live(egui::accesskit::Live::Polite);
                });
            };
            if more.is_empty() {
                return headline(ui);
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                headline(ui);
                faint(ui, more);
            });
        });
    });
    pressed
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::gui::fixture::{first_run, window};

    #[test]
    fn messages_show_no_backticks_and_take_little_of_the_page() {
        let mut window = window(first_run(), egui::Theme::Dark, 1000.0, 700.0);
        for n in 1..=4 {
            let toast = Toast::bad(format!("GitLab status {n}: `none`."), "Use the scope `api`.");
            window.state_mut().toasts.add(toast);
        }
        window.run();
        assert!(window.query_all_by_label_contains("`").next().is_none());
        assert!(window.query_by_label("GitLab status 2: none.").is_none(), "older messages wait");
        window.get_by_label("GitLab status 3: none.");
        window.get_by_label("GitLab status 4: none.");
        window.get_by_label("Dismiss all 4 messages").click();
        window.run();
        assert!(window.query_by_label("GitLab status 1: none.").is_none());
    }
}
