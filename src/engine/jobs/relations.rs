//! Relations exports: each command first polls GitLab, and one call per poll covers all relations. Downloads of the
//! files are elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::relations::{Batch, RelationsTiming, status};
use crate::case::{
    CaseId, Code, Job, JobId, JobInput, JobKind, Polled, Relation, RelationPhase, RelationsHint, RelationsId,
    RelationsOutcome, RelationsRun, UserError, UtcMs,
};
use crate::engine::access::{ApiAccess, OnWait, PollFailed, poll_once};
use crate::engine::api::{Answer, AskId, RelationRow, RelationsSeen, RelationsView};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::happened::Happened;
use crate::engine::input::EngineInput;
use crate::engine::limiter::Limit;
use crate::engine::manifest::SourceFacts;
use crate::engine::preflight::{ProjectAsk, deletion_warning, find_project};
use crate::engine::send::SendRequest;
use crate::engine::user_error::defect;
use crate::gitlab::{Arrival, Client, Error, Meaning, Project, ProjectKey, RelationExport};

use super::input::{AcceptedRequest, JobsInput, RelationsPreflight, RelationsPurpose, RelationsStart};
use super::source_facts::source;
use super::table::{JobTable, TrackedJob, no_such};
use super::{rebuild, send};

/// How many times a start is tried that GitLab says has failed.
const MOST_STARTS: u32 = 3;

/// Runs the preflight of a project and its relations, and then does what `purpose` says.
pub fn start_preflight(core: &mut Core, ask: AskId, (url, project): (&str, &str), purpose: RelationsPurpose) {
    let (api, key) = match core.api(url, project) {
        Ok(found) => found,
        Err(error) => return core.reply(ask, Err(error)),
    };
    let on_wait = core.wait_reporter(ask);
    let downloaded = match &purpose {
        RelationsPurpose::Download { options, .. } => Some(options.relations.clone()),
        RelationsPurpose::Start { .. } | RelationsPurpose::CheckOnce { .. } => None,
    };
    // A rebuild must know whether the files of its export would fit on the disk.
    let sized = matches!(&purpose, RelationsPurpose::Start { start, .. } if start.rebuild.is_some());
    let work =
        async move { preflight(api, (key, sized), downloaded.as_deref(), &on_wait).await.map(Box::new) };
    core.spawn(work, move |result| EngineInput::Jobs(JobsInput::Relations { ask, purpose, result }));
}

/// Checks relations by name: GitLab answers with one object each, and with 404 where this user has no export of the
/// relation.
pub fn poll_named(core: &mut Core, ask: AskId, (url, project): (&str, &str), names: Vec<String>) {
    let (api, key) = match core.api(url, project) {
        Ok(found) => found,
        Err(error) => return core.reply(ask, Err(error)),
    };
    let (on_wait, timing) = (core.wait_reporter(ask), core.timing.job_timing().relations);
    let work = async move {
        let found = named(api, key, &names, &on_wait).await?;
        let row = |relation: Relation| {
            let run = RelationsRun::discovered(RelationsId(0), "", (0, ""), UtcMs(0));
            let row = RelationRow::of(&run, &relation, &timing);
            (relation, row)
        };
        Ok(Answer::RelationsSeen(Arc::new(RelationsSeen {
            project_id: found.project.id,
            project_path: found.project.path_with_namespace,
            relations: found.relations.into_iter().map(row).collect(),
            not_found: found.not_found,
        })))
    };
    core.spawn(work, move |result| EngineInput::Answered(ask, result));
}

