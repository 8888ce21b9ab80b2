//! Rebuilds: requests the relations export, follows it, and has other owners download the files and build the archive.
//!
//! Every step is on disk before it starts, so a restart repeats only the step that was interrupted. The row of a new
//! relations export is written together with the rebuild's, so that no restart can request a second one.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::archive::sha256;
use crate::case::relations::status;
use crate::case::{
    Code, DownloadEnded, JobId, JobInput, JobKind, PartLeftOut, Polled, RebuildId, RebuildJob, RebuildSeen,
    RebuildSource, RebuildStep, RebuiltArchive, RelationsId, RelationsOutcome, RelationsRun, UserError,
    UtcMs, VerifiedFile, same_instance,
};
use crate::engine::api::{AskId, BuildFailed, BuiltArchive, RelationsOptions};
use crate::engine::clock;
use crate::engine::core::{Core, on_disk_thread};
use crate::engine::downloads::FilesEnded;
use crate::engine::happened::Happened;
use crate::engine::input::EngineInput;

use super::input::{JobsInput, RelationsPreflight, RelationsPurpose, RelationsStart};
use super::relations;
use super::table::{JobTable, TrackedJob};

mod command;
mod view;

pub use command::{command, continue_with_token};
pub use view::view;

use command::cancel;

/// Continues the rebuilds that were running when the program ended.
pub fn resume_all(core: &mut Core, table: &mut JobTable, now: UtcMs) {
    for id in open(table, |_| true) {
        work(core, table, id, now);
    }
}

/// Cancels the rebuilds of an instance that no longer exists.
pub fn cancel_all_of(core: &mut Core, table: &mut JobTable, url: &str, now: UtcMs) {
    for id in open(table, |job| same_instance(&job.instance, url)) {
        // The snapshot shows a full disk as an error.
        cancel(core, table, id, now).ok();
    }
}

fn open(table: &JobTable, which: impl Fn(&RebuildJob) -> bool) -> Vec<RebuildId> {
    table.rebuilds().filter(|job| !job.is_ended() && which(job)).map(|job| job.id).collect()
}

/// Applies an observation. An ended rebuild is no longer worked on.
fn see(
    core: &mut Core,
    table: &mut JobTable,
    id: RebuildId,
    seen: RebuildSeen,
    now: UtcMs,
) -> Result<(), UserError> {
    table.apply(core, JobId::Rebuild(id), JobInput::Polled(Polled::Rebuild(seen)), now)?;
    if table.rebuild(id).is_none_or(RebuildJob::is_ended) {
        table.rebuilds_running.end(id);
    }
    Ok(())
}

/// Applies an observation and does what the next step needs.
fn see_and_work(core: &mut Core, table: &mut JobTable, id: RebuildId, seen: RebuildSeen, now: UtcMs) {
    let step = |table: &JobTable| table.rebuild(id).map(|job| job.step);
    let before = step(table);
    if let Err(error) = see(core, table, id, seen, now) {
        // The step is repeated after the next start. Until then the snapshot shows the full disk.
        tracing::error!(code = error.code.as_str(), "a rebuild stops");
        return stop(table, id);
    }
    if step(table) != before && table.rebuild(id).is_some_and(|job| !job.is_ended()) {
        work(core, table, id, now);
    }
}

/// The store cannot be written: nothing more is done until a person, or the next start, continues the rebuild.
fn stop(table: &mut JobTable, id: RebuildId) {
    table.rebuilds_running.end(id);
    table.touch(JobKind::Rebuild);
}

/// A step has failed.
pub fn failed(core: &mut Core, table: &mut JobTable, id: RebuildId, failed: BuildFailed, now: UtcMs) {
    let BuildFailed { error, gaps } = failed;
    if error.code.lacks_token() {
        table.rebuilds_running.await_token(id);
    }
    see_and_work(core, table, id, RebuildSeen::Failed { error, gaps }, now);
}

