//! The jobs that this program knows, with their polling and their requests: what all kinds have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::task::AbortHandle;

use crate::case::{
    CaseId, Code, ExportEnded, ImportId, ImportJob, Job, JobId, JobInput, JobKind, JournalEntry, Origin,
    Outcome, Polled, RebuildId, RebuildJob, RelationsId, RelationsRun, Run, RunId, UserError, UtcMs,
};
use crate::engine::api::AskId;
use crate::engine::core::Core;
use crate::engine::front_ends::{Followers, FrontEndId};
use crate::engine::happened::Happened;
use crate::store::Write;

use super::at_work::RunningRebuilds;
use super::poll::Polling;

/// A job, its polling, and its request while this program prepares or sends one.
#[derive(Debug)]
pub struct TrackedJob {
    pub job: Job,
    pub polling: Polling,
    pub request: Option<SendTask>,
    pub followers: Followers,
}

/// The task that sends the request of a job.
#[derive(Debug)]
pub struct SendTask {
    /// The command that GitLab's answer replies to.
    pub ask: AskId,
    pub task: AbortHandle,
}

/// All jobs.
#[derive(Debug, Default)]
pub struct JobTable {
    tracked: BTreeMap<JobId, TrackedJob>,
    changed: BTreeSet<JobKind>,
    happened: Vec<Happened>,
    pub rebuilds_running: RunningRebuilds,
}

impl JobTable {
    pub fn load(core: &Core) -> Result<Self, UserError> {
        let jobs = core.store.jobs().map_err(|error| error.error())?;
        let tracked =
            jobs.into_iter().map(|job| (job.id(), TrackedJob::new(job, Followers::default()))).collect();
        Ok(Self { tracked, changed: JobKind::ALL.into(), ..Self::default() })
    }

    pub fn get(&self, id: JobId) -> Option<&TrackedJob> {
        self.tracked.get(&id)
    }

    pub fn get_mut(&mut self, id: JobId) -> Option<&mut TrackedJob> {
        self.tracked.get_mut(&id)
    }

    pub fn export(&self, id: RunId) -> Option<&Run> {
        self.get(JobId::Export(id)).and_then(|tracked| tracked.job.export())
    }

    pub fn relations(&self, id: RelationsId) -> Option<&RelationsRun> {
        self.get(JobId::Relations(id)).and_then(|tracked| tracked.job.relations())
    }

    pub fn import(&self, id: ImportId) -> Option<&ImportJob> {
        self.get(JobId::Import(id)).and_then(|tracked| tracked.job.import())
    }

    pub fn rebuild(&self, id: RebuildId) -> Option<&RebuildJob> {
        self.get(JobId::Rebuild(id)).and_then(|tracked| tracked.job.rebuild())
    }

    /// The jobs of a kind, newest first.
    pub fn newest(&self, kind: JobKind) -> impl Iterator<Item = &TrackedJob> {
        self.tracked.range(kind.id(i64::MIN)..=kind.id(i64::MAX)).rev().map(|(_, tracked)| tracked)
    }

    pub fn exports(&self) -> impl Iterator<Item = &Run> {
        self.newest(JobKind::Export).filter_map(|tracked| tracked.job.export())
    }

    pub fn all_relations(&self) -> impl Iterator<Item = &RelationsRun> {
        self.newest(JobKind::Relations).filter_map(|tracked| tracked.job.relations())
    }

    pub fn imports(&self) -> impl Iterator<Item = &ImportJob> {
        self.newest(JobKind::Import).filter_map(|tracked| tracked.job.import())
    }

    pub fn rebuilds(&self) -> impl Iterator<Item = &RebuildJob> {
        self.newest(JobKind::Rebuild).filter_map(|tracked| tracked.job.rebuild())
    }

    /// Whether a job is polled.
    pub fn is_watching(&self) -> bool {
        self.tracked.values().any(|tracked| tracked.polling.is_on())
    }

    /// The IDs of jobs that may be polled.
    pub fn under_way(&self) -> Vec<JobId> {
        self.tracked
            .values()
            .filter(|tracked| tracked.job.is_under_way())
            .map(|tracked| tracked.job.id())
            .collect()
    }

    /// Who acts for a job.
    pub fn follower(&self, core: &Core, id: JobId) -> FrontEndId {
        let of = |tracked: &TrackedJob| core.sessions.follower(&tracked.followers, tracked.job.instance());
        self.get(id).map(of).unwrap_or_default()
    }

    /// Does something with the session that a job uses.
    pub fn as_follower<T>(
        &mut self,
        core: &mut Core,
        id: JobId,
        act: impl FnOnce(&mut Self, &mut Core) -> T,
    ) -> T {
        core.acting_as(self.follower(core, id), |core| act(self, core))
    }

