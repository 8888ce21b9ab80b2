//! Everything that GitLab runs and this program watches: project exports, relations exports and imports; and rebuilds,
//! which lead from a relations export to an archive.
//!
//! One concept: [`table`] holds the jobs, [`poll`] decides when to poll each, [`send`] sends the request that starts
//! one. What only one kind does is in its own file; a new kind needs such a file and its match arms here.

mod at_work;
mod export;
mod import;
mod input;
mod poll;
mod rebuild;
mod relations;
mod send;
mod source_facts;
mod table;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::case::{
    Code, Hint, Job, JobId, JobInput, JobKind, Polled, RebuildId, RebuildJob, RelationsId, RelationsRun, Run,
    RunId, UserError, UtcMs,
};

use super::access::{ApiAccess, PollFailed};
use super::api::{
    Answer, AskId, BuildFailed, BuiltArchive, ImportCommand, ImportView, RebuildCommand, RebuildView,
    RelationsView, RunView,
};
use super::batches::RunFacts;
use super::clock;
use super::core::Core;
use super::downloads::FilesEnded;
use super::front_ends::FrontEndId;
use super::happened::Happened;
use super::input::EngineInput;
use super::test_imports::TestImportResults;
use super::view_list::ViewList;
use import::RunningUploads;
use table::{JobTable, TrackedJob};

pub use input::{ExportPurpose, JobsInput, RelationsPreflight, RelationsPurpose, RelationsStart};

/// The owner of all jobs.
#[derive(Debug)]
pub struct Jobs {
    table: JobTable,
    uploads: RunningUploads,
    export_list: ViewList<Arc<RunView>>,
    relations_list: ViewList<Arc<RelationsView>>,
    import_list: ViewList<Arc<ImportView>>,
    rebuild_list: ViewList<Arc<RebuildView>>,
    /// Commands that were given up while GitLab answered their preflight.
    given_up: BTreeSet<AskId>,
}

impl Jobs {
    /// Loads the jobs from the store; polls nothing yet.
    pub fn load(core: &mut Core) -> Result<Self, UserError> {
        let table = JobTable::load(core)?;
        send::count_earlier(core, &table, clock::now());
        Ok(Self {
            table,
            uploads: RunningUploads::default(),
            export_list: ViewList::default(),
            relations_list: ViewList::default(),
            import_list: ViewList::default(),
            rebuild_list: ViewList::default(),
            given_up: BTreeSet::new(),
        })
    }

    /// Resumes the jobs that were running when the program ended. The polls are spread over time.
    pub fn resume(&mut self, core: &mut Core) -> Vec<Happened> {
        let now = clock::now();
        for (place, id) in self.table.under_way().into_iter().enumerate() {
            self.table.follow(core, id);
            self.table.poll_in(id, poll::spread(place, &core.timing), now);
        }
        rebuild::resume_all(core, &mut self.table, now);
        self.uploads.resume_sets(&self.table);
        self.act(core)
    }

    /// Continues what has stopped only because the program had no token, where it may have one now.
    pub fn continue_with_token(&mut self, core: &mut Core) -> Vec<Happened> {
        let now = clock::now();
        let has_one = |core: &Core, url: &str| core.sessions.may_have_token(url);
        for id in self.table.under_way() {
            let lacks = |tracked: &TrackedJob| {
                let error = tracked.polling.error.as_ref();
                error.is_some_and(|error| error.code.lacks_token()) && has_one(core, tracked.job.instance())
            };
            if self.table.get(id).is_some_and(lacks) {
                self.table.poll_in(id, Duration::ZERO, now);
            }
        }
        rebuild::continue_with_token(core, &mut self.table, now);
        self.act(core)
    }

    /// Runs the preflight of a project's export: to show it, to start one, or to watch it.
    pub fn preflight_export(core: &mut Core, ask: AskId, project: (&str, &str), purpose: ExportPurpose) {
        export::start_preflight(core, ask, project, purpose);
    }

    /// Runs the preflight of a project's relations export: to show it, to start one, or to download its files.
    pub fn preflight_relations(
        core: &mut Core,
        ask: AskId,
        project: (&str, &str),
        purpose: RelationsPurpose,
    ) {
        relations::start_preflight(core, ask, project, purpose);
    }

    /// Checks relations by name.
    pub fn poll_named_relations(core: &mut Core, ask: AskId, project: (&str, &str), relations: Vec<String>) {
        relations::poll_named(core, ask, project, relations);
    }

    pub fn import(&mut self, core: &mut Core, ask: AskId, command: ImportCommand) -> Vec<Happened> {
        self.uploads.command(core, &mut self.table, ask, command);
        self.act(core)
    }

    pub fn rebuild(&mut self, core: &mut Core, ask: AskId, command: RebuildCommand) -> Vec<Happened> {
        rebuild::command(core, &mut self.table, ask, command);
        self.act(core)
    }

