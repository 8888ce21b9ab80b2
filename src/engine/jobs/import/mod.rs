//! Imports: checks the target and the archive before anything is sent, uploads in constant memory, watches GitLab
//! until the end, and imports lost relations again.

mod begin;
pub mod draft;
mod earlier;
mod explain;
pub mod pack;
mod record_marks;
mod remote;
mod set;
mod set_check;
mod status;
mod target;
mod upload;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::case::import::{ImportPolled, ImportSeen, status, test_import_result};
use crate::case::{
    ImportId, ImportJob, ImportKind, ImportPhase, Job, JobId, JobInput, JobKind, Polled, UserError, UtcMs,
};
use crate::engine::api::{Answer, AskId, ImportCommand, ImportView};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::front_ends::FrontEndId;
use crate::engine::input::EngineInput;
use crate::engine::limiter::Limit;
use crate::engine::preflight::find_project;
use crate::engine::test_imports::TestImportResults;
use crate::engine::user_error::defect;
use crate::gitlab::{Client, ProjectKey};

use super::input::{JobsInput, TargetPreflight, VerifiedArchive};
use super::send;
use super::table::{JobTable, TrackedJob};
use begin::DraftResult;
use draft::ImportDraft;
use earlier::ImportsHere;
use set::RunningSets;
use upload::RunningUpload;

pub use earlier::claimed;
pub use status::poll;

/// Verifications and uploads in progress, by import.
#[derive(Debug, Default)]
pub struct RunningUploads {
    all: BTreeMap<ImportId, RunningUpload>,
    sets: RunningSets,
}

impl RunningUploads {
    /// Carries out a command.
    pub fn command(&mut self, core: &mut Core, table: &mut JobTable, ask: AskId, command: ImportCommand) {
        // For commands that start a task, the task's first result produces the reply.
        let begun = match command {
            ImportCommand::CheckOnce { instance, project } => check_status(core, ask, (&instance, &project)),
            ImportCommand::Leave { import } => {
                let left = self.leave(core, table, import);
                core.reply(ask, left.map(|()| Answer::Done));
                return;
            }
            ImportCommand::ContinueSet { import } => {
                let here = self.here(table);
                let begun = self.sets.play(core, table, (import, &here));
                core.reply(ask, begun.map(|()| Answer::Import(import)));
                return;
            }
            ImportCommand::CheckTarget { instance, target } => target::check(core, ask, &instance, target),
            ImportCommand::Probe { instance, url } => remote::ask(core, ask, &instance, &url),
            command => begin::draft(core, table, command)
                .and_then(|draft| draft.map_or(Ok(()), |draft| begin::start_preflight(core, ask, draft))),
        };
        if let Err(error) = begun {
            core.reply(ask, Err(error));
        }
    }

    /// The preflight of a target has ended.
    pub fn targeted(
        &mut self,
        core: &mut Core,
        table: &mut JobTable,
        ask: AskId,
        draft: ImportDraft,
        found: Result<Box<TargetPreflight>, UserError>,
    ) {
        let (place, repeats) = (draft.set.clone(), draft.repeats);
        let here = self.here(table);
        let begun = found.and_then(|preflight| begin::begin(core, table, draft, (&preflight, &here)));
        let mut continues = None;
        let begun = begun.map(|begun| match begun {
            DraftResult::Known(id) => id,
            DraftResult::Set(id) => {
                continues = Some(id);
                id
            }
            DraftResult::New(id, mut upload) => {
                match begin::archive_of(&upload) {
                    Some(file) => {
                        let parts = self.sets.to_check(table, id);
                        verify::begin(core, id, &mut upload, (&file, parts));
                    }
                    None => send_it(core, table, id, &mut upload),
                }
                self.all.insert(id, *upload);
                id
            }
        });
        if let Some(place) = place {
            self.sets.begun(table, (&place, repeats), &begun);
        }
        let begun = match continues {
            Some(base) => self.sets.play(core, table, (base, &here)).and(begun),
            None => begun,
        };
        core.reply(ask, begun.map(Answer::Import));
    }

    /// Continues the sets that were running when the program ended.
    pub fn resume_sets(&mut self, table: &JobTable) {
        self.sets.resume(table);
    }

    /// Begins the next parts of sets.
    pub fn advance_sets(&mut self, core: &mut Core, table: &mut JobTable) {
        self.sets.advance(core, table);
    }

