use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::case::CaseId;
use crate::engine::api::{Answer, AskId, KeyringHead, Reply, Snapshot};
use crate::gui::App;
use crate::gui::fixture::{ago, at_work, now, offers, window_of};
use crate::gui::workspace::Workspace;
use crate::platform::words::KEYRING;

fn page(offer_log: OfferLog) -> Harness<'static, App> {
    let mut workspace = Workspace::pretend(Snapshot { offer_log: Arc::new(offer_log), ..at_work() });
    workspace.route = Route::OfferLog;
    let mut window = window_of(workspace, egui::Theme::Dark, 1200.0, 900.0);
    window.run();
    window
}

#[test]
fn the_newest_offer_is_first_and_a_filter_finds_by_any_column() {
    let mut shown = Shown::default();
    let offer_log = Arc::new(offers());
    shown.make(&offer_log, "");
    let newest = offer_log.offers[shown.rows[0]].at;
    assert!(offer_log.offers.iter().all(|offer| offer.at <= newest));
    for (filter, found) in [("umbrella", 1), ("#418423", 1), ("deadline", 1), ("@", 0), ("acme ENGINEER", 2)]
    {
        shown.make(&offer_log, filter);
        assert_eq!(shown.rows.len(), found, "{filter}");
    }
}

#[test]
fn the_page_opens_a_case_copies_and_audits() {
    let mut window = page(offers());
    window.get_by_label("Copy as Markdown").click();
    window.run_steps(1);
    window.run();
    window.get_by_label("Copied: offers");
    window.get_by_label("Audit the journal").click();
    window.run();
    assert_eq!(window.state().workspace().sent(), ["Audit"]);
    let reply = Reply {
        ask: AskId(1),
        at: now(),
        result: Ok(Answer::Audited { rows: 1_234, head: KeyringHead::NoKeyring }),
    };
    let snapshot = window.state().workspace().snapshot.as_ref().clone();
    window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..snapshot });
    window.run();
    window.get_by_label("The journal is complete: 1,234 rows verified");
    let no_keyring =
        format!("This computer has no {KEYRING}, so the audit cannot detect rewritten last rows.");
    window.get_by_label(&no_keyring);
    assert!(window.get_by_label("Go to case 77").accesskit_node().is_disabled());
    window.get_by_label("Go to case 4").click();
    window.run();
    assert_eq!(window.state().workspace().selected, Some(CaseId(4)));
}

#[test]
fn an_empty_offer_log_says_what_it_is_for() {
    let window = page(OfferLog::default());
    window.get_by_label("No offer yet");
    assert!(window.get_by_label("Save…").accesskit_node().is_disabled());
}

#[test]
fn what_is_saved_is_the_listed_offers_in_the_format_of_the_name() {
    let mut window = page(offers());
    window.get_by_label("Filter the offers").focus();
    window.run();
    window.get_by_label("Filter the offers").type_text("umbrella");
    window.run();
    window.get_by_label("Save…").click();
    window.run();
    window.get_by_label("Offers to save: 1");
    window.get_by_label("File");
    window.key_press(egui::Key::Escape);
    window.run();
    assert!(window.query_by_label("File").is_none());
}

#[test]
fn a_file_that_is_there_is_replaced_only_after_the_file_dialog_asked() {
    let path = std::env::temp_dir().join(format!("export-desk-ledger-{}.csv", std::process::id()));
    std::fs::remove_file(&path).ok();
    crate::gui::os::write_text(&path, "one", false).unwrap();
    let why = crate::gui::os::write_text(&path, "two", false).unwrap_err();
    assert!(why.contains("exists already"), "{why}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
    crate::gui::os::write_text(&path, "two", true).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn months_are_counted_without_a_gap_and_for_two_years_at_most() {
    let at = |text: &str| crate::case::UtcMs::parse_rfc3339(text).unwrap();
    let months = chart::by_month(
        ["2026-09-30T23:59:59Z", "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z"].map(at).into_iter(),
    );
    let counted: Vec<(&str, u32)> = months.iter().map(|month| (month.name.as_str(), month.offers)).collect();
    assert_eq!(counted, [("2026-09", 1), ("2026-10", 0), ("2026-11", 2)]);
    let long = chart::by_month([at("1970-01-01T00:00:00Z"), ago(0)].into_iter());
    assert_eq!(long.len(), 24);
}
