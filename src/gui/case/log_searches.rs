//! The prepared searches of a case in Kibana and Sentry, made anew when the case or the handbook's data has changed.

use std::sync::Arc;

use egui::{RichText, Ui};

use crate::case::{Case, CaseId};
use crate::engine::api::TextConfig;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, icons};
use crate::gui::theme::size;
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

    /// A button for each place, in the step that needs what is found there. It opens the list of its searches.
    pub fn buttons(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        let all = self.of(case, cx);
        ui.horizontal_wrapped(|ui| {
            for place in all.chunk_by(|(a, _), (b, _)| a == b) {
                let where_to = place[0].0;
                let glyph = icons::SEARCH;
                let icon = RichText::new(glyph.codepoint).family(glyph.font_family()).size(size::ICON);
                let response = ui.menu_button((icon, format!("Search {where_to}")), |ui| {
                    for (_, link) in place {
                        if kit::menu_item(ui, link.label, icons::OPEN, None) {
                            out.push(Intent::OpenUrl(link.url.clone()));
                        }
                    }
                });
                response
                    .response
                    .accessible_name(format!("Search {where_to}"))
                    .on_hover_text("Opens a prepared search in the browser.");
            }
        });
    }
}
