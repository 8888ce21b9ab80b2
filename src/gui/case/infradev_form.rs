//! Labels the bug issue `infradev`, in the NOW card: it asks for severity, priority and impact, and shows the comment
//! before posting it.

use egui::{Key, Ui};

use crate::case::{Case, Fact, UserError};
use crate::engine::api::{CaseDeed, Command, InfradevPlan};
use crate::engine::infradev_plan;
use crate::gui::drafts::Drafts;
use crate::gui::intent::{Intent, Outbox};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::report::perform;
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;
use crate::texts::TextQuestion;

/// The questions, in order.
const ASKED: [TextQuestion; 3] = [TextQuestion::Severity, TextQuestion::Priority, TextQuestion::Impact];

/// The form's state.
#[derive(Debug, Default)]
pub struct InfradevForm {
    /// The answers as typed, from the first frame on.
    typed: Option<[String; 3]>,
    /// Gives the focus to this field in the next frame.
    focus: Option<usize>,
    error: Option<UserError>,
    /// What follows from the answers.
    plan: Option<Result<InfradevPlan, UserError>>,
    post: Pending,
}

impl InfradevForm {
    /// Takes the answer to the post. Returns true if GitLab has the label now.
    pub fn on_answer(&mut self, answers: &mut Answers) -> bool {
        match self.post.settled(answers) {
            Some(Ok(())) => {
                *self = Self::default();
                return true;
            }
            Some(Err(error)) => self.error = Some(error),
            None => {}
        }
        false
    }

    /// The questions, and the button that posts what follows from the answers. `focus` gives the focus to the first empty
    /// field, `press` presses the button.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        case: &Case,
        drafts: &Drafts,
        (focus, mut press): (bool, bool),
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) {
        let typed = self.typed.get_or_insert_with(|| ASKED.map(|asked| drafts.answer_to(case.id, asked)));
        if focus {
            self.focus = typed.iter().position(|text| text.trim().is_empty()).or(Some(2));
        }
        press |= fields(ui, typed, &mut self.focus);
        let [severity, priority, impact] = typed;
        let plan = infradev_plan(&cx.snapshot.text_config.handbook, case, severity, priority, impact);
        let (severity, priority, impact) =
            (severity.trim().to_owned(), priority.trim().to_owned(), impact.trim().to_owned());
        let waiting = self.post.is_open().then(|| "Posting.".to_owned());
        let blocked = waiting.clone().or(plan.as_ref().err().map(|error| error.headline.clone()));
        ui.horizontal_wrapped(|ui| {
            let button =
                Button::new("Label and comment").icon(icons::SEND).primary().blocked(blocked.clone());
            press |= button.tooltip("Posts this through GitLab's API.").show(ui).clicked();
            by_hand(ui, plan.as_ref().ok(), case, blocked.clone(), out);
        });
        if press && blocked.is_some() && waiting.is_none() {
            self.focus = typed.iter().position(|text| text.trim().is_empty()).or(Some(0));
            ui.ctx().request_repaint();
        }
        if press && blocked.is_none() {
            self.error = None;
            self.post.ask(Command::AddInfradev { case: case.id, severity, priority, impact }, (), out);
        }
        self.plan = Some(plan);
    }

    /// What will be posted, or why it cannot be: below the step's buttons, so that none of them moves when it comes.
    pub fn preview(&self, ui: &mut Ui) {
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
        match &self.plan {
            Some(Ok(plan)) => {
                kit::section(ui, "This will be posted");
                ui.horizontal_wrapped(|ui| {
                    for label in &plan.labels {
                        kit::chip(ui, Severity::Info, icons::ADD, label);
                    }
                    kit::chip(ui, Severity::Warn, icons::WARN, "public: anybody on the internet can read it");
                });
                kit::soft(ui, plan.comment.replace('`', ""));
            }
            // Every answer is there, and one of them is wrong.
            Some(Err(error)) if self.error.is_none() && self.is_answered() => kit::error(ui, error),
            Some(Err(_)) | None => {}
        }
    }

    fn is_answered(&self) -> bool {
        self.typed.as_ref().is_some_and(|typed| typed.iter().all(|text| !text.trim().is_empty()))
    }
}

