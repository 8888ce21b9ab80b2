//! The fallback on the page of a case: the offer to rebuild the archive, its progress, its result, and what to do after
//! a failure.

use std::path::PathBuf;

use egui::{Align, Layout, Ui};

use crate::case::fallback::{FallbackReason, RebuildEstimate};
use crate::case::{Case, RebuildJob, RebuildOutcome, RebuildPhase, RebuildRemedy, UserError};
use crate::engine::api::{
    BuildStage, BuildView, Command, RebuildCommand, RebuildView, fallback_estimate, fallback_of,
};
use crate::gui::case::waiting::waiting_chip;
use crate::gui::command::UiCommand;
use crate::gui::dialogs::rebuild_with::RebuildWith;
use crate::gui::dialogs::replace_relations::ReplaceRelations;
use crate::gui::format;
use crate::gui::guide::lesson_of;
use crate::gui::intent::{IfUnhandled, Outbox};
use crate::gui::kit::{self, Button, Step, StepState, icons};
use crate::gui::pages::build_progress::build_progress;
use crate::gui::pages::rebuilt_archive::{ShownArchive, missing, rebuilt_archive};
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
    if let Some(words) = takes(fallback_estimate(cx.snapshot, case)) {
        kit::soft(ui, words);
    }
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        // The NOW card has the primary button of the page; in a lesson, the export leads.
        let rebuild = UiCommand::Rebuild.button(ui, cx);
        let rebuild = if lesson_of(case, cx).is_some() { rebuild.primary() } else { rebuild };
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
        FallbackReason::KnownIssue { symptom, issue: Some(issue) } => {
            format!("Another attempt will most likely fail as well. Known issue {issue}: {symptom}.")
        }
        FallbackReason::KnownIssue { symptom, issue: None } => {
            format!("Another attempt will most likely fail as well. Known cause: {symptom}.")
        }
        FallbackReason::FailedAgain { attempts } => {
            format!("{attempts} attempts have failed, so another one will most likely fail as well.")
        }
    }
}

/// What no export contains, as far as the project may have it.
fn in_neither(case: &Case) -> String {
    format!("Neither contains: {}.", case.project.left_out_in_replies().join(", "))
}

fn takes(estimate: RebuildEstimate) -> Option<String> {
    let stretch = crate::case::format::stretch;
    let export = estimate.export_ms.map(|ms| format!("The last relations export took {}.", stretch(ms)));
    let download =
        estimate.download_ms.map(|ms| format!("The download takes about {} at the last speed.", stretch(ms)));
    let known: Vec<_> = export.into_iter().chain(download).collect();
    (!known.is_empty()).then(|| known.join(" "))
}

fn rebuild(ui: &mut Ui, view: &RebuildView, cx: &ViewContext<'_>, out: &mut Outbox) {
    let job = &view.job;
    let build = job.output.as_ref().map(PathBuf::from);
    let build =
        cx.snapshot.builds.iter().find(|one| Some(&one.output) == build.as_ref() && one.ended.is_none());
    ui.horizontal(|ui| {
        kit::heading(ui, "Rebuilt archive");
        phase_chip(ui, job, verifies(build.map(AsRef::as_ref)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !job.is_ended() && Button::new("Cancel the rebuild").icon(icons::CANCEL).show(ui).clicked() {
                let cancel = RebuildCommand::Cancel { rebuild: job.id };
                out.ask(Command::Rebuild(cancel), IfUnhandled::ToastError);
            }
        });
    });
    kit::stepper(ui, "Progress of the rebuild", &steps(job, build.map(AsRef::as_ref), cx));
    match &job.outcome {
        None => running(ui, view, build.map(AsRef::as_ref), cx),
        Some(RebuildOutcome::Built { archive }) => {
            let case = cx.case.map(|case| case.id);
            rebuilt_archive(ui, ShownArchive::of_rebuild(archive, view.receipt.as_deref(), case), cx, out);
        }
        Some(RebuildOutcome::Failed { error, gaps }) => {
            kit::error(ui, &with_remedy(error, job));
            missing(ui, gaps);
            remedies(ui, job, cx, out);
        }
        Some(RebuildOutcome::Cancelled) => {
            kit::soft(ui, job.sentence());
            remedies(ui, job, cx, out);
        }
    }
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
fn verifies(build: Option<&BuildView>) -> bool {
    build.is_some_and(|build| build.stage == BuildStage::Verifying)
}

fn phase_chip(ui: &mut Ui, job: &RebuildJob, verifies: bool) {
    let (severity, glyph, word) = match job.phase() {
        RebuildPhase::Requesting => (Severity::Info, icons::HOURGLASS, "requesting"),
        RebuildPhase::Exporting => (Severity::Info, icons::RUNNING, "exporting"),
        RebuildPhase::Downloading => (Severity::Info, icons::DOWNLOAD, "downloading"),
        RebuildPhase::Building if verifies => (Severity::Info, icons::RUNNING, "verifying"),
        RebuildPhase::Building => (Severity::Info, icons::RUNNING, "building"),
        RebuildPhase::Built if job.has_gaps() => (Severity::Warn, icons::WARN, "parts are missing"),
        RebuildPhase::Built => (Severity::Good, icons::VERIFIED, "verified"),
        RebuildPhase::Failed => (Severity::Bad, icons::BAD, "failed"),
        RebuildPhase::Cancelled => (Severity::Plain, icons::NONE, "cancelled"),
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
    let stopped = job.is_ended();
    ["Request", "Export", "Download", "Build", "Verify"]
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let (state, note) = match i.cmp(&here) {
                std::cmp::Ordering::Less => (StepState::Passed, String::new()),
                std::cmp::Ordering::Equal if stopped => (StepState::Failed, String::new()),
                std::cmp::Ordering::Equal => (StepState::Here, format::relative(job.step_since, cx.now)),
                std::cmp::Ordering::Greater => (StepState::Ahead, String::new()),
            };
            Step { name: name.to_owned(), note, state }
        })
        .collect()
}

