//! What an export of the case's project leaves out, with counts where GitLab reports them.

use std::collections::BTreeSet;

use egui::{Align, Layout, Ui};

use crate::case::Case;
use crate::engine::api::Command;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// The card. Its button asks GitLab about the project again.
pub fn left_out_card(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal(|ui| {
            kit::heading(ui, "Not in an export");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = Button::new("Count again").icon(icons::REFRESH).icon_only().quiet();
                let button = button.tooltip("Asks GitLab how much of the project an export leaves out.");
                if button.blocked(cx.cannot_ask()).show(ui).clicked() {
                    out.ask(Command::AskProject { case: case.id }, IfUnhandled::ToastError);
                }
            });
        });
        ui.vertical(|ui| {
            let named = case.project.left_out_in_replies().join(", ");
            kit::soft(ui, named);
            let rest = case.project.left_out().filter(|(item, _)| !item.is_in_replies);
            let rest: Vec<&str> = rest.map(|(item, _)| item.what).collect();
            kit::faint(ui, format!("Also never exported: {}.", rest.join(", ")));
            if let Some(counts) = &case.project.counts {
                let when = format::relative(counts.counted_at, cx.now);
                let text = format!("Counted {when}. Only what the project has is listed.");
                kit::faint(ui, text).on_hover_text(counts.counted_at.for_people());
            }
            ui.menu_button("Sources in GitLab", |ui| {
                ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
                let sources: BTreeSet<&str> = case.project.left_out().map(|(item, _)| item.source).collect();
                for source in sources {
                    if ui.link(source.trim_start_matches("https://")).clicked() {
                        out.push(Intent::OpenUrl(source.to_owned()));
                        ui.close();
                    }
                }
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use crate::case::{CaseId, LeftOutCounts};
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn the_card_names_what_the_project_has_and_asks_again() {
        let mut snapshot = at_work();
        let mut cases = snapshot.cases.to_vec();
        let place = cases.iter().position(|case| case.id == CaseId(1)).unwrap();
        let mut case = cases[place].as_ref().clone();
        let counts = [("ci_variables", 12), ("webhooks", 0)].map(|(name, n)| (name.to_owned(), n)).into();
        let told = LeftOutCounts { gitlab_version: None, counts, counted_at: now() };
        case.project.counts = Some(Box::new(told));
        case.revision += 1;
        cases[place] = Arc::new(case);
        snapshot.cases = cases.into();
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2000.0);
        window.run();
        let named = window.get_by_label_contains("CI/CD variables (12), job logs and artifacts");
        assert!(!format!("{named:?}").contains("webhooks"), "the project has none");
        window.get_by_label("Count again").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["AskProject { case: CaseId(1) }"]);
    }
}
