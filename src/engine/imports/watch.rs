//! Imports that are being sent or watched: when to look again, when to give up, and their picture.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::archive::Report;
use crate::case::import::{self as judge, ImportInput, ImportSeen};
use crate::case::{Code, ImportId, ImportJob, ImportKind, ImportPhase, Trouble, UtcMs};
use crate::engine::access::LookFailed;
use crate::engine::access::waiting;
use crate::engine::api::{AskId, ImportOptions, ImportView, Waiting};
use crate::engine::core::wait_reporter;
use crate::engine::input::Input;
use crate::engine::limiter::Limit;
use crate::engine::router::Router;
use crate::engine::session::Session;
use crate::engine::trouble::of_project_key;
use crate::gitlab::{Client, FileStamp, ImportTarget, ProjectKey};

use super::ImportNews;
use super::explain::of_import;
use super::send::{Load, Meter, look, look_for, seen};

/// An import and its task.
#[derive(Debug)]
pub struct LiveImport {
    pub job: ImportJob,
    pub report: Option<Arc<Report>>,
    pub options: ImportOptions,
    pub target: ImportTarget,
    pub load: Option<Load>,
    pub meter: Arc<Meter>,
    /// The walk through the archive, or the call.
    pub task: Option<tokio::task::AbortHandle>,
    pub trouble: Option<Trouble>,
    /// Of the archive, when its walk began.
    pub stamp: Option<FileStamp>,
    waiting: Option<Waiting>,
    next_look_at: Option<UtcMs>,
    looks: u32,
    /// Looks in a row that brought no answer, and since when.
    failures: u32,
    failing_since: Option<UtcMs>,
    watch: Option<tokio::task::AbortHandle>,
}

impl LiveImport {
    pub fn new(job: ImportJob) -> Self {
        Self {
            job,
            report: None,
            options: ImportOptions::default(),
            target: ImportTarget::default(),
            load: None,
            meter: Arc::default(),
            task: None,
            trouble: None,
            stamp: None,
            waiting: None,
            next_look_at: None,
            looks: 0,
            failures: 0,
            failing_since: None,
            watch: None,
        }
    }

    /// Whether numbers of it change without news.
    pub fn is_moving(&self) -> bool {
        self.task.is_some()
    }

    pub fn now_is(&mut self, job: ImportJob) {
        self.job = job;
        self.trouble = None;
        if self.job.is_ended() {
            self.stop_looking();
            self.waiting = None;
        }
    }

    /// Ends what runs for it here.
    pub fn stop(&mut self) {
        self.meter.stopped.store(true, Ordering::Relaxed);
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.stop_looking();
    }

    /// A verdict on other bytes than those that were proven would be a wrong one.
    pub fn doubt_a_changed_file(&mut self) {
        let (ImportKind::File { path, .. } | ImportKind::Relation { path, .. }) = &self.job.kind else {
            return;
        };
        if self.stamp.is_none() || FileStamp::at(std::path::Path::new(path)) == self.stamp {
            return;
        }
        self.report = None;
        let told = if let Some(rehearsal) = &mut self.job.rehearsal {
            rehearsal.sha256 = None;
            "The file was changed after it was checked: the rehearsal says nothing of the archive that was checked."
        } else {
            "The file was changed after it was checked: the check says nothing of what GitLab was sent."
        };
        self.job.warnings.push(told.to_owned());
    }

    fn stop_looking(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
        self.next_look_at = None;
    }

    fn view(&self) -> ImportView {
        let sent_bytes = self.meter.sent_bytes.load(Ordering::Relaxed);
        let sending_ms = self.meter.sending_ms.load(Ordering::Relaxed);
        let is_sending = self.job.phase == ImportPhase::Sending && sending_ms > 0;
        let web_url = self.job.web_url();
        ImportView {
            standing: judge::standing(&self.job),
            verified_bytes: self.meter.verified_bytes.load(Ordering::Relaxed),
            report: self.report.clone(),
            sent_bytes,
            total_bytes: match &self.job.kind {
                ImportKind::File { bytes, .. } | ImportKind::Relation { bytes, .. } => *bytes,
                ImportKind::Remote { .. } | ImportKind::S3 { .. } | ImportKind::Met => 0,
            },
            bytes_per_s: if is_sending { sent_bytes.saturating_mul(1000) / sending_ms } else { 0 },
            tries: self.meter.tries.load(Ordering::Relaxed),
            delete_url: web_url
                .as_ref()
                .filter(|_| self.job.kind.makes_project())
                .map(|url| format!("{url}/edit#js-project-advanced-settings")),
            web_url,
            next_look_at: self.next_look_at,
            waiting: self.waiting.clone(),
            trouble: self.trouble.clone(),
            job: self.job.clone(),
        }
    }
}