fn running(ui: &mut Ui, view: &RebuildView, build: Option<&BuildView>, cx: &ViewContext<'_>) {
    let job = &view.job;
    kit::prose(ui, &job.sentence(), tokens(ui).text);
    let export = job.run.and_then(|run| cx.snapshot.relations.iter().find(|export| export.run.id == run));
    match (job.phase(), export, build) {
        (RebuildPhase::Exporting, Some(export), _) => {
            let status = &export.status;
            let ended = (status.ready + status.failed) as u64;
            kit::progress(ui, "Exported relations", ended, export.rows.len() as u64);
            kit::soft(ui, &status.sentence);
            checks(ui, view, cx);
        }
        (RebuildPhase::Downloading, Some(export), _) => {
            let Some(download) = &export.download else { return };
            kit::progress(ui, "Downloaded files", download.files_done as u64, download.files_all as u64);
            let files = format!("{} of {} files", download.files_done, download.files_all);
            let words = [files, format::bytes(download.bytes), format::speed(download.bytes_per_s)];
            kit::soft(ui, words.join(" · "));
        }
        (RebuildPhase::Building, _, Some(build)) => build_progress(ui, build, cx),
        _ => {}
    }
}

/// When GitLab is asked next, and until when.
fn checks(ui: &mut Ui, view: &RebuildView, cx: &ViewContext<'_>) {
    let mut words = Vec::new();
    words.extend(view.next_poll_at.map(|at| format!("Next check {}.", format::relative(at, cx.now))));
    words.extend(
        view.checked_until
            .map(|at| format!("If nothing changes until {}, the export counts as stuck.", at.for_people())),
    );
    if !words.is_empty() {
        kit::faint(ui, words.join(" "));
    }
    if let Some(waiting) = &view.waiting {
        waiting_chip(ui, waiting, cx);
    }
}

/// The buttons after a failure, the best one first.
fn remedies(ui: &mut Ui, job: &RebuildJob, cx: &ViewContext<'_>, out: &mut Outbox) {
    let blocked = cx.cannot_ask_of(&job.instance);
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        for (i, remedy) in job.remedies().into_iter().enumerate() {
            let (label, icon) = match remedy {
                RebuildRemedy::Retry => ("Continue the rebuild", icons::RETRY),
                RebuildRemedy::DownloadAgain => ("Download the files again", icons::DOWNLOAD),
                RebuildRemedy::ExportAgain => ("Export the relations again", icons::RETRY),
                RebuildRemedy::UseExisting => ("Use the finished export", icons::DOWNLOAD),
                RebuildRemedy::Replace => ("Replace the finished export…", icons::EXPORT),
                RebuildRemedy::BuildWithGaps => ("Build although parts are missing", icons::ARCHIVE),
            };
            let needs_gitlab = remedy != RebuildRemedy::BuildWithGaps;
            let button = Button::new(label).icon(icon).blocked(blocked.clone().filter(|_| needs_gitlab));
            let button = if i == 0 { button.primary() } else { button };
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

#[cfg(test)]
mod tests;
