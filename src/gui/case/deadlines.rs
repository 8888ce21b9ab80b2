//! The deadlines of a case.

use std::time::Duration;

use egui::Ui;

use crate::case::{Case, Deadline, DeadlineState, token_end};
use crate::gui::format;
use crate::gui::kit::{self, icons};
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;

/// The card of the deadlines; draws nothing if none is running.
pub fn deadlines(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>) {
    let all = of_case(case, cx);
    if all.is_empty() {
        return;
    }
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        kit::heading(ui, "Deadlines");
        for deadline in &all {
            kit::pair_with(ui, deadline.name.label(), |ui| deadline_chip(ui, deadline, "", cx));
        }
    });
}

/// The deadlines of a case, with the end of the token.
pub fn of_case(case: &Case, cx: &ViewContext<'_>) -> Vec<Deadline> {
    let account = cx.instance.and_then(|instance| instance.account.as_ref());
    let token = account.and_then(|account| token_end(account.expires_on.as_deref()?));
    crate::case::deadlines(case, token, &cx.snapshot.rules, cx.now)
}

/// When a deadline ends; `lead` comes before the words.
pub fn deadline_chip(ui: &mut Ui, deadline: &Deadline, lead: &str, cx: &ViewContext<'_>) {
    ui.ctx().request_repaint_after(Duration::from_mins(1));
    let (severity, glyph) = match deadline.state {
        DeadlineState::Running => (Severity::Plain, icons::CLOCK),
        DeadlineState::Soon => (Severity::Warn, icons::WARN),
        DeadlineState::Over => (Severity::Bad, icons::BAD),
    };
    let words = match deadline.state {
        DeadlineState::Over => format!("{lead}over, {}", format::relative(deadline.ends_at, cx.now)),
        DeadlineState::Running | DeadlineState::Soon => {
            format!("{lead}{}", format::relative(deadline.ends_at, cx.now))
        }
    };
    let exact = format!("{}\n{}", deadline.ends_at.for_people(), deadline.why);
    kit::chip(ui, severity, glyph, &words).on_hover_text(exact);
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
        window.get_by_label("token: 8 days");
    }
}
