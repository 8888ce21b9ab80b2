//! The dialog before anything is posted to a tracker: the exact text, where the text goes, and who can read it.

use egui::{Context, RichText, Ui};

use crate::case::{Case, CaseId, UserError};
use crate::engine::api::Command;
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;
use crate::texts::{TextKind, leaks, open_places};

/// The dialog's state.
#[derive(Debug)]
struct Post {
    case: CaseId,
    kind: TextKind,
    place: PostTo,
    title: String,
    text: String,
    labels: String,
    /// Title, text and labels as the dialog was opened.
    before: [String; 3],
    /// Readable by the team only: a confidential issue or an internal comment.
    hidden: bool,
    /// Whether the person has confirmed that the text has unrecorded places.
    incomplete: bool,
    error: Option<UserError>,
    sending: Pending,
}

#[derive(Debug)]
enum PostTo {
    /// A new issue in this project of the instance.
    Tracker { host: String, project: String },
    /// A comment on the issue at this URL.
    Issue(String),
}

/// Opens the dialog.
#[derive(Debug)]
pub struct PostText {
    case: CaseId,
    kind: TextKind,
    /// The issue to comment on; `None` for a new issue in the tracker that the handbook names.
    issue: Option<String>,
    title: String,
    text: String,
}

impl PostText {
    /// A text of a case, posted where the handbook says.
    pub fn of(kind: TextKind, case: &Case, title: &str, text: &str) -> Self {
        let issue = (kind == TextKind::Comment).then(|| case.facts.bug_issue.clone().unwrap_or_default());
        Self { case: case.id, kind, issue, title: title.to_owned(), text: text.to_owned() }
    }

    /// A comment on an issue, given by its URL.
    pub fn comment(case: &Case, issue: &str, text: String) -> Self {
        let (kind, issue) = (TextKind::Comment, Some(issue.to_owned()));
        Self { case: case.id, kind, issue, title: String::new(), text }
    }
}

impl DialogRequest for PostText {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let Self { case, kind, issue, title, text } = *self;
        let handbook = &cx.snapshot.text_config.handbook;
        let tracker = handbook.tracker(kind).filter(|_| issue.is_none());
        let place = match tracker {
            Some(tracker) => PostTo::Tracker {
                host: format::host(handbook.new_issue.host.as_str()).to_owned(),
                project: tracker.project.clone(),
            },
            None => PostTo::Issue(issue.unwrap_or_default()),
        };
        let labels = tracker.map(|tracker| tracker.labels.join(", ")).unwrap_or_default();
        let hidden = tracker.is_some_and(|tracker| tracker.confidential);
        Box::new(Post {
            case,
            kind,
            place,
            before: [title.clone(), text.clone(), labels.clone()],
            title,
            text,
            labels,
            hidden,
            incomplete: false,
            error: None,
            sending: Pending::default(),
        })
    }
}

impl Dialog for Post {
    /// The dialog closes once GitLab has accepted the post; a refusal is shown in the dialog.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        self.sending.stays_open(answers, &mut self.error)
    }

    fn is_changed(&self) -> bool {
        [&self.title, &self.text, &self.labels] != self.before.each_ref()
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let is_issue = matches!(self.place, PostTo::Tracker { .. });
        let (title, accept) = if is_issue {
            ("Create an issue", "Create the issue")
        } else {
            ("Comment on the issue", "Post the comment")
        };
        let blocked = self.blocked(cx);
        let dialog = DialogFrame::new(title).accept(accept).width(760.0).blocked(blocked);
        let dialog = dialog.unsaved(self.is_changed());
        let error = self.error.clone();
        let verdict = dialog.error(error.as_ref()).show(ctx, |ui| self.fields(ui, is_issue));
        if verdict == DialogVerdict::Accepted {
            self.error = None;
            self.sending.ask(self.command(), (), out);
        }
        verdict != DialogVerdict::Closed
    }
}

