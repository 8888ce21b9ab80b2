//! Searches in Kibana and Sentry for a case, ready to open or to copy.

use egui::Ui;

use crate::case::Case;
use crate::gui::case::log_searches::LogSearches;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::texts::LogLink;

/// The card's state.
#[derive(Debug, Default)]
pub struct Evidence {
    searches: LogSearches,
}

impl Evidence {
    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        let searches = self.searches.of(case, cx);
        kit::card(ui, |ui| {
            kit::heading(ui, "Evidence");
            // A column layout justifies text, which spreads the words of a line apart.
            ui.vertical(|ui| kit::faint(
                ui,
                "Open a search, then record its share link from Kibana: an address-bar URL does not open for others. Logs expire within days.",
            ));
            let mut place = "";
            for (where_to, link) in searches {
                if place != *where_to {
                    place = where_to;
                    kit::section(ui, where_to);
                    ui.spacing_mut().item_spacing.y = space::XS;
                }
                search(ui, where_to, link, out);
            }
        });
    }
}

fn search(ui: &mut Ui, where_to: &str, link: &LogLink, out: &mut Outbox) {
    ui.horizontal(|ui| {
        let name = format!("Search {where_to} for: {}", link.label);
        let button = Button::new(&name).caption(link.label).icon(icons::SEARCH).quiet();
        if button.tooltip("Opens the search in the browser.").show(ui).clicked() {
            out.push(Intent::OpenUrl(link.url.clone()));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let label = format!("Copy the {where_to} search: {}", link.label);
            if Button::new(&label).icon(icons::COPY).icon_only().quiet().show(ui).clicked() {
                kit::copy(ui.ctx(), link.label, link.url.clone());
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, opens, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn the_label_is_left_aligned_and_not_broken() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
        window.run();
        let texts = window.output().shapes.iter().filter_map(|shape| match &shape.shape {
            egui::Shape::Text(text) => Some(&text.galley.job),
            _ => None,
        });
        let mut ours = texts.filter(|job| job.text.starts_with("Open a search, then record"));
        assert!(ours.next().is_some_and(|job| !job.justify));
    }

    #[test]
    fn a_search_is_opened_or_copied_with_the_project_in_it() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
        window.run();
        window.get_by_label("Copy the Kibana search: Correlation dashboard");
        window.get_by_label("Search Kibana for: Export jobs of the project").click();
        window.step();
        let opened = opens(&window, |url| url.contains("acme"));
        assert!(opened, "{:?}", window.output().platform_output.commands);
    }
}
