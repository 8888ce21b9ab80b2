//! The dialog for a new case: pasted text is recognised while typing.

use egui::{Context, RichText, Ui};

use crate::case::UserError;
use crate::case::intake::{Opening, OpeningProject, read_opening};
use crate::engine::api::Command;
use crate::gui::debounce::fingerprint;
use crate::gui::dialog::Dialog;
use crate::gui::dialogs::same_case::{known_cases, known_ui, used_offer};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// Room for a second line about the text, in points.
const FOR_UNKNOWN: f32 = 34.0;
const SECOND: &str = "Open a second case";

/// The dialog's state.
#[derive(Debug, Default)]
pub struct NewCase {
    pasted: String,
    /// Set if the person selected one of several known instances.
    instance: Option<String>,
    opened: bool,
    error: Option<UserError>,
    opening: Pending,
    /// What was read from the text, with the text's fingerprint: a long mail is read once.
    read: Option<(u64, Opening)>,
}

impl Dialog for NewCase {
    /// On success the window shows the opened case.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        self.opening.stays_open(answers, &mut self.error)
    }

    fn is_changed(&self) -> bool {
        !self.pasted.trim().is_empty()
    }

    fn is_saving(&self) -> bool {
        self.opening.is_open()
    }

    fn ui(&mut self, ctx: &Context, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let found = self.found(cx);
        let waiting = self.opening.is_open();
        let blocked = match (&found.project, waiting) {
            (_, true) => Some("Opening the case.".to_owned()),
            (None, false) => Some("Paste the project's URL or its full path.".to_owned()),
            (Some(_), false) => None,
        };
        let known = known_cases(&found, cx);
        let is_second = known.iter().any(|(case, _)| !case.stage.is_closed());
        let accept = if is_second { SECOND } else { "Open the case" };
        let dialog = DialogFrame::new("New case")
            .accept(accept)
            .accept_as_wide_as(SECOND)
            .width(560.0)
            .unsaved(self.is_changed() && !waiting)
            .blocked(blocked);
        let mut wanted = None;
        let error = self.error.clone();
        let verdict = dialog.error(error.as_ref()).show_with(
            ctx,
            |ui| self.fields(ui, &found, cx),
            |ui| {
                wanted = known_ui(ui, &known);
                if let Some(words) = used_offer(&found, cx) {
                    kit::say(ui, Severity::Warn, icons::WARN, &words);
                }
            },
        );
        if let Some(case) = wanted {
            out.push(Intent::Select(case));
            return false;
        }
        if let (DialogVerdict::Accepted, Some(OpeningProject { instance, pasted, .. })) =
            (verdict, found.project)
        {
            let ticket = found.ticket.map(|ticket| ticket.url);
            let command = Command::NewCase { ticket, instance, project: pasted };
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

    fn found(&mut self, cx: &ViewContext<'_>) -> Opening {
        let instances = self.instances(cx);
        let print = fingerprint(&(self.pasted.as_str(), &instances));
        if let Some((_, opening)) = self.read.as_ref().filter(|(of, _)| *of == print) {
            return opening.clone();
        }
        let trackers = cx.snapshot.text_config.handbook.known_trackers();
        let opening = read_opening(&self.pasted, &instances, &trackers);
        self.read = Some((print, opening.clone()));
        opening
    }

    fn fields(&mut self, ui: &mut Ui, found: &Opening, cx: &ViewContext<'_>) {
        ui.spacing_mut().item_spacing.y = space::M;
        let before = self.pasted.len();
        Field::new("Ticket and project")
            .hint("https://gitlab.zendesk.com/agent/tickets/418822\nacme/platform/monorepo")
            .note("Paste both in any order, or the whole mail: URLs, a ticket number such as #418822, the project's full path or ID. You can add the ticket later.")
            .rows(4)
            .most_rows(4)
            .focus(!self.opened)
            .show(ui, &mut self.pasted);
        self.opened = true;
        if before != self.pasted.len() {
            self.error = None;
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            match &found.ticket {
                Some(ticket) => recognised(ui, "Ticket", &ticket.to_string(), &ticket.url),
                None => missing(ui, "Ticket", "none yet"),
            }
            match &found.project {
                Some(project) => recognised(ui, "Project", &project.name, format::host(&project.instance)),
                None => missing(ui, "Project", "none yet"),
            }
            let end = ui.cursor().top() + FOR_UNKNOWN;
            if !found.others.is_empty() {
                kit::faint(ui, format!("The text also names {}.", found.others.join(", ")));
            }
            if let Some(unknown) = &found.unknown {
                ui.horizontal(|ui| {
                    kit::chip(ui, Severity::Warn, icons::WARN, "not recognised");
                    kit::faint(ui, format::middle(unknown, 60));
                });
            }
            // The buttons below keep their place when there is such a line.
            ui.add_space((end - ui.cursor().top()).max(0.0));
        });
        if cx.snapshot.instances.len() > 1 {
            self.instance_choice(ui, cx);
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

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_second_case_of_a_ticket_or_project_has_a_warning() {
        use egui_kittest::kittest::Queryable as _;

        use crate::gui::fixture::{at_work, window};

        let snapshot = at_work();
        let known = snapshot.cases[1].clone();
        let path = known.project.path.clone().unwrap();
        for pasted in [format!("{} other/project", known.ticket.as_ref().unwrap().url), path.to_uppercase()] {
            let mut window = window(snapshot.clone(), egui::Theme::Dark, 1000.0, 700.0);
            window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
            window.run();
            window.get_by_label("Open the case");
            window.get_by_label("Ticket and project").type_text(&pasted);
            window.run();
            window.get_by_label("Open a second case");
            window.get_by_label(&format!("Show {}", known.title())).click();
            window.run();
            assert_eq!(window.state().workspace().selected, Some(known.id));
            assert!(window.query_by_label("Ticket and project").is_none(), "the dialog is closed");
            assert_eq!(window.state().workspace().sent(), [] as [String; 0]);
        }
    }

    #[test]
    fn the_buttons_keep_their_place_when_a_case_is_known_already() {
        use egui_kittest::kittest::Queryable as _;

        use crate::gui::fixture::{at_work, window};

        let known = at_work().cases[1].clone();
        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
        window.run();
        let before = (window.get_by_label("Open the case").rect(), window.get_by_label("Cancel").rect());
        window.get_by_label("Ticket and project").type_text(known.project.path.as_deref().unwrap());
        window.run();
        let after = (window.get_by_label("Open a second case").rect(), window.get_by_label("Cancel").rect());
        for (before, after) in [(before.0, after.0), (before.1, after.1)] {
            assert!((before.min - after.min).length() < 1.0, "{before:?} moved to {after:?}");
        }
    }

    #[test]
    fn a_pasted_mail_opens_its_case() {
        use egui_kittest::kittest::Queryable as _;

        use crate::gui::fixture::{at_work, window};

        let mut window = window(at_work(), egui::Theme::Dark, 1000.0, 700.0);
        window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
        window.run();
        let mail = "Re: [ZD #418999] The export of our project fails\nHello, since Monday we see this error at \
                    https://gitlab.com/acme/web/-/settings/general every time.\nThe same for \
                    https://gitlab.com/acme/web-old/edit - Regards, Ann";
        window.get_by_label("Ticket and project").type_text(mail);
        window.run();
        window.get_by_label("#418999");
        window.get_by_label("The text also names acme/web-old.");
        window.get_by_label("Open the case").click();
        window.run();
        let sent = window.state().workspace().sent();
        assert!(sent[0].contains("tickets/418999") && sent[0].contains("acme/web/-/settings"), "{sent:?}");
    }
}
