//! The form “Export several…”: a pasted list or a group, the check, then one click.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Response, Ui};

use crate::case::batch::{BatchGoal, BatchItem, CheckCounts, CheckOptions, MOST_UNASKED, read_lines};
use crate::case::{BatchId, UserError};
use crate::engine::api::{
    Answer, BatchCheckView, BatchCommand, BatchOptions, CheckId, Command, GroupQuery, Snapshot,
};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pages::connect_first::connect_first;
use crate::gui::pending::{Answers, Pending};
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;
use crate::platform::{folders, words};

use super::checked::{self, ExportChoice};

/// How many unreadable lines are shown.
const MOST_SHOWN: usize = 8;

/// The form's state.
#[derive(Debug, Default)]
pub struct ExportsForm {
    /// Selected by the person; otherwise the first known instance is used.
    instance: Option<String>,
    of_group: bool,
    list: String,
    group: String,
    with_subgroups: bool,
    with_archived: bool,
    replace: bool,
    folder: String,
    /// The projects of a group that is so large that the person confirms it first.
    found: Option<Arc<[BatchItem]>>,
    check: Option<CheckId>,
    /// How many lines name a project that an earlier line names.
    repeated: usize,
    only_refused: bool,
    choice: ExportChoice,
    /// Why lines of the list cannot be read; the others are checked only after the person agrees.
    unreadable: Vec<String>,
    /// The folder whose free space was asked for, and the answer.
    measured: Option<(String, Option<u64>)>,
    measuring: Pending,
    asked: Pending<Asked>,
    error: Option<UserError>,
    has_drawn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Group,
    Check,
    Start,
}

impl ExportsForm {
    /// A form with a list that was checked.
    #[cfg(test)]
    pub fn checked(list: &str, check: CheckId) -> Self {
        Self { list: list.to_owned(), check: Some(check), ..Self::default() }
    }

    pub fn set_folder(&mut self, path: &Path) {
        self.folder = path.display().to_string();
    }

    /// Takes an answer. Returns the batch that has started.
    pub fn on_answer(&mut self, answers: &mut Answers, out: &mut Outbox) -> Option<BatchId> {
        if let (Some(((), Ok(Answer::FreeBytes(free)))), Some(measured)) =
            (self.measuring.take(answers), &mut self.measured)
        {
            measured.1 = free;
        }
        match self.asked.take(answers)? {
            (_, Ok(Answer::GroupProjects(found))) if found.len() > MOST_UNASKED => self.found = Some(found),
            (_, Ok(Answer::GroupProjects(found))) => self.check(found.to_vec(), out),
            (_, Ok(Answer::BatchCheck(check))) => self.check = Some(check),
            (Asked::Start, Ok(Answer::Batch(batch))) => {
                self.drop_check(out);
                return Some(batch);
            }
            (_, Ok(_)) => {}
            (_, Err(error)) => self.error = Some(error),
        }
        None
    }

