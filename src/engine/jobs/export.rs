//! Exports of a whole project: each command first polls GitLab, then watches the export that is already running, or requests a new one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::case::job::export::{ExportTiming, failure, status};
use crate::case::{
    CaseId, Code, CurrentStatus, Hint, Job, JobId, JobInput, JobKind, Origin, Outcome, Phase, Polled, Run,
    RunId, UserError, UtcMs, upload_url,
};
use crate::engine::access::{ApiAccess, PollFailed, poll_once};
use crate::engine::api::{Answer, AskId, ExportStatusView, RunView, StartOptions, UploadTo};
use crate::engine::batches::RunFacts;
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::input::EngineInput;
use crate::engine::limiter::Limit;
use crate::engine::preflight::{Preflight, Wanted, deletion_warning, hit, preflight};
use crate::engine::refusals::of_gitlab;
use crate::engine::send::SendRequest;
use crate::engine::user_error::defect;
use crate::gitlab::{Client, Error, ErrorKind, Meaning, ProjectKey, Schedule};

use super::input::{AcceptedRequest, ExportPurpose, JobsInput};
use super::send;
use super::table::{JobTable, TrackedJob};

/// Runs the preflight of a project and its export, and then does what `purpose` says.
pub fn start_preflight(core: &mut Core, ask: AskId, (url, project): (&str, &str), purpose: ExportPurpose) {
    let (api, key) = match core.api(url, project) {
        Ok(found) => found,
        Err(error) => return core.reply(ask, Err(error)),
    };
    let user = core.session(url).is_ok_and(|session| session.user().is_none());
    let on_wait = core.wait_reporter(ask);
    let work =
        async move { preflight(api, key, Wanted { status: true, user }, &on_wait).await.map(Box::new) };
    core.spawn(work, move |result| EngineInput::Jobs(JobsInput::Export { ask, purpose, result }));
}

/// GitLab has answered the preflight of an export command.
pub fn after_preflight(
    core: &mut Core,
    table: &mut JobTable,
    ask: AskId,
    purpose: ExportPurpose,
    preflight: &Preflight,
) {
    if let (Some(user), Some(session)) = (&preflight.user, core.sessions.get_mut(&preflight.instance)) {
        session.user = Some(user.clone());
    }
    let result = match purpose {
        ExportPurpose::CheckOnce => status_view(core, table, preflight),
        ExportPurpose::Start { case, options, downloaded } => {
            match start(core, table, ask, preflight, (case, options), &downloaded) {
                // GitLab's answer to the request produces the reply.
                Ok(None) => return,
                Ok(Some(run)) => Ok(Answer::Run(run)),
                Err(error) => Err(error),
            }
        }
        ExportPurpose::Watch { case } => watch(core, table, preflight, case).map(Answer::Run),
    };
    core.reply(ask, result);
}

/// One poll.
pub async fn poll(api: &mut ApiAccess, run: &Run) -> Result<Polled, PollFailed> {
    let project = ProjectKey::Id(run.project_id);
    let call = |client: Client| async move { client.export_status(&project).await };
    poll_once(api, call).await.map(|status| Polled::Export(status.export_status))
}

/// Handles a run that was planned but not sent when the program ended. After a poll, it is sent as planned, or given
/// up.
pub fn restart(core: &mut Core, table: &mut JobTable, id: RunId, word: &str, now: UtcMs) {
    let Some(run) = table.export(id).cloned() else { return };
    let phase = Phase::of_status(word);
    let given_up = if run.upload_host.is_some() {
        Some(UserError::new(
            Code::Internal,
            "Export Desk ended before it sent the request. GitLab did not receive the request.",
            "Start the export again with its upload URL. The URL is a secret, so Export Desk did not store it.",
        ))
    } else if phase.under_way() {
        Some(send::never_sent())
    } else if phase == Phase::Ready && !run.replaced_file {
        Some(file_is_there(&run.project_path))
    } else {
        None
    };
    let Some(error) = given_up else {
        table.amend(JobId::Export(id), |job| {
            if let Job::Export(run) = job {
                run.status_before = Some(word.to_owned());
            }
        });
        let options = StartOptions {
            description: run.description,
            upload: None,
            replace: run.replaced_file,
            replace_undownloaded: run.replaced_file,
            collect: true,
            in_batch: None,
        };
        return post(core, table, AskId::NO_REPLY, id, options);
    };
    // The snapshot shows a full disk as an error.
    table.apply(core, JobId::Export(id), JobInput::NotAccepted { error }, now).ok();
    if phase.under_way() {
        let project = (run.project_id, run.project_path.as_str());
        discover(core, table, (&run.instance, project), word, run.case_id, now).ok();
    }
}

