//! What may still be done with a closed case: reopened, put away, its private data deleted.

use egui::{Context, RichText, Ui};

use crate::case::{Case, CaseId, Event};
use crate::engine::api::Command;
use crate::gui::dialogs::Dialog;
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Button, DialogFrame, Verdict, icons};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::undo::Undo;
use crate::gui::view_context::ViewContext;

/// The card of a closed case, in the place of the next step.
pub fn closed_card(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    let archive = Purpose::Undoable(Undo::Archive { case: case.id, archived: !case.archived });
    let busy = (cx.waits_for(&Purpose::Event(case.id)) || cx.waits_for(&archive))
        .then(|| "The last step is being recorded.".to_owned());
    let deleted = case.private_data_deleted;
    kit::card(ui, |ui| {
        ui.horizontal(|ui| {
            kit::heading(ui, "This case is closed");
            if case.archived {
                kit::chip(ui, Severity::Plain, icons::ARCHIVE, "archived");
            }
            if let Some(at) = case.closed_at {
                kit::when(ui, at, cx.now);
            }
        });
        match deleted {
            Some(at) => kit::soft(
                ui,
                format!("Its private data was deleted on {}. The ledger's line stays.", at.for_people()),
            ),
            None => kit::soft(ui, "Everything it knew is still here, and it can be taken up again."),
        };
        ui.horizontal_wrapped(|ui| {
            let gone =
                deleted.map(|_| "Its private data was deleted: open a new case for the ticket.".to_owned());
            let reopen = Button::new("Reopen the case").icon(icons::RETRY);
            if reopen.blocked(gone.clone().or(busy.clone())).show(ui).clicked() {
                out.ask(Command::CaseEvent { case: case.id, event: Event::Reopen }, Purpose::Event(case.id));
            }
            let (label, icon) = if case.archived {
                ("Take back from the archive", icons::BACK)
            } else {
                ("Move to the archive", icons::ARCHIVE)
            };
            let tip = "An archived case leaves the lists; it is still found under All.";
            if Button::new(label).icon(icon).tooltip(tip).blocked(busy.clone()).show(ui).clicked() {
                let command = Command::Archive { case: case.id, archived: !case.archived };
                out.ask(command, archive);
            }
            let gone = deleted.map(|_| "It is deleted already.".to_owned());
            let delete = Button::new("Delete private data…").icon(icons::DELETE).danger();
            if delete.blocked(gone.or(busy)).show(ui).clicked() {
                out.open(Dialog::DeletePrivate(DeletePrivate {
                    case: case.id,
                    title: case.title(),
                    sure: false,
                }));
            }
        });
    });
}

/// The question before private data is deleted.
#[derive(Debug)]
pub struct DeletePrivate {
    case: CaseId,
    title: String,
    sure: bool,
}

const GOES: [&str; 5] = [
    "The requester's name and the exact messages of the attempts",
    "Correlation id, Kibana and Sentry links, the hand-over link",
    "What GitLab said of the project's size and visibility",
    "The words of this case's timeline",
    "The way back: the case cannot be reopened",
];

const STAYS: [&str; 4] = [
    "The ledger's line, so that no second offer is made by mistake",
    "Ticket number, project, and the links of the issues",
    "The times of the steps, and the answers yes or no",
    "Archives on disk, until you delete them: Settings, Downloads lists them",
];

impl DeletePrivate {
    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, out: &mut Outbox) -> bool {
        let blocked = (!self.sure).then(|| "Tick the box first.".to_owned());
        let dialog = DialogFrame::new("Delete the private data of this case")
            .accept("Delete")
            .dismiss("Keep it")
            .danger()
            .width(560.0)
            .blocked(blocked);
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.add(egui::Label::new(RichText::new(&self.title).color(tokens(ui).text)).truncate());
            list(ui, "Is deleted, for good", &GOES);
            list(ui, "Stays", &STAYS);
            ui.add_space(space::S);
            ui.checkbox(&mut self.sure, "Delete what the customer told us");
        });
        if verdict == Verdict::Accepted {
            out.ask(Command::DeletePrivateData { case: self.case }, Purpose::Event(self.case));
        }
        verdict == Verdict::Open
    }
}

fn list(ui: &mut Ui, name: &str, lines: &[&str]) {
    kit::section(ui, name);
    for line in lines {
        kit::soft(ui, format!("• {line}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use crate::case::{CaseId, Resting, Stage};
    use crate::engine::api::Snapshot;
    use crate::gui::fixture::{ago, at_work, case, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn a_closed_case_is_reopened_archived_or_cleaned_after_a_question() {
        let mut one = case(1, 5, "acme/api");
        one.stage = Stage::Closed { from: Resting::Offer };
        one.closed_at = Some(ago(60));
        let mut workspace = Workspace::pretend(Snapshot { cases: [Arc::new(one)].into(), ..at_work() });
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 1200.0);
        window.run();
        window.get_by_label("Move to the archive").click();
        window.run();
        let sent = window.state().workspace().sent();
        // The journal is for the report, which is the text of a closed case.
        let wanted = ["CaseJournal { case: CaseId(1) }", "Archive { case: CaseId(1), archived: true }"];
        assert_eq!(sent, wanted);
        assert!(window.get_by_label("Reopen the case").accesskit_node().is_disabled(), "one thing at a time");
        let answered = crate::engine::api::Reply {
            ask: crate::engine::api::AskId(2),
            at: ago(0),
            result: Ok(crate::engine::api::Answer::Case(CaseId(1))),
        };
        let snap = window.state().workspace().snap.as_ref().clone();
        window.state_mut().own.show(Snapshot { replies: [answered].into(), ..snap });
        window.run();
        window.get_by_label("Delete private data…").click();
        window.run();
        assert!(window.get_by_label("Delete").accesskit_node().is_disabled());
        window.get_by_label("Delete what the customer told us").click();
        window.run();
        window.get_by_label("Delete").click();
        window.run();
        assert_eq!(window.state().workspace().sent()[2], "DeletePrivateData { case: CaseId(1) }");
    }
}