    /// Draws the form. Returns false once it is closed.
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        if self.folder.is_empty() && !self.has_drawn {
            self.folder = unused_folder(cx.snapshot).display().to_string();
        }
        let instance = self.instance_of(cx);
        let check = self.check.and_then(|id| cx.snapshot.batch_checks.iter().find(|view| view.id == id));
        let mut stays = true;
        kit::card(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            kit::heading(ui, "Export several projects");
            self.instances(ui, &instance, cx, out);
            self.source(ui, out);
            if ui.checkbox(&mut self.replace, "Replace finished exports on GitLab").changed() {
                self.drop_check(out);
            }
            kit::faint(ui, "A new export deletes the finished file on GitLab immediately.");
            stays = self.buttons(ui, &instance, check.map(Arc::as_ref), cx, out);
            if let Some(error) = &self.error {
                kit::error(ui, error);
            }
        });
        if let Some(view) = check {
            kit::card(ui, |ui| self.result(ui, view, out));
        }
        // A closed form is kept, and takes the focus when it opens again.
        self.has_drawn = stays;
        if !stays {
            self.drop_check(out);
        }
        stays
    }

    fn instance_of(&self, cx: &ViewContext<'_>) -> String {
        let first = || cx.snapshot.instances.first().map(|known| known.url.clone());
        self.instance.clone().or_else(first).unwrap_or_default()
    }

    fn instances(&mut self, ui: &mut Ui, instance: &str, cx: &ViewContext<'_>, out: &mut Outbox) {
        let known = &cx.snapshot.instances;
        if known.is_empty() {
            return connect_first(ui, cx, out);
        }
        if known.len() < 2 {
            kit::faint(ui, format!("On {}.", format::host(instance)));
            return;
        }
        kit::section(ui, "Instance");
        let mut chosen = None;
        ui.horizontal_wrapped(|ui| {
            for one in known.iter() {
                if ui.radio(one.url == instance, format::host(&one.url)).clicked() {
                    chosen = Some(one.url.clone());
                }
            }
        });
        if chosen.is_some() {
            self.instance = chosen;
            self.drop_check(out);
        }
    }

    /// Where the projects come from.
    fn source(&mut self, ui: &mut Ui, out: &mut Outbox) {
        let mut is_changed = false;
        ui.horizontal_wrapped(|ui| {
            for (of_group, label) in [(false, "A list of projects"), (true, "All projects of a group")] {
                if ui.radio(self.of_group == of_group, label).clicked() {
                    is_changed |= self.of_group != of_group;
                    self.of_group = of_group;
                }
            }
        });
        if self.of_group {
            let field = Field::new("Group").hint("acme/platform").note("The group's ID, full path or URL.");
            is_changed |= field.show(ui, &mut self.group).changed();
            is_changed |= ui.checkbox(&mut self.with_subgroups, "Include subgroups").changed();
            is_changed |= ui.checkbox(&mut self.with_archived, "Include archived projects").changed();
        } else {
            let field = Field::new("Projects").rows(6).most_rows(16).mono().focus(!self.has_drawn);
            let field = field
                .hint("acme/platform/monorepo")
                .note("One project a line: ID, full path or any URL of it. A # starts a comment.");
            is_changed |= field.show(ui, &mut self.list).changed();
        }
        if is_changed {
            self.drop_check(out);
        }
    }

    /// Returns false if the person closes the form.
    fn buttons(
        &mut self,
        ui: &mut Ui,
        instance: &str,
        check: Option<&BatchCheckView>,
        cx: &ViewContext<'_>,
        out: &mut Outbox,
    ) -> bool {
        let typed = if self.of_group { &self.group } else { &self.list };
        let nothing = typed.trim().is_empty().then(|| {
            let why = if self.of_group { "Type a group first." } else { "Paste projects first." };
            why.to_owned()
        });
        let waits = self.asked.is_open().then(|| "Asking GitLab.".to_owned());
        let runs = check.is_some_and(|view| !view.is_over()).then(|| "The check is running.".to_owned());
        let blocked = nothing.or_else(|| cx.cannot_ask_of(instance)).or(waits).or(runs);
        let mut stays = true;
        ui.horizontal_wrapped(|ui| {
            let found = self.found.clone();
            let label = match &found {
                Some(found) => {
                    format!("Check all {}", format::number_of(found.len() as u64, "project", "projects"))
                }
                None => "Check the projects".to_owned(),
            };
            let button = Button::new(&label).icon(icons::SEARCH).blocked(blocked.clone());
            let button = if check.is_none() { button.primary() } else { button };
            let button =
                button.tooltip("Reads from GitLab which projects can be exported. Requests nothing.");
            let pressed = button.show(ui).clicked();
            if pressed && blocked.is_none() {
                match found {
                    Some(found) => self.check(found.to_vec(), out),
                    None => self.ask(instance, false, out),
                }
            }
            if Button::new("Close the form").caption("Close").show(ui).clicked() {
                stays = false;
            }
        });
        if let Some(found) = &self.found {
            let many = format::number_of(found.len() as u64, "project", "projects");
            kit::say(
                ui,
                Severity::Warn,
                icons::WARN,
                &format!("The group has {many}. Check them only if you want to export so many."),
            );
        }
        if self.unreadable(ui, blocked) {
            self.ask(instance, true, out);
        }
        if self.asked.about() == Some(&Asked::Group) {
            kit::soft(ui, "Listing the projects of the group.");
        }
        stays
    }

    /// Which lines cannot be read. Returns true once the person goes on without them.
    fn unreadable(&self, ui: &mut Ui, blocked: Option<String>) -> bool {
        if self.unreadable.is_empty() {
            return false;
        }
        let many = format::number_of(self.unreadable.len() as u64, "line", "lines");
        let words = format!("{many} cannot be read. Correct the list, or go on without what is named here.");
        kit::say(ui, Severity::Warn, icons::WARN, &words);
        for line in self.unreadable.iter().take(MOST_SHOWN) {
            kit::soft(ui, line.as_str());
        }
        if let Some(more) = self.unreadable.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            kit::soft(ui, format!("And {} more.", format::number_of(more as u64, "line", "lines")));
        }
        let is_blocked = blocked.is_some();
        let go_on = Button::new("Check the other lines").icon(icons::SEARCH).blocked(blocked);
        go_on.show(ui).clicked() && !is_blocked
    }

    /// Lists the group, or reads the list and checks it. Unreadable lines are left out only if the person agrees.
    fn ask(&mut self, instance: &str, agrees: bool, out: &mut Outbox) {
        self.drop_check(out);
        self.error = None;
        self.instance = Some(instance.to_owned());
        if self.of_group {
            let group = GroupQuery {
                group: self.group.trim().to_owned(),
                with_subgroups: self.with_subgroups,
                with_archived: self.with_archived,
                least_access: None,
            };
            let command = BatchCommand::ListGroup { instance: instance.to_owned(), group };
            self.asked.ask_or(Command::Batch(command), Asked::Group, IfUnhandled::Nothing, out);
            return;
        }
        let read = read_lines(&[], &self.list, instance);
        match read.and_then(|listed| if listed.items.is_empty() { listed.strictly() } else { Ok(listed) }) {
            Ok(listed) if listed.unreadable.is_empty() || agrees => {
                self.check(listed.items, out);
                self.repeated = listed.repeated.len();
            }
            Ok(listed) => self.unreadable = listed.unreadable_lines().collect(),
            Err(refusal) => {
                self.error = Some(UserError::new(refusal.code(), refusal.headline, refusal.hint));
            }
        }
    }

    fn check(&mut self, items: Vec<BatchItem>, out: &mut Outbox) {
        self.drop_check(out);
        let instance = self.instance.clone().unwrap_or_default();
        let options = CheckOptions { replace: self.replace, collects: true };
        let command = Command::Batch(BatchCommand::Check { instance, items, options });
        self.asked.ask_or(command, Asked::Check, IfUnhandled::Nothing, out);
    }

    /// What was checked is no longer what the form says.
    fn drop_check(&mut self, out: &mut Outbox) {
        (self.found, self.repeated, self.error) = (None, 0, None);
        self.unreadable.clear();
        self.asked.forget();
        if let Some(check) = self.check.take() {
            out.ask(Command::Batch(BatchCommand::DropCheck { check }), IfUnhandled::Nothing);
        }
    }

    /// The result of the check, and the button that starts the exports.
    fn result(&mut self, ui: &mut Ui, view: &BatchCheckView, out: &mut Outbox) {
        self.choice.follow(view);
        checked::summary(ui, view, self.choice.counts(view), self.repeated);
        if let Some(error) = &view.error {
            kit::error(ui, error);
        }
        ui.checkbox(&mut self.only_refused, "Show only projects that cannot be exported");
        checked::table(ui, view, &mut self.choice, self.only_refused);
        let chosen = self.choice.counts(view);
        let field = Field::new("Folder for the archives")
            .note("The manifest with the result of each project goes there too.");
        let response = field.show(ui, &mut self.folder);
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if Button::new("Choose a folder…").icon(icons::FOLDER).show(ui).clicked() {
            out.push(Intent::Pick(Pick::ExportsFolder));
        }
        self.space(ui, view, chosen, &response, out);
        let many = format::number_of(chosen.wanted as u64, "project", "projects");
        let blocked = if !view.is_over() {
            Some("The check is running.".to_owned())
        } else if view.counts.wanted == 0 {
            Some("No project of the list can be exported.".to_owned())
        } else if chosen.wanted == 0 {
            Some("Select a project first.".to_owned())
        } else if self.folder.trim().is_empty() {
            Some("Type a folder first.".to_owned())
        } else {
            self.asked.is_open().then(|| "Starting the exports.".to_owned())
        };
        let is_allowed = blocked.is_none();
        let label = match chosen.replaced {
            0 => format!("Export {many}"),
            lost => {
                let files = format::number_of(lost as u64, "finished file", "finished files");
                format!("Export {many}, delete {files}")
            }
        };
        let start = Button::new(&label).icon(icons::EXPORT).primary().blocked(blocked);
        let start = start.tooltip(
            "Requests the exports within GitLab's limits, then downloads and verifies each archive.",
        );
        if start.show(ui).clicked() || (enter && is_allowed) {
            let options = BatchOptions {
                goal: BatchGoal::Downloaded,
                folder: Some(folders::typed(&self.folder)),
                description: None,
                replace: self.replace,
                connections: None,
            };
            let (instance, items) =
                (view.instance.clone(), self.choice.of(view).map(|one| one.item.clone()).collect());
            let command = Command::Batch(BatchCommand::Start { instance, items, options });
            self.error = None;
            self.asked.ask_or(command, Asked::Start, IfUnhandled::ToastError, out);
        }
    }
}