/// The view of a run.
pub fn view(tracked: &TrackedJob, timing: &ExportTiming, now: UtcMs) -> Option<RunView> {
    let run = tracked.job.export()?;
    let watch = tracked.polling.view(tracked.job.is_unwatched());
    Some(RunView { status: status(run, timing, now), run: run.clone(), watch })
}

/// A run, and why it has failed or is no longer polled.
pub fn facts(core: &Core, tracked: &TrackedJob, now: UtcMs) -> Option<RunFacts> {
    let run = tracked.job.export()?;
    let status = status(run, &core.timing.job_timing().export, now);
    let ended = (run.is_ended() || status.stuck).then(|| failure(run, &status)).flatten();
    let failed = tracked.polling.error.clone().or(ended);
    Some(RunFacts { run: run.clone(), failed, is_left: core.sessions.are_gone(&tracked.followers) })
}

fn status_view(core: &mut Core, table: &mut JobTable, preflight: &Preflight) -> Result<Answer, UserError> {
    let word = status_of(preflight)?;
    let now = clock::now();
    let mut latest = latest(core, table, preflight).map(|run| (run.id, run.is_ended()));
    if let Some((id, false)) = latest {
        table.apply(core, JobId::Export(id), JobInput::Polled(Polled::Export(word.to_owned())), now)?;
    }
    // The status may belong to another run than the one we remember.
    let timing = core.timing.job_timing().export;
    latest = latest.filter(|(id, ended)| {
        !ended || table.export(*id).is_some_and(|run| is_word_of(run, word, &timing, now))
    });
    let status = match latest.and_then(|(id, _)| table.export(id)) {
        Some(run) => status(run, &timing, now),
        None => status_of_stranger(word, preflight, now, &timing),
    };
    Ok(Answer::CheckedOnce(Arc::new(ExportStatusView {
        instance: preflight.instance.clone(),
        project_id: preflight.project.id,
        project_path: preflight.project.path_with_namespace.clone(),
        server_status: word.to_owned(),
        status,
        run: latest.map(|(id, _)| id),
    })))
}