/// Starts, or repeats, the current step.
fn work(core: &mut Core, table: &mut JobTable, id: RebuildId, now: UtcMs) {
    let Some(job) = table.rebuild(id).cloned() else { return };
    table.rebuilds_running.begin(id);
    table.touch(JobKind::Rebuild);
    let project = job.project_id.map_or_else(|| job.project.clone(), |id| id.to_string());
    match job.step {
        RebuildStep::Request => {
            let replace = job.options.source == RebuildSource::Replacing;
            let start = RelationsStart { batched: true, collect: true, replace, rebuild: Some(id) };
            let purpose = RelationsPurpose::Start { case: job.case_id, start };
            ask_gitlab(core, table, (id, &job.instance, &project), purpose, now);
        }
        RebuildStep::Export => {
            let Some(run) = job.run else { return };
            // Shows a full disk as an error; the export is polled nevertheless.
            table.apply(core, JobId::Relations(run), JobInput::Watched, now).ok();
            if table.relations(run).is_some_and(|run| !run.is_ended()) {
                table.poll_in(JobId::Relations(run), Duration::ZERO, now);
            }
        }
        RebuildStep::Download => {
            let folder = job.folder.or(job.options.folder).map(PathBuf::from);
            let options = RelationsOptions { folder, ..RelationsOptions::default() };
            let purpose = RelationsPurpose::Download { case: job.case_id, options, rebuild: Some(id) };
            ask_gitlab(core, table, (id, &job.instance, &project), purpose, now);
        }
        RebuildStep::Build => match (&job.naming, &job.output) {
            (Some(archive), Some(_)) => find_named(core, id, archive),
            _ => want_build(table, &job),
        },
    }
}

fn ask_gitlab(
    core: &mut Core,
    table: &mut JobTable,
    (id, instance, project): (RebuildId, &str, &str),
    purpose: RelationsPurpose,
    now: UtcMs,
) {
    match core.api(instance, project) {
        Ok(_) => relations::start_preflight(core, AskId::NO_REPLY, (instance, project), purpose),
        Err(error) => failed(core, table, id, error.into(), now),
    }
}

fn want_build(table: &mut JobTable, job: &RebuildJob) {
    let Some(folder) = job.folder.clone().map(PathBuf::from) else { return };
    let options = Box::new(job.options.clone());
    table.tell(Happened::BuildWanted { rebuild: job.id, folder, options });
}

/// Checks whether the archive got its name before the program ended.
fn find_named(core: &Core, id: RebuildId, archive: &RebuiltArchive) {
    // The digest of a set is that of its list. The folder of a set gets its name with all its files.
    let (path, digest) = (PathBuf::from(&archive.path), archive.file.sha256.clone());
    let is_same = move || {
        let is_file = path.symlink_metadata().is_ok_and(|facts| facts.is_file());
        is_file && File::open(&path).and_then(sha256).is_ok_and(|found| found == digest)
    };
    let work = async move { on_disk_thread(is_same).await };
    core.spawn(work, move |is_same| {
        EngineInput::Jobs(JobsInput::RebuildNamed { id, is_there: is_same.unwrap_or(false) })
    });
}

/// It is known whether the archive got its name before the program ended.
pub fn named(core: &mut Core, table: &mut JobTable, id: RebuildId, is_there: bool) {
    let Some(job) = table.rebuild(id).cloned() else { return };
    match job.naming.clone().filter(|_| is_there) {
        Some(archive) => built(core, table, &job, archive, clock::now()),
        None => want_build(table, &job),
    }
}

/// GitLab's relations export is known: requested, or found. `Ok(None)` means that the request is on its way, and that
/// the rebuild is linked to it already.
pub fn found(
    core: &mut Core,
    table: &mut JobTable,
    id: RebuildId,
    result: Result<Option<RelationsId>, UserError>,
    preflight: &RelationsPreflight,
) {
    let now = clock::now();
    match result {
        Ok(None) => {}
        Ok(Some(run)) => see_and_work(core, table, id, exporting(run, preflight), now),
        Err(error) => failed(core, table, id, error.into(), now),
    }
}

