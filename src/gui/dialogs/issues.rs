//! Searching the trackers: the dialog that finds the bug's issue, and the look for earlier requests before an offer.

use std::sync::Arc;

use egui::{Align, Context, Label, Layout, RichText, Ui};

use crate::case::{Case, CaseId, Fact, Trouble};
use crate::engine::api::{Command, IssueHit, IssueSearch};
use crate::engine::search_words;
use crate::gui::intent::{Intent, Outbox, Purpose};
use crate::gui::kit::{self, Button, DialogFrame, Field, Verdict, icons};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::Kind;

/// What came back of a search.
pub type Found = Result<Arc<IssueSearch>, Trouble>;

/// The dialog's state.
#[derive(Debug)]
pub struct Issues {
    case: CaseId,
    text: String,
    closed_too: bool,
    found: Option<Found>,
    opened: bool,
}

impl Issues {
    /// Begins with words from the case's messages.
    pub fn of(case: &Case) -> Self {
        Self { case: case.id, text: search_words(case), closed_too: false, found: None, opened: false }
    }

    pub fn hear(&mut self, found: Found) {
        self.found = Some(found);
    }

    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let Some(case) = cx.snap.cases.iter().find(|case| case.id == self.case) else { return false };
        let waiting = cx.waits_for(&Purpose::Issues(self.case)).then(|| "The tracker is asked.".to_owned());
        let dialog = DialogFrame::new("Find the bug's issue").accept("Search").dismiss("Close").width(760.0);
        let verdict = dialog.blocked(waiting.clone()).show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            Field::new("Words of title or description")
                .note("The issues that the handbook knows for this case's messages come first, whatever is typed.")
                .focus(!self.opened)
                .show(ui, &mut self.text);
            ui.checkbox(&mut self.closed_too, "Closed issues too");
            match &self.found {
                None if waiting.is_some() => {
                    kit::chip(ui, Severity::Plain, icons::HOURGLASS, "searching");
                }
                None => {}
                Some(Err(trouble)) => kit::trouble(ui, trouble),
                Some(Ok(found)) => results(ui, found, case, out),
            }
            // The search's answer may come in many lines; a new issue is the way out where none fits.
            if Button::new("None fits: draft a new issue").icon(icons::ADD).show(ui).clicked() {
                out.push(Intent::ShowText(self.case, Kind::Bug));
            }
        });
        // The first search begins by itself: what is known costs nothing to see.
        if verdict == Verdict::Accepted || !self.opened {
            let command = Command::SearchIssues {
                case: self.case,
                text: self.text.trim().to_owned(),
                closed_too: self.closed_too,
            };
            out.ask(command, Purpose::Issues(self.case));
        }
        self.opened = true;
        verdict != Verdict::Closed
    }
}

fn results(ui: &mut Ui, found: &IssueSearch, case: &Case, out: &mut Outbox) {
    not_searched(ui, found);
    if found.hits.is_empty() {
        kit::chip(ui, Severity::Plain, icons::NONE, "no issue has these words");
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
                        out.ask(command, Purpose::Facts(case.id));
                    }
                }
                let label = format!("Comment on {}", hit.reference);
                let button = Button::new(&label).caption("Comment on it…").icon(icons::SEND).quiet();
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

/// An issue in a line or two: reference, title, state, and why the handbook knows it.
fn line(ui: &mut Ui, hit: &IssueHit) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        let (severity, glyph, word) = match hit.is_open {
            Some(true) => (Severity::Info, icons::NONE, "open"),
            Some(false) => (Severity::Plain, icons::GOOD, "closed"),
            None => (Severity::Plain, icons::INFO, "not looked up"),
        };
        kit::chip(ui, severity, glyph, word);
        ui.label(RichText::new(&hit.reference).monospace().size(size::SMALL).color(t.soft));
        if let Some(updated) = &hit.updated_at {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let day = updated.get(..10).unwrap_or(updated);
                ui.label(RichText::new(format!("changed {day}")).small().color(t.faint))
                    .on_hover_text(updated);
            });
        }
    });
    if let Some(title) = &hit.title {
        ui.add(Label::new(RichText::new(title).color(t.text)).wrap());
    }
    if let Some(known) = &hit.known {
        ui.horizontal_wrapped(|ui| {
            kit::chip(ui, Severity::Good, icons::VERIFIED, "known");
            kit::faint(ui, format!("{} {}", known.symptom, known.advice));
        });
    }
}

