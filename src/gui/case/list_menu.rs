//! What can be done to one or several cases of the list: the menu of the right button.

use egui::{Response, RichText, Ui};

use crate::case::{Action, Case, CaseId, Event, next_steps};
use crate::engine::api::{Command, DownloadState, downloads_of};
use crate::gui::format::number_of;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, ListedRows, Selection, icons, is_meant, mark, menu_item};
use crate::gui::report::{archive, report};
use crate::gui::theme::tokens;
use crate::gui::view_context::ViewContext;

/// Handles clicks on the row of a case at this place of the list. Returns true if the row was clicked to select its case alone.
pub fn on_row(
    response: &Response,
    (case, place): (&Case, usize),
    listed: ListedRows<'_, CaseId>,
    marked: &mut Selection<CaseId>,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) -> bool {
    let is_chosen = mark(response, place, listed, cx.case.map(|case| case.id), marked);
    response.context_menu(|ui| menu(ui, case, marked, cx, out));
    is_chosen
}

fn menu(ui: &mut Ui, case: &Case, marked: &Selection<CaseId>, cx: &ViewContext<'_>, out: &mut Outbox) {
    let all = cx.snapshot.cases.iter().map(AsRef::as_ref);
    let cases: Vec<&Case> = all.filter(|known: &&Case| is_meant(&case.id, &known.id, marked)).collect();
    if cases.len() > 1 {
        kit::faint(ui, number_of(cases.len() as u64, "case", "cases"));
    }
    let one = match cases.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    actions(ui, cases, out, cx);
    if let Some(case) = one {
        discard(ui, case, cx, out);
    }
}

/// Discards a case that was opened by mistake, as long as the rules allow it.
fn discard(ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    let steps = next_steps(case, &cx.snapshot.offer_log, &cx.snapshot.rules, cx.now);
    let Some(choice) = steps.choices.iter().find(|choice| choice.action == Action::Report(Event::Discard))
    else {
        return;
    };
    let refused = choice.refused.as_ref().map(|refusal| refusal.headline.as_str());
    if menu_item(ui, "Discard (opened by mistake)", icons::DELETE, refused) {
        out.push(Intent::Select(case.id));
        report(case, &Event::Discard, out);
    }
}

/// How many cases are marked, and what can be done to all of them.
pub fn marked_line(ui: &mut Ui, marked: &mut Selection<CaseId>, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.horizontal(|ui| {
        let words = format!("{} marked", number_of(marked.len() as u64, "case", "cases"));
        ui.label(RichText::new(words).small().color(tokens(ui).soft));
        kit::at_end(ui, |ui| {
            ui.menu_button("Actions", |ui| {
                let all = cx.snapshot.cases.iter().map(AsRef::as_ref);
                actions(ui, all.filter(|case: &&Case| marked.holds(&case.id)).collect(), out, cx);
            });
            if Button::new("Unmark").quiet().show(ui).clicked() {
                marked.clear();
            }
        });
    });
}

fn actions(ui: &mut Ui, cases: Vec<&Case>, out: &mut Outbox, cx: &ViewContext<'_>) {
    let tickets: Vec<&str> =
        cases.iter().filter_map(|case| Some(case.ticket.as_ref()?.url.as_str())).collect();
    let no_ticket = tickets.is_empty().then_some("There is no ticket.");
    if menu_item(ui, "Open the ticket in the browser", icons::OPEN, no_ticket) {
        for url in tickets {
            out.push(Intent::OpenUrl(url.to_owned()));
        }
    }
    if menu_item(ui, "Copy links", icons::COPY, None) {
        kit::copy(ui.ctx(), "links", links(&cases));
    }
    let failed = |case: &Case| {
        let newest = downloads_of(cx.snapshot, case).next();
        newest.filter(|download| download.state == DownloadState::Failed).map(|download| download.id)
    };
    let failed: Vec<_> = cases.iter().filter_map(|case| failed(case)).collect();
    let none_failed = failed.is_empty().then_some("No download of this case has failed.");
    if menu_item(ui, "Retry the download", icons::RETRY, none_failed) {
        for download in failed {
            out.ask(Command::Resume { download }, IfUnhandled::ToastError);
        }
    }
    let (shown, hidden): (Vec<&Case>, Vec<&Case>) =
        cases.into_iter().filter(|case| case.stage.is_closed()).partition(|case| !case.archived);
    let none_closed = shown.is_empty().then_some("Only a closed case can be hidden.");
    if menu_item(ui, "Hide (archive)", icons::ARCHIVE, none_closed) {
        archive(&shown, true, out);
    }
    if !hidden.is_empty() && menu_item(ui, "Show again (unarchive)", icons::ARCHIVE, None) {
        archive(&hidden, false, out);
    }
}

