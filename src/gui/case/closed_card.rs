//! What a person can still do with a closed case: reopen it, archive it, delete its private data.

use egui::Ui;

use crate::case::{Case, Event};
use crate::engine::api::Command;
use crate::gui::dialogs::delete_private::DeletePrivate;
use crate::gui::intent::{CaseQuestion, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::report::archive;
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

/// The card of a closed case, shown in place of the next step.
pub fn closed_card(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    let busy = cx.asked.is_saving();
    let deleted = case.private_data_deleted;
    kit::card(ui, |ui| {
        ui.horizontal(|ui| {
            let heading = if case.discarded { "This case was discarded" } else { "This case is closed" };
            kit::heading(ui, heading);
            if case.archived && !case.discarded {
                kit::chip(ui, Severity::Plain, icons::ARCHIVE, "archived");
            }
            if let Some(at) = case.closed_at {
                kit::when(ui, at, cx.now);
            }
        });
        match deleted {
            Some(at) => kit::soft(
                ui,
                format!(
                    "The private data of this case was deleted on {}. The offers of this case stay in the offer log.",
                    at.for_people()
                ),
            ),
            None if case.discarded => {
                kit::soft(ui, "It was opened by mistake. All its data is still here, and you can reopen it.")
            }
            None if case.served.is_some() => kit::soft(
                ui,
                "The project was exported here, and the archive is verified. All data of this case is still here, and you can reopen it.",
            ),
            None => kit::soft(ui, "All data of this case is still here, and you can reopen it."),
        };
        ui.horizontal_wrapped(|ui| {
            let gone = deleted.map(|_| {
                "The private data of this case was deleted. Open a new case for the ticket.".to_owned()
            });
            let reopen = Button::new("Reopen the case").icon(icons::RETRY);
            if reopen.blocked(gone.clone().or(busy.clone())).show(ui).clicked() {
                let command = Command::CaseEvent { case: case.id, event: Event::Reopen };
                let done = "The case is open again.";
                out.ask_of_case(CaseQuestion::Event { case: case.id, done }, command);
            }
            let (label, icon) = if case.archived {
                ("Unarchive the case", icons::BACK)
            } else {
                ("Archive the case", icons::ARCHIVE)
            };
            let tip = "An archived case is listed only under All.";
            if Button::new(label).icon(icon).tooltip(tip).blocked(busy.clone()).show(ui).clicked() {
                archive(&[case], !case.archived, out);
            }
            let gone = deleted.map(|_| "The private data is deleted already.".to_owned());
            let delete = Button::new("Delete private data…").icon(icons::DELETE).danger();
            if delete.blocked(gone.or(busy)).show(ui).clicked() {
                out.open(DeletePrivate::of(case));
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use crate::case::stepped::{self, closed};
    use crate::case::{CaseId, Event};
    use crate::engine::api::Snapshot;
    use crate::gui::fixture::{ago, at_work, case, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn a_discarded_case_says_so_in_its_page_and_its_row() {
        let one = stepped::on(&case(1, 5, "acme/api"), Event::Discard, ago(60));
        let mut workspace = Workspace::pretend(Snapshot { cases: [Arc::new(one)].into(), ..at_work() });
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 1200.0);
        window.run();
        window.get_by_label("This case was discarded");
        window.get_by_label("All").click();
        window.run();
        window.get_by_label_contains("#5 · Discarded");
        assert!(window.query_by_label("archived").is_none());
    }

    #[test]
    fn a_closed_case_is_reopened_archived_or_cleaned_after_a_question() {
        let one = closed(&case(1, 5, "acme/api"), ago(60));
        let mut workspace = Workspace::pretend(Snapshot { cases: [Arc::new(one)].into(), ..at_work() });
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 1200.0);
        window.run();
        window.get_by_label("Archive the case").click();
        window.run();
        let sent = window.state().workspace().sent();
        // The report, which is the text of a closed case, needs the journal.
        let wanted = ["CaseJournal { case: CaseId(1) }", "Archive { case: CaseId(1), archived: true }"];
        assert_eq!(sent, wanted);
        assert!(window.get_by_label("Reopen the case").accesskit_node().is_disabled(), "one thing at a time");
        let answered = crate::engine::api::Reply {
            ask: crate::engine::api::AskId(2),
            at: ago(0),
            result: Ok(crate::engine::api::Answer::Case(CaseId(1))),
        };
        let snapshot = window.state().workspace().snapshot.as_ref().clone();
        window.state_mut().own.show(Snapshot { replies: [answered.into()].into(), ..snapshot });
        window.run();
        window.get_by_label("Delete private data…").click();
        window.run();
        assert!(window.get_by_label("Delete").accesskit_node().is_disabled());
        window.get_by_label("Delete the customer's data").click();
        window.run();
        window.get_by_label("Delete").click();
        window.run();
        assert_eq!(window.state().workspace().sent()[2], "DeletePrivateData { case: CaseId(1) }");
    }

    /// The button that closes a case is far down on a small screen.
    #[test]
    fn the_page_shows_at_once_that_the_case_is_closed() {
        let before = case(1, 5, "acme/api");
        let snapshot = Snapshot { cases: [Arc::new(before.clone())].into(), ..at_work() };
        let mut workspace = Workspace::pretend(snapshot.clone());
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 900.0, 600.0);
        window.run();
        window.hover_at(egui::pos2(600.0, 400.0));
        for _ in 0..5 {
            let delta = egui::vec2(0.0, -200.0);
            let (unit, modifiers) = (egui::MouseWheelUnit::Point, egui::Modifiers::NONE);
            let phase = egui::TouchPhase::Move;
            window.event(egui::Event::MouseWheel {
                unit,
                delta,
                modifiers,
                phase,
                source: egui::MouseWheelSource::Wheel,
            });
            window.run();
        }
        let now = window.get_by_label("NOW").rect();
        assert!(now.bottom() < 100.0, "the page is scrolled: {now:?}");
        let closed = Snapshot { cases: [Arc::new(closed(&before, ago(60)))].into(), ..snapshot };
        window.state_mut().own.show(closed);
        window.run();
        let heading = window.get_by_label("This case is closed").rect();
        assert!(heading.top() > 60.0 && heading.bottom() < 600.0, "{heading:?}");
    }
}