/// Decides whether a start adopts a run, is refused, or sends a request; `None` where it sends one.
fn start(
    core: &mut Core,
    table: &mut JobTable,
    ask: AskId,
    preflight: &Preflight,
    (case, options): (Option<CaseId>, StartOptions),
    downloaded: &BTreeSet<RunId>,
) -> Result<Option<RunId>, UserError> {
    let word = status_of(preflight)?.to_owned();
    let now = clock::now();
    let upload =
        options.upload.as_ref().map(|upload| judge_upload(core, preflight, upload, now)).transpose()?;
    let unseen = latest(core, table, preflight).filter(|run| !run.is_ended()).map(|run| run.id);
    let adopted = match still_open(core, table, preflight, &word, now)? {
        Some(run) => Some(run),
        None if Phase::of_status(&word).under_way() => {
            Some(discover_here(core, table, preflight, &word, case, now)?)
        }
        None => None,
    };
    // An export that was requested with the same description is the wanted one.
    let serves = |id: RunId| {
        let asked =
            |text: &String| table.export(id).is_some_and(|run| run.description.as_ref() == Some(text));
        upload.is_none() && options.description.as_ref().is_none_or(asked)
    };
    if let Some(run) = adopted {
        if !serves(run) {
            return Err(runs_without_these(&preflight.project.path_with_namespace));
        }
        // Whoever asked first may leave before the request is sent.
        table.join(core, JobId::Export(run), now);
        table.give_to_case(core, JobId::Export(run), case, now)?;
        return Ok(adopted);
    }
    if Phase::of_status(&word) == Phase::Ready {
        let is_ready = |id: &RunId| table.export(*id).is_some_and(|run| run.phase == Phase::Ready);
        let path = &preflight.project.path_with_namespace;
        let undownloaded = undownloaded(core, table, preflight, downloaded, now);
        let asked_for = undownloaded.or_else(|| unseen.filter(|_| !options.replace).filter(is_ready));
        match asked_for {
            Some(run) if options.collect && serves(run) && !options.replace_undownloaded => {
                table.give_to_case(core, JobId::Export(run), case, now)?;
                return Ok(Some(run));
            }
            _ if !options.replace => return Err(file_is_there(path)),
            _ if undownloaded.is_some() && !options.replace_undownloaded => {
                return Err(undownloaded_file(path));
            }
            _ => {}
        }
    }
    let JobId::Export(id) = next_id(core)? else { return Err(defect()) };
    let mut run = Run::scheduled(id, &preflight.instance, project_of(preflight), &word, now);
    run.user = core.user_of(&preflight.instance);
    run.case_id = case;
    run.bytes_about = hit(&preflight.project).export_bytes_about;
    run.replaced_file = Phase::of_status(&word) == Phase::Ready;
    run.description.clone_from(&options.description);
    if let Some(upload) = upload {
        run.upload_host = Some(upload.host);
        run.warnings = upload.warnings;
    }
    run.warnings.extend(deletion_warning(&preflight.project));
    table.put(core, Job::Export(run), Some(false), now)?;
    post(core, table, ask, id, options);
    Ok(None)
}

/// The newest run of a project, if this program started it, GitLab still has its file, and the file was not
/// downloaded here. A user may have waited for it in a program that was killed.
fn undownloaded(
    core: &Core,
    table: &JobTable,
    preflight: &Preflight,
    downloaded: &BTreeSet<RunId>,
    now: UtcMs,
) -> Option<RunId> {
    let run = latest(core, table, preflight).filter(|run| run.origin == Origin::Scheduled)?;
    let is_ours = run.outcome == Some(Outcome::Ready) && !run.may_be_older;
    let is_there = is_ours && !run.is_expired(&core.timing.job_timing().export, now);
    (is_there && !downloaded.contains(&run.id)).then_some(run.id)
}

/// Whether GitLab's status may be that of this ended run. The file of one that has expired is gone: GitLab has another.
fn is_word_of(run: &Run, word: &str, timing: &ExportTiming, now: UtcMs) -> bool {
    run.server_status() == Some(word) && !run.is_expired(timing, now)
}

fn watch(
    core: &mut Core,
    table: &mut JobTable,
    preflight: &Preflight,
    case: Option<CaseId>,
) -> Result<RunId, UserError> {
    let word = status_of(preflight)?.to_owned();
    let now = clock::now();
    if let Some(run) = still_open(core, table, preflight, &word, now)? {
        table.give_to_case(core, JobId::Export(run), case, now)?;
        return Ok(run);
    }
    let timing = core.timing.job_timing().export;
    if let Some(run) = latest(core, table, preflight).filter(|run| is_word_of(run, &word, &timing, now)) {
        return Ok(run.id);
    }
    match Phase::of_status(&word) {
        Phase::Idle => Err(UserError::new(
            Code::NoExportFile,
            "GitLab status: `none`. This user has no running or finished export of the project.",
            "Start an export. Exports belong to one user, and GitLab deletes their files after 24 hours.",
        )),
        Phase::Failed => Err(UserError::new(
            Code::ExportFailed,
            "GitLab status: `failed`. An export of the last 7 days failed, and there is no file.",
            "Start the export again, and note the correlation ID of the new export.",
        )),
        Phase::Requested | Phase::Queued | Phase::Running | Phase::Ready | Phase::Unknown => {
            discover_here(core, table, preflight, &word, case, now)
        }
    }
}