impl Post {
    fn blocked(&self, cx: &ViewContext<'_>) -> Option<String> {
        if self.sending.is_open() {
            return Some("Posting.".to_owned());
        }
        if self.text.trim().is_empty() {
            return Some("There is no text to post.".to_owned());
        }
        if matches!(self.place, PostTo::Tracker { .. }) && self.title.trim().is_empty() {
            return Some("An issue needs a title.".to_owned());
        }
        let open = self.open_places();
        if open > 0 && !self.incomplete {
            let places = format::number_of(open as u64, "place is", "places are");
            return Some(format!(
                "{places} marked as not recorded yet. Fill them in, or select the checkbox to post anyway."
            ));
        }
        let case = cx.snapshot.cases.iter().find(|case| case.id == self.case)?;
        let found = if self.is_public() {
            leaks(&format!("{}\n{}", self.title, self.text), case)
        } else {
            Vec::new()
        };
        let first = found.first()?;
        Some(format!("Anybody could read it: take out the {} first.", first.what.label()))
    }

    /// On the public tracker a comment is public unless it is internal, and a bug unless it is confidential.
    fn is_public(&self) -> bool {
        self.kind.is_public() && !self.hidden
    }

    /// How many marks for unrecorded values the text has.
    fn open_places(&self) -> usize {
        open_places(&self.title) + open_places(&self.text)
    }

    fn fields(&mut self, ui: &mut Ui, is_issue: bool) {
        ui.spacing_mut().item_spacing.y = space::M;
        let place = match &self.place {
            PostTo::Tracker { host, project } => format!("{project} on {host}"),
            PostTo::Issue(url) => url.clone(),
        };
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.add(egui::Label::new(RichText::new(format!("Goes to {place}")).color(tokens(ui).text)).wrap());
            if self.is_public() {
                kit::chip(ui, Severity::Warn, icons::WARN, "public: anybody on the internet can read it");
            } else {
                kit::chip(
                    ui,
                    Severity::Info,
                    icons::INFO,
                    "only people with access to the project can read it",
                );
            }
        });
        let hidden = if is_issue { "Confidential" } else { "Internal note" };
        let mut is_changed = ui.checkbox(&mut self.hidden, hidden).changed();
        let open = self.open_places();
        if open > 0 {
            let label = format!("Post with {} open", format::number_of(open as u64, "place", "places"));
            is_changed |= ui.checkbox(&mut self.incomplete, label).changed();
        }
        if is_changed {
            // The button below was drawn from what the boxes said before.
            ui.ctx().request_repaint();
        }
        if is_issue {
            Field::new("Title").show(ui, &mut self.title);
            Field::new("Labels")
                .note("Separate labels with commas. The issue template's labels are added.")
                .show(ui, &mut self.labels);
        }
        Field::new("Text")
            .note(
                "Nothing is posted before you select the button. The text is posted as shown, and its link is recorded in the case.",
            )
            .rows(10)
            .mono()
            .show(ui, &mut self.text);
    }

    fn command(&self) -> Command {
        let (case, text) = (self.case, self.text.clone());
        match &self.place {
            PostTo::Issue(issue) => {
                Command::PostComment { case, issue: issue.clone(), text, internal: self.hidden }
            }
            PostTo::Tracker { .. } => Command::PostIssue {
                marks_opened: true,
                case,
                kind: self.kind,
                title: self.title.trim().to_owned(),
                text,
                confidential: self.hidden,
                labels: labels(&self.labels),
            },
        }
    }
}