    /// The files of a rebuild's relations export were requested, or could not be.
    pub fn rebuild_downloads(
        &mut self,
        core: &mut Core,
        id: RebuildId,
        folder: Result<&Path, UserError>,
    ) -> Vec<Happened> {
        match folder {
            Ok(folder) => rebuild::downloading(core, &mut self.table, id, folder),
            Err(error) => rebuild::failed(core, &mut self.table, id, error.into(), clock::now()),
        }
        self.act(core)
    }

    /// The requested files of a relations export have ended.
    pub fn files_ended(&mut self, core: &mut Core, run: RelationsId, ended: &FilesEnded) -> Vec<Happened> {
        rebuild::files_ended(core, &mut self.table, run, ended);
        self.act(core)
    }

    /// Records the path of the archive of a rebuild before its build starts.
    pub fn rebuild_builds(&mut self, core: &mut Core, id: RebuildId, output: &Path) -> Result<(), UserError> {
        rebuild::building(core, &mut self.table, id, output)
    }

    /// Records an archive that is about to get its name, if it is that of a rebuild.
    pub fn archive_is_named(
        &mut self,
        core: &mut Core,
        output: &Path,
        archive: &BuiltArchive,
        recorded: oneshot::Sender<()>,
    ) {
        rebuild::naming(core, &mut self.table, output, archive, recorded);
    }

    /// A build has ended, which may be that of a rebuild.
    pub fn build_ended(
        &mut self,
        core: &mut Core,
        output: &Path,
        result: Result<Arc<BuiltArchive>, BuildFailed>,
    ) -> Vec<Happened> {
        rebuild::build_ended(core, &mut self.table, output, result);
        self.act(core)
    }

    /// Stops watching a job.
    pub fn unwatch(&mut self, core: &mut Core, ask: AskId, id: JobId) -> Vec<Happened> {
        let result = send::unwatch(core, &mut self.table, id);
        core.reply(ask, result.map(|()| Answer::Done));
        self.act(core)
    }

    /// Polls a job that waits after a failed poll at once.
    pub fn retry_now(&mut self, core: &mut Core, ask: AskId, id: JobId) -> Vec<Happened> {
        let waiting = self.table.get_mut(id).ok_or_else(|| table::no_such(id));
        core.reply(ask, waiting.map(|it| it.polling.retry_now(clock::now())).map(|()| Answer::Done));
        self.table.touch(id.kind());
        self.act(core)
    }

    /// Whoever asked for an export gave up. If its request was not sent yet, it is not sent, and the reply is
    /// [`Answer::NotRequested`].
    pub fn give_up(&mut self, core: &mut Core, ask: AskId) -> Vec<Happened> {
        if !send::give_up(core, &mut self.table, ask) && core.asks.is_joined(ask) {
            self.given_up.insert(ask);
        }
        self.act(core)
    }

    /// A front end is gone: what it alone was uploading is stopped.
    pub fn left(&mut self, core: &mut Core, front_end: FrontEndId) -> Vec<Happened> {
        self.uploads.left(core, &mut self.table, front_end);
        self.act(core)
    }

    /// Whether a request that was asked for has been sent, and is not answered yet.
    pub fn is_sending(&self, ask: AskId) -> bool {
        self.table.sending_for(ask).is_some()
    }

    /// Stops watching all jobs of an instance that no longer exists.
    pub fn unwatch_instance(&mut self, core: &mut Core, url: &str) -> Vec<Happened> {
        let of_it = |id: &JobId| self.table.get(*id).is_some_and(|tracked| tracked.job.instance() == url);
        let gone: Vec<_> = self.table.under_way().into_iter().filter(of_it).collect();
        for id in gone {
            // The snapshot shows a full disk as an error.
            send::unwatch(core, &mut self.table, id).ok();
        }
        rebuild::cancel_all_of(core, &mut self.table, url, clock::now());
        self.act(core)
    }

