//! The fallback on the page of a case: the offer to rebuild the archive, its progress, its result, and what to do after
//! a failure.

use std::path::PathBuf;

use egui::{Align, Layout, Ui};

use crate::case::fallback::{FallbackReason, RebuildEstimate};
use crate::case::{
    Case, JobId, RebuildJob, RebuildOutcome, RebuildPhase, RebuildRemedy, RebuildStep, UserError,
};
use crate::engine::api::{
    BuildStage, BuildView, Command, RebuildCommand, RebuildView, Retried, fallback_estimate, fallback_of,
    rebuilt_archive_of,
};
use crate::gui::case::rebuild_now::rebuild_step;
use crate::gui::case::waiting::waiting_line;
use crate::gui::command::UiCommand;
use crate::gui::dialogs::rebuild_with::RebuildWith;
use crate::gui::dialogs::replace_relations::ReplaceRelations;
use crate::gui::format;
use crate::gui::guide::{export_leads, lesson_of};
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, Step, StepState, icons};
use crate::gui::pages::build_progress::build_progress;
use crate::gui::pages::rebuilt_archive::{ShownArchive, rebuilt_archive, refused_for};
use crate::gui::theme::{Severity, space, tokens};
use crate::gui::view_context::ViewContext;

/// Shows the rebuild of the selected case, or offers one where another export will not help.
pub fn fallback_card(ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(case) = cx.case else { return };
    if let Some(view) = cx.rebuild {
        ui.separator();
        return rebuild(ui, view, cx, out);
    }
    let Some(reason) = fallback_of(cx.snapshot, case) else { return };
    ui.separator();
    offer(ui, &reason, case, cx, out);
}

/// Whether the fallback is offered or used: then nothing else of the export says what to do.
pub fn is_offered(cx: &ViewContext<'_>) -> bool {
    cx.rebuild.is_some() || cx.case.is_some_and(|case| fallback_of(cx.snapshot, case).is_some())
}

fn offer(ui: &mut Ui, reason: &FallbackReason, case: &Case, cx: &ViewContext<'_>, out: &mut Outbox) {
    kit::heading(ui, "Fallback: rebuild the archive");
    kit::prose(ui, &why(reason), tokens(ui).text);
    kit::soft(
        ui,
        "Export Desk can rebuild an archive from GitLab's relations export. GitLab can import such an archive, but does \
         not support it officially.",
    );
    kit::soft(
        ui,
        "The wiki and the files of snippets are read from GitLab and added. The members are left out, unless you choose \
         them in the options.",
    );
    kit::soft(ui, in_neither(case));
    kit::soft(ui, takes(fallback_estimate(cx.snapshot, case)));
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        // The NOW card has the primary button of the page; in a lesson, the export leads.
        let rebuild = UiCommand::Rebuild.button(ui, cx);
        let rebuild = if export_leads(cx) { rebuild.primary() } else { rebuild };
        if rebuild.show(ui).clicked() {
            out.run(UiCommand::Rebuild);
        }
        if UiCommand::RebuildWith.button(ui, cx).show(ui).clicked() {
            out.run(UiCommand::RebuildWith);
        }
        let show = UiCommand::Relations.button(ui, cx).relabel("Show the relations export");
        if show.quiet().show(ui).clicked() {
            out.run(UiCommand::Relations);
        }
    });
}

fn why(reason: &FallbackReason) -> String {
    match reason {
        FallbackReason::KnownIssue { symptom, issue: Some(issue), because } => {
            format!("Known issue {issue}: {symptom}. {because}")
        }
        FallbackReason::KnownIssue { symptom, issue: None, because } => {
            format!("Known problem: {symptom}. {because}")
        }
        FallbackReason::FailedAgain { attempts } => format!("{attempts} attempts have failed."),
    }
}

/// What no export contains, as far as the project may have it.
fn in_neither(case: &Case) -> String {
    let lacking = case.project.left_out_in_replies().join(", ");
    format!("Like every export of GitLab, the archive does not contain: {lacking}.")
}

