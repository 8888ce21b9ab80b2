//! The line of the NOW card about a rebuild that runs, rests or has failed.

use egui::Ui;

use crate::engine::api::RebuildView;
use crate::gui::case::fallback_card::{build_of, button_of, phase_chip, verifies};
use crate::gui::command::UiCommand;
use crate::gui::dialogs::rebuild_with::RebuildWith;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, icons};
use crate::gui::view_context::ViewContext;

/// The rebuild that the NOW card shows before the workflow's step, with its heading; `None` where the workflow's own
/// step comes first. The list of cases says the same.
pub fn rebuild_step<'a>(cx: &ViewContext<'a>) -> Option<(&'a RebuildView, &'static str)> {
    let case = cx.case.filter(|case| !case.stage.is_closed() && case.served.is_none())?;
    let view = cx.rebuild?;
    if !view.job.is_ended() && case.has_unread_answer() {
        return None;
    }
    view.label().map(|label| (view, label))
}

/// The line of the rebuild's own step; `by_key` presses its button. The card of the rebuild shows how far it is.
pub fn rebuild_line(ui: &mut Ui, view: &RebuildView, by_key: bool, cx: &ViewContext<'_>, out: &mut Outbox) {
    if view.job.is_ended() && view.job.remedies().is_empty() {
        // The same options would end in the same way.
        let other = Button::new("Rebuild with other options…").icon(icons::EDIT).primary();
        if other.blocked(cx.cannot_ask_of(&view.job.instance)).show(ui).clicked() || by_key {
            out.open(RebuildWith::again(&view.job));
        }
    } else if view.job.is_ended() || view.rests() {
        let button = UiCommand::ContinueRebuild.button(ui, cx);
        let button = match view.job.remedies().first() {
            Some(remedy) => button.relabel(button_of(*remedy).0),
            None => button,
        };
        if button.primary().show(ui).clicked() || by_key {
            out.run(UiCommand::ContinueRebuild);
        }
    }
    phase_chip(ui, view, verifies(build_of(view, cx)));
    match &view.waiting {
        Some(waiting) => kit::one_line(ui, &waiting.why),
        None => kit::one_line(ui, &view.job.sentence()),
    };
}
