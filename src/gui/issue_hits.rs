//! The results of an issue search, as the window shows them.

use std::sync::Arc;

use egui::{Align, Label, Layout, RichText, Ui};

use super::kit::{self, icons};
use super::theme::{Severity, size, tokens};
use crate::case::UserError;
use crate::engine::api::{Answer, IssueHit, IssueSearch};

/// The result of a search.
pub type SearchOutcome = Result<Arc<IssueSearch>, UserError>;

/// Extracts the search result from an answer.
pub fn found(answer: Result<Answer, UserError>) -> Option<SearchOutcome> {
    match answer {
        Ok(Answer::Issues(found)) => Some(Ok(found)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

/// An issue in a line or two: reference, title, state, and why the handbook lists it.
pub fn line(ui: &mut Ui, hit: &IssueHit) {
    let t = tokens(ui);
    let (severity, glyph, word) = match hit.is_open {
        Some(true) => (Severity::Info, icons::NONE, "open"),
        Some(false) => (Severity::Plain, icons::GOOD, "closed"),
        None => (Severity::Plain, icons::INFO, "not searched"),
    };
    ui.horizontal(|ui| {
        // What is at the right takes its room first, so that a long reference never pushes it out of the card.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(updated) = &hit.updated_at {
                let day = updated.get(..10).unwrap_or(updated);
                ui.label(RichText::new(format!("changed {day}")).small().color(t.faint))
                    .on_hover_text(updated);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                kit::chip(ui, severity, glyph, word);
                let reference = RichText::new(&hit.reference).monospace().size(size::SMALL).color(t.soft);
                ui.add(Label::new(reference).truncate().show_tooltip_when_elided(false))
                    .on_hover_text(&hit.reference);
            });
        });
    });
    if let Some(title) = &hit.title {
        ui.add(Label::new(RichText::new(title).color(t.text)).wrap());
    }
    if let Some(known) = &hit.known {
        ui.horizontal_wrapped(|ui| {
            kit::chip(ui, Severity::Good, icons::VERIFIED, "known");
            let symptom = known.symptom.trim_end_matches('.');
            kit::faint(ui, format!("{symptom}. {}", known.advice));
        });
    }
}

/// Names each tracker that was not searched, so that no hit there is not taken for no issue.
pub fn not_searched(ui: &mut Ui, found: &IssueSearch) {
    for sentence in &found.not_searched {
        ui.horizontal_wrapped(|ui| {
            kit::chip(ui, Severity::Warn, icons::WARN, "not searched");
            kit::faint(ui, sentence);
        });
    }
}
