//! The dialog that labels the bug issue `infradev`: it asks for severity, priority and impact, and shows the comment
//! before posting it.

use egui::{Context, Ui};

use crate::case::{Case, CaseId, UserError};
use crate::engine::api::{Command, InfradevPlan};
use crate::engine::infradev_plan;
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::drafts::Drafts;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;
use crate::texts::TextQuestion;

/// The dialog's state.
#[derive(Debug)]
struct Infradev {
    case: CaseId,
    issue: String,
    severity: String,
    priority: String,
    impact: String,
    opened: bool,
    error: Option<UserError>,
    post: Pending,
}

/// Opens the dialog, with the answers that the texts of the case already have.
#[derive(Debug)]
pub struct LabelIssue {
    case: CaseId,
    issue: String,
    severity: String,
    priority: String,
    impact: String,
}

impl LabelIssue {
    pub fn of(case: &Case, drafts: &Drafts) -> Self {
        Self {
            case: case.id,
            issue: case.facts.bug_issue.clone().unwrap_or_default(),
            severity: drafts.answer_to(case.id, TextQuestion::Severity),
            priority: drafts.answer_to(case.id, TextQuestion::Priority),
            impact: drafts.answer_to(case.id, TextQuestion::Impact),
        }
    }
}

impl DialogRequest for LabelIssue {
    fn open(self: Box<Self>, _cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let Self { case, issue, severity, priority, impact } = *self;
        let (opened, error, post) = (false, None, Pending::default());
        Box::new(Infradev { case, issue, severity, priority, impact, opened, error, post })
    }
}

impl Dialog for Infradev {
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        self.post.stays_open(answers, &mut self.error)
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let handbook = &cx.snapshot.text_config.handbook;
        let Some(case) = cx.snapshot.cases.iter().find(|case| case.id == self.case) else { return false };
        let plan = infradev_plan(handbook, case, &self.severity, &self.priority, &self.impact);
        let waiting = self.post.is_open().then(|| "Posting.".to_owned());
        let lacking = plan.as_ref().err().map(|error| error.headline.clone());
        let dialog = DialogFrame::new("Label the bug issue")
            .accept("Label and comment")
            .width(620.0)
            .blocked(waiting.or(lacking));
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::soft(
                ui,
                "An infrastructure request exists, so the bug issue needs the label `infradev`, a severity, a priority and the impact.",
            );
            kit::pair(ui, "Goes to", &self.issue);
            self.fields(ui);
            if let Ok(plan) = &plan {
                kit::section(ui, "Will be posted");
                ui.horizontal_wrapped(|ui| {
                    for label in &plan.labels {
                        kit::chip(ui, Severity::Info, icons::ADD, label);
                    }
                });
                kit::soft(ui, plan.comment.replace('`', ""));
                kit::chip(ui, Severity::Warn, icons::WARN, "public: anybody on the internet can read it");
                by_hand(ui, plan, &self.issue, out);
            }
            if let Some(error) = &self.error {
                kit::error(ui, error);
            }
        });
        if verdict == DialogVerdict::Accepted {
            self.error = None;
            let command = Command::AddInfradev {
                case: self.case,
                severity: self.severity.trim().to_owned(),
                priority: self.priority.trim().to_owned(),
                impact: self.impact.trim().to_owned(),
            };
            self.post.ask(command, (), out);
        }
        verdict != DialogVerdict::Closed
    }
}

impl Infradev {
    fn fields(&mut self, ui: &mut Ui) {
        for (label, value) in [("Severity", &mut self.severity), ("Priority", &mut self.priority)] {
            kit::pair_with(ui, label, |ui| {
                for word in ["1", "2", "3", "4"] {
                    let name = format!("{label} {word}");
                    ui.radio_value(value, word.to_owned(), name);
                }
            });
        }
        Field::new("Impact on the customer")
            .hint("The customer cannot move 12 GiB of repositories before a contract ends on 1 December.")
            .note("One sentence, without names: the issue is public.")
            .rows(2)
            .focus(!self.opened)
            .show(ui, &mut self.impact);
        self.opened = true;
    }
}

