//! The commands of rebuilds: start, continue, cancel.

use std::path::{Path, PathBuf};

use crate::case::rebuild::{check_known, check_without};
use crate::case::{
    CaseId, Code, Job, JobId, JobInput, JobKind, MembersChoice, RebuildId, RebuildJob, RebuildOptions,
    RebuildRemedy, RebuildSeen, RebuildSource, RebuildStep, RelationsHint, RelationsId, RelationsOutcome,
    RelationsRun, UserError, UtcMs, same_instance,
};
use crate::engine::api::{Answer, AskId, RebuildCommand};
use crate::engine::builds::{check_members, folder_for};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::happened::Happened;
use crate::engine::jobs::send;
use crate::engine::jobs::table::{JobTable, no_such};
use crate::engine::manifest::Manifest;
use crate::engine::paths::{absolute, text_of_path, tried_folder};
use crate::engine::relations_folder::FolderOwner;
use crate::engine::user_error::defect;
use crate::platform::disk::NewFolders;

use super::{see, work};

pub fn command(core: &mut Core, table: &mut JobTable, ask: AskId, command: RebuildCommand) {
    let now = clock::now();
    let result = match command {
        RebuildCommand::Start { instance, project, case, options } => {
            start(core, table, (&instance, &project), case, options, now).map(Answer::Rebuild)
        }
        RebuildCommand::Resume { rebuild, remedy } => {
            resume(core, table, rebuild, (remedy, false), now).map(|()| Answer::Rebuild(rebuild))
        }
        RebuildCommand::Cancel { rebuild } => cancel(core, table, rebuild, now).map(|()| Answer::Done),
    };
    core.reply(ask, result);
}

/// Continues the rebuilds that have failed only because the program had no token.
pub fn continue_with_token(core: &mut Core, table: &mut JobTable, now: UtcMs) {
    let has_one =
        |id: &RebuildId| table.rebuild(*id).is_some_and(|job| core.sessions.may_have_token(&job.instance));
    let all: Vec<_> = table.rebuilds_running.without_token().filter(has_one).collect();
    for id in all {
        // The snapshot shows a full disk as an error.
        resume(core, table, id, (RebuildRemedy::Retry, false), now).ok();
    }
}

/// Continues the unfinished rebuild of the project, or starts a new one.
fn start(
    core: &mut Core,
    table: &mut JobTable,
    (url, project): (&str, &str),
    case: Option<CaseId>,
    options: RebuildOptions,
    now: UtcMs,
) -> Result<RebuildId, UserError> {
    // Refuses an unusable name of a project before anything is written.
    let (api, _project) = core.api(url, project)?;
    let instance = api.instance_name();
    // An empty path means the default folder, also where another one was chosen before.
    let wants_default = options.folder.as_deref() == Some("");
    let options = absolute_paths(options)?;
    check_members(&options.members)?;
    check_without(&options.without)?;
    check_known(&options.without, &names_of(table, &instance, project))?;
    let open = table.rebuilds().find(|job| job.continues_for(&instance, project)).cloned();
    // Removed again on an error.
    let _tried = try_folders(&options)?;
    if let Some(folder) = &options.folder {
        let known = open.as_ref();
        may_use(
            folder,
            &instance,
            (known.map_or(project, RebuildJob::title), known.and_then(|job| job.project_id)),
        )?;
    }
    if let Some(job) = open {
        let id = job.id;
        let is_reset = wants_default && job.options.folder.is_some();
        let new_folder = new_folder(table, &job, options.folder.as_ref(), is_reset)?;
        table.follow(core, JobId::Rebuild(id));
        table.give_to_case(core, JobId::Rebuild(id), case, now)?;
        table.amend(JobId::Rebuild(id), |job| {
            if let Job::Rebuild(job) = job {
                let typed = options.clone();
                job.options = if job.keeps_options() { typed.over(&job.options) } else { typed };
                job.folder = new_folder.clone().or_else(|| job.folder.take());
                if is_reset {
                    (job.options.folder, job.folder) = (None, None);
                }
            }
        });
        if job.is_ended() {
            let is_moved = (new_folder.is_some() || is_reset) && job.step == RebuildStep::Build;
            let remedy = if is_moved { RebuildRemedy::DownloadAgain } else { chosen(&job, &options) };
            resume(core, table, id, (remedy, options.allow_gaps), now)?;
        } else if !table.rebuilds_running.has(id) {
            work(core, table, id, now);
        } else {
            // Nothing else writes the choices before the next step.
            table.save(core, JobId::Rebuild(id), now)?;
        }
        return Ok(id);
    }
    let JobId::Rebuild(id) = core.store.next_job_id(JobKind::Rebuild).map_err(|error| error.error())? else {
        return Err(defect());
    };
    let options =
        RebuildOptions { limit_bytes: options.limit_bytes.or_else(|| limit_of_case(table, case)), ..options };
    let mut job = RebuildJob::new(id, (&instance, project), case, options, now);
    job.project_path = path_of(table, &instance, project);
    table.put(core, Job::Rebuild(job), Some(false), now)?;
    work(core, table, id, now);
    Ok(id)
}