/// How long it takes, and which disk it needs. What is not known is said, too.
fn takes(estimate: RebuildEstimate) -> String {
    let stretch = crate::case::format::stretch;
    let export = match (estimate.export_ms, estimate.failed_ms) {
        (Some(ms), _) => format!("The last relations export took {}.", stretch(ms)),
        (None, Some(ms)) => {
            format!("The failed export ran for {}. The relations export may take as long.", stretch(ms))
        }
        (None, None) => "It is not known how long the relations export takes.".to_owned(),
    };
    let download =
        estimate.download_ms.map(|ms| format!("The download takes about {} at the last speed.", stretch(ms)));
    let disk = match estimate.bytes {
        Some(bytes) => format!(
            "GitLab counts {} for the project, without its issues, merge requests and pipelines. The disk needs room for \
             all of it twice: for the relation files and for the archive.",
            format::bytes(bytes)
        ),
        None => "The disk needs room for the relation files and for the archive. GitLab does not tell this token how \
                 large the project is."
            .to_owned(),
    };
    [Some(export), download, Some(disk)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn rebuild(ui: &mut Ui, view: &RebuildView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let (job, build) = (&view.job, build_of(view, cx));
    // The NOW card has the main button, except in a lesson.
    let is_now = rebuild_step(cx).is_some() && cx.case.is_none_or(|case| lesson_of(case, cx).is_none());
    ui.horizontal(|ui| {
        kit::heading(ui, "Rebuilt archive");
        phase_chip(ui, view, verifies(build));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let cancel = UiCommand::CancelRebuild.button(ui, cx);
            if !job.is_ended() && job.phase() != RebuildPhase::Built && cancel.show(ui).clicked() {
                out.run(UiCommand::CancelRebuild);
            }
        });
    });
    kit::stepper(ui, "Progress of the rebuild", &steps(job, build, cx));
    match &job.outcome {
        None if view.rests() => {
            kit::soft(ui, "The rebuild does not run. Continue it, or cancel it.");
            let button = UiCommand::ContinueRebuild.button(ui, cx);
            let button = if export_leads(cx) { button.primary() } else { button };
            if !is_now && button.show(ui).clicked() {
                out.run(UiCommand::ContinueRebuild);
            }
        }
        None => {
            kit::prose(ui, &job.sentence(), tokens(ui).text);
            running(ui, view, build, cx, out);
        }
        Some(RebuildOutcome::Built { archive }) => {
            let case = cx.case.map(|case| case.id);
            rebuilt_archive(ui, ShownArchive::of_rebuild(archive, view.receipt.as_ref(), case), cx, out);
        }
        Some(RebuildOutcome::Failed { error, gaps }) => {
            kit::error(ui, &with_remedy(error, job));
            refused_for(ui, gaps);
            stopped(ui, job, cx);
            remedies(ui, job, is_now, cx, out);
        }
        Some(RebuildOutcome::Cancelled) => {
            kit::soft(ui, job.sentence());
            stopped(ui, job, cx);
            remedies(ui, job, is_now, cx, out);
        }
    }
    earlier_archive(ui, job, cx, out);
}

/// The case's last archive, while a newer rebuild has none.
fn earlier_archive(ui: &mut Ui, job: &RebuildJob, cx: &ViewContext<'_>, out: &mut Outbox) {
    let Some(case) = cx.case.filter(|_| job.archive().is_none()) else { return };
    let Some(view) = rebuilt_archive_of(cx.snapshot, case) else { return };
    let Some(archive) = view.job.archive() else { return };
    ui.separator();
    kit::heading(ui, "Earlier rebuilt archive");
    if let Some(ended_at) = view.job.ended_at {
        kit::faint(ui, format!("Rebuilt {}.", format::relative(ended_at, cx.now)))
            .on_hover_text(ended_at.for_people());
    }
    let shown = ShownArchive::of_rebuild(archive, view.receipt.as_ref(), Some(case.id)).of_earlier();
    rebuilt_archive(ui, shown, cx, out);
}

/// The running build of a rebuild.
pub fn build_of<'a>(view: &RebuildView, cx: &ViewContext<'a>) -> Option<&'a BuildView> {
    let output = view.job.output.as_ref().map(PathBuf::from)?;
    cx.snapshot.builds.iter().map(AsRef::as_ref).find(|one| one.output == output && one.ended.is_none())
}

/// When it ended, so that a rebuild that fails again at once does not look untouched, and what the first button does.
fn stopped(ui: &mut Ui, job: &RebuildJob, cx: &ViewContext<'_>) {
    let Some(ended_at) = job.ended_at else { return };
    let ended = format!("Stopped {}.", format::relative(ended_at, cx.now));
    let first = job.remedies().first().map(|remedy| {
        let (label, _) = button_of(*remedy);
        format!("“{label}”: {}", effect(*remedy, job.step))
    });
    let words = [Some(ended), first].into_iter().flatten().collect::<Vec<_>>().join(" ");
    kit::faint(ui, words).on_hover_text(ended_at.for_people());
}

