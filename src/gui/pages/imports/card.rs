//! One import: GitLab status and our phase, progress, lost records, and what can be done about them.

use std::sync::Arc;

use egui::{Label, RichText, TextStyle, Ui};

use crate::case::{ImportJob, ImportKind, ImportOutcome, ImportPhase, JobId};
use crate::engine::api::{Command, ImportCommand, ImportView, Retried};
use crate::gui::case::waiting::waiting_line;
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::imports::losses::losses;
use crate::gui::pages::imports::set_card::{moving, set_chip, set_parts};
use crate::gui::theme::{Severity, size, space, tokens};
use crate::gui::view_context::ViewContext;

/// The card of one import; `all` includes the imports that re-import its lost records.
pub fn card(ui: &mut Ui, view: &ImportView, all: &[Arc<ImportView>], cx: &ViewContext<'_>, out: &mut Outbox) {
    let part = moving(view, all);
    head(ui, view, part, out);
    made_of(ui, view, cx);
    let sentence = view.set.as_ref().map_or(&view.status.sentence, |set| &set.sentence);
    kit::prose(ui, sentence, tokens(ui).text);
    if let Some(hint) = &view.status.hint {
        kit::soft(ui, kit::hint_words(hint));
    }
    if let Some(part) = part {
        if !part.job.is_ended() {
            under_way(ui, part, cx, out);
        }
        words(ui, part, cx);
    }
    if let Some(error) = &view.watch.error {
        kit::error(ui, error);
        check_button(ui, &view.job, "Check again", out);
    }
    for warning in &view.job.warnings {
        kit::chip_line(ui, Severity::Warn, icons::WARN, "warning", warning);
    }
    for note in &view.job.notes {
        kit::chip_line(ui, Severity::Info, icons::INFO, "note", note);
    }
    losses(ui, view, all, out);
    if let Some(set) = &view.set {
        set_parts(ui, view, set, out);
    }
    again(ui, view, out);
    made(ui, view, out);
}

fn head(ui: &mut Ui, view: &ImportView, part: Option<&ImportView>, out: &mut Outbox) {
    let job = &view.job;
    let of = format!(" {} of {}", job.id, job.target_path);
    ui.horizontal(|ui| {
        match &view.set {
            Some(set) => set_chip(ui, set),
            None => {
                phase_chip(ui, job);
            }
        }
        if job.test_import.is_some() {
            kit::chip(ui, Severity::Plain, icons::PRACTICE, "test import");
        }
        let path = |ui: &mut Ui| {
            let text = RichText::new(&job.target_path).text_style(TextStyle::Heading).color(tokens(ui).text);
            ui.add(Label::new(text).truncate().show_tooltip_when_elided(false))
                .on_hover_text(&job.target_path);
        };
        kit::ends(ui, path, |ui| {
            if let Some(case) = job.case_id {
                let label = format!("Open the case of import{of}");
                let button = Button::new(&label).caption("Open the case").icon(icons::CASES).quiet();
                if button.show(ui).clicked() {
                    out.push(Intent::Select(case));
                }
            }
            if let Some(part) = part.filter(|part| !part.job.is_ended()) {
                let (caption, tip) = match (&view.set, part.job.is_being_sent()) {
                    (Some(_), _) => {
                        ("Stop the set", "Stops at this part. GitLab imports what it has received.")
                    }
                    (None, true) => ("Stop the upload", "Cancels the upload. GitLab keeps nothing of it."),
                    (None, false) => ("Stop watching", "GitLab continues: an import cannot be cancelled."),
                };
                let label = format!("{caption}: import{of}");
                let button = Button::new(&label).caption(caption).icon(icons::CANCEL).quiet().tooltip(tip);
                if button.show(ui).clicked() {
                    let import = part.job.id;
                    out.ask(Command::Import(ImportCommand::Leave { import }), IfUnhandled::ToastError);
                }
            }
        });
    });
}

