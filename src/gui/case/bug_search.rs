//! Finds the bug's issue in the tracker, in the NOW card.

use egui::Ui;

use crate::case::{Case, Fact};
use crate::engine::api::{CaseDeed, Command, IssueSearch};
use crate::engine::search_words;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::issue_hits::{SearchOutcome, found, line, not_searched};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::report::perform;
use crate::gui::theme::{Severity, space};
use crate::texts::TextKind;

/// How many results are shown before the person asks for more.
const FEW: usize = 4;

/// The search's state.
#[derive(Debug, Default)]
pub struct BugSearch {
    /// The words to search for; `None` until the person opens the search.
    text: Option<String>,
    closed_too: bool,
    found: Option<SearchOutcome>,
    all: bool,
    search: Pending,
}

impl BugSearch {
    pub fn on_answer(&mut self, answers: &mut Answers) {
        if let Some(((), answer)) = self.search.take(answers)
            && let Some(found) = found(answer)
        {
            self.found = Some(found);
        }
    }

    /// The search, with the words of the case's messages.
    pub fn ui(&mut self, ui: &mut Ui, case: &Case, out: &mut Outbox) {
        let waiting = self.search.is_open().then(|| "Searching the tracker.".to_owned());
        let Some(text) = &mut self.text else {
            let tip = "Searches the bug tracker with the words of this case's messages.";
            if Button::new("Search for the bug issue").icon(icons::SEARCH).tooltip(tip).show(ui).clicked() {
                self.text = Some(search_words(case));
                self.ask(case, out);
            }
            return;
        };
        Field::new("Words from the title or description")
            .note("Known issues for this case's messages come first, whatever you type.")
            .show(ui, text);
        let mut again = false;
        ui.horizontal_wrapped(|ui| {
            again = Button::new("Search").icon(icons::SEARCH).blocked(waiting.clone()).show(ui).clicked();
            ui.checkbox(&mut self.closed_too, "Closed issues too");
        });
        match &self.found {
            None if waiting.is_some() => {
                kit::chip(ui, Severity::Plain, icons::HOURGLASS, "searching");
            }
            None => {}
            Some(Err(error)) => kit::error(ui, error),
            Some(Ok(found)) => {
                let most = if self.all { usize::MAX } else { FEW };
                results(ui, found, most, case, out);
                if found.hits.len() > FEW && !self.all {
                    let label = format!("Show all {} issues", found.hits.len());
                    self.all = Button::new(&label).quiet().show(ui).clicked();
                }
            }
        }
        if again {
            self.ask(case, out);
        }
    }

    /// The search as it is after this answer.
    #[cfg(test)]
    pub fn answered(case: &Case, found: IssueSearch) -> Self {
        Self { text: Some(search_words(case)), found: Some(Ok(found.into())), ..Self::default() }
    }

    fn ask(&mut self, case: &Case, out: &mut Outbox) {
        let text = self.text.as_deref().unwrap_or_default().trim().to_owned();
        let command = Command::SearchIssues { case: case.id, text, closed_too: self.closed_too };
        self.search.ask_or(command, (), IfUnhandled::Nothing, out);
    }
}