/// The way without the API: a comment whose last line is the quick action that sets the labels.
fn by_hand(ui: &mut Ui, plan: &InfradevPlan, issue: &str, out: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        let copy = Button::new("Copy as a comment").icon(icons::COPY).quiet();
        let tip = "Paste this on the issue yourself. Its last line sets the labels.";
        if copy.tooltip(tip).show(ui).clicked() {
            let labels: Vec<String> = plan.labels.iter().map(|label| format!("~\"{label}\"")).collect();
            let text = format!("{}\n/label {}\n", plan.comment, labels.join(" "));
            kit::copy(ui.ctx(), "comment with the labels", text);
        }
        if Button::new("Open the issue").icon(icons::OPEN).quiet().show(ui).clicked() {
            out.push(Intent::OpenUrl(issue.to_owned()));
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::case::{Code, Fact};
    use crate::engine::api::{Answer, AskId, Reply, Snapshot};
    use crate::gui::App;
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    fn dialog() -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(3));
        let issue = (Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/9");
        let case = crate::case::stepped::with(&at_work().cases[2], &[issue], now());
        let mut drafts = Drafts::default();
        drafts.answer(case.id, TextQuestion::Severity, "2");
        workspace.show_dialog(Box::new(LabelIssue::of(&case, &drafts)));
        let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 900.0);
        window.run();
        window
    }

    fn answered() -> Harness<'static, App> {
        let mut window = dialog();
        window.get_by_label("Priority 1").click();
        window.run();
        window.get_by_label("Impact on the customer").focus();
        window.run();
        window.get_by_label("Impact on the customer").type_text("Large projects cannot be moved");
        window.run();
        window
    }

    fn heard(window: &mut Harness<'static, App>, result: Result<Answer, UserError>) {
        let reply = Reply { ask: AskId(1), at: now(), result };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..at_work() });
        window.run();
    }

    #[test]
    fn it_asks_for_severity_priority_and_impact_before_it_posts() {
        let mut window = dialog();
        let why = |window: &Harness<'static, App>| {
            let post = window.get_by_label("Label and comment");
            let why = post.accesskit_node().description().unwrap_or_default();
            (post.accesskit_node().is_disabled(), why)
        };
        let (blocked, lacking) = why(&window);
        assert!(blocked && lacking.contains("priority"), "{lacking}: the severity was answered in the text");
        window.get_by_label("Priority 1").click();
        window.run();
        let (blocked, lacking) = why(&window);
        assert!(blocked && lacking.contains("impact"), "{lacking}");
        window.get_by_label("Impact on the customer").focus();
        window.run();
        window.get_by_label("Impact on the customer").type_text("Large projects cannot be moved");
        window.run();
        for label in ["infradev", "severity::2", "priority::1"] {
            window.get_by_label(label);
        }
        assert!(!why(&window).0);
        window.get_by_label("Label and comment").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("AddInfradev") && sent[0].contains("cannot be moved"), "{sent:?}");
        assert!(why(&window).0, "not twice");
        let url = "https://gitlab.com/gitlab-org/gitlab/-/issues/9".to_owned();
        heard(&mut window, Ok(Answer::Posted { url, notes: Vec::new() }));
        assert!(window.state().workspace().dialog.is_none());
    }

    #[test]
    fn what_gitlab_refused_stays_in_the_dialog() {
        let mut window = answered();
        window.get_by_label("Label and comment").click();
        window.run();
        heard(&mut window, Err(UserError::new(Code::RoleTooLow, "GitLab says 403.", "Copy it instead.")));
        window.get_by_label("GitLab says 403.");
        assert!(!window.get_by_label("Label and comment").accesskit_node().is_disabled());
    }

    #[test]
    fn it_can_be_done_by_hand() {
        let mut window = answered();
        window.get_by_label("Copy as a comment").click();
        window.step();
        let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        let text = copied.expect("something was copied");
        assert!(text.contains("- Impact: Large projects cannot be moved"), "{text}");
        assert!(text.ends_with("\n/label ~\"infradev\" ~\"severity::2\" ~\"priority::1\"\n"), "{text}");
        assert!(window.state().workspace().sent().is_empty());
    }
}
