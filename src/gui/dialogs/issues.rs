//! The dialog that finds the bug's issue in the tracker.

use egui::{Context, Ui};

use crate::case::{Case, CaseId, Fact};
use crate::engine::api::{Command, IssueSearch};
use crate::engine::search_words;
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::intent::{CaseQuestion, IfUnhandled, Intent, Outbox};
use crate::gui::issue_hits::{SearchOutcome, found, line, not_searched};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space};
use crate::gui::undo::Undo;
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

/// The dialog's state.
#[derive(Debug)]
pub struct Issues {
    case: CaseId,
    text: String,
    closed_too: bool,
    found: Option<SearchOutcome>,
    opened: bool,
    search: Pending,
}

/// Opens the dialog.
#[derive(Debug)]
pub struct FindIssue {
    pub case: CaseId,
}

impl DialogRequest for FindIssue {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let case = cx.snapshot.cases.iter().find(|case| case.id == self.case);
        let text = case.map(|case| search_words(case)).unwrap_or_default();
        Box::new(Issues::new(self.case, text))
    }
}

impl Issues {
    pub fn new(case: CaseId, text: String) -> Self {
        Self { case, text, closed_too: false, found: None, opened: false, search: Pending::default() }
    }

    /// Sets `found` as the answer to the search.
    #[cfg(test)]
    pub fn answered(&mut self, found: SearchOutcome) {
        self.found = Some(found);
    }
}

impl Dialog for Issues {
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        if let Some(((), answer)) = self.search.take(answers)
            && let Some(found) = found(answer)
        {
            self.found = Some(found);
        }
        true
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == self.case) else { return false };
        let waiting = self.search.is_open().then(|| "Searching the tracker.".to_owned());
        let dialog = DialogFrame::new("Find the bug issue").accept("Search").dismiss("Close").width(760.0);
        let verdict = dialog.blocked(waiting.clone()).show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            Field::new("Words from the title or description")
                .note("Known issues for this case's messages come first, whatever you type.")
                .focus(!self.opened)
                .show(ui, &mut self.text);
            ui.checkbox(&mut self.closed_too, "Closed issues too");
            match &self.found {
                None if waiting.is_some() => {
                    kit::chip(ui, Severity::Plain, icons::HOURGLASS, "searching");
                }
                None => {}
                Some(Err(error)) => kit::error(ui, error),
                Some(Ok(found)) => results(ui, found, case, out),
            }
            // The search may list many hits; a new issue is the alternative if none of them matches.
            if Button::new("No match: draft a new issue").icon(icons::ADD).show(ui).clicked() {
                out.push(Intent::ShowText(self.case, TextKind::Bug));
            }
        });
        // The first search starts without a click, because searching for known issues has no side effects.
        if verdict == DialogVerdict::Accepted || !self.opened {
            let command = Command::SearchIssues {
                case: self.case,
                text: self.text.trim().to_owned(),
                closed_too: self.closed_too,
            };
            self.search.ask_or(command, (), IfUnhandled::Nothing, out);
        }
        self.opened = true;
        verdict != DialogVerdict::Closed
    }
}

fn results(ui: &mut Ui, found: &IssueSearch, case: &Case, out: &mut Outbox) {
    not_searched(ui, found);
    if found.hits.is_empty() {
        kit::chip(ui, Severity::Plain, icons::NONE, "no issue contains these words");
    }
    ui.spacing_mut().item_spacing.y = space::S;
    for hit in &found.hits {
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
                        let command = Command::SetFacts { case: case.id, values };
                        let undo = Some(Undo::facts(case, [Fact::BugIssue]));
                        out.ask_of_case(CaseQuestion::Facts { case: case.id, undo }, command);
                    }
                }
                let label = format!("Comment on {}", hit.reference);
                let button = Button::new(&label).caption("Comment on the issue…").icon(icons::SEND).quiet();
                if button.show(ui).clicked() {
                    out.push(Intent::Comment(case.id, hit.url.clone()));
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
        window.get_by_label("Find the bug issue…").click();
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