/// GitLab has answered the preflight of a relations command.
pub fn after_preflight(
    core: &mut Core,
    table: &mut JobTable,
    ask: AskId,
    purpose: RelationsPurpose,
    preflight: Box<RelationsPreflight>,
) {
    let rebuild = purpose.rebuild();
    if rebuild.is_some_and(|id| !rebuild::waits_for(table, id, purpose.step())) {
        return;
    }
    let result = match purpose {
        RelationsPurpose::CheckOnce { case } => seen(core, table, &preflight, case).map(Some),
        RelationsPurpose::Start { case, start: how } => start(core, table, ask, &preflight, case, how),
        RelationsPurpose::Download { case, options, rebuild } => {
            match seen(core, table, &preflight, case) {
                Ok(run) => {
                    // The downloads produce the reply.
                    if rebuild.is_none_or(|id| rebuild::may_download(core, table, id, run, &preflight)) {
                        table.tell(Happened::RelationsRequested { ask, run, preflight, options, rebuild });
                    }
                    return;
                }
                Err(error) => Err(error),
            }
        }
    };
    match (rebuild, result) {
        (Some(id), result) => rebuild::found(core, table, id, result, &preflight),
        // GitLab's answer to the request produces the reply.
        (None, Ok(None)) => {}
        (None, Ok(Some(run))) => core.reply(ask, Ok(Answer::Relations(run))),
        (None, Err(error)) => core.reply(ask, Err(error)),
    }
}

/// Polls an export: one call for all relations.
pub async fn poll(api: &mut ApiAccess, run: &RelationsRun) -> Result<Polled, PollFailed> {
    let project = ProjectKey::Id(run.project_id);
    let call = |client: Client| async move { list(&client, &project).await };
    poll_once(api, call).await.map(Polled::Relations)
}

/// Handles an export that was planned but not sent when the program ended: the request is sent as planned, or given up
/// if GitLab runs another export.
pub fn restart(core: &mut Core, table: &mut JobTable, id: RelationsId, list: Vec<Relation>, now: UtcMs) {
    let Some(run) = table.relations(id).cloned() else { return };
    let job = JobId::Relations(id);
    if !is_at_work(&list) {
        table.amend(job, |job| {
            if let Job::Relations(run) = job {
                run.before = RelationsRun::names(&list);
            }
        });
        return post(core, table, AskId::NO_REPLY, id, true);
    }
    // The snapshot shows a full disk as an error.
    table.apply(core, job, JobInput::NotAccepted { error: send::never_sent() }, now).ok();
    let project = (run.project_id, run.project_path.as_str());
    let of = (&*run.instance, project, run.warnings.first().cloned());
    if let Ok(id) = discover(core, table, of, &list, run.case_id, now) {
        let job = JobId::Relations(id);
        table.apply(core, job, JobInput::Polled(Polled::Relations(list)), now).ok();
        table.poll_later(core, job, now);
    }
}

/// The view of an export, without the downloads of its files.
pub fn view(tracked: &TrackedJob, timing: &RelationsTiming, now: UtcMs) -> Option<RelationsView> {
    let run = tracked.job.relations()?;
    Some(RelationsView {
        status: status(run, timing, now),
        rows: run.relations.iter().map(|relation| RelationRow::of(run, relation, timing)).collect(),
        run: Arc::new(run.clone()),
        watch: tracked.polling.view(tracked.job.is_unwatched()),
        download: None,
        folder: None,
        default_folder: PathBuf::new(),
    })
}

/// The run that a poll belongs to: the newest one of the project, or a new one that somebody else started.
fn seen(
    core: &mut Core,
    table: &mut JobTable,
    preflight: &RelationsPreflight,
    case: Option<CaseId>,
) -> Result<RelationsId, UserError> {
    let now = clock::now();
    let at_work = is_at_work(&preflight.relations);
    // If a run has ended and the list changes again, that is another export.
    let open = |run: &&RelationsRun| !at_work || !run.is_ended() || is_unwatched(run);
    let id = match latest(table, preflight).filter(open).map(|run| run.id) {
        Some(id) => table.give_to_case(core, JobId::Relations(id), case, now).map(|()| id)?,
        None => discover_here(core, table, preflight, case, now)?,
    };
    apply_list(core, table, id, preflight, now)?;
    table.poll_later(core, JobId::Relations(id), now);
    Ok(id)
}