    pub fn input(&mut self, core: &mut Core, input: JobsInput) -> Vec<Happened> {
        let (table, now) = (&mut self.table, clock::now());
        match input {
            JobsInput::Polled { id, result } => self.polled(core, id, result, now),
            JobsInput::AboutToSend { id, go } => send::record_about_to_send(core, table, id, go),
            JobsInput::NotSent { id } => send::record_not_sent(core, table, id),
            JobsInput::Waits { id, waiting } => {
                if let Some(tracked) = table.get_mut(id).filter(|tracked| tracked.request.is_some()) {
                    tracked.polling.waiting = Some(waiting);
                    table.touch(id.kind());
                }
            }
            JobsInput::Sent { id, ask, waits_for_end, result } => {
                if let JobId::Import(import) = id {
                    self.uploads.sent(table, import);
                }
                send::sent(core, table, id, (ask, waits_for_end), result);
            }
            JobsInput::Export { ask, .. } if self.given_up.remove(&ask) => {
                core.reply(ask, Ok(Answer::NotRequested));
            }
            JobsInput::Export { ask, purpose, result } => match result {
                Ok(preflight) => {
                    let case = purpose.case();
                    export::after_preflight(core, table, ask, purpose, &preflight);
                    if let Some(case) = case {
                        // GitLab's answer tells a case that was opened offline which project it is about.
                        table.tell(Happened::ProjectSeen { case, preflight });
                    }
                }
                Err(error) => core.reply(ask, Err(error)),
            },
            JobsInput::Relations { ask, purpose, result } => match result {
                Ok(preflight) => relations::after_preflight(core, table, ask, purpose, preflight),
                Err(error) => match purpose.rebuild() {
                    Some(id) => rebuild::failed(core, table, id, error.into(), now),
                    None => core.reply(ask, Err(error)),
                },
            },
            JobsInput::RebuildNamed { id, is_there } => rebuild::named(core, table, id, is_there),
            JobsInput::Targeted { ask, draft, result } => {
                self.uploads.targeted(core, table, ask, *draft, result);
            }
            JobsInput::Verified { import, result } => self.uploads.verified(core, table, import, result),
            JobsInput::ImportSeen { ask, instance, result } => {
                let reply = result.and_then(|found| import::seen(core, table, &instance, *found));
                core.reply(ask, reply.map(Answer::Import));
            }
        }
        self.act(core)
    }

    fn polled(&mut self, core: &mut Core, id: JobId, result: Result<Polled, PollFailed>, now: UtcMs) {
        let table = &mut self.table;
        // A poll that GitLab answered before the job's request was begun knows nothing of that request. Taken as the
        // state after a restart, it would begin the request again, and whoever waits for the first would never be told.
        let Some(tracked) = table.get_mut(id).filter(|tracked| tracked.request.is_none()) else { return };
        match result {
            Ok(polled) => {
                tracked.polling.seen();
                let is_planned = tracked.job.send().is_planned() && !tracked.job.is_ended();
                match (id, polled) {
                    (JobId::Export(id), Polled::Export(word)) if is_planned => {
                        export::restart(core, table, id, &word, now);
                    }
                    (JobId::Relations(id), Polled::Relations(list)) if is_planned => {
                        relations::restart(core, table, id, list, now);
                    }
                    // The snapshot shows a full disk as an error; the next poll repeats this one.
                    (_, polled) => drop(table.apply(core, id, JobInput::Polled(polled), now)),
                }
                table.poll_later(core, id, now);
                if let JobId::Relations(run) = id {
                    table.tell(Happened::RelationsPolled { run });
                }
            }
            Err(failed) => {
                let api = core.sessions.access_of(&tracked.followers, tracked.job.instance());
                let next_try = |error: &_, failures| api.and_then(|api| api.next_try(error, failures));
                tracked.polling.failed(failed, next_try, (&core.timing, core.patient), now);
                let given_up = tracked.polling.error.clone();
                if let (JobId::Relations(run), Some(error)) = (id, given_up) {
                    table.tell(Happened::RelationsNotPolled { run, error });
                }
            }
        }
        table.touch(id.kind());
    }

    /// Starts the polls that are due, and returns what other owners must know.
    fn act(&mut self, core: &mut Core) -> Vec<Happened> {
        let now = clock::now();
        for (id, wait) in self.table.take_due() {
            if let (JobId::Import(import), true) = (id, self.is_planned_import(id)) {
                self.table.as_follower(core, id, |table, core| import::restart(core, table, import, now));
                continue;
            }
            let claimed =
                if let JobId::Import(id) = id { import::claimed(&self.table, id) } else { Vec::new() };
            self.table.as_follower(core, id, |table, core| begin_poll(core, table, (id, wait), claimed));
        }
        // Last, because the loop can end a part of a set: no later input may come that would begin it again.
        self.uploads.advance_sets(core, &mut self.table);
        rebuild::advance(core, &mut self.table, now);
        self.table.take_happened()
    }

    fn is_planned_import(&self, id: JobId) -> bool {
        self.table.get(id).is_some_and(|tracked| tracked.job.send().is_planned() && !tracked.job.is_ended())
            && !self.table.is_sending(id)
    }

    /// Every export, newest first.
    pub fn exports(&self) -> impl Iterator<Item = &Run> {
        self.table.exports()
    }

    /// What a batch must know of this export.
    pub fn facts_of(&self, core: &Core, id: RunId, now: UtcMs) -> Option<RunFacts> {
        export::facts(core, self.table.get(JobId::Export(id))?, now)
    }

