//! What there is already of a ticket or a project that a person types: a person is told before there is a second case.

use std::sync::Arc;

use egui::Ui;

use crate::case::intake::Opening;
use crate::case::{Case, CaseId, ProjectRef};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;

/// How many known cases a dialog shows.
const MOST_KNOWN: usize = 3;

/// The offer that the project has had, in words: a second one needs a reason.
pub fn used_offer(found: &Opening, cx: &ViewContext<'_>) -> Option<String> {
    let project = found.project.as_ref()?;
    let named = match project.name.parse() {
        Ok(id) => ProjectRef { id: Some(id), ..ProjectRef::default() },
        Err(_) => ProjectRef::by_path(&project.name),
    };
    let offer = cx.snapshot.offer_log.first_for(&project.instance, &named)?;
    let of = offer.ticket.as_ref().map_or_else(|| format!("case {}", offer.case_id), ToString::to_string);
    Some(format!(
        "This project had its one-time offer on {} ({of}). A second offer needs a reason.",
        offer.at.for_people()
    ))
}

/// Cases of the same ticket or project, and what they share: the open ones first, and closed ones of both.
pub fn known_cases<'a>(found: &Opening, cx: &'a ViewContext<'_>) -> Vec<(&'a Case, &'static str)> {
    let is_ticket = |case: &Case| matches!((&case.ticket, &found.ticket), (Some(known), Some(ticket)) if known.url == ticket.url);
    let is_project = |case: &Case| {
        found.project.as_ref().is_some_and(|project| {
            let path =
                case.project.path.as_deref().is_some_and(|path| path.eq_ignore_ascii_case(&project.name));
            let id = case.project.id.is_some_and(|id| id.to_string() == project.name);
            case.instance == project.instance && (path || id)
        })
    };
    let shares = |case: &'a Arc<Case>| match (is_ticket(case), is_project(case)) {
        (true, true) => Some((case.as_ref(), "the same ticket and project")),
        (true, false) => Some((case.as_ref(), "the same ticket")),
        (false, true) => Some((case.as_ref(), "the same project")),
        (false, false) => None,
    };
    let (open, closed): (Vec<_>, Vec<_>) =
        cx.snapshot.cases.iter().filter_map(shares).partition(|(case, _)| !case.stage.is_closed());
    let same = closed.into_iter().filter(|(case, _)| is_ticket(case) && is_project(case));
    open.into_iter().chain(same).take(MOST_KNOWN).collect()
}

/// Says which cases there are already. Returns the one that the person wants to see instead.
pub fn known_ui(ui: &mut Ui, known: &[(&Case, &'static str)]) -> Option<CaseId> {
    let mut wanted = None;
    for (case, shares) in known {
        let words = match case.closed_at {
            Some(at) => {
                format!("{} was closed on {}. You can reopen it instead.", case.title(), at.for_people())
            }
            None => format!("There is an open case of {shares}: {}.", case.title()),
        };
        kit::say(ui, Severity::Warn, icons::WARN, &words);
        let label = format!("Show {}", case.title());
        if Button::new(&label).icon(icons::OPEN).show(ui).clicked() {
            wanted = Some(case.id);
        }
    }
    wanted
}