    /// The verification of an archive has ended.
    pub fn verified(
        &mut self,
        core: &mut Core,
        table: &mut JobTable,
        id: ImportId,
        result: Result<VerifiedArchive, UserError>,
    ) {
        let Some(upload) = self.all.get_mut(&id) else { return };
        if table.import(id).is_some_and(|job| !job.is_ended())
            && verify::ended(core, table, (id, upload), result)
        {
            self.sets.checked(table, id);
            send_it(core, table, id, upload);
        }
    }

    /// GitLab has accepted or rejected the upload.
    pub fn sent(&mut self, table: &mut JobTable, id: ImportId) {
        if let Some(upload) = self.all.get_mut(&id) {
            verify::doubt_a_changed_file(table, id, upload);
            upload.packed = None;
        }
    }

    /// The user stops an import: verification and upload are cancelled, and what GitLab already has continues.
    fn leave(&mut self, core: &mut Core, table: &mut JobTable, id: ImportId) -> Result<(), UserError> {
        self.stop(core, table, id);
        if let Some(tracked) = table.get_mut(JobId::Import(id)) {
            tracked.request = None;
        }
        send::unwatch(core, table, JobId::Import(id))
    }

    /// A front end is gone: what it alone was verifying or uploading is stopped, as if its command had been a program
    /// of its own. A set continues when somebody imports it again.
    pub fn left(&mut self, core: &mut Core, table: &mut JobTable, front_end: FrontEndId) {
        for id in self.here(table).moving {
            let job = JobId::Import(id);
            let is_alone = table.get_mut(job).is_some_and(|tracked| tracked.followers.lose(front_end));
            if is_alone && self.stop(core, table, id) {
                let error = begin::command_ended();
                // The snapshot shows a full disk as an error.
                table.apply(core, job, JobInput::NotAccepted { error }, clock::now()).ok();
            }
        }
    }

    /// Cancels the verification, and an upload that GitLab has not received as a whole: it ignores a part of a file.
    /// True where GitLab now has nothing of the import.
    fn stop(&mut self, core: &mut Core, table: &mut JobTable, id: ImportId) -> bool {
        let job = JobId::Import(id);
        let (Some(upload), Some(tracked)) = (self.all.get_mut(&id), table.get_mut(job)) else { return false };
        let (sent, total) = (upload.meter.sent_bytes.load(Ordering::Relaxed), total_bytes(&tracked.job));
        let is_planned = tracked.job.send().is_planned();
        if is_planned || (tracked.job.send().is_unanswered() && sent < total) {
            upload.stop();
            let was_sending = tracked.request.take().is_some();
            if was_sending && !is_planned {
                send::record_not_sent(core, table, job);
            }
            return is_planned || was_sending;
        }
        false
    }

    fn here(&self, table: &JobTable) -> ImportsHere {
        let moves = |(id, upload): &(&ImportId, &RunningUpload)| {
            upload.walk.is_some() || table.is_sending(JobId::Import(**id))
        };
        let is_open = |id: &&ImportId| table.import(**id).is_some_and(|job| !job.is_ended());
        ImportsHere {
            open: self.all.keys().filter(is_open).copied().collect(),
            moving: self.all.iter().filter(moves).map(|(id, _)| *id).collect(),
        }
    }

    /// The later part of a set that is checked before the upload of this import, counted from 0.
    fn checked_part(&self, id: ImportId) -> Option<usize> {
        let meter = &self.all.get(&id).filter(|upload| upload.walk.is_some())?.meter;
        (meter.part.load(Ordering::Relaxed) as usize).checked_sub(1)
    }

    /// Whether a verification or an upload is running, so that numbers change without an input.
    pub fn is_moving(&self, table: &JobTable) -> bool {
        !self.here(table).moving.is_empty()
    }

    /// The view of an import.
    pub fn view(&self, table: &JobTable, tracked: &TrackedJob) -> Option<ImportView> {
        let job = tracked.job.import()?;
        let nothing = RunningUpload::default();
        let upload = self.all.get(&job.id).unwrap_or(&nothing);
        let sent_bytes = upload.meter.sent_bytes.load(Ordering::Relaxed);
        let sending_ms = upload.meter.sending_ms.load(Ordering::Relaxed);
        let is_sending = job.phase == ImportPhase::Sending && sending_ms > 0;
        let web_url = job.web_url();
        let made = web_url.as_ref().filter(|_| job.kind.makes_project());
        Some(ImportView {
            status: status(job),
            verified_bytes: upload.meter.verified_bytes.load(Ordering::Relaxed),
            report: upload.report.clone(),
            sent_bytes,
            total_bytes: match upload.meter.to_verify_bytes.load(Ordering::Relaxed) {
                of_set if of_set > 0 && job.phase == ImportPhase::Checking => of_set,
                _ => total_bytes(&tracked.job),
            },
            bytes_per_s: if is_sending { sent_bytes.saturating_mul(1000) / sending_ms } else { 0 },
            tries: upload.meter.tries.load(Ordering::Relaxed),
            delete_url: made.map(|url| format!("{url}/edit#js-project-advanced-settings")),
            web_url,
            watch: tracked.polling.view(tracked.job.is_unwatched()),
            set: self.sets.view(table, job, |id| self.checked_part(id)).map(Arc::new),
            job: job.clone(),
        })
    }
}

