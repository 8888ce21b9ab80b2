//! The header of a case, which stays while the page scrolls: ticket, project, step, route, and the deadline that
//! matters most.

use egui::{Align, Label, Layout, RichText, Ui};

use crate::case::{Case, Deadline, DeadlineState, Request, Stage};
use crate::gui::case::deadlines::{deadline_chip, of_case};
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Step, StepState};
use crate::gui::theme::{self, size, tokens};
use crate::gui::view_context::ViewContext;

/// Draws the header.
pub fn header(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            links(ui, cx, out);
            if let Some(deadline) = most_pressing(&of_case(case, cx)) {
                deadline_chip(ui, deadline, &format!("{}: ", deadline.name.label()), cx);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title(ui, case, cx));
        });
    });
    kit::stepper(ui, "Stage", &steps(case.stage));
}

fn title(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>) {
    let t = tokens(ui);
    let title = case.title();
    let more = subtitle(case, cx);
    let shown = match &case.given_title {
        Some(given) => format!("{title}  {given}"),
        None => title,
    };
    let text = RichText::new(&shown).text_style(theme::title()).color(t.text);
    let label = Label::new(text).truncate().show_tooltip_when_elided(false);
    let response = ui.add(label).on_hover_text(format!("{shown}\n{more}"));
    kit::mark_heading(&response);
    let text = RichText::new(more).size(size::SMALL).color(t.faint);
    ui.add(Label::new(text).truncate());
}

/// The ticket and the project in the browser, and their correction.
fn links(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let edit = UiCommand::CorrectCase.button(ui, cx).icon_only().quiet();
    if edit.show(ui).clicked() {
        out.run(UiCommand::CorrectCase);
    }
    for (command, short) in [(UiCommand::OpenProject, "Project"), (UiCommand::OpenTicket, "Ticket")] {
        if command.blocked(cx).is_none() && command.button(ui, cx).caption(short).quiet().show(ui).clicked() {
            out.run(command);
        }
    }
}

/// The deadline that ends next; one that is over matters only if none is left.
fn most_pressing(deadlines: &[Deadline]) -> Option<&Deadline> {
    deadlines.iter().min_by_key(|deadline| (deadline.state == DeadlineState::Over, deadline.ends_at))
}

fn subtitle(case: &Case, cx: &ViewContext<'_>) -> String {
    let mut parts = vec![format::host(&case.instance).to_owned()];
    let known = case.project.known.as_ref();
    let version = known
        .and_then(|project| project.gitlab_version.clone())
        .or_else(|| cx.instance.and_then(|i| i.account.as_ref().and_then(|a| a.gitlab_version.clone())));
    parts.extend(version.map(|version| format!("GitLab {version}")));
    parts.extend(known.and_then(|project| project.storage_bytes).map(format::bytes));
    parts.extend(known.and_then(|project| project.visibility.clone()));
    parts.extend(case.project.id.map(|id| format!("project {id}")));
    parts.join(" · ")
}

/// The stages as the stepper shows them: the two requests share one step, which has the route's name once it is
/// known, and so do the two offers.
fn steps(stage: Stage) -> Vec<Step> {
    let request = match stage {
        Stage::ConsoleRequest | Stage::AwaitingAttempt { request: Request::Console } => "Console request",
        Stage::InfraRequest { .. } | Stage::AwaitingAttempt { request: Request::Infra } => "Infra request",
        _ => "Request",
    };
    let names = ["Troubleshoot", "Bug issue", "Offer", "Route", request, "Attempt", "Done"];
    let here = match stage {
        Stage::Troubleshoot => 0,
        Stage::BugIssue => 1,
        Stage::Offer | Stage::AwaitingAnswer => 2,
        Stage::Route => 3,
        Stage::ConsoleRequest | Stage::InfraRequest { .. } => 4,
        Stage::AwaitingAttempt { .. } => 5,
        Stage::Outcome { .. } => 6,
        Stage::Closed { .. } => names.len(),
    };
    let where_is = |i: usize| match i.cmp(&here) {
        std::cmp::Ordering::Less => StepState::Passed,
        std::cmp::Ordering::Equal => StepState::Here,
        std::cmp::Ordering::Greater => StepState::Ahead,
    };
    names
        .iter()
        .enumerate()
        .map(|(i, name)| Step { name: (*name).to_owned(), note: String::new(), state: where_is(i) })
        .collect()
}
