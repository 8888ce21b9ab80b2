//! The relations export page: a table of relations, GitLab's status of each, and the download of their files.

mod build;
mod detail;
mod files;
mod form;
mod table;

use std::path::Path;
use std::sync::Arc;

use egui::{Label, RichText, Ui};

use self::files::{RelationFolder, start};
use self::form::RelationsForm;
use self::table::Table;
use crate::case::{Case, CaseId, Code, JobId, RelationsHint, RelationsId, RelationsPhase, UserError};
use crate::engine::api::{Answer, Command, RelationsCommand, RelationsView, Retried, Snapshot, relations_of};
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::route::Route;
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;

use crate::gui::case::relations_hint;
use crate::gui::case::waiting::{waiting_chip, waiting_line};

pub use files::{progress as files_progress, retry as retry_files};

/// The page's state.
#[derive(Debug, Default)]
pub struct Relations {
    /// The shown export; `None` shows the newest.
    shown: Option<RelationsId>,
    form: RelationsForm,
    /// Whether the form is open although there is an export to show.
    asks: bool,
    table: Table,
    folder: RelationFolder,
    /// The error that was answered instead of an export.
    error: Option<UserError>,
    /// Whether the person agreed, after a refusal, to lose finished files that were not downloaded.
    may_replace: bool,
    pending: Pending,
}

impl Relations {
    /// Shows the export of a case's project, or the form for it.
    pub fn of_case(&mut self, case: &Case, snapshot: &Snapshot) {
        self.form = RelationsForm::of(case);
        self.error = None;
        let known = relations_of(snapshot, case).next().map(|view| view.run.id);
        self.asks = known.is_none();
        if let Some(id) = known {
            self.show(id);
        }
    }

    /// Takes GitLab's answer to the page's last question; while another page is open, a toast announces an error.
    pub fn on_answer(&mut self, answers: &mut Answers, cx: &ViewContext<'_>, out: &mut Outbox) {
        match self.pending.take(answers) {
            Some(((), Ok(Answer::Relations(id)))) => {
                self.open(id);
                (self.error, self.may_replace) = (None, false);
            }
            Some(((), Err(error))) => {
                if cx.route != Route::Relations {
                    out.tell(&error);
                }
                self.error = Some(error);
            }
            Some(((), Ok(_))) | None => {}
        }
    }

    /// Takes the folder that the person selected in the system's dialog.
    pub fn set_folder(&mut self, path: &Path) {
        self.folder.set(path);
    }

    /// Shows this export.
    pub fn open(&mut self, id: RelationsId) {
        self.show(id);
        self.asks = false;
    }

