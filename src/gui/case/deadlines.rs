//! The deadlines of a case.

use std::time::Duration;

use egui::Ui;

use crate::case::intake::parse_time;
use crate::case::{Case, DeadlineState, UtcMs};
use crate::gui::format;
use crate::gui::kit::{self, icons};
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;

/// The card of the deadlines; draws nothing if none is running.
pub fn deadlines(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>) {
    let all = crate::case::deadlines(case, token_end(cx), &cx.snapshot.rules, cx.now);
    if all.is_empty() {
        return;
    }
    ui.ctx().request_repaint_after(Duration::from_mins(1));
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        kit::heading(ui, "Deadlines");
        for deadline in &all {
            let (severity, glyph) = match deadline.state {
                DeadlineState::Running => (Severity::Plain, icons::CLOCK),
                DeadlineState::Soon => (Severity::Warn, icons::WARN),
                DeadlineState::Over => (Severity::Bad, icons::BAD),
            };
            kit::pair_with(ui, deadline.name.label(), |ui| {
                let words = match deadline.state {
                    DeadlineState::Over => format!("over, {}", format::relative(deadline.ends_at, cx.now)),
                    DeadlineState::Running | DeadlineState::Soon => {
                        format::relative(deadline.ends_at, cx.now)
                    }
                };
                kit::chip(ui, severity, glyph, &words).on_hover_text(format!(
                    "{}\n{}",
                    deadline.ends_at.for_people(),
                    deadline.why
                ));
            });
        }
    });
}

/// When GitLab stops accepting the token: at the start of that day, UTC (`PersonalAccessToken#expired?`).
fn token_end(cx: &ViewContext<'_>) -> Option<UtcMs> {
    let account = cx.instance?.account.as_ref()?;
    parse_time(&format!("{} 00:00 UTC", account.expires_on.as_deref()?)).ok()
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn the_expiry_of_the_token_is_a_deadline() {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1400.0);
        window.run();
        window.get_by_label("Token expires");
        window.get_by_label("in 8 days");
    }
}