/// Trackers that were not searched are no silence: each says so.
fn not_searched(ui: &mut Ui, found: &IssueSearch) {
    for sentence in &found.not_searched {
        ui.horizontal_wrapped(|ui| {
            kit::chip(ui, Severity::Warn, icons::WARN, "not searched");
            kit::faint(ui, sentence);
        });
    }
}

/// The look for earlier requests that name the project.
#[derive(Debug, Default)]
pub struct Earlier {
    found: Option<Found>,
}

impl Earlier {
    pub fn hear(&mut self, found: Found) {
        self.found = Some(found);
    }

    /// The line under the offer.
    pub fn ui(&mut self, ui: &mut Ui, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
        ui.horizontal_wrapped(|ui| {
            let waiting =
                cx.waits_for(&Purpose::Requests(case.id)).then(|| "The trackers are asked.".to_owned());
            let label = if self.found.is_some() { "Search again" } else { "Search for earlier requests" };
            let button = Button::new(label).icon(icons::SEARCH).blocked(waiting);
            let tip = "Looks in the request trackers for this project, so that a colleague's offer is seen.";
            if button.tooltip(tip).show(ui).clicked() {
                out.ask(Command::SearchRequests { case: case.id }, Purpose::Requests(case.id));
            }
            match &self.found {
                Some(Ok(found)) if found.hits.is_empty() && found.not_searched.is_empty() => {
                    kit::chip(ui, Severity::Good, icons::GOOD, "no earlier request names this project");
                }
                Some(Ok(found)) if !found.hits.is_empty() => {
                    let words = match found.hits.len() {
                        1 => "an earlier request names this project".to_owned(),
                        n => format!("{n} earlier requests name this project"),
                    };
                    kit::chip(ui, Severity::Warn, icons::WARN, &words);
                }
                Some(Ok(_) | Err(_)) | None => {}
            }
        });
        match &self.found {
            Some(Ok(found)) => {
                not_searched(ui, found);
                for hit in &found.hits {
                    line(ui, hit);
                    let label = format!("Open {}", hit.reference);
                    if Button::new(&label).icon(icons::OPEN).quiet().show(ui).clicked() {
                        out.push(Intent::OpenUrl(hit.url.clone()));
                    }
                }
            }
            Some(Err(trouble)) => kit::trouble(ui, trouble),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::engine::api::{Answer, AskId, KnownHit, Reply, Snapshot};
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
        let snap = window.state().workspace().snap.as_ref().clone();
        window.state_mut().own.show(Snapshot { replies: [reply].into(), ..snap });
        window.run();
    }

    fn on_case(id: i64) -> Harness<'static, App> {
        let mut snap = at_work();
        let mut cases: Vec<Case> = snap.cases.iter().map(|case| case.as_ref().clone()).collect();
        cases[4].facts.kibana_link = Some("https://log.gprd.gitlab.net/app/r/s/aBcD1".into());
        snap.cases = cases.into_iter().map(Arc::new).collect();
        let mut workspace = Workspace::pretend(snap);
        workspace.selected = Some(CaseId(id));
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 1600.0);
        window.run();
        window
    }

    #[test]
    fn known_issues_come_at_once_and_one_becomes_the_cases() {
        let mut window = on_case(5);
        window.get_by_label("Find the bug's issue…").click();
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
    fn before_an_offer_earlier_requests_are_looked_for() {
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