/// The error with the next step that its buttons offer.
fn with_remedy(error: &UserError, job: &RebuildJob) -> UserError {
    let hint = match job.remedies().as_slice() {
        [RebuildRemedy::ExportAgain, RebuildRemedy::BuildWithGaps] => {
            "GitLab did not write it. Export the relations again, or build the archive without it."
        }
        [RebuildRemedy::DownloadAgain, RebuildRemedy::BuildWithGaps] => {
            "Download the files again, or build the archive without it."
        }
        _ => return error.clone(),
    };
    UserError { hint: hint.into(), ..error.clone() }
}

/// Whether the archive is built, and read again.
pub fn verifies(build: Option<&BuildView>) -> bool {
    build.is_some_and(|build| build.stage == BuildStage::Verifying)
}

pub fn phase_chip(ui: &mut Ui, view: &RebuildView, verifies: bool) {
    let phase = view.job.phase();
    if view.rests() {
        kit::chip(ui, Severity::Warn, icons::PAUSE, "Paused");
        return;
    }
    let (severity, glyph) = match phase {
        RebuildPhase::Requesting => (Severity::Info, icons::HOURGLASS),
        RebuildPhase::Exporting | RebuildPhase::Building => (Severity::Info, icons::RUNNING),
        RebuildPhase::Downloading => (Severity::Info, icons::DOWNLOAD),
        RebuildPhase::Built if view.job.has_gaps() => (Severity::Warn, icons::WARN),
        RebuildPhase::Built => (Severity::Good, icons::VERIFIED),
        RebuildPhase::Failed => (Severity::Bad, icons::BAD),
        RebuildPhase::Cancelled => (Severity::Plain, icons::NONE),
    };
    let word = match phase {
        _ if verifies => "Verifying",
        RebuildPhase::Built if view.job.has_gaps() => "Data is missing",
        _ => phase.label(),
    };
    kit::chip(ui, severity, glyph, word);
}

fn steps(job: &RebuildJob, build: Option<&BuildView>, cx: &ViewContext<'_>) -> Vec<Step> {
    let here = match job.step {
        _ if job.archive().is_some() => 5,
        crate::case::RebuildStep::Request => 0,
        crate::case::RebuildStep::Export => 1,
        crate::case::RebuildStep::Download => 2,
        crate::case::RebuildStep::Build if verifies(build) => 4,
        crate::case::RebuildStep::Build => 3,
    };
    let cancelled = job.phase() == RebuildPhase::Cancelled;
    let stopped = job.is_ended();
    ["Request", "Export", "Download", "Build", "Verify"]
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let (state, note) = match i.cmp(&here) {
                std::cmp::Ordering::Less => (StepState::Passed, String::new()),
                std::cmp::Ordering::Equal if cancelled => (StepState::Ahead, "Cancelled".to_owned()),
                std::cmp::Ordering::Equal if stopped => (StepState::Failed, String::new()),
                std::cmp::Ordering::Equal => (StepState::Here, format::relative(job.step_since, cx.now)),
                std::cmp::Ordering::Greater => (StepState::Ahead, String::new()),
            };
            Step { name: name.to_owned(), note, state }
        })
        .collect()
}

/// The progress of a rebuild at its current step.
fn running(
    ui: &mut Ui,
    view: &RebuildView,
    build: Option<&BuildView>,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    let job = &view.job;
    let export = job.run.and_then(|run| cx.snapshot.relations.iter().find(|export| export.run.id == run));
    match (job.phase(), export, build) {
        (RebuildPhase::Exporting, Some(export), _) => {
            let status = &export.status;
            let ended = (status.ready + status.failed) as u64;
            // GitLab lists a relation when its worker starts.
            let all = export.rows.len() + status.not_listed.len();
            kit::progress(ui, "Exported relations", ended, all as u64);
            kit::soft(ui, &status.sentence);
            checks(ui, view, cx, out);
        }
        (RebuildPhase::Downloading, Some(export), _) => {
            let Some(download) = &export.download else { return };
            kit::progress(ui, "Downloaded files", download.files_done as u64, download.files_all as u64);
            let files = format!("{} of {} files", download.files_done, download.files_all);
            let words = [files, format::bytes(download.bytes), format::speed(download.bytes_per_s)];
            kit::soft(ui, words.join(" · "));
            if export.status.incomplete > 0 {
                // The build would be refused after a download that may take hours.
                kit::say(ui, Severity::Warn, icons::WARN, &export.status.sentence);
            }
        }
        (RebuildPhase::Building, _, Some(build)) => build_progress(ui, build, cx),
        _ => {}
    }
}