    /// Whether this program is preparing or sending the request of a job.
    pub fn is_sending(&self, id: JobId) -> bool {
        self.get(id).is_some_and(|tracked| tracked.request.is_some())
    }

    /// The job whose request GitLab's answer to this command belongs to.
    pub fn sending_for(&self, ask: AskId) -> Option<JobId> {
        let mut all = self.tracked.values();
        let of = |tracked: &&TrackedJob| tracked.request.as_ref().is_some_and(|request| request.ask == ask);
        all.find(of).map(|tracked| tracked.job.id())
    }

    /// Stores a new job, and a journal line where `said` is set; its value tells whether the job was adopted.
    pub fn put(
        &mut self,
        core: &mut Core,
        job: Job,
        said: Option<bool>,
        now: UtcMs,
    ) -> Result<JobId, UserError> {
        self.put_with(core, job, said, None, now)
    }

    /// The same, and applies an input to another job in the same transaction.
    pub fn put_with(
        &mut self,
        core: &mut Core,
        job: Job,
        said: Option<bool>,
        other: Option<(JobId, JobInput<Polled>)>,
        now: UtcMs,
    ) -> Result<JobId, UserError> {
        let entries: Vec<JournalEntry> = said.map(|adopted| job.began(adopted)).into_iter().collect();
        let timing = core.timing.job_timing();
        let other = other.and_then(|(id, input)| Some(self.get(id)?.job.step(input, &timing, now)));
        let mut writes = vec![Write::PutJob(Box::new(job.clone()))];
        writes.extend(other.clone().map(|other| Write::PutJob(Box::new(other))));
        core.commit(now, writes, entries)?;
        if let Some(other) = other
            && let Some(tracked) = self.tracked.get_mut(&other.id())
        {
            self.changed.insert(other.id().kind());
            tracked.job = other;
        }
        let id = job.id();
        let mut followers = Followers::default();
        followers.add(core.sessions.acting());
        self.tracked.insert(id, TrackedJob::new(job, followers));
        self.touch(id.kind());
        Ok(id)
    }

    /// Assigns a job to a case that was opened later.
    pub fn give_to_case(
        &mut self,
        core: &mut Core,
        id: JobId,
        case: Option<CaseId>,
        now: UtcMs,
    ) -> Result<(), UserError> {
        let Some(case) = case else { return Ok(()) };
        let Some(tracked) = self.tracked.get_mut(&id).filter(|tracked| tracked.job.case_id().is_none())
        else {
            return Ok(());
        };
        let job = tracked.job.clone().of_case(case);
        core.commit(now, vec![Write::PutJob(Box::new(job.clone()))], vec![job.began(true)])?;
        tracked.job = job;
        self.changed.insert(id.kind());
        Ok(())
    }

    /// The caller's token is used for the job from now on.
    pub fn follow(&mut self, core: &Core, id: JobId) {
        if let Some(tracked) = self.tracked.get_mut(&id) {
            tracked.followers.lead(core.sessions.acting());
        }
    }

    /// The caller waits for the job as well. It is polled again if polling stopped because everybody who waited was gone.
    pub fn join(&mut self, core: &Core, id: JobId, now: UtcMs) {
        let Some(tracked) = self.tracked.get_mut(&id) else { return };
        tracked.followers.add(core.sessions.acting());
        if tracked.job.is_under_way() && tracked.polling.error.is_some() {
            self.poll_in(id, Duration::ZERO, now);
        }
    }

    /// Decides, writes, and only then changes the state in memory.
    pub fn apply(
        &mut self,
        core: &mut Core,
        id: JobId,
        input: JobInput<Polled>,
        now: UtcMs,
    ) -> Result<(), UserError> {
        let timing = core.timing.job_timing();
        let Some(tracked) = self.tracked.get_mut(&id) else { return Err(no_such(id)) };
        // The program's own inputs, such as the end of a task, come without a front end and take no place.
        if core.sessions.acting() != FrontEndId::OWN {
            tracked.followers.add(core.sessions.acting());
        }
        let next = tracked.job.step(input, &timing, now);
        let entries = next.journal_since(&tracked.job, &timing, now);
        if !entries.is_empty() || next.is_worth_writing(&tracked.job) {
            core.commit(now, vec![Write::PutJob(Box::new(next.clone()))], entries)?;
        }
        let ended = next.is_ended() && !tracked.job.is_ended();
        tracked.job = next;
        tracked.polling.error = None;
        if tracked.job.is_ended() {
            tracked.polling.stop();
            tracked.polling.waiting = None;
        }
        self.happened.extend(tracked.job.export().filter(|_| ended).and_then(|run| export_ended(run, now)));
        let is_test_import = tracked.job.import().is_some_and(|job| job.test_import.is_some());
        self.happened.extend(is_test_import.then_some(Happened::TestImportsChanged));
        self.touch(id.kind());
        Ok(())
    }