/// Refuses a folder with the files of another project, before GitLab exports anything for it.
fn may_use(
    folder: &str,
    instance: &str,
    (project, project_id): (&str, Option<u64>),
) -> Result<(), UserError> {
    FolderOwner { instance, project, project_id }.may_use(Path::new(folder))
}

/// The import limit that was chosen last for an archive of this case: it is that of the destination, which is the same.
fn limit_of_case(table: &JobTable, case: Option<CaseId>) -> Option<u64> {
    let case = case?;
    let of_case = table.rebuilds().filter(|job| job.case_id == Some(case));
    of_case.max_by_key(|job| job.created_at)?.options.limit_bytes
}

/// The full path of a project that was named by its ID, as the newest of its exports knows it.
fn path_of(table: &JobTable, instance: &str, project: &str) -> Option<String> {
    let id: u64 = project.parse().ok()?;
    let of_exports =
        table.exports().map(|run| (&run.instance, run.project_id, &run.project_path, run.created_at));
    let of_relations =
        table.all_relations().map(|run| (&run.instance, run.project_id, &run.project_path, run.created_at));
    let is_of_it = |(url, of, ..): &(&String, u64, &String, UtcMs)| *of == id && same_instance(url, instance);
    let known = of_exports.chain(of_relations).filter(is_of_it);
    known.max_by_key(|(.., at)| *at).map(|(_, _, path, _)| path.clone())
}

/// The relations that GitLab has listed of this project.
fn names_of(table: &JobTable, instance: &str, project: &str) -> Vec<String> {
    let is_of_it = |run: &&RelationsRun| {
        same_instance(&run.instance, instance)
            && (run.project_path.eq_ignore_ascii_case(project) || project.parse() == Ok(run.project_id))
    };
    let runs = table.all_relations().filter(is_of_it);
    runs.flat_map(|run| &run.relations).map(|relation| relation.name.clone()).collect()
}

/// Creates the folders of a rebuild and tries them.
fn try_folders(options: &RebuildOptions) -> Result<Vec<NewFolders>, UserError> {
    let mut tried = Vec::new();
    if let Some(folder) = &options.folder {
        tried.push(tried_folder(Path::new(folder), RelationsHint::OtherFolder)?);
    }
    if let Some(output) = &options.output {
        tried.push(folder_for(Path::new(output))?);
    }
    Ok(tried)
}

/// The folder where a rebuild continues, if it is another one than before. Refused while the earlier folder has the
/// files: they would be downloaded again, and nothing would delete the first ones.
fn new_folder(
    table: &JobTable,
    job: &RebuildJob,
    wanted: Option<&String>,
    is_reset: bool,
) -> Result<Option<String>, UserError> {
    let Some(before) = &job.folder else { return Ok(None) };
    if !is_reset && wanted.is_none_or(|wanted| wanted == before) {
        return Ok(None);
    }
    let is_used = table.rebuilds_running.has(job.id) || Manifest::read(Path::new(before)).is_some();
    if !is_used {
        return Ok(wanted.cloned());
    }
    Err(UserError::new(
        Code::Refused,
        format!(
            "The rebuild of {} has its relation files in {before}, and continues only there.",
            job.title()
        ),
        "Name that folder. To continue in another folder, cancel the rebuild and move the files there first.",
    ))
}

