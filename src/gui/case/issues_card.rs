//! The issues of a case as they are in GitLab: open or closed, and when somebody last commented.

use egui::Ui;

use crate::case::intake::parse_time;
use crate::case::{Case, CaseId};
use crate::engine::api::{Command, IssueHit};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::issue_hits::{SearchOutcome, found, line, not_searched};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;

/// The card's state.
#[derive(Debug, Default)]
pub struct IssuesCard {
    /// The last answer, and whose case it is about.
    seen: Option<(CaseId, SearchOutcome)>,
    reading: Pending<CaseId>,
}

impl IssuesCard {
    pub fn on_answer(&mut self, answers: &mut Answers) {
        if let Some((case, answer)) = self.reading.take(answers) {
            self.seen = found(answer).map(|found| (case, found));
        }
    }

    /// Draws nothing for a case without an issue.
    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        let facts = &case.facts;
        let issues = [&facts.bug_issue, &facts.console_issue, &facts.infra_issue];
        if issues.into_iter().flatten().next().is_none() {
            return;
        }
        kit::card(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            kit::heading(ui, "Issues in GitLab");
            let seen = self.seen.as_ref().filter(|(id, _)| *id == case.id).map(|(_, seen)| seen);
            match seen {
                None => {
                    kit::faint(
                        ui,
                        "Reads whether the recorded and the known issues are open, and when somebody last commented.",
                    );
                }
                Some(Err(error)) => kit::error(ui, error),
                Some(Ok(read)) => {
                    not_searched(ui, read);
                    for hit in &read.hits {
                        one(ui, hit, cx, out);
                    }
                }
            }
            let label = if seen.is_some() { "Read the issues again" } else { "Read the issues" };
            let waiting = self.reading.is_open().then(|| "Reading the issues.".to_owned());
            if Button::new(label).icon(icons::REFRESH).quiet().blocked(waiting).show(ui).clicked() {
                let command = Command::ReadIssues { case: case.id };
                self.reading.ask_or(command, case.id, IfUnhandled::Nothing, out);
            }
        });
    }
}

fn one(ui: &mut Ui, hit: &IssueHit, cx: &ViewContext<'_>, out: &mut Outbox) {
    ui.push_id(&hit.url, |ui| {
        line(ui, hit);
        ui.horizontal_wrapped(|ui| {
            match hit.last_comment_at.as_deref() {
                Some(at) => {
                    let words = parse_time(at).map(|at| format::relative(at, cx.now));
                    kit::faint(ui, format!("Last comment: {}.", words.unwrap_or_else(|_| at.to_owned())))
                        .on_hover_text(at);
                }
                None => drop(kit::faint(ui, "No comment yet.")),
            }
            let label = format!("Open {}", hit.reference);
            if Button::new(&label).caption("Open").icon(icons::OPEN).quiet().show(ui).clicked() {
                out.push(Intent::OpenUrl(hit.url.clone()));
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use crate::case::{Case, CaseId, Fact, stepped};
    use crate::engine::api::{Answer, AskId, IssueHit, IssueSearch, KnownHit, Reply, Snapshot};
    use crate::gui::App;
    use crate::gui::fixture::{ago, at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    const LONG: &str = "gitlab-com/gl-infra/production-engineering-with-a-long-name#1234567";

    /// The window after the issues of a case were read: `hit` is the answer.
    fn read(hit: IssueHit) -> Harness<'static, App> {
        let url = "https://gitlab.com/gitlab-org/gitlab/-/issues/330833";
        let mut snapshot = at_work();
        let mut cases: Vec<Case> = snapshot.cases.iter().map(|case| case.as_ref().clone()).collect();
        cases[4] = stepped::with(&cases[4], &[(Fact::BugIssue, url)], now());
        snapshot.cases = cases.into_iter().map(Arc::new).collect();
        let mut workspace = Workspace::pretend(snapshot.clone());
        workspace.selected = Some(CaseId(5));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        window.get_by_label("Read the issues").click();
        window.run();
        assert_eq!(window.state().workspace().sent(), ["ReadIssues { case: CaseId(5) }"]);
        let search = IssueSearch { hits: vec![hit], not_searched: Vec::new() };
        let reply = Reply { ask: AskId(1), at: now(), result: Ok(Answer::Issues(Arc::new(search))) };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..snapshot });
        window.run();
        window
    }

    fn hit() -> IssueHit {
        IssueHit {
            url: "https://gitlab.com/gitlab-org/gitlab/-/issues/330833".into(),
            reference: "gitlab-org/gitlab#330833".into(),
            title: Some("Silent failure of project exports".into()),
            is_open: Some(false),
            labels: Vec::new(),
            updated_at: None,
            last_comment_at: Some(ago(120).rfc3339()),
            known: None,
        }
    }

    #[test]
    fn the_state_and_the_last_comment_of_an_issue_are_read() {
        let window = read(hit());
        window.get_by_label("Silent failure of project exports");
        window.get_by_label("closed");
        window.get_by_label_contains("Last comment: 2 h");
        window.get_by_label("Read the issues again");
    }

    #[test]
    fn a_long_reference_keeps_the_card_in_its_column() {
        let symptom = "The email or the page has a link, but the link answers 404.".to_owned();
        let advice = "Record when the export finished, and open a request for the file.".to_owned();
        let window = read(IssueHit {
            reference: LONG.into(),
            updated_at: Some("2026-11-20T10:00:00Z".into()),
            known: Some(KnownHit { symptom, advice }),
            ..hit()
        });
        let changed = window.get_by_label("changed 2026-11-20").rect();
        let reference = window.get_by_label(LONG).rect();
        assert!(reference.right() <= changed.left(), "{reference:?} is drawn over {changed:?}");
        let edge = window.get_by_label("Deadlines").rect().left() + 320.0;
        for rect in [changed, window.get_by_label_contains("answers 404").rect()] {
            assert!(rect.right() < edge && rect.right() < 1280.0, "{rect:?} ends behind {edge}");
        }
    }
}
