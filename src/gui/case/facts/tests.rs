use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::case::CaseId;
use crate::engine::api::Snapshot;
use crate::gui::App;
use crate::gui::fixture::on_the_way::text_field;
use crate::gui::fixture::{at_work, now, opens, window_of};
use crate::gui::workspace::Workspace;
use crate::texts::Handbook;

fn pasted(text: &str, handbook: &Handbook) -> Pasted {
    let known = ["https://gitlab.com".to_owned()];
    Pasted::of(text, &known, &handbook.known_trackers(), &handbook.rules().kibana_hosts)
}

fn found(text: &str, handbook: &Handbook) -> Vec<Fact> {
    pasted(text, handbook).facts.into_iter().map(|(fact, _)| fact).collect()
}

/// A case page with every fact listed and the field of `name` open.
fn editing(name: &str) -> Harness<'static, App> {
    let mut workspace = Workspace::pretend(at_work());
    workspace.selected = Some(CaseId(1));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
    window.run();
    window.get_by_label("Show all").click();
    window.run();
    window.get_by_label(&format!("Edit {name}")).click();
    window.run();
    window
}

#[test]
fn a_pasted_text_finds_its_places() {
    let handbook = Handbook::built_in();
    assert_eq!(found("https://log.gprd.gitlab.net/app/r/s/aBcD1", &handbook), [Fact::KibanaLink]);
    assert_eq!(found("https://gitlab.com/gitlab-org/gitlab/-/issues/330833", &handbook), [Fact::BugIssue]);
    assert_eq!(found("https://gitlab.com/gitlab-org/gitaly/-/issues/3", &handbook), [Fact::BugIssue]);
    let request = "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/12";
    assert_eq!(
        found(&format!("see {request} and 01HZX3PQ9W8N0D2V7K5T6R4M1B"), &handbook),
        [Fact::ConsoleIssue, Fact::CorrelationId]
    );
    assert!(pasted("hello", &handbook).is_empty());
    assert_eq!(pasted("2026-11-21 06:54 UTC", &handbook).times.len(), 1);
}

#[test]
fn the_handbook_of_the_person_names_the_trackers_and_the_kibanas() {
    let text = "trackers.infra.project = \"ops/exports\"\nkibana.host = \"https://kibana.example.com\"\n\
                kibana.other_hosts = []\n";
    let (handbook, mistakes) = Handbook::with_override(text);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    assert_eq!(found("https://gitlab.com/ops/exports/-/issues/4", &handbook), [Fact::InfraIssue]);
    assert_eq!(found("https://kibana.example.com/goto/8f2a", &handbook), [Fact::KibanaLink]);
    let foreign = pasted("https://log.gprd.gitlab.net/app/r/s/aBcD1", &handbook);
    assert!(foreign.facts.is_empty());
    assert!(foreign.errors[0].headline.contains("is not a Kibana host of the handbook (kibana.example.com)"));
}

#[test]
fn an_address_bar_kibana_url_is_refused_with_the_reason() {
    let pasted = pasted("https://log.gprd.gitlab.net/app/discover#/?_a=h@123", &Handbook::built_in());
    assert!(pasted.facts.is_empty());
    assert!(pasted.errors[0].hint.text().contains("Share"), "{:?}", pasted.errors);
}

#[test]
fn a_time_is_shown_back_before_it_is_saved() {
    let name = Fact::ExportFinishedAt.label();
    let mut window = editing(name);
    let type_in = |window: &mut Harness<'static, App>, text: &str| {
        window.get_by_role_and_label(egui::Role::TextInput, name).focus();
        window.run();
        window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        window.run();
        window.get_by_role_and_label(egui::Role::TextInput, name).type_text(text);
        window.run();
    };
    type_in(&mut window, "14:05");
    window.get_by_label("\"14:05\" has no time zone.");
    window.get_by_label("Save").click();
    window.run();
    let said = window.query_all_by_label_contains("has no time zone").count();
    assert_eq!(said, 1, "once, at the field");
    assert!(window.get_by_role_and_label(egui::Role::TextInput, name).accesskit_node().is_focused());
    assert!(window.state().workspace().sent().is_empty());
    let yesterday = &now().plus_ms(-86_400_000).rfc3339()[..10].to_owned();
    for (text, utc) in [
        ("2026-11-20T12:10:00+02:00", "2026-11-20 10:10:00 UTC".to_owned()),
        ("yesterday 3pm UTC", format!("{yesterday} 15:00:00 UTC")),
    ] {
        type_in(&mut window, text);
        window.get_by_label_contains(&format!("understood as {utc}"));
    }
    window.get_by_label("Save").click();
    window.run();
    let sent = window.state().workspace().sent();
    assert!(sent[0].contains(&format!("{yesterday}T15:00:00Z")), "{sent:?}");
}