/// The open run that this program knows, updated with this poll; `None` where this poll shows that the run has ended
/// without a file, so that a new one may start. A run that nobody watched is watched again if GitLab is still running
/// it.
fn still_open(
    core: &mut Core,
    table: &mut JobTable,
    preflight: &Preflight,
    word: &str,
    now: UtcMs,
) -> Result<Option<RunId>, UserError> {
    let at_work = Phase::of_status(word).under_way();
    let is_unwatched = |run: &Run| Job::Export(run.clone()).is_unwatched();
    let latest =
        latest(core, table, preflight).filter(|run| !run.is_ended() || (at_work && is_unwatched(run)));
    let Some((id, is_planned)) = latest.map(|run| (run.id, run.send.is_planned())) else { return Ok(None) };
    let job = JobId::Export(id);
    if is_planned && !table.is_sending(job) {
        // The program ended before the request was sent, so GitLab knows nothing of it.
        table.apply(core, job, JobInput::NotAccepted { error: send::never_sent() }, now)?;
        return Ok(None);
    }
    table.apply(core, job, JobInput::Watched, now)?;
    table.apply(core, job, JobInput::Polled(Polled::Export(word.to_owned())), now)?;
    if table.export(id).is_some_and(|run| !run.is_ended()) {
        table.poll_later(core, job, now);
        return Ok(Some(id));
    }
    Ok(None)
}

fn discover_here(
    core: &mut Core,
    table: &mut JobTable,
    preflight: &Preflight,
    word: &str,
    case: Option<CaseId>,
    now: UtcMs,
) -> Result<RunId, UserError> {
    discover(core, table, (&preflight.instance, project_of(preflight)), word, case, now)
}

/// Starts to watch a run that somebody else started.
fn discover(
    core: &mut Core,
    table: &mut JobTable,
    (instance, project): (&str, (u64, &str)),
    word: &str,
    case: Option<CaseId>,
    now: UtcMs,
) -> Result<RunId, UserError> {
    let JobId::Export(id) = next_id(core)? else { return Err(defect()) };
    let mut run = Run::discovered(id, instance, project, word, now);
    run.user = core.user_of(instance);
    run.case_id = case;
    let job = table.put(core, Job::Export(run), Some(true), now)?;
    table.poll_later(core, job, now);
    Ok(id)
}

fn next_id(core: &Core) -> Result<JobId, UserError> {
    core.store.next_job_id(JobKind::Export).map_err(|error| error.error())
}

/// This user's newest run of a project.
fn latest<'a>(core: &Core, table: &'a JobTable, preflight: &Preflight) -> Option<&'a Run> {
    // Exports belong to one user: what GitLab says to another one is not about this run.
    let user = core.user_of(&preflight.instance);
    let is_his = |run: &&Run| run.user.is_none() || user.is_none() || run.user == user;
    let ours = |run: &&Run| run.instance == preflight.instance && run.project_id == preflight.project.id;
    table.exports().filter(ours).find(is_his)
}

fn project_of(preflight: &Preflight) -> (u64, &str) {
    (preflight.project.id, preflight.project.path_with_namespace.as_str())
}

fn judge_upload(
    core: &Core,
    preflight: &Preflight,
    upload: &UploadTo,
    now: UtcMs,
) -> Result<upload_url::Acceptable, UserError> {
    let loopback =
        core.sessions.get(&preflight.instance).is_some_and(|session| session.instance.is_loopback());
    upload_url::judge(&upload.url, hit(&preflight.project).export_bytes_about, loopback, now)
        .map_err(|unusable| UserError::new(Code::Usage, unusable.to_string(), unusable.hint()))
}

fn status_of(preflight: &Preflight) -> Result<&str, UserError> {
    match &preflight.status {
        Some(Ok(status)) => Ok(status.export_status.as_str()),
        Some(Err(error)) => Err(error.clone()),
        None => Err(defect()),
    }
}