/// Ticket and project of each case, one URL a line.
fn links(cases: &[&Case]) -> String {
    let of = |case: &&Case| {
        let ticket = case.ticket.as_ref().map(|ticket| ticket.url.clone());
        let project = case.project.path.as_ref().map(|path| format!("{}/{path}", case.instance));
        ticket.into_iter().chain(project).collect::<Vec<_>>()
    };
    cases.iter().flat_map(of).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;
    use egui_kittest::kittest::Queryable as _;

    use crate::case::CaseId;
    use crate::gui::fixture::{at_work, opens, window};
    use crate::gui::undo::Undo;

    #[test]
    fn marked_cases_share_one_menu() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        window.get_by_label_contains("initech/tps-reports, #417990").click();
        window.run();
        window.get_by_label_contains("hooli/nucleus, #417002").click_modifiers(Modifiers::COMMAND);
        window.run();
        assert_eq!(window.state().workspace().selected, Some(CaseId(5)), "marking selects no other case");
        window.get_by_label("2 cases marked");
        window.get_by_label("Actions").click();
        window.run();
        window.get_by_label("Only a closed case can be hidden.");
        window.key_press(egui::Key::Escape);
        window.run();
        window.get_by_label_contains("hooli/nucleus, #417002").click_secondary();
        window.run();
        window.get_by_label("2 cases");
        window.get_by_label("Copy links").click();
        window.step();
        let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        let copied = copied.unwrap_or_default();
        for part in ["tickets/417990", "initech/tps-reports", "tickets/417002", "hooli/nucleus"] {
            assert!(copied.contains(part), "{copied}");
        }
        window.run();
        window.get_by_label("Unmark").click();
        window.run();
        assert!(window.query_by_label("2 cases marked").is_none());
    }

    #[test]
    fn an_open_case_can_be_discarded_in_its_menu() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        window.get_by_label_contains("hooli/nucleus, #417002").click_secondary();
        window.run();
        window.get_by_label("Discard (opened by mistake)").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent.iter().any(|sent| sent.contains("Discard")), "{sent:?}");
    }

    /// Several cases are hidden at once, and one undo shows all of them again.
    #[test]
    fn one_undo_takes_a_change_of_several_cases_back() {
        let undo = Undo::Archive { case: CaseId(1), others: vec![CaseId(2), CaseId(3)], archived: true };
        assert_eq!(undo.done(), "Archived: 3 cases");
        let commands: Vec<_> = undo.commands().iter().map(|one| format!("{one:?}")).collect();
        assert_eq!(commands.len(), 3);
        assert!(commands.iter().all(|one| one.contains("archived: false")), "{commands:?}");
    }

    #[test]
    fn shift_marks_the_cases_up_to_the_clicked_one() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        let mut rows: Vec<_> =
            window.get_all_by_label_contains("#41").filter(|node| node.rect().left() < 300.0).collect();
        rows.sort_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
        rows[0].click();
        rows[2].click_modifiers(Modifiers::SHIFT);
        drop(rows);
        window.run();
        window.get_by_label("3 cases marked");
    }

    #[test]
    fn a_menu_of_one_case_opens_its_ticket() {
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.run();
        window.get_by_label_contains("initech/tps-reports, #417990").click_secondary();
        window.run();
        window.get_by_label("Open the ticket in the browser").click();
        window.step();
        assert!(opens(&window, |url| url.contains("417990")));
    }
}