/// The observation that this relations export is the rebuild's.
pub fn exporting(run: RelationsId, preflight: &RelationsPreflight) -> RebuildSeen {
    let project = &preflight.project;
    RebuildSeen::Exporting { run, project_id: project.id, project_path: project.path_with_namespace.clone() }
}

/// The files of a rebuild's relations export can be requested. Returns false where the list is that of another export,
/// which the rebuild then waits for.
pub fn may_download(
    core: &mut Core,
    table: &mut JobTable,
    id: RebuildId,
    run: RelationsId,
    preflight: &RelationsPreflight,
) -> bool {
    if table.rebuild(id).is_some_and(|job| job.run == Some(run)) {
        return true;
    }
    see_and_work(core, table, id, exporting(run, preflight), clock::now());
    false
}

/// The export that the rebuild found before a restart, and that has ended since: its files are what is wanted.
pub fn existing(table: &JobTable, id: RebuildId, latest: Option<&RelationsRun>) -> Option<RelationsId> {
    let job = table.rebuild(id)?;
    let ended_well = |run: &&RelationsRun| {
        matches!(run.outcome, Some(RelationsOutcome::Complete | RelationsOutcome::SomeFailed))
    };
    let run = latest.filter(ended_well).filter(|run| run.created_at >= job.step_since)?;
    Some(run.id)
}

/// Whether the rebuild uses the finished export that GitLab has.
pub fn wants_existing(table: &JobTable, id: RebuildId) -> bool {
    table.rebuild(id).is_some_and(|job| job.options.source == RebuildSource::Existing)
}

/// Whether the rebuild still waits for an answer about this step.
pub fn waits_for(table: &JobTable, id: RebuildId, step: RebuildStep) -> bool {
    table.rebuild(id).is_some_and(|job| !job.is_ended() && job.step == step)
}

/// The files go to this folder, and are downloading.
pub fn downloading(core: &mut Core, table: &mut JobTable, id: RebuildId, folder: &Path) {
    table.rebuilds_running.await_files(id);
    let folder = folder.display().to_string();
    see_and_work(core, table, id, RebuildSeen::Downloading { folder }, clock::now());
}

/// The requested files of a relations export have ended.
pub fn files_ended(core: &mut Core, table: &mut JobTable, run: RelationsId, ended: &FilesEnded) {
    let now = clock::now();
    for id in open(table, |job| job.run == Some(run) && job.step == RebuildStep::Download) {
        if !table.rebuilds_running.take_files(id) {
            continue;
        }
        match ended {
            FilesEnded::Complete => see_and_work(core, table, id, RebuildSeen::Downloaded, now),
            FilesEnded::Failed(error) => failed(core, table, id, error.clone().into(), now),
            // The snapshot shows a full disk as an error.
            FilesEnded::Cancelled => drop(cancel(core, table, id, now)),
        }
    }
}

/// The build begins, with this path.
pub fn building(
    core: &mut Core,
    table: &mut JobTable,
    id: RebuildId,
    output: &Path,
) -> Result<(), UserError> {
    let output = output.display().to_string();
    see(core, table, id, RebuildSeen::Building { output }, clock::now())
}

/// An archive is about to get its name. It gets the name only if the store knows.
pub fn naming(
    core: &mut Core,
    table: &mut JobTable,
    output: &Path,
    archive: &BuiltArchive,
    recorded: oneshot::Sender<()>,
) {
    let may = match of_output(table, output) {
        None => true,
        Some(job) => {
            let archive = Box::new(rebuilt(archive));
            see(core, table, job.id, RebuildSeen::Naming { archive }, clock::now()).is_ok()
        }
    };
    if may {
        // This fails where the waiting build was cancelled.
        recorded.send(()).ok();
    }
}

/// A build has ended.
pub fn build_ended(
    core: &mut Core,
    table: &mut JobTable,
    output: &Path,
    result: Result<Arc<BuiltArchive>, BuildFailed>,
) {
    let Some(job) = of_output(table, output) else { return };
    let now = clock::now();
    match result {
        Ok(archive) => built(core, table, &job, Box::new(rebuilt(&archive)), now),
        Err(error) => failed(core, table, job.id, error, now),
    }
}