/// The phase as a chip.
pub fn phase_chip(ui: &mut Ui, job: &ImportJob) -> egui::Response {
    let (severity, glyph) = match job.phase {
        _ if matches!(job.outcome, Some(ImportOutcome::NoImport)) => {
            return kit::chip(ui, Severity::Plain, icons::NONE, "Not imported");
        }
        _ if matches!(job.outcome, Some(ImportOutcome::Unwatched)) => {
            return kit::chip(ui, Severity::Plain, icons::CLOSE, "Not watched");
        }
        _ if matches!(job.outcome, Some(ImportOutcome::TimedOut)) => {
            return kit::chip(ui, Severity::Bad, icons::CLOCK, "Timed out");
        }
        _ if matches!(job.outcome, Some(ImportOutcome::NotSent { .. })) => {
            return kit::chip(ui, Severity::Bad, icons::BAD, "Not sent");
        }
        ImportPhase::Checking => (Severity::Info, icons::SEARCH),
        ImportPhase::Sending => (Severity::Info, icons::IMPORT),
        ImportPhase::Scheduled => (Severity::Info, icons::HOURGLASS),
        ImportPhase::Running => (Severity::Info, icons::RUNNING),
        ImportPhase::Finished => (Severity::Good, icons::GOOD),
        ImportPhase::Partial => (Severity::Warn, icons::WARN),
        ImportPhase::Failed | ImportPhase::Canceled => (Severity::Bad, icons::BAD),
        ImportPhase::Unknown => (Severity::Warn, icons::INFO),
    };
    let word = match job.phase {
        ImportPhase::Sending => "uploading",
        ImportPhase::Running => "importing",
        phase => phase.as_str(),
    };
    kit::chip(ui, severity, glyph, &format::state(word))
}

fn small(ui: &mut Ui, text: &str) -> egui::Response {
    let color = tokens(ui).faint;
    ui.label(RichText::new(text).size(size::SMALL).color(color))
}

fn made_of(ui: &mut Ui, view: &ImportView, cx: &ViewContext<'_>) {
    let job = &view.job;
    let shown = view.set.as_ref().map_or_else(|| job.kind.shown(), |set| set.list.display().to_string());
    let bytes = match &job.kind {
        ImportKind::File { .. } if view.set.is_some() => {
            let all = view.set.iter().flat_map(|set| &set.parts).map(|part| part.bytes);
            format!(" · {}", format::bytes(all.sum()))
        }
        ImportKind::File { bytes, .. } | ImportKind::Relation { bytes, .. } => {
            format!(" · {}", format::bytes(*bytes))
        }
        ImportKind::Remote { .. } | ImportKind::S3 { .. } | ImportKind::Discovered => String::new(),
    };
    let host = format::host(&job.instance);
    let ago = format::relative(job.created_at, cx.now);
    let text = format!("{}{bytes} · into {host} · {ago}", format::middle(&shown, 64));
    let text = RichText::new(text).size(size::SMALL).color(tokens(ui).faint);
    ui.add(Label::new(text).truncate().show_tooltip_when_elided(false))
        .on_hover_text(format!("{shown}\n{}", job.created_at.for_people()));
}

/// The progress while this computer works on the import.
fn under_way(ui: &mut Ui, view: &ImportView, cx: &ViewContext<'_>, out: &mut Outbox) {
    match view.job.phase {
        ImportPhase::Checking if view.total_bytes > 0 => {
            bar(ui, "Reading the archive", view.verified_bytes, view.total_bytes, "read", &[]);
        }
        ImportPhase::Sending if view.total_bytes > 0 => {
            let speed = (view.bytes_per_s > 0).then(|| format::speed(view.bytes_per_s));
            let left = view.total_bytes.saturating_sub(view.sent_bytes).checked_div(view.bytes_per_s);
            let tries = (view.tries > 1).then(|| format!("try {}, from the start", view.tries));
            let more: Vec<String> = [speed, format::left(left), tries].into_iter().flatten().collect();
            bar(ui, "Upload", view.sent_bytes, view.total_bytes, "uploaded", &more);
        }
        _ => {}
    }
    if let Some(waiting) = &view.watch.waiting {
        let of = format!(" the check of import {}", view.job.id);
        waiting_line(ui, waiting, (Retried::Job(JobId::Import(view.job.id)), &of), cx, out);
    }
}

fn bar(ui: &mut Ui, name: &str, part: u64, whole: u64, word: &str, more: &[String]) {
    kit::progress(ui, name, part, whole);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        let words = format!(
            "{} of {} {word} ({})",
            format::bytes(part),
            format::bytes(whole),
            format::percent(part, whole)
        );
        ui.label(RichText::new(words).color(tokens(ui).text));
        for words in more {
            ui.label(RichText::new(words).color(tokens(ui).soft));
        }
    });
}

