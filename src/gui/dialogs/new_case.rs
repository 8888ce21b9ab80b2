//! The dialog for a new case: pasted text is recognised while typing.

use egui::{Context, RichText, Ui};

use crate::case::UserError;
use crate::case::intake::{NamedProject, parse_project, parse_ticket, unbroken};
use crate::engine::api::Command;
use crate::gui::dialog::Dialog;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// The dialog's state.
#[derive(Debug, Default)]
pub struct NewCase {
    pasted: String,
    /// Set if the person selected one of several known instances.
    instance: Option<String>,
    opened: bool,
    error: Option<UserError>,
    opening: Pending,
}

/// What was recognised in the pasted text.
#[derive(Debug, Default, PartialEq, Eq)]
struct SearchOutcome {
    ticket: Option<(u64, String)>,
    /// The base URL of the instance and the project on it.
    project: Option<(String, String)>,
    /// The project as it was pasted: GitLab may know the project under another reading of the text.
    pasted: String,
    /// The first piece that is neither a ticket nor a project.
    unknown: Option<String>,
}

impl Dialog for NewCase {
    /// On success the window shows the opened case.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        self.opening.stays_open(answers, &mut self.error)
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let found = find(&self.pasted, &self.instances(cx));
        let waiting = self.opening.is_open();
        let blocked = match (&found.project, waiting) {
            (_, true) => Some("Opening the case.".to_owned()),
            (None, false) => Some("Paste the project's URL or its full path.".to_owned()),
            (Some(_), false) => None,
        };
        let dialog = DialogFrame::new("New case").accept("Open the case").width(560.0).blocked(blocked);
        let verdict = dialog.show(ctx, |ui| self.fields(ui, &found, cx));
        if let (DialogVerdict::Accepted, Some((instance, _))) = (verdict, found.project) {
            let ticket = found.ticket.map(|(_, url)| url);
            let command = Command::NewCase { ticket, instance, project: found.pasted };
            self.opening.ask_or(command, (), IfUnhandled::ShowCase, out);
            self.error = None;
        }
        verdict != DialogVerdict::Closed
    }
}

impl NewCase {
    /// The known instances, the selected one first.
    fn instances(&self, cx: &ViewContext<'_>) -> Vec<String> {
        let mut all: Vec<String> = cx.snapshot.instances.iter().map(|known| known.url.clone()).collect();
        if let Some(chosen) = &self.instance {
            all.sort_by_key(|url| url != chosen);
        }
        if all.is_empty() {
            all.push("https://gitlab.com".to_owned());
        }
        all
    }

    fn fields(&mut self, ui: &mut Ui, found: &SearchOutcome, cx: &ViewContext<'_>) {
        ui.spacing_mut().item_spacing.y = space::M;
        let before = self.pasted.len();
        Field::new("Ticket and project")
            .hint("https://gitlab.zendesk.com/agent/tickets/418822\nacme/platform/monorepo")
            .note("Paste both in any order: URLs, or the project's full path or ID. You can add the ticket later.")
            .rows(3)
            .focus(!self.opened)
            .show(ui, &mut self.pasted);
        self.opened = true;
        if before != self.pasted.len() {
            self.error = None;
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            match &found.ticket {
                Some((id, url)) => recognised(ui, "Ticket", &format!("#{id}"), url),
                None => missing(ui, "Ticket", "none yet"),
            }
            match &found.project {
                Some((instance, project)) => recognised(ui, "Project", project, format::host(instance)),
                None => missing(ui, "Project", "none yet"),
            }
            if let Some(unknown) = &found.unknown {
                ui.horizontal(|ui| {
                    kit::chip(ui, Severity::Warn, icons::WARN, "not recognised");
                    kit::faint(ui, format::middle(unknown, 60));
                });
            }
        });
        if cx.snapshot.instances.len() > 1 {
            self.instance_choice(ui, cx);
        }
        if let Some(error) = &self.error {
            kit::error(ui, error);
        }
    }

    fn instance_choice(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let first = cx.snapshot.instances.first().map(|known| known.url.clone()).unwrap_or_default();
        let chosen = self.instance.clone().unwrap_or(first);
        kit::section(ui, "Instance for a path without a URL");
        ui.horizontal_wrapped(|ui| {
            for known in cx.snapshot.instances.iter() {
                if ui.radio(known.url == chosen, format::host(&known.url)).clicked() {
                    self.instance = Some(known.url.clone());
                }
            }
        });
    }
}

fn recognised(ui: &mut Ui, what: &str, value: &str, more: &str) {
    ui.horizontal(|ui| {
        kit::chip(ui, Severity::Good, icons::GOOD, what);
        ui.label(RichText::new(value).color(tokens(ui).text));
        ui.add(egui::Label::new(RichText::new(more).small().color(tokens(ui).faint)).truncate());
    });
}