    /// Changes fields that do not come from GitLab, and writes them to the store.
    pub fn rewrite(
        &mut self,
        core: &mut Core,
        id: JobId,
        change: impl FnOnce(&mut Job),
        now: UtcMs,
    ) -> Result<(), UserError> {
        let Some(tracked) = self.tracked.get_mut(&id) else { return Err(no_such(id)) };
        let mut job = tracked.job.clone();
        change(&mut job);
        if job != tracked.job {
            core.commit(now, vec![Write::PutJob(Box::new(job.clone()))], Vec::new())?;
            tracked.job = job;
            self.changed.insert(id.kind());
        }
        Ok(())
    }

    /// Changes fields that do not come from GitLab. The next input writes them to the store.
    pub fn amend(&mut self, id: JobId, change: impl FnOnce(&mut Job)) {
        if let Some(tracked) = self.tracked.get_mut(&id) {
            change(&mut tracked.job);
            self.changed.insert(id.kind());
        }
    }

    /// Writes what [`Self::amend`] has changed.
    pub fn save(&self, core: &mut Core, id: JobId, now: UtcMs) -> Result<(), UserError> {
        let Some(tracked) = self.get(id) else { return Ok(()) };
        core.commit(now, vec![Write::PutJob(Box::new(tracked.job.clone()))], Vec::new())
    }

    /// Schedules the next poll, after an interval that grows with the number of polls and is longest for a late job.
    pub fn poll_later(&mut self, core: &Core, id: JobId, now: UtcMs) {
        let timing = core.timing.job_timing();
        let Some(tracked) = self.tracked.get_mut(&id) else { return };
        if !tracked.job.is_under_way() || tracked.request.is_some() {
            return;
        }
        let watched_ms = now.since_ms(tracked.job.began_at());
        let is_late =
            watched_ms > core.timing.late_after.as_millis() as i64 || tracked.job.status(&timing, now).stuck;
        let wait = tracked.polling.distance(&core.timing, is_late);
        self.poll_in(id, wait, now);
    }

    /// Schedules the next poll after `wait`.
    pub fn poll_in(&mut self, id: JobId, wait: Duration, now: UtcMs) {
        if let Some(tracked) = self.tracked.get_mut(&id) {
            tracked.polling.begin_in(wait, now);
            self.touch(id.kind());
        }
    }

    /// Takes the polls that were scheduled since the previous call.
    pub fn take_due(&mut self) -> Vec<(JobId, Duration)> {
        let due = |tracked: &mut TrackedJob| tracked.polling.take_due().map(|wait| (tracked.job.id(), wait));
        self.tracked.values_mut().filter_map(due).collect()
    }

    /// The view of a kind of job has changed.
    pub fn touch(&mut self, kind: JobKind) {
        self.changed.insert(kind);
        // A rebuild shows when its relations export is checked, and what a test import of its archive has shown.
        let shows = matches!(kind, JobKind::Relations | JobKind::Import);
        self.changed.extend(shows.then_some(JobKind::Rebuild));
    }

    /// Whether the view of a kind of job has changed since the previous call.
    pub fn take_changed(&mut self, kind: JobKind) -> bool {
        self.changed.remove(&kind)
    }

    pub fn tell(&mut self, happened: Happened) {
        self.happened.push(happened);
    }

    /// Takes what other owners must know since the previous call.
    pub fn take_happened(&mut self) -> Vec<Happened> {
        std::mem::take(&mut self.happened)
    }
}

impl TrackedJob {
    fn new(job: Job, followers: Followers) -> Self {
        Self { job, polling: Polling::default(), request: None, followers }
    }
}

impl Drop for SendTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the case must learn of an export that has just ended.
fn export_ended(run: &Run, now: UtcMs) -> Option<Happened> {
    // What may be an older file, and what nobody saw, tells nothing of this request.
    let case = run.case_id.filter(|_| !run.may_be_older && run.outcome != Some(Outcome::NotSeen))?;
    let ended = ExportEnded {
        started_at: run.began_at(),
        // Deadlines count from the earliest possible moment.
        ended_at: run.finished_after().or(run.ended_at).unwrap_or(now),
        started_here: run.origin == Origin::Scheduled,
        succeeded: matches!(run.outcome, Some(Outcome::Ready)),
        message: run.exact_words().unwrap_or_default(),
        correlation_id: run.correlation_id.clone(),
    };
    Some(Happened::ExportEnded { case, ended })
}

/// The error for an unknown job.
pub fn no_such(id: JobId) -> UserError {
    let what = match id {
        JobId::Export(id) => format!("There is no export {id}."),
        JobId::Relations(id) => format!("There is no relations export {id}."),
        JobId::Import(id) => format!("There is no import {id}."),
        JobId::Rebuild(id) => format!("There is no rebuild {id}."),
    };
    UserError::new(Code::Usage, what, "Check the project again.")
}
