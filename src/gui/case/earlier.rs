//! The search for earlier requests, before an offer is made.

use egui::Ui;

use crate::case::Case;
use crate::engine::api::Command;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::issue_hits::{SearchOutcome, found, line, not_searched};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::Severity;

/// The search for earlier requests that name the project.
#[derive(Debug, Default)]
pub struct Earlier {
    found: Option<SearchOutcome>,
    search: Pending,
}

impl Earlier {
    /// Takes the result of the search.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        if let Some(((), answer)) = self.search.take(answers)
            && let Some(found) = found(answer)
        {
            self.found = Some(found);
        }
    }

    /// The line under the offer.
    pub fn ui(&mut self, ui: &mut Ui, case: &Case, out: &mut Outbox) {
        ui.horizontal_wrapped(|ui| {
            let waiting = self.search.is_open().then(|| "Searching the trackers.".to_owned());
            let label = if self.found.is_some() { "Search again" } else { "Search for earlier requests" };
            let button = Button::new(label).icon(icons::SEARCH).blocked(waiting);
            let tip = "Searches the request trackers for this project, to find a colleague's earlier offer.";
            if button.tooltip(tip).show(ui).clicked() {
                self.search.ask_or(Command::SearchRequests { case: case.id }, (), IfUnhandled::Nothing, out);
            }
            match &self.found {
                Some(Ok(found)) if found.hits.is_empty() && found.not_searched.is_empty() => {
                    kit::chip(ui, Severity::Good, icons::GOOD, "no earlier request names this project");
                }
                Some(Ok(found)) if !found.hits.is_empty() => {
                    let words = match found.hits.len() {
                        1 => "an earlier request names this project".to_owned(),
                        n => format!("{n} earlier requests name this project"),
                    };
                    kit::chip(ui, Severity::Warn, icons::WARN, &words);
                }
                Some(Ok(_) | Err(_)) | None => {}
            }
        });
        match &self.found {
            Some(Ok(found)) => {
                not_searched(ui, found);
                for hit in &found.hits {
                    line(ui, hit);
                    let label = format!("Open {}", hit.reference);
                    if Button::new(&label).icon(icons::OPEN).quiet().show(ui).clicked() {
                        out.push(Intent::OpenUrl(hit.url.clone()));
                    }
                }
            }
            Some(Err(error)) => kit::error(ui, error),
            None => {}
        }
    }
}