/// Ends an import that was planned but not sent when the program ended: its source is not stored.
pub fn restart(core: &mut Core, table: &mut JobTable, id: ImportId, now: UtcMs) {
    let input = JobInput::NotAccepted { error: begin::interrupted() };
    // The snapshot shows a full disk as an error.
    table.apply(core, JobId::Import(id), input, now).ok();
}

/// The result of the newest test import of each archive, by SHA-256.
pub fn test_imports(table: &JobTable) -> TestImportResults {
    let answers = table.imports().filter_map(|job| {
        let sha256 = job.test_import.as_ref()?.sha256.clone()?;
        Some((sha256, test_import_result(job)?))
    });
    // Newer imports replace older ones.
    let mut answers: Vec<_> = answers.collect();
    answers.reverse();
    TestImportResults(answers.into_iter().collect())
}

/// A project's import was polled: the result belongs to our newest import of the project, or to one that somebody
/// else started.
pub fn seen(
    core: &mut Core,
    table: &mut JobTable,
    instance: &str,
    found: ImportSeen,
) -> Result<ImportId, UserError> {
    let now = clock::now();
    let path = found.project_path.clone().unwrap_or_default();
    let ours = |job: &&ImportJob| {
        let same = job.project_id == found.project_id
            || (job.send.is_unanswered()
                && job.replaces_id != found.project_id
                && job.target_path.eq_ignore_ascii_case(&path));
        job.instance == instance && same && !matches!(job.kind, ImportKind::Relation { .. })
    };
    let id = if let Some(job) = table.imports().find(ours) {
        job.id
    } else {
        let id = core.store.next_job_id(JobKind::Import).map_err(|error| error.error())?;
        let JobId::Import(id) = id else { return Err(defect()) };
        let job = ImportJob::new(id, instance, ImportKind::Discovered, &path, now);
        table.put(core, Job::Import(job), None, now)?;
        id
    };
    let job = JobId::Import(id);
    table.apply(core, job, JobInput::Watched, now)?;
    let polled = Polled::Import(Box::new(ImportPolled::Seen(found)));
    table.apply(core, job, JobInput::Polled(polled), now)?;
    table.poll_later(core, job, now);
    Ok(id)
}

fn check_status(core: &mut Core, ask: AskId, (url, project): (&str, &str)) -> Result<(), UserError> {
    let (mut api, named) = core.api(url, project)?;
    let instance = api.instance_name();
    let on_wait = core.wait_reporter(ask);
    let work = async move {
        // If the pasted URL could end in the name of a page, GitLab must tell which part is the project.
        let key = if named.or.is_empty() {
            named.key
        } else {
            ProjectKey::Id(find_project(&mut api, &named, false, &on_wait).await?.id)
        };
        let call = |client: Client| {
            let key = key.clone();
            async move { client.import_status(&key).await }
        };
        api.ask(Limit::ProjectRead, call, &on_wait).await.map(|status| Box::new(status::seen(status)))
    };
    core.spawn(work, move |result| EngineInput::Jobs(JobsInput::ImportSeen { ask, instance, result }));
    Ok(())
}

fn send_it(core: &mut Core, table: &mut JobTable, id: ImportId, upload: &mut RunningUpload) {
    let claimed = claimed(table, id);
    let Some(request) = table.import(id).and_then(|job| upload::request(upload, job, claimed)) else {
        return;
    };
    send::begin(core, table, JobId::Import(id), (AskId::NO_REPLY, true), request);
}

fn total_bytes(job: &Job) -> u64 {
    match job.import().map(|job| &job.kind) {
        Some(ImportKind::File { bytes, .. } | ImportKind::Relation { bytes, .. }) => *bytes,
        Some(ImportKind::Remote { .. } | ImportKind::S3 { .. } | ImportKind::Discovered) | None => 0,
    }
}