/// The fields; Enter goes to the next empty one. Returns true for Enter after the last, and for the key that does the step.
fn fields(ui: &mut Ui, typed: &mut [String; 3], focus: &mut Option<usize>) -> bool {
    let (mut done, mut accepted) = (None, false);
    let mut field = |ui: &mut Ui, at: usize, widget: Field<'_>, text: &mut String| {
        let response = widget.focus(focus.take_if(|wanted| *wanted == at).is_some()).show(ui, text);
        accepted |= kit::accepted(ui, &response);
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            done = Some(at);
        }
    };
    let [severity, priority, impact] = typed;
    ui.columns(2, |columns| {
        field(&mut columns[0], 0, Field::new("Severity (1 to 4)").hint("1 is the most severe"), severity);
        field(&mut columns[1], 1, Field::new("Priority (1 to 4)").hint("1 is the most urgent"), priority);
    });
    let widget = Field::new("Impact on the customer")
        .hint("The customer cannot move 12 GiB of repositories before a contract ends on 1 December.")
        .note("One sentence, without names: the issue is public.");
    field(ui, 2, widget, impact);
    let Some(done) = done else { return accepted };
    let next = typed.iter().enumerate().find(|(at, text)| *at != done && text.trim().is_empty());
    *focus = next.map(|(at, _)| at);
    focus.is_none()
}