/// GitLab's own words, and what is known about the duration.
fn words(ui: &mut Ui, view: &ImportView, cx: &ViewContext<'_>) {
    let job = &view.job;
    if job.server_status.is_some() || job.ended_at.is_some() {
        times(ui, view, cx);
    }
    if let Some(id) = &job.correlation_id {
        kit::pair(ui, &format!("Correlation ID of import {}", job.id), id);
    }
    // The sentence already contains GitLab's error if that is why the import failed.
    let said = matches!(job.outcome, Some(ImportOutcome::Failed { .. }));
    if let Some(error) = job.import_error.as_ref().filter(|_| !said) {
        kit::pair(ui, &format!("GitLab's error of import {}", job.id), error);
    }
}

fn times(ui: &mut Ui, view: &ImportView, cx: &ViewContext<'_>) {
    let job = &view.job;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        if let Some(word) = &job.server_status {
            small(ui, &format!("GitLab status: {word}"));
        }
        if let Some(at) = view.watch.next_poll_at {
            let words = format!("next check {}", format::due(at, cx.now));
            small(ui, &words).on_hover_text(at.for_people());
        }
        if let Some(at) = job.gitlab_ends_at() {
            let words = format!("GitLab ends this import {}", format::relative(at, cx.now));
            small(ui, &words).on_hover_text(at.for_people());
        }
        if let Some(at) = job.ended_at {
            let ended = match job.outcome {
                Some(ImportOutcome::Unwatched) => "watching stopped",
                _ => "ended",
            };
            small(ui, &format!("{ended} {}", format::relative(at, cx.now))).on_hover_text(at.for_people());
        }
    });
}

fn check_button(ui: &mut Ui, job: &ImportJob, caption: &str, out: &mut Outbox) {
    if matches!(job.kind, ImportKind::Relation { .. }) {
        return;
    }
    let label = format!("{caption}: import {} of {}", job.id, job.target_path);
    if Button::new(&label).caption(caption).icon(icons::REFRESH).show(ui).clicked() {
        let project = job.project_id.map_or_else(|| job.target_path.clone(), |id| id.to_string());
        let command = ImportCommand::CheckOnce { instance: job.instance.clone(), project };
        out.ask(Command::Import(command), IfUnhandled::ToastError);
    }
}

/// A rejected import can be sent again; an import that is no longer watched can be checked.
fn again(ui: &mut Ui, view: &ImportView, out: &mut Outbox) {
    let job = &view.job;
    match (&job.outcome, &job.kind) {
        (Some(ImportOutcome::NotSent { .. }), ImportKind::File { .. } | ImportKind::Relation { .. })
            if job.accepted_at.is_none() =>
        {
            let label = format!("Upload import {} of {} again from the start", job.id, job.target_path);
            let button = Button::new(&label).caption("Upload again from the start").icon(icons::RETRY);
            let tip = "GitLab cannot resume uploads. After an interruption, Export Desk uploads again without asking.";
            if button.primary().tooltip(tip).show(ui).clicked() {
                let command = Command::Import(ImportCommand::Again { import: job.id });
                out.ask(command, IfUnhandled::toast("Uploading again from the start"));
            }
        }
        (Some(ImportOutcome::Unwatched), _) => check_button(ui, job, "Watch again", out),
        (Some(ImportOutcome::TimedOut | ImportOutcome::NoImport), _) => {
            check_button(ui, job, "Check again", out);
        }
        _ => {}
    }
}

/// The project that the import created on GitLab, and where a person can delete it.
fn made(ui: &mut Ui, view: &ImportView, out: &mut Outbox) {
    let Some(url) = &view.web_url else { return };
    let job = &view.job;
    let of = format!(" {} of {}", job.id, job.target_path);
    if job.test_import.is_some() && job.is_ended() {
        let words = format!(
            "This test import created {url}. The project stays until somebody deletes it. Export Desk never deletes it."
        );
        kit::soft(ui, words);
    }
    ui.horizontal_wrapped(|ui| {
        let label = format!("Open the project of import{of}");
        let button = Button::new(&label).caption("Open the project").icon(icons::OPEN);
        if button.tooltip(url.as_str()).show(ui).clicked() {
            out.push(Intent::OpenUrl(url.clone()));
        }
        let delete = view.delete_url.as_ref().filter(|_| job.is_ended() && job.repairs.is_none());
        if let Some(delete) = delete {
            let label = format!("Open the project settings of import{of}");
            let button = Button::new(&label).caption("Open the project settings").icon(icons::OPEN).quiet();
            if button.tooltip("There you can delete the project.").show(ui).clicked() {
                out.push(Intent::OpenUrl(delete.clone()));
            }
        }
    });
}
