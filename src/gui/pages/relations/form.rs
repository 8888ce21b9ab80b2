//! The form of a new relations export: an instance, a project, and whether to export in batches.

use egui::Ui;

use crate::case::{Case, CaseId};
use crate::engine::api::{Command, RelationsCommand};
use crate::gui::format;
use crate::gui::intent::Outbox;
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pages::connect_first::connect_first;
use crate::gui::pending::Pending;
use crate::gui::theme::space;
use crate::gui::view_context::{ViewContext, project_of};

/// The form's state.
#[derive(Debug, Default)]
pub struct RelationsForm {
    /// Selected by the person, or the case's instance; otherwise the first known instance is used.
    instance: Option<String>,
    project: String,
    one_file_each: bool,
    /// Whether undownloaded files of the previous export may be deleted.
    replace: bool,
    case: Option<OfCase>,
    /// Whether the form was filled from the selected case; this happens once, if the page was not opened from a case.
    begun: bool,
}

/// The case that the form was filled from.
#[derive(Debug)]
struct OfCase {
    id: CaseId,
    instance: String,
    /// The project as the field shows it.
    seen: String,
    /// The project as it is sent to GitLab.
    key: String,
}

impl RelationsForm {
    /// Fills the form from a case.
    pub fn of(case: &Case) -> Self {
        let key = project_of(case);
        let seen = case.project.path.clone().unwrap_or_else(|| key.clone());
        Self {
            instance: Some(case.instance.clone()),
            project: seen.clone(),
            one_file_each: false,
            replace: false,
            case: Some(OfCase { id: case.id, instance: case.instance.clone(), seen, key }),
            begun: true,
        }
    }

    /// The case, as long as the form still names the case's project.
    fn case(&self) -> Option<&OfCase> {
        let same = |of: &&OfCase| {
            self.project.trim() == of.seen && self.instance.as_deref().is_none_or(|url| url == of.instance)
        };
        self.case.as_ref().filter(same)
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, pending: &mut Pending, out: &mut Outbox) {
        if let (false, Some(case)) = (self.begun, cx.case) {
            *self = Self::of(case);
        }
        self.begun = true;
        let known = &cx.snapshot.instances;
        if known.is_empty() {
            kit::card(ui, |ui| connect_first(ui, cx, out));
            return;
        }
        let first = known.first().map(|known| known.url.clone()).unwrap_or_default();
        let instance = self.instance.clone().unwrap_or(first);
        kit::card(ui, |ui| {
            kit::heading(ui, "Start a relations export");
            ui.spacing_mut().item_spacing.y = space::S;
            if known.len() > 1 {
                kit::section(ui, "Instance");
                ui.horizontal_wrapped(|ui| {
                    for one in known.iter() {
                        if ui.radio(one.url == instance, format::host(&one.url)).clicked() {
                            self.instance = Some(one.url.clone());
                        }
                    }
                });
            } else {
                kit::faint(ui, format!("On {}.", format::host(&instance)));
            }
            let note = match self.case() {
                Some(of) => {
                    format!("The project of case {}. The export appears in the case's timeline.", of.id)
                }
                None => "The project's full path, ID or URL.".to_owned(),
            };
            let field = Field::new("Project").hint("acme/platform/monorepo").note(&note);
            let response = field.show(ui, &mut self.project);
            let enter = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let mut batched = !self.one_file_each;
            ui.checkbox(&mut batched, "Export in batches");
            self.one_file_each = !batched;
            kit::faint(
                ui,
                "Splits large relations into several smaller files. They succeed more often, retrying one costs little, and only with batches GitLab shows which records it skipped.",
            );
            ui.checkbox(&mut self.replace, "Replace files that were not downloaded");
            self.buttons(ui, (&instance, enter), cx, pending, out);
        });
    }

    fn buttons(
        &self,
        ui: &mut Ui,
        (instance, enter): (&str, bool),
        cx: &ViewContext<'_>,
        pending: &mut Pending,
        out: &mut Outbox,
    ) {
        let typed = self.project.trim();
        let blocked = typed.is_empty().then(|| "Type a project first.".to_owned());
        let blocked = blocked.or_else(|| cx.cannot_ask_of(instance));
        let asking = pending.is_open().then(|| "Asking GitLab.".to_owned());
        let blocked = blocked.or(asking);
        let may = blocked.is_none();
        let of = self.case();
        let project = of.map_or_else(|| typed.to_owned(), |of| of.key.clone());
        let (instance, case) = (instance.to_owned(), of.map(|of| of.id));
        ui.horizontal(|ui| {
            let start = Button::new("Start the relations export").icon(icons::EXPORT).primary();
            let start = start.tooltip("Checks first: a running export is watched, not started again.");
            let started = start.blocked(blocked.clone()).show(ui).clicked() || (enter && may);
            let look = Button::new("Check only").icon(icons::SEARCH).blocked(blocked);
            let looked = look.tooltip("Shows what this user has exported before.").show(ui).clicked();
            let command = match (started, looked) {
                (true, _) => {
                    let batched = !self.one_file_each;
                    RelationsCommand::Start {
                        instance,
                        project,
                        case,
                        batched,
                        collect: false,
                        replace: self.replace,
                    }
                }
                (false, true) => RelationsCommand::CheckOnce { instance, project, case },
                (false, false) => return,
            };
            pending.ask(Command::Relations(command), (), out);
        });
    }
}