/// The way without the API: a comment whose last line is the quick action that sets the labels.
fn by_hand(ui: &mut Ui, plan: Option<&InfradevPlan>, case: &Case, blocked: Option<String>, out: &mut Outbox) {
    let copy = Button::new("Copy as a comment and mark as labelled").icon(icons::COPY).quiet();
    let tip = "Paste this on the issue yourself. Its last line sets the labels.";
    let is_pressed = copy.tooltip(tip).blocked(blocked).show(ui).clicked();
    if let Some(plan) = plan.filter(|_| is_pressed) {
        let labels: Vec<String> = plan.labels.iter().map(|label| format!("~\"{label}\"")).collect();
        let text = format!("{}\n/label {}\n", plan.comment, labels.join(" "));
        kit::copy(ui.ctx(), "comment with the labels", text);
        let values = vec![(Fact::InfradevLabelled, "yes".to_owned())];
        perform(case, CaseDeed { values, ..CaseDeed::default() }, out);
    }
    if let Some(issue) = &case.facts.bug_issue
        && Button::new("Open the issue").icon(icons::OPEN).quiet().show(ui).clicked()
    {
        out.push(Intent::OpenUrl(issue.clone()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use egui::emath::GuiRounding as _;

    use super::*;
    use crate::case::{CaseId, Code};
    use crate::engine::api::{Answer, AskId, Reply, Snapshot};
    use crate::gui::App;
    use crate::gui::fixture::on_the_way::infra_opened;
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    /// A case whose infrastructure request is open and whose bug issue has no label yet.
    fn opened() -> Snapshot {
        Snapshot { cases: [Arc::new(infra_opened(false))].into(), ..at_work() }
    }

    fn form() -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(opened());
        workspace.selected = Some(CaseId(3));
        workspace.pages.case.texts.drafts.answer(CaseId(3), TextQuestion::Severity, "2");
        let mut window = window_of(workspace, egui::Theme::Dark, 1280.0, 900.0);
        window.run();
        window
    }

    fn answer(window: &mut Harness<'static, App>, label: &str, text: &str) {
        window.get_by_label(label).focus();
        window.run();
        window.get_by_label(label).type_text(text);
        window.run();
    }

    fn answered() -> Harness<'static, App> {
        let mut window = form();
        answer(&mut window, "Priority (1 to 4)", "1");
        answer(&mut window, "Impact on the customer", "Large projects cannot be moved");
        window
    }

    fn on_answer(window: &mut Harness<'static, App>, result: Result<Answer, UserError>) {
        let reply = Reply { ask: AskId(1), at: now(), result };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..opened() });
        window.run();
    }

    #[test]
    fn it_asks_for_severity_priority_and_impact_before_it_posts() {
        let mut window = form();
        let why = |window: &Harness<'static, App>| {
            let post = window.get_by_label("Label and comment");
            let why = post.accesskit_node().description().unwrap_or_default();
            (post.accesskit_node().is_disabled(), why)
        };
        let (blocked, lacking) = why(&window);
        assert!(blocked && lacking.contains("priority"), "{lacking}: the severity was answered in the text");
        answer(&mut window, "Priority (1 to 4)", "1");
        let (blocked, lacking) = why(&window);
        assert!(blocked && lacking.contains("impact"), "{lacking}");
        answer(&mut window, "Impact on the customer", "Large projects cannot be moved");
        for label in ["infradev", "severity::2", "priority::1"] {
            window.get_by_label(label);
        }
        window.key_press(egui::Key::Enter);
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("AddInfradev") && sent[0].contains("cannot be moved"), "{sent:?}");
        assert!(why(&window).0, "not twice");
    }

    #[test]
    fn another_case_in_between_loses_nothing_and_posts_nothing_twice() {
        let mut window = answered();
        let turn = |window: &mut Harness<'static, App>, case: i64| {
            window.state_mut().own.selected = Some(CaseId(case));
            window.run();
        };
        let both = [opened().cases[0].clone(), at_work().cases[0].clone()];
        window.state_mut().own.show(Snapshot { cases: both.into(), ..at_work() });
        turn(&mut window, 1);
        turn(&mut window, 3);
        let impact = window.get_by_label("Impact on the customer").value().unwrap_or_default();
        assert_eq!(impact, "Large projects cannot be moved");
        window.get_by_label("Label and comment").click();
        window.run();
        turn(&mut window, 1);
        turn(&mut window, 3);
        for label in ["Label and comment", "Copy as a comment and mark as labelled"] {
            let button = window.get_by_label(label);
            let why = button.accesskit_node().description().unwrap_or_default();
            assert!(button.accesskit_node().is_disabled() && why == "Posting.", "{label}: {why}");
        }
    }

    #[test]
    fn no_button_moves_when_the_answers_become_right_or_wrong() {
        let mut window = form();
        let buttons =
            ["Label and comment", "Copy as a comment and mark as labelled", "The label is there already"];
        // Whole points: a layout rounds to less.
        let places = |window: &Harness<'static, App>| {
            buttons.map(|label| window.get_by_label(label).rect().round_to_pixels(1.0))
        };
        let before = places(&window);
        answer(&mut window, "Priority (1 to 4)", "9");
        answer(&mut window, "Impact on the customer", "Large projects cannot be moved");
        assert_eq!(places(&window), before, "an error is shown");
        window.get_by_label("Priority (1 to 4)").focus();
        window.run();
        window.key_press(egui::Key::Backspace);
        window.get_by_label("Priority (1 to 4)").type_text("1");
        window.run();
        window.get_by_label("priority::1");
        assert_eq!(places(&window), before, "the comment is shown");
    }

    #[test]
    fn what_gitlab_refused_stays_in_the_form() {
        let mut window = answered();
        window.get_by_label("Label and comment").click();
        window.run();
        on_answer(&mut window, Err(UserError::new(Code::RoleTooLow, "GitLab says 403.", "Copy it instead.")));
        window.get_by_label("GitLab says 403.");
        assert!(!window.get_by_label("Label and comment").accesskit_node().is_disabled());
    }

    #[test]
    fn it_can_be_done_by_hand_in_one_press() {
        let mut window = answered();
        window.get_by_label("Copy as a comment and mark as labelled").click();
        window.step();
        let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        let text = copied.expect("something was copied");
        assert!(text.contains("- Impact: Large projects cannot be moved"), "{text}");
        assert!(text.ends_with("\n/label ~\"infradev\" ~\"severity::2\" ~\"priority::1\"\n"), "{text}");
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("CaseDeed") && sent[0].contains("InfradevLabelled"), "{sent:?}");
    }
}
