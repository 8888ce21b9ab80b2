//! The target of an import: instance, group and path, checked while typing. The form shows an existing project before
//! anything is sent; deleting that project needs two confirmations, the second by typing its full path.

use std::sync::Arc;

use egui::{RichText, Ui};

use crate::case::import::path_fault;
use crate::case::{CaseId, UserError};
use crate::engine::api::{
    Answer, Command, ImportCommand, NewProjectTarget, ProjectHit, Snapshot, TargetView,
};
use crate::gui::case::waiting::waiting_chip;
use crate::gui::debounce::{Debounce, fingerprint};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// What a form may do with its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// An existing project may be deleted for the import, and the new project may be given a name.
    Import,
    /// A new project, and nothing else.
    TestImport,
}

/// The fields, and GitLab's answer about them.
#[derive(Debug, Default)]
pub struct TargetFields {
    pub instance: String,
    pub namespace: String,
    pub path: String,
    pub name: String,
    debounce: Debounce,
    /// The answer to a check, with the fingerprint of the checked fields.
    seen: Option<(u64, Result<Arc<TargetView>, UserError>)>,
    look: Pending<u64>,
    /// The first confirmation of a deletion.
    delete: bool,
    /// The second confirmation: the typed path.
    typed: String,
    /// The case whose archive it is: then it is a customer's.
    pub case: Option<CaseId>,
    /// The person agreed that a customer's archive goes into their own namespace.
    into_own: bool,
}

impl TargetFields {
    /// Starts with the instance and group of the last use if they are known here, otherwise with the first instance.
    pub fn remembered(snapshot: &Snapshot, key: &str, otherwise: Option<&str>) -> Self {
        let known = |url: &str| snapshot.instances.iter().any(|instance| instance.url == url);
        let kept = snapshot.settings.get(key);
        let text =
            |name: &str| kept.as_ref().and_then(|kept| kept.get(name)).and_then(|value| value.as_str());
        let mut fields = Self::default();
        if let Some(instance) = text("instance").filter(|url| known(url)) {
            instance.clone_into(&mut fields.instance);
            text("namespace").unwrap_or_default().clone_into(&mut fields.namespace);
        } else if let Some(instance) = otherwise.filter(|url| known(url)) {
            instance.clone_into(&mut fields.instance);
        } else if let Some(first) = snapshot.instances.first() {
            fields.instance.clone_from(&first.url);
        }
        fields
    }

    /// Saves the target for the next time.
    pub fn keep(&self, key: &str, out: &mut Outbox) {
        let value = serde_json::json!({ "instance": self.instance, "namespace": self.namespace.trim() });
        out.ask(Command::Keep { key: key.to_owned(), value }, IfUnhandled::Nothing);
    }

    /// The target for the engine; includes the deletion only if the person confirmed it twice.
    pub fn to(&self) -> NewProjectTarget {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        NewProjectTarget {
            path: self.path.trim().to_owned(),
            namespace: filled(&self.namespace),
            name: filled(&self.name),
            delete: self.agreed().then(|| self.typed.trim().to_owned()),
            override_params: Vec::new(),
        }
    }

    fn print(&self) -> u64 {
        fingerprint(&(self.instance.as_str(), self.namespace.trim(), self.path.trim()))
    }