/// Adopts a running export, or sends a request; `None` where it sends one.
fn start(
    core: &mut Core,
    table: &mut JobTable,
    ask: AskId,
    preflight: &RelationsPreflight,
    case: Option<CaseId>,
    RelationsStart { batched, collect, replace, rebuild }: RelationsStart,
) -> Result<Option<RelationsId>, UserError> {
    let now = clock::now();
    let at_work = is_at_work(&preflight.relations);
    let open = latest(table, preflight)
        .filter(|run| !run.is_ended() || (at_work && is_unwatched(run)))
        .map(|run| (run.id, run.send.is_planned()));
    if let Some((id, is_planned)) = open {
        let job = JobId::Relations(id);
        if is_planned && !table.is_sending(job) {
            // The program ended before the request was sent, so GitLab knows nothing of it.
            if !at_work {
                table.give_to_case(core, job, case, now)?;
                table.amend(job, |job| {
                    if let Job::Relations(run) = job {
                        (run.before, run.batched) = (RelationsRun::names(&preflight.relations), batched);
                    }
                });
                post(core, table, ask, id, collect);
                return Ok(None);
            }
            table.apply(core, job, JobInput::NotAccepted { error: send::never_sent() }, now)?;
            return watch_running(core, table, preflight, case, now).map(Some);
        }
        apply_list(core, table, id, preflight, now)?;
        table.give_to_case(core, job, case, now)?;
        if goes_on(core, table, id, (at_work, collect), now)? {
            table.poll_later(core, job, now);
            return Ok(Some(id));
        }
    }
    if at_work {
        return watch_running(core, table, preflight, case, now).map(Some);
    }
    if let Some(run) = rebuild.and_then(|id| rebuild::existing(table, id, latest(table, preflight))) {
        return apply_list(core, table, run, preflight, now).map(|()| Some(run));
    }
    if rebuild.is_some_and(|id| rebuild::wants_existing(table, id)) && !preflight.relations.is_empty() {
        return seen(core, table, preflight, case).map(Some);
    }
    if !replace {
        replaces_nothing(core, table, preflight, batched, now)?;
    }
    let JobId::Relations(id) = next_id(core)? else { return Err(defect()) };
    let (path, before) = (preflight.project.path_with_namespace.as_str(), &preflight.relations);
    let mut run =
        RelationsRun::requested(id, &preflight.instance, (preflight.project.id, path), batched, before, now);
    (run.case_id, run.warnings) = (case, deletion_warning(&preflight.project).into_iter().collect());
    // A restart must find the rebuild with its export, or with none.
    let linked = rebuild.map(|rebuild| {
        let exporting = Polled::Rebuild(rebuild::exporting(id, preflight));
        (JobId::Rebuild(rebuild), JobInput::Polled(exporting))
    });
    table.put_with(core, Job::Relations(run), Some(false), linked, now)?;
    post(core, table, ask, id, collect);
    Ok(None)
}

/// Refuses if a start would delete files that were not downloaded: GitLab deletes those of the previous export. Files
/// that GitLab keeps by its three-minute rule do not count.
fn replaces_nothing(
    core: &Core,
    table: &JobTable,
    preflight: &RelationsPreflight,
    batched: bool,
    now: UtcMs,
) -> Result<(), UserError> {
    let timing = core.timing.job_timing().relations;
    let known = latest(table, preflight).map(|run| run.id);
    let orders = core.store.relations_orders().map_err(|error| error.error())?;
    let order = orders.into_iter().find(|kept| Some(kept.run) == known).and_then(|kept| kept.order);
    let is_lost = |relation: &&Relation| !timing.is_kept_by_gitlab(relation, batched, now);
    let files = preflight.relations.iter().filter(is_lost).flat_map(Relation::files);
    let finished: Vec<_> = files.filter(|file| file.phase == RelationPhase::Ready).collect();
    let here = finished.iter().filter(|file| order.as_ref().is_some_and(|order| order.has(file))).count();
    if here == finished.len() {
        return Ok(());
    }
    let (missing, all) = (finished.len() - here, finished.len());
    let headline = format!(
        "{missing} of {all} finished files of the relations export were not downloaded. A new export deletes them; \
         nothing was started."
    );
    Err(UserError::new(Code::Refused, headline, RelationsHint::ConfirmReplace))
}