impl ExportsForm {
    /// The size of what is chosen, beside the free space of the folder. A folder is measured once it is typed.
    fn space(
        &mut self,
        ui: &mut Ui,
        view: &BatchCheckView,
        chosen: CheckCounts,
        field: &Response,
        out: &mut Outbox,
    ) {
        let is_known = self.measured.as_ref().is_some_and(|(folder, _)| *folder == self.folder);
        if view.is_over() && !is_known && !field.has_focus() && !self.folder.trim().is_empty() {
            self.measured = Some((self.folder.clone(), None));
            let command = BatchCommand::Measure { folder: folders::typed(&self.folder) };
            self.measuring.ask_or(Command::Batch(command), (), IfUnhandled::Nothing, out);
        }
        let many = format::number_of(chosen.wanted as u64, "project", "projects");
        let words = format!("{many} selected, about {}.", format::bytes(chosen.expected_bytes));
        match self.measured.as_ref().and_then(|(_, free)| *free).filter(|_| is_known) {
            None => drop(kit::soft(ui, words)),
            Some(free) if free >= chosen.expected_bytes => {
                kit::soft(ui, format!("{words} The folder has {} free.", format::bytes(free)));
            }
            Some(free) => {
                let words = format!(
                    "{words} The folder has only {} free: a project that does not fit fails, and the others are downloaded.",
                    format::bytes(free)
                );
                kit::say(ui, Severity::Warn, icons::WARN, &words::about_free_space(&words));
            }
        }
    }
}

/// A folder for the archives that no batch uses yet: in the folder of an earlier batch, what it has exported would not be
/// exported again.
pub fn unused_folder(snapshot: &Snapshot) -> PathBuf {
    let used: BTreeSet<&str> =
        snapshot.batches.iter().filter_map(|view| view.batch.folder.as_deref()).collect();
    let names = std::iter::once("exports".to_owned()).chain((2..).map(|number| format!("exports-{number}")));
    let mut all = names.map(|name| snapshot.download_folder.join(name));
    let is_unused = |folder: &PathBuf| !used.contains(folder.to_string_lossy().as_ref());
    all.find(is_unused).unwrap_or_default()
}