fn status_of_stranger(word: &str, preflight: &Preflight, now: UtcMs, timing: &ExportTiming) -> CurrentStatus {
    let plain = |phase, sentence: &str, hint: Option<&str>| CurrentStatus {
        phase,
        stuck: false,
        sentence: sentence.to_owned(),
        hint: hint.map(Hint::from),
        file_until: None,
        is_expired: false,
    };
    match Phase::of_status(word) {
        Phase::Idle => plain(
            Phase::Idle,
            "GitLab status: `none`. This user has no running or finished export of the project.",
            None,
        ),
        Phase::Failed => plain(
            Phase::Failed,
            "GitLab status: `failed`. An export of the last 7 days failed, and there is no file.",
            Some("Start the export again and watch it."),
        ),
        Phase::Requested | Phase::Queued | Phase::Running | Phase::Ready | Phase::Unknown => {
            let run = Run::discovered(RunId(0), &preflight.instance, project_of(preflight), word, now);
            status(&run, timing, now)
        }
    }
}

fn runs_without_these(project: &str) -> UserError {
    UserError::new(
        Code::Refused,
        format!("An export of {project} is running already, without this upload or description."),
        "Export Desk watches the running export now. Start again after it has ended.",
    )
}

fn file_is_there(project: &str) -> UserError {
    UserError::new(
        Code::Refused,
        format!("A finished export of {project} exists. A new export deletes it immediately."),
        Hint::ConfirmReplace,
    )
}

fn undownloaded_file(project: &str) -> UserError {
    UserError::new(
        Code::Refused,
        format!(
            "The finished export of {project} was started on this computer and was not downloaded. A new export deletes its file immediately."
        ),
        Hint::ConfirmLoss { project: project.to_owned() },
    )
}

fn post(core: &mut Core, table: &mut JobTable, ask: AskId, id: RunId, options: StartOptions) {
    let Some(run) = table.export(id) else { return };
    let schedule = Schedule { description: options.description, upload: options.upload };
    let request = ExportRequest {
        project_id: run.project_id,
        project_path: run.project_path.clone(),
        schedule,
        is_other_running: AtomicBool::new(false),
    };
    send::begin(core, table, JobId::Export(id), (ask, options.collect), request);
}

/// The POST that starts an export. A second POST would delete the file of the first.
struct ExportRequest {
    project_id: u64,
    project_path: String,
    schedule: Schedule,
    /// GitLab refused the request because of an export with other parameters.
    is_other_running: AtomicBool,
}

impl SendRequest for ExportRequest {
    type Answer = AcceptedRequest;

    fn limit(&self) -> Limit {
        Limit::Export
    }

    async fn send(&self, client: &Client) -> Result<AcceptedRequest, Error> {
        let taken = client.schedule_export(&ProjectKey::Id(self.project_id), &self.schedule).await?;
        Ok(AcceptedRequest { correlation_id: taken.correlation_id, polled: None })
    }

    /// Since 18.9 GitLab answers 400 if an export of this user is running. The message is in the user's language, so
    /// the status decides, and the running export becomes the answer. An export with other parameters does not.
    async fn find(&self, api: &mut ApiAccess, error: &Error) -> Option<AcceptedRequest> {
        let is_duplicate = error.meaning() == Some(Meaning::AlreadyRunning);
        if error.status != Some(400) || !(is_duplicate || error.kind == ErrorKind::ExportRefused) {
            return None;
        }
        let id = ProjectKey::Id(self.project_id);
        let word = api.client().await.ok()?.export_status(&id).await.ok().map(|status| status.export_status);
        let word = word.filter(|word| Phase::of_status(word).under_way());
        if !self.is_plain() {
            self.is_other_running.store(word.is_some() || is_duplicate, Ordering::Relaxed);
            return None;
        }
        (word.is_some() || is_duplicate).then(|| AcceptedRequest {
            correlation_id: error.correlation_id.clone(),
            polled: word.map(Polled::Export),
        })
    }

    fn explain(&self, error: &Error, _tries: u32, _in_doubt: bool) -> UserError {
        if self.is_other_running.load(Ordering::Relaxed) {
            return runs_without_these(&self.project_path).with_correlation_id(error.correlation_id.clone());
        }
        of_gitlab(error)
    }
}

impl ExportRequest {
    fn is_plain(&self) -> bool {
        self.schedule.upload.is_none() && self.schedule.description.is_none()
    }
}
