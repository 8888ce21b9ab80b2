//! Short news in a strip at the bottom of the window. Good news, and why a key did nothing, disappear after some seconds;
//! bad news stays until dismissed, or until what it is about has changed. The strip shows the newest news only, so that
//! it takes little of the page.

use std::time::Duration;

use egui::{Align, Frame, Label, Layout, Margin, Panel, TextStyle, Ui};

use super::text::words;
use super::{Button, copy, faint, icon, icons};
use crate::case::{
    BatchId, Case, CaseId, DeadlineName, DownloadId, ImportId, RebuildId, RelationsId, RunId, UserError,
    UtcMs,
};
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

/// What bad news is about: the toast ends when this has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Run(RunId),
    Download(DownloadId),
    Relations(RelationsId),
    Import(ImportId),
    Rebuild(RebuildId),
    Batch(BatchId),
    Deadline(DeadlineName, UtcMs),
    /// A case as it was at this revision.
    Case(CaseId, u64),
}

/// One piece of news.
#[derive(Clone, Debug)]
pub struct Toast {
    severity: Severity,
    headline: String,
    hint: String,
    correlation_id: Option<String>,
    /// What the toast's button undoes.
    undo: Option<Undo>,
    /// What it is about, in practice or not.
    about: Option<(bool, Subject)>,
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
            about: None,
            until_s: None,
        }
    }

    /// Ends when its subject has changed.
    #[must_use]
    pub fn about(self, practising: bool, subject: Subject) -> Self {
        Self { about: Some((practising, subject)), ..self }
    }

    /// Names the case that the news is about.
    #[must_use]
    pub fn of_case(mut self, case: &Case) -> Self {
        self.headline = format!("{}: {}", case.short_name(), self.headline);
        self
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

    fn stays(&self) -> bool {
        !matches!(self.severity, Severity::Good | Severity::Info)
    }

    fn seconds(&self) -> f64 {
        match (&self.undo, self.severity) {
            (Some(_), _) => STAYS_UNDO_S,
            (None, Severity::Info) => STAYS_REFUSAL_S,
            (None, _) => STAYS_S,
        }
    }

    pub fn error(error: &UserError) -> Self {
        Self {
            severity: Severity::Bad,
            headline: error.headline.clone(),
            hint: super::hint_words(&error.hint),
            correlation_id: error.correlation_id.clone(),
            undo: None,
            about: None,
            until_s: None,
        }
    }
}

/// The toasts on the screen.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// What can still be undone, the latest last; it outlives its toast.
    undoable: Vec<Undo>,
}

impl Toasts {
    pub fn add(&mut self, toast: Toast) {
        if let Some(undo) = &toast.undo {
            self.undoable.push(undo.clone());
            if self.undoable.len() > MOST_UNDOABLE {
                self.undoable.remove(0);
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

    /// Removes the toasts whose subject has changed.
    pub fn end_unless(&mut self, holds: impl Fn(bool, &Subject) -> bool) {
        let is_over = |toast: &Toast| {
            toast.about.as_ref().is_some_and(|(practising, subject)| !holds(*practising, subject))
        };
        self.shown.retain(|toast| !is_over(toast));
    }

    /// The latest action that can be undone; each is returned once.
    pub fn take_undo(&mut self) -> Option<Undo> {
        let undo = self.undoable.pop()?;
        self.shown.retain(|toast| toast.undo.as_ref() != Some(&undo));
        Some(undo)
    }

    /// From now on, none of the actions can be undone here.
    pub fn forget_undo(&mut self) {
        self.undoable.clear();
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
            return None;
        }
        if let Some(first) = self.shown.iter().filter_map(|toast| toast.until_s).reduce(f64::min) {
            let left = Duration::try_from_secs_f64((first - now).max(0.05)).unwrap_or_default();
            ui.ctx().request_repaint_after(left);
        }
        let (mut closed, mut undo, mut closes_all) = (None, None, false);
        let frame = Frame::new().fill(tokens(ui).side).inner_margin(Margin::symmetric(16, 4));
        Panel::bottom("toasts").frame(frame).resizable(false).show(ui, |ui| {
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
        if closes_all {
            self.shown.clear();
        } else if let Some(i) = closed {
            self.shown.remove(i);
        }
        if let Some(at) = self.undoable.iter().rposition(|known| undo.as_ref() == Some(known)) {
            self.undoable.remove(at);
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