/// Watches a running export that this program did not know.
fn watch_running(
    core: &mut Core,
    table: &mut JobTable,
    preflight: &RelationsPreflight,
    case: Option<CaseId>,
    now: UtcMs,
) -> Result<RelationsId, UserError> {
    let id = discover_here(core, table, preflight, case, now)?;
    apply_list(core, table, id, preflight, now)?;
    table.poll_later(core, JobId::Relations(id), now);
    Ok(id)
}

/// Whether an open export of ours is the answer to a start.
fn goes_on(
    core: &mut Core,
    table: &mut JobTable,
    id: RelationsId,
    (at_work, collect): (bool, bool),
    now: UtcMs,
) -> Result<bool, UserError> {
    let timing = core.timing.job_timing().relations;
    let job = JobId::Relations(id);
    let Some(run) = table.relations(id) else { return Err(no_such(job)) };
    // GitLab shows nothing of a new export until its first worker starts.
    let unseen = run.relations.iter().all(|relation| run.is_stale(relation, &timing));
    let recent = |at| now.since_ms(at) < timing.stale_ms;
    let ours = run.accepted_at.is_some_and(|at| if unseen { recent(at) } else { collect });
    let in_doubt = !run.is_ended() && (run.send.is_unanswered() || table.is_sending(job));
    if at_work || ours || in_doubt {
        return Ok(true);
    }
    if unseen && run.accepted_at.is_some() {
        // GitLab never started this export; the new request is watched instead.
        table.apply(core, job, JobInput::Unwatched, now)?;
    }
    Ok(false)
}

/// The export was polled: watches it, and applies GitLab's list.
fn apply_list(
    core: &mut Core,
    table: &mut JobTable,
    id: RelationsId,
    preflight: &RelationsPreflight,
    now: UtcMs,
) -> Result<(), UserError> {
    let job = JobId::Relations(id);
    table.apply(core, job, JobInput::Watched, now)?;
    table.apply(core, job, JobInput::Polled(Polled::Relations(preflight.relations.clone())), now)
}

fn discover_here(
    core: &mut Core,
    table: &mut JobTable,
    preflight: &RelationsPreflight,
    case: Option<CaseId>,
    now: UtcMs,
) -> Result<RelationsId, UserError> {
    let project = (preflight.project.id, preflight.project.path_with_namespace.as_str());
    let of = (&*preflight.instance, project, deletion_warning(&preflight.project));
    discover(core, table, of, &preflight.relations, case, now)
}

/// Starts to watch an export that somebody else started.
fn discover(
    core: &mut Core,
    table: &mut JobTable,
    (instance, project, warning): (&str, (u64, &str), Option<String>),
    list: &[Relation],
    case: Option<CaseId>,
    now: UtcMs,
) -> Result<RelationsId, UserError> {
    let JobId::Relations(id) = next_id(core)? else { return Err(defect()) };
    let mut run = RelationsRun::discovered(id, instance, project, now);
    (run.case_id, run.warnings) = (case, warning.into_iter().collect());
    run.batched = list.iter().any(|relation| relation.batched);
    table.put(core, Job::Relations(run), (!list.is_empty()).then_some(true), now)?;
    Ok(id)
}

fn next_id(core: &Core) -> Result<JobId, UserError> {
    core.store.next_job_id(JobKind::Relations).map_err(|error| error.error())
}

/// This user's newest export of a project.
fn latest<'a>(table: &'a JobTable, preflight: &RelationsPreflight) -> Option<&'a RelationsRun> {
    let ours = |run: &&RelationsRun| {
        run.instance == preflight.instance
            && run.project_id == preflight.project.id
            && !matches!(run.outcome, Some(RelationsOutcome::NotAccepted { .. }))
    };
    table.all_relations().find(ours)
}

fn is_unwatched(run: &RelationsRun) -> bool {
    run.outcome == Some(RelationsOutcome::Unwatched)
}

fn is_at_work(list: &[Relation]) -> bool {
    list.iter().any(|relation| matches!(relation.phase(), RelationPhase::Pending | RelationPhase::Running))
}

