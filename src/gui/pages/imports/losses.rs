//! Records that an import lost, by relation and cause, and the button that re-imports a relation.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Label, RichText, Ui};

use crate::case::ImportKind;
use crate::case::import::{FailureGroup, MOST_FAILURES};
use crate::engine::api::{Command, ImportCommand, ImportView};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::imports::card::phase_chip;
use crate::gui::theme::{Severity, size, space, tokens};

/// The losses of an import; draws nothing if none are known.
pub fn losses(ui: &mut Ui, view: &ImportView, all: &[Arc<ImportView>], out: &mut Outbox) {
    if view.status.groups.is_empty() {
        return;
    }
    kit::section(ui, "Lost records, by relation and cause");
    let mut relations: BTreeMap<&str, Vec<&FailureGroup>> = BTreeMap::new();
    for group in &view.status.groups {
        relations.entry(&group.relation).or_default().push(group);
    }
    for (relation, groups) in relations {
        let lost: usize = groups.iter().map(|group| group.count).sum();
        ui.horizontal_wrapped(|ui| {
            let shown = if relation.is_empty() { "relation not given" } else { relation };
            let words = format::number_of(lost as u64, "record lost", "records lost");
            kit::chip(ui, Severity::Warn, icons::WARN, &format!("{shown}: {words}"));
            again(ui, view, relation, groups[0].repairable, all, out);
        });
        for group in groups {
            cause(ui, group);
        }
        repairs(ui, view, relation, all);
    }
    if view.status.failures_capped {
        let words = format!("GitLab lists at most {MOST_FAILURES} lost records. There may be more.");
        kit::say(ui, Severity::Warn, icons::INFO, &words);
    }
}

fn cause(ui: &mut Ui, group: &FailureGroup) {
    let t = tokens(ui);
    ui.indent(("cause", &group.cause), |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        let lines = if group.lines.is_empty() {
            String::new()
        } else {
            let lines: Vec<String> = group.lines.iter().map(ToString::to_string).collect();
            let more = if group.count > group.lines.len() { ", …" } else { "" };
            format!(" (line {}{more})", lines.join(", "))
        };
        kit::prose(ui, &format!("{} × {}{lines}", group.count, group.cause), t.text);
        if !group.example.is_empty() {
            let said = format!("GitLab's message: {}", group.example);
            let text = RichText::new(&said).monospace().size(size::SMALL).color(t.faint);
            ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(said);
        }
    });
}

/// The button that re-imports one relation from the same archive.
fn again(
    ui: &mut Ui,
    view: &ImportView,
    relation: &str,
    repairable: bool,
    all: &[Arc<ImportView>],
    out: &mut Outbox,
) {
    if !repairable {
        kit::faint(ui, "GitLab cannot import this relation separately.");
        return;
    }
    let here = matches!(view.job.kind, ImportKind::File { .. } | ImportKind::Relation { .. });
    let under_way = repairs_of(view, relation, all).any(|repair| !repair.job.is_ended());
    let blocked = if !here {
        Some(
            "The archive is not on this computer. Start a new import of one relation with the archive."
                .to_owned(),
        )
    } else if under_way {
        Some("Importing again.".to_owned())
    } else {
        None
    };
    let name = relation.replace('_', " ");
    let caption = format!("Import {name} again");
    let label = format!("Import {name} of import {} again", view.job.id);
    let button = Button::new(&label).caption(&caption).icon(icons::RETRY).blocked(blocked);
    let tip = "From the same archive into the same project. GitLab skips what is there already.";
    if button.tooltip(tip).show(ui).clicked() {
        let command = ImportCommand::Repair { import: view.job.id, relation: relation.to_owned() };
        out.ask(Command::Import(command), IfUnhandled::toast("Importing the relation again"));
    }
}

/// The status of the imports that re-import a relation, newest first.
fn repairs(ui: &mut Ui, view: &ImportView, relation: &str, all: &[Arc<ImportView>]) {
    for repair in repairs_of(view, relation, all) {
        ui.horizontal_wrapped(|ui| {
            ui.add_space(space::L);
            phase_chip(ui, &repair.job);
            kit::soft(ui, format!("Again: {}", repair.status.sentence));
        });
    }
}

fn repairs_of<'a>(
    view: &'a ImportView,
    relation: &'a str,
    all: &'a [Arc<ImportView>],
) -> impl Iterator<Item = &'a ImportView> {
    all.iter().map(AsRef::as_ref).filter(move |other| {
        let same = matches!(&other.job.kind, ImportKind::Relation { relation: its, .. } if its == relation);
        other.job.repairs == Some(view.job.id) && same
    })
}