fn missing(ui: &mut Ui, what: &str, words: &str) {
    ui.horizontal(|ui| {
        kit::chip(ui, Severity::Plain, icons::NONE, what);
        ui.label(RichText::new(words).color(tokens(ui).faint));
    });
}

/// Checks each piece of the text separately.
fn find(text: &str, instances: &[String]) -> SearchOutcome {
    let mut found = SearchOutcome::default();
    for piece in unbroken(text).split_whitespace() {
        if let Ok(ticket) = parse_ticket(piece) {
            found.ticket = Some((ticket.id, ticket.url));
            continue;
        }
        let project = instances
            .iter()
            .find_map(|instance| parse_project(piece, instance).ok().map(|project| (instance, project)))
            .map(|(instance, project)| (instance.clone(), project))
            .or_else(|| elsewhere(piece));
        match project {
            Some((instance, NamedProject { project, .. })) => {
                let named = project.path.or(project.id.map(|id| id.to_string())).unwrap_or_default();
                found.project = Some((instance, named));
                piece.clone_into(&mut found.pasted);
            }
            None => found.unknown = found.unknown.or_else(|| Some(piece.to_owned())),
        }
    }
    found
}

/// A project URL of an instance that is not known yet: the URL's origin is the instance.
fn elsewhere(piece: &str) -> Option<(String, NamedProject)> {
    let (_, rest) = piece.split_once("https://")?;
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    let instance = format!("https://{host}");
    let project = parse_project(piece, &instance).ok()?;
    Some((instance, project))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<String> {
        vec!["https://gitlab.com".to_owned(), "https://gitlab.example.org".to_owned()]
    }

    #[test]
    fn ticket_and_project_are_found_in_any_order() {
        let found = find(
            "https://gitlab.com/acme/monorepo\n https://gitlab.zendesk.com/agent/tickets/418822",
            &known(),
        );
        assert_eq!(found.ticket.map(|(id, _)| id), Some(418_822));
        assert_eq!(found.project, Some(("https://gitlab.com".into(), "acme/monorepo".into())));
        assert_eq!(found.unknown, None);
    }

    #[test]
    fn a_project_address_names_its_instance() {
        let found = find("https://gitlab.example.org/group/sub/project/-/issues/4", &known());
        assert_eq!(found.project, Some(("https://gitlab.example.org".into(), "group/sub/project".into())));
        let found = find("https://git.new.example/group/project", &known());
        assert_eq!(found.project, Some(("https://git.new.example".into(), "group/project".into())));
    }

    #[test]
    fn pages_of_a_project_are_the_project_and_the_pasted_path_is_requested() {
        for (pasted, path) in [
            ("https://gitlab.com/acme/api/edit#js-export-project", "acme/api"),
            ("https://gitlab.com/acme/api/download_export", "acme/api"),
            ("https://gitlab.com/-/p/101", "101"),
            ("<https://gitlab.com/acme/\n  api/import/new>", "acme/api"),
            ("git@gitlab.example.org:acme/api.git", "acme/api"),
        ] {
            let found = find(pasted, &known());
            assert_eq!(found.project.map(|(_, path)| path).as_deref(), Some(path), "{pasted}");
            assert_eq!(found.unknown, None, "{pasted}");
            assert!(!found.pasted.is_empty());
        }
    }

    #[test]
    fn what_is_neither_is_reported() {
        let found = find("hello acme/api", &known());
        assert_eq!(found.unknown.as_deref(), Some("hello"));
        assert_eq!(found.project, Some(("https://gitlab.com".into(), "acme/api".into())));
    }

    #[test]
    fn a_pasted_project_opens_a_case_and_shows_it() {
        use egui_kittest::kittest::Queryable as _;

        use crate::case::CaseId;
        use crate::engine::api::{Answer, AskId, Reply, Snapshot};
        use crate::gui::fixture::{at_work, now, window};

        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
        window.run();
        let pasted = "https://gitlab.zendesk.com/agent/tickets/5 acme/new-project";
        window.get_by_label("Ticket and project").type_text(pasted);
        window.run();
        window.get_by_label("Open the case").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].contains("tickets/5") && sent[0].contains("acme/new-project"), "{sent:?}");
        let reply = Reply { ask: AskId(1), at: now(), result: Ok(Answer::Case(CaseId(4))) };
        window.state_mut().own.show(Snapshot { replies: [reply.into()].into(), ..at_work() });
        window.run();
        assert_eq!(window.state().workspace().selected, Some(CaseId(4)));
        assert!(window.query_by_label("Ticket and project").is_none());
    }
}