/// When GitLab is asked next, and until when.
fn checks(ui: &mut Ui, view: &RebuildView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let mut words = Vec::new();
    words.extend(view.next_poll_at.map(|at| format!("Next check {}.", format::due(at, cx.now))));
    words.extend(
        view.checked_until
            .map(|at| format!("If nothing changes by {}, the export counts as stuck.", at.for_people())),
    );
    if !words.is_empty() {
        kit::faint(ui, words.join(" "));
    }
    if let Some((waiting, run)) = view.waiting.as_ref().zip(view.job.run) {
        let poll = Retried::Job(JobId::Relations(run));
        waiting_line(ui, waiting, (poll, " the check of the relations export"), cx, out);
    }
}

/// The buttons after a failure, the best one first; the NOW card may have that one.
fn remedies(ui: &mut Ui, job: &RebuildJob, is_now: bool, cx: &ViewContext<'_>, out: &mut Outbox) {
    let blocked = cx.cannot_ask_of(&job.instance);
    let leads = export_leads(cx);
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        for (i, remedy) in job.remedies().into_iter().enumerate().skip(usize::from(is_now)) {
            let (label, icon) = button_of(remedy);
            let needs_gitlab = remedy != RebuildRemedy::BuildWithGaps;
            let button = Button::new(label).icon(icon).blocked(blocked.clone().filter(|_| needs_gitlab));
            let pointed = i == 0 && cx.next == Some(UiCommand::ContinueRebuild);
            let button = button.tooltip(effect(remedy, job.step)).pointed(pointed);
            let button = if i == 0 && leads { button.primary() } else { button };
            if !button.show(ui).clicked() {
                continue;
            }
            if remedy == RebuildRemedy::Replace {
                out.open(ReplaceRelations::of(job));
            } else {
                let resume = RebuildCommand::Resume { rebuild: job.id, remedy };
                out.ask(Command::Rebuild(resume), IfUnhandled::ToastError);
            }
        }
        let other = Button::new("Change the options…").icon(icons::EDIT).blocked(blocked);
        if other.quiet().show(ui).clicked() {
            out.open(RebuildWith::again(job));
        }
    });
}

/// The label and the icon of a remedy's button.
pub fn button_of(remedy: RebuildRemedy) -> (&'static str, icons::MaterialIcon) {
    match remedy {
        RebuildRemedy::Retry => ("Continue the rebuild", icons::RETRY),
        RebuildRemedy::DownloadAgain => ("Download the files again", icons::DOWNLOAD),
        RebuildRemedy::ExportAgain => ("Export the relations again", icons::RETRY),
        RebuildRemedy::UseExisting => ("Use the finished export", icons::DOWNLOAD),
        RebuildRemedy::Replace => ("Replace the finished export…", icons::EXPORT),
        RebuildRemedy::BuildWithGaps => ("Build although data is missing", icons::ARCHIVE),
    }
}

/// What a remedy does, in one sentence.
fn effect(remedy: RebuildRemedy, step: RebuildStep) -> &'static str {
    match (remedy, step) {
        (RebuildRemedy::Retry, RebuildStep::Request) => {
            "Requests the relations export again, then downloads its files and builds the archive."
        }
        (RebuildRemedy::Retry, RebuildStep::Export) => {
            "Checks the relations export again, then downloads its files and builds the archive."
        }
        (RebuildRemedy::Retry, RebuildStep::Download) => {
            "Downloads what is still missing, then builds the archive."
        }
        (RebuildRemedy::Retry, RebuildStep::Build) => "Builds the archive from the downloaded files again.",
        (RebuildRemedy::DownloadAgain, _) => "Downloads what is missing or damaged, then builds the archive.",
        (RebuildRemedy::ExportAgain, _) => {
            "GitLab exports all relations again. Then Export Desk downloads them and builds the archive."
        }
        (RebuildRemedy::UseExisting, _) => "Downloads the files that GitLab has, then builds the archive.",
        (RebuildRemedy::Replace, _) => "Asks first: GitLab deletes the files of the finished export.",
        (RebuildRemedy::BuildWithGaps, _) => {
            "Builds the archive from the downloaded files. The receipt says what is missing."
        }
    }
}

#[cfg(test)]
mod tests;