    /// Takes GitLab's answer about the path.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        match self.look.take(answers) {
            Some((print, Ok(Answer::Target(view)))) => self.seen = Some((print, Ok(view))),
            Some((print, Err(error))) => self.seen = Some((print, Err(error))),
            Some((_, Ok(_))) | None => {}
        }
    }

    /// Sets the view as if GitLab had just answered about the current fields.
    #[cfg(test)]
    pub fn told(&mut self, view: TargetView) {
        let print = self.print();
        // Mark the fields as checked, so that an image test sends no check.
        self.debounce.asked_about(print);
        self.seen = Some((print, Ok(view.into())));
    }

    /// The answer about the current fields.
    fn answer(&self) -> Option<&Result<Arc<TargetView>, UserError>> {
        self.seen.as_ref().filter(|(print, _)| *print == self.print()).map(|(_, answer)| answer)
    }

    fn taken_by(&self) -> Option<&ProjectHit> {
        self.answer()?.as_ref().ok()?.taken_by.as_ref()
    }

    fn agreed(&self) -> bool {
        self.delete && self.taken_by().is_some_and(|there| there.path == self.typed.trim())
    }

    /// Why the import cannot go there now.
    pub fn blocked(&self, cx: &ViewContext<'_>, kind: TargetKind) -> Option<String> {
        if let Some(why) = no_token(cx, &self.instance) {
            return Some(why);
        }
        if let Some(why) = path_fault(self.path.trim()) {
            return Some(why.replace('`', ""));
        }
        if self.asks_for_own(cx, kind) && !self.into_own {
            return Some("Name a group, or confirm that the archive goes into your own namespace.".into());
        }
        match self.answer() {
            None => Some("Asking GitLab whether the path is free.".into()),
            Some(Err(error)) => Some(error.headline.clone()),
            Some(Ok(view)) => match &view.taken_by {
                Some(there) if kind == TargetKind::TestImport => {
                    Some(format!("{} exists already. Choose another path.", there.path))
                }
                Some(there) if !self.agreed() => Some(format!(
                    "{} exists already. Choose another path, or confirm twice to delete the project.",
                    there.path
                )),
                Some(_) | None => None,
            },
        }
    }

    /// Whether a customer's archive would go into the person's own namespace on a real GitLab.
    fn asks_for_own(&self, cx: &ViewContext<'_>, kind: TargetKind) -> bool {
        let instance = cx.snapshot.instances.iter().find(|known| known.url == self.instance);
        let is_customers = self.case.is_some() || kind == TargetKind::TestImport;
        is_customers && self.namespace.trim().is_empty() && instance.is_some_and(|known| !known.is_practice)
    }

    /// The fields.
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kind: TargetKind, out: &mut Outbox) {
        let before = self.print();
        instances(ui, cx, &mut self.instance);
        ui.columns(2, |columns| {
            Field::new("Group")
                .hint("your own namespace")
                .note("The group's full path or ID. Leave empty for your own namespace.")
                .show(&mut columns[0], &mut self.namespace);
            let fault = path_fault(self.path.trim()).filter(|_| !self.path.trim().is_empty());
            let fault = fault.map(|fault| fault.replace('`', ""));
            Field::new("Path of the new project")
                .hint("webshop-copy")
                .note("The last part of the project's URL.")
                .error(fault.as_deref())
                .show(&mut columns[1], &mut self.path);
        });
        if self.asks_for_own(cx, kind) {
            let words = "Import the customer's project into my own namespace";
            ui.checkbox(&mut self.into_own, words).on_hover_text(
                "Whoever may see your projects then sees the customer's data. A group for test imports is safer.",
            );
        }
        if kind == TargetKind::Import {
            Field::new("Name (optional)").hint("same as the path").show(ui, &mut self.name);
        }
        let print = self.print();
        if print != before {
            (self.delete, self.typed) = (false, String::new());
        }
        let askable = no_token(cx, &self.instance).is_none() && path_fault(self.path.trim()).is_none();
        if askable && self.debounce.due(ui.ctx(), print) {
            let target = NewProjectTarget { delete: None, ..self.to() };
            let instance = self.instance.clone();
            let look = ImportCommand::CheckTarget { instance, target };
            self.look.ask_or(Command::Import(look), print, IfUnhandled::Nothing, out);
        }
        if askable {
            self.verdict(ui, cx, kind);
        }
    }

    /// What exists at the target already.
    fn verdict(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kind: TargetKind) {
        let host = format::host(&self.instance).to_owned();
        match self.answer().cloned() {
            None => match cx.held {
                Some(waiting) => waiting_chip(ui, waiting, cx),
                None => {
                    kit::chip(ui, Severity::Info, icons::HOURGLASS, "checking whether the path is free");
                }
            },
            Some(Err(error)) => kit::error(ui, &error),
            Some(Ok(view)) => match &view.taken_by {
                None => {
                    let path = view.full_path.clone().unwrap_or_else(|| self.path.trim().to_owned());
                    kit::chip_line(
                        ui,
                        Severity::Good,
                        icons::GOOD,
                        "free",
                        &format!("{path} will be created on {host}."),
                    );
                }
                Some(there) => self.taken(ui, there, &host, kind),
            },
        }
    }

    fn taken(&mut self, ui: &mut Ui, there: &ProjectHit, host: &str, kind: TargetKind) {
        let words = format!(
            "{} exists already on {host} (project ID {}, {}).",
            there.path, there.id, there.visibility
        );
        kit::chip_line(ui, Severity::Warn, icons::WARN, "taken", &words);
        if kind == TargetKind::TestImport {
            kit::soft(ui, "Choose another path. A test import never deletes a project.");
            return;
        }
        let words = format!("Delete {} with everything in it, and import in its place", there.path);
        ui.checkbox(&mut self.delete, words);
        if self.delete {
            kit::say(
                ui,
                Severity::Bad,
                icons::DELETE,
                &format!(
                    "GitLab deletes {} first: its repository, issues, merge requests, packages and settings. If the import fails, they cannot be restored.",
                    there.path
                ),
            );
            let label = format!("Type {} to confirm", there.path);
            Field::new(&label).hint(&there.path).show(ui, &mut self.typed);
        }
    }
}

/// The instances to select from; a single instance is only shown.
pub fn instances(ui: &mut Ui, cx: &ViewContext<'_>, chosen: &mut String) {
    let known = &cx.snapshot.instances;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        ui.label(RichText::new("GitLab").color(tokens(ui).soft));
        if known.is_empty() {
            ui.label(RichText::new("none is connected yet").color(tokens(ui).text));
        }
        for instance in known.iter() {
            let host = format::host(&instance.url);
            let words =
                if instance.is_practice { format!("practice GitLab ({host})") } else { host.to_owned() };
            if ui.radio(instance.url == *chosen, words).clicked() {
                chosen.clone_from(&instance.url);
            }
        }
    });
}

/// Why an instance cannot be reached.
pub fn no_token(cx: &ViewContext<'_>, url: &str) -> Option<String> {
    let host = format::host(url);
    match cx.snapshot.instances.iter().find(|known| known.url == url) {
        _ if url.is_empty() => Some("Connect to a GitLab first.".into()),
        None => Some(format!("Connect to {host} first.")),
        Some(known) if known.token.is_there() => None,
        Some(_) => Some(format!("Export Desk has no token for {host}. Connect again.")),
    }
}