impl Drop for LiveImport {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Router {
    pub fn load_imports(&mut self) -> Result<(), Trouble> {
        let rows = self.core.store.imports().map_err(|error| error.trouble())?;
        self.imports = rows.into_iter().map(|job| (job.id, LiveImport::new(job))).collect();
        self.join_rehearsals();
        Ok(())
    }

    /// What was being sent when the program ended is looked for, what GitLab had is watched on.
    pub fn take_up_imports(&mut self) {
        let open: Vec<_> = self
            .imports
            .values()
            .filter(|live| !live.job.is_ended())
            .map(|live| (live.job.id, live.job.is_being_sent()))
            .collect();
        for (id, was_sent) in open {
            if was_sent { self.find_import(id) } else { self.schedule_import_look(id) }
        }
    }

    /// Newest first; pictures that did not change stay the same.
    pub fn import_views(&self, last: &[Arc<ImportView>]) -> Arc<[Arc<ImportView>]> {
        let picture = |live: &LiveImport| {
            let view = live.view();
            match last.iter().find(|old| old.job.id == view.job.id) {
                Some(old) if **old == view => old.clone(),
                _ => Arc::new(view),
            }
        };
        self.imports.values().rev().map(picture).collect()
    }

    /// Asks the target what became of an import whose answer was never heard.
    pub(super) fn find_import(&mut self, id: ImportId) {
        let inputs = self.core.inputs.clone();
        let Some(live) = self.imports.get_mut(&id) else { return };
        let Some(session) = self.core.sessions.get(&live.job.instance) else { return };
        if matches!(live.job.kind, ImportKind::Relation { .. }) {
            // The list of trackers does not tell ours from another one.
            return self.import_found(id, Ok(None));
        }
        let (mut reach, path, before) = (session.api(), live.job.target_path.clone(), live.job.replaces_id);
        let task = tokio::spawn(async move {
            let result = look_for(&mut reach, &path, before).await.map(|seen| seen.map(Box::new));
            inputs.send(Input::Import(ImportNews::Found { import: id, result })).await.ok();
        });
        live.watch = Some(task.abort_handle());
    }

    pub(super) fn import_found(&mut self, id: ImportId, result: Result<Option<Box<ImportSeen>>, Trouble>) {
        let now = crate::engine::clock::now();
        let input = match result {
            Ok(Some(seen)) => ImportInput::Accepted(*seen),
            Ok(None) => {
                let live = self.imports.get_mut(&id);
                let was_unheard = live.is_some_and(|live| std::mem::take(&mut live.job.unheard));
                let trouble = if was_unheard { another_one() } else { interrupted() };
                ImportInput::NotSent { trouble }
            }
            Err(trouble) => {
                if let Some(live) = self.imports.get_mut(&id) {
                    live.trouble = Some(trouble);
                }
                return self.publisher.imports_changed();
            }
        };
        self.take_in_import(id, input, now).ok();
        self.schedule_import_look(id);
    }

    pub(super) fn look_at_import(&mut self, ask: AskId, url: &str, project: &str) -> Result<(), Trouble> {
        let session = self.core.session(url)?;
        let key = session.instance.project_from(project).map_err(|error| of_project_key(&error))?;
        let (mut reach, instance) = (session.api(), session.url.clone());
        let inputs = self.core.inputs.clone();
        tokio::spawn(async move {
            let tell = wait_reporter(inputs.clone(), ask);
            let call = |client: Client| {
                let key = key.clone();
                async move { client.import_status(&key).await }
            };
            let result =
                reach.ask(Limit::ProjectRead, call, &tell).await.map(|status| Box::new(seen(status)));
            inputs.send(Input::Import(ImportNews::Met { ask, instance, result })).await.ok();
        });
        Ok(())
    }