    /// Every rebuild, newest first.
    pub fn rebuilds(&self) -> impl Iterator<Item = &RebuildJob> {
        self.table.rebuilds()
    }

    pub fn relations_run(&self, id: RelationsId) -> Option<&RelationsRun> {
        self.table.relations(id)
    }

    /// Who acts for a job.
    pub fn follower(&self, core: &Core, id: JobId) -> FrontEndId {
        self.table.follower(core, id)
    }

    /// Polls a relations export immediately.
    pub fn poll_relations_now(&mut self, core: &mut Core, id: RelationsId) -> Vec<Happened> {
        self.table.poll_in(JobId::Relations(id), Duration::ZERO, clock::now());
        self.act(core)
    }

    /// The results of test imports.
    pub fn test_imports(&self) -> TestImportResults {
        import::test_imports(&self.table)
    }

    /// Whether a verification or an upload is running, so that numbers change without an input.
    pub fn is_moving(&self) -> bool {
        self.uploads.is_moving(&self.table)
    }

    /// Whether a job is polled.
    pub fn is_watching(&self) -> bool {
        self.table.is_watching()
    }

    /// Exports, newest first.
    pub fn export_views(&mut self, core: &Core, now: UtcMs) -> Arc<[Arc<RunView>]> {
        if self.table.take_changed(JobKind::Export) {
            self.export_list.touch();
        }
        let timing = core.timing.job_timing().export;
        let views =
            self.table.newest(JobKind::Export).filter_map(|tracked| export::view(tracked, &timing, now));
        self.export_list.get_kept(views, |view| view.run.id)
    }

    /// Relations exports without the downloads of their files, newest first.
    pub fn relations_views(&mut self, core: &Core, now: UtcMs) -> Arc<[Arc<RelationsView>]> {
        if self.table.take_changed(JobKind::Relations) {
            self.relations_list.touch();
        }
        let timing = core.timing.job_timing().relations;
        let views = self.table.newest(JobKind::Relations);
        let views = views.filter_map(|tracked| relations::view(tracked, &timing, now));
        self.relations_list.get_kept(views, |view| view.run.id)
    }

    /// Rebuilds, newest first.
    pub fn rebuild_views(&mut self, core: &Core) -> Arc<[Arc<RebuildView>]> {
        if self.table.take_changed(JobKind::Rebuild) {
            self.rebuild_list.touch();
        }
        let table = &self.table;
        let views = table.rebuilds().map(|job| rebuild::view(core, table, job));
        self.rebuild_list.get_kept(views, |view| view.job.id)
    }

    /// Imports, newest first.
    pub fn import_views(&mut self) -> Arc<[Arc<ImportView>]> {
        if self.table.take_changed(JobKind::Import) || self.is_moving() {
            self.import_list.touch();
        }
        let uploads = &self.uploads;
        let views =
            self.table.newest(JobKind::Import).filter_map(|tracked| uploads.view(&self.table, tracked));
        self.import_list.get_kept(views, |view| view.job.id)
    }
}

impl ExportPurpose {
    /// The case that the command belongs to.
    fn case(&self) -> Option<crate::case::CaseId> {
        match self {
            Self::CheckOnce => None,
            Self::Start { case, .. } | Self::Watch { case } => *case,
        }
    }
}

/// Starts the task that polls a job after `wait`.
fn begin_poll(core: &mut Core, table: &mut JobTable, (id, wait): (JobId, Duration), claimed: Vec<u64>) {
    let Some(tracked) = table.get_mut(id) else { return };
    let Some(api) = core.known_access(tracked.job.instance()) else {
        return tracked.polling.give_up(not_connected(tracked.job.instance()));
    };
    let work = poll_after(wait, api, tracked.job.clone(), claimed);
    let task = core.spawn(work, move |result| EngineInput::Jobs(JobsInput::Polled { id, result }));
    tracked.polling.begun(task);
}

/// The instance was forgotten, or only a command knew it: its jobs wait until the user connects to it.
fn not_connected(url: &str) -> UserError {
    let headline = format!("Export Desk is not connected to {url}.");
    UserError::new(Code::TokenMissing, headline, Hint::Connect { instance: url.to_owned() })
}

/// Waits, then polls a job of any kind.
async fn poll_after(
    wait: Duration,
    mut api: ApiAccess,
    job: Job,
    claimed: Vec<u64>,
) -> Result<Polled, PollFailed> {
    tokio::time::sleep(wait).await;
    match &job {
        Job::Export(run) => export::poll(&mut api, run).await,
        Job::Relations(run) => relations::poll(&mut api, run).await,
        Job::Import(job) => import::poll(&mut api, job, &claimed).await,
        // A rebuild is not polled.
        Job::Rebuild(_) => Err(super::user_error::defect().into()),
    }
}

#[cfg(test)]
mod tests;