#[test]
fn a_cleared_fact_can_be_had_back() {
    let mut workspace = Workspace::pretend(at_work());
    workspace.selected = Some(CaseId(1));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
    window.run();
    let was = at_work().cases[0].facts.correlation_id.clone().unwrap();
    window.get_by_label("Edit Correlation ID").click();
    window.run();
    window.get_by_label("Clear").click();
    window.run();
    let reply = crate::engine::api::Reply {
        ask: crate::engine::api::AskId(1),
        at: now(),
        result: Ok(crate::engine::api::Answer::Case(CaseId(1))),
    };
    window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..at_work() });
    window.run_steps(3);
    window.get_by_label("Saved: Correlation ID");
    assert!(!window.get_by_label("Undo").accesskit_node().is_disabled());
    window.get_by_label("Undo").click();
    window.run_steps(3);
    let sent = window.state().workspace().sent();
    assert!(sent[1].contains("UndoDeed") && sent[1].contains(&was), "{sent:?}");
}

#[test]
fn what_was_typed_is_kept_while_another_fact_is_filled_in() {
    let case = at_work().cases[0].clone();
    let mut card = FactsCard::default();
    card.edit(&case, Fact::DownloadError, true);
    card.editing.as_mut().unwrap().text = "502 Bad".into();
    card.edit(&case, Fact::DownloadError, true);
    assert_eq!(card.editing.as_ref().unwrap().text, "502 Bad", "the same field");
    card.edit(&case, Fact::Requester, false);
    card.saving = Some(Fact::Requester);
    // The answer about one fact must not be taken for the answer about another.
    card.edit(&case, Fact::DownloadError, true);
    assert!(!card.answered(Ok(())));
    assert_eq!(card.editing.as_ref().unwrap().text, "502 Bad");
    card.saving = Some(Fact::DownloadError);
    assert!(card.answered(Ok(())), "the next step asked for it");
    assert!(card.editing.is_none());
}

#[test]
fn ctrl_and_enter_save_a_fact_of_several_lines() {
    let name = Fact::DownloadError.label();
    let mut window = editing(name);
    let field = egui::Role::MultilineTextInput;
    window.get_by_role_and_label(field, name).type_text("Export failed.");
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Enter);
    window.run();
    let sent = window.state().workspace().sent();
    assert!(sent[0].starts_with("SetFacts") && sent[0].contains("Export failed."), "{sent:?}");
}

#[test]
fn a_ticket_is_pasted_where_the_case_has_none_or_another() {
    let mut snapshot = at_work();
    let mut cases = snapshot.cases.to_vec();
    let place = cases.iter().position(|case| case.id == CaseId(1)).unwrap();
    let mut without = cases[place].as_ref().clone();
    without.ticket = None;
    cases[place] = without.into();
    snapshot.cases = cases.into();
    let mut workspace = Workspace::pretend(snapshot);
    workspace.selected = Some(CaseId(1));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
    window.run();
    window.get_by_label("not recorded: paste its URL above");
    window.get_by_label("Paste a link, an ID or a time").focus();
    window.run();
    window.get_by_label("Paste a link, an ID or a time").type_text("https://acme.zendesk.com/requests/77");
    window.run();
    window.get_by_label("Save as “Ticket”").click();
    window.run();
    let sent = window.state().workspace().sent();
    assert!(sent[0].starts_with("CorrectCase") && sent[0].contains("agent/tickets/77"), "{sent:?}");
}

#[test]
fn a_link_opens_on_click_and_a_value_is_not_cut() {
    let mut workspace = Workspace::pretend(at_work());
    workspace.selected = Some(CaseId(3));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
    window.run();
    let url = "https://gitlab.com/gitlab-org/gitlab/-/issues/330833";
    let links = window.get_all_by_label(url);
    let link = links.into_iter().next().expect("the whole URL");
    // A long value takes another line.
    assert!(link.rect().width() > 300.0 || link.rect().height() > 30.0, "{:?}", link.rect());
    link.click();
    window.step();
    assert!(opens(&window, |opened| opened == url));
}

#[test]
fn the_programs_own_attempt_is_marked() {
    let mut snapshot = at_work();
    let mut cases = snapshot.cases.to_vec();
    std::sync::Arc::make_mut(&mut cases[2]).own_api_attempt = true;
    snapshot.cases = cases.into();
    let mut workspace = Workspace::pretend(snapshot);
    workspace.selected = Some(CaseId(3));
    let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 2400.0);
    window.run();
    window.get_by_label("by Export Desk");
}

#[test]
fn escape_drops_nothing_that_was_typed() {
    let name = Fact::KibanaLink.label();
    let mut window = editing(name);
    let field = |window: &Harness<'static, App>| {
        text_field(window, name).map(|field| field.value().unwrap_or_default())
    };
    text_field(&window, name).expect("a field").type_text("x");
    window.run();
    let typed = field(&window).expect("a field");
    // Twice: the first one ends the palette.
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    window.run();
    for _ in 0..2 {
        window.key_press(egui::Key::Escape);
        window.run();
        assert_eq!(field(&window).as_deref(), Some(typed.as_str()));
    }
    window.get_by_label("Cancel").click();
    window.run();
    assert_eq!(field(&window), None);
}