/// Sends the request of an export that is planned.
pub fn post(core: &mut Core, table: &mut JobTable, ask: AskId, id: RelationsId, waits_for_end: bool) {
    let Some(run) = table.relations(id) else { return };
    let request = RelationsRequest { project_id: run.project_id, batched: run.batched };
    send::begin(core, table, JobId::Relations(id), (ask, waits_for_end), request);
}

/// The POST that starts an export of all relations.
struct RelationsRequest {
    project_id: u64,
    batched: bool,
}

impl SendRequest for RelationsRequest {
    type Answer = AcceptedRequest;

    fn limit(&self) -> Limit {
        Limit::ProjectRead
    }

    async fn send(&self, client: &Client) -> Result<AcceptedRequest, Error> {
        let taken = client.start_relations(&ProjectKey::Id(self.project_id), self.batched).await?;
        Ok(AcceptedRequest { correlation_id: taken.correlation_id, polled: None })
    }

    fn arrival(&self, error: &Error) -> Arrival {
        if error.maybe_sent() && !was_not_started(error) { Arrival::Unknown } else { Arrival::Not }
    }

    fn is_worth_another(&self, error: &Error, tries: u32) -> bool {
        !was_not_started(error) || tries < MOST_STARTS
    }
}

/// Whether GitLab says with its 500 that nothing was started.
fn was_not_started(error: &Error) -> bool {
    error.meaning() == Some(Meaning::NotStarted)
}

/// GitLab's answers about relations by name.
struct NamedRelations {
    project: Project,
    relations: Vec<Relation>,
    not_found: Vec<String>,
}

async fn named(
    mut api: ApiAccess,
    project: ProjectAsk,
    names: &[String],
    on_wait: &OnWait,
) -> Result<NamedRelations, UserError> {
    let project = find_project(&mut api, &project, false, on_wait).await?;
    let id = ProjectKey::Id(project.id);
    let (mut relations, mut not_found) = (Vec::new(), Vec::new());
    for name in names {
        let call = |client: Client| {
            let id = id.clone();
            async move {
                match client.relation_status(&id, name).await {
                    Ok(export) => Ok(Some(relation(export))),
                    Err(error) if error.meaning() == Some(Meaning::NoRelationExport) => Ok(None),
                    Err(error) => Err(error),
                }
            }
        };
        match api.ask(Limit::ProjectRead, call, on_wait).await? {
            Some(relation) => relations.push(relation),
            None => not_found.push(name.clone()),
        }
    }
    Ok(NamedRelations { project, relations, not_found })
}

async fn preflight(
    mut api: ApiAccess,
    (named, sized): (ProjectAsk, bool),
    downloaded: Option<&[String]>,
    on_wait: &OnWait,
) -> Result<RelationsPreflight, UserError> {
    let project = find_project(&mut api, &named, sized, on_wait).await?;
    let id = ProjectKey::Id(project.id);
    let call = |client: Client| {
        let id = id.clone();
        async move { list(&client, &id).await }
    };
    let relations = api.ask(Limit::ProjectRead, call, on_wait).await?;
    let source = match downloaded {
        Some(wanted) => source(&mut api, &id, (&relations, wanted), on_wait).await,
        None => SourceFacts::default(),
    };
    Ok(RelationsPreflight { instance: api.instance_name(), project, relations, source })
}

async fn list(client: &Client, id: &ProjectKey) -> Result<Vec<Relation>, Error> {
    let status = client.relations_status(id).await?;
    Ok(status.relations.into_iter().map(relation).collect())
}

fn relation(export: RelationExport) -> Relation {
    let batch = |batch: crate::gitlab::RelationBatch| Batch {
        number: batch.batch_number,
        status: batch.status,
        objects_count: batch.objects_count,
        error: batch.error,
        updated_at: batch.updated_at,
    };
    let mut batches: Vec<_> = export.batches.unwrap_or_default().into_iter().map(batch).collect();
    batches.sort_by_key(|batch| batch.number);
    Relation {
        name: export.relation,
        status: export.status,
        error: export.error,
        updated_at: export.updated_at,
        batched: export.batched.unwrap_or(false),
        batches_count: export.batches_count,
        objects_count: export.total_objects_count,
        batches,
    }
}