    fn show(&mut self, id: RelationsId) {
        if self.shown != Some(id) {
            (self.shown, self.error) = (Some(id), None);
            self.folder = RelationFolder::default();
            // Keep the ticks: a new export of the same project has the same relations.
            self.table.refresh();
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let all = &cx.snapshot.relations;
        let shown =
            self.shown.and_then(|id| all.iter().find(|view| view.run.id == id)).or_else(|| all.first());
        let shown = shown.map(Arc::clone);
        let empty = shown.is_none();
        let (asks, mut toggled, mut other) = (self.asks, false, None);
        kit::page(
            ui,
            "Relations export",
            |ui| {
                if empty {
                    return;
                }
                let label = if asks { "Close the form" } else { "Another project…" };
                other = choice(ui, all, shown.as_deref());
                toggled = Button::new(label).icon(icons::EXPORT).show(ui).clicked();
            },
            |ui| {
                if empty {
                    empty_state(ui);
                }
                self.table.may_replace = self.may_replace;
                if empty || self.asks {
                    self.form.ui(ui, cx, &mut self.pending, out);
                }
                self.answer(ui, cx, out);
                if let Some(view) = shown.as_ref().filter(|_| !self.asks) {
                    export(ui, view, cx, (&mut self.pending, self.may_replace), out);
                    self.files(ui, view, cx, out);
                }
            },
        );
        if toggled {
            (self.asks, self.error) = (!asks, None);
        }
        if let Some(id) = other {
            self.open(id);
        }
    }

    /// GitLab's answer to the last question, and what to do about it.
    fn answer(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        if self.pending.is_open() {
            match cx.held {
                Some(waiting) => waiting_chip(ui, waiting, cx),
                None => {
                    kit::chip(ui, Severity::Info, icons::HOURGLASS, "asking GitLab");
                }
            }
        }
        let Some(error) = &self.error else { return };
        kit::error(ui, error);
        if error.hint == RelationsHint::ConfirmReplace.into() {
            ui.checkbox(&mut self.may_replace, "Delete the finished files, and start again");
        }
        next_step(ui, error, cx, out);
    }

    fn files(&mut self, ui: &mut Ui, view: &Arc<RelationsView>, cx: &ViewContext<'_>, out: &mut Outbox) {
        if view.rows.is_empty() {
            if view.status.phase == RelationsPhase::Idle {
                kit::soft(
                    ui,
                    "GitLab lists no relations for this token's user. Exports of other Maintainers are not visible.",
                );
            }
            return;
        }
        build::build_card(ui, view, cx, out);
        kit::card(ui, |ui| {
            self.folder.ui(ui, view, self.table.chosen(view), cx, &mut self.pending, out);
            ui.separator();
            self.table.ui(ui, view, cx, &mut self.pending, out);
        });
        if let Some(row) = self.table.current(view) {
            detail::detail(ui, view, row, out);
        }
    }
}

/// The newest export of each project, to select from; draws nothing if there is only one.
fn choice(ui: &mut Ui, all: &[Arc<RelationsView>], shown: Option<&RelationsView>) -> Option<RelationsId> {
    if all.len() < 2 {
        return None;
    }
    let mut chosen = None;
    let name = shown.map(|view| format::middle(&view.run.project_path, 36)).unwrap_or_default();
    let list = egui::ComboBox::from_id_salt("exports").selected_text(name).width(260.0);
    let response = list.show_ui(ui, |ui| {
        for view in all {
            let words = format!(
                "{} · {} · {}",
                format::middle(&view.run.project_path, 40),
                format::host(&view.run.instance),
                view.run.created_at.for_people()
            );
            let here = shown.is_some_and(|shown| shown.run.id == view.run.id);
            if ui.selectable_label(here, words).clicked() {
                chosen = Some(view.run.id);
            }
        }
    });
    response.response.accessible_name("Relations export");
    chosen
}

fn empty_state(ui: &mut Ui) {
    kit::soft(
        ui,
        "GitLab can export each relation of a project into its own file: issues, merge requests, the repository and so on. This often succeeds when the full archive fails, and one failed relation does not affect the others.",
    );
    kit::faint(ui, relations_hint::LACKS);
}

/// The export itself: GitLab's status, and our phase.
fn export(
    ui: &mut Ui,
    view: &RelationsView,
    cx: &ViewContext<'_>,
    (pending, may_replace): (&mut Pending, bool),
    out: &mut Outbox,
) {
    kit::card(ui, |ui| {
        let t = tokens(ui);
        ui.horizontal(|ui| {
            let title = |ui: &mut Ui| {
                phase_chip(ui, view);
                let path = &view.run.project_path;
                let text = RichText::new(path).text_style(egui::TextStyle::Heading).color(t.text);
                ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(path);
            };
            kit::ends(ui, title, |ui| tools(ui, view, cx, (pending, may_replace), out));
        });
        kit::prose(ui, &view.status.sentence, t.text);
        if let Some(hint) = &view.status.hint {
            kit::soft(ui, kit::hint_words(hint));
        }
        if view.status.skipped > 0 {
            let skipped = format::number_of(view.status.skipped as u64, "file is", "files are");
            let words = format!(
                "{skipped} from the previous export: GitLab skips a repeat within 3 minutes, although it answers 202. Start again later if you need newer data."
            );
            kit::say(ui, Severity::Warn, icons::WARN, &words);
        }
        progress(ui, view, cx);
        if let Some(id) = &view.run.correlation_id {
            kit::pair(ui, "Correlation ID of the export", id);
        }
        if let Some(waiting) = &view.watch.waiting {
            let poll = Retried::Job(JobId::Relations(view.run.id));
            waiting_line(ui, waiting, (poll, " the check of the relations export"), cx, out);
        }
        if let Some(error) = &view.watch.error {
            kit::error(ui, error);
            next_step(ui, error, cx, out);
        }
        kit::faint(ui, relations_hint::lacks(&view.rows));
    });
}

/// The buttons at the right, the most likely one outermost.
fn tools(
    ui: &mut Ui,
    view: &RelationsView,
    cx: &ViewContext<'_>,
    (pending, may_replace): (&mut Pending, bool),
    out: &mut Outbox,
) {
    let blocked = cx.cannot_ask_of(&view.run.instance);
    let asking = pending.is_open().then(|| "Asking GitLab.".to_owned());
    let blocked = blocked.or(asking);
    if let Some(case) = known_case(view, cx) {
        let open = Button::new("Go to the case").icon(icons::CASES).icon_only().quiet();
        if open.show(ui).clicked() {
            out.push(Intent::Select(case));
        }
    }
    let look = Button::new("Check the relations now").icon(icons::REFRESH).icon_only().quiet();
    if look.blocked(blocked.clone()).show(ui).clicked() {
        let (instance, project) = (view.run.instance.clone(), view.run.project_id.to_string());
        let command = RelationsCommand::CheckOnce { instance, project, case: view.run.case_id };
        pending.ask(Command::Relations(command), (), out);
    }
    if view.run.is_ended() || view.status.phase == RelationsPhase::Idle || view.status.stuck {
        let label =
            if view.status.phase == RelationsPhase::Idle { "Start the export" } else { "Start again" };
        let tip = "GitLab regenerates all relations. It cannot regenerate one of them.";
        let button = Button::new(label).icon(icons::EXPORT).tooltip(tip).blocked(blocked);
        let is_next = view.status.ready == 0 || view.status.incomplete > 0;
        let button = if is_next { button.primary() } else { button };
        if button.show(ui).clicked() {
            pending.ask(start(view, may_replace), (), out);
        }
    } else {
        let leave = Button::new("Stop watching").icon(icons::CLOSE).quiet();
        if leave.tooltip("GitLab continues: an export cannot be cancelled.").show(ui).clicked() {
            let command = RelationsCommand::Leave { run: view.run.id };
            out.ask(
                Command::Relations(command),
                IfUnhandled::toast("Export Desk no longer checks this export. GitLab continues."),
            );
        }
    }
}

fn known_case(view: &RelationsView, cx: &ViewContext<'_>) -> Option<CaseId> {
    let id = view.run.case_id?;
    cx.snapshot.cases.iter().any(|case| case.id == id).then_some(id)
}

/// The phase of the export as a chip.
fn phase_chip(ui: &mut Ui, view: &RelationsView) {
    let (severity, glyph, word) = match view.status.phase {
        _ if view.status.stuck => (Severity::Warn, icons::WARN, "Stuck"),
        RelationsPhase::Ready if view.status.incomplete > 0 => {
            (Severity::Warn, icons::WARN, "Records are missing")
        }
        RelationsPhase::Ready => (Severity::Good, icons::GOOD, "Ready"),
        RelationsPhase::SomeFailed => (Severity::Bad, icons::BAD, "Some failed"),
        RelationsPhase::NotRegenerated => (Severity::Bad, icons::BAD, "Not regenerated"),
        RelationsPhase::NotAccepted => (Severity::Bad, icons::BAD, "Not accepted"),
        RelationsPhase::Requested => (Severity::Info, icons::HOURGLASS, "Requested"),
        RelationsPhase::Running => (Severity::Info, icons::RUNNING, "Exporting"),
        RelationsPhase::Unwatched => (Severity::Plain, icons::CLOSE, "Not watched"),
        RelationsPhase::Idle => (Severity::Plain, icons::NONE, "None yet"),
    };
    kit::chip(ui, severity, glyph, word);
}

/// How many relations and batches have ended, of all.
fn progress(ui: &mut Ui, view: &RelationsView, cx: &ViewContext<'_>) {
    let ended = (view.status.ready + view.status.failed) as u64;
    // GitLab lists a relation when its worker starts.
    let to_come = if view.run.is_ended() { 0 } else { view.status.not_listed.len() };
    let all = (view.rows.len() + to_come) as u64;
    let mut parts = Vec::new();
    if all > 0 {
        if !view.run.is_ended() {
            kit::progress(ui, "Relations that have ended", ended, all);
        }
        parts.push(format!("{ended} of {} ended", format::number_of(all, "relation", "relations")));
    }
    let (ready, batches) =
        view.rows.iter().fold((0, 0), |(a, b), row| (a + row.batches_ready, b + row.batches));
    if batches > 0 {
        parts.push(format!(
            "{} of {} ready",
            format::count(ready),
            format::number_of(batches, "batch", "batches")
        ));
    }
    if view.status.failed > 0 {
        parts.push(format!("{} failed", view.status.failed));
    }
    if view.run.started_here {
        parts.push(if view.run.batched {
            "in batches".to_owned()
        } else {
            "one file per relation".to_owned()
        });
        parts.push(format!("requested {}", format::relative(view.run.created_at, cx.now)));
    } else {
        parts.push(format!("found {}", format::relative(view.run.created_at, cx.now)));
    }
    if let Some(at) = view.watch.next_poll_at {
        parts.push(format!("next check {}", format::due(at, cx.now)));
    }
    parts.push(format::host(&view.run.instance).to_owned());
    let text = RichText::new(parts.join(" · ")).size(size::SMALL).color(tokens(ui).soft);
    ui.add(Label::new(text).wrap());
    for warning in &view.run.warnings {
        kit::chip_line(ui, Severity::Warn, icons::WARN, "warning", warning);
    }
    ui.add_space(space::XS);
}

/// What to do after a refusal: GitLab answers 404 for several different reasons.
fn next_step(ui: &mut Ui, error: &UserError, cx: &ViewContext<'_>, out: &mut Outbox) {
    let words = match error.code {
        Code::ExportDisabled => {
            "Ask an administrator to enable migration by direct transfer (setting `bulk_import_enabled`). It is off by default on self-managed GitLab. The file export does not need it."
        }
        Code::NotFoundOrNoAccess => {
            "Check the path, then connect with a token whose user can see the project."
        }
        Code::RoleTooLow => "A relations export needs the role Maintainer and a token with the `api` scope.",
        Code::NoExportFile => {
            "Start the export with this token: GitLab shows each user only their own exports."
        }
        _ => "",
    };
    if !words.is_empty() {
        kit::soft(ui, words);
    }
    if matches!(error.code, Code::NotFoundOrNoAccess | Code::RoleTooLow | Code::ScopeMissing) {
        let button = UiCommand::Connect.button(ui, cx).relabel("Connect with another token");
        if button.show(ui).clicked() {
            out.run(UiCommand::Connect);
        }
    }
}

#[cfg(test)]
mod tests;