    /// The import that a look belongs to: our newest one of the project, or a new one that was met.
    pub(super) fn import_met(&mut self, instance: &str, found: ImportSeen) -> Result<ImportId, Trouble> {
        let now = crate::engine::clock::now();
        let path = found.project_path.clone().unwrap_or_default();
        let ours = |live: &&LiveImport| {
            let job = &live.job;
            let same = job.project_id == found.project_id
                || (job.is_being_sent()
                    && job.replaces_id != found.project_id
                    && job.target_path.eq_ignore_ascii_case(&path));
            job.instance == instance && same && !matches!(job.kind, ImportKind::Relation { .. })
        };
        let known = self.imports.values().rev().find(ours).map(|live| live.job.id);
        let id = if let Some(id) = known {
            id
        } else {
            let id = self.next_import_id()?;
            let job = ImportJob::new(id, instance, ImportKind::Met, &path, now);
            self.put_import(LiveImport::new(job), false, now)?
        };
        self.take_in_import(id, ImportInput::Seen(found), now)?;
        self.schedule_import_look(id);
        Ok(id)
    }

    pub(super) fn import_looked(&mut self, id: ImportId, result: Result<Box<ImportSeen>, LookFailed>) {
        let now = crate::engine::clock::now();
        match result {
            Ok(seen) => {
                if let Some(live) = self.imports.get_mut(&id) {
                    (live.failures, live.failing_since, live.waiting) = (0, None, None);
                    live.looks += 1;
                }
                // A full disk is told in the picture; the look is made again.
                self.take_in_import(id, ImportInput::Seen(*seen), now).ok();
                self.schedule_import_look(id);
            }
            Err(failed) => self.import_not_seen(id, failed, now),
        }
        self.publisher.imports_changed();
    }

    fn import_not_seen(&mut self, id: ImportId, failed: LookFailed, now: UtcMs) {
        let (give_up, late, patient) =
            (self.core.timing.give_up, self.core.timing.late_look, self.core.patient);
        let Some(live) = self.imports.get_mut(&id) else { return };
        live.failures += 1;
        let since = *live.failing_since.get_or_insert(now);
        let reach = self.core.sessions.get(&live.job.instance).map(Session::api);
        let wait = failed.error.as_ref().zip(reach).and_then(|(e, reach)| reach.next_try(e, live.failures));
        let wait = wait.filter(|_| patient || now.since_ms(since) < give_up.as_millis() as i64);
        if let (Some(wait), Some(error)) = (wait, &failed.error) {
            let wait = wait.min(late);
            live.waiting = Some(waiting(error, wait));
            self.look_at_import_in(id, wait);
        } else {
            live.waiting = None;
            live.trouble = Some(failed.trouble);
            live.stop_looking();
        }
    }

    /// Looks again after a distance that grows with the looks made.
    pub(super) fn schedule_import_look(&mut self, id: ImportId) {
        let pace = self.core.timing;
        let Some(live) = self.imports.get(&id).filter(|live| !live.job.is_ended()) else { return };
        if live.job.is_being_sent() {
            return;
        }
        let wait = pace.look_after(live.looks);
        self.look_at_import_in(id, wait);
    }

    fn look_at_import_in(&mut self, id: ImportId, wait: Duration) {
        let now = crate::engine::clock::now();
        let inputs = self.core.inputs.clone();
        let Some(live) = self.imports.get_mut(&id) else { return };
        let Some(session) = self.core.sessions.get(&live.job.instance) else { return };
        let Some(project) = live.job.project_id.map(ProjectKey::Id) else { return };
        let (mut reach, tracker, kind) = (session.api(), live.job.tracker_id, live.job.kind.clone());
        live.stop_looking();
        live.next_look_at = Some(now.plus_ms(wait.as_millis() as i64));
        let task = tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let result = match reach.client().await {
                Err(trouble) => Err(LookFailed { error: None, trouble }),
                Ok(client) => {
                    reach.limiter.wait(&Limit::ProjectRead).await;
                    let looked = look(&client, &project, tracker, &kind).await;
                    looked
                        .map(Box::new)
                        .map_err(|error| LookFailed { trouble: of_import(&error), error: Some(error) })
                }
            };
            inputs.send(Input::Import(ImportNews::Looked { import: id, result })).await.ok();
        });
        live.watch = Some(task.abort_handle());
    }
}

fn another_one() -> Trouble {
    Trouble::new(
        Code::Refused,
        "The import whose answer was lost has not arrived; the project that is there is another one.",
        "Begin the import again, with another --path.",
    )
}

fn interrupted() -> Trouble {
    Trouble::new(
        Code::Network,
        "The program ended while the archive was being sent, and nothing of it has arrived.",
        "GitLab cannot resume an upload: begin the import again.",
    )
}