fn labels(typed: &str) -> Vec<String> {
    typed.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::case::{Code, UserError};
    use crate::engine::api::{Answer, AskId, Reply, Snapshot};
    use crate::gui::fixture::{at_work, now, window_of};
    use crate::gui::workspace::Workspace;

    fn dialog(kind: TextKind, text: &str) -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut workspace = Workspace::pretend(at_work());
        workspace.selected = Some(CaseId(3));
        let snapshot = at_work();
        workspace.show_dialog(Box::new(PostText::of(kind, &snapshot.cases[2], "Export fails", text)));
        let mut window = window_of(workspace, egui::Theme::Dark, 1100.0, 900.0);
        window.run();
        window
    }

    #[test]
    fn an_edited_text_is_lost_only_after_a_question_and_survives_another_dialog() {
        let mut window = dialog(TextKind::Bug, "It fails.");
        window.get_by_label("Title").focus();
        window.run();
        window.get_by_label("Title").type_text("Worse: ");
        window.run();
        let title = |window: &egui_kittest::Harness<'static, crate::gui::App>| {
            window.get_by_label("Title").accesskit_node().value().unwrap_or_default()
        };
        let edited = title(&window);
        assert!(edited.contains("Worse: "), "{edited}");
        window.key_press(egui::Key::Escape);
        window.run();
        window.get_by_label("Keep editing").click();
        window.run();
        assert_eq!(title(&window), edited);
        // As the error's own button does.
        window.state_mut().own.show_dialog(Box::new(crate::gui::dialogs::connect::ConnectTo::any()));
        window.run();
        assert!(window.query_by_label("Title").is_none(), "the other dialog covers it");
        assert!(window.state().own.has_typed_dialog(), "the window asks before it closes");
        window.get_by_label("Cancel").click();
        window.run();
        assert_eq!(title(&window), edited, "it is back");
        window.get_by_label("Cancel").click();
        window.run();
        window.get_by_label("Discard").click();
        window.run();
        assert!(window.query_by_label("Title").is_none());
    }

    #[test]
    fn an_issue_is_posted_as_it_is_shown() {
        let mut window = dialog(TextKind::Bug, "It fails.");
        window.get_by_label("Goes to gitlab-org/gitlab on gitlab.com");
        window.get_by_label("public: anybody on the internet can read it");
        window.get_by_label("Confidential").click();
        window.run();
        window.get_by_label("only people with access to the project can read it");
        window.get_by_label("Create the issue").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].starts_with("PostIssue") && sent[0].contains("confidential: true"), "{sent:?}");
        assert!(sent[0].contains("\"group::import\", \"Category:Importers\""), "{sent:?}");
        assert!(window.get_by_label("Create the issue").accesskit_node().is_disabled(), "not twice");
        let url = "https://gitlab.com/gitlab-org/gitlab/-/issues/9".to_owned();
        let answer = Answer::Posted { url, notes: vec!["GitLab dropped the label x.".into()] };
        let reply = Reply { ask: AskId(1), at: now(), result: Ok(answer) };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..at_work() });
        window.run();
        assert!(window.query_by_label("Create the issue").is_none());
        window.get_by_label("GitLab dropped the label x.");
    }

    #[test]
    fn a_text_with_open_places_is_posted_only_when_they_were_seen() {
        let mut window = dialog(TextKind::Bug, "It says [Attempt through the API: when, not recorded yet].");
        assert!(window.get_by_label("Create the issue").accesskit_node().is_disabled());
        window.get_by_label("Post with 1 place open").click();
        window.run();
        window.get_by_label("Create the issue").click();
        window.run();
        assert!(window.state().workspace().sent()[0].starts_with("PostIssue"));
    }

    #[test]
    fn what_gitlab_refused_is_shown_in_the_dialog_and_can_be_retried() {
        let mut window = dialog(TextKind::Console, "Please export it.");
        window.get_by_label("Create the issue").click();
        window.run();
        let refused = UserError::new(Code::Refused, "GitLab says 403.", "Copy the text instead.");
        let reply = Reply { ask: AskId(1), at: now(), result: Err(refused) };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..at_work() });
        window.run();
        window.get_by_label("GitLab says 403.");
        assert!(!window.get_by_label("Create the issue").accesskit_node().is_disabled());
    }

    #[test]
    fn private_words_hold_a_public_comment_back() {
        let mut window = dialog(TextKind::Comment, "Ask sam@globex.example.");
        let post = window.get_by_label("Post the comment");
        assert!(post.accesskit_node().is_disabled());
        window.get_by_label("Internal note").click();
        window.run();
        window.get_by_label("Post the comment").click();
        window.run();
        assert!(window.state().workspace().sent()[0].contains("internal: true"));
    }
}