fn absolute_paths(options: RebuildOptions) -> Result<RebuildOptions, UserError> {
    let folder = options.folder.filter(|folder| !folder.is_empty());
    let whole = |path: Option<String>| path.map(|path| text_of_path(absolute(path.into()))).transpose();
    let members = match options.members {
        MembersChoice::Table(path) => MembersChoice::Table(text_of_path(absolute(path))?.into()),
        other => other,
    };
    Ok(RebuildOptions { folder: whole(folder)?, output: whole(options.output)?, members, ..options })
}

/// What the options of a repeated command choose. Without a choice, the rebuild continues: it never deletes anything,
/// and never leaves a part out, by itself.
fn chosen(job: &RebuildJob, options: &RebuildOptions) -> RebuildRemedy {
    let possible = job.remedies();
    let wished = match (options.allow_gaps, options.source) {
        (true, _) => RebuildRemedy::BuildWithGaps,
        (false, RebuildSource::Existing) => RebuildRemedy::UseExisting,
        (false, RebuildSource::Replacing) => RebuildRemedy::Replace,
        (false, RebuildSource::New) => RebuildRemedy::Retry,
    };
    let safe = |remedy: &RebuildRemedy| {
        matches!(remedy, RebuildRemedy::DownloadAgain | RebuildRemedy::ExportAgain | RebuildRemedy::Retry)
    };
    if possible.contains(&wished) {
        return wished;
    }
    possible.into_iter().find(safe).unwrap_or(RebuildRemedy::Retry)
}

/// Continues an ended rebuild. `allow_gaps` is a person's agreement to any gap, given with this command.
fn resume(
    core: &mut Core,
    table: &mut JobTable,
    id: RebuildId,
    (remedy, allow_gaps): (RebuildRemedy, bool),
    now: UtcMs,
) -> Result<(), UserError> {
    let Some(job) = table.rebuild(id) else { return Err(no_such(JobId::Rebuild(id))) };
    if let Some(folder) = job.folder.as_ref().or(job.options.folder.as_ref()) {
        may_use(folder, &job.instance, (job.title(), job.project_id))?;
        tried_folder(Path::new(folder), RelationsHint::OtherFolder)?;
    }
    let is_lost = job.run.and_then(|run| table.relations(run)).is_none_or(|run| {
        matches!(run.outcome, Some(RelationsOutcome::NotAccepted { .. } | RelationsOutcome::NotRegenerated))
    });
    let mut resumed = job.resumed(remedy, is_lost);
    if let RebuildSeen::Resumed { allow_gaps: agreed, .. } = &mut resumed {
        *agreed |= allow_gaps;
    }
    see(core, table, id, resumed, now)?;
    if table.rebuild(id).is_some_and(|job| !job.is_ended()) {
        work(core, table, id, now);
    }
    Ok(())
}

pub fn cancel(core: &mut Core, table: &mut JobTable, id: RebuildId, now: UtcMs) -> Result<(), UserError> {
    let Some(job) = table.rebuild(id).cloned() else { return Err(no_such(JobId::Rebuild(id))) };
    table.apply(core, JobId::Rebuild(id), JobInput::Unwatched, now)?;
    table.rebuilds_running.end(id);
    let stops = |run, output| Happened::RebuildCancelled { run, output };
    match job.step {
        RebuildStep::Request => {}
        RebuildStep::Export => {
            // An export that a person watches on its own page stays watched.
            let is_ours = |run: RelationsId| {
                table.relations(run).is_some_and(|run| run.started_here && run.created_at >= job.created_at)
            };
            if let Some(run) = job.run.filter(|run| is_ours(*run)) {
                send::unwatch(core, table, JobId::Relations(run))?;
            }
        }
        RebuildStep::Download => table.tell(stops(job.run, None)),
        RebuildStep::Build => table.tell(stops(None, job.output.map(PathBuf::from))),
    }
    Ok(())
}