fn results(ui: &mut Ui, found: &IssueSearch, most: usize, case: &Case, out: &mut Outbox) {
    not_searched(ui, found);
    if found.hits.is_empty() {
        kit::chip(ui, Severity::Plain, icons::NONE, "no issue contains these words");
    }
    ui.spacing_mut().item_spacing.y = space::S;
    for hit in found.hits.iter().take(most) {
        ui.push_id(&hit.url, |ui| {
            ui.separator();
            line(ui, hit);
            ui.horizontal_wrapped(|ui| {
                let used = case.facts.bug_issue.as_deref() == Some(hit.url.as_str());
                if used {
                    kit::chip(ui, Severity::Good, icons::GOOD, "this case's issue");
                } else {
                    let label = format!("Use {}", hit.reference);
                    let button = Button::new(&label).caption("Use this issue").icon(icons::GOOD);
                    if button.show(ui).clicked() {
                        let values = vec![(Fact::BugIssue, hit.url.clone())];
                        perform(case, CaseDeed { values, ..CaseDeed::default() }, out);
                    }
                }
                let label = format!("Comment on {}", hit.reference);
                let button = Button::new(&label).caption("Comment on the issue…").icon(icons::SEND).quiet();
                if button.show(ui).clicked() {
                    out.push(Intent::Post(case.id, TextKind::Comment, Some(hit.url.clone())));
                }
                let label = format!("Open {}", hit.reference);
                let open = Button::new(&label).caption("Open").icon(icons::OPEN).quiet();
                if open.show(ui).clicked() {
                    out.push(Intent::OpenUrl(hit.url.clone()));
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use std::sync::Arc;

    use crate::case::CaseId;

    use crate::engine::api::{Answer, AskId, IssueHit, KnownHit, Reply, Snapshot};
    use crate::gui::App;
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    fn hit(number: u64) -> IssueHit {
        IssueHit {
            url: format!("https://gitlab.com/gitlab-org/gitlab/-/issues/{number}"),
            reference: format!("gitlab-org/gitlab#{number}"),
            title: Some("Export fails without a word".into()),
            is_open: Some(true),
            labels: Vec::new(),
            updated_at: Some("2026-11-20T10:00:00Z".into()),
            last_comment_at: None,
            known: None,
        }
    }

    fn answer(window: &mut Harness<'static, App>, ask: u64, search: IssueSearch) {
        let reply = Reply { ask: AskId(ask), at: now(), result: Ok(Answer::Issues(Arc::new(search))) };
        let snapshot = window.state().workspace().snapshot.as_ref().clone();
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..snapshot });
        window.run();
    }

    fn on_case(id: i64) -> Harness<'static, App> {
        let mut snapshot = at_work();
        let mut cases: Vec<Case> = snapshot.cases.iter().map(|case| case.as_ref().clone()).collect();
        let link = (Fact::KibanaLink, "https://log.gprd.gitlab.net/app/r/s/aBcD1");
        cases[4] = crate::case::stepped::with(&cases[4], &[link], now());
        snapshot.cases = cases.into_iter().map(Arc::new).collect();
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(CaseId(id));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        window
    }

    #[test]
    fn known_issues_are_shown_at_once_and_one_becomes_the_cases() {
        let mut window = on_case(5);
        window.get_by_label("Search for the bug issue").click();
        window.run();
        assert!(window.state().workspace().sent()[0].starts_with("SearchIssues"));
        let symptom = "Silent failure.".to_owned();
        let known = IssueHit { known: Some(KnownHit { symptom, advice: String::new() }), ..hit(330_833) };
        answer(&mut window, 1, IssueSearch { hits: vec![known, hit(7)], not_searched: Vec::new() });
        window.get_by_label("known");
        window.get_by_label("Use gitlab-org/gitlab#7").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[1].contains("BugIssue") && sent[1].contains("issues/7"), "{sent:?}");
        window.get_by_label("Comment on gitlab-org/gitlab#330833").click();
        window.run();
        window.get_by_label("Goes to https://gitlab.com/gitlab-org/gitlab/-/issues/330833");
    }

    #[test]
    fn before_an_offer_earlier_requests_are_searched() {
        let mut window = on_case(3);
        window.get_by_label("Search for earlier requests").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["SearchRequests { case: CaseId(3) }"]);
        answer(&mut window, 1, IssueSearch::default());
        window.get_by_label("no earlier request names this project");
        window.get_by_label("Search again").click();
        window.run();
        let not_searched = vec!["internal-requests: the token may not read it.".to_owned()];
        answer(&mut window, 2, IssueSearch { hits: vec![hit(12)], not_searched });
        window.get_by_label("an earlier request names this project");
        window.get_by_label("internal-requests: the token may not read it.");
        window.get_by_label("Open gitlab-org/gitlab#12");
    }
}
