//! The prepared searches of a case in Kibana and Sentry, made anew when the case or the handbook's data has changed.

use std::sync::Arc;

use egui::Ui;

use crate::case::{Case, CaseId};
use crate::engine::api::TextConfig;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::view_context::ViewContext;
use crate::texts::{LogLink, kibana, sentry};

/// The searches, each with the place that is searched.
#[derive(Debug, Default)]
pub struct LogSearches {
    made: Option<(CaseId, u64, Arc<TextConfig>)>,
    all: Vec<(&'static str, LogLink)>,
}

impl LogSearches {
    /// The searches of this case, those in Kibana first.
    pub fn of(&mut self, case: &Case, cx: &ViewContext<'_>) -> &[(&'static str, LogLink)] {
        let text_config = &cx.snapshot.text_config;
        let holds = |(id, revision, known): &(CaseId, u64, Arc<TextConfig>)| {
            (*id, *revision) == (case.id, case.revision) && Arc::ptr_eq(known, text_config)
        };
        if !self.made.as_ref().is_some_and(holds) {
            let in_kibana = kibana::links(case, &text_config.handbook.kibana).into_iter();
            let in_sentry = sentry::links(case, &text_config.handbook.sentry).into_iter();
            let all = in_kibana.map(|link| ("Kibana", link)).chain(in_sentry.map(|link| ("Sentry", link)));
            self.all = all.collect();
            self.made = Some((case.id, case.revision, Arc::clone(text_config)));
        }
        &self.all
    }

    /// A button for each search, in the step that needs what they find.
    pub fn buttons(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        let mut place = "";
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for (where_to, link) in self.of(case, cx) {
                if place != *where_to {
                    place = where_to;
                    kit::faint(ui, format!("{where_to}:"));
                }
                let name = format!("Open the {where_to} search: {}", link.label);
                let button = Button::new(&name).caption(link.label).icon(icons::SEARCH).quiet();
                if button.tooltip("Opens the search in the browser.").show(ui).clicked() {
                    out.push(Intent::OpenUrl(link.url.clone()));
                }
            }
        });
    }
}
