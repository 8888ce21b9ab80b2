//! Every export run of a project that this program knows: start, user, GitLab's statuses, outcome.

use egui::{Label, RichText, Ui};

use crate::case::{Case, Origin};
use crate::engine::api::{RunView, runs_of};
use crate::gui::case::export_card::phase_chip;
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::{size, space, tokens};
use crate::gui::view_context::ViewContext;

/// The card of the export attempts; draws nothing if there were none.
pub fn attempts(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>) {
    let all: Vec<&RunView> = runs_of(cx.snapshot, case).collect();
    if all.is_empty() {
        return;
    }
    kit::card(ui, |ui| {
        kit::heading(ui, "Attempts");
        for (i, view) in all.iter().enumerate() {
            if i > 0 {
                ui.separator();
            }
            attempt(ui, view, all.len() - i, cx);
        }
    });
}

fn attempt(ui: &mut Ui, view: &RunView, number: usize, cx: &ViewContext<'_>) {
    let run = &view.run;
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = space::XS;
    ui.horizontal(|ui| {
        ui.label(RichText::new(format!("{number}")).color(t.faint));
        phase_chip(ui, &view.status);
        kit::when(ui, run.created_at, cx.now);
        if let Some(user) = &run.user {
            ui.label(RichText::new(format!("by @{user}")).color(t.soft));
        }
        let origin = match run.origin {
            Origin::Scheduled => "",
            Origin::AlreadyRunning => "running when found",
            Origin::Found => "found",
        };
        ui.label(RichText::new(origin).size(size::SMALL).color(t.faint));
    });
    let words: Vec<&str> = run.history.iter().map(|sight| sight.word.as_str()).collect();
    if !words.is_empty() {
        let text =
            RichText::new(format!("GitLab's message: {}", words.join(" › "))).size(size::SMALL).color(t.soft);
        ui.add(Label::new(text).wrap());
    }
    if let Some(id) = &run.correlation_id {
        ui.horizontal(|ui| {
            ui.label(RichText::new(id).monospace().size(size::SMALL).color(t.soft));
            let label = format!("Copy correlation ID of attempt {number}");
            if Button::new(&label).icon(icons::COPY).icon_only().quiet().show(ui).clicked() {
                kit::copy(ui.ctx(), "correlation ID", id.clone());
            }
        });
    }
}
