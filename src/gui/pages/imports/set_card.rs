//! The parts of a set in the card of its import: which are imported, which comes next, and how a stopped set continues.

use std::sync::Arc;

use egui::Ui;

use crate::case::import::PartState;
use crate::engine::api::{Command, ImportCommand, ImportView, SetPartView, SetView};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{Severity, space};

/// How many parts are listed around the current one.
const LISTED: usize = 12;

/// The import that moves: in a set, that of its current part; `None` until that part is begun.
pub fn moving<'a>(view: &'a ImportView, all: &'a [Arc<ImportView>]) -> Option<&'a ImportView> {
    let Some(set) = view.set.as_ref() else { return Some(view) };
    // Of a set that has ended, the last part says when.
    let id = set.parts.get(set.current.unwrap_or(set.parts.len().checked_sub(1)?))?.import?;
    all.iter().map(AsRef::as_ref).find(|view| view.job.id == id)
}

/// The state of the whole set: the base archive alone is no end.
pub fn set_chip(ui: &mut Ui, set: &SetView) {
    let all = set.parts.len();
    let (severity, glyph, words) = match set.number() {
        Some(number) if set.is_left => {
            (Severity::Plain, icons::CLOSE, format!("You stopped it at part {number} of {all}"))
        }
        Some(number) if set.is_stopped => {
            (Severity::Bad, icons::BAD, format!("Stopped at part {number} of {all}"))
        }
        Some(number) => (Severity::Info, icons::RUNNING, format!("Part {number} of {all}")),
        None if set.has_losses() => (Severity::Warn, icons::WARN, format!("{all} parts, records lost")),
        None => (Severity::Good, icons::GOOD, format!("{all} parts imported")),
    };
    kit::chip(ui, severity, glyph, &words);
}

/// The parts, and the buttons of the set.
pub fn set_parts(ui: &mut Ui, view: &ImportView, set: &SetView, out: &mut Outbox) {
    let done = set.parts.iter().filter(|part| part.state.is_done()).count();
    kit::section(ui, &format!("Parts of the set: {done} of {} imported", set.parts.len()));
    let first =
        set.current.unwrap_or(0).saturating_sub(LISTED / 2).min(set.parts.len().saturating_sub(LISTED));
    if first > 0 {
        kit::faint(ui, format!("{} earlier parts are imported.", format::count(first as u64)));
    }
    for (at, part) in set.parts.iter().enumerate().skip(first).take(LISTED) {
        row(ui, at, part, set.is_left && set.current == Some(at));
    }
    if let Some(more) = set.parts.len().checked_sub(first + LISTED).filter(|more| *more > 0) {
        kit::faint(ui, format!("{} more parts follow.", format::count(more as u64)));
    }
    if let Some(error) = &set.error {
        kit::error(ui, error);
    }
    let id = view.job.id;
    ui.horizontal_wrapped(|ui| {
        if set.current.is_some() && set.is_stopped {
            let label = format!("Continue the set of import {id}");
            let button = Button::new(&label).caption("Continue the set").icon(icons::RETRY).primary();
            let tip = "Continues at this part. Export Desk first checks whether GitLab has received it.";
            if button.tooltip(tip).show(ui).clicked() {
                let command = Command::Import(ImportCommand::ContinueSet { import: id });
                out.ask(command, IfUnhandled::toast("Continuing the set"));
            }
        }
    });
}

fn row(ui: &mut Ui, at: usize, part: &SetPartView, is_left: bool) {
    let (severity, glyph) = match part.state {
        PartState::Waiting => (Severity::Plain, icons::HOURGLASS),
        PartState::Running => (Severity::Info, icons::RUNNING),
        PartState::Imported => (Severity::Good, icons::GOOD),
        PartState::Partial => (Severity::Warn, icons::WARN),
        PartState::Stopped if is_left => (Severity::Plain, icons::CLOSE),
        PartState::Stopped => (Severity::Bad, icons::BAD),
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        kit::chip(ui, severity, glyph, &format::state(part.state.as_str()));
        let what = match &part.relation {
            None => "base archive".to_owned(),
            Some(relation) => {
                let records = format::number_of(part.records, "record", "records");
                format!("{relation} · {records}")
            }
        };
        let size = format::bytes(part.bytes);
        let of = part.correlation_id.as_ref().map(|id| format!(" · correlation ID {id}")).unwrap_or_default();
        kit::soft(ui, format!("Part {} · {what} · {size}{of}", at + 1))
    });
}
