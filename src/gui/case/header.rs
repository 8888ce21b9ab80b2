//! The header of a case, which stays while the page scrolls: ticket, project, step, route, and the deadline that
//! matters most.

use egui::{Label, RichText, Ui};

use crate::case::{Case, CaseOutcome, Deadline, DeadlineState, Request, Stage, route_asks, stage_at};
use crate::gui::case::deadlines::{deadline_chip, of_case};
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Step, StepState};
use crate::gui::theme::{self, size, tokens};
use crate::gui::view_context::ViewContext;

/// What stays of a title in any window.
const LEAST_LETTERS: usize = 8;
/// The least room for the subtitle, in points.
const SUBTITLE: f32 = 120.0;

/// Draws the header.
pub fn header(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.horizontal(|ui| {
        kit::ends(
            ui,
            |ui| title(ui, case, cx),
            |ui| {
                if let Some(deadline) = most_pressing(&of_case(case, cx)) {
                    deadline_chip(ui, deadline, &format!("{}: ", deadline.name.label()), cx);
                }
                links(ui, cx, out);
            },
        );
    });
    kit::stepper(ui, "Stage", &steps(case, stage_at(case, &cx.snapshot.rules, cx.now)));
}

fn title(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>) {
    let t = tokens(ui);
    let shown = case.title();
    let more = subtitle(case, cx);
    let whole =
        ui.painter().layout_no_wrap(shown.clone(), theme::title().resolve(ui.style()), t.text).size().x;
    let letter = whole / shown.chars().count().max(1) as f32;
    // A little less than fits, because letters differ in width.
    let fits = ui.available_width() * if whole > ui.available_width() { 0.92 } else { 1.1 };
    let text = RichText::new(shortened(case, &shown, (fits / letter.max(1.0)) as usize))
        .text_style(theme::title())
        .color(t.text);
    let label = Label::new(text).truncate().show_tooltip_when_elided(false);
    let response = ui.add(label).on_hover_text(format!("{shown}\n{more}"));
    kit::mark_heading(&response);
    if ui.available_width() >= SUBTITLE {
        let text = RichText::new(&more).size(size::SMALL).color(t.faint);
        ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&more);
    }
}

/// A title that does not fit loses the start of its path: the end tells projects apart.
fn shortened(case: &Case, title: &str, most_letters: usize) -> String {
    let ticket = case.ticket.as_ref().map(|ticket| format!("{ticket} ")).unwrap_or_default();
    let rest: Vec<char> = title.strip_prefix(&ticket).unwrap_or(title).chars().collect();
    let most = most_letters.saturating_sub(ticket.len()).max(LEAST_LETTERS);
    if rest.len() <= most {
        return title.to_owned();
    }
    let end: String = rest[rest.len() + 1 - most..].iter().collect();
    format!("{ticket}…{end}")
}

/// The ticket and the project in the browser, and their correction.
fn links(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    for (command, short) in [(UiCommand::OpenTicket, "Ticket"), (UiCommand::OpenProject, "Project")] {
        if command.blocked(cx).is_none() && command.button(ui, cx).caption(short).quiet().show(ui).clicked() {
            out.run(command);
        }
    }
    let edit = UiCommand::CorrectCase.button(ui, cx).icon_only().quiet();
    if edit.show(ui).clicked() {
        out.run(UiCommand::CorrectCase);
    }
}

/// The deadline that ends next; one that is over matters only if none is left.
fn most_pressing(deadlines: &[Deadline]) -> Option<&Deadline> {
    deadlines.iter().min_by_key(|deadline| (deadline.state == DeadlineState::Over, deadline.ends_at))
}

fn subtitle(case: &Case, cx: &ViewContext<'_>) -> String {
    // The person's own words come first: they tell cases of one project apart.
    let mut parts: Vec<String> = case.given_title.clone().into_iter().collect();
    parts.push(format::host(&case.instance).to_owned());
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
/// known, and so do the two offers. Only what happened is ticked, also in a case that was closed early.
fn steps(case: &Case, stage: Stage) -> Vec<Step> {
    let reached = match stage {
        Stage::Closed { from } => from.into(),
        open => open,
    };
    let is_asking = case.facts.console_issue.is_none() && route_asks(&case.facts).is_some();
    let request = match reached {
        Stage::AwaitingAttempt { request }
        | Stage::Outcome { ending: CaseOutcome::Attempted { request, .. } } => Some(request),
        Stage::ConsoleRequest if !is_asking => Some(Request::Console),
        Stage::InfraRequest { .. } => Some(Request::Infra),
        _ => None,
    };
    let request = match request {
        Some(Request::Console) => "Console request",
        Some(Request::Infra) => "Infrastructure request",
        None => "Request",
    };
    // The step of a case that waits has the name that its stage has everywhere.
    let offer = if reached == Stage::AwaitingAnswer { reached.label() } else { "Offer" };
    let attempt = if matches!(reached, Stage::AwaitingAttempt { .. }) { reached.label() } else { "Attempt" };
    let names = ["Troubleshoot", "Bug issue", offer, "Route", request, attempt, "Outcome"];
    let (passed, here) = match reached {
        Stage::Troubleshoot => (0, 0),
        Stage::BugIssue => (1, 1),
        Stage::Offer | Stage::AwaitingAnswer => (2, 2),
        // Until the questions are answered, the route is not known.
        Stage::ConsoleRequest if is_asking => (3, 3),
        Stage::Route => (3, 3),
        Stage::ConsoleRequest | Stage::InfraRequest { .. } => (4, 4),
        Stage::AwaitingAttempt { .. } => (5, 5),
        Stage::Outcome { ending: CaseOutcome::Declined } => (3, 6),
        Stage::Outcome { ending: CaseOutcome::Attempted { .. } } | Stage::Closed { .. } => (6, 6),
    };
    let is_offered = reached == Stage::AwaitingAnswer;
    let mark_of = |at: usize| match at {
        _ if at < passed => StepState::Passed,
        _ if at == here && !stage.is_closed() => StepState::Here,
        // The case ended here: its offer was sent, or its outcome is known.
        2 if is_offered && stage.is_closed() => StepState::Passed,
        6 if here == 6 || (stage.is_closed() && case.served.is_some()) => StepState::Passed,
        _ => StepState::Ahead,
    };
    let step = |(at, name): (usize, &&str)| Step {
        name: (*name).to_owned(),
        note: String::new(),
        state: mark_of(at),
    };
    names.iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, window_of};
    use crate::gui::workspace::Workspace;

    #[test]
    fn the_end_of_a_long_path_stays_in_the_smallest_window() {
        for (width, height) in [(900.0, 600.0), (1280.0, 800.0)] {
            let mut workspace = Workspace::pretend(at_work());
            workspace.selected = Some(CaseId(3));
            let mut window = window_of(workspace, egui::Theme::Dark, width, height);
            window.run();
            let title = window.get_by(|node| {
                let label = node.label().unwrap_or_default();
                node.role() == egui::Role::Heading && label.starts_with("#418611")
            });
            let label = egui_kittest::kittest::NodeT::accesskit_node(&title).label().unwrap_or_default();
            assert!(label.ends_with("service"), "{label}");
        }
    }
}