fn of_output(table: &JobTable, output: &Path) -> Option<RebuildJob> {
    let is_it = |job: &&RebuildJob| {
        !job.is_ended()
            && job.step == RebuildStep::Build
            && job.output.as_deref().is_some_and(|path| Path::new(path) == output)
    };
    table.rebuilds().find(is_it).cloned()
}

fn built(core: &mut Core, table: &mut JobTable, job: &RebuildJob, archive: Box<RebuiltArchive>, now: UtcMs) {
    let file = archive.file.clone();
    if see(core, table, job.id, RebuildSeen::Built { archive }, now).is_err() {
        // The next start finds the archive under its name.
        return stop(table, job.id);
    }
    if let Some(case) = job.case_id {
        let ended = DownloadEnded { ended_at: now, result: Ok(file) };
        table.tell(Happened::DownloadEnded { case, ended });
    }
}

/// A finished archive in the form that the job keeps.
fn rebuilt(archive: &BuiltArchive) -> RebuiltArchive {
    let receipt = &archive.receipt;
    RebuiltArchive {
        path: receipt.path.display().to_string(),
        file: VerifiedFile {
            bytes: archive.bytes(),
            sha256: receipt.sha256.clone(),
            verdict: receipt.verdict.clone(),
            rebuilt: receipt.rebuilt.clone(),
        },
        parts: archive.parts.clone(),
        receipt: serde_json::to_value(receipt.as_ref()).unwrap_or_default(),
        gaps: archive.gaps.clone(),
        filled: archive.filled.clone(),
        left_out: archive.left_out.iter().map(PartLeftOut::from).collect(),
        notes: archive.notes.clone(),
        doubts: archive.doubts.clone(),
    }
}

/// Moves on the rebuilds whose relations export has ended.
pub fn advance(core: &mut Core, table: &mut JobTable, now: UtcMs) {
    let waiting = |job: &RebuildJob| job.step == RebuildStep::Export;
    for id in open(table, waiting) {
        if !table.rebuilds_running.has(id) {
            continue;
        }
        let run = table.rebuild(id).and_then(|job| job.run);
        let Some(tracked) = run.and_then(|run| table.get(JobId::Relations(run))) else { continue };
        let ended = end_of_export(core, tracked, now);
        table.as_follower(core, JobId::Rebuild(id), |table, core| match ended {
            None => {}
            Some(Ok(())) => see_and_work(core, table, id, RebuildSeen::Exported, now),
            Some(Err(Stop::Unwatched)) => drop(cancel(core, table, id, now)),
            Some(Err(Stop::Failed(error))) => failed(core, table, id, (*error).into(), now),
        });
    }
}

enum Stop {
    Failed(Box<UserError>),
    Unwatched,
}

/// How the relations export ended for a rebuild; `None` while GitLab works on it. Failed relations are no reason to
/// stop: the others are downloaded before GitLab deletes them.
fn end_of_export(core: &Core, tracked: &TrackedJob, now: UtcMs) -> Option<Result<(), Stop>> {
    let run = tracked.job.relations()?;
    let status = status(run, &core.timing.job_timing().relations, now);
    let failed = || {
        let error = UserError::new(
            Code::ExportFailed,
            status.sentence.clone(),
            status.hint.clone().unwrap_or_default(),
        );
        Stop::Failed(Box::new(error.with_correlation_id(run.correlation_id.clone())))
    };
    match &run.outcome {
        Some(RelationsOutcome::Complete | RelationsOutcome::SomeFailed) => Some(Ok(())),
        Some(RelationsOutcome::NotRegenerated) => Some(Err(failed())),
        Some(RelationsOutcome::NotAccepted { error }) => Some(Err(Stop::Failed(Box::new(error.clone())))),
        Some(RelationsOutcome::Unwatched) => Some(Err(Stop::Unwatched)),
        None if status.stuck => Some(Err(failed())),
        None => tracked.polling.error.clone().map(|error| Err(Stop::Failed(Box::new(error)))),
    }
}
